/** Invented connections for a plain browser and for component tests: 0, 3, 30 or 3,000 of them. */

import type {
  CauseView,
  ConnectionRowView,
  ConnectionView,
  DependantView,
  EventView,
  LampView,
  ProviderView,
  ScopeView,
  StatusReasonView,
  TokenVersionView,
} from "./bindings";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

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

interface Plan {
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
const outage: CauseView = {
  cause: "provider_outage",
  action: "wait_and_retry",
  provider_code: null,
  http_status: 503,
};

const plans: Plan[] = [
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
    lamp: "reauth_required",
    reason: () => ({ kind: "outcome_unknown" }),
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
      usable_until: now + 38 * MINUTE,
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
    reason: kept,
    environment: "staging",
    isStale: true,
  },
  {
    name: "Microsoft Teams",
    provider: "microsoft",
    account: "ops@haldenoptik.example",
    workspace: "haldenoptik.example",
    customer: "Halden Optik",
    lamp: "active",
    reason: kept,
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

/** The rows, in the engine's order: what needs a person first, then by customer and name. */
export function demoConnections(count: number, now: number): ConnectionView[] {
  const three = [plans[0], plans[1], plans[2]].filter((plan) => plan !== undefined);
  const chosen = count <= 3 ? three.slice(0, count) : plans.slice(0, count);
  const all = chosen.map((plan, index) => demoConnection(plan, index, now));
  for (let index = all.length; index < count; index++) all.push(demoConnection(invented(index), index, now));
  return inOrder(all);
}

const rank: Record<LampView, number> = {
  reauth_required: 0,
  expiring: 1,
  unproved: 2,
  active: 2,
  disconnected: 3,
};

export function inOrder(views: ConnectionView[]): ConnectionView[] {
  return [...views].sort(
    (a, b) =>
      rank[a.row.status.lamp] - rank[b.row.status.lamp] ||
      (a.row.customer ?? "~").localeCompare(b.row.customer ?? "~") ||
      a.row.name.localeCompare(b.row.name) ||
      a.row.id.localeCompare(b.row.id),
  );
}

const inventedNames: Record<string, string[]> = {
  google: ["Gmail", "Google Drive", "Google Calendar", "Google Sheets"],
  microsoft: ["Outlook", "Microsoft Teams", "OneDrive"],
};

function invented(index: number): Plan {
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

/** Ten hex digits that look like a fingerprint and differ for each seed. */
export function fingerprint(seed: number): string {
  const mix = (value: number): number => {
    let mixed = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
  return (
    mix(seed + 1)
      .toString(16)
      .padStart(8, "0") +
    mix(seed + 7_919)
      .toString(16)
      .padStart(8, "0")
  ).slice(0, 10);
}

const workflows = [
  "Nightly invoices",
  "Recall letters",
  "Lead handover",
  "Price list upload",
  "Payment reminders",
  "Booking confirmations",
  "New patient pack",
];

function dependantsOf(count: number, seed: number, now: number): DependantView[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `dep_${seed}_${index}`,
    workflow: workflows[(seed + index) % workflows.length] ?? "Nightly invoices",
    place: index % 2 === 0 ? "token door" : "n8n",
    step: index % 3 === 2 ? null : `step ${index + 2}, list files`,
    owner: index % 2 === 0 ? "Mira" : "Jonas",
    provenance: index % 2 === 0 ? "token_door" : "by_hand",
    seen_at: now - (index + 1) * 5 * HOUR,
  }));
}

export const googleScopes: ScopeView[] = [
  { scope: "openid email", allows: "Know who signed in", is_requested: true, is_granted: true },
  {
    scope: "https://www.googleapis.com/auth/drive.readonly",
    allows: "Read files",
    is_requested: true,
    is_granted: true,
  },
  {
    scope: "https://www.googleapis.com/auth/drive.file",
    allows: "Write its own files",
    is_requested: true,
    is_granted: true,
  },
  {
    scope: "https://www.googleapis.com/auth/spreadsheets",
    allows: "Write a spreadsheet",
    is_requested: true,
    is_granted: true,
  },
];

function demoConnection(plan: Plan, index: number, now: number): ConnectionView {
  const known = demoProviders.find((provider) => provider.id === plan.provider);
  const provider = known ?? {
    id: "practice",
    name: "Practice provider",
    tag: "Pr",
    authorization_host: "127.0.0.1:43199",
  };
  const id = `con_${fingerprint(index).slice(0, 8)}`;
  const connectedAt = now - 4 * DAY - 18 * HOUR;
  const isDead = plan.lamp === "reauth_required";
  const reason = plan.reason(now);
  const missing = plan.scopes?.[1] ?? 0;
  const scopes = googleScopes.map((scope, at) => ({
    ...scope,
    is_granted: at < googleScopes.length - missing,
  }));
  const since = isDead ? now - 11 * MINUTE : now - 3 * DAY;
  const proofAge = plan.isStale === true ? 3.5 * HOUR : (2 + (index % 40)) * MINUTE;
  const expiry = plan.isPractice === true || !isDead ? now + 41 * MINUTE : now - 5 * MINUTE;
  const neverExpires = reason.kind === "never_expires";
  const cause = reason.kind === "grant_ended" ? reason.cause : null;
  const row: ConnectionRowView = {
    id,
    name: plan.name,
    provider_id: provider.id,
    provider_name: provider.name,
    provider_tag: tagOf(plan.name, provider.tag),
    account: plan.account,
    workspace: plan.workspace ?? null,
    customer: plan.customer,
    environment: plan.environment ?? "production",
    is_practice: plan.isPractice ?? false,
    has_access_page: !(plan.isPractice ?? false),
    status: {
      lamp: plan.lamp,
      reason,
      since,
      share_left: plan.lamp === "expiring" ? 0.32 : null,
      is_stale: plan.isStale ?? false,
    },
    proof:
      plan.lamp === "unproved"
        ? null
        : {
            at: now - proofAge,
            by: isDead ? "refresh" : index % 2 === 0 ? "test_call" : "refresh",
            is_success: !isDead,
          },
    grant_end:
      reason.kind === "grant_ends"
        ? { state: "ends_at", at: reason.at }
        : plan.lamp === "disconnected"
          ? { state: "disconnected", at: since }
          : cause !== null
            ? { state: "ended", at: since, cause }
            : plan.provider === "airtable"
              ? { state: "kept_alive", idle_days: 60 }
              : { state: "no_end_known" },
    token_expiry: neverExpires ? { state: "never" } : { state: "known", at: expiry },
    dependant_count: plan.dependants ?? 0,
    missing_scope_count: missing,
    granted_scope_count: scopes.length - missing,
  };
  const version = isDead ? 113 : 114;
  const lineage: TokenVersionView[] = Array.from({ length: 6 }, (_, at) => ({
    version: version - at,
    access_fingerprint: fingerprint(index * 31 + at),
    refresh_fingerprint: at < 5 ? fingerprint(index * 31 + 900) : fingerprint(index * 31 + 901),
    issued_at: now - 19 * MINUTE - at * 59 * MINUTE,
    issued_by: at === 4 ? "reconnect" : "refresh",
    state: at === 0 ? (isDead ? "ended" : "in_use") : "replaced",
  }));
  return {
    row,
    client_id: "cli_fjord",
    client_name: plan.isPractice === true ? "built in" : "Fjordstudio automations",
    issuer: `https://${provider.authorization_host}`,
    token_endpoint: `https://${provider.authorization_host}/token`,
    account_kind: plan.account.includes("@") ? "organisation" : null,
    subject: fingerprint(index + 50),
    answers: {
      signed_in: { mark: "yes", account: plan.account, checked_at: now - 6 * MINUTE },
      authorised: {
        mark: isDead ? "no" : "yes",
        granted_at: connectedAt,
        ends_at: reason.kind === "grant_ends" ? reason.at : null,
        cause,
      },
      usable_now: {
        mark: isDead ? "no" : plan.lamp === "unproved" ? "not_known" : "yes",
        proved_at: row.proof?.at ?? null,
        proved_by: row.proof?.by ?? null,
        latency_ms: row.proof === null ? null : 212,
        cause,
      },
      allowed: {
        mark: missing > 0 ? "in_part" : "yes",
        granted_count: scopes.length - missing,
        requested_count: scopes.length,
        missing: scopes.filter((scope) => !scope.is_granted).map((scope) => scope.allows ?? scope.scope),
      },
    },
    token: {
      version,
      issued_at: expiry - HOUR,
      expiry: row.token_expiry,
      refresh_at: isDead || neverExpires ? null : expiry - 6 * MINUTE,
      last_refresh_at: now - 19 * MINUTE,
      last_refresh_ms: 184,
      defects: plan.provider === "salesforce" ? ["expires_in_is_text"] : [],
    },
    durability: neverExpires ? "everlasting" : reason.kind === "no_end_known" ? "unknown" : "durable",
    scopes: plan.provider === "notion" ? [] : scopes,
    has_no_scopes: plan.provider === "notion",
    dependants: dependantsOf(plan.dependants ?? 0, index, now),
    lineage,
    events: demoEvents(row, lineage, now),
    automatic_refresh: true,
    can_refresh: !neverExpires && reason.kind !== "no_end_known",
    created_at: connectedAt - 12 * DAY,
    connected_at: connectedAt,
  };
}

function tagOf(name: string, fallback: string): string {
  const tags: Record<string, string> = {
    Gmail: "Gm",
    "Google Drive": "Dr",
    Drive: "Dr",
    "Google Calendar": "Ca",
    Calendar: "Ca",
    Sheets: "Sh",
    Outlook: "Ou",
    "Microsoft Teams": "Te",
    Teams: "Te",
  };
  return tags[name] ?? fallback;
}

let nextEvent = 1;

export function demoEvent(
  row: ConnectionRowView,
  at: number,
  event: Pick<EventView, "kind"> & Partial<EventView>,
): EventView {
  return {
    id: nextEvent++,
    at,
    connection_id: row.id,
    connection_name: row.name,
    http_status: null,
    latency_ms: null,
    token_version: null,
    token_fingerprint: null,
    token_age_seconds: null,
    endpoint: null,
    request_id: null,
    attempt: null,
    cause: null,
    subject: null,
    ...event,
  };
}

function demoEvents(row: ConnectionRowView, lineage: readonly TokenVersionView[], now: number): EventView[] {
  const events: EventView[] = [];
  if (row.status.reason.kind === "grant_ended") {
    const cause = row.status.reason.cause;
    events.push(
      demoEvent(row, row.status.since, { kind: "reauth_required_set", cause }),
      demoEvent(row, row.status.since - 2_000, {
        kind: "refresh_failed",
        http_status: 400,
        cause,
        endpoint: "token",
      }),
    );
  } else if (row.proof !== null) {
    events.push(
      demoEvent(row, row.proof.at, {
        kind: "test_call_succeeded",
        http_status: 200,
        latency_ms: 212,
        endpoint: "userinfo",
        request_id: "b7c1-40d2",
      }),
    );
  }
  for (const version of lineage) {
    events.push(
      demoEvent(row, version.issued_at, {
        kind: version.issued_by === "refresh" ? "refresh_succeeded" : "reconnected",
        latency_ms: version.issued_by === "refresh" ? 184 : null,
        token_version: version.version,
        token_fingerprint: version.access_fingerprint,
        endpoint: "token",
        subject: version.issued_by === "refresh" ? null : row.account,
      }),
    );
  }
  events.push(
    demoEvent(row, now - 26 * HOUR, {
      kind: "token_delivered",
      token_version: 90,
      subject: "nightly-invoices",
    }),
    demoEvent(row, now - 30 * HOUR, {
      kind: "refresh_failed",
      http_status: 503,
      cause: outage,
      attempt: 1,
      endpoint: "token",
    }),
    demoEvent(row, now - 4 * DAY - 18 * HOUR, {
      kind: "token_issued",
      token_version: 1,
      subject: row.account,
    }),
    demoEvent(row, now - 4 * DAY - 18 * HOUR - MINUTE, { kind: "sign_in_started" }),
  );
  return events.sort((a, b) => b.at - a.at);
}
