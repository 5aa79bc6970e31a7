/** Puts into the web view's own timeline when the board could first be used; `./dev bench window` reads it there [E1]. */

import type { App } from "./app.svelte";

export function markUsable(app: App): void {
  const stop = $effect.root(() => {
    $effect(() => {
      if (app.connections.board === null) return;
      // The first frame has the rows; when the second begins it is on the screen, and nothing holds the page up.
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          performance.mark("usable");
          stop();
        }),
      );
    });
  });
}
