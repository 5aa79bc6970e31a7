/** Receivers, of alerts or of events, as the engine last said: read again while somebody looks, added, tested, switched, removed [F4, F5]. */

import { SvelteSet } from "svelte/reactivity";
import { type Backend, BackendError } from "../backend/backend";
import type { Subject } from "../words/errors";
import type { NewNotice, Notices } from "./notices.svelte";
import { Reload } from "./reload";
import type { SigningSecret } from "./signing_secret.svelte";

export interface Receiver<Kind> {
  id: string;
  name: string;
  kind: Kind;
}

export abstract class Receivers<Kind, One extends Receiver<Kind>, View> {
  view = $state.raw<View | null>(null);
  /** Why it could not be read last. */
  error = $state.raw<BackendError | null>(null);
  /** A change is on its way. */
  isBusy = $state(false);
  /** How often a change failed: a switch that was clicked then stands again as it is. */
  failures = $state(0);
  /** Those that a test is on its way to. */
  readonly testing = new SvelteSet<string>();
  isAdding = $state(false);
  /** The one that is to go. */
  removing = $state.raw<One | null>(null);
  /** Why that one is still there. */
  notRemoved = $state.raw<BackendError | null>(null);

  readonly #reload = new Reload(() => this.#load());

  protected constructor(
    protected readonly backend: Backend,
    protected readonly notices: Notices,
    private readonly signingSecret: SigningSecret,
    private readonly subject: Subject,
  ) {}

  /** Hears of changes, as long as somebody looks; answers what ends it. */
  abstract watch(): () => void;
  protected abstract read(): Promise<void>;
  protected abstract sendRemoval(id: string): Promise<View>;
  /** Sends a test, and says what the receiver did. */
  protected abstract sendTest(one: Receiver<Kind>): Promise<NewNotice>;

  async load(): Promise<void> {
    await this.#reload.request();
  }

  async remove({ id }: One): Promise<void> {
    if (this.isBusy) return;
    this.notRemoved = null;
    const error = await this.#change(() => this.sendRemoval(id));
    if (error !== null) {
      this.notRemoved = error;
      return;
    }
    // What was said of it is past.
    this.notices.settle(this.#deedOf(id));
    this.removing = null;
    await this.load();
  }

  keep(): void {
    this.removing = this.notRemoved = null;
  }

  async test(one: Receiver<Kind>): Promise<void> {
    const { id } = one;
    if (this.testing.has(id)) return;
    this.testing.add(id);
    const deed = this.#deedOf(id);
    try {
      this.notices.show({ ...(await this.sendTest(one)), deed });
    } catch (error) {
      this.notices.failed(error, { try_again: () => void this.test(one) }, deed, this.subject);
    } finally {
      this.testing.delete(id);
      await this.load();
    }
  }

  /** Null when it was added; a secret that was made for it goes to its receiver first. */
  protected async added(
    add: () => Promise<{ id: string; has_made_secret: boolean; view: View }>,
    told: (view: View, id: string) => { one: Receiver<Kind>; title: string },
  ): Promise<BackendError | null> {
    try {
      const { id, has_made_secret: hasMade, view } = await add();
      this.view = view;
      const { one, title } = told(view, id);
      if (hasMade) this.signingSecret.made(id, one.name);
      else
        this.notices.show({
          tone: "plain",
          title,
          // Kept for the session: it holds nothing of the form that was sent.
          action: { label: "Test it", run: () => void this.test(one) },
          deed: this.subject,
        });
      void this.load();
      return null;
    } catch (error) {
      return BackendError.of(error);
    }
  }

  /** A switch on the page, which stands again as it was where that failed. */
  protected async switched(change: () => Promise<View>): Promise<void> {
    if (this.isBusy) return;
    const error = await this.#change(change);
    if (error === null) return;
    this.failures += 1;
    this.notices.failed(error, {}, this.subject, this.subject);
  }

  async #change(change: () => Promise<View>): Promise<BackendError | null> {
    this.isBusy = true;
    try {
      this.view = await change();
      this.notices.settle(this.subject);
      return null;
    } catch (error) {
      return BackendError.of(error);
    } finally {
      this.isBusy = false;
    }
  }

  #deedOf(id: string): string {
    return `${this.subject} ${id}`;
  }

  async #load(): Promise<void> {
    try {
      await this.read();
      this.error = null;
    } catch (error) {
      this.error = BackendError.of(error);
    }
  }
}
