/** The desktop around the window: its switches, and what comes in from outside: links, the tray, messages, a close [F4]. */

import type { AskView, Backend, ClosingAnswer, DeskChange, DeskView } from "../backend/backend";
import { deskNotices } from "../words/desk";
import type { Connections } from "./connections.svelte";
import type { Navigation } from "./navigation.svelte";
import type { Notices } from "./notices.svelte";

export class Desk {
  view = $state<DeskView | null>(null);
  isChanging = $state(false);
  /** The window was closed, and asks what that is to mean. */
  closing = $state<{ hasTray: boolean } | null>(null);
  /** A link asks to reconnect this connection; nothing has begun. */
  linked = $state<string | null>(null);
  /** Does what a connection's status asks for. */
  mend: (id: string) => void = () => undefined;
  #isTaking: Promise<void> = Promise.resolve();

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
    private readonly navigation: Navigation,
    private readonly connections: Connections,
  ) {}

  /** After the board was loaded: what waits may name a connection of it. */
  async start(): Promise<() => void> {
    const stop = await this.backend.listen("asks_wait", () => void this.take());
    await this.take();
    return stop;
  }

  async load(): Promise<void> {
    try {
      this.view = await this.backend.call("desk", {});
    } catch (error) {
      this.notices.failed(error);
    }
  }

  async change(change: DeskChange): Promise<void> {
    if (this.isChanging) return;
    this.isChanging = true;
    try {
      this.view = await this.backend.call("change_desk", { change });
      this.notices.settle("desk");
    } catch (error) {
      this.notices.failed(error, { try_again: () => void this.change(change) }, "desk");
    } finally {
      this.isChanging = false;
    }
  }

  async answerClosing(answer: ClosingAnswer): Promise<void> {
    this.closing = null;
    try {
      await this.backend.call("answer_closing", { answer });
      if (this.view !== null) await this.load();
    } catch (error) {
      this.notices.failed(error);
    }
  }

  async quit(): Promise<void> {
    try {
      await this.backend.call("quit", {});
    } catch (error) {
      this.notices.failed(error);
    }
  }

  /** One taking after another: each ask is answered once, in its order. */
  take(): Promise<void> {
    this.#isTaking = this.#isTaking.then(() => this.#takeAll());
    return this.#isTaking;
  }

  async #takeAll(): Promise<void> {
    try {
      for (const ask of await this.backend.call("take_asks", {})) this.#answer(ask);
    } catch {
      // An engine that could not be opened: the board says so in full.
    }
  }

  #answer(ask: AskView): void {
    switch (ask.ask) {
      case "board":
        this.navigation.open({ name: "board" });
        return;
      case "queue":
        this.navigation.open({ name: "queue" });
        return;
      case "platforms":
        this.navigation.open({ name: "platforms" });
        return;
      case "programs":
        this.navigation.open({ name: "programs" });
        return;
      case "connection":
        this.navigation.open({ name: "connection", id: ask.id });
        return;
      case "reconnect":
        this.navigation.open({ name: "connection", id: ask.id });
        this.linked = ask.id;
        return;
      case "mend":
        if (this.connections.row(ask.id) === null) {
          this.navigation.open({ name: "board" });
          return;
        }
        this.navigation.open({ name: "connection", id: ask.id });
        this.mend(ask.id);
        return;
      case "unknown_link":
        this.notices.show({ tone: "plain", ...deskNotices.unknownLink });
        return;
      case "closing":
        this.closing = { hasTray: ask.has_tray };
        return;
      case "page_came_back":
        this.notices.show({ tone: "plain", ...deskNotices.pageCameBack });
    }
  }
}
