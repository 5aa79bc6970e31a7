/** The clock on the wall is the system's, in the window as on the command line. */

import { afterEach, expect, it, vi } from "vitest";

const AT = new Date(2026, 10, 20, 18, 43).getTime();

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

it.each([
  [24, "18:43"],
  [12, "6:43\u00a0pm"],
] as const)(
  "has %i hours where the program says so, whatever the web view's language",
  async (hours, said) => {
    vi.stubGlobal("patchbayHours", hours);
    vi.resetModules();

    const { clockTime } = await import("./times");

    expect(clockTime(AT)).toBe(said);
  },
);
