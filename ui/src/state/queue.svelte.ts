/** The reconnect queue: what needs a sign-in, the pass that is under way, and those there were [E3]. */

import {
  type Backend,
  BackendError,
  type HandingOverNoteView,
  type IncidentReportView,
  type PassRowView,
  type ReconnectQueueView,
  type RecordFile,
} from "../backend/backend";
import { turnSpoken } from "../words/queue";
import { isReconnect } from "../words/next_step";
import type { Connections } from "./connections.svelte";
import type { Notices } from "./notices.svelte";
import { Reload } from "./reload";
import type { Undo } from "./undo.svelte";

type QueueCommand = "pause_queue" | "resume_queue" | "stop_queue" | "dismiss_queue";
type TurnCommand = "skip_turn" | "hand_over_turn" | "put_turn_back" | "open_turn";

export class ReconnectQueue {
  view = $state.raw<ReconnectQueueView | null>(null);
  error = $state.raw<BackendError | null>(null);
  passes = $state.raw<PassRowView[]>([]);
  /** The text for somebody else, and whose sign-in it asks for. */
  note = $state.raw<{ id: string; name: string; view: HandingOverNoteView } | null>(null);
  record = $state.raw<{ id: string; view: IncidentReportView } | null>(null);
  isBusy = $state(false);
  #isShown = false;
  #before: Promise<unknown> = Promise.resolve();
  readonly #reload: Reload;

  /** Connections that a sign-in brings back. */
  readonly needing = $derived.by(() => {
    const rows = this.connections.board?.rows ?? [];
    return rows.filter((row) => row.status.needs_person && isReconnect(row.status.action)).length;
  });
  readonly isUnderWay = $derived(
    this.view !== null && ["running", "paused", "left_behind"].includes(this.view.course.state),
  );
  /** What stands beside its name in the navigation. */
  readonly count = $derived(this.isUnderWay ? (this.view?.sum.left ?? 0) : this.needing);

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
    private readonly connections: Connections,
    private readonly undo: Undo,
  ) {
    this.#reload = new Reload(() => this.#load());
  }

  async start(): Promise<() => void> {
    const stops = await Promise.all([
      this.backend.listen("queue_changed", () => void this.#reload.request()),
      this.backend.listen("connection_changed", () => {
        if (this.#isShown && !this.isUnderWay) void this.#reload.request();
      }),
    ]);
    await this.#reload.request();
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** The screen is open, or is left. */
  show(isShown: boolean): void {
    this.#isShown = isShown;
    if (!isShown) return;
    void this.#reload.request();
    void this.#loadPasses();
  }

  /** Whether the queue tells of this connection's sign-in: nobody else has to. */
  holds(connection: string | null): boolean {
    return (
      connection !== null &&
      this.isUnderWay &&
      this.view?.turns.some((turn) => turn.id === connection) === true
    );
  }

  /** Of those that were chosen, or of all that need a sign-in. */
  async begin(ids: readonly string[] | null = null): Promise<boolean> {
    return this.#do("start queue", () =>
      this.backend.call("start_queue", { ids: ids === null ? null : [...ids] }),
    );
  }

  async run(command: QueueCommand): Promise<void> {
    await this.#do(command, () => this.backend.call(command, {}));
  }

  async openTurn(id: string): Promise<void> {
    await this.#turn("open_turn", id);
  }

  async skip(id: string, name: string): Promise<void> {
    if (await this.#putAside("skip_turn", id, name, "skipped"))
      this.undo.offer({ title: `${name} is skipped.`, run: () => this.#turn("put_turn_back", id) });
  }

  async handOver(id: string, name: string): Promise<void> {
    this.note = null;
    if (await this.#putAside("hand_over_turn", id, name, "handed_over"))
      this.undo.offer({ title: `${name} is handed over.`, run: () => this.#turn("put_turn_back", id) });
  }

  async putBack(id: string): Promise<void> {
    await this.#turn("put_turn_back", id);
  }

  /** Opens the text for somebody else. */
  async write(id: string, name: string): Promise<void> {
    await this.#attempt(`note ${id}`, async () => {
      this.note = { id, name, view: await this.backend.call("handing_over_note", { id }) };
    });
  }

  /** Where it was written; rejects with why it could not be. */
  async saveNote(id: string): Promise<string> {
    return this.backend.call("save_handing_over_note", { id });
  }

  async read(id: string): Promise<void> {
    await this.#attempt(`record ${id}`, async () => {
      this.record = { id, view: await this.backend.call("pass_record", { id }) };
    });
  }

  /** Where it was written; rejects with why it could not be. */
  async saveRecord(id: string, file: RecordFile): Promise<string> {
    return this.backend.call("save_pass_record", { id, file });
  }

  /** Whether it was: a sign-in may have ended while the click was under way. */
  async #putAside(
    command: TurnCommand,
    id: string,
    name: string,
    state: "skipped" | "handed_over",
  ): Promise<boolean> {
    if (!(await this.#turn(command, id))) return false;
    const isAside = this.view?.turns.some((turn) => turn.id === id && turn.state.state === state) === true;
    if (!isAside) this.notices.show({ tone: "plain", title: `The sign-in of ${name} was over already.` });
    return isAside;
  }

  #turn(command: TurnCommand, id: string): Promise<boolean> {
    return this.#do(`${command} ${id}`, () => this.backend.call(command, { id }));
  }

  /** One after the other: what is asked for meanwhile is not lost. */
  #do(deed: string, run: () => Promise<ReconnectQueueView>): Promise<boolean> {
    const done = this.#before.then(async () => {
      this.isBusy = true;
      try {
        return await this.#attempt(deed, async () => this.#take(await run()));
      } finally {
        this.isBusy = false;
      }
    });
    this.#before = done;
    return done;
  }

  async #attempt(deed: string, run: () => Promise<void>): Promise<boolean> {
    try {
      await run();
      this.notices.settle(deed);
      return true;
    } catch (error) {
      this.notices.failed(error, {}, deed);
      return false;
    }
  }

  async #load(): Promise<void> {
    try {
      this.#take(await this.backend.call("reconnect_queue", {}));
      this.error = null;
    } catch (error) {
      this.error = BackendError.of(error);
    }
  }

  async #loadPasses(): Promise<void> {
    try {
      this.passes = await this.backend.call("list_passes", {});
    } catch {
      // The queue is read at the same moment, fails for the same reason, and says so in full.
    }
  }

  /** What has changed is said, one line at most. */
  #take(view: ReconnectQueueView): void {
    const before = this.view;
    this.view = view;
    if (before === null || before.pass !== view.pass) {
      if (this.#isShown && before?.course.state !== view.course.state) void this.#loadPasses();
      return;
    }
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- read at once and dropped
    const states = new Map(before.turns.map((turn) => [turn.id, turn.state.state]));
    const changed = view.turns.filter((turn) => states.get(turn.id) !== turn.state.state);
    const lines = changed.map(turnSpoken).filter((line) => line !== "");
    if (this.#isShown && lines.length > 0) this.notices.say(lines.slice(0, 2).join(" "));
    if (view.course.state === "ended" && before.course.state !== "ended") {
      void this.#loadPasses();
      if (!this.#isShown) this.ended(view);
    }
  }

  /** A pass came to its end out of sight; the window's. */
  ended: (view: ReconnectQueueView) => void = () => undefined;
}
