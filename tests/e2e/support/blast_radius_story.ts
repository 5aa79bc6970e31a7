// What else breaks, told of any n8n: workflows of two platforms lean on one account, the platform's copy of it dies, then
// ours, and it is followed to the report.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { By, type WebDriver } from "selenium-webdriver";
import { answerPractice, startChromium, type Chromium } from "./chromium.ts";
import { SIZES } from "./looks.ts";
import { row, rows, waitForLamp } from "./steps.ts";
import { startWindow, type AppWindow } from "./window.ts";

/** What an n8n is set up from: whose account its credential is of, and the browser in which to agree to it. */
export type Beginning = {
  readonly credentialName: string;
  /** The practice provider of the window, and the client that it signs in with. */
  readonly issuer: string;
  readonly clientId: string;
  readonly browser: WebDriver;
};

/** An n8n with one credential and one active workflow on it, "Order sync". */
export type StoryN8n = {
  readonly origin: string;
  readonly key: string;
  /** Its grant ends, and a run fails for it. */
  die(): Promise<void>;
  /** Runs the workflow; whether it went well. */
  run(): Promise<boolean>;
  isActive(): Promise<boolean>;
  /** The token answer that the credential holds. */
  held(): Promise<Record<string, unknown>>;
  /** Set where its API takes no grant: brings one in by its own command line, and runs again what had failed. */
  readonly importFile?: (path: string) => Promise<void>;
  stop(): Promise<void>;
};

type PlatformConnection = { name: string; lamp: string; joined: { is_confirmed: boolean } | null };

/** Defines the tests of the story; `pictures` is what its pictures are called. */
export function tellBlastRadius(pictures: string, begin: (from: Beginning) => Promise<StoryN8n>): void {
  let chromium: Chromium;
  let window: AppWindow;
  let n8n: StoryN8n;
  const folder = mkdtempSync(join(tmpdir(), "patchbay-workflows-"));
  before(async () => {
    [chromium, window] = await Promise.all([startChromium(), startWindow()]);
  });
  after(async () => {
    await window?.stop();
    await n8n?.stop();
    await chromium?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Goes to a page by its address, as Back does. */
  async function open(screen: string, id: string): Promise<void> {
    await window.driver.executeScript("location.hash = arguments[0]", `#/${screen}/${id}`);
  }

  /** Clicks the box of that label; the box itself is drawn, and its input lies under it. */
  async function tick(label: string): Promise<void> {
    const box = await window.driver.findElement(By.xpath(`//label[.//*[normalize-space() = "${label}"]]`));
    await window.driver.wait(async () => {
      const input = await box.findElement(By.css("input"));
      return input.isEnabled();
    }, 10_000);
    await box.click();
  }

  const picture = (name: string): Promise<string> => window.screenshot(`${pictures}-${name}`);

  /** D2: what no platform tells is listed by hand; it names our own connection by its id. */
  it("imports a list of workflows that lean on a connection", async () => {
    await window.press("button", "Start practice");
    const page = new URL(await window.browser.nextUrl());
    await answerPractice(chromium.page, page.href, "allow");
    await window.press("button", "Show connection");
    await waitForLamp(window, "active");
    const { id, account } = (await rows(window))[0]!;
    n8n = await begin({
      credentialName: `Practice (${account})`,
      issuer: page.origin,
      clientId: page.searchParams.get("client_id")!,
      browser: chromium.page,
    });

    const list = join(folder, "workflows.csv");
    writeFileSync(
      list,
      [
        "workflow,step,connection,customer,owner,schedule,active,access",
        `Morning report,Read orders,${id},Fjord Studio,Mira,every 15 minutes,yes,reads`,
        `Old letter,Send it,${id},Fjord Studio,Mira,weekly,no,writes`,
      ].join("\n"),
    );
    await window.press("link", /^Platforms/);
    await window.press("button", "Import an export…");
    await window.fill("File", list);
    await window.press("button", "Import");
    await window.press("button", "Show its blast radius");

    await window.find("treeitem", /Morning report/);
    await picture("1-imported");
  });

  /** A3 D2: the key goes once, and the platform is read. */
  it("adds n8n with a key, reads it, and joins its copy of the account once a person says so", async () => {
    await window.press("link", /^Platforms/);
    await window.press("button", /Add a platform…/);
    await window.fill("Address", n8n.origin);
    await window.fill("API key", n8n.key);
    await window.press("button", "Add n8n");

    await window.find("row", /^Practice \(.*\) in n8n/);
    await window.press("button", /^Confirm: /);
    await window.waitForNoText("Confirm");
    const copies = await window.ask<PlatformConnection[]>("list_platform_connections");
    assert.equal(copies.find((one) => one.name.startsWith("Practice"))?.joined?.is_confirmed, true);
    assert.doesNotMatch(await window.text(), new RegExp(n8n.key));
    await picture("2-joined");
  });

  /** A8 D1: two planes, each with a verdict of its own. */
  it("says that the copy is dead while the sign-in is fine", async () => {
    await n8n.die();
    await window.press("button", /^Read now: n8n/);

    await window.find("row", /^Practice \(.*\) in n8n.*: reauth_required/);
    await window.waitForText(/[Yy]our sign-in is fine/);
    await picture("3-copy-dead");

    // E1: nothing is called well on the board while a workflow waits for the copy.
    await window.press("link", /^Board/);
    await window.waitForText(/^Practice \(.* needs you: 1 workflow waits for it\.$/m);
    const shown = await window.text();
    assert.match(shown, /The one connection of your own works\./);
    assert.doesNotMatch(shown, /Nothing needs you/);
    for (const [width, height] of SIZES) {
      await window.resize(width, height);
      await picture(`3-board-${width}`);
    }
    await window.resize(...SIZES[0]);
    await window.press("button", /^Open the incident of Practice/);
    await window.waitForText(/is dead and stops 1 workflow/);
    await window.waitForText(/a workflow’s run, Order sync/);
    await picture("3-incident-of-copy");
  });

  /** D4 D6: the incident opens by itself, and pausing is offered only where it can be done. */
  it("opens an incident when the connection dies, and pauses what can be paused", async () => {
    await open("connection", (await row(window, "Practice")).id);
    await window.press("button", "Revoke the grant");
    await window.press("button", /^Test call/);
    await waitForLamp(window, "reauth_required");

    await window.press("link", /^Incidents/);
    await window.press("link", "Practice");
    await window.waitForText(/is dead and stops 2 workflows/);
    const shown = await window.text();
    assert.match(shown, /Morning report/);
    assert.match(shown, /Order sync/);
    assert.doesNotMatch(shown, /Old letter/, "what is switched off stops nothing");
    assert.match(shown, /not from here: Morning report/);
    assert.match(shown, /1 run failed since/, "the copy died before the connection did");
    await picture("4-incident");

    await window.press("button", "Pause 1 of 2 until mended");

    await window.waitForText(/1 workflow is paused at n8n/);
    assert.equal(await n8n.isActive(), false, "it is switched off there");
  });

  /** A7 D4: a canary before anything is let loose. */
  it("is mended by a reconnect, and a canary shows it", async () => {
    await window.press("button", /^Reconnect/);
    await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");
    await window.waitForText(/works again; 2 of 2 workflows wait to be validated/);
    await window.press("button", "Make the call");

    await window.waitForText(/^Worked /m);
    await picture("5-mended");
  });

  /** D2 S159: the copy is mended from here with a grant of its own, and a run proves it. */
  it("hands n8n a grant of its own, and says by which run it is proved", async () => {
    const before = await n8n.held();
    await window.press("link", /^Platforms/);
    await window.press("button", /^Mend in n8n/);
    await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");

    if (n8n.importFile === undefined) {
      await window.find("dialog", /^Practice \(.*\) in n8n.* holds a grant of its own$/);
      await window.waitForText("Proved by a run: Order sync ran again, and went well.");
      await window.waitForText(/^Run \d+ at n8n/m);
    } else {
      await window.find("dialog", /^A grant for Practice \(.*\) in n8n.* is in a file$/);
      const [, path] = /import:credentials --input="([^"]+)"/.exec(await window.text())!;
      await n8n.importFile(path!);
    }
    await picture("6-handed-over");
    await window.press("button", "Done");
    if (n8n.importFile !== undefined) await window.press("button", /^Read now: n8n/);
    await window.find("row", /^Practice \(.*\) in n8n.*: active/);
    const token = await n8n.held();
    assert.equal(typeof token["refresh_token"], "string", "it can refresh by itself");
    assert.notEqual(token["access_token"], before["access_token"], "it is another grant than the dead one");
    assert.equal((await rows(window)).length, 1, "no connection was made of it");
    assert.equal((await row(window, "Practice")).status.lamp, "active", "and ours holds");
  });

  /** D4 D6: what was paused here runs again, and goes well. */
  it("resumes what was paused, and the run is green", async () => {
    await window.press("link", /^Incidents/);
    await window.press("link", "Practice");
    await window.press("button", "Resume it");
    await window.waitForText(/Nothing is paused/);
    assert.equal(await n8n.isActive(), true, "it runs again there");
    assert.equal(await n8n.run(), true, "and goes well");

    await window.press("link", /^Platforms/);
    await window.press("button", /^Read now: n8n/);
    await window.find("row", /^Practice \(.*\) in n8n.*: active/);
    await window.waitForText(/Both work\./);
    await picture("7-green");
  });

  /** D4 D5 */
  it("ticks the workflows off, and closes with a report", async () => {
    await window.press("link", /^Incidents/);
    await window.press("link", "Practice");
    for (const workflow of ["Morning report", "Order sync"]) await tick(`${workflow} runs well`);
    await window.waitForText(/all 2 workflows are validated/);
    await window.press("button", "Close…");
    await window.fill("Note for the report", "Told Fjord Studio.");
    await window.press("button", "Close the incident");

    await window.waitForText(/was down for/);
    await window.waitForText(/Told Fjord Studio\./);
    await picture("8-report");
    const incidents = await window.ask<{ id: string; closed_at: number | null }[]>("list_incidents");
    const closed = incidents.find((it) => it.closed_at !== null);
    const path = await window.ask<string>("save_incident_report", { id: closed!.id });
    assert.match(readFileSync(path, "utf8"), /Morning report[\s\S]*Order sync/);
  });
}
