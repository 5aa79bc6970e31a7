// The desktop around the window: shows messages and tray icons on the session's bus, and presses what a person would; the
// program is tests/fakes/desktop_shell. Linux only.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { dirname, join } from "node:path";
import { appProgram } from "./window.ts";

export type Message = {
  id: number;
  replaces: number;
  is_new: boolean;
  summary: string;
  body: string;
  actions: string[];
  hints: string[];
};
export type Menu = { icon: string; lines: { label: string; is_line: boolean; is_checked: boolean }[] };
type Said = { event: string } & Record<string, unknown>;

export type DesktopShell = {
  /** The next message that is shown. */
  nextMessage(withinMs?: number): Promise<Message>;
  /** The number of the next message that is taken back. */
  nextWithdrawn(withinMs?: number): Promise<number>;
  /** Waits until a tray icon is put up. */
  icon(withinMs?: number): Promise<void>;
  /** Messages that nobody asked for yet. */
  readonly unread: () => number;
  /** What broke the rules of the bus's services. */
  readonly wrongs: () => Said[];
  /** Presses a message's button. */
  choose(id: number, key: string): Promise<void>;
  dismiss(id: number): Promise<void>;
  /** A panel that shows icons comes, or goes. */
  tray(isThere: boolean): Promise<void>;
  menu(): Promise<Menu>;
  /** Picks a line of the icon's menu by its words. */
  pick(label: string): Promise<void>;
  /** Presses the cross of every window of this title. */
  close(title: string): Promise<void>;
  /** Whether a window of this title is on the screen. */
  shows(title: string): Promise<boolean>;
  stop(): Promise<void>;
};

export async function startDesktopShell(): Promise<DesktopShell> {
  const path = join(dirname(appProgram()), "desktop_shell");
  const child = spawn(path, [], { stdio: ["pipe", "pipe", "inherit"] });
  const end = () => child.kill();
  process.once("exit", end);
  const said = new Map<string, Said[]>();
  const waiting: { event: string; take: (said: Said) => void }[] = [];
  createInterface(child.stdout).on("line", (line) => {
    const one = JSON.parse(line) as Said;
    const place = waiting.findIndex(({ event }) => event === one.event);
    if (place >= 0) waiting.splice(place, 1)[0]!.take(one);
    else said.set(one.event, [...(said.get(one.event) ?? []), one]);
  });
  const next = (event: string, withinMs = 20_000): Promise<Said> =>
    new Promise((resolve, reject) => {
      const kept = said.get(event)?.shift();
      if (kept !== undefined) return resolve(kept);
      const asked = { event, take: resolve };
      waiting.push(asked);
      setTimeout(() => {
        const place = waiting.indexOf(asked);
        if (place < 0) return;
        waiting.splice(place, 1);
        reject(
          new Error(`the desktop saw no ${event} within ${withinMs} ms; it saw ${JSON.stringify([...said])}`),
        );
      }, withinMs).unref();
    });
  const tell = async (line: string, answer = "done"): Promise<Said> => {
    child.stdin.write(`${line}\n`);
    return Promise.race([
      next(answer),
      next("failed", 21_000).then((failed) => {
        throw new Error(`the desktop could not ${line}: ${String(failed["why"])}`);
      }),
    ]);
  };
  await next("ready");
  return {
    nextMessage: async (withinMs) => (await next("message", withinMs)) as unknown as Message,
    nextWithdrawn: async (withinMs) => Number((await next("withdrawn", withinMs))["id"]),
    icon: async (withinMs) => void (await next("icon", withinMs)),
    unread: () => said.get("message")?.length ?? 0,
    wrongs: () => said.get("wrong") ?? [],
    choose: async (id, key) => void (await tell(`choose ${id} ${key}`)),
    dismiss: async (id) => void (await tell(`dismiss ${id}`)),
    tray: async (isThere) => void (await tell(`tray ${isThere ? "on" : "off"}`)),
    menu: async () => (await tell("menu", "menu")) as unknown as Menu,
    pick: async (label) => void (await tell(`pick ${label}`)),
    close: async (title) => void (await tell(`close ${title}`)),
    shows: async (title) => (await tell(`shows ${title}`, "shown"))["is_shown"] === true,
    stop: () =>
      new Promise((stopped) => {
        process.off("exit", end);
        child.once("exit", () => stopped());
        child.stdin.end();
        setTimeout(() => child.kill(), 2_000).unref();
      }),
  };
}
