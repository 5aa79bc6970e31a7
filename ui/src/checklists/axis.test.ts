/** The time axis of a certificate [E4]. */

import { expect, it } from "vitest";
import { axisOf } from "./axis";

const HOUR = 3_600_000;

it("holds the rehearsal, the end of what it is good for, and a while behind it", () => {
  const from = Date.UTC(2026, 10, 17, 14, 36);
  const axis = axisOf(from, from + HOUR);

  expect(axis.start).toBeLessThanOrEqual(from);
  expect(axis.share(from + HOUR)).toBeLessThan(1);
  expect(axis.ticks.length).toBeGreaterThan(2);
  expect(axis.ticks.length).toBeLessThanOrEqual(6);
  expect(axis.share(from - HOUR * 9), "nothing stands outside").toBe(0);
});

it.each([1 / 60, 0.5, 4, 24, 24 * 30])("has few enough labels over %s hours", (hours) => {
  const from = Date.UTC(2026, 2, 29, 0, 10);
  const axis = axisOf(from, from + hours * HOUR);

  expect(axis.ticks.length).toBeLessThanOrEqual(7);
  expect(axis.end).toBeGreaterThan(from + hours * HOUR);
});
