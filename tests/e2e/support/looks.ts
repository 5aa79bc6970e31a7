// How a screen looks and is reached: its pictures in both themes and sizes, what sticks out of it, what axe says of it, and
// what the keyboard cannot get to.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { WebDriver } from "selenium-webdriver";
import type { AppWindow } from "./window.ts";

/** The window, or its pages in a browser. */
type Shown = { readonly driver: WebDriver };

export const SIZES = [
  [1280, 800],
  [900, 600],
] as const;
export const THEMES = ["light", "dark"] as const;

/** What reaches beyond the window, or beyond its column of a connection's page; what an ancestor cuts off does not count. */
export const STICKS_OUT = `
  const isCut = (element, end) => {
    for (let at = element; at && at !== end; at = at.parentElement)
      if (getComputedStyle(at).overflowX !== "visible") return true;
    return false;
  };
  return [document.body, ...document.querySelectorAll(".left, .right")].flatMap((column) => {
    const edge = Math.min(innerWidth, column.getBoundingClientRect().right) + 1;
    return [...column.querySelectorAll("*")]
      .filter((element) => element.getBoundingClientRect().right > edge && !isCut(element, column))
      .map((element) => element.tagName + " " + element.textContent.trim().slice(0, 40));
  });
`;

/** Words of which an ancestor cuts something off, where neither dots say so nor a scroller brings it into view. */
export const CUT_OFF = `
  const says = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
  const isCut = (element) => {
    const words = document.createRange();
    words.selectNodeContents(element);
    const of = words.getBoundingClientRect();
    let [x, y] = [true, true];
    for (let at = element; at && at !== document.body && (x || y); at = at.parentElement) {
      const style = getComputedStyle(at);
      // What is only for screen readers is a pixel.
      if (style.clipPath !== "none" || style.position === "absolute" && at.clientWidth <= 1) return false;
      if (style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none") return false;
      if (["auto", "scroll"].includes(style.overflowX)) x = false;
      if (["auto", "scroll"].includes(style.overflowY)) y = false;
      const box = at.getBoundingClientRect();
      if (x && ["hidden", "clip"].includes(style.overflowX) && of.right > box.right + 2) return true;
      if (y && ["hidden", "clip"].includes(style.overflowY) && of.bottom > box.bottom + 4) return true;
    }
    return x && of.right > innerWidth + 1 || y && of.bottom > innerHeight + 4;
  };
  return [...document.body.querySelectorAll("*")]
    .filter((element) => says(element) && element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && isCut(element))
    .map((element) => element.tagName + "." + element.className + " " + element.textContent.trim().slice(0, 40));
`;

/** Of what has a scrollbar across: nobody reads tables sideways. */
export const SCROLLS_SIDEWAYS = `
  return [...document.querySelectorAll("main *, .dialog *")]
    .filter((element) => ["auto", "scroll"].includes(getComputedStyle(element).overflowX))
    .filter((element) => element.scrollWidth > element.clientWidth + 1)
    .map((element) => element.tagName + "." + element.className);
`;

/** Buttons in sight that no scrolling brings wholly into the window, or that something else lies on; of a dialog, where one is open. */
export const NOT_PRESSABLE = `
  const top = document.querySelector('[role="dialog"],[role="alertdialog"]') ?? document;
  const words = (one) => (one.getAttribute("aria-label") ?? one.textContent).replace(/\\s+/g, " ").trim().slice(0, 60);
  const obstacle = (button) => {
    button.scrollIntoView({ block: "center", inline: "nearest" });
    const box = button.getBoundingClientRect();
    const isInside = box.left >= 0 && box.right <= innerWidth + 1 && box.top >= 0 && box.bottom <= innerHeight + 1;
    if (!isInside) return "outside";
    const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return hit !== null && button.contains(hit) ? null : "under " + (hit === null ? "nothing" : words(hit) || hit.className);
  };
  return [...top.querySelectorAll(".btn")]
    .filter((button) => !button.disabled && button.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
    .map((button) => [words(button), obstacle(button)])
    .filter(([, inTheWay]) => inTheWay !== null)
    .map(([button, inTheWay]) => button + " (" + inTheWay + ")");
`;

/** One picture per theme and size, the first light and large. `prepare` opens what a reload closes. */
export async function pictures(
  window: AppWindow,
  name: string,
  prepare?: () => Promise<void>,
  look?: (theme: string) => Promise<void>,
): Promise<string> {
  const paths: string[] = [];
  for (const theme of THEMES) {
    await choose(window, theme);
    if (prepare) await prepare();
    for (const [width, height] of SIZES) {
      await window.resize(width, height);
      paths.push(await window.screenshot(`${name}-${theme}-${width}`));
      const at = `${name} at ${width}×${height}`;
      assert.deepEqual(await window.driver.executeScript<string[]>(STICKS_OUT), [], at);
      assert.deepEqual(await window.driver.executeScript<string[]>(SCROLLS_SIDEWAYS), [], at);
    }
    await look?.(theme);
  }
  await choose(window, "light");
  return paths[0]!;
}

async function choose(window: AppWindow, theme: string): Promise<void> {
  await window.driver.executeScript(
    `localStorage.setItem("patchbay.preferences", JSON.stringify({ theme: arguments[0], letters: true }))`,
    theme,
  );
  await window.resize(...SIZES[0]);
  await window.driver.navigate().refresh();
  await window.waitForText("Engine running");
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What breaches WCAG 2.2 A and AA, by axe; each with the element it is about. */
export async function breaches(window: Shown): Promise<string[]> {
  await window.driver.executeScript(`if (!("axe" in window)) { ${AXE} }`);
  return window.driver.executeAsyncScript<string[]>(`
    const done = arguments[0];
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    axe.run(document, { runOnly: tags }).then(
      ({ violations }) => done(violations.flatMap(({ id, nodes }) => nodes.map((node) => id + ": " + node.html.slice(0, 160) + " — " + (node.any[0] ?? node.all[0] ?? node.none[0])?.message))),
      (error) => done(["axe itself failed: " + error]),
    );
  `);
}

/** Buttons, links and fields in sight that neither Tab nor the arrows of the list around them get to. */
export async function outOfReach(window: Shown): Promise<string[]> {
  return window.driver.executeScript<string[]>(`
    const roving = '[role="tree"],[role="grid"],[role="treegrid"],[role="radiogroup"],[role="menu"],[role="listbox"],[role="toolbar"]:has([tabindex="0"])';
    const top = document.querySelector('[role="dialog"],[role="alertdialog"]') ?? document;
    return [...top.querySelectorAll("button, a[href], input, textarea, [onclick]")]
      .filter((element) => element.checkVisibility({ opacityProperty: false, visibilityProperty: true }))
      .filter((element) => !element.disabled && element.tabIndex < 0 && element.closest(roving) === null)
      .map((element) => element.tagName + " " + (element.getAttribute("aria-label") ?? element.textContent).trim().slice(0, 60));
  `);
}
