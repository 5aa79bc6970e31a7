/** The checklists, the one that is being written, and the rehearsal in view [E4]. */

import { SvelteMap } from "svelte/reactivity";
import {
  type Backend,
  BackendError,
  type ChecklistForm,
  type ChecklistTemplateView,
  type ChecklistView,
  type LeftObjectView,
  type MemberView,
  type RehearsalReportView,
  type RehearsalRowView,
  type RehearsalView,
  type ReportFormat,
  type SavedChecklistView,
} from "../backend/backend";
import { resultWords } from "../words/checklists";
import { shortName } from "../words/numbers";
import type { Notices } from "./notices.svelte";
import { Reload } from "./reload";
import type { Undo } from "./undo.svelte";

/** A checklist as it is being written; kept while a person looks elsewhere. */
export interface ChecklistDraft extends Omit<ChecklistForm, "id" | "members"> {
  members: MemberView[];
}

export class Checklists {
  lists = $state.raw<ChecklistView[] | null>(null);
  error = $state.raw<BackendError | null>(null);
  templates = $state.raw<ChecklistTemplateView[] | null>(null);
  candidates = $state.raw<MemberView[] | null>(null);
  /** Objects of any run that may still lie at a provider. */
  left = $state.raw<LeftObjectView[]>([]);
  readonly drafts = new SvelteMap<string, ChecklistDraft>();
  /** The run in view. */
  open = $state.raw<RehearsalView | null>(null);
  openError = $state.raw<BackendError | null>(null);
  /** There is no such run, or none yet. */
  hasNoRun = $state(false);
  history = $state.raw<RehearsalRowView[]>([]);
  report = $state.raw<RehearsalReportView | null>(null);
  /** Checklists whose run is being started or stopped. */
  readonly working = new SvelteMap<string, "start" | "stop" | "save" | "remove">();
  /** The one that is asked about: until when its next run is to hold. */
  asking = $state<string | null>(null);
  /** Opens the screen of a run. */
  show: (checklist: string, run: string | null) => void = () => undefined;
  #openId: string | null = null;
  #openRun: string | null = null;
  #hasBeenAsked = false;
  readonly #reload: Reload;
  readonly #openReload: Reload;

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
    private readonly undo: Undo,
  ) {
    this.#reload = new Reload(() => this.#load());
    this.#openReload = new Reload(() => this.#loadOpen());
  }

  async start(): Promise<() => void> {
    const stops = await Promise.all([
      this.backend.listen("rehearsal_changed", (id) => {
        void this.#reload.request();
        if (id === null || id === this.#openId) void this.#openReload.request();
      }),
      // Whom it waits for in the browser stands in its view.
      this.backend.listen("sign_in_changed", () => {
        if (this.open !== null && this.open.ended_at === null) void this.#openReload.request();
      }),
      // A connection that was mended is mended on its lists too.
      this.backend.listen("connection_changed", () => {
        if (this.#hasBeenAsked && (this.lists?.length ?? 0) > 0) void this.#reload.request();
        if (this.#openId !== null) void this.#openReload.request();
      }),
    ]);
    await this.#reload.request();
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Somebody looks at the lists. */
  async load(): Promise<void> {
    this.#hasBeenAsked = true;
    await this.#reload.request();
  }

  async loadChoices(): Promise<void> {
    try {
      [this.templates, this.candidates] = await Promise.all([
        this.backend.call("checklist_templates", {}),
        this.backend.call("checklist_candidates", {}),
      ]);
    } catch (error) {
      this.notices.failed(error, { try_again: () => void this.loadChoices() }, "choices");
    }
  }

  /** Throws `BackendError`, so that the form can say why beside itself. */
  async save(form: ChecklistForm): Promise<SavedChecklistView> {
    const saved = await this.backend.call("save_checklist", { form });
    if (saved.state === "saved") await this.#reload.request();
    return saved;
  }

  async remove(id: string): Promise<boolean> {
    const name = this.lists?.find((one) => one.id === id)?.name ?? "";
    const isDone = await this.#work(id, "remove", async () => {
      await this.backend.call("remove_checklist", { id });
      this.drafts.delete(id);
      await this.#reload.request();
    });
    if (isDone) this.undo.offer({ title: `${shortName(name)} is removed.`, run: () => this.#restore(id) });
    return isDone;
  }

  async #restore(id: string): Promise<boolean> {
    return this.#work(id, "remove", async () => {
      await this.backend.call("restore_checklist", { id });
      await this.#reload.request();
    });
  }

  /** Runs it from its first step, and shows that; `until`: other than the checklist says. */
  async rehearse(id: string, until: number | null = null): Promise<void> {
    const again = (): void => void this.rehearse(id, until);
    const start = async (): Promise<void> => {
      const view = await this.backend.call("start_rehearsal", { id, hold_minutes: null, until });
      this.notices.settle(`start ${id}`);
      if (this.#openId === id) {
        this.#openRun = null;
        this.open = view;
      }
      this.show(id, null);
      void this.#reload.request();
    };
    await this.#work(id, "start", start, { try_again: again });
  }

  /** The same once more: a time that was asked for and is still to come is meant again. */
  async rehearseAgain(run: RehearsalView, now: number): Promise<void> {
    const isAhead = run.hold_until !== null && run.hold_until > now;
    await this.rehearse(run.checklist_id, isAhead ? run.hold_until : null);
  }

  async stop(id: string): Promise<void> {
    await this.#work(id, "stop", async () => {
      await this.backend.call("stop_rehearsal", { id });
    });
  }

  /** Watches the newest run of a checklist, or the one of that id. */
  watch(id: string | null, run: string | null): void {
    if (this.#openId === id && this.#openRun === run) return;
    if (this.#openId !== id || this.open?.id !== run) {
      const isSame = this.#openId === id && run === null && this.open?.ended_at === null;
      if (!isSame) this.open = null;
    }
    if (this.#openId !== id) this.history = [];
    this.#openId = id;
    this.#openRun = run;
    this.openError = null;
    this.hasNoRun = false;
    this.report = null;
    if (id !== null) void this.#openReload.request();
  }

  async preview(run: string): Promise<void> {
    this.report = null;
    try {
      this.report = await this.backend.call("rehearsal_report", { run });
    } catch (error) {
      this.notices.failed(error, { try_again: () => void this.preview(run) }, `report ${run}`);
    }
  }

  /** Where it was written; rejects with why it could not be. */
  async saveReport(run: string, format: ReportFormat): Promise<string> {
    return this.backend.call("save_rehearsal_report", { run, format });
  }

  async removeLeft(one: LeftObjectView): Promise<void> {
    await this.#work(one.id, "remove", async () => {
      const still = await this.backend.call("remove_left_object", { id: one.id });
      if (still === null) this.notices.show({ tone: "good", title: `${one.tag} is removed.` });
      else
        this.notices.show({
          tone: "bad",
          title: `${one.tag} is still there.`,
          detail: still.seen ?? "",
          deed: `left ${one.id}`,
        });
      await this.#loadLeft();
      void this.#openReload.request();
    });
  }

  async forgetLeft(id: string): Promise<void> {
    await this.#work(id, "remove", async () => {
      await this.backend.call("forget_left_object", { id });
      await this.#loadLeft();
      void this.#openReload.request();
    });
  }

  async #work(
    id: string,
    work: "start" | "stop" | "remove",
    run: () => Promise<void>,
    actions: { try_again?: () => void } = {},
  ): Promise<boolean> {
    if (this.working.has(id)) return false;
    this.working.set(id, work);
    try {
      await run();
      return true;
    } catch (error) {
      this.notices.failed(error, actions, `${work} ${id}`);
      return false;
    } finally {
      this.working.delete(id);
    }
  }

  async #load(): Promise<void> {
    try {
      const before = this.lists;
      this.lists = await this.backend.call("checklists", {});
      this.error = null;
      if (before !== null) this.#tell(before, this.lists);
      await this.#loadLeft();
    } catch (error) {
      this.error = BackendError.of(error);
    }
  }

  async #loadLeft(): Promise<void> {
    this.left = await this.backend.call("left_objects", {});
  }

  /** What came to its end, or was withdrawn, out of sight. */
  #tell(before: readonly ChecklistView[], after: readonly ChecklistView[]): void {
    const now = Date.now();
    for (const list of after) {
      const old = before.find((one) => one.id === list.id);
      if (old === undefined || list.id === this.#openId || list.last === null) continue;
      const hasEnded = old.under_way !== null && list.under_way === null;
      const isWithdrawn =
        list.last.outcome.state === "withdrawn" && old.last?.outcome.state !== "withdrawn" && !hasEnded;
      if (!hasEnded && !isWithdrawn) continue;
      const { tone, line, detail } = resultWords(list.last, now);
      this.notices.show({
        tone: tone === "holds" ? "good" : tone === "bad" ? "bad" : "plain",
        title: `${list.name}: ${line}.`,
        detail,
        action: { label: "Show", run: () => this.show(list.id, null) },
        deed: `rehearsal ${list.id}`,
      });
    }
  }

  async #loadOpen(): Promise<void> {
    const [id, run] = [this.#openId, this.#openRun];
    if (id === null) return;
    try {
      const view = await this.backend.call("rehearsal", { id, run });
      const hasEnded = view !== null && view.ended_at !== null;
      const history = hasEnded ? await this.backend.call("rehearsals_of", { id }) : this.history;
      if (this.#openId !== id || this.#openRun !== run) return;
      this.open = view;
      this.history = history;
      this.hasNoRun = view === null;
      this.openError = null;
    } catch (error) {
      if (this.#openId === id) this.openError = BackendError.of(error);
    }
  }
}
