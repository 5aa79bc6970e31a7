/** The demo's horizon: the engine's rules in short, over the demo's connections and workflows [B11, D3]. */

import type {
  EndMarkView,
  FailingRunView,
  HorizonView,
  ReachView,
  RunMarkView,
  SegmentView,
} from "./bindings";
import { reckon, sourceName } from "./demo_radius_reckoning";
import { DAY, HOUR } from "./demo_times";
import type { DemoWorld } from "./demo_world";

const bent: [hours: number, share: number][] = [
  [6, 26],
  [24, 22],
  [72, 15],
  [168, 12],
  [720, 12],
  [2_160, 9],
];
const hoursOf: Record<ReachView, number> = { day: 24, three_days: 72, week: 168, month: 720, quarter: 2_160 };
const STRETCHES = 240;
const NAMED = 4;
const REPEATS = 10;

export function demoHorizon(world: DemoWorld, reach: ReachView): HorizonView {
  const from = world.now();
  const until = from + hoursOf[reach] * HOUR;
  const parts = bent.filter(([hours]) => hours <= hoursOf[reach]);
  const whole = parts.reduce((sum, [, share]) => sum + share, 0);
  const segments = parts.map(([hours, share]): SegmentView => ({
    ends_after_ms: hours * HOUR,
    share: share / whole,
  }));
  const all = reckon(world, []);
  const runs = new Map<number, RunMarkView>();
  let failing = 0;
  let onEvent = 0;
  let undated = 0;
  let goesOn: number | null = null;
  for (const node of all.workflows.values()) {
    const { state } = node;
    if (state.kind !== "stopped" && state.kind !== "would_stop" && state.kind !== "at_risk") continue;
    const dies = state.kind === "at_risk" ? state.at : from;
    if (dies > until) continue;
    const because = (all.byWorkflow.get(node.id) ?? [])
      .map((step) => all.sources.get(step.source))
      .find((one) => one !== undefined && (one.isDead || one.endsAt === dies));
    if (because === undefined) continue;
    if (node.schedule.kind === "on_event") onEvent++;
    else if (node.next_run_at === null) undated += node.schedule.kind === "on_demand" ? 0 : 1;
    else {
      const step = DAY / Math.max(node.runs_per_day ?? 1, 0.01);
      let at = node.next_run_at;
      while (at <= dies) at += step;
      if (at > until) continue;
      failing++;
      const name = sourceName(because);
      for (let turn = 0; at <= until && turn < REPEATS; turn++, at += step) {
        const mark = markAt(runs, stretch(at - from, segments), () => ({
          at,
          first_count: 0,
          again_count: 0,
          named: [],
        }));
        mark.at = Math.min(mark.at, at);
        if (turn === 0) mark.first_count++;
        else mark.again_count++;
        const run: FailingRunView = {
          workflow_id: node.id,
          workflow: node.name,
          customer: node.customer,
          at,
          is_first: turn === 0,
          because_id: name.id,
          because: name.name,
          because_platform: name.platform_name,
        };
        mark.named.push(run);
      }
      if (at <= until) goesOn = Math.min(goesOn ?? at, at);
    }
  }
  for (const mark of runs.values()) {
    mark.named.sort((a, b) => Number(b.is_first) - Number(a.is_first) || a.at - b.at);
    mark.named = mark.named.slice(0, NAMED);
  }
  const ends = new Map<number, EndMarkView>();
  const ending = [...world.connections.values()]
    .flatMap(({ row }) => (row.grant_end.state === "ends_at" ? [{ row, at: row.grant_end.at }] : []))
    .filter(({ row, at }) => at > from && at <= until && row.status.lamp !== "reauth_required")
    .sort((a, b) => a.at - b.at);
  for (const { row, at } of ending) {
    const mark = markAt(ends, stretch(at - from, segments), () => ({ at, count: 0, named: [] }));
    mark.count++;
    if (mark.named.length < NAMED)
      mark.named.push({ id: row.id, name: row.name, customer: row.customer, at });
  }
  const inTime = <T extends { at: number }>(marks: Iterable<T>): T[] =>
    [...marks].sort((a, b) => a.at - b.at);
  return {
    from,
    until,
    segments,
    runs: inTime(runs.values()),
    ends: inTime(ends.values()),
    failing_count: failing,
    goes_on_from: goesOn,
    on_event_count: onEvent,
    undated_count: undated,
    needs: [...all.sources.values()].flatMap(({ node }) =>
      node.next_run_at === null ? [] : [{ id: node.id, at: node.next_run_at }],
    ),
  };
}

function stretch(passed: number, segments: readonly SegmentView[]): number {
  let begin = 0;
  let place = 0;
  for (const segment of segments) {
    if (passed <= segment.ends_after_ms) {
      place += (segment.share * (passed - begin)) / (segment.ends_after_ms - begin);
      break;
    }
    begin = segment.ends_after_ms;
    place += segment.share;
  }
  return Math.floor(place * STRETCHES);
}

function markAt<T>(marks: Map<number, T>, key: number, make: () => T): T {
  const known = marks.get(key);
  if (known !== undefined) return known;
  const made = make();
  marks.set(key, made);
  return made;
}
