/** The demo's rehearsals: run step by step, certified, written down [E4]. */

import { BackendError } from "./backend";
import type {
  CauseView,
  CertificateView,
  HeldMemberView,
  LeftObjectView,
  MemberRunView,
  MemberView,
  ToMendView,
  RehearsalOutcomeView,
  RehearsalReportView,
  RehearsalRowView,
  RehearsalView,
  StepRunView,
  StepStateView,
} from "./bindings";
import type { DemoChecklist, DemoChecklists } from "./demo_checklists";
import { signIn } from "./demo_sign_ins";
import { DAY, fingerprint, HOUR, MINUTE } from "./demo_times";
import { type DemoWorld, wait } from "./demo_world";

const took: Partial<Record<string, number>> = {
  sign_in_again: 31_000,
  account: 311,
  scopes: 96,
  object: 1_200,
  forced_refresh: 190,
  two_at_once: 240,
  clean_log: 4,
  own: 212,
};

export class DemoRehearsals {
  readonly runs = new Map<string, RehearsalView>();
  left: LeftObjectView[] = [];

  constructor(
    private readonly world: DemoWorld,
    private readonly lists: DemoChecklists,
  ) {}

  /** Runs of the past: the first list holds, the second has one to mend, the third's time is over, the fourth was never run. */
  invent(): void {
    const [first, second, third] = [...this.lists.all.values()];
    const now = this.world.now();
    if (third !== undefined) this.#past(third, now - 20 * HOUR);
    if (second !== undefined) this.#past(second, now - 52 * MINUTE);
    if (first === undefined) return;
    for (let week = 9; week > 0; week--) this.#past(first, now - week * 7 * DAY);
    this.#past(first, now - 5 * MINUTE);
  }

  of(id: string): RehearsalView[] {
    return [...this.runs.values()]
      .filter((run) => run.checklist_id === id)
      .sort((a, b) => b.started_at - a.started_at || b.id.localeCompare(a.id));
  }

  newest(id: string): RehearsalView | undefined {
    return this.of(id)[0];
  }

  start(list: DemoChecklist, until: number | null = null): RehearsalView {
    const last = this.newest(list.id);
    if (last !== undefined && last.ended_at === null) throw new BackendError("bad_input", "It is under way.");
    const run = this.#begin(list, this.world.now());
    run.hold_until = until;
    this.world.tell("rehearsal_changed", list.id);
    if (!this.world.isSteppedByHand) void this.#walk(run);
    return run;
  }

  stop(id: string): void {
    const run = this.newest(id);
    if (run === undefined || run.ended_at !== null) return;
    if (run.sign_in !== null) this.world.signIns.delete(run.sign_in.sign_in.id);
    for (const member of run.members)
      for (const step of member.steps)
        if (!isOver(step.state)) step.state = { state: "not_tried", why: "stopped" };
    run.end = "stopped";
    this.#close(run, this.world.now());
  }

  forget(id: string): void {
    this.left = this.left.filter((one) => one.id !== id);
    for (const run of this.runs.values()) run.left_objects = run.left_objects.filter((one) => one.id !== id);
    this.world.tell("rehearsal_changed", null);
  }

  /** A later test of a member fails: the certificate goes. */
  withdraw(id: string, member: string): void {
    const run = this.newest(id);
    if (run?.certificate?.state !== "holds") return;
    const { until, members } = run.certificate;
    const one = run.members.find((it) => it.id === member) ?? run.members[0];
    if (one === undefined) return;
    run.certificate = {
      state: "withdrawn",
      at: this.world.now(),
      until,
      members,
      mend: {
        ...mendOf(one, null),
        cause: revoked,
        seen: "400 invalid_grant: Token has been expired or revoked.",
      },
    };
    this.world.tell("rehearsal_changed", id);
  }

  /** Takes the next step, as the engine would; false: a person is waited for, or it is over. */
  step(id: string): boolean {
    const run = this.newest(id);
    if (run === undefined || run.ended_at !== null) return false;
    const running = place(run, "running");
    if (running !== null) {
      if (running.step.step.kind === "sign_in_again" && run.sign_in !== null) {
        if (this.world.signIns.has(run.sign_in.sign_in.id)) return false;
        run.sign_in = null;
      }
      this.#end(run, running.member, running.step, this.world.now());
      return true;
    }
    const next = place(run, "waiting");
    if (next === null) {
      this.#close(run, this.world.now());
      return false;
    }
    const { member, step } = next;
    const now = this.world.now();
    step.state = { state: "running", since: now };
    run.log.unshift({
      at: now,
      member: member.id,
      step: step.step,
      state: "running",
      seen: "",
      took_ms: null,
    });
    if (step.step.kind === "sign_in_again") {
      const { row } = this.world.one(member.id);
      const view = signIn(this.world, row.provider_id, row.provider_name, row.id);
      run.sign_in = { sign_in: view, member_id: member.id, member: member.name, account: member.account };
    }
    this.#count(run);
    this.world.tell("rehearsal_changed", run.checklist_id);
    return true;
  }

  row(run: RehearsalView): RehearsalRowView {
    return {
      id: run.id,
      started_at: run.started_at,
      ended_at: run.ended_at,
      end: run.end,
      step_count: run.progress.step_count,
      member_count: run.members.length,
      holding_count: run.progress.holding_count,
      outcome: outcomeOf(run),
    };
  }

  report(id: string): RehearsalReportView {
    const run = this.runs.get(id);
    if (run === undefined) throw new BackendError("bad_input", "No rehearsal of this id.");
    const at = (time: number): string => new Date(time).toISOString().replace("T", " ").slice(0, 16);
    const head =
      run.certificate?.state === "holds"
        ? `All ${run.members.length} connections hold until ${at(run.certificate.until)}`
        : `${run.progress.holding_count} of ${run.members.length} connections hold`;
    const markdown = [
      `# ${run.name}: ${head}`,
      "",
      `Rehearsed from ${at(run.started_at)} to ${at(run.ended_at ?? run.started_at)}, UTC. ${run.progress.done_count} checks, ${run.progress.failed_count} failed.`,
      "",
      "## Connections",
      "",
      "| Connection | Account | Verdict |",
      "| --- | --- | --- |",
      ...run.members.map(
        (one) =>
          `| ${one.platform_name === null ? one.name : `${one.name} in ${one.platform_name}`} | ${one.account ?? "not known"} | ${one.verdict.state} |`,
      ),
      "",
      "## Checks",
      "",
      "| Connection | Check | Came to |",
      "| --- | --- | --- |",
      ...run.members.flatMap((one) =>
        one.steps.map(
          ({ step, state }) =>
            `| ${one.name} | ${step.kind} | ${"seen" in state ? state.seen : state.state === "not_tried" ? `not tried: ${state.why}` : state.state} |`,
        ),
      ),
      "",
    ].join("\n");
    return { markdown, html: `<!doctype html><title>${run.name}</title>`, file_name: `rehearsal-${run.id}` };
  }

  async #walk(run: RehearsalView): Promise<void> {
    while (run.ended_at === null) {
      await wait(run.sign_in === null ? 240 : 400);
      this.step(run.checklist_id);
    }
  }

  #past(list: DemoChecklist, at: number): void {
    const run = this.#begin(list, at);
    let now = at;
    for (;;) {
      const next = place(run, "waiting");
      if (next === null) break;
      now += took[next.step.step.kind] ?? 200;
      this.#end(run, next.member, next.step, now);
    }
    if (run.ended_at === null) this.#close(run, now);
  }

  #begin(list: DemoChecklist, at: number): RehearsalView {
    const members = list.members.map((one) => this.lists.memberOf(one)).filter((one) => !one.is_gone);
    const chosen = (one: MemberView): StepRunView[] =>
      one.steps
        .filter((step) => step.is_chosen || step.why_not !== null)
        .map(({ step, why_not: why }) => ({
          step,
          state: why === null ? { state: "waiting" } : { state: "not_tried", why },
        }));
    const previous = this.newest(list.id);
    const run: RehearsalView = {
      id: `run_${this.runs.size + 1}`,
      checklist_id: list.id,
      name: list.name,
      customer: list.customer,
      started_at: at,
      ended_at: null,
      end: "under_way",
      progress: {
        done_count: 0,
        left_out_count: 0,
        step_count: 0,
        failed_count: 0,
        holding_count: 0,
        member_count: members.length,
        left_ms: null,
      },
      columns: [],
      members: members.map((one) => ({
        id: one.id,
        is_own: one.is_own,
        name: one.name,
        provider_tag: one.provider_tag,
        platform_name: one.platform_name,
        account: one.account,
        steps: chosen(one),
        verdict: { state: "next" },
      })),
      log: [],
      sign_in: null,
      certificate: null,
      hold_minutes: list.hold_minutes,
      hold_until: null,
      after_failure: list.after_failure,
      signs_out_first: list.signs_out_first,
      writes: [...new Set(members.flatMap((one) => one.writes.map((kind) => kind.name)))],
      previous: previous === undefined ? null : this.row(previous),
      left_objects: [],
      has_unread_removal: false,
    };
    for (const { step } of run.members.flatMap((one) => one.steps))
      if (!run.columns.some((one) => JSON.stringify(one) === JSON.stringify(step))) run.columns.push(step);
    this.runs.set(run.id, run);
    this.#count(run);
    return run;
  }

  #end(run: RehearsalView, member: MemberRunView, step: StepRunView, at: number): void {
    step.state = this.#came(member, step, at, run);
    const { state } = step;
    run.log = run.log.filter((line) => line.state !== "running");
    if (state.state === "passed" || state.state === "failed")
      run.log.unshift({
        at,
        member: member.id,
        step: step.step,
        state: state.state,
        seen: state.seen,
        took_ms: state.took_ms,
      });
    if (state.state === "failed") {
      const stops = run.after_failure === "stop";
      // What fails here is a grant that is over: what is left of its connection is pointless.
      for (const one of stops ? run.members : [member])
        for (const other of one.steps)
          if (other.state.state === "waiting")
            other.state = {
              state: "not_tried",
              why: stops || !member.is_own ? "failed_before" : "grant_over",
            };
    }
    this.#count(run);
    if (place(run, "waiting") === null) this.#close(run, at);
    else this.world.tell("rehearsal_changed", run.checklist_id);
  }

  #came(member: MemberRunView, { step }: StepRunView, at: number, run: RehearsalView): StepStateView {
    const row = this.world.connections.get(member.id)?.row;
    const copy = this.world.radius.copies.get(member.id);
    const ms = (took[step.kind] ?? 200) + ((member.id.length * 37 + run.members.indexOf(member) * 61) % 90);
    const answered = { at, took_ms: ms, http_status: 200, request_id: fingerprint(at % 9_973).slice(0, 9) };
    const isDead = row?.status.lamp === "reauth_required" || copy?.lamp === "reauth_required";
    if (isDead && step.kind !== "sign_in_again" && step.kind !== "clean_log") {
      const reason = row?.status.reason;
      const cause = reason !== undefined && "cause" in reason ? reason.cause : revoked;
      return {
        ...answered,
        state: "failed",
        http_status: 400,
        seen: `400 ${cause.provider_code ?? cause.cause}`,
        cause,
      };
    }
    const seen: Record<typeof step.kind, string> = {
      sign_in_again: `you signed in again${member.account === null ? "" : ` as ${member.account}`}`,
      account: member.is_own ? (member.account ?? "it answers") : "its platform's own test passed",
      scopes: `${row?.granted_scope_count ?? 0} of ${row?.granted_scope_count ?? 0}`,
      object: "a text file in My Drive made, read back, changed, removed",
      forced_refresh: "refreshed, stored before use",
      two_at_once: "two callers at once, one refresh, both got v88",
      clean_log: "no error in 6 events",
      own: "200, as it has to be",
    };
    return step.kind === "clean_log"
      ? { ...answered, state: "passed", seen: seen.clean_log, http_status: null, request_id: null }
      : { ...answered, state: "passed", seen: seen[step.kind] };
  }

  #count(run: RehearsalView): void {
    for (const member of run.members) member.verdict = verdictOf(member);
    const steps = run.members.flatMap((one) => one.steps).filter((one) => !isImpossible(one.state));
    const leftOut = steps.filter((one) => one.state.state === "not_tried").length;
    const done = steps.filter((one) => one.state.state === "passed" || one.state.state === "failed").length;
    run.progress = {
      done_count: done,
      left_out_count: leftOut,
      step_count: steps.length,
      failed_count: steps.filter((one) => one.state.state === "failed").length,
      holding_count: run.members.filter((one) => one.verdict.state === "holds").length,
      member_count: run.members.length,
      left_ms: done < 3 ? null : (steps.length - leftOut - done) * 6_000,
    };
  }

  #close(run: RehearsalView, at: number): void {
    this.#count(run);
    run.ended_at = at;
    if (run.end === "under_way") run.end = "ended";
    run.sign_in = null;
    run.progress.left_ms = null;
    run.certificate = this.#certify(run, at);
    const rank = { fails: 0, not_proved: 1, next: 1, under_way: 1, holds: 2 } as const;
    run.members.sort((one, other) => rank[one.verdict.state] - rank[other.verdict.state]);
    this.world.tell("rehearsal_changed", run.checklist_id);
  }

  #certify(run: RehearsalView, at: number): CertificateView {
    const now = this.world.now();
    const failing = run.members.filter((one) => one.verdict.state === "fails");
    const holding = run.progress.holding_count;
    const [first] = failing;
    if (first !== undefined) {
      const step = first.steps.find((one) => one.state.state === "failed") ?? null;
      return {
        state: "mend",
        mend: mendOf(first, step),
        failing_count: failing.length,
        holding_count: holding,
      };
    }
    if (holding < run.members.length || holding === 0)
      return { state: "partly", holding_count: holding, member_count: run.members.length };
    const until = run.hold_until ?? at + run.hold_minutes * MINUTE;
    const members = run.members.map((one, index) => this.#held(one, index, at));
    if (until <= now) return { state: "over", until, members };
    return {
      state: "holds",
      until,
      by: "as_long_as_asked",
      first: null,
      members,
      tested_at: null,
      next_test_at: at + 5 * MINUTE,
      is_watched: true,
    };
  }

  #held(one: MemberRunView, index: number, at: number): HeldMemberView {
    const row = this.world.connections.get(one.id)?.row;
    const last = one.steps.findLast(
      (step) => step.state.state === "passed" && step.step.kind !== "clean_log",
    );
    const state = last?.state.state === "passed" ? last.state : null;
    return {
      id: one.id,
      is_own: one.is_own,
      name: one.name,
      provider_tag: one.provider_tag,
      platform_name: one.platform_name,
      account: one.account,
      token_ends_at: one.is_own ? at + (28 + ((index * 11) % 34)) * MINUTE : null,
      is_renewed: true,
      grant_end: row?.grant_end ?? null,
      proved_at: state?.at ?? null,
      proved_by: last?.step ?? null,
      took_ms: state?.took_ms ?? null,
      tested_at: null,
    };
  }
}

const revoked: CauseView = {
  cause: "grant_revoked",
  action: "reconnect",
  provider_code: "invalid_grant",
  http_status: 400,
};

function mendOf(member: MemberRunView, step: StepRunView | null): ToMendView {
  const state = step?.state.state === "failed" ? step.state : null;
  return {
    member_id: member.id,
    is_own: member.is_own,
    name: member.name,
    platform_name: member.platform_name,
    step: step?.step ?? null,
    act: null,
    cause: state?.cause ?? null,
    seen: state?.seen ?? "",
    way: member.is_own ? "reconnect" : "open_platform_page",
  };
}

const isOver = (state: StepStateView): boolean => state.state !== "waiting" && state.state !== "running";

const isImpossible = (state: StepStateView): boolean =>
  state.state === "not_tried" && !["failed_before", "grant_over", "stopped"].includes(state.why);

function place(
  run: RehearsalView,
  state: "waiting" | "running",
): { member: MemberRunView; step: StepRunView } | null {
  for (const member of run.members)
    for (const step of member.steps) if (step.state.state === state) return { member, step };
  return null;
}

function verdictOf(member: MemberRunView): MemberRunView["verdict"] {
  const failed = member.steps.find((one) => one.state.state === "failed");
  if (failed?.state.state === "failed")
    return { state: "fails", step: failed.step, cause: failed.state.cause };
  const tried = member.steps.filter((one) => !isImpossible(one.state));
  const done = tried.filter((one) => one.state.state === "passed").length;
  if (tried.length === 0) return { state: "not_proved" };
  if (done === tried.length) return { state: "holds" };
  if (tried.some((one) => one.state.state === "not_tried")) return { state: "not_proved" };
  return tried.some((one) => one.state.state !== "waiting")
    ? { state: "under_way", done_count: done, step_count: tried.length }
    : { state: "next" };
}

function outcomeOf({ certificate }: RehearsalView): RehearsalOutcomeView {
  switch (certificate?.state) {
    case undefined:
      return { state: "under_way" };
    case "holds":
    case "over":
      return { state: "holds", until: certificate.until };
    case "withdrawn":
      return {
        state: "withdrawn",
        at: certificate.at,
        until: certificate.until,
        name: certificate.mend.name,
        cause: certificate.mend.cause,
      };
    case "mend":
      return {
        state: "mend",
        name: certificate.mend.name,
        step: certificate.mend.step ?? { kind: "account" },
        act: certificate.mend.act,
        cause: certificate.mend.cause,
        seen: certificate.mend.seen,
      };
    case "partly":
      return { state: "partly" };
  }
}
