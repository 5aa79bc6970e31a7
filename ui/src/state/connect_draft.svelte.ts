/** What a person has filled in to connect. Never the client secret: that stays in its field until it is sent. */

import type {
  Backend,
  BackendError,
  ClientGuideView,
  ConnectForm,
  ConnectPlanView,
  EnvironmentView,
  VariableValue,
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
  /** Values of the provider's variables, by name. */
  values = $state<Record<string, string>>({});
  resource = $state("");
  dpop = $state(false);

  readonly chosenClient = $derived(this.plan?.clients.find((one) => one.id === this.client) ?? null);
  readonly isNewClient = $derived(
    this.plan !== null && this.plan.client_secret !== "built_in" && this.chosenClient === null,
  );
  /** What is ticked or typed, each once. */
  readonly scopes = $derived.by(() => {
    const ticked = (this.plan?.scope_choices ?? []).flatMap((choice, index) =>
      this.ticked[index] === true ? choice.scopes : [],
    );
    const extra = this.extraScopes.split(/[\s,]+/).filter((scope) => scope !== "");
    return [...ticked, ...extra].filter((scope, index, all) => all.indexOf(scope) === index);
  });
  /** As they are pasted at the provider. */
  readonly scopesText = $derived(this.scopes.join(this.plan?.scope_separator ?? " "));
  /** What the provider calls the two. */
  readonly clientIdName = $derived(this.plan?.client_id_name ?? "Client id");
  readonly clientSecretName = $derived(this.plan?.client_secret_name ?? "Client secret");
  /** What is still missing, in words; null when the browser may open. */
  readonly missing = $derived.by(() => {
    if (this.plan === null) return "Choose a provider.";
    if (this.isNewClient && this.clientId.trim() === "" && !this.plan.registers_itself)
      return `The ${midSentence(this.clientIdName)} is missing.`;
    if (
      this.isNewClient &&
      this.plan.client_secret === "required" &&
      !this.hasSecret &&
      !this.plan.registers_itself
    )
      return `The ${midSentence(this.clientSecretName)} is missing.`;
    const lacking = this.plan.variables.find(
      (one) => this.isNewClient && (this.values[one.name] ?? "").trim() === "",
    );
    if (lacking !== undefined) return `${lacking.asks} is missing.`;
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
      this.resource = "";
      this.dpop = plan.dpop === "required";
      this.values = Object.fromEntries(plan.variables.map((one) => [one.name, one.value ?? ""]));
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
      const guide = await this.backend.call("client_guide", { provider, variables: this.#said() });
      if (this.provider === provider) this.guide = guide;
    } catch (error) {
      this.failure = error instanceof Failure ? error : new Failure("unexpected", String(error));
    }
  }

  /** The values that were said; those of an address change the guide. */
  #said(): VariableValue[] {
    return Object.entries(this.values)
      .filter(([, value]) => value.trim() !== "")
      .map(([name, value]) => ({ name, value: value.trim() }));
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
    return {
      provider: this.provider ?? "",
      client: this.chosenClient?.id ?? null,
      client_id: this.isNewClient ? this.clientId.trim() || null : null,
      client_secret: this.isNewClient && secret !== "" ? secret : null,
      scopes: [...this.scopes],
      name: this.name.trim() || null,
      customer: this.customer.trim() || null,
      environment: this.environment,
      uses_device: usesDevice,
      variables: this.#said(),
      resource: this.resource.trim() || null,
      dpop: this.dpop,
    };
  }
}

/** "Client id" within a sentence; "API key" and "OAuth client ID" as they are. */
function midSentence(name: string): string {
  return /^[A-Z][a-z]/.test(name) ? name.charAt(0).toLowerCase() + name.slice(1) : name;
}
