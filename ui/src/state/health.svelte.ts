/** The figures over a span of days, and this machine's clock against the servers' [B9, C9]. */

import type { Backend, ClockView, FiguresView, HealthView } from "../backend/backend";
import type { spans } from "../words/figures";
import type { Notices } from "./notices.svelte";
import { Reload } from "./reload";

export type Span = (typeof spans)[number];

export class Health {
  days = $state<Span>(30);
  view = $state.raw<HealthView | null>(null);
  clock = $state.raw<ClockView | null>(null);
  /** The days that `view` is about: while another span loads, the old figures stand. */
  shownDays = $state<Span>(30);

  readonly #byConnection = $derived.by(() => {
    const all = (this.view?.connections ?? []).map((one) => [one.connection_id, one.figures] as const);
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- made anew with each answer, never changed
    return new Map(all);
  });
  readonly #figures: Reload;
  readonly #clock: Reload;

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
  ) {
    this.#figures = new Reload(async () => {
      const days = this.days;
      await this.#take("figures", async () => {
        this.view = await this.backend.call("health", { days });
        this.shownDays = days;
      });
    });
    this.#clock = new Reload(() =>
      this.#take("clock", async () => {
        this.clock = await this.backend.call("clock", {});
        if (this.clock.ahead_ms !== null && !this.clock.is_off) this.notices.over(["clock_is_off"]);
      }),
    );
  }

  /** The clock is said in two places: one answer for both, asked for anew with every change. */
  async start(): Promise<() => void> {
    const stop = await this.backend.listen("connection_changed", () => void this.loadClock());
    await this.loadClock();
    return stop;
  }

  async load(): Promise<void> {
    await this.#figures.request();
  }

  async choose(days: Span): Promise<void> {
    this.days = days;
    await this.load();
  }

  async loadClock(): Promise<void> {
    await this.#clock.request();
  }

  /** Null where nothing happened in the span. */
  of(connection: string): FiguresView | null {
    return this.#byConnection.get(connection) ?? null;
  }

  async #take(deed: string, load: () => Promise<void>): Promise<void> {
    try {
      await load();
      this.notices.settle(deed);
    } catch (error) {
      this.notices.failed(error, {}, deed);
    }
  }
}
