/** What the menu of a connection offers: the same on its row, its page and in the palette. */

import type { ConnectionRowView } from "../backend/backend";
import type { MenuEntry } from "../controls/menu_entry";
import type { App } from "../state/app.svelte";

export function connectionEntries(app: App, row: ConnectionRowView): MenuEntry[] {
  const isOff = row.status.lamp === "disconnected";
  const entries: MenuEntry[] = [
    {
      kind: "item",
      label: "Reconnect",
      icon: "reconnect",
      keys: "R",
      run: () => void app.signIns.reconnect(row.id),
    },
  ];
  if (!isOff) {
    entries.push(
      {
        kind: "item",
        label: "Test call",
        icon: "probe",
        keys: "T",
        run: () => void app.connections.testCall(row.id),
      },
      {
        kind: "item",
        label: "Refresh now",
        icon: "refresh",
        keys: "F",
        run: () => void app.connections.refresh(row.id),
      },
    );
  }
  entries.push(
    {
      kind: "item",
      label: "Diagnose",
      icon: "diagnose",
      keys: "G",
      run: () => app.navigation.open({ name: "diagnosis", id: row.id }),
    },
    { kind: "line" },
    ...laterEntries(app, row),
  );
  return entries;
}

/** The lower half: what stands in the menu of the page, where the upper half has buttons. */
export function laterEntries(app: App, row: ConnectionRowView): MenuEntry[] {
  const entries: MenuEntry[] = [
    {
      kind: "item",
      label: "Name and labels…",
      icon: "label",
      run: () => app.ask("label", row.id),
    },
  ];
  if (row.has_access_page) {
    entries.push({
      kind: "item",
      label: `Open access page of ${row.provider_name}`,
      icon: "open",
      run: () => void app.connections.openProviderPage(row.provider_id, "revoke_access"),
    });
  }
  entries.push({ kind: "line" });
  if (row.status.lamp === "disconnected") {
    entries.push({
      kind: "item",
      label: "Forget…",
      icon: "trash",
      isDanger: true,
      run: () => app.ask("forget", row.id),
    });
  } else {
    entries.push({
      kind: "item",
      label: "Disconnect…",
      icon: "unplug",
      keys: "D",
      isDanger: true,
      run: () => app.ask("disconnect", row.id),
    });
  }
  return entries;
}
