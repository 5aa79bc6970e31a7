/** What the palette offers to do with the ticked rows, the queue and the board as a whole. */

import { askDisconnect, livingOf } from "../connections/ticked";
import type { IconName } from "../controls/icons";
import type { App } from "../state/app.svelte";
import { noFilter } from "../state/board_place.svelte";
import { groupings } from "../state/preferences.svelte";
import { undoKey } from "../state/shortcuts";
import { digits } from "../words/numbers";

export interface Deed {
  label: string;
  /** Where two may have the same label. */
  id?: string;
  icon: IconName;
  /** Words that find it too. */
  alias?: string;
  keys?: string;
  run: () => void;
}

/** What the bar over the ticked rows does. */
export function tickedDeeds(app: App): Deed[] {
  const { boardPlace: place, navigation, selection } = app;
  // Of a list that hides some of them it would not be plain which are meant.
  const isWhole = place.filter.trim() === "" && place.only === noFilter;
  if (navigation.screen.name !== "board" || selection.size === 0 || !isWhole) return [];
  const rows = (app.connections.board?.rows ?? []).filter((row) => selection.has(row.id));
  const living = livingOf(rows);
  const those = rows.length === 1 ? "the one selected" : `the ${digits(rows.length)} selected`;
  const ids = living.map((row) => row.id);
  const some: Deed[] = [
    { label: `Test call on ${those}`, icon: "probe", run: () => void app.bulk.testCalls(ids) },
    { label: `Refresh ${those}`, icon: "refresh", run: () => void app.bulk.refreshes(ids) },
    { label: `Disconnect ${those}…`, icon: "unplug", run: () => askDisconnect(app, rows) },
  ];
  const all: Deed[] = [
    {
      label: `Reconnect ${those}`,
      icon: "reconnect",
      run: () => app.reconnectAll(rows.map((row) => row.id)),
    },
    { label: `Label ${those}…`, icon: "label", run: () => (app.bulk.asking = "label") },
  ];
  return [...(living.length === 0 ? [] : some), ...all];
}

/** What the queue can do just now, and what was done last. */
export function queueDeeds(app: App): Deed[] {
  const { queue, undo } = app;
  const list: Deed[] = [];
  const open = (): void => app.navigation.open({ name: "queue" });
  const course = queue.view?.course.state;
  if (course === "running")
    list.push({
      label: "Pause the reconnect queue",
      icon: "pause",
      run: () => void queue.run("pause_queue"),
    });
  else if (course === "paused" || course === "left_behind")
    list.push({
      label: "Go on with the reconnect queue",
      icon: "queue",
      run: () => {
        open();
        void queue.run("resume_queue");
      },
    });
  else if (queue.needing > 0)
    list.push({
      label: `Reconnect all ${queue.needing} that need a sign-in`,
      icon: "queue",
      run: () => {
        open();
        void queue.begin();
      },
    });
  if (undo.last !== null)
    list.push({
      label: `Undo: ${undo.last.title}`,
      icon: "left",
      keys: undoKey,
      run: () => void undo.back(),
    });
  return list;
}

/** What the board can do as a whole: from anywhere, it opens with it done. */
export function boardDeeds(app: App): Deed[] {
  const onBoard = (run: () => void) => (): void => {
    app.navigation.open({ name: "board" });
    run();
  };
  const place = app.boardPlace;
  const needing = (app.connections.board?.rows ?? []).filter((row) => row.status.needs_person);
  const living = (app.connections.board?.rows ?? []).filter((row) => row.status.lamp !== "disconnected");
  return [
    {
      label: "What breaks next, as a list",
      icon: "clock",
      run: onBoard(() => (app.horizon.isListed = true)),
    },
    ...(needing.length === 0
      ? []
      : [
          {
            label: `Show only what needs you, ${digits(needing.length)}`,
            icon: "filter",
            run: onBoard(() => place.narrow({ status: "needs_you" })),
          } satisfies Deed,
          {
            label: `Select all that need you, ${digits(needing.length)}`,
            icon: "check",
            run: onBoard(() => app.selection.choose(needing.map((row) => row.id))),
          } satisfies Deed,
        ]),
    {
      label: `Test call on all, ${digits(living.length)}`,
      icon: "probe",
      run: onBoard(() => void app.bulk.testCalls(living.map((row) => row.id))),
    },
    ...groupings.map((grouping): Deed => ({
      label: grouping === "none" ? "Group the board by nothing" : `Group the board by ${grouping}`,
      icon: "board",
      run: onBoard(() => (app.preferences.grouping = grouping)),
    })),
  ];
}
