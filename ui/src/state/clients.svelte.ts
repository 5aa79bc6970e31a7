/** The clients' own dialogs: which is open, and what was read of it. Never a secret. */

import type {
  Backend,
  ClientDetailView,
  ClientFileView,
  ClientGuideView,
  EnvironmentView,
  NewClientForm,
  RedirectRefusedView,
  VariableValue,
} from "../backend/backend";
import { retirementWords } from "../words/registration";
import type { Lists } from "./lists.svelte";
import { shortName } from "../words/numbers";
import type { Notices } from "./notices.svelte";
import type { Undo } from "./undo.svelte";

export class Clients {
  /** The client whose dialog is open. */
  open = $state<string | null>(null);
  isAdding = $state(false);
  detail = $state.raw<ClientDetailView | null>(null);
  isChecking = $state(false);

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
    private readonly lists: Lists,
    private readonly undo: Undo,
  ) {}

  async show(id: string): Promise<void> {
    this.open = id;
    if (this.detail?.client.id !== id) this.detail = null;
    const detail = await this.#try(() => this.backend.call("client", { id }));
    if (detail !== null && this.open === id) this.detail = detail;
    if (detail === null) this.open = null;
  }

  close(): void {
    this.open = null;
    this.detail = null;
  }

  async guide(provider: string, variables: VariableValue[]): Promise<ClientGuideView> {
    return await this.backend.call("client_guide", { provider, variables });
  }

  /** Asks in the system's own dialog; the path is all that comes back. */
  async chooseFile(): Promise<string | null> {
    return await this.backend.call("choose_client_file", {});
  }

  /** What the file at this path holds; its secret is not told. */
  async preview(provider: string, path: string): Promise<ClientFileView> {
    return await this.backend.call("preview_client_file", { provider, path });
  }

  /** Takes what is dropped onto the window, until the answer is called. */
  async listenForFiles(take: (path: string) => void): Promise<() => void> {
    return this.backend.listen("file_dropped", take);
  }

  async add(form: NewClientForm): Promise<string> {
    const client = await this.backend.call("add_client", { form });
    await this.lists.loadClients();
    return client.id;
  }

  async check(id: string): Promise<void> {
    this.isChecking = true;
    const check = await this.#try(() => this.backend.call("check_client", { id }));
    if (check !== null && this.detail?.client.id === id) this.detail = { ...this.detail, check };
    this.isChecking = false;
  }

  async rename(id: string, name: string): Promise<void> {
    const before = this.detail?.client.id === id ? this.detail.client.name : null;
    const isDone = await this.#change(id, () => this.backend.call("rename_client", { id, name }));
    if (isDone && before !== null && before !== name)
      this.undo.offer({
        title: `${shortName(before)} is called ${shortName(name)}.`,
        run: () => this.#nameBack(id, before),
      });
  }

  /** Without opening its dialog again. */
  async #nameBack(id: string, name: string): Promise<boolean> {
    const isDone =
      (await this.#try(async () => {
        await this.backend.call("rename_client", { id, name });
        return true;
      })) === true;
    await Promise.all([this.open === id ? this.show(id) : null, this.lists.loadClients()]);
    return isDone;
  }

  async move(id: string, environment: EnvironmentView): Promise<void> {
    await this.#change(id, () => this.backend.call("set_client_environment", { id, environment }));
  }

  /** Null when it was taken; else why not. Rejects where it could not be asked. */
  async setRedirect(id: string, redirectUri: string | null): Promise<RedirectRefusedView | null> {
    const refused = await this.backend.call("set_client_redirect", { id, redirect_uri: redirectUri });
    if (refused === null) await Promise.all([this.show(id), this.lists.loadClients()]);
    return refused;
  }

  /** Removes it, unless Patchbay registered it and the server could not be asked: then what is so is shown. */
  async remove(id: string, mayBeLeftThere: boolean): Promise<void> {
    const removed = await this.#try(() =>
      this.backend.call("remove_client", { id, may_be_left_there: mayBeLeftThere }),
    );
    if (removed === null) return;
    const client = this.lists.clients?.find((one) => one.id === id);
    const server = this.lists.providerName(client?.provider_id ?? "");
    const detail = retirementWords(removed.registration, server);
    const isKept = removed.registration.state === "kept";
    if (detail !== null) {
      const title = `${client?.name ?? "The client"} is ${isKept ? "not removed yet" : "removed"}.`;
      this.notices.show({ tone: isKept ? "bad" : "plain", title, detail, deed: `remove ${id}` });
    }
    if (isKept) await this.show(id);
    else this.close();
    await this.lists.loadClients();
  }

  /** Stores the new secret and tries it. */
  async stage(id: string, secret: string): Promise<void> {
    await this.#change(id, () => this.backend.call("stage_client_secret", { id, client_secret: secret }));
  }

  async switch(id: string, evenUntested: boolean): Promise<void> {
    await this.#change(id, () =>
      this.backend.call("switch_client_secret", { id, even_untested: evenUntested }),
    );
  }

  async verify(id: string, mayRotate: boolean): Promise<void> {
    await this.#change(id, () => this.backend.call("verify_client_secret", { id, may_rotate: mayRotate }));
  }

  async finish(id: string): Promise<void> {
    await this.#change(id, () => this.backend.call("finish_rotation", { id }));
  }

  async cancel(id: string): Promise<void> {
    await this.#change(id, () => this.backend.call("cancel_rotation", { id }));
  }

  async #change(id: string, act: () => Promise<unknown>): Promise<boolean> {
    const isDone =
      (await this.#try(async () => {
        await act();
        return true;
      })) === true;
    await Promise.all([this.show(id), this.lists.loadClients()]);
    return isDone;
  }

  async #try<T>(act: () => Promise<T>): Promise<T | null> {
    try {
      return await act();
    } catch (error) {
      this.notices.failed(error);
      return null;
    }
  }
}
