// Trying it without an account: a grant of the practice provider is broken with its switches and mended.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { answerPractice, startChromium, type Chromium } from "./support/chromium.ts";
import { rows, shownInBrowser, timeline, waitForLamp, waitForTimeline } from "./support/steps.ts";
import { startWindow, type AppWindow } from "./support/window.ts";

let chromium: Chromium;
let window: AppWindow;
before(async () => {
  [chromium, window] = await Promise.all([startChromium(), startWindow()]);
});
after(async () => {
  await window?.stop();
  await chromium?.stop();
});

/** A2 E1 */
it("starts from the empty board, without a client or an account", async () => {
  await window.press("button", "Start practice");
  await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");
  await shownInBrowser(chromium.page, /You are connected\./);

  await window.press("button", "Show connection");

  await waitForLamp(window, "active");
  await window.waitForText("a server on this machine with faults on switches");
  assert.equal((await rows(window)).length, 1);
  await window.screenshot("practice-1-connected");
});

/** B4 B8: a server that is busy is not a grant that is gone. */
it("shows a rate limit as something that passes, not as reauth_required", async () => {
  await window.press("switch", "Rate limit");
  await window.press("button", "Expire the access token");

  await window.press("button", /^Test call/);

  await waitForTimeline(window, /^Test call failed/, /^Refresh failed, 429/);
  const lines = await timeline(window);
  assert.ok(!lines.some((line) => line.startsWith("reauth_required")), lines.join("\n"));
  assert.notEqual((await rows(window))[0]?.status.lamp, "reauth_required");
  await window.screenshot("practice-2-rate-limited");

  await window.press("switch", "Rate limit");
  await window.press("button", "Refresh now");
  await waitForTimeline(window, /^Refreshed/);
  await waitForLamp(window, "active");
});

/** B4 C1 A7 */
it("turns the lamp when the grant is revoked, and is mended with one click", async () => {
  const id = (await rows(window))[0]?.id;
  await window.press("button", "Revoke the grant");
  await window.press("button", /^Test call/);
  await waitForLamp(window, "reauth_required");
  await window.screenshot("practice-3-revoked");

  await window.press("button", /^Reconnect/);
  await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");

  await waitForLamp(window, "active");
  await waitForTimeline(window, /^Reconnected/);
  assert.deepEqual(
    (await rows(window)).map((row) => row.id),
    [id],
    "the same connection",
  );
  await window.screenshot("practice-4-mended");
});
