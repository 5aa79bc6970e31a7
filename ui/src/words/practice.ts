/** The practice provider's switches and deeds, each in a plain sentence. */

import type { PracticeDeed, PracticeSwitches, PracticeView } from "../backend/backend";
import { counted } from "./numbers";

/** What it does just now; `isSigningIn`: a sign-in there is under way. */
export function practiceSentence(view: PracticeView | null, isSigningIn: boolean): string {
  if (view === null) return "Looking at the practice provider.";
  if (!view.is_running) return "The practice provider is not running.";
  const live = view.live_grant_count;
  if (isSigningIn)
    return live === 0
      ? "The practice provider runs, and waits for your sign-in."
      : `The practice provider runs, with ${counted(live, "live grant")}, and waits for your sign-in.`;
  return live === 0
    ? "The practice provider runs; no grant lives there."
    : `The practice provider runs, with ${counted(live, "live grant")}.`;
}

export const switchWords: Record<keyof PracticeSwitches, { label: string; effect: string }> = {
  refuses_refresh: {
    label: "Refuse refreshes",
    effect: "Every refresh is answered with invalid_grant: the grant looks dead.",
  },
  short_access_tokens: {
    label: "Short access tokens",
    effect: "Access tokens live 60 seconds instead of an hour.",
  },
  no_refresh_token: {
    label: "No refresh token",
    effect: "The next sign-in gets no refresh token, so nothing can renew it.",
  },
  short_grant: {
    label: "Short grant",
    effect: "Refresh tokens issued from now on live ten minutes, and say so.",
  },
  lost_answer: {
    label: "Lose the answer",
    effect: "A refresh takes effect, and its answer never comes: the newer token is lost.",
  },
  answers_slowly: { label: "Answer slowly", effect: "Every answer of the token endpoint takes 8 seconds." },
  rate_limited: {
    label: "Rate limit",
    effect: "The token endpoint answers 429 and asks to wait 30 seconds.",
  },
  outage: { label: "Outage", effect: "The token endpoint answers 503." },
  ok_with_error: {
    label: "200 with an error inside",
    effect: "The token endpoint says 200 and puts the error in the body.",
  },
  expires_in_milliseconds: { label: "Odd lifetime", effect: "The lifetime comes in milliseconds, as text." },
  partial_grant: { label: "Grant only in part", effect: "The next sign-in is granted only the first scope." },
  clock_skew: {
    label: "Clock ten minutes behind",
    effect: "The server's clock runs ten minutes behind this machine's.",
  },
  api_forbids: { label: "Forbid the call", effect: "The API answers 403, insufficient_scope." },
};

/** In the order shown: what ends a grant, what slows a refresh, what is odd in an answer. */
export const switchGroups: readonly { head: string; switches: readonly (keyof PracticeSwitches)[] }[] = [
  {
    head: "The grant",
    switches: ["refuses_refresh", "short_access_tokens", "short_grant", "no_refresh_token", "partial_grant"],
  },
  { head: "The server", switches: ["outage", "rate_limited", "answers_slowly", "lost_answer", "clock_skew"] },
  { head: "Its answers", switches: ["api_forbids", "ok_with_error", "expires_in_milliseconds"] },
];

export const deedWords: Record<PracticeDeed, { label: string; effect: string; done: string }> = {
  revoke_grants: {
    label: "Revoke the grant",
    effect: "As if the person had removed the access: the next refresh or call finds out.",
    done: "The practice grants are revoked. Test call or refresh, and see the lamp turn.",
  },
  expire_access_tokens: {
    label: "Expire the access token",
    effect: "The access token ends at once; the refresh token still works.",
    done: "The access tokens have expired. A test call refreshes on the way.",
  },
};
