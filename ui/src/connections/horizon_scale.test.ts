/** Where marks and words stand on the bent axis [B11, D3]. */

import { describe, expect, it } from "vitest";
import type { SegmentView } from "../backend/backend";
import { labelled, Scale, textWidth, ticks } from "./horizon_scale";

const HOUR = 3_600_000;
const segments: SegmentView[] = (
  [
    [6, 26],
    [24, 22],
    [72, 15],
    [168, 12],
    [720, 12],
    [2_160, 9],
  ] as const
).map(([hours, share]) => ({ ends_after_ms: hours * HOUR, share: share / 96 }));
/** A Saturday, 10:42 by the clocks of whoever runs this. */
const now = new Date(2026, 10, 21, 10, 42).getTime();
const scale = new Scale(now, segments);

describe("the bent axis", () => {
  it("gives the next hours more room than the far weeks, and never goes back", () => {
    expect(scale.place(now)).toBeCloseTo(1.5);
    expect(scale.place(now + 6 * HOUR)).toBeCloseTo(1.5 + 26, 0);
    expect(scale.place(now + 2_160 * HOUR)).toBeCloseTo(97.5);
    const places = Array.from({ length: 500 }, (_, index) => scale.place(now + index * 5 * HOUR));
    expect(places.every((place, index) => index === 0 || place >= (places[index - 1] ?? 0))).toBe(true);
  });

  it("keeps what is past at now, and what is beyond at the end", () => {
    expect(scale.place(now - HOUR)).toBeCloseTo(1.5);
    expect(scale.place(now + 9_000 * HOUR)).toBeCloseTo(97.5);
  });

  it.each([1_092, 780, 480])("labels no two moments over each other at %i px", (width) => {
    const made = ticks(scale, width);
    expect(made.length).toBeGreaterThan(4);
    for (const [index, tick] of made.entries()) {
      const before = made[index - 1];
      if (before === undefined) continue;
      const gap = ((tick.place - before.place) / 100) * width;
      expect(gap, `${before.label} and ${tick.label}`).toBeGreaterThan(
        (textWidth(before.label) + textWidth(tick.label)) / 2,
      );
    }
    expect(made.map((tick) => tick.label)).toContain("midnight");
  });

  it("puts days at midnight by the local clocks, also over the end of summer time", () => {
    const before = new Scale(new Date(2026, 9, 22, 10, 0).getTime(), segments);
    const days = ticks(before, 1_600).filter((tick) => /^[A-Z][a-z]{2} \d+$/.test(tick.label));
    expect(days.length).toBeGreaterThan(2);
    expect(days.every((tick) => new Date(tick.at).getHours() === 0)).toBe(true);
  });
});

describe("labels of marks", () => {
  const marks = [5, 5.6, 6.2, 2_100].map((hours) => ({ at: now + hours * HOUR, name: `mark ${hours}` }));

  it("leave those out that would run into another, and turn round at the right edge", () => {
    const placed = labelled(
      marks,
      scale,
      1_000,
      (mark) => `${mark.name}, Halden Optik`,
      (_, index) => index,
      11,
    );

    expect(placed[0]?.isLeft, "the second mark stands in its way at the right").toBe(true);
    expect(placed[1]?.label, "one stands at either side").toBeNull();
    expect(placed[2]?.isLeft).toBe(false);
    expect(placed[3]?.isLeft).toBe(true);
  });
});
