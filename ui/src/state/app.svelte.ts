/** Everything the window knows, made once from one backend and handed down by context. */

import { getContext, setContext } from "svelte";
import type { Backend, MendView, PlatformConnectionView } from "../backend/backend";
import { Alerts } from "./alerts.svelte";
import { BoardPlace } from "./board_place.svelte";
import { Checklists } from "./checklists.svelte";
import { Bulk } from "./bulk.svelte";
import { Clients } from "./clients.svelte";
import { Clock } from "./clock.svelte";
import { Connections } from "./connections.svelte";
import { Desk } from "./desk.svelte";
import { Diagnoses } from "./diagnoses.svelte";
import { Duplicates } from "./duplicates.svelte";
import { Engine } from "./engine.svelte";
import { Forwarding } from "./forwarding.svelte";
import { Health } from "./health.svelte";
import { Horizon } from "./horizon.svelte";
import { Imports } from "./imports.svelte";
import { Keychain } from "./keychain.svelte";
import { Incidents } from "./incidents.svelte";
import { Lists } from "./lists.svelte";
import { Navigation } from "./navigation.svelte";
import { Notices } from "./notices.svelte";
import { Platforms } from "./platforms.svelte";
import { Practice } from "./practice.svelte";
import { Preferences } from "./preferences.svelte";
import { Programs } from "./programs.svelte";
import { ReconnectQueue } from "./queue.svelte";
import { Radius } from "./radius.svelte";
import { Selection } from "./selection.svelte";
import { SigningSecret } from "./signing_secret.svelte";
import { SignIns } from "./sign_in.svelte";
import { Undo } from "./undo.svelte";
import { Tour } from "./tour.svelte";
import { Unread } from "./unread.svelte";

/** A question only one dialog at a time may ask about a connection. */
export type Question = {
  kind: "disconnect" | "label" | "forget" | "dependant" | "more" | "merge" | "admin";
  id: string;
  /** The second connection of a merge. */
  other?: string;
};

export class App {
  readonly clock = new Clock();
  readonly notices = new Notices();
  readonly undo = new Undo(this.notices);
  readonly navigation = new Navigation();
  readonly preferences = new Preferences();
  readonly connections: Connections;
  readonly signIns: SignIns;
  readonly diagnoses: Diagnoses;
  readonly practice: Practice;
  readonly lists: Lists;
  readonly clients: Clients;
  readonly engine: Engine;
  readonly keychain: Keychain;
  readonly health: Health;
  readonly duplicates: Duplicates;
  readonly imports: Imports;
  readonly radius: Radius;
  readonly platforms: Platforms;
  readonly incidents: Incidents;
  readonly checklists: Checklists;
  readonly queue: ReconnectQueue;
  readonly programs: Programs;
  readonly alerts: Alerts;
  readonly forwarding: Forwarding;
  readonly signingSecret: SigningSecret;
  readonly horizon: Horizon;
  readonly unread: Unread;
  readonly tour: Tour;
  readonly desk: Desk;
  readonly boardPlace = new BoardPlace();
  readonly selection = new Selection();
  readonly bulk: Bulk;
  isKeysOpen = $state(false);
  isPaletteOpen = $state(false);
  question = $state<Question | null>(null);

  constructor(readonly backend: Backend) {
    this.connections = new Connections(backend, this.notices, this.clock);
    this.bulk = new Bulk(this.connections, this.undo);
    this.signIns = new SignIns(backend, this.notices, this.connections);
    this.diagnoses = new Diagnoses(backend, this.notices, this.connections);
    this.diagnoses.open = (id) => this.navigation.open({ name: "diagnosis", id });
    this.connections.explain = (id) => this.diagnose(id);
    this.practice = new Practice(backend, this.notices);
    this.lists = new Lists(backend, this.notices);
    this.clients = new Clients(backend, this.notices, this.lists, this.undo);
    this.engine = new Engine(backend, this.notices, this.connections);
    this.keychain = new Keychain(backend, this.notices, this.connections);
    this.health = new Health(backend, this.notices);
    this.duplicates = new Duplicates(backend, this.connections);
    this.imports = new Imports(backend);
    this.horizon = new Horizon(backend);
    this.radius = new Radius(backend, this.notices);
    this.platforms = new Platforms(backend, this.notices);
    this.platforms.follow = (begin) => this.signIns.follow(begin);
    this.incidents = new Incidents(backend, this.notices);
    this.checklists = new Checklists(backend, this.notices, this.undo);
    this.checklists.show = (id, run) => this.navigation.open({ name: "rehearsal", id, run });
    this.connections.undo = this.undo;
    this.queue = new ReconnectQueue(backend, this.notices, this.connections, this.undo);
    this.queue.ended = (view) =>
      this.notices.show({
        tone: view.sum.mended === view.sum.total ? "good" : "plain",
        title: `The reconnect queue is through: ${view.sum.mended} of ${view.sum.total} are back.`,
        action: { label: "Show", run: () => this.navigation.open({ name: "queue" }) },
        deed: "queue",
      });
    this.signIns.isTold = (connection) => this.queue.holds(connection);
    this.programs = new Programs(backend, this.notices);
    this.signingSecret = new SigningSecret(backend, this.notices);
    this.alerts = new Alerts(backend, this.notices, this.signingSecret);
    this.forwarding = new Forwarding(backend, this.notices, this.signingSecret);
    this.unread = new Unread(backend, this.notices);
    this.tour = new Tour(this);
    this.desk = new Desk(backend, this.notices, this.navigation, this.connections);
    this.desk.mend = (id) => {
      const row = this.connections.row(id);
      if (row !== null) this.mend(id, row.status.action);
    };
  }

  ask(kind: Question["kind"], id: string): void {
    this.question = { kind, id };
  }

  askMerge(id: string, other: string): void {
    this.question = { kind: "merge", id, other };
  }

  /** Shows a connection's diagnosis, and runs one where a failure was just seen. */
  diagnose(id: string): void {
    this.navigation.open({ name: "diagnosis", id });
    void this.diagnoses.run(id);
  }

  /** Does what a status asks for, wherever it is offered [C1]. */
  mend(id: string, action: MendView): void {
    switch (action) {
      case "open_mending_page":
        void this.connections.openMendingPage(id);
        return;
      case "reconnect":
      case "reconnect_with_more_scopes":
      case "reconnect_other_account":
        void this.signIns.reconnect(id);
        return;
      case "fix_client_config":
        void this.checkClientOf(id);
        return;
      case "fix_clock":
        this.showClock();
        return;
      case "refresh":
        void this.connections.refresh(id);
        return;
      case "ask_admin":
        this.ask("admin", id);
        return;
      case "share_resource":
      case "fix_request":
      case "contact_provider":
      case "wait_and_retry":
      case "none":
        this.diagnose(id);
    }
  }

  /** Does what a platform's copy asks for: from here where that can be, else it shows where. */
  mendCopy(copy: PlatformConnectionView): void {
    if (copy.verdict.way === "open_page") void this.platforms.openPage(copy.id);
    else if (copy.verdict.way === "at_platform") this.navigation.open({ name: "platforms" });
    else void this.platforms.push(copy);
  }

  /** Brings several back, each by a sign-in of its own, one after the other. */
  reconnectAll(ids: readonly string[]): void {
    if (ids.length === 0) return;
    this.navigation.open({ name: "queue" });
    void this.queue.begin(ids);
  }

  /** Opens a client, and tries each of its settings. */
  checkClient(client: string): void {
    this.navigation.open({ name: "clients" });
    void this.clients.show(client).then(() => this.clients.check(client));
  }

  private async checkClientOf(id: string): Promise<void> {
    try {
      this.checkClient((await this.backend.call("connection", { id })).client_id);
    } catch (error) {
      this.notices.failed(error);
    }
  }

  showClock(): void {
    this.navigation.open({ name: "settings", section: "clock" });
  }

  /** Listens and loads; answers what ends it all. `shown`: until the board that was read stands on the screen. */
  async start(shown: () => Promise<void> = () => Promise.resolve()): Promise<() => void> {
    const stops = [this.preferences.start(), this.navigation.start(), this.clock.start(), this.tour.start()];
    // First what a person looks at; the rest is asked behind it, in the time that nobody waits.
    stops.push(await this.connections.start());
    await shown();
    stops.push(
      ...(await Promise.all([
        this.signIns.start(),
        this.practice.start(),
        this.diagnoses.start(),
        this.health.start(),
        this.horizon.start(),
        this.radius.start(),
        this.platforms.start(),
        this.incidents.start(),
        this.checklists.start(),
        this.queue.start(),
        this.programs.start(),
        this.unread.start(),
      ])),
    );
    stops.push(await this.desk.start());
    return () => {
      for (const stop of stops) stop();
    };
  }
}

const KEY = Symbol("app");

export function provideApp(app: App): void {
  setContext(KEY, app);
}

export function useApp(): App {
  return getContext<App>(KEY);
}
