// The command line on the same data folder as a window: starts it, reads its lines, says how it ended.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { commandLineProgram } from "./window.ts";

export type Ended = { code: number | null; out: string; err: string };

/** Runs `patchbay` to its end. */
export function patchbay(home: string, ...args: readonly string[]): Promise<Ended> {
  return startPatchbay(home, ...args).ended;
}

/** Starts `patchbay`; `firstLine` is the first it prints, `ended` everything. `input` goes to its standard input; `stop` tells it
 * to end. */
export function startPatchbay(
  home: string,
  ...args: readonly string[]
): { firstLine: Promise<string>; ended: Promise<Ended>; input: (text: string) => void; stop: () => void } {
  const child = spawn(commandLineProgram(), args, { env: { ...process.env, PATCHBAY_HOME: home } });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out, err }));
  });
  const firstLine = new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once("line", resolve);
    void ended.then((end) => reject(new Error(`patchbay ${args[0]} said nothing: ${end.err}`)), reject);
  });
  firstLine.catch(() => undefined);
  return { firstLine, ended, input: (text) => child.stdin.end(text), stop: () => void child.kill("SIGTERM") };
}

/** Connects by the command line; `answer` does in a browser what the person does there. */
export async function connectByCommand(
  home: string,
  args: readonly string[],
  answer: (url: string) => Promise<void>,
  secret?: string,
): Promise<Ended> {
  const running = startPatchbay(home, "connect", ...args, "--no-browser", "--json");
  running.input(secret ?? "");
  const { url } = JSON.parse(await running.firstLine) as { url: string };
  await answer(url);
  return running.ended;
}
