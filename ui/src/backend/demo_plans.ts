/** Which connections the demo invents: fourteen told one by one, the rest by rule. */

import type { CauseView, ConnectionRowView, LampView, StatusReasonView } from "./bindings";
import { demoProviders } from "./demo_providers";
import { DAY, HOUR, MINUTE } from "./demo_times";

export interface Plan {
  name: string;
  provider: string;
  account: string;
  workspace?: string;
  customer: string | null;
  lamp: LampView;
  reason: (now: number) => StatusReasonView;
  dependants?: number;
  scopes?: [granted: number, missing: number];
  environment?: ConnectionRowView["environment"];
  isStale?: boolean;
  isPractice?: boolean;
}

const kept = (): StatusReasonView => ({ kind: "kept_alive" });
export const revoked: CauseView = {
  cause: "grant_revoked",
  action: "reconnect",
  provider_code: "invalid_grant",
  http_status: 400,
};
export const outage: CauseView = {
  cause: "provider_outage",
  action: "wait_and_retry",
  provider_code: null,
  http_status: 503,
};

export const plans: Plan[] = [
  {
    name: "Gmail",
    provider: "google",
    account: "mira@fjordstudio.example",
    customer: "Fjordstudio",
    lamp: "reauth_required",
    reason: () => ({ kind: "grant_ended", cause: revoked }),
    dependants: 7,
  },
  {
    name: "Google Drive",
    provider: "google",
    account: "ops@haldenoptik.example",
    customer: "Halden Optik",
    lamp: "expiring",
    reason: (now) => ({ kind: "grant_ends", at: now + 2 * DAY + 6 * HOUR }),
    dependants: 2,
    scopes: [3, 1],
  },
  {
    name: "Slack",
    provider: "slack",
    account: "fjordstudio.slack.example",
    customer: "Fjordstudio",
    lamp: "active",
    reason: () => ({ kind: "never_expires" }),
  },
  {
    name: "Salesforce",
    provider: "salesforce",
    account: "integration@nordlys-travel.example",
    workspace: "Nordlys Travel",
    customer: "Nordlys Travel",
    lamp: "expiring",
    reason: (now) => ({ kind: "outcome_unknown", usable_until: now + 22 * MINUTE }),
    dependants: 1,
  },
  {
    name: "Outlook",
    provider: "microsoft",
    account: "frontdesk@brightwater.example",
    customer: "Brightwater Dental",
    lamp: "expiring",
    reason: (now) => ({
      kind: "refresh_failing",
      cause: outage,
      failure_count: 3,
      is_repeated: false,
      usable_until: now + 38 * MINUTE,
      retry_at: now + 4 * MINUTE,
    }),
    dependants: 3,
  },
  {
    name: "Airtable",
    provider: "airtable",
    account: "recalls@brightwater.example",
    workspace: "Recalls 2026",
    customer: "Brightwater Dental",
    lamp: "active",
    reason: kept,
    dependants: 1,
  },
  {
    name: "Google Calendar",
    provider: "google",
    account: "frontdesk-and-reception@brightwater.example",
    customer: "Brightwater Dental",
    lamp: "active",
    reason: kept,
    dependants: 1,
  },
  {
    name: "Notion",
    provider: "notion",
    account: "mira@fjordstudio.example",
    workspace: "Fjordstudio HQ",
    customer: "Fjordstudio",
    lamp: "active",
    reason: () => ({ kind: "no_end_known" }),
    dependants: 4,
  },
  {
    name: "GitHub",
    provider: "github",
    account: "fjordstudio-bot",
    customer: "Fjordstudio",
    lamp: "active",
    reason: (now) => ({ kind: "holds_until", at: now + 41 * DAY }),
    environment: "staging",
    isStale: true,
  },
  {
    name: "Microsoft Teams",
    provider: "microsoft",
    account: "ops@haldenoptik.example",
    workspace: "haldenoptik.example",
    customer: "Halden Optik",
    lamp: "expiring",
    reason: (now) => ({ kind: "no_refresh_token", at: now + 41 * MINUTE }),
    dependants: 2,
  },
  {
    name: "Airtable",
    provider: "airtable",
    account: "ops@haldenoptik.example",
    customer: "Halden Optik",
    lamp: "unproved",
    reason: () => ({ kind: "never_proved" }),
    environment: "sandbox",
  },
  {
    name: "Slack",
    provider: "slack",
    account: "nordlys.slack.example",
    customer: "Nordlys Travel",
    lamp: "active",
    reason: () => ({ kind: "never_expires" }),
    dependants: 1,
  },
  {
    name: "Practice",
    provider: "practice",
    account: "robin@practice.example",
    customer: null,
    lamp: "active",
    reason: kept,
    isPractice: true,
  },
  {
    name: "GitHub",
    provider: "github",
    account: "old-bot",
    customer: "Nordlys Travel",
    lamp: "disconnected",
    reason: () => ({ kind: "disconnected_by_person" }),
  },
];

const customers = [
  "Fjordstudio",
  "Nordlys Travel",
  "Halden Optik",
  "Brightwater Dental",
  "Ostkreuz Bikes",
  "Kaffeerösterei Linde",
  "Maison Perrault",
  "Tern & Gull",
];

const inventedNames: Record<string, string[]> = {
  google: ["Gmail", "Google Drive", "Google Calendar", "Google Sheets"],
  microsoft: ["Outlook", "Microsoft Teams", "OneDrive"],
};

export function invented(index: number): Plan {
  const provider = demoProviders[index % demoProviders.length] ?? { id: "google", name: "Google", also: [] };
  const round = Math.floor(index / customers.length);
  const names = inventedNames[provider.id] ?? [provider.name];
  const customer = customers[index % customers.length] ?? "Fjordstudio";
  const host = customer.toLowerCase().replace(/[^a-z]+/g, "");
  return {
    name: names[round % names.length] ?? provider.name,
    provider: provider.id,
    account: `${["ops", "mira", "automation", "frontdesk", "billing.and.accounts"][index % 5] ?? "ops"}${round > 4 ? `+${round}` : ""}@${host}.example`,
    customer,
    lamp:
      index % 97 === 0
        ? "reauth_required"
        : index % 61 === 0
          ? "expiring"
          : index % 23 === 0
            ? "unproved"
            : "active",
    reason:
      index % 97 === 0
        ? () => ({
            kind: "grant_ended",
            cause: {
              cause: "grant_invalid",
              action: "reconnect",
              provider_code: "invalid_grant",
              http_status: 400,
            },
          })
        : index % 61 === 0
          ? (now) => ({ kind: "grant_ends", at: now + (index % 7) * DAY + 3 * HOUR })
          : index % 23 === 0
            ? () => ({ kind: "never_proved" })
            : kept,
    dependants: index % 4,
  };
}
