// The window is told to end while a refresh is under way: the answer is stored first, unless somebody insists.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { describe, it } from "node:test";
import { patchbay } from "./support/command_line.ts";
import { startStorm, type Storm } from "./support/storm.ts";
import { appProgram, newHome } from "./support/window.ts";

type End = { code: number | null; signal: string | null };

describe("a window that is told to end", { skip: process.platform !== "linux" }, () => {
  for (const signal of ["SIGTERM", "SIGALRM"] as const) {
    /** S168 A4 */
    it(`stores the answer that is under way, then ends (${signal})`, async () => {
      await withRefreshUnderWay(4_000, async (storm, home, window, ended) => {
        window.kill(signal);

        const { code } = await ended;
        assert.equal(code, 0, "it ended by itself");
        const shown = JSON.parse((await patchbay(home, "show", "Storm 0", "--json")).out);
        assert.equal(shown.token_version, 2, "the answer came first, and is stored");
        assert.deepEqual(await storm.asked().then((it) => [it.redeemed, it.reused]), [1, 0]);
      });
    });
  }

  /** S168 */
  it("ends at once when it is told again", async () => {
    await withRefreshUnderWay(60_000, async (_storm, _home, window, ended) => {
      window.kill("SIGTERM");
      await new Promise((later) => setTimeout(later, 2_000));
      assert.deepEqual([window.exitCode, window.signalCode], [null, null], "it waits for the answer");

      const insistedAt = Date.now();
      window.kill("SIGTERM");

      const { code, signal } = await ended;
      assert.deepEqual([code, signal], [1, null]);
      assert.ok(Date.now() - insistedAt < 10_000, "the answer would have taken a minute");
    });
  });
});

/** A board with one connection that is due, a server that answers late, and a window whose refresh has arrived there. */
async function withRefreshUnderWay(
  answersAfterMs: number,
  play: (storm: Storm, home: string, window: ChildProcess, ended: Promise<End>) => Promise<void>,
): Promise<void> {
  const home = newHome();
  const storm = await startStorm(home, 1, 1, answersAfterMs);
  const window = spawn(appProgram(), [], { env: { ...process.env, PATCHBAY_HOME: home }, stdio: "ignore" });
  const startedAt = Date.now();
  const ended = new Promise<End>((resolve) =>
    window.once("exit", (code, signal) => resolve({ code, signal })),
  );
  try {
    while ((await storm.asked()).redeemed === 0) {
      assert.equal(window.exitCode, null, "the window runs");
      assert.ok(Date.now() - startedAt < 60_000, "what is due is refreshed");
      await new Promise((later) => setTimeout(later, 50));
    }
    await play(storm, home, window, ended);
  } finally {
    window.kill("SIGKILL");
    await ended;
    await storm.stop();
    rmSync(home, { recursive: true, force: true });
  }
}
