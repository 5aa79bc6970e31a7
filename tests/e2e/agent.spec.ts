// An agent and a person: the official client of the Model Context Protocol asks, the real window's message says so, and the
// click on it brings the connection back [F1, F3, F4].
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { answerPractice, startChromium, type Chromium } from "./support/chromium.ts";
import { startDesktopShell, type DesktopShell } from "./support/desktop_shell.ts";
import { rows, shownInBrowser, waitForLamp } from "./support/steps.ts";
import { commandLineProgram, newHome, startWindow, type AppWindow } from "./support/window.ts";

type Json = Record<string, unknown>;

describe("an agent that is blocked", { skip: process.platform !== "linux" }, () => {
  let shell: DesktopShell;
  let chromium: Chromium;
  let window: AppWindow;
  let home: string;
  let client: Client;

  before(async () => {
    home = newHome();
    shell = await startDesktopShell();
    chromium = await startChromium();
    window = await startWindow({ home, env: { PATCHBAY_LOG: "debug" } });
    await window.press("button", "Start practice");
    await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");
    await shownInBrowser(chromium.page, /You are connected\./);
    await window.press("button", "Show connection");
    await waitForLamp(window, "active");
    client = new Client({ name: "test-agent", version: "1.0.0" });
    const env = { ...(process.env as Record<string, string>), PATCHBAY_HOME: home };
    await client.connect(
      new StdioClientTransport({ command: commandLineProgram(), args: ["mcp"], env, stderr: "inherit" }),
    );
  });
  after(async () => {
    await client?.close();
    await window?.stop();
    await chromium?.stop();
    await shell?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  async function call(name: string, given: Json): Promise<Json> {
    const result = await client.callTool({ name, arguments: given }, undefined, { timeout: 120_000 });
    assert.notEqual(result.isError, true, JSON.stringify(result));
    return result.structuredContent as Json;
  }

  /** F1, F3, F4 */
  it("asks once, is seen by a person, and goes on when they have clicked", async () => {
    const id = (await rows(window))[0]!.id;
    assert.equal((await call("preflight", { connections: ["Practice"] }))["verdict"], "ready");
    await window.press("button", "Revoke the grant");

    assert.equal((await call("preflight", { connections: ["Practice"] }))["verdict"], "blocked_on_auth");
    const broken = await shell.nextMessage();
    assert.equal(broken.summary, "Practice needs you");
    const asked = await call("request_reconnect", { connection: "Practice" });
    assert.equal(asked["asked"], "now");
    assert.match(String(asked["person_sees"]), /asks the person now/);
    for (let time = 0; time < 10; time += 1)
      assert.equal((await call("request_reconnect", { connection: id }))["asked"], "already");
    const waiting = call("wait_for_connection", { connections: ["Practice"], timeout_seconds: 100 });

    const message = await shell.nextMessage();
    assert.equal(message.summary, "node asks you to reconnect Practice");
    assert.deepEqual(message.actions, ["default", "Reconnect", "mend", "Reconnect"]);
    await shell.choose(message.id, "mend");
    await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");
    await shownInBrowser(chromium.page, /You are connected\./);

    const waited = await waiting;
    assert.deepEqual([waited["ready"], waited["timed_out"]], [true, false]);
    assert.equal((await call("preflight", { connections: ["Practice"] }))["verdict"], "ready");
    assert.equal(await shell.nextWithdrawn(), broken.id, "what is over is taken back");
    assert.equal(shell.unread(), 0, "however often it was asked");
    assert.deepEqual(shell.wrongs(), []);
    await window.waitForText(/A reconnect was asked for by node/);
    await window.screenshot("agent-1-timeline");
  });
});
