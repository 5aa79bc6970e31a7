// Trying it without an account: a grant of the practice provider is broken with its switches and mended.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { Key } from "selenium-webdriver";
import { answerPractice, startChromium, type Chromium } from "./support/chromium.ts";
import { rows, shownInBrowser, timeline, waitForLamp, waitForTimeline } from "./support/steps.ts";
import { startWindow, type AppWindow } from "./support/window.ts";

type Reached = { name: string; isInPanes: boolean; isCovered: boolean };

/** What has the keyboard: its name, whether it lies in the panes, and whether the result at the foot lies over it. */
const FOCUSED = `
  const focused = document.activeElement;
  const box = focused.getBoundingClientRect();
  const foot = document.querySelector(".drawer").getBoundingClientRect();
  const name = focused.getAttribute("aria-label") ?? focused.innerText;
  const isInPanes = focused.closest(".panes") !== null;
  return { name, isInPanes, isCovered: isInPanes && box.bottom > foot.top + 1 };
`;

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
  await nothingWithTheKeyboardIsCovered();

  await window.press("switch", "Rate limit");
  await window.press("button", "Refresh now");
  await waitForTimeline(window, /^Refreshed/);
  await waitForLamp(window, "active");
});

/** Whatever the Tab key comes to while the last result stands at the foot: at both sizes of the window. */
async function nothingWithTheKeyboardIsCovered(): Promise<void> {
  for (const [width, height] of [
    [1280, 800],
    [900, 600],
  ] as const) {
    await window.resize(width, height);
    const across = (): Promise<number> => window.driver.executeScript<number>("return innerWidth");
    await window.driver.wait(async () => (await across()) === width, 20_000, `as wide as is meant, ${width}`);
    await window.driver.executeScript("document.activeElement?.blur(); getSelection().removeAllRanges()");
    const reached = new Set<string>();
    for (let presses = 0; presses < 60; presses++) {
      await window.driver.actions().sendKeys(Key.TAB).perform();
      const { name, isInPanes, isCovered } = await window.driver.executeScript<Reached>(FOCUSED);
      assert.equal(isCovered, false, `${name} is beneath the result at ${width} by ${height}`);
      if (isInPanes) reached.add(name);
    }
    assert.ok(reached.size > 8, `more lies in the panes than ${[...reached].join(", ")}`);
  }
  await window.resize(1280, 800);
}

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
