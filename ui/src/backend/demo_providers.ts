/** Invented providers, their scopes and clients, and what Connect would ask for each. */

import type { ClientView, ProviderView, ScopeView } from "./bindings";

export const demoProviders: ProviderView[] = [
  {
    id: "google",
    name: "Google",
    tag: "Go",
    also: ["Gmail", "Drive", "Calendar", "Sheets"],
    authorization_host: "accounts.google.com",
  },
  {
    id: "notion",
    name: "Notion",
    tag: "No",
    also: ["workspace", "pages"],
    authorization_host: "api.notion.com",
  },
  { id: "airtable", name: "Airtable", tag: "At", also: ["bases"], authorization_host: "airtable.com" },
  { id: "slack", name: "Slack", tag: "Sl", also: ["messages", "channels"], authorization_host: "slack.com" },
  {
    id: "github",
    name: "GitHub",
    tag: "Gh",
    also: ["repositories", "Actions"],
    authorization_host: "github.com",
  },
  {
    id: "microsoft",
    name: "Microsoft",
    tag: "Ms",
    also: ["Outlook", "Teams", "OneDrive", "Entra"],
    authorization_host: "login.microsoftonline.com",
  },
  {
    id: "salesforce",
    name: "Salesforce",
    tag: "Sf",
    also: ["CRM"],
    authorization_host: "login.salesforce.com",
  },
];

export const googleScopes: ScopeView[] = [
  {
    scope: "openid email",
    allows: "Know who signed in",
    required_by: [],
    is_requested: true,
    is_granted: true,
  },
  {
    scope: "https://www.googleapis.com/auth/drive.readonly",
    allows: "Read files",
    required_by: ["Read files"],
    is_requested: true,
    is_granted: true,
  },
  {
    scope: "https://www.googleapis.com/auth/drive.file",
    allows: "Write its own files",
    required_by: ["Write its own files"],
    is_requested: true,
    is_granted: true,
  },
  {
    scope: "https://www.googleapis.com/auth/spreadsheets",
    allows: "Write a spreadsheet",
    required_by: ["Write a spreadsheet"],
    is_requested: true,
    is_granted: true,
  },
];

export const demoClients: ClientView[] = [
  {
    id: "cli_fjord",
    provider_id: "google",
    name: "Fjordstudio automations",
    client_id: "482911-k2m8.apps.googleusercontent.com",
    has_secret: true,
    secret_ends_at: null,
    environment: "production",
    redirect_uri: null,
    connection_count: 3,
  },
  {
    id: "cli_fjord_test",
    provider_id: "google",
    name: "Fjordstudio tests",
    client_id: "482911-t7q1.apps.googleusercontent.com",
    has_secret: true,
    secret_ends_at: null,
    environment: "staging",
    redirect_uri: null,
    connection_count: 0,
  },
  {
    id: "cli_slack",
    provider_id: "slack",
    name: "Fjordstudio on Slack",
    client_id: "9183.5521",
    has_secret: true,
    secret_ends_at: null,
    environment: "production",
    redirect_uri: null,
    connection_count: 2,
  },
];
