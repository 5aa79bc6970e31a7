/** The demo's platforms, their connections and workflows: 0, 5, 50 or 5,000 nodes [D1, D2]. */

import type { ConnectionView } from "./bindings";
import { type DemoRadius, platformOf, seeds } from "./demo_platform_seeds";
import { fillTold } from "./demo_workflows_told";
import { fillMany } from "./demo_workflows_many";
import { HOUR, MINUTE } from "./demo_times";

export interface RadiusOptions {
  /** About how many nodes: 0, 5, 50, 5,000. */
  size: number;
  /** The last reading of n8n failed. */
  isStale?: boolean;
}

export function demoRadius(
  { size, isStale = false }: RadiusOptions,
  connections: ReadonlyMap<string, ConnectionView>,
  now: number,
): DemoRadius {
  const made: DemoRadius = { platforms: [], copies: new Map(), workflows: new Map(), steps: [] };
  if (size === 0) return made;
  if (size > 60) fillMany(made, size, connections, now);
  else fillTold(made, size, connections, now);
  const used = new Set([...made.workflows.values(), ...made.copies.values()].map((one) => one.platform.id));
  made.platforms = Object.values(seeds)
    .filter((seed) => used.has(seed.id))
    .map((seed) => platformOf(seed, now));
  const first = made.platforms[0];
  if (isStale && first !== undefined) {
    first.is_stale = true;
    first.read_at = now - 31 * HOUR;
    first.failed = { at: now - 4 * MINUTE, words: `${first.name} does not answer: connection refused` };
    for (const copy of made.copies.values())
      if (copy.platform.id === first.id) copy.seen = { ...copy.seen, at: now - 31 * HOUR };
  }
  return made;
}

/** Counts that follow from what is there. */
export function countPlatforms(radius: DemoRadius): void {
  for (const platform of radius.platforms) {
    const workflows = [...radius.workflows.values()].filter((one) => one.platform.id === platform.id);
    const copies = [...radius.copies.values()].filter((one) => one.platform.id === platform.id);
    platform.workflow_count = workflows.length;
    platform.active_count = workflows.filter((one) => one.isActive && one.pausedAt === null).length;
    platform.connection_count = copies.length;
    platform.dead_count = copies.filter((one) => one.lamp === "reauth_required").length;
    platform.unjoined_count = copies.filter((one) => one.joined === undefined).length;
  }
}
