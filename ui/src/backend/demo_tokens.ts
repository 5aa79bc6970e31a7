/** What changes a token of the demo: issue, mend, break, test call, refresh [B4, E2]. */

import type { CheckView, CauseView, ConnectionView, RefreshView, TestCallView } from "./bindings";
import { revoked } from "./demo_plans";
import { demoProviders } from "./demo_providers";
import { fingerprint, HOUR, MINUTE } from "./demo_times";
import { type DemoWorld, noFaults, wait } from "./demo_world";
import { judged } from "./demo_status";

export function mend(world: DemoWorld, id: string): void {
  const view = world.one(id);
  const now = world.now();
  const isFirst = view.lineage.length === 0;
  world.isRevoked.delete(id);
  view.row.status = judged({
    lamp: "active",
    reason: { kind: "kept_alive" },
    since: now,
    over_since: null,
    share_left: null,
    is_stale: false,
  });
  view.row.proof = { at: now, by: "sign_in", is_success: true };
  view.row.grant_end = { state: "no_end_known" };
  view.row.missing_scope_count = 0;
  view.connected_at = now;
  view.can_refresh = true;
  issue(world, view, isFirst ? "connect" : "reconnect");
  view.answers = {
    signed_in: { mark: "yes", account: view.row.account, checked_at: now },
    authorised: { mark: "yes", granted_at: now, ends_at: null, cause: null },
    usable_now: { mark: "yes", proved_at: now, proved_by: "sign_in", latency_ms: null, cause: null },
    allowed: {
      ...view.answers.allowed,
      mark: "yes",
      granted_count: view.answers.allowed.requested_count,
      missing: [],
    },
  };
  view.scopes = view.scopes.map((scope) => ({ ...scope, is_granted: scope.is_requested }));
  world.log(view, {
    kind: isFirst ? "token_issued" : "reconnected",
    subject: view.row.account,
    token_version: view.token.version,
  });
}

export function issue(world: DemoWorld, view: ConnectionView, by: "connect" | "refresh" | "reconnect"): void {
  const now = world.now();
  const version = (view.lineage[0]?.version ?? 0) + 1;
  for (const older of view.lineage) {
    if (older.state !== "in_use") continue;
    older.state = "replaced";
    older.ended_at = now;
  }
  view.lineage.unshift({
    version,
    access_fingerprint: fingerprint(version * 77 + world.next++),
    refresh_fingerprint:
      by === "refresh" ? (view.lineage[0]?.refresh_fingerprint ?? null) : fingerprint(version * 91),
    issued_at: now,
    issued_by: by,
    reason: by === "refresh" ? "person" : null,
    ended_at: null,
    state: "in_use",
  });
  const expiry = { state: "known", at: now + HOUR } as const;
  view.row.token_expiry = expiry;
  view.token = {
    ...view.token,
    version,
    issued_at: now,
    expiry,
    refresh_at: now + 54 * MINUTE,
    last_refresh_at: by === "refresh" ? now : view.token.last_refresh_at,
    last_refresh_ms: 184,
  };
}

function breakGrant(world: DemoWorld, view: ConnectionView, cause: CauseView): void {
  const now = world.now();
  view.row.status = judged({
    lamp: "reauth_required",
    reason: { kind: "grant_ended", cause },
    since: now,
    over_since: null,
    share_left: null,
    is_stale: false,
  });
  view.row.grant_end = { state: "ended", at: now, cause };
  view.row.proof = { at: now, by: "refresh", is_success: false };
  view.answers.authorised = { ...view.answers.authorised, mark: "no", cause };
  view.answers.usable_now = { ...view.answers.usable_now, mark: "no", cause };
  view.token.refresh_at = null;
  world.log(view, { kind: "refresh_failed", cause, http_status: 400 });
  world.log(view, { kind: "reauth_required_set", cause });
}

export async function testCall(world: DemoWorld, id: string): Promise<TestCallView> {
  const view = world.one(id);
  if (world.delay > 0) await wait(600);
  const now = world.now();
  const { row } = view;
  const isForbidden = row.is_practice && world.practice.switches.api_forbids;
  const isDead =
    world.isRevoked.has(id) ||
    row.status.lamp === "reauth_required" ||
    (row.is_practice && world.practice.switches.refuses_refresh);
  const cause: CauseView | null = isForbidden
    ? {
        cause: "insufficient_scope",
        action: "reconnect_with_more_scopes",
        provider_code: "insufficient_scope",
        http_status: 403,
      }
    : isDead
      ? revoked
      : null;
  if (isDead && row.status.lamp !== "reauth_required") breakGrant(world, view, revoked);
  if (cause === null) {
    row.proof = { at: now, by: "test_call", is_success: true };
    row.status = judged({
      ...row.status,
      is_stale: false,
      ...(row.status.lamp === "unproved" ? { lamp: "active", reason: { kind: "kept_alive" } } : {}),
    });
    view.answers.usable_now = {
      mark: "yes",
      proved_at: now,
      proved_by: "test_call",
      latency_ms: 212,
      cause: null,
    };
  }
  world.log(view, {
    kind: cause === null ? "test_call_succeeded" : "test_call_failed",
    http_status: cause?.http_status ?? 200,
    latency_ms: 212,
    cause,
    endpoint: "userinfo",
  });
  world.tell("connection_changed", id);
  return {
    is_success: cause === null,
    http_status: cause?.http_status ?? 200,
    latency_ms: 212,
    account: cause === null ? row.account : null,
    workspace: cause === null ? row.workspace : null,
    scopes:
      cause === null
        ? view.scopes.filter((scope) => scope.is_granted).flatMap((scope) => scope.scope.split(" "))
        : [],
    request_id: "req_8f1c-22ab",
    was_refreshed: false,
    refused: null,
    is_other_account: false,
    cause,
    at: now,
    called: `GET https://${demoProviders.find((one) => one.id === row.provider_id)?.authorization_host ?? "127.0.0.1:43199"}/userinfo`,
  };
}

export async function refresh(world: DemoWorld, id: string): Promise<RefreshView> {
  const view = world.one(id);
  if (world.delay > 0) await wait(500);
  if (!view.can_refresh) return { state: "no_refresh_token" };
  const switches = view.row.is_practice ? world.practice.switches : noFaults;
  if (view.row.status.lamp === "reauth_required" || world.isRevoked.has(id) || switches.refuses_refresh) {
    if (view.row.status.lamp !== "reauth_required") breakGrant(world, view, revoked);
    world.tell("connection_changed", id);
    return { state: "failed", cause: revoked, retry_at: null };
  }
  if (switches.outage || switches.rate_limited) {
    const cause: CauseView = switches.outage
      ? { cause: "provider_outage", action: "wait_and_retry", provider_code: null, http_status: 503 }
      : { cause: "rate_limited", action: "wait_and_retry", provider_code: null, http_status: 429 };
    world.log(view, { kind: "refresh_failed", cause, http_status: cause.http_status });
    world.tell("connection_changed", id);
    return { state: "failed", cause, retry_at: world.now() + 30_000 };
  }
  issue(world, view, "refresh");
  view.row.proof = { at: world.now(), by: "refresh", is_success: true };
  world.log(view, { kind: "refresh_succeeded", latency_ms: 184, token_version: view.token.version });
  world.tell("connection_changed", id);
  return { state: "refreshed", version: view.token.version, latency_ms: 184, is_rotated: true };
}

/** The last of several checks is refused: a service of the provider's that was never switched on. */
export function runChecks(world: DemoWorld, id: string): CheckView[] {
  const view = world.one(id);
  const { cause } = view.answers.authorised;
  return view.checks.map((name, index) => ({
    name,
    outcome:
      cause !== null
        ? { state: "failed", http_status: 401, cause }
        : index === 0
          ? { state: "worked", http_status: 200, latency_ms: 143 }
          : index === 1
            ? { state: "not_tried", missing: ["calendar.readonly"] }
            : {
                state: "failed",
                http_status: 403,
                cause: {
                  cause: "api_not_enabled",
                  action: "fix_client_config",
                  provider_code: "accessNotConfigured",
                  http_status: 403,
                },
              },
  }));
}
