/** What a person has filled in to connect. Never the client secret: that stays in its field until it is sent. */

import type {
  Backend,
  BackendError,
  ClientGuideView,
  ConnectForm,
  ConnectPlanView,
  EnvironmentView,
} from "../backend/backend";
import { BackendError as Failure } from "../backend/backend";

/** The choice "a new client" in the list of clients. */
export const NEW_CLIENT = "new";

export class ConnectDraft {
  provider = $state<string | null>(null);
  plan = $state.raw<ConnectPlanView | null>(null);
  /** How to register a client there, once it was read. */
  guide = $state.raw<ClientGuideView | null>(null);
  isPlanning = $state(false);
  failure = $state.raw<BackendError | null>(null);

  client = $state(NEW_CLIENT);
  clientId = $state("");
  /** Whether the secret's field holds anything; not what. */
  hasSecret = $state(false);
  ticked = $state<boolean[]>([]);
  extraScopes = $state("");
  name = $state("");
  customer = $state("");
  environment = $state<EnvironmentView>("production");

  readonly chosenClient = $derived(this.plan?.clients.find((one) => one.id === this.client) ?? null);
  readonly isNewClient = $derived(
    this.plan !== null && this.plan.client_secret !== "built_in" && this.chosenClient === null,
  );
  /** What is still missing, in words; null when the browser may open. */
  readonly missing = $derived.by(() => {
    if (this.plan === null) return "Choose a provider.";
    if (this.isNewClient && this.clientId.trim() === "" && !this.plan.registers_itself)
      return "The client id is missing.";
    if (
      this.isNewClient &&
      this.plan.client_secret === "required" &&
      !this.hasSecret &&
      !this.plan.registers_itself
    )
      return "The client secret is missing.";
    if (this.plan.port_taken_by !== null) return "The port of the redirect URI is taken.";
    return null;
  });

  constructor(private readonly backend: Backend) {}

  async choose(provider: string): Promise<void> {
    this.provider = provider;
    this.plan = null;
    this.guide = null;
    this.failure = null;
    this.isPlanning = true;
    try {
      const plan = await this.backend.call("plan_connect", { provider });
      if (this.provider !== provider) return;
      this.plan = plan;
      this.ticked = plan.scope_choices.map((choice) => choice.is_always || choice.is_preselected);
      this.extraScopes = "";
      this.clientId = "";
      this.hasSecret = false;
      this.takeClient(plan.clients[0]?.id ?? NEW_CLIENT);
    } catch (error) {
      if (this.provider !== provider) return;
      this.failure = error instanceof Failure ? error : new Failure("unexpected", String(error));
      this.provider = null;
    } finally {
      this.isPlanning = false;
    }
  }

  /** Asked for when a person wants to know. */
  async readGuide(): Promise<void> {
    const provider = this.provider;
    if (provider === null || this.guide !== null) return;
    try {
      const guide = await this.backend.call("client_guide", { provider, variables: [] });
      if (this.provider === provider) this.guide = guide;
    } catch (error) {
      this.failure = error instanceof Failure ? error : new Failure("unexpected", String(error));
    }
  }

  /** A client belongs to one environment, and its connections with it [A9]. */
  takeClient(id: string): void {
    this.client = id;
    const client = this.chosenClient;
    if (client !== null) this.environment = client.environment;
  }

  clearProvider(): void {
    this.provider = null;
    this.plan = null;
  }

  /** The form as it is sent; the secret passes through and is not kept. */
  form(secret: string, usesDevice = false): ConnectForm {
    const plan = this.plan;
    const scopes = (plan?.scope_choices ?? []).flatMap((choice, index) =>
      this.ticked[index] === true ? choice.scopes : [],
    );
    const extra = this.extraScopes.split(/[\s,]+/).filter((scope) => scope !== "");
    return {
      provider: this.provider ?? "",
      client: this.chosenClient?.id ?? null,
      client_id: this.isNewClient ? this.clientId.trim() || null : null,
      client_secret: this.isNewClient && secret !== "" ? secret : null,
      scopes: [...scopes, ...extra].filter((scope, index, all) => all.indexOf(scope) === index),
      name: this.name.trim() || null,
      customer: this.customer.trim() || null,
      environment: this.environment,
      uses_device: usesDevice,
    };
  }
}
