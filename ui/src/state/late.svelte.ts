/** What the first look at the board does not need: fetched behind that look, or as soon as something asks for it [E1]. */

import type * as parts from "../late_parts";
import type { App } from "./app.svelte";

export type LateParts = typeof parts;

class Late {
  /** Null: on its way. */
  parts = $state.raw<LateParts | null>(null);
  #isAsked = false;

  load(fetch: () => Promise<LateParts>): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    fetch().then(
      (parts) => (this.parts = parts),
      // Whatever asks next tries again.
      () => (this.#isAsked = false),
    );
  }

  /** Another screen than the board, or anything that floats above one, does not wait. Returns what ends it. */
  follow(app: App, fetch: () => Promise<LateParts>): () => void {
    return $effect.root(() => {
      $effect(() => {
        if (
          app.navigation.screen.name !== "board" ||
          app.isPaletteOpen ||
          app.isKeysOpen ||
          app.question !== null ||
          app.signIns.connecting !== null ||
          app.signIns.shown !== null
        )
          this.load(fetch);
      });
    });
  }
}

/** One for the page: a script is fetched once. */
export const late = new Late();
