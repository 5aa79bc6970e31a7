/** Invented forecasts of a grant's end, one of each kind [B11]. */

import type { GrantClockView, GrantEndView, StatusReasonView } from "./bindings";
import { DAY } from "./demo_times";

/** What the row says of the grant's end, with how sure that is and why. */
export function demoGrantClock(
  end: GrantEndView,
  reason: StatusReasonView,
  provider: string,
  grantedAt: number,
  now: number,
): GrantClockView {
  const bare: GrantClockView = {
    granted_at: grantedAt,
    ends_at: null,
    idle_ms: null,
    confidence: "not_known",
    reason: "nothing_known",
    keep_alive_at: null,
    may_move: false,
  };
  if (reason.kind === "no_refresh_token")
    return { ...bare, ends_at: reason.at, confidence: "stated", reason: "no_refresh_token" };
  switch (end.state) {
    case "ends_at":
      return {
        ...bare,
        ends_at: end.at,
        may_move: end.may_move,
        confidence: provider === "github" ? "observed" : provider === "google" ? "documented" : "stated",
        reason:
          provider === "github"
            ? "earlier_grants"
            : provider === "google"
              ? "testing_mode"
              : "refresh_token_ends",
      };
    case "kept_alive":
      return {
        ...bare,
        idle_ms: end.idle_ms,
        confidence: "documented",
        reason: "idle_life",
        keep_alive_at: now + end.idle_ms - 6 * DAY,
      };
    case "no_end_known":
    case "ended":
    case "disconnected":
      return bare;
  }
}
