/** The facts of the sentence over the demo's radius [D3]. */

import type {
  DamageView,
  RadiusHeadlineView,
  RadiusQuestion,
  RepairStepView,
  WorkflowNodeView,
} from "./bindings";
import { reckon, type Reckoned, sourceName, stops, sum } from "./demo_radius_reckoning";
import type { DemoWorld } from "./demo_world";

function damageOf(all: Reckoned, stopped: readonly WorkflowNodeView[], mended: string | null): DamageView {
  const active = [...all.workflows.values()].filter((node) => !stops(node));
  const users = mended === null ? null : (all.bySource.get(mended) ?? new Set<string>());
  const soonest = [...stopped].sort((a, b) => (a.next_run_at ?? Infinity) - (b.next_run_at ?? Infinity))[0];
  return {
    workflow_count: stopped.length,
    customer_count: new Set(stopped.flatMap((node) => node.customer ?? [])).size,
    first_run_at: soonest?.next_run_at ?? null,
    first_run_workflow: soonest?.name ?? null,
    runs_per_day: sum(stopped.map((node) => node.runs_per_day)),
    owners: [...new Set(stopped.flatMap((node) => node.owner ?? []))],
    also_waiting: stopped.flatMap((node) => {
      const other = node.waits_for.find((id) => id !== mended);
      const source = other === undefined || mended === null ? undefined : all.sources.get(other);
      return source === undefined ? [] : [{ workflow: node.name, source: sourceName(source) }];
    }),
    lacking_scope: active.filter((node) => node.state.kind === "lacks_scope").map((node) => node.name),
    running_count: active.filter((node) => node.state.kind === "running" || node.state.kind === "at_risk")
      .length,
    inactive_count: active.filter(
      (node) =>
        (node.state.kind === "inactive" || node.state.kind === "paused") &&
        (users === null || users.has(node.id)),
    ).length,
  };
}

export function headlineOf(
  world: DemoWorld,
  all: Reckoned,
  repair: readonly RepairStepView[],
  question: RadiusQuestion,
): RadiusHeadlineView {
  if (world.radius.workflows.size === 0) return { state: "empty" };
  const stopped = [...all.workflows.values()].filter(stops);
  if (question.focus !== null) {
    const source = all.sources.get(question.focus);
    const workflow = all.workflows.get(question.focus);
    if (source !== undefined) {
      // What is well is asked as if it died: that is what a radius is of.
      const supposed = source.isDead ? all : reckon(world, [...question.simulated, question.focus]);
      const hit = [...supposed.workflows.values()].filter(
        (node) => stops(node) && node.waits_for.includes(source.node.id),
      );
      return {
        state: "source",
        source: sourceName(source),
        is_dead: source.isDead,
        is_simulated: source.node.is_simulated,
        dies_at: source.node.dies_at,
        damage: damageOf(supposed, hit, source.node.id),
        healed_count: hit.filter((node) => node.waits_for.length === 1).length,
      };
    }
    if (workflow !== undefined) {
      const needed = [...new Set((all.byWorkflow.get(workflow.id) ?? []).map((step) => step.source))];
      return {
        state: "workflow",
        name: workflow.name,
        does: workflow.state,
        needs_count: needed.length,
        waits_for: workflow.waits_for.flatMap((id) => {
          const one = all.sources.get(id);
          return one === undefined ? [] : [sourceName(one)];
        }),
        next_run_at: workflow.next_run_at,
      };
    }
    return { state: "gone" };
  }
  const mend = repair[0];
  if (stopped.length === 0 || mend === undefined) {
    const next = repair[0];
    return {
      state: "all_run",
      next:
        next === undefined
          ? null
          : { source: next.source, at: next.ends_at ?? 0, workflow_count: next.healed_count },
    };
  }
  const deadCount = repair.filter((step) => step.ends_at === null).length;
  return {
    state: "stops",
    dead_count: deadCount,
    idle_dead_count: [...all.sources.values()].filter((one) => one.isDead).length - deadCount,
    damage: damageOf(all, stopped, null),
    first: mend.source,
    healed_count: mend.healed_count,
  };
}
