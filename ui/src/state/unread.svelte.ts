/** What failed while nobody looked, until somebody has read it; and that somebody does look [B12, F4]. */

import type { Backend, UnreadView } from "../backend/backend";
import type { Notices } from "./notices.svelte";
import { Reload } from "./reload";

/** The engine takes five minutes without a touch for an absence: a touch a minute tells enough. */
const TOLD_EVERY_MS = 60_000;
/** Nobody waits for news of what nobody saw: a board that changes without end asks this seldom. */
const ASKED_EVERY_MS = 5_000;
const TOUCHES = ["pointermove", "pointerdown", "keydown", "wheel"] as const;

export class Unread {
  view = $state.raw<UnreadView | null>(null);
  isMarking = $state(false);
  readonly count = $derived((this.view?.troubles.length ?? 0) + (this.view?.readings.length ?? 0));
  readonly isStanding = $derived(
    this.view !== null &&
      (this.view.readings.length > 0 || this.view.troubles.some((one) => one.over_at === null)),
  );
  readonly #reload: Reload;
  #toldAt = Number.NEGATIVE_INFINITY;
  #later: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
  ) {
    this.#reload = new Reload(() =>
      this.#take("unread", () => this.backend.call("list_unread", {})).then(() => undefined),
    );
  }

  /** Asks what was missed before the first touch is told. */
  async start(): Promise<() => void> {
    const stops = await Promise.all([
      this.backend.listen("connection_changed", () => this.#askLater()),
      this.backend.listen("platform_changed", () => this.#askLater()),
    ]);
    await this.#reload.request();
    const touched = (): void => void this.touched();
    for (const touch of TOUCHES) addEventListener(touch, touched, { passive: true, capture: true });
    return () => {
      for (const stop of stops) stop();
      clearTimeout(this.#later);
      for (const touch of TOUCHES) removeEventListener(touch, touched, { capture: true });
    };
  }

  async touched(now = performance.now()): Promise<void> {
    if (now - this.#toldAt < TOLD_EVERY_MS) return;
    this.#toldAt = now;
    await this.#take("attend", () => this.backend.call("attend", {}));
  }

  /** All that is shown; what came meanwhile stays unread. */
  async markRead(): Promise<void> {
    const until = this.view?.as_of;
    if (until === undefined || this.isMarking) return;
    this.isMarking = true;
    const isDone = await this.#take("mark read", () => this.backend.call("mark_read", { until }));
    this.isMarking = false;
    if (isDone) this.notices.say("Marked as read.");
  }

  #askLater(): void {
    this.#later ??= setTimeout(() => {
      this.#later = undefined;
      void this.#reload.request();
    }, ASKED_EVERY_MS);
  }

  async #take(deed: string, ask: () => Promise<UnreadView>): Promise<boolean> {
    try {
      this.view = await ask();
      this.notices.settle(deed);
      return true;
    } catch (error) {
      // A database that cannot be read is told by the board itself, in full.
      if (deed === "mark read") this.notices.failed(error, {}, deed);
      return false;
    }
  }
}
