/** What of the demo is dead, what that stops, and what each waits for: the engine's rules in short [D1]. */

import type {
  LampView,
  SourceNameView,
  SourceNodeView,
  TwoVerdictsView,
  WorkflowNodeView,
  WorkflowStateView,
} from "./bindings";
import type { DemoCopy, DemoStep, DemoWorkflow } from "./demo_platform_seeds";
import type { DemoWorld } from "./demo_world";

export interface Source {
  node: SourceNodeView;
  isDead: boolean;
  endsAt: number | null;
}

export interface Reckoned {
  sources: Map<string, Source>;
  workflows: Map<string, WorkflowNodeView>;
  byWorkflow: Map<string, DemoStep[]>;
  bySource: Map<string, Set<string>>;
  /** Dead sources each stopped workflow waits for, by id. */
  waits: Map<string, string[]>;
}

export function reckon(world: DemoWorld, simulated: readonly string[]): Reckoned {
  const { radius } = world;
  const now = world.now();
  const sources = new Map<string, Source>();
  const dead = (lamp: LampView): boolean => lamp === "reauth_required" || lamp === "disconnected";
  const used = new Set(radius.steps.map((step) => step.source));
  let unused = 0;
  for (const { row } of world.connections.values()) {
    if (row.is_practice || (row.status.lamp === "disconnected" && !used.has(row.id))) continue;
    // A small board's radius holds what is used, and two that nothing uses.
    const isUsed = used.has(row.id);
    if (!isUsed && radius.workflows.size < 10) continue;
    if (!isUsed && radius.workflows.size < 60 && ++unused > 2) continue;
    const endsAt =
      row.status.lamp === "expiring" && row.grant_end.state === "ends_at" ? row.grant_end.at : null;
    sources.set(row.id, {
      isDead: dead(row.status.lamp) || simulated.includes(row.id),
      endsAt,
      node: {
        id: row.id,
        name: row.name,
        provider_name: row.provider_name,
        provider_tag: row.provider_tag,
        account: row.account,
        customer: row.customer,
        owner: null,
        platform: null,
        lamp: row.status.lamp,
        share_left: row.status.share_left,
        is_stale: row.status.is_stale,
        is_simulated: simulated.includes(row.id),
        dies_at: dead(row.status.lamp) ? row.status.since : endsAt,
        workflow_count: 0,
        stopped_count: 0,
        runs_per_day: null,
        next_run_at: null,
        seen: { by: "token_door", at: row.proof?.at ?? now, gone_at: null },
        verdict: null,
      },
    });
  }
  for (const copy of radius.copies.values()) sources.set(copy.id, copyNode(world, copy, simulated));

  const byWorkflow = new Map<string, DemoStep[]>();
  const bySource = new Map<string, Set<string>>();
  for (const step of radius.steps) {
    if (!sources.has(step.source)) continue;
    const steps = byWorkflow.get(step.workflow);
    if (steps === undefined) byWorkflow.set(step.workflow, [step]);
    else steps.push(step);
    const users = bySource.get(step.source);
    if (users === undefined) bySource.set(step.source, new Set([step.workflow]));
    else users.add(step.workflow);
  }
  const workflows = new Map<string, WorkflowNodeView>();
  const waits = new Map<string, string[]>();
  for (const workflow of radius.workflows.values()) {
    const needed = [
      ...new Set((byWorkflow.get(workflow.id) ?? []).filter((one) => one.isEnabled).map((one) => one.source)),
    ];
    const gone = needed.filter((id) => sources.get(id)?.isDead === true);
    const ends = needed.flatMap((id) => sources.get(id)?.endsAt ?? []);
    const state = stateOf(workflow, gone, ends, sources);
    if (state.kind === "stopped" || state.kind === "would_stop") waits.set(workflow.id, gone);
    workflows.set(workflow.id, workflowNode(world, workflow, state, gone));
  }
  for (const [id, users] of bySource) {
    const node = sources.get(id)?.node;
    if (node === undefined) continue;
    const of = [...users].flatMap((one) => workflows.get(one) ?? []);
    const active = of.filter((one) => one.state.kind !== "inactive" && one.state.kind !== "paused");
    node.workflow_count = of.length;
    node.stopped_count = active.length;
    node.runs_per_day = sum(active.map((one) => one.runs_per_day));
    node.next_run_at = first(active.map((one) => one.next_run_at));
  }
  return { sources, workflows, byWorkflow, bySource, waits };
}

function copyNode(world: DemoWorld, copy: DemoCopy, simulated: readonly string[]): Source {
  const isSimulated = simulated.includes(copy.id);
  return {
    isDead: copy.lamp === "reauth_required" || isSimulated,
    endsAt: null,
    node: {
      id: copy.id,
      name: copy.name,
      provider_name: copy.provider,
      provider_tag: copy.tag,
      account: copy.account,
      customer: copy.customer,
      owner: null,
      platform: copy.platform,
      lamp: copy.lamp,
      share_left: null,
      is_stale: world.radius.platforms.find((one) => one.id === copy.platform.id)?.is_stale ?? false,
      is_simulated: isSimulated,
      dies_at: copy.state.kind === "dead" ? copy.state.since : null,
      workflow_count: 0,
      stopped_count: 0,
      runs_per_day: null,
      next_run_at: null,
      seen: copy.seen,
      verdict: verdictOf(world, copy),
    },
  };
}

export function verdictOf(world: DemoWorld, copy: DemoCopy): TwoVerdictsView {
  const own = typeof copy.joined === "string" ? world.connections.get(copy.joined)?.row : undefined;
  const isDead = copy.lamp === "reauth_required";
  return {
    own:
      own === undefined
        ? "none"
        : own.status.lamp === "reauth_required" || own.status.lamp === "disconnected"
          ? "dead"
          : own.status.lamp === "expiring"
            ? "ending"
            : own.status.lamp === "unproved"
              ? "unknown"
              : "fine",
    copy: isDead ? "dead" : copy.lamp === "unproved" ? "unknown" : "fine",
    platform_name: copy.platform.name,
    since: copy.state.kind === "dead" ? copy.state.since : null,
    way: !isDead
      ? null
      : copy.platform.kind !== "n8n"
        ? "open_page"
        : world.isOldPlatform
          ? "grant_file"
          : "push_grant",
  };
}

function stateOf(
  workflow: DemoWorkflow,
  dead: readonly string[],
  ends: readonly number[],
  sources: ReadonlyMap<string, Source>,
): WorkflowStateView {
  if (workflow.pausedAt !== null) return { kind: "paused", since: workflow.pausedAt };
  if (!workflow.isActive) return { kind: "inactive" };
  const isOnlySupposed = dead.every((id) => sources.get(id)?.node.is_simulated === true);
  if (dead.length > 0) return { kind: isOnlySupposed ? "would_stop" : "stopped" };
  if (workflow.lacksScope) return { kind: "lacks_scope" };
  if (ends.length > 0) return { kind: "at_risk", at: Math.min(...ends) };
  return { kind: "running" };
}

function workflowNode(
  world: DemoWorld,
  workflow: DemoWorkflow,
  state: WorkflowStateView,
  dead: string[],
): WorkflowNodeView {
  const platform = world.radius.platforms.find((one) => one.id === workflow.platform.id);
  return {
    id: workflow.id,
    name: workflow.name,
    platform: workflow.platform,
    customer: workflow.customer,
    project: null,
    owner: workflow.owner,
    environment: "production",
    state,
    schedule: workflow.schedule,
    next_run_at: workflow.nextRunAt,
    runs_per_day: workflow.runsPerDay,
    last_run: workflow.lastRun,
    waits_for: state.kind === "inactive" ? [] : dead,
    carried_by: workflow.startedBy,
    can_be_paused: platform?.abilities.pauses ?? false,
    has_page: workflow.platform.kind !== "programs",
    seen: workflow.seen,
  };
}

export const stops = (node: WorkflowNodeView): boolean =>
  node.state.kind === "stopped" || node.state.kind === "would_stop";
export const first = (times: readonly (number | null)[]): number | null =>
  times.reduce<number | null>(
    (least, at) => (at === null || (least !== null && least <= at) ? least : at),
    null,
  );
export const sum = (numbers: readonly (number | null)[]): number | null => {
  const known = numbers.filter((one) => one !== null);
  return known.length === 0 ? null : known.reduce((total, one) => total + one, 0);
};
export const sourceName = ({ node }: Source): SourceNameView => ({
  id: node.id,
  name: node.name,
  account: node.account,
  platform_name: node.platform?.name ?? null,
});
