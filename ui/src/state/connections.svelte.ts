/** The board and the connection in view, as the engine last said; and what runs on each right now. */

import { SvelteMap } from "svelte/reactivity";
import type {
  Backend,
  BoardView,
  CheckView,
  ConnectionRowView,
  ConnectionView,
  DisconnectedView,
  EnvironmentView,
  FarewellView,
  NewDependant,
  ProviderPage,
  RefreshView,
  RetirementView,
  TestCallView,
} from "../backend/backend";
import { BackendError } from "../backend/backend";
import { checksSentence } from "../words/checks";
import { circumstances } from "../words/circumstances";
import { shortName } from "../words/numbers";
import { testCallOutcome, refreshOutcome } from "../words/test_call";
import type { Clock } from "./clock.svelte";
import type { Notices } from "./notices.svelte";
import { Reload } from "./reload";
import type { Undo } from "./undo.svelte";

export type Work = "test_call" | "checks" | "refresh" | "reconnect" | "disconnect";
export type Outcome =
  { kind: "test_call"; view: TestCallView } | { kind: "refresh"; view: RefreshView; at: number };

export class Connections {
  board = $state.raw<BoardView | null>(null);
  /** Why the board could not be read; the last one read still stands. */
  boardError = $state.raw<BackendError | null>(null);
  open = $state.raw<ConnectionView | null>(null);
  openError = $state.raw<BackendError | null>(null);
  openId = $state<string | null>(null);
  /** What is under way, by connection. */
  readonly working = new SvelteMap<string, Work>();
  /** The last test call or refresh of this session, by connection. */
  readonly outcomes = new SvelteMap<string, Outcome>();
  /** Takes back what can be taken back; the window's. */
  undo: Undo | null = null;
  /** Finds out why something failed; the window's. */
  explain: (id: string) => void = () => undefined;

  /** What the provider's harmless calls last showed in this session, by connection. */
  readonly checks = new SvelteMap<string, { at: number; views: readonly CheckView[] }>();

  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- made anew with each board, never changed
  readonly byId = $derived(new Map((this.board?.rows ?? []).map((row) => [row.id, row])));
  /** What goes before the rows' own promises. */
  readonly around = $derived(circumstances(this.board));
  readonly #boardReload: Reload;
  readonly #openReload: Reload;

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
    private readonly clock: Clock,
  ) {
    this.#boardReload = new Reload(() => this.#loadBoard());
    this.#openReload = new Reload(() => this.#loadOpen());
  }

  async start(): Promise<() => void> {
    // What needs somebody at the platforms stands in the board's sentence.
    const again = (): void => void this.#boardReload.request();
    const stops = await Promise.all([
      this.backend.listen("connection_changed", (id) => this.#changed(id)),
      this.backend.listen("platform_changed", again),
      this.backend.listen("incident_changed", again),
    ]);
    await this.#boardReload.request();
    return () => {
      for (const stop of stops) stop();
    };
  }

  async reload(): Promise<void> {
    await Promise.all([this.#boardReload.request(), this.#openReload.request()]);
  }

  /** Chooses which connection is in view; the one shown before stands until the new one is here. */
  show(id: string | null): void {
    if (this.openId === id) return;
    this.openId = id;
    this.openError = null;
    if (this.open?.row.id !== id) this.open = null;
    if (id !== null) void this.#openReload.request();
  }

  row(id: string): ConnectionRowView | null {
    return this.byId.get(id) ?? (this.open?.row.id === id ? this.open.row : null);
  }

  async testCall(id: string): Promise<void> {
    const view = await this.#work(id, "test_call", () => this.backend.call("run_test_call", { id }));
    if (view === null) return;
    this.outcomes.set(id, { kind: "test_call", view });
    this.#tell(id, (row) => testCallOutcome(view, row));
  }

  /** Tries the provider's harmless calls, each once. */
  async runChecks(id: string): Promise<void> {
    const views = await this.#work(id, "checks", () => this.backend.call("run_checks", { id }));
    if (views === null) return;
    this.checks.set(id, { at: Date.now(), views });
    this.notices.say(`Checks: ${checksSentence(views)}.`);
  }

  async refresh(id: string): Promise<void> {
    const view = await this.#work(id, "refresh", () => this.backend.call("refresh_now", { id }));
    if (view === null) return;
    this.outcomes.set(id, { kind: "refresh", view, at: Date.now() });
    this.#tell(id, (row) => refreshOutcome(view, row, Date.now(), this.around.mode));
  }

  /** The same as a part of many: told to whoever asked, and by no toast. Rejects where it could not be done. */
  async testCallOfMany(id: string): Promise<TestCallView> {
    const view = await this.#quietly(id, "test_call", () => this.backend.call("run_test_call", { id }));
    this.outcomes.set(id, { kind: "test_call", view });
    return view;
  }

  async refreshOfMany(id: string): Promise<RefreshView> {
    const view = await this.#quietly(id, "refresh", () => this.backend.call("refresh_now", { id }));
    this.outcomes.set(id, { kind: "refresh", view, at: Date.now() });
    return view;
  }

  /** Throws where it could not be done: whoever asked says why, in its own place. */
  async disconnectOrThrow(id: string): Promise<DisconnectedView> {
    this.outcomes.delete(id);
    return this.#quietly(id, "disconnect", () => this.backend.call("disconnect", { id }));
  }

  async labelOfMany(row: ConnectionRowView, customer: string | null): Promise<void> {
    const { id, name, environment } = row;
    await this.backend.call("label_connection", { id, name, customer, environment });
    void this.reload();
  }

  async planDisconnect(id: string): Promise<FarewellView> {
    return this.backend.call("plan_disconnect", { id });
  }

  /** Null where it could not be done; why has been said. */
  async disconnect(id: string): Promise<DisconnectedView | null> {
    this.outcomes.delete(id);
    return this.#work(id, "disconnect", () => this.backend.call("disconnect", { id }));
  }

  /** What became of its client, where Patchbay registered it. Rejects with why it is still there. */
  async forget(id: string): Promise<RetirementView> {
    this.outcomes.delete(id);
    const retirement = await this.backend.call("forget_connection", { id });
    void this.reload();
    return retirement;
  }

  /** Rejects with why it is called as before. */
  async label(
    id: string,
    name: string,
    customer: string | null,
    environment: EnvironmentView,
  ): Promise<void> {
    const before = this.row(id);
    await this.backend.call("label_connection", { id, name, customer, environment });
    void this.reload();
    if (before !== null && (before.name !== name || before.customer !== customer))
      this.undo?.offer({
        title: before.name === name ? `${name} is labelled anew.` : `${before.name} is called ${name}.`,
        run: () =>
          this.#attempt(`label ${id}`, () =>
            this.backend.call("label_connection", {
              id,
              name: before.name,
              customer: before.customer,
              environment: before.environment,
            }),
          ),
      });
  }

  /** What a person says of it; null takes back what was said. */
  async note(id: string, note: string | null, owner: string | null): Promise<boolean> {
    const before = this.open?.row.id === id ? { note: this.open.note, owner: this.open.owner } : null;
    const write = (to: { note: string | null; owner: string | null }) =>
      this.#attempt(`note ${id}`, () => this.backend.call("note_connection", { id, ...to }));
    const isDone = await write({ note, owner });
    if (isDone && before !== null && (before.note !== note || before.owner !== owner))
      this.undo?.offer({
        title: `The note on ${shortName(this.row(id)?.name ?? "it")} is saved.`,
        run: () => write(before),
      });
    return isDone;
  }

  async setAutomaticRefresh(id: string, on: boolean): Promise<boolean> {
    const set = (to: boolean) =>
      this.#attempt(`automatic ${id}`, () => this.backend.call("set_automatic_refresh", { id, on: to }));
    const isDone = await set(on);
    if (isDone)
      this.undo?.offer({
        title: `Automatic refresh of ${this.row(id)?.name ?? "it"} is ${on ? "on" : "off"}.`,
        run: () => set(!on),
      });
    return isDone;
  }

  /** Rejects with why it was not added. */
  async addDependant(id: string, dependant: NewDependant): Promise<void> {
    await this.backend.call("add_dependant", { id, dependant });
    void this.reload();
  }

  async removeDependant(id: string, dependant: string): Promise<boolean> {
    const known = this.open?.dependants.find((one) => one.id === dependant);
    const isDone = await this.#attempt(`remove ${dependant}`, () =>
      this.backend.call("remove_dependant", { id, dependant }),
    );
    if (isDone && known !== undefined) {
      const { workflow, place, step, owner } = known;
      this.undo?.offer({
        title: `${workflow} is no dependant any more.`,
        run: () => this.#attempt(`add ${id}`, () => this.addDependant(id, { workflow, place, step, owner })),
      });
    }
    return isDone;
  }

  async openProviderPage(provider: string, page: ProviderPage): Promise<void> {
    await this.#attempt(`page ${provider}`, () =>
      this.backend.call("open_provider_page", { provider, page }),
    );
  }

  /** The page that the provider itself named for mending, in the browser; whether it was opened. */
  async openMendingPage(id: string): Promise<boolean> {
    return this.#attempt(`mending page ${id}`, () => this.backend.call("open_mending_page", { id }));
  }

  /** A page that a lesson rests on, in the browser. */
  async openSource(url: string): Promise<void> {
    await this.#attempt(`source ${url}`, () => this.backend.call("open_source", { url }));
  }

  #changed(id: string | null): void {
    void this.#boardReload.request();
    if (this.openId !== null && (id === null || id === this.openId)) void this.#openReload.request();
  }

  async #loadBoard(): Promise<void> {
    try {
      const wasClosed = (this.board?.keychain.state ?? "open") !== "open";
      this.board = await this.backend.call("board", {});
      this.boardError = null;
      if (wasClosed && this.board.keychain.state === "open") this.notices.over(keychainErrors);
      if (this.board.engine.mode !== "offline") this.notices.over(["offline"]);
      this.#settleProved();
    } catch (error) {
      this.boardError = BackendError.of(error);
    }
    this.clock.sync();
  }

  /** What was tried in vain has worked since, by itself or from elsewhere; or there is nothing left to try it on. */
  #settleProved(): void {
    for (const { tone, code, deeds, at } of this.notices.list) {
      if (tone !== "bad" || code === "connection_gone") continue;
      for (const deed of deeds) {
        const [, work, id = ""] = deed === null ? [] : (tried.exec(deed) ?? []);
        if (deed === null || work === undefined) continue;
        const row = this.byId.get(id);
        const isOver =
          row === undefined ||
          (work === "disconnect"
            ? row.status.lamp === "disconnected"
            : row.status.lamp === "active" && row.proof !== null && row.proof.at > at);
        if (isOver) this.notices.settle(deed);
      }
    }
  }

  async #loadOpen(): Promise<void> {
    const id = this.openId;
    if (id === null) return;
    try {
      const view = await this.backend.call("connection", { id });
      if (this.openId !== id) return;
      this.open = view;
      this.openError = null;
    } catch (error) {
      if (this.openId !== id) return;
      this.openError = BackendError.of(error);
      if (this.openError.code === "connection_gone") this.open = null;
    }
    this.clock.sync();
  }

  async #work<T>(id: string, work: Work, run: () => Promise<T>): Promise<T | null> {
    if (this.working.has(id)) return null;
    this.working.set(id, work);
    try {
      const answer = await run();
      this.notices.settle(`${work} ${id}`);
      return answer;
    } catch (error) {
      this.notices.failed(error, {}, `${work} ${id}`);
      return null;
    } finally {
      this.working.delete(id);
      void this.reload();
    }
  }

  async #quietly<T>(id: string, work: Work, run: () => Promise<T>): Promise<T> {
    if (this.working.has(id))
      throw new BackendError("changed_meanwhile", "Something else is under way on it.");
    this.working.set(id, work);
    try {
      const answer = await run();
      this.notices.settle(`${work} ${id}`);
      return answer;
    } finally {
      this.working.delete(id);
      void this.reload();
    }
  }

  async #attempt(deed: string, run: () => Promise<unknown>): Promise<boolean> {
    try {
      await run();
      this.notices.settle(deed);
      void this.reload();
      return true;
    } catch (error) {
      this.notices.failed(error, {}, deed);
      return false;
    }
  }

  /** A toast where the result is out of sight; else only the polite line. */
  #tell(
    id: string,
    words: (row: ConnectionRowView) => { isSuccess: boolean; title: string; detail: string },
  ): void {
    const row = this.row(id);
    if (row === null) return;
    const { isSuccess, title, detail } = words(row);
    if (this.openId === id) this.notices.say(`${title} ${detail}`.trim());
    else
      this.notices.show({
        tone: isSuccess ? "good" : "plain",
        title: `${row.name}: ${title}`,
        detail,
        action: isSuccess ? null : { label: "Diagnose", run: () => this.explain(id) },
      });
  }
}

/** Deeds on a connection, as `#work` and the sign-ins name them. */
const tried = /^(test_call|checks|refresh|reconnect|disconnect) (.+)$/;

const keychainErrors = [
  "keychain_locked",
  "keychain_absent",
  "keychain_different",
  "keychain_not_answering",
] as const;
