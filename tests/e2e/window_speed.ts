// The window beside an empty one of Tauri's, in one run and by turns: start, memory, keystrokes, frames and wake-ups with 3 and with
// 10,000 connections. Prints the table; nothing is asserted but that there was something to measure. `./dev bench window` builds
// what is measured and says where it is; `window_speed.ts short` is over in a minute and shows only that it runs.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { dirname, join } from "node:path";
import { openMeasured, type Keystroke, type Measured } from "./support/measured_window.ts";
import {
  cpuSecondsOf,
  mostWakeful,
  proportionalMiB,
  type Sleeps,
  sleepsOf,
  treeOf,
  wakeUpsBetween,
} from "./support/process_tree.ts";
import { appProgram, newHome } from "./support/window.ts";

const FEW = 3;
const MANY = 10_000;
const isShort = process.argv.includes("short");
/** Starts of each window; the first, of cold caches, is left out. */
const STARTS = isShort ? 2 : 11;
/** Of those, how many are typed into and scrolled. */
const FELT = isShort ? 1 : 4;
const SCROLLED_MS = isShort ? 1_000 : 5_000;
/** How often the board is asked for anew; nothing keeps the page from its frames meanwhile but reading the answer. */
const ASKED = 10;
/** Until what a start leaves to do is done. */
const SETTLED_MS = isShort ? 8_000 : 15_000;
const IDLE_MS = isShort ? 3_000 : 60_000;
/** One cause wakes a dozen threads within a few milliseconds: what falls into one such span is one moment. */
const MOMENT_MS = 100;
/** One of the many, typed letter by letter: after the word all are shown, after the number one. */
const TYPED = "connection 4711";
/** At 60 frames a second; a gap of one and a half has missed one. */
const FRAME_MS = 1000 / 60;

type Figures = {
  starts: number[];
  keys: Keystroke[];
  gaps: number[];
  gapsOfText: number[];
  answers: number[];
  gapsOfAnswers: number[];
  miB: number;
  wakes: number;
  moments: number;
  wakers: [name: string, count: number][];
  cpuPercent: number;
};

const folders: string[] = [];
const program = appProgram();
const windows: Measured[] = [
  { name: "empty", program: join(dirname(program), "empty-window"), home: newFolder() },
  { name: `${FEW}`, program, home: boardOf(FEW) },
  { name: `${MANY}`, program, home: boardOf(MANY) },
];
const figures = new Map<Measured, Figures>(
  windows.map((it) => [
    it,
    {
      starts: [],
      keys: [],
      gaps: [],
      gapsOfText: [],
      answers: [],
      gapsOfAnswers: [],
      miB: 0,
      wakes: 0,
      moments: 0,
      wakers: [],
      cpuPercent: 0,
    },
  ]),
);

try {
  console.log(`${program}; ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)} before`);
  for (let turn = 0; turn < STARTS; turn += 1)
    for (const [window, of] of figures) await startAndFeel(window, of, turn);
  // Without a driver, which would keep the page awake and holds memory of its own in it.
  for (const [window, of] of figures) await rest(window, of);
  print();
} finally {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

async function startAndFeel(window: Measured, of: Figures, turn: number): Promise<void> {
  const opened = await openMeasured(window);
  try {
    if (turn > 0) of.starts.push(opened.started);
    if (turn >= FELT) return;
    await passes(SETTLED_MS);
    // Three rows fit.
    if (window.name !== `${FEW}`) of.gaps.push(...(await opened.scroll(SCROLLED_MS)));
    const keys = await opened.type(TYPED);
    if (window.name === `${MANY}`) {
      const [all, one] = [keys[0]!.rows, keys[TYPED.length - 1]!.rows];
      assert.ok(
        one === 1 && all > one,
        `what was typed filters before it counts as answered: ${all}, ${one}`,
      );
    }
    of.keys.push(...keys);
    if (window.program !== program) {
      await opened.fillWithText(MANY);
      of.gapsOfText.push(...(await opened.scroll(SCROLLED_MS)));
      return;
    }
    const [answers, gaps] = await opened.askBoard(ASKED);
    of.answers.push(...answers);
    of.gapsOfAnswers.push(...gaps);
  } finally {
    await opened.stop();
  }
}

async function rest(window: Measured, of: Figures): Promise<void> {
  const running = spawn(window.program, [], {
    env: { ...process.env, PATCHBAY_HOME: window.home },
    stdio: "ignore",
    detached: true,
  });
  const pid = running.pid;
  assert.ok(pid !== undefined, `${window.program} can be started`);
  try {
    await passes(SETTLED_MS);
    const tree = treeOf(pid);
    assert.ok(tree.length > 1, "a window has processes of the web view beside its own");
    of.miB = proportionalMiB(tree);
    const [sleeps, seconds] = [sleepsOf(tree), cpuSecondsOf(tree)];
    of.moments = await momentsOf(pid, sleeps);
    const later = sleepsOf(treeOf(pid));
    of.wakes = wakeUpsBetween(sleeps, later) / (IDLE_MS / 1000);
    of.wakers = mostWakeful(sleeps, later, 3);
    of.cpuPercent = ((cpuSecondsOf(treeOf(pid)) - seconds) / (IDLE_MS / 1000)) * 100;
  } finally {
    const ended = new Promise((resolve) => running.once("exit", resolve));
    process.kill(-pid, "SIGTERM");
    const patience = setTimeout(() => process.kill(-pid, "SIGKILL"), 10_000);
    await ended;
    clearTimeout(patience);
  }
}

/** How many times a second anything of it woke at all. */
async function momentsOf(pid: number, since: Sleeps): Promise<number> {
  const end = Date.now() + IDLE_MS;
  let [before, moments] = [since, 0];
  while (Date.now() < end) {
    await passes(MOMENT_MS);
    const now = sleepsOf(treeOf(pid));
    if (wakeUpsBetween(before, now) > 0) moments += 1;
    before = now;
  }
  return moments / (IDLE_MS / 1000);
}

function print(): void {
  const [empty, few, many] = windows.map((window) => figures.get(window)!) as [Figures, Figures, Figures];
  const beside = (unit: string, digits: number, read: (of: Figures) => number, limits: [number, number]) => {
    const ratio = (of: Figures, limit: number) => {
      const times = read(of) / read(empty);
      return `${read(of).toFixed(digits)} ${unit} (${times.toFixed(2)}, limit ${limit}${times > limit ? ": ABOVE" : ""})`;
    };
    return [`${read(empty).toFixed(digits)} ${unit}`, ratio(few, limits[0]), ratio(many, limits[1])];
  };
  const alone = (read: (of: Figures) => string) => [empty, few, many].map(read);
  const spans = (all: number[]) =>
    all.length === 0
      ? ""
      : `${at(all, 0.5).toFixed(1)} / ${at(all, 0.95).toFixed(1)} / ${at(all, 1).toFixed(1)} ms`;
  const lines = [
    ["", "empty", `${FEW} connections`, `${MANY} connections`],
    ["start until usable, median", ...beside("ms", 0, (of) => at(of.starts, 0.5), [1.3, 1.6])],
    [
      "  its middle half",
      ...alone((of) => `${at(of.starts, 0.25).toFixed(0)} to ${at(of.starts, 0.75).toFixed(0)} ms`),
    ],
    ["memory (PSS of all processes)", ...beside("MiB", 1, (of) => of.miB, [1.3, 1.6])],
    [
      "key until answered: half, 95 %, longest (limit: half 16 ms)",
      ...alone((of) => spans(of.keys.map((key) => key.answered))),
    ],
    ["key until its frame: half, 95 %, longest", ...alone((of) => spans(of.keys.map((key) => key.framed)))],
    ["scrolling, frames: half, 95 %, longest", ...alone((of) => spans(of.gaps))],
    [
      "scrolling, frames missed of those there could be",
      ...alone((of) => (of.gaps.length === 0 ? "" : missed(of.gaps))),
    ],
    ["the same of plain text in the empty window", spans(empty.gapsOfText), "", ""],
    ["  frames missed", missed(empty.gapsOfText), "", ""],
    ["the board asked for anew: half, 95 %, longest", ...alone((of) => spans(of.answers))],
    ["frames meanwhile: half, 95 %, longest", ...alone((of) => spans(of.gapsOfAnswers))],
    ["idle, moments a second in which anything woke (limit 1)", ...alone((of) => of.moments.toFixed(2))],
    ["  threads woken, a second", ...alone((of) => of.wakes.toFixed(2))],
    [
      "  by which threads, a second",
      ...alone((of) =>
        of.wakers.map(([name, count]) => `${name} ${(count / (IDLE_MS / 1000)).toFixed(2)}`).join(", "),
      ),
    ],
    ["idle, of a core", ...alone((of) => `${of.cpuPercent.toFixed(2)} %`)],
  ];
  for (const line of lines) console.log(`| ${line.join(" | ")} |`);
  console.log(
    `${empty.starts.length} starts and ${many.keys.length} keys of each; load ${loadavg()[0]?.toFixed(1)} after`,
  );
}

function missed(gaps: readonly number[]): string {
  const lost = gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / FRAME_MS) - 1), 0);
  const all = lost + gaps.length;
  return `${lost} of ${all} (${((lost / all) * 100).toFixed(1)} %)`;
}

/** The value below which this share of all lies. */
function at(all: readonly number[], share: number): number {
  const sorted = all.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function newFolder(): string {
  const folder = newHome();
  folders.push(folder);
  return folder;
}

function boardOf(count: number): string {
  const folder = newFolder();
  const profile = process.env["PATCHBAY_BENCH_PROFILE"] ?? "bench";
  const cargo = ["bench", "--quiet", "--profile", profile, "-p", "engine", "--bench", "lifecycle"];
  execFileSync("cargo", [...cargo, "--", "board", folder, `${count}`], {
    cwd: join(import.meta.dirname, "..", ".."),
    stdio: ["ignore", "ignore", "inherit"],
  });
  return folder;
}

function passes(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
