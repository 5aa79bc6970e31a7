/** The lists that screens read whole: providers, clients, events, the self-check. */

import type { Backend, ClientView, EventView, ProviderView, SelfCheckView } from "../backend/backend";
import type { Notices } from "./notices.svelte";
import { Reload } from "./reload";

export class Lists {
  providers = $state.raw<ProviderView[] | null>(null);
  clients = $state.raw<ClientView[] | null>(null);
  events = $state.raw<EventView[] | null>(null);
  selfCheck = $state.raw<SelfCheckView[] | null>(null);
  isChecking = $state(false);

  readonly #events: Reload;

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
  ) {
    this.#events = new Reload(() =>
      this.#take(async () => {
        this.events = await this.backend.call("list_events", {});
      }),
    );
  }

  async loadProviders(): Promise<void> {
    await this.#take(async () => {
      this.providers = await this.backend.call("list_providers", {});
    });
  }

  async loadClients(): Promise<void> {
    await this.#take(async () => {
      const [clients] = await Promise.all([this.backend.call("list_clients", {}), this.loadProviders()]);
      this.clients = clients;
    });
  }

  async loadEvents(): Promise<void> {
    await this.#events.request();
  }

  async check(): Promise<void> {
    this.isChecking = true;
    await this.#take(async () => {
      this.selfCheck = await this.backend.call("self_check", {});
    });
    this.isChecking = false;
  }

  async #take(load: () => Promise<void>): Promise<void> {
    try {
      await load();
    } catch (error) {
      this.notices.failed(error);
    }
  }
}
