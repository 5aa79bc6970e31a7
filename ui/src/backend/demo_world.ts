/** Everything the demo remembers, and who listens. */

import { BackendError } from "./backend";
import type {
  ClientDetailView,
  ConnectForm,
  ConnectionView,
  EventKindView,
  Events,
  EventView,
  HeldBundleView,
  KeychainView,
  PracticeSwitches,
  PracticeView,
  RefreshModeView,
  SignInView,
  UnreadView,
} from "./bindings";
import { DemoAlerts } from "./demo_alerts";
import { DemoChecklists } from "./demo_checklists";
import { inventedClients } from "./demo_clients";
import { demoConnections } from "./demo_connections";
import { DemoDesk } from "./demo_desk";
import { demoEvent } from "./demo_events";
import { DemoForwarding } from "./demo_forwarding";
import { DemoIncidents, type IncidentStage } from "./demo_incidents";
import { DemoPrograms } from "./demo_programs";
import { DemoQueue } from "./demo_queue";
import type { DemoRadius } from "./demo_platform_seeds";
import { demoRadius } from "./demo_radius_world";
import { type OddNames, rename } from "./demo_names";
import { MINUTE } from "./demo_times";
import { demoTroubles } from "./demo_unread";
import { agency } from "./demo_workflows_many";
import { judged } from "./demo_status";

export interface DemoOptions {
  count?: number;
  keychain?: KeychainView["state"];
  /** Steps a sign-in on by itself; tests step it by hand. */
  isSteppedByHand?: boolean;
  /** Every reconnect comes back as another account. */
  isOtherAccount?: boolean;
  now?: () => number;
  /** Two connections hold one account. */
  isRepeated?: boolean;
  /** How long answers take, in milliseconds. */
  delay?: number;
  /** What a reading of a platform waits for before each of its parts; by itself it takes a moment for each. */
  readsOn?: () => Promise<void>;
  mode?: RefreshModeView;
  /** No provider can be reached. */
  isNetworkDown?: boolean;
  /** A new token that the keychain would not take; sealed on the disk or not. */
  held?: "none" | "open" | "sealed";
  /** Ours minus the servers' clocks. */
  clockAheadMs?: number;
  /** How many clients are registered. */
  clientCount?: number;
  /** About how many nodes the blast radius has: 0, 5, 50, 5,000. */
  nodes?: number;
  /** The last reading of a platform failed. */
  isOldReading?: boolean;
  /** Nothing is dead: the radius of a quiet board. */
  isQuiet?: boolean;
  /** How many checklists there are, and how many connections the first has. */
  checklists?: number;
  members?: number;
  /** So many were revoked at once, as after a password reset. */
  revoked?: number;
  /** Nobody looked all night, and things failed. */
  isAway?: boolean;
  /** How far the first incident has come: its workflows paused, its connection mended, all of it closed. */
  incident?: IncidentStage;
  /** Platforms take no grant over their API: it is written to a file. */
  isOldPlatform?: boolean;
  /** How many programs ask at the door, how many runs wait for a person, and whether programs were seen. */
  asking?: number;
  blocked?: number;
  hasPrograms?: boolean;
  /** Somebody has set channels for alerts and destinations for events up. */
  hasReceivers?: boolean;
  /** How names look: as they mostly do, all long, all from right to left, or each odd in another way. */
  names?: "usual" | OddNames;
}

export const noFaults: PracticeSwitches = {
  refuses_refresh: false,
  short_access_tokens: false,
  short_grant: false,
  no_refresh_token: false,
  answers_slowly: false,
  lost_answer: false,
  rate_limited: false,
  outage: false,
  ok_with_error: false,
  expires_in_milliseconds: false,
  partial_grant: false,
  clock_skew: false,
  api_forbids: false,
};

export class DemoWorld {
  readonly now: () => number;
  readonly delay: number;
  readonly readsOn: () => Promise<void>;
  readonly isSteppedByHand: boolean;
  readonly isOtherAccount: boolean;
  readonly isOldPlatform: boolean;
  readonly connections = new Map<string, ConnectionView>();
  readonly signIns = new Map<string, SignInView>();
  readonly forms = new Map<string, ConnectForm>();
  readonly isRevoked = new Set<string>();
  readonly boardEvents: EventView[] = [];
  readonly clockAheadMs: number;
  readonly networkDownSince: number | null;
  readonly clients: Map<string, ClientDetailView>;
  keepsRegistrations = false;
  readonly radius: DemoRadius;
  /** Platforms that do not take their key any more, by their ids. */
  readonly refusingKey = new Set<string>();
  /** Workflows that somebody has edited at their platform while they were paused, by their ids. */
  readonly editedWhilePaused = new Set<string>();
  readonly incidents: DemoIncidents;
  readonly checklists: DemoChecklists;
  readonly queue: DemoQueue;
  readonly programs: DemoPrograms;
  readonly desk = new DemoDesk();
  readonly alerts: DemoAlerts;
  readonly forwarding: DemoForwarding;
  practice: PracticeView;
  keychain: KeychainView["state"];
  /** What whoever is asked for the keychain's password does. */
  typesPassword = true;
  mode: RefreshModeView;
  modeSince: number | null;
  readonly openedAt: number;
  held: HeldBundleView[] = [];
  unread: UnreadView | null = null;
  next = 1;
  readonly #ears = new Map<keyof Events, Set<(payload: never) => void>>();

  constructor({
    count = 30,
    keychain = "open",
    isSteppedByHand = false,
    isOtherAccount = false,
    now = Date.now,
    delay = 0,
    readsOn = () => (delay > 0 ? wait(220) : Promise.resolve()),
    mode = "on",
    isNetworkDown = false,
    held = "none",
    clockAheadMs = -400,
    clientCount = 3,
    isRepeated = false,
    nodes = 0,
    isOldReading = false,
    isQuiet = false,
    checklists = 0,
    members = 5,
    revoked = 0,
    isAway = false,
    names = "usual",
    incident,
    isOldPlatform = false,
    asking = 0,
    blocked = 0,
    hasPrograms = false,
    hasReceivers = false,
  }: DemoOptions) {
    this.now = now;
    this.delay = delay;
    this.readsOn = readsOn;
    this.isSteppedByHand = isSteppedByHand;
    this.isOtherAccount = isOtherAccount;
    this.keychain = keychain;
    this.alerts = new DemoAlerts(now, hasReceivers);
    this.forwarding = new DemoForwarding(now, hasReceivers);
    this.mode = mode;
    this.modeSince = mode === "on" ? null : now() - 12 * MINUTE;
    this.openedAt = now();
    this.clockAheadMs = clockAheadMs;
    this.clients = inventedClients(clientCount, now());
    this.networkDownSince = isNetworkDown ? now() - 38 * MINUTE : null;
    const many = nodes > 60;
    // An agency's board: its radius needs as many accounts.
    for (const view of demoConnections(many ? Math.max(count, Math.round(nodes * 0.085)) : count, now()))
      this.connections.set(view.row.id, view);
    if (many)
      [...this.connections.values()].forEach((view, index) => (index < 14 ? undefined : spread(view, index)));
    if (isQuiet)
      for (const view of this.connections.values()) {
        const { status } = view.row;
        if (status.lamp !== "active" && !view.row.is_practice)
          view.row.status = judged({
            ...status,
            lamp: "active",
            reason: { kind: "kept_alive" },
            share_left: null,
          });
      }
    const live = [...this.connections.values()].filter((view) => !view.row.is_practice);
    live.slice(0, revoked).forEach((view, index) => revokeAt(view, index, now()));
    this.radius = demoRadius({ size: nodes, isStale: isOldReading }, this.connections, now());
    this.incidents = new DemoIncidents(this);
    if (incident !== undefined) this.incidents.bringTo(incident);
    this.isOldPlatform = isOldPlatform;
    if (names !== "usual") rename(this.connections.values(), names);
    this.checklists = new DemoChecklists(this, { count: checklists, members, areOdd: names === "mixed" });
    this.queue = new DemoQueue(this);
    this.programs = new DemoPrograms(this, { asking, blocked, hasSome: hasPrograms });
    const all = [...this.connections.values()];
    if (isRepeated) {
      const [first, second] = all.filter((view) =>
        ["Google Drive", "Google Calendar"].includes(view.row.name),
      );
      if (first !== undefined && second !== undefined) second.row.account = first.row.account;
    }
    this.practice = {
      is_running: true,
      issuer: "http://127.0.0.1:43199",
      switches: noFaults,
      staged: null,
      live_grant_count: all.filter((view) => view.row.is_practice).length,
    };
    const waiting = all.find((view) => view.row.status.lamp === "active")?.row;
    if (held !== "none" && waiting !== undefined) {
      this.held.push({
        connection_id: waiting.id,
        connection_name: waiting.name,
        since: now() - 4 * MINUTE,
        is_sealed: held === "sealed",
        held_by: null,
      });
    }
    if (mode === "paused" || mode === "offline" || isNetworkDown) {
      const over = all.findLast(
        (view) => view.row.status.reason.kind === "kept_alive" && !view.row.is_practice,
      );
      if (over !== undefined) leaveOver(over, isNetworkDown ? "network_down" : mode, now() - 12 * MINUTE);
    }
    if (isAway) this.unread = demoTroubles(this);
    if (this.networkDownSince !== null)
      this.boardEvents.push(demoEvent(null, this.networkDownSince, { kind: "network_lost" }));
  }

  one(id: string): ConnectionView {
    const view = this.connections.get(id);
    if (view === undefined) throw new BackendError("connection_gone", "No connection of this id.");
    return view;
  }

  hear<E extends keyof Events>(event: E, heard: (payload: Events[E]) => void): () => void {
    const ears = this.#ears.get(event) ?? new Set();
    this.#ears.set(event, ears);
    ears.add(heard);
    return () => ears.delete(heard);
  }

  tell<E extends keyof Events>(event: E, payload: Events[E]): void {
    for (const heard of this.#ears.get(event) ?? [])
      (heard as (payload: Events[E]) => void)(structuredClone(payload));
  }

  log(view: ConnectionView, event: { kind: EventKindView } & Partial<EventView>): void {
    view.events.unshift(demoEvent(view.row, this.now(), event));
  }

  /** Changes one connection from outside, as a refresh in the background would. */
  change(id: string, change: (view: ConnectionView) => void): void {
    const view = this.connections.get(id);
    if (view === undefined) return;
    change(view);
    this.tell("connection_changed", id);
  }
}

/** Of the forty customers of an agency, one each. */
function spread(view: ConnectionView, index: number): void {
  const customer = agency[index % agency.length] ?? "";
  const host = customer.toLowerCase().replace(/[^a-z]+/g, "");
  view.row.customer = customer;
  view.row.account = `${["ops", "frontdesk", "automation"][index % 3] ?? "ops"}@${host}.example`;
}

/** The provider has ended its grant. */
function revokeAt(view: ConnectionView, index: number, now: number): void {
  const { row } = view;
  const cause = {
    cause: "grant_revoked",
    action: "reconnect",
    provider_code: "invalid_grant",
    http_status: 400,
  } as const;
  row.status = judged({
    ...row.status,
    lamp: "reauth_required",
    reason: { kind: "grant_ended", cause },
    since: now - (40 + index) * 1_000,
    over_since: null,
    share_left: null,
  });
}

/** Its token is over, and nobody refreshes. */
function leaveOver(view: ConnectionView, why: RefreshModeView | "network_down", since: number): void {
  view.row.status = judged({
    ...view.row.status,
    lamp: "expiring",
    reason: { kind: "refresh_paused", why: why === "on" ? "paused" : why, since },
    since,
    over_since: since,
    share_left: 0,
  });
  view.row.token_expiry = view.token.expiry = { state: "known", at: since };
  view.answers.usable_now = { ...view.answers.usable_now, mark: "no" };
  view.token.refresh_at = null;
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
