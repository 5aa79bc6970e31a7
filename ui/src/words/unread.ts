/** What failed while nobody looked, in words: what, since when, what to do [B12, F4]. */

import type { FailedReadingView, TroubleKindView, TroubleView, UnreadView } from "../backend/backend";
import { eventLine } from "./events";
import { counted, numberWordAtStart } from "./numbers";
import { clockTime, moment, momentInSentence } from "./times";

/** "Three things failed while you were away, since Friday at 17:02; one still stands." */
export function unreadSentence(view: UnreadView, now: number): string {
  const count = view.troubles.length + view.readings.length;
  const standing = view.troubles.filter((one) => one.over_at === null).length + view.readings.length;
  const since = view.since === null ? "" : `, ${sinceInSentence(view.since, now)}`;
  const what = `${numberWordAtStart(count)} ${count === 1 ? "thing" : "things"} failed while you were away${since}`;
  if (standing === 0) return `${what}; ${count === 1 ? "it is" : "all are"} over.`;
  if (standing === count) return `${what}; ${count === 1 ? "it still stands" : "all still stand"}.`;
  return `${what}; ${standing} still ${standing === 1 ? "stands" : "stand"}.`;
}

function sinceInSentence(at: number, now: number): string {
  return `since ${momentInSentence(at, now).replace(/^(at|on) /, "")}`;
}

/** "Refresh failed, 503", with how often. */
export function troubleLine(trouble: TroubleView): string {
  const often = trouble.count === 1 ? "" : `; ${counted(trouble.count, "failure")} in all`;
  return `${eventLine(trouble.event)}${often}`;
}

/** "02:10", "02:10 to 04:31", "Fri 23:50 to yesterday 04:31". */
export function troubleSpan(trouble: TroubleView, now: number): string {
  const first = moment(trouble.first_at, now);
  if (trouble.count === 1 || trouble.last_at - trouble.first_at < 60_000) return first;
  const isSameDay = new Date(trouble.first_at).toDateString() === new Date(trouble.last_at).toDateString();
  return `${first} to ${isSameDay ? clockTime(trouble.last_at) : moment(trouble.last_at, now)}`;
}

/** "Could not be read: n8n does not answer; 9 readings in a row". */
export function readingLine(reading: FailedReadingView): string {
  const often = reading.count > 1 ? `; ${counted(reading.count, "reading")} in a row` : "";
  return `Could not be read: ${reading.words}${often}`;
}

/** How old what is known of it is, and what brings it up to date. */
export function readingState(reading: FailedReadingView, now: number): { state: string; next: string } {
  return {
    state:
      reading.read_at === null
        ? "nothing is known of it yet"
        : `what is known of it is of ${momentInSentence(reading.read_at, now).replace(/^(at|on) /, "")}`,
    next: reading.needs_person
      ? "Its key has to be mended."
      : "It is read again by itself; its page says when.",
  };
}

/** What of it is left, and what proved it. */
export function troubleState(trouble: TroubleView, now: number): string {
  return trouble.over_at === null
    ? standsWords[trouble.kind]
    : `over ${momentInSentence(trouble.over_at, now)}`;
}

const standsWords: Record<TroubleKindView, string> = {
  grant: "still stands",
  keychain: "still waits for the keychain",
  network: "no provider is reached yet",
  call: "no call has worked since",
  sign_in: "not signed in since",
  left_there: "look at the provider's own page",
};

/** What to do where the connection itself asks for nothing. */
export const troubleNext: Record<TroubleKindView, string> = {
  grant: "Patchbay tries again by itself; Diagnose says why it fails.",
  keychain: "Open the keychain; the token is saved by itself.",
  network: "Refreshes go on by themselves once a provider answers.",
  call: "A test call shows whether it still fails.",
  sign_in: "Connect again; nothing of the failed sign-in was kept.",
  left_there: "End the grant on the provider's page if it is still listed there.",
};
