/** What lies around a grant: requests, clocks, limits, outages, the network; and nothing at all. */

import type { CauseLabel } from "../../backend/backend";
import { type Lesson, rfc, seen } from "./lesson";

export const surroundingLessons = {
  malformed_token_request: {
    why: "The request to the token endpoint lacks something or is written in a way the provider does not read.",
    prevention: [
      "Keep the provider's file up to date: it says how this provider wants to be asked.",
      "For a provider of your own, compare its documentation with “Check my setup”.",
    ],
    paragraphs: [
      "Token requests are forms by the standard, and some providers want JSON, an extra field, or the client's pair in one certain place.",
      "The account and the grant are untouched. Signing in again sends the same request.",
    ],
    sources: [rfc(6749, "5.2", "Error response"), seen("openid/AppAuth-iOS", 671)],
  },
  malformed_api_request: {
    why: "The call itself is wrong: no token in it, a garbled one, or an empty id. It only looks like a sign-in problem.",
    prevention: [
      "In the workflow, send the token as “Authorization: Bearer …”, once and whole.",
      "Check that no field is empty when the step runs.",
    ],
    paragraphs: [
      "invalid_request stands for a missing or repeated parameter, or for a token sent in two ways at once.",
      "The test call of Patchbay goes its own way: where it works, the request of the workflow is what differs.",
    ],
    sources: [
      rfc(6750, "3.1", "Error codes"),
      rfc(6750, "2.1", "Authorization request header field"),
      seen("HubSpot/oauth-quickstart-nodejs", 16),
    ],
  },
  clock_skew: {
    why: "This machine's clock and the provider's differ by more than what is tolerated.",
    prevention: [
      "Let the system set its time from the network.",
      "On virtual machines, check the clock after sleep and after restoring a snapshot.",
    ],
    paragraphs: [
      "A token says from when to when it holds. With a clock that is minutes off, it looks expired at once or not yet valid, and signed requests are refused.",
      "Patchbay compares its clock with the Date field of every answer, and plans refreshes by the difference. It does not set the clock.",
    ],
    sources: [
      { title: "RFC 9110, section 6.6.1: Date", url: "https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1" },
      seen("fastlane/fastlane", 14972),
    ],
  },
  rate_limited: {
    why: "More calls came in a short time than the provider allows for this client, account or organisation.",
    prevention: [
      "Spread runs over the hour, and ask for many things in one call.",
      "Give busy workflows a client of their own where limits count by client.",
    ],
    paragraphs: [
      "The usual answer is 429 with a time to wait; GitHub and Google also use 403. The limit is often shared by all who use the client.",
      "A new sign-in does not lift it, and trying at once makes it longer. Patchbay keeps to the time it was told.",
    ],
    sources: [
      {
        title: "RFC 6585, section 4: 429 Too many requests",
        url: "https://www.rfc-editor.org/rfc/rfc6585#section-4",
      },
      seen("hisxo/gitGraber", 41),
      seen("2anki/2anki.net", 1522),
    ],
  },
  provider_outage: {
    why: "The provider's server failed on its side: an error of its own, maintenance, or too much load.",
    prevention: [
      "Nothing on this side; Patchbay refreshes early so that a short outage is not felt.",
      "Watch the provider's status page, and let workflows try again later.",
    ],
    paragraphs: [
      "Answers from 500 up speak of the server and not of the grant. A grant is never called dead for one.",
      "Where the refresh may have been done before the answer failed, Patchbay says so and looks again with care.",
    ],
    sources: [
      {
        title: "RFC 9110, section 15.6: Server error",
        url: "https://www.rfc-editor.org/rfc/rfc9110#section-15.6",
      },
      rfc(6749, "4.1.2.1", "Error response of the authorization endpoint"),
    ],
  },
  network_failure: {
    why: "No usable answer came: the name was not found, the connection broke, the certificate was not trusted, or it took too long.",
    prevention: [
      "On networks that look into traffic, have the provider's hosts excepted or the proxy's certificate trusted.",
      "Check the way out of this machine: proxy, firewall, DNS.",
    ],
    paragraphs: [
      "Nothing is known of the grant, since nobody answered. Patchbay waits for the network and tries again by itself.",
      "A sign-in page of a hotel or a proxy that puts its own certificate before the provider’s is no answer of the provider either, and no secret is sent there.",
    ],
    sources: [
      {
        title: "RFC 8446, section 6.2: TLS error alerts",
        url: "https://www.rfc-editor.org/rfc/rfc8446#section-6.2",
      },
      seen("ciaranj/node-oauth", 367),
    ],
  },
  no_failure: {
    why: "Everything that was asked was answered as it should be.",
    prevention: [
      "Let Patchbay test and refresh by itself, and look when a lamp changes.",
      "If a workflow fails all the same, diagnose with the address it calls.",
    ],
    paragraphs: [
      "The ladder asks what Patchbay can ask. A workflow may call something else, with another token, or from another network.",
      "Name the address of the object as “Resource” and run the probes again: then that is read too.",
    ],
    sources: [rfc(6749, "7", "Accessing protected resources"), seen("KickEngineering/KickDevDocs", 94)],
  },
} satisfies Partial<Record<CauseLabel, Lesson>>;
