/** Every sign-in under way, and the one in view [A2, A7]. */

import { SvelteMap } from "svelte/reactivity";
import type {
  Backend,
  ConnectForm,
  PasteRefusedView,
  ReconnectDecision,
  SignInView,
} from "../backend/backend";
import { BackendError } from "../backend/backend";
import { handedOverTitle, handedOverWords } from "../words/handing_over";
import type { Connections } from "./connections.svelte";
import type { Notices } from "./notices.svelte";

/** In the order in which they come. */
const OPEN_STATES = [
  "waiting_for_browser",
  "exchanging_code",
  "identifying",
  "needs_decision",
  "storing",
] as const;

export class SignIns {
  readonly byId = new SvelteMap<string, SignInView>();
  /** The sign-in whose dialog is open. */
  shownId = $state<string | null>(null);
  /** Connect's form is open, with a provider already chosen or none. */
  connecting = $state<{ provider: string | null } | null>(null);

  /** Whether something else tells how the sign-in of this connection ends; the window's. */
  isTold: (connection: string | null) => boolean = () => false;

  readonly shown = $derived(this.shownId === null ? null : (this.byId.get(this.shownId) ?? null));
  /** Under way and out of sight: the strip under the top bar tells of the first. */
  readonly waiting = $derived(
    [...this.byId.values()].filter((one) => isUnderWay(one) && one.id !== this.shownId),
  );

  /** Questions whose answer will show a sign-in that is not known here yet. */
  #asking = 0;
  /** What was told of sign-ins before the answer that makes them known: heard again behind it, never under it. */
  #early: SignInView[] = [];

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
    private readonly connections: Connections,
  ) {}

  async start(): Promise<() => void> {
    const stop = await this.backend.listen("sign_in_changed", (view) => {
      if (view === null) void this.#ask();
      else this.#heard(view);
    });
    await this.#ask();
    return stop;
  }

  async #ask(): Promise<void> {
    try {
      await this.#answered(
        () => this.backend.call("list_sign_ins", {}),
        (views) => views.forEach((view) => this.#catchUp(view)),
      );
    } catch {
      // The board asks at the same moment, fails for the same reason, and says so in full.
    }
  }

  openConnect(provider: string | null = null): void {
    this.shownId = null;
    this.connecting = { provider };
  }

  /** Opens the browser; throws `BackendError`, so that the form can say why beside itself. */
  async begin(form: ConnectForm): Promise<SignInView> {
    return this.follow(() => this.backend.call("begin_connect", { form }));
  }

  /** One click: opens the browser for a connection that is to be brought back [E1]. */
  async reconnect(id: string): Promise<void> {
    const underWay = [...this.byId.values()].find((one) => one.reconnects === id && isUnderWay(one));
    if (underWay !== undefined) {
      this.shownId = underWay.id;
      return;
    }
    if (this.connections.working.has(id)) return;
    this.connections.working.set(id, "reconnect");
    try {
      await this.follow(() => this.backend.call("begin_reconnect", { id }));
      this.notices.settle(`reconnect ${id}`);
    } catch (error) {
      this.notices.failed(error, { try_again: () => void this.reconnect(id) }, `reconnect ${id}`);
    } finally {
      this.connections.working.delete(id);
    }
  }

  /** Opens the browser for further scopes; false where it could not begin, and why has been said. */
  async widen(id: string, scopes: string[]): Promise<boolean> {
    if (this.connections.working.has(id)) return false;
    this.connections.working.set(id, "reconnect");
    try {
      await this.follow(() => this.backend.call("begin_widening", { id, scopes }));
      return true;
    } catch (error) {
      this.notices.failed(error);
      return false;
    } finally {
      this.connections.working.delete(id);
    }
  }

  /** Begins a sign-in and shows it; throws what `begin` throws. */
  async follow(begin: () => Promise<SignInView>): Promise<SignInView> {
    return this.#answered(begin, (view) => this.show(view));
  }

  /** Shows a sign-in that something else began. */
  show(view: SignInView): void {
    this.#catchUp(view);
    this.shownId = view.id;
  }

  async startPractice(): Promise<void> {
    try {
      await this.follow(() => this.backend.call("start_practice", {}));
      this.notices.settle("start practice");
    } catch (error) {
      this.notices.failed(error, { try_again: () => void this.startPractice() }, "start practice");
    }
  }

  async openAgain(id: string): Promise<void> {
    try {
      const isOpen = await this.backend.call("open_sign_in_page", { id });
      if (!isOpen)
        this.notices.failed(
          new BackendError("browser_not_opened", "No program answered for https addresses."),
        );
    } catch (error) {
      this.notices.failed(error);
    }
  }

  /** Null when the address was the answer; the progress then says the rest. Throws `BackendError`. */
  paste(id: string, address: string): Promise<PasteRefusedView | null> {
    return this.backend.call("paste_redirect", { id, address });
  }

  async cancel(id: string): Promise<void> {
    try {
      await this.backend.call("cancel_sign_in", { id });
    } catch (error) {
      if (!(error instanceof BackendError && error.code === "sign_in_gone")) this.notices.failed(error);
    }
    this.byId.delete(id);
    if (this.shownId === id) this.shownId = null;
  }

  /** False: it is still there, for whatever reason; the dialog says which file that is. */
  async eraseFile(id: string): Promise<boolean> {
    try {
      await this.backend.call("delete_grant_file", { id });
      return true;
    } catch {
      return false;
    }
  }

  async decide(id: string, decision: ReconnectDecision): Promise<void> {
    try {
      await this.backend.call("decide_reconnect", { id, decision });
    } catch (error) {
      this.notices.failed(error);
    }
  }

  /** Closes the dialog. What is under way goes on; what is over is put away. */
  dismiss(): void {
    const view = this.shown;
    this.shownId = null;
    if (view !== null && !isUnderWay(view)) this.byId.delete(view.id);
  }

  /** An event may overtake the answer of the command that began it: a sign-in that is over would look under way. */
  #heard(view: SignInView): void {
    if (this.#asking > 0 && !this.byId.has(view.id)) this.#early.push(view);
    else this.#changed(view);
  }

  async #answered<T>(ask: () => Promise<T>, take: (answer: T) => void): Promise<T> {
    this.#asking += 1;
    try {
      const answer = await ask();
      take(answer);
      return answer;
    } finally {
      this.#asking -= 1;
      const early = this.#early;
      this.#early = [];
      for (const view of early) this.#heard(view);
    }
  }

  #changed(view: SignInView): void {
    const before = this.byId.get(view.id);
    const isShown = this.shownId === view.id;
    this.#take(view);
    if (before !== undefined && before.progress.state === view.progress.state) return;
    if (view.progress.state === "connected") this.#connected(view, view.progress.connection_id, isShown);
    if (view.progress.state === "handed_over" && view.keeper !== null && !isShown) {
      const { outcome } = view.progress;
      this.notices.show({
        tone: outcome.state === "proved" ? "good" : "plain",
        title: `${handedOverTitle(view.keeper, outcome)}.`,
        detail: handedOverWords(view.keeper, outcome, Date.now()).proof,
        ...(outcome.state === "file" ? { action: { label: "Show", run: () => this.show(view) } } : {}),
        deed: `push ${view.keeper.id}`,
      });
    }
    if (!isUnderWay(view) && !isShown) {
      const isFailed = view.progress.state === "failed" || view.progress.state === "timed_out";
      if (isFailed && !this.isTold(view.reconnects)) {
        this.notices.show({
          tone: "bad",
          title: `The sign-in to ${view.provider_name} did not work.`,
          action: { label: "Show", run: () => this.show(view) },
          deed: `sign in ${view.provider_name}`,
        });
      }
      this.byId.delete(view.id);
    }
  }

  #connected(view: SignInView, connectionId: string, isShown: boolean): void {
    void this.connections.reload();
    this.notices.settle(`sign in ${view.provider_name}`);
    this.connections.outcomes.delete(connectionId);
    if (view.reconnects === null) return;
    const name = this.connections.row(view.reconnects)?.name ?? view.provider_name;
    const isSame = connectionId === view.reconnects;
    if (!isSame || !this.isTold(view.reconnects))
      this.notices.show({
        tone: "good",
        title: isSame ? `${name} is back.` : `${name} is kept, and the new sign-in stands beside it.`,
        detail: isSame ? "Same connection, same dependants." : "",
      });
    if (isShown) this.shownId = null;
    this.byId.delete(view.id);
  }

  /** An answer may be older than what was told meanwhile, or know what was told before anybody listened: the further one holds. */
  #catchUp(view: SignInView): void {
    const known = this.byId.get(view.id);
    if (known === undefined) this.#take(view);
    else if (stageOf(view) > stageOf(known)) this.#changed(view);
  }

  #take(view: SignInView): void {
    this.byId.set(view.id, view);
  }
}

/** How far it is; what is over is furthest. */
function stageOf(view: SignInView): number {
  const at = OPEN_STATES.findIndex((state) => state === view.progress.state);
  return at < 0 ? OPEN_STATES.length : at;
}

export function isUnderWay(view: SignInView): boolean {
  return OPEN_STATES.some((state) => state === view.progress.state);
}
