/** Consent and what it covers: scopes, accounts, objects. */

import type { CauseLabel } from "../../backend/backend";
import { type Lesson, openId, rfc, seen } from "./lesson";

export const consentLessons = {
  insufficient_scope: {
    why: "The token is good and the call needs a permission it does not carry: never asked for, or unticked on the consent page.",
    prevention: [
      "Choose what the workflow does when connecting; Patchbay asks for the scopes of that.",
      "On the consent page leave every box ticked.",
    ],
    paragraphs: [
      "A grant covers the scopes a person agreed to, and a refresh never adds one. Only a new consent does.",
      "Google and others let a person untick single scopes. The sign-in then succeeds, and the first call that needs the missing one fails with 403.",
      "The comparison on the diagnosis page shows each scope as needed, asked for and granted.",
    ],
    sources: [
      rfc(6750, "3.1", "Error codes"),
      rfc(6749, "3.3", "Access token scope"),
      seen("HubSpot/hubspot-api-nodejs", 50),
    ],
  },
  invalid_scope_request: {
    why: "The sign-in asked for a scope the provider does not know, or one that this client is not allowed to ask for.",
    prevention: [
      "Register in the provider's console every scope the client is to ask for.",
      "Copy scope names; they are compared letter by letter.",
    ],
    paragraphs: [
      "Many providers keep a list of scopes with each client. What is not on it is refused for everybody, whoever signs in.",
      "Scopes get new names as APIs age. A name that worked last year may be unknown today.",
    ],
    sources: [
      rfc(6749, "4.1.2.1", "Error response of the authorization endpoint"),
      seen("jprjr/docker-multistreamer", 22),
    ],
  },
  consent_required: {
    why: "Nobody has agreed to this client with these scopes yet, and the request left no room to ask.",
    prevention: [
      "Let a person sign in once, with the consent page, before a program needs the token.",
      "Where the organisation wants it, have an administrator consent for all.",
    ],
    paragraphs: [
      "A provider that is asked for a token without a page in between can only say that consent is missing.",
      "It comes again when the client asks for more than before, or when the organisation takes consents back.",
    ],
    sources: [openId, seen("MicrosoftDocs/azure-docs", 39189)],
  },
  user_denied_consent: {
    why: "On the consent page somebody chose Cancel or No, or closed it with a refusal.",
    prevention: [
      "Say beforehand which page will come and what it asks for.",
      "Ask only for the scopes the workflow uses: long lists are refused more often.",
    ],
    paragraphs: [
      "The answer is access_denied, and it is the person’s right. Nothing was granted, and a connection that worked before works as before.",
      "Some providers give the same answer where a policy refuses. If nobody pressed No, ask an administrator.",
    ],
    sources: [
      rfc(6749, "4.1.2.1", "Error response of the authorization endpoint"),
      seen("slackapi/java-slack-sdk", 1075),
    ],
  },
  wrong_tenant_or_account: {
    why: "The browser was signed in as somebody else, or the call went to a workspace the account is not part of.",
    prevention: [
      "Look at the account the sign-in page shows before agreeing.",
      "Use a browser profile for each customer.",
    ],
    paragraphs: [
      "Browsers hold several accounts, and a provider takes the one at hand. The grant is then valid for the wrong person.",
      "Patchbay compares who answers with who the connection was made for, and replaces nothing before you say so.",
      "It can also be a realm, a tenant or a data centre: the account is right, and the address called belongs to another.",
    ],
    sources: [openId, seen("intuit/oauth-jsclient", 91)],
  },
  resource_not_shared: {
    why: "The account cannot see this one object. It was never shared with it, or it is not there.",
    prevention: [
      "Share the folder or the parent page once, rather than every object in it.",
      "Address objects by their id, and check it belongs to the connected account.",
    ],
    paragraphs: [
      "A scope says what kind of thing may be done; sharing says to which objects. Both are needed.",
      "In Notion a page must be connected to the client, which is called an integration there. In Drive a file must be shared with the account, or opened with the client where the scope covers such files only.",
      "Many APIs answer 404 so that nobody learns what exists: not shared and not there look the same.",
    ],
    sources: [
      { title: "Notion: capabilities", url: "https://developers.notion.com/reference/capabilities" },
      seen("jcha0713/astro-notion", 6),
    ],
  },
} satisfies Partial<Record<CauseLabel, Lesson>>;
