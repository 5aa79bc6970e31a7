/** A long list reckons where its rows are, and draws one that left the view as the next [E1]. */

import { describe, expect, it } from "vitest";
import { firstBelow, Slots, topsOf } from "./virtual_rows";

describe("the rows in view", () => {
  const tops = topsOf([26, 46, 28, 28], (height) => height);

  it("begin where those above them end", () => {
    expect([...tops]).toEqual([0, 26, 72, 100, 128]);
    expect([...topsOf([], () => 28)]).toEqual([0]);
  });

  it("are found by how far the list is scrolled", () => {
    const found = [-10, 0, 25, 26, 71, 72, 127, 128, 9_000].map((height) => firstBelow(tops, height));
    expect(found).toEqual([0, 0, 0, 1, 1, 2, 3, 3, 3]);
    expect(
      firstBelow(
        topsOf([], () => 28),
        40,
      ),
    ).toBe(0);
  });
});

describe("a drawn row", () => {
  const row = (key: string): { key: string; kind: string } => ({ key, kind: "row" });
  const named = (keys: string): { key: string; kind: string }[] => Array.from(keys, row);

  it("stays its own while it is in view, and is the next one's when it left", () => {
    const slots = new Slots();
    const before = slots.take(named("abcd"), true);
    const after = slots.take(named("bcde"), true);

    expect(after.slice(0, 3)).toEqual(before.slice(1));
    expect(after[3], "a left, e came").toBe(before[0]);
    expect(new Set(after).size).toBe(4);
  });

  it("keeps its order where all others come, so that nothing on the page is moved", () => {
    const slots = new Slots();
    const before = slots.take(named("abcd"), false);

    expect(slots.take(named("wxyz"), false)).toEqual(before);
    expect(slots.take(named("pq"), false)).toEqual(before.slice(0, 2));
  });

  it("is not moved about where one of them has focus: most are drawn anew then", () => {
    const slots = new Slots();
    const before = slots.take(named("abcd"), false);
    const after = slots.take(named("dxyz"), false);

    expect(after[0]).toBe(before[3]);
    expect(after.slice(1).some((slot) => before.includes(slot))).toBe(false);
  });

  it("is taken for none of another kind, and for none at all without a kind", () => {
    const slots = new Slots();
    const before = slots.take([row("a"), { key: "g", kind: "group" }], true);
    const [other] = slots.take([{ key: "h", kind: "group" }], true);
    expect(other).toBe(before[1]);

    const alone = new Slots();
    expect(alone.take([{ key: "a", kind: null }], true)).toEqual(["a"]);
    expect(alone.take([{ key: "b", kind: null }], true)).toEqual(["b"]);
  });
});
