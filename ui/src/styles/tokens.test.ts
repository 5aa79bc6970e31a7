/** The tokens' promises: contrast of every pair in every theme, one place for colours, no motion where none is wanted. */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { coloursOf, everyTheme, pairs, ratio, worst } from "./contrast";

const SOURCES = join(import.meta.dirname, "..");
const tokens = readFileSync(join(import.meta.dirname, "tokens.css"), "utf8");
const colours = coloursOf(tokens);

/** Every style sheet and component but the tokens. */
function sheets(folder = SOURCES): { path: string; css: string }[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sheets(path);
    if (name === "tokens.css" || name === "fonts.css") return [];
    const text = readFileSync(path, "utf8");
    if (name.endsWith(".css")) return [{ path, css: text }];
    return name.endsWith(".svelte") ? [{ path, css: text.split("<style>")[1] ?? "" }] : [];
  });
}
/** Paper is dark on white whatever the theme. */
function onScreen(css: string): string {
  const [before = "", ...after] = css.split("@media print {");
  return after.reduce((kept, block) => {
    let depth = 1;
    let at = 0;
    while (depth > 0 && at < block.length) depth += { "{": 1, "}": -1 }[block[at++] ?? ""] ?? 0;
    return kept + block.slice(at);
  }, before);
}
const inAll = (wanted: RegExp): string[] =>
  sheets().flatMap(({ path, css }) =>
    onScreen(css.replace(/\/\*[\s\S]*?\*\//g, ""))
      .split("\n")
      .filter((line) => wanted.test(line))
      .map((line) => `${path.slice(SOURCES.length + 1)}: ${line.trim()}`),
  );

describe("contrast", () => {
  it("counts as WCAG does", () => {
    expect(ratio("#000000", "#FFFFFF")).toBeCloseTo(21, 5);
    expect(ratio("#777777", "#FFFFFF")).toBeCloseTo(4.48, 2);
  });

  /** WCAG 2.2 AA 1.4.3, 1.4.11; the figures of the design. */
  it.each(everyTheme)("holds for every pair of %s on the lowest ground it meets", (theme) => {
    const colour = (token: string): string => {
      const found = colours[theme][token];
      expect(found, `${theme} says what ${token} is`).toBeDefined();
      return found ?? "";
    };
    const tooLow = pairs.flatMap((pair) => {
      const least = worst(pair, colour);
      // As the design writes them: one digit.
      return Math.round(least.ratio * 10) / 10 < pair.atLeast[theme]
        ? [`${pair.ink} on ${least.ground}: ${least.ratio.toFixed(2)}, ${pair.atLeast[theme]} wanted`]
        : [];
    });
    expect(tooLow).toEqual([]);
  });

  it("of the primary button stays over 4.5 while it is hovered", () => {
    // base.css mixes 94 parts of the fill with 6 of the ink.
    for (const theme of everyTheme) {
      const { "--accent-fill": fill = "", "--ink": ink = "", "--on-accent": on = "" } = colours[theme];
      const mixed = [1, 3, 5]
        .map((at) => parseInt(fill.slice(at, at + 2), 16) * 0.94 + parseInt(ink.slice(at, at + 2), 16) * 0.06)
        .map((channel) => Math.round(channel).toString(16).padStart(2, "0"))
        .join("");
      expect(ratio(`#${mixed}`, on), theme).toBeGreaterThanOrEqual(4.5);
    }
  });
});

describe("the tokens are the only place", () => {
  it("where a colour is written down", () => {
    expect(inAll(/#[0-9a-f]{3,8}\b(?!.*url)|\brgba?\(|\bhsla?\(/i)).toEqual([]);
  });

  /** WCAG 2.3.3: under reduced motion the two durations are nought. */
  it("where a duration is, so that reduced motion stills everything", () => {
    expect(tokens).toMatch(/prefers-reduced-motion: reduce\) \{ :root \{ --quick: 0ms; --move: 0ms; \} \}/);
    const moving = inAll(/^\s*(transition|animation)(-duration)?:/).filter(
      (line) => !/var\(--(quick|move)\)|: none;|:\s*$/.test(line),
    );
    expect(moving).toEqual([]);
  });

  it("where a size of type below eleven pixels could be, and there is none for words", () => {
    expect(tokens).not.toMatch(/--t-[a-z]+: (?:[0-9]|10)px/);
  });
});

describe("what a page may cost", () => {
  /** WebKit asks every `:has()` of the page anew for whatever comes, goes or moves: eight of them took eight of nine milliseconds of each. */
  it("is not paid for by :has(), which a class does as well", () => {
    expect(sheets().flatMap(({ path, css }) => (/:has\(/.test(css) ? [path] : []))).toEqual([]);
  });
});

describe("forced colours", () => {
  it("keep the shape of lamps and marks: strokes and fills follow the text", () => {
    const lamp = readFileSync(join(SOURCES, "connections/Lamp.svelte"), "utf8");
    expect(lamp).toMatch(/forced-colors: active\) \{\s*\.lamp \{\s*color: CanvasText/);
  });

  it("are given up nowhere but for drawings", () => {
    const allowed = [
      "blast_radius/",
      "controls/Switch.svelte",
      "diagnosis/ProbeLadder.svelte",
      "screens/TourBand.svelte",
    ];
    const given = inAll(/forced-color-adjust: none/).filter(
      (line) => !allowed.some((path) => line.startsWith(path)),
    );
    expect(given).toEqual([]);
  });
});
