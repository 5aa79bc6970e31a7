/** The practice provider as it is now. */

import type { Backend, PracticeDeed, PracticeSwitches, PracticeView } from "../backend/backend";
import { deedWords } from "../words/practice";
import type { Notices } from "./notices.svelte";

export class Practice {
  view = $state.raw<PracticeView | null>(null);
  isBusy = $state(false);

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
  ) {}

  async load(): Promise<void> {
    await this.#take(() => this.backend.call("practice", {}));
  }

  async turn(name: keyof PracticeSwitches, on: boolean): Promise<void> {
    const switches = this.view?.switches;
    if (switches === undefined) return;
    await this.#take(() =>
      this.backend.call("set_practice_switches", { switches: { ...switches, [name]: on } }),
    );
  }

  async do(deed: PracticeDeed): Promise<void> {
    const isDone = await this.#take(() => this.backend.call("do_practice_deed", { deed }));
    if (isDone) this.notices.show({ tone: "plain", title: "Practice", detail: deedWords[deed].done });
  }

  async #take(ask: () => Promise<PracticeView>): Promise<boolean> {
    this.isBusy = true;
    try {
      this.view = await ask();
      return true;
    } catch (error) {
      this.notices.failed(error);
      return false;
    } finally {
      this.isBusy = false;
    }
  }
}
