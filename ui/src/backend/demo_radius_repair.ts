/** The demo's repair order, what is to be run again, and what is worth knowing [D4, D5]. */

import type { RadiusRiskView, RepairStepView, ReplayLineView } from "./bindings";
import { first, type Reckoned, sourceName } from "./demo_radius_reckoning";
import { HOUR } from "./demo_times";
import type { DemoWorld } from "./demo_world";

/** Greedily by what heals; then by the earliest next run, runs a day, customers and name. */
export function repairOrder({ sources, waits, workflows, bySource }: Reckoned): RepairStepView[] {
  const open = new Map([...waits].map(([id, needed]) => [id, new Set(needed)]));
  let left = [...new Set([...waits.values()].flat())];
  const steps: RepairStepView[] = [];
  while (left.length > 0) {
    const healed = (id: string): string[] =>
      [...open].filter(([, needed]) => needed.size === 1 && needed.has(id)).map(([workflow]) => workflow);
    const nextOf = (id: string): number =>
      first(
        [...(bySource.get(id) ?? [])]
          .filter((one) => open.has(one))
          .map((one) => workflows.get(one)?.next_run_at ?? null),
      ) ?? Infinity;
    const sorted = left
      .map((id) => ({ id, healed: healed(id), next: nextOf(id) }))
      .sort((a, b) => b.healed.length - a.healed.length || a.next - b.next || a.id.localeCompare(b.id));
    const best = sorted[0];
    const source = best === undefined ? undefined : sources.get(best.id);
    if (best === undefined || source === undefined) break;
    left = left.filter((id) => id !== best.id);
    const users = [...open].filter(([, needed]) => needed.has(best.id)).map(([id]) => id);
    for (const needed of open.values()) needed.delete(best.id);
    for (const id of best.healed) open.delete(id);
    const waiting = users.filter((id) => open.has(id));
    const customers = [...new Set(users.flatMap((id) => workflows.get(id)?.customer ?? []))];
    steps.push({
      number: steps.length + 1,
      source: sourceName(source),
      lamp: source.node.lamp,
      share_left: null,
      ends_at: null,
      healed_count: best.healed.length,
      healed_name: best.healed.length === 1 ? (workflows.get(best.healed[0] ?? "")?.name ?? null) : null,
      later: waiting.length === 0 ? null : { count: waiting.length, step: steps.length + 2 },
      before: Number.isFinite(best.next) ? best.next : null,
      runs_per_day: source.node.runs_per_day,
      customers,
      is_shared: customers.length > 1,
      way:
        source.node.platform === null
          ? "reconnect"
          : source.node.platform.kind === "n8n"
            ? "push_grant"
            : "open_page",
    });
  }
  const ending = [...sources.values()]
    .filter((one) => one.endsAt !== null && !one.isDead && one.node.stopped_count > 0)
    .sort((a, b) => (a.endsAt ?? 0) - (b.endsAt ?? 0));
  for (const source of ending)
    steps.push({
      number: steps.length + 1,
      source: sourceName(source),
      lamp: source.node.lamp,
      share_left: source.node.share_left,
      ends_at: source.endsAt,
      healed_count: source.node.stopped_count,
      healed_name: null,
      later: null,
      before: source.endsAt,
      runs_per_day: source.node.runs_per_day,
      customers: [],
      is_shared: false,
      way: "reconnect",
    });
  return steps;
}

export function replayOf(world: DemoWorld, id: string, since = 0): ReplayLineView | null {
  const workflow = world.radius.workflows.get(id);
  const failed = (workflow?.failedRuns ?? []).filter((run) => run.at >= since);
  if (workflow === undefined || failed.length === 0) return null;
  const last = failed[failed.length - 1];
  return {
    workflow_id: id,
    workflow: workflow.name,
    point: "mid_run_after_writes",
    failed_count: failed.length,
    missed_count: 0,
    missed_while_paused_count: 0,
    is_missed_certain: true,
    from: (last?.at ?? world.now()) - HOUR / 4,
    until: failed[0]?.at ?? null,
    from_step: "Send mail",
    can_repeat: workflow.platform.kind === "n8n",
  };
}

export function risksOf(all: Reckoned): RadiusRiskView[] {
  const risks: RadiusRiskView[] = [];
  const customersOf = (id: string): number =>
    new Set([...(all.bySource.get(id) ?? [])].map((one) => all.workflows.get(one)?.customer ?? "")).size;
  const widest = [...all.sources.values()].sort((a, b) => b.node.stopped_count - a.node.stopped_count);
  for (const source of widest.slice(0, 3)) {
    const { node } = source;
    const customers = customersOf(node.id);
    if (customers < 2) continue;
    risks.push(
      /^(mira|jonas)@/.test(node.account ?? "")
        ? {
            kind: "personal_account",
            source: sourceName(source),
            workflow_count: node.stopped_count,
            customer_count: customers,
          }
        : {
            kind: "single_point",
            source: sourceName(source),
            workflow_count: node.stopped_count,
            customer_count: customers,
          },
    );
  }
  for (const source of widest.filter((one) => one.node.workflow_count === 0).slice(0, 3))
    risks.push({ kind: "orphan", source: sourceName(source) });
  return risks;
}
