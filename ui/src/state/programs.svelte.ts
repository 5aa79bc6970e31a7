/** Programs at the door, as the engine last said: who asks, who may, what was learned, which runs wait [D1, F2, F3]. */

import {
  type Backend,
  BackendError,
  type BlockedRunView,
  type LearnedProgramView,
  type ProgramAnswer,
  type ProgramView,
  type ProgramsView,
  type UnaskedView,
} from "../backend/backend";
import { answered } from "../words/programs";
import type { Notices } from "./notices.svelte";
import { Reload } from "./reload";

type Permitted = Pick<ProgramView, "id" | "connection" | "name" | "connection_name">;

export class Programs {
  view = $state.raw<ProgramsView | null>(null);
  error = $state.raw<BackendError | null>(null);
  /** How often a change failed: a choice that was clicked then stands again as it is. */
  failures = $state(0);
  /** An answer is on its way. */
  isBusy = $state(false);
  /** The one that is given another name. */
  renaming = $state.raw<LearnedProgramView | null>(null);

  readonly blockedBy = $derived.by(() => {
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- made anew with each answer, never changed
    const byConnection = new Map<string, BlockedRunView[]>();
    for (const run of this.view?.blocked ?? []) {
      for (const { connection } of run.needs) {
        const runs = byConnection.get(connection);
        if (runs === undefined) byConnection.set(connection, [run]);
        else runs.push(run);
      }
    }
    return byConnection;
  });

  readonly #reload: Reload;

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
  ) {
    this.#reload = new Reload(() => this.#load());
  }

  async start(): Promise<() => void> {
    const again = (): void => void this.#reload.request();
    const stops = await Promise.all([
      this.backend.listen("programs_changed", again),
      // Another process of the board wrote something, a run that waits perhaps; of one connection this list tells nothing.
      this.backend.listen("connection_changed", (id) => {
        if (id === null) again();
      }),
      this.backend.listen("platform_changed", again),
    ]);
    await this.#reload.request();
    return () => {
      for (const stop of stops) stop();
    };
  }

  async load(): Promise<void> {
    await this.#reload.request();
  }

  async answer(one: Permitted, answer: ProgramAnswer): Promise<void> {
    const { id, connection } = one;
    const isDone = await this.#change(() => this.backend.call("answer_program", { id, connection, answer }));
    if (isDone) this.notices.show({ tone: "plain", title: answered(one, answer), deed: "programs" });
  }

  /** It is asked about again. */
  async revoke({ id, connection }: Permitted): Promise<void> {
    await this.#change(() => this.backend.call("revoke_program", { id, connection }));
  }

  async setUnasked(unasked: UnaskedView): Promise<void> {
    await this.#change(() => this.backend.call("set_unasked", { unasked }));
  }

  /** Rejects with why it is called as before. */
  async rename(path: string, name: string): Promise<void> {
    this.view = await this.backend.call("rename_learned_program", { path, name });
  }

  async forget(path: string): Promise<void> {
    await this.#change(() => this.backend.call("forget_learned_program", { path }));
  }

  async #change(change: () => Promise<ProgramsView>): Promise<boolean> {
    if (this.isBusy) return false;
    this.isBusy = true;
    try {
      this.view = await change();
      this.error = null;
      this.notices.settle("programs");
      return true;
    } catch (error) {
      this.failures += 1;
      this.notices.failed(error, {}, "programs");
      return false;
    } finally {
      this.isBusy = false;
    }
  }

  async #load(): Promise<void> {
    try {
      this.view = await this.backend.call("programs", {});
      this.error = null;
    } catch (error) {
      this.error = BackendError.of(error);
    }
  }
}
