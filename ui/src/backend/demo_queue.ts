/** The demo's reconnect queue: one sign-in at a time, the next when the one before has ended [E3]. */

import { BackendError, type CommandName } from "./backend";
import type {
  Commands,
  ConnectionView,
  PassRowView,
  QueueCourseView,
  QueueSumView,
  QueueTurnView,
  ReconnectQueueView,
  SignInView,
  TurnFailureView,
  TurnStateView,
} from "./bindings";
import { signIn, step } from "./demo_sign_ins";
import { reckon } from "./demo_radius_reckoning";
import { HOUR } from "./demo_times";
import type { DemoWorld } from "./demo_world";

type Answers = Pick<
  { [C in CommandName]: (args: Commands[C][0]) => Commands[C][1] | Promise<Commands[C][1]> },
  | "reconnect_queue"
  | "start_queue"
  | "pause_queue"
  | "resume_queue"
  | "stop_queue"
  | "dismiss_queue"
  | "skip_turn"
  | "hand_over_turn"
  | "put_turn_back"
  | "open_turn"
  | "handing_over_note"
  | "save_handing_over_note"
  | "list_passes"
  | "pass_record"
  | "save_pass_record"
>;

interface Pass {
  id: string;
  turns: QueueTurnView[];
  beganAt: number;
  endedAt: number | null;
}

export class DemoQueue {
  course: QueueCourseView = { state: "idle" };
  pass: Pass | null = null;
  signInId: string | null = null;
  readonly passes: PassRowView[] = [];

  constructor(readonly world: DemoWorld) {
    world.hear("sign_in_changed", (view) => view && this.#heard(view));
  }

  needing(): QueueTurnView[] {
    return [...this.world.connections.values()]
      .filter(({ row }) => row.status.needs_person && row.status.action.startsWith("reconnect"))
      .map(this.#turner())
      .sort((a, b) => b.workflow_count - a.workflow_count);
  }

  /** The first run that fails is the one that the board names. */
  #turner(): (view: ConnectionView) => QueueTurnView {
    const { sources } = reckon(this.world, []);
    return (view) => turnOf(view, sources.get(view.row.id)?.node.next_run_at ?? null, this.world.now());
  }

  view(): ReconnectQueueView {
    const { pass, course } = this;
    const turns = pass?.turns ?? this.needing();
    const left = turns.filter((turn) => !isBack(turn));
    const customers = new Set(left.flatMap((turn) => turn.customers));
    const runs = left.flatMap((turn) => turn.first_run_at ?? []);
    return {
      course,
      pass: pass?.id ?? null,
      began_at: pass?.beganAt ?? null,
      ended_at: pass?.endedAt ?? null,
      turns,
      sum: sumOf(turns),
      damage: {
        workflow_count: left.reduce((total, turn) => total + turn.workflow_count, 0),
        customer_count: customers.size,
        first_run_at: runs.length === 0 ? null : Math.min(...runs),
      },
      needing_count: pass !== null && pass.endedAt === null ? 0 : this.needing().length,
      sign_in: this.signInId,
    };
  }

  begin(ids: string[] | null): ReconnectQueueView {
    const now = this.world.now();
    const turns = ids === null ? this.needing() : ids.map((id) => this.world.one(id)).map(this.#turner());
    if (turns.length === 0) throw new BackendError("bad_input", "no connection needs a sign-in");
    this.pass = { id: `pas_${this.world.next++}`, turns, beganAt: now, endedAt: null };
    this.course = { state: "running" };
    return this.#goOn();
  }

  switch(course: QueueCourseView): ReconnectQueueView {
    this.course = course;
    return this.#goOn();
  }

  stop(): ReconnectQueueView {
    for (const turn of this.pass?.turns ?? [])
      if (turn.state.state === "open") turn.state = { state: "waiting" };
    this.#cancel();
    this.#end();
    return this.#told();
  }

  dismiss(): ReconnectQueueView {
    this.pass = null;
    this.course = { state: "idle" };
    return this.#told();
  }

  settle(id: string, state: TurnStateView): ReconnectQueueView {
    const turn = this.#turn(id);
    const wasOpen = turn.state.state === "open";
    turn.state = state;
    turn.settled_at = this.world.now();
    if (wasOpen) this.#cancel();
    return this.#goOn();
  }

  /** A person leaves it, where it still stands in one of these states. */
  putAside(
    id: string,
    state: "skipped" | "handed_over",
    from: readonly TurnStateView["state"][],
  ): ReconnectQueueView {
    return from.includes(this.#turn(id).state.state) ? this.settle(id, { state }) : this.view();
  }

  /** It waits again; with `isNext` before all others. */
  wait(id: string, isNext: boolean): ReconnectQueueView {
    const { pass } = this;
    const turn = this.#turn(id);
    turn.state = { state: "waiting" };
    turn.settled_at = null;
    if (pass !== null) pass.endedAt = null;
    if (this.course.state !== "paused" || isNext) this.course = { state: "running" };
    return this.#goOn(isNext ? id : null);
  }

  #turn(id: string): QueueTurnView {
    const turn = this.pass?.turns.find((one) => one.id === id);
    if (turn === undefined) throw new BackendError("bad_input", "no reconnect queue is under way");
    return turn;
  }

  #cancel(): void {
    const id = this.signInId;
    this.signInId = null;
    if (id === null) return;
    step(this.world, id, { state: "cancelled" });
    this.world.signIns.delete(id);
  }

  #end(): void {
    const { pass } = this;
    if (pass === null) return;
    pass.endedAt = this.world.now();
    this.course = { state: "ended" };
    this.passes.unshift({
      id: pass.id,
      began_at: pass.beganAt,
      ended_at: pass.endedAt,
      sum: sumOf(pass.turns),
    });
  }

  #goOn(chosen: string | null = null): ReconnectQueueView {
    const { pass } = this;
    if (pass === null) return this.#told();
    const waiting = pass.turns.filter((turn) => turn.state.state === "waiting");
    const isOpen = pass.turns.some((turn) => turn.state.state === "open");
    const next = waiting.find((turn) => turn.id === chosen) ?? waiting[0];
    if (!isOpen && next === undefined) {
      if (pass.endedAt === null) this.#end();
    } else if (!isOpen && next !== undefined && this.course.state === "running") {
      next.state = { state: "open", since: this.world.now() };
      const { row } = this.world.one(next.id);
      const view = signIn(this.world, row.provider_id, row.provider_name, next.id);
      this.signInId = view.id;
      this.world.tell("sign_in_changed", view);
    }
    return this.#told();
  }

  #told(): ReconnectQueueView {
    this.world.tell("queue_changed", null);
    return this.view();
  }

  #heard(view: SignInView): void {
    if (view.id !== this.signInId) return;
    const end = endOf(view);
    const open = this.pass?.turns.find((turn) => turn.state.state === "open");
    if (end === null || open === undefined) return;
    this.signInId = null;
    const now = this.world.now();
    open.state =
      end === "back"
        ? { state: "reconnected", took_ms: now - view.started_at }
        : { state: "failed", why: end };
    open.settled_at = now;
    if (view.progress.state === "timed_out")
      this.course = { state: "paused", why: { kind: "nobody_signed_in" } };
    this.#goOn();
  }
}

function endOf(view: SignInView): "back" | TurnFailureView | null {
  switch (view.progress.state) {
    case "connected":
      return "back";
    case "refused":
      return { kind: "cause", cause: "wrong_tenant_or_account" };
    case "failed":
      return view.progress.failure.kind === "cause"
        ? { kind: "cause", cause: view.progress.failure.cause.cause }
        : { kind: "not_begun" };
    case "cancelled":
      return { kind: "cancelled" };
    case "timed_out":
      return { kind: "nobody_signed_in" };
    case "waiting_for_browser":
    case "exchanging_code":
    case "identifying":
    case "storing":
    case "needs_decision":
    case "handed_over":
      return null;
  }
}

function isBack(turn: QueueTurnView): boolean {
  return ["reconnected", "came_back", "gone"].includes(turn.state.state);
}

function turnOf({ row, dependants }: ConnectionView, runsAt: number | null, now: number): QueueTurnView {
  const { reason } = row.status;
  const count = dependants.length;
  return {
    id: row.id,
    name: row.name,
    provider_name: row.provider_name,
    provider_tag: row.provider_tag,
    account: row.account,
    customer: row.customer,
    cause: "cause" in reason ? reason.cause.cause : null,
    workflow_count: count,
    customers: count === 0 || row.customer === null ? [] : [row.customer],
    first_run_at: count === 0 ? null : (runsAt ?? now + (1 + (row.name.length % 9)) * HOUR),
    state: { state: "waiting" },
    settled_at: null,
    other_account: null,
  };
}

function sumOf(turns: readonly QueueTurnView[]): QueueSumView {
  const count = (...states: string[]): number =>
    turns.filter((turn) => states.includes(turn.state.state)).length;
  return {
    total: turns.length,
    mended: count("reconnected", "came_back"),
    skipped: count("skipped"),
    handed_over: count("handed_over"),
    failed: count("failed"),
    gone: count("gone"),
    left: count("waiting", "open"),
  };
}

export function queueAnswers(world: DemoWorld): Answers {
  const { queue } = world;
  return {
    reconnect_queue: () => queue.view(),
    start_queue: ({ ids }) => queue.begin(ids),
    pause_queue: () => queue.switch({ state: "paused", why: { kind: "asked" } }),
    resume_queue: () => queue.switch({ state: "running" }),
    stop_queue: () => queue.stop(),
    dismiss_queue: () => queue.dismiss(),
    skip_turn: ({ id }) => queue.putAside(id, "skipped", ["waiting", "open"]),
    hand_over_turn: ({ id }) =>
      queue.putAside(id, "handed_over", ["waiting", "open", "skipped", "handed_over", "failed"]),
    put_turn_back: ({ id }) => queue.wait(id, false),
    open_turn: ({ id }) => queue.wait(id, true),
    handing_over_note: ({ id }) => ({
      text: noteOf(world.one(id)),
      file_name: `Patchbay sign-in for ${id}.txt`,
    }),
    save_handing_over_note: ({ id }) => `/home/mira/Downloads/Patchbay sign-in for ${id}.txt`,
    list_passes: () => queue.passes,
    pass_record: ({ id }) => ({
      markdown: recordOf(queue, id),
      file_name: `Patchbay reconnect queue ${id}.md`,
    }),
    save_pass_record: ({ id, file }) =>
      `/home/mira/Downloads/Patchbay reconnect queue ${id}.${file === "csv" ? "csv" : "md"}`,
  };
}

function noteOf({ row, dependants }: ConnectionView): string {
  const account = row.account ?? "the account it had";
  return [
    "Hello,",
    "",
    `the connection "${row.name}" to ${row.provider_name}${row.customer === null ? "" : ` for ${row.customer}`} needs a new sign-in as ${account}. Only somebody who can sign in there as ${account} can do that.`,
    "",
    `Why: ${row.provider_name} says that its permission was taken back (grant_revoked).`,
    `What stands still: ${dependants.length} workflows${row.customer === null ? "" : ` for ${row.customer}`}.`,
    "",
    "What to do, in about two minutes:",
    "1. Write to me when you are at a computer. I send you a sign-in link then; it works once, for ten minutes.",
    `2. Open it, sign in as ${account}, and agree to what it asks for with every box ticked.`,
    "3. The browser ends at an address that begins with http://127.0.0.1 or https://localhost and shows an error page: that is as it should be. Send me that whole address at once, to me alone. It works once.",
    "",
    `Your password is typed on ${row.provider_name}'s own page and nowhere else; nobody needs it from you. If the account is not yours, tell me whose it is.`,
    "",
    "Thank you.",
    "",
  ].join("\n");
}

function recordOf(queue: DemoQueue, id: string): string {
  const { pass } = queue;
  const turns = pass?.id === id ? pass.turns : [];
  const sum = sumOf(turns);
  const at = (time: number | null): string =>
    time === null ? "–" : new Date(time).toISOString().slice(11, 19);
  return [
    "# Reconnect queue",
    "",
    `${sum.mended} of ${sum.total} were brought back.`,
    "",
    "| | |",
    "| --- | --- |",
    `| Pass | ${id} |`,
    `| Brought back | ${sum.mended} |`,
    "",
    "## Connections",
    "",
    "| | Connection | Account | Customer | Outcome | At |",
    "| ---: | --- | --- | --- | --- | --- |",
    ...turns.map(
      (turn, index) =>
        `| ${index + 1} | ${turn.name}, ${turn.provider_name} | ${turn.account ?? "–"} | ${turn.customer ?? "–"} | ${turn.state.state.replace("_", " ")} | ${at(turn.settled_at)} |`,
    ),
    "",
  ].join("\n");
}
