/** What letters do while rows are ticked: to all of them, wherever on the board the keyboard stands [E1]. */

import type { ConnectionRowView } from "../backend/backend";
import type { App } from "../state/app.svelte";

/** A disconnected one can only be reconnected. */
export const livingOf = (rows: readonly ConnectionRowView[]): ConnectionRowView[] =>
  rows.filter((row) => row.status.lamp !== "disconnected");

/** One is asked about by name, with its own consequences; several in sum. */
export function askDisconnect(app: App, rows: readonly ConnectionRowView[]): void {
  const [only, ...others] = livingOf(rows);
  if (only === undefined) return;
  if (others.length === 0) app.ask("disconnect", only.id);
  else app.bulk.asking = "disconnect";
}

/**
 * Does to the ticked rows that are shown what the letter stands for. False: none of them is shown, or it stands for nothing that many
 * take; the letter is then for the row in hand.
 */
export function actOnTicked(app: App, letter: string | null, shown: readonly ConnectionRowView[]): boolean {
  const { bulk, selection } = app;
  if (letter === null || selection.size === 0) return false;
  const rows = shown.filter((row) => selection.has(row.id));
  if (rows.length === 0) return false;
  const living = livingOf(rows).map((row) => row.id);
  const deeds: Record<string, () => void> = {
    t: () => void bulk.testCalls(living),
    f: () => void bulk.refreshes(living),
    r: () => app.reconnectAll(rows.map((row) => row.id)),
    d: () => askDisconnect(app, rows),
  };
  const [only, ...others] = rows;
  if (only !== undefined && others.length === 0)
    deeds.g = () => app.navigation.open({ name: "diagnosis", id: only.id });
  const deed = deeds[letter];
  if (deed === undefined) return false;
  // One deed at a time; and none of them goes to a row that was not meant.
  if (!bulk.isRunning) deed();
  return true;
}
