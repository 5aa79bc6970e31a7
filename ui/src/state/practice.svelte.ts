/** The practice provider as it is now. */

import type { Backend, CauseLabel, PracticeDeed, PracticeSwitches, PracticeView } from "../backend/backend";
import { deedWords } from "../words/practice";
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

  /** Brings a cause about, with every switch off; null ends that. False where it could not be done. */
  async stage(cause: CauseLabel | null): Promise<boolean> {
    return this.#take(() => this.backend.call("stage_cause", { cause }));
  }

  /** `isTold`: with a notice of what is to be seen next. */
  async do(deed: PracticeDeed, { isTold = true } = {}): Promise<void> {
    const isDone = await this.#take(() => this.backend.call("do_practice_deed", { deed }));
    if (isDone && isTold)
      this.notices.show({ tone: "plain", title: "Practice", detail: deedWords[deed].done });
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
