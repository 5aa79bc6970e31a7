// What goes wrong around a sign-in: each time a clear message, the old state intact, and a way on.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  agreeAtOidcProvider,
  refuseAtOidcProvider,
  startChromium,
  type Chromium,
} from "./support/chromium.ts";
import { pointAtEmulator, startEmulate } from "./support/emulate.ts";
import {
  lockKeychain,
  restartKeychainUnlocked,
  startKeychainUnlocked,
  stopKeychain,
} from "./support/keychain.ts";
import { startOidcProvider, type AuthorizationServer } from "./support/oidc_provider.ts";
import {
  connectToIssuer,
  fillConnectForm,
  row,
  rows,
  shownInBrowser,
  waitForLamp,
  waitForTimeline,
} from "./support/steps.ts";
import { appProgram, newHome, startWindow, type AppWindow } from "./support/window.ts";

let server: AuthorizationServer;
let chromium: Chromium;
before(async () => {
  [server, chromium] = await Promise.all([startOidcProvider(), startChromium()]);
});
after(async () => {
  await chromium?.stop();
  await server?.stop();
});

describe("a window in trouble", () => {
  const taken = createServer();
  let window: AppWindow;
  before(async () => {
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const home = newHome();
    const github = await startEmulate("github");
    pointAtEmulator(home, github, (taken.address() as AddressInfo).port);
    await github.stop();
    window = await startWindow({ home });
  });
  after(async () => {
    await window?.stop();
    await new Promise((resolve) => taken.close(resolve));
  });

  /** A2 C1 */
  it("says that consent was refused when the person says no, and keeps nothing", async () => {
    await fillConnectForm(window, server.issuer, server.publicClient, "Orders");
    await window.press("button", "Open browser");
    await refuseAtOidcProvider(chromium.page, await window.browser.nextUrl(), "ana");

    await window.waitForText(/consent page .* was answered with no\./);
    await shownInBrowser(chromium.page, /The sign-in did not work\./);
    await window.screenshot("trouble-denied");
    assert.deepEqual(await rows(window), [], "nothing is on the board");
    await window.press("button", "Close");
  });

  /** A2 C1 */
  it("says that the client is refused when its secret is wrong", async () => {
    const client = { id: server.confidentialClient.id, secret: "not the secret" };
    await fillConnectForm(window, server.issuer, client, "Orders");
    await window.press("button", "Open browser");
    await agreeAtOidcProvider(chromium.page, await window.browser.nextUrl(), "ana");

    await window.waitForText(/does not accept the client id and secret\./);
    assert.doesNotMatch(await window.text(), /not the secret/);
    await window.screenshot("trouble-wrong-secret");
    assert.deepEqual(await rows(window), [], "nothing is on the board");
    await window.press("button", "Close");
  });

  /** A2: the right secret, typed next, takes the place of the wrong one. */
  it("connects with the right secret afterwards", async () => {
    await connectToIssuer(window, chromium.page, server.issuer, server.confidentialClient, {
      name: "Orders",
      login: "ana",
    });
    await waitForLamp(window, "active");
  });

  /** A2 */
  it("says that the port of the redirect URI is taken before any browser opens", async () => {
    await fillConnectForm(window, "GitHub", { id: "any", secret: "any" }, "Code");

    await window.waitForText(/Port \d+ is taken/);
    assert.equal(await (await window.find("button", "Open browser")).isEnabled(), false);
    await window.screenshot("trouble-port-taken");
    await window.press("button", /^Cancel/);
  });

  /** A7: the new grant waits apart until a person has decided. */
  it("compares the accounts when another one signs in, and hands a refused grant back", async () => {
    const before = await row(window, "Orders");
    const live = await server.liveRefreshTokensOf("ana");
    const revoked = server.revocations.length;
    await chromium.page.manage().deleteAllCookies();
    await window.press("button", /^Reconnect/);
    await agreeAtOidcProvider(chromium.page, await window.browser.nextUrl(), "ben");

    await window.waitForText(/This is another account\./);
    await shownInBrowser(chromium.page, /Patchbay has a question\./);
    const shown = await window.text();
    assert.match(shown, /ana@example\.test/);
    assert.match(shown, /ben@example\.test/);
    assert.equal(await server.liveRefreshTokensOf("ben"), 1, "the new grant waits");
    await window.screenshot("trouble-other-account");

    await window.press("button", "Refuse the new one");

    await window.waitForText(/has revoked it\. The old one is untouched\./);
    assert.equal(await server.liveRefreshTokensOf("ben"), 0, "the new grant is gone at the server");
    assert.deepEqual(server.revocations.slice(revoked), [200]);
    assert.equal(await server.liveRefreshTokensOf("ana"), live, "the old one holds");
    await window.press("button", "Close");
    assert.deepEqual(await row(window, "Orders").then(({ id, account }) => [id, account]), [
      before.id,
      "ana@example.test",
    ]);
    await window.press("button", /^Test call/);
    await window.waitForText(/It works: 200 in .* as ana@example\.test/);
  });

  /** A3 B1: nobody touches the window, and its words follow the keychain all the same. */
  it("notices by itself that the keychain was locked, and that it is open again", async () => {
    const said = await window.watch(/Nothing can renew it just now: the keychain is locked\./, true);
    const lockedAt = Date.now();
    await lockKeychain();
    const lockSaidAfter = (await said.at()) - lockedAt;
    assert.ok(lockSaidAfter < 6_000, `said after ${lockSaidAfter} ms`);
    const shown = await window.text();
    assert.match(shown, /It cannot be used just now/);
    assert.doesNotMatch(shown, /refreshed by itself|Works now|Engine running/);
    await window.screenshot("trouble-keychain-noticed");

    await stopKeychain();
    await window.waitForText("No keychain answers on this machine.");
    // It draws its board again meanwhile, and starts nothing that would stand locked in the other's place.
    await window.ask("packed_board");
    const past = await window.watch(/It cannot be used|[Kk]eychain is locked|No keychain/, false);
    await startKeychainUnlocked();
    const openAt = Date.now();
    const openSaidAfter = (await past.at()) - openAt;
    assert.ok(openSaidAfter < 6_000, `said after ${openSaidAfter} ms`);
    await window.screenshot("trouble-keychain-open-again");
  });

  /** A3: a locked keychain is no revoked grant. */
  it("says that the keychain is locked, loses nothing, and goes on once it is unlocked", async () => {
    await lockKeychain();
    await window.press("button", "Refresh now");

    await window.waitForText("The keychain is locked.");
    assert.notEqual((await row(window, "Orders")).status.lamp, "reauth_required");
    await window.screenshot("trouble-keychain-locked");

    await restartKeychainUnlocked();
    await window.waitForNoText(/It cannot be used|[Kk]eychain is locked|No keychain/);
    await window.press("button", "Refresh now");
    await waitForTimeline(window, /^Refreshed/);
    await waitForLamp(window, "active");
    assert.equal(await window.has("button", "Check again"), false, "the banner is gone");
  });

  /** A2: two windows on one data folder would be two owners of one board. */
  it("is brought to the front by a second start, which ends by itself", async () => {
    const second = spawn(appProgram(), [], {
      env: { ...process.env, PATCHBAY_HOME: window.home },
      stdio: "ignore",
    });
    const patience = setTimeout(() => second.kill("SIGKILL"), 15_000);
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
      second.once("exit", (...how) => resolve(how)),
    );
    clearTimeout(patience);

    assert.deepEqual([code, signal], [0, null], "the second one ended by itself");
    assert.equal((await rows(window)).length, 1, "the first one goes on");
  });
});

describe("a machine without a browser", () => {
  /** A2 A1 */
  it("shows the address, copies it, and completes when it is opened by hand", async () => {
    const window = await startWindow({ browserFails: true });
    try {
      await fillConnectForm(window, server.issuer, server.publicClient, "Orders");
      await window.press("button", "Open browser");
      await window.waitForText(/The browser did not open\. Copy this address/);
      await window.press("button", "Copy sign-in address");
      await window.waitForText("Copied");
      await window.screenshot("trouble-no-browser");
      const [signIn] = await window.ask<{ authorize_url: string }[]>("list_sign_ins");
      assert.ok(signIn, "the sign-in waits");
      assert.ok((await window.text()).includes(signIn.authorize_url), "the whole address is on the page");

      await agreeAtOidcProvider(chromium.page, signIn.authorize_url, "ana");

      await window.press("button", "Show connection");
      await waitForLamp(window, "active");
    } finally {
      await window.stop();
    }
  });
});

describe("a damaged database", () => {
  /** A5 */
  it("is named, and left as it is", async () => {
    const home = newHome();
    const file = join(home, "patchbay.db");
    const damaged = Buffer.concat([Buffer.from("SQLite format 3\0"), Buffer.alloc(8_192, 0x5a)]);
    writeFileSync(file, damaged);
    const window = await startWindow({ home });
    try {
      await window.find("button", "Try again");
      await window.waitForText(/damaged|not a database|cannot be used/);
      await window.screenshot("trouble-damaged-database");
      assert.ok(readFileSync(file).equals(damaged), "not a byte is changed");
    } finally {
      await window.stop();
      rmSync(home, { recursive: true, force: true });
    }
  });
});
