// Pictures of the screens from the real window with real connections, for whoever looks after a failure. One in which something
// sticks out sideways is a failure. Those of the documents are drawn by pictures.ts.
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, it } from "node:test";
import { agreeAtEmulate, answerPractice, startChromium, type Chromium } from "./support/chromium.ts";
import { connectByCommand, patchbay } from "./support/command_line.ts";
import { pointAtEmulator, startEmulate, type EmulatedProvider, type Emulator } from "./support/emulate.ts";
import { pictures as picturesOf } from "./support/looks.ts";
import { freePort } from "./support/program.ts";
import { fillConnectForm, row, rows, waitForLamp } from "./support/steps.ts";
import { newHome, startWindow, type AppWindow } from "./support/window.ts";

const CLIENT = { id: "patchbay-demo", secret: "only for the pictures" };
const emulators = new Map<EmulatedProvider, Emulator>();
let chromium: Chromium;
let window: AppWindow;
before(async () => {
  const home = newHome();
  for (const provider of ["google", "slack", "github", "microsoft"] as const) {
    const emulator = await startEmulate(provider);
    emulators.set(provider, emulator);
    pointAtEmulator(home, emulator, await freePort());
  }
  [chromium, window] = await Promise.all([startChromium(), startWindow({ home })]);
});
after(async () => {
  await window?.stop();
  await chromium?.stop();
  for (const emulator of emulators.values()) await emulator.stop();
});

it("draws the empty board", async () => {
  await window.waitForText("Nothing is connected yet");
  await pictures("board-empty");
});

it("draws a board of three", async () => {
  await connect("google", 0, "Client reports", "Brightwater");
  await connect("slack", 0, "Alerts", "Brightwater");
  await connect("github", 0, "Deployments", "Northwind");
  await window.waitForText("Deployments");
  await pictures("board-3");
});

it("draws a board of several providers, one that needs a person, one that ends", async () => {
  await connect("microsoft", 0, "Invoices mailbox", "Brightwater", "Nightly invoices", "Dunning letters");
  await emulators.get("microsoft")!.revokeRefreshTokens();
  await patchbay(window.home, "refresh", "Invoices mailbox");
  await connect("google", 1, "Shared drive", "Northwind", "Photo import");
  await connect("github", 1, "Website", "Fjord Studio");
  await connect("microsoft", 1, "Team calendar", "Fjord Studio", "Room bookings");
  await window.ask("set_automatic_refresh", { id: (await row(window, "Team calendar")).id, on: false });
  const practice = await window.ask<{ id: string }>("start_practice");
  await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");
  await window.driver.wait(async () => (await rows(window)).some((one) => one.name === "Practice"), 15_000);
  assert.ok(practice.id);

  await window.waitForText("One connection needs you: Invoices mailbox.");
  await pictures("board");
});

it("draws a connection that needs a person, one that is well, and the practice panel", async () => {
  await window.press("row", /^Invoices mailbox/);
  await waitForLamp(window, "reauth_required");
  await pictures("connection-reauth-required");
  await window.press("link", /^Board/);
  await window.press("row", /^Client reports/);
  await window.press("button", /^Test call/);
  await window.waitForText("It works");
  await pictures("connection");
  await window.press("link", "Practice provider");
  await window.waitForText("Refuse refreshes");
  await pictures("practice");
});

it("draws the dialogs of Connect", async () => {
  await window.press("link", /^Board/);
  await window.waitForText("One connection needs you");
  await pictures("connect-providers", () => window.press("button", "Connect…"));
  await pictures("connect-form", () => fillConnectForm(window, "Google", CLIENT, "Bookkeeping"));
  await fillConnectForm(window, "Google", { ...CLIENT, id: "another-client" }, "Bookkeeping");
  await window.press("button", "Open browser");
  await window.waitForText("Waiting for your browser");
  await window.screenshot("connect-waiting");
  await window.press("button", "Cancel sign-in");
});

it("draws boards of thirty and of three thousand", async () => {
  copyRows(30 - (await rows(window)).length);
  await window.driver.wait(async () => (await rows(window)).length === 30, 10_000);
  await window.waitForText("30 connections");
  await pictures("board-30");

  copyRows(3_000 - 30);
  await window.waitForText("3,000 connections");
  await pictures("board-3000");
});

/** Connects by the command line, and says in the window where it belongs. */
async function connect(
  provider: EmulatedProvider,
  user: 0 | 1,
  name: string,
  customer: string,
  ...workflows: string[]
): Promise<void> {
  const emulator = emulators.get(provider)!;
  const { code, err } = await connectByCommand(
    window.home,
    [provider, "--client-id", CLIENT.id, "--client-secret-stdin", "--name", name],
    (url) => agreeAtEmulate(chromium.page, url, emulator.users[user]),
    CLIENT.secret,
  );
  assert.equal(code, 0, err);
  await patchbay(window.home, "test", name);
  const { id } = await row(window, name);
  await window.ask("label_connection", { id, name, customer, environment: "production" });
  for (const workflow of workflows)
    await window.ask("add_dependant", {
      id,
      dependant: { workflow, place: "Make", step: "step 1, read messages", owner: "mira@example.test" },
    });
}

const pictures = (name: string, prepare?: () => Promise<void>): Promise<string> =>
  picturesOf(window, name, prepare);

/** Copies rows as another program could write them: same grants, other names. The window notices by itself. */
function copyRows(count: number): void {
  const database = new DatabaseSync(join(window.home, "patchbay.db"), { timeout: 5_000 });
  try {
    const models = database
      .prepare(
        "SELECT * FROM connections WHERE grant_state = 'alive' AND automatic_refresh = 1 AND customer IS NOT NULL ORDER BY id LIMIT 5",
      )
      .all();
    const { total } = database.prepare("SELECT count(*) AS total FROM connections").get() as {
      total: number;
    };
    const columns = Object.keys(models[0]!);
    const insert = database.prepare(
      `INSERT INTO connections (${columns.join()}) VALUES (${columns.map((column) => `:${column}`).join()})`,
    );
    database.exec("BEGIN IMMEDIATE");
    for (let number = total; number < total + count; number += 1)
      insert.run({
        ...models[number % models.length]!,
        id: `con_${String(number).padStart(10, "0")}`,
        name: `Workspace ${number}`,
        subject: `copy-${number}`,
        account_label: `team${number}@example.test`,
        customer: ["Brightwater", "Fjord Studio", "Northwind", "Solvang & Daughters"][number % 4]!,
      });
    database.exec("COMMIT");
  } finally {
    database.close();
  }
}
