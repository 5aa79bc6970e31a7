/** Invented events: one, and the past of one connection. */

import type { ConnectionRowView, EventView, TokenVersionView } from "./bindings";
import { outage } from "./demo_plans";
import { DAY, HOUR, MINUTE } from "./demo_times";

let nextEvent = 1;

export function demoEvent(
  row: ConnectionRowView | null,
  at: number,
  event: Pick<EventView, "kind"> & Partial<EventView>,
): EventView {
  return {
    id: nextEvent++,
    at,
    connection_id: row?.id ?? null,
    connection_name: row?.name ?? null,
    http_status: null,
    latency_ms: null,
    token_version: null,
    token_fingerprint: null,
    token_age_seconds: null,
    endpoint: null,
    request_id: null,
    attempt: null,
    reason: null,
    lateness_ms: null,
    at_risk_us: null,
    cause: null,
    subject: null,
    ...event,
  };
}

export function demoEvents(
  row: ConnectionRowView,
  lineage: readonly TokenVersionView[],
  now: number,
): EventView[] {
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
        reason: version.reason,
        lateness_ms: version.issued_by === "refresh" ? 2_000 : null,
        at_risk_us: version.issued_by === "refresh" ? 6_400 : null,
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
