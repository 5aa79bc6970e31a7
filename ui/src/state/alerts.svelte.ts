/** Channels that alerts go to, as the engine last said, and the log of their messages [F4]. */

import { SvelteSet } from "svelte/reactivity";
import {
  type AddedChannelView,
  type AlertChannelView,
  type AlertsView,
  type Backend,
  BackendError,
  type ChannelRuleView,
  type DeliveryView,
  type NewChannelForm,
} from "../backend/backend";
import { failureAdvice } from "../words/alerts";
import { shortName } from "../words/numbers";
import type { Notices } from "./notices.svelte";
import { Reload } from "./reload";

/** What was said of one is past once it is gone. */
const deedOf = (id: string): string => `alerts ${id}`;

export class Alerts {
  view = $state.raw<AlertsView | null>(null);
  error = $state.raw<BackendError | null>(null);
  /** A change is on its way. */
  isBusy = $state(false);
  /** How often a change failed: a switch that was clicked then stands again as it is. */
  failures = $state(0);
  /** The channels that a test is on its way to. */
  readonly testing = new SvelteSet<string>();
  isAdding = $state(false);
  changing = $state.raw<AlertChannelView | null>(null);
  removing = $state.raw<AlertChannelView | null>(null);
  /** The log, the newest first; null: not read yet. */
  log = $state.raw<readonly DeliveryView[] | null>(null);
  hasOlder = $state(false);
  /** Whose messages the log shows; null: everybody's. */
  of = $state<string | null>(null);

  readonly #reload: Reload;
  #older = 0;

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
  ) {
    this.#reload = new Reload(() => this.#load());
  }

  /** As long as somebody looks; answers what ends it. */
  watch(): () => void {
    const again = (): void => void this.#reload.request();
    const stops = [
      this.backend.listen("alerts_changed", again),
      // Another process of the board may have sent something.
      this.backend.listen("connection_changed", (id) => {
        if (id === null) again();
      }),
    ];
    again();
    return () => {
      for (const stop of stops) void stop.then((end) => end());
      this.#older = 0;
    };
  }

  async load(): Promise<void> {
    await this.#reload.request();
  }

  /** Shows the messages of one channel, or of all. */
  async show(channel: string | null): Promise<void> {
    this.of = channel;
    this.#older = 0;
    this.log = null;
    await this.load();
  }

  async showOlder(): Promise<void> {
    this.#older += 1;
    await this.load();
  }

  /** What came of it; rejects with why it was not added. */
  async add(form: NewChannelForm): Promise<AddedChannelView> {
    const added = await this.backend.call("add_alert_channel", { form });
    this.view = added.alerts;
    return added;
  }

  /** Null when it is changed, otherwise why it is not. */
  async change(id: string, name: string, rule: ChannelRuleView): Promise<BackendError | null> {
    try {
      this.view = await this.backend.call("change_alert_channel", { id, name, rule });
      return null;
    } catch (error) {
      return error instanceof BackendError ? error : new BackendError("unexpected", String(error));
    }
  }

  async setOn(id: string, on: boolean): Promise<void> {
    await this.#change(() => this.backend.call("set_alert_channel_on", { id, on }));
  }

  async remove(id: string): Promise<boolean> {
    const isRemoved = await this.#change(() => this.backend.call("remove_alert_channel", { id }));
    if (!isRemoved) return false;
    this.notices.settle(deedOf(id));
    if (this.of === id) this.of = null;
    await this.load();
    return true;
  }

  /** Sends a test, and says what the receiver did. */
  async test(channel: Pick<AlertChannelView, "id" | "name" | "kind">): Promise<void> {
    const { id, name, kind } = channel;
    if (this.testing.has(id)) return;
    this.testing.add(id);
    const deed = deedOf(id);
    try {
      const { state, failure } = await this.backend.call("test_alert_channel", { id });
      if (state.state === "delivered")
        this.notices.show({ tone: "good", title: `${shortName(name)} took the test.`, deed });
      else
        this.notices.show({
          tone: "bad",
          title: `${shortName(name)} did not take the test.`,
          detail: [failure?.words ?? "", failureAdvice(failure?.code ?? "", kind)].join(" ").trim(),
          deed,
        });
    } catch (error) {
      this.notices.failed(error, { try_again: () => void this.test(channel) }, deed);
    } finally {
      this.testing.delete(id);
      await this.load();
    }
  }

  async #change(change: () => Promise<AlertsView>): Promise<boolean> {
    if (this.isBusy) return false;
    this.isBusy = true;
    try {
      this.view = await change();
      this.notices.settle("alerts");
      return true;
    } catch (error) {
      this.failures += 1;
      this.notices.failed(error, {}, "alerts");
      return false;
    } finally {
      this.isBusy = false;
    }
  }

  async #load(): Promise<void> {
    try {
      this.view = await this.backend.call("alerts", {});
      const id = this.of;
      let page = await this.backend.call("alert_deliveries", { id, before: null });
      const rows = [...page.rows];
      // What was unfolded stays, as far as it is still kept.
      for (let older = 0; older < this.#older && page.has_more; older += 1) {
        page = await this.backend.call("alert_deliveries", { id, before: rows.at(-1)?.number ?? null });
        rows.push(...page.rows);
      }
      if (id !== this.of) return;
      this.log = rows;
      this.hasOlder = page.has_more;
      this.error = null;
    } catch (error) {
      this.error = error instanceof BackendError ? error : new BackendError("unexpected", String(error));
    }
  }
}
