// What endless names and a small window do to tables, lists and dialogs, on the built pages: nothing is read sideways, no time is
// torn apart, and no notice lies on the buttons that mend [E1].
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { SIZES, STICKS_OUT } from "./support/looks.ts";
import { startPages, type Pages } from "./support/pages.ts";

let pages: Pages;
before(async () => {
  pages = await startPages();
});
after(async () => {
  await pages?.stop();
});

/** Of everything that scrolls, floats included, what is wider than its room. */
const SIDEWAYS = `
  return [...document.querySelectorAll("main, main *, .dialog *, .palette *")]
    .filter((element) => ["auto", "scroll"].includes(getComputedStyle(element).overflowX))
    .filter((element) => element.scrollWidth > element.clientWidth + 1)
    .map((element) => element.tagName + "." + element.className + " by " + (element.scrollWidth - element.clientWidth));
`;

const keys = (combination: string): Promise<void> =>
  pages.driver.executeScript(
    `
    const [key, ctrlKey] = arguments;
    (document.activeElement ?? document.body).dispatchEvent(
      new KeyboardEvent("keydown", { key, ctrlKey, bubbles: true, cancelable: true }),
    );
  `,
    combination.replace("Ctrl+", ""),
    combination.startsWith("Ctrl+"),
  );

const long: { what: string; at: string; act?: () => Promise<void>; wait?: RegExp }[] = [
  { what: "the incidents", at: "?demo=30&nodes=50&names=long#/incidents" },
  {
    what: "the palette's list",
    at: "?demo=30&names=long#/board",
    act: () => keys("Ctrl+k"),
    wait: /Go to Board/,
  },
  {
    what: "the question before many are disconnected",
    at: "?demo=30&nodes=50&names=long#/board",
    act: async () => {
      await pages.driver.executeScript(`document.querySelector(".board-row").focus()`);
      await keys("Ctrl+a");
      await keys("d");
    },
    wait: /Disconnect \d+ and strand/,
  },
];
for (const { what, at, act, wait } of long)
  it(`reads ${what} down and not across, however long a name is`, async () => {
    await pages.resize(...SIZES[0]);
    await pages.open(at, "light");
    await act?.();
    if (wait !== undefined) await pages.waitFor(wait);
    const found: string[] = [];
    for (const [width, height] of SIZES) {
      await pages.resize(width, height);
      await pages.settled();
      for (const script of [SIDEWAYS, STICKS_OUT])
        for (const one of await pages.driver.executeScript<string[]>(script))
          found.push(`${width}×${height}: ${one}`);
    }
    assert.deepEqual(found, []);
  });

it("keeps each time of an incident on one line in a small window", async () => {
  await pages.resize(...SIZES[1]);
  await pages.open("?demo=30&nodes=50&names=long#/incidents", "light");

  const tall = await pages.driver.executeScript<string[]>(`
    return [...document.querySelectorAll("tbody td[title], tbody td:nth-child(4)")].flatMap((cell) => {
      const words = document.createRange();
      words.selectNodeContents(cell);
      const lines = new Set([...words.getClientRects()].map((box) => Math.round(box.top)));
      return lines.size > 1 ? [cell.textContent.trim()] : [];
    });
  `);
  const rows = await pages.driver.executeScript<number>(
    "return document.querySelectorAll('tbody tr').length",
  );
  assert.ok(rows > 0, "there are incidents");
  assert.deepEqual(tall, []);
});

it("says the next run in full in a small window, and what the filter takes in any", async () => {
  await pages.open("?demo=30&nodes=50#/board", "light");
  for (const [width, height] of SIZES) {
    await pages.resize(width, height);
    await pages.settled();
    const cut = await pages.driver.executeScript<string[]>(`
      return [...document.querySelectorAll(".board-row > .spare, .board-row > .st > .cut")]
        .filter((cell) => /\\d (min|h)|\\d\\d:\\d\\d/.test(cell.textContent) && cell.scrollWidth > cell.clientWidth)
        .map((cell) => cell.textContent.replace(/\\s+/g, " ").trim());
    `);
    assert.deepEqual(cut, [], `${width}×${height}`);
    const [hint, room] = await pages.driver.executeScript<[number, number]>(`
      const field = document.querySelector(".filter input");
      const style = getComputedStyle(field);
      const pen = document.createElement("canvas").getContext("2d");
      pen.font = style.fontWeight + " " + style.fontSize + " " + style.fontFamily;
      const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      return [pen.measureText(field.placeholder).width, room];
    `);
    assert.ok(hint <= room, `${width}×${height}: the hint is ${hint} wide and has ${room}`);
  }
});

it("lays no notice on the buttons that mend a row in a small window", async () => {
  await pages.resize(...SIZES[1]);
  await pages.open("?demo=30&nodes=50&revoked=30#/board", "light");
  await pages.driver.executeScript(`document.querySelector(".board-row").focus()`);
  await keys("d");
  await pages.waitFor(/Disconnect .*\?/);
  await pages.press(/^Disconnect/);
  await pages.driver.executeScript(`
    const tell = () => document.querySelector(".toast") !== null;
    return new Promise((resolve, reject) => {
      const from = Date.now();
      const look = () => tell() ? resolve() : Date.now() - from > 15000 ? reject(new Error("no notice")) : setTimeout(look, 50);
      look();
    });
  `);

  const covered = await pages.driver.executeScript<string[]>(`
    const toasts = [...document.querySelectorAll(".toast")].map((one) => one.getBoundingClientRect());
    return [...document.querySelectorAll(".board-row > .act button:not(.hid)")]
      .map((button) => [button.getAttribute("aria-label"), button.getBoundingClientRect()])
      .filter(([, box]) => toasts.some((one) => box.left < one.right && box.right > one.left && box.top < one.bottom && box.bottom > one.top))
      .map(([name]) => name);
  `);
  assert.deepEqual(covered, []);
});
