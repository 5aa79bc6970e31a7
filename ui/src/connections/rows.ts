/** Lays the engine's rows out as lines of the board: in its order, under one head per group. */

import type { ConnectionRowView, LampView, PlatformConnectionView } from "../backend/backend";
import type { Grouping } from "../state/preferences.svelte";
import { lampWords } from "../words/status";

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

/** Groups stand in the order in which their first row comes, those without a customer last; rows keep theirs. */
export function boardLines(
  rows: readonly ConnectionRowView[],
  grouping: Grouping,
  closed: ReadonlySet<string>,
): BoardLine[] {
  const groups = new Map<string, ConnectionRowView[]>();
  if (grouping !== "none") {
    for (const row of rows) {
      const label = groupOf(row, grouping);
      const group = groups.get(label);
      if (group === undefined) groups.set(label, [row]);
      else group.push(row);
    }
  }
  if (grouping === "none" || (grouping === "customer" && groups.size === 1 && groups.has(NO_CUSTOMER))) {
    return rows.map((row) => ({ kind: "row", key: row.id, row, group: null }));
  }
  const unnamed = grouping === "customer" ? groups.get(NO_CUSTOMER) : undefined;
  if (unnamed !== undefined && groups.delete(NO_CUSTOMER)) groups.set(NO_CUSTOMER, unnamed);
  const lines: BoardLine[] = [];
  for (const [label, members] of groups) {
    const key = `group:${label}`;
    const isClosed = closed.has(key);
    lines.push({ kind: "group", key, label, rows: members, isClosed });
    if (!isClosed) for (const row of members) lines.push({ kind: "row", key: row.id, row, group: key });
  }
  return lines;
}

const NO_CUSTOMER = "No customer";

function groupOf(row: ConnectionRowView, grouping: Exclude<Grouping, "none">): string {
  switch (grouping) {
    case "customer":
      return row.customer ?? NO_CUSTOMER;
    case "provider":
      return row.provider_name;
    case "status":
      return lampWords[row.status.lamp];
  }
}

/** Whether every word typed is somewhere in what the row shows. */
export function isMatch(row: ConnectionRowView, words: readonly string[]): boolean {
  if (words.length === 0) return true;
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
  return words.every((word) => text.includes(word));
}

export function filterWords(text: string): string[] {
  return text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
}

/** "12 connections, 2 reauth_required": what a group's head says beside its name. */
export function groupNote(rows: readonly ConnectionRowView[]): string {
  const count = (lamp: LampView): number => rows.filter((row) => row.status.lamp === lamp).length;
  const parts = [`${rows.length} ${rows.length === 1 ? "connection" : "connections"}`];
  for (const lamp of ["reauth_required", "expiring"] as const) {
    const found = count(lamp);
    if (found > 0 && found < rows.length) parts.push(`${found} ${lampWords[lamp]}`);
  }
  return parts.join(", ");
}
