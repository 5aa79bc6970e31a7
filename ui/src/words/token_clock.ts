/** The token's clock, and what was odd about the last token answer [B7]. */

import type { ExpiryView, RefreshModeView, TokenDefectView, TokenView } from "../backend/backend";
import { listed } from "./numbers";
import { latency, moment, momentInSentence, span } from "./times";

/** What renews a token whose automatic refresh is off. */
export const onlyWhenAsked =
  "Automatic refresh is off: by itself nothing renews it; a call that needs it or your click does.";

/** The sentence beside the token's clock. */
export function tokenClock(
  token: TokenView,
  expiry: ExpiryView,
  automatic: boolean,
  canRefresh: boolean,
  now: number,
  mode: RefreshModeView = "on",
  unreadable: string | null = null,
): string {
  const last =
    token.last_refresh_at === null
      ? ""
      : ` Last refresh ${moment(token.last_refresh_at, now)}${
          token.last_refresh_ms === null ? "" : `, ${latency(token.last_refresh_ms)}`
        }.`;
  switch (expiry.state) {
    case "known": {
      const isOver = expiry.at <= now;
      const ends = `${isOver ? "It ended" : "Ends"} ${moment(expiry.at, now)}`;
      if (!canRefresh) return isOver ? `${ends}.${last}` : `${ends}; nothing renews it.${last}`;
      if (unreadable !== null) return `${ends}. Nothing can renew it just now: ${unreadable}.${last}`;
      if (mode === "offline") return `${ends}. Offline by choice: nothing renews it meanwhile.${last}`;
      if (!automatic) return `${ends}. ${onlyWhenAsked}${last}`;
      // Too short-lived to be refreshed ahead of time.
      if (token.refresh_at === null) return `${ends}, and is refreshed when it is next needed.${last}`;
      if (isOver) return `${ends}.${last}`;
      return `${ends}, refreshed by itself ${momentInSentence(token.refresh_at, now)} (the mark). Nothing for you to do.${last}`;
    }
    case "unknown":
      return `The provider does not say how long it lives.${last}`;
    case "never":
      return "It does not expire; it ends when someone ends the grant.";
    case "no_token":
      return "There is no access token in hand.";
  }
}

/** What the middle of the token's clock shows. */
export function tokenLeft(expiry: ExpiryView, now: number): { main: string; small: string } {
  switch (expiry.state) {
    case "known":
      return expiry.at <= now ? { main: "over", small: "" } : inDial(expiry.at - now);
    case "unknown":
      return { main: "?", small: "not said" };
    case "never":
      return { main: "∞", small: "no expiry" };
    case "no_token":
      return { main: "none", small: "" };
  }
}

/** "41" over "min left". */
export function inDial(left: number): { main: string; small: string } {
  const words = span(left);
  const single = /^(\d+) (s|min|h|d)$/.exec(words);
  if (single === null) return { main: words, small: "left" };
  return { main: single[1] ?? words, small: `${single[2] ?? ""} left` };
}

export const defectWords: Record<TokenDefectView, string> = {
  expires_in_is_text: "sends the lifetime as text",
  expires_in_is_milliseconds: "sends the lifetime in milliseconds",
  expires_in_is_zero: "sends a lifetime of zero",
  expires_in_is_negative: "sends a negative lifetime",
  expires_in_is_absurd: "sends an absurd lifetime",
  expires_in_is_not_a_number: "sends a lifetime that is no number",
  token_type_missing: "leaves out the token type",
  token_type_odd: "sends an odd token type",
  scope_is_a_list: "sends scopes as a list",
  duplicate_field: "sends a field twice",
  wrong_content_type: "labels its answer as another type",
  refresh_token_unusable: "sends a refresh token that is too long or not plain text",
  other_refresh_token: "sends more than one refresh token",
  refresh_token_unclear: "may have sent a new refresh token that cannot be told for sure",
  id_token_unusable: "sends an ID token that cannot be read or is not for this client",
  error_status: "sends tokens with the status of an error",
  odd_envelope: "wraps its tokens, or sends them in an odd encoding",
  odd_field_names: "gives its fields odd names",
};

export function defects(found: readonly TokenDefectView[], provider: string): string | null {
  if (found.length === 0) return null;
  let end = "read with care, nothing is lost";
  if (found.includes("other_refresh_token"))
    end = "one is kept, and the next refresh shows whether it is the right one";
  if (found.includes("refresh_token_unclear"))
    end = "the one before it is kept, and the next refresh finds out";
  if (found.includes("refresh_token_unusable")) end = "so it could not be kept";
  return `${provider} ${listed(
    found.map((defect) => defectWords[defect]),
    4,
  )}; ${end}.`;
}
