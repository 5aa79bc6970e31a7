// The administrator after the password reset: thirty accounts were revoked, and come back with thirty consents and no other
// click; what is skipped, handed over or refused is told; the record at the end. Then once with the keyboard alone.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Key } from "selenium-webdriver";
import { answerPractice, startChromium, type Chromium } from "./support/chromium.ts";
import { startStaff, type Staff } from "./support/staff.ts";
import { rows } from "./support/steps.ts";
import { newHome, startWindow, type AppWindow } from "./support/window.ts";

const COUNT = 30;

const SUITE = { skip: process.platform === "win32", timeout: 1_500_000 };

describe("an administrator after a password reset", SUITE, () => {
  const home = newHome();
  let staff: Staff;
  let chromium: Chromium;
  let window: AppWindow;
  let ids: string[];
  before(
    async () => {
      [staff, chromium] = await Promise.all([startStaff(COUNT), startChromium()]);
      ids = await staff.connect(home);
      window = await startWindow({ home });
      await lean(window, ids[16]!, 3);
    },
    { timeout: 300_000 },
  );
  after(async () => {
    await window?.stop();
    await chromium?.stop();
    await staff?.stop();
  });

  /** E3 D4 */
  it(
    "brings thirty accounts back with thirty consents and no other click",
    { timeout: 400_000 },
    async () => {
      assert.equal(await staff.revoke(), COUNT);
      await notice(ids);
      await window.waitForText(
        /^30 connections need you; the first run that fails is Brightwater Dental, Recall letters [123], /m,
      );
      await window.waitForText(/3 workflows hang on Mailbox 17/);
      await window.press("button", "Queue of 30");
      await window.waitForText("30 connections need a sign-in.");
      await window.screenshot("queue-1-before");

      await window.press("button", "Start with Mailbox 17");
      const asked: string[] = [];
      for (let consent = 0; consent < COUNT; consent += 1) {
        const url = await window.browser.nextUrl(30_000);
        asked.push(new URL(url).searchParams.get("login_hint") ?? "");
        await answerPractice(chromium.page, url, "allow");
        if (consent === 11) await window.screenshot("queue-2-under-way");
      }

      await window.waitForText(/All 30 are back in /);
      await window.screenshot("queue-3-through");
      assert.equal(window.browser.untaken(), 0, "one tab each, and none more");
      assert.equal(asked[0], "staff-17@brightwater.example", "what stops most comes first");
      assert.equal(new Set(asked).size, COUNT, "each as the account it had");
      const after = await rows(window);
      assert.ok(after.every((row) => row.status.lamp === "active"));
      for (const [index, id] of ids.entries())
        assert.equal(after.find((row) => row.id === id)?.account, `staff-${index + 1}@brightwater.example`);
      assert.doesNotMatch(await window.text(), /is back\.\s[\s\S]*is back\./, "thirty toasts are a wall");
    },
  );

  /** E3: the record. */
  it("has a record of it, to read and as a file", async () => {
    await window.press("button", "Record…");
    await window.find("dialog", "The record");
    await window.waitForText("Every connection was brought back.");
    await window.screenshot("queue-4-record");
    await window.press("button", "Save as CSV");
    await window.waitForText(/Written to .*\.csv/);
    await window.driver.actions().sendKeys(Key.ESCAPE).perform();
    await window.waitForNoText("Save as CSV");

    const [pass] = await window.ask<{ id: string }[]>("list_passes");
    const path = await window.ask<string>("save_pass_record", { id: pass!.id, file: "csv" });
    const lines = readFileSync(path, "utf8").trim().split("\r\n");
    assert.equal(lines.length, COUNT + 1, "a line for each");
    assert.ok(lines.slice(1).every((line) => line.includes(",reconnected,,")));
    await window.press("button", "Done");
  });

  /** E3 A7: one left for later and taken back, one handed over, another account refused. */
  it(
    "tells what was skipped, handed over and refused, and takes a skip back",
    { timeout: 200_000 },
    async () => {
      const some = ["staff-1", "staff-2", "staff-3", "staff-4"];
      assert.equal(await staff.revoke(some), 4);
      await notice(ids.slice(0, 4));
      await window.press("link", /^Reconnect queue/);
      await window.press("button", /^Start with /);

      let handed = "";
      let refused = "";
      for (const deed of ["refuse", "skip", "hand over", "allow"]) {
        const url = await window.browser.nextUrl(30_000);
        const account = new URL(url).searchParams.get("login_hint")!.split("@")[0]!;
        // The tab may open before the window has drawn whose it is; a person reads before the click.
        await window.waitForText(`as ${account}@brightwater.example, in your browser.`);
        if (deed === "refuse") {
          refused = account;
          await answerPractice(chromium.page, url, "allow", "jonas");
        } else if (deed === "skip") {
          await window.press("button", /^Skip/);
          await window.waitForText(/ is skipped\./);
        } else if (deed === "hand over") {
          handed = account;
          await window.press("button", "More for the queue");
          await window.press("menuitem", /^Someone else has to do /);
          const text = await (await window.find("textbox", "The text")).getAttribute("value");
          assert.match(text ?? "", new RegExp(`needs a new sign-in as ${account}@brightwater\\.example`));
          await window.screenshot("queue-5-someone-else");
          await window.press("button", "Leave it to them");
        } else {
          await answerPractice(chromium.page, url, "allow");
        }
      }

      await window.waitForText(/1 of 4 is back in .*; 1 skipped, 1 handed over and 1 came to nothing\./);
      const shown = await window.text();
      assert.match(shown, /jonas\S*, refused/);
      await window.screenshot("queue-6-rest");
      assert.ok(!(await staff.alive()).includes("jonas"), "the refused grant was taken back");
      assert.ok(!(await staff.alive()).includes(refused) && !(await staff.alive()).includes(handed));

      const second = window.browser.nextUrl(30_000);
      await window.driver.actions().keyDown(Key.CONTROL).sendKeys("z").keyUp(Key.CONTROL).perform();
      await window.driver.actions().keyDown(Key.CONTROL).sendKeys("z").keyUp(Key.CONTROL).perform();
      await answerPractice(chromium.page, await second, "allow");
      await answerPractice(chromium.page, await window.browser.nextUrl(30_000), "allow");
      await window.waitForText(/3 of 4 are back in .*; 1 came to nothing\./);
      await window.press("button", /^Start with the one left/);
      await answerPractice(chromium.page, await window.browser.nextUrl(30_000), "allow");
      await window.waitForText(/It is back in /);
      await window.press("button", "Done");
      assert.ok((await rows(window)).every((row) => row.status.lamp === "active"));
    },
  );

  /** E3: every step of it by keyboard. */
  it("is gone through with the keyboard alone", { timeout: 200_000 }, async () => {
    await window.press("link", /^Board/);
    assert.equal(await staff.revoke(["staff-5", "staff-6", "staff-7"]), 3);
    await notice(ids.slice(4, 7));
    await window.waitForText("Three connections need you");
    const type = async (...keys: string[]) =>
      window.driver
        .actions()
        .sendKeys(...keys)
        .perform();

    await window.driver.actions().keyDown(Key.CONTROL).sendKeys("k").keyUp(Key.CONTROL).perform();
    await window.find("dialog", "Find or do");
    await type("reconnect all");
    await window.find("option", "Reconnect all 3 that need a sign-in");
    await type(Key.ENTER);
    await answerPractice(chromium.page, await window.browser.nextUrl(30_000), "allow");
    const left = await window.browser.nextUrl(30_000);
    const [account] = new URL(left).searchParams.get("login_hint")!.split("@");
    await window.waitForText(`as ${account}@brightwater.example, in your browser.`);
    await window.waitForText(/1 of 3 is back\./);
    await type("s");
    await window.waitForText(/ is skipped\./);
    await answerPractice(chromium.page, await window.browser.nextUrl(30_000), "allow");
    await window.waitForText(/2 of 3 are back in .*; 1 skipped\./);

    await window.driver.actions().keyDown(Key.CONTROL).sendKeys("z").keyUp(Key.CONTROL).perform();
    const again = await window.browser.nextUrl(30_000);
    assert.equal(
      new URL(again).searchParams.get("login_hint"),
      new URL(left).searchParams.get("login_hint"),
      "what was skipped is opened again",
    );
    await answerPractice(chromium.page, again, "allow");
    await window.waitForText(/All 3 are back in /);
    await window.screenshot("queue-7-by-keyboard");
  });

  /** A person's click on each, as the next use would: so it is seen that its grant is gone. */
  async function notice(which: readonly string[]): Promise<void> {
    for (const id of which) await window.ask("refresh_now", { id });
  }
});

/** So many workflows that lean on one connection, by a list. */
async function lean(window: AppWindow, connection: string, count: number): Promise<void> {
  const lines = ["workflow,step,connection,customer,schedule,active,access"];
  for (let number = 1; number <= count; number += 1)
    lines.push(`Recall letters ${number},Send,${connection},Brightwater Dental,daily 14:00 UTC,yes,writes`);
  const path = join(window.home, "leaning.csv");
  writeFileSync(path, lines.join("\n"));
  const told = await window.ask<{ state: string }>("import_workflows", {
    path,
    reading: "leaning",
    kind: "by_hand",
    platform: null,
    name: null,
    customer: null,
  });
  assert.equal(told.state, "read", JSON.stringify(told));
}
