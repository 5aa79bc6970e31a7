// A provider of the catalogue, played by the practice provider from its own file: its demands, its answers, its refusals.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { commandLineProgram } from "./window.ts";

const CATALOGUE = join(import.meta.dirname, "../../../src-tauri/engine/provider_catalogue");

export type Played = {
  /** The client that its console would hand out. */
  readonly client: { readonly id: string; readonly secret: string | null };
  /** Where the app has it that clients are made: the real console. */
  readonly console: string;
  /** What a person does in the console: registers a redirect URI, letter by letter. */
  register(uri: string): Promise<void>;
  /** Requests that the provider's file does not describe. */
  complaints(): Promise<string[]>;
  stop(): Promise<void>;
};

/** Starts it, and puts its file, with its addresses here, into the data folder. A fixed redirect port becomes `port`. */
export async function startPlayed(provider: string, home: string, port: number): Promise<Played> {
  const path = join(CATALOGUE, `${provider}.json`);
  const suffix = process.platform === "win32" ? ".exe" : "";
  const program = join(dirname(commandLineProgram()), `patchbay-practice${suffix}`);
  if (!existsSync(program)) throw new Error("patchbay-practice is not built: ./dev e2e builds it");
  const child = spawn(program, ["--play", path], { stdio: ["pipe", "pipe", "inherit"] });
  const end = () => child.kill();
  process.once("exit", end);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async () => {
    const { done, value } = await lines.next();
    if (done) throw new Error(`the part of ${provider} ended early`);
    return JSON.parse(value as string) as Record<string, unknown>;
  };
  const ask = async (wish: Record<string, unknown>) => {
    child.stdin.write(`${JSON.stringify(wish)}\n`);
    const answer = await next();
    if (typeof answer["error"] === "string") throw new Error(`${wish["do"]}: ${answer["error"]}`);
    return answer;
  };
  const first = await next();
  const file = first["played_file"] as { redirect: Record<string, unknown>; pages: { console: string } };
  if (file.redirect["is_port_compared"] === true) file.redirect["port"] = port;
  mkdirSync(join(home, "providers"), { recursive: true });
  writeFileSync(join(home, "providers", `${provider}.json`), JSON.stringify(file));
  const clients = first["played_clients"] as { client_id: string; client_secret: string | null }[];
  const client = clients.find((one) => one.client_secret !== null) ?? clients[0];
  if (client === undefined) throw new Error(`the part of ${provider} knows no client`);
  const { pages } = JSON.parse(readFileSync(path, "utf8")) as { pages: { console: string } };
  return {
    client: { id: client.client_id, secret: client.client_secret },
    console: pages.console,
    register: async (uri) => void (await ask({ do: "register_redirect", uri })),
    complaints: async () => (await ask({ do: "complaints" }))["complaints"] as string[],
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.stdin.end();
      await ended;
      process.off("exit", end);
    },
  };
}
