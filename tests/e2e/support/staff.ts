// An organisation whose people all have an account at one provider, as an administrator has them: connected by the command
// line, revoked at the provider as a password reset does.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { get } from "node:http";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { connectByCommand } from "./command_line.ts";
import { commandLineProgram } from "./window.ts";

export type Staff = {
  readonly issuer: string;
  /** Connects `staff-1`, `staff-2`, … by the command line, each as "Mailbox NUMBER"; their connections' ids. */
  connect(home: string): Promise<string[]>;
  /** Ends every grant, or those of some accounts, as a password reset does. How many there were. */
  revoke(accounts?: readonly string[]): Promise<number>;
  /** Accounts that have a grant which holds. */
  alive(): Promise<string[]>;
  stop(): Promise<void>;
};

type Grant = { id: string; account: string; state: { state: string } };

export async function startStaff(count: number): Promise<Staff> {
  const suffix = process.platform === "win32" ? ".exe" : "";
  const program = join(dirname(commandLineProgram()), `patchbay-practice${suffix}`);
  if (!existsSync(program)) throw new Error("patchbay-practice is not built: ./dev e2e builds it");
  const child = spawn(program, ["--staff", `${count}`], { stdio: ["pipe", "pipe", "inherit"] });
  const end = () => child.kill();
  process.once("exit", end);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async () => {
    const { done, value } = await lines.next();
    if (done) throw new Error("the provider of the staff ended early");
    return JSON.parse(value as string) as Record<string, unknown>;
  };
  const ask = async (wish: Record<string, unknown>) => {
    child.stdin.write(`${JSON.stringify(wish)}\n`);
    const answer = await next();
    if (typeof answer["error"] === "string") throw new Error(`${wish["do"]}: ${answer["error"]}`);
    return answer;
  };
  const issuer = (await next())["issuer"] as string;
  const grants = async () => (await ask({ do: "grants" }))["grants"] as Grant[];
  const living = async () => (await grants()).filter((grant) => grant.state.state === "alive");
  return {
    issuer,
    async connect(home) {
      const ids: string[] = [];
      for (let number = 1; number <= count; number += 1) {
        await ask({ do: "consent_automatically", account: `staff-${number}` });
        const { code, out, err } = await connectByCommand(
          home,
          [issuer, "--client-id", "patchbay-practice", "--name", `Mailbox ${number}`],
          follow,
        );
        if (code !== 0) throw new Error(`staff-${number} was not connected: ${err}`);
        const last = JSON.parse(out.trim().split("\n").at(-1)!) as { connection: { id: string } };
        ids.push(last.connection.id);
      }
      await ask({ do: "consent_automatically", account: null });
      return ids;
    },
    async revoke(accounts) {
      if (accounts === undefined) return (await ask({ do: "revoke_all" }))["count"] as number;
      const theirs = (await living()).filter((grant) => accounts.includes(grant.account));
      for (const { id } of theirs) await ask({ do: "revoke_grant", id });
      return theirs.length;
    },
    alive: async () => (await living()).map((grant) => grant.account),
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.stdin.end();
      await ended;
      process.off("exit", end);
    },
  };
}

/** Goes there and wherever it is sent on to, as a browser navigates: `fetch` says of itself that it is a script. */
function follow(url: string): Promise<void> {
  const headers = {
    accept: "text/html",
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
    "upgrade-insecure-requests": "1",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140",
  };
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (answer) => {
      const { location } = answer.headers;
      answer.resume();
      answer.once("end", () =>
        resolve(location === undefined ? undefined : follow(new URL(location, url).href)),
      );
    }).once("error", reject);
  });
}
