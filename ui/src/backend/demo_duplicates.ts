/** Connections of the demo that repeat each other, and merging two of them [A8]. */

import type { ConnectionView, DuplicatesView, MergedView, MergePlanView } from "./bindings";
import type { DemoWorld } from "./demo_world";
import { judged } from "./demo_status";

export function demoDuplicates(world: DemoWorld): DuplicatesView[] {
  const groups = new Map<string, ConnectionView[]>();
  for (const view of world.connections.values()) {
    const { lamp } = view.row.status;
    if (lamp === "reauth_required" || lamp === "disconnected" || view.row.account === null) continue;
    const key = [view.row.provider_id, view.row.account, view.row.workspace].join("\n");
    groups.set(key, [...(groups.get(key) ?? []), view]);
  }
  return [...groups.values()]
    .filter((views) => views.length > 1)
    .map((views) => ({
      kind: "same_client",
      members: views.map(({ row, client_name, created_at }) => ({
        id: row.id,
        name: row.name,
        provider_name: row.provider_name,
        account: row.account,
        client_name,
        environment: row.environment,
        dependant_count: row.dependant_count,
        created_at,
      })),
    }));
}

export function demoMergePlan(world: DemoWorld, keep: string, gone: string): MergePlanView {
  const [kept, merged] = [world.one(keep), world.one(gone)];
  return {
    moved: merged.dependants,
    already_there: [],
    scopes_lost: [],
    revocation:
      merged.row.provider_id === "google"
        ? { state: "would_end", names: [kept.row.name] }
        : { state: "revokes" },
  };
}

export function demoMerge(world: DemoWorld, keep: string, gone: string): MergedView {
  const [kept, merged] = [world.one(keep), world.one(gone)];
  const moved_count = merged.dependants.length;
  kept.dependants = [...kept.dependants, ...merged.dependants];
  kept.row.dependant_count = kept.dependants.length;
  merged.dependants = [];
  merged.row.dependant_count = 0;
  merged.row.status = judged({
    lamp: "disconnected",
    reason: { kind: "disconnected_by_person" },
    since: world.now(),
    over_since: null,
    share_left: null,
    is_stale: false,
  });
  world.log(kept, { kind: "connections_merged", subject: `with ${merged.row.name} (${gone})` });
  world.log(merged, { kind: "connections_merged", subject: `into ${kept.row.name} (${keep})` });
  world.tell("connection_changed", null);
  const isGoogle = merged.row.provider_id === "google";
  return {
    moved_count,
    revocation: isGoogle ? null : { state: "revoked" },
    access_token: isGoogle ? { state: "not_seen", until: null } : { state: "dead" },
  };
}
