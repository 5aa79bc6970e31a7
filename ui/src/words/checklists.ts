/** Checklists in words: what each tries, what its last run came to, and what is wrong with a form [E4]. */

import type {
  ChecklistRefusedView,
  ChecklistTemplateView,
  ChecklistView,
  MemberStepView,
  MemberView,
  NotTriedView,
  OwnCall,
  OwnCallRefusedView,
  RehearsalRowView,
  StepView,
} from "../backend/backend";
import { causeWords } from "./causes";
import { counted, listed, numberWord, numberWordAtStart, shortName, upperFirst } from "./numbers";
import { allOf, failsAt, holdOf, notTriedWords, stepName } from "./rehearsal";
import { moment, momentInSentence } from "./times";

export interface ResultWords {
  /** `over`: it held, and its time is past. */
  tone: "holds" | "bad" | "unproved" | "over" | "running" | "never";
  line: string;
  detail: string;
}

/** What a run came to, as a list says it. */
export function resultWords(row: RehearsalRowView | null, now: number): ResultWords {
  if (row === null) return { tone: "never", line: "never rehearsed", detail: "" };
  const { outcome } = row;
  const holding = holdOf(row.holding_count, row.member_count);
  switch (outcome.state) {
    case "under_way":
      return { tone: "running", line: "under way", detail: holding };
    case "holds":
      return outcome.until > now
        ? {
            tone: "holds",
            line: `holds until ${moment(outcome.until, now)}`,
            detail: allOf(row.member_count).toLowerCase(),
          }
        : { tone: "over", line: `held until ${moment(outcome.until, now)}`, detail: "its time is over" };
    case "withdrawn":
      return {
        tone: "bad",
        line: `withdrawn ${moment(outcome.at, now)}`,
        detail: `${shortName(outcome.name)}${outcome.cause === null ? "" : `: ${causeWords[outcome.cause.cause].short}`}`,
      };
    case "mend":
      return {
        tone: "bad",
        line: `mend ${shortName(outcome.name)}`,
        detail: `${outcome.cause === null ? `fails at ${failsAt(outcome.step, outcome.act)}` : causeWords[outcome.cause.cause].short}${row.member_count === 1 ? "" : `; ${holding}`}`,
      };
    case "partly":
      return {
        tone: "unproved",
        line: holding,
        detail:
          row.end === "stopped"
            ? "stopped"
            : row.end === "cut_off"
              ? "cut off when Patchbay ended"
              : "of the rest nothing could be tried",
      };
  }
}

export function listWords(
  lists: readonly ChecklistView[] | null,
  now: number,
): { sentence: string; detail: string } {
  if (lists === null) return { sentence: "Reading the checklists.", detail: "" };
  if (lists.length === 0)
    return {
      sentence: "Know before the demo that every connection holds.",
      detail:
        "A checklist tries each of a customer’s connections for real, and ends in “all five hold until 16:40” or in the one thing to mend. Begin with a template; everything in it can be changed.",
    };
  const results = lists.map((list) => ({ list, ...resultWords(list.last, now) }));
  const running = lists.find((list) => list.under_way !== null);
  const bad = results.filter((one) => one.tone === "bad" && one.list.under_way === null);
  const holding = results
    .filter((one) => one.tone === "holds")
    .sort((a, b) => untilOf(a.list) - untilOf(b.list));
  const [firstBad] = bad;
  const [first] = holding;
  const rest =
    first === undefined
      ? ""
      : holding.length === 1
        ? `${shortName(first.list.name)} ${first.line}.`
        : `${numberWordAtStart(holding.length)} hold; the first ends ${momentInSentence(untilOf(first.list), now)}.`;
  if (running !== undefined)
    return { sentence: `${shortName(running.name)} is being rehearsed.`, detail: rest };
  if (firstBad !== undefined)
    return {
      sentence:
        bad.length === 1
          ? `${shortName(firstBad.list.name)} does not hold: ${firstBad.line}.`
          : `${numberWordAtStart(bad.length)} checklists do not hold; ${shortName(firstBad.list.name)}: ${firstBad.line}.`,
      detail: [`${upperFirst(firstBad.detail)}.`, rest].filter((one) => one !== "").join(" "),
    };
  if (first !== undefined) {
    const others = lists.length - holding.length;
    return {
      sentence:
        holding.length === 1
          ? `${shortName(first.list.name)} ${first.line}.`
          : `${numberWordAtStart(holding.length)} checklists hold; ${shortName(first.list.name)} until ${moment(untilOf(first.list), now)}.`,
      detail: others === 0 ? "" : `Of ${counted(others, "other")} nothing is certified just now.`,
    };
  }
  return {
    sentence:
      lists.length === 1
        ? `${shortName(lists[0]?.name ?? "")} has no certificate that holds.`
        : "None of the checklists has a certificate that holds.",
    detail: "A certificate is good for a demo, not for a week: rehearse shortly before it matters.",
  };
}

function untilOf(list: ChecklistView): number {
  return list.last?.outcome.state === "holds" ? list.last.outcome.until : Infinity;
}

export const connectionsOf = (list: ChecklistView): string => counted(list.members.length, "connection");

interface TemplateWords {
  tries: string;
  needs: string;
}

/** By the template's id; what is not told here is told by its steps. */
const templates: Partial<Record<string, TemplateWords>> = {
  google: {
    tries:
      "Signs in again, account and domain, scopes; a file and a document made, read, changed, removed; a forced refresh.",
    needs: "a connection to Google",
  },
  notion: {
    tries: "Signs in again, workspace, a page made in one that you name, read, changed, removed.",
    needs: "a page shared with the integration",
  },
  airtable: {
    tries: "Signs in again, account, scopes; a record made in a table that you name, changed, removed.",
    needs: "a base and a table",
  },
  slack: {
    tries:
      "Signs in again, workspace, scopes; a message posted in a channel that you name, changed, removed.",
    needs: "a channel that the app is in",
  },
  platforms: {
    tries:
      "The platforms’ own tests of their copies; two refreshes at once of yours; logs without a hidden retry.",
    needs: "a platform with connections",
  },
  own_call: {
    tries: "One HTTP call of your own with the connection’s token, and the answer that it has to get.",
    needs: "any connection",
  },
  everything: {
    tries: "All that can be tried of the connections that you choose.",
    needs: "any connection",
  },
};

/** What a template is for, and what it leans on. */
export function templateWords(template: Pick<ChecklistTemplateView, "id" | "steps">): TemplateWords {
  return (
    templates[template.id] ?? {
      tries: `${upperFirst(
        listed(
          template.steps.map((step) => stepName(step).toLowerCase()),
          8,
        ),
      )}.`,
      needs: "a connection that it fits",
    }
  );
}

// ---- the editor

/** Why a step cannot be tried as the form stands; null: it can. */
export function whyNot(
  member: Pick<MemberView, "questions">,
  { step, why_not: why }: MemberStepView,
): NotTriedView | null {
  if (step.kind !== "object" || (why !== null && why !== "unanswered")) return why;
  return member.questions.some((one) => one.answer.trim() === "") ? "unanswered" : null;
}

/** Those that are chosen and can be tried. */
export function triedSteps(member: Pick<MemberView, "steps" | "questions">): StepView[] {
  return member.steps.filter((one) => one.is_chosen && whyNot(member, one) === null).map((one) => one.step);
}

/** What a checklist comes to before it is run. */
export function planWords(
  members: readonly MemberView[],
  signsOutFirst: boolean,
): { sentence: string; detail: string } {
  const here = members.filter((one) => !one.is_gone);
  if (here.length === 0)
    return {
      sentence: "A checklist needs at least one connection.",
      detail: "Add those that the demo or the hand-over leans on: your own, and the platforms’ copies.",
    };
  const tried = here.map(triedSteps);
  const count = tried.reduce((sum, one) => sum + one.length, 0);
  const signIns = tried.filter((one) => one.some((step) => step.kind === "sign_in_again")).length;
  const writes = here.flatMap((one, at) =>
    tried[at]?.some((step) => step.kind === "object") === true
      ? one.writes.filter((kind) => kind.missing_scopes.length === 0).map((kind) => kind.name)
      : [],
  );
  return {
    sentence: `${counted(count, "check")} on ${counted(here.length, "connection")}.`,
    detail: [
      signIns === 0
        ? "Nobody has to sign in."
        : `${signsOutFirst ? "Signs out and opens" : "Opens"} the browser ${signIns === 1 ? "once" : `${numberWord(signIns)} times`}: whoever signs in has to be there.`,
      writes.length === 0 ? "Writes nothing." : `Writes ${listed([...new Set(writes)], 4)}, removed after.`,
    ].join(" "),
  };
}

/** "Signed in again, two at once: n8n owns it. Scopes: n8n does not say." Null: all can be tried. */
export function cannotWords(
  member: Pick<MemberView, "steps" | "questions" | "platform_name">,
): string | null {
  const why = new Map<string, string[]>();
  for (const one of member.steps) {
    const reason = whyNot(member, one);
    if (reason === null) continue;
    const words = notTriedWords(reason, member.platform_name);
    why.set(words, [...(why.get(words) ?? []), stepName(one.step).toLowerCase()]);
  }
  if (why.size === 0) return null;
  return [...why].map(([words, names]) => `${upperFirst(listed(names, 8))}: ${words}.`).join(" ");
}

/** What stands under the table of steps; null: all can be tried. */
export function notTriedNote(members: readonly Pick<MemberView, "steps" | "questions">[]): string | null {
  const count = members.flatMap((one) => one.steps.filter((step) => whyNot(one, step) !== null)).length;
  return count === 0
    ? null
    : `${counted(count, "step")} cannot be tried: a dash says so, and a connection’s details say why.`;
}

/** Questions without an answer, where an object is to be made. */
export function unanswered(member: MemberView): string[] {
  const isWished = member.steps.some((one) => one.step.kind === "object" && one.is_chosen);
  return isWished ? member.questions.filter((one) => one.answer.trim() === "").map((one) => one.asks) : [];
}

/** What a person should know before it is signed out. */
export function signOutNote(member: MemberView): string | null {
  const isWished = member.steps.some(
    (one) => one.step.kind === "sign_in_again" && one.is_chosen && one.why_not === null,
  );
  if (!isWished) return null;
  if (member.would_end.length > 0)
    return `Signing it out would end ${listed(member.would_end)} as well, so it is signed in again without being signed out.`;
  return member.workflow_count === 0
    ? null
    : `${counted(member.workflow_count, "workflow")} ${member.workflow_count === 1 ? "has" : "have"} to do without it until somebody has signed in again.`;
}

export const holdChoices: readonly { value: string; label: string }[] = [
  { value: "30", label: "30 minutes" },
  { value: "60", label: "1 hour" },
  { value: "120", label: "2 hours" },
  { value: "240", label: "4 hours" },
  { value: "480", label: "8 hours" },
  { value: "1440", label: "24 hours" },
];

/** "1 hour", "90 minutes". */
export function holdLabel(minutes: number): string {
  return (
    holdChoices.find((one) => one.value === String(minutes))?.label ??
    (minutes % 60 === 0 ? counted(minutes / 60, "hour") : counted(minutes, "minute"))
  );
}

export function expectedLine(member: MemberView): string {
  const { account, workspace } = member.expected;
  const who =
    account.kind === "as_before"
      ? `whoever it was before${member.account === null ? "" : ` (${member.account})`}`
      : account.kind === "named"
        ? account.name
        : `anybody of ${account.domain}`;
  return workspace === null ? who : `${who}, in ${workspace}`;
}

/** "GET api.notion.com/v1/users, 200, /name is Halden Optik". */
export function ownCallLine(call: OwnCall): string {
  const expects = [
    call.expected_status === null ? "any 2xx" : String(call.expected_status),
    ...(call.expected_text === null ? [] : [`with “${call.expected_text}”`]),
    ...call.expected_values.map((one) => `${one.pointer} is “${one.value}”`),
  ];
  return `${call.method} ${call.url.replace(/^https:\/\//, "")}: ${expects.join(", ")}`;
}

const ownCallRefused: Record<OwnCallRefusedView, string> = {
  no_name: "It has no name.",
  name_twice: "Two calls have the same name.",
  no_address: "Its address has to begin with https://.",
  not_of_provider: "Its address is not the provider’s: the token goes nowhere else.",
  body_not_json: "Its body is not JSON.",
  pointer_unreadable: "A place in the answer begins with “/”, as in /workspace/name.",
};

export function refusedWords(why: ChecklistRefusedView): string {
  switch (why.kind) {
    case "no_name":
      return "Give the checklist a name.";
    case "name_taken":
      return "Another checklist has this name.";
    case "no_members":
      return "Add at least one connection.";
    case "member_twice":
      return `${why.name} stands on it twice.`;
    case "no_steps":
      return `Nothing is tried of ${why.name}: choose a step, or remove it.`;
    case "member_gone":
      return "One of its connections is not there any more: remove it from the list.";
    case "under_way":
      return "A rehearsal of it is under way. Stop that first, or wait for its end.";
    case "own_call":
      return `${why.member}, ${why.call === "" ? "a call of your own" : why.call}: ${ownCallRefused[why.why]}`;
  }
}
