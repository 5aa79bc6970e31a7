/** The reconnect queue in words: what needs a sign-in, what is open, what it came to [E3]. */

import type {
  ConnectionRowView,
  QueueDamageView,
  QueueSumView,
  QueueTurnView,
  ReconnectQueueView,
  TurnFailureView,
} from "../backend/backend";
import { causeWords } from "./causes";
import { errorWords } from "./errors";
import { counted, listed, numberWordAtStart } from "./numbers";
import { environmentWords } from "./sign_in";
import { momentInSentence, span } from "./times";

export interface QueueSentence {
  sentence: string;
  detail: string;
}

const needSignIn = (count: number): string =>
  count === 1 ? "One connection needs a sign-in" : `${numberWordAtStart(count)} connections need a sign-in`;

/** What stands still until those that are left are back. */
export function damageWords(damage: QueueDamageView, now: number): string {
  if (damage.workflow_count === 0) return "No workflow is known to lean on what is left.";
  const whom = damage.customer_count === 0 ? "" : ` for ${counted(damage.customer_count, "customer")}`;
  const first =
    damage.first_run_at === null
      ? ""
      : damage.first_run_at <= now
        ? "; runs fail already"
        : `; the next run that fails is ${momentInSentence(damage.first_run_at, now)}`;
  return `${counted(damage.workflow_count, "workflow")} ${damage.workflow_count === 1 ? "stands" : "stand"} still${whom}${first}.`;
}

const way =
  "Your browser opens one sign-in after the other, each with its account filled in; the next opens by itself.";

/** In a sentence an account is cut in its middle: how it begins and where it is tell it apart. */
export function cutAccount(account: string): string {
  if (account.length <= 44) return account;
  const at = account.lastIndexOf("@");
  const tail = at > 0 && account.length - at <= 30 ? account.slice(at) : account.slice(-12);
  return `${account.slice(0, 43 - tail.length)}…${tail}`;
}

/** The sentence on top, and what stands under it. */
export function queueSentence(view: ReconnectQueueView, now: number): QueueSentence {
  const { sum, course } = view;
  const open = openTurn(view);
  const back = `${sum.mended} of ${sum.total} ${sum.mended === 1 ? "is" : "are"} back`;
  switch (course.state) {
    case "idle":
      return sum.left === 0
        ? {
            sentence: "No connection needs a sign-in.",
            detail: "What needs one lines up here by itself, by what it stops.",
          }
        : { sentence: `${needSignIn(sum.left)}.`, detail: `${damageWords(view.damage, now)} ${way}` };
    case "running":
      return open === null
        ? { sentence: `${back}.`, detail: "The next sign-in is being opened." }
        : {
            sentence: `Sign in to ${open.provider_name}${open.account === null ? "" : ` as ${cutAccount(open.account)}`}, in your browser.`,
            detail: `${back}. ${damageWords(view.damage, now)}`,
          };
    case "paused":
      switch (course.why.kind) {
        case "asked":
          return {
            sentence: `Paused: ${back}.`,
            detail: "No further tab opens. What is open can be brought to its end.",
          };
        case "nobody_signed_in":
          return {
            sentence: `Nobody signed in within ten minutes: ${back}.`,
            detail: "The queue waits here, so that no tab opens upon another.",
          };
        case "ours":
          return {
            sentence: errorWords[course.why.error.code].title,
            detail: `${errorWords[course.why.error.code].advice} ${back}, and no turn is spent.`,
          };
      }
      break;
    case "left_behind":
      return {
        sentence: `Patchbay was closed in the middle of the queue: ${back}.`,
        detail: "It goes on where it was, in the same order.",
      };
    case "elsewhere":
      return {
        sentence: `Another window or terminal goes through the queue: ${back}.`,
        detail: "This page follows it. End it there to take it over.",
      };
    case "ended":
      return endSentence(view);
  }
}

function endSentence({
  sum,
  began_at: began,
  ended_at: ended,
  needing_count: needing,
}: ReconnectQueueView): QueueSentence {
  const took = began === null || ended === null ? "" : ` in ${span(ended - began)}`;
  const detail = needing === 0 ? "Nothing else needs a sign-in." : `${needSignIn(needing)} still.`;
  if (sum.mended === sum.total && sum.total > 0)
    return { sentence: sum.total === 1 ? `It is back${took}.` : `All ${sum.total} are back${took}.`, detail };
  return {
    sentence: `${sum.mended} of ${sum.total} ${sum.mended === 1 ? "is" : "are"} back${took}; ${listed(restOf(sum), 5)}.`,
    detail,
  };
}

/** "1 skipped", "2 came to nothing". */
export function restOf(sum: QueueSumView): string[] {
  const parts: [number, string][] = [
    [sum.skipped, "skipped"],
    [sum.handed_over, "handed over"],
    [sum.failed, "came to nothing"],
    [sum.gone, "gone"],
    [sum.left, "not reached"],
  ];
  return parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
}

export function openTurn(view: ReconnectQueueView): QueueTurnView | null {
  return view.turns.find((turn) => turn.state.state === "open") ?? null;
}

/** Why it needs a sign-in, in a few words. */
export function whyWords(turn: QueueTurnView): string {
  return turn.cause === null ? "not known" : causeWords[turn.cause].short;
}

/** It is back: nothing stands still for it any more. */
export const isBack = (turn: QueueTurnView): boolean =>
  turn.state.state === "reconnected" || turn.state.state === "came_back";

/** "7 workflows", "none known"; nothing of one that is back. */
export function stoppedWords(turn: QueueTurnView): string {
  if (isBack(turn)) return "–";
  return turn.workflow_count === 0 ? "none known" : counted(turn.workflow_count, "workflow");
}

/** What the board knows of a connection, and a turn does not. */
export type Whereabouts = Pick<ConnectionRowView, "workspace" | "environment">;

type Telling = (turn: QueueTurnView, at: Whereabouts | null) => string;
const byAccount: Telling = (turn) => turn.account ?? "";
/** What tells one from another of the same name and account, in the order in which a person looks for it. */
const tellings: readonly Telling[] = [
  (turn) => turn.provider_name,
  (_, at) => at?.workspace ?? "no workspace",
  (_, at) => (at === null ? "no longer here" : environmentWords[at.environment]),
  (turn) => turn.customer ?? "no customer",
  // What stands behind the cut, in whole words where it has some.
  ({ name }) => (name.length > CUT_AFTER ? `…${name.slice(-CUT_AFTER).replace(/^\S*\s+/, "")}` : name),
  // The command line takes it too.
  (turn) => turn.id,
];

/** Of those that a name cut short does not tell apart, what does: as little as is enough. Empty: the account, which stands there anyway. */
export function namesakes(
  turns: readonly QueueTurnView[],
  whereabouts: (id: string) => Whereabouts | null,
): ReadonlyMap<string, string> {
  const apart = new Map<string, string>();
  const split = (alike: readonly QueueTurnView[], by: Telling): Map<string, QueueTurnView[]> => {
    const groups = new Map<string, QueueTurnView[]>();
    for (const turn of alike) {
      const value = by(turn, whereabouts(turn.id));
      groups.set(value, [...(groups.get(value) ?? []), turn]);
    }
    return groups;
  };
  function tell(alike: readonly QueueTurnView[], [by, ...others]: readonly Telling[], said: string[]): void {
    if (alike.length === 1 || by === undefined) {
      for (const { id } of alike) apart.set(id, said.join(", "));
      return;
    }
    const groups = split(alike, by);
    for (const [value, group] of groups) tell(group, others, groups.size === 1 ? said : [...said, value]);
  }
  for (const called of split(turns, ({ name }) => name.slice(0, CUT_AFTER).toLowerCase()).values())
    if (called.length > 1) for (const alike of split(called, byAccount).values()) tell(alike, tellings, []);
  return apart;
}
/** Letters of a name for which a row of the queue has room at least. */
const CUT_AFTER = 16;

/** The first run that fails without it; nothing of one that is back. */
export const firstFailure = (turn: QueueTurnView): number | null => (isBack(turn) ? null : turn.first_run_at);

/** Why a sign-in came to nothing. */
export function turnFailure(
  why: TurnFailureView,
  provider: string,
  other: string | null = null,
): { short: string; long: string } {
  switch (why.kind) {
    case "cause":
      return why.cause === "wrong_tenant_or_account"
        ? {
            short: other === null ? "another account, refused" : `${cutAccount(other)}, refused`,
            long: `${other === null ? "Another account" : `${other}, another account,`} signed in. Nothing was replaced, and the new grant was refused.`,
          }
        : { short: causeWords[why.cause].short, long: causeWords[why.cause].sentence(provider) };
    case "cancelled":
      return { short: "cancelled", long: "The sign-in was cancelled. Nothing was changed." };
    case "nobody_signed_in":
      return { short: "nobody signed in", long: "Nobody signed in within ten minutes. Nothing was changed." };
    case "not_begun":
      return {
        short: "could not begin",
        long: "Its sign-in could not be begun: something on this computer is in the way. Reconnect it by itself to see what.",
      };
  }
}

/** What a turn is at; `isNext`: it is opened when the one before it has ended. */
export function turnWords(turn: QueueTurnView, now: number, isNext: boolean): string {
  const { state } = turn;
  switch (state.state) {
    case "waiting":
      return isNext ? "next" : "waiting";
    case "open":
      return `in your browser, ${span(now - state.since)}`;
    case "reconnected":
      return `back, ${span(state.took_ms)}`;
    case "came_back":
      return "came back by itself";
    case "skipped":
      return "skipped";
    case "handed_over":
      return "handed over";
    case "failed":
      return turnFailure(state.why, turn.provider_name, turn.other_account).short;
    case "gone":
      return "disconnected or removed";
  }
}

/** The live region: what just happened to a turn; empty where nothing is to be said. */
export function turnSpoken(turn: QueueTurnView): string {
  const { state } = turn;
  switch (state.state) {
    case "reconnected":
    case "came_back":
      return `${turn.name} is back.`;
    case "failed":
      return `${turn.name}: ${turnFailure(state.why, turn.provider_name, turn.other_account).long}`;
    case "open":
      return `${turn.name} is open in your browser${turn.account === null ? "" : `, as ${turn.account}`}.`;
    case "waiting":
    case "skipped":
    case "handed_over":
    case "gone":
      return "";
  }
}

export const handOver = {
  title: (name: string): string => `Someone else has to sign in: ${name}`,
  lede: "Copy the text and send it to whoever can sign in there. Patchbay sends nothing, and nothing secret is in it.",
  howTo:
    "When they are there: press Reconnect on the connection’s page, copy the sign-in address, send it, and paste what comes back.",
};
