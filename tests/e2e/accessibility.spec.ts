// axe on every screen and state of support/screens.ts, light and dark, and what the keyboard cannot get to: on the window's pages
// in the window's own web view. radius_screens.spec.ts asks the same of the program itself.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { breaches, outOfReach, SIZES, THEMES } from "./support/looks.ts";
import { startPages, type Pages } from "./support/pages.ts";
import { screens } from "./support/screens.ts";

let pages: Pages;
before(async () => {
  pages = await startPages();
});
after(async () => {
  await pages?.stop();
});

for (const screen of screens) {
  /** WCAG 2.2 AA */
  it(`finds nothing wrong with ${screen.name}: ${screen.shows}`, async () => {
    const found: string[] = [];
    for (const theme of THEMES) {
      await pages.resize(...SIZES[0]);
      await pages.open(screen.at, theme);
      await screen.act?.(pages);
      if (screen.wait !== undefined) await pages.waitFor(screen.wait);
      await pages.settled();
      for (const breach of await breaches(pages)) found.push(`${theme}: ${breach}`);
      for (const one of await outOfReach(pages)) found.push(`${theme}: the keyboard does not reach ${one}`);
    }
    assert.deepEqual(found, []);
  });
}
