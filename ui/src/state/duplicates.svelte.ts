/** Which connections repeat each other, as the engine last said [A8]. */

import type {
  Backend,
  ConnectionRowView,
  DuplicatesView,
  MergedView,
  MergePlanView,
} from "../backend/backend";
import type { Connections } from "./connections.svelte";
import { Reload } from "./reload";

const BEHIND_MS = 200;

export class Duplicates {
  groups = $state.raw<DuplicatesView[]>([]);
  readonly #reload: Reload;
  #seen = NaN;
  #later: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly backend: Backend,
    private readonly connections: Connections,
  ) {
    this.#reload = new Reload(async () => {
      try {
        this.groups = await this.backend.call("list_duplicates", {});
      } catch {
        // The board asks at the same moment, fails for the same reason, and says so in full.
        this.groups = [];
      }
    });
  }

  /** Asks again where the board has other connections, or other lamps, than before. */
  follow(): void {
    if (this.connections.board === null || this.#later !== undefined) return;
    // Behind what is shown first, and once for what changes in a crowd.
    this.#later = setTimeout(() => {
      this.#later = undefined;
      const seen = fingerprint(this.connections.board?.rows ?? []);
      if (seen === this.#seen) return;
      this.#seen = seen;
      void this.#reload.request();
    }, BEHIND_MS);
  }

  /** Those that this connection is one of. */
  of(id: string): DuplicatesView[] {
    return this.groups.filter((group) => group.members.some((member) => member.id === id));
  }

  async plan(keep: string, gone: string): Promise<MergePlanView> {
    return this.backend.call("plan_merge", { keep, gone });
  }

  /** Rejects with why nothing was merged. */
  async merge(keep: string, gone: string): Promise<MergedView> {
    try {
      return await this.backend.call("merge_connections", { keep, gone });
    } finally {
      void this.connections.reload();
    }
  }
}

/** Of which connections there are, with which lamps and accounts: 53 bits, so that no copy of a long board is kept for it. */
function fingerprint(rows: readonly ConnectionRowView[]): number {
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  const take = (text: string): void => {
    for (let at = 0; at <= text.length; at++) {
      // Behind the end stands what no text holds, so that two texts are not one.
      const code = at === text.length ? 0x1ffff : text.charCodeAt(at);
      high = Math.imul(high ^ code, 2654435761);
      low = Math.imul(low ^ code, 1597334677);
    }
  };
  for (const row of rows) {
    take(row.id);
    take(row.status.lamp);
    take(row.account ?? "");
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 4294967296 * (2097151 & low) + (high >>> 0);
}
