/** The invented data tells one story: what one screen says, no other contradicts [E1, E3]. */

import { describe, expect, it } from "vitest";
import type { ConnectionRowView } from "./backend";
import { DemoBackend } from "./demo_backend";

describe("the demo", () => {
  it("names one first run of a connection, on the board and in the queue", async () => {
    const backend = new DemoBackend({ count: 30, nodes: 50, revoked: 5, isSteppedByHand: true });

    const { turns } = await backend.call("reconnect_queue", {});
    const { needs } = await backend.call("horizon", { reach: "quarter" });

    const onBoard = new Map(needs.map((need) => [need.id, need.at]));
    const both = turns.filter((turn) => onBoard.has(turn.id) && turn.workflow_count > 0);
    expect(both.length).toBeGreaterThan(3);
    for (const turn of both) expect(turn.first_run_at, turn.name).toBe(onBoard.get(turn.id));
  });

  it("names no end as the next that has come already", async () => {
    const backend = new DemoBackend({ count: 30, nodes: 50, revoked: 5, isSteppedByHand: true });

    const { headline, rows } = await backend.call("board", {});

    const isOver = (row: ConnectionRowView): boolean =>
      row.status.needs_person && row.grant_end.state === "ends_at";
    expect(rows.some(isOver), "there is one to be left out").toBe(true);
    const next = headline.state === "needs_you" ? headline.next_end : null;
    const row = rows.find((one) => one.id === next?.id);
    expect(row?.status.needs_person).not.toBe(true);
  });
});
