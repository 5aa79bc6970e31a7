/** The client, the OAuth app, and what it is registered with. */

import type { CauseLabel } from "../../backend/backend";
import { type Lesson, rfc, seen } from "./lesson";

export const clientLessons = {
  client_credentials_mismatch: {
    why: "Client id and secret do not fit: one was mistyped, rotated, deleted, or belongs to another environment.",
    prevention: [
      "Rotate secrets with “Rotate secret…”: the new one is proved before the old one goes.",
      "Note when a secret ends; Microsoft's do by default.",
    ],
    paragraphs: [
      "The token endpoint first asks which client is calling. If that fails, it never looks at the grant: all connections of the client fail at once, and the grants are fine.",
      "A reconnect would fail the same way. “Check my setup” tries the pair without using up anything.",
    ],
    sources: [
      rfc(6749, "2.3.1", "Client password"),
      rfc(6749, "5.2", "Error response"),
      seen("simonrob/email-oauth2-proxy", 362),
    ],
  },
  redirect_uri_mismatch: {
    why: "The redirect URI sent is not one that is registered with the client. They are compared letter by letter.",
    prevention: [
      "Copy the redirect URI from Patchbay into the provider's console, whole.",
      "Where the console wants a fixed port, keep that port free for Patchbay.",
    ],
    paragraphs: [
      "http and https, localhost and 127.0.0.1, a slash at the end: each difference counts. For programs on a desktop the standard lets the port vary, and not every provider follows.",
      "Some check again when the code is exchanged: then the URI must be the one of the sign-in.",
    ],
    sources: [
      rfc(9700, "2.1", "Protecting redirect-based flows"),
      rfc(8252, "7.3", "Loopback interface redirection"),
      {
        title: "Spotify: redirect URIs",
        url: "https://developer.spotify.com/documentation/web-api/concepts/redirect_uri",
      },
      seen("unoplatform/uno.todo", 180),
    ],
  },
  unsupported_grant: {
    why: "The client is not set up for this way of getting a token, or the server does not know it.",
    prevention: [
      "Register the client as a web or desktop app with authorization code and refresh token.",
      "Where the console lists grant types, tick refresh token too.",
    ],
    paragraphs: [
      "A client is registered for certain grant types. One made for machines alone cannot sign a person in, and one without refresh tokens cannot renew.",
      "unauthorized_client means that this client may not; unsupported_grant_type that nobody can.",
    ],
    sources: [rfc(6749, "5.2", "Error response"), seen("panva/openid-client", 380)],
  },
  api_not_enabled: {
    why: "The API has to be switched on in the provider's project of the client, and it is not.",
    prevention: [
      "Enable every API the scopes belong to when registering the client.",
      "After moving to another project, enable them there as well.",
    ],
    paragraphs: [
      "At Google each project has its own list of enabled APIs. The sign-in works without, the first call does not. The change takes a few minutes to arrive.",
      "It is no matter of the account: for everybody who uses this client the same call fails.",
    ],
    sources: [
      rfc(6749, "7", "Accessing protected resources"),
      {
        title: "Google Ads API: common errors",
        url: "https://developers.google.com/google-ads/api/docs/get-started/common-errors",
      },
    ],
  },
  pkce_failure: {
    why: "The proof made at the start of the sign-in did not fit the code at its end: the two belong to different attempts.",
    prevention: [
      "Finish the newest sign-in page; close older ones.",
      "Where it comes every time, the provider or a proxy changes the request: report it.",
    ],
    paragraphs: [
      "PKCE ties the code to the program that asked for it: a secret is made up at the start, its hash goes with the request, the secret itself with the exchange. A stolen code is worthless without it.",
      "If it fails once, two attempts got mixed up. If it always fails, the method or the value was changed on the way.",
    ],
    sources: [
      rfc(7636, "4.6", "Server verifies code_verifier"),
      seen("AzureAD/microsoft-authentication-library-for-js", 2694),
    ],
  },
  state_mismatch: {
    why: "An answer arrived that does not belong to the sign-in under way: an old page, a second attempt, or somebody else's link.",
    prevention: [
      "Use the page that Patchbay opened last.",
      "Never open a sign-in link that somebody sent you.",
    ],
    paragraphs: [
      "Every sign-in carries a random value that must come back unchanged. Without this check a stranger could make your program store the stranger’s grant.",
      "The answer was thrown away, and nothing changed.",
    ],
    sources: [
      rfc(6749, "10.12", "Cross-site request forgery"),
      rfc(9700, "4.7", "Cross-site request forgery"),
      seen("auth0-samples/auth0-python-web-app", 59),
    ],
  },
} satisfies Partial<Record<CauseLabel, Lesson>>;
