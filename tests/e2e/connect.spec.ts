// The whole story of a connection at a server that others wrote: connected, proved, expired, refreshed, revoked, brought
// back with one click, given up.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { agreeAtOidcProvider, startChromium, type Chromium } from "./support/chromium.ts";
import {
  ACCESS_TOKEN_SECONDS,
  startOidcProvider,
  type AuthorizationServer,
} from "./support/oidc_provider.ts";
import {
  addDependant,
  connectToIssuer,
  fillConnectForm,
  openBrowserAndConnect,
  row,
  rows,
  shownInBrowser,
  timeline,
  waitForLamp,
  waitForTimeline,
} from "./support/steps.ts";
import { startWindow, type AppWindow } from "./support/window.ts";

/** One that holds for as long as the story takes, on however slow a machine. */
const LONG = 3_600;

let server: AuthorizationServer;
let chromium: Chromium;
let window: AppWindow;
before(async () => {
  [server, chromium, window] = await Promise.all([startOidcProvider(), startChromium(), startWindow()]);
  server.letTokensLive(LONG);
});
after(async () => {
  await window?.stop();
  await chromium?.stop();
  await server?.stop();
});

describe("a connection at an issuer found by its address", () => {
  let id: string;

  /** A1 A2 E1 B1 */
  it("goes from the empty board through the browser to a lamp that says active", async () => {
    await window.waitForText("Nothing is connected yet");
    await window.screenshot("connect-1-empty-board");
    await fillConnectForm(window, server.issuer, server.publicClient, "Orders");
    await window.screenshot("connect-2-form");

    await openBrowserAndConnect(window, (url) => agreeAtOidcProvider(chromium.page, url, "ana"));

    await waitForLamp(window, "active");
    const connected = await row(window, "Orders");
    id = connected.id;
    assert.equal(connected.account, "ana@example.test", "the provider was asked who signed in");
    assert.equal(connected.status.lamp, "active");
    assert.deepEqual(
      server.tokenRequests.map(({ grant, status, authentication }) => [grant, status, authentication]),
      [["authorization_code", 200, "none"]],
      "a client without a secret trades the code once, with PKCE alone",
    );
    await shownInBrowser(chromium.page, /You are connected\./);
    await window.screenshot("connect-3-connected");
  });

  /** E2 A6 */
  it("is proved by a test call that shows status, latency and identity", async () => {
    await window.press("button", /^Test call/);

    await window.waitForText(/It works: 200 in .* as ana@example\.test/);
    const shown = await window.text();
    assert.match(shown, /HTTP status\s*200/);
    assert.match(shown, /Latency\s*\d+(\.\d+)? (ms|s)/);
    assert.match(shown, /Identity\s*ana@example\.test/);
    await window.screenshot("connect-4-test-call");
  });

  /** B2 B5 B12 */
  it("is refreshed with rotation by the test call after its token is over", async () => {
    server.letTokensLive(ACCESS_TOKEN_SECONDS);
    await window.press("button", "Refresh now");
    await waitForTimeline(window, /^Refreshed, v2/);
    server.letTokensLive(LONG);
    await addDependant(window, "Nightly invoices", "Make");
    await window.waitForText(/It ended /);

    await window.press("button", /^Test call/);

    await waitForTimeline(window, /^Test call, 200/, /^Refreshed, v3/);
    await window.waitForText("The token had expired and was refreshed on the way.");
    assert.deepEqual(
      server.tokenRequests.slice(1).map(({ grant, status }) => [grant, status]),
      [
        ["refresh_token", 200],
        ["refresh_token", 200],
      ],
      "the one that was asked for, and one by the test call, not more",
    );
    assert.equal(
      await server.liveRefreshTokensOf("ana"),
      1,
      "the old refresh token is spent, the new one holds",
    );
    await waitForLamp(window, "active");
  });

  /** B4 C1 */
  it("turns to reauth_required, with the reason, when the grant is revoked at the server", async () => {
    assert.equal(await server.revokeGrantsOf("ana"), 1);

    await window.press("button", /^Test call/);

    await waitForLamp(window, "reauth_required");
    await waitForTimeline(window, /Test call|reauth_required|ended/);
    const lines = await timeline(window);
    assert.ok(
      lines.some((line) => line.startsWith("reauth_required set")),
      lines.join("\n"),
    );
    await window.waitForText(/refuses this grant\. Reconnect Orders\./);
    await window.screenshot("connect-5-revoked");
    await window.press("link", "Board");
    await window.waitForText("One connection needs you: Orders.");
    await window.waitForText("1 workflow waits for it.");
    await window.screenshot("connect-6-board-needs-you");
  });

  /** A7 E1 D1 */
  it("comes back with one click, with the same id and the same dependants", async () => {
    await window.press("button", /^Reconnect Orders/);
    await agreeAtOidcProvider(chromium.page, await window.browser.nextUrl(), "ana");

    await window.waitForText("Orders is back.");
    await window.waitForText("The incident of Orders is still open; 1 workflow was not seen running again.");
    const all = await rows(window);
    assert.deepEqual(
      all.map((one) => [one.id, one.name, one.dependant_count, one.status.lamp]),
      [[id, "Orders", 1, "active"]],
      "the same connection, not another one",
    );
    await window.press("row", /^Orders/);
    await window.waitForText("Nightly invoices");
    const lines = await waitForTimeline(window, /^Reconnected as ana@example\.test/);
    // Newest first: where each of these first happened.
    const places = ["Reconnected", "reauth_required set", "Refreshed", "Test call, 200", "Token issued"].map(
      (start) => lines.map((line) => line.startsWith(start)).lastIndexOf(true),
    );
    assert.ok(!places.includes(-1), `something is missing:\n${lines.join("\n")}`);
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
      `the order of events:\n${lines.join("\n")}`,
    );
    await window.screenshot("connect-7-back");
  });

  /** A10 D2 */
  it("is given up by naming what it strands, and the grant ends at the server", async () => {
    assert.equal(await server.liveRefreshTokensOf("ana"), 1);
    await window.press("button", "More for Orders");
    await window.press("menuitem", /^Disconnect/);
    await window.waitForText("Nightly invoices");
    await window.screenshot("connect-8-disconnect");

    await window.press("button", "Disconnect and strand 1");

    await window.waitForText("Orders is disconnected.");
    await waitForLamp(window, "disconnected");
    assert.deepEqual(server.revocations, [200], "the server was asked to revoke");
    assert.equal(await server.liveRefreshTokensOf("ana"), 0, "and did");
  });
});

describe("a client with a secret", () => {
  /** A2 A9 */
  it("authenticates itself when it trades the code", async () => {
    const before = server.tokenRequests.length;
    await connectToIssuer(window, chromium.page, server.issuer, server.confidentialClient, {
      name: "Stock",
      login: "ben",
    });

    await waitForLamp(window, "active");
    assert.deepEqual(server.tokenRequests.slice(before), [
      {
        grant: "authorization_code",
        status: 200,
        clientId: server.confidentialClient.id,
        authentication: "Basic",
      },
    ]);
  });
});
