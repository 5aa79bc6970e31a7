/** The status words of a row and a connection, said from the facts the engine derived [B1]. */

import type {
  MendView,
  StatusView,
  CauseView,
  ConnectionRowView,
  GrantEndView,
  LampView,
  ProofView,
  RefreshModeView,
  StatusReasonView,
} from "../backend/backend";
import { actionWords, causeWords, lostAnswersWay, refusal } from "./causes";
import { isUnreadable, usual, type Circumstances } from "./circumstances";
import { keychainBanner } from "./keychain";
import { isReconnect, mendWords } from "./next_step";
import { counted } from "./numbers";
import { notTried, pausedWhy } from "./refresh_modes";
import { refreshTokenWay } from "./refresh_token";
import { ago, moment, momentInSentence, shortSpan, span } from "./times";
import { onlyWhenAsked } from "./token_clock";

export const lampWords: Record<LampView, string> = {
  active: "active",
  expiring: "expiring",
  reauth_required: "reauth_required",
  unproved: "unproved",
  disconnected: "disconnected",
};

export type Tone = "quiet" | "warn" | "bad";

export const lampTone: Record<LampView, Tone> = {
  active: "quiet",
  expiring: "warn",
  reauth_required: "bad",
  unproved: "quiet",
  disconnected: "quiet",
};

/** It does not work just now, and no person can change that but by waiting or by letting it refresh. */
export function isDown(status: StatusView): boolean {
  return status.lamp === "expiring" && status.over_since !== null && !status.needs_person;
}

/** Since when it does not work. */
function overSince(status: StatusView): number {
  return status.over_since ?? status.since;
}

export const findsOut = "Nothing to do yet: the next refresh finds out whether the refresh token is spent.";

/** Who tries again, and when: past a time that nobody kept, whoever comes next. */
export function triedAgain(retryAt: number | null, now: number, mode: RefreshModeView = "on"): string {
  if (retryAt === null) return "It is not tried again by itself.";
  const why = notTried(mode);
  if (why !== null) return why;
  return retryAt > now
    ? `Nothing for you to do but wait: Patchbay tries again ${momentInSentence(retryAt, now)}.`
    : "Nothing for you to do but wait: Patchbay or the next call tries again.";
}

/** What the button of a row offers without hovering; `null` where the row is quiet, or where no button helps. */
export function rowAction(status: StatusView): MendView | "test_call" | null {
  if (status.needs_person || status.lamp === "expiring")
    return mendWords[status.action] === null ? null : status.action;
  return status.lamp === "unproved" ? "test_call" : null;
}

/** Beside the status word: since when, how long still, or as of when. Empty when the word says it all. */
export function statusDetail(row: ConnectionRowView, now: number, around: Circumstances = usual): string {
  const { lamp, reason, since, is_stale } = row.status;
  if (isUnreadable(row, around)) return "not readable";
  if (isDown(row.status)) return `down ${shortSpan(now - overSince(row.status))}`;
  if (is_stale && row.proof !== null) return `as of ${moment(row.proof.at, now)}`;
  switch (lamp) {
    case "reauth_required":
      return shortSpan(now - since);
    case "expiring": {
      const end = endOf(reason);
      return end === null ? shortSpan(now - since) : `${span(end - now)} left`;
    }
    case "disconnected":
      return "by you";
    case "active":
      return reason.kind === "refreshed_on_need" ? "refreshed on need" : "";
    case "unproved":
      return "";
  }
}

/** When a reason says the connection stops, if it does. */
function endOf(reason: StatusReasonView): number | null {
  switch (reason.kind) {
    case "grant_ends":
    case "client_secret_ends":
    case "holds_until":
    case "refresh_switched_off":
      return reason.at;
    case "no_refresh_token":
      return reason.at;
    case "refresh_failing":
    case "outcome_unknown":
    case "held_unopened":
    case "bundle_held":
      return reason.usable_until;
    case "refresh_paused":
    case "kept_alive":
    case "refreshed_on_need":
    case "never_expires":
    case "no_end_known":
    case "grant_ended":
    case "token_over":
    case "secret_missing":
    case "never_proved":
    case "last_call_failed":
    case "disconnected_by_person":
      return null;
  }
}

/** The column "Grant holds until". */
export function grantEnd(end: GrantEndView, now: number): string {
  switch (end.state) {
    case "no_end_known":
      return "no end known";
    case "ends_at":
      return end.may_move ? `${moment(end.at, now)}, may move` : moment(end.at, now);
    case "kept_alive":
      return `kept alive, ${span(end.idle_ms)}`;
    case "ended":
      return causeWords[end.cause.cause].short;
    case "disconnected":
      return "given up";
  }
}

/** The moment behind "Grant holds until", for the exact time on hover. */
export function grantEndAt(end: GrantEndView): number | null {
  switch (end.state) {
    case "ends_at":
    case "ended":
    case "disconnected":
      return end.at;
    case "no_end_known":
    case "kept_alive":
      return null;
  }
}

const proofKind: Record<ProofView["by"], { worked: string; failed: string }> = {
  test_call: { worked: "test call", failed: "test call failed" },
  refresh: { worked: "refresh", failed: "refresh refused" },
  sign_in: { worked: "sign-in", failed: "sign-in failed" },
};

/** The column "Last proved": by what, when. */
export function proof(last: ProofView | null, now: number): string {
  if (last === null) return "never";
  const words = proofKind[last.by];
  return last.is_success ? `${words.worked} ${ago(last.at, now)}` : `${words.failed} ${ago(last.at, now)}`;
}

/** The column "Dependants". */
export function dependants(count: number): string {
  return count === 0 ? "none known" : counted(count, "workflow");
}

/** What the status column says already: rows that have nothing else to say have one line. */
const saidByStatus: ReadonlySet<StatusReasonView["kind"]> = new Set([
  "kept_alive",
  "refreshed_on_need",
  "never_expires",
  "no_end_known",
  "holds_until",
  "grant_ends",
  "client_secret_ends",
  "never_proved",
  "disconnected_by_person",
]);

/** Whether a row has a second line: known without making it, so that ten thousand can be laid out at once. */
export function hasSecondLine(row: ConnectionRowView, around: Circumstances = usual): boolean {
  const { lamp, reason } = row.status;
  if (reason.kind !== "last_call_failed") {
    if (lamp !== "reauth_required" && lamp !== "expiring") return false;
    if (saidByStatus.has(reason.kind)) return false;
    if (reason.kind === "no_refresh_token" && lamp !== "reauth_required") return false;
  }
  // The banner says it once for all.
  return !isUnreadable(row, around);
}

/** The second line of a row that needs a person: what happened, then what it costs or what heals. Null on quiet rows. */
export function secondLine(
  row: ConnectionRowView,
  now: number,
  around: Circumstances = usual,
): string | null {
  const { reason } = row.status;
  if (!hasSecondLine(row, around)) return null;
  const happened = whatHappened(row, now);
  if (happened === null) return null;
  const isRefused = reason.kind === "last_call_failed";
  // A refused call strands nobody by itself: it says what to do instead.
  if (isRefused) return `${happened} ${adviceOf(row, reason.cause)}`;
  if (isDown(row.status)) {
    const waits = row.dependant_count > 0 ? costs(row, now) : "";
    return reason.kind === "refresh_failing"
      ? `${happened} ${triedAgain(reason.retry_at, now, around.mode)}${waits}`
      : `${happened}${waits}`;
  }
  const cost = row.dependant_count > 0 ? costs(row, now) : "";
  const heals =
    cost === "" && reason.kind === "refresh_failing" ? ` ${advised(asTold(reason), around.mode)}` : cost;
  return `${happened}${heals}`;
}

/** Who waits, or who stops and when; without a known end, who hangs on it. */
function costs(row: ConnectionRowView, now: number): string {
  const count = row.dependant_count;
  const who = counted(count, "workflow");
  const { lamp, reason } = row.status;
  if (lamp === "reauth_required" || isDown(row.status))
    return ` ${who} ${count === 1 ? "waits" : "wait"} for it.`;
  const end = endOf(reason);
  if (end === null) return ` ${who} ${count === 1 ? "hangs" : "hang"} on it.`;
  // What is tried again may come back before: no run is counted as failing for it yet.
  const isTriedAgain = reason.kind === "refresh_failing" && reason.retry_at !== null;
  return ` ${who} ${count === 1 ? "stops" : "stop"} ${momentInSentence(end, now)}${isTriedAgain ? " if it lasts" : ""}.`;
}

/** What mends it: an action, or the page that the provider named with its refusal. */
function adviceOf(row: ConnectionRowView, cause: CauseView): string {
  return row.status.action === "open_mending_page"
    ? `${row.provider_name} names the page where it is mended; a sign-in here would change nothing.`
    : actionWords[cause.action].advice;
}

/** Null where the status column has said it already. */
function whatHappened(row: ConnectionRowView, now: number): string | null {
  const reason = row.status.reason;
  switch (reason.kind) {
    case "grant_ended": {
      const why = causeWords[reason.cause.cause].sentence(row.provider_name);
      return isReconnect(reason.cause.action) ? why : `${why} ${actionWords[reason.cause.action].advice}`;
    }
    case "refresh_failing": {
      const why = refusal(reason.cause, row.provider_name);
      if (isDown(row.status)) return `Does not work since ${moment(overSince(row.status), now)}: ${why}`;
      if (reason.usable_until === null || row.dependant_count > 0) return why;
      return `${why} It works until ${moment(reason.usable_until, now)}.`;
    }
    case "refresh_paused":
      return `Its token is over: ${pausedWhy[reason.why].short}.`;
    case "token_over":
      return "The access token is over, and no refresh token was ever issued.";
    case "outcome_unknown":
      return `${lostAnswer(row, now)} ${findsOut}`;
    case "held_unopened":
      return `${unopenedSentence(row, now)} ${unopenedWay}`;
    case "bundle_held":
      return `${heldSentence(row, now)} ${heldWay}`;
    case "secret_missing":
      return "The keychain holds no secret for it.";
    case "no_refresh_token":
      return row.status.lamp === "reauth_required" ? "Nothing can renew it." : null;
    case "refresh_switched_off":
      return isDown(row.status)
        ? "Its token is over: automatic refresh is switched off."
        : "Automatic refresh is switched off.";
    case "last_call_failed":
      return causeWords[reason.cause.cause].sentence(row.provider_name);
    case "kept_alive":
    case "refreshed_on_need":
    case "never_expires":
    case "no_end_known":
    case "holds_until":
    case "grant_ends":
    case "client_secret_ends":
    case "never_proved":
    case "disconnected_by_person":
      return null;
  }
}

/** That nobody knows what became of a refresh, and until when the token in hand holds all the same. */
function lostAnswer(row: ConnectionRowView, now: number): string {
  return `A refresh was sent, and no usable answer came; ${inHand(row, now)}.`;
}

function inHand(row: ConnectionRowView, now: number): string {
  const { reason, over_since } = row.status;
  const until = endOf(reason);
  if (until !== null) return `the token in hand works until ${moment(until, now)}`;
  return over_since !== null
    ? `its token is over since ${moment(over_since, now)}`
    : "the token in hand still works";
}

/** What a person does about a token that waits. */
function unopenedSentence(row: ConnectionRowView, now: number): string {
  return `Its sealed new token cannot be opened; ${inHand(row, now)}.`;
}

export const unopenedWay = "Put the file back as it was, or reconnect.";

export const heldWay = "Unlock or mend the keychain; Patchbay stores it as soon as that answers.";

function heldSentence(row: ConnectionRowView, now: number): string {
  return `It was refreshed, and its new token waits for the keychain; ${inHand(row, now)}.`;
}

/** The one sentence of a connection page, and the line under it. */
export function connectionSentence(
  row: ConnectionRowView,
  now: number,
  around: Circumstances = usual,
): { sentence: string; advice: string } {
  const closed = keychainBanner[around.keychain];
  if (closed !== null && isUnreadable(row, around))
    return {
      sentence: "It cannot be used just now: no token can be read.",
      advice: `${closed.title} ${closed.advice}`,
    };
  if (around.unsaved.includes(row.id))
    return {
      sentence: "Its new token is not saved yet.",
      advice: "Patchbay holds it and keeps trying; the banner says what is in the way.",
    };
  const { reason, lamp } = row.status;
  const name = row.name;
  const provider = row.provider_name;
  const notProved = lamp === "unproved";
  switch (reason.kind) {
    case "kept_alive":
      return notProved
        ? { sentence: "Connected, not proved yet.", advice: "A test call shows whether it works." }
        : keptAlive(row, now, around.mode);
    case "refreshed_on_need":
      return {
        sentence: `Its token is over since ${moment(reason.since, now)}; the next call refreshes it.`,
        advice: "The grant stands; nothing for you to do.",
      };
    case "never_expires":
      return {
        sentence: "Works now; its token does not expire.",
        advice: `It holds until someone ends it at ${provider}.`,
      };
    case "no_end_known":
      return {
        sentence: "Works now; nobody says until when.",
        advice: `${provider} does not tell how long the token lives. A test call proves it at any time.`,
      };
    case "holds_until":
      return {
        sentence: `Works now, and holds until ${moment(reason.at, now)}.`,
        advice: "Nothing renews it; you will be told in good time.",
      };
    case "no_refresh_token":
      return reason.at === null
        ? {
            sentence: "Works now, but nothing can renew it.",
            advice: `No usable refresh token was issued. ${refreshTokenWay[row.refresh_token_way].advice(provider)}`,
          }
        : {
            sentence: `Works now; it stops ${momentInSentence(reason.at, now)}.`,
            advice: `No usable refresh token was issued, so nothing can renew it. ${refreshTokenWay[row.refresh_token_way].advice(provider)}`,
          };
    case "refresh_switched_off":
      if (isDown(row.status))
        return {
          sentence: `Its token is over since ${moment(reason.at, now)}: automatic refresh is switched off.`,
          advice: "The grant stands. Turn it on again, or refresh it now.",
        };
      return {
        sentence:
          reason.at > now
            ? `Works now; its token ends ${momentInSentence(reason.at, now)}.`
            : `Its token ended ${momentInSentence(reason.at, now)}; the grant stands.`,
        advice: onlyWhenAsked,
      };
    case "client_secret_ends":
      return {
        sentence:
          reason.at > now
            ? `Works now; the secret of its client ends ${momentInSentence(reason.at, now)}.`
            : `The secret of its client ended ${momentInSentence(reason.at, now)}.`,
        advice: `No refresh works without it. Get a new one from ${row.provider_name}, then rotate the secret under Clients.`,
      };
    case "grant_ends":
      if (reason.at <= now)
        return {
          sentence: `The grant was to end ${momentInSentence(reason.at, now)}; the next refresh finds out.`,
          advice: "Reconnect to be sure.",
        };
      return {
        sentence: `Works now; the grant ends ${momentInSentence(reason.at, now)}.`,
        advice:
          row.grant_end.state === "ends_at" && row.grant_end.may_move
            ? "A refresh may move that; the first one shows it. If it does not, reconnect before then."
            : "Reconnect before then and nothing stops.",
      };
    case "refresh_paused":
      return {
        sentence: `Its token ended ${momentInSentence(reason.since, now)}; ${pausedWhy[reason.why].short}.`,
        advice: `The grant stands. ${pausedWhy[reason.why].way}`,
      };
    case "refresh_failing":
      if (isDown(row.status))
        return {
          sentence: `Does not work since ${moment(overSince(row.status), now)}: ${refusal(reason.cause, provider)}`,
          advice:
            reason.cause.has_lost_answers === true
              ? lostAnswersWay
              : triedAgain(reason.retry_at, now, around.mode),
        };
      return {
        sentence:
          reason.usable_until === null
            ? `${counted(reason.failure_count, "refresh", "refreshes")} in a row ${reason.failure_count === 1 ? "has" : "have"} failed.`
            : `Works until ${moment(reason.usable_until, now)}; refreshes fail.`,
        advice: `${refusal(reason.cause, provider)} ${nextTry(asTold(reason), reason.retry_at, now, around.mode)}`,
      };
    case "grant_ended":
      return {
        sentence: isReconnect(reason.cause.action)
          ? `${causeWords[reason.cause.cause].sentence(provider)} Reconnect ${name}.`
          : causeWords[reason.cause.cause].sentence(provider),
        advice: isReconnect(reason.cause.action)
          ? causeWords[reason.cause.cause].meaning
          : `${actionWords[reason.cause.action].advice} ${causeWords[reason.cause.cause].meaning}`,
      };
    case "token_over":
      return {
        sentence: `The access token is over. Reconnect ${name}.`,
        advice: `No refresh token was ever issued, so only a new sign-in helps. ${refreshTokenWay[row.refresh_token_way].advice(provider)}`,
      };
    case "outcome_unknown":
      return {
        sentence: lostAnswer(row, now),
        advice: `${findsOut} Patchbay tries the newest and the one before it, once each, as far as ${provider} allows; if both are refused, reconnect ${name}.`,
      };
    case "held_unopened":
      return {
        sentence: unopenedSentence(row, now),
        advice: `Its file is missing, was changed, or was sealed for another keychain. The token before it is spent, and is not sent by itself: ${provider} may take that for theft. ${unopenedWay}`,
      };
    case "bundle_held":
      return {
        sentence: heldSentence(row, now),
        advice: `The grant lives. ${heldWay}`,
      };
    case "secret_missing":
      return {
        sentence: `The keychain holds no secret for ${name}.`,
        advice:
          "It was removed outside Patchbay, or this is another keychain. The grant at the provider may still live; reconnect to store a new one.",
      };
    case "never_proved":
      return { sentence: "Connected, not proved yet.", advice: "A test call shows whether it works." };
    case "last_call_failed":
      return {
        sentence: causeWords[reason.cause.cause].sentence(provider),
        advice: `${adviceOf(row, reason.cause)} The last call was refused; the grant itself seems to live.`,
      };
    case "disconnected_by_person":
      return {
        sentence: `You disconnected this ${momentInSentence(row.status.since, now)}.`,
        advice:
          "Its settings and dependants are kept. Reconnect brings it back; Forget removes it from the board.",
      };
  }
}

/** A refusal without a reason asks nothing of a person before it was repeated. */
function asTold({ cause, is_repeated }: Extract<StatusReasonView, { kind: "refresh_failing" }>): CauseView {
  return cause.is_guess === true && !is_repeated ? { ...cause, action: "wait_and_retry" } : cause;
}

/** What to do while the token in hand still works, and when Patchbay tries again by itself. */
function nextTry(cause: CauseView, retryAt: number | null, now: number, mode: RefreshModeView): string {
  if (cause.has_lost_answers === true) return lostAnswersWay;
  const advice = advised(cause, mode);
  if (retryAt === null || retryAt <= now || mode !== "on") return advice;
  const again = `Patchbay tries again ${momentInSentence(retryAt, now)}.`;
  return cause.action === "wait_and_retry" ? `Nothing to do: ${again}` : `${advice} ${again}`;
}

/** What to do, with no promise that a switch keeps from being kept. */
function advised(cause: CauseView, mode: RefreshModeView): string {
  const { advice } = actionWords[cause.action];
  return cause.action === "wait_and_retry" ? (notTried(mode) ?? advice) : advice;
}

/** Usable and renewable: how long, and who renews it as things are switched. */
function keptAlive(
  row: ConnectionRowView,
  now: number,
  mode: RefreshModeView,
): { sentence: string; advice: string } {
  if (mode === "on" && row.token_expiry.state === "unknown")
    // Nobody knows when it ends, so nobody can come before that.
    return {
      sentence: "Works now; refreshed when it is next needed.",
      advice: "The provider does not say how long its token lives.",
    };
  if (mode === "on")
    return {
      sentence: "Works now, and stays so by itself.",
      advice: "It is refreshed ahead of time; nothing for you to do.",
    };
  const until = row.token_expiry.state === "known" ? `, until ${moment(row.token_expiry.at, now)}` : "";
  return {
    sentence: `Works now${until}; ${pausedWhy[mode].short}.`,
    advice:
      mode === "offline"
        ? "Nothing renews it until refreshing is turned on."
        : "A call that needs it renews it, and so does Refresh now; by itself nothing does.",
  };
}

/** Cause and next step in one line. */
export function causeAndAction(cause: CauseView, provider: string): string {
  return `${causeWords[cause.cause].sentence(provider)} ${actionWords[cause.action].advice}`;
}

/** A lamp's name for those who cannot see it: "expiring, 2 d 6 h left". */
export function lampLabel(lamp: LampView, isStale: boolean, isWorking: boolean): string {
  const word = lampWords[lamp];
  if (isWorking) return `${word}, working`;
  return isStale ? `${word}, stale` : word;
}

/** The row's one-line name: what it is, whose, and how it is. */
export function rowName(row: ConnectionRowView): string {
  const whose = row.account ?? row.workspace;
  return `${row.name}${whose === null ? "" : `, ${whose}`}: ${lampWords[row.status.lamp]}`;
}

export function nextRefresh(at: number | null, now: number): string {
  return at === null ? "nothing to refresh" : `next ${momentInSentence(at, now)}`;
}
