/** Puts into the web view's own timeline when the board could first be used; `./dev bench window` reads it there [E1]. */

import type { App } from "./app.svelte";

/** What need not be there before is begun `then`. */
export function markUsable(app: App, then: () => void): void {
  const stop = $effect.root(() => {
    $effect(() => {
      if (app.connections.board === null && app.connections.boardError === null) return;
      // The first frame has the rows; when the second begins it is on the screen, and nothing holds the page up.
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          if (app.connections.board !== null) performance.mark("usable");
          stop();
          then();
        }),
      );
    });
  });
}
