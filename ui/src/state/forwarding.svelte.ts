/** Destinations that events are forwarded to, and how far each is [F5]. */

import {
  type Backend,
  type BackendError,
  type DestinationKindView,
  type EventDestinationView,
  type ForwardingView,
  type NewDestinationForm,
} from "../backend/backend";
import { complaintAdvice, complaintWords, destinationKinds } from "../words/forwarding";
import { shortName, upperFirst } from "../words/numbers";
import type { NewNotice, Notices } from "./notices.svelte";
import { type Receiver, Receivers } from "./receivers.svelte";
import type { SigningSecret } from "./signing_secret.svelte";

/** A cursor moves without a word; who looks at it sees it move. */
const LOOK_EVERY_MS = 3_000;

export class Forwarding extends Receivers<DestinationKindView, EventDestinationView, ForwardingView> {
  constructor(backend: Backend, notices: Notices, signingSecret: SigningSecret) {
    super(backend, notices, signingSecret, "destination");
  }

  watch(): () => void {
    const again = (): void => void this.load();
    const heard = this.backend.listen("connection_changed", again);
    // A window in the tray is looked at by nobody.
    const timer = setInterval(() => {
      if (!document.hidden) again();
    }, LOOK_EVERY_MS);
    again();
    return () => {
      clearInterval(timer);
      void heard.then((end) => end());
    };
  }

  /** Null when it is added, otherwise why it is not. */
  async add(form: NewDestinationForm): Promise<BackendError | null> {
    const { kind } = form.target;
    return this.added(
      async () => {
        const { forwarding: view, ...rest } = await this.backend.call("add_event_destination", { form });
        return { ...rest, view };
      },
      ({ destinations }, id) => {
        const name = destinations.find((one) => one.id === id)?.name ?? destinationKinds[kind].name;
        return { one: { id, name, kind }, title: `Events go to ${shortName(name)}.` };
      },
    );
  }

  /** Null where the person chose none; rejects with why nobody could be asked. */
  async chooseFolder(): Promise<string | null> {
    return this.backend.call("choose_event_folder", {});
  }

  async setOn(id: string, on: boolean): Promise<void> {
    await this.switched(() => this.backend.call("set_event_destination_on", { id, on }));
  }

  protected async sendRemoval(id: string): Promise<ForwardingView> {
    return this.backend.call("remove_event_destination", { id });
  }

  /** What is sent is no event. */
  protected async sendTest({ id, name, kind }: Receiver<DestinationKindView>): Promise<NewNotice> {
    const tried = await this.backend.call("test_event_destination", { id });
    if (tried.state === "taken")
      return {
        tone: "good",
        title:
          kind === "file" ? `${shortName(name)} can be written to.` : `${shortName(name)} took the trial.`,
        detail: tried.words === null ? "" : `It says: ${tried.words}`,
      };
    const { complaint } = tried;
    return {
      tone: "bad",
      title: `${shortName(name)} did not take the trial.`,
      detail: `${upperFirst(complaintWords(complaint, kind))}. ${complaintAdvice(complaint)}`.trim(),
    };
  }

  protected async read(): Promise<void> {
    this.view = await this.backend.call("forwarding", {});
  }
}
