/** The blast radius in words: its sentence, its repair order, its states and times [D1, D3, D4]. */

import type {
  DamageView,
  FreshnessView,
  RadiusHeadlineView,
  RadiusRiskView,
  RadiusStateFilter,
  RadiusTotalsView,
  RadiusView,
  RepairStepView,
  RepairWayView,
  ReplayLineView,
  ScheduleView,
  SeenView,
  SourceNameView,
  SourceNodeView,
  WireStateView,
  WorkflowNodeView,
  WorkflowStateView,
} from "../backend/backend";
import { counted, listed, numberWord, numberWordAtStart, upperFirst } from "./numbers";
import { ago, moment, momentInSentence, shortMoment, shortSpan } from "./times";

/** "Gmail", "HubSpot in n8n". */
export function sourceLabel(source: Pick<SourceNameView, "name" | "platform_name">): string {
  return source.platform_name === null ? source.name : `${source.name} in ${source.platform_name}`;
}

/** Of a workflow that needs another dead one besides: what is still to be done for it. */
export const toMendAsWell = (other: Pick<SourceNameView, "name" | "platform_name">): string =>
  `mend ${sourceLabel(other)} as well`;

export const nodeLabel = (node: SourceNodeView): string =>
  sourceLabel({ name: node.name, platform_name: node.platform?.name ?? null });

export const stateFilterWords: Record<RadiusStateFilter, string> = {
  stopped: "stop",
  at_risk: "at risk",
  running: "run",
  not_active: "not active",
};

export const wireWords: Record<WireStateView, string> = {
  cut_here: "cut here",
  cut_elsewhere: "cut elsewhere",
  works: "works",
  off: "switched off",
};

export const repairWayWords: Record<RepairWayView, (platform: string | null) => string> = {
  reconnect: () => "Reconnect",
  push_grant: (platform) => `Mend in ${platform ?? "place"}`,
  open_page: () => "Open its page",
  at_platform: () => "How to mend it",
};

const workflows = (count: number): string => counted(count, "workflow");
const customers = (count: number): string => (count === 0 ? "" : ` for ${counted(count, "customer")}`);

function fromWhen(damage: DamageView, now: number): string {
  return damage.first_run_at === null
    ? ""
    : damage.first_run_at <= now
      ? ", and runs fail already"
      : `, from ${momentInSentence(damage.first_run_at, now).replace(/^(at|on) /, "")} on`;
}

/** "first and 6 heal", "and it heals", "and all heal". */
function whatHeals(healed: number, all: number): string {
  if (healed === all) return all === 1 ? "and it heals" : "and all heal";
  if (healed === 0) return "first, though none heals by that alone";
  return healed === 1 ? "first and one heals" : `first and ${healed} heal`;
}

function heals(healed: number, all: number): string {
  return all === 0 ? "" : `; mend it ${whatHeals(healed, all)}`;
}

export interface RadiusWords {
  sentence: string;
  detail: string;
}

export function radiusHeadline(view: RadiusView, now: number): RadiusWords {
  const head = view.headline;
  switch (head.state) {
    case "empty":
      return {
        sentence: "No workflow is known yet.",
        detail: "Add a platform or import an export, and what breaks when a connection dies stands here.",
      };
    case "gone":
      return {
        sentence: "That one is not known any more.",
        detail: "It was not in the last reading of its platform, or its connection was forgotten.",
      };
    case "all_run":
      return {
        sentence: `Nothing is stopped: ${activeSentence(view.totals)}.`,
        detail:
          head.next === null
            ? "No connection that they need is known to end."
            : `${sourceLabel(head.next.source)} ends next, ${momentInSentence(head.next.at, now)}; ${workflows(head.next.workflow_count)} would stop.`,
      };
    case "stops":
      return {
        sentence: `${numberWordAtStart(head.dead_count)} dead ${head.dead_count === 1 ? "connection stops" : "connections stop"} ${workflows(head.damage.workflow_count)}${customers(head.damage.customer_count)}${fromWhen(head.damage, now)}; mend ${sourceLabel(head.first)} ${whatHeals(head.healed_count, head.damage.workflow_count)}.`,
        detail: [idleWords(head.idle_dead_count), rest(head.damage, null), shownWords(view)]
          .filter((one) => one !== "")
          .join(" "),
      };
    case "source":
      return sourceHeadline(head, now);
    case "workflow":
      return {
        sentence: workflowSentence(head, now),
        detail: `It needs ${counted(head.needs_count, "connection")}${head.next_run_at === null ? "" : `; next run ${momentInSentence(head.next_run_at, now)}`}.`,
      };
  }
}

/** The picture has them too; they cost nothing. */
function idleWords(count: number): string {
  if (count === 0) return "";
  return `${numberWordAtStart(count)} more ${count === 1 ? "is" : "are"} dead, and no active workflow needs ${count === 1 ? "it" : "them"}.`;
}

/** The sentence is of everything, the picture of what the filter lets through. */
function shownWords({ totals }: RadiusView): string {
  return totals.hidden_count === 0
    ? ""
    : `The filter shows ${totals.stopped_count === 0 ? "none" : counted(totals.stopped_count, "of them", "of them")}.`;
}

function activeSentence(totals: RadiusTotalsView): string {
  const running = totals.workflow_count - totals.stopped_count - totals.inactive_count;
  return `${workflows(running)} ${running === 1 ? "runs" : "run"}${totals.inactive_count === 0 ? "" : `, ${totals.inactive_count} ${totals.inactive_count === 1 ? "is" : "are"} not active`}`;
}

function sourceHeadline(head: Extract<RadiusHeadlineView, { state: "source" }>, now: number): RadiusWords {
  const name = sourceLabel(head.source);
  const { damage } = head;
  const count = damage.workflow_count;
  if (count === 0)
    return {
      sentence: head.is_dead
        ? `${name} is dead, and no active workflow needs it.`
        : `No active workflow is known to need ${name}.`,
      detail:
        damage.inactive_count > 0
          ? `${workflows(damage.inactive_count)} that ${damage.inactive_count === 1 ? "is" : "are"} not active would stop as well.`
          : "None known is not none: a workflow that nobody has read may use it.",
    };
  const hit = `${workflows(count)}${customers(damage.customer_count)}`;
  const detail = rest(damage, name);
  if (head.is_dead && !head.is_simulated)
    return {
      sentence: `${name} stops ${hit}${fromWhen(damage, now)}${heals(head.healed_count, count)}.`,
      detail,
    };
  const when =
    head.dies_at !== null && head.dies_at > now ? `It ends ${momentInSentence(head.dies_at, now)}. ` : "";
  return {
    sentence: `If ${name} died, ${hit} would stop${damage.first_run_at === null ? "" : `; the first run that fails is ${damage.first_run_workflow ?? "one"}, ${momentInSentence(damage.first_run_at, now)}`}.`,
    detail: `${when}${detail}`,
  };
}

/** What else is to be said of what stops, and of the others. */
function rest(damage: DamageView, of: string | null): string {
  const parts: string[] = [];
  const [first, ...more] = damage.also_waiting;
  if (first !== undefined && of !== null)
    parts.push(
      more.length === 0
        ? `${first.workflow} also waits for ${sourceLabel(first.source)}.`
        : `${upperFirst(numberWord(damage.also_waiting.length))} of them also wait for another connection.`,
    );
  if (damage.runs_per_day !== null)
    parts.push(`About ${counted(Math.max(1, Math.round(damage.runs_per_day)), "run")} a day.`);
  const lacking = damage.lacking_scope.length;
  const others = damage.running_count + lacking;
  if (others > 0)
    parts.push(
      lacking === 0
        ? `The other ${others === 1 ? "one keeps" : `${numberWord(others)} keep`} running${damage.inactive_count > 0 ? `; ${damage.inactive_count} more ${damage.inactive_count === 1 ? "is" : "are"} not active` : ""}.`
        : `Of the ${numberWord(others)} others, ${listed(damage.lacking_scope, 2)} ${lacking === 1 ? "lacks" : "lack"} a scope; ${numberWord(damage.running_count)} keep running.`,
    );
  else if (damage.inactive_count > 0)
    parts.push(
      `${upperFirst(numberWord(damage.inactive_count))} more ${damage.inactive_count === 1 ? "is" : "are"} not active.`,
    );
  return parts.join(" ");
}

function workflowSentence(head: Extract<RadiusHeadlineView, { state: "workflow" }>, now: number): string {
  const waits = listed(head.waits_for.map(sourceLabel), 2);
  switch (head.does.kind) {
    case "stopped":
      return `${head.name} is stopped: it waits for ${waits}.`;
    case "would_stop":
      return `${head.name} would stop without ${waits}.`;
    case "at_risk":
      return `${head.name} runs; what it needs ends ${momentInSentence(head.does.at, now)}.`;
    case "lacks_scope":
      return `${head.name} lacks a scope that a step needs.`;
    case "running":
      return `${head.name} runs: nothing that it needs is known to be dead.`;
    case "inactive":
      return `${head.name} is switched off at its platform.`;
    case "paused":
      return `${head.name} was paused from here ${momentInSentence(head.does.since, now)}.`;
  }
}

export function workflowStateWords(state: WorkflowStateView, now: number): string {
  switch (state.kind) {
    case "stopped":
      return "stopped";
    case "would_stop":
      return "would stop";
    case "at_risk":
      return `at risk ${moment(state.at, now)}`;
    case "lacks_scope":
      return "lacks a scope";
    case "running":
      return "runs";
    case "inactive":
      return "not active";
    case "paused":
      return "paused";
  }
}

/** Of a running one how often, where it runs often; else when. */
export function nextRun(
  node: Pick<WorkflowNodeView, "schedule" | "next_run_at" | "state">,
  now: number,
): string {
  if (node.state.kind === "inactive") return "not active";
  if (node.state.kind === "paused") return "paused";
  const often = oftenWords(node.schedule);
  if (node.state.kind === "running" && often !== null) return often;
  if (node.next_run_at !== null)
    return `${node.schedule.kind === "learned" ? "about " : ""}${shortMoment(node.next_run_at, now)}`;
  return scheduleWords(node.schedule, now);
}

function oftenWords(schedule: ScheduleView): string | null {
  if (schedule.kind !== "every" || schedule.seconds > 4 * 3600) return null;
  return Math.abs(schedule.seconds - 3600) < 60 ? "hourly" : `every ${shortSpan(schedule.seconds * 1000)}`;
}

/** "about daily", "about every 15 min". */
function aboutWords(seconds: number): string {
  if (Math.abs(seconds - 86_400) < 3_600) return "about daily";
  if (Math.abs(seconds - 3_600) < 180) return "about hourly";
  return `about every ${shortSpan(Math.round(seconds / 60) * 60_000)}`;
}

export function scheduleWords(schedule: ScheduleView, now: number): string {
  switch (schedule.kind) {
    case "unknown":
      return "not visible";
    case "on_demand":
      return "on demand";
    case "on_event":
      return "on an event";
    case "every":
      return oftenWords(schedule) ?? `every ${shortSpan(schedule.seconds * 1000)}`;
    case "cron":
      return schedule.time_zone === null
        ? schedule.expression
        : `${schedule.expression}, ${schedule.time_zone}`;
    case "next_at":
      return moment(schedule.at, now);
    case "learned":
      return aboutWords(schedule.seconds);
  }
}

/** "2 of 5 stop", "none stops". */
export function groupNote(stopped: number, all: number): string {
  if (all === 1) return stopped === 1 ? "stops" : "";
  return stopped === 0 ? "none stops" : `${stopped} of ${all} ${stopped === 1 ? "stops" : "stop"}`;
}

/** What a folded line of workflows says; `stopped` of them stop. */
export const foldedWorkflows = (count: number, stopped: number, hasOthers: boolean): string => {
  const which = stopped === 0 ? "none stops" : `${stopped} ${stopped === 1 ? "stops" : "stop"}`;
  return hasOthers && stopped === 0
    ? counted(count, "more", "more")
    : `${hasOthers ? counted(count, "more", "more") : workflows(count)}, ${which}`;
};
export const foldedSources = (count: number, dead: number, hasOthers: boolean): string =>
  `${hasOthers ? `${count} more` : counted(count, "connection")}, ${dead === 0 ? "none known dead" : `${dead} dead`}`;

export function repairLine(step: RepairStepView, now: number): string {
  if (step.ends_at !== null) return `${workflows(step.healed_count)}, before ${moment(step.ends_at, now)}`;
  const by =
    step.before === null ? "" : step.before <= now ? ", overdue" : `, before ${moment(step.before, now)}`;
  const later =
    step.later === null
      ? ""
      : `; ${step.healed_count === 0 ? counted(step.later.count, "waits", "wait") : step.later.count === 1 ? "one waits" : `${step.later.count} wait`} for step ${step.later.step}`;
  if (step.healed_name !== null && step.later === null) return `${step.healed_name}${by}`;
  if (step.healed_count === 0) return `none heals by it alone${later}`;
  return later === ""
    ? `${step.healed_count} heal${step.healed_count === 1 ? "s" : ""}${by}`
    : `${step.healed_count} heal${step.healed_count === 1 ? "s" : ""}${later}`;
}

export function risk(of: RadiusRiskView): string {
  switch (of.kind) {
    case "orphan":
      return `Nothing is known to use ${withAccount(of.source)}: it can be revoked.`;
    case "single_point":
      return `${withAccount(of.source)} carries ${workflows(of.workflow_count)} of ${counted(of.customer_count, "customer")}.`;
    case "personal_account":
      return `${withAccount(of.source)} is a personal account, and ${workflows(of.workflow_count)} of ${counted(of.customer_count, "customer")} hang on it.`;
    case "sprawl":
      return `${of.account} is connected ${of.sources.length} times: ${listed(of.sources.map(sourceLabel))}.`;
    case "dangling":
      return `${workflows(of.workflow_count)} in ${of.platform_name} name a connection that is not there.`;
  }
}

function withAccount(source: SourceNameView): string {
  return source.account === null ? sourceLabel(source) : `${sourceLabel(source)} (${source.account})`;
}

/** "seen 3 min ago over the API", "from an export of 12 May". */
export function seenWords(seen: SeenView, now: number): string {
  const gone = seen.gone_at === null ? "" : `; gone since ${moment(seen.gone_at, now)}`;
  switch (seen.by) {
    case "api":
      return `seen ${ago(seen.at, now)} over the API${gone}`;
    case "file":
      return `from a file of ${moment(seen.at, now)}${gone}`;
    case "by_hand":
      return `entered by hand ${ago(seen.at, now)}${gone}`;
    case "token_door":
      return `took a token ${ago(seen.at, now)}${gone}`;
  }
}

/** The same for a narrow column. */
export function seenShortly(seen: SeenView, now: number): string {
  switch (seen.by) {
    case "api":
      return `seen ${ago(seen.at, now)}`;
    case "file":
      return `a file of ${moment(seen.at, now)}`;
    case "by_hand":
      return `by hand ${ago(seen.at, now)}`;
    case "token_door":
      return `token ${ago(seen.at, now)}`;
  }
}

/** "14 connections, 16 workflows; n8n and Make read 9 min ago". */
export function footWords(view: RadiusView, now: number): string {
  const { totals } = view;
  const count = `${counted(totals.connection_count + totals.platform_connection_count, "connection")}, ${workflows(totals.workflow_count)}`;
  const hidden = totals.hidden_count === 0 ? "" : ` of ${totals.workflow_count + totals.hidden_count}`;
  const stale = view.freshness.filter((one) => one.is_stale);
  const [oldest] = [...(stale.length > 0 ? stale : view.freshness.filter((one) => one.by === "api"))].sort(
    (a, b) => (a.read_at ?? 0) - (b.read_at ?? 0),
  );
  if (oldest === undefined) return `${count}${hidden}`;
  const when =
    oldest.read_at === null
      ? "never read"
      : `${stale.length > 0 ? "last read" : "read"} ${ago(oldest.read_at, now)}`;
  return `${count}${hidden}; ${stale.length > 0 ? `${listed(stale.map((one) => one.platform.name))} ` : ""}${when}`;
}

/** Why what is shown may be old. */
export function staleWords(one: FreshnessView, now: number): string {
  const since =
    one.read_at === null ? "It was never read." : `What stands here is of ${moment(one.read_at, now)}.`;
  return one.failed === null
    ? `${one.platform.name} was ${one.read_at === null ? "not read yet" : "read long ago"}. ${one.read_at === null ? "" : since}`.trimEnd()
    : `${one.platform.name} could not be read ${momentInSentence(one.failed.at, now)}: ${one.failed.words}. ${since}`;
}

/** "5 scheduled runs were missed, 3 of them while it was paused" */
function missedRuns(line: ReplayLineView, isMore: boolean): string {
  const [count, paused] = [line.missed_count, line.missed_while_paused_count];
  const runs = counted(count, "scheduled run");
  const whilePaused =
    paused === 0 ? "" : paused === count ? " while it was paused" : `, ${paused} of them while it was paused`;
  if (line.is_missed_certain) return `${runs} ${count === 1 ? "was" : "were"} missed${whilePaused}`;
  const fell = `${runs}${isMore ? " more" : ""} fell due${whilePaused}`;
  return paused === 0
    ? `${fell}, and whether they ran is not visible`
    : `${fell}; whether the others ran is not visible`;
}

export function replayLine(line: ReplayLineView, now: number): string {
  if (line.failed_count === 0) {
    const since = `${moment(line.from, now)}${line.until === null ? " on" : ` to ${moment(line.until, now)}`}`;
    return line.is_missed_certain
      ? `${missedRuns(line, false)}: run each again, ${since}.`
      : `${missedRuns(line, false)}: compare before running again; ${since}.`;
  }
  const more = line.missed_count === 0 ? "" : `${missedRuns(line, true)}; `;
  const runs = `${more}${counted(line.failed_count, "run")} failed`;
  const window = `${moment(line.from, now)}${line.until === null ? " on" : ` to ${moment(line.until, now)}`}`;
  switch (line.point) {
    case "before_first_read":
      return `${runs} before reading anything: run all of it again, ${window}.`;
    case "mid_run_after_writes":
      return `${runs} after writing: go on from ${line.from_step ?? "the failed step"}, or look for doubles first; ${window}.`;
    case "after_writing_before_confirmation":
      return `${runs} after the last write: the work is done, only confirm it; ${window}.`;
    case "not_known":
      return `${runs}, and where is not visible: compare before running again; ${window}.`;
  }
}

/** Of those that stop, `count` can be paused from here: never more is offered than can be done. */
export function pauseLabel(count: number, stopped: number): string {
  if (stopped === 1) return "Pause it until mended";
  return `Pause ${count === stopped ? `all ${count}` : `${count} of ${stopped}`} until mended`;
}

/** All of the repair as a text to be sent. */
export function asText(view: RadiusView, now: number): string {
  const { sentence, detail } = radiusHeadline(view, now);
  const lines = [sentence, detail, ""].filter((line, index) => line !== "" || index === 2);
  if (view.repair.length > 0) {
    lines.push("Repair order");
    for (const step of view.repair)
      lines.push(
        `${step.number}. ${sourceLabel(step.source)}${step.source.account === null ? "" : ` (${step.source.account})`}: ${repairLine(step, now)}`,
      );
    lines.push("");
  }
  if (view.validation.length > 0) {
    lines.push("Then validate");
    for (const one of view.validation)
      lines.push(
        `- ${one.name}, ${one.platform_name}${one.next_run_at === null ? "" : `, ${moment(one.next_run_at, now)}`}`,
      );
    lines.push("");
  }
  for (const line of view.replay.lines) lines.push(`Replay ${line.workflow}: ${replayLine(line, now)}`);
  return `${lines.join("\n").trim()}\n`;
}
