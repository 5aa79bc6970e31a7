// The builder on Monday morning: a Zap is off. Which connection, why, what else is hit, one click, proof that it works; then
// the same with the keyboard alone.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { By, Key } from "selenium-webdriver";
import { answerPractice, startChromium, type Chromium } from "./support/chromium.ts";
import { CUT_OFF, NOT_PRESSABLE, SCROLLS_SIDEWAYS, STICKS_OUT } from "./support/looks.ts";
import { closeIncidents, row, rows, waitForLamp } from "./support/steps.ts";
import { startWindow, type AppWindow } from "./support/window.ts";

/** It works again, and nobody has looked yet whether what it stopped runs. */
const MENDED = /The incident of Practice is still open; 2 workflows were not seen running again\./;

/** As the navigation has them. */
const SCREENS = [
  "board",
  "queue",
  "radius",
  "incidents",
  "checklists",
  "platforms",
  "clients",
  "activity",
  "practice",
  "settings",
  "import",
];

describe("a builder on Monday morning", () => {
  let chromium: Chromium;
  let window: AppWindow;
  const folder = mkdtempSync(join(tmpdir(), "patchbay-monday-"));
  before(async () => {
    [chromium, window] = await Promise.all([startChromium(), startWindow()]);
  });
  after(async () => {
    await window?.stop();
    await chromium?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const focused = (): Promise<string> =>
    window.driver.executeScript<string>(
      "return document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? ''",
    );
  const type = (...keys: string[]): Promise<void> =>
    window.driver
      .actions()
      .sendKeys(...keys)
      .perform();
  // As the page has it: WebDriver's own reading of a clamped line is empty in WebKit.
  const heading = async (): Promise<string> =>
    window.driver.executeScript("return document.querySelector('h1').innerText");

  /** Ends the grant at the provider, and lets a test call find it out. */
  async function breakIt(): Promise<void> {
    const { id } = await row(window, "Practice");
    await window.driver.executeScript("location.hash = arguments[0]", `#/connection/${id}`);
    await window.press("button", "Revoke the grant");
    await window.press("button", /^Test call/);
    await waitForLamp(window, "reauth_required");
    await window.press("link", /^Board/);
  }

  /** D1 D2: what hangs on the connection, with its times. */
  it("has a connection that two workflows lean on", async () => {
    await window.press("button", "Start practice");
    await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");
    await window.press("button", "Show connection");
    await waitForLamp(window, "active");
    const id = (await rows(window))[0]?.id;
    assert.ok(id !== undefined, "there is one row");
    const list = join(folder, "workflows.csv");
    writeFileSync(
      list,
      [
        "workflow,step,connection,customer,owner,schedule,active,access",
        `Morning report,Read orders,${id},Fjord Studio,Mira,every 15 minutes,yes,reads`,
        `Recall letters,Read people,${id},Brightwater Dental,Jonas,daily 14:00 UTC,yes,reads`,
      ].join("\n"),
    );
    await window.press("link", /^Platforms/);
    await window.press("button", "Import an export…");
    await window.fill("File", list);
    await window.press("button", "Import");
    await window.press("button", "Show its blast radius");
    await window.find("treeitem", /Recall letters/);
    await window.press("link", /^Board/);
    await window.waitForText(/Nothing needs you/);
    await window.waitForText(/Nothing is known to break|Nothing breaks before/);
    await window.screenshot("board-quiet");
  });

  /** B1 D3 E1: within one look: which, why, what fails first. */
  it("says which connection, why, and which run fails first", async () => {
    await breakIt();

    await window.waitForText(/Practice needs you; the first run that fails is Fjord Studio, Morning report/);
    const shown = await window.text();
    assert.match(shown, /grant revoked/);
    assert.match(shown, /2 workflows/);
    // They come behind the headline.
    const marks = async () => (await window.driver.findElements(By.css(".axis button.run"))).length;
    await window.driver.wait(async () => (await marks()) >= 2, 10_000, "both workflows have a mark ahead");
    await window.screenshot("board-monday");
  });

  /** E1: one click, one consent. */
  it("brings it back with one click, and proves it", async () => {
    await window.press("button", /^Reconnect Practice/);
    await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");
    await window.waitForText(MENDED);
    if (await window.has("button", "Close")) await window.press("button", "Close");

    await window.waitForNoText(/the first run that fails/);
    assert.equal((await row(window, "Practice")).status.lamp, "active");
  });

  /** E1: the same by the keyboard alone: horizon, row, reconnect, tick, test. */
  it("does it again with the keyboard alone", async () => {
    await breakIt();
    await window.waitForText(/Practice needs you/);
    // The sentence's button comes first, then the horizon as one stop.
    await window.driver.findElement(By.css("main")).sendKeys(Key.TAB);
    for (let steps = 0; steps < 12 && !(await focused()).startsWith("Reconnect Practice"); steps += 1)
      await type(Key.TAB);
    assert.match(await focused(), /^Reconnect Practice/);
    // What failed while nobody touched the window may stand between.
    for (let steps = 0; steps < 5 && !/how far the horizon reaches$/.test(await focused()); steps += 1)
      await type(Key.TAB);
    assert.match(await focused(), /how far the horizon reaches$/);
    await type(Key.TAB);
    assert.match(await focused(), /fails.*Practice/s, "the first mark says what fails, and for what");
    await type(Key.ARROW_RIGHT);
    assert.match(await focused(), /fails/);

    await type("/");
    await type("practice", Key.ENTER);
    await window.driver.wait(async () => /^Practice/.test(await focused()), 5_000);
    await type("r");
    await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");
    await window.driver.wait(async () => (await row(window, "Practice")).status.lamp === "active", 15_000);
    if (await window.has("button", "Close")) await type(Key.ESCAPE);

    await type("/");
    await type(Key.ENTER);
    await window.driver.wait(async () => /^Practice/.test(await focused()), 5_000);
    await type(" ", "t");
    await window.waitForText(/1 tested: 1 works\./);
    await window.screenshot("board-keyboard");
    await type(Key.ESCAPE);
    await window.waitForNoText(/1 tested/);
    assert.match(await heading(), MENDED, "it works, and nobody has seen its workflows run");
    await closeIncidents(window);
    await window.waitForText(/Nothing needs you; the one connection works\./);
  });

  /** E1: the list of keys is a key away. */
  it("lists its shortcuts", async () => {
    await type("?");
    await window.find("dialog", "Shortcuts");
    await window.screenshot("board-keys");
    await type(Key.ESCAPE);
    await window.waitForNoText(/Tick what is passed/);
  });

  /** What stays out of reach once all that moves has come to rest: a notice lies on a button for a moment only. */
  async function outOfReach(): Promise<string[]> {
    const look = async () => {
      const all = [];
      for (const script of [STICKS_OUT, CUT_OFF, SCROLLS_SIDEWAYS, NOT_PRESSABLE])
        all.push(...(await window.driver.executeScript<string[]>(script)));
      return all;
    };
    const giveUpAt = Date.now() + 15_000;
    let found = await look();
    while (found.length > 0 && Date.now() < giveUpAt) {
      await window.driver.sleep(250);
      found = await look();
    }
    return found;
  }

  /** In the smallest window: nothing beyond its edge, nothing cut off, every button in reach of a press. */
  async function everyScreenIsInReach(usual: number): Promise<void> {
    const across = () => window.driver.executeScript<number>("return innerWidth");
    const height = await window.driver.executeScript<number>("return outerHeight");
    await window.resize(900, 600);
    await window.driver.wait(async () => (await across()) === 450, 20_000, "half of the smallest window");
    const { id } = await row(window, "Practice");
    const found: string[] = [];
    for (const screen of [...SCREENS, `connection/${id}`, `diagnosis/${id}`]) {
      await window.driver.executeScript("location.hash = arguments[0]", `#/${screen}`);
      await window.driver.wait(
        async () => (await window.driver.findElements(By.css("main [aria-busy='true']"))).length === 0,
        20_000,
        `${screen} is read`,
      );
      found.push(...(await outOfReach()).map((one) => `${screen}: ${one}`));
      await window.screenshot(`smallest-${screen.split("/")[0]}`);
    }
    await window.driver.executeScript("location.hash = '#/board'");
    await window.resize(usual, height);
    assert.deepEqual(found, []);
  }

  /** WCAG 1.4.4: everything is drawn larger, and is laid out for the room that is left. */
  it("draws everything at twice its size, and as usual again", async () => {
    const across = () => window.driver.executeScript<number>("return innerWidth");
    const control = (key: string) =>
      window.driver.actions().keyDown(Key.CONTROL).sendKeys(key).keyUp(Key.CONTROL).perform();
    const usual = await across();
    for (let step = 0; step < 3; step += 1) await control("+");
    await window.driver.wait(
      async () => Math.abs((await across()) - usual / 2) <= 1,
      10_000,
      "half the room",
    );
    await window.screenshot("board-at-twice-its-size");
    await everyScreenIsInReach(usual);
    await control("0");
    await window.driver.wait(async () => (await across()) === usual, 20_000, "all of it");
  });

  /** WCAG 1.4.10: zoomed to 200 %, lamp, name, status and action stay. */
  it("keeps lamp, name, status and action at 640 pixels", async () => {
    await window.resize(640, 480);
    const shown = await window.driver.findElement(By.css(".board-row")).getText();
    assert.match(shown, /Practice/);
    assert.match(shown, /active/);
    const overflow = await window.driver.executeScript<number>(
      "return document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    assert.ok(overflow <= 0, "nothing runs out at the side");
    await window.screenshot("board-zoomed");
  });
});
