/** Channels that alerts go to, and the log of their messages [F4]. */

import {
  type AlertChannelView,
  type AlertsView,
  type Backend,
  BackendError,
  type ChannelKindView,
  type ChannelRuleView,
  type DeliveryView,
  type NewChannelForm,
} from "../backend/backend";
import { failureAdvice, logWidenedWords } from "../words/alerts";
import { shortName } from "../words/numbers";
import type { NewNotice, Notices } from "./notices.svelte";
import { type Receiver, Receivers } from "./receivers.svelte";
import type { SigningSecret } from "./signing_secret.svelte";

export class Alerts extends Receivers<ChannelKindView, AlertChannelView, AlertsView> {
  changing = $state.raw<AlertChannelView | null>(null);
  /** The log, the newest first; null: not read yet. */
  log = $state.raw<readonly DeliveryView[] | null>(null);
  hasOlder = $state(false);
  /** Whose messages the log shows; null: everybody's. */
  of = $state.raw<{ id: string; name: string } | null>(null);

  #older = 0;

  constructor(backend: Backend, notices: Notices, signingSecret: SigningSecret) {
    super(backend, notices, signingSecret, "channel");
  }

  watch(): () => void {
    const again = (): void => void this.load();
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

  /** Shows the messages of one channel, or of all. */
  async show(channel: { id: string; name: string } | null): Promise<void> {
    this.of = channel;
    this.#older = 0;
    this.log = null;
    await this.load();
  }

  async showOlder(): Promise<void> {
    this.#older += 1;
    await this.load();
  }

  /** Null when it is added, otherwise why it is not. */
  async add(form: NewChannelForm): Promise<BackendError | null> {
    const one = { name: form.name, kind: form.target.kind };
    return this.added(
      async () => {
        const { alerts: view, ...rest } = await this.backend.call("add_alert_channel", { form });
        return { ...rest, view };
      },
      (_, id) => ({ one: { ...one, id }, title: `${shortName(one.name)} is added.` }),
    );
  }

  /** Null when it is changed, otherwise why it is not. */
  async change(id: string, name: string, rule: ChannelRuleView): Promise<BackendError | null> {
    try {
      this.view = await this.backend.call("change_alert_channel", { id, name, rule });
      return null;
    } catch (error) {
      return BackendError.of(error);
    }
  }

  async setOn(id: string, on: boolean): Promise<void> {
    await this.switched(() => this.backend.call("set_alert_channel_on", { id, on }));
  }

  protected async sendRemoval(id: string): Promise<AlertsView> {
    return this.backend.call("remove_alert_channel", { id });
  }

  protected async sendTest({ id, name, kind }: Receiver<ChannelKindView>): Promise<NewNotice> {
    const { state, failure } = await this.backend.call("test_alert_channel", { id });
    if (state.state === "delivered") return { tone: "good", title: `${shortName(name)} took the test.` };
    return {
      tone: "bad",
      title: `${shortName(name)} did not take the test.`,
      detail: [failure?.words ?? "", failureAdvice(failure?.code ?? "", kind)].join(" ").trim(),
    };
  }

  protected async read(): Promise<void> {
    this.view = await this.backend.call("alerts", {});
    this.#widen(this.view);
    const of = this.of;
    const id = of?.id ?? null;
    let page = await this.backend.call("alert_deliveries", { id, before: null });
    const rows = [...page.rows];
    // What was unfolded stays, as far as it is still kept.
    for (let older = 0; older < this.#older && page.has_more; older += 1) {
      page = await this.backend.call("alert_deliveries", { id, before: rows.at(-1)?.number ?? null });
      rows.push(...page.rows);
    }
    if (of !== this.of) return;
    this.log = rows;
    this.hasOlder = page.has_more;
  }

  /** A channel that is gone, by whomever, has no messages to show. */
  #widen({ channels }: AlertsView): void {
    const { of } = this;
    if (of === null || channels.some(({ id }) => id === of.id)) return;
    this.of = null;
    this.#older = 0;
    this.notices.show({ tone: "plain", title: logWidenedWords(of.name) });
  }
}
