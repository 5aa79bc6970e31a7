// A thousand connections, hundreds of them due at once: the window answers a person all the while. The figures go into
// docs/BENCHMARKS.md; none of them is asserted, as they are this machine's.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startStorm, type Storm } from "./support/storm.ts";
import { rows } from "./support/steps.ts";
import { newHome, startWindow, type AppWindow } from "./support/window.ts";

const COUNT = 1_000;
const DUE = 400;

type Felt = {
  seconds: number;
  frames: number;
  longest_frame_ms: number;
  longest_tick_ms: number;
  command_ms: Record<string, number[]>;
};

/** Counts frames and ticks, and asks what the board asks, until told to stop. */
const FEEL = `
  const felt = { since: performance.now(), frames: 0, longest_frame_ms: 0, longest_tick_ms: 0, command_ms: {}, on: true };
  window.felt = felt;
  let frame_at = felt.since, tick_at = felt.since;
  const frame = (now) => {
    felt.frames += 1;
    felt.longest_frame_ms = Math.max(felt.longest_frame_ms, now - frame_at);
    frame_at = now;
    if (felt.on) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  const ticks = setInterval(() => {
    const now = performance.now();
    felt.longest_tick_ms = Math.max(felt.longest_tick_ms, now - tick_at - 20);
    tick_at = now;
    if (!felt.on) clearInterval(ticks);
  }, 20);
  const ask = async (command, args) => {
    const at = performance.now();
    await window.__TAURI_INTERNALS__.invoke(command, args);
    (felt.command_ms[command] ??= []).push(performance.now() - at);
  };
  (async () => {
    while (felt.on) {
      await ask("board", {});
      await ask("connection", { id: arguments[0] });
      await new Promise((later) => setTimeout(later, 300));
    }
  })();
`;
const STOP_FEELING = `
  window.felt.on = false;
  return { ...window.felt, seconds: (performance.now() - window.felt.since) / 1000 };
`;

describe("a storm", { skip: process.platform !== "linux" }, () => {
  const home = newHome();
  let storm: Storm;
  let window: AppWindow;
  before(async () => {
    storm = await startStorm(home, COUNT, DUE);
    window = await startWindow({ home });
  });
  after(async () => {
    await window?.stop({ keepHome: true });
    await storm?.stop();
  });

  /** F23 B13: filters and opens while refreshes are outstanding; each is refreshed once all the same. */
  it("leaves the window to the person while hundreds of refreshes are under way", async () => {
    const [some] = await rows(window);
    assert.ok(some, "the board is there");
    await window.driver.executeScript(FEEL, some.id);
    await untilRedeemed(20);

    const filteredAt = Date.now();
    await window.fill("Filter connections", "Storm 777");
    await window.waitForNoText(/Storm (?!777)\d/);
    const filtered = Date.now() - filteredAt;
    assert.deepEqual(await shownNames(), ["Storm 777"], "what was typed filters");

    const openedAt = Date.now();
    await window.press("row", /^Storm 777\b/);
    await window.find("button", "Refresh now");
    const opened = Date.now() - openedAt;
    const during = await storm.asked();
    assert.ok(during.redeemed < DUE, `refreshes are outstanding still: ${during.redeemed} of ${DUE} done`);
    await window.screenshot("storm-connection");

    await untilRedeemed(DUE);
    const stormed = await window.driver.executeScript<Felt>(STOP_FEELING);
    const asked = await storm.asked();
    assert.deepEqual([asked.redeemed, asked.reused], [DUE, 0], "each once, and none twice");

    await window.driver.executeScript(FEEL, some.id);
    await new Promise((calm) => setTimeout(calm, 10_000));
    const calm = await window.driver.executeScript<Felt>(STOP_FEELING);
    console.log(`board of ${COUNT}, ${DUE} due, ${storm.written}; at most ${asked.most_at_once} at once`);
    console.log(`filter shown after ${filtered} ms, page after ${opened} ms, the driver's own time included`);
    console.log(`storm: ${inWords(stormed)}`);
    console.log(`calm:  ${inWords(calm)}`);
  });

  async function untilRedeemed(count: number): Promise<void> {
    const deadline = Date.now() + 150_000;
    for (;;) {
      const { redeemed } = await storm.asked();
      if (redeemed >= count) return;
      if (Date.now() > deadline) assert.fail(`only ${redeemed} of ${count} were refreshed`);
      await new Promise((later) => setTimeout(later, 200));
    }
  }

  /** The names of the rows on the page. */
  async function shownNames(): Promise<string[]> {
    return window.driver.executeScript<string[]>(`return document.body.innerText.match(/Storm \\d+/g) ?? []`);
  }
});

function inWords(felt: Felt): string {
  const commands = Object.entries(felt.command_ms).map(([command, spans]) => {
    const sorted = spans.toSorted((one, other) => one - other);
    const at = (share: number) =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!.toFixed(0);
    return `${command} p50 ${at(0.5)}, longest ${at(1)} ms of ${sorted.length}`;
  });
  return (
    `${felt.seconds.toFixed(0)} s, ${(felt.frames / felt.seconds).toFixed(0)} frames a second, ` +
    `longest ${felt.longest_frame_ms.toFixed(0)} ms between two, a timer late by ${felt.longest_tick_ms.toFixed(0)} ms at most; ` +
    commands.join("; ")
  );
}
