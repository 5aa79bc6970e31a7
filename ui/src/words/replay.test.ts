/** What to run again, in words: runs that failed, and runs that a pause kept from taking place [D5, D6]. */

import { describe, expect, it } from "vitest";
import type { ReplayLineView } from "../backend/backend";
import { replayLine } from "./radius";

const NOW = Date.parse("2026-11-20T12:00:00Z");
const line: ReplayLineView = {
  workflow_id: "wfl_1",
  workflow: "Orders",
  point: "before_first_read",
  failed_count: 0,
  missed_count: 5,
  missed_while_paused_count: 0,
  is_missed_certain: true,
  from: NOW - 3_600_000,
  until: NOW,
  from_step: null,
  can_repeat: false,
};

describe("scheduled runs that did not take place", () => {
  it.each([
    [{}, /^5 scheduled runs were missed: run each again, /],
    [{ missed_while_paused_count: 5 }, /^5 scheduled runs were missed while it was paused: run each again, /],
    [{ missed_count: 1, missed_while_paused_count: 1 }, /^1 scheduled run was missed while it was paused: /],
    [
      { missed_while_paused_count: 3 },
      /^5 scheduled runs were missed, 3 of them while it was paused: run each again, /,
    ],
    [
      { is_missed_certain: false },
      /^5 scheduled runs fell due, and whether they ran is not visible: compare before running again; /,
    ],
    [
      { is_missed_certain: false, missed_while_paused_count: 3 },
      /^5 scheduled runs fell due, 3 of them while it was paused; whether the others ran is not visible: compare /,
    ],
    [
      { failed_count: 2, missed_while_paused_count: 3 },
      /^5 scheduled runs were missed, 3 of them while it was paused; 2 runs failed before reading anything: /,
    ],
  ])("are told with how many of them a pause kept away: %o", (changed, expected) => {
    expect(replayLine({ ...line, ...changed }, NOW)).toMatch(expected);
  });
});
