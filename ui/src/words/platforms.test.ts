/** What is said of a platform's connection, and what of that is proved [A8, D2]. */

import { describe, expect, it } from "vitest";
import { stateWords } from "./platforms";

const NOW = Date.parse("2026-11-20T12:00:00Z");

describe("the state of a platform's connection", () => {
  it("tells of a good run as of what proves nothing, and only where nothing is proved", () => {
    const good_run_at = NOW - 180_000;

    expect(stateWords({ state: { kind: "unknown" }, good_run_at: null }, NOW)).toBe("not visible");
    expect(stateWords({ state: { kind: "unknown" }, good_run_at }, NOW)).toBe(
      "not proved; a workflow with it ran well 3 min ago",
    );
    expect(stateWords({ state: { kind: "works", at: NOW - 60_000 }, good_run_at: null }, NOW)).toMatch(
      /^works, proved /,
    );
  });
});
