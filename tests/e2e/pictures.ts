// Draws docs/screens: every screen of support/screens.ts at two sizes, light and dark, as small PNGs, and their index. Only names
// that match the arguments, where there are any. Ends with 1 where something sticks out of its window.
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { SCROLLS_SIDEWAYS, SIZES, STICKS_OUT, THEMES } from "./support/looks.ts";
import { startPages, type Pages } from "./support/pages.ts";
import { screens, type Screen } from "./support/screens.ts";

const FOLDER = join(import.meta.dirname, "../../docs/screens");
/** A window has few colours: so many keep every shade of its letters; fewer where the picture would be large, yet never so few that
 * an amber lamp turns red. */
const COLOURS = [64, 32];
const SMALL_ENOUGH = 80_000;
const MOST_BYTES = 140_000;

const wanted = process.argv.slice(2);
const isWanted = ({ name }: Screen): boolean =>
  wanted.length === 0 || wanted.some((part) => name.includes(part));
const fileOf = ({ name }: Screen, theme: string, width: number): string =>
  `${name.replace(".", "-")}-${theme}-${width}.png`;

let complained = 0;
const complain = (complaint: string): void => {
  complained += 1;
  console.error(complaint);
};
mkdirSync(FOLDER, { recursive: true });
const pages = await startPages();
try {
  for (const screen of screens.filter(isWanted)) {
    for (const theme of THEMES) {
      try {
        await draw(pages, screen, theme);
      } catch (error) {
        complain(
          `${screen.name}, ${theme}: ${error instanceof Error ? error.message.slice(0, 600) : String(error)}`,
        );
      }
    }
    console.log(screen.name);
  }
} finally {
  await pages.stop();
}
if (wanted.length === 0) {
  const known = new Set(
    screens.flatMap((screen) =>
      THEMES.flatMap((theme) => SIZES.map(([width]) => fileOf(screen, theme, width))),
    ),
  );
  for (const file of readdirSync(FOLDER))
    if (file.endsWith(".png") && !known.has(file)) rmSync(join(FOLDER, file));
}
writeFileSync(join(FOLDER, "README.md"), index(pages.engine));
process.exitCode = complained === 0 ? 0 : 1;

/** Opened once at its larger size; the smaller one is what a person gets who makes the window smaller. */
async function draw(pages: Pages, screen: Screen, theme: string): Promise<void> {
  await pages.resize(...SIZES[0]);
  await pages.open(screen.at, theme);
  await screen.act?.(pages);
  if (screen.wait !== undefined) await pages.waitFor(screen.wait);
  for (const [width, height] of SIZES) {
    await pages.resize(width, height);
    await pages.settled();
    const file = fileOf(screen, theme, width);
    const path = join(FOLDER, file);
    const picture = await pages.picture();
    for (const colours of COLOURS) {
      await sharp(picture)
        .png({ palette: true, colours, effort: 6, compressionLevel: 9, dither: 0 })
        .toFile(path);
      if (statSync(path).size <= SMALL_ENOUGH) break;
    }
    const { size } = statSync(path);
    if (size > MOST_BYTES)
      complain(`${file}: ${Math.round(size / 1000)} kB, ${MOST_BYTES / 1000} are allowed`);
    for (const [what, script] of [
      ["sticks out", STICKS_OUT],
      ["scrolls sideways", SCROLLS_SIDEWAYS],
    ] as const)
      for (const one of await pages.driver.executeScript<string[]>(script))
        complain(`${file}: ${what}: ${one}`);
  }
}

function index(engine: string): string {
  const cell = (screen: Screen, theme: string, width: number): string => {
    const file = fileOf(screen, theme, width);
    return `[<img src="${file}" width="200" alt="${screen.shows}, ${theme}, ${width} wide">](${file})`;
  };
  const rows = screens.map((screen) =>
    [
      `${screen.shows}<br>\`${screen.name}\``,
      ...SIZES.flatMap(([width]) => THEMES.map((theme) => cell(screen, theme, width))),
    ].join(" | "),
  );
  return [
    "# Screens",
    "",
    `Every screen of the window and the states worth looking at, on invented data, drawn by \`./dev screenshots\` in ${engine} from the list`,
    "in `tests/e2e/support/screens.ts`; a new screen joins by one line there. `./dev screenshots board` draws those alone whose name holds the word.",
    "The same list is what `tests/e2e/accessibility.spec.ts` asks axe about.",
    "",
    `| screen | ${SIZES.flatMap(([width, height]) => THEMES.map((theme) => `${width}×${height}, ${theme}`)).join(" | ")} |`,
    "| --- | --- | --- | --- | --- |",
    ...rows.map((row) => `| ${row} |`),
    "",
  ].join("\n");
}
