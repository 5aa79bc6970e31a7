// An agency's connections and workflows, as many as are asked for: connections as another program could write them into the
// database (same grant, other names), workflows as the list by hand that names them. The same for the same number.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { AppWindow } from "./window.ts";

const CUSTOMERS = [
  "Brightwater Dental",
  "Nordlys Travel",
  "Halden Optik",
  "Fjord Studio",
  "Solvang & Daughters",
];
const APPS = [
  ["Gmail", "mira@fjordstudio.example"],
  ["Google Drive", "ops@haldenoptik.example"],
  ["Slack", "fjordstudio.slack.example"],
  ["HubSpot", "nordlys-travel"],
  ["Xero", "Halden Optik AS"],
  ["Airtable", "base Recalls 2026"],
  ["Outlook", "frontdesk-and-reception@brightwater.example"],
  ["Notion", "Fjord Studio"],
] as const;
const THINGS = [
  "Recall letters",
  "Lead handover",
  "Booking confirmations",
  "Nightly invoices",
  "Stock sheet",
];
const SCHEDULES = [
  "hourly",
  "every 15 minutes",
  "daily 14:00 UTC",
  "weekdays 07:30 UTC",
  "weekly Friday 15:00 UTC",
];

/** `dead` has ended at its provider, `alive` works: both are copied. */
export function addConnections(
  home: string,
  count: number,
  models: { alive: string; dead: string },
): string[] {
  const database = new DatabaseSync(join(home, "patchbay.db"), { timeout: 5_000 });
  const ids: string[] = [];
  try {
    const model = (id: string) => database.prepare("SELECT * FROM connections WHERE id = ?").get(id)!;
    const [alive, dead] = [model(models.alive), model(models.dead)];
    const columns = Object.keys(alive);
    const insert = database.prepare(
      `INSERT OR REPLACE INTO connections (${columns.join()}) VALUES (${columns.map((column) => `:${column}`).join()})`,
    );
    database.exec("BEGIN IMMEDIATE");
    for (let number = 0; number < count; number += 1) {
      const [name, account] = APPS[number % APPS.length]!;
      const round = Math.floor(number / APPS.length);
      const id = `con_agency${String(number).padStart(4, "0")}`;
      insert.run({
        ...(number % 29 === 0 ? dead : alive),
        id,
        name: round === 0 ? name : `${name} ${round + 1}`,
        subject: `agency-${number}`,
        account_label: round === 0 ? account : account.replace(/(@|$)/, `-${round + 1}$1`),
        customer: CUSTOMERS[number % CUSTOMERS.length]!,
        automatic_refresh: 0,
      });
      ids.push(id);
    }
    database.exec("COMMIT");
  } finally {
    database.close();
  }
  return ids;
}

/** Imports a list of so many workflows on these connections, and on some that only the list knows. */
export async function importWorkflows(
  window: AppWindow,
  ids: readonly string[],
  count: number,
): Promise<void> {
  const lines = ["workflow,step,connection,provider,account,customer,owner,schedule,active,access"];
  for (let number = 0; number < count; number += 1) {
    const [app, account] = APPS[(number * 3) % APPS.length]!;
    const round = Math.floor(number / THINGS.length);
    const name = `${THINGS[number % THINGS.length]}${round === 0 ? "" : ` ${round + 1}`}`;
    const customer = CUSTOMERS[number % CUSTOMERS.length]!;
    const more = `${customer},${["Mira", "Jonas", "Ida"][number % 3]},${SCHEDULES[number % SCHEDULES.length]},${number % 9 === 8 ? "no" : "yes"}`;
    // The first of them carries more than its share.
    const own = ids[number % 7 === 0 ? 0 : (number * 5) % ids.length]!;
    lines.push(`${name},Read,${own},,,${more},reads`);
    if (number % 2 === 1)
      lines.push(`${name},Write,${app} list ${(number % 40) + 1},,${account},${more},writes`);
    if (number % 4 === 3) lines.push(`${name},Tell,${ids[(number * 11) % ids.length]},,,${more},writes`);
  }
  const path = join(window.home, "agency.csv");
  writeFileSync(path, lines.join("\n"));
  const told = await window.ask<{ state: string }>("import_workflows", {
    path,
    reading: "agency",
    kind: "by_hand",
    platform: null,
    name: null,
    customer: null,
  });
  if (told.state !== "read") throw new Error(`the list was not taken: ${JSON.stringify(told)}`);
}
