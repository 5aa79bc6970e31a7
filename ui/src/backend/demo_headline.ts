/** The sentence's facts, chosen as the engine would. */

import { isUnreadable, usual } from "../words/circumstances";
import { isDown } from "../words/status";
import type {
  ConnectionView,
  HeadlineView,
  HeldBundleView,
  KeychainView,
  PlatformNeedsView,
} from "./bindings";
import { DAY } from "./demo_times";

export function demoHeadline(
  views: readonly ConnectionView[],
  keychain: KeychainView["state"],
  held: readonly HeldBundleView[],
  needs: PlatformNeedsView,
): HeadlineView {
  const needsSomebody = needs.copy_count + needs.unread_count + needs.incident_count > 0;
  if (views.length === 0 && !needsSomebody) return { state: "empty" };
  const around = { ...usual, keychain };
  const unreadable = views.filter(({ row }) => isUnreadable(row, around)).length;
  if (unreadable > 0) return { state: "unreadable", count: unreadable };
  const ends = views
    .flatMap(({ row }) =>
      // One that needs somebody has stopped already.
      row.grant_end.state === "ends_at" && !row.status.needs_person
        ? [{ id: row.id, name: row.name, at: row.grant_end.at }]
        : [],
    )
    .sort((a, b) => a.at - b.at);
  const next_end = ends[0] ?? null;
  // As the board has them: the first of its rows.
  const broken = views.filter(({ row }) => row.status.needs_person);
  const first = broken[0]?.row;
  const down = views.filter(({ row }) => isDown(row.status));
  const downFirst = down[0]?.row;
  if (first === undefined && downFirst !== undefined) {
    return {
      state: "some_down",
      count: down.length,
      first: {
        id: downFirst.id,
        name: downFirst.name,
        provider_name: downFirst.provider_name,
        reason: downFirst.status.reason,
        since: downFirst.status.over_since ?? downFirst.status.since,
      },
      next_end,
    };
  }
  if (first === undefined && held[0] !== undefined)
    return { state: "unsaved", count: held.length, name: held[0].connection_name };
  if (first === undefined) {
    return {
      state: needsSomebody ? "platforms_need_you" : "all_well",
      connection_count: views.length,
      unproved_count: views.filter(({ row }) => row.status.lamp === "unproved").length,
      next_end: next_end !== null && next_end.at < Date.now() + 90 * DAY ? next_end : null,
    };
  }
  const reason = first.status.reason;
  return {
    state: "needs_you",
    count: broken.length,
    first: {
      id: first.id,
      name: first.name,
      cause: "cause" in reason ? reason.cause : null,
      action: first.status.action,
      still_works:
        first.status.lamp !== "reauth_required" &&
        reason.kind === "refresh_failing" &&
        first.status.over_since === null,
      dependant_count: first.dependant_count,
      since: first.status.since,
      unopened_file: null,
    },
    next_end,
  };
}
