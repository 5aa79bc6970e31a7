/** What a menu opens, once its script is there: `late_parts.ts` puts it here. */

import type DropMenu from "./DropMenu.svelte";

class Drops {
  /** Null: it is on its way. */
  menu = $state.raw<typeof DropMenu | null>(null);
}

export const drops = new Drops();
