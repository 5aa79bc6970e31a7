/** Which events of a timeline belong together, by what a person looks for [B12]. */

import type { EventKindView } from "../backend/backend";
import { eventWords } from "./events";

export const timelineFilters = ["all", "failures", "sign_ins", "refreshes", "calls", "changes"] as const;
export type TimelineFilter = (typeof timelineFilters)[number];

export const timelineWords: Record<TimelineFilter, string> = {
  all: "everything",
  failures: "what went wrong",
  sign_ins: "sign-ins and grants",
  refreshes: "refreshes",
  calls: "calls and tokens taken",
  changes: "what people changed",
};

const signIns: readonly EventKindView[] = [
  "sign_in_started",
  "sign_in_failed",
  "token_issued",
  "imported",
  "reconnected",
  "reconnect_refused",
  "reconnect_requested",
  "grant_left",
  "disconnected",
  "revocation_failed",
  "revoked_detected",
  "reauth_required_set",
  "reauth_required_cleared",
];
const changes: readonly EventKindView[] = ["settings_changed", "disconnected", "reconnected", "imported"];

/** Whether an event of this kind is shown. */
export function isOf(kind: EventKindView, filter: TimelineFilter): boolean {
  switch (filter) {
    case "all":
      return true;
    case "failures":
      return eventWords[kind].mark === "fail" || eventWords[kind].mark === "part";
    case "sign_ins":
      return signIns.includes(kind);
    case "refreshes":
      return kind.startsWith("refresh_") || kind.startsWith("bundle_");
    case "calls":
      return kind.startsWith("test_call_") || kind === "token_delivered";
    case "changes":
      return changes.includes(kind);
  }
}
