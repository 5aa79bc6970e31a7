/** The demo's platforms, their connections and workflows: 0, 5, 50 or 5,000 nodes, the same each time [D1, D2]. */

import type {
  AccessView,
  ConnectionView,
  LampView,
  PlatformConnectionStateView,
  PlatformKindView,
  PlatformNameView,
  PlatformView,
  RunView,
  ScheduleView,
  SeenView,
} from "./bindings";
import { DAY, HOUR, MINUTE } from "./demo_times";

/** A connection that a platform owns. */
export interface DemoCopy {
  id: string;
  platform: PlatformNameView;
  name: string;
  kind: string;
  provider: string;
  tag: string;
  account: string | null;
  customer: string | null;
  lamp: LampView;
  state: PlatformConnectionStateView;
  seen: SeenView;
  /** Ours beside it; `undefined`: nobody has said. */
  joined: string | null | undefined;
  isConfirmed: boolean;
}

export interface DemoWorkflow {
  id: string;
  name: string;
  platform: PlatformNameView;
  customer: string | null;
  owner: string | null;
  isActive: boolean;
  pausedAt: number | null;
  lacksScope: boolean;
  schedule: ScheduleView;
  nextRunAt: number | null;
  runsPerDay: number | null;
  lastRun: RunView | null;
  failedRuns: RunView[];
  startedBy: string | null;
  seen: SeenView;
}

export interface DemoStep {
  workflow: string;
  source: string;
  name: string;
  place: number;
  access: AccessView;
  isEnabled: boolean;
}

export interface DemoRadius {
  platforms: PlatformView[];
  copies: Map<string, DemoCopy>;
  workflows: Map<string, DemoWorkflow>;
  steps: DemoStep[];
}

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

interface PlatformSeed {
  id: string;
  kind: PlatformKindView;
  name: string;
  address: string | null;
  way: PlatformView["way"];
}

const seeds: Record<string, PlatformSeed> = {
  n8n: { id: "pla_n8n", kind: "n8n", name: "n8n", address: "https://n8n.fjordstudio.example", way: "api" },
  make: { id: "pla_make", kind: "make", name: "Make", address: "eu1.make.com", way: "api" },
  zapier: { id: "pla_zapier", kind: "zapier", name: "Zapier", address: "zapfile.json", way: "file" },
  programs: { id: "pla_programs", kind: "programs", name: "Programs", address: null, way: "token_door" },
};

export function platformOf(seed: PlatformSeed, now: number): PlatformView {
  const isApi = seed.way === "api";
  const readAt =
    seed.way === "file" ? now - 7 * DAY : seed.way === "token_door" ? now - 22 * MINUTE : now - 9 * MINUTE;
  return {
    id: seed.id,
    kind: seed.kind,
    name: seed.name,
    address: seed.address,
    space: seed.kind === "make" ? "Team Fjordstudio" : null,
    customer: null,
    way: seed.way,
    abilities: {
      reads: isApi,
      lists_runs: isApi,
      tests_connections:
        seed.kind === "n8n" ? "only_says_whether_connected" : seed.kind === "make" ? "proves" : null,
      pauses: isApi,
      takes_grants: seed.kind === "n8n",
      repeats_runs: seed.kind === "n8n",
    },
    added_at: now - 40 * DAY,
    read_at: readAt,
    failed: null,
    is_stale: false,
    changes: { added: 0, changed: 1, same: 14, gone: seed.kind === "make" ? ["Old price list"] : [] },
    notes:
      seed.kind === "make"
        ? [{ kind: "unknown_modules", name: "acme-crm:pushLead", count: 3 }]
        : seed.kind === "n8n"
          ? [
              {
                kind: "missing_right",
                right: "credential:list",
                without_it: "connections that no workflow uses stay unseen",
              },
            ]
          : [],
    workflow_count: 0,
    active_count: 0,
    connection_count: 0,
    dead_count: 0,
    unjoined_count: 0,
    reads_itself: true,
    next_reading_at: null,
    reading: null,
  };
}

const nameOf = (seed: PlatformSeed): PlatformNameView => ({ id: seed.id, name: seed.name, kind: seed.kind });

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

type PlatformKey = "n8n" | "make" | "zapier" | "programs";
/** name, account, customer, provider, tag, platform, how it is, joined to one of ours by name and customer */
const toldCopies: [
  string,
  string | null,
  string,
  string,
  string,
  PlatformKey,
  LampView,
  string | null | undefined,
][] = [
  ["HubSpot", "nordlys-travel", "Nordlys Travel", "HubSpot", "Hs", "n8n", "reauth_required", undefined],
  ["HubSpot", "nordlys-travel", "Nordlys Travel", "HubSpot", "Hs", "make", "active", undefined],
  [
    "Google Drive",
    "ops@haldenoptik.example",
    "Halden Optik",
    "Google",
    "Dr",
    "n8n",
    "active",
    "Google Drive",
  ],
  [
    "Google Calendar",
    "frontdesk-and-reception@brightwater.example",
    "Brightwater Dental",
    "Google",
    "Ca",
    "zapier",
    "unproved",
    "Google Calendar",
  ],
  ["Slack", "fjordstudio.slack.example", "Fjordstudio", "Slack", "Sl", "n8n", "active", "Slack"],
  ["Xero", "Halden Optik AS", "Halden Optik", "Xero", "Xe", "make", "active", null],
  ["LinkedIn", "page Nordlys Travel", "Nordlys Travel", "LinkedIn", "Li", "zapier", "unproved", null],
  [
    "Salesforce",
    "integration@nordlys-travel.example",
    "Nordlys Travel",
    "Salesforce",
    "Sf",
    "make",
    "active",
    "Salesforce",
  ],
];

/** name, customer, platform, in how many hours, runs a day, sources: ours by name and customer, or "#" and a copy's place */
const toldWorkflows: [string, string, PlatformKey, number, number, string[]][] = [
  [
    "Recall letters",
    "Brightwater Dental",
    "n8n",
    3.3,
    1,
    ["Gmail/Fjordstudio", "Airtable/Brightwater Dental"],
  ],
  ["Lead handover", "Nordlys Travel", "n8n", 4.8, 24, ["Gmail/Fjordstudio", "#0"]],
  ["Timesheet nudge", "Fjordstudio", "n8n", 77, 0.2, ["#4"]],
  ["New patient pack", "Brightwater Dental", "n8n", 6.3, 2, ["Gmail/Fjordstudio"]],
  [
    "No-show follow-up",
    "Brightwater Dental",
    "n8n",
    7.3,
    1,
    ["Gmail/Fjordstudio", "Google Calendar/Brightwater Dental"],
  ],
  ["Chair bookings", "Brightwater Dental", "zapier", 0.6, 24, ["#3"]],
  ["Booking confirmations", "Nordlys Travel", "programs", 5.8, 40, ["Gmail/Fjordstudio"]],
  ["Pipeline notes", "Nordlys Travel", "make", 20.3, 1, ["Slack/Nordlys Travel"]],
  ["Pipeline digest", "Nordlys Travel", "make", 45.3, 0.2, ["#1"]],
  ["Page posts", "Nordlys Travel", "zapier", 25.3, 1, ["#6"]],
  [
    "Nightly invoices",
    "Halden Optik",
    "n8n",
    15.3,
    1,
    ["Gmail/Fjordstudio", "#5", "Google Drive/Halden Optik"],
  ],
  ["Payment reminders", "Halden Optik", "programs", 22.3, 1, ["Gmail/Fjordstudio", "#5"]],
  ["Supplier prices", "Halden Optik", "make", 19.3, 1, ["#5"]],
  ["Price list upload", "Halden Optik", "programs", 19.8, 1, ["Google Drive/Halden Optik"]],
  ["Stock sheet", "Halden Optik", "n8n", 0.3, 12, ["#2"]],
  ["Delivery notes", "Halden Optik", "n8n", 1.3, 12, ["#2"]],
  ["Forecast sync", "Nordlys Travel", "make", 9.2, 4, ["#7"]],
  ["Account clean-up", "Nordlys Travel", "programs", 12.4, 1, ["Salesforce/Nordlys Travel"]],
  ["Front desk mail", "Brightwater Dental", "programs", 0.8, 48, ["Outlook/Brightwater Dental"]],
  [
    "Lab orders",
    "Brightwater Dental",
    "n8n",
    2.1,
    6,
    ["Outlook/Brightwater Dental", "Airtable/Brightwater Dental"],
  ],
  ["Recall statistics", "Brightwater Dental", "make", 90, 0.1, ["Airtable/Brightwater Dental"]],
  ["Weekly notes", "Fjordstudio", "programs", 52, 0.2, ["Notion/Fjordstudio"]],
  ["Content calendar", "Fjordstudio", "make", 8, 2, ["Notion/Fjordstudio"]],
  ["Release notes", "Fjordstudio", "n8n", 30, 0.4, ["GitHub/Fjordstudio", "#4"]],
  ["Issue triage", "Fjordstudio", "n8n", 1, 20, ["GitHub/Fjordstudio"]],
  ["Stand-up reminder", "Halden Optik", "make", 21, 0.7, ["Microsoft Teams/Halden Optik"]],
  ["Shift plan", "Halden Optik", "make", 44, 0.2, ["Microsoft Teams/Halden Optik", "#5"]],
  ["Travel alerts", "Nordlys Travel", "n8n", 0.2, 60, ["Slack/Nordlys Travel"]],
  ["Old newsletter", "Fjordstudio", "zapier", 60, 0, ["Gmail/Fjordstudio"]],
  ["Fundraising list", "Fjordstudio", "n8n", 70, 0, ["Notion/Fjordstudio"]],
];

const steps = ["Send mail", "Read rows", "Write rows", "List files", "Post message", "Update contact"];
const owners = ["Mira", "Jonas", "Ida"];

function fillTold(
  into: DemoRadius,
  size: number,
  connections: ReadonlyMap<string, ConnectionView>,
  now: number,
): void {
  const ours = new Map<string, string>();
  for (const { row } of connections.values()) {
    const key = `${row.name}/${row.customer ?? ""}`;
    if (!ours.has(key)) ours.set(key, row.id);
  }
  const chosen = size <= 5 ? toldWorkflows.slice(0, 3) : toldWorkflows;
  const usedCopies = new Set(
    size <= 5
      ? chosen.flatMap(([, , , , , sources]) => sources.filter((one) => one.startsWith("#")))
      : toldCopies.map((_, index) => `#${index}`),
  );
  toldCopies.forEach(([name, account, customer, provider, tag, platform, lamp, joined], index) => {
    if (!usedCopies.has(`#${index}`)) return;
    const seed = seeds[platform];
    if (seed === undefined) return;
    const id = `pco_${index}`;
    into.copies.set(
      id,
      copyOf(id, nameOf(seed), { name, account, customer, provider, tag, lamp }, now, platform),
    );
    const copy = into.copies.get(id);
    if (copy === undefined) return;
    copy.joined = joined === undefined || joined === null ? joined : ours.get(`${joined}/${customer}`);
    copy.isConfirmed = joined === null;
  });
  chosen.forEach(([name, customer, platform, hours, perDay, sources], index) => {
    const seed = seeds[platform];
    if (seed === undefined) return;
    const id = `wfl_${index}`;
    const isDead = sources.includes("#0");
    into.workflows.set(id, {
      id,
      name,
      platform: nameOf(seed),
      customer,
      owner: owners[index % owners.length] ?? null,
      isActive: perDay > 0,
      pausedAt: null,
      lacksScope: name === "Price list upload",
      schedule:
        perDay >= 20
          ? { kind: "every", seconds: Math.round(DAY / perDay / 1000) }
          : { kind: "next_at", at: now + hours * HOUR },
      nextRunAt: perDay > 0 ? now + hours * HOUR : null,
      runsPerDay: perDay > 0 ? perDay : null,
      lastRun: runOf(id, now - (24 / Math.max(perDay, 0.3)) * HOUR, isDead ? "failed_inside" : "succeeded"),
      failedRuns: isDead
        ? [runOf(`${id}b`, now - 2 * HOUR, "failed_inside"), runOf(`${id}a`, now - 3 * HOUR, "failed")]
        : [],
      startedBy: null,
      seen: seenOf(platform, now),
    });
    sources.forEach((source, place) => {
      const target = source.startsWith("#") ? `pco_${source.slice(1)}` : ours.get(source);
      if (target === undefined) return;
      into.steps.push({
        workflow: id,
        source: target,
        name: steps[(index + place) % steps.length] ?? "Call",
        place: place + 2,
        access: place === 0 && sources.length === 1 ? "writes" : place % 2 === 0 ? "reads" : "writes",
        isEnabled: true,
      });
    });
  });
}

function copyOf(
  id: string,
  platform: PlatformNameView,
  told: Pick<DemoCopy, "name" | "account" | "customer" | "provider" | "tag" | "lamp">,
  now: number,
  way: PlatformKey,
): DemoCopy {
  return {
    id,
    platform,
    ...told,
    kind: `${told.provider.toLowerCase()}OAuth2Api`,
    state:
      told.lamp === "reauth_required"
        ? { kind: "dead", since: now - 3 * HOUR, words: `${told.provider} answered invalid_grant` }
        : told.lamp === "unproved"
          ? { kind: "unknown" }
          : { kind: "works", at: now - 22 * MINUTE },
    seen: seenOf(way, now),
    joined: undefined,
    isConfirmed: false,
  };
}

function seenOf(platform: PlatformKey, now: number): SeenView {
  const by = platform === "zapier" ? "file" : platform === "programs" ? "token_door" : "api";
  return { by, at: now - (by === "file" ? 7 * DAY : by === "api" ? 9 * MINUTE : 5 * HOUR), gone_at: null };
}

export function runOf(id: string, at: number, outcome: RunView["outcome"]): RunView {
  const isBad = outcome !== "succeeded" && outcome !== "running";
  return {
    id: `run_${id}`,
    at,
    outcome,
    failed_step: isBad ? "Send mail" : null,
    words: isBad ? "401: the token is not valid" : null,
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
function fillMany(
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
