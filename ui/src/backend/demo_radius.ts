/** The demo's answer to "what else breaks": the engine's rules in short [D1, D3, D4]. */

import type {
  DamageView,
  LampView,
  RadiusHeadlineView,
  RadiusNodeView,
  RadiusQuestion,
  RadiusRiskView,
  RadiusView,
  RepairStepView,
  ReplayLineView,
  SourceGroupView,
  SourceNameView,
  SourceNodeView,
  TwoVerdictsView,
  UseView,
  WireStateView,
  WireView,
  WorkflowGroupView,
  WorkflowNodeView,
  WorkflowStateView,
} from "./bindings";
import type { DemoCopy, DemoStep, DemoWorkflow } from "./demo_radius_world";
import { HOUR } from "./demo_times";
import type { DemoWorld } from "./demo_world";

/** Above it healthy groups fold. */
const MOST_DRAWN = 60;
/** As many of a group stay drawn for what they mean. */
const MOST_TOLD = 12;

interface Source {
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
    way: isDead ? (copy.platform.kind === "n8n" ? "push_grant" : "open_page") : null,
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

const stops = (node: WorkflowNodeView): boolean =>
  node.state.kind === "stopped" || node.state.kind === "would_stop";
const first = (times: readonly (number | null)[]): number | null =>
  times.reduce<number | null>(
    (least, at) => (at === null || (least !== null && least <= at) ? least : at),
    null,
  );
const sum = (numbers: readonly (number | null)[]): number | null => {
  const known = numbers.filter((one) => one !== null);
  return known.length === 0 ? null : known.reduce((total, one) => total + one, 0);
};
export const sourceName = ({ node }: Source): SourceNameView => ({
  id: node.id,
  name: node.name,
  account: node.account,
  platform_name: node.platform?.name ?? null,
});

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

export function demoRadiusView(world: DemoWorld, question: RadiusQuestion): RadiusView {
  const all = reckon(world, question.simulated);
  const repair = repairOrder(all);
  const stopped = [...all.workflows.values()].filter(stops);
  const focus = question.focus;
  const here = new Set(
    focus !== null && all.sources.has(focus)
      ? [focus]
      : question.simulated.length > 0
        ? question.simulated
        : repair[0] === undefined || repair[0].ends_at !== null
          ? []
          : [repair[0].source.id],
  );

  const shown = [...all.workflows.values()].filter((node) => isAsked(node, question, all));
  const shownIds = new Set(shown.map((node) => node.id));
  const isFiltered = shown.length < all.workflows.size;
  const lefts = [...all.sources.values()].filter(({ node }) => {
    const users = all.bySource.get(node.id);
    if (node.id === focus) return true;
    if (users === undefined) return !isFiltered;
    return !isFiltered || [...users].some((id) => shownIds.has(id));
  });

  const isBig = !question.is_whole && lefts.length + shown.length > MOST_DRAWN;
  const marked = new Set<string>([...here, ...(focus === null ? [] : [focus])]);
  if (focus !== null) {
    for (const id of all.bySource.get(focus) ?? []) marked.add(id);
    for (const step of all.byWorkflow.get(focus) ?? []) marked.add(step.source);
  }
  const expanded = new Set(question.expanded);
  const place = new Map<string, string>();

  const right = grouped(shown, (node) => node.customer ?? "").map(([customer, nodes]): WorkflowGroupView => {
    const key = `customer:${customer}`;
    const sorted = nodes.sort(
      (a, b) =>
        Number(stops(b)) - Number(stops(a)) ||
        (a.next_run_at ?? Infinity) - (b.next_run_at ?? Infinity) ||
        a.name.localeCompare(b.name),
    );
    const [drawn, folded] = fold(
      sorted,
      isBig && !expanded.has(key),
      (node) => stops(node) || marked.has(node.id),
    );
    for (const node of drawn) place.set(node.id, node.id);
    for (const node of folded) place.set(node.id, key);
    return {
      key,
      customer: customer === "" ? null : customer,
      node_count: nodes.length,
      stopped_count: nodes.filter(stops).length,
      nodes: drawn,
      folded_count: folded.length,
      is_expanded: isBig && expanded.has(key),
    };
  });
  right.sort(
    (a, b) => b.stopped_count - a.stopped_count || (a.customer ?? "~").localeCompare(b.customer ?? "~"),
  );

  const accounts = new Set(lefts.map(({ node }) => node.account ?? ""));
  const by = accounts.size > MOST_DRAWN && !question.is_whole ? "customer" : "account";
  const left = grouped(lefts, ({ node }) => (by === "account" ? node.account : node.customer) ?? "").map(
    ([label, members]): SourceGroupView => {
      const key = `${by}:${label}`;
      const sorted = members.sort(
        (a, b) =>
          Number(b.isDead) - Number(a.isDead) ||
          b.node.stopped_count - a.node.stopped_count ||
          a.node.name.localeCompare(b.node.name),
      );
      const [drawn, folded] = fold(
        sorted,
        isBig && !expanded.has(key),
        (one) => one.isDead || one.endsAt !== null || marked.has(one.node.id),
      );
      for (const one of drawn) place.set(one.node.id, one.node.id);
      for (const one of folded) place.set(one.node.id, key);
      return {
        key,
        by,
        label: label === "" ? null : label,
        node_count: members.length,
        dead_count: members.filter((one) => one.isDead).length,
        nodes: drawn.map((one) => one.node),
        folded_count: folded.length,
        is_expanded: isBig && expanded.has(key),
      };
    },
  );
  left.sort((a, b) => b.dead_count - a.dead_count || (a.label ?? "~").localeCompare(b.label ?? "~"));

  const wires = wiresOf(all, shown, place, here);
  const ids = new Set(lefts.map(({ node }) => node.id));
  const target = focus === null ? null : (all.sources.get(focus) ?? null);
  const scope = target === null ? stopped : stopped.filter((node) => node.waits_for.includes(target.node.id));
  return {
    headline: headlineOf(world, all, repair, question),
    left,
    right,
    wires,
    repair,
    validation: stopped
      .sort((a, b) => (a.next_run_at ?? Infinity) - (b.next_run_at ?? Infinity))
      .map((node) => ({
        workflow_id: node.id,
        name: node.name,
        platform_name: node.platform.name,
        next_run_at: node.next_run_at,
        after_step: Math.max(
          1,
          ...node.waits_for.map((id) => repair.find((step) => step.source.id === id)?.number ?? 1),
        ),
      })),
    replay: {
      since: first([...here].map((id) => all.sources.get(id)?.node.dies_at ?? null)),
      first_run_at: first(scope.map((node) => node.next_run_at)),
      lines: scope.flatMap((node) => replayOf(world, node.id) ?? []),
    },
    risks: risksOf(all),
    totals: {
      connection_count: [...ids].filter((id) => id.startsWith("con_")).length,
      platform_connection_count: [...ids].filter((id) => id.startsWith("pco_")).length,
      workflow_count: shown.length,
      stopped_count: shown.filter(stops).length,
      inactive_count: shown.filter((node) => node.state.kind === "inactive" || node.state.kind === "paused")
        .length,
      wire_count: wires.reduce((total, wire) => total + wire.count, 0),
      hidden_count: all.workflows.size - shown.length,
    },
    freshness: world.radius.platforms.map((one) => ({
      platform: { id: one.id, name: one.name, kind: one.kind },
      by: one.way,
      read_at: one.read_at,
      is_stale: one.is_stale,
      failed: one.failed,
      gone: one.changes?.gone ?? [],
    })),
    customers: [...new Set([...all.workflows.values()].flatMap((node) => node.customer ?? []))].sort((a, b) =>
      a.localeCompare(b),
    ),
  };
}

/** What is drawn, and what is kept back: never a single one, whose line would be as long. */
function fold<T>(sorted: readonly T[], isFolded: boolean, isTold: (one: T) => boolean): [T[], T[]] {
  if (!isFolded) return [[...sorted], []];
  const told = sorted.filter(isTold).slice(0, MOST_TOLD);
  if (sorted.length - told.length <= 1) return [[...sorted], []];
  return [told, sorted.filter((one) => !told.includes(one))];
}

function grouped<T>(list: readonly T[], keyOf: (one: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const one of list) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups];
}

function isAsked(node: WorkflowNodeView, { filter }: RadiusQuestion, all: Reckoned): boolean {
  if (filter.customer !== null && (node.customer ?? "") !== filter.customer) return false;
  if (filter.platform !== null && node.platform.id !== filter.platform) return false;
  const kind = node.state.kind;
  if (filter.state === "stopped" && !stops(node)) return false;
  if (filter.state === "at_risk" && kind !== "at_risk" && kind !== "lacks_scope") return false;
  if (filter.state === "running" && kind !== "running") return false;
  if (filter.state === "not_active" && kind !== "inactive" && kind !== "paused") return false;
  const words = filter.text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return true;
  const needs = (all.byWorkflow.get(node.id) ?? []).flatMap((step) => {
    const source = all.sources.get(step.source)?.node;
    return [step.name, source?.name, source?.account, source?.platform?.name];
  });
  const text = [node.name, node.customer, node.owner, node.platform.name, ...needs].join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
}

const weight: Record<WireStateView, number> = { off: 0, works: 1, cut_elsewhere: 2, cut_here: 3 };

function wiresOf(
  all: Reckoned,
  shown: readonly WorkflowNodeView[],
  place: ReadonlyMap<string, string>,
  here: ReadonlySet<string>,
): WireView[] {
  const wires = new Map<string, WireView>();
  for (const node of shown) {
    for (const step of all.byWorkflow.get(node.id) ?? []) {
      const from = place.get(step.source);
      const to = place.get(node.id);
      const source = all.sources.get(step.source);
      if (from === undefined || to === undefined || source === undefined) continue;
      const state: WireStateView =
        !step.isEnabled || node.state.kind === "inactive"
          ? "off"
          : !source.isDead
            ? "works"
            : here.has(step.source)
              ? "cut_here"
              : "cut_elsewhere";
      const key = `${from}\n${to}`;
      const wire = wires.get(key);
      if (wire === undefined) wires.set(key, { from, to, state, count: 1 });
      else {
        wire.count++;
        if (weight[state] > weight[wire.state]) wire.state = state;
      }
    }
  }
  return [...wires.values()];
}

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

function headlineOf(
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
  return {
    state: "stops",
    dead_count: repair.filter((step) => step.ends_at === null).length,
    damage: damageOf(all, stopped, null),
    first: mend.source,
    healed_count: mend.healed_count,
  };
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
    is_missed_certain: true,
    from: (last?.at ?? world.now()) - HOUR / 4,
    until: failed[0]?.at ?? null,
    from_step: "Send mail",
    can_repeat: workflow.platform.kind === "n8n",
  };
}

function risksOf(all: Reckoned): RadiusRiskView[] {
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

export function demoNode(world: DemoWorld, id: string): RadiusNodeView | null {
  const all = reckon(world, []);
  if (!all.sources.has(id) && !all.workflows.has(id)) return null;
  const copies = [...world.radius.copies.values()].filter((copy) => copy.joined === id || copy.id === id);
  const wanted = new Set([id, ...copies.map((copy) => copy.id)]);
  const uses = world.radius.steps
    .filter((step) => wanted.has(step.source) || step.workflow === id)
    .flatMap((step): UseView[] => {
      const workflow = all.workflows.get(step.workflow);
      const source = all.sources.get(step.source);
      if (workflow === undefined || source === undefined) return [];
      return [
        {
          workflow_id: workflow.id,
          workflow: workflow.name,
          workflow_state: workflow.state,
          platform: workflow.platform,
          customer: workflow.customer,
          owner: workflow.owner,
          source: sourceName(source),
          lamp: source.node.lamp,
          step: step.name,
          place: step.place,
          version: "both",
          is_enabled: step.isEnabled,
          access: step.access,
          goes_on_after_error: false,
          lack: null,
          next_run_at: workflow.next_run_at,
          seen: workflow.seen,
        },
      ];
    })
    .sort(
      (a, b) =>
        (a.next_run_at ?? Infinity) - (b.next_run_at ?? Infinity) || a.workflow.localeCompare(b.workflow),
    );
  return {
    id,
    uses,
    verdicts: copies.map((copy) => ({ id: copy.id, name: copy.name, verdict: verdictOf(world, copy) })),
  };
}
