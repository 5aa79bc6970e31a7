/** Names as hard on a row as names can be: endless ones, those written from right to left, and all of that mixed. */

import type { ConnectionView } from "./bindings";

const LONG = "Quarterly revenue reconciliation and dunning letters for the Benelux subsidiaries ";
const RTL = ["بريد المبيعات", "יומן הפגישות", "حسابات العملاء", "מסמכי הלקוחות", "تقارير الشهر"];
const RTL_CUSTOMERS = ["شركة النور للسفر", "מרפאת השיניים ברחוב הראשי", "استوديو الشمال"];

export const oddNameKinds = ["long", "rtl", "mixed"] as const;
export type OddNames = (typeof oddNameKinds)[number];

const MIXED = [
  "صندوق بريد المكتب الرئيسي",
  "A mailbox whose name somebody made as long as the field would let them, and then a little longer",
  "תיבת הדואר של הקבלה",
];

export function rename(views: Iterable<ConnectionView>, how: OddNames): void {
  let index = 0;
  for (const { row } of views) {
    if (how === "mixed") {
      row.name = MIXED[index % MIXED.length] ?? row.name;
      if (index % 3 === 1)
        row.account =
          "the.office.of.the.managing.director.and.everybody.else.who.reads.it@brightwater-dental.example";
    } else if (how === "long") {
      row.name = `${row.name}, ${LONG.repeat(index === 0 ? 12 : 1).trim()}`;
      // As long as an account's name may be.
      row.account =
        index === 1
          ? `${"automation.".repeat(363)}bot@example.test`
          : `${"reporting-".repeat(6)}${row.account ?? ""}`;
      row.customer =
        row.customer === null
          ? null
          : `${row.customer}, successor in interest to Brightwater Holdings International`;
    } else {
      row.name = RTL[index % RTL.length] ?? row.name;
      row.account = index % 2 === 0 ? `מירה‎@fjordstudio.example` : (row.account ?? "");
      row.customer =
        row.customer === null ? null : (RTL_CUSTOMERS[index % RTL_CUSTOMERS.length] ?? row.customer);
    }
    index += 1;
  }
}
