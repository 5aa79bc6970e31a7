// Pins what the servers that others wrote really do, in a real Chromium and without the app between, so that a window
// test that fails is about the app. The facts about `emulate` stand in emulate.md.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import type { WebDriver } from "selenium-webdriver";
import { startBrowserOpener } from "./support/browser_opener.ts";
import {
  agreeAtEmulate,
  agreeAtOidcProvider,
  pageText,
  refuseAtOidcProvider,
  startChromium,
  type Chromium,
} from "./support/chromium.ts";
import { startEmulate, type EmulatedClient, type Emulator } from "./support/emulate.ts";
import {
  authorizationUrl,
  basic,
  callApi,
  pkce,
  postForm,
  startLoopbackRedirect,
  type Answer,
} from "./support/loopback_client.ts";
import {
  ACCESS_TOKEN_SECONDS,
  startOidcProvider,
  type AuthorizationServer,
} from "./support/oidc_provider.ts";
import { findProgram } from "./support/program.ts";

let chromium: Chromium;
let browser: WebDriver;
before(async () => {
  chromium = await startChromium();
  browser = chromium.page;
});
after(async () => chromium?.stop());

describe("oidc-provider", () => {
  let server: AuthorizationServer;
  before(async () => (server = await startOidcProvider()));
  after(async () => server?.stop());

  /** A2 */
  it("names its endpoints, PKCE and the issuer parameter in its discovery document", async () => {
    const { body } = await callApi({
      method: "GET",
      url: `${server.issuer}/.well-known/openid-configuration`,
    });

    assert.equal(body["issuer"], server.issuer);
    assert.equal(body["authorization_endpoint"], `${server.issuer}/auth`);
    assert.equal(body["token_endpoint"], `${server.issuer}/token`);
    assert.equal(body["userinfo_endpoint"], `${server.issuer}/me`);
    assert.equal(body["revocation_endpoint"], `${server.issuer}/token/revocation`);
    assert.equal(body["introspection_endpoint"], `${server.issuer}/token/introspection`);
    assert.deepEqual(body["code_challenge_methods_supported"], ["S256"]);
    assert.equal(body["authorization_response_iss_parameter_supported"], true);
  });

  /** A2 */
  it("refuses an authorization request without PKCE", async () => {
    const redirect = await startLoopbackRedirect();
    const url = authorizationUrl(`${server.issuer}/auth`, {
      client_id: server.publicClient.id,
      redirect_uri: redirect.uri,
      scope: "openid",
      state: "s",
    });

    await browser.get(url);

    const answer = await redirect.answer;
    assert.equal(answer.get("error"), "invalid_request");
    assert.equal(answer.get("iss"), server.issuer, "errors carry the issuer too (RFC 9207)");
    await redirect.stop();
  });

  /** A2 */
  it("shows an error page, and does not redirect, when the redirect URI is not registered", async () => {
    const url = authorizationUrl(`${server.issuer}/auth`, {
      client_id: server.publicClient.id,
      redirect_uri: "http://127.0.0.1:9/elsewhere",
      scope: "openid",
      code_challenge: pkce().challenge,
      code_challenge_method: "S256",
    });

    await browser.get(url);

    assert.match(await pageText(browser), /redirect_uri/);
  });

  /** A2 */
  it("says access_denied when the person cancels", async () => {
    const redirect = await startLoopbackRedirect("localhost");
    const url = authorizationUrl(`${server.issuer}/auth`, {
      client_id: server.publicClient.id,
      redirect_uri: redirect.uri,
      scope: "openid offline_access",
      prompt: "login consent",
      state: "s",
      code_challenge: pkce().challenge,
      code_challenge_method: "S256",
    });

    await refuseAtOidcProvider(browser, url, "cara");

    assert.equal((await redirect.answer).get("error"), "access_denied");
    await redirect.stop();
  });

  /** A2 B5 */
  it("gives a public client tokens that rotate, and ends the grant when an old refresh token comes back", async () => {
    const { token, redeemAgain } = await signIn(server, "ana", "public");
    assert.equal(token.status, 200);
    assert.equal(token.body["expires_in"], ACCESS_TOKEN_SECONDS);
    const first = text(token.body, "refresh_token");

    const refreshed = await refresh(server, first);
    assert.equal(refreshed.status, 200);
    const second = text(refreshed.body, "refresh_token");
    assert.notEqual(second, first, "each refresh rotates the refresh token");

    assert.equal((await refresh(server, first)).body["error"], "invalid_grant", "the old one is spent");
    assert.equal(
      (await refresh(server, second)).body["error"],
      "invalid_grant",
      "its reuse ended the whole grant",
    );
    assert.equal((await redeemAgain()).body["error"], "invalid_grant", "a code works once");
    assert.ok(server.tokenRequests.filter(({ grant }) => grant === "refresh_token").length >= 3);
  });

  /** A2 */
  it("gives no refresh token without prompt=consent", async () => {
    const { token } = await signIn(server, "dan", "public", { prompt: "login" });

    assert.equal(token.status, 200);
    assert.equal(token.body["refresh_token"], undefined);
  });

  /** A2 E2 */
  it("authenticates a confidential client by HTTP Basic, answers userinfo, and dies when the grant is revoked", async () => {
    const { token } = await signIn(server, "ben", "confidential");
    const access = text(token.body, "access_token");
    const me = await callApi({ method: "GET", url: `${server.issuer}/me` }, access);
    assert.deepEqual(me.body, {
      sub: "ben",
      email: "ben@example.test",
      email_verified: true,
      name: "ben Example",
    });
    assert.equal(server.tokenRequests.at(-1)?.authentication, "Basic");

    assert.equal(await server.revokeGrantsOf("ben"), 1);

    assert.equal((await callApi({ method: "GET", url: `${server.issuer}/me` }, access)).status, 401);
    const { id, secret } = server.confidentialClient;
    const form = { grant_type: "refresh_token", refresh_token: text(token.body, "refresh_token") };
    assert.equal(
      (await postForm(`${server.issuer}/token`, form, basic(id, secret))).body["error"],
      "invalid_grant",
    );
    const wrong = await postForm(`${server.issuer}/token`, form, basic(id, "wrong"));
    assert.deepEqual([wrong.status, wrong.body["error"]], [401, "invalid_client"]);
  });

  /** B1 */
  it("refuses an access token the moment its ten seconds are over", async () => {
    const { token } = await signIn(server, "eve", "public");
    const me = { method: "GET", url: `${server.issuer}/me` } as const;
    const access = text(token.body, "access_token");
    assert.equal((await callApi(me, access)).status, 200);

    const deadline = Date.now() + (ACCESS_TOKEN_SECONDS + 2) * 1_000;
    while ((await callApi(me, access)).status === 200) {
      assert.ok(Date.now() < deadline, "the token outlived its ten seconds by more than two");
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  });

  async function signIn(
    { issuer, publicClient, confidentialClient }: AuthorizationServer,
    login: string,
    kind: "public" | "confidential",
    extra: Record<string, string> = {},
  ): Promise<{ token: Answer; redeemAgain: () => Promise<Answer> }> {
    const redirect = await startLoopbackRedirect();
    const { verifier, challenge } = pkce();
    const client = kind === "public" ? publicClient : confidentialClient;
    const url = authorizationUrl(`${issuer}/auth`, {
      client_id: client.id,
      redirect_uri: redirect.uri,
      scope: "openid email profile offline_access",
      prompt: "login consent",
      state: "a state",
      code_challenge: challenge,
      code_challenge_method: "S256",
      ...extra,
    });
    await agreeAtOidcProvider(browser, url, login);
    const answer = await redirect.answer;
    await redirect.stop();
    assert.equal(answer.get("state"), "a state");
    assert.equal(answer.get("iss"), issuer);
    const form = {
      grant_type: "authorization_code",
      code: answer.get("code") ?? "",
      redirect_uri: redirect.uri,
      code_verifier: verifier,
      ...(kind === "public" ? { client_id: client.id } : {}),
    };
    const headers = kind === "public" ? {} : basic(confidentialClient.id, confidentialClient.secret);
    const redeem = () => postForm(`${issuer}/token`, form, headers);
    return { token: await redeem(), redeemAgain: redeem };
  }

  function refresh({ issuer, publicClient }: AuthorizationServer, refreshToken: string): Promise<Answer> {
    return postForm(`${issuer}/token`, {
      grant_type: "refresh_token",
      refresh_token: refreshToken,
      client_id: publicClient.id,
    });
  }
});

describe("emulate", () => {
  /** A2 B5 */
  it("plays Google: refresh token, no rotation, revocation, and an API that forgives any token", async () => {
    await withEmulator("google", async (google, signIn) => {
      const token = (await signIn({ scope: "openid email", access_type: "offline", prompt: "consent" })).body;
      assert.equal(token["expires_in"], 3600);
      assert.equal(token["token_type"], "Bearer");
      assert.equal(
        (await callApi(google.identity, text(token, "access_token"))).body["email"],
        "ana@example.test",
      );
      const refreshToken = text(token, "refresh_token");
      const form = { grant_type: "refresh_token", refresh_token: refreshToken, ...credentials };
      const refreshed = await postForm(google.tokenUrl, form);
      assert.equal(refreshed.status, 200);
      assert.equal(refreshed.body["refresh_token"], undefined, "no rotation, as Google");

      const files = await callApi(
        { method: "GET", url: `${google.base}/drive/v3/files` },
        text(token, "access_token"),
      );
      assert.equal(files.status, 200);

      assert.equal((await postForm(google.revokeUrl ?? "", { token: refreshToken })).status, 200);
      const dead = await postForm(google.tokenUrl, form);
      assert.deepEqual([dead.status, dead.body["error"]], [400, "invalid_grant"]);
      assert.equal(
        (await callApi(google.identity, "never issued")).status,
        200,
        "deviation: any token passes",
      );
      assert.equal((await callApi(google.identity)).status, 401);
    });
  });

  /** A2 A4 A10 */
  it("plays Okta and Linear: refresh tokens that rotate, and a revocation that reads the body alone", async () => {
    for (const [provider, scope] of [
      ["okta", "openid email offline_access"],
      ["linear", "read,write"],
    ] as const) {
      await withEmulator(provider, async ({ tokenUrl, revokeUrl }, signIn) => {
        const token = (await signIn({ scope })).body;
        assert.deepEqual([token["token_type"], token["expires_in"]], ["Bearer", 3600], provider);
        const form = (refreshToken: string) => ({
          grant_type: "refresh_token",
          refresh_token: refreshToken,
          ...credentials,
        });
        const first = text(token, "refresh_token");
        const refreshed = (await postForm(tokenUrl, form(first))).body;
        const second = text(refreshed, "refresh_token");
        assert.notEqual(second, first);
        const spent = await postForm(tokenUrl, form(first));
        assert.deepEqual([spent.status, spent.body["error"]], [400, "invalid_grant"], provider);

        const bearer = { authorization: `Bearer ${text(refreshed, "access_token")}` };
        assert.equal((await postForm(revokeUrl ?? "", {}, bearer)).status, 200);
        const third = text((await postForm(tokenUrl, form(second))).body, "refresh_token");
        assert.equal((await postForm(revokeUrl ?? "", { token: third })).status, 200);
        assert.equal((await postForm(tokenUrl, form(third))).body["error"], "invalid_grant", provider);
      });
    }
  });

  /** A2 B8 */
  it("plays Slack: errors in 200, a bot token without expiry, a team", async () => {
    await withEmulator("slack", async (slack, signIn) => {
      const token = (await signIn({ scope: "channels:read,chat:write", user_scope: "users:read" })).body;
      assert.equal(token["ok"], true);
      assert.equal(token["token_type"], "bot");
      assert.deepEqual([token["expires_in"], token["refresh_token"]], [undefined, undefined]);
      assert.equal(token["scope"], "channels:read,chat:write");
      assert.equal(
        text((token["authed_user"] ?? {}) as Record<string, unknown>, "access_token").slice(0, 5),
        "xoxp-",
        "the user's token stands inside authed_user",
      );
      const identity = await callApi(slack.identity, text(token, "access_token"));
      assert.deepEqual([identity.body["ok"], identity.body["team"]], [true, "Brightwater"]);

      const wrong = await postForm(slack.tokenUrl, { code: "none", ...credentials });
      assert.deepEqual([wrong.status, wrong.body["ok"], wrong.body["error"]], [200, false, "invalid_code"]);
      const nobody = await callApi(slack.identity);
      assert.deepEqual([nobody.status, nobody.body["error"]], [200, "not_authed"]);
    });
  });

  /** A2 B8 */
  it("plays GitHub: errors in 200, no expiry, no refresh token, PKCE ignored", async () => {
    await withEmulator("github", async (github, signIn) => {
      const token = (
        await signIn({ scope: "read:user" }, { code_verifier: "not the verifier at all, and yet accepted" })
      ).body;
      assert.deepEqual(Object.keys(token).sort(), ["access_token", "scope", "token_type"]);
      assert.equal((await callApi(github.identity, text(token, "access_token"))).body["login"], "ana");

      const wrong = await postForm(github.tokenUrl, { code: "none", ...credentials });
      assert.deepEqual([wrong.status, wrong.body["error"]], [200, "bad_verification_code"]);
      assert.equal((await callApi(github.identity)).status, 401);
    });
  });

  /** A2 A4 */
  it("plays Microsoft: refresh tokens that rotate, revocation, Graph's me", async () => {
    await withEmulator("microsoft", async (microsoft, signIn) => {
      const token = (await signIn({ scope: "openid offline_access User.Read" })).body;
      assert.equal(token["expires_in"], 3600);
      const me = await callApi(microsoft.identity, text(token, "access_token"));
      assert.equal(me.body["userPrincipalName"], "ana@example.test");
      const first = text(token, "refresh_token");
      const form = { grant_type: "refresh_token", refresh_token: first, ...credentials };
      const refreshed = await postForm(microsoft.tokenUrl, form);
      const second = text(refreshed.body, "refresh_token");
      assert.notEqual(second, first);
      assert.equal((await postForm(microsoft.tokenUrl, form)).body["error"], "invalid_grant");
      assert.equal(
        (await postForm(microsoft.tokenUrl, { ...form, refresh_token: second })).status,
        200,
        "deviation: reuse of the old one does not end the grant",
      );
    });
  });

  /** A2 */
  it("checks secret, PKCE verifier and redirect URI, with its port, once a client is seeded", async () => {
    await withEmulator("google", async (google, signIn, redirectUri) => {
      const wrongSecret = await signIn({ scope: "openid" }, { client_secret: "wrong" });
      assert.deepEqual([wrongSecret.status, wrongSecret.body["error"]], [401, "invalid_client"]);
      const wrongVerifier = await signIn({ scope: "openid" }, { code_verifier: "wrong" });
      assert.deepEqual([wrongVerifier.status, wrongVerifier.body["error"]], [400, "invalid_grant"]);

      const otherPort = new URL(redirectUri);
      otherPort.port = "9";
      await browser.get(
        authorizationUrl(google.authorizeUrl, {
          client_id: credentials.client_id,
          redirect_uri: otherPort.href,
        }),
      );
      assert.match(await pageText(browser), /Redirect URI mismatch/);
    });
  });

  const credentials = { client_id: "patchbay-test", client_secret: "patchbay-test-secret" };
  type SignIn = (authorize: Record<string, string>, redeem?: Record<string, string>) => Promise<Answer>;

  async function withEmulator(
    provider: Emulator["provider"],
    use: (emulator: Emulator, signIn: SignIn, redirectUri: string) => Promise<void>,
  ): Promise<void> {
    const redirects = [await startLoopbackRedirect("localhost"), await startLoopbackRedirect("localhost")];
    const uris = redirects.map(({ uri }) => uri);
    const client: EmulatedClient = {
      id: credentials.client_id,
      secret: credentials.client_secret,
      redirectUris: uris,
    };
    const emulator = await startEmulate(provider, client);
    const free = [...redirects];
    const signIn: SignIn = async (authorize, redeem = {}) => {
      const redirect = free.shift();
      assert.ok(redirect, "a sign-in needs a redirect of its own");
      const { verifier, challenge } = pkce();
      const url = authorizationUrl(emulator.authorizeUrl, {
        client_id: client.id,
        redirect_uri: redirect.uri,
        state: "a state",
        code_challenge: challenge,
        code_challenge_method: "S256",
        ...authorize,
      });
      await agreeAtEmulate(browser, url, emulator.users[0]);
      const answer = await redirect.answer;
      assert.equal(answer.get("state"), "a state");
      assert.equal(answer.get("iss"), null, "emulate does not name itself in the redirect");
      return postForm(emulator.tokenUrl, {
        grant_type: "authorization_code",
        code: answer.get("code") ?? "",
        redirect_uri: redirect.uri,
        code_verifier: verifier,
        ...credentials,
        ...redeem,
      });
    };
    try {
      await use(emulator, signIn, uris[0] ?? "");
    } finally {
      await emulator.stop();
      for (const redirect of redirects) await redirect.stop();
    }
  }
});

describe("the browser opener", () => {
  /** A2 */
  it(
    "hands over the URL that xdg-open is given, unchanged",
    { skip: !findProgram(["xdg-open"]) },
    async () => {
      const opener = await startBrowserOpener();
      const url =
        "https://accounts.example.test/authorize?state=a%20b&scope=openid+email&redirect_uri=http%3A%2F%2F127.0.0.1%3A1";

      await promisify(execFile)("xdg-open", [url], { env: { ...process.env, ...opener.env } });

      assert.equal(await opener.nextUrl(), url);
      assert.equal(opener.untaken(), 0);
      await opener.stop();
    },
  );
});

function text(body: Record<string, unknown>, key: string): string {
  const value = body[key];
  assert.equal(typeof value, "string", `${key} is missing in an answer with ${Object.keys(body).join(", ")}`);
  return value as string;
}
