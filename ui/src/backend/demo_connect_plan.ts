/** What Connect is told about a provider of the demo [A2]. */

import { BackendError } from "./backend";
import type { ConnectPlanView, VariableView } from "./bindings";
import { demoClients, demoProviders, googleScopes } from "./demo_providers";

export function demoConnectPlan(provider: string): ConnectPlanView {
  const known = demoProviders.find((one) => one.id === provider);
  if (known === undefined && !provider.startsWith("https://"))
    throw new BackendError("provider_unknown", `No provider “${provider}”.`);
  if (known === undefined && provider.includes("broken"))
    throw new BackendError("discovery_refused", "The document names another issuer.");
  const host = known?.authorization_host ?? new URL(provider).host;
  return {
    provider_id: known?.id ?? "issuer",
    provider_name: known?.name ?? (provider.endsWith("/mcp") ? `login.${host}` : host),
    provider_tag: known?.tag ?? "Id",
    issuer: known === undefined ? provider : null,
    authorization_host: host,
    redirect_uri:
      provider === "slack"
        ? "http://localhost:43117/callback"
        : provider === "google" || provider === "microsoft"
          ? "http://127.0.0.1/callback"
          : "http://127.0.0.1:43117/callback",
    is_any_port: provider === "google" || provider === "microsoft",
    has_redirect_to_register: provider !== "google",
    client_id_name: null,
    client_secret_name: null,
    variables: demoVariables(provider),
    dpop: known === undefined ? "offered" : "not_offered",
    scope_separator: " ",
    port_taken_by: null,
    client_secret: provider === "microsoft" || known === undefined ? "optional" : "required",
    has_console: known !== undefined,
    has_no_scopes: provider === "notion",
    scope_choices:
      provider === "notion"
        ? []
        : googleScopes.map((scope, index) => ({
            allows: scope.allows ?? scope.scope,
            scopes: scope.scope.split(" "),
            is_preselected: index < 3,
            is_always: index === 0,
          })),
    clients: demoClients.filter((client) => client.provider_id === provider),
    mcp_server: provider.endsWith("/mcp") ? { name: "Team notes", host, resource: provider } : null,
    registers_itself: provider.endsWith("/mcp"),
    offers_device: provider === "google" || provider === "microsoft",
    budget: demoClients
      .filter((client) => client.provider_id === provider)
      .map((client) => ({
        client: client.id,
        limit: provider === "google" ? 100 : 1,
        per: "account_and_client",
        excess: provider === "google" ? "oldest_ends" : "all_others_end",
        shares: [
          {
            account: "mira@fjordstudio.example",
            connections: ["Gmail"],
            left_count: 0,
            is_spent: provider !== "google",
          },
        ],
      })),
  };
}

/** One provider of the demo has addresses that a person's own name makes whole. */
export function demoVariables(provider: string): VariableView[] {
  return provider === "salesforce"
    ? [{ name: "domain", asks: "Your domain", example: "my-company", value: null }]
    : [];
}
