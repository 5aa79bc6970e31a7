/** Packs a board as the program does, for a page without one [E1]. */

import type { BoardView, ConnectionRowView, PackedBoardView } from "./bindings";

/** As `src-tauri/desktop/views/packed_board.rs` does it: every moment of a row is its own, the rest is of its kind. */
export function packed({ rows, ...board }: BoardView): PackedBoardView {
  const kinds: ConnectionRowView[] = [];
  const places = new Map<string, number>();
  const taken = rows.map((row): PackedBoardView["rows"][number] => {
    const own: number[] = [];
    const text = JSON.stringify(
      { ...row, id: "", name: "", account: row.account === null ? null : "" },
      (key, value: unknown) => {
        const isMoment = ["since", "over_since", "at", "usable_until", "retry_at"].includes(key);
        return isMoment && typeof value === "number" ? -own.push(value) : value;
      },
    );
    let place = places.get(text);
    if (place === undefined) {
      place = kinds.push(JSON.parse(text) as ConnectionRowView) - 1;
      places.set(text, place);
    }
    return [place, row.id, row.name, row.account, own];
  });
  return { ...board, kinds, rows: taken };
}
