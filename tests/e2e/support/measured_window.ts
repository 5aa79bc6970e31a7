// A window whose start, keystrokes and frames are measured: ours or the empty one, through tauri-driver, each with a driver of its
// own so that nothing of the last is left. What is measured is taken in the page, by its own clock; the driver only asks for it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Builder, By, Capabilities, Key, type WebDriver } from "selenium-webdriver";
import { startDriver } from "./window.ts";

/** A program and the data folder it is started on. */
export type Measured = { readonly name: string; readonly program: string; readonly home: string };

/** What the page did about one key, in milliseconds since it was pressed. */
export type Keystroke = {
  /** All work is done and the page is laid out. */
  readonly answered: number;
  /** The next frame has begun with it. */
  readonly framed: number;
  readonly rows: number;
};

export type MeasuredWindow = {
  /** From the program's start until its page could be used, in milliseconds. */
  readonly started: number;
  /** Presses each character of a text, then takes them back one by one. */
  type(text: string): Promise<Keystroke[]>;
  /** Scrolls the board, and says how long each frame took. */
  scroll(milliseconds: number): Promise<number[]>;
  /** Fills the empty window's scroller with as many plain lines of text: what any page with something on it pays. */
  fillWithText(lines: number): Promise<void>;
  /** Asks the engine for the board so many times, and says how long each answer took, and each frame meanwhile. */
  askBoard(times: number): Promise<[answers: number[], frames: number[]]>;
  stop(): Promise<void>;
};

export async function openMeasured({ program, home }: Measured): Promise<MeasuredWindow> {
  const folder = mkdtempSync(join(tmpdir(), "patchbay-speed-"));
  const [start, began] = [join(folder, "start"), join(folder, "began")];
  // Takes the time last of all: starting the shell is not the program's.
  writeFileSync(
    start,
    `#!/bin/bash\nexport PATCHBAY_HOME='${home}'\necho "$EPOCHREALTIME" >'${began}'\nexec '${program}' 2>/dev/null\n`,
    { mode: 0o700 },
  );
  const { driver, port } = await startDriver({});
  const stops = [async () => rmSync(folder, { recursive: true, force: true }), () => driver.stop()];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one().catch(() => undefined);
  };
  try {
    const session = await new Builder()
      .usingServer(`http://127.0.0.1:${port}/`)
      .withCapabilities(new Capabilities({ browserName: "wry", "tauri:options": { application: start } }))
      .build();
    stops.push(() => session.quit());
    await session.manage().setTimeouts({ script: 120_000 });
    const usable = await session.executeAsyncScript<number>(USABLE_AT);
    // The decimal sign is the locale's.
    const beganAt = Number(readFileSync(began, "utf8").trim().replace(",", ".")) * 1000;
    const started = usable - beganAt;
    if (!(started > 0 && started < 120_000))
      throw new Error(`${program} cannot have started in ${started} ms`);
    return {
      started,
      type: (text) => type(session, text),
      scroll: async (milliseconds) => {
        const [gaps, top] = await session.executeAsyncScript<[number[], number]>(SCROLL, milliseconds);
        if (top === 0) throw new Error(`${program} did not scroll`);
        return gaps;
      },
      fillWithText: (lines) => session.executeScript(FILL_WITH_TEXT, lines),
      askBoard: (times) => session.executeAsyncScript<[number[], number[]]>(ASK_BOARD, times),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function type(session: WebDriver, text: string): Promise<Keystroke[]> {
  const field = await session.findElement(By.css('input[aria-label="Filter connections"]'));
  await session.executeScript(FEEL_KEYS, field);
  const keys = [...text, ...[...text].map(() => Key.BACK_SPACE)];
  for (const [index, key] of keys.entries()) {
    await field.sendKeys(key);
    // One after the other, as fingers do it: two in one frame would be answered together.
    await session.executeAsyncScript(FELT, index + 1);
  }
  return session.executeScript<Keystroke[]>("return window.felt_keys");
}

const USABLE_AT = `
  const [done] = arguments;
  const look = () => {
    const [mark] = performance.getEntriesByName("usable");
    if (mark) done(performance.timeOrigin + mark.startTime);
    else setTimeout(look, 50);
  };
  look();
`;

/** A page answers in the task of the event and the microtasks behind it: a message comes right after those. */
const FEEL_KEYS = `
  const [field] = arguments;
  const felt = (window.felt_keys = []);
  if (window.feels_keys) return;
  window.feels_keys = true;
  const later = (then) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = then;
    port2.postMessage(0);
  };
  let pressed = 0;
  field.addEventListener("keydown", () => (pressed = performance.now()), { capture: true });
  field.addEventListener("input", () =>
    later(() => {
      void document.body.offsetHeight;
      const answered = performance.now() - pressed;
      const rows = document.querySelectorAll(".board [data-row]:not(.ghead)").length;
      requestAnimationFrame(() =>
        later(() => window.felt_keys.push({ answered, framed: performance.now() - pressed, rows })),
      );
    }),
  );
`;

const FELT = `
  const [count, done] = arguments;
  const look = () => (window.felt_keys.length >= count ? done() : setTimeout(look, 5));
  look();
`;

/** Three screens of rows a second: as a wheel that is turned without a stop. */
const SCROLL = `
  const [milliseconds, done] = arguments;
  const scroller = document.querySelector(".board");
  scroller.scrollTop = 0;
  const gaps = [];
  let began, last;
  const frame = (now) => {
    if (last !== undefined) gaps.push(now - last);
    began ??= now;
    last = now;
    scroller.scrollTop += 40;
    if (now - began < milliseconds) requestAnimationFrame(frame);
    else {
      const top = scroller.scrollTop;
      scroller.scrollTop = 0;
      done([gaps, top]);
    }
  };
  requestAnimationFrame(frame);
`;

const FILL_WITH_TEXT = `
  const [count] = arguments;
  const text = document.createElement("pre");
  text.style.cssText = "margin: 0; line-height: 44px";
  text.textContent = Array.from({ length: count }, (_, line) => "Connection " + line + "  account-" + line + "  active").join("\\n");
  document.querySelector(".space").replaceChildren(text);
`;

const ASK_BOARD = `
  const [times, done] = arguments;
  const [answers, gaps] = [[], []];
  let last, over = false;
  const frame = (now) => {
    if (last !== undefined) gaps.push(now - last);
    last = now;
    if (over) done([answers, gaps]);
    else requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  (async () => {
    for (let time = 0; time < times; time += 1) {
      const at = performance.now();
      await window.__TAURI_INTERNALS__.invoke("board", {});
      answers.push(performance.now() - at);
    }
    over = true;
  })();
`;
