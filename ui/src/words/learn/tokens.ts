/** Access tokens: over, rejected, of the wrong kind, with an odd lifetime. */

import type { CauseLabel } from "../../backend/backend";
import { type Lesson, rfc, seen } from "./lesson";

export const tokenLessons = {
  access_token_expired: {
    why: "Every access token is given for a while, often an hour. This one was used after its time.",
    prevention: [
      "Let Patchbay refresh by itself: it does so some minutes before the end.",
      "Workflows should fetch the token for each run, and not keep a copy.",
    ],
    paragraphs: [
      "An access token is short-lived so that a stolen one is soon worth nothing. The refresh token, which never goes to the API, brings the next.",
      "A 401 is therefore no bad news in itself. It is bad news where nothing follows: no refresh token, a refresh that is switched off, or a program that holds on to its copy.",
      "Providers say it in many ways: 401 invalid_token as the standard has it, but also 400, 403, or 200 with an error inside. Patchbay reads the meaning and not the number.",
    ],
    sources: [
      rfc(6750, "3.1", "Error codes"),
      rfc(6749, "1.5", "Refresh token"),
      seen("froemken/dropbox", 23),
    ],
  },
  access_token_invalid: {
    why: "The API knows that the token is no good and does not tell why: expired, revoked and damaged get one answer.",
    prevention: [
      "Give each program its own connection, so that one cannot end another's token.",
      "Hand tokens on whole: a copy that is cut, quoted or wrapped is refused the same way.",
    ],
    paragraphs: [
      "The standard has one code, invalid_token, for a token that is expired, revoked, malformed or invalid for other reasons. Many APIs add nothing to it.",
      "A refresh is the test that tells. If it works, the old token had merely ended or been replaced. If it is refused, the grant behind it is gone and only a person can bring it back.",
    ],
    sources: [rfc(6750, "3.1", "Error codes"), seen("discord/discord-api-docs", 1569)],
  },
  token_audience_mismatch: {
    why: "A real token went to an API it was not made for: a bot's in place of a person's, or one for another API.",
    prevention: [
      "Use one connection for each API where the provider issues a token for each.",
      "In the workflow, check which of two tokens of one app the step takes.",
    ],
    paragraphs: [
      "A token names, openly or not, whom it is meant for. An API that checks this refuses tokens made for others, so that one service cannot spend at another what it was handed.",
      "Slack gives a bot token and a user token with one sign-in, and each method takes only one of them. Microsoft issues tokens for one API at a time.",
      "A new sign-in of the same kind brings the same token again. The request has to change.",
    ],
    sources: [rfc(8707, "2", "Resource parameter"), rfc(9700, "2.3", "Access token privilege restriction")],
  },
  expires_in_invalid: {
    why: "The token answer carried a lifetime that is no count of seconds: milliseconds, a text, zero or below.",
    prevention: [
      "Nothing on this side: Patchbay keeps the token and treats its lifetime with care.",
      "Programs that read such an answer themselves should not believe the number blindly.",
    ],
    paragraphs: [
      "The lifetime is a number of seconds and only recommended. Some servers write it as text, some in milliseconds, some leave it out.",
      "A client that believes 3600000 seconds never refreshes in time; one that believes 0 refreshes without end. Patchbay reads what was meant where that is plain, and else renews when the API refuses.",
    ],
    sources: [rfc(6749, "5.1", "Successful response"), seen("BaseIntelligence/bounty-challenge", 8139)],
  },
} satisfies Partial<Record<CauseLabel, Lesson>>;
