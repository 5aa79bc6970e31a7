/** Rehearsals and certificates in words: what is tried, what came of it, and until when it holds [E4]. */

import type {
  CertificateView,
  HeldMemberView,
  LogLineView,
  MemberRunView,
  ToMendView,
  NotTriedView,
  ProgressView,
  RehearsalView,
  StepRunView,
  StepView,
  TrialActView,
} from "../backend/backend";
import { causeWords } from "./causes";
import { counted, listed, numberWord, numberWordAtStart, shortName, upperFirst } from "./numbers";
import { clockTime, latency, moment, momentInSentence, span } from "./times";

export type StepKind = StepView["kind"];

export interface StepWords {
  /** Over a column. */
  head: string;
  /** What is really done. */
  does: string;
  /** In "the account, seen at …". */
  at: string;
  /** While it is done. */
  doing: string;
}

export const stepWords: Record<StepKind, StepWords> = {
  sign_in_again: {
    head: "Signed in again",
    does: "A person signs in anew in the browser: the flow that the customer sees.",
    at: "signing in again",
    doing: "waiting for the sign-in in the browser",
  },
  account: {
    head: "Account, domain",
    does: "Who is signed in, beside whom it is to be.",
    at: "the account",
    doing: "asking who is signed in",
  },
  scopes: {
    head: "Scopes",
    does: "What was granted, beside what is needed.",
    at: "the scopes",
    doing: "comparing the scopes",
  },
  object: {
    head: "Create, read, update",
    does: "An object is made, read back, changed and removed.",
    at: "making, changing or removing an object",
    doing: "making an object, to remove it again",
  },
  forced_refresh: {
    head: "Forced refresh",
    does: "The token is renewed now, instead of waiting 65 minutes for its end.",
    at: "the forced refresh",
    doing: "refreshing the token",
  },
  two_at_once: {
    head: "Two at once",
    does: "Two callers want a new token at the same moment: one refresh leaves, both get the same token.",
    at: "two refreshes at once",
    doing: "asking twice at the same moment",
  },
  clean_log: {
    head: "Clean log",
    does: "Nothing failed and nothing was tried twice since the rehearsal began.",
    at: "the log",
    doing: "reading its log",
  },
  own: {
    head: "Own calls",
    does: "Calls of your own, each with the answer that it has to get.",
    at: "a call of your own",
    doing: "making your call",
  },
};

export const stepName = (step: StepView): string =>
  step.kind === "own" ? step.name : stepWords[step.kind].head;

export const isSameStep = (a: StepView, b: StepView): boolean =>
  a.kind === b.kind && (a.kind !== "own" || (b.kind === "own" && a.name === b.name));

/** Why a step is not tried: no failure, and no proof either. */
export function notTriedWords(why: NotTriedView, platform: string | null): string {
  switch (why) {
    case "not_ours":
      return platform === null ? "no token here to do it with" : `${platform} owns it`;
    case "nobody_to_ask":
      return platform === null ? "nobody says who is signed in" : `${platform} has no test of it`;
    case "not_told":
      return platform === null ? "the provider does not say what was granted" : `${platform} does not say`;
    case "no_trial_object":
      return platform === null ? "no object is known that can be removed again" : `${platform} makes none`;
    case "may_not_write":
      return "it has no scope to make one";
    case "unanswered":
      return "a question about it is not answered yet";
    case "nothing_to_refresh_with":
      return platform === null ? "it has no refresh token" : `${platform} renews it unseen`;
    case "would_end_another":
      return "one more sign-in could end the grant of another connection";
    case "failed_before":
      return "a step that it rests on failed";
    case "grant_over":
      return "its grant is over";
    case "stopped":
      return "stopped before it";
  }
}

/** "Google Drive", "Google Drive in n8n". */
export function memberLabel(member: { name: string; platform_name: string | null }): string {
  return member.platform_name === null ? member.name : `${member.name} in ${member.platform_name}`;
}

/** The same within a sentence: no name pushes the rest of it out of sight. */
export const inSentence = (member: { name: string; platform_name: string | null }): string =>
  memberLabel({ name: shortName(member.name), platform_name: member.platform_name });

/** "All five connections", "Both connections", "The one connection". */
export function allOf(count: number): string {
  if (count === 1) return "The one connection";
  return count === 2 ? "Both connections" : `All ${numberWord(count)} connections`;
}

export const holdVerb = (count: number): string => (count === 1 ? "holds" : "hold");

/** "two of five hold", "one of five holds", "none of five hold"; of a single one "it holds", "it is not proved". */
export function holdOf(holding: number, members: number): string {
  if (members === 1) return holding === 1 ? "it holds" : "it is not proved";
  if (holding === 0) return `none of ${numberWord(members)} hold`;
  return `${numberWord(holding)} of ${numberWord(members)} ${holdVerb(holding)}`;
}

// ---- the run

/** What a cell of the matrix says beside its mark; short. */
export function cellWords(run: StepRunView, member: Pick<MemberRunView, "platform_name">): string {
  const { state, step } = run;
  switch (state.state) {
    case "waiting":
    case "running":
    case "not_tried":
      return "";
    case "failed":
      return state.cause === null ? "failed" : causeWords[state.cause.cause].short;
    case "passed":
      switch (step.kind) {
        case "account":
          return member.platform_name === null ? "match" : `${member.platform_name} test`;
        case "scopes":
          return /^\d+ of \d+$/.test(state.seen) ? state.seen : "granted";
        case "two_at_once":
          return "1 refresh";
        case "clean_log":
          return "no error";
        case "sign_in_again":
        case "object":
        case "forced_refresh":
        case "own":
          return took(state.took_ms);
      }
  }
}

/** "190 ms", "1.2 s", "31 s"; empty where nobody was asked. */
export const took = (ms: number): string => (ms === 0 ? "" : ms >= 10_000 ? span(ms) : latency(ms));

/** All that a cell knows, for hover and for whoever hears the page. */
export function cellTitle(run: StepRunView, member: Pick<MemberRunView, "platform_name">): string {
  const what = stepName(run.step);
  const { state } = run;
  switch (state.state) {
    case "waiting":
      return `${what}: waits`;
    case "running":
      return `${what}: under way`;
    case "passed":
      return `${what}: passed, ${state.seen}${state.took_ms === 0 ? "" : `, in ${took(state.took_ms)}`}`;
    case "failed":
      return `${what}: failed, ${state.seen}`;
    case "not_tried":
      return `${what}: not tried, ${notTriedWords(state.why, member.platform_name)}`;
  }
}

export function verdictWords(member: Pick<MemberRunView, "verdict">): string {
  const { verdict } = member;
  switch (verdict.state) {
    case "next":
      return "waits";
    case "under_way":
      return `${verdict.done_count} of ${verdict.step_count}`;
    case "holds":
      return "holds";
    case "fails":
      return "fails";
    case "not_proved":
      return "not proved";
  }
}

/** "3 of 25 checks", "25 checks": what was not tried is not done. */
export function checksDone(progress: ProgressView): string {
  const { done_count: done, step_count: all } = progress;
  return done === all ? counted(all, "check") : `${done} of ${counted(all, "check")}`;
}

/** The sentence over a run that goes on. */
export function runWords(view: RehearsalView): { sentence: string; detail: string } {
  const { done_count: done, failed_count: failed, holding_count: holding } = view.progress;
  const leftOut = view.progress.left_out_count;
  const members = view.members.length;
  const counts = `${checksDone(view.progress)} done, ${failed === 0 ? "none failed" : `${failed} failed`}${leftOut === 0 ? "" : `, ${leftOut} left out`}.`;
  const browser = browserLater(view);
  if (view.sign_in !== null) {
    const { account, member } = view.sign_in;
    return {
      sentence: `${shortName(member)} waits in your browser: sign in${account === null ? "" : ` as ${shortName(account)}`}.`,
      detail: `Another account replaces nothing. ${counts}${browser}`,
    };
  }
  const failing = view.members.find((one) => one.verdict.state === "fails");
  const others = view.members.filter((one) => one.verdict.state === "fails").length - 1;
  if (failing !== undefined)
    return {
      sentence: `${inSentence(failing)}${others > 0 ? ` and ${counted(others, "other")} fail` : " fails"}${members === 1 ? "" : `; ${holdOf(holding, members)} so far`}.`,
      detail: `${counts}${browser}`,
    };
  const left = view.progress.left_ms;
  const about = left === null || left < 3_000 || done === 0 ? "" : `; about ${roughly(left)} left`;
  return {
    sentence:
      holding === 0
        ? `Rehearsing ${members === 1 ? "the one connection" : `${numberWord(members)} connections`}${about}.`
        : `${upperFirst(holdOf(holding, members))}${about}.`,
    detail: `${counts}${browser}`,
  };
}

/** Who will have to sign in later on: whoever starts it stays there. */
function browserLater(view: RehearsalView): string {
  const later = view.members.filter(
    (one) =>
      one.id !== view.sign_in?.member_id &&
      one.steps.some((run) => run.step.kind === "sign_in_again" && run.state.state === "waiting"),
  );
  const [only] = later;
  if (only === undefined) return "";
  return later.length === 1
    ? ` ${inSentence(only)} will open the browser once${only.account === null ? "" : ` for ${shortName(only.account)}`}.`
    : ` ${numberWordAtStart(later.length)} will open the browser once each.`;
}

function roughly(ms: number): string {
  if (ms < 20_000) return "a few seconds";
  if (ms < 45_000) return "half a minute";
  const minutes = Math.round(ms / 60_000);
  return minutes <= 1 ? "a minute" : `${numberWord(minutes)} minutes`;
}

export function logWords(line: LogLineView, label: string): string {
  const what = stepName(line.step).toLowerCase();
  switch (line.state) {
    case "running":
      return `${label}: ${line.step.kind === "own" ? line.step.name : stepWords[line.step.kind].doing}`;
    case "passed":
    case "failed":
      return `${label}: ${line.seen === "" ? what : line.seen}`;
  }
}

export function stopWords(view: RehearsalView): string {
  const over = view.members.filter((one) => ["holds", "fails"].includes(one.verdict.state)).length;
  const left = view.members.length - over;
  const kept =
    over === 0
      ? "Stopping now proves nothing."
      : `Stopping now keeps ${over === 1 ? "the one verdict" : `the ${numberWord(over)} verdicts`}; ${left === 1 ? "the other is not proved" : `the ${numberWord(left)} others are not proved`}.`;
  return `${kept} What was made is removed first.`;
}

// ---- the certificate

export type Tone = "holds" | "bad" | "unproved" | "over";

export interface CertificateWords {
  tone: Tone;
  sentence: string;
  detail: string;
}

export function certificateWords(
  view: RehearsalView,
  certificate: CertificateView,
  now: number,
): CertificateWords {
  const ran = ranLine(view, now);
  const members = view.members.length;
  switch (certificate.state) {
    case "holds": {
      const first =
        certificate.first === null || certificate.by === "as_long_as_asked"
          ? ""
          : certificate.by === "grant"
            ? `No longer, because the grant of ${shortName(certificate.first)} ends then. `
            : `No longer, because the token of ${shortName(certificate.first)} ends then and nothing renews it. `;
      return {
        tone: "holds",
        sentence: `${allOf(members)} ${holdVerb(members)} until ${moment(certificate.until, now)}.`,
        detail: `${first}${ran}`,
      };
    }
    case "over":
      return {
        tone: "over",
        sentence: `${allOf(members)} held until ${moment(certificate.until, now)}.`,
        detail: `Whether they hold now takes a new rehearsal. ${ran}`,
      };
    case "withdrawn":
      return {
        tone: "bad",
        sentence: `Withdrawn ${momentInSentence(certificate.at, now)}: ${mendReason(certificate.mend)}.`,
        detail: `It was good until ${moment(certificate.until, now)}. Mend it and rehearse again. ${ran}`,
      };
    case "mend": {
      const more = certificate.failing_count - 1;
      const holding = certificate.holding_count;
      return {
        tone: "bad",
        sentence: `Mend ${inSentence(certificate.mend)}: ${mendReason(certificate.mend, true)}.`,
        detail: [
          holding === 0 ? "" : `${upperFirst(holdOf(holding, members))}.`,
          more > 0 ? `${numberWordAtStart(more)} more ${more === 1 ? "fails" : "fail"} as well.` : "",
          ran,
        ]
          .filter((one) => one !== "")
          .join(" "),
      };
    }
    case "partly": {
      const holding = certificate.holding_count;
      const proved = holdOf(holding, certificate.member_count);
      const hasRest = certificate.member_count > 1;
      return {
        tone: "unproved",
        sentence:
          view.end === "stopped"
            ? `Stopped: ${proved}${hasRest ? ", and of the rest nothing is known" : ""}.`
            : view.end === "cut_off"
              ? `Cut off when Patchbay ended: ${proved}.`
              : `${upperFirst(proved)}${hasRest ? "; of the rest" : ":"} nothing could be tried.`,
        detail: ran,
      };
    }
  }
}

const actWords: Record<TrialActView, string> = {
  create: "making an object",
  read: "reading the object back",
  change: "changing the object",
  remove: "removing the object",
};

/** Where it fails: "the forced refresh", "removing the object". */
export function failsAt(step: StepView, act: TrialActView | null): string {
  if (act !== null) return actWords[act];
  return step.kind === "own" ? step.name : stepWords[step.kind].at;
}

/** "scope missing, seen at making an object"; of a later test "Gmail: grant revoked". */
function mendReason(mend: ToMendView, isNamed = false): string {
  const short = mend.cause === null ? null : causeWords[mend.cause.cause].short;
  const why =
    mend.step === null
      ? (short ?? "a test failed")
      : short === null
        ? `it fails at ${failsAt(mend.step, mend.act)}`
        : `${short}, seen at ${failsAt(mend.step, mend.act)}`;
  return isNamed ? why : `${inSentence(mend)}, ${why}`;
}

/** "Halden Optik demo, rehearsed today from 15:36 to 15:40. 31 checks, none failed, nothing left behind." */
export function ranLine(view: RehearsalView, now: number): string {
  const said = momentInSentence(view.started_at, now);
  const day = said.startsWith("at ") ? "today" : said.replace(/ at .*$/, "");
  const { failed_count: failed } = view.progress;
  const left =
    view.left_objects.length === 0
      ? view.has_unread_removal
        ? "what was made is removed by its provider’s word, and was not read again"
        : "nothing left behind"
      : `${counted(view.left_objects.length, "object")} left behind`;
  const [from, to] = [clockTime(view.started_at), clockTime(view.ended_at ?? view.started_at)];
  return `${shortName(view.name)}, rehearsed ${day} ${from === to ? `at ${from}` : `from ${from} to ${to}`}. ${checksDone(view.progress)}, ${failed === 0 ? "none failed" : `${numberWord(failed)} failed`}, ${left}.`;
}

/** What its button is called. */
export function mendButton(mend: ToMendView): string {
  switch (mend.way) {
    case "reconnect":
      return `Reconnect ${shortName(mend.name, 24)}`;
    case "add_scopes":
      return "Ask for the scopes…";
    case "diagnose":
      return `Diagnose ${shortName(mend.name, 24)}`;
    case "open_connection":
      return `Open ${shortName(mend.name, 24)}`;
    case "open_platform_page":
      return `Open it in ${shortName(mend.platform_name ?? "its platform", 24)}`;
    case "edit_checklist":
      return "Change the checklist";
  }
}

/** What would end it before its time. */
export function endsSooner(
  certificate: CertificateView & { state: "holds" },
  now: number,
): { head: string; line: string }[] {
  const until = moment(certificate.until, now);
  const found = [
    {
      head: "Someone removes access or changes a password.",
      line: certificate.is_watched
        ? `Each is tested every 5 minutes until ${until}, and you are told at once.`
        : "Patchbay has to run for that to be noticed: nothing is tested while it does not.",
    },
  ];
  const carried = certificate.members
    .flatMap((one) =>
      one.token_ends_at === null ? [] : [{ label: inSentence(one), end: one.token_ends_at }],
    )
    .sort((a, b) => a.end - b.end);
  found.push({
    head: "A provider has an outage.",
    line:
      carried.length === 0
        ? "How long the tokens in hand carry is not visible."
        : `Tokens in hand carry ${listed(
            carried.map((one) => `${one.label} to ${moment(one.end, now)}`),
            3,
          )}.`,
  });
  const first = carried.find((one) => one.end < certificate.until && one.end > now);
  if (first !== undefined)
    found.push({
      head: `This machine sleeps past ${moment(first.end, now)}.`,
      line: `${first.label} needs its refresh then.`,
    });
  return found;
}

/** What no rehearsal can promise. */
export function notCovered(view: RehearsalView): string {
  const platforms = [...new Set(view.members.flatMap((one) => one.platform_name ?? []))];
  return `The content of the demo itself; quotas beyond the calls made${platforms.length === 0 ? "" : `; anything only ${listed(platforms)} can see`}.`;
}

/** What stands under its bar on the time axis. */
export function standsOn(one: HeldMemberView, now: number): string {
  const proved = one.proved_at === null ? "" : `, proved ${moment(one.proved_at, now)}`;
  const fast =
    one.took_ms === null || one.took_ms === 0 || one.proved_at === null ? "" : ` in ${took(one.took_ms)}`;
  if (one.platform_name !== null) {
    const test = one.proved_at === null ? "" : `, its own test passed ${moment(one.proved_at, now)}`;
    return `refreshed by ${one.platform_name}${test}; token end not visible`;
  }
  if (one.token_ends_at === null) return `no token end known${proved}${fast}`;
  return `token to ${moment(one.token_ends_at, now)}, ${one.is_renewed ? "then refresh" : "and nothing renews it"}${proved}${fast}`;
}

/** When and how often it is looked at until its time is over. */
export function watchLine(certificate: CertificateView & { state: "holds" }, now: number): string {
  if (!certificate.is_watched) return "Not tested again while Patchbay does not run.";
  const last = certificate.tested_at === null ? "" : `Tested again ${moment(certificate.tested_at, now)}`;
  const next = certificate.next_test_at === null ? "" : `next ${moment(certificate.next_test_at, now)}`;
  if (last === "") return next === "" ? "" : `Tested again from ${next.slice(5)} on, every 5 minutes.`;
  return `${last}${next === "" ? "" : `, ${next}`}.`;
}
