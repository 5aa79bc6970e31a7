/** The picture as a file: all of its lines, in the colours of the open theme. */

import type { RadiusView } from "../backend/backend";
import { foldedSources, foldedWorkflows, groupNote, nextRun, nodeLabel } from "../words/radius";
import { HEAD, LINE, type PictureLine, type Scene, sceneOf, widthOf } from "./layout";

const WIDTH = 960;
const LEFT_END = 330;
const RIGHT_START = 590;
const TOP = 64;

const escaped = (text: string): string =>
  text
    // eslint-disable-next-line no-control-regex -- XML 1.0 holds none of these, however they are written
    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");

const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`;

/** `sentence` stands over it: a picture that is sent on has to say what it shows. */
export function svgOf(view: RadiusView, sentence: string, now: number, element: Element): string {
  const scene = sceneOf(view);
  const style = getComputedStyle(element);
  const colour = (name: string, fallback: string): string =>
    escaped(style.getPropertyValue(name).trim() || fallback);
  const ink = colour("--ink", "#15191a");
  const quiet = colour("--ink-3", "#5f676a");
  const bad = colour("--bad", "#cf3524");
  const wire = colour("--line-2", "#7f8684");
  const surface = colour("--surface", "#fcfdfc");
  const lamps: Record<string, string> = {
    active: colour("--ok", "#1c8a4a"),
    expiring: colour("--warn", "#b86e00"),
    reauth_required: bad,
    unproved: quiet,
    disconnected: quiet,
  };
  const height = Math.max(scene.left.height, scene.right.height) + TOP + 24;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="Inter, system-ui, sans-serif" font-size="12">`,
    `<title>${escaped(sentence)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="${surface}"/>`,
    `<text x="16" y="34" font-size="16" font-weight="600" fill="${ink}">${escaped(cut(sentence, 118))}</text>`,
    ...wires(scene, wire, bad),
  ];
  scene.left.lines.forEach((line, index) => {
    const y = TOP + (scene.left.tops[index] ?? 0) + (isHead(line) ? HEAD : LINE) - LINE / 2;
    if (line.kind === "accounts")
      parts.push(text(16, y, quiet, cut(line.group.label ?? "no account known", 46), "start", 400, 11));
    else if (line.kind === "source") {
      const isDead = line.node.lamp === "reauth_required" || line.node.is_simulated;
      parts.push(
        lamp(line.node.lamp, 24, y, lamps[line.node.lamp] ?? quiet),
        text(38, y, isDead ? ink : quiet, cut(nodeLabel(line.node), 40), "start", isDead ? 600 : 400),
        jack(LEFT_END, y, isDead ? bad : wire, surface),
      );
    } else if (line.kind === "fold")
      parts.push(
        text(38, y, quiet, foldedSources(line.count, line.bad, line.hasOthers)),
        jack(LEFT_END, y, wire, surface),
      );
  });
  scene.right.lines.forEach((line, index) => {
    const y = TOP + (scene.right.tops[index] ?? 0) + (isHead(line) ? HEAD : LINE) - LINE / 2;
    if (line.kind === "customer")
      parts.push(
        text(RIGHT_START + 18, y, ink, cut(line.group.customer ?? "No customer", 34), "start", 600),
        text(
          WIDTH - 16,
          y,
          quiet,
          groupNote(line.group.stopped_count, line.group.node_count),
          "end",
          400,
          11,
        ),
      );
    else if (line.kind === "workflow") {
      const isDead = line.node.state.kind === "stopped" || line.node.state.kind === "would_stop";
      if (isDead)
        parts.push(
          `<path d="M${RIGHT_START + 20} ${y - 4}l8 8m0 -8l-8 8" stroke="${bad}" stroke-width="2" stroke-linecap="round"/>`,
        );
      parts.push(
        text(RIGHT_START + 36, y, isDead ? ink : quiet, cut(line.node.name, 36), "start", isDead ? 600 : 400),
        text(WIDTH - 16, y, isDead ? ink : quiet, nextRun(line.node, now), "end"),
        jack(RIGHT_START, y, isDead ? bad : wire, surface),
      );
    } else if (line.kind === "fold")
      parts.push(
        text(RIGHT_START + 36, y, quiet, foldedWorkflows(line.count, line.bad, line.hasOthers)),
        jack(RIGHT_START, y, wire, surface),
      );
  });
  return `${parts.join("\n")}\n</svg>\n`;
}

const isHead = (line: PictureLine): boolean => line.kind === "accounts" || line.kind === "customer";

function text(
  x: number,
  y: number,
  fill: string,
  said: string,
  anchor = "start",
  weight = 400,
  size = 12,
): string {
  return `<text x="${x}" y="${y + 4}" fill="${fill}" text-anchor="${anchor}" font-weight="${weight}" font-size="${size}">${escaped(said)}</text>`;
}

function jack(x: number, y: number, stroke: string, fill: string): string {
  return `<circle cx="${x}" cy="${y}" r="4" fill="${fill}" stroke="${stroke}" stroke-width="1.5"/>`;
}

/** By shape as well as by colour, as on the board. */
function lamp(kind: string, x: number, y: number, colour: string): string {
  switch (kind) {
    case "reauth_required":
      return `<path d="M${x} ${y - 5}l6 10h-12z" fill="${colour}"/>`;
    case "expiring":
      return `<circle cx="${x}" cy="${y}" r="5" fill="none" stroke="${colour}" stroke-width="2.5" stroke-dasharray="10 21"/>`;
    case "unproved":
      return `<path d="M${x} ${y - 5}l5 5l-5 5l-5 -5z" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
    case "disconnected":
      return `<path d="M${x - 4} ${y}h8" stroke="${colour}" stroke-width="2"/>`;
    default:
      return `<circle cx="${x}" cy="${y}" r="4.5" fill="${colour}"/>`;
  }
}

function wires(scene: Scene, grey: string, bad: string): string[] {
  const middle = (LEFT_END + RIGHT_START) / 2;
  return [...scene.wires]
    .sort((a, b) => Number(a.state.startsWith("cut")) - Number(b.state.startsWith("cut")))
    .flatMap((wire) => {
      const from = scene.left.ends.get(wire.from);
      const to = scene.right.ends.get(wire.to);
      if (from === undefined || to === undefined) return [];
      const isCut = wire.state === "cut_here" || wire.state === "cut_elsewhere";
      const dash =
        wire.state === "cut_elsewhere"
          ? ' stroke-dasharray="5 4"'
          : wire.state === "off"
            ? ' stroke-dasharray="1.5 3.5"'
            : "";
      return [
        `<path d="M${LEFT_END} ${from + TOP}C${middle} ${from + TOP} ${middle} ${to + TOP} ${RIGHT_START} ${to + TOP}" fill="none" stroke="${isCut ? bad : grey}" stroke-width="${widthOf(wire).toFixed(1)}"${dash}/>`,
      ];
    });
}

/** No side of it is longer than every web view can draw. */
const MOST_PIXELS = 8_000;

/** The same as a picture of dots, twice as fine as the screen counts. */
export async function pngOf(svg: string): Promise<string> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const scale = Math.min(2, MOST_PIXELS / image.naturalHeight);
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.naturalWidth * scale);
  canvas.height = Math.round(image.naturalHeight * scale);
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png").split(",")[1] ?? "";
}
