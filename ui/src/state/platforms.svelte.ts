/** The platforms and their connections, as the engine last said, and the readings under way [D2]. */

import { SvelteMap } from "svelte/reactivity";
import {
  type Backend,
  BackendError,
  type NewPlatformForm,
  type PlatformConnectionView,
  type PlatformFailureView,
  type PlatformKindView,
  type PlatformReadingView,
  type PlatformView,
  type ReadingOutcomeView,
  type SignInView,
} from "../backend/backend";
import { failureWords, readWords, testedWords } from "../words/platforms";
import type { Notices } from "./notices.svelte";
import { Reload } from "./reload";

export class Platforms {
  list = $state.raw<PlatformView[] | null>(null);
  connections = $state.raw<PlatformConnectionView[] | null>(null);
  error = $state.raw<BackendError | null>(null);
  /** What is being read, by the reading's id. */
  readonly readings = new SvelteMap<string, PlatformReadingView>();
  /** What each reading of this session came to. */
  readonly failures = new SvelteMap<string, PlatformFailureView>();
  isAdding = $state(false);
  isImporting = $state(false);
  /** The one whose removal is asked about. */
  removing = $state.raw<PlatformView | null>(null);
  /** A file that was dropped, for the import. */
  dropped = $state<string | null>(null);
  /** The platform connection whose test or join is under way. */
  working = $state<string | null>(null);
  /** Follows a sign-in that was begun for a platform's own grant; the window's. */
  follow: (begin: () => Promise<SignInView>) => Promise<SignInView> = (begin) => begin();

  /** By the connection of ours that stands beside them. */
  readonly copies = $derived.by(() => {
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- made anew with each answer, never changed
    const byOwn = new Map<string, PlatformConnectionView[]>();
    for (const one of this.connections ?? []) {
      const own = one.joined?.connection_id ?? null;
      if (own === null) continue;
      const beside = byOwn.get(own);
      if (beside === undefined) byOwn.set(own, [one]);
      else beside.push(one);
    }
    return byOwn;
  });
  /** Those that stand beside none of ours. */
  readonly alone = $derived(
    (this.connections ?? []).filter((one) => (one.joined?.connection_id ?? null) === null),
  );

  readonly #reload: Reload;

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
  ) {
    this.#reload = new Reload(() => this.#load());
  }

  async start(): Promise<() => void> {
    const again = (): void => void this.#reload.request();
    const stops = await Promise.all([
      this.backend.listen("platform_changed", again),
      // A verdict rests on both planes.
      this.backend.listen("connection_changed", () => {
        if ((this.list?.length ?? 0) > 0) again();
      }),
      this.backend.listen("platform_reading_changed", (reading) => this.#read(reading)),
    ]);
    await this.#reload.request();
    return () => {
      for (const stop of stops) stop();
    };
  }

  async load(): Promise<void> {
    await this.#reload.request();
  }

  /** Null: it was added. Else why not; nothing was kept. */
  async add(form: NewPlatformForm): Promise<PlatformFailureView | null> {
    const outcome = await this.backend.call("add_platform", { form });
    if (outcome.state === "failed") return outcome.failure;
    await this.load();
    // Only a file would replace anything.
    if (outcome.state === "read") void this.read(outcome.platform.id);
    return null;
  }

  async read(id: string): Promise<void> {
    if (this.readings.has(id)) return;
    const name = this.list?.find((one) => one.id === id)?.name ?? "It";
    this.readings.set(id, { id, read: 0, all: null, state: "reading", notes: [] });
    await this.#finish(id, name, () => this.backend.call("read_platform", { id }));
  }

  async chooseFile(): Promise<string | null> {
    return this.backend.call("choose_workflow_file", {});
  }

  async listenForFiles(take: (path: string) => void): Promise<() => void> {
    return this.backend.listen("file_dropped", take);
  }

  /** Reads a file, into the platform of that id or name where one is said; its failure is what the dialog shows. */
  async import(
    path: string,
    kind: PlatformKindView | null,
    into: { platform: string } | { name: string } | null,
    customer: string | null,
  ): Promise<ReadingOutcomeView> {
    const reading = IMPORT;
    this.readings.set(reading, { id: reading, read: 0, all: null, state: "reading", notes: [] });
    try {
      return await this.backend.call("import_workflows", {
        path,
        reading,
        kind,
        platform: into !== null && "platform" in into ? into.platform : null,
        name: into !== null && "name" in into ? into.name : null,
        customer,
      });
    } finally {
      this.readings.delete(reading);
      void this.load();
    }
  }

  cancel(id: string): void {
    void this.backend.call("cancel_reading", { id }).catch((error: unknown) => this.notices.failed(error));
  }

  async remove(id: string): Promise<void> {
    await this.#attempt(`remove ${id}`, () => this.backend.call("remove_platform", { id }));
  }

  async setAutomatic(id: string, on: boolean): Promise<void> {
    await this.#attempt(`automatic ${id}`, () => this.backend.call("set_automatic_reading", { id, on }));
  }

  async openPage(id: string): Promise<void> {
    await this.#attempt(`page ${id}`, () => this.backend.call("open_platform_page", { id }));
  }

  async saveTemplate(): Promise<void> {
    await this.#attempt("template", async () => {
      const path = await this.backend.call("save_workflow_template", {});
      this.notices.show({ tone: "good", title: "The template is written.", detail: path });
    });
  }

  async join(id: string, connection: string | null): Promise<void> {
    this.working = id;
    await this.#attempt(`join ${id}`, () =>
      this.backend.call("join_platform_connection", { id, connection }),
    );
    this.working = null;
  }

  async test(one: PlatformConnectionView): Promise<void> {
    if (this.working !== null) return;
    this.working = one.id;
    await this.#attempt(`test ${one.id}`, async () => {
      const tested = await this.backend.call("test_platform_connection", { id: one.id });
      this.notices.show({ ...testedWords(one, tested), deed: `test ${one.id}` });
    });
    this.working = null;
  }

  async push(one: PlatformConnectionView): Promise<void> {
    await this.#attempt(`push ${one.id}`, async () => {
      await this.follow(() => this.backend.call("push_grant", { id: one.id }));
    });
  }

  #read(reading: PlatformReadingView): void {
    if (reading.state === "reading" || reading.state === "writing") this.readings.set(reading.id, reading);
    else this.readings.delete(reading.id);
  }

  async #finish(id: string, name: string, run: () => Promise<ReadingOutcomeView>): Promise<void> {
    try {
      const outcome = await run();
      if (outcome.state === "failed") {
        this.failures.set(id, outcome.failure);
        if (outcome.failure.kind !== "cancelled")
          this.notices.show({ tone: "plain", ...failureWords(outcome.failure), deed: `read ${id}` });
        else this.notices.say(`${name}: the reading was cancelled. What was read before stands.`);
      } else if (outcome.state === "read") {
        this.failures.delete(id);
        this.notices.say(readWords(outcome.platform));
      }
    } catch (error) {
      this.notices.failed(error, {}, `read ${id}`);
    } finally {
      this.readings.delete(id);
      void this.load();
    }
  }

  async #attempt(deed: string, run: () => Promise<unknown>): Promise<void> {
    try {
      await run();
      this.notices.settle(deed);
      void this.load();
    } catch (error) {
      this.notices.failed(error, {}, deed);
    }
  }

  async #load(): Promise<void> {
    try {
      const [list, connections] = await Promise.all([
        this.backend.call("list_platforms", {}),
        this.backend.call("list_platform_connections", {}),
      ]);
      this.list = list;
      this.connections = connections;
      this.error = null;
    } catch (error) {
      this.error = BackendError.of(error);
    }
  }
}

/** What the window calls its one import. */
export const IMPORT = "import";
