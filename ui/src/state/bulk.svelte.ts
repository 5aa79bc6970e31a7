/** One deed done to many connections: a few at once, each told by itself, one failure no reason to stop, to be cancelled at any time [E1]. */

import { SvelteMap } from "svelte/reactivity";
import { BackendError, type ConnectionRowView } from "../backend/backend";
import {
  type BulkDeed,
  bulkDisconnected,
  bulkRefreshed,
  type BulkResult,
  bulkTested,
  couldNot,
  undoLeft,
} from "../words/bulk";
import { counted } from "../words/numbers";
import type { Connections } from "./connections.svelte";
import type { Undo } from "./undo.svelte";

/** How many are under way at the same time: the window and the engine stay at ease. */
const AT_ONCE = 8;
/** And so many at one provider: one that hangs holds up its own alone. */
const AT_ONE_PROVIDER = 2;

export class BulkRun {
  readonly results = new SvelteMap<string, BulkResult>();
  done = $state(0);
  failed = $state(0);
  isCancelled = $state(false);
  isOver = $state(false);

  constructor(
    readonly deed: BulkDeed,
    readonly ids: readonly string[],
    /** Where each is done. */
    private readonly providerOf: (id: string) => string,
  ) {
    for (const id of ids) this.results.set(id, { state: "waiting" });
  }

  get total(): number {
    return this.ids.length;
  }

  /** What is under way ends by itself: a request that has left cannot be called back. */
  cancel(): void {
    this.isCancelled = true;
  }

  idsOf(state: BulkResult["state"]): string[] {
    return this.ids.filter((id) => this.results.get(id)?.state === state);
  }

  /** Runs to its end; `one` never rejects. */
  async go(one: (id: string) => Promise<BulkResult>): Promise<void> {
    /* eslint-disable svelte/prefer-svelte-reactivity -- how the work is spread; nothing draws it */
    const waiting = new Map<string, string[]>();
    const underWay = new Map<string, number>();
    const running = new Set<Promise<void>>();
    /* eslint-enable svelte/prefer-svelte-reactivity */
    for (const id of this.ids) {
      const provider = this.providerOf(id);
      const same = waiting.get(provider);
      if (same === undefined) waiting.set(provider, [id]);
      else same.push(id);
    }
    /** The first of the provider that has the least under way, and least to wait for. */
    const next = (): [string, string] | null => {
      let found: string | null = null;
      for (const [provider, left] of waiting) {
        const count = underWay.get(provider) ?? 0;
        if (left.length === 0 || count >= AT_ONE_PROVIDER) continue;
        if (found === null || count < (underWay.get(found) ?? 0)) found = provider;
      }
      const id = found === null ? undefined : waiting.get(found)?.shift();
      return found === null || id === undefined ? null : [found, id];
    };
    const work = async (provider: string, id: string): Promise<void> => {
      this.results.set(id, { state: "running" });
      const result = await one(id);
      this.results.set(id, result);
      this.done++;
      if (result.state === "failed") this.failed++;
      underWay.set(provider, (underWay.get(provider) ?? 1) - 1);
    };
    for (;;) {
      while (running.size < AT_ONCE && !this.#isStopped()) {
        const chosen = next();
        if (chosen === null) break;
        const [provider, id] = chosen;
        underWay.set(provider, (underWay.get(provider) ?? 0) + 1);
        const task: Promise<void> = work(provider, id).then(() => void running.delete(task));
        running.add(task);
      }
      if (running.size === 0) break;
      await Promise.race(running);
    }
    for (const id of this.idsOf("waiting")) this.results.set(id, { state: "left" });
    this.isOver = true;
  }

  #isStopped(): boolean {
    return this.isCancelled;
  }
}

export class Bulk {
  run = $state.raw<BulkRun | null>(null);
  /** What is asked before it is done to all that are ticked. */
  asking = $state<"label" | "disconnect" | null>(null);

  constructor(
    private readonly connections: Connections,
    private readonly undo: Undo,
  ) {}

  get isRunning(): boolean {
    return this.run !== null && !this.run.isOver;
  }

  resultOf(id: string): BulkResult | null {
    return this.run?.results.get(id) ?? null;
  }

  close(): void {
    if (!this.isRunning) this.run = null;
  }

  async testCalls(ids: readonly string[]): Promise<void> {
    await this.#do("test_call", ids, async (id) => bulkTested(await this.connections.testCallOfMany(id)));
  }

  async refreshes(ids: readonly string[]): Promise<void> {
    await this.#do("refresh", ids, async (id) => bulkRefreshed(await this.connections.refreshOfMany(id)));
  }

  async disconnects(ids: readonly string[]): Promise<void> {
    await this.#do("disconnect", ids, async (id) =>
      bulkDisconnected(await this.connections.disconnectOrThrow(id)),
    );
  }

  /** Gives all of them one customer, or none; can be taken back. */
  async labels(rows: readonly ConnectionRowView[], customer: string | null): Promise<void> {
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- what was, never changed
    const before = new Map(rows.map((row) => [row.id, row]));
    const run = await this.#label(before, () => customer);
    if (run === null) return;
    const changed = run.idsOf("done");
    if (changed.length === 0) return;
    this.#offer(
      `${changed.length === 1 ? "One connection is" : `${counted(changed.length, "connection")} are`} labelled ${customer ?? "no customer"}.`,
      changed.flatMap((id) => before.get(id) ?? []),
    );
  }

  /** The way back to the labels that `were`. */
  #offer(title: string, were: readonly ConnectionRowView[]): void {
    this.undo.offer({
      title,
      run: async () => {
        // eslint-disable-next-line svelte/prefer-svelte-reactivity -- what was, never changed
        const run = await this.#label(new Map(were.map((row) => [row.id, row])), (row) => row.customer);
        // One deed at a time, and what was left of it stays to be taken back.
        // eslint-disable-next-line svelte/prefer-svelte-reactivity -- what was done, never changed
        const undone = new Set(run?.idsOf("done"));
        const left = were.filter((row) => !undone.has(row.id));
        if (left.length > 0) this.#offer(undoLeft(left.length), left);
        return left.length === 0;
      },
    });
  }

  async #label(
    rows: ReadonlyMap<string, ConnectionRowView>,
    customerOf: (row: ConnectionRowView) => string | null,
  ): Promise<BulkRun | null> {
    return this.#do("label", [...rows.keys()], async (id) => {
      const row = rows.get(id);
      // Its name may be another by now: the customer alone is written.
      if (row !== undefined)
        await this.connections.labelOfMany(this.connections.row(id) ?? row, customerOf(row));
      return { state: "done", words: "labelled" };
    });
  }

  /** Null while another is under way. */
  async #do(
    deed: BulkDeed,
    ids: readonly string[],
    one: (id: string) => Promise<BulkResult>,
  ): Promise<BulkRun | null> {
    if (this.isRunning || ids.length === 0) return null;
    const run = new BulkRun(deed, ids, (id) => this.connections.byId.get(id)?.provider_id ?? "");
    this.run = run;
    await run.go((id) =>
      one(id).catch((error: unknown): BulkResult => ({
        state: "failed",
        words: couldNot(error instanceof BackendError ? error.code : "unexpected"),
      })),
    );
    return run;
  }
}
