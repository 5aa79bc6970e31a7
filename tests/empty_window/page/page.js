// The same mark as the board's, set as late after the page stands: ui/src/state/usable.svelte.ts.
requestAnimationFrame(() =>
  requestAnimationFrame(() => performance.mark("usable")),
);
