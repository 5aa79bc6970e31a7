// The agency before the demo: a checklist from a template, a rehearsal that ends in "hold until", one that is broken,
// the one thing to mend, mended, and once more in one click. Google is played by `emulate`, Notion by the practice provider from
// Notion's own file, and the practice provider plays itself as the one that breaks.
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { By } from "selenium-webdriver";
import { agreeAtEmulate, answerPractice, startChromium, type Chromium } from "./support/chromium.ts";
import { pointAtEmulator, startEmulate, type Emulator } from "./support/emulate.ts";
import { breaches, outOfReach, pictures } from "./support/looks.ts";
import { startPlayed, type Played } from "./support/played.ts";
import { freePort } from "./support/program.ts";
import { fillConnectForm, openBrowserAndConnect, row, waitForLamp } from "./support/steps.ts";
import { newHome, startWindow, type AppWindow } from "./support/window.ts";

type Rehearsal = {
  ended_at: number | null;
  certificate: { state: string } | null;
  members: { name: string; steps: { step: { kind: string }; state: { state: string; seen?: string } }[] }[];
};

const client = { id: "fresh-app", secret: "fresh-app-secret" };
const home = newHome();
/** A rehearsal waits for nobody but a person; a loaded machine takes its time. */
const RUN_WITHIN_MS = 90_000;
let chromium: Chromium;
let emulator: Emulator;
let notion: Played;
let window: AppWindow;
let checklist = "";
const breachesFound: string[] = [];

before(async () => {
  const [port, notionPort] = [await freePort(), await freePort()];
  const uri = `http://127.0.0.1:${port}/callback/google`;
  [chromium, emulator, notion] = await Promise.all([
    startChromium(),
    startEmulate("google", { ...client, redirectUris: [uri] }),
    startPlayed("notion", home, notionPort),
  ]);
  await notion.register(`http://localhost:${notionPort}/callback/notion`);
  pointAtEmulator(home, emulator, port);
  window = await startWindow({ home });
});
after(async () => {
  await window?.stop();
  await notion?.stop();
  await emulator?.stop();
  await chromium?.stop();
  rmSync(home, { recursive: true, force: true });
});

async function open(path: string): Promise<void> {
  await window.driver.executeScript("location.hash = arguments[0]", `#/${path}`);
}

/** Takes the pictures of one screen, and asks axe and the keyboard about it. */
async function examined(name: string, prepare: () => Promise<void>): Promise<void> {
  await pictures(window, name, prepare, async (theme) => {
    for (const breach of await breaches(window)) breachesFound.push(`${name}, ${theme}: ${breach}`);
    for (const one of await outOfReach(window))
      breachesFound.push(`${name}, ${theme}: the keyboard does not reach ${one}`);
  });
}

/** Ticks by the label: the box itself is drawn, its input has no size of its own. */
async function tick(words: string): Promise<void> {
  const label = By.xpath(`//label[.//span[normalize-space()="${words}"]]`);
  await window.driver.wait(
    async () => {
      const [found] = await window.driver.findElements(label);
      return (await found?.click().then(
        () => true,
        () => false,
      )) as boolean;
    },
    10_000,
    `${words} could not be ticked`,
  );
}

/** Whoever starts a rehearsal signs in where it asks for that. */
async function signInAtGoogle(): Promise<void> {
  await window.waitForText(/waits in your browser: sign in as ana@example\.test/, RUN_WITHIN_MS);
  await agreeAtEmulate(chromium.page, await window.browser.nextUrl(), emulator.users[0]);
}

/** Notion as it is played agrees at once. */
async function signInAtNotion(): Promise<void> {
  await window.waitForText(/waits in your browser: sign in as (?!ana@example\.test)/, RUN_WITHIN_MS);
  await chromium.page.get(await window.browser.nextUrl());
}

async function newest(): Promise<Rehearsal> {
  const view = await window.ask<Rehearsal | null>("rehearsal", { id: checklist, run: null });
  assert.ok(view !== null, "it was rehearsed");
  return view;
}

const stateOf = (view: Rehearsal, member: string, step: string): string | undefined =>
  view.members.find((one) => one.name === member)?.steps.find((one) => one.step.kind === step)?.state.state;

describe("the agency before the demo", () => {
  it("has three connections that a demo leans on", async () => {
    await window.press("button", "Start practice");
    await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");
    await window.press("button", "Show connection");
    await waitForLamp(window, "active");
    await fillConnectForm(window, "Google", client, "Google Drive");
    await openBrowserAndConnect(window, (url) => agreeAtEmulate(chromium.page, url, emulator.users[0]));
    await waitForLamp(window, "active");
    const { id, secret } = notion.client;
    assert.ok(secret !== null);
    await window.press("button", "Connect…");
    await window.fill("Provider", "Notion");
    await window.press("option", "Notion");
    await window.fill("OAuth client ID", id);
    await window.fill("OAuth client secret", secret);
    await openBrowserAndConnect(window, (url) => chromium.page.get(url));
    await waitForLamp(window, "active");
  });

  /** E4 */
  it("makes a checklist from a template", async () => {
    await window.press("link", "Checklists");
    await window.waitForText("Know before the demo that every connection holds.");
    await examined("checklists-empty", async () => {
      await window.find("button", "Use it: Google Drive and Docs");
    });
    await window.press("button", "Use it: Google Drive and Docs");
    await window.find("dialog", "Add connections");
    await tick("Notion");
    await tick("Practice");
    await window.press("button", "Add 3");
    await window.fill("Name", "Halden Optik demo");
    // Google shows the sign-in; the practice provider is only to be tried.
    await tick("Signed in again, Practice");
    await window.press("button", "Save");
    await window.find("button", "Rehearse");

    const [list] =
      await window.ask<{ id: string; name: string; members: { name: string }[] }[]>("checklists");
    assert.equal(list?.name, "Halden Optik demo");
    assert.deepEqual(list.members.map((one) => one.name).sort(), ["Google Drive", "Notion", "Practice"]);
    checklist = list.id;
    await examined("checklist", async () => {
      await open(`checklist/${checklist}`);
      await window.press("button", "Details of Practice");
      await window.waitForText("Signed in has to be");
    });
  });

  /** E4 A10: really signed out, in again as whom it says, and until when all of it holds. */
  it("runs it, signs in once for whom it says, and hears until when all of it holds", async () => {
    await window.press("button", "Rehearse");
    await window.waitForText(/waits in your browser: sign in as ana@example\.test/, RUN_WITHIN_MS);
    await examined("rehearsal", async () => {
      await window.waitForText(/waits in your browser/);
    });
    await signInAtGoogle();
    await signInAtNotion();

    await window.waitForText(/All three connections hold until /, RUN_WITHIN_MS);
    const view = await newest();
    assert.equal(view.certificate?.state, "holds");
    assert.equal(stateOf(view, "Google Drive", "sign_in_again"), "passed");
    assert.equal(stateOf(view, "Notion", "sign_in_again"), "passed");
    assert.deepEqual(
      await notion.complaints(),
      [],
      "all that was asked of Notion is what its file describes",
    );
    assert.equal(stateOf(view, "Practice", "sign_in_again"), undefined, "nobody asked for that");
    assert.equal(stateOf(view, "Practice", "object"), "passed", "made, read, changed and removed");
    assert.match(await window.text(), /none failed, nothing left behind/);
    await examined("certificate", async () => {
      await open(`rehearsal/${checklist}`);
      await window.waitForText(/All three connections hold until /);
    });
  });

  /** E4 B11: a certificate does not outlive what it certifies. */
  it("is told at once that the certificate is withdrawn when one is revoked", async () => {
    await open(`connection/${(await row(window, "Practice")).id}`);
    await window.press("button", "Revoke the grant");
    await window.press("button", /^Test call/);
    await waitForLamp(window, "reauth_required");

    await open(`rehearsal/${checklist}`);
    await window.waitForText(/Withdrawn at .*: Practice/);
    await window.find("button", "Reconnect Practice");
    await examined("certificate-withdrawn", async () => {
      await open(`rehearsal/${checklist}`);
      await window.waitForText(/Withdrawn at /);
    });
  });

  /** E4 C1: the one thing to mend, with its button; what was proved of the others stays proved. */
  it("ends in the one thing to mend while that is broken", async () => {
    await window.press("button", "Rehearse again");
    await signInAtGoogle();
    await signInAtNotion();
    await window.waitForText(/Mend Practice: /, RUN_WITHIN_MS);
    assert.match(await window.text(), /Two of three hold\./);
    assert.equal((await newest()).certificate?.state, "mend");
    await examined("certificate-mend", async () => {
      await open(`rehearsal/${checklist}`);
      await window.waitForText(/Mend Practice: /);
    });
  });

  /** E4 E1 */
  it("mends it, rehearses again in one click, and hands over the report", async () => {
    await window.press("button", "Reconnect Practice");
    await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");
    await window.waitForText(/Practice works again, proved/);
    await window.press("button", "Rehearse again");
    await signInAtGoogle();
    await signInAtNotion();
    await window.waitForText(/All three connections hold until /, RUN_WITHIN_MS);

    await examined("rehearsal-report", async () => {
      await open(`rehearsal/${checklist}`);
      await window.press("button", "Report…");
      await window.find("button", "Save as Markdown");
    });
    // Choosing a theme loads the page anew.
    await window.press("button", "Report…");
    await window.press("button", "Save as Markdown");
    const shown = await window.waitForText(/\S+\.md\b/);
    const path = /(\/\S[^\n]*\.md)\b/.exec(shown)?.[1];
    assert.ok(path !== undefined, shown);
    const report = readFileSync(path, "utf8");
    assert.match(report, /Halden Optik demo/);
    assert.match(report, /Practice/);
    await window.press("button", "Save as HTML");
    const html = /(\/\S[^\n]*\.html)\b/.exec(await window.waitForText(/\S+\.html\b/))?.[1];
    assert.match(readFileSync(html ?? "", "utf8"), /<!doctype html>/i);
  });

  it("finds all of it in the list afterwards", async () => {
    await examined("checklists", async () => {
      await open("checklists");
      await window.waitForText(/Halden Optik demo holds until /);
    });
  });
});

/** WCAG 2.2 AA */
it("breaks no rule of axe in either theme, and leaves nothing out of the keyboard's reach", () => {
  assert.deepEqual(breachesFound, []);
});
