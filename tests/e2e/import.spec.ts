// Another tool's file, chosen in the system's own dialog and taken into the environment that the person says.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { By } from "selenium-webdriver";
import { findProgram } from "./support/program.ts";
import { startWindow, type AppWindow } from "./support/window.ts";

const FILE = join(import.meta.dirname, "../fixtures/import/client_secret_google.json");
const xdotool = process.platform === "linux" ? findProgram(["xdotool"]) : undefined;

let window: AppWindow;
before(async () => {
  window = await startWindow();
  await window.press("button", /^Import from another tool/);
});
after(async () => window?.stop());

function desktop(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(xdotool ?? "xdotool", args, {
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 10_000,
    });
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.once("error", reject);
    child.once("exit", (code) =>
      code === 0 ? resolve(out.trim()) : reject(new Error(`xdotool ${args[0]} ended with ${code}`)),
    );
  });
}

/** A1 A3 */
it(
  "previews the file that was chosen in the dialog",
  { skip: xdotool === undefined && "xdotool presses the keys of the dialog, and is not installed" },
  async () => {
    await window.press("button", "Choose file…");

    const dialog = (await desktop("search", "--sync", "--onlyvisible", "--name", "^File to import$")).split(
      "\n",
    )[0]!;
    await desktop("windowfocus", dialog);
    // The dialog's own field for a path, filled and confirmed; without a window manager it takes its time to hear keys.
    await desktop("key", "--delay", "300", "ctrl+l");
    await desktop("type", "--delay", "40", FILE);
    await desktop("key", "--delay", "500", "alt+o");

    await window.waitForText("Nothing is taken yet");
    assert.equal(await window.has("button", "Choose file…"), false, "the preview stands in its place");
    await window.screenshot("import-1-preview");
  },
);

/** A9 */
it("takes what is ticked into the environment that was chosen", async () => {
  if (await window.has("button", "Choose file…")) {
    await window.fill("File", FILE);
    await window.press("button", "Preview");
  }
  await window.waitForText("Nothing is taken yet");

  await window.press("combobox", "Environment: production");
  await window.press("option", "staging");
  await window.find("combobox", "Environment: staging");
  const box = await window.driver.findElement(By.css("ol[aria-label='What the file holds'] label"));
  await box.click();
  await window.screenshot("import-2-ticked");
  await window.press("button", "Take 1");

  await window.waitForText("is dealt with");
  const clients = await window.ask<{ provider_id: string; environment: string }[]>("list_clients");
  assert.deepEqual(
    clients.map((one) => [one.provider_id, one.environment]),
    [["google", "staging"]],
  );
});
