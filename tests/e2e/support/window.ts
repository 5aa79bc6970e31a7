// The real window: starts the app through tauri-driver on a data folder of its own, and reads and presses what a person
// would. Linux and Windows; macOS has no driver for its web view.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Builder, By, Capabilities, error, type WebDriver, type WebElement } from "selenium-webdriver";
import { startBrowserOpener, type BrowserOpener } from "./browser_opener.ts";
import { findProgram, freePort, startProgram, type RunningProgram } from "./program.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const ARTIFACTS = join(import.meta.dirname, "..", "artifacts");
/** How long the window may take to show what it was asked for; refreshes and sign-ins wait on other processes. */
const RESIZED_WITHIN_MS = 2_000;
const SHOWN_WITHIN_MS = 20_000;

export type AppWindow = {
  readonly driver: WebDriver;
  readonly browser: BrowserOpener;
  /** The data folder; `patchbay --home` works on it beside the window. */
  readonly home: string;
  /** The first visible element with this accessible role and name. */
  find(role: string, name: string | RegExp, withinMs?: number): Promise<WebElement>;
  press(role: string, name: string | RegExp): Promise<void>;
  /** Whether it is there right now. */
  has(role: string, name: string | RegExp): Promise<boolean>;
  /** Replaces what a text field holds. */
  fill(name: string | RegExp, text: string): Promise<void>;
  /** Waits until the window shows a text. */
  waitForText(text: string | RegExp, withinMs?: number): Promise<string>;
  /** Waits until the window no longer shows a text. */
  waitForNoText(text: string | RegExp, withinMs?: number): Promise<void>;
  text(): Promise<string>;
  /** From now on, when the page first shows a text, or no longer does: in its own clock, which no question of ours delays. */
  watch(text: RegExp, isShown: boolean): Promise<{ at(): Promise<number> }>;
  resize(width: number, height: number): Promise<void>;
  /** Writes artifacts/NAME.png and says where. */
  screenshot(name: string): Promise<string>;
  /** What the page itself would get from a command: what the window knows, as a whole. */
  ask<Answer>(command: string, args?: Record<string, unknown>): Promise<Answer>;
  /** What the app wrote to standard error so far. Empty on Windows, where the driver starts programs only. */
  readonly log: () => string;
  /** Closes the window and everything started with it; keeps the data folder if asked to, for the next start. */
  stop(options?: { keepHome?: boolean }): Promise<void>;
};

/** Starts the app and waits for its first page. `home` reuses the data folder of an earlier start. */
export async function startWindow(
  options: { home?: string; env?: NodeJS.ProcessEnv; browserFails?: boolean } = {},
): Promise<AppWindow> {
  const home = options.home ?? newHome();
  const browser = await startBrowserOpener({ fails: options.browserFails ?? false });
  const started: { stop(): Promise<void> }[] = [browser];
  try {
    const env = { PATCHBAY_HOME: home, ...browser.env, ...options.env };
    const { driver, port } = await startDriver(env);
    started.push(driver);
    const app = withLog();
    started.push({ stop: app.erase });
    const session = await new Builder()
      .usingServer(`http://127.0.0.1:${port}/`)
      .withCapabilities(new Capabilities({ browserName: "wry", "tauri:options": { application: app.path } }))
      .build();
    started.push({ stop: () => session.quit() });
    // A plain `cargo build` beside a test run leaves a program that looks for the development server.
    if ((await session.getCurrentUrl()).startsWith("http://localhost:1420"))
      throw new Error("the app was built without its pages: ./dev e2e builds it with them");
    return windowOf(session, browser, home, app.log, started);
  } catch (error) {
    await stopAll(started);
    if (options.home === undefined) rmSync(home, { recursive: true, force: true });
    throw error;
  }
}

/** A data folder that does not exist yet in anyone else's eyes. */
export function newHome(): string {
  return mkdtempSync(join(tmpdir(), "patchbay-home-"));
}

export function appProgram(): string {
  const target = process.env["CARGO_TARGET_DIR"] ?? join(ROOT, "target");
  const path = findProgram([
    process.env["PATCHBAY_TEST_APP"],
    join(target, "debug", process.platform === "win32" ? "patchbay-desktop.exe" : "patchbay-desktop"),
  ]);
  if (!path) throw new Error("the app is not built: ./dev e2e builds it");
  return path;
}

export function commandLineProgram(): string {
  const name = process.platform === "win32" ? "patchbay.exe" : "patchbay";
  const target = process.env["CARGO_TARGET_DIR"] ?? join(ROOT, "target");
  // Tests of the command line alone need no window to be built.
  return findProgram([join(target, "debug", name)]) ?? join(dirname(appProgram()), name);
}

/** The driver drops what the app says on standard error; a script in between keeps it. */
function withLog(): { path: string; log: () => string; erase: () => Promise<void> } {
  if (process.platform === "win32")
    return { path: appProgram(), log: () => "", erase: () => Promise.resolve() };
  const folder = mkdtempSync(join(tmpdir(), "patchbay-log-"));
  const [path, log] = [join(folder, "start"), join(folder, "log")];
  writeFileSync(path, `#!/bin/sh\nexec '${appProgram()}' 2>>'${log}'\n`, { mode: 0o700 });
  return {
    path,
    log: () => (existsSync(log) ? readFileSync(log, "utf8") : ""),
    erase: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

export async function startDriver(env: NodeJS.ProcessEnv): Promise<{ driver: RunningProgram; port: number }> {
  const tauriDriver = findProgram([
    join(ROOT, "target", "tools", "bin", process.platform === "win32" ? "tauri-driver.exe" : "tauri-driver"),
    "tauri-driver",
  ]);
  if (!tauriDriver) throw new Error("tauri-driver is missing: ./dev e2e installs it");
  const [port, nativePort] = [await freePort(), await freePort()];
  const native = findProgram([process.env["NATIVE_DRIVER"], "WebKitWebDriver"]);
  const driver = await startProgram(
    tauriDriver,
    ["--port", `${port}`, "--native-port", `${nativePort}`, ...(native ? ["--native-driver", native] : [])],
    {
      env,
      withinMs: 15_000,
      isReady: async () =>
        (await fetch(`http://127.0.0.1:${port}/status`).then(
          (response) => response.ok,
          () => false,
        )) as boolean,
    },
  );
  return { driver, port };
}

function windowOf(
  driver: WebDriver,
  browser: BrowserOpener,
  home: string,
  log: () => string,
  started: { stop(): Promise<void> }[],
): AppWindow {
  // As rendered; the driver's own getText leaves out what an ancestor clips.
  const text = () => driver.executeScript<string>("return document.body.innerText");
  const waitFor = async <T>(
    what: string,
    look: () => Promise<T | undefined>,
    withinMs: number,
  ): Promise<T> => {
    const deadline = Date.now() + withinMs;
    for (;;) {
      // An element may go between two looks; the next look finds its successor.
      const found = await look().catch(() => undefined);
      if (found !== undefined) return found;
      if (Date.now() > deadline) {
        await screenshot(`not-found-${Date.now()}`);
        throw new Error(`the window did not show ${what} within ${withinMs} ms; it shows:\n${await text()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  let watched = 0;
  const find = (role: string, name: string | RegExp, withinMs = SHOWN_WITHIN_MS) =>
    waitFor(`a ${role} named ${name}`, () => findByRole(driver, role, name), withinMs);
  const screenshot = async (name: string) => {
    mkdirSync(ARTIFACTS, { recursive: true });
    const path = join(ARTIFACTS, `${name}.png`);
    // The picture is of the last frame that was drawn: two frames later what was asked for is in it.
    await driver.executeAsyncScript(
      "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done));",
    );
    writeFileSync(path, Buffer.from(await driver.takeScreenshot(), "base64"));
    return path;
  };
  const nextUrl = async (withinMs?: number) =>
    browser.nextUrl(withinMs).catch(async (error: Error) => {
      await screenshot(`no-browser-${Date.now()}`);
      throw new Error(`${error.message}; the window shows:\n${await text()}\nand the app said:\n${log()}`);
    });
  return {
    driver,
    browser: { ...browser, nextUrl },
    home,
    find,
    text,
    screenshot,
    log,
    has: async (role, name) => (await findByRole(driver, role, name)) !== undefined,
    async ask<Answer>(command: string, args: Record<string, unknown> = {}) {
      const [answer, refusal] = await driver.executeAsyncScript<[Answer, unknown]>(ASK, command, args);
      if (refusal !== null) throw new Error(`${command} was refused: ${JSON.stringify(refusal)}`);
      return answer;
    },
    async press(role, name) {
      await waitFor(
        `a ${role} named ${name} that can be pressed`,
        async () => {
          const element = await findByRole(driver, role, name);
          if (!element || !(await element.isEnabled())) return undefined;
          await element.click();
          return true;
        },
        SHOWN_WITHIN_MS,
      );
    },
    async fill(name, value) {
      const field = await find("textbox", name);
      await field.clear();
      await field.sendKeys(value);
    },
    waitForText: (wanted, withinMs = SHOWN_WITHIN_MS) =>
      waitFor(
        `the text ${wanted}`,
        async () => {
          const shown = await text();
          return matches(shown, wanted) ? shown : undefined;
        },
        withinMs,
      ),
    async waitForNoText(unwanted, withinMs = SHOWN_WITHIN_MS) {
      await waitFor(
        `a page without ${unwanted}`,
        async () => (matches(await text(), unwanted) ? undefined : true),
        withinMs,
      );
    },
    async watch(wanted, isShown) {
      const name = `watched-${watched++}`;
      await driver.executeScript(WATCH, name, wanted.source, isShown);
      const at = () => driver.executeScript<number | null>("return window[arguments[0]]", name);
      return {
        at: () =>
          waitFor(
            isShown ? `the text ${wanted}` : `a page without ${wanted}`,
            async () => (await at()) ?? undefined,
            SHOWN_WITHIN_MS,
          ),
      };
    },
    async resize(width, height) {
      await driver.manage().window().setRect({ width, height });
      // The page is laid out anew a frame or more later; where the window keeps another size, whoever needs this one says so.
      await driver
        .wait(
          async () => (await driver.executeScript<number>("return innerWidth")) === width,
          RESIZED_WITHIN_MS,
        )
        .catch(() => undefined);
    },
    async stop({ keepHome = false } = {}) {
      await stopAll(started);
      if (!keepHome) rmSync(home, { recursive: true, force: true });
    },
  };
}

const WATCH = `
  const [name, source, isShown] = arguments;
  const wanted = new RegExp(source);
  const observer = new MutationObserver(look);
  function look() {
    if (wanted.test(document.body.innerText) !== isShown) return;
    window[name] = Date.now();
    observer.disconnect();
  }
  window[name] = null;
  observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  look();
`;

const ASK = `
  const [command, args, done] = arguments;
  window.__TAURI_INTERNALS__.invoke(command, args).then((answer) => done([answer, null]), (refusal) => done([null, refusal]));
`;

/** Asks the web view for each element's computed role and name, as assistive technology does. */
async function findByRole(
  driver: WebDriver,
  role: string,
  name: string | RegExp,
): Promise<WebElement | undefined> {
  const candidates = await driver.findElements(By.css(CANDIDATES[role] ?? `[role="${role}"]`));
  for (const candidate of candidates) {
    try {
      if (!(await candidate.isDisplayed())) continue;
      const accessibleName = await candidate.getAccessibleName();
      if (typeof name === "string" ? accessibleName.trim() === name : name.test(accessibleName))
        return candidate;
    } catch (gone) {
      // The page was drawn anew between our two questions: what is gone is not what we look for.
      if (!(gone instanceof error.StaleElementReferenceError)) throw gone;
    }
  }
  return undefined;
}

/** Elements that can have a role; narrows what the web view is asked about. */
const CANDIDATES: Record<string, string> = {
  button: 'button,[role="button"],summary',
  link: 'a[href],[role="link"]',
  textbox:
    'input:not([type]),input[type="text"],input[type="url"],input[type="password"],input[type="search"],textarea,[role="textbox"],[role="searchbox"],[role="combobox"]',
  checkbox: 'input[type="checkbox"],[role="checkbox"]',
  switch: '[role="switch"]',
  radio: 'input[type="radio"],[role="radio"]',
  combobox: 'select,[role="combobox"]',
  heading: 'h1,h2,h3,h4,[role="heading"]',
  dialog: 'dialog,[role="dialog"],[role="alertdialog"]',
  row: 'tr,[role="row"]',
  option: '[role="option"]',
  menuitem: '[role="menuitem"]',
  img: 'img,svg[role="img"],[role="img"]',
};

function matches(shown: string, wanted: string | RegExp): boolean {
  return typeof wanted === "string" ? shown.includes(wanted) : wanted.test(shown);
}

async function stopAll(started: { stop(): Promise<void> }[]): Promise<void> {
  for (const part of started.splice(0).reverse()) await part.stop().catch(() => undefined);
}
