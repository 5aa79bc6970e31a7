// The four screens of the blast radius with few, some and thousands of nodes, in both themes and at the smallest window:
// nothing sticks out, axe finds nothing, the keyboard reaches everything.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { By, until } from "selenium-webdriver";
import { addConnections, importWorkflows } from "./support/agency.ts";
import { answerPractice, startChromium, type Chromium } from "./support/chromium.ts";
import { breaches, outOfReach, pictures } from "./support/looks.ts";
import { rows, waitForLamp } from "./support/steps.ts";
import { startWindow, type AppWindow } from "./support/window.ts";

let chromium: Chromium;
let window: AppWindow;
let ids: string[] = [];
before(async () => {
  [chromium, window] = await Promise.all([startChromium(), startWindow()]);
});
after(async () => {
  await window?.stop();
  await chromium?.stop();
});

async function open(path: string): Promise<void> {
  await window.driver.executeScript("location.hash = arguments[0]", `#/${path}`);
}

const breachesFound: string[] = [];

/** Takes the pictures of one screen, and asks axe and the keyboard about it. */
async function examined(name: string, prepare: () => Promise<void>): Promise<void> {
  await pictures(window, name, prepare, async (theme) => {
    for (const breach of await breaches(window)) breachesFound.push(`${name}, ${theme}: ${breach}`);
    for (const one of await outOfReach(window))
      breachesFound.push(`${name}, ${theme}: the keyboard does not reach ${one}`);
  });
}

it("draws five nodes", async () => {
  await window.press("button", "Start practice");
  await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");
  await window.press("button", "Show connection");
  await waitForLamp(window, "active");
  const own = (await rows(window))[0]!.id;
  await importWorkflows(window, [own], 3);

  await examined("radius-5", async () => {
    await open("radius");
    await window.find("treeitem", /Lead handover/);
  });
});

it("draws an incident from its start to its report", async () => {
  const own = (await rows(window))[0]!.id;
  await open(`connection/${own}`);
  await window.press("button", "Revoke the grant");
  await window.press("button", /^Test call/);
  await waitForLamp(window, "reauth_required");
  await examined("incidents", async () => {
    await open("incidents");
    await window.find("link", "Practice");
  });
  const [incident] = await window.ask<{ id: string }[]>("list_incidents");
  const show = () => open(`incident/${incident!.id}`);
  await examined("incident-open", async () => {
    await show();
    await window.waitForText(/is dead and stops/);
  });
  // What is dead is copied while it is, what works later: the larger boards have both.
  const [dead] = addConnections(window.home, 1, { alive: own, dead: own });
  await window.press("button", /^Reconnect/);
  await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");
  await window.waitForText(/works again/);
  ids = addConnections(window.home, 400, { alive: own, dead: dead! });
  await window.press("button", "Make the call");
  await window.waitForText(/^Worked /m);
  await examined("incident-mended", async () => {
    await show();
    await window.waitForText(/works again/);
  });
  await examined("incident-report", async () => {
    await show();
    await window.press("button", "Close…");
    await window.waitForText("Note for the report");
  });
});

it("draws fifty nodes, as a picture and as a list, with one of them in focus", async () => {
  await importWorkflows(window, ids.slice(0, 16), 28);
  await examined("radius-50", async () => {
    await open("radius");
    await window.find("treeitem", /Lead handover/);
  });
  await examined("radius-50-focus", async () => {
    await open(`radius/${ids[0]}`);
    await window.waitForText(/^Gmail stops/m);
  });
  await examined("radius-50-list", async () => {
    await open("radius");
    const list = By.xpath('//*[@role="radiogroup"]//label[normalize-space() = "List"]');
    await (await window.driver.wait(until.elementLocated(list), 10_000)).click();
    await window.find("row", /^Lead handover/);
  });
  await examined("platforms", async () => {
    await open("platforms");
    await window.find("row", /^HubSpot list/);
  });
});

it("draws five thousand nodes", async () => {
  await importWorkflows(window, ids, 4_500);
  await examined("radius-5000", async () => {
    await open("radius");
    await window.waitForText(/4,500 workflows|4500 workflows/);
  });
});

/** WCAG 2.2 AA */
it("breaks no rule of axe in either theme, and leaves nothing out of the keyboard's reach", () => {
  assert.deepEqual(breachesFound, []);
});
