// Who else hears of it, set up by hand in the real window: a webhook channel against a real receiver, checked by the Standard
// Webhooks project's own library; a file that events are forwarded to. What is secret is typed once, or goes over the clipboard,
// and stands nowhere in the page [F4, F5, A3, S126, S127].
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { By, Key } from "selenium-webdriver";
import { Webhook } from "standardwebhooks";
import { startChromium, type Chromium } from "./support/chromium.ts";
import { startOidcProvider, type AuthorizationServer } from "./support/oidc_provider.ts";
import { startReceiver, type Posted } from "./support/receivers.ts";
import { connectToIssuer, row } from "./support/steps.ts";
import { startWindow, type AppWindow } from "./support/window.ts";

type Message = { type: string; data: { title: string; items: { name: string; link: string }[] } };
type Receiver = Awaited<ReturnType<typeof startReceiver>>;

let server: AuthorizationServer;
let chromium: Chromium;
let window: AppWindow;
let receiver: Receiver;
let secret = "";
const folder = mkdtempSync(join(tmpdir(), "patchbay-forwarded-"));
before(async () => {
  [server, chromium, window, receiver] = await Promise.all([
    startOidcProvider(),
    startChromium(),
    startWindow(),
    startReceiver(),
  ]);
  await connectToIssuer(window, chromium.page, server.issuer, server.publicClient, {
    name: "Google ops",
    login: "ana",
  });
});
after(async () => {
  await window?.stop();
  await chromium?.stop();
  await server?.stop();
  await receiver?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it("adds a webhook whose made secret goes over the clipboard, and a test arrives signed with it", async () => {
  await go("#/alerts");
  await window.waitForText("Alerts are shown on this computer alone.");
  await window.press("button", /^Add a channel/);
  await window.fill("Name", "Pager");
  await window.fill("Address", receiver.address);
  await window.press("button", "Add Webhook");

  await window.press("button", "Copy the signing secret");
  await window.waitForText(/on the clipboard for one minute/);
  await window.screenshot("alerts-1-secret");
  await window.press("button", "Done");
  secret = await pasted();
  assert.match(secret, /^whsec_[A-Za-z0-9+/=]{40,}$/);

  await window.press("button", "Test Pager");
  await window.waitForText("Pager took the test.");
  assert.equal(messages()[0]?.type, "alert.test");
  const [first] = receiver.posted;
  assert.throws(() => checked().verify(`${first?.body} `, headersOf(first)), "a changed body is not ours");
  for (const part of [JSON.stringify(await window.ask("alerts")), await page()])
    for (const hidden of ["hush-hush", secret.slice(6)])
      assert.ok(!part.includes(hidden), "neither the address nor the secret is in the window");
});

it("tells of a grant that was revoked, and the log shows that it was taken", async () => {
  const { id } = await row(window, "Google ops");
  assert.equal(await server.revokeGrantsOf("ana"), 1);
  await window.ask("refresh_now", { id });

  // What comes within twenty seconds is one message.
  await window.driver.wait(() => receiver.posted.length >= 2, 60_000);
  const raised = messages()[1];
  assert.equal(raised?.type, "alert.raised");
  assert.deepEqual(
    raised?.data.items.map(({ name, link }) => [name, link]),
    [["Google ops", `patchbay://reconnect/${id}`]],
  );
  await window.waitForText(/Google ops needs you[\s\S]*taken/);
  await window.screenshot("alerts-2-log");
});

it("says what a receiver answered that refuses, and what helps", async () => {
  receiver.answer.status = 401;
  await window.press("button", "Test Pager");

  await window.waitForText(/Pager did not take the test\.[\s\S]*The receiver answered 401/);
  await window.waitForText(/Compare address and signing secret/);
  receiver.answer.status = 204;
});

it("changes what a channel tells, switches it off, and removes it with its log", async () => {
  await menu("More for Pager", /^Edit/);
  await tick("Certificates that hold no more");
  await window.press("button", "Save");
  await window.waitForText("Tells what needs a person and certificates that hold no more.");
  await window.press("switch", "Pager is on");
  await window.waitForText(/what comes meanwhile is not told later/);
  await menu("More for Pager", /^Remove/);
  await window.press("button", "Remove it");

  await window.waitForText("Alerts are shown on this computer alone.");
  assert.deepEqual((await window.ask<{ channels: unknown[] }>("alerts")).channels, []);
});

it("forwards every event to a file, also what happened before", async () => {
  await go("#/forwarding");
  await window.waitForText("Events are forwarded nowhere yet.");
  await window.press("button", /^Add a destination/);
  await window.fill("Folder", join(folder, "events"));
  await tick("Also what happened before");
  await window.press("button", "Add File");

  const file = join(folder, "events", "patchbay-events.jsonl");
  await window.waitForText(/\d+ events taken, the last/);
  const read = (): { id: number; kind: string; name: string | null }[] =>
    (existsSync(file) ? readFileSync(file, "utf8") : "")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as { id: number; kind: string; name: string | null });
  const kinds = read().map((it) => it.kind);
  for (const kind of ["token_issued", "revoked_detected", "settings_changed"])
    assert.ok(kinds.includes(kind), `${kind} is among ${kinds.join(", ")}`);
  await window.screenshot("forwarding-1-file");

  await window.press("button", "Test file");
  await window.waitForText("file can be written to.");
  await window.press("switch", "file is on");
  await window.waitForText(/Off; what happens waits; 1 event behind/);
  const before = read().length;
  await window.press("switch", "file is on");
  await window.driver.wait(() => read().length >= before + 2, 20_000);
  assert.equal(new Set(read().map((it) => it.id)).size, read().length, "each once");

  await menu("More for file", /^Remove/);
  await window.press("button", "Remove it");
  await window.waitForText("Events are forwarded nowhere yet.");
  assert.ok(existsSync(file), "what was sent stays there");
});

async function go(hash: string): Promise<void> {
  await window.driver.executeScript("location.hash = arguments[0]", hash);
}

async function menu(of: string, entry: RegExp): Promise<void> {
  await window.press("button", of);
  await window.press("menuitem", entry);
}

/** The box itself is drawn, and hidden: a person presses its line. */
async function tick(begin: string): Promise<void> {
  const line = By.xpath(`//label[starts-with(normalize-space(.), "${begin}")]`);
  await window.driver.wait(async () => (await window.driver.findElements(line)).length > 0, 5_000);
  await window.driver.findElement(line).click();
}

/** What stands on the clipboard, by way of a field that keeps nothing. */
async function pasted(): Promise<string> {
  await window.press("button", /^Find or do/);
  const field = await window.find("textbox", "Find or do");
  await field.sendKeys(Key.chord(Key.CONTROL, "v"));
  const value = await window.driver.wait(async () => (await field.getAttribute("value")) || undefined, 5_000);
  await field.sendKeys(Key.ESCAPE);
  return value ?? "";
}

function page(): Promise<string> {
  return window.driver.executeScript<string>(
    "return document.documentElement.outerHTML + [...document.querySelectorAll('input')].map((it) => it.value).join()",
  );
}

function checked(): Webhook {
  return new Webhook(secret);
}

function messages(): Message[] {
  return receiver.posted.map((it) => checked().verify(it.body, headersOf(it)) as Message);
}

function headersOf(posted: Posted | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(posted?.headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
}
