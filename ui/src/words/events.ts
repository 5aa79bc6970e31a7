/** Each kind of event as one line of a timeline [B12]. */

import type { EventKindView, EventView, StatusReasonView } from "../backend/backend";
import { causeWords, refusalShort } from "./causes";
import { duration } from "./figures";
import { refreshReasonWords } from "./lineage";
import { latency, momentInSentence } from "./times";

export type EventMark = "pass" | "fail" | "part" | "none";

export interface EventWords {
  mark: EventMark;
  line: (event: EventView) => string;
}

export const eventWords: Record<EventKindView, EventWords> = {
  sign_in_started: { mark: "none", line: () => "Sign-in started in the browser" },
  sign_in_failed: { mark: "fail", line: (event) => `Sign-in failed${why(event)}` },
  token_issued: { mark: "pass", line: (event) => `Token issued${as(event)}${version(event)}` },
  imported: {
    mark: "pass",
    line: (event) => `Imported${event.subject === null ? "" : ` from ${event.subject}`}${version(event)}`,
  },
  refresh_succeeded: {
    mark: "pass",
    line: (event) => `Refreshed${version(event)}${took(event)}${attempt(event)}${reason(event)}`,
  },
  refresh_failed: {
    mark: "fail",
    line: (event) => `Refresh failed${status(event)}${why(event)}${lost(event)}`,
  },
  refresh_cut_off: {
    mark: "fail",
    line: (event) => `Refresh cut off${version(event)}: the program ended before an answer was stored`,
  },
  refresh_token_left: {
    mark: "part",
    line: (event) =>
      `Another refresh token came too, and was left${event.subject === null ? "" : `: ${event.subject}`}${version(event)}`,
  },
  revoked_detected: { mark: "fail", line: (event) => `Found ended at the provider${why(event)}` },
  reauth_required_set: { mark: "fail", line: (event) => `reauth_required set${why(event)}` },
  reauth_required_cleared: { mark: "pass", line: () => "reauth_required cleared: refused no more" },
  reconnected: { mark: "pass", line: (event) => `Reconnected${as(event)}${version(event)}` },
  grant_left: {
    mark: "part",
    line: (event) =>
      `A sign-in was not stored, and its grant may live on${event.subject === null ? "" : ` at ${event.subject}`}`,
  },
  reconnect_requested: { mark: "none", line: (event) => `A reconnect was asked for${by(event)}` },
  reconnect_refused: { mark: "part", line: (event) => `New sign-in refused${as(event)}` },
  test_call_succeeded: { mark: "pass", line: (event) => `Test call${status(event)}${took(event)}` },
  test_call_failed: { mark: "fail", line: (event) => `Test call failed${status(event)}${why(event)}` },
  token_delivered: { mark: "none", line: (event) => `Token taken${by(event)}${version(event)}` },
  disconnected: { mark: "none", line: () => "Disconnected by you" },
  revocation_failed: { mark: "part", line: (event) => `Erased here, not revoked there${status(event)}` },
  reconciled: {
    mark: "part",
    line: (event) =>
      `Keychain and records brought together${event.subject === null ? "" : `: ${event.subject}`}`,
  },
  bundle_held: {
    mark: "fail",
    line: (event) => `New token not taken by the keychain, held${version(event)}`,
  },
  bundle_recovered: { mark: "pass", line: (event) => `Held token saved to the keychain${version(event)}` },
  network_lost: { mark: "part", line: () => "No provider could be reached; refreshes wait" },
  network_back: { mark: "pass", line: () => "The network is back; refreshes go on" },
  clock_jumped: {
    mark: "part",
    line: (event) => `This machine's clock jumped${event.subject === null ? "" : `: ${event.subject}`}`,
  },
  setup_checked: {
    mark: "none",
    line: (event) =>
      `Set-up checked${event.subject === null ? "" : ` of ${event.subject}`}: a wrong code was sent on purpose`,
  },
  client_secret_rotated: {
    mark: "none",
    line: (event) => `Client secret${event.subject === null ? " rotated" : ` of ${event.subject}`}`,
  },
  scopes_changed: {
    mark: "part",
    line: (event) => `Scopes changed${event.subject === null ? "" : `: ${event.subject}`}`,
  },
  connections_merged: {
    mark: "none",
    line: (event) => `Merged${event.subject === null ? "" : ` ${event.subject}`}`,
  },
  alert_given_up: {
    mark: "fail",
    line: (event) => `An alert${event.subject === null ? "" : ` to ${event.subject}`} was given up`,
  },
  settings_changed: {
    mark: "none",
    line: (event) => `Settings changed${event.subject === null ? "" : `: ${event.subject}`}`,
  },
};

export function eventLine(event: EventView): string {
  return eventWords[event.kind].line(event);
}

/** What was seen, for the second column of Activity: codes last and small. */
export function eventEvidence(event: EventView): string {
  const parts: string[] = [];
  if (event.endpoint !== null) parts.push(event.endpoint);
  if (event.token_fingerprint !== null) parts.push(event.token_fingerprint);
  if (event.cause !== null && event.cause.provider_code !== null) parts.push(event.cause.provider_code);
  if (event.lateness_ms !== null && event.lateness_ms >= 1_000)
    parts.push(`${latency(event.lateness_ms)} late`);
  if (event.at_risk_us !== null) parts.push(`at risk for ${duration(event.at_risk_us)}`);
  if (event.request_id !== null) parts.push(`request ${event.request_id}`);
  return parts.join(" · ");
}

/** On its time is what happens every hour: only the other reasons are worth a word. */
function reason(event: EventView): string {
  if (event.reason === null || event.reason === "scheduled") return "";
  return `, ${refreshReasonWords[event.reason].short}`;
}

function why(event: EventView): string {
  if (event.cause === null) return "";
  const isRefresh = event.kind === "refresh_failed" || event.kind === "reauth_required_set";
  return `, ${isRefresh ? refusalShort(event.cause) : causeWords[event.cause.cause].short}`;
}

/** When the refresh was sent that brought no usable answer, and after which the token is refused for having been replaced [A5]. */
function lostAnswerAt(event: EventView): number | null {
  if (event.kind !== "refresh_failed" || event.cause?.cause !== "refresh_token_reused") return null;
  const at = event.subject === null ? NaN : Date.parse(event.subject);
  return Number.isNaN(at) ? null : at;
}

/** What ended a grant, where a refresh without a usable answer did: said on its page, with the moment. */
export function lostAnswer(
  reason: StatusReasonView["kind"] | undefined,
  events: readonly EventView[],
  now: number,
): string | null {
  if (reason !== "grant_ended") return null;
  const failed = events.find((event) => event.kind === "refresh_failed");
  const at = failed === undefined ? null : lostAnswerAt(failed);
  if (at === null) return null;
  return `A refresh ${momentInSentence(at, now)} brought no usable answer: the newer token was probably lost with it. One reconnect mends it.`;
}

function lost(event: EventView): string {
  const at = lostAnswerAt(event);
  return at === null ? "" : ` (no usable answer came ${momentInSentence(at, event.at)})`;
}

function status(event: EventView): string {
  return event.http_status === null ? "" : `, ${event.http_status}`;
}

function took(event: EventView): string {
  return event.latency_ms === null ? "" : ` in ${latency(event.latency_ms)}`;
}

function version(event: EventView): string {
  return event.token_version === null ? "" : `, v${event.token_version}`;
}

function attempt(event: EventView): string {
  return event.attempt !== null && event.attempt > 1 ? `, attempt ${event.attempt}` : "";
}

function as(event: EventView): string {
  return event.subject === null ? "" : ` as ${event.subject}`;
}

function by(event: EventView): string {
  return event.subject === null ? "" : ` by ${event.subject}`;
}
