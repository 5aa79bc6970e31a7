/** Where things stand on the horizon: the bent axis, its hours and days by the person's own clocks, and labels that do not run into each other. */

import type { SegmentView } from "../backend/backend";
import { axisDay, axisHour, axisWeekday } from "../words/horizon";

/** What is left free beside "now" and behind the last day, in hundredths of the width. */
const BEFORE = 1.5;
const AFTER = 2.5;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export class Scale {
  constructor(
    readonly now: number,
    readonly segments: readonly SegmentView[],
  ) {}

  get until(): number {
    return this.now + (this.segments[this.segments.length - 1]?.ends_after_ms ?? DAY);
  }

  /** Hundredths of the width, from the left. */
  place(at: number): number {
    const passed = Math.max(0, at - this.now);
    let begin = 0;
    let share = 0;
    for (const segment of this.segments) {
      if (passed <= segment.ends_after_ms) {
        share += (segment.share * (passed - begin)) / (segment.ends_after_ms - begin);
        break;
      }
      begin = segment.ends_after_ms;
      share += segment.share;
    }
    return BEFORE + Math.min(1, share) * (100 - BEFORE - AFTER);
  }
}

export interface Tick {
  at: number;
  label: string;
  place: number;
}

/** Hours first, then days, weeks and months: each where the axis has room for its words. */
export function ticks(scale: Scale, width: number): Tick[] {
  const made: Tick[] = [];
  // "now" has its own words at the left edge.
  let taken = (scale.place(scale.now) / 100) * width + 52;
  for (const { at, label, isSure } of candidates(scale)) {
    const place = scale.place(at);
    const half = textWidth(label) / 2;
    const center = (place / 100) * width;
    if (center + half > width - 2) continue;
    if (center - half < taken + 10) {
      // A midnight is worth more than the hour before it.
      const last = made[made.length - 1];
      if (!isSure || last === undefined || sure.has(last.label)) continue;
      const before = made[made.length - 2];
      const edge = before === undefined ? 52 : (before.place / 100) * width + textWidth(before.label) / 2;
      if (center - half < edge + 10) continue;
      made.pop();
    }
    if (isSure) sure.add(label);
    made.push({ at, label, place });
    taken = center + half;
  }
  return made;
}

const sure = new Set<string>(["midnight"]);

interface Candidate {
  at: number;
  label: string;
  isSure?: boolean;
}

/** By the local calendar, also over a change of summer time. */
function* candidates(scale: Scale): Generator<Candidate> {
  const from = new Date(scale.now);
  const day = (offset: number): number =>
    new Date(from.getFullYear(), from.getMonth(), from.getDate() + offset).getTime();
  const isDay = scale.until - scale.now <= DAY;
  // Hours up to a day ahead: every second one at first, every third after six hours.
  for (let hour = 1; hour <= 30; hour++) {
    const at = new Date(
      from.getFullYear(),
      from.getMonth(),
      from.getDate(),
      from.getHours() + hour,
    ).getTime();
    if (at > scale.until || at - scale.now > DAY + (isDay ? 0 : 9 * HOUR)) break;
    const clock = new Date(at).getHours();
    const step = at - scale.now <= 6 * HOUR ? 2 : at - scale.now <= DAY ? 3 : 9;
    if (clock === 0) yield { at, label: "midnight", isSure: true };
    else if (clock % step === 0)
      yield { at, label: at - scale.now > 12 * HOUR && at >= day(1) ? axisWeekday(at) : axisHour(at) };
  }
  for (let offset = 2; offset <= 7; offset++) {
    const at = day(offset);
    if (at > scale.until || at - scale.now > 7 * DAY) break;
    if (at - scale.now > DAY) yield { at, label: axisDay(at, scale.now) };
  }
  for (let offset = 8; offset <= 30; offset++) {
    const at = day(offset);
    if (at > scale.until || at - scale.now > 30 * DAY) break;
    if (new Date(at).getDay() === 1) yield { at, label: axisDay(at, scale.now) };
  }
  for (let month = 1; month <= 3; month++) {
    for (const date of [1, 15]) {
      const at = new Date(from.getFullYear(), from.getMonth() + month, date).getTime();
      if (at > scale.until) return;
      if (at - scale.now > 30 * DAY) yield { at, label: axisDay(at, scale.now) };
    }
  }
}

/** About how wide a label is, in the axis' own small type: near enough to keep two apart, without asking the page. */
export function textWidth(text: string): number {
  let width = 0;
  for (const letter of text)
    width += letter.charCodeAt(0) > 0x2000 ? 11 : /[ilIjtf.,:;' ]/.test(letter) ? 3.6 : 6.4;
  return width;
}

export interface Placed<T> {
  mark: T;
  place: number;
  /** What is written beside it; null: there is no room. */
  label: string | null;
  /** Left of it: there is no room at the right. */
  isLeft: boolean;
}

/** Marks with the labels that have room; those that are wanted most come first. */
export function labelled<T extends { at: number }>(
  marks: readonly T[],
  scale: Scale,
  width: number,
  labelOf: (mark: T) => string | null,
  wanted: (mark: T, index: number) => number,
  gap: number,
): Placed<T>[] {
  const placed: Placed<T>[] = marks.map((mark) => ({
    mark,
    place: scale.place(mark.at),
    label: null,
    isLeft: false,
  }));
  const spots = placed.map((one) => (one.place / 100) * width);
  const taken: [number, number][] = [];
  const order = placed
    .map((one, index) => ({ one, index, rank: wanted(one.mark, index) }))
    .filter(({ rank }) => rank < Infinity)
    .sort((a, b) => a.rank - b.rank || a.index - b.index);
  for (const { one, index } of order) {
    const label = labelOf(one.mark);
    if (label === null) continue;
    const spot = spots[index] ?? 0;
    const long = textWidth(label) + 8;
    const isFree = (from: number, to: number): boolean =>
      from >= 0 &&
      to <= width &&
      taken.every(([a, b]) => to < a || from > b) &&
      (gap === 0 || spots.every((other, at) => at === index || other + gap < from || other - gap > to));
    if (isFree(spot + gap, spot + gap + long)) {
      taken.push([spot - gap, spot + gap + long]);
      one.label = label;
    } else if (isFree(spot - gap - long, spot - gap)) {
      taken.push([spot - gap - long, spot + gap]);
      one.label = label;
      one.isLeft = true;
    }
  }
  return placed;
}
