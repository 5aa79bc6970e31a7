/** The ladder of probes in words: its rungs, how each ended, what the whole says [C3]. */

import type { CauseView, LadderView, RungNameView, RungStateView, RungView } from "../backend/backend";
import { causeWords } from "./causes";
import { counted, listed } from "./numbers";
import { shortScope } from "./scopes";
import { latency, moment, momentInSentence, span } from "./times";

/** From the ground up, as the engine climbs. */
export const rungOrder: readonly RungNameView[] = [
  "reach",
  "clock",
  "our_token",
  "token_endpoint",
  "credential",
  "identity",
  "scopes",
  "resource",
];

export const rungWords: Record<RungNameView, { head: string; asks: string }> = {
  reach: { head: "Provider reachable", asks: "Is its host found, reached and trusted?" },
  clock: { head: "Clocks agree", asks: "Is this machine's time the provider's?" },
  our_token: { head: "Stored token whole", asks: "Is it in the keychain, as the database says?" },
  token_endpoint: { head: "Client known", asks: "Does the token endpoint accept the client?" },
  credential: { head: "Credential obtainable", asks: "Can a usable access token be had?" },
  identity: { head: "Identity and tenant right", asks: "Does the right account answer?" },
  scopes: { head: "Scopes right", asks: "Is what was asked for granted, and does it work?" },
  resource: { head: "Resource reachable", asks: "Can the named object be read?" },
};

export const rungStateWords: Record<RungStateView, string> = {
  running: "running",
  passed: "passed",
  failed: "failed",
  not_needed: "not needed",
  not_run: "not run",
};

/** All rungs in order; those nobody has told of yet are null. */
export function ladderOf(rungs: readonly RungView[]): { name: RungNameView; rung: RungView | null }[] {
  return rungOrder.map((name) => ({ name, rung: rungs.find((one) => one.rung === name) ?? null }));
}

export function rungNumber(name: RungNameView): number {
  return rungOrder.indexOf(name) + 1;
}

/** "Rung 2 of 8, Clocks agree: passed." for who hears it. */
export function rungSpoken(rung: RungView): string {
  const { head } = rungWords[rung.rung];
  const says = rung.state === "failed" ? ` ${rung.says}` : "";
  return `Rung ${rungNumber(rung.rung)} of ${rungOrder.length}, ${head}: ${rungStateWords[rung.state]}.${says}`;
}

/** "stopped at rung 2 of 8, run at 10:41, took 0.2 s". */
export function ladderNote(ladder: LadderView, now: number): string {
  const failed = ladder.rungs.find((rung) => rung.state === "failed");
  const end =
    failed === undefined
      ? `all ${rungOrder.length} rungs hold`
      : `stopped at rung ${rungNumber(failed.rung)} of ${rungOrder.length}`;
  return `${end}, run ${momentInSentence(ladder.at, now)}, took ${latency(ladder.took_ms)}`;
}

/** The page's sentence: what happened and what mends it. */
export function verdictSentence(ladder: LadderView, provider: string, name: string): string {
  if (ladder.cause.cause === "no_failure") return `Every rung holds: nothing is wrong with ${name}.`;
  if (ladder.cause.cause === "insufficient_scope" && ladder.next.step === "ask_admin")
    return `${provider} refuses the call for want of a right, and every scope that was asked for is granted; an administrator can give the account the right.`;
  if (ladder.cause.cause === "clock_skew" && ladder.next.step === "report_to_vendor")
    return `${provider}'s clock is off: other servers agree with this machine's. Nothing is to be set here.`;
  const happened = causeWords[ladder.cause.cause]
    .sentence(provider)
    .replace("this grant", `the ${name} grant`)
    .replace(/\.$/, "");
  const clause = mends(ladder);
  return clause === null ? `${happened}.` : `${happened}; ${clause}.`;
}

/** The same once it was mended: when it was, and how it stands. */
export function pastSentence(
  ladder: LadderView,
  provider: string,
  name: string,
  worksSince: number | null,
  now: number,
): string {
  const was = `${atStart(moment(ladder.at, now))}: ${causeWords[ladder.cause.cause].short}, at ${provider}.`;
  return worksSince === null
    ? `${was} Since then ${name} was signed in anew.`
    : `${was} ${name} works since, seen ${momentInSentence(worksSince, now)}.`;
}

function atStart(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function mends({ next, cause }: LadderView): string | null {
  switch (next.step) {
    case "reconnect":
      return "one reconnect brings it back";
    case "reconnect_with_scopes":
      return next.missing.length === 0
        ? "one reconnect asks for what is missing"
        : `one reconnect asks for ${listed(next.missing.map(shortScope), 3)}`;
    case "reconnect_other_account":
      return "reconnect with the right account";
    case "refresh_now":
      return "a refresh shows whether the grant still holds";
    case "run_test_call":
      return "a test call shows whether it still does";
    case "wait_until":
      return "it passes by itself";
    case "ask_admin":
      return "an administrator can allow it";
    case "share_resource":
      return "share it, and it works";
    case "open_mending_page":
      return cause.cause === "api_not_enabled"
        ? "switch it on at the page that the provider names"
        : "authorise it at the page that the provider names";
    case "check_client":
      return cause.cause === "api_not_enabled"
        ? "switch it on in the provider's console, where the client is registered"
        : "the client has to be corrected";
    case "open_clock":
      return "one of the two is wrong";
    case "open_provider_page":
    case "report_to_vendor":
    case "nothing":
      return null;
  }
}

/** A cause, with how sure it is where an answer was classified. */
export type Sureness = CauseView;

/** "high: 6 look-alikes are ruled out below". Null where nobody said. */
export function sureness({ confidence }: Sureness, ruledOutCount: number): string | null {
  const out = ruledOutCount === 0 ? "" : `: ${counted(ruledOutCount, "look-alike")} ruled out below`;
  if (confidence === undefined) return ruledOutCount === 0 ? null : `not measured${out}`;
  const word = confidence >= 0.85 ? "high" : confidence >= 0.55 ? "fair" : "low";
  return `${word}${out}`;
}

/** "token superseded or grant aged out". */
export function others({ alternatives = [] }: Sureness): string | null {
  const names = alternatives.slice(0, 3).map((one) => causeWords[one.cause].short);
  if (names.length === 0) return null;
  return names.length === 1
    ? (names[0] ?? null)
    : `${names.slice(0, -1).join(", ")} or ${names.at(-1) ?? ""}`;
}

/** The line beside "When". */
export function whenNote(ladder: LadderView, now: number): string | null {
  const { last_good: good, first_bad: bad } = ladder;
  if (good !== null && bad !== null)
    return `it broke between ${bare(good.at, now)} and ${bare(bad.at, now)}, within ${span(Math.max(0, bad.at - good.at))}`;
  if (good !== null) return `it last worked ${momentInSentence(good.at, now)}`;
  if (bad !== null) return `it has failed since ${bare(bad.at, now)}; nothing is known of the time before`;
  return null;
}

function bare(at: number, now: number): string {
  return momentInSentence(at, now).replace(/^(at|on) /, "");
}
