// The command line and the window work on the same data at once, and each sees what the other did.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { agreeAtOidcProvider, startChromium, type Chromium } from "./support/chromium.ts";
import { connectByCommand, patchbay } from "./support/command_line.ts";
import { callApi } from "./support/loopback_client.ts";
import { startOidcProvider, type AuthorizationServer } from "./support/oidc_provider.ts";
import { row, waitForLamp, waitForTimeline } from "./support/steps.ts";
import { startWindow, type AppWindow } from "./support/window.ts";

let server: AuthorizationServer;
let chromium: Chromium;
let window: AppWindow;
before(async () => {
  [server, chromium, window] = await Promise.all([startOidcProvider(), startChromium(), startWindow()]);
});
after(async () => {
  await window?.stop();
  await chromium?.stop();
  await server?.stop();
});

/** A1 A2 */
it("shows in the window what the command line connected, without being told", async () => {
  await window.waitForText("Nothing is connected yet");

  const { code, out, err } = await connectByCommand(
    window.home,
    [server.issuer, "--client-id", server.publicClient.id, "--name", "Shell"],
    (url) => agreeAtOidcProvider(chromium.page, url, "ana"),
  );

  assert.equal(code, 0, err);
  const last = JSON.parse(out.trim().split("\n").at(-1)!);
  assert.equal(last.event, "connected");
  assert.equal(last.connection.account, "ana@example.test");
  await window.find("row", /^Shell, ana@example\.test: /);
  assert.equal((await row(window, "Shell")).id, last.connection.id);
  await window.screenshot("cli-1-seen-in-the-window");
});

/** F2 */
it("hands a script the token that the window's connection holds", async () => {
  const { code, out } = await patchbay(window.home, "token", "Shell", "--min-valid", "1s");

  assert.equal(code, 0);
  assert.match(out, /^\S+\n$/, "a token and nothing else");
  const who = await callApi({ method: "GET", url: `${server.issuer}/me` }, out.trim());
  assert.equal(who.body["sub"], "ana", "and the server accepts it");
});

/** B3 B5 */
it("refreshes once when both find the same token over at the same time", async () => {
  await window.press("row", /^Shell/);
  await window.waitForText(/It ended /);
  const before = server.tokenRequests.length;

  const [first, second] = await Promise.all([
    patchbay(window.home, "test", "Shell", "--json"),
    patchbay(window.home, "test", "Shell", "--json"),
    window.press("button", /^Test call/),
  ]);

  assert.deepEqual([first.code, second.code], [0, 0], first.err + second.err);
  await window.waitForText(/It works: 200 in/);
  assert.deepEqual(
    server.tokenRequests.slice(before).map(({ grant, status }) => [grant, status]),
    [["refresh_token", 200]],
    "one of the three refreshed, the others took what it stored",
  );
  await waitForTimeline(window, /^Test call, 200/);
});

/** A10 */
it("lets the command line see what the window gave up", async () => {
  await window.press("button", "More for Shell");
  await window.press("menuitem", /^Disconnect/);
  await window.press("button", "Disconnect");
  await waitForLamp(window, "disconnected");

  const shown = await patchbay(window.home, "show", "Shell", "--json");
  const token = await patchbay(window.home, "token", "Shell");

  assert.equal(JSON.parse(shown.out).status, "disconnected");
  assert.equal(token.code, 20, "a person must reconnect");
  assert.equal(token.out, "", "and no token is printed");
});
