/** Destinations that events are forwarded to, as the engine last said [F5]. */

import { SvelteSet } from "svelte/reactivity";
import {
  type AddedDestinationView,
  type Backend,
  BackendError,
  type EventDestinationView,
  type ForwardingView,
  type NewDestinationForm,
} from "../backend/backend";
import { complaintAdvice, complaintWords } from "../words/forwarding";
import { shortName, upperFirst } from "../words/numbers";
import type { Notices } from "./notices.svelte";
import { Reload } from "./reload";

/** A cursor moves without a word; who looks at it sees it move. */
const LOOK_EVERY_MS = 3_000;

/** What was said of one is past once it is gone. */
const deedOf = (id: string): string => `forwarding ${id}`;

export class Forwarding {
  view = $state.raw<ForwardingView | null>(null);
  error = $state.raw<BackendError | null>(null);
  /** A change is on its way. */
  isBusy = $state(false);
  /** How often a change failed: a switch that was clicked then stands again as it is. */
  failures = $state(0);
  /** The destinations that a trial is on its way to. */
  readonly testing = new SvelteSet<string>();
  isAdding = $state(false);
  removing = $state.raw<EventDestinationView | null>(null);

  readonly #reload: Reload;

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
  ) {
    this.#reload = new Reload(() => this.#load());
  }

  /** As long as somebody looks; answers what ends it. */
  watch(): () => void {
    const again = (): void => void this.#reload.request();
    const heard = this.backend.listen("connection_changed", again);
    // A window in the tray is looked at by nobody.
    const timer = setInterval(() => {
      if (!document.hidden) again();
    }, LOOK_EVERY_MS);
    again();
    return () => {
      clearInterval(timer);
      void heard.then((end) => end());
    };
  }

  async load(): Promise<void> {
    await this.#reload.request();
  }

  /** What came of it; rejects with why it was not added. */
  async add(form: NewDestinationForm): Promise<AddedDestinationView> {
    const added = await this.backend.call("add_event_destination", { form });
    this.view = added.forwarding;
    return added;
  }

  async chooseFolder(): Promise<string | null> {
    try {
      return await this.backend.call("choose_event_folder", {});
    } catch (error) {
      this.notices.failed(error);
      return null;
    }
  }

  async setOn(id: string, on: boolean): Promise<void> {
    await this.#change(() => this.backend.call("set_event_destination_on", { id, on }));
  }

  async remove(id: string): Promise<boolean> {
    const isRemoved = await this.#change(() => this.backend.call("remove_event_destination", { id }));
    if (isRemoved) this.notices.settle(deedOf(id));
    return isRemoved;
  }

  /** Sends something that is no event, and says what the receiver did. */
  async test(one: Pick<EventDestinationView, "id" | "name" | "kind">): Promise<void> {
    const { id, name, kind } = one;
    if (this.testing.has(id)) return;
    this.testing.add(id);
    const deed = deedOf(id);
    try {
      const tried = await this.backend.call("test_event_destination", { id });
      if (tried.state === "taken")
        this.notices.show({
          tone: "good",
          title:
            kind === "file" ? `${shortName(name)} can be written to.` : `${shortName(name)} took the trial.`,
          detail: tried.words === null ? "" : `It says: ${tried.words}`,
          deed,
        });
      else
        this.notices.show({
          tone: "bad",
          title: `${shortName(name)} did not take the trial.`,
          detail:
            `${upperFirst(complaintWords(tried.complaint, kind))}. ${complaintAdvice(tried.complaint)}`.trim(),
          deed,
        });
    } catch (error) {
      this.notices.failed(error, { try_again: () => void this.test(one) }, deed);
    } finally {
      this.testing.delete(id);
      await this.load();
    }
  }

  async #change(change: () => Promise<ForwardingView>): Promise<boolean> {
    if (this.isBusy) return false;
    this.isBusy = true;
    try {
      this.view = await change();
      this.notices.settle("forwarding");
      return true;
    } catch (error) {
      this.failures += 1;
      this.notices.failed(error, {}, "forwarding");
      return false;
    } finally {
      this.isBusy = false;
    }
  }

  async #load(): Promise<void> {
    try {
      this.view = await this.backend.call("forwarding", {});
      this.error = null;
    } catch (error) {
      this.error = error instanceof BackendError ? error : new BackendError("unexpected", String(error));
    }
  }
}
