/** One deed for many, and the ticks it is done to: a few at once, no failure stops the rest, and it can be cancelled [E1]. */

import { describe, expect, it } from "vitest";
import type { BulkResult } from "../words/bulk";
import { BulkRun } from "./bulk.svelte";
import { Selection } from "./selection.svelte";

const ids = Array.from({ length: 12 }, (_, index) => `con_${index}`);

/** Each at a provider of its own. */
const each = (id: string): string => id;

/** Answers that are given when asked for. */
function answers(): {
  one: (id: string) => Promise<BulkResult>;
  begun: string[];
  give: (id: string, result: BulkResult) => Promise<void>;
} {
  const begun: string[] = [];
  const waiting = new Map<string, (result: BulkResult) => void>();
  return {
    begun,
    one: (id) => {
      begun.push(id);
      return new Promise((resolve) => waiting.set(id, resolve));
    },
    give: async (id, result) => {
      waiting.get(id)?.(result);
      await new Promise((settled) => setTimeout(settled));
    },
  };
}

const done: BulkResult = { state: "done", words: "212 ms" };

describe("a deed done to many", () => {
  it("has a few under way at once, and begins the next when one ends", async () => {
    const run = new BulkRun("test_call", ids, each);
    const { one, begun, give } = answers();
    void run.go(one);

    expect(begun).toEqual(ids.slice(0, 8));
    await give("con_2", done);
    expect(begun, "one place was free").toEqual(ids.slice(0, 9));
    expect([run.done, run.total, run.isOver]).toEqual([1, 12, false]);
  });

  it("is done with the others while one provider hangs", async () => {
    const run = new BulkRun("test_call", ids, (id) => (Number(id.slice(4)) < 9 ? "hangs" : "well"));
    const { one, begun, give } = answers();
    void run.go(one);
    expect([...begun].sort(), "two at each").toEqual(["con_0", "con_1", "con_10", "con_9"]);

    for (const id of ["con_9", "con_10", "con_11"]) await give(id, done);

    expect(run.idsOf("done")).toEqual(["con_9", "con_10", "con_11"]);
    expect(run.idsOf("running"), "and no more of the one that hangs").toEqual(["con_0", "con_1"]);
    expect([run.done, run.isOver]).toEqual([3, false]);
    for (let place = 0; place < 9; place++) await give(`con_${place}`, done);
    expect(run.isOver, "it is over once all have answered").toBe(true);
  });

  it("goes on after a failure, and tells each by itself", async () => {
    const run = new BulkRun("test_call", ids.slice(0, 3), each);
    await run.go((id) =>
      Promise.resolve(id === "con_1" ? { state: "failed", words: "grant revoked" } : done),
    );

    expect(run.isOver).toBe(true);
    expect([run.done, run.failed]).toEqual([3, 1]);
    expect(run.idsOf("failed")).toEqual(["con_1"]);
    expect(run.results.get("con_2")).toEqual(done);
  });

  it("begins nothing more once it is cancelled, and lets what is under way end", async () => {
    const run = new BulkRun("refresh", ids, each);
    const { one, begun, give } = answers();
    const over = run.go(one);

    run.cancel();
    for (const id of [...begun]) await give(id, done);
    await over;

    expect(begun, "nothing was begun after the cancel").toHaveLength(8);
    expect(run.idsOf("left")).toEqual(ids.slice(8));
    expect(run.done).toBe(8);
  });
});

describe("the ticked rows", () => {
  it("are extended from where the stretch began, and untick one by one", () => {
    const selection = new Selection();
    selection.toggle("con_3");
    selection.extend(ids, "con_6", "con_6");
    expect([...selection.ids]).toEqual(["con_3", "con_4", "con_5", "con_6"]);

    selection.toggle("con_4");
    expect(selection.has("con_4")).toBe(false);
    selection.extend(ids, "con_1", "con_1");
    expect(selection.has("con_2"), "also backwards").toBe(true);
  });

  it("lose what is not there any more", () => {
    const selection = new Selection();
    selection.choose(["con_1", "con_99"]);
    selection.keep(new Set(ids));
    expect([...selection.ids]).toEqual(["con_1"]);
  });
});
