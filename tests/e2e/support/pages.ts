// The window's pages without the program: the built UI on its invented data, in the same web view as the window's where this
// system has a driver for it (WebKitGTK's MiniBrowser), else in Chromium. Quick enough for every screen in every theme and size.
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { Builder, Capabilities, type WebDriver, type WebElement } from "selenium-webdriver";
import { startChromium } from "./chromium.ts";
import { findProgram, freePort, startProgram } from "./program.ts";

const DIST = join(import.meta.dirname, "../../../ui/dist");
const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};
const SHOWN_WITHIN_MS = 20_000;
/** As the program says which clock the system has; and always the same Tuesday morning, so that pictures can be compared. */
const AT_MOMENT = `<script>
  globalThis.patchbayHours = 24;
  {
    const real = Date;
    const ahead = real.UTC(2026, 10, 17, 9, 42) - real.now();
    globalThis.Date = class extends real {
      constructor(...parts) {
        super(...(parts.length === 0 ? [real.now() + ahead] : parts));
      }
      static now() {
        return real.now() + ahead;
      }
    };
  }
</script>`;

export type Pages = {
  readonly driver: WebDriver;
  /** "WebKitGTK" or "Chromium". */
  readonly engine: string;
  /** Opens an address of the demo, `?demo=30#/board`, anew, and waits for its sentence and until it stands still. */
  open(address: string, theme: string): Promise<void>;
  /** Makes what the page sees so large. */
  resize(width: number, height: number): Promise<void>;
  waitFor(text: string | RegExp): Promise<void>;
  /** Presses the first button, link, tab, row or option of this name. */
  press(name: string | RegExp): Promise<void>;
  /** Goes to another screen without a reload. */
  go(hash: string): Promise<void>;
  /** Waits until nothing moves any more and every answer of the demo has come. */
  settled(): Promise<void>;
  picture(): Promise<Buffer>;
  stop(): Promise<void>;
};

/** Starts the web view; `ui/dist` must stand, as `npm run build` makes it. */
export async function startPages(): Promise<Pages> {
  const server = await serve();
  const view = await startView().catch(async (error: Error) => {
    await server.stop();
    throw error;
  });
  const { driver } = view;
  const text = () => driver.executeScript<string>("return document.body.innerText");
  const until = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
    const deadline = Date.now() + SHOWN_WITHIN_MS;
    for (;;) {
      const found = await look().catch(() => undefined);
      if (found !== undefined) return found;
      if (Date.now() > deadline) throw new Error(`the page did not show ${what}; it shows:\n${await text()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const settled = async (): Promise<void> => {
    let before = "";
    await until("the same twice", async () => {
      const now = await driver.executeAsyncScript<string>(
        `
        const done = arguments[0];
        // What fades out is there until its animation has ended, which on a busy machine takes longer than it says.
        const ends = (it) => it.playState === "running" && it.effect?.getComputedTiming().endTime !== Infinity;
        setTimeout(() => done(document.getAnimations().some(ends) ? "" : document.body.innerHTML), 300);
        `,
      );
      const isSame = now !== "" && now === before && !now.includes('aria-busy="true"');
      before = now;
      return isSame ? true : undefined;
    });
  };
  let opened = 0;
  return {
    driver,
    engine: view.engine,
    async open(address, theme) {
      const [query = "", hash = ""] = address.split("#");
      const url = `${server.address}/${query === "" ? "?" : `${query}&`}open=${opened++}#${hash}`;
      if (opened === 1) await driver.get(url);
      await driver.executeScript(
        `localStorage.clear(); localStorage.setItem("patchbay.preferences", JSON.stringify({ theme: arguments[0] }))`,
        theme,
      );
      await driver.get(url);
      await until("a sentence", async () => {
        const sentence = await driver.executeScript<string>(
          "return document.querySelector('h1')?.innerText ?? ''",
        );
        return sentence.length > 3 ? true : undefined;
      });
      // A press on what still moves lands on what takes its place.
      await settled();
    },
    async resize(width, height) {
      const size = () => driver.executeScript<[number, number]>("return [innerWidth, innerHeight]");
      // What surrounds the page takes its room, which is only known once it is drawn.
      for (let look = 0; look < 20; look += 1) {
        const [w, h] = await size();
        if (w === width && h === height) return;
        const rect = await driver.manage().window().getRect();
        await driver
          .manage()
          .window()
          .setRect({ width: rect.width + width - w, height: rect.height + height - h });
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`the page is ${(await size()).join("×")}, not ${width}×${height}`);
    },
    async waitFor(wanted) {
      await until(`${wanted}`, async () => {
        const shown = await text();
        return (typeof wanted === "string" ? shown.includes(wanted) : wanted.test(shown)) ? true : undefined;
      });
    },
    async press(name) {
      await until(`something named ${name} to press`, async () => {
        const found = await named(driver, name);
        if (found === null) return undefined;
        await found.click();
        return true;
      });
    },
    go: (hash) => driver.executeScript("location.hash = arguments[0]", hash),
    settled,
    async picture() {
      // The picture is of the last frame that was drawn: two frames later what was asked for is in it.
      await driver.executeAsyncScript(
        "const done = arguments[0]; document.fonts.ready.then(() => requestAnimationFrame(() => requestAnimationFrame(done)));",
      );
      return Buffer.from(await driver.takeScreenshot(), "base64");
    },
    async stop() {
      await view.stop();
      await server.stop();
    },
  };
}

/** By what it is called: its label, else its own words. None while anything still moves: a press on a menu that closes is lost. */
async function named(driver: WebDriver, name: string | RegExp): Promise<WebElement | null> {
  return driver.executeScript<WebElement | null>(
    `
    const [text, pattern] = arguments;
    const ends = (it) => it.playState === "running" && it.effect?.getComputedTiming().endTime !== Infinity;
    if (document.getAnimations().some(ends)) return null;
    const wanted = pattern === null ? (name) => name === text : (name) => new RegExp(pattern).test(name);
    return [...document.querySelectorAll('button,a[href],summary,label,[role="row"],[role="treeitem"],[role="option"],[role="menuitem"],[role="switch"]')]
      .filter((element) => element.checkVisibility() && !element.disabled)
      .find((element) => wanted((element.getAttribute("aria-label") ?? element.innerText).replace(/\\s+/g, " ").trim())) ?? null;
  `,
    typeof name === "string" ? name : "",
    typeof name === "string" ? null : name.source,
  );
}

type View = { driver: WebDriver; engine: string; stop(): Promise<void> };

async function startView(): Promise<View> {
  const driverProgram = findProgram([process.env["NATIVE_DRIVER"], "WebKitWebDriver"]);
  const binary = findProgram([
    process.env["MINIBROWSER"],
    ...["x86_64-linux-gnu", "aarch64-linux-gnu"].map(
      (machine) => `/usr/lib/${machine}/webkit2gtk-4.1/MiniBrowser`,
    ),
    "/usr/libexec/webkit2gtk-4.1/MiniBrowser",
    "/usr/lib/webkit2gtk-4.1/MiniBrowser",
  ]);
  if (driverProgram === undefined || binary === undefined) {
    const chromium = await startChromium();
    return { driver: chromium.page, engine: "Chromium", stop: chromium.stop };
  }
  const port = await freePort();
  const program = await startProgram(driverProgram, [`--port=${port}`], {
    env: { TZ: "Europe/Oslo" },
    withinMs: 15_000,
    isReady: () =>
      fetch(`http://127.0.0.1:${port}/status`).then(
        (response) => response.ok,
        () => false,
      ),
  });
  try {
    const driver = await new Builder()
      .usingServer(`http://127.0.0.1:${port}/`)
      .withCapabilities(
        new Capabilities({
          browserName: "MiniBrowser",
          "webkitgtk:browserOptions": { binary, args: ["--automation"] },
        }),
      )
      .build();
    return {
      driver,
      engine: "WebKitGTK",
      async stop() {
        await driver.quit().catch(() => undefined);
        await program.stop();
      },
    };
  } catch (error) {
    await program.stop();
    throw error;
  }
}

async function serve(): Promise<{ address: string; stop(): Promise<void> }> {
  if (!existsSync(join(DIST, "index.html")))
    throw new Error("the UI is not built: npm --prefix ui run build, or ./dev e2e, which does");
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname));
    const file = join(DIST, path.endsWith(sep) ? "index.html" : path);
    if (!file.startsWith(DIST) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    const content = readFileSync(file);
    response
      .writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" })
      .end(
        file.endsWith("index.html") ? content.toString().replace("<head>", `<head>${AT_MOMENT}`) : content,
      );
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${port}`,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
