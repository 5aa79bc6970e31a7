// What a person does again and again in the stories: connecting, answering in the browser, reading a row.
import assert from "node:assert/strict";
import type { WebDriver } from "selenium-webdriver";
import { agreeAtOidcProvider, pageText } from "./chromium.ts";
import type { AppWindow } from "./window.ts";

export type Client = { readonly id: string; readonly secret?: string };

/** The fields of a connection's row that the stories look at. */
export type Row = {
  id: string;
  name: string;
  account: string | null;
  dependant_count: number;
  status: { lamp: string; reason: { kind: string } };
};

/** Opens Connect, chooses a provider by name or an issuer by its address, and fills in the form; does not send it. */
export async function fillConnectForm(
  window: AppWindow,
  provider: string,
  client: Client,
  name: string,
): Promise<void> {
  await window.press("button", "Connect…");
  await window.fill("Provider", provider);
  await window.press("option", provider.startsWith("http") ? `Use the issuer ${provider}` : provider);
  await window.find("button", "Open browser");
  if (await window.has("button", /^Client: /)) {
    await window.press("button", /^Client: /);
    await window.press("option", "New client…");
  }
  // Each provider has words of its own for the two.
  await window.fill(/\bid\b|\bkey\b/i, client.id);
  if (client.secret !== undefined) await window.fill(/secret/i, client.secret);
  await window.fill("Name", name);
}

/** Sends the form, does in the browser what `answer` does there, and ends on the page of the new connection. */
export async function openBrowserAndConnect(
  window: AppWindow,
  answer: (url: string) => Promise<void>,
): Promise<void> {
  await window.press("button", "Open browser");
  await answer(await window.browser.nextUrl());
  await window.press("button", "Show connection");
}

/** Connects to an issuer by its address, signing in as `login` in a real browser. */
export async function connectToIssuer(
  window: AppWindow,
  browser: WebDriver,
  issuer: string,
  client: Client,
  { name, login }: { name: string; login: string },
): Promise<void> {
  await fillConnectForm(window, issuer, client, name);
  await openBrowserAndConnect(window, (url) => agreeAtOidcProvider(browser, url, login));
  await shownInBrowser(browser, /You are connected\./);
}

/** Waits until the page that Patchbay shows in the browser says so. */
export async function shownInBrowser(browser: WebDriver, words: RegExp): Promise<void> {
  await browser
    .wait(async () => words.test(await pageText(browser)), 15_000)
    .catch(async () => {
      throw new Error(`the browser did not show ${words}; it shows: ${await pageText(browser)}`);
    });
}

export async function rows(window: AppWindow): Promise<Row[]> {
  return (await window.ask<{ rows: Row[] }>("board")).rows;
}

/** The one connection of this name, as the board draws it. */
export async function row(window: AppWindow, name: string): Promise<Row> {
  const found = (await rows(window)).filter((one) => one.name === name);
  assert.equal(found.length, 1, `one connection is called ${name}`);
  return found[0]!;
}

/** Waits until the page of a connection shows a lamp; the lamp says its state in a word. */
export async function waitForLamp(window: AppWindow, lamp: string, withinMs?: number): Promise<void> {
  await window.find("img", new RegExp(`^${lamp}(,|$)`), withinMs);
}

/** The timeline of the connection's page, newest first, as it reads. */
export async function timeline(window: AppWindow): Promise<string[]> {
  return window.driver.executeScript<string[]>(
    "return [...document.querySelectorAll('aside .line')].map((line) => line.textContent.trim())",
  );
}

/** Waits until the timeline, newest first, begins with lines that match. */
export async function waitForTimeline(window: AppWindow, ...newest: RegExp[]): Promise<string[]> {
  let lines: string[] = [];
  await window.driver
    .wait(async () => {
      lines = await timeline(window);
      return newest.every((wanted, index) => wanted.test(lines[index] ?? ""));
    }, 20_000)
    .catch(() => assert.fail(`the timeline does not begin with ${newest.join(", ")}:\n${lines.join("\n")}`));
  return lines;
}

export async function addDependant(window: AppWindow, workflow: string, place: string): Promise<void> {
  await window.press("button", /^Add by hand/);
  await window.fill("Workflow", workflow);
  await window.fill("Where", place);
  await window.press("button", "Add");
  await window.waitForText("entered by hand");
}

/** Closes every incident, whatever was seen running again. */
export async function closeIncidents(window: AppWindow): Promise<void> {
  const all = await window.ask<{ id: string; state: string }[]>("list_incidents");
  for (const { id, state } of all)
    if (state !== "closed") await window.ask("close_incident", { id, note: null });
}
