/** Invented chains of tokens: six versions, one new consent, and what became of each [A5]. */

import type { LampView, StatusReasonView, TokenVersionStateView, TokenVersionView } from "./bindings";
import { fingerprint, MINUTE } from "./demo_times";

const LENGTH = 6;
const CONSENT = 4;

/** Newest first; a provider that rotates brings a new refresh token each time. */
export function demoLineage(
  seed: number,
  lamp: LampView,
  reason: StatusReasonView,
  isRotated: boolean,
  now: number,
): TokenVersionView[] {
  const newest = newestState(lamp, reason);
  const top = newest === "in_use" ? 114 : 113;
  const refreshToken = (at: number): string =>
    fingerprint(seed * 31 + (at > CONSENT ? 901 : 900) + (isRotated ? at * 7 : 0));
  const issuedAt = (at: number): number => now - 19 * MINUTE - at * 59 * MINUTE;
  return Array.from({ length: LENGTH }, (_, at) => ({
    version: top - at,
    access_fingerprint: fingerprint(seed * 31 + at),
    refresh_fingerprint: refreshToken(at),
    issued_at: issuedAt(at),
    issued_by: at === CONSENT ? "reconnect" : "refresh",
    reason: at === CONSENT ? null : at === 1 ? "person" : at === 3 ? "rejected" : "scheduled",
    ended_at: at === 0 ? (newest === "in_use" ? null : now - 11 * MINUTE) : issuedAt(at - 1),
    state: at === 0 ? newest : at === CONSENT + 1 ? "refused" : "replaced",
  }));
}

function newestState(lamp: LampView, reason: StatusReasonView): TokenVersionStateView {
  if (lamp === "disconnected") return "disconnected";
  if (reason.kind === "outcome_unknown" || reason.kind === "held_unopened") return "probably_spent";
  if (reason.kind === "secret_missing") return "missing";
  return lamp === "reauth_required" ? "refused" : "in_use";
}
