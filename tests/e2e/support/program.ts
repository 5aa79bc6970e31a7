// Programs the tests start: finds them, waits until they are ready, stops them with all they started.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";

export type RunningProgram = { readonly output: () => string; stop(): Promise<void> };

// A test run that ends early must not leave programs behind.
const running = new Set<() => void>();
process.once("exit", () => running.forEach((end) => end()));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

/** The first of `names` that exists, each an absolute path or a name searched in PATH. */
export function findProgram(names: readonly (string | undefined)[]): string | undefined {
  const suffix = process.platform === "win32" ? ".exe" : "";
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  for (const name of names) {
    if (!name) continue;
    const candidates = /[\\/]/.test(name) ? [name] : folders.map((folder) => join(folder, name + suffix));
    const found = candidates.find((candidate) => existsSync(candidate));
    if (found) return found;
  }
  return undefined;
}

const handedOut = new Set<number>();

/**
 * A port that nobody has, each once. Below those that the system hands out by itself: one of those may go to any
 * program before it is used here.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (!handedOut.has(port) && (await isFree(port))) {
      handedOut.add(port);
      return port;
    }
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Starts a program in a process group of its own and waits until `isReady` says so or `withinMs` have passed. */
export async function startProgram(
  path: string,
  args: readonly string[],
  options: {
    env?: NodeJS.ProcessEnv;
    isReady: (output: string) => boolean | Promise<boolean>;
    withinMs: number;
  },
): Promise<RunningProgram> {
  const grouped = process.platform !== "win32";
  const child = spawn(path, args, {
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: grouped,
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  let failure: Error | undefined;
  child.once("error", (error) => (failure = error));

  const end = (signal: NodeJS.Signals) => {
    if (child.pid === undefined) return;
    try {
      process.kill(grouped ? -child.pid : child.pid, signal);
    } catch {
      // All of it has ended already.
    }
  };
  const endNow = () => end("SIGKILL");
  running.add(endNow);
  const program = {
    output: () => output,
    stop: async () => {
      await stop(child, end);
      running.delete(endNow);
    },
  };
  const deadline = Date.now() + options.withinMs;
  for (;;) {
    if (failure) throw failure;
    if (child.exitCode !== null) throw new Error(`${path} ended with ${child.exitCode}:\n${output}`);
    if (await options.isReady(output)) return program;
    if (Date.now() > deadline) {
      await program.stop();
      throw new Error(`${path} was not ready within ${options.withinMs} ms:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function stop(child: ChildProcess, end: (signal: NodeJS.Signals) => void): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    end("SIGTERM");
    const patience = setTimeout(() => end("SIGKILL"), 5_000);
    await ended;
    clearTimeout(patience);
  }
  // What the program itself left behind.
  end("SIGKILL");
}
