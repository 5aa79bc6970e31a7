/** What breaks next, as the engine last laid it out; asked again when something it rests on changes, and when time or the clock has moved on [B11, D3]. */

import { type Backend, BackendError, type HorizonView, type ReachView } from "../backend/backend";
import { Reload } from "./reload";

/** From near to far: what + and - step through. */
export const reaches = [
  "day",
  "three_days",
  "week",
  "month",
  "quarter",
] as const satisfies readonly ReachView[];

/** An axis that was laid out longer ago is laid out anew. */
const GOOD_FOR_MS = 10 * 60_000;
/** A clock that stands before the axis was set back; by less, it was only read earlier. */
const SET_BACK_MS = 5_000;

export class Horizon {
  reach = $state<ReachView>("quarter");
  /** The last answer stands until the next is here. */
  view = $state.raw<HorizonView | null>(null);
  error = $state.raw<BackendError | null>(null);
  isListed = $state(false);
  #isOpen = false;
  readonly #reload: Reload;

  /** When each connection, of either plane, is needed next. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- made anew with each answer, never changed
  readonly needs = $derived(new Map((this.view?.needs ?? []).map((need) => [need.id, need.at])));
  readonly #passes = $derived.by(() => {
    const from = this.view?.from ?? 0;
    const marks = [...(this.view?.runs ?? []), ...(this.view?.ends ?? [])];
    return Math.min(Infinity, ...marks.map((mark) => mark.at).filter((at) => at > from));
  });

  constructor(private readonly backend: Backend) {
    this.#reload = new Reload(() => this.#load());
  }

  async start(): Promise<() => void> {
    const again = (): void => {
      if (this.#isOpen) this.ask();
    };
    const stops = await Promise.all([
      this.backend.listen("connection_changed", again),
      this.backend.listen("platform_changed", again),
    ]);
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** The board is on screen. */
  show(): void {
    this.#isOpen = true;
    this.ask();
  }

  leave(): void {
    this.#isOpen = false;
  }

  ask(): void {
    void this.#reload.request();
  }

  choose(reach: ReachView): void {
    if (this.reach === reach) return;
    this.reach = reach;
    this.ask();
  }

  /** One step nearer or further. */
  zoom(step: 1 | -1): void {
    const next = reaches[reaches.indexOf(this.reach) + step];
    if (next !== undefined) this.choose(next);
  }

  /** The clock as the window reads it: past a mark, past its best, or before its beginning. */
  follow(now: number): void {
    if (this.view === null || !this.#isOpen) return;
    const { from } = this.view;
    if (now > this.#passes || now - from > GOOD_FOR_MS || from - now > SET_BACK_MS) this.ask();
  }

  async #load(): Promise<void> {
    try {
      this.view = await this.backend.call("horizon", { reach: this.reach });
      this.error = null;
    } catch (error) {
      this.error = BackendError.of(error);
    }
  }
}
