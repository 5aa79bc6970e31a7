/** Draws the wires that can be seen, in a few strokes however many there are. */

import { type Column, type Laid, linesBetween, order, type Scene } from "./layout";

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
/** Thinner ones are drawn piece by piece by some web views, and show a dot at every joint. */
const THINNEST = 1.1;
/** Faint ones beyond that many are one grey anyway, and cost a frame. */
const MOST_FAINT = 500;

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
export function wiresInView(scene: Scene, opening: Opening): Set<Laid> {
  const found = new Set<Laid>();
  const look = (column: Column, top: number, ends: Map<string, Laid[]>): void => {
    const [first, last] = linesBetween(column, top, top + opening.height);
    for (let index = first; index < last; index++) {
      const key = column.lines[index]?.key;
      if (key !== undefined) for (const one of ends.get(key) ?? []) found.add(one);
    }
  };
  look(scene.left, opening.leftTop, scene.from);
  look(scene.right, opening.rightTop, scene.to);
  return found;
}

/** Strokes in the order in which they are drawn: faint, then plain, then lit; within each the cut above the whole. */
const FAINT = 0;
const PLAIN = 1_000;
const LIT = 2_000;

/** How many were drawn. */
export function drawWires(
  pen: CanvasRenderingContext2D,
  scene: Scene,
  opening: Opening,
  colours: Colours,
  lit: string | null,
): number {
  const { width, height, leftTop, rightTop } = opening;
  pen.clearRect(0, 0, width, height);
  const strokes = new Map<number, Laid[]>();
  let faint = 0;
  for (const one of wiresInView(scene, opening)) {
    const isLit = lit !== null && (one.wire.from === lit || one.wire.to === lit);
    const y = one.y - leftTop;
    const z = one.z - rightTop;
    // One of its ends is out of view: thin, so that what can be followed stands out.
    const leaves = y < 0 || y > height || z < 0 || z > height;
    if (leaves && !isLit && ++faint > MOST_FAINT) continue;
    const key = isLit
      ? LIT + one.look
      : leaves
        ? FAINT + order.indexOf(one.wire.state) * 16
        : PLAIN + one.look;
    const list = strokes.get(key);
    if (list === undefined) strokes.set(key, [one]);
    else list.push(one);
  }
  let drawn = 0;
  const middle = width / 2;
  for (const [key, list] of [...strokes].sort(([a], [b]) => a - b)) {
    const sample = list[0];
    if (sample === undefined) continue;
    const isLit = key >= LIT;
    const isFaint = key < PLAIN;
    const { state } = sample.wire;
    const isCut = state === "cut_here" || state === "cut_elsewhere";
    pen.globalAlpha = isLit ? 1 : lit !== null ? 0.18 : isFaint ? 0.4 : isCut ? 1 : 0.75;
    pen.strokeStyle = isCut ? colours.cut : isLit ? colours.lit : colours.wire;
    pen.lineWidth = Math.max(THINNEST, isFaint ? 0 : sample.width + (isLit && !isCut ? 0.5 : 0));
    pen.setLineDash(state === "cut_elsewhere" ? [5, 4] : state === "off" ? [1.5, 3.5] : []);
    pen.beginPath();
    for (const one of list) {
      const y = Math.max(-FAR, Math.min(height + FAR, one.y - leftTop));
      const z = Math.max(-FAR, Math.min(height + FAR, one.z - rightTop));
      pen.moveTo(0, y);
      if (y === z) pen.lineTo(width, z);
      else pen.bezierCurveTo(middle, y, middle, z, width, z);
    }
    pen.stroke();
    drawn += list.length;
  }
  pen.globalAlpha = 1;
  return drawn;
}
