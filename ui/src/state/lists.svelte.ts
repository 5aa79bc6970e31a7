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
  readonly #check: Reload;

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
  ) {
    this.#events = new Reload(() =>
      this.#take("events", async () => {
        this.events = await this.backend.call("list_events", {});
      }),
    );
    this.#check = new Reload(async () => {
      this.isChecking = true;
      await this.#take("check", async () => {
        this.selfCheck = await this.backend.call("self_check", {});
        // It reads the person's own provider files anew.
        this.providers = await this.backend.call("list_providers", {});
      });
      this.isChecking = false;
    });
  }

  /** Of an issuer that is in no list, its address. */
  providerName(id: string): string {
    const known = this.providers?.find((one) => one.id === id)?.name;
    return known ?? id.replace(/^https?:\/\//, "");
  }

  async loadProviders(): Promise<void> {
    await this.#take("providers", async () => {
      this.providers = await this.backend.call("list_providers", {});
    });
  }

  async loadClients(): Promise<void> {
    await this.#take("clients", async () => {
      const [clients] = await Promise.all([this.backend.call("list_clients", {}), this.loadProviders()]);
      this.clients = clients;
    });
  }

  async loadEvents(): Promise<void> {
    await this.#events.request();
  }

  async check(): Promise<void> {
    await this.#check.request();
  }

  async #take(deed: string, load: () => Promise<void>): Promise<void> {
    try {
      await load();
      this.notices.settle(deed);
    } catch (error) {
      this.notices.failed(error, {}, deed);
    }
  }
}
