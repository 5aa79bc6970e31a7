/** Which connections repeat each other, as the engine last said [A8]. */

import type { Backend, DuplicatesView, MergedView, MergePlanView } from "../backend/backend";
import type { Connections } from "./connections.svelte";
import type { Notices } from "./notices.svelte";
import { Reload } from "./reload";

export class Duplicates {
  groups = $state.raw<DuplicatesView[]>([]);
  readonly #reload: Reload;
  #seen = "";

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
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
    const rows = this.connections.board?.rows ?? [];
    const seen = rows.map((row) => `${row.id} ${row.status.lamp} ${row.account ?? ""}`).join("\n");
    if (seen === this.#seen) return;
    this.#seen = seen;
    void this.#reload.request();
  }

  /** Those that this connection is one of. */
  of(id: string): DuplicatesView[] {
    return this.groups.filter((group) => group.members.some((member) => member.id === id));
  }

  async plan(keep: string, gone: string): Promise<MergePlanView> {
    return this.backend.call("plan_merge", { keep, gone });
  }

  /** Null where it could not be done; why has been said. */
  async merge(keep: string, gone: string): Promise<MergedView | null> {
    try {
      return await this.backend.call("merge_connections", { keep, gone });
    } catch (error) {
      this.notices.failed(error);
      return null;
    } finally {
      void this.connections.reload();
    }
  }
}
