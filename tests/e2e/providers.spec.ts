// Google with Drive, Slack, GitHub and Microsoft, played by `emulate`, as far as its shape allows. Each catalogue file is the
// built-in one with other addresses. What the emulator does differently stands in emulate.md.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { agreeAtEmulate, startChromium, type Chromium } from "./support/chromium.ts";
import { patchbay } from "./support/command_line.ts";
import { pointAtEmulator, startEmulate, type EmulatedProvider, type Emulator } from "./support/emulate.ts";
import { callApi } from "./support/loopback_client.ts";
import { freePort } from "./support/program.ts";
import {
  addDependant,
  fillConnectForm,
  openBrowserAndConnect,
  row,
  shownInBrowser,
  waitForLamp,
  waitForTimeline,
} from "./support/steps.ts";
import { newHome, startWindow, type AppWindow } from "./support/window.ts";

const CLIENT = { id: "patchbay-test", secret: "a secret: with & odd + letters %" };
const NAMES = { google: "Google", slack: "Slack", github: "GitHub", microsoft: "Microsoft" } as const;
const HOSTS = {
  google: "127.0.0.1",
  slack: "localhost",
  github: "127.0.0.1",
  microsoft: "localhost",
} as const;

const emulators = new Map<EmulatedProvider, Emulator>();
let chromium: Chromium;
let window: AppWindow;
before(async () => {
  const home = newHome();
  for (const provider of ["google", "slack", "github", "microsoft"] as const) {
    const port = await freePort();
    const redirectUris = [`http://${HOSTS[provider]}:${port}/callback/${provider}`];
    const emulator = await startEmulate(provider, { ...CLIENT, redirectUris });
    emulators.set(provider, emulator);
    pointAtEmulator(home, emulator, port);
  }
  [chromium, window] = await Promise.all([startChromium(), startWindow({ home })]);
});
after(async () => {
  await window?.stop();
  await chromium?.stop();
  for (const emulator of emulators.values()) await emulator.stop();
});

async function connect(provider: keyof typeof NAMES, name: string): Promise<Emulator> {
  const emulator = emulators.get(provider)!;
  await fillConnectForm(window, NAMES[provider], CLIENT, name);
  await window.screenshot(`providers-${provider}-form`);
  await openBrowserAndConnect(window, (url) => agreeAtEmulate(chromium.page, url, emulator.users[1]));
  await shownInBrowser(chromium.page, /You are connected\./);
  return emulator;
}

/** Ben, because the emulators take any token for Ana's: what Ben is shown, only Ben's token can have brought. */
async function testCall(account: RegExp): Promise<void> {
  await window.press("button", /^Test call/);
  await window.waitForText(/It works: 200 in /);
  await window.waitForText(new RegExp(`as ${account.source}`));
  await waitForTimeline(window, /^Test call, 200/);
}

describe("Google Drive", () => {
  /** F2 C4 */
  it("answers with the files of whoever signed in, to the token that a script is handed", async () => {
    const google = await connect("google", "Drive of Ben");

    const { code, out, err } = await patchbay(window.home, "token", "Drive of Ben");

    assert.equal(code, 0, err);
    const { body } = await callApi({ method: "GET", url: `${google.base}/drive/v3/files` }, out.trim());
    assert.deepEqual(
      (body["files"] as { id: string; name: string }[]).map(({ id, name }) => [id, name]),
      [["drv_1", "Invoices"]],
      "Ben's folder, not Ana's",
    );
    await window.waitForText("3 of 3 scopes");
    await window.waitForText("drive.readonly");
    await window.press("button", "More for Drive of Ben");
    await window.press("menuitem", /^Disconnect/);
    await window.press("button", "Disconnect");
    await waitForLamp(window, "disconnected");
  });
});

for (const { provider, account } of [
  { provider: "google", account: /ben@example\.test/ },
  { provider: "microsoft", account: /ben@example\.test/ },
] as const) {
  describe(NAMES[provider], () => {
    const name = `${NAMES[provider]} of Ben`;

    /** A1 A2 B5 E2 */
    it("is connected, proved by a test call and refreshed", async () => {
      await connect(provider, name);
      await waitForLamp(window, "active");
      await addDependant(window, "Weekly report", "n8n");
      await testCall(account);

      await window.press("button", "Refresh now");

      await waitForTimeline(window, /^Refreshed, v2/);
      await window.screenshot(`providers-${provider}-connected`);
    });

    /** B4 A7 E1 */
    it("turns to reauth_required when its grant is gone, and comes back with one click", async () => {
      const { id } = await row(window, name);
      assert.ok((await emulators.get(provider)!.revokeRefreshTokens()) > 0);
      await window.press("button", "Refresh now");
      await waitForLamp(window, "reauth_required");
      await window.screenshot(`providers-${provider}-revoked`);

      await window.press("button", /^Reconnect/);
      const emulator = emulators.get(provider)!;
      await agreeAtEmulate(chromium.page, await window.browser.nextUrl(), emulator.users[1]);

      await waitForLamp(window, "active");
      await waitForTimeline(window, /^Reconnected/);
      const back = await row(window, name);
      assert.deepEqual([back.id, back.dependant_count], [id, 1], "same connection, same dependants");
    });

    /** A10 */
    it("is given up", async () => {
      await window.press("button", `More for ${name}`);
      await window.press("menuitem", /^Disconnect/);
      await window.press("button", "Disconnect and strand 1");
      await waitForLamp(window, "disconnected");
      await window.screenshot(`providers-${provider}-disconnected`);
    });
  });
}

for (const { provider, account } of [
  // A bot token answers as the bot, there as here.
  { provider: "slack", account: /patchbay-test-client/ },
  { provider: "github", account: /ben/ },
] as const) {
  describe(NAMES[provider], () => {
    const name = `${NAMES[provider]} of Ben`;

    /** A1 A2 B7 E2: no refresh token and no expiry is a healthy grant here. */
    it("is connected without an expiry, and proved by a test call", async () => {
      await connect(provider, name);
      await waitForLamp(window, "active");
      await testCall(account);
      await window.waitForText(/does not expire/);
      assert.equal(
        await (await window.find("button", "Refresh now")).isEnabled(),
        false,
        "nothing to refresh with",
      );
      await window.screenshot(`providers-${provider}-connected`);
    });

    /** A7: the account is compared before anything is replaced. */
    it("is reconnected in place with the same account", async () => {
      const { id } = await row(window, name);
      await window.press("button", /^Reconnect/);
      const emulator = emulators.get(provider)!;
      await agreeAtEmulate(chromium.page, await window.browser.nextUrl(), emulator.users[1]);
      await waitForTimeline(window, /^Reconnected/);
      assert.equal((await row(window, name)).id, id);
    });

    /** A10: what the provider did not confirm is not claimed. */
    it("is given up here, and says that the provider did not revoke it", async () => {
      await window.press("button", `More for ${name}`);
      await window.press("menuitem", /^Disconnect/);
      await window.press("button", "Disconnect");
      await window.waitForText(new RegExp(`${name} is disconnected here`));
      await waitForLamp(window, "disconnected");
      await window.screenshot(`providers-${provider}-disconnected`);
    });
  });
}
