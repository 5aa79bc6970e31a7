/** An engine invented in the page: `npm run dev` in a plain browser, and component tests. Holds no secret and reaches nothing. */

import type { Backend, BackendError, CommandName, EventName } from "./backend";
import type {
  Commands,
  ConnectionView,
  Events,
  KeychainView,
  RefreshModeView,
  SignInProgressView,
} from "./bindings";
import { demoAnswers } from "./demo_answers";
import { finish, step } from "./demo_sign_ins";
import { type DemoOptions, DemoWorld, wait } from "./demo_world";

export type { DemoOptions } from "./demo_world";

export class DemoBackend implements Backend {
  /** Every command asked, newest last: what tests look at. */
  readonly asked: { command: CommandName; args: unknown }[] = [];
  readonly #world: DemoWorld;
  readonly #answers: ReturnType<typeof demoAnswers>;
  #failure: BackendError | null = null;

  constructor(options: DemoOptions = {}) {
    this.#world = new DemoWorld(options);
    this.#answers = demoAnswers(this.#world);
  }

  /**
   * `?demo=0|3|30|3000` chooses how many, `?keychain=locked` and the like what the keychain does;
   * `?clients=0|3|60` how many clients; `?nodes=0|5|50|5000` how many nodes the blast radius has, `&old` a reading that
   * failed, `&quiet` a board where nothing is dead; `?mode=paused`, `?network=down`, `?held=open|sealed` and `?ahead=95000` what the engine says.
   */
  static fromAddress(location: Pick<Location, "search">): DemoBackend {
    const query = new URLSearchParams(location.search);
    const states: KeychainView["state"][] = ["open", "locked", "absent", "different", "not_answering"];
    const modes: RefreshModeView[] = ["on", "metered", "paused", "offline"];
    const held = query.get("held");
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
      delay: 120,
    });
    if (query.has("keeps")) backend.keepRegistrations();
    return backend;
  }

  async call<C extends CommandName>(command: C, args: Commands[C][0]): Promise<Commands[C][1]> {
    this.asked.push({ command, args: structuredClone(args) });
    if (this.#world.delay > 0) await wait(this.#world.delay);
    const failure = this.#failure;
    if (failure !== null) {
      this.#failure = null;
      throw failure;
    }
    return structuredClone(await this.#answers[command](args));
  }

  listen<E extends EventName>(event: E, heard: (payload: Events[E]) => void): Promise<() => void> {
    return Promise.resolve(this.#world.hear(event, heard));
  }

  /** The next command fails so. */
  failNext(failure: BackendError): void {
    this.#failure = failure;
  }

  /** Steps a sign-in on, as the engine would. */
  step(id: string, progress: SignInProgressView): void {
    step(this.#world, id, progress);
  }

  /** Brings a sign-in to its good end. */
  finish(id: string): void {
    finish(this.#world, id);
  }

  /** Changes one connection from outside, as a refresh in the background would. */
  change(id: string, change: (view: ConnectionView) => void): void {
    this.#world.change(id, change);
  }

  /** Locks or unlocks the keychain, and tells of it as the engine does. */
  lockKeychain(isLocked: boolean): void {
    this.#world.keychain = isLocked ? "locked" : "open";
    this.#world.tell("connection_changed", null);
  }

  /** From here on the server that a client is registered at cannot be asked to delete it. */
  keepRegistrations(): void {
    this.#world.keepsRegistrations = true;
  }

  /** Drops a file onto the window. */
  drop(path: string): void {
    this.#world.tell("file_dropped", path);
  }

  ids(): string[] {
    return [...this.#world.connections.keys()];
  }
}
