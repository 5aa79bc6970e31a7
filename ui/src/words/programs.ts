/** Programs that ask for tokens, those that were seen, and runs that wait, in words [D1, F2, F3]. */

import type {
  BlockedRunView,
  LearnedProgramView,
  PermissionView,
  ProgramAnswer,
  ProgramFileView,
  ProgramView,
  ProgramsView,
  UnaskedView,
} from "../backend/backend";
import { counted, listed, numberWordAtStart, shortName } from "./numbers";
import { scheduleWords } from "./radius";
import { ago, clockTime, moment, momentInSentence } from "./times";

export const answers = ["once", "always", "week", "never"] as const satisfies ProgramAnswer[];

export const answerLabels: Record<ProgramAnswer, string> = {
  once: "Once",
  always: "Always",
  week: "For 7 days",
  never: "Never",
};

/** "Allow backup.py to use Google ops?" */
export const questionWords = (one: Pick<ProgramView, "name" | "connection_name">): string =>
  `Allow ${shortName(one.name)} to use ${shortName(one.connection_name)}?`;

/** What a button does, heard apart from its question; it begins with what stands on it (WCAG 2.2, 2.5.3). */
export function answerWords(
  one: Pick<ProgramView, "name" | "connection_name">,
  answer: ProgramAnswer,
): string {
  const [name, connection] = [shortName(one.name), shortName(one.connection_name)];
  switch (answer) {
    case "once":
      return `${answerLabels.once}: let ${name} take one token of ${connection}`;
    case "always":
      return `${answerLabels.always}: let ${name} use ${connection}`;
    case "week":
      return `${answerLabels.week}: let ${name} use ${connection}`;
    case "never":
      return `${answerLabels.never}: let ${name} use nothing of ${connection}`;
  }
}

/** What came of an answer. */
export function answered(one: Pick<ProgramView, "name" | "connection_name">, answer: ProgramAnswer): string {
  const [name, connection] = [shortName(one.name), shortName(one.connection_name)];
  switch (answer) {
    case "once":
      return `${name} may take one token of ${connection}; it is asked about again after that.`;
    case "always":
      return `${name} may use ${connection} until you take it back.`;
    case "week":
      return `${name} may use ${connection} for 7 days.`;
    case "never":
      return `${name} gets no token of ${connection}, and you are not asked again.`;
  }
}

/** The sentence of the screen. */
export function programsSentence(view: ProgramsView): string {
  const { questions, answered: said, blocked, learned } = view;
  const [question, ...others] = questions;
  if (question !== undefined)
    return others.length === 0
      ? questionWords(question)
      : `${numberWordAtStart(questions.length)} questions wait for your answer.`;
  const [run] = blocked;
  if (run !== undefined)
    return blocked.length === 1
      ? `${shortName(run.name)} waits for ${needsOf(run)}.`
      : `${numberWordAtStart(blocked.length)} runs wait for you.`;
  if (said.length === 0 && learned.length === 0) return "No program has asked for a token yet.";
  const may = new Set(said.filter(mayUse).map((one) => one.id)).size;
  return may === 0
    ? "No program may take a token by itself."
    : `${numberWordAtStart(may)} ${may === 1 ? "program" : "programs"} may take tokens by ${may === 1 ? "itself" : "themselves"}; nobody waits for an answer.`;
}

/** What there is to know before one has asked, and after. */
export const programsAdvice = (view: ProgramsView): string =>
  view.questions.length > 0
    ? `${view.questions.length === 1 ? "It gets" : "They get"} nothing before you answer. With another content it is another program, and you are asked again.`
    : "Each is asked about once for each connection, by what it is and what is in it. Every token taken stands in the timeline.";

const mayUse = ({ permission: { may } }: ProgramView): boolean =>
  may === "once" || may === "always" || may === "until";

/** "always", "until Thu 16:55". */
export function mayWords(permission: PermissionView, now: number): string {
  switch (permission.may) {
    case "asked":
      return "not answered";
    case "once":
      return "one token";
    case "always":
      return "always";
    case "until":
      return `until ${moment(permission.at, now)}`;
    case "run_out":
      return `no more, since ${moment(permission.at, now)}`;
    case "never":
      return "never";
  }
}

export const permissionMark = ({ may }: PermissionView): "pass" | "fail" | "none" =>
  may === "never" ? "fail" : may === "run_out" || may === "asked" ? "none" : "pass";

/** "asked 3 min ago, started by cron" */
export function askedWords(one: ProgramView, now: number): string {
  const by = one.started_by === null ? "" : `, started by ${shortName(one.started_by)}`;
  return `asked ${ago(one.asked_at, now)}${by}`;
}

export const replacedWords =
  "Replaced since you decided about it: the same place, with another content. Allow it only if you changed it.";

/** Of an interpreter whose script is not known. */
export function standsForWords(language: string): string {
  const all = language === "shell" ? "shell script and command" : `${language} program`;
  return `It stands for every ${all} of yours: which one it runs cannot be told.`;
}

/** Programs that found no room among the questions. */
export function turnedAwayWords(count: number): string | null {
  if (count === 0) return null;
  const [programs, come] = count === 1 ? ["program", "it comes"] : ["programs", "they come"];
  return `${count} more ${programs} asked and found no room; ${come} up when these are answered.`;
}

export const fingerprintWords = (file: ProgramFileView): string => file.fingerprint ?? "not readable";

/** "nightly.py waits for Google ops since 02:00" */
export function blockedWords(run: BlockedRunView, now: number): string {
  return `${shortName(run.name)} waits for ${needsOf(run)} since ${sinceWords(run.since, now)}`;
}

/** The same on the page of the connection. */
export function blockedHere(runs: readonly BlockedRunView[], now: number): string {
  const [first, ...others] = runs;
  if (first === undefined) return "";
  return others.length === 0
    ? `${shortName(first.name)} waits for it since ${sinceWords(first.since, now)}, and goes on by itself once it is back.`
    : `${listed(runs.map((run) => shortName(run.name)))} wait for it, the first since ${sinceWords(first.since, now)}; they go on by themselves once it is back.`;
}

const needsOf = (run: BlockedRunView): string =>
  listed(run.needs.map((need) => shortName(need.connection_name)));

const sinceWords = (at: number, now: number): string =>
  momentInSentence(at, now).replace(/^at /, "") || clockTime(at);

/** "waits for Google ops since 02:00", of several the count. */
export const blockedCount = (runs: readonly BlockedRunView[]): string =>
  `${numberWordAtStart(runs.length)} runs wait for you`;

/** "about daily, 92 % of the time" */
export function habitWords(one: LearnedProgramView, now: number): string {
  const { schedule } = one;
  if (schedule.kind === "unknown") return "no rhythm known yet";
  if (schedule.kind === "on_event") return "all the time";
  if (schedule.kind !== "learned") return scheduleWords(schedule, now);
  const sure = schedule.percent >= 95 ? "" : `, ${schedule.percent} % of the time`;
  return `${scheduleWords(schedule, now)}${sure}`;
}

/** "Google ops, Notion" with how often. */
export const usesWords = (one: LearnedProgramView): string =>
  listed(one.uses.map((use) => use.connection_name));
export const countWords = (one: LearnedProgramView): string =>
  one.uses.map((use) => `${use.connection_name}: ${counted(use.count, "time")}`).join("\n");

export const unaskedWords: Record<UnaskedView, { label: string; effect: string }> = {
  refuse: {
    label: "Ask me first",
    effect: "They get nothing until you answer here or with patchbay programs.",
  },
  allow: {
    label: "Serve them",
    effect:
      "They get the tokens they ask for, and each is recorded. For a machine where nobody can be asked; “Never” still holds.",
  },
};
