// What a program and all it started hold and how often they wake, read from /proc. Linux only.
import { readdirSync, readFileSync } from "node:fs";

/** A task's folder, and how often it went to sleep by itself: so often it is woken again. */
export type Sleeps = ReadonlyMap<string, number>;

/** The process and its descendants. */
export function treeOf(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of numbers("/proc")) {
    // The name in parentheses may hold anything; the state and the parent stand behind it.
    const parent = Number(
      read(`/proc/${name}/stat`)
        .replace(/^.*\) \S /s, "")
        .split(" ")[0],
    );
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const tree = [root];
  // Grows while it is walked.
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** Each process's share of the memory, what several have mapped divided among them; in MiB. */
export function proportionalMiB(tree: readonly number[]): number {
  const kibibytes = tree.map((pid) => numberBehind(`/proc/${pid}/smaps_rollup`, "Pss"));
  return kibibytes.reduce((sum, one) => sum + one, 0) / 1024;
}

export function sleepsOf(tree: readonly number[]): Sleeps {
  const sleeps = new Map<string, number>();
  for (const pid of tree)
    for (const task of numbers(`/proc/${pid}/task`)) {
      const folder = `/proc/${pid}/task/${task}`;
      sleeps.set(folder, numberBehind(`${folder}/status`, "voluntary_ctxt_switches"));
    }
  return sleeps;
}

/** How often tasks woke between two looks; those that ended in between are not known. */
export function wakeUpsBetween(before: Sleeps, after: Sleeps): number {
  let sum = 0;
  for (const [task, count] of after) sum += count - (before.get(task) ?? 0);
  return sum;
}

/** The threads that woke most between two looks, by name. */
export function mostWakeful(before: Sleeps, after: Sleeps, most: number): [name: string, count: number][] {
  return [...after]
    .map(([task, count]): [string, number] => [task, count - (before.get(task) ?? 0)])
    .filter(([, count]) => count > 0)
    .sort(([, one], [, other]) => other - one)
    .slice(0, most)
    .map(([task, count]) => [read(`${task}/comm`).trim(), count]);
}

/** CPU time of a process tree in seconds; the kernel counts hundredths. */
export function cpuSecondsOf(tree: readonly number[]): number {
  const hundredths = tree.map((pid) => {
    const [user, system] = read(`/proc/${pid}/stat`)
      .replace(/^.*\) /s, "")
      .split(" ")
      .slice(11, 13)
      .map(Number);
    return (user ?? 0) + (system ?? 0);
  });
  return hundredths.reduce((sum, one) => sum + one, 0) / 100;
}

function numberBehind(path: string, key: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+)`, "m").exec(read(path))?.[1] ?? 0);
}

/** Empty where a process has ended between two looks. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function numbers(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
