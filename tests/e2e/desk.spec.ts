// The desktop around the window: a message with a way back, the tray, closing, a second start, links, a page that dies.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Key } from "selenium-webdriver";
import { answerPractice, startChromium, type Chromium } from "./support/chromium.ts";
import { startDesktopShell, type DesktopShell } from "./support/desktop_shell.ts";
import { addDependant, closeIncidents, rows, shownInBrowser, waitForLamp } from "./support/steps.ts";
import { appProgram, newHome, startWindow, type AppWindow } from "./support/window.ts";

type DeskView = {
  closing: string;
  has_tray: boolean;
  starts_at_login: boolean | null;
  mail_links: { is_on: boolean; address: string | null; failure: string | null };
};

describe("the desktop around the window", { skip: process.platform !== "linux" }, () => {
  let shell: DesktopShell;
  let chromium: Chromium;
  let window: AppWindow;
  let home: string;
  let id = "";
  let config = "";

  before(async () => {
    home = newHome();
    config = join(home, "config");
    shell = await startDesktopShell();
    chromium = await startChromium();
    window = await startWindow({ home, env: { PATCHBAY_LOG: "debug" } });
  });
  after(async () => {
    await window?.stop();
    await chromium?.stop();
    await shell?.stop();
    assert.ok(!existsSync(config), "nothing was written beside the board's own files");
    rmSync(home, { recursive: true, force: true });
  });

  /** F4, S111: whoever starts it again gets the same window, and what a link names is shown and never done. */
  async function startAgain(...args: string[]): Promise<void> {
    const again = spawn(appProgram(), args, {
      env: { ...process.env, PATCHBAY_HOME: home },
      stdio: "ignore",
    });
    const code = await new Promise((ended) => again.once("exit", ended));
    assert.equal(code, 0, "the second start hands over and ends");
  }

  const desk = (): Promise<DeskView> => window.ask<DeskView>("desk");
  const isShown = (): Promise<boolean> => shell.shows("Patchbay");
  const until = async (what: string, look: () => Promise<boolean>): Promise<void> => {
    await window.driver
      .wait(look, 20_000)
      .catch(() => assert.fail(`${what} did not come true; the app said:\n${window.log()}`));
  };

  /** F4 */
  it("tells of a connection that newly needs a person, and of its first workflow", async () => {
    await window.press("button", "Start practice");
    await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");
    await shownInBrowser(chromium.page, /You are connected\./);
    await window.press("button", "Show connection");
    await waitForLamp(window, "active");
    id = (await rows(window))[0]!.id;
    await addDependant(window, "Nightly <invoices> & more", "a cron job");
    assert.equal(shell.unread(), 0, "nothing is told while all is well");

    await window.press("button", "Revoke the grant");
    await window.press("button", /^Test call/);

    const message = await shell.nextMessage();
    assert.equal(message.summary, "Practice needs you");
    assert.match(
      message.body,
      /A new sign-in brings it back\. Nightly &lt;invoices&gt; &amp; more fails first/,
    );
    assert.deepEqual(message.actions, ["default", "Reconnect", "mend", "Reconnect"]);
    assert.ok(message.hints.includes("urgency"));
    await window.press("button", /^Test call/);
    await shell.choose(message.id, "mend");

    // The click is a person's own: the sign-in begins.
    await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");
    await shownInBrowser(chromium.page, /You are connected\./);
    await waitForLamp(window, "active");
    assert.equal(shell.unread(), 0, "it was told once");
  });

  /** F4: what is over is taken back without a sound. */
  it("takes a message back when the connection is mended without it", async () => {
    await window.press("button", "Revoke the grant");
    await window.press("button", /^Test call/);
    const message = await shell.nextMessage();

    await window.ask("begin_reconnect", { id });
    await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");
    await shownInBrowser(chromium.page, /You are connected\./);

    assert.equal(await shell.nextWithdrawn(), message.id);
    assert.deepEqual(shell.wrongs(), []);
  });

  /** F4: without a tray a closed window asks, and is not lost. */
  it("asks on closing where there is no tray, and can stay", async () => {
    assert.equal((await desk()).has_tray, false);
    await window.ask("change_desk", { change: { what: "closing", wish: "keep_running" } });

    await shell.close("Patchbay");

    await window.find("button", "Minimise");
    await window.screenshot("desk-1-no-tray");
    await window.press("button", /^Stay here/);
    assert.ok(await isShown());
  });

  /** F4, E1 */
  it("shows the whole in the tray, and what needs a person in its menu", async () => {
    await shell.tray(true);
    await shell.icon(30_000);
    await until("a tray", async () => (await desk()).has_tray);
    const labels = async (): Promise<string[]> =>
      (await shell.menu()).lines.map((line) => (line.is_line ? "-" : line.label));
    const seen = "Practice: 1 workflow was not seen running again";
    await until("the open incident", async () => (await labels())[0] === seen);
    await closeIncidents(window);
    await until("all well", async () => (await labels())[0] === "The one connection works");
    const well = await shell.menu();
    assert.deepEqual(await labels(), [
      "The one connection works",
      "-",
      "Open Patchbay",
      "Pause all",
      "-",
      "Quit Patchbay",
    ]);

    await window.press("button", "Revoke the grant");
    await window.press("button", /^Test call/);
    const message = await shell.nextMessage();
    await until("the menu's line", async () => (await labels()).includes("Reconnect Practice…"));

    assert.equal((await labels())[0], "Practice needs you");
    assert.notEqual((await shell.menu()).icon, well.icon, "another shape");
    await shell.dismiss(message.id);
    await shell.pick("Pause all");
    await until("the pause", async () =>
      (await shell.menu()).lines.some((line) => line.label === "Pause all" && line.is_checked),
    );
    await shell.pick("Pause all");
    await shell.pick("Reconnect Practice…");
    await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");
    await shownInBrowser(chromium.page, /You are connected\./);
    await until("the sentence", async () => (await labels())[0] === seen);
    await closeIncidents(window);
    await until("all well again", async () => (await labels())[0] === "The one connection works");
  });

  /** F4 */
  it("hides on closing, goes on, and comes back by the tray and by a second start", async () => {
    await shell.close("Patchbay");
    await until("the hidden window", async () => !(await isShown()));
    await window.ask("refresh_now", { id });

    await shell.pick("Open Patchbay");
    await until("the window", isShown);

    await shell.close("Patchbay");
    await until("the hidden window", async () => !(await isShown()));
    await startAgain("--hidden");
    assert.equal(await isShown(), false, "a start at login asks for no window");
    await startAgain();
    await until("the window", isShown);
  });

  /** S045, S111 */
  it("opens what a link names, asks before it reconnects, and does nothing for a hostile one", async () => {
    const hash = (): Promise<string> => window.driver.executeScript<string>("return location.hash");
    await startAgain("patchbay://board");
    await until("the board", async () => (await hash()) === "#/board");

    for (const link of [
      "patchbay://reconnect/con_0000000000",
      `patchbay://disconnect/${id}`,
      `patchbay://connection/..%2f${id}`,
      `patchbay://reconnect/${id}?yes=1`,
      `patchbay://evil.example/${id}`,
      `patchbay://reconnect/${"a".repeat(100_000)}`,
    ]) {
      await startAgain(link);
      await window.waitForText("The link names nothing on this board.");
      await window.press("button", "Close notice");
      assert.equal(await hash(), "#/board", link.slice(0, 60));
    }

    await startAgain(`patchbay://reconnect/${id}`);
    await window.find("dialog", "Reconnect Practice?");
    await window.screenshot("desk-2-link");
    assert.equal(await hash(), `#/connection/${id}`);
    assert.equal(window.browser.untaken(), 0, "no browser was opened");
    await window.press("button", /^Not now/);
  });

  /** F4, S111 */
  it("opens the same from a link in mail once that is switched on, always on the same port", async () => {
    assert.equal((await desk()).mail_links.address, null, "no port is open by itself");
    await window.driver.executeScript("location.hash = '#/settings'");
    await window.press("switch", "Links in mail");
    await window.waitForText(/http:\/\/127\.0\.0\.1:\d+\/reconnect\//);
    const { address } = (await desk()).mail_links;
    await window.screenshot("desk-3-settings");

    const followed = await follow(`${address}/connection/${id}`);

    assert.equal(followed.status, 200);
    assert.match(followed.page, /Patchbay shows it\./);
    await until("the connection", async () =>
      (await window.driver.executeScript<string>("return location.hash")).endsWith(id),
    );
    assert.equal((await follow(`${address}/disconnect/${id}`)).status, 404);
    assert.equal((await fetch(`${address}/board`)).status, 403, "no script opens anything");
  });

  /** F4 */
  it("starts at login where that is switched on", async () => {
    const folder = join(process.env["XDG_CONFIG_HOME"] ?? "", "autostart");
    const ours = (): string[] => (existsSync(folder) ? readdirSync(folder) : []);
    await window.ask("change_desk", { change: { what: "starts_at_login", on: true } });
    assert.equal((await desk()).starts_at_login, true);
    for (const file of ours())
      assert.match(
        readFileSync(join(folder, file), "utf8"),
        /\nExec=".*patchbay-desktop" --hidden --home ".*"\n/,
      );

    await window.ask("change_desk", { change: { what: "starts_at_login", on: false } });
    assert.equal((await desk()).starts_at_login, false);
  });

  /** S168 */
  it("quits by Ctrl+Q, cleanly", async () => {
    // The program may be gone before the key is let go.
    const pressed = window.driver.actions().keyDown(Key.CONTROL).sendKeys("q").keyUp(Key.CONTROL).perform();
    await pressed.catch(() => undefined);

    const startedAt = Date.now();
    while (processesOf(home, "patchbay-deskto").length > 0) {
      assert.ok(Date.now() - startedAt < 20_000, "it ends");
      await new Promise((later) => setTimeout(later, 100));
    }
    assert.ok(!window.log().includes("cut off"), window.log());
  });

  /** E1: a page that dies comes back, and goes on with what is asked of it. The driver does not outlive it. */
  it("brings a page back that died", async () => {
    await window.stop({ keepHome: true });
    window = await startWindow({ home });
    await shell.icon(30_000);
    await window.driver.executeScript(`location.hash = "#/connection/${id}"`);
    await window.press("button", "Revoke the grant");
    await window.press("button", /^Test call/);
    await shell.nextMessage();

    killPageOf(home);

    const startedAt = Date.now();
    while (!window.log().includes("page died")) {
      assert.ok(Date.now() - startedAt < 20_000, "it is loaded again");
      await new Promise((later) => setTimeout(later, 100));
    }
    await shell.pick("Reconnect Practice…");
    const url = await window.browser.nextUrl();
    assert.match(url, /^http:\/\/127\.0\.0\.1:/, "the page that came back began what was picked");
  });
});

/** As a mail program does that hands an address to a browser. */
function follow(address: string): Promise<{ status: number; page: string }> {
  return new Promise((resolve, reject) => {
    get(address, (answer) => {
      let page = "";
      answer.on("data", (chunk: Buffer) => (page += chunk.toString()));
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, page }));
    }).on("error", reject);
  });
}

/** Ends the process that draws the page of the app with this data folder. */
function killPageOf(home: string): void {
  const pages = processesOf(home, "WebKitWebProces");
  assert.ok(pages.length > 0, "the page has a process");
  for (const pid of pages) process.kill(pid, "SIGKILL");
}

/** Processes of this name, as the system cuts it, that work on this data folder. */
function processesOf(home: string, name: string): number[] {
  const read = (pid: string, file: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch {
      // It ended meanwhile.
      return "";
    }
  };
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && read(pid, "comm").startsWith(name))
    .filter((pid) => read(pid, "environ").includes(`PATCHBAY_HOME=${home}\0`))
    .map(Number);
}
