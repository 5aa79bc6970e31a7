/** The demo's checklists: what can be tried of which connection, templates, and the form [E4]. */

import { BackendError } from "./backend";
import type {
  ChecklistForm,
  ChecklistTemplateView,
  ChecklistView,
  Commands,
  ConnectionRowView,
  ExpectedView,
  MemberForm,
  MemberStepView,
  MemberView,
  NotTriedView,
  QuestionView,
  SavedChecklistView,
  StepView,
} from "./bindings";
import { inOrder } from "./demo_connections";
import type { DemoCopy } from "./demo_platform_seeds";
import { DemoRehearsals } from "./demo_rehearsals";
import { DAY } from "./demo_times";
import type { DemoWorld } from "./demo_world";

export const demoSteps = [
  "sign_in_again",
  "account",
  "scopes",
  "object",
  "forced_refresh",
  "two_at_once",
  "clean_log",
] as const;
type DemoStepKind = (typeof demoSteps)[number];

/** What is kept of a checklist; the rest is looked up. */
export interface DemoChecklist extends Omit<ChecklistForm, "id"> {
  id: string;
  created_at: number;
}

const objects: Partial<Record<string, { writes: string[]; asks: Omit<QuestionView, "answer">[] }>> = {
  google: { writes: ["a text file in My Drive"], asks: [] },
  notion: {
    writes: ["a page"],
    asks: [
      {
        name: "page",
        asks: "Page that it is made in, shared with the integration",
        example: "1a2b3c4d5e6f47a8b9c0d1e2f3a4b5c6",
      },
    ],
  },
  airtable: {
    writes: ["a record"],
    asks: [
      { name: "base", asks: "Base", example: "appAbCdEfGhIjKlMn" },
      { name: "table", asks: "Table in it", example: "tblAbCdEfGhIjKlMn" },
    ],
  },
  slack: {
    writes: ["a message"],
    asks: [{ name: "channel", asks: "Channel that the app is a member of", example: "C0123456789" }],
  },
  practice: { writes: ["a note"], asks: [] },
};

export class DemoChecklists {
  readonly all = new Map<string, DemoChecklist>();
  readonly rehearsals: DemoRehearsals;

  constructor(
    private readonly world: DemoWorld,
    { count = 0, members = 5, areOdd = false }: { count?: number; members?: number; areOdd?: boolean },
  ) {
    this.rehearsals = new DemoRehearsals(world, this);
    const names = [
      ["Halden Optik demo", "Halden Optik"],
      ["Brightwater hand-over", "Brightwater Dental"],
      ["Nordlys, every Monday", "Nordlys Travel"],
      ["Fjord Studio, own tools", null],
    ] as const;
    const candidates = this.candidates();
    for (let at = 0; at < count; at++) {
      const [name, customer] = names[at % names.length] ?? ["Checklist", null];
      const id = `chk_${at + 1}`;
      this.all.set(id, {
        id,
        name: areOdd
          ? `${name} — ${"Krankenversicherungskostendämpfungsgesetz ".repeat(2)}عرض تجريبي لعيادة`
          : at < names.length
            ? name
            : `${name} ${Math.floor(at / names.length) + 1}`,
        customer,
        hold_minutes: 60,
        after_failure: "go_on",
        signs_out_first: true,
        created_at: world.now() - 30 * DAY,
        members: this.#first(at === 0 ? members : 3 + at, candidates, at).map((one) => formOf(one, at !== 1)),
      });
    }
    this.rehearsals.invent();
  }

  /** So many, own and platforms' in turn, those that work first. */
  #first(count: number, candidates: readonly MemberView[], skip: number): MemberView[] {
    const order = { active: 0, expiring: 1, unproved: 2, reauth_required: 3, disconnected: 4 };
    const sorted = [...candidates].sort((a, b) => order[a.lamp] - order[b.lamp]);
    const own = sorted.filter((one) => one.is_own).slice(skip);
    const copies = sorted.filter((one) => !one.is_own).slice(skip);
    const taken: MemberView[] = [];
    while (taken.length < count && (own.length > 0 || copies.length > 0)) {
      const next =
        (taken.length % 5 === 1 || taken.length % 5 === 3 ? copies.shift() : own.shift()) ??
        own.shift() ??
        copies.shift();
      if (next !== undefined) taken.push(next);
    }
    // A broken one makes the second list's run fail.
    const dead = skip === 1 ? sorted.find((one) => one.is_own && one.lamp === "reauth_required") : undefined;
    return dead === undefined ? taken : [...taken.slice(0, -1), dead];
  }

  candidates(): MemberView[] {
    return [
      ...inOrder([...this.world.connections.values()]).map(({ row }) => this.ofOwn(row)),
      ...[...this.world.radius.copies.values()].map((copy) => this.ofCopy(copy)),
    ];
  }

  ofOwn(row: ConnectionRowView): MemberView {
    const object = objects[row.provider_id];
    const view = this.world.one(row.id);
    const whyNot = (kind: DemoStepKind): NotTriedView | null => {
      if (kind === "object")
        return object === undefined ? "no_trial_object" : object.asks.length > 0 ? "unanswered" : null;
      if (kind === "forced_refresh" || kind === "two_at_once")
        return view.can_refresh || row.status.lamp === "reauth_required" ? null : "nothing_to_refresh_with";
      return kind === "scopes" && row.granted_scope_count === 0 ? "not_told" : null;
    };
    return {
      id: row.id,
      is_own: true,
      name: row.name,
      is_gone: false,
      provider_id: row.provider_id,
      provider_name: row.provider_name,
      provider_tag: row.provider_tag,
      platform_name: null,
      account: row.account,
      workspace: row.workspace,
      customer: row.customer,
      lamp: row.status.lamp,
      steps: demoSteps.map((kind) => stepOf(kind, whyNot(kind))),
      expected: asBefore(),
      questions: (object?.asks ?? []).map((one) => ({ ...one, answer: "" })),
      writes: (object?.writes ?? []).map((name) => ({ name, missing_scopes: [] })),
      own_calls: [],
      would_end: row.name === "Google Calendar" ? ["Gmail"] : [],
      workflow_count: row.dependant_count,
    };
  }

  ofCopy(copy: DemoCopy): MemberView {
    const can: Partial<Record<DemoStepKind, null>> =
      copy.platform.kind === "n8n" || copy.platform.kind === "make"
        ? { account: null, clean_log: null }
        : { clean_log: null };
    const not: Record<DemoStepKind, NotTriedView> = {
      sign_in_again: "not_ours",
      account: "nobody_to_ask",
      scopes: "not_told",
      object: "not_ours",
      forced_refresh: "nothing_to_refresh_with",
      two_at_once: "not_ours",
      clean_log: "not_ours",
    };
    return {
      id: copy.id,
      is_own: false,
      name: copy.name,
      is_gone: false,
      provider_id: copy.provider,
      provider_name: copy.provider,
      provider_tag: copy.tag,
      platform_name: copy.platform.name,
      account: copy.account,
      workspace: null,
      customer: copy.customer,
      lamp: copy.lamp,
      steps: demoSteps.map((kind) => stepOf(kind, kind in can ? null : not[kind])),
      expected: asBefore(),
      questions: [],
      writes: [],
      own_calls: [],
      would_end: [],
      workflow_count: 0,
    };
  }

  /** With what was chosen and answered. */
  memberOf(form: MemberForm): MemberView {
    const view = this.world.connections.get(form.id);
    const copy = this.world.radius.copies.get(form.id);
    const now =
      form.is_own && view !== undefined
        ? this.ofOwn(view.row)
        : copy !== undefined
          ? this.ofCopy(copy)
          : { ...blank, id: form.id, is_own: form.is_own };
    const isChosen = (step: StepView): boolean =>
      form.steps.some(
        (one) =>
          one.kind === step.kind && (one.kind !== "own" || (step.kind === "own" && one.name === step.name)),
      );
    const questions = now.questions.map((one) => ({
      ...one,
      answer: form.answers.find((answer) => answer.name === one.name)?.answer ?? "",
    }));
    const isSaid = questions.every((one) => one.answer !== "");
    return {
      ...now,
      expected: form.expected,
      questions,
      own_calls: form.own_calls,
      steps: [
        ...now.steps,
        ...form.own_calls.map(({ name }): MemberStepView => ({
          step: { kind: "own", name },
          is_chosen: true,
          why_not: null,
        })),
      ].map((one) => ({
        ...one,
        is_chosen: isChosen(one.step),
        why_not: one.why_not === "unanswered" && isSaid ? null : one.why_not,
      })),
    };
  }

  view(list: DemoChecklist): ChecklistView {
    const run = this.rehearsals.newest(list.id);
    return {
      ...list,
      members: list.members.map((one) => this.memberOf(one)),
      last: run === undefined ? null : this.rehearsals.row(run),
      under_way: run === undefined || run.ended_at !== null ? null : run.progress,
    };
  }

  save(form: ChecklistForm): SavedChecklistView {
    const refused = (why: (SavedChecklistView & { state: "refused" })["why"]): SavedChecklistView => ({
      state: "refused",
      why,
    });
    if (form.name === "") return refused({ kind: "no_name" });
    if ([...this.all.values()].some((one) => one.name === form.name && one.id !== form.id))
      return refused({ kind: "name_taken" });
    if (form.members.length === 0) return refused({ kind: "no_members" });
    for (const member of form.members) {
      const { name } = this.memberOf(member);
      if (member.steps.length === 0) return refused({ kind: "no_steps", name });
      const call = member.own_calls.find((one) => !one.url.startsWith("https://"));
      if (call !== undefined)
        return refused({ kind: "own_call", member: name, call: call.name, why: "no_address" });
    }
    const id = form.id ?? `chk_${this.world.next++}`;
    const list = { ...form, id, created_at: this.all.get(id)?.created_at ?? this.world.now() };
    this.all.set(id, list);
    this.world.tell("rehearsal_changed", id);
    return { state: "saved", checklist: this.view(list) };
  }

  templates(): ChecklistTemplateView[] {
    const candidates = this.candidates();
    const of = (
      fits: (one: MemberView) => boolean,
      steps: readonly DemoStepKind[] = demoSteps,
    ): Omit<ChecklistTemplateView, "id" | "name"> => ({
      steps: steps.map((kind) => ({ kind })),
      members: candidates.filter(fits).map((one) => ({
        ...one,
        steps: one.steps.map((step) => ({
          ...step,
          is_chosen: step.is_chosen && steps.some((kind) => kind === step.step.kind),
        })),
      })),
      signs_out_first: true,
    });
    const provider = (id: string) => (one: MemberView) => one.is_own && one.provider_id === id;
    return [
      { id: "google", name: "Google Drive and Docs", ...of(provider("google")) },
      { id: "notion", name: "Notion", ...of(provider("notion")) },
      { id: "airtable", name: "Airtable", ...of(provider("airtable")) },
      { id: "slack", name: "Slack", ...of(provider("slack")) },
      {
        id: "platforms",
        name: "Workflow platforms",
        ...of((one) => !one.is_own, ["account", "two_at_once", "clean_log"]),
      },
      { id: "own_call", name: "A call of your own", ...of((one) => one.is_own, ["account"]) },
      { id: "everything", name: "Everything that can be tried", ...of(() => true) },
    ];
  }
}

const stepOf = (kind: DemoStepKind, whyNot: NotTriedView | null): MemberStepView => ({
  step: { kind },
  is_chosen: whyNot === null || whyNot === "unanswered",
  why_not: whyNot,
});

const asBefore = (): ExpectedView => ({ account: { kind: "as_before" }, workspace: null });

/** One that is gone. */
const blank: Omit<MemberView, "id" | "is_own"> = {
  name: "Gone",
  is_gone: true,
  provider_id: null,
  provider_name: null,
  provider_tag: "",
  platform_name: null,
  account: null,
  workspace: null,
  customer: null,
  lamp: "disconnected",
  steps: [],
  expected: asBefore(),
  questions: [],
  writes: [],
  own_calls: [],
  would_end: [],
  workflow_count: 0,
};

function formOf(member: MemberView, signsIn: boolean): MemberForm {
  return {
    id: member.id,
    is_own: member.is_own,
    steps: member.steps
      .filter((one) => one.is_chosen && (signsIn || one.step.kind !== "sign_in_again"))
      .map((one) => one.step),
    expected: member.expected,
    answers: member.questions.map(({ name, example }) => ({ name, answer: example })),
    own_calls: member.own_calls,
  };
}

type Own =
  | "checklists"
  | "checklist_templates"
  | "checklist_candidates"
  | "save_checklist"
  | "remove_checklist"
  | "restore_checklist"
  | "start_rehearsal"
  | "stop_rehearsal"
  | "rehearsal"
  | "rehearsals_of"
  | "rehearsal_report"
  | "save_rehearsal_report"
  | "left_objects"
  | "remove_left_object"
  | "forget_left_object";
type Answers = { [C in Own]: (args: Commands[C][0]) => Commands[C][1] | Promise<Commands[C][1]> };

export function checklistAnswers(world: DemoWorld): Answers {
  const { checklists } = world;
  const { rehearsals } = checklists;
  const removed = new Map<string, DemoChecklist>();
  const one = (id: string): DemoChecklist => {
    const found = checklists.all.get(id);
    if (found === undefined) throw new BackendError("bad_input", "No checklist of this id.");
    return found;
  };
  return {
    checklists: () => [...checklists.all.values()].map((list) => checklists.view(list)),
    checklist_templates: () => checklists.templates(),
    checklist_candidates: () => checklists.candidates(),
    save_checklist: ({ form }) => checklists.save(form),
    remove_checklist: ({ id }) => {
      removed.set(id, one(id));
      checklists.all.delete(id);
      world.tell("rehearsal_changed", id);
      return null;
    },
    restore_checklist: ({ id }) => {
      const list = removed.get(id);
      if (list === undefined) throw new BackendError("connection_gone", "It was not removed here.");
      checklists.all.set(id, list);
      removed.delete(id);
      world.tell("rehearsal_changed", id);
      return null;
    },
    start_rehearsal: ({ id, until }) => rehearsals.start(one(id), until),
    stop_rehearsal: ({ id }) => {
      rehearsals.stop(id);
      return null;
    },
    rehearsal: ({ id, run }) => (run === null ? rehearsals.newest(id) : rehearsals.runs.get(run)) ?? null,
    rehearsals_of: ({ id }) => rehearsals.of(id).map((run) => rehearsals.row(run)),
    rehearsal_report: ({ run }) => rehearsals.report(run),
    save_rehearsal_report: ({ run, format }) =>
      `/home/mira/Downloads/${rehearsals.report(run).file_name}.${format === "html" ? "html" : "md"}`,
    left_objects: () => rehearsals.left,
    remove_left_object: ({ id }) => {
      rehearsals.forget(id);
      return null;
    },
    forget_left_object: ({ id }) => {
      rehearsals.forget(id);
      return null;
    },
  };
}
