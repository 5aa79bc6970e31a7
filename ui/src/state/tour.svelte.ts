/** The tour on the practice provider: a real connection is made, broken and mended; which step comes next is read off what happened, whoever did it [A2, C1, E1]. */

import type { ConnectionRowView } from "../backend/backend";
import { tourLeft, type TourStep } from "../words/tour";
import type { App } from "./app.svelte";
import { isUnderWay } from "./sign_in.svelte";

const KEY = "patchbay.tour";

/** What outlives a restart. */
interface Kept {
  startedAt: number;
  /** Practice connections that were there before, and are none of the tour's. */
  before: string[];
  /** The tour's own. */
  id: string | null;
  isRevoked: boolean;
  isBroken: boolean;
  brokenAt: number;
  isExplained: boolean;
  mendedAt: number | null;
  endedAt: number | null;
  /** Put aside; it can be taken up. */
  isLeft: boolean;
}

export class Tour {
  #kept = $state.raw<Kept | null>(null);
  isBusy = $state(false);

  readonly isUnderWay = $derived(this.#kept !== null);
  readonly isShown = $derived(this.#kept?.isLeft === false);
  readonly row = $derived.by(
    (): ConnectionRowView | null => this.app.connections.byId.get(this.#kept?.id ?? "") ?? null,
  );
  readonly step = $derived.by((): TourStep => this.#stepOf(this.#kept, this.row));
  readonly isWaiting = $derived.by(() => {
    const id = this.#kept?.id ?? null;
    if (this.isBusy) return true;
    if (this.step === "connect" || this.step === "mend")
      return [...this.app.signIns.byId.values()].some((one) => one.is_practice && isUnderWay(one));
    if (id === null) return false;
    return this.app.diagnoses.isRunning(id) || this.app.connections.working.has(id);
  });
  readonly hasOthers = $derived.by(() =>
    (this.app.connections.board?.rows ?? []).some((row) => row.is_practice && row.id !== this.#kept?.id),
  );
  readonly took = $derived((this.#kept?.endedAt ?? 0) - (this.#kept?.startedAt ?? 0));

  constructor(
    private readonly app: App,
    private readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> = localStorage,
  ) {
    this.#kept = this.#read();
  }

  /** Follows what happens while the tour is under way. Returns what ends it. */
  start(): () => void {
    return $effect.root(() => {
      $effect(() => this.#follow());
      // A grant may end at the provider without a word to anybody.
      const look = $derived(
        this.isShown && this.step === "break" ? Math.floor(this.app.clock.second / 5_000) : 0,
      );
      $effect(() => {
        if (look > 0) void this.app.practice.load();
      });
    });
  }

  begin(): void {
    const rows = this.app.connections.board?.rows ?? [];
    this.#keep({
      startedAt: Date.now(),
      before: rows.filter((row) => row.is_practice).map((row) => row.id),
      id: null,
      isRevoked: false,
      isBroken: false,
      brokenAt: 0,
      isExplained: false,
      mendedAt: null,
      endedAt: null,
      isLeft: false,
    });
    this.app.navigation.open({ name: "board" });
  }

  /** Begins, or goes on where it was left. */
  takeUp(): void {
    if (this.#kept === null) this.begin();
    else {
      this.#change({ isLeft: false });
      this.#show();
    }
  }

  leave(): void {
    this.#change({ isLeft: true });
    this.app.notices.show({
      tone: "plain",
      ...tourLeft,
      ...(this.row === null
        ? {}
        : { action: { label: "Remove its connection", run: () => void this.remove() } }),
    });
    if ((this.#kept?.id ?? null) === null) this.#keep(null);
  }

  /** What the step's button does. */
  async act(): Promise<void> {
    const { app, row } = this;
    if (this.isWaiting) return;
    if (this.step === "connect") return app.signIns.startPractice();
    if (this.step === "end") return this.remove();
    if (row === null) return;
    switch (this.step) {
      case "break":
        this.#show();
        this.isBusy = true;
        await app.practice.do("revoke_grants", { isTold: false });
        this.isBusy = false;
        return;
      case "notice":
      case "prove":
        this.#show();
        return app.connections.testCall(row.id);
      case "why":
        app.diagnose(row.id);
        return;
      case "mend":
        return app.signIns.reconnect(row.id);
    }
  }

  /** Ends the tour, and its connection with it: the grant there, the token here, the row. */
  async remove(): Promise<void> {
    const id = this.row?.id;
    this.isBusy = true;
    try {
      if (id !== undefined) {
        const isGone = this.row?.status.lamp === "disconnected";
        if (!isGone && (await this.app.connections.disconnect(id)) === null) return;
        this.app.navigation.open({ name: "board" });
        await this.app.connections.forget(id);
      }
      this.#keep(null);
      this.app.navigation.open({ name: "board" });
      this.app.notices.show({
        tone: "good",
        title: "The tour is over.",
        detail: "Its practice connection is removed; nothing of it is left here.",
      });
    } catch (error) {
      this.app.notices.failed(error, {}, "end the tour");
    } finally {
      this.isBusy = false;
    }
  }

  /** Ends the tour; its connection stays. */
  keepConnection(): void {
    this.#keep(null);
  }

  #follow(): void {
    const kept = this.#kept;
    const rows = this.app.connections.board?.rows;
    if (kept === null || rows === undefined) return;
    if (kept.id === null) {
      const made = rows.find((row) => row.is_practice && !kept.before.includes(row.id));
      if (made !== undefined) this.#change({ id: made.id });
      return;
    }
    const row = this.row;
    // Forgotten elsewhere: there is nothing left to go on with.
    if (row === null) {
      if (!this.isBusy) this.#keep(null);
      return;
    }
    const isDead = row.status.lamp === "reauth_required";
    if (!kept.isRevoked && this.app.practice.view?.live_grant_count === 0) this.#change({ isRevoked: true });
    if (!kept.isBroken && isDead) this.#change({ isBroken: true, brokenAt: row.status.since });
    const ladder = this.app.diagnoses.last.get(row.id);
    if (kept.isBroken && !kept.isExplained && (ladder?.at ?? -1) >= kept.brokenAt)
      this.#change({ isExplained: true });
    if (kept.isBroken && kept.mendedAt === null && row.status.lamp === "active")
      this.#change({ mendedAt: row.status.since });
    const proof = row.proof;
    if (
      kept.mendedAt !== null &&
      kept.endedAt === null &&
      proof !== null &&
      proof.is_success &&
      proof.by === "test_call" &&
      proof.at >= kept.mendedAt
    )
      this.#change({ endedAt: Date.now() });
  }

  #stepOf(kept: Kept | null, row: ConnectionRowView | null): TourStep {
    if (kept === null || kept.id === null || row === null) return "connect";
    if (kept.endedAt !== null) return "end";
    if (row.status.lamp === "reauth_required") return kept.isExplained ? "mend" : "why";
    if (kept.mendedAt !== null) return "prove";
    return kept.isRevoked ? "notice" : "break";
  }

  #show(): void {
    const row = this.row;
    if (row !== null) this.app.navigation.open({ name: "connection", id: row.id });
    else this.app.navigation.open({ name: "board" });
  }

  #change(change: Partial<Kept>): void {
    if (this.#kept !== null) this.#keep({ ...this.#kept, ...change });
  }

  #keep(kept: Kept | null): void {
    this.#kept = kept;
    // Before there is a connection, nothing is lost by beginning anew.
    if (kept === null || kept.id === null) this.storage.removeItem(KEY);
    else this.storage.setItem(KEY, JSON.stringify(kept));
  }

  #read(): Kept | null {
    try {
      const text = this.storage.getItem(KEY);
      const kept = text === null ? null : (JSON.parse(text) as Kept);
      return kept !== null && Array.isArray(kept.before) && typeof kept.startedAt === "number" ? kept : null;
    } catch {
      return null;
    }
  }
}
