/** What failed over an invented night in the demo. */

import type { FailedReadingView, TroubleView, UnreadView } from "./bindings";
import { demoEvent } from "./demo_events";
import { outage } from "./demo_plans";
import { HOUR, MINUTE } from "./demo_times";
import type { DemoWorld } from "./demo_world";

/** One that stands for each dead connection, at most three; one that passed, and the network for a while. */
export function demoTroubles(world: DemoWorld): UnreadView {
  const now = world.now();
  const rows = [...world.connections.values()].map((view) => view.row);
  const dead = rows.filter((row) => row.status.reason.kind === "grant_ended").slice(0, 3);
  const well = rows.find((row) => row.status.lamp === "active" && !row.is_practice);
  const troubles: TroubleView[] = dead.map((row) => ({
    kind: "grant",
    first_at: row.status.since - 2_000,
    last_at: row.status.since,
    count: 2,
    event: demoEvent(row, row.status.since, {
      kind: "reauth_required_set",
      cause: row.status.reason.kind === "grant_ended" ? row.status.reason.cause : null,
    }),
    over_at: null,
  }));
  if (well !== undefined)
    troubles.push({
      kind: "grant",
      first_at: now - 7 * HOUR,
      last_at: now - 6.4 * HOUR,
      count: 9,
      event: demoEvent(well, now - 6.4 * HOUR, { kind: "refresh_failed", http_status: 503, cause: outage }),
      over_at: now - 6.3 * HOUR,
    });
  if (rows.length > 0)
    troubles.push({
      kind: "network",
      first_at: now - 9 * HOUR,
      last_at: now - 9 * HOUR,
      count: 1,
      event: demoEvent(null, now - 9 * HOUR, { kind: "network_lost" }),
      over_at: now - 9 * HOUR + 12 * MINUTE,
    });
  const readings = demoFailedReading(world);
  const isAny = troubles.length + readings.length > 0;
  return { as_of: now, since: isAny ? now - 15 * HOUR : null, troubles, readings };
}

/** The first platform with an API was down all night. */
function demoFailedReading(world: DemoWorld): FailedReadingView[] {
  const platform = world.radius.platforms.find((one) => one.way === "api");
  if (platform === undefined) return [];
  platform.failed = { at: world.now() - 21 * MINUTE, words: "it does not answer" };
  return [
    {
      platform_id: platform.id,
      platform_name: platform.name,
      last_at: platform.failed.at,
      count: 6,
      words: platform.failed.words,
      needs_person: false,
      read_at: platform.read_at,
    },
  ];
}

export function unreadAnswers(world: DemoWorld): {
  attend: () => UnreadView;
  list_unread: () => UnreadView;
  mark_read: () => UnreadView;
} {
  const nothing = (): UnreadView => ({ as_of: world.now(), since: null, troubles: [], readings: [] });
  const look = (): UnreadView => world.unread ?? nothing();
  return {
    attend: look,
    list_unread: look,
    mark_read: () => {
      world.unread = null;
      return nothing();
    },
  };
}
