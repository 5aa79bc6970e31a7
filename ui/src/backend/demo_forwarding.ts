/** Destinations of events, invented: a file that is up to date, a collector that is down, Sentry. */

import { BackendError } from "./backend";
import type { Commands, EventDestinationView, ForwardingView, NewDestinationForm } from "./bindings";
import { HOUR, MINUTE } from "./demo_times";
import type { DemoWorld } from "./demo_world";

type ForwardingCommand =
  | "forwarding"
  | "add_event_destination"
  | "set_event_destination_on"
  | "test_event_destination"
  | "remove_event_destination"
  | "choose_event_folder";
type ForwardingAnswers = { [C in ForwardingCommand]: (args: Commands[C][0]) => Commands[C][1] };

export class DemoForwarding {
  destinations: EventDestinationView[] = [];
  next = 1;

  constructor(now: () => number, hasSome: boolean) {
    if (!hasSome) return;
    const at = now();
    this.destinations = [
      {
        ...this.fresh("file", "file", "/var/log/patchbay/patchbay-events.jsonl"),
        with_accounts: true,
        sent_count: 48_211,
        lost_count: 12,
        accepted_at: at - 40_000,
      },
      {
        ...this.fresh("otlp", "otlp", "https://otlp.fjord.example"),
        with_metrics: true,
        sent_count: 47_030,
        waiting_count: 1_181,
        accepted_at: at - 5 * HOUR,
        failing: {
          since: at - 5 * HOUR,
          count: 27,
          complaint: { trouble: { what: "not_connected" }, words: null },
          retry_at: at + 9 * MINUTE,
          needs_person: false,
        },
      },
      {
        ...this.fresh("sentry", "sentry", "https://o1.ingest.sentry.io"),
        project: "42",
        wanted: "trouble",
        sent_count: 318,
        dropped_count: 2,
        accepted_at: at - 26 * MINUTE,
      },
    ];
  }

  fresh(name: string, kind: EventDestinationView["kind"], goesTo: string): EventDestinationView {
    return {
      id: `dst_demo${this.next++}`,
      name,
      kind,
      goes_to: goesTo,
      project: null,
      with_metrics: false,
      is_on: true,
      wanted: "all",
      with_accounts: false,
      waiting_count: 0,
      sent_count: 0,
      dropped_count: 0,
      lost_count: 0,
      accepted_at: null,
      failing: null,
      left_alone_until: null,
      figures_failed: null,
    };
  }

  view(): ForwardingView {
    return { destinations: this.destinations, is_forwarded: true };
  }

  one(id: string): EventDestinationView {
    const found = this.destinations.find((it) => it.id === id);
    if (found === undefined) throw new BackendError("connection_gone", "There is no such destination.");
    return found;
  }
}

export function forwardingAnswers(world: DemoWorld): ForwardingAnswers {
  const { forwarding } = world;
  return {
    forwarding: () => forwarding.view(),
    add_event_destination: ({ form }) => {
      const { target } = form;
      const name = form.name ?? target.kind;
      if (forwarding.destinations.some((it) => it.name === name))
        throw new BackendError("bad_input", "the name is taken");
      const added: EventDestinationView = {
        ...forwarding.fresh(name, target.kind, shown(target)),
        wanted: form.wanted,
        with_accounts: form.with_accounts,
        with_metrics: target.kind === "otlp" && target.with_metrics,
        project: target.kind === "sentry" ? "42" : null,
      };
      forwarding.destinations = [...forwarding.destinations, added].sort((a, b) =>
        a.name.localeCompare(b.name),
      );
      const hasMade = target.kind === "webhook" && target.key === null;
      return { id: added.id, has_made_secret: hasMade, forwarding: forwarding.view() };
    },
    set_event_destination_on: ({ id, on }) => {
      forwarding.one(id).is_on = on;
      return forwarding.view();
    },
    test_event_destination: ({ id }) => {
      const complaint = forwarding.one(id).failing?.complaint;
      return complaint === undefined ? { state: "taken", words: null } : { state: "refused", complaint };
    },
    remove_event_destination: ({ id }) => {
      forwarding.one(id);
      forwarding.destinations = forwarding.destinations.filter((it) => it.id !== id);
      return forwarding.view();
    },
    choose_event_folder: () => "/home/mira/patchbay-events",
  };
}

/** Of what was typed, what may be shown. */
function shown(target: NewDestinationForm["target"]): string {
  if (target.kind === "file") return `${target.folder}/patchbay-events.jsonl`;
  const typed =
    target.kind === "webhook" ? target.address : target.kind === "sentry" ? target.dsn : target.endpoint;
  if (!URL.canParse(typed)) throw new BackendError("bad_input", "That is no address.");
  return new URL(typed).origin;
}
