/** Channels that alerts go to, what they tell, and what became of it, in words [F4]. */

import type {
  AlertChannelView,
  AlertsView,
  ChannelKindView,
  ChannelRuleView,
  DeliveryView,
  ImportanceView,
  MailSecurityView,
  MessageKindView,
  QuietView,
  RefreshModeView,
} from "../backend/backend";
import { causeWords } from "./causes";
import { timesOfDay } from "./desk";
import { counted, listed, numberWordAtStart, shortName } from "./numbers";
import { ago, moment, momentInSentence } from "./times";

/** The window's clock goes in steps: what came since the last one came just now. */
export const since = (at: number, now: number): string => ago(Math.min(at, now), now);

export interface ChannelKindWords {
  name: string;
  tag: string;
  /** What it is, for the place where there is none yet. */
  is: string;
  /** What stands under the choice. */
  hint: string;
  /** Of those whose address is a key. */
  address?: { label: string; placeholder: string; hint: string };
  usualName: string;
}

export const channelKinds: Record<ChannelKindView, ChannelKindWords> = {
  webhook: {
    name: "Webhook",
    tag: "We",
    is: "JSON to an address of yours, signed as Standard Webhooks",
    hint: "JSON to an address of yours, signed as Standard Webhooks says; its libraries check the signature.",
    address: {
      label: "Address",
      placeholder: "https://hooks.example.com/patchbay",
      hint: "https, or http to 127.0.0.1 or [::1]. No redirect is followed.",
    },
    usualName: "Pager",
  },
  slack: {
    name: "Slack",
    tag: "Sl",
    is: "an incoming webhook, or what understands the same, such as Mattermost",
    hint: "An incoming webhook of Slack, or of what understands the same, such as Mattermost.",
    address: {
      label: "Webhook address",
      placeholder: "https://hooks.slack.com/services/…",
      hint: "The address is a key itself: it goes into this machine’s keychain, and is not shown again.",
    },
    usualName: "#oncall",
  },
  teams: {
    name: "Microsoft Teams",
    tag: "Te",
    is: "a workflow from the template that posts to a channel when a webhook request is received",
    hint: "A workflow from the template “Post to a channel when a webhook request is received”.",
    address: {
      label: "Workflow address",
      placeholder: "https://….logic.azure.com/workflows/…",
      hint: "The address is a key itself: it goes into this machine’s keychain, and is not shown again.",
    },
    usualName: "Operations",
  },
  mail: {
    name: "Mail",
    tag: "Ma",
    is: "over STARTTLS or TLS; what is over stands in the thread of what was told",
    hint: "Over STARTTLS or TLS. A server that offers neither is told nothing.",
    usualName: "Mira",
  },
  command: {
    name: "Command",
    tag: "Co",
    is: "a program of yours, without a shell; exit code 0 is a receipt",
    hint: "Run without a shell. The message comes as JSON on its standard input; exit code 0 within 30 seconds is a receipt.",
    usualName: "Beep",
  },
};
export const channelKindNames = Object.keys(channelKinds) as ChannelKindView[];

export const securityWords: Record<MailSecurityView, { label: string; port: number }> = {
  starttls: { label: "STARTTLS", port: 587 },
  tls: { label: "TLS", port: 465 },
  plain: { label: "None", port: 25 },
};
export const plainWords =
  "Without TLS mail goes only to a server on this computer or its own network, named by its number, and without a password.";

export const importances = ["critical", "normal", "minor"] as const satisfies ImportanceView[];
export const importanceWords: Record<ImportanceView, string> = {
  critical: "critical",
  normal: "normal or more",
  minor: "minor or more",
};

/** A new channel tells this. */
export const usualRule: ChannelRuleView = {
  troubles: true,
  ahead_days: null,
  certificates: false,
  causes: [],
  customers: [],
  production_only: false,
  importance: null,
  within_hours: null,
};

/** Whether it tells of anything. */
export const tellsSomething = (rule: ChannelRuleView): boolean =>
  rule.troubles || rule.ahead_days !== null || rule.certificates;

/** The sentence of the screen. */
export function alertsSentence(view: AlertsView): string {
  const { channels } = view;
  if (channels.length === 0) return "Alerts are shown on this computer alone.";
  const failing = channels.filter(isFailing);
  const [one, ...others] = failing;
  if (one !== undefined)
    return others.length === 0
      ? `${shortName(one.name)} did not take its last message.`
      : `${numberWordAtStart(failing.length)} channels did not take their last message.`;
  const on = channels.filter((channel) => channel.is_on).length;
  if (on === 0) return channels.length === 1 ? "The one channel is off." : "All channels are off.";
  return `Alerts go to ${counted(on, "channel")}.`;
}

export function alertsAdvice(view: AlertsView): string {
  if (view.channels.length === 0)
    return "Channels tell others what needs a person, once, together, and once more when it is over. What is secret of them rests in this machine’s keychain.";
  if (!view.is_sent) return "Nobody sends just now: keep this window open, or run patchbay serve.";
  const waiting = view.channels.reduce((sum, channel) => sum + channel.waiting_count, 0);
  return waiting === 0
    ? "Nothing waits to be sent. Each tells once, together, and once more when it is over."
    : `${counted(waiting, "message waits", "messages wait")}; what is not taken is sent again for 72 hours, under the same name.`;
}

/** What waits behind another was not tried: the first of them tells. */
const isFailing = (channel: AlertChannelView): boolean =>
  channel.is_on && ((channel.next?.failure ?? null) !== null || channel.last?.state.state === "given_up");

/** "what needs a person, for Brightwater; not of staging or sandboxes." */
export function ruleWords(rule: ChannelRuleView): string {
  const what = [
    ...(rule.troubles ? ["what needs a person"] : []),
    ...(rule.ahead_days === null ? [] : [`grants that end within ${counted(rule.ahead_days, "day")}`]),
    ...(rule.certificates ? ["certificates that hold no more"] : []),
  ];
  if (what.length === 0) return "nothing";
  return [
    listed(what),
    ...(rule.causes.length === 0
      ? []
      : [`only of ${listed(rule.causes.map((cause) => causeWords[cause].short))}`]),
    ...(rule.customers.length === 0
      ? []
      : [`only for ${listed(rule.customers.map((name) => shortName(name)))}`]),
    ...(rule.production_only ? ["not of staging or sandboxes"] : []),
    ...(rule.importance === null
      ? []
      : [`only where a workflow stops that is ${importanceWords[rule.importance]}`]),
    ...(rule.within_hours === null
      ? []
      : [`once the first run that fails is within ${counted(rule.within_hours, "hour")}`]),
  ].join("; ");
}

export type StateMark = "pass" | "fail" | "part" | "none" | "wait";

/** How it goes with a channel, in a line. */
export function channelState(channel: AlertChannelView, now: number): { mark: StateMark; line: string } {
  if (!channel.is_on) return { mark: "none", line: "off; what comes meanwhile is not told later" };
  const { last, next, delivered_at: takenAt } = channel;
  if (next !== null && next.failure !== null) return { mark: "part", line: deliveryWords(next, now) };
  if (last?.state.state === "given_up") return { mark: "fail", line: deliveryWords(last, now) };
  if (takenAt !== null) return { mark: "pass", line: `took a message ${since(takenAt, now)}` };
  return next === null
    ? { mark: "wait", line: "nothing was sent yet; test it" }
    : { mark: "wait", line: deliveryWords(next, now) };
}

/** What waits and why; null: nothing does. */
export function waitsWords(
  channel: AlertChannelView,
  view: AlertsView,
  mode: RefreshModeView,
  now: number,
): string | null {
  const { waiting_count: waiting, held_count: held } = channel;
  const parts: string[] = [];
  const why = whyWaiting(channel, view, mode);
  if (waiting > 0 && why !== null) parts.push(`${counted(waiting, "message waits", "messages wait")} ${why}`);
  else if (waiting > 1) parts.push(`${counted(waiting - 1, "message waits", "messages wait")} behind it`);
  if (held > 0 && channel.is_on)
    parts.push(
      view.quiet_until === null
        ? `${counted(held, "trouble gathers", "troubles gather")} into one message`
        : `${counted(held, "trouble is", "troubles are")} held back until the quiet hours end, ${momentInSentence(view.quiet_until, now)}`,
    );
  return parts.length === 0 ? null : `${parts.join("; ")}.`;
}

/** Null: it is tried again, as its state says. */
function whyWaiting(channel: AlertChannelView, view: AlertsView, mode: RefreshModeView): string | null {
  if (!channel.is_on) return "until the channel is on again";
  if (mode === "offline" && channel.kind !== "command") return "until offline mode ends";
  if (!view.is_sent) return "until a window or patchbay serve runs";
  return (channel.next?.failure ?? null) === null ? "to be sent now" : null;
}

export const messageKinds: Record<MessageKindView, string> = {
  raised: "Needs a person",
  ahead: "Ends soon",
  resolved: "Is over",
  certificate: "Certificate withdrawn",
  test: "Test",
};

/** "taken 4 min ago", "not taken, tried 3 times; again 16:55", "given up Mon 17:02". */
export function deliveryWords({ state, kind, attempts }: DeliveryView, now: number): string {
  switch (state.state) {
    case "delivered":
      return `taken ${since(state.at, now)}`;
    case "given_up":
      // A test is sent once.
      return `${kind === "test" ? "not taken" : "given up"} ${since(state.at, now)}`;
    case "waiting":
      if (attempts === 0 || state.next_try_at === null) return "waits";
      return attempts === 1
        ? `not taken; again ${moment(state.next_try_at, now)}`
        : `not taken, tried ${attempts} times; again ${moment(state.next_try_at, now)}`;
  }
}

export const deliveryMark = ({ state }: DeliveryView): StateMark =>
  state.state === "delivered" ? "pass" : state.state === "given_up" ? "fail" : "wait";

/** What helps where a message was not taken; empty: time does. */
export function failureAdvice(code: string, kind: ChannelKindView | null): string {
  switch (code) {
    case "redirected":
      return "Remove the channel, and add it with the address that it really has.";
    case "refused":
      return kind === "webhook"
        ? "Compare address and signing secret with what the receiver shows; both are changed by adding the channel anew."
        : "Compare the address with what the receiver shows; another one is added as a channel of its own.";
    case "unreachable":
    case "unreadable_answer":
      return "Look whether the receiver runs and this computer reaches it; then test it.";
    case "try_later":
      return "It may take it later; what is no test is sent again by itself.";
    case "no_safe_connection":
      return "Its certificate has to come from an authority that this computer trusts: add one of your own to this computer’s, or for mail name it when you add the channel.";
    case "certificate_of_another_time":
      return "Compare this computer’s clock; if it is right, the receiver’s certificate is over.";
    case "mail_refused":
      return "Compare server, user and addresses with what the provider of your mail says.";
    case "mail_without_tls":
      return "Add it again with TLS on port 465.";
    case "mail_unreadable":
      return "Look whether a server for mail listens at that port, and with which security.";
    case "keychain_unavailable":
      return "Unlock the keychain, then test it.";
    case "secret_missing":
    case "unusable":
      return "Remove the channel, and add it again.";
    case "command_not_started":
      return "Look whether the program is at that path, and may be run by you.";
    case "command_failed":
    case "command_timed_out":
      return "Run the program by hand with a message on its standard input, and see what it says.";
    default:
      return "";
  }
}

/** "22:00 to 07:00", in the clock of this machine. */
export function quietWords(quiet: QuietView): string {
  const labels = new Map(timesOfDay([quiet.from, quiet.until]).map(({ value, label }) => [value, label]));
  return `${labels.get(quiet.from) ?? quiet.from} to ${labels.get(quiet.until) ?? quiet.until}`;
}

/** What a person is told before a channel goes. */
export const removalWords = (channel: AlertChannelView): string =>
  `${channel.waiting_count === 0 ? "" : `${counted(channel.waiting_count, "message that waits is", "messages that wait are")} not sent. `}Its log goes with it, and what is secret of it leaves the keychain.`;

/** What a person is told whose log showed the messages of a channel that is gone. */
export const logWidenedWords = (name: string): string =>
  `${shortName(name)} is no longer here: the log shows the messages of all channels.`;

/** Where it leads, in a line. */
export function targetWords(channel: AlertChannelView): string {
  const { mail } = channel;
  if (mail === null) return channel.target;
  const security = mail.security === "plain" ? "without TLS" : securityWords[mail.security].label;
  return `${channel.target}, by ${mail.server}:${mail.port}, ${security}`;
}
