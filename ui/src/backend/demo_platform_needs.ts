/** What needs somebody at the demo's platforms, as the engine would say it [A8, D4]. */

import type { CopyNeedView, IncidentNeedView, IncidentStandsView, PlatformNeedsView } from "./bindings";
import { reckon } from "./demo_radius_reckoning";
import type { DemoWorld } from "./demo_world";

export function demoPlatformNeeds(world: DemoWorld): PlatformNeedsView {
  const reckoned = reckon(world, []);
  const open = world.incidents.all.filter((one) => one.closedAt === null);
  const copies = [...reckoned.sources.values()]
    .flatMap(({ node, isDead }): CopyNeedView[] => {
      const users = [...(reckoned.bySource.get(node.id) ?? [])];
      const waiting = users.filter(
        (id) => reckoned.waits.has(id) || reckoned.workflows.get(id)?.state.kind === "paused",
      );
      if (node.platform === null || !isDead || waiting.length === 0) return [];
      return [
        {
          id: node.id,
          name: node.name,
          platform_name: node.platform.name,
          since: node.dies_at,
          waiting_count: waiting.length,
          incident: open.find((one) => one.source === node.id)?.id ?? null,
        },
      ];
    })
    .sort((a, b) => b.waiting_count - a.waiting_count || (a.since ?? Infinity) - (b.since ?? Infinity));
  const incidents = open.flatMap((one): IncidentNeedView[] => {
    const row = world.incidents.row(one, reckoned);
    if (row.state === "open" && reckoned.sources.get(one.source)?.isDead === true) return [];
    const { workflows } = world.incidents.view(one.id);
    const paused = workflows.filter((it) => it.state.kind === "paused").length;
    const unvalidated = row.workflow_count - row.validated_count;
    const stands: IncidentStandsView | null =
      row.state === "open"
        ? { kind: "broken" }
        : paused > 0
          ? { kind: "paused", count: paused }
          : unvalidated > 0
            ? { kind: "unvalidated", count: unvalidated }
            : null;
    return [{ id: one.id, name: row.source.name, stands }];
  });
  const unread = world.radius.platforms.filter((one) => world.refusingKey.has(one.id));
  const [first] = unread;
  return {
    copy_count: copies.length,
    first_copy: copies[0] ?? null,
    unread_count: unread.length,
    first_unread: first === undefined ? null : { id: first.id, name: first.name, read_at: first.read_at },
    incident_count: incidents.length,
    first_incident: incidents[0] ?? null,
  };
}
