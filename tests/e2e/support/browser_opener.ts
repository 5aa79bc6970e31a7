// Stands where a person's browser stands: takes the URL the app opens and hands it to the test.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type BrowserOpener = {
  /** For the app: `$BROWSER`, and the default browser that xdg-open finds first where there is a display. */
  readonly env: {
    readonly BROWSER: string;
    readonly XDG_CONFIG_HOME: string;
    readonly XDG_DATA_HOME: string;
    /** Only where no launcher may be found. */
    readonly PATH?: string;
  };
  /** The URL opened next, or opened since the last call. */
  nextUrl(withinMs?: number): Promise<string>;
  /** How many URLs were opened that no `nextUrl` has taken. */
  readonly untaken: () => number;
  stop(): Promise<void>;
};

/** With `fails`, `$BROWSER` ends with an error and no launcher of a desktop is found, as where none is installed. */
export async function startBrowserOpener({ fails = false } = {}): Promise<BrowserOpener> {
  const opened: string[] = [];
  const waiting: ((url: string) => void)[] = [];
  const server = createServer((socket) => {
    let line = "";
    socket.on("data", (chunk: Buffer) => (line += chunk.toString()));
    socket.on("error", () => socket.destroy());
    socket.on("end", () => {
      const url = line.trim();
      const taker = waiting.shift();
      if (taker) taker(url);
      else opened.push(url);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  const folder = mkdtempSync(join(tmpdir(), "patchbay-browser-"));
  const script = join(folder, "open-url");
  const { port } = server.address() as AddressInfo;
  writeFileSync(
    script,
    fails ? "#!/bin/sh\nexit 1\n" : `#!/usr/bin/env bash\nprintf '%s\\n' "$1" >/dev/tcp/127.0.0.1/${port}\n`,
  );
  chmodSync(script, 0o700);
  const config = join(folder, "config");
  const data = join(folder, "data");
  mkdirSync(config);
  mkdirSync(join(data, "applications"), { recursive: true });
  writeFileSync(
    join(data, "applications", "patchbay-test-browser.desktop"),
    `[Desktop Entry]\nType=Application\nName=Patchbay test browser\nExec=${script} %u\n` +
      "MimeType=x-scheme-handler/http;x-scheme-handler/https;\n",
  );
  writeFileSync(
    join(config, "mimeapps.list"),
    "[Default Applications]\nx-scheme-handler/http=patchbay-test-browser.desktop\n" +
      "x-scheme-handler/https=patchbay-test-browser.desktop\n",
  );

  return {
    env: {
      BROWSER: script,
      XDG_CONFIG_HOME: config,
      XDG_DATA_HOME: data,
      ...(fails ? { PATH: config } : {}),
    },
    nextUrl: (withinMs = 15_000) => {
      const url = opened.shift();
      if (url !== undefined) return Promise.resolve(url);
      return new Promise((resolve, reject) => {
        const taker = (next: string) => {
          clearTimeout(patience);
          resolve(next);
        };
        const patience = setTimeout(() => {
          waiting.splice(waiting.indexOf(taker), 1);
          reject(new Error(`no browser was opened within ${withinMs} ms`));
        }, withinMs);
        waiting.push(taker);
      });
    },
    untaken: () => opened.length,
    async stop() {
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
