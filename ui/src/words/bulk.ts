/** What a deed done to many came to: on each row, and in sum [E1]. */

import type {
  DisconnectedView,
  ErrorCode,
  FarewellView,
  RefreshView,
  TestCallView,
  TwoVerdictsView,
} from "../backend/backend";
import { causeWords } from "./causes";
import { errorWords } from "./errors";
import { isLeftThere } from "./farewell";
import { counted, digits, listed } from "./numbers";
import { latency } from "./times";
import { isMendedFromHere } from "./two_verdicts";

export type BulkDeed = "test_call" | "refresh" | "disconnect" | "label";

export type BulkResult =
  | { state: "waiting" }
  | { state: "running" }
  | { state: "done"; words: string }
  | { state: "failed"; words: string }
  /** It was cancelled before its turn. */
  | { state: "left" };

export function bulkTested(view: TestCallView): BulkResult {
  if (view.is_success && view.is_other_account) return { state: "failed", words: "another account" };
  if (view.is_success) return { state: "done", words: latency(view.latency_ms) };
  return { state: "failed", words: view.cause === null ? "refused" : causeWords[view.cause.cause].short };
}

export function bulkRefreshed(view: RefreshView): BulkResult {
  switch (view.state) {
    case "refreshed":
      return { state: "done", words: `refreshed, v${view.version}` };
    case "already_fresh":
      return { state: "done", words: "already fresh" };
    case "failed":
      return { state: "failed", words: causeWords[view.cause.cause].short };
    case "no_refresh_token":
      return { state: "failed", words: "no refresh token" };
  }
}

export function bulkDisconnected(view: DisconnectedView): BulkResult {
  return isLeftThere(view)
    ? { state: "failed", words: "erased here, left there" }
    : { state: "done", words: "disconnected" };
}

export function couldNot(code: ErrorCode): string {
  const { title } = errorWords[code];
  return title.endsWith(".") ? title.slice(0, -1).toLowerCase() : title.toLowerCase();
}

export const bulkWords: Record<BulkDeed, { doing: string; done: string }> = {
  test_call: { doing: "Testing", done: "tested" },
  refresh: { doing: "Refreshing", done: "tried" },
  disconnect: { doing: "Disconnecting", done: "disconnected" },
  label: { doing: "Labelling", done: "tried" },
};

interface OutcomeWords {
  passed: (count: number) => string;
  failed: (count: number) => string;
  /** Of all of them, and of the only one. */
  none: (count: number) => string;
}

/** How many it went well with, and how many not. */
const outcomes: Record<BulkDeed, OutcomeWords> = {
  test_call: {
    passed: (count) => (count === 1 ? "works" : "work"),
    failed: (count) => (count === 1 ? "does not" : "do not"),
    none: (count) => (count === 1 ? "it does not work" : "none works"),
  },
  refresh: {
    passed: (count) => (count === 1 ? "is fresh" : "are fresh"),
    failed: (count) => (count === 1 ? "is not" : "are not"),
    none: (count) => (count === 1 ? "it is not fresh" : "none is fresh"),
  },
  disconnect: {
    passed: (count) => (count === 1 ? "is gone" : "are gone"),
    failed: (count) => (count === 1 ? "needs a look" : "need a look"),
    none: (count) => (count === 1 ? "it needs a look" : "all need a look"),
  },
  label: {
    passed: (count) => (count === 1 ? "is labelled" : "are labelled"),
    failed: (count) => (count === 1 ? "is not" : "are not"),
    none: (count) => (count === 1 ? "it is not labelled" : "none is labelled"),
  },
};

/** "Testing, 3 of 12". */
export function bulkProgress(deed: BulkDeed, done: number, total: number): string {
  return `${bulkWords[deed].doing}, ${digits(done)} of ${digits(total)}`;
}

/** "12 tested: 10 work, 2 do not."; "3 of 8 tested: none works; 5 not begun." */
export function bulkSum(deed: BulkDeed, done: number, failed: number, left: number): string {
  const { passed, failed: not, none } = outcomes[deed];
  const well = done - failed;
  const rest = left > 0 ? `; ${digits(left)} not begun` : "";
  const tried = `${digits(done)}${left > 0 ? ` of ${digits(done + left)}` : ""} ${bulkWords[deed].done}`;
  if (done === 0) return `None ${bulkWords[deed].done}${rest}.`;
  // "Do not" says what only after what does was said.
  if (failed === done) return `${tried}: ${none(done)}${rest}.`;
  const parts = [
    `${digits(well)} ${passed(well)}`,
    ...(failed > 0 ? [`${digits(failed)} ${not(failed)}`] : []),
  ];
  return `${tried}: ${parts.join(", ")}${rest}.`;
}

/** "Two of three are mended from here, one after the other; one on its own page." */
export function copiesSum(verdicts: readonly TwoVerdictsView[]): string {
  const dead = verdicts.filter((one) => one.way !== null);
  if (dead.length === 0)
    return verdicts.length === 1 ? "The one copy is mended." : `All ${verdicts.length} copies are mended.`;
  const here = dead.filter(isMendedFromHere).length;
  const there = dead.length - here;
  const parts = [
    here > 0
      ? `${counted(here, "copy", "copies")} ${here === 1 ? "is" : "are"} mended from here${here === 1 ? "" : ", one after the other"}`
      : "",
    there > 0 ? `${counted(there, "copy", "copies")} at the platform, on its own page` : "",
  ].filter((part) => part !== "");
  return `${parts.join("; ")}.`;
}

/** What disconnecting all of them strands, by name. */
export function bulkStrands(plans: readonly FarewellView[]): { count: number; sentence: string } {
  // One workflow may hang on several of them.
  const all = plans.flatMap((plan) => plan.stranded);
  const count = new Set(all.map((one) => `${one.place}\n${one.workflow}`)).size;
  const names = [...new Set(all.map((one) => one.workflow))];
  if (count === 0) return { count: 0, sentence: "No workflow is known to hang on them." };
  return {
    count,
    sentence: `${listed(names, 4)} ${count === 1 ? "loses its" : "lose their"} token.`,
  };
}

/** What the providers do with the grants, in sum. */
export function bulkRevocations(plans: readonly FarewellView[]): string {
  const kept = plans.filter(
    (plan) => plan.revocation === "not_offered" || plan.revocation === "ends_access_token_alone",
  ).length;
  const wide = plans.filter((plan) => plan.revocation === "ends_all_grants_of_this_client").length;
  return [
    "Grants are revoked where the provider offers it, and that cannot be undone.",
    kept > 0
      ? `${counted(kept, "provider")} ${kept === 1 ? "goes" : "go"} on listing the access until you remove it there.`
      : "",
    wide > 0 ? `With ${wide} of them other grants of the same account end too.` : "",
  ]
    .filter((part) => part !== "")
    .join(" ");
}

/** Of labels that were to be taken back and could not be yet. */
export const undoLeft = (count: number): string =>
  `${count === 1 ? "One connection keeps" : `${counted(count, "connection")} keep`} the new label for now.`;
