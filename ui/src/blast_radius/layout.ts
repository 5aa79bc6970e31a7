/** Where each line of the picture stands: two columns of lines, and the height at which a wire meets each. */

import type {
  RadiusView,
  SourceGroupView,
  SourceNodeView,
  WireStateView,
  WireView,
  WorkflowGroupView,
  WorkflowNodeView,
} from "../backend/backend";

export type PictureLine =
  | { kind: "accounts"; key: string; group: SourceGroupView }
  | { kind: "customer"; key: string; group: WorkflowGroupView }
  | { kind: "source"; key: string; node: SourceNodeView; hasAccount: boolean }
  | { kind: "workflow"; key: string; node: WorkflowNodeView }
  /** Wires of what is folded end here: its key is the group's. */
  | { kind: "fold"; key: string; count: number; bad: number; hasOthers: boolean; side: Side; of: string }
  | { kind: "less"; key: string; group: string; of: string };
export type Side = "left" | "right";

export const HEAD = 34;
export const LINE = 24;
export const heightOf = (line: PictureLine): number =>
  line.kind === "accounts" || line.kind === "customer" ? HEAD : LINE;

export interface Column {
  lines: PictureLine[];
  /** Where each line begins, and one more: where the last ends. */
  tops: number[];
  /** The height at which wires of a key end. */
  ends: Map<string, number>;
  height: number;
}

/** A wire where it lies in the whole picture, and how it is drawn: what no scrolling changes. */
export interface Laid {
  wire: WireView;
  y: number;
  z: number;
  width: number;
  /** Wires of one look are one stroke. */
  look: number;
}

export interface Scene {
  left: Column;
  right: Column;
  wires: readonly WireView[];
  from: Map<string, Laid[]>;
  to: Map<string, Laid[]>;
}

/** What is drawn later lies above. */
export const order: readonly WireStateView[] = ["off", "works", "cut_elsewhere", "cut_here"];
const widths: Record<WireStateView, number> = { off: 1, works: 1, cut_elsewhere: 1.5, cut_here: 2 };

/** A wire of many is thicker, and never so thick that it says more than that. In halves: few looks, few strokes. */
export function widthOf(wire: WireView): number {
  const more = wire.count > 1 ? Math.log2(wire.count) * 0.3 : 0;
  return Math.min(5, Math.round((widths[wire.state] + more) * 2) / 2);
}

export function sceneOf(view: RadiusView): Scene {
  const right = column(rightLines(view.right));
  const sums = new Map<string, [sum: number, count: number]>();
  for (const wire of view.wires) {
    const z = right.ends.get(wire.to);
    if (z === undefined) continue;
    const sum = sums.get(wire.from);
    if (sum === undefined) sums.set(wire.from, [z, 1]);
    else {
      sum[0] += z;
      sum[1]++;
    }
  }
  const middle = (key: string): number => {
    const sum = sums.get(key);
    return sum === undefined ? Infinity : sum[0] / sum[1];
  };
  const left = column(leftLines(view.left, middle));
  const laid = view.wires.flatMap((wire): Laid[] => {
    const y = left.ends.get(wire.from);
    const z = right.ends.get(wire.to);
    if (y === undefined || z === undefined) return [];
    const width = widthOf(wire);
    return [{ wire, y, z, width, look: order.indexOf(wire.state) * 16 + width * 2 }];
  });
  return { left, right, wires: view.wires, from: byEnd(laid, "from"), to: byEnd(laid, "to") };
}

function byEnd(laid: readonly Laid[], end: "from" | "to"): Map<string, Laid[]> {
  const found = new Map<string, Laid[]>();
  for (const one of laid) {
    const list = found.get(one.wire[end]);
    if (list === undefined) found.set(one.wire[end], [one]);
    else list.push(one);
  }
  return found;
}

function rightLines(groups: readonly WorkflowGroupView[]): PictureLine[] {
  return groups.flatMap((group): PictureLine[] => [
    { kind: "customer", key: `head ${group.key}`, group },
    ...group.nodes.map((node): PictureLine => ({ kind: "workflow", key: node.id, node })),
    ...tail(group, "right", group.customer ?? "No customer"),
  ]);
}

/** What is dead comes first; then as the workflows stand that hang on it, so that wires cross least. */
function leftLines(groups: readonly SourceGroupView[], middle: (key: string) => number): PictureLine[] {
  const sorted = groups.map((group) => {
    const nodes = group.nodes
      .map((node) => ({ node, at: middle(node.id), isDead: isDead(node) }))
      .sort((a, b) => Number(b.isDead) - Number(a.isDead) || a.at - b.at);
    const ends = [...nodes.map((one) => one.at), middle(group.key)].filter(Number.isFinite);
    const at = ends.length === 0 ? Infinity : ends.reduce((sum, y) => sum + y, 0) / ends.length;
    return { group, nodes, at, damage: group.dead_count > 0 ? (nodes[0]?.node.stopped_count ?? 0) : -1 };
  });
  sorted.sort((a, b) => b.damage - a.damage || a.at - b.at);
  return sorted.flatMap(({ group, nodes }): PictureLine[] => [
    { kind: "accounts", key: `head ${group.key}`, group },
    ...nodes.map(({ node }): PictureLine => ({
      kind: "source",
      key: node.id,
      node,
      hasAccount: group.by === "customer",
    })),
    ...tail(group, "left", group.label ?? "No account"),
  ]);
}

const stops = (node: WorkflowNodeView): boolean =>
  node.state.kind === "stopped" || node.state.kind === "would_stop";
const isDead = (node: SourceNodeView): boolean =>
  node.is_simulated || node.lamp === "reauth_required" || node.lamp === "disconnected";

function tail(group: SourceGroupView | WorkflowGroupView, side: Side, of: string): PictureLine[] {
  if (group.folded_count > 0)
    return [
      {
        kind: "fold",
        key: group.key,
        count: group.folded_count,
        bad:
          "stopped_count" in group
            ? group.stopped_count - group.nodes.filter((node) => stops(node)).length
            : group.dead_count - group.nodes.filter((node) => isDead(node)).length,
        hasOthers: group.nodes.length > 0,
        side,
        of,
      },
    ];
  return group.is_expanded ? [{ kind: "less", key: `less ${group.key}`, group: group.key, of }] : [];
}

function column(lines: PictureLine[]): Column {
  const tops: number[] = [];
  const ends = new Map<string, number>();
  let top = 0;
  for (const line of lines) {
    tops.push(top);
    const height = heightOf(line);
    ends.set(line.key, top + height - LINE / 2);
    top += height;
  }
  tops.push(top);
  return { lines, tops, ends, height: top };
}

/** The lines between two heights, as places in the column. */
export function linesBetween({ tops, lines }: Column, from: number, until: number): [number, number] {
  return [Math.max(0, after(tops, from) - 1), Math.min(lines.length, after(tops, until))];
}

function after(tops: readonly number[], y: number): number {
  let low = 0;
  let high = tops.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tops[middle] ?? 0) <= y) low = middle + 1;
    else high = middle;
  }
  return low;
}
