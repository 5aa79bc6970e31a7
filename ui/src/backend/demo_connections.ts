/** Invented connections for a plain browser and for component tests: 0, 3, 30 or 3,000 of them. */

import type {
  ActionView,
  ConnectionRowView,
  ConnectionView,
  DependantView,
  LampView,
  RefreshTokenWayView,
  ScopeView,
} from "./bindings";
import { demoEvents } from "./demo_events";
import { demoGrantClock } from "./demo_grant_clock";
import { demoLineage } from "./demo_lineage";
import { invented, type Plan, plans } from "./demo_plans";
import { demoProviders, googleScopes } from "./demo_providers";
import { DAY, fingerprint, HOUR, MINUTE } from "./demo_times";
import { judged } from "./demo_status";

/** The rows, in the engine's order: what needs a person first, then by customer and name. */
/** The harmless calls that the demo's providers have. */
const demoChecks: Partial<Record<string, string[]>> = {
  google: ["Read the Drive account", "Read the main calendar’s entry", "Read the Gmail profile"],
  slack: ["List one channel", "List one person"],
  airtable: ["List bases"],
};

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

/** As the engine's: those that need a person by what hangs on them and how long they have been down. */
export function inOrder(views: ConnectionView[]): ConnectionView[] {
  const place = ({ row }: ConnectionView): number => (row.status.needs_person ? 0 : rank[row.status.lamp]);
  const damage = (view: ConnectionView): number => (place(view) === 0 ? view.row.dependant_count : 0);
  const since = (view: ConnectionView): number => (place(view) === 0 ? view.row.status.since : 0);
  return [...views].sort(
    (a, b) =>
      place(a) - place(b) ||
      damage(b) - damage(a) ||
      since(a) - since(b) ||
      (a.row.customer ?? "~").localeCompare(b.row.customer ?? "~") ||
      a.row.name.localeCompare(b.row.name) ||
      a.row.id.localeCompare(b.row.id),
  );
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
    status: judged({
      lamp: plan.lamp,
      reason,
      since,
      over_since: null,
      share_left: plan.lamp === "expiring" ? 0.32 : null,
      is_stale: plan.isStale ?? false,
    }),
    proof:
      plan.lamp === "unproved"
        ? null
        : {
            at: now - proofAge,
            by: isDead ? "refresh" : index % 2 === 0 ? "test_call" : "refresh",
            is_success: !isDead,
          },
    grant_end:
      reason.kind === "grant_ends" ||
      reason.kind === "holds_until" ||
      (reason.kind === "no_refresh_token" && reason.at !== null)
        ? { state: "ends_at", at: reason.at ?? now, may_move: false }
        : plan.lamp === "disconnected"
          ? { state: "disconnected", at: since }
          : cause !== null
            ? { state: "ended", at: since, cause }
            : plan.provider === "airtable"
              ? { state: "kept_alive", idle_ms: 60 * DAY }
              : { state: "no_end_known" },
    token_expiry: neverExpires ? { state: "never" } : { state: "known", at: expiry },
    refresh_token_way: demoWay(plan.provider),
    dependant_count: plan.dependants ?? 0,
    missing_scope_count: missing,
    granted_scope_count: scopes.length - missing,
  };
  const lineage = demoLineage(index, plan.lamp, reason, plan.provider === "airtable", now);
  const version = lineage[0]?.version ?? 0;
  const isFragile = reason.kind === "no_refresh_token";
  return {
    row,
    grant_clock: demoGrantClock(row.grant_end, reason, plan.provider, connectedAt, now),
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
      refresh_at: isDead || neverExpires || isFragile ? null : expiry - 6 * MINUTE,
      last_refresh_at: now - 19 * MINUTE,
      last_refresh_ms: 184,
      defects: plan.provider === "salesforce" ? ["expires_in_is_text"] : [],
    },
    durability: isFragile
      ? "fragile"
      : neverExpires
        ? "everlasting"
        : reason.kind === "no_end_known"
          ? "unknown"
          : "durable",
    scopes: plan.provider === "notion" ? [] : scopes,
    has_no_scopes: plan.provider === "notion",
    actions: plan.provider === "notion" ? [] : demoActions(scopes),
    shortfall:
      missing === 0
        ? null
        : {
            granted_count: scopes.length - missing,
            requested_count: scopes.length,
            cannot: scopes.filter((scope) => !scope.is_granted).map((scope) => scope.allows ?? scope.scope),
          },
    keeps_granted: plan.provider === "google",
    checks: demoChecks[plan.provider] ?? [],
    binding: {
      resource: plan.provider === "linear" ? "https://mcp.linear.example/mcp" : null,
      dpop_thumbprint: plan.provider === "okta" ? "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" : null,
      mcp_server: plan.provider === "linear" ? "https://mcp.linear.example/mcp" : null,
    },
    dependants: dependantsOf(plan.dependants ?? 0, index, now),
    lineage,
    events: demoEvents(row, lineage, now),
    automatic_refresh: true,
    can_refresh: !isDead && !neverExpires && !isFragile && reason.kind !== "no_end_known",
    note: null,
    owner: null,
    created_at: connectedAt - 12 * DAY,
    connected_at: connectedAt,
  };
}

/** What was asked for, and one thing that nobody has asked for yet. */
function demoActions(scopes: readonly ScopeView[]): ActionView[] {
  const known = scopes.slice(1).map((scope) => ({
    allows: scope.allows ?? scope.scope,
    scopes: [scope.scope],
    writes: (scope.allows ?? "").startsWith("Write"),
    is_wished: true,
    missing: scope.is_granted ? [] : [scope.scope],
  }));
  const mail = ["https://www.googleapis.com/auth/gmail.send"];
  return [...known, { allows: "Send mail", scopes: mail, writes: true, is_wished: false, missing: mail }];
}

function demoWay(provider: string): RefreshTokenWayView {
  switch (provider) {
    case "microsoft":
      return "ask_for_offline_access";
    case "github":
    case "slack":
    case "notion":
      return "client_setting";
    default:
      return "new_consent";
  }
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
