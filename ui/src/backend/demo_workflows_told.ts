/** The workflows of a small board, each with a name and a story [D1]. */

import type { ConnectionView, LampView } from "./bindings";
import {
  copyOf,
  type DemoRadius,
  nameOf,
  owners,
  type PlatformKey,
  runOf,
  seeds,
  seenOf,
  steps,
} from "./demo_platform_seeds";
import { DAY, HOUR } from "./demo_times";

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

export function fillTold(
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
