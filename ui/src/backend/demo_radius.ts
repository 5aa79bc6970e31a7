/** The demo's answer to "what else breaks": what is drawn, what is folded, and the wires between [D1, D3]. */

import type {
  RadiusNodeView,
  RadiusQuestion,
  RadiusView,
  SourceGroupView,
  UseView,
  WireStateView,
  WireView,
  WorkflowGroupView,
  WorkflowNodeView,
} from "./bindings";
import {
  first,
  reckon,
  type Reckoned,
  type Source,
  sourceName,
  stops,
  verdictOf,
} from "./demo_radius_reckoning";
import { repairOrder, replayOf, risksOf } from "./demo_radius_repair";
import { headlineOf } from "./demo_radius_headline";
import type { DemoWorld } from "./demo_world";

/** Above it healthy groups fold. */
const MOST_DRAWN = 60;
/** As many of a group stay drawn for what they mean. */
const MOST_TOLD = 12;

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

  const customers = grouped(shown, (node) => node.customer ?? "");
  for (const [, nodes] of customers)
    nodes.sort(
      (a, b) =>
        Number(stops(b)) - Number(stops(a)) ||
        (a.next_run_at ?? Infinity) - (b.next_run_at ?? Infinity) ||
        a.name.localeCompare(b.name),
    );
  const stoppedOf = (nodes: readonly WorkflowNodeView[]): number => nodes.filter(stops).length;
  customers.sort(
    ([one, a], [other, b]) =>
      stoppedOf(b) - stoppedOf(a) || (one === "" ? "~" : one).localeCompare(other === "" ? "~" : other),
  );
  const ranks = new Map(
    customers.flatMap(([, nodes]) => nodes).map((node, rank) => [node.id, rank] as const),
  );

  const right = customers.map(([customer, nodes]): WorkflowGroupView => {
    const key = `customer:${customer}`;
    const [drawn, folded] = fold(
      nodes,
      isBig && !expanded.has(key),
      (node) => stops(node) || marked.has(node.id),
    );
    for (const node of drawn) place.set(node.id, node.id);
    for (const node of folded) place.set(node.id, key);
    return {
      key,
      customer: customer === "" ? null : customer,
      node_count: nodes.length,
      stopped_count: stoppedOf(nodes),
      nodes: drawn,
      folded_count: folded.length,
      folded_stopped_count: stoppedOf(folded),
      is_expanded: isBig && expanded.has(key),
    };
  });

  const accounts = new Set(lefts.map(({ node }) => node.account ?? ""));
  const by = accounts.size > MOST_DRAWN ? "customer" : "account";
  const middle = new Map(
    lefts.map(({ node }) => [
      node.id,
      mean([...(all.bySource.get(node.id) ?? [])].flatMap((id) => ranks.get(id) ?? [])),
    ]),
  );
  const middleOf = (one: Source): number => middle.get(one.node.id) ?? Infinity;
  const left = grouped(lefts, ({ node }) => (by === "account" ? node.account : node.customer) ?? "").map(
    ([label, members]): [SourceGroupView, damage: number, place: number] => {
      // Customers stand on the right too.
      const key = `${by}s:${label}`;
      const sorted = members.sort(
        (a, b) =>
          Number(b.isDead) - Number(a.isDead) ||
          compared(middleOf(a), middleOf(b)) ||
          a.node.name.localeCompare(b.node.name),
      );
      const dead = members.filter((one) => one.isDead);
      const [drawn, folded] = fold(
        sorted,
        isBig && !expanded.has(key),
        (one) => one.isDead || one.endsAt !== null || marked.has(one.node.id),
      );
      for (const one of drawn) place.set(one.node.id, one.node.id);
      for (const one of folded) place.set(one.node.id, key);
      const group: SourceGroupView = {
        key,
        by,
        label: label === "" ? null : label,
        node_count: members.length,
        dead_count: dead.length,
        nodes: drawn.map((one) => one.node),
        folded_count: folded.length,
        folded_dead_count: folded.filter((one) => one.isDead).length,
        is_expanded: isBig && expanded.has(key),
      };
      return [
        group,
        Math.max(-1, ...dead.map((one) => one.node.stopped_count)),
        mean(members.map(middleOf).filter(Number.isFinite)),
      ];
    },
  );
  left.sort(
    ([one, damage, place], [other, otherDamage, otherPlace]) =>
      otherDamage - damage ||
      compared(place, otherPlace) ||
      (one.label ?? "~").localeCompare(other.label ?? "~"),
  );

  const wires = wiresOf(all, shown, place, here);
  const ids = new Set(lefts.map(({ node }) => node.id));
  const target = focus === null ? null : (all.sources.get(focus) ?? null);
  const scope = target === null ? stopped : stopped.filter((node) => node.waits_for.includes(target.node.id));
  return {
    headline: headlineOf(world, all, repair, question),
    left: left.map(([group]) => group),
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
        can_be_paused: node.can_be_paused,
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

const mean = (numbers: readonly number[]): number =>
  numbers.length === 0 ? Infinity : numbers.reduce((total, one) => total + one, 0) / numbers.length;
/** Two that stand nowhere stand alike. */
const compared = (a: number, b: number): number => (a === b ? 0 : a - b);

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
