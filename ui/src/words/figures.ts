/** Rates and counts: every number says what it counts and since when [C9]. */

import type { FiguresView, SpreadView } from "../backend/backend";
import { counted } from "./numbers";

export const spans = [1, 7, 30] as const;

export const spanWords: Record<(typeof spans)[number], string> = {
  1: "1 day",
  7: "7 days",
  30: "30 days",
};

/** Microseconds as a person reads them: "640 µs", "5.2 ms", "184 ms", "1.8 s", "4 min". */
export function duration(us: number): string {
  if (us < 1_000) return `${Math.round(us)} µs`;
  if (us < 10_000) return `${(us / 1_000).toFixed(1)} ms`;
  if (us < 1_000_000) return `${Math.round(us / 1_000)} ms`;
  const seconds = us / 1_000_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3_600)} h`;
}

/** "181 ms, 99 of 100 within 930 ms"; of few values only how many they were. */
export function spread(of: SpreadView | null): { main: string; small: string } {
  return of === null
    ? { main: "none", small: "nothing measured" }
    : {
        main: duration(of.median_us),
        small:
          of.p99_us === null ? `${number(of.count)} measured` : `99 of 100 within ${duration(of.p99_us)}`,
      };
}

export interface Figure {
  key: string;
  /** What it counts. */
  label: string;
  main: string;
  small: string;
  /** Said on hover, and under "What these count". */
  meaning: string;
  tone: "plain" | "bad" | "warn";
}

/** All figures of one connection, one provider or the board. */
export function figures(of: FiguresView): Figure[] {
  const refreshes = of.refresh_succeeded_count + of.refresh_failed_count;
  const latency = spread(of.latency);
  const lateness = spread(of.lateness);
  const atRisk = spread(of.at_risk);
  const open = Math.max(0, of.reauth_prompted_count - of.reauth_completed_count - of.reauth_passed_count);
  return [
    {
      key: "refreshes",
      label: "Refreshes",
      main: number(refreshes),
      small: of.refresh_failed_count === 0 ? "none failed" : failedPart(of.refresh_failed_count, refreshes),
      meaning:
        "Requests for a new token, and those of them that brought none; each was tried again where that helps.",
      tone: of.refresh_failed_count > 0 ? "warn" : "plain",
    },
    {
      key: "invalid_grant",
      label: "Grant refused",
      main: times(of.invalid_grant_count),
      small: of.wordless_count === 0 ? "invalid_grant" : `and ${number(of.wordless_count)} without a reason`,
      meaning:
        "Refreshes that the provider answered with the end of the grant. Refusals without a reason ended none and are counted beside it.",
      tone: of.invalid_grant_count > 0 ? "bad" : "plain",
    },
    {
      key: "reauth",
      label: "Person asked",
      main: times(of.reauth_prompted_count),
      small:
        of.reauth_prompted_count === 0
          ? "nobody was needed"
          : open === 0
            ? of.reauth_passed_count === 0
              ? "all mended"
              : `${number(of.reauth_completed_count)} mended, ${number(of.reauth_passed_count)} over without`
            : `${number(of.reauth_completed_count)} mended, ${number(open)} open`,
      meaning:
        "How often a connection could go on only with a person (reauth_required set): ended by the provider, missing from the keychain, or run out without a refresh token; and how often one had come.",
      tone: open > 0 ? "bad" : "plain",
    },
    {
      key: "refused_calls",
      label: "401 and 403",
      main: `${number(of.status_401_count)} and ${number(of.status_403_count)}`,
      small: `of ${counted(of.call_count, "call")}`,
      meaning:
        "Answers of the API that refused the token (401) or the permission (403), of all calls Patchbay made.",
      tone: "plain",
    },
    {
      key: "latency",
      label: "Refresh takes",
      ...latency,
      meaning: "From the request's departure to the answer: half are quicker than the first number.",
      tone: "plain",
    },
    {
      key: "lateness",
      label: "Refresh is late by",
      ...lateness,
      meaning: "From the moment a refresh was due to its end. Sleep and a lost network show here.",
      tone: "plain",
    },
    {
      key: "at_risk",
      label: "At risk for",
      ...atRisk,
      meaning:
        "Patchbay's own share of the time in which a new token exists nowhere durable: from the request to the read-back from the keychain, without the server's time. Only a crash within it could lose a token.",
      tone: "plain",
    },
  ];
}

/** The sentence of the strip. */
export function healthSentence(of: FiguresView, days: number): string {
  const all = of.refresh_succeeded_count + of.refresh_failed_count;
  const within = days === 1 ? "in the last day" : `in ${days} days`;
  if (all === 0) return `No refresh was due ${within}.`;
  const failed = of.refresh_failed_count === 0 ? "none failed" : `${number(of.refresh_failed_count)} failed`;
  return `${counted(all, "refresh", "refreshes")} ${within}, ${failed}.`;
}

/** Of few refreshes a share says nothing that the counts do not. */
const LEAST_FOR_A_RATE = 20;

function failedPart(failed: number, whole: number): string {
  const share = whole < LEAST_FOR_A_RATE ? "" : `, ${rate(failed, whole)}`;
  return `${number(failed)} failed${share}`;
}

/** "0.7 %"; beside the counts it comes from, never alone. */
export function rate(part: number, whole: number): string {
  const percent = whole === 0 ? 0 : (part / whole) * 100;
  if (percent > 0 && percent < 0.1) return "under 0.1 %";
  return `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

const grouped = new Intl.NumberFormat("en-GB");

function number(count: number): string {
  return grouped.format(count);
}

function times(count: number): string {
  return count === 0 ? "never" : count === 1 ? "once" : `${number(count)} times`;
}
