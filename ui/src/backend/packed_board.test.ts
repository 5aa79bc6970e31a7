/** A board that crossed in short says what the board said, and a row that is as it was stays the same [E1]. */

import { describe, expect, it } from "vitest";
import type { BoardView } from "./bindings";
import { DemoBackend } from "./demo_backend";
import { packed } from "./demo_packed_board";
import { PackedBoards } from "./packed_board";

async function demoBoard(): Promise<BoardView> {
  return structuredClone(await new DemoBackend({ count: 120, isSteppedByHand: true }).call("board", {}));
}

describe("a packed board", () => {
  it("is the board that it was", async () => {
    const board = await demoBoard();
    const short = packed(board);
    expect(short.kinds.length).toBeLessThan(board.rows.length);

    expect(new PackedBoards().unpack(short)).toEqual(board);
    expect(JSON.stringify(short.rows[0]).length).toBeLessThan(JSON.stringify(board.rows[0]).length / 4);
  });

  it("leaves the row of a connection as it is until something of it changes", async () => {
    const board = await demoBoard();
    const boards = new PackedBoards();
    const before = boards.unpack(packed(board)).rows;

    const [changed, renamed, ...others] = board.rows;
    if (changed === undefined || renamed === undefined) throw new Error("the demo has many");
    const later = [{ ...changed, status: { ...changed.status, since: changed.status.since + 1 } }];
    const next = { ...board, rows: [...others, { ...renamed, name: "Another" }, ...later] };
    const after = boards.unpack(packed(next)).rows;

    expect(after).toEqual(next.rows);
    expect(after.slice(0, -2).every((row, index) => row === before[index + 2])).toBe(true);
    expect(after.at(-1)).not.toBe(before[0]);
    expect(before[0], "the old one says what it said").toEqual(board.rows[0]);
  });
});
