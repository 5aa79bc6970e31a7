/** Thousands of workflows of an agency, the same each time [D1]. */

import type { ConnectionView, LampView } from "./bindings";
import {
  copyOf,
  type DemoRadius,
  nameOf,
  owners,
  type PlatformKey,
  seeds,
  seenOf,
  steps,
} from "./demo_platform_seeds";
import { DAY, HOUR } from "./demo_times";

const customersOfAgency = [
  "Brightwater Dental",
  "Nordlys Travel",
  "Halden Optik",
  "Fjordstudio",
  "Ostkreuz Bikes",
  "Kaffeerösterei Linde",
  "Maison Perrault",
  "Tern & Gull",
];
const towns = "Aker Bjerke Dovre Eid Fana Grue Hol Inderøy".split(" ");
const trades = ["Bygg", "Legesenter", "Regnskap", "Hagesenter"];

/** Forty names; the first eight are those of the small boards. */
export const agency: readonly string[] = Array.from({ length: 40 }, (_, index) =>
  index < customersOfAgency.length
    ? (customersOfAgency[index] ?? "")
    : `${towns[index % towns.length] ?? ""} ${trades[Math.floor(index / towns.length) % trades.length] ?? ""}`,
);

/** A small, fast generator: the same seed, the same numbers. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const deeds = [
  "sync",
  "digest",
  "reminders",
  "invoices",
  "hand-over",
  "report",
  "back-up",
  "alerts",
  "import",
  "clean-up",
];
const things = [
  "Leads",
  "Orders",
  "Bookings",
  "Contacts",
  "Stock",
  "Tickets",
  "Invoices",
  "Shifts",
  "Reviews",
];

/** Four platforms' worth of an agency: a seventh of the nodes are connections. */
export function fillMany(
  into: DemoRadius,
  size: number,
  connections: ReadonlyMap<string, ConnectionView>,
  now: number,
): void {
  const random = numbers(6);
  const sourceCount = Math.round(size * 0.128);
  const copyCount = Math.round(sourceCount * 0.35);
  const own = [...connections.values()].map((view) => view.row).slice(0, sourceCount - copyCount);
  const byCustomer = agency.map((): string[] => []);
  own.forEach((row) => byCustomer[Math.max(0, agency.indexOf(row.customer ?? ""))]?.push(row.id));
  const keys: PlatformKey[] = ["n8n", "make", "zapier"];
  for (let index = 0; index < copyCount; index++) {
    const platform = keys[index % keys.length] ?? "n8n";
    const seed = seeds[platform];
    const beside = own[(index * 3) % Math.max(1, own.length)];
    if (seed === undefined || beside === undefined) continue;
    const id = `pco_${index}`;
    const lamp: LampView =
      platform === "zapier"
        ? "unproved"
        : index % 41 === 5
          ? "reauth_required"
          : index % 29 === 3
            ? "unproved"
            : "active";
    const told = {
      name: beside.name,
      account: beside.account,
      customer: beside.customer,
      provider: beside.provider_name,
      tag: beside.provider_tag,
      lamp,
    };
    const copy = copyOf(id, nameOf(seed), told, now, platform);
    copy.joined = index % 7 === 0 ? undefined : beside.id;
    copy.isConfirmed = index % 3 === 0;
    into.copies.set(id, copy);
    byCustomer[Math.max(0, agency.indexOf(beside.customer ?? ""))]?.push(id);
  }
  const shared = own.slice(0, 2).map((row) => row.id);
  const workflowCount = size - own.length - into.copies.size;
  for (let index = 0; index < workflowCount; index++) {
    const place = index % agency.length;
    const customer = agency[place] ?? null;
    const platform = keys[Math.floor(random() * 2.6)] ?? "n8n";
    const seed = seeds[platform];
    if (seed === undefined) continue;
    const id = `wfl_${index}`;
    const perDay = [0.2, 1, 1, 4, 24, 96][Math.floor(random() * 6)] ?? 1;
    const isActive = random() > 0.12;
    into.workflows.set(id, {
      id,
      name: `${things[Math.floor(random() * things.length)] ?? ""} ${deeds[Math.floor(random() * deeds.length)] ?? ""} ${Math.floor(index / agency.length) + 1}`,
      platform: nameOf(seed),
      customer,
      owner: owners[index % owners.length] ?? null,
      isActive,
      pausedAt: null,
      lacksScope: false,
      schedule:
        perDay >= 24
          ? { kind: "every", seconds: Math.round(DAY / perDay / 1000) }
          : { kind: "next_at", at: now + random() * (24 / perDay) * HOUR },
      nextRunAt: isActive ? now + random() * (24 / perDay) * HOUR : null,
      runsPerDay: isActive ? perDay : null,
      lastRun: null,
      failedRuns: [],
      startedBy: null,
      seen: seenOf(platform, now),
    });
    const pool = byCustomer[place] ?? [];
    const wanted = 2 + Math.floor(random() * 4);
    const taken = new Set<string>();
    for (let step = 0; step < wanted + 2; step++) {
      const source =
        random() < 0.006 ? shared[step % shared.length] : pool[Math.floor(random() * pool.length)];
      if (source === undefined || (taken.size >= wanted && !taken.has(source))) continue;
      taken.add(source);
      into.steps.push({
        workflow: id,
        source,
        name: steps[step % steps.length] ?? "Call",
        place: step + 1,
        access: step % 2 === 0 ? "reads" : "writes",
        isEnabled: random() > 0.02,
      });
    }
  }
}
