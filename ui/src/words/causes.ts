/** What each cause means, and what each next action asks of a person [C1, C2]. */

import type { ActionLabel, CauseLabel, CauseView } from "../backend/backend";

export interface CauseWords {
  /** Two or three words, for a column. */
  short: string;
  /** What happened; `provider` stands where its name goes. */
  sentence: (provider: string) => string;
  /** What it means and what most often brings it about. */
  meaning: string;
}

export const causeWords: Record<CauseLabel, CauseWords> = {
  access_token_expired: {
    short: "token expired",
    sentence: (provider) => `${provider} says the access token has expired.`,
    meaning: "Its time was up. A refresh brings a new one; nothing is lost.",
  },
  access_token_invalid: {
    short: "token rejected",
    sentence: (provider) => `${provider} rejected the access token without saying why.`,
    meaning: "It may be expired, revoked or damaged. A refresh tells which.",
  },
  refresh_token_missing: {
    short: "no refresh token",
    sentence: (provider) => `${provider} never gave a refresh token for this grant.`,
    meaning: "Without one nothing can be refreshed: a person signs in again when the access token ends.",
  },
  refresh_token_expired: {
    short: "grant aged out",
    sentence: (provider) => `${provider} ended this grant because of its age or because it was not used.`,
    meaning: "Grants of this kind have a longest life. A new sign-in starts a new one.",
  },
  refresh_token_reused: {
    short: "token superseded",
    sentence: (provider) => `${provider} refuses a refresh token that a newer one has replaced.`,
    meaning:
      "The newer one was lost on the way, or another program used the same grant. One reconnect mends it.",
  },
  refresh_token_limit_exceeded: {
    short: "too many grants",
    sentence: (provider) => `${provider} dropped this grant because newer ones went over its limit.`,
    meaning: "Each account may hold only so many grants per client; the oldest falls out.",
  },
  grant_revoked: {
    short: "grant revoked",
    sentence: (provider) => `${provider} has ended this grant.`,
    meaning: "It was ended on purpose: access removed, password changed, or an administrator's decision.",
  },
  grant_invalid: {
    short: "grant refused",
    sentence: (provider) => `${provider} refuses this grant.`,
    meaning: "It does not say why: revoked, aged out, superseded or over a limit look the same from here.",
  },
  authorization_code_invalid: {
    short: "code refused",
    sentence: (provider) => `${provider} refused the authorization code.`,
    meaning: "A code works once and for a short time. Start the sign-in again.",
  },
  insufficient_scope: {
    short: "scope missing",
    sentence: (provider) => `${provider} accepts the token, but it lacks a scope this call needs.`,
    meaning: "The sign-in works; the permission was not asked for or was left unticked.",
  },
  invalid_scope_request: {
    short: "scope unknown",
    sentence: (provider) => `${provider} does not know, or does not allow, a scope that was asked for.`,
    meaning: "Compare the scopes with those the client may ask for in the provider's console.",
  },
  consent_required: {
    short: "consent missing",
    sentence: (provider) => `${provider} wants consent before it gives a token.`,
    meaning: "Nobody has yet said yes to this client and these scopes.",
  },
  wrong_tenant_or_account: {
    short: "other account",
    sentence: (provider) => `${provider} says the token belongs to another account or workspace.`,
    meaning: "The sign-in is valid, only not for what was called.",
  },
  resource_not_shared: {
    short: "not shared",
    sentence: (provider) => `${provider} does not show this object to the connected account.`,
    meaning: "Token and scopes are fine; the object has to be shared with the account.",
  },
  admin_policy_restriction: {
    short: "blocked by policy",
    sentence: (provider) => `A policy of the organisation at ${provider} blocks this.`,
    meaning: "Only an administrator there can allow the client or the account.",
  },
  interaction_required: {
    short: "sign-in wanted",
    sentence: (provider) => `${provider} wants the person to sign in again.`,
    meaning: "A second factor or a fresh sign-in is due, although the grant still exists.",
  },
  sso_required: {
    short: "single sign-on",
    sentence: (provider) =>
      `The organisation at ${provider} wants this grant authorised through single sign-on.`,
    meaning: "Sign in through the organisation's own page, then the grant counts.",
  },
  ip_restricted: {
    short: "network refused",
    sentence: (provider) => `${provider} refuses calls from this network.`,
    meaning: "The organisation allows only some addresses. From an allowed network it may work.",
  },
  account_disabled: {
    short: "account disabled",
    sentence: (provider) => `The account is disabled or gone at ${provider}.`,
    meaning: "No token of it can work until the account does.",
  },
  user_denied_consent: {
    short: "consent refused",
    sentence: (provider) => `The consent page of ${provider} was answered with no.`,
    meaning: "Nothing was granted and nothing changed.",
  },
  app_not_approved: {
    short: "client not approved",
    sentence: (provider) => `${provider} has not approved this client for everyone.`,
    meaning: "A client in testing admits only listed people, and its grants often end after 7 days.",
  },
  client_credentials_mismatch: {
    short: "client refused",
    sentence: (provider) => `${provider} does not accept the client id and secret.`,
    meaning: "One of them is wrong, expired, deleted, or of another environment.",
  },
  redirect_uri_mismatch: {
    short: "redirect URI differs",
    sentence: (provider) => `${provider} does not know the redirect URI.`,
    meaning: "It must be registered at the client character for character: host, port and path.",
  },
  pkce_failure: {
    short: "PKCE failed",
    sentence: (provider) => `${provider} could not match the proof of this sign-in (PKCE).`,
    meaning: "The answer belongs to another attempt. Start the sign-in again.",
  },
  state_mismatch: {
    short: "answer not ours",
    sentence: (provider) => `The answer that came back from ${provider} does not belong to this sign-in.`,
    meaning: "It was thrown away, as it could be someone else's. Start again, and use the newest page.",
  },
  unsupported_grant: {
    short: "grant type refused",
    sentence: (provider) => `${provider} does not allow this client to sign in this way.`,
    meaning: "Switch on authorization code and refresh token for the client in the provider's console.",
  },
  malformed_token_request: {
    short: "request refused",
    sentence: (provider) => `${provider} could not read the token request.`,
    meaning: "Something in the request is missing or wrongly written: this is not about the account.",
  },
  malformed_api_request: {
    short: "call refused",
    sentence: (provider) => `${provider} could not read the call.`,
    meaning: "The request is defective in a way that looks like a sign-in problem.",
  },
  token_audience_mismatch: {
    short: "wrong kind of token",
    sentence: (provider) => `${provider} got a real token of the wrong kind.`,
    meaning: "It was issued for another API or another kind of user.",
  },
  api_not_enabled: {
    short: "API not enabled",
    sentence: (provider) => `The API is not switched on in the client's project at ${provider}.`,
    meaning: "Enable it in the provider's console; the sign-in itself is fine.",
  },
  clock_skew: {
    short: "clock is off",
    sentence: (provider) => `This machine's clock and ${provider}'s differ too much.`,
    meaning: "Tokens and certificates look expired or not yet valid. Set the clock to network time.",
  },
  rate_limited: {
    short: "rate limit",
    sentence: (provider) => `${provider} asks to slow down.`,
    meaning: "Too many calls in a short time. It passes by itself.",
  },
  provider_outage: {
    short: "provider down",
    sentence: (provider) => `${provider} has a failure of its own.`,
    meaning: "It is for the provider to mend. Refreshes go on by themselves when it is back.",
  },
  network_failure: {
    short: "no answer",
    sentence: (provider) => `No usable answer came from ${provider}.`,
    meaning: "It did not answer, or not as it should: the network, a proxy or a firewall may stand between.",
  },
  expires_in_invalid: {
    short: "odd lifetime",
    sentence: (provider) => `${provider} gave a lifetime that makes no sense.`,
    meaning: "The token is kept and treated with care; nothing is lost.",
  },
  no_failure: {
    short: "no failure",
    sentence: (provider) => `${provider} answered as it should.`,
    meaning: "There is nothing to mend.",
  },
};

export interface ActionWords {
  /** As advice: what to do next. */
  advice: string;
  /** What the button for it does. */
  does: string;
}

/** What happened, of an answer that may have named no reason: then its cause is said as a guess [B4, B5]. */
export function refusal(cause: CauseView, provider: string): string {
  if (cause.has_lost_answers === true)
    return `Two requests to ${provider} went without a usable answer, and the refresh token in them is probably spent.`;
  if (cause.is_guess !== true) return causeWords[cause.cause].sentence(provider);
  const status = cause.http_status === null ? "" : ` with ${cause.http_status}`;
  return `${provider} refused${status} and gave no reason; perhaps ${causeWords[cause.cause].short}.`;
}

/** The same for a column. */
export function refusalShort(cause: CauseView): string {
  if (cause.has_lost_answers === true) return "no usable answer, twice";
  return cause.is_guess === true ? "no reason given" : causeWords[cause.cause].short;
}

/** What a refresh token that was sent twice in vain leaves to do. */
export const lostAnswersWay =
  "Patchbay does not send it again by itself: a provider may take that for theft. Refresh it by hand to try once more, or reconnect.";

/** Why that may happen, where nothing was said of it. */
export const wordlessWhy =
  "It was refused with a status and no reason. A gateway or a filter on the way answers so too, so the cause named here is only the likeliest; the grant is kept, and it is tried again.";

export const actionWords: Record<ActionLabel, ActionWords> = {
  wait_and_retry: {
    advice: "Nothing to do: Patchbay tries again by itself.",
    does: "Waits until the time that was asked for, then runs the probes again.",
  },
  refresh: {
    advice: "Refresh now.",
    does: "Asks the provider for a new access token. The grant stays as it is.",
  },
  reconnect: {
    advice: "Reconnect, with the same account.",
    does: "Opens the provider's page in your browser. The account is compared before anything is replaced.",
  },
  reconnect_with_more_scopes: {
    advice: "Reconnect, and leave every box on the consent page ticked.",
    does: "Opens the consent page with the scopes that are missing.",
  },
  reconnect_other_account: {
    advice: "Reconnect, and choose the right account.",
    does: "Opens the provider's page in your browser, where the right account is to be chosen. It is compared before anything is replaced.",
  },
  share_resource: {
    advice: "Share the object with the connected account, then test again.",
    does: "Shows the steps to share the object. Patchbay cannot do it for you.",
  },
  ask_admin: {
    advice: "Ask an administrator of the organisation to allow it.",
    does: "Shows a text for the administrator, to copy and send. Patchbay sends nothing.",
  },
  fix_client_config: {
    advice: "Correct the client in the provider's console, then try again.",
    does: "Opens the client with a check of its settings, or the provider's console.",
  },
  fix_request: {
    advice: "The request is at fault; a reconnect will not change it.",
    does: "Shows a report of what was sent and answered, to copy. It holds no secret.",
  },
  fix_clock: {
    advice: "Compare the clocks, and set this machine's to network time if it is the one that is off.",
    does: "Shows this machine's clock against the servers'. Setting it is the system's.",
  },
  contact_provider: {
    advice: "Write to the owner of the client or to the provider.",
    does: "Shows a report of what was sent and answered, to copy. It holds no secret.",
  },
  none: { advice: "Nothing to do.", does: "There is no button: nothing has to be done." },
};

/** "invalid_grant, HTTP 400": the code, last and small. Empty when nothing was sent. */
export function causeCode(cause: CauseView): string {
  const parts: string[] = [];
  if (cause.provider_code !== null) parts.push(cause.provider_code);
  if (cause.http_status !== null) parts.push(`HTTP ${cause.http_status}`);
  return parts.join(", ");
}
