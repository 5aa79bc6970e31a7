/** The one clock: every relative time on screen reads it, and it moves only when one of them changes. */

import { createSubscriber } from "svelte/reactivity";
import { hearSeconds } from "../words/times";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Enough for "12 s ago", calm for long lists. */
const FEW_SECONDS = 5 * SECOND;

export class Clock {
  /** Moves with each minute, and every five seconds while something on screen says seconds. */
  now = $state(Date.now());
  #second = $state(Date.now());
  #isRunning = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueAt = Infinity;
  /** Something said seconds since the clock last moved. */
  #isOfSeconds = false;
  #countingDown = 0;
  readonly #countDown = createSubscriber(() => {
    this.#countingDown += 1;
    this.#schedule();
    return () => {
      this.#countingDown -= 1;
      this.#schedule();
    };
  });

  /** Moves every second as long as something on screen reads it: for what counts down before a person's eyes. */
  get second(): number {
    this.#countDown();
    return this.#second;
  }

  start(): () => void {
    this.#isRunning = true;
    hearSeconds(() => {
      if (this.#isOfSeconds) return;
      this.#isOfSeconds = true;
      this.#schedule();
    });
    // A window that nobody sees needs no time; one that is seen again has the right one at once.
    const seen = (): void => {
      if (!document.hidden) this.sync();
      this.#schedule();
    };
    document.addEventListener("visibilitychange", seen);
    window.addEventListener("focus", seen);
    this.sync();
    return () => {
      this.#isRunning = false;
      this.#schedule();
      hearSeconds(null);
      document.removeEventListener("visibilitychange", seen);
      window.removeEventListener("focus", seen);
    };
  }

  /** Catches up at once, after sleep or before an answer is shown. */
  sync(): void {
    this.#move(Date.now());
    this.#schedule();
  }

  #move(to: number): void {
    this.#isOfSeconds = false;
    this.#second = to;
    this.now = to;
  }

  #tick(): void {
    this.#dueAt = Infinity;
    const to = Date.now();
    const isMinute = Math.floor(to / MINUTE) !== Math.floor(this.now / MINUTE);
    // Also where the clock was set back.
    if (isMinute || (this.#isOfSeconds && Math.abs(to - this.now) >= FEW_SECONDS - 100)) this.#move(to);
    else this.#second = to;
    this.#schedule();
  }

  /** One timer, to what changes next. */
  #schedule(): void {
    if (!this.#isRunning || document.hidden) {
      clearTimeout(this.#timer);
      this.#dueAt = Infinity;
      return;
    }
    const wait =
      this.#countingDown > 0 ? SECOND : this.#isOfSeconds ? FEW_SECONDS : MINUTE - (Date.now() % MINUTE) + 5;
    const at = performance.now() + wait;
    // One that comes sooner stands; one that came far too soon would wake for nothing.
    if (Math.abs(this.#dueAt - at) < SECOND / 2) return;
    clearTimeout(this.#timer);
    this.#dueAt = at;
    this.#timer = setTimeout(() => this.#tick(), wait);
  }
}
