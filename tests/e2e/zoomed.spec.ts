// Every screen and state of support/screens.ts zoomed to 200 %, and without the fonts that it brings: nothing sticks out of the
// window, nothing is scrolled sideways to be read, no words are cut off without a sign, and every button can be pressed [E1].
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { CUT_OFF, NOT_PRESSABLE, SCROLLS_SIDEWAYS, SIZES, STICKS_OUT } from "./support/looks.ts";
import { startPages, type Pages } from "./support/pages.ts";
import { screens } from "./support/screens.ts";

/** What a window of 1280×800 shows at 200 %, and the smallest one. */
const ZOOMED = [
  [640, 400],
  [450, 300],
] as const;

let pages: Pages;
before(async () => {
  pages = await startPages();
});
after(async () => {
  await pages?.stop();
});

async function found(): Promise<string[]> {
  const sideways = await pages.driver.executeScript<number>(
    "return Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - innerWidth",
  );
  // A live region of a pixel stands at its end.
  const down = await pages.driver.executeScript<number>(
    "return Math.max(document.documentElement.scrollHeight, document.body.scrollHeight) - innerHeight",
  );
  return [
    ...(down > 1 ? [`the page is ${down} pixels higher than the window`] : []),
    ...(sideways > 0 ? [`the page is ${sideways} pixels wider than the window`] : []),
    ...(await pages.driver.executeScript<string[]>(STICKS_OUT)).map((one) => `sticks out: ${one}`),
    ...(await pages.driver.executeScript<string[]>(CUT_OFF)).map((one) => `is cut off: ${one}`),
    ...(await pages.driver.executeScript<string[]>(SCROLLS_SIDEWAYS)).map(
      (one) => `scrolls sideways: ${one}`,
    ),
  ];
}

for (const screen of screens) {
  /** WCAG 1.4.4, 1.4.10 */
  it(`holds ${screen.name} at 200 % and without fonts: ${screen.shows}`, async () => {
    await pages.resize(...SIZES[0]);
    await pages.open(screen.at, "light");
    await screen.act?.(pages);
    if (screen.wait !== undefined) await pages.waitFor(screen.wait);
    const all: string[] = [];
    for (const [width, height] of ZOOMED) {
      await pages.resize(width, height);
      await pages.settled();
      all.push(...(await found()).map((one) => `zoomed, ${width}×${height}: ${one}`));
      const unpressable = await pages.driver.executeScript<string[]>(NOT_PRESSABLE);
      all.push(...unpressable.map((one) => `zoomed, ${width}×${height}: cannot be pressed: ${one}`));
    }

    const left = await pages.driver.executeScript<number>(`
      for (const sheet of document.styleSheets)
        for (let at = sheet.cssRules.length - 1; at >= 0; at -= 1)
          if (sheet.cssRules[at] instanceof CSSFontFaceRule) sheet.deleteRule(at);
      return document.fonts.size;
    `);
    assert.equal(left, 0, "none of its fonts is left");
    for (const [width, height] of [...ZOOMED, ...SIZES]) {
      await pages.resize(width, height);
      await pages.settled();
      all.push(...(await found()).map((one) => `without fonts, ${width}×${height}: ${one}`));
    }
    assert.deepEqual(all, []);
  });
}
