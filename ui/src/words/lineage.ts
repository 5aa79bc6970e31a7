/** One version of a token: why it was fetched, and what became of it [A5]. */

import type {
  IssuedByView,
  RefreshReasonView,
  TokenVersionStateView,
  TokenVersionView,
} from "../backend/backend";
import { moment } from "./times";

export const issuedByWords: Record<IssuedByView, string> = {
  connect: "first sign-in",
  refresh: "refresh",
  reconnect: "new consent",
  import: "import",
};

export const refreshReasonWords: Record<RefreshReasonView, { short: string; meaning: string }> = {
  scheduled: { short: "on schedule", meaning: "Its time had come." },
  keep_alive: { short: "to keep it alive", meaning: "The grant would have ended unused." },
  person: { short: "by hand", meaning: "A person asked for it." },
  needed: { short: "on need", meaning: "Something wanted a token that holds longer." },
  rejected: { short: "after a refusal", meaning: "The API had refused the token before." },
  recovery: { short: "to recover", meaning: "An earlier refresh brought no usable answer." },
};

/** What became of it, and whether the chain breaks there. */
export const tokenVersionStateWords: Record<
  TokenVersionStateView,
  { word: string; meaning: string; isBroken: boolean }
> = {
  in_use: { word: "in use", meaning: "The one that is handed out.", isBroken: false },
  replaced: { word: "replaced", meaning: "A newer one took its place.", isBroken: false },
  probably_spent: {
    word: "probably spent",
    meaning: "It was sent for a refresh and no answer came, so the provider has most likely used it up.",
    isBroken: true,
  },
  refused: { word: "refused", meaning: "The provider refused it for good.", isBroken: true },
  missing: { word: "missing", meaning: "The keychain answered and did not hold it.", isBroken: true },
  disconnected: { word: "disconnected", meaning: "You gave it up.", isBroken: false },
  expired: { word: "expired", meaning: "It ran out, and nothing renews it.", isBroken: true },
};

/** "10:23, on schedule": when and why it came. */
export function fetched(version: TokenVersionView, now: number): string {
  const why =
    version.reason === null ? issuedByWords[version.issued_by] : refreshReasonWords[version.reason].short;
  return `${moment(version.issued_at, now)}, ${why}`;
}

/** The broken link, said once above the chain; null while it holds. */
export function brokenLink(lineage: readonly TokenVersionView[], now: number): string | null {
  const newest = lineage[0];
  if (newest === undefined) return null;
  const { word, isBroken } = tokenVersionStateWords[newest.state];
  const when = newest.ended_at === null ? "" : ` ${moment(newest.ended_at, now)}`;
  return isBroken ? `broken at v${newest.version}: ${word}${when}` : null;
}
