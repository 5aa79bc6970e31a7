/** Dialogs in the smallest window at 200 %, 450 pixels wide: no column of a fixed width leaves the words beside it no room [E1]. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = join(import.meta.dirname, "..");
/** Pixels; a dialog's rows have some 390 of them then. */
const TAKES_THE_ROOM = 100;
/** What stands in a dialog and nowhere else, or in one too. */
const parts = [
  ...["Dialog", "FormDialog", "FormRow"].map((name) => `controls/${name}.svelte`),
  "connections/ReconnectComparison.svelte",
  "connections/DevicePanel.svelte",
  "connections/SetupLines.svelte",
];

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".svelte"))
  .map((name) => ({ name: name.replaceAll("\\", "/"), text: readFileSync(join(SRC, name), "utf8") }))
  .filter(
    ({ name, text }) => parts.includes(name) || /controls\/(Dialog|FormDialog|FormRow)\.svelte"/.test(text),
  );
const styleOf = (text: string): string => /<style>([^]*)<\/style>/.exec(text)?.[1] ?? "";
/** Outside of what holds for narrow windows alone. */
const usual = (style: string): string => style.replace(/@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}/g, "");

function takesTheRoom(style: string): boolean {
  return [...style.matchAll(/grid-template-columns:([^;]*);/g)].some(([, columns = ""]) => {
    const fixed = columns.replace(/minmax\([^)]*\)/g, "").matchAll(/(\d+)px/g);
    const widths = [...fixed].map(([, width]) => Number(width));
    return widths.some((width) => width >= TAKES_THE_ROOM) || /repeat\([3-9]/.test(columns);
  });
}

describe("a dialog in the smallest window", () => {
  it.each(files.filter(({ text }) => takesTheRoom(usual(styleOf(text)))))(
    "lets the fixed columns of $name give way",
    ({ text }) => {
      const narrow = [...styleOf(text).matchAll(/@media \(max-width: (\d+)px\) \{([^]*?)\n {2}\}/g)];
      expect(
        narrow.some(
          ([, upTo, rules = ""]) =>
            Number(upTo) >= 450 && rules.includes("grid-template-columns") && !takesTheRoom(rules),
        ),
      ).toBe(true);
    },
  );

  it("looks at those that have such columns", () => {
    const found = files.filter(({ text }) => takesTheRoom(usual(styleOf(text)))).map(({ name }) => name);
    expect(found).toEqual(
      expect.arrayContaining(["controls/FormRow.svelte", "connections/ReconnectComparison.svelte"]),
    );
  });
});
