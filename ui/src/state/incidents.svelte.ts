/** The incidents, and the one in view: what it stopped, what is ticked off, its report [D4, D5, D6]. */

import {
  type Backend,
  BackendError,
  type IncidentReportView,
  type IncidentRowView,
  type IncidentView,
} from "../backend/backend";
import { pausedSentence, resumedSentence } from "../words/incidents";
import type { Notices } from "./notices.svelte";
import { Reload } from "./reload";

export type IncidentWork = "pause" | "resume" | "canary" | "close" | "report";

export class Incidents {
  rows = $state.raw<IncidentRowView[] | null>(null);
  error = $state.raw<BackendError | null>(null);
  open = $state.raw<IncidentView | null>(null);
  openError = $state.raw<BackendError | null>(null);
  report = $state.raw<IncidentReportView | null>(null);
  working = $state<IncidentWork | null>(null);
  /** Workflows, by their ids, that can be started as they were edited alone, as their platform said at the last try. */
  edited = $state.raw<readonly string[]>([]);
  #openId: string | null = null;
  readonly #reload: Reload;
  readonly #openReload: Reload;

  /** Those that are not over. */
  readonly live = $derived((this.rows ?? []).filter((row) => row.state !== "closed"));

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
  ) {
    this.#reload = new Reload(() => this.#load());
    this.#openReload = new Reload(() => this.#loadOpen());
  }

  async start(): Promise<() => void> {
    const again = (): void => {
      void this.#reload.request();
      void this.#openReload.request();
    };
    const stops = await Promise.all([
      this.backend.listen("incident_changed", again),
      // A mended connection mends its incident; a new one is told of by itself.
      this.backend.listen("connection_changed", () => {
        if ((this.rows?.length ?? 0) > 0) again();
      }),
    ]);
    await this.#reload.request();
    return () => {
      for (const stop of stops) stop();
    };
  }

  show(id: string | null): void {
    if (this.#openId === id) return;
    this.#openId = id;
    this.open = null;
    this.openError = null;
    this.report = null;
    this.edited = [];
    void this.#openReload.request();
  }

  /** Of a connection of either plane: the one that is open, or a new one. Null: none could be opened. */
  async openFor(connection: string): Promise<string | null> {
    try {
      const id = await this.backend.call("open_incident", { id: connection });
      void this.#reload.request();
      return id;
    } catch (error) {
      this.notices.failed(error, {}, `open ${connection}`);
      return null;
    }
  }

  async tick(id: string, workflow: string, isTicked: boolean): Promise<void> {
    await this.#change(id, null, () =>
      this.backend.call("tick_validation", { id, workflow, is_ticked: isTicked }),
    );
  }

  async canary(id: string): Promise<void> {
    await this.#change(id, "canary", () => this.backend.call("run_canary", { id }));
  }

  async close(id: string, note: string): Promise<boolean> {
    return this.#change(id, "close", () =>
      this.backend.call("close_incident", { id, note: note.trim() === "" ? null : note.trim() }),
    );
  }

  async pause(id: string, workflows: readonly string[]): Promise<void> {
    await this.#change(id, "pause", async () => {
      const done = await this.backend.call("pause_workflows", { ids: [...workflows], incident: id });
      this.notices.show({ tone: "plain", ...pausedSentence(done), deed: `pause ${id}` });
      return this.backend.call("incident", { id });
    });
  }

  /** `as_saved`: also what was edited meanwhile, where its platform starts nothing else; a person's own decision. */
  async resume(id: string, workflows: readonly string[], as_saved = false): Promise<void> {
    await this.#change(id, "resume", async () => {
      const done = await this.backend.call("resume_workflows", { ids: [...workflows], as_saved });
      if (done.state === "resumed")
        this.edited = done.workflows
          .filter((one) => one.outcome.state === "edited_since")
          .map((one) => one.id);
      this.notices.show({ tone: "plain", ...resumedSentence(done, Date.now()), deed: `resume ${id}` });
      return this.backend.call("incident", { id });
    });
  }

  async preview(id: string): Promise<void> {
    this.working = "report";
    try {
      this.report = await this.backend.call("incident_report", { id });
    } catch (error) {
      this.notices.failed(error, {}, `report ${id}`);
    } finally {
      this.working = null;
    }
  }

  /** Where it was written; rejects with why it could not be. */
  async save(id: string): Promise<string> {
    return this.backend.call("save_incident_report", { id });
  }

  async #change(id: string, work: IncidentWork | null, run: () => Promise<IncidentView>): Promise<boolean> {
    if (this.working !== null) return false;
    this.working = work;
    try {
      const view = await run();
      if (this.#openId === id) this.open = view;
      void this.#reload.request();
      return true;
    } catch (error) {
      this.notices.failed(error, {}, `incident ${id}`);
      return false;
    } finally {
      this.working = null;
    }
  }

  async #load(): Promise<void> {
    try {
      this.rows = await this.backend.call("list_incidents", {});
      this.error = null;
    } catch (error) {
      this.error = BackendError.of(error);
    }
  }

  async #loadOpen(): Promise<void> {
    const id = this.#openId;
    if (id === null) return;
    try {
      const view = await this.backend.call("incident", { id });
      if (this.#openId !== id) return;
      this.open = view;
      this.openError = null;
    } catch (error) {
      if (this.#openId === id) this.openError = BackendError.of(error);
    }
  }
}
