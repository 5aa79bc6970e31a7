/** Grants: ended, aged out, superseded, over a limit, or refused without a word. */

import type { CauseLabel } from "../../backend/backend";
import { type Lesson, rfc, seen } from "./lesson";

export const grantLessons = {
  refresh_token_missing: {
    why: "The sign-in gave an access token and nothing to renew it with. Often offline access was not asked for, or the client has it switched off.",
    prevention: [
      "Ask for offline access at the sign-in; Patchbay does where it knows the provider's way.",
      "Where it is a setting of the client, switch it on before people sign in.",
    ],
    paragraphs: [
      "Whether a refresh token is issued is the provider's choice. Google wants access_type=offline, Microsoft and others the scope offline_access, Slack and GitHub a setting of the app.",
      "Google gives one only with the first consent: a later sign-in without a new consent brings none. Whoever lost it has to ask for consent again.",
      "Without one, the access token's end is the connection's end, and a person signs in anew each time.",
    ],
    sources: [
      rfc(6749, "5.1", "Successful response"),
      {
        title: "Dropbox: using OAuth 2.0 with offline access",
        url: "https://dropbox.tech/developers/using-oauth-2-0-with-offline-access",
      },
      seen("owncloud/files_external_dropbox", 135),
    ],
  },
  refresh_token_expired: {
    why: "The grant came to the end of its longest life, or lay unused for longer than the provider allows.",
    prevention: [
      "Keep automatic refresh on: it also keeps alive what ends when it is not used.",
      "Reconnect before the day on the grant clock; it can go into your calendar.",
    ],
    paragraphs: [
      "Some grants have a fixed life whatever is done with them, some end after a time of rest. Google’s end after six months unused, and after 7 days while the client is in testing; Airtable’s after 60 days unused.",
      "An administrator may set a shorter span for the organisation, and no answer tells of it beforehand.",
      "A refresh moves only the second kind. Nothing but a new sign-in moves the first.",
    ],
    sources: [
      rfc(9700, "4.14", "Refresh token protection"),
      {
        title: "Salesforce: idle time limit of connected apps",
        url: "https://help.salesforce.com/s/articleView?id=xcloud.connected_app_limit_idle_ttl.htm",
      },
      {
        title: "Spotify: refresh token expiration",
        url: "https://developer.spotify.com/blog/2026-06-18-refresh-token-expiration",
      },
    ],
  },
  refresh_token_reused: {
    why: "With rotation each refresh token works once. This one had been used: its successor was lost on the way, or another program has it.",
    prevention: [
      "Let one program refresh each grant; others take tokens from it.",
      "Never copy a refresh token to a second tool: give that tool its own sign-in.",
    ],
    paragraphs: [
      "Rotation replaces the refresh token with every use. A used one that comes again looks like theft, and many providers then end the whole grant, the newest token with it.",
      "Two programs with one grant, a restored backup, or an answer lost when the network broke all look the same from there.",
      "Patchbay stores the new token before anyone may use it, lets one refresh at a time through, and re-reads the keychain before it calls a grant dead.",
    ],
    sources: [
      rfc(9700, "4.14.2", "Recommendations for refresh tokens"),
      {
        title: "Atlassian: refresh tokens",
        url: "https://developer.atlassian.com/cloud/oauth/getting-started/refresh-tokens/",
      },
      seen("marcospereirampj/python-keycloak", 53),
    ],
  },
  refresh_token_limit_exceeded: {
    why: "The provider lets only so many grants live for one account and client. A newer sign-in pushed this one out.",
    prevention: [
      "Sign in once for each account and client, and reconnect rather than connect again.",
      "Test with a client of its own, so that tests do not push out what works.",
    ],
    paragraphs: [
      "Google keeps 100 live refresh tokens for each account and client; the oldest falls out without a word. Others keep fewer, and some only one.",
      "Every development run that signs in counts, and every tool that uses the same client. Patchbay counts those it knows and warns before the next is one too many.",
    ],
    sources: [rfc(6749, "5.2", "Error response"), seen("jennybc/googlesheets", 101)],
  },
  grant_revoked: {
    why: "Somebody ended the grant on purpose: the person removed access or changed the password, or an administrator did.",
    prevention: [
      "Tell the account's owner what the client on their access page is for.",
      "Use an account that no single person's leaving or new password ends.",
    ],
    paragraphs: [
      "Every provider has a page where a person takes access back, and most end grants when a password changes, at least for mail. None of this is announced to the client.",
      "From outside they look alike: the next refresh is refused. What would have worked a minute before cannot be brought back by trying again.",
      "A reconnect keeps the connection’s id, its settings and all that depends on it. Only the grant is new.",
    ],
    sources: [
      rfc(6749, "5.2", "Error response"),
      rfc(7009, "2", "Token revocation"),
      seen("PavlikPolivka/GitLabProjects", 99),
    ],
  },
  grant_invalid: {
    why: "The refresh was refused with a word that covers everything: revoked, aged out, superseded and over a limit are answered alike.",
    prevention: [
      "Keep automatic refresh on and one program for each grant: two of the four reasons then fall away.",
      "Watch the grant clock: known ends are foretold there.",
    ],
    paragraphs: [
      "invalid_grant means that the grant or the refresh token is invalid, expired, revoked, or belongs to another client. The standard has no finer code, and few providers say more.",
      "Patchbay looks at what it knows itself: when it was last used, whether the token sent is the newest, how many grants are known, whether others of the client still work. What that rules out is listed; what is left is named as open.",
      "Trying again with the same token never helps and may be taken for an attack.",
    ],
    sources: [
      rfc(6749, "5.2", "Error response"),
      {
        title: "Nango: Airtable, refresh token is invalid",
        url: "https://www.nango.dev/blog/airtable-oauth-refresh-token-invalid-grant",
      },
      seen("apache/opendal", 3901),
    ],
  },
  authorization_code_invalid: {
    why: "The code that came back from the sign-in was too old, used twice, or made for another client or redirect URI.",
    prevention: [
      "Finish a sign-in in one go, and do not reload the page that comes at its end.",
      "Let one program at a time answer on the redirect URI.",
    ],
    paragraphs: [
      "A code lives some minutes at most and is good for one exchange. It is bound to the client and the redirect URI that asked for it.",
      "A second exchange of one code is refused, and the provider may end what the first one brought.",
    ],
    sources: [rfc(6749, "4.1.2", "Authorization response"), seen("reboxer/discord-oauth2", 92)],
  },
} satisfies Partial<Record<CauseLabel, Lesson>>;
