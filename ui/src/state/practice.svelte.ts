/** The practice provider as it is now. */

import type { Backend, PracticeDeed, PracticeSwitches, PracticeView } from "../backend/backend";
import { deedWords } from "../words/practice";
import type { Staging } from "../words/staging";
import type { Notices } from "./notices.svelte";
import { Reload } from "./reload";

export class Practice {
  view = $state.raw<PracticeView | null>(null);
  isBusy = $state(false);
  #isShown = false;
  readonly #reload: Reload;

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
  ) {
    this.#reload = new Reload(async () => {
      try {
        this.view = await this.backend.call("practice", {});
        this.notices.settle("practice");
      } catch (error) {
        this.notices.failed(error, {}, "practice");
      }
    });
  }

  /** A sign-in starts it, and every grant that begins or ends changes what it says. */
  async start(): Promise<() => void> {
    const look = (): void => {
      if (this.#isShown) void this.load();
    };
    const stops = await Promise.all([
      this.backend.listen("sign_in_changed", look),
      this.backend.listen("connection_changed", look),
    ]);
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Keeps it current while it is in view; answers what ends that. */
  show(): () => void {
    this.#isShown = true;
    void this.load();
    return () => {
      this.#isShown = false;
    };
  }

  async load(): Promise<void> {
    await this.#reload.request();
  }

  async turn(name: keyof PracticeSwitches, on: boolean): Promise<void> {
    const switches = this.view?.switches;
    if (switches === undefined) return;
    await this.#take(() =>
      this.backend.call("set_practice_switches", { switches: { ...switches, [name]: on } }),
    );
  }

  /** Turns on what brings a cause about, and everything else off. False where it could not be done. */
  async stage(staging: Staging): Promise<boolean> {
    if (this.view === null) await this.load();
    const switches = this.view?.switches;
    if (switches === undefined) return false;
    const wanted = Object.fromEntries(
      Object.keys(switches).map((name) => [name, staging.switches.some((one) => one === name)]),
    ) as unknown as PracticeSwitches;
    const isSet = await this.#take(() => this.backend.call("set_practice_switches", { switches: wanted }));
    const { deed } = staging;
    if (!isSet || deed === undefined) return isSet;
    return this.#take(() => this.backend.call("do_practice_deed", { deed }));
  }

  async do(deed: PracticeDeed): Promise<void> {
    const isDone = await this.#take(() => this.backend.call("do_practice_deed", { deed }));
    if (isDone) this.notices.show({ tone: "plain", title: "Practice", detail: deedWords[deed].done });
  }

  async #take(ask: () => Promise<PracticeView>): Promise<boolean> {
    this.isBusy = true;
    try {
      this.view = await ask();
      this.notices.settle("practice");
      return true;
    } catch (error) {
      this.notices.failed(error, {}, "practice");
      return false;
    } finally {
      this.isBusy = false;
    }
  }
}
