/** Channels that alerts go to, invented: one works, one is refused, one is off. */

import { BackendError } from "./backend";
import type {
  AlertChannelView,
  AlertsView,
  ChannelRuleView,
  Commands,
  DeliveryView,
  MessageKindView,
  NewChannelForm,
} from "./bindings";
import { DAY, HOUR, MINUTE } from "./demo_times";
import type { DemoWorld } from "./demo_world";

type AlertCommand =
  | "alerts"
  | "add_alert_channel"
  | "change_alert_channel"
  | "set_alert_channel_on"
  | "test_alert_channel"
  | "remove_alert_channel"
  | "alert_deliveries"
  | "copy_signing_secret"
  | "drop_signing_secret";
type AlertAnswers = { [C in AlertCommand]: (args: Commands[C][0]) => Commands[C][1] };
type Outcome = DeliveryView["state"];

const PAGE = 25;
const rule = (change: Partial<ChannelRuleView> = {}): ChannelRuleView => ({
  troubles: true,
  ahead_days: null,
  certificates: false,
  causes: [],
  customers: [],
  production_only: false,
  importance: null,
  within_hours: null,
  ...change,
});
const REFUSED = "The receiver answered 401: “invalid signature”.";

/** What the engine keeps of a channel; how it goes with it is read from the log. */
type Kept = Pick<AlertChannelView, "id" | "name" | "kind" | "target" | "mail" | "is_on" | "rule">;

export class DemoAlerts {
  channels: Kept[] = [];
  log: DeliveryView[] = [];
  /** Channels whose receiver refuses, by their ids. */
  readonly refusing = new Set<string>();
  #next = 1;

  constructor(
    readonly now: () => number,
    hasSome: boolean,
  ) {
    if (!hasSome) return;
    const slack = this.add("#oncall", "slack", "https://hooks.slack.com", rule({ ahead_days: 7 }));
    const pager = this.add(
      "Pager",
      "webhook",
      "https://pager.fjord.example",
      rule({ customers: ["Brightwater"], production_only: true, importance: "critical", within_hours: 12 }),
    );
    const mail = this.add(
      "Mira",
      "mail",
      "mira@fjord.example, jo@fjord.example",
      rule({ certificates: true }),
    );
    mail.mail = {
      server: "smtp.fjord.example",
      port: 587,
      security: "starttls",
      user: "mira",
      from: "patchbay@fjord.example",
    };
    const beep = this.add("Beep", "command", "/usr/local/bin/beep", rule({ causes: ["grant_revoked"] }));
    beep.is_on = false;
    this.refusing.add(pager.id);
    const at = this.now();
    const taken = (before: number): Outcome => ({ state: "delivered", at: at - before });
    for (let index = 26; index > 0; index -= 1) {
      const day = index * DAY;
      this.send(mail.id, "raised", "Gmail needs you", at - day - HOUR, taken(day + HOUR));
      this.send(mail.id, "resolved", "Gmail is back", at - day, taken(day));
    }
    this.send(slack.id, "ahead", "Two grants end within 7 days", at - 9 * HOUR, taken(9 * HOUR));
    this.send(
      beep.id,
      "test",
      "Test from Patchbay",
      at - 8 * HOUR,
      { state: "given_up", at: at - 8 * HOUR },
      {
        code: "command_failed",
        words: "The program ended with 2: “no sound device”.",
      },
    );
    this.send(slack.id, "raised", "Gmail and Outlook need you", at - 26 * MINUTE, taken(26 * MINUTE));
    const waits: Outcome = { state: "waiting", next_try_at: at + 11 * MINUTE };
    this.send(pager.id, "raised", "Gmail needs you", at - 26 * MINUTE, waits, {
      code: "refused",
      words: REFUSED,
    });
    this.send(mail.id, "raised", "Gmail and Outlook need you", at - 25 * MINUTE, taken(25 * MINUTE));
  }

  add(name: string, kind: Kept["kind"], target: string, its: ChannelRuleView): Kept {
    const kept: Kept = {
      id: `alc_demo${this.#next++}`,
      name,
      kind,
      target,
      mail: null,
      is_on: true,
      rule: its,
    };
    this.channels.push(kept);
    return kept;
  }

  send(
    channel: string,
    kind: MessageKindView,
    title: string,
    madeAt: number,
    state: Outcome,
    failure: { code: string; words: string } | null = null,
  ): DeliveryView {
    const sent: DeliveryView = {
      number: this.#next++,
      channel,
      kind,
      title,
      made_at: madeAt,
      state,
      attempts: failure === null ? 1 : state.state === "waiting" ? 5 : 1,
      failure: failure === null ? null : { at: madeAt + MINUTE, ...failure },
    };
    this.log.unshift(sent);
    return sent;
  }

  one(id: string): Kept {
    const found = this.channels.find((it) => it.id === id);
    if (found === undefined) throw new BackendError("connection_gone", "There is no such channel.");
    return found;
  }

  view(world: DemoWorld): AlertsView {
    const channels = [...this.channels].sort((a, b) => a.name.localeCompare(b.name));
    return {
      channels: channels.map((kept): AlertChannelView => {
        const own = this.log.filter((it) => it.channel === kept.id);
        const waiting = own.filter((it) => it.state.state === "waiting");
        const taken = own.find((it) => it.state.state === "delivered")?.state;
        return {
          ...kept,
          waiting_count: waiting.length,
          next: waiting.at(-1) ?? null,
          held_count: 0,
          delivered_at: taken?.state === "delivered" ? taken.at : null,
          last: own[0] ?? null,
        };
      }),
      quiet: world.desk.view.quiet,
      quiet_until: null,
      is_sent: true,
    };
  }
}

export function alertAnswers(world: DemoWorld): AlertAnswers {
  const { alerts } = world;
  const told = (): AlertsView => {
    world.tell("alerts_changed", null);
    return alerts.view(world);
  };
  const checkName = (name: string, id: string | null): void => {
    if (alerts.channels.some((it) => it.name === name && it.id !== id))
      throw new BackendError("bad_input", `Another channel is called ${name}.`);
  };
  return {
    alerts: () => alerts.view(world),
    add_alert_channel: ({ form }) => {
      checkName(form.name, null);
      const { id } = alerts.add(form.name, form.target.kind, shown(form.target), form.rule);
      if (form.target.kind === "mail") {
        const { server, port, security, user, from } = form.target;
        alerts.one(id).mail = { server, port: port ?? 587, security, user, from };
      }
      return {
        id,
        has_made_secret: form.target.kind === "webhook" && form.target.key === null,
        alerts: told(),
      };
    },
    change_alert_channel: ({ id, name, rule: changed }) => {
      checkName(name, id);
      Object.assign(alerts.one(id), { name, rule: changed });
      return told();
    },
    set_alert_channel_on: ({ id, on }) => {
      alerts.one(id).is_on = on;
      return told();
    },
    test_alert_channel: ({ id }) => {
      const { id: channel } = alerts.one(id);
      const at = world.now();
      const isRefused = alerts.refusing.has(channel);
      const sent = alerts.send(
        channel,
        "test",
        "Test from Patchbay",
        at,
        isRefused ? { state: "given_up", at } : { state: "delivered", at },
        isRefused ? { code: "refused", words: REFUSED } : null,
      );
      told();
      return sent;
    },
    remove_alert_channel: ({ id }) => {
      alerts.one(id);
      alerts.channels = alerts.channels.filter((it) => it.id !== id);
      alerts.log = alerts.log.filter((it) => it.channel !== id);
      return told();
    },
    alert_deliveries: ({ id, before }) => {
      const all = alerts.log.filter(
        (it) => (id === null || it.channel === id) && (before === null || it.number < before),
      );
      return { rows: all.slice(0, PAGE), has_more: all.length > PAGE };
    },
    copy_signing_secret: () => null,
    drop_signing_secret: () => null,
  };
}

/** Of what was typed, what may be shown. */
function shown(target: NewChannelForm["target"]): string {
  if (target.kind === "mail") return target.to.join(", ");
  if (target.kind === "command") return target.program;
  if (!URL.canParse(target.address)) throw new BackendError("bad_input", "That is no address.");
  return new URL(target.address).origin;
}
