// A board of many connections of which hundreds are due at once, and the server that they are refreshed at; both come from
// tests/flows/storm. Linux only: the keychain is the one of the session.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const TEST = "storm::for_a_window::storm_for_a_window";

/** What the server was asked until now. */
export type Asked = { redeemed: number; reused: number; most_at_once: number };

export type Storm = {
  /** How long the board took to write, in words. */
  readonly written: string;
  asked(): Promise<Asked>;
  /** Leaves the keychain as it was. */
  stop(): Promise<void>;
};

/** Writes the board into the data folder and the keychain, and keeps the server up until stopped. */
export async function startStorm(
  home: string,
  count: number,
  due: number,
  answersAfterMs = 100,
): Promise<Storm> {
  const cargo = ["test", "--quiet", "-p", "engine", "--test", "flows", "--", "--exact", TEST, "--nocapture"];
  const child = spawn("cargo", cargo, {
    cwd: ROOT,
    env: {
      ...process.env,
      PATCHBAY_STORM_HOME: home,
      PATCHBAY_STORM_COUNT: `${count}`,
      PATCHBAY_STORM_DUE: `${due}`,
      PATCHBAY_STORM_LATENCY_MS: `${answersAfterMs}`,
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const end = () => child.kill();
  process.once("exit", end);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (wanted: RegExp) => {
    for (;;) {
      const { done, value } = await lines.next();
      if (done) throw new Error(`the storm ended before it said ${wanted}`);
      if (wanted.test(value)) return value;
    }
  };
  const written = await next(/^ready /);
  return {
    written,
    asked: async () => {
      child.stdin.write("asked\n");
      return JSON.parse(await next(/^\{/)) as Asked;
    },
    stop: async () => {
      child.stdin.end("end\n");
      await next(/^erased/);
      process.off("exit", end);
    },
  };
}
