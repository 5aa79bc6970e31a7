/** Ladders of probes: the last one of each connection, and those being climbed right now [C3]. */

import { SvelteMap } from "svelte/reactivity";
import {
  BackendError,
  type Backend,
  type FailureBundleView,
  type LadderView,
  type RungChangedView,
  type RungView,
  type SavedBundleView,
  type VendorReportView,
} from "../backend/backend";
import { rungSpoken, verdictSentence } from "../words/ladder";
import type { Connections } from "./connections.svelte";
import type { Notices } from "./notices.svelte";

/** What a person allows a run to do beyond looking. */
export interface Choices {
  mayRefresh: boolean;
  mayWrite: boolean;
  /** An address of the provider's API, or nothing. */
  resource: string;
}

/** A run under way, or one that ended without a verdict. */
export interface Climb {
  run: number;
  state: "running" | "cancelled" | "failed";
  rungs: readonly RungView[];
  error: BackendError | null;
}

const LONGEST_TIMER_MS = 2_147_483_647;

export class Diagnoses {
  /** Null: it was never run. */
  readonly last = new SvelteMap<string, LadderView | null>();
  readonly climbs = new SvelteMap<string, Climb>();
  /** When a run begins by itself. */
  readonly waits = new SvelteMap<string, number>();
  /** The connection whose diagnosis is in view. */
  shown = $state<string | null>(null);
  /** Shows a connection's diagnosis; the window's. */
  open: (id: string) => void = () => undefined;
  readonly #choices = new SvelteMap<string, Choices>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing shown reads it
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #run = 0;

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
    private readonly connections: Connections,
  ) {}

  async start(): Promise<() => void> {
    const stop = await this.backend.listen("rung_changed", (change) => this.#changed(change));
    return () => {
      stop();
      for (const id of [...this.#timers.keys()]) this.stopWaiting(id);
    };
  }

  choices(id: string): Choices {
    return this.#choices.get(id) ?? { mayRefresh: false, mayWrite: false, resource: "" };
  }

  choose(id: string, choices: Partial<Choices>): void {
    this.#choices.set(id, { ...this.choices(id), ...choices });
  }

  isRunning(id: string): boolean {
    return this.climbs.get(id)?.state === "running";
  }

  /** Reads the last one, which the command line may have run too. */
  async load(id: string): Promise<void> {
    try {
      this.last.set(id, await this.backend.call("last_diagnosis", { id }));
      this.notices.settle(`last diagnosis ${id}`);
    } catch (error) {
      if (error instanceof BackendError && error.code === "connection_gone") return;
      this.notices.failed(error, {}, `last diagnosis ${id}`);
    }
  }

  async run(id: string): Promise<void> {
    if (this.isRunning(id)) return;
    this.stopWaiting(id);
    const run = ++this.#run;
    const { mayRefresh, mayWrite, resource } = this.choices(id);
    this.climbs.set(id, { run, state: "running", rungs: [], error: null });
    try {
      const ladder = await this.backend.call("diagnose", {
        id,
        run,
        may_refresh: mayRefresh,
        may_write: mayWrite,
        resource: resource.trim() === "" ? null : resource.trim(),
      });
      if (this.climbs.get(id)?.run !== run) return;
      if (ladder === null) {
        this.#end(id, run, "cancelled");
        return;
      }
      this.last.set(id, ladder);
      this.climbs.delete(id);
      this.#tell(id, ladder);
    } catch (error) {
      this.#end(id, run, "failed", BackendError.of(error));
    } finally {
      void this.connections.reload();
    }
  }

  async cancel(id: string): Promise<void> {
    const climb = this.climbs.get(id);
    if (climb?.state !== "running") return;
    try {
      await this.backend.call("cancel_diagnosis", { id });
      this.#end(id, climb.run, "cancelled");
    } catch (error) {
      this.notices.failed(error);
    }
  }

  /** Puts an unfinished run away, so that the last whole one shows again. */
  dismiss(id: string): void {
    if (!this.isRunning(id)) this.climbs.delete(id);
  }

  /** Runs it again when the time has come. */
  wait(id: string, at: number): void {
    this.stopWaiting(id);
    this.waits.set(id, at);
    const left = Math.min(Math.max(0, at - Date.now()), LONGEST_TIMER_MS);
    this.#timers.set(
      id,
      setTimeout(() => void this.run(id), left),
    );
  }

  /** Exactly what `saveBundle` then writes. */
  previewBundle(id: string, includesAccount: boolean): Promise<FailureBundleView> {
    return this.backend.call("preview_failure_bundle", { id, includes_account: includesAccount });
  }

  /** Null when no folder was chosen. */
  saveBundle(id: string, includesAccount: boolean): Promise<SavedBundleView | null> {
    return this.backend.call("save_failure_bundle", { id, includes_account: includesAccount });
  }

  vendorReport(id: string, includesAccount: boolean): Promise<VendorReportView> {
    return this.backend.call("vendor_report", { id, includes_account: includesAccount });
  }

  /** Null, and told why, where nothing is for an administrator any more. */
  async letterToAdmin(id: string): Promise<string | null> {
    try {
      return await this.backend.call("letter_to_admin", { id });
    } catch (error) {
      this.notices.failed(error);
      return null;
    }
  }

  stopWaiting(id: string): void {
    const timer = this.#timers.get(id);
    if (timer !== undefined) clearTimeout(timer);
    this.#timers.delete(id);
    this.waits.delete(id);
  }

  #changed({ connection_id: id, run, rung }: RungChangedView): void {
    const climb = this.climbs.get(id);
    if (climb?.run !== run || climb.state !== "running") return;
    const rungs = [...climb.rungs.filter((one) => one.rung !== rung.rung), rung];
    this.climbs.set(id, { ...climb, rungs });
    const isWorthALine = rung.state === "passed" || rung.state === "failed";
    if (this.shown === id && isWorthALine) this.notices.say(rungSpoken(rung));
  }

  #end(id: string, run: number, state: "cancelled" | "failed", error: BackendError | null = null): void {
    const climb = this.climbs.get(id);
    if (climb?.run !== run) return;
    const rungs = climb.rungs.filter((rung) => rung.state !== "running");
    this.climbs.set(id, { run, state, rungs, error });
    if (error !== null && this.shown !== id) this.notices.failed(error, {}, `diagnose ${id}`);
  }

  /** In view the page says it; else a toast does. */
  #tell(id: string, ladder: LadderView): void {
    const row = this.connections.row(id);
    if (row === null) return;
    const title = verdictSentence(ladder, row.provider_name, row.name);
    if (this.shown === id) this.notices.say(title);
    else
      this.notices.show({
        tone: ladder.cause.cause === "no_failure" ? "good" : "plain",
        title: `${row.name}: ${title}`,
        action: { label: "Show", run: () => this.open(id) },
      });
  }
}
