/** Where a person was on the board: kept while another screen is open. */

import { SvelteSet } from "svelte/reactivity";
import type { LampView } from "../backend/backend";

/** By what the list is sorted; `need`: what needs a person first, as the engine orders it. */
export const sortings = ["need", "name", "grant_end", "next_run", "proved"] as const;
export type Sorting = (typeof sortings)[number];

/** What alone is shown; null: all. Empty: those without one. */
export interface BoardFilter {
  status: LampView | "needs_you" | null;
  provider: string | null;
  customer: string | null;
  platform: string | null;
}

export const noFilter: BoardFilter = { status: null, provider: null, customer: null, platform: null };

export class BoardPlace {
  filter = $state("");
  only = $state.raw<BoardFilter>(noFilter);
  sorting = $state<Sorting>("need");
  isDescending = $state(false);
  activeKey = $state<string | null>(null);
  readonly closed = new SvelteSet<string>();
  scrollTop = 0;
  /** Focus goes back to the row that was opened. */
  wantsFocus = false;

  /** The same again turns it round. */
  sort(by: Sorting): void {
    this.isDescending = this.sorting === by && by !== "need" && !this.isDescending;
    this.sorting = by;
  }

  narrow(change: Partial<BoardFilter>): void {
    this.only = { ...this.only, ...change };
  }
}
