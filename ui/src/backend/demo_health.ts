/** Invented figures over one, seven or thirty days, and a clock compared with the servers' [B9, C9]. */

import type { ClockView, ConnectionView, FiguresView, HealthView, SpreadView } from "./bindings";
import { DAY, fingerprint, MINUTE } from "./demo_times";
import type { DemoWorld } from "./demo_world";

export function demoHealth(world: DemoWorld, days: number): HealthView {
  const now = world.now();
  const views = [...world.connections.values()];
  const one = views.map((view) => ({ view, figures: figuresOf(view, days) }));
  const byProvider = new Map<string, { name: string; figures: FiguresView[] }>();
  for (const { view, figures } of one) {
    const known = byProvider.get(view.row.provider_id) ?? { name: view.row.provider_name, figures: [] };
    known.figures.push(figures);
    byProvider.set(view.row.provider_id, known);
  }
  return {
    since: now - days * DAY,
    until: now,
    overall: sum(one.map(({ figures }) => figures)),
    providers: [...byProvider]
      .map(([id, { name, figures }]) => ({ provider_id: id, provider_name: name, figures: sum(figures) }))
      .sort((a, b) => b.figures.refresh_succeeded_count - a.figures.refresh_succeeded_count),
    connections: one
      .map(({ view, figures }) => ({
        connection_id: view.row.id,
        connection_name: view.row.name,
        figures,
      }))
      .sort(
        (a, b) =>
          b.figures.refresh_failed_count - a.figures.refresh_failed_count ||
          b.figures.refresh_succeeded_count - a.figures.refresh_succeeded_count,
      ),
  };
}

function figuresOf(view: ConnectionView, days: number): FiguresView {
  const seed = parseInt(fingerprint(view.lineage.length + view.row.id.length + hash(view.row.id)), 16) % 997;
  const isDead = view.row.status.lamp === "reauth_required";
  const refreshes = view.can_refresh || isDead ? 23 * days + (seed % 9) : 0;
  const failed = isDead
    ? 1 + (seed % 3)
    : refreshes > 0 && seed % 6 === 0
      ? Math.ceil((days * (seed % 11)) / 50)
      : 0;
  const calls = 60 * days + (seed % 40);
  return {
    refresh_succeeded_count: refreshes,
    refresh_failed_count: failed,
    invalid_grant_count: isDead ? 1 : 0,
    wordless_count: 0,
    reauth_prompted_count: isDead ? 2 : 0,
    reauth_completed_count: isDead ? 1 : 0,
    reauth_passed_count: 0,
    call_count: calls,
    status_401_count: isDead ? 2 : 0,
    status_403_count: view.row.missing_scope_count * 6,
    delivered_count: 14 * days,
    latency: spread(refreshes, 140_000 + seed * 90, 900_000 + seed * 600),
    lateness: spread(refreshes, 1_800_000 + seed * 900, 9_000_000 + seed * 4_000),
    at_risk: spread(refreshes, 5_200 + seed, 17_000 + seed * 9),
  };
}

function hash(text: string): number {
  return Array.from(text).reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 65_521, 7);
}

function spread(count: number, median: number, p99: number): SpreadView | null {
  return count === 0 ? null : { count, median_us: median, p99_us: count < 20 ? null : p99 };
}

function sum(all: readonly FiguresView[]): FiguresView {
  const total = (of: (figures: FiguresView) => number): number =>
    all.reduce((before, figures) => before + of(figures), 0);
  const widest = (of: (figures: FiguresView) => SpreadView | null): SpreadView | null => {
    const spreads = all.map(of).filter((one) => one !== null);
    const middle = [...spreads].sort((a, b) => a.median_us - b.median_us)[Math.floor(spreads.length / 2)];
    if (middle === undefined) return null;
    return {
      count: spreads.reduce((before, one) => before + one.count, 0),
      median_us: middle.median_us,
      p99_us: spreads.reduce((most, one) => Math.max(most, one.p99_us ?? 0), 0),
    };
  };
  return {
    refresh_succeeded_count: total((one) => one.refresh_succeeded_count),
    refresh_failed_count: total((one) => one.refresh_failed_count),
    invalid_grant_count: total((one) => one.invalid_grant_count),
    wordless_count: total((one) => one.wordless_count),
    reauth_prompted_count: total((one) => one.reauth_prompted_count),
    reauth_completed_count: total((one) => one.reauth_completed_count),
    reauth_passed_count: total((one) => one.reauth_passed_count),
    call_count: total((one) => one.call_count),
    status_401_count: total((one) => one.status_401_count),
    status_403_count: total((one) => one.status_403_count),
    delivered_count: total((one) => one.delivered_count),
    latency: widest((one) => one.latency),
    lateness: widest((one) => one.lateness),
    at_risk: widest((one) => one.at_risk),
  };
}

export function demoClock(world: DemoWorld): ClockView {
  if (world.connections.size === 0) return { ahead_ms: null, is_off: false, is_disputed: false, servers: [] };
  const ahead = world.clockAheadMs;
  const now = world.now();
  return {
    ahead_ms: ahead,
    is_off: Math.abs(ahead) > 30_000,
    is_disputed: false,
    servers: [
      { host: "oauth2.googleapis.com", ahead_ms: ahead + 60, measured_at: now - 4 * MINUTE },
      { host: "login.microsoftonline.com", ahead_ms: ahead - 110, measured_at: now - 9 * MINUTE },
      { host: "airtable.com", ahead_ms: ahead + 240, measured_at: now - 41 * MINUTE },
    ],
  };
}
