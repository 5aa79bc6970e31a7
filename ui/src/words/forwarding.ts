/** Destinations that events are forwarded to, how far each is, and what stands in the way, in words [F5]. */

import type {
  ComplaintView,
  DestinationKindView,
  EventDestinationView,
  ForwardingView,
  RefreshModeView,
  WantedEventsView,
} from "../backend/backend";
import { since as sinceWords, type StateMark } from "./alerts";
import { counted, listed, numberWordAtStart, shortName } from "./numbers";
import { moment, momentInSentence } from "./times";

export interface DestinationKindWords {
  name: string;
  tag: string;
  is: string;
  hint: string;
}

export const destinationKinds: Record<DestinationKindView, DestinationKindWords> = {
  file: {
    name: "File",
    tag: "Fi",
    is: "one JSON line an event, put aside as it grows; Vector and Filebeat read it",
    hint: "One JSON line an event in patchbay-events.jsonl, readable by you alone.",
  },
  webhook: {
    name: "Webhook",
    tag: "We",
    is: "JSON arrays to an address of yours, signed as Standard Webhooks",
    hint: "JSON arrays of up to 100 events, signed as Standard Webhooks says.",
  },
  sentry: {
    name: "Sentry",
    tag: "Se",
    is: "one issue for each connection and cause; also GlitchTip, Bugsink, Relay",
    hint: "One issue for each connection and cause; also for what speaks as Sentry does.",
  },
  otlp: {
    name: "OpenTelemetry",
    tag: "Ot",
    is: "events as logs and figures as metrics, over OTLP/HTTP",
    hint: "Events as logs, and once a minute the figures as metrics, over OTLP/HTTP.",
  },
};
export const destinationKindNames = Object.keys(destinationKinds) as DestinationKindView[];

export const wantedWords: Record<WantedEventsView, { label: string; effect: string }> = {
  all: { label: "All events", effect: "Everything that the timeline tells." },
  trouble: { label: "Trouble", effect: "Failures, what needs a person, and the end of either." },
};

/** The sentence of the screen. */
export function forwardingSentence({ destinations }: ForwardingView): string {
  if (destinations.length === 0) return "Events are forwarded nowhere yet.";
  const failing = destinations.filter((one) => one.is_on && one.failing !== null);
  const [one, ...others] = failing;
  if (one !== undefined)
    return others.length === 0
      ? `${shortName(one.name)} takes no events just now.`
      : `${numberWordAtStart(failing.length)} destinations take no events just now.`;
  const on = destinations.filter((one) => one.is_on).length;
  if (on === 0)
    return destinations.length === 1 ? "The one destination is off." : "All destinations are off.";
  return `Events go to ${counted(on, "destination")}.`;
}

export function forwardingAdvice(view: ForwardingView): string {
  if (view.destinations.length === 0)
    return "Every event of the timeline can leave as it happens. Tokens never do, and accounts only as marks unless you say otherwise.";
  if (!view.is_forwarded)
    return "Nothing forwards by itself just now: keep this window open, or run patchbay serve.";
  return "What a destination does not take waits for it, and is tried again; nothing is left out in silence.";
}

/** How far a destination is, in a line. */
export function destinationState(one: EventDestinationView, now: number): { mark: StateMark; line: string } {
  const behind = one.waiting_count === 0 ? "" : `; ${behindWords(one)}`;
  if (!one.is_on) return { mark: "none", line: `off; what happens waits${behind}` };
  if (one.failing !== null) {
    const { since, count, needs_person: needsPerson } = one.failing;
    const tries =
      count === 1
        ? `tried ${sinceWords(since, now)}`
        : `tried ${count} times, first ${sinceWords(since, now)}`;
    return { mark: needsPerson ? "fail" : "part", line: `takes nothing, ${tries}${behind}` };
  }
  if (one.accepted_at !== null) {
    const sent = counted(one.sent_count, "event");
    return { mark: "pass", line: `${sent} taken, the last ${sinceWords(one.accepted_at, now)}${behind}` };
  }
  return { mark: "wait", line: one.waiting_count === 0 ? "begins with the next event" : behindWords(one) };
}

/** "12 events behind" */
export const behindWords = ({ waiting_count: waiting }: EventDestinationView): string =>
  `${counted(waiting, "event")} behind`;

/** When it is tried again; null: nothing holds it up. */
export function againWords(one: EventDestinationView, mode: RefreshModeView, now: number): string | null {
  if (!one.is_on) return null;
  if (mode === "offline" && one.kind !== "file") return "Waits until offline mode ends.";
  const { failing, left_alone_until: until } = one;
  if (failing !== null)
    return failing.retry_at <= now
      ? "Tried again at once."
      : `Tried again ${momentInSentence(failing.retry_at, now)}.`;
  if (until !== null && until > now) return `It asked to be left alone until ${moment(until, now)}.`;
  return null;
}

/** What of events it never takes, and what was gone before it could be sent. */
export const leftOutWords = (one: EventDestinationView): string[] => [
  ...(one.dropped_count === 0
    ? []
    : [
        `${counted(one.dropped_count, "event was", "events were")} refused for ever: it takes no such events.`,
      ]),
  ...(one.lost_count === 0
    ? []
    : [
        `${counted(one.lost_count, "event was", "events were")} thinned out or forgotten before ${one.lost_count === 1 ? "it" : "they"} could be sent.`,
      ]),
];

/** Why it was not taken, in a sentence without its full stop. */
export function complaintWords({ trouble, words }: ComplaintView, kind: DestinationKindView): string {
  const said = (what: string): string => (words === null ? what : `${what}: ${words}`);
  switch (trouble.what) {
    case "status": {
      const { status } = trouble;
      if (status >= 300 && status < 400)
        return `it answered ${status} and points elsewhere${words === null ? "" : ` to ${words}`}, which is not followed`;
      if (status === 401 || status === 403)
        return said(
          kind === "sentry" ? "the DSN’s key was refused" : `it answered ${status}: the key is refused`,
        );
      if (status === 404) return said("nothing takes events at that address (404)");
      if (status === 413) return said("a single event is too large for it (413)");
      if (status === 429) return said("it asks for peace (429)");
      if (status === 200) return said("it left some out");
      return said(`it answered ${status}`);
    }
    case "name_not_resolved":
      return "no server has that name";
    case "not_connected":
      return "nothing listens at that address and port";
    case "timed_out":
      return "no answer came in time";
    case "tls":
      return "no safe connection came about; its certificate may not be trusted here";
    case "certificate_of_another_time":
      return "by this machine’s clock its certificate is not valid at this time";
    case "intercepted":
      return "somebody in between answers with a certificate of their own";
    case "proxy":
      return "the proxy on the way refused";
    case "broken":
      return "the connection broke";
    case "answer_unreadable":
      return "its answer could not be read";
    case "disk_full":
      return "the disk is full";
    case "folder_missing":
      return "the folder is not there";
    case "not_permitted":
      return "the folder or the file cannot be written to";
    case "not_a_file":
      return "what is called patchbay-events.jsonl there is no file of its own";
    case "disk":
      return said("the disk refused");
    case "keychain":
      return "the keychain cannot be used";
    case "secret_missing":
      return "the keychain does not hold what it is written to with";
  }
}

/** What to do about it; empty: time mends it. */
export function complaintAdvice({ trouble }: ComplaintView): string {
  switch (trouble.what) {
    case "status": {
      const { status } = trouble;
      if (status === 429) return "";
      if (status >= 300 && status < 400)
        return "Add it anew at the address it points to, and remove this one.";
      return status >= 400 && status < 500
        ? "Mend it there. If the address or the key is another one, remove it and add it anew, from the first event."
        : "";
    }
    case "disk_full":
      return "Free some space.";
    case "folder_missing":
      return "Make it again, or mount its disk; it is not made unasked.";
    case "not_permitted":
      return "Check its rights: the file is written by you.";
    case "not_a_file":
      return "Take it away; the file is made anew.";
    case "keychain":
      return "Unlock the keychain.";
    case "secret_missing":
      return "Remove it, and add it anew.";
    case "name_not_resolved":
    case "not_connected":
    case "timed_out":
    case "tls":
    case "certificate_of_another_time":
    case "intercepted":
    case "proxy":
    case "broken":
    case "answer_unreadable":
    case "disk":
      return "";
  }
}

/** "Trouble only; accounts by name; with metrics" */
export const choicesWords = (one: EventDestinationView): string =>
  listed([
    one.wanted === "all" ? "all events" : "trouble alone",
    one.kind === "file" || one.with_accounts ? "accounts by name" : "accounts as marks",
    ...(one.with_metrics ? ["with metrics"] : []),
  ]);

/** Where it leads, in a line. */
export const goesToWords = (one: EventDestinationView): string =>
  one.project === null ? one.goes_to : `${one.goes_to}, project ${one.project}`;

/** What a person is told before a destination goes. */
export const removalWords = (one: EventDestinationView): string =>
  `No event goes there any more.${one.waiting_count === 0 ? "" : ` ${counted(one.waiting_count, "event that waits is", "events that wait are")} not sent.`} What was sent stays there.`;
