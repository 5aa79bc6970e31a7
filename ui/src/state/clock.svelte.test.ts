/** The clock of the window moves when something on screen changes, and not oftener [E1]. */

import { flushSync } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ago, span } from "../words/times";
import { Clock } from "./clock.svelte";

const AT = Date.UTC(2026, 10, 21, 10, 42, 20);
const DAY = 24 * 3_600_000;

let clock: Clock;
let ends: (() => void)[] = [];
/** What a text on screen said, each time it was said anew. */
function shows(words: () => string): string[] {
  const said: string[] = [];
  const end = $effect.root(() => {
    $effect(() => void said.push(words()));
  });
  ends.push(end);
  flushSync();
  return said;
}
/** What moves is said anew between two timers, as in a page. */
function passes(ms: number): void {
  for (let passed = 0; passed < ms; passed += 100) {
    vi.advanceTimersByTime(100);
    flushSync();
  }
}
function isHidden(hidden: boolean): void {
  Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
  document.dispatchEvent(new Event("visibilitychange"));
  flushSync();
}

beforeEach(() => {
  vi.useFakeTimers({ now: AT });
  clock = new Clock();
  ends = [clock.start()];
});
afterEach(async () => {
  for (const end of ends.reverse()) end();
  await Promise.resolve();
  expect(vi.getTimerCount(), "nothing is left that would wake").toBe(0);
  isHidden(false);
  vi.useRealTimers();
});

describe("the clock", () => {
  it("has one timer, to the next minute, while no seconds are said", () => {
    const said = shows(() => ago(AT - 180_000, clock.now));
    expect(said).toEqual(["3 min ago"]);
    expect(vi.getTimerCount()).toBe(1);

    passes(39_000);
    expect(said, "nothing woke").toHaveLength(1);
    passes(1_100);
    expect(said).toEqual(["3 min ago", "3 min ago"]);
    passes(60_000);
    expect(said.at(-1)).toBe("4 min ago");
    expect(said).toHaveLength(3);
  });

  it("moves every five seconds while something is seconds old, and rests when it is older", () => {
    const said = shows(() => ago(AT, clock.now));
    expect(said).toEqual(["just now"]);

    passes(15_000);
    expect(said).toEqual(["just now", "just now", "10 s ago", "15 s ago"]);
    passes(60_000);
    const many = said.length;
    expect(said.at(-1)).toBe("1 min ago");
    passes(20_000);
    expect(said, "a minute is not over").toHaveLength(many);
  });

  it("counts each second only as long as somebody counts down", async () => {
    const said = shows(() => span(AT + 90_000 - clock.second));
    const calm = shows(() => ago(AT - 600_000, clock.now));
    passes(3_000);
    expect(said).toHaveLength(4);
    expect(calm).toHaveLength(1);

    ends.splice(1, 1)[0]?.();
    await Promise.resolve();
    passes(30_000);
    expect(calm).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(1);
  });

  it("stands still while the window is hidden, and is right when it is seen again", () => {
    const said = shows(() => ago(AT - 180_000, clock.now));
    isHidden(true);
    expect(vi.getTimerCount()).toBe(0);
    passes(600_000);
    expect(said).toHaveLength(1);

    isHidden(false);
    expect(said.at(-1)).toBe("13 min ago");
    expect(vi.getTimerCount()).toBe(1);
  });

  it.each([
    ["forward", DAY, /^yesterday 10:39/],
    ["back", -DAY, /^tomorrow 10:39/],
  ])("is right within a minute after the machine's clock was set %s a day", (_, by, words) => {
    const said = shows(() => ago(AT - 180_000, clock.now));
    vi.setSystemTime(AT + by);
    passes(61_000);

    expect(Math.abs(clock.now - Date.now())).toBeLessThan(60_000);
    expect(said.at(-1)).toMatch(words);
    passes(120_000);
    expect(Math.abs(clock.now - Date.now()), "and goes on").toBeLessThan(61_000);
  });
});
