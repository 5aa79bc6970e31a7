/** Makes the rows of a board again that crossed in short: what many share was written once, beside what is each one's own [E1]. */

import type { BoardView, ConnectionRowView, PackedBoardView, PackedRowView } from "./bindings";

type Fields = Record<string, unknown>;

/** Where a moment stands in a part of a row, and its place among the row's own. */
type Mark = readonly [key: string, place: number];

/** The parts of a row that may hold moments; `reason` is a part of `status`. */
const parts = ["status", "proof", "grant_end", "token_expiry"] as const;

/** The row before it is anybody's. */
interface Kind {
  row: ConnectionRowView;
  /** The same kind of the board before is known by it. */
  text: string;
  marks: readonly { part: (typeof parts)[number]; of: readonly Mark[] }[];
  reason: readonly Mark[];
}

/** Keeps what it made: a connection that is as it was is the same row, and nothing that rests on it is done again. */
export class PackedBoards {
  #kinds = new Map<string, Kind>();
  #rows = new Map<string, { row: ConnectionRowView; kind: Kind }>();

  unpack(packed: PackedBoardView): BoardView {
    const { headline, platform_needs, engine, keychain, keychain_since } = packed;
    const kinds = packed.kinds.map((row) => {
      const text = JSON.stringify(row);
      return this.#kinds.get(text) ?? kindOf(row, text);
    });
    const rows = new Map<string, { row: ConnectionRowView; kind: Kind }>();
    for (const own of packed.rows) {
      const kind = kinds[own[0]];
      if (kind === undefined) continue;
      const known = this.#rows.get(own[1]);
      rows.set(
        own[1],
        known?.kind === kind && isSame(known.row, own, kind) ? known : { row: made(own, kind), kind },
      );
    }
    this.#rows = rows;
    this.#kinds = new Map(kinds.map((kind) => [kind.text, kind]));
    return {
      headline,
      platform_needs,
      rows: Array.from(rows.values(), ({ row }) => row),
      engine,
      keychain,
      keychain_since,
    };
  }
}

function kindOf(row: ConnectionRowView, text: string): Kind {
  const marks = parts
    .map((part) => ({ part, of: marksIn(row[part]) }))
    .filter(({ part, of }) => of.length > 0 || part === "status");
  return { row, text, marks, reason: marksIn(row.status.reason) };
}

/** A negative number is the place of a moment among the row's own, counted down from -1. */
function marksIn(part: object | null): Mark[] {
  return Object.entries(part ?? {}).flatMap(([key, value]) =>
    typeof value === "number" && value < 0 ? [[key, -1 - value] as const] : [],
  );
}

function filled<T extends object>(part: T, marks: readonly Mark[], own: readonly number[]): T {
  const copy = { ...part };
  for (const [key, place] of marks) (copy as Fields)[key] = own[place];
  return copy;
}

/** What holds a moment is the row's own; the rest it shares with all of its kind. */
function made([, id, name, account, own]: PackedRowView, kind: Kind): ConnectionRowView {
  const row: ConnectionRowView = { ...kind.row, id, name, account };
  for (const { part, of } of kind.marks) {
    const value = row[part];
    if (value !== null) (row as unknown as Fields)[part] = filled(value, of, own);
  }
  if (kind.reason.length > 0) row.status.reason = filled(kind.row.status.reason, kind.reason, own);
  return row;
}

function isSame(row: ConnectionRowView, [, , name, account, own]: PackedRowView, kind: Kind): boolean {
  const holds = (part: object | null, marks: readonly Mark[]): boolean =>
    marks.every(([key, place]) => (part as Fields)[key] === own[place]);
  return (
    row.name === name &&
    row.account === account &&
    holds(row.status.reason, kind.reason) &&
    kind.marks.every(({ part, of }) => holds(row[part], of))
  );
}
