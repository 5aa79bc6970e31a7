/** Lays the engine's rows out as lines of the board: narrowed, sorted as a person chose, under one head per group. */

import type { ConnectionRowView, LampView, PlatformConnectionView } from "../backend/backend";
import type { BoardFilter, Sorting } from "../state/board_place.svelte";
import type { Grouping } from "../state/preferences.svelte";
import { counted, digits } from "../words/numbers";
import { grantEndAt, lampWords } from "../words/status";

export type BoardLine =
  | {
      kind: "group";
      key: string;
      label: string;
      rows: ConnectionRowView[];
      isClosed: boolean;
      copyCount?: number;
    }
  | { kind: "row"; key: string; row: ConnectionRowView; group: string | null }
  | {
      kind: "copy";
      key: string;
      copy: PlatformConnectionView;
      group: string | null;
      /** Under one of ours, by a cable. */
      isHung: boolean;
      isLast: boolean;
    };

/** Under which head a row stands; null: there are none. */
export type GroupOf = (row: ConnectionRowView) => string;

/** Platforms on which copies of a row stand. */
export type PlatformsOf = (id: string) => readonly string[];

/** Groups stand in the order in which their first row comes, those without a name of their own last; rows keep theirs. */
export function boardLines(
  rows: readonly ConnectionRowView[],
  groupOf: GroupOf | null,
  closed: ReadonlySet<string>,
): BoardLine[] {
  const groups = new Map<string, ConnectionRowView[]>();
  if (groupOf !== null) {
    for (const row of rows) {
      const label = groupOf(row);
      const group = groups.get(label);
      if (group === undefined) groups.set(label, [row]);
      else group.push(row);
    }
  }
  const [only] = groups.keys();
  if (groupOf === null || (groups.size === 1 && only !== undefined && unnamed.includes(only))) {
    return rows.map((row) => lineOf(row, null));
  }
  for (const label of unnamed) {
    const members = groups.get(label);
    if (members !== undefined && groups.delete(label)) groups.set(label, members);
  }
  const lines: BoardLine[] = [];
  for (const [label, members] of groups) {
    const key = `group:${label}`;
    const isClosed = closed.has(key);
    lines.push({ kind: "group", key, label, rows: members, isClosed });
    if (!isClosed) for (const row of members) lines.push(lineOf(row, key));
  }
  return lines;
}

/** The line of a row stays the same as long as its row and its head do: what is drawn of it is left alone. */
const rowLines = new WeakMap<ConnectionRowView, BoardLine & { kind: "row" }>();

function lineOf(row: ConnectionRowView, group: string | null): BoardLine {
  const known = rowLines.get(row);
  if (known?.group === group) return known;
  const line = { kind: "row", key: row.id, row, group } as const;
  rowLines.set(row, line);
  return line;
}

export const NO_CUSTOMER = "No customer";
const NO_PLATFORM = "On no platform";
const unnamed: readonly string[] = [NO_CUSTOMER, NO_PLATFORM];

export function groupBy(grouping: Grouping, platformsOf: PlatformsOf): GroupOf | null {
  switch (grouping) {
    case "customer":
      return (row) => row.customer ?? NO_CUSTOMER;
    case "provider":
      return (row) => row.provider_name;
    case "platform":
      return (row) => platformGroup(platformsOf(row.id));
    case "status":
      return (row) => lampWords[row.status.lamp];
    case "none":
      return null;
  }
}

/** One line stands once: whose copies are on several platforms stands under all their names. */
function platformGroup(platforms: readonly string[]): string {
  return platforms.length === 0 ? NO_PLATFORM : platforms.join(" and ");
}

/** What a row says, in lower case: made once for each row the engine sends. */
const texts = new WeakMap<ConnectionRowView, string>();

function textOf(row: ConnectionRowView): string {
  const known = texts.get(row);
  if (known !== undefined) return known;
  const text = [
    row.name,
    row.provider_name,
    row.account ?? "",
    row.workspace ?? "",
    row.customer ?? "",
    row.environment,
    row.is_practice ? "practice" : "",
    lampWords[row.status.lamp],
  ]
    .join("\n")
    .toLowerCase();
  texts.set(row, text);
  return text;
}

/** As many as are read in one go: a key that is pressed meanwhile waits no longer than that. */
const AHEAD = 1_000;

/** Reads the rows for the first word that will be typed, when nothing else is to be done. Returns what ends it. */
export function readAhead(rows: readonly ConnectionRowView[]): () => void {
  let next = 0;
  const go = (): void => {
    for (const end = Math.min(rows.length, next + AHEAD); next < end; next++) {
      const row = rows[next];
      if (row !== undefined) textOf(row);
    }
    if (next < rows.length) timer = setTimeout(go, 30);
  };
  let timer = setTimeout(go, 500);
  return () => clearTimeout(timer);
}

/** Words that stand for a column: "status:expiring", "provider:google", "customer:halden", "platform:n8n". */
const columns: Record<string, (row: ConnectionRowView, platformsOf: PlatformsOf) => string> = {
  status: (row) => `${lampWords[row.status.lamp]}${row.status.needs_person ? " needs_you" : ""}`,
  provider: (row) => `${row.provider_id} ${row.provider_name}`,
  customer: (row) => row.customer ?? "none",
  platform: (row, platformsOf) => platformsOf(row.id).join(" ") || "none",
};

/** Whether every word typed is somewhere in what a row shows, or on a platform that has a copy of it. */
export function matcher(
  words: readonly string[],
  platformsOf: PlatformsOf,
): (row: ConnectionRowView) => boolean {
  const wanted = words.map((word): ((row: ConnectionRowView) => boolean) => {
    const [, column = "", text = ""] = /^([a-z]+):(.*)$/.exec(word) ?? [];
    const read = columns[column];
    if (read !== undefined) return (row) => read(row, platformsOf).toLowerCase().includes(text);
    return (row) =>
      textOf(row).includes(word) || platformsOf(row.id).some((name) => name.toLowerCase().includes(word));
  });
  return (row) => wanted.every((is) => is(row));
}

const nowhere: PlatformsOf = () => [];

export function isMatch(
  row: ConnectionRowView,
  words: readonly string[],
  platformsOf: PlatformsOf = nowhere,
): boolean {
  return matcher(words, platformsOf)(row);
}

/** Whether a row is of what alone is to be shown. */
export function isWanted(row: ConnectionRowView, only: BoardFilter, platformsOf: PlatformsOf): boolean {
  if (
    only.status === "needs_you"
      ? !row.status.needs_person
      : only.status !== null && row.status.lamp !== only.status
  )
    return false;
  if (only.provider !== null && row.provider_name !== only.provider) return false;
  if (only.customer !== null && (row.customer ?? "") !== only.customer) return false;
  if (only.platform === null) return true;
  const platforms = platformsOf(row.id);
  return only.platform === "" ? platforms.length === 0 : platforms.includes(only.platform);
}

export function filterWords(text: string): string[] {
  return text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
}

const byName = new Intl.Collator("en-GB", { numeric: true, sensitivity: "base" });

/** As a person chose; what has no value in that column stands last, whichever way round. */
export function sorted(
  rows: readonly ConnectionRowView[],
  by: Sorting,
  isDescending: boolean,
  needs: ReadonlyMap<string, number>,
): readonly ConnectionRowView[] {
  if (by === "need") return rows;
  const turn = isDescending ? -1 : 1;
  if (by === "name") return [...rows].sort((a, b) => turn * byName.compare(a.name, b.name));
  const valueOf = (row: ConnectionRowView): number | null => {
    if (by === "grant_end") return grantEndAt(row.grant_end);
    if (by === "next_run") return needs.get(row.id) ?? null;
    return row.proof?.at ?? null;
  };
  const known = rows.map((row, index) => ({ row, index, value: valueOf(row) }));
  known.sort((a, b) => {
    if (a.value === null || b.value === null)
      return Number(a.value === null) - Number(b.value === null) || a.index - b.index;
    return turn * (a.value - b.value) || a.index - b.index;
  });
  return known.map(({ row }) => row);
}

/** Rows in the order they were shown in before; those that came since stand behind the one that the engine puts before them. */
export function inHeldOrder(
  rows: readonly ConnectionRowView[],
  held: readonly string[],
): readonly ConnectionRowView[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const known = new Set(held);
  const after = new Map<string | null, ConnectionRowView[]>();
  let last: string | null = null;
  for (const row of rows) {
    if (known.has(row.id)) last = row.id;
    else {
      const behind = after.get(last);
      if (behind === undefined) after.set(last, [row]);
      else behind.push(row);
    }
  }
  const made = [...(after.get(null) ?? [])];
  for (const id of held) {
    const row = byId.get(id);
    if (row !== undefined) made.push(row);
    made.push(...(after.get(id) ?? []));
  }
  return made;
}

/** "12 connections, 2 reauth_required", "2 connections, all reauth_required": what a group's head says beside its name. */
export function groupNote(rows: readonly ConnectionRowView[]): string {
  const count = (lamp: LampView): number => rows.filter((row) => row.status.lamp === lamp).length;
  const parts = [counted(rows.length, "connection")];
  for (const lamp of ["reauth_required", "expiring"] as const) {
    const found = count(lamp);
    // A folded group, and one that is heard, has no lamps beside it: all that are dead are said as well.
    const many = rows.length === 1 ? "" : found === rows.length ? "all " : `${digits(found)} `;
    if (found > 0) parts.push(`${many}${lampWords[lamp]}`);
  }
  return parts.join(", ");
}
