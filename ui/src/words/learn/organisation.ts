/** What an organisation or the provider puts before a sign-in: policies, sign-on, networks, approval. */

import type { CauseLabel } from "../../backend/backend";
import { type Lesson, openId, rfc, seen } from "./lesson";

export const organisationLessons = {
  admin_policy_restriction: {
    why: "The organisation decides which apps its accounts may use, and this one is not among them.",
    prevention: [
      "Before connecting for an organisation, send its administrator the client id and the scopes.",
      "Have the client allowed for all who need it at once.",
    ],
    paragraphs: [
      "Google Workspace, Microsoft Entra, GitHub organisations and Slack workspaces can all keep apps out, or want each one approved. A personal account knows no such rule.",
      "Consenting again cannot help: the person is not the one who may decide. The text to copy names the client, the scopes and the account.",
    ],
    sources: [openId, seen("shiftkey/desktop", 942), seen("GAM-team/got-your-back", 284)],
  },
  interaction_required: {
    why: "The provider wants to see the person again: a second factor, a newer sign-in, or terms to accept.",
    prevention: [
      "For unattended work use an account whose policy does not ask for a person every few days.",
      "Ask the administrator how long a session lasts, and reconnect before its end.",
    ],
    paragraphs: [
      "The grant may well exist. A policy says that a token is not given without a fresh proof of who is there.",
      "Newer APIs say which strength or age of sign-in they want in the answer’s WWW-Authenticate field; a reconnect then asks for just that.",
    ],
    sources: [
      openId,
      rfc(9470, "3", "Authentication requirements challenge"),
      seen("minodisk/bigquery-runner", 47),
    ],
  },
  sso_required: {
    why: "The organisation counts only grants that were authorised through its own single sign-on.",
    prevention: [
      "Sign in to the organisation first, then connect.",
      "Authorise the client for every organisation it is to reach, on the day it is connected.",
    ],
    paragraphs: [
      "At GitHub the token is good for everything but the organisation’s own things until somebody opens the authorisation link, which its answer carries.",
      "The authorisation ends with the organisation’s session rules, and then has to be given anew.",
    ],
    sources: [rfc(6749, "7", "Accessing protected resources"), seen("fwouts/prmonitor", 1042)],
  },
  ip_restricted: {
    why: "The organisation takes calls from some network addresses only, and this machine's is not among them.",
    prevention: [
      "Run the calls from a network with a fixed address that is on the list.",
      "Have the address added before moving a workflow to another machine.",
    ],
    paragraphs: [
      "The list belongs to the organisation: GitHub’s IP allow list, Salesforce’s trusted ranges. Home connections and laptops change their address, so that it fails one day and works the next.",
      "A new sign-in from the same network is refused as well. A virtual private network or a proxy may be what changed the address.",
    ],
    sources: [rfc(6749, "7", "Accessing protected resources"), seen("aquasecurity/trivy", 10567)],
  },
  account_disabled: {
    why: "The account itself was suspended, locked or deleted. Its tokens went with it.",
    prevention: [
      "Connect with an account of the organisation and not of a person who may leave.",
      "Move connections to another account before an account is closed.",
    ],
    paragraphs: [
      "When somebody leaves, the administrator disables the account and every grant of it ends, often weeks after anyone thought of it.",
      "Only the administrator can bring the account back. Else reconnect with another account; the dependants stay with the connection.",
    ],
    sources: [rfc(6749, "5.2", "Error response"), seen("Azure/azure-cli", 18945)],
  },
  app_not_approved: {
    why: "The client is in testing, in development or not verified: it admits listed people only, and some of its grants end early.",
    prevention: [
      "Publish the client before real work depends on it, or add its users to the list of testers.",
      "Know the span: with Google a grant of a client in testing ends 7 days after consent.",
    ],
    paragraphs: [
      "Providers keep new apps small. Google has a state called Testing, Spotify and Meta a development mode; each has a list of people who may sign in.",
      "Whoever owns the client can publish it or extend the list. A person who signs in cannot.",
    ],
    sources: [
      seen("spotipy-dev/spotipy", 688),
      seen("jwilsson/spotify-web-api-php", 260),
      seen("activepieces/activepieces", 3067),
    ],
  },
} satisfies Partial<Record<CauseLabel, Lesson>>;
