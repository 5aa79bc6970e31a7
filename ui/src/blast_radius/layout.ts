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
  const left = column(leftLines(view.left));
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

/** As they come: the order is the engine's, and the list has the same. */
function leftLines(groups: readonly SourceGroupView[]): PictureLine[] {
  return groups.flatMap((group): PictureLine[] => [
    { kind: "accounts", key: `head ${group.key}`, group },
    ...group.nodes.map((node): PictureLine => ({
      kind: "source",
      key: node.id,
      node,
      hasAccount: group.by === "customer",
    })),
    ...tail(group, "left", group.label ?? "No account"),
  ]);
}

function tail(group: SourceGroupView | WorkflowGroupView, side: Side, of: string): PictureLine[] {
  if (group.folded_count > 0)
    return [
      {
        kind: "fold",
        key: group.key,
        count: group.folded_count,
        bad: "stopped_count" in group ? group.folded_stopped_count : group.folded_dead_count,
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
