/** Hangs the platforms' copies under the connections they stand beside; those without one stand alone [A8]. */

import type { PlatformConnectionView } from "../backend/backend";
import type { Grouping } from "../state/preferences.svelte";
import { type BoardLine, NO_CUSTOMER } from "./rows";

const ELSEWHERE = "On platforms only";

/** Which head a copy of its own belongs under, by what the board is grouped. */
const groupNames: Partial<Record<Grouping, (copy: PlatformConnectionView) => string>> = {
  customer: (copy) => copy.customer ?? NO_CUSTOMER,
  platform: (copy) => copy.platform_name,
};

/** `alone` stand at the end of their customer's group where there is one, else under a head of their own. */
export function withCopies(
  lines: readonly BoardLine[],
  copies: ReadonlyMap<string, readonly PlatformConnectionView[]>,
  alone: readonly PlatformConnectionView[],
  grouping: Grouping,
  closed: ReadonlySet<string>,
): readonly BoardLine[] {
  if (copies.size === 0 && alone.length === 0) return lines;
  const made: BoardLine[] = [];
  const left = new Set(alone);
  let group: string | null = null;
  const endGroup = (): void => {
    const nameOf = groupNames[grouping];
    if (group === null || nameOf === undefined) return;
    for (const copy of left) {
      if (`group:${nameOf(copy)}` !== group) continue;
      left.delete(copy);
      if (!closed.has(group))
        made.push({ kind: "copy", key: copy.id, copy, group, isHung: false, isLast: true });
    }
  };
  for (const line of lines) {
    if (line.kind === "group") {
      endGroup();
      group = line.key;
    }
    made.push(line);
    if (line.kind !== "row") continue;
    const hung = copies.get(line.row.id) ?? [];
    hung.forEach((copy, index) =>
      made.push({
        kind: "copy",
        key: copy.id,
        copy,
        group: line.group,
        isHung: true,
        isLast: index === hung.length - 1,
      }),
    );
  }
  endGroup();
  if (left.size === 0) return made;
  const key = `group:${ELSEWHERE}`;
  const isClosed = closed.has(key);
  made.push({ kind: "group", key, label: ELSEWHERE, rows: [], isClosed, copyCount: left.size });
  if (!isClosed)
    for (const copy of left)
      made.push({ kind: "copy", key: copy.id, copy, group: key, isHung: false, isLast: true });
  return made;
}

/** Whether every word typed is somewhere in what its row shows. */
export function isCopyMatch(copy: PlatformConnectionView, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const text = [copy.name, copy.platform_name, copy.provider_name, copy.account, copy.customer, copy.lamp]
    .join("\n")
    .toLowerCase();
  return words.every((word) => text.includes(word));
}
