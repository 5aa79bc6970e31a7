/** What was done last and can be taken back: by the toast that tells of it, or by Ctrl+Z. */

import type { Notices } from "./notices.svelte";

export interface Deed {
  /** What was done, as the toast tells it. */
  title: string;
  detail?: string;
  /** Takes it back; whether that could be done. Why not is said by whoever tried. */
  run: () => Promise<boolean>;
}

/** Older ones are history: who comes back to them would not know any more what they were. */
const KEPT = 20;

export class Undo {
  #deeds = $state.raw<readonly (Deed & { id: number })[]>([]);
  #next = 1;

  /** What Ctrl+Z would take back. */
  readonly last = $derived(this.#deeds.at(-1) ?? null);

  constructor(private readonly notices: Notices) {}

  /** Tells what was done, with the way back. */
  offer(deed: Deed): void {
    const id = this.#next++;
    this.#deeds = [...this.#deeds.slice(1 - KEPT), { ...deed, id }];
    this.notices.show({
      tone: "plain",
      title: deed.title,
      detail: deed.detail ?? "",
      action: { label: "Undo", run: () => void this.#take(id) },
      deed: `undo ${id}`,
    });
  }

  /** Takes the last one back. False: there is none. */
  async back(): Promise<boolean> {
    const { last } = this;
    if (last === null) {
      this.notices.say("There is nothing to undo.");
      return false;
    }
    return this.#take(last.id);
  }

  async #take(id: number): Promise<boolean> {
    const deed = this.#deeds.find((one) => one.id === id);
    if (deed === undefined) return false;
    this.#deeds = this.#deeds.filter((one) => one.id !== id);
    this.notices.settle(`undo ${id}`);
    const isDone = await deed.run();
    if (isDone) this.notices.say(`Undone: ${deed.title}`);
    return isDone;
  }
}
