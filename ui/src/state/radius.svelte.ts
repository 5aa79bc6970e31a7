/** What is asked of the blast radius, and the last answer; asked again whenever something it rests on changes [D1, D4]. */

import {
  type Backend,
  BackendError,
  type PausedWorkflowView,
  type RadiusFile,
  type RadiusFilter,
  type RadiusNodeView,
  type RadiusQuestion,
  type RadiusView,
  type WorkflowNodeView,
} from "../backend/backend";
import { pausedSentence } from "../words/incidents";
import type { Notices } from "./notices.svelte";
import { Reload } from "./reload";

export type RadiusLook = "picture" | "list";

const noFilter: RadiusFilter = { state: null, customer: null, platform: null, text: "" };

export class Radius {
  focus = $state<string | null>(null);
  filter = $state.raw<RadiusFilter>(noFilter);
  expanded = $state.raw<readonly string[]>([]);
  /** What is taken for dead: "what if this one dies". */
  simulated = $state.raw<readonly string[]>([]);
  look = $state<RadiusLook>("picture");
  /** The last answer stands until the next is here. */
  view = $state.raw<RadiusView | null>(null);
  error = $state.raw<BackendError | null>(null);
  /** The one in focus, step by step. */
  node = $state.raw<RadiusNodeView | null>(null);
  isPausing = $state(false);
  #isOpen = false;
  readonly #reload: Reload;

  readonly isFiltered = $derived(
    this.filter.state !== null ||
      this.filter.customer !== null ||
      this.filter.platform !== null ||
      this.filter.text.trim() !== "",
  );

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
  ) {
    this.#reload = new Reload(() => this.#load());
  }

  async start(): Promise<() => void> {
    const again = (): void => void (this.#isOpen ? this.#reload.request() : undefined);
    const stops = await Promise.all([
      this.backend.listen("connection_changed", again),
      this.backend.listen("platform_changed", again),
    ]);
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** The screen is open on this one; null: on everything. */
  show(focus: string | null): void {
    this.#isOpen = true;
    if (this.focus !== focus) this.node = null;
    this.focus = focus;
    this.ask();
  }

  leave(): void {
    this.#isOpen = false;
  }

  ask(): void {
    void this.#reload.request();
  }

  narrow(change: Partial<RadiusFilter>): void {
    this.filter = { ...this.filter, ...change };
    this.ask();
  }

  widen(): void {
    this.filter = noFilter;
    this.ask();
  }

  choose(look: RadiusLook): void {
    this.look = look;
    this.ask();
  }

  expand(key: string): void {
    this.expanded = this.expanded.includes(key)
      ? this.expanded.filter((one) => one !== key)
      : [...this.expanded, key];
    this.ask();
  }

  suppose(id: string): void {
    this.simulated = this.simulated.includes(id)
      ? this.simulated.filter((one) => one !== id)
      : [...this.simulated, id];
    this.ask();
  }

  supposeNothing(): void {
    this.simulated = [];
    this.ask();
  }

  question(): RadiusQuestion {
    return {
      focus: this.focus,
      filter: this.filter,
      expanded: [...this.expanded],
      simulated: [...this.simulated],
      is_whole: this.look === "list",
    };
  }

  async pause(ids: readonly string[], incident: string | null): Promise<void> {
    if (this.isPausing) return;
    this.isPausing = true;
    try {
      const done: PausedWorkflowView[] = await this.backend.call("pause_workflows", {
        ids: [...ids],
        incident,
      });
      this.notices.show({ tone: "plain", ...pausedSentence(done), deed: "pause" });
      this.ask();
    } catch (error) {
      this.notices.failed(error, {}, "pause");
    } finally {
      this.isPausing = false;
    }
  }

  async export(file: RadiusFile): Promise<void> {
    try {
      const path = await this.backend.call("export_radius", { question: this.question(), file });
      this.notices.show({ tone: "good", title: "Written.", detail: path, deed: "export radius" });
    } catch (error) {
      this.notices.failed(error, {}, "export radius");
    }
  }

  async openPage(id: string): Promise<void> {
    try {
      await this.backend.call("open_platform_page", { id });
    } catch (error) {
      this.notices.failed(error, {}, `page ${id}`);
    }
  }

  /** Workflows that what is typed speaks of; none where they cannot be read, which the screen of them says. */
  async workflowsNamed(text: string): Promise<readonly WorkflowNodeView[]> {
    const filter = { ...noFilter, text };
    const question = { focus: null, filter, expanded: [], simulated: [], is_whole: true };
    try {
      const { right } = await this.backend.call("blast_radius", { question });
      return right.flatMap((group) => group.nodes);
    } catch {
      return [];
    }
  }

  /** What hangs on one, for a screen that shows it beside something else. */
  async nodeOf(id: string): Promise<RadiusNodeView | null> {
    return this.backend.call("radius_node", { id });
  }

  async #load(): Promise<void> {
    const focus = this.focus;
    try {
      const [view, node] = await Promise.all([
        this.backend.call("blast_radius", { question: this.question() }),
        focus === null ? null : this.backend.call("radius_node", { id: focus }),
      ]);
      this.view = view;
      if (this.focus === focus) this.node = node;
      this.error = null;
    } catch (error) {
      this.error = BackendError.of(error);
    }
  }
}
