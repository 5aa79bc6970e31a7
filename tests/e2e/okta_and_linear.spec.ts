// Okta and Linear, played by `emulate`, through the command line alone: connected, identified, tested, refreshed and
// disconnected. Each catalogue file is the built-in one with other addresses. What the emulator does differently stands
// in emulate.md.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { rmSync } from "node:fs";
import { agreeAtEmulate, startChromium, type Chromium } from "./support/chromium.ts";
import { connectByCommand, patchbay, startPatchbay } from "./support/command_line.ts";
import { pointAtEmulator, startEmulate, type Emulator } from "./support/emulate.ts";
import { callApi, postForm } from "./support/loopback_client.ts";
import { freePort } from "./support/program.ts";
import { newHome } from "./support/window.ts";

// emulate does not undo the form encoding of HTTP Basic, so nothing here may need it.
const CLIENT = { id: "patchbay-test", secret: "patchbay-test-secret" };
const BEN = "ben@example.test";

let chromium: Chromium;
before(async () => (chromium = await startChromium()));
after(async () => chromium?.stop());

for (const provider of ["okta", "linear"] as const) {
  describe(provider, () => {
    const home = newHome();
    let emulator: Emulator;
    before(async () => {
      const port = await freePort();
      const redirectUris = [`http://localhost:${port}/callback/${provider}`];
      emulator = await startEmulate(provider, { ...CLIENT, redirectUris });
      pointAtEmulator(home, emulator, port);
    });
    after(async () => {
      await patchbay(home, "disconnect", "Ben's", "--yes");
      await emulator?.stop();
      rmSync(home, { recursive: true, force: true });
    });

    /** A1 A2 */
    it("is connected as the account that agreed in the browser", async () => {
      const { code, out, err } = await connectByCommand(
        home,
        [provider, "--client-id", CLIENT.id, "--client-secret-stdin", "--name", "Ben's"],
        (url) => agreeAtEmulate(chromium.page, url, BEN),
        CLIENT.secret,
      );

      assert.equal(code, 0, err);
      const { event, connection } = JSON.parse(out.trim().split("\n").at(-1)!);
      assert.equal(event, "connected");
      assert.deepEqual(
        [connection.provider, connection.account, connection.status],
        [provider, BEN, "active"],
      );
      assert.deepEqual(connection.scopes.granted, connection.scopes.requested);
      assert.equal(connection.workspace, provider === "linear" ? "Brightwater" : null);
    });

    /** E2 */
    it("is proved by a test call", async () => {
      const { code, out, err } = await patchbay(home, "test", "Ben's", "--json");

      assert.equal(code, 0, err);
      const tested = JSON.parse(out);
      assert.deepEqual([tested.http_status, tested.account, tested.was_refreshed], [200, BEN, false], out);
    });

    /** A4 B5: both rotate, and the refresh token before is spent. */
    it("is refreshed, with a new refresh token that works again", async () => {
      const [first] = emulator.refreshTokens;
      for (const _ of ["once", "twice"]) {
        const { code, err } = await patchbay(home, "refresh", "Ben's");
        assert.equal(code, 0, err);
      }

      assert.equal(new Set(emulator.refreshTokens).size, 3, "one for the code and one for each refresh");
      const again = { grant_type: "refresh_token", refresh_token: first ?? "", ...credentials() };
      const spent = await postForm(emulator.tokenUrl, again);
      assert.deepEqual([spent.status, spent.body["error"]], [400, "invalid_grant"]);
      const handed = await patchbay(home, "token", "Ben's");
      assert.match(
        await accountOf(emulator, handed.out.trim()),
        /ben@example\.test/,
        "Ben's, not the first user's",
      );
    });

    /** B4 E1 */
    it("needs a person when its grant is gone", async () => {
      assert.ok((await emulator.revokeRefreshTokens()) > 0);

      const { code } = await patchbay(home, "refresh", "Ben's");

      assert.equal(code, 20, "a person must reconnect");
      const shown = JSON.parse((await patchbay(home, "list", "--json")).out);
      assert.equal(shown.status, "reauth_required");
    });

    /** A7 E1 */
    it("comes back in its place", async () => {
      const id = JSON.parse((await patchbay(home, "list", "--json")).out).id;
      const { code, err } = await reconnect(home, (url) => agreeAtEmulate(chromium.page, url, BEN));

      assert.equal(code, 0, err);
      const back = JSON.parse((await patchbay(home, "list", "--json")).out);
      assert.deepEqual([back.id, back.account, back.status], [id, BEN, "active"]);
    });

    /** A10 */
    it("is disconnected, and the provider is told in the way that its file says", async () => {
      const token = (await patchbay(home, "token", "Ben's")).out.trim();
      const last = emulator.refreshTokens.at(-1) ?? "";

      const { code, out, err } = await patchbay(home, "disconnect", "Ben's", "--yes", "--json");

      assert.equal(code, 0, err);
      assert.equal(JSON.parse(out).revocation, "revoked");
      const refresh = { grant_type: "refresh_token", refresh_token: last, ...credentials() };
      const { status } = await postForm(emulator.tokenUrl, refresh);
      // Deviation: the emulator looks for the token in the body alone, finds none, and answers 200.
      assert.equal(status, provider === "okta" ? 400 : 200);
      if (provider === "okta") {
        const userinfo = await callApi(emulator.identity, token);
        assert.equal(userinfo.status, 401, "the access token is revoked too");
      }
      assert.equal(JSON.parse((await patchbay(home, "list", "--json")).out).status, "disconnected");
    });
  });
}

function credentials() {
  return { client_id: CLIENT.id, client_secret: CLIENT.secret };
}

/** What the provider itself says of a token. */
async function accountOf({ provider, identity }: Emulator, token: string): Promise<string> {
  if (provider === "okta") return String((await callApi(identity, token)).body["email"]);
  const answer = await fetch(identity.url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: "{ viewer { email } }" }),
  });
  return answer.text();
}

async function reconnect(home: string, answer: (url: string) => Promise<void>) {
  const running = startPatchbay(home, "reconnect", "Ben's", "--no-browser", "--json");
  const { url } = JSON.parse(await running.firstLine) as { url: string };
  await answer(url);
  return running.ended;
}
