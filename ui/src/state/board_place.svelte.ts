/** Where a person was on the board: kept while another screen is open. */

import { SvelteSet } from "svelte/reactivity";

export class BoardPlace {
  filter = $state("");
  activeKey = $state<string | null>(null);
  readonly closed = new SvelteSet<string>();
  scrollTop = 0;
  /** Focus goes back to the row that was opened. */
  wantsFocus = false;
}
