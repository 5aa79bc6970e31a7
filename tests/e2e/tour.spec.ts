// The first start: the tour on the practice provider, with the real engine in the real window; left in the middle, taken up
// again, and cleaned up at the end. Then what failed while nobody looked.
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, it } from "node:test";
import { answerPractice, startChromium, type Chromium } from "./support/chromium.ts";
import { patchbay } from "./support/command_line.ts";
import { rows, waitForLamp } from "./support/steps.ts";
import { startWindow, type AppWindow } from "./support/window.ts";

const HOUR_MS = 3_600_000;

let chromium: Chromium;
let window: AppWindow;
before(async () => {
  [chromium, window] = await Promise.all([startChromium(), startWindow()]);
});
after(async () => {
  await window?.stop();
  await chromium?.stop();
});

const consent = async (): Promise<void> =>
  answerPractice(chromium.page, await window.browser.nextUrl(), "allow");

/** A2 A10 B4 C1 E1 E2: a person who has never seen the app, and no account. */
it("connects, breaks, explains, mends and proves a connection in two minutes, and leaves nothing behind", async () => {
  await window.press("button", "Take the tour");
  await window.press("button", "Open the sign-in page");
  await consent();
  await window.press("button", "Show connection");
  await window.waitForText("behind Patchbay's back");
  const [connection] = await rows(window);
  assert.equal(connection?.status.lamp, "active");

  await window.press("button", "Revoke the grant");
  await window.waitForText("The lamp is still green");
  assert.equal((await rows(window))[0]?.status.lamp, "active", "nobody has asked since");
  await window.screenshot("tour-1-revoked");

  await window.press("button", "Test call");
  await waitForLamp(window, "reauth_required");
  await window.waitForText("Ask why");
  await window.press("button", "Leave tour");
  await window.waitForText("The tour waits.");
  await window.driver.navigate().refresh();
  await window.press("link", "Practice provider");
  await window.press("button", "Go on with the tour");
  await window.waitForText("Ask why");

  await window.press("button", "Diagnose");
  await window.waitForText("One cause, one button");
  await window.waitForText(/has ended this grant|one reconnect/i);
  await window.screenshot("tour-2-explained");
  await window.press("button", "Reconnect");
  await consent();
  await window.waitForText("It is back. Prove it.");
  await window.press("button", "Test call");
  await window.waitForText(/Connected, broken, explained, mended and proved, in/);
  assert.deepEqual(
    (await rows(window)).map(({ id, status }) => [id, status.lamp]),
    [[connection.id, "active"]],
    "the same connection works again",
  );
  await window.screenshot("tour-3-proved");

  await window.press("button", "Remove it and end");
  await window.waitForText("Nothing is connected yet");
  await window.waitForNoText("Leave tour");
  assert.deepEqual(await rows(window), [], "its row is gone");
  const practice = await window.ask<{ live_grant_count: number }>("practice");
  assert.equal(practice.live_grant_count, 0, "its grant is gone at the provider too");
});

/** B12 F4: the window stood open, and nobody was there. */
it("tells what failed while nobody looked, what is next, and forgets it once it is read", async () => {
  await window.ask("start_practice");
  await consent();
  await window.driver.wait(async () => (await rows(window)).length === 1, 15_000);
  await window.ask("do_practice_deed", { deed: "revoke_grants" });
  const refused = await patchbay(window.home, "refresh", "Practice");
  assert.equal(refused.code, 20, refused.err);
  lastTouched(2 * HOUR_MS);
  await window.driver.navigate().refresh();

  await window.waitForText(/One thing failed while you were away, since .*; it still stands\./);
  await window.screenshot("away-1-board");
  await window.press("button", "Show");
  await window.waitForText("still stands");
  await window.find("button", "Reconnect Practice");
  await window.screenshot("away-2-activity");
  await window.press("button", "Mark as read");
  await window.waitForNoText("while you were away");

  await window.driver.navigate().refresh();
  await window.waitForText(/refreshes in|failed/);
  assert.equal(await window.has("button", "Mark as read"), false, "read is read");
});

/** As if the last touch of the window were so long ago. */
function lastTouched(agoMs: number): void {
  const database = new DatabaseSync(join(window.home, "patchbay.db"), { timeout: 5_000 });
  try {
    database
      .prepare("INSERT OR REPLACE INTO settings (key, value) VALUES ('attendance', ?)")
      .run(JSON.stringify([Date.now() - agoMs, []]));
  } finally {
    database.close();
  }
}
