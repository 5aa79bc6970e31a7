/** The sentence on top of the board, from facts the engine chose. */

import type { FirstFailure } from "./horizon";
import type {
  ClockView,
  DownView,
  HeadlineView,
  MendFirstView,
  NextEndView,
  PlatformNeedsView,
} from "../backend/backend";
import { refusalShort } from "./causes";
import { usual, type Circumstances } from "./circumstances";
import { keychainBanner, keychainCause } from "./keychain";
import { counted, numberWordAtStart, shortName } from "./numbers";
import { platformNeeds } from "./platform_needs";
import { modeBanner, networkBanner, pausedWhy } from "./refresh_modes";
import { difference } from "./server_clock";
import { findsOut, heldWay, triedAgain, unopenedWay } from "./status";
import { moment, momentInSentence } from "./times";

export interface HeadlineWords {
  sentence: string;
  detail: string;
}

/** What stands in the way of the whole board, where the sentence begins with it: no banner tells it once more. */
export type InTheWay = "keychain" | "network" | "switch";

/** Null: nothing does, or something else is said first. */
export function inTheWay(view: HeadlineView, around: Circumstances): InTheWay | null {
  switch (view.state) {
    case "empty":
    case "unsaved":
      return null;
    case "unreadable":
      return around.keychain === "open" ? null : "keychain";
    case "all_well":
    case "needs_you":
    case "some_down":
    case "platforms_need_you":
      if (around.mode === "offline") return "switch";
      return around.networkDownSince === null ? null : "network";
  }
}

/**
 * `needs`: what needs somebody at the platforms, told after what our own connections need.
 * `failure`: the first run that fails; null: none is dated.
 */
export function headline(
  view: HeadlineView,
  needs: PlatformNeedsView,
  now: number,
  around: Circumstances = usual,
  failure: FirstFailure | null = null,
): HeadlineWords {
  const besides = platformNeeds(needs, view.state !== "platforms_need_you");
  const stopped =
    inTheWay(view, around) === "switch"
      ? modeBanner("offline", around.modeSince, now)
      : inTheWay(view, around) === "network" && around.networkDownSince !== null
        ? networkBanner(around.networkDownSince, now)
        : null;
  if (stopped !== null) {
    // What a sign-in would mend is told, and not asked for: none can be done.
    const waits =
      view.state === "needs_you"
        ? `${view.count === 1 ? `${shortName(view.first.name)} needs` : `${numberWordAtStart(view.count)} connections need`} you after that. ${cost(view, now)}`
        : view.state === "some_down"
          ? down(view.first, now, around)
          : "";
    return { sentence: stopped.title, detail: joined(stopped.meaning, waits, ...platformNeeds(needs, true)) };
  }
  switch (view.state) {
    case "empty":
      return {
        sentence: "Nothing is connected yet; there are three ways to begin.",
        detail: "Start with the one that is off today, or try Patchbay first without any account.",
      };
    case "unreadable": {
      const closed = keychainBanner[around.keychain];
      return {
        sentence: `${view.count === 1 ? "One connection" : `${numberWordAtStart(view.count)} connections`} cannot be used just now: ${keychainCause[around.keychain] ?? "no token can be read"}.`,
        detail: joined(
          closed === null ? "The keychain is asked again in a moment." : `${closed.meaning} ${closed.advice}`,
          around.keychainSince === null ? "" : `Seen so since ${moment(around.keychainSince, now)}.`,
          ...besides,
        ),
      };
    }
    case "unsaved":
      return {
        sentence:
          view.count === 1
            ? `A new token for ${shortName(view.name)} is not saved yet.`
            : `${numberWordAtStart(view.count)} new tokens are not saved yet, the first for ${shortName(view.name)}.`,
        detail: besides.length === 0 ? "Nothing else needs you." : joined(...besides),
      };
    case "all_well": {
      const all = counted(view.connection_count, "connection");
      const isOne = view.connection_count === 1;
      return {
        sentence:
          view.unproved_count === 0
            ? `Nothing needs you; ${isOne ? "the one connection works" : `all ${all} work`}.`
            : `Nothing needs you; ${
                isOne
                  ? "the one connection is not proved yet"
                  : `${view.unproved_count} of ${all} not proved yet`
              }.`,
        detail: joined(
          view.next_end === null ? "None is known to stop by itself." : nextEnd(view.next_end, now),
          failure === null ? "" : `On a platform the first run that fails is ${failure.run}.`,
        ),
      };
    }
    case "platforms_need_you": {
      const [sentence, ...rest] = besides;
      const since = needs.copy_count === 1 ? (needs.first_copy?.since ?? null) : null;
      return {
        sentence: sentence ?? "",
        detail: joined(
          since === null ? "" : `Its own sign-in there is dead since ${moment(since, now)}.`,
          failure === null ? "" : `The first run that fails is ${failure.run}.`,
          ...rest,
          ownWork(view.connection_count, view.unproved_count),
          view.next_end === null ? "" : nextEnd(view.next_end, now),
        ),
      };
    }
    case "needs_you": {
      const { count, first, next_end } = view;
      // However long it is, what follows it is not pushed out of sight.
      const named = shortName(first.name);
      const who = count === 1 ? `${named} needs you` : `${numberWordAtStart(count)} connections need you`;
      // The button beside it mends the first: a run of another's in the same breath would be taken for that one's.
      const isFirsts = failure !== null && failure.because.id === first.id;
      // Of several the one that the button names, in the button's word.
      const deed = first.action === "reconnect" ? "reconnect" : "mend";
      const sentence = isFirsts
        ? `${who}; the first run that fails is ${failure.run}${count === 1 ? "" : `, for ${named}`}.`
        : count === 1
          ? `One connection needs you: ${named}.`
          : `${who}; ${deed} ${named} first.`;
      return {
        sentence,
        detail: joined(
          cost(view, now),
          failure === null || isFirsts
            ? ""
            : `The first run that fails is ${failure.run}, for ${shortName(failure.because.name)}.`,
          ...besides,
          next_end === null ? "" : nextEnd(next_end, now),
        ),
      };
    }
    case "some_down": {
      const { count, first, next_end } = view;
      const sentence =
        count === 1
          ? `One connection does not work just now: ${first.name}.`
          : `${numberWordAtStart(count)} connections do not work just now; the first is ${first.name}.`;
      return {
        sentence,
        detail: joined(down(first, now, around), ...besides, next_end === null ? "" : nextEnd(next_end, now)),
      };
    }
  }
}

const joined = (...sentences: readonly string[]): string => sentences.filter((part) => part !== "").join(" ");

/** What may be said of our own while something elsewhere needs somebody. */
function ownWork(count: number, unproved: number): string {
  if (count === 0) return "";
  const all = counted(count, "connection");
  if (unproved === 0)
    return count === 1 ? "The one connection of your own works." : `All ${all} of your own work.`;
  return count === 1
    ? "The one connection of your own is not proved yet."
    : `Of your own ${all} ${unproved} ${unproved === 1 ? "is" : "are"} not proved yet.`;
}

/** What the first of them costs; of several also why it is the first: by what hangs on it, then by how long. */
function cost({ count, first }: { count: number; first: MendFirstView }, now: number): string {
  // The sentence has all of it; what else needs somebody stands behind this.
  const name = shortName(first.name);
  if (first.unopened_file !== null) {
    return `Its new token was sealed at ${first.unopened_file}, and that file is missing or cannot be opened. ${unopenedWay}`;
  }
  const why = first.cause === null ? "" : ` (${refusalShort(first.cause)})`;
  if (first.still_works) {
    const which = first.cause === null ? "" : ` (${refusalShort(first.cause)})`;
    return `${name} still works, and nothing renews it since ${moment(first.since, now)}${which}.`;
  }
  const down = `down since ${moment(first.since, now)}${why}`;
  if (first.dependant_count === 0)
    return count === 1
      ? `${name} is ${down}; no workflow is known to hang on it.`
      : `No workflow is known to hang on any of them; ${name} is ${down}.`;
  const hanging = `${counted(first.dependant_count, "workflow")} ${first.dependant_count === 1 ? "hangs" : "hang"} on ${name}, ${down}.`;
  return count === 1 ? hanging : `None of them stops more: ${hanging}`;
}

/** Since when, why, and what follows. */
function down(first: DownView, now: number, around: Circumstances): string {
  const since = `${first.name} is down since ${moment(first.since, now)}`;
  const { reason } = first;
  switch (reason.kind) {
    case "refresh_failing":
      return `${since} (${refusalShort(reason.cause)}). ${triedAgain(reason.retry_at, now, around.mode)}`;
    case "outcome_unknown":
      return `${since} (no usable answer). ${findsOut}`;
    case "held_unopened":
      return `${since}: its sealed new token cannot be opened. ${unopenedWay}`;
    case "bundle_held":
      return `${since}: its new token waits for the keychain. ${heldWay}`;
    case "refresh_paused":
      return `${since}: ${pausedWhy[reason.why].short}. ${pausedWhy[reason.why].way}`;
    case "refresh_switched_off":
      return `${since}: automatic refresh is switched off. Turn it on again, or refresh it now.`;
    case "kept_alive":
    case "refreshed_on_need":
    case "never_expires":
    case "no_end_known":
    case "holds_until":
    case "no_refresh_token":
    case "grant_ends":
    case "client_secret_ends":
    case "grant_ended":
    case "token_over":
    case "secret_missing":
    case "never_proved":
    case "last_call_failed":
    case "disconnected_by_person":
      return `${since}.`;
  }
}

function nextEnd(end: NextEndView, now: number): string {
  return `The next to stop by itself is ${end.name}, ${momentInSentence(end.at, now)}.`;
}

/** What stands at the foot of the navigation about the clock; by whose word, where that is one server's [B9]. */
export function clockDifference(view: ClockView | null): string | null {
  if (view === null || view.ahead_ms === null) return null;
  const isOne = view.servers.length === 1;
  if (view.is_disputed && !isOne) return "Servers’ clocks disagree";
  const found = difference(view.ahead_ms);
  if (found === "agrees") return "Clock agrees";
  return isOne ? `Clock ${found}, by one server` : `Clock ${found}`;
}
