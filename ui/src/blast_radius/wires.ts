/** Draws the wires that can be seen, in a few strokes however many there are. */

import type { WireStateView, WireView } from "../backend/backend";
import { type Column, linesBetween, type Scene } from "./layout";

export interface Colours {
  cut: string;
  wire: string;
  lit: string;
}

export interface Opening {
  width: number;
  height: number;
  leftTop: number;
  rightTop: number;
}

/** Beyond the edge a wire only has to point the right way. */
const FAR = 600;

const order: readonly WireStateView[] = ["off", "works", "cut_elsewhere", "cut_here"];
const widths: Record<WireStateView, number> = { off: 1, works: 1.1, cut_elsewhere: 1.4, cut_here: 2 };

export function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element);
  const named = (name: string, fallback: string): string => style.getPropertyValue(name).trim() || fallback;
  if (typeof matchMedia === "function" && matchMedia("(forced-colors: active)").matches)
    return { cut: "CanvasText", wire: "GrayText", lit: "Highlight" };
  return {
    cut: named("--bad", "#cf3524"),
    wire: named("--line-2", "#7f8684"),
    lit: named("--ink", "#15191a"),
  };
}

/** Wires with an end in view; those that only pass by would say nothing. */
export function wiresInView(scene: Scene, opening: Opening): WireView[] {
  const found = new Set<WireView>();
  const look = (column: Column, top: number, ends: Map<string, WireView[]>): void => {
    const [first, last] = linesBetween(column, top, top + opening.height);
    for (let index = first; index < last; index++) {
      const key = column.lines[index]?.key;
      if (key !== undefined) for (const wire of ends.get(key) ?? []) found.add(wire);
    }
  };
  look(scene.left, opening.leftTop, scene.from);
  look(scene.right, opening.rightTop, scene.to);
  return [...found];
}

/** A wire of many is thicker, and never so thick that it says more than that. */
export function widthOf(wire: WireView): number {
  return Math.min(5, widths[wire.state] + (wire.count > 1 ? Math.log2(wire.count) * 0.3 : 0));
}

export function drawWires(
  pen: CanvasRenderingContext2D,
  scene: Scene,
  opening: Opening,
  colours: Colours,
  lit: string | null,
): number {
  const { width, height, leftTop, rightTop } = opening;
  pen.clearRect(0, 0, width, height);
  const wires = wiresInView(scene, opening);
  const clamp = (y: number): number => Math.max(-FAR, Math.min(height + FAR, y));
  const strokes = new Map<string, WireView[]>();
  for (const wire of wires) {
    const isLit = lit !== null && (wire.from === lit || wire.to === lit);
    const key = `${isLit ? 1 : 0}${order.indexOf(wire.state)}${widthOf(wire).toFixed(1)}`;
    const list = strokes.get(key);
    if (list === undefined) strokes.set(key, [wire]);
    else list.push(wire);
  }
  for (const [key, list] of [...strokes].sort(([a], [b]) => a.localeCompare(b))) {
    const sample = list[0];
    if (sample === undefined) continue;
    const isLit = key.startsWith("1");
    const isCut = sample.state === "cut_here" || sample.state === "cut_elsewhere";
    pen.globalAlpha = lit !== null && !isLit ? 0.18 : isCut || isLit ? 1 : 0.75;
    pen.strokeStyle = isCut ? colours.cut : isLit ? colours.lit : colours.wire;
    pen.lineWidth = widthOf(sample) + (isLit && !isCut ? 0.5 : 0);
    pen.setLineDash(sample.state === "cut_elsewhere" ? [5, 4] : sample.state === "off" ? [1.5, 3.5] : []);
    pen.beginPath();
    for (const wire of list) {
      const from = scene.left.ends.get(wire.from);
      const to = scene.right.ends.get(wire.to);
      if (from === undefined || to === undefined) continue;
      const y = clamp(from - leftTop);
      const z = clamp(to - rightTop);
      pen.moveTo(0, y);
      pen.bezierCurveTo(width / 2, y, width / 2, z, width, z);
    }
    pen.stroke();
  }
  pen.globalAlpha = 1;
  return wires.length;
}
