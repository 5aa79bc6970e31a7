/** Incidents in words: from the last good call to the report [D4, D5, D6]. */

import type {
  IncidentCallKindView,
  IncidentCallView,
  IncidentRowView,
  IncidentView,
  OpenPointView,
  PausedWorkflowView,
  ResumedView,
} from "../backend/backend";
import { counted, listed, numberWordAtStart, shortName } from "./numbers";
import { failureWords } from "./platforms";
import { sourceLabel } from "./radius";
import { ago, exact, momentInSentence, span } from "./times";

const by: Record<IncidentCallKindView, string> = {
  test_call: "test call",
  refresh: "refresh",
  sign_in: "sign-in",
  token_door: "a program’s token",
  platform_run: "a workflow’s run",
  platform_test: "the platform’s test",
};

export function callWords(call: IncidentCallView | null, now: number): string {
  if (call === null) return "none on record";
  const what = call.words === null ? by[call.by] : `${by[call.by]}, ${call.words}`;
  const answer = [call.http_status === null ? null : String(call.http_status), call.provider_code].filter(
    (one) => one !== null,
  );
  return `${ago(call.at, now)}: ${what}${answer.length === 0 ? "" : ` (${answer.join(" ")})`}`;
}

/** Within a sentence: no name pushes the rest of it out of sight. */
const shortLabel = ({ name, platform_name }: IncidentRowView["source"]): string =>
  sourceLabel({ name: shortName(name), platform_name });

export const callExact = (call: IncidentCallView | null): string | undefined =>
  call === null ? undefined : exact(call.at);

export const incidentStateWords: Record<IncidentRowView["state"], string> = {
  open: "open",
  mended: "mended, to be validated",
  closed: "closed",
};

/** "Gmail stopped 7 workflows 11 minutes ago; 0 of 7 are validated." */
export function incidentSentence(row: IncidentRowView, now: number): string {
  const name = shortLabel(row.source);
  const hit = counted(row.workflow_count, "workflow");
  switch (row.state) {
    case "open":
      return row.next_failing_run_at === null
        ? `${name} is dead and stops ${hit}.`
        : row.next_failing_run_at <= now
          ? `${name} is dead and stops ${hit}; runs fail already.`
          : `${name} is dead and stops ${hit}; the next run fails ${momentInSentence(row.next_failing_run_at, now)}.`;
    case "mended":
      return row.validated_count === row.workflow_count
        ? `${name} works again, and all ${hit} are validated.`
        : `${name} works again; ${row.workflow_count - row.validated_count} of ${hit} wait to be validated.`;
    case "closed":
      return `${name} was down for ${span((row.mended_at ?? row.closed_at ?? now) - row.opened_at)} and stopped ${hit}.`;
  }
}

export function incidentDetail(view: IncidentView, now: number): string {
  const { row } = view;
  const parts = [`Opened ${momentInSentence(row.opened_at, now)}.`];
  if (row.failed_run_count > 0) parts.push(`${counted(row.failed_run_count, "run")} failed since.`);
  else if (row.state === "open") parts.push("No run has failed yet.");
  if (view.others.length > 0)
    parts.push(`Some of them also wait for ${listed(view.others.map(shortLabel), 2)}.`);
  return parts.join(" ");
}

export function listSentence(rows: readonly IncidentRowView[]): string {
  const open = rows.filter((row) => row.state === "open").length;
  const mended = rows.filter((row) => row.state === "mended").length;
  if (rows.length === 0) return "No incident so far.";
  if (open > 0)
    return `${numberWordAtStart(open)} ${open === 1 ? "incident is" : "incidents are"} open${mended > 0 ? `, and ${counted(mended, "waits", "wait")} to be validated` : ""}.`;
  if (mended > 0)
    return `${numberWordAtStart(mended)} ${mended === 1 ? "incident waits" : "incidents wait"} to be validated; nothing is down.`;
  return "Every incident is closed.";
}

export function openPoint(point: OpenPointView): string {
  switch (point.kind) {
    case "not_mended":
      return "it is not mended";
    case "canary_missing":
      return "no canary call has worked";
    case "not_validated":
      return `${counted(point.count, "workflow is", "workflows are")} not validated`;
    case "still_paused":
      return `${listed(point.names)} ${point.count === 1 ? "is" : "are"} still paused`;
  }
}

export function pausedSentence(done: readonly PausedWorkflowView[]): { title: string; detail: string } {
  const count = (state: PausedWorkflowView["outcome"]["state"]): PausedWorkflowView[] =>
    done.filter((one) => one.outcome.state === state);
  const parts: string[] = [];
  const left = count("as_it_was");
  const not = count("not_offered");
  const unanswered = count("unanswered");
  const failed = count("failed");
  if (left.length > 0) parts.push(`${counted(left.length, "was", "were")} not active already.`);
  if (not.length > 0) parts.push(`Not from here: ${listed(not.map((one) => one.name))}.`);
  if (unanswered.length > 0)
    parts.push(
      `Probably paused, without an answer: ${listed(unanswered.map((one) => one.name))}. The next reading shows it.`,
    );
  for (const one of failed.slice(0, 1))
    if (one.outcome.state === "failed") parts.push(`${one.name}: ${failureWords(one.outcome.failure).title}`);
  return {
    title: `${counted(count("paused").length, "workflow is", "workflows are")} paused until it is mended.`,
    detail: parts.join(" "),
  };
}

/** Of workflows that stay paused because their platform would start what was edited meanwhile. */
export function editedSentence(names: readonly string[]): string {
  const [were, its] = names.length === 1 ? ["was", "the edit"] : ["were", "the edits"];
  return `${listed(names, 2)} ${were} edited while paused, and ${its} alone can be started: finish there first, or start as edited.`;
}

export function startEditsLabel(count: number): string {
  return count === 1 ? "Start it as edited" : `Start ${count} as edited`;
}

export function resumedSentence(done: ResumedView, now: number): { title: string; detail: string } {
  if (done.state === "canary_failed") {
    const copy = done.only_a_run_proves;
    if (copy !== null)
      return {
        title: `Nothing has proved ${shortLabel(done.source)} yet, so all stay paused.`,
        detail: `${copy.words === null ? `${copy.platform_name} counts it as dead` : `${copy.platform_name} last said: “${copy.words.replace(/\.$/, "")}”`}. No call from here can show that it works, a run there does: run one of its workflows in ${copy.platform_name} by hand, read ${copy.platform_name} again, then resume.`,
      };
    return {
      title: `${shortLabel(done.source)} does not work yet, so all stay paused.`,
      detail: `The canary call was refused${done.canary.http_status === null ? "" : ` (${done.canary.http_status})`}.`,
    };
  }
  const names = (state: PausedWorkflowView["outcome"]["state"]): string[] =>
    done.workflows.flatMap((one) => (one.outcome.state === state ? [one.name] : []));
  const behind = done.workflows.flatMap(({ name, outcome }) =>
    outcome.state === "resumed_before_newer" ? [`${name}${savedAt(outcome.newer_saved_at, now)}`] : [],
  );
  const asSaved = names("resumed_as_saved");
  const already = names("runs_already");
  const edited = names("edited_since");
  const unanswered = names("unanswered");
  const failed = names("failed");
  const parts: string[] = [];
  if (behind.length > 0)
    parts.push(
      `As when paused, while a newer version is there and does not run: ${listed(behind)}. Publish it there to run it instead.`,
    );
  if (asSaved.length > 0) parts.push(`As saved there now, and not as when paused: ${listed(asSaved)}.`);
  if (already.length > 0) parts.push(`Switched on there already, and left so: ${listed(already)}.`);
  if (edited.length > 0)
    parts.push(
      `Edited while paused, so left off: ${listed(edited)}. The platform can start nothing but the edit: finish and activate it there, or start it here as edited.`,
    );
  if (unanswered.length > 0)
    parts.push(
      `Probably running again, without an answer: ${listed(unanswered)}. The next reading shows it.`,
    );
  if (failed.length > 0) parts.push(`Not resumed: ${listed(failed)}.`);
  return {
    title: `${counted(names("resumed").length + behind.length + asSaved.length, "workflow runs", "workflows run")} again.`,
    detail: parts.length === 0 ? "A canary call worked first." : parts.join(" "),
  };
}

/** " (saved at 14:02)"; its platform may not say when. */
const savedAt = (at: number | null, now: number): string =>
  at === null ? "" : ` (saved ${momentInSentence(at, now)})`;
