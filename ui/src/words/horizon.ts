/** What breaks next, in words: the axis, each mark, and the sentence where nothing does [B11, D3]. */

import type {
  EndingView,
  EndMarkView,
  FailingRunView,
  HorizonView,
  ReachView,
  RunMarkView,
} from "../backend/backend";
import { counted, upperFirst } from "./numbers";
import { sourceLabel } from "./radius";
import { clockTime, moment, momentInSentence, shortMoment } from "./times";

export const reachWords: Record<ReachView, { short: string; span: string }> = {
  day: { short: "24 hours", span: "the next 24 hours" },
  three_days: { short: "3 days", span: "the next 3 days" },
  week: { short: "7 days", span: "the next 7 days" },
  month: { short: "30 days", span: "the next 30 days" },
  quarter: { short: "90 days", span: "the next 90 days" },
};

const LOCALE = "en-GB";
const weekday = new Intl.DateTimeFormat(LOCALE, { weekday: "short" });
const date = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short" });

export function axisHour(at: number): string {
  return clockTime(at);
}

/** "Wed 09:00". */
export function axisWeekday(at: number): string {
  return `${weekday.format(at)} ${clockTime(at)}`;
}

/** "Thu 19" within two weeks, "17 Dec" beyond. */
export function axisDay(at: number, now: number): string {
  return at - now < 14 * 86_400_000 ? `${weekday.format(at)} ${new Date(at).getDate()}` : date.format(at);
}

/** "Recall letters" or "Recall letters and 3 more". */
function firsts(mark: RunMarkView): string {
  const first = mark.named.find((run) => run.is_first);
  if (first === undefined) return "";
  const more = mark.first_count - 1;
  return more > 0 ? `${first.workflow} and ${more} more` : first.workflow;
}

/** What stands above a tick; null: it has no words of its own. */
export function runLabel(mark: RunMarkView, now: number): string | null {
  return mark.first_count === 0 ? null : `${shortMoment(mark.at, now)} ${cutShort(firsts(mark), 34)}`;
}

/** What stands beside the lamp of a grant that ends. */
export function endLabel(mark: EndMarkView, now: number): string {
  return `${moment(mark.at, now)} ${cutShort(endNames(mark), 30)}`;
}

function endNames(mark: EndMarkView): string {
  const [first] = mark.named;
  if (first === undefined) return counted(mark.count, "grant");
  if (mark.count > 1) return `${first.name} and ${mark.count - 1} more`;
  return first.customer === null ? first.name : `${first.name}, ${first.customer}`;
}

const graphemes = new Intl.Segmenter(LOCALE, { granularity: "grapheme" });

function cutShort(text: string, letters: number): string {
  if (text.length <= letters) return text;
  let kept = "";
  let count = 0;
  for (const { segment } of graphemes.segment(text)) {
    if (++count >= letters) return `${kept.trimEnd()}…`;
    kept += segment;
  }
  return text;
}

/** "Recall letters, Brightwater Dental, fails for the first time: Gmail." */
export function runSentence(run: FailingRunView): string {
  const who = run.customer === null ? run.workflow : `${run.workflow}, ${run.customer},`;
  const where = run.because_platform === null ? "" : ` in ${run.because_platform}`;
  return `${who} fails${run.is_first ? "" : " again"}: ${run.because}${where}`;
}

export function endSentence(end: EndingView): string {
  return `${end.name}${end.customer === null ? "" : `, ${end.customer},`} ends`;
}

/** One mark as a line for a screen reader and for the tip. */
export function runMarkWords(
  mark: RunMarkView,
  now: number,
): { head: string; lines: string[]; rest: string } {
  const parts = [
    mark.first_count > 0
      ? `${counted(mark.first_count, "workflow")} ${mark.first_count === 1 ? "fails" : "fail"}`
      : "",
    mark.again_count > 0 ? `${mark.again_count === 1 ? "1 fails" : `${mark.again_count} fail`} again` : "",
  ].filter((part) => part !== "");
  const left = mark.first_count + mark.again_count - mark.named.length;
  return {
    head: `${upperFirst(moment(mark.at, now))}: ${parts.join(", ")}`,
    lines: mark.named.map(runSentence),
    rest: left > 0 ? `and ${left} more` : "",
  };
}

export function endMarkWords(
  mark: EndMarkView,
  now: number,
): { head: string; lines: string[]; rest: string } {
  const left = mark.count - mark.named.length;
  const time = (end: EndingView): string => (mark.count > 1 ? ` ${momentInSentence(end.at, now)}` : "");
  return {
    head: `${upperFirst(moment(mark.at, now))}: ${mark.count === 1 ? "a grant ends" : `${mark.count} grants end`}`,
    lines: mark.named.map((end) => `${endSentence(end)}${time(end)}`),
    rest: left > 0 ? `and ${left} more` : "",
  };
}

/** Where no run fails: until when that holds. */
export function quietSentence(view: HorizonView, reach: ReachView, now: number, isBroken: boolean): string {
  if (isBroken) return "No run that fails has a known time.";
  const first = view.ends[0];
  if (first !== undefined) return `Nothing breaks before ${moment(first.at, now)}.`;
  return view.on_event_count + view.undated_count > 0
    ? "No dated run fails."
    : `Nothing is known to break in ${reachWords[reach].span}.`;
}

/** What has no place on the axis; empty where everything has one. */
export function undatedSentence(view: HorizonView): string {
  const parts = [
    view.on_event_count > 0
      ? `${counted(view.on_event_count, "workflow")} ${view.on_event_count === 1 ? "fails" : "fail"} whenever ${view.on_event_count === 1 ? "its event comes" : "their events come"}`
      : "",
    view.undated_count > 0
      ? `${counted(view.undated_count, "workflow")} ${view.undated_count === 1 ? "fails" : "fail"} at a time that nobody says`
      : "",
  ].filter((part) => part !== "");
  return parts.length === 0 ? "" : `${parts.join("; ")}.`;
}

/** The first run that fails, for the sentence on top. */
export interface FirstFailure {
  /** "Brightwater Dental, Recall letters, at 14:00". */
  run: string;
  /** The connection, of either plane, that it fails for. */
  because: { id: string; name: string };
}

/** Null: none is dated. */
export function firstFailure(view: HorizonView | null, now: number): FirstFailure | null {
  const run = view?.runs.flatMap((mark) => mark.named).find((one) => one.is_first && one.at > now);
  if (run === undefined) return null;
  const who = run.customer === null ? run.workflow : `${run.customer}, ${run.workflow}`;
  return {
    run: `${who}, ${momentInSentence(run.at, now)}`,
    because: {
      id: run.because_id,
      name: sourceLabel({ name: run.because, platform_name: run.because_platform }),
    },
  };
}
