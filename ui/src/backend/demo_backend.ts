/** An engine invented in the page: `npm run dev` in a plain browser, and component tests. Holds no secret and reaches nothing. */

import type { Backend, BackendError, CommandName, EventName } from "./backend";
import type {
  AskView,
  Commands,
  ConnectionView,
  Events,
  KeychainView,
  LeftObjectView,
  RefreshModeView,
  SignInProgressView,
} from "./bindings";
import { demoAnswers } from "./demo_answers";
import { finish, step } from "./demo_sign_ins";
import { incidentStages } from "./demo_incidents";
import { oddNameKinds } from "./demo_names";
import { type DemoOptions, DemoWorld, wait } from "./demo_world";

export type { DemoOptions } from "./demo_world";

export class DemoBackend implements Backend {
  /** Every command asked, newest last: what tests look at. */
  readonly asked: { command: CommandName; args: unknown }[] = [];
  readonly #world: DemoWorld;
  readonly #answers: ReturnType<typeof demoAnswers>;
  #held: { command: CommandName; until: Promise<void> } | null = null;
  #failure: { error: BackendError; command: CommandName } | null = null;

  constructor(options: DemoOptions = {}) {
    this.#world = new DemoWorld(options);
    this.#answers = demoAnswers(this.#world);
  }

  /**
   * `?demo=0|3|30|3000` chooses how many, `?keychain=locked` and the like what the keychain does;
   * `?clients=0|3|60` how many clients; `?nodes=0|5|50|5000` how many nodes the blast radius has, `&old` a reading that
   * failed, `&quiet` a board where nothing is dead; `?away` a night of failures that nobody saw, `?names=long|rtl|mixed`;
   * `?lists=0|1|4` how many checklists, `&members=1|5|40` how long the first, `&withdrawn` the first certificate is gone;
   * `?incident=paused|mended|closed` how far the first incident has come, `?oldplatform` grants go into a file;
   * `?asking=1` how many programs ask, `&blocked=1` how many runs wait, `?programs` some were seen;
   * `?receivers` somebody has set channels for alerts and destinations for events up;
   * `?revoked=30` how many died at once; `?mode=paused`, `?network=down`, `?held=open|sealed` and
   * `?ask=closing|minimise|reconnect|page_came_back` what waits from outside; `?ahead=95000` what the engine says.
   */
  static fromAddress(location: Pick<Location, "search">): DemoBackend {
    const query = new URLSearchParams(location.search);
    const states: KeychainView["state"][] = ["open", "locked", "absent", "different", "not_answering"];
    const modes: RefreshModeView[] = ["on", "metered", "paused", "offline"];
    const held = query.get("held");
    const stage = incidentStages.find((one) => one === query.get("incident"));
    const backend = new DemoBackend({
      count: Number(query.get("demo") ?? "30"),
      keychain: states.find((state) => state === query.get("keychain")) ?? "open",
      mode: modes.find((mode) => mode === query.get("mode")) ?? "on",
      isNetworkDown: query.get("network") === "down",
      held: held === "open" || held === "sealed" ? held : "none",
      clockAheadMs: Number(query.get("ahead") ?? "-400"),
      clientCount: Number(query.get("clients") ?? "3"),
      isSteppedByHand: query.has("byhand"),
      isOtherAccount: query.has("other"),
      isRepeated: query.has("repeated"),
      nodes: Number(query.get("nodes") ?? "50"),
      isOldReading: query.has("old"),
      isQuiet: query.has("quiet"),
      checklists: Number(query.get("lists") ?? "4"),
      members: Number(query.get("members") ?? "5"),
      revoked: Number(query.get("revoked") ?? "0"),
      isAway: query.has("away"),
      ...(stage === undefined ? {} : { incident: stage }),
      isOldPlatform: query.has("oldplatform"),
      asking: Number(query.get("asking") ?? "0"),
      blocked: Number(query.get("blocked") ?? "0"),
      hasPrograms: query.has("programs"),
      hasReceivers: query.has("receivers"),
      names: oddNameKinds.find((names) => names === query.get("names")) ?? "usual",
      delay: 120,
    });
    const withdrawn = query.get("withdrawn");
    if (withdrawn !== null) backend.withdraw("chk_1", withdrawn);
    if (query.has("keeps")) backend.keepRegistrations();
    const asks: Record<string, AskView> = {
      closing: { ask: "closing", has_tray: true },
      minimise: { ask: "closing", has_tray: false },
      reconnect: { ask: "reconnect", id: backend.ids()[0] ?? "" },
      page_came_back: { ask: "page_came_back" },
    };
    const ask = asks[query.get("ask") ?? ""];
    if (ask !== undefined) backend.arrive(ask);
    return backend;
  }

  async call<C extends CommandName>(command: C, args: Commands[C][0]): Promise<Commands[C][1]> {
    this.asked.push({ command, args: structuredClone(args) });
    if (this.#world.delay > 0) await wait(this.#world.delay);
    if (this.#held?.command === command) {
      const { until } = this.#held;
      this.#held = null;
      await until;
    }
    const failure = this.#failure;
    if (failure?.command === command) {
      this.#failure = null;
      throw failure.error;
    }
    return structuredClone(await this.#answers[command](args));
  }

  listen<E extends EventName>(event: E, heard: (payload: Events[E]) => void): Promise<() => void> {
    return Promise.resolve(this.#world.hear(event, heard));
  }

  /** The next command of that name fails so; what the window asks in the background meanwhile does not. */
  failNext(error: BackendError, command: CommandName): void {
    this.#failure = { error, command };
  }

  /** The next command of that name is answered once what this returns is called. */
  holdNext(command: CommandName): () => void {
    let goOn: () => void = () => undefined;
    this.#held = { command, until: new Promise((resolve) => (goOn = resolve)) };
    return () => goOn();
  }

  /** Steps a sign-in on, as the engine would. */
  step(id: string, progress: SignInProgressView): void {
    step(this.#world, id, progress);
  }

  /** What was told of sign-ins did not reach the window. */
  loseSignInEvents(): void {
    this.#world.tell("sign_in_changed", null);
  }

  /** Brings a sign-in to its good end. */
  finish(id: string): void {
    finish(this.#world, id);
  }

  /** Changes one connection from outside, as a refresh in the background would. */
  change(id: string, change: (view: ConnectionView) => void): void {
    this.#world.change(id, change);
  }

  /** Every connection of a platform's works from here on. */
  mendCopies(): void {
    for (const copy of this.#world.radius.copies.values()) copy.lamp = "active";
    this.#world.tell("platform_changed", null);
  }

  /** A platform does not take its key any more; returns its name. */
  refuseKey(): string {
    const platform = this.#world.radius.platforms.find((one) => one.kind === "n8n");
    if (platform === undefined) return "";
    platform.failed = { at: this.#world.now(), words: `${platform.name} does not accept the key` };
    this.#world.refusingKey.add(platform.id);
    this.#world.tell("platform_changed", null);
    return platform.name;
  }

  /** Somebody edits a workflow at its platform, which can start nothing but the edit. */
  editWhilePaused(workflow: string): void {
    this.#world.editedWhilePaused.add(workflow);
  }

  /** Locks or unlocks the keychain, and tells of it as the engine does. */
  lockKeychain(isLocked: boolean): void {
    this.#world.keychain = isLocked ? "locked" : "open";
    this.#world.tell("connection_changed", null);
  }

  /** Whoever is asked for the keychain's password closes the question from here on. */
  refusePassword(): void {
    this.#world.typesPassword = false;
  }

  /** Takes the next step of a rehearsal; false: a person is waited for, or it is over. */
  stepRehearsal(checklist: string): boolean {
    return this.#world.checklists.rehearsals.step(checklist);
  }

  /** A later test fails: the certificate of a checklist goes. */
  withdraw(checklist: string, member: string): void {
    this.#world.checklists.rehearsals.withdraw(checklist, member);
  }

  /** A rehearsal leaves an object behind. */
  leaveBehind(object: LeftObjectView): void {
    this.#world.checklists.rehearsals.left.push(object);
    this.#world.tell("rehearsal_changed", null);
  }

  /** From here on the server that a client is registered at cannot be asked to delete it. */
  keepRegistrations(): void {
    this.#world.keepsRegistrations = true;
  }

  /** A program asks about a connection for the first time. */
  ask(connection: string): void {
    const row = this.#world.one(connection).row;
    this.#world.programs.ask(row, this.#world.programs.permissions.length);
    this.#world.tell("programs_changed", null);
  }

  /** A receiver of alerts refuses from here on, or takes them again. */
  refuseAlerts(channel: string, isRefusing = true): void {
    if (isRefusing) this.#world.alerts.refusing.add(channel);
    else this.#world.alerts.refusing.delete(channel);
  }

  /** Somebody removes a channel in a terminal. */
  removeChannel(name: string): void {
    const { alerts } = this.#world;
    const gone = alerts.channels.find((one) => one.name === name);
    alerts.channels = alerts.channels.filter((one) => one !== gone);
    alerts.log = alerts.log.filter((one) => one.channel !== gone?.id);
    this.#world.tell("connection_changed", null);
  }

  /** A run that waits goes on. */
  goOn(number: number): void {
    this.#world.programs.blocked = this.#world.programs.blocked.filter((one) => one.number !== number);
    this.#world.tell("programs_changed", null);
  }

  /** Something comes in from outside the window. */
  arrive(ask: AskView): void {
    this.#world.desk.asks.push(ask);
    this.#world.tell("asks_wait", null);
  }

  /** Drops a file onto the window. */
  drop(path: string): void {
    this.#world.tell("file_dropped", path);
  }

  ids(): string[] {
    return [...this.#world.connections.keys()];
  }
}
