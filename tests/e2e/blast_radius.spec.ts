// What else breaks: workflows of two platforms lean on one connection, it dies, and it is followed to the report.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { By } from "selenium-webdriver";
import { answerPractice, startChromium, type Chromium } from "./support/chromium.ts";
import { startN8n, type N8nServer } from "./support/n8n_server.ts";
import { row, rows, waitForLamp } from "./support/steps.ts";
import { startWindow, type AppWindow } from "./support/window.ts";

type PlatformConnection = { name: string; lamp: string; joined: { is_confirmed: boolean } | null };

let chromium: Chromium;
let window: AppWindow;
let n8n: N8nServer;
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

/** D2: what no platform tells is listed by hand; it names our own connection by its id. */
it("imports a list of workflows that lean on a connection", async () => {
  await window.press("button", "Start practice");
  await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");
  await window.press("button", "Show connection");
  await waitForLamp(window, "active");
  const { id, account } = (await rows(window))[0]!;
  n8n = await startN8n(`Practice (${account})`);

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
  await window.screenshot("blast-radius-1-imported");
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
  await window.screenshot("blast-radius-2-joined");
});

/** A8 D1: two planes, each with a verdict of its own. */
it("says that the copy is dead while the sign-in is fine", async () => {
  n8n.failOnce();
  await window.press("button", /^Read now: n8n/);

  await window.find("row", /^Practice \(.*\) in n8n.*: reauth_required/);
  await window.waitForText(/[Yy]our sign-in is fine/);
  await window.screenshot("blast-radius-3-copy-dead");
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
  await window.screenshot("blast-radius-4-incident");

  await window.press("button", "Pause it");

  await window.waitForText(/1 workflow is paused at n8n/);
  assert.equal(n8n.isActive(), false, "it is switched off there");
});

/** A7 D4: a canary before anything is let loose. */
it("is mended by a reconnect, and a canary shows it", async () => {
  await window.press("button", /^Reconnect/);
  await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");
  await window.waitForText(/works again; 2 of 2 workflows wait to be validated/);
  await window.press("button", "Make the call");

  await window.waitForText(/^Worked /m);
  await window.screenshot("blast-radius-5-mended");
});

/** D2 S159: the copy is mended from here with a grant of its own, and a run proves it. */
it("pushes a grant of its own into n8n, and a run there proves it", async () => {
  await window.press("link", /^Platforms/);
  await window.press("button", /^Mend in n8n/);
  await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");

  await window.press("button", "Done");
  await window.find("row", /^Practice \(.*\) in n8n.*: active/);
  const token = n8n.pushed()?.["oauthTokenData"] as Record<string, unknown>;
  assert.equal(typeof token["refresh_token"], "string", "it can refresh by itself");
  assert.equal((await rows(window)).length, 1, "no connection was made of it");
  assert.equal((await row(window, "Practice")).status.lamp, "active", "and ours holds");
  await window.screenshot("blast-radius-6-pushed");
});

/** D4 D5 D6 */
it("resumes, ticks the workflows off, and closes with a report", async () => {
  await window.press("link", /^Incidents/);
  await window.press("link", "Practice");
  await window.press("button", "Resume it");
  await window.waitForText(/Nothing is paused/);
  assert.equal(n8n.isActive(), true, "it runs again there");

  for (const workflow of ["Morning report", "Order sync"]) {
    await tick(`${workflow} runs well`);
  }
  await window.waitForText(/all 2 workflows are validated/);
  await window.press("button", "Close…");
  await window.fill("Note for the report", "Told Fjord Studio.");
  await window.press("button", "Close the incident");

  await window.waitForText(/was down for/);
  await window.waitForText(/Told Fjord Studio\./);
  await window.screenshot("blast-radius-7-report");
  const [incident] = await window.ask<{ id: string }[]>("list_incidents");
  const path = await window.ask<string>("save_incident_report", { id: incident!.id });
  assert.match(readFileSync(path, "utf8"), /Morning report[\s\S]*Order sync/);
});
