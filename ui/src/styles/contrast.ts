/** How far two colours of the tokens stand apart, as WCAG 2.x counts it. */

export type Theme = "light" | "dark" | "contrast-light" | "contrast-dark";
export const everyTheme: readonly Theme[] = ["light", "dark", "contrast-light", "contrast-dark"];

/** What text, lamps and edges stand on, wherever they are used. */
export const grounds = ["--sunk", "--bg", "--surface", "--raised", "--hover", "--select"] as const;

export interface Pair {
  ink: string;
  /** Each of these is met somewhere. */
  on: readonly string[];
  /** The least that design and WCAG ask for in light, dark, and high contrast. */
  atLeast: Record<Theme, number>;
  what: string;
}

const text = { light: 4.9, dark: 5, "contrast-light": 7.4, "contrast-dark": 7.4 };
const lamp = { light: 3.4, dark: 4.7, "contrast-light": 5.3, "contrast-dark": 5.3 };
const edge = { light: 3.1, dark: 3.3, "contrast-light": 4.5, "contrast-dark": 4.5 };

/** Every pair that carries meaning. Hairlines (`--line`) and edges of buttons (`--edge`) carry none: a label does. */
export const pairs: readonly Pair[] = [
  { ink: "--ink", on: grounds, atLeast: text, what: "text" },
  { ink: "--ink-2", on: grounds, atLeast: text, what: "text" },
  { ink: "--ink-3", on: grounds, atLeast: text, what: "the palest text" },
  { ink: "--accent", on: grounds, atLeast: text, what: "links, focus, now" },
  { ink: "--ok-ink", on: [...grounds, "--ok-wash"], atLeast: text, what: "text of what is well" },
  { ink: "--warn-ink", on: [...grounds, "--warn-wash"], atLeast: text, what: "text of what ends" },
  { ink: "--bad-ink", on: [...grounds, "--bad-wash"], atLeast: text, what: "text of what needs a person" },
  { ink: "--ink", on: ["--ok-wash", "--warn-wash", "--bad-wash"], atLeast: text, what: "text of banners" },
  { ink: "--on-accent", on: ["--accent-fill"], atLeast: text, what: "the primary button" },
  { ink: "--ok", on: grounds, atLeast: lamp, what: "lamp" },
  { ink: "--warn", on: grounds, atLeast: lamp, what: "lamp" },
  { ink: "--bad", on: grounds, atLeast: lamp, what: "lamp" },
  { ink: "--line-2", on: grounds, atLeast: edge, what: "fields, tick boxes, cables" },
];

/** WCAG's ratio, 1 to 21, of two colours written `#rrggbb`. */
export function ratio(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** The lowest ratio of a pair, and on which ground. */
export function worst(pair: Pair, colour: (token: string) => string): { ground: string; ratio: number } {
  return pair.on
    .map((ground) => ({ ground, ratio: ratio(colour(pair.ink), colour(ground)) }))
    .reduce((least, one) => (one.ratio < least.ratio ? one : least));
}

/** The colours of each theme, read out of the style sheet. */
export function coloursOf(css: string): Record<Theme, Record<string, string>> {
  const read = (theme: Theme): Record<string, string> => {
    const block = css.split(`[data-theme="${theme}"] {`)[1]?.split("\n}")[0] ?? "";
    return Object.fromEntries(
      [...block.replace(/\/\*[\s\S]*?\*\//g, "").matchAll(/(--[a-z0-9-]+):\s*(#[0-9A-Fa-f]{6})\b/g)].map(
        ([, token = "", colour = ""]) => [token, colour],
      ),
    );
  };
  return {
    light: read("light"),
    dark: read("dark"),
    "contrast-light": read("contrast-light"),
    "contrast-dark": read("contrast-dark"),
  };
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => linear(parseInt(colour.slice(at, at + 2), 16) / 255));
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}
