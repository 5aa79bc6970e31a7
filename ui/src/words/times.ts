/** Says moments and spans: relative under a day, weekday under a week, date after; exact on request. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The words are English; the clock (24 h or 12 h) and the zone are the system's. */
const LOCALE = "en-GB";
/** Said by the program where it knows, so that window and command line agree; a web view without a locale says 12. */
const { patchbayHours } = globalThis as { patchbayHours?: 12 | 24 };
const hour12 =
  patchbayHours === undefined
    ? ["h11", "h12"].includes(
        new Intl.DateTimeFormat(undefined, { hour: "numeric" }).resolvedOptions().hourCycle ?? "h23",
      )
    : patchbayHours === 12;

// By name: of "hour12" some make 0:42 pm at noon.
const hourCycle = hour12 ? "h12" : "h23";

/** Room for a time of day, in a column. */
export const clockWidth = hour12 ? "58px" : "38px";

const clockFormat = new Intl.DateTimeFormat(LOCALE, {
  hour: hour12 ? "numeric" : "2-digit",
  minute: "2-digit",
  hourCycle,
});
const weekdayFormat = new Intl.DateTimeFormat(LOCALE, { weekday: "short" });
const longWeekdayFormat = new Intl.DateTimeFormat(LOCALE, { weekday: "long" });
const dayFormat = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short" });
const dayWithYearFormat = new Intl.DateTimeFormat(LOCALE, {
  day: "numeric",
  month: "short",
  year: "numeric",
});
const longDayFormat = new Intl.DateTimeFormat(LOCALE, { weekday: "long", day: "numeric", month: "long" });
const exactFormat = new Intl.DateTimeFormat(LOCALE, {
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle,
  timeZoneName: "short",
});

/** "Thu, 19 Nov 2026, 16:55:00 CET": what stands on hover. */
export function exact(at: number): string {
  return exactFormat.format(at);
}

/** "16:55", never broken before an "am". */
export function clockTime(at: number): string {
  return clockFormat.format(at).replace(" ", "\u00a0");
}

let saidSeconds: (() => void) | null = null;

/** Hears whenever something is said that is another a few seconds later; null ends it. */
export function hearSeconds(heard: (() => void) | null): void {
  saidSeconds = heard;
}

function seconds(length: number): string {
  // What is over stays over.
  if (length > 0) saidSeconds?.();
  return `${Math.max(1, Math.round(length / SECOND))} s`;
}

/** "11 min", "3 h", "2 d 6 h": a span, never zero. */
export function span(ms: number): string {
  const length = Math.max(0, ms);
  if (length < MINUTE) return seconds(length);
  if (length < HOUR) return `${Math.floor(length / MINUTE)} min`;
  if (length < DAY) {
    const hours = Math.floor(length / HOUR);
    const minutes = Math.floor((length % HOUR) / MINUTE);
    return hours < 4 && minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  }
  const days = Math.floor(length / DAY);
  const hours = Math.floor((length % DAY) / HOUR);
  return days < 7 && hours > 0 ? `${days} d ${hours} h` : `${days} d`;
}

/** "11 min", "3 h", "2 d": a span cut to its largest unit, for narrow columns. */
export function shortSpan(ms: number): string {
  const length = Math.max(0, ms);
  if (length < MINUTE) return seconds(length);
  if (length < HOUR) return `${Math.floor(length / MINUTE)} min`;
  if (length < DAY) return `${Math.floor(length / HOUR)} h`;
  return `${Math.floor(length / DAY)} d`;
}

/** "just now", "4 min ago", "Mon 17:02", "14 Nov". */
export function ago(at: number, now: number): string {
  const past = now - at;
  if (past < 0) return moment(at, now);
  if (past < 10 * SECOND) {
    saidSeconds?.();
    return "just now";
  }
  if (past < DAY) return `${shortSpan(past)} ago`;
  return moment(at, now);
}

/** "16:55" today, "tomorrow 02:00", "Thu 16:55" within a week, "28 Dec" beyond. */
export function moment(at: number, now: number): string {
  const days = calendarDaysBetween(now, at);
  if (days === 0) return clockTime(at);
  if (days === 1) return `tomorrow ${clockTime(at)}`;
  if (days === -1) return `yesterday ${clockTime(at)}`;
  if (Math.abs(days) < 7) return `${weekdayFormat.format(at)} ${clockTime(at)}`;
  return isSameYear(at, now) || Math.abs(at - now) < 180 * DAY
    ? dayFormat.format(at)
    : dayWithYearFormat.format(at);
}

/** "16:55" today, "Thu 16:55" within a week, "28 Dec" beyond: for narrow columns. An hour of another day has its day. */
export function shortMoment(at: number, now: number): string {
  return moment(at, now).replace(/^(tomorrow|yesterday) /, `${weekdayFormat.format(at)} `);
}

/** The same inside a sentence: "at 16:55", "tomorrow at 02:00", "on Thursday at 16:55", "on 28 Dec". */
export function momentInSentence(at: number, now: number): string {
  const days = calendarDaysBetween(now, at);
  if (days === 0) return `at ${clockTime(at)}`;
  if (days === 1) return `tomorrow at ${clockTime(at)}`;
  if (days === -1) return `yesterday at ${clockTime(at)}`;
  if (Math.abs(days) < 7) return `on ${longWeekdayFormat.format(at)} at ${clockTime(at)}`;
  return `on ${moment(at, now)}`;
}

/** The head of a day in a timeline: "Today", "Yesterday", "Monday 16 November". */
export function dayHead(at: number, now: number): string {
  const days = calendarDaysBetween(now, at);
  if (days === 0) return "Today";
  if (days === -1) return "Yesterday";
  const head = longDayFormat.format(at);
  return isSameYear(at, now) ? head : `${head} ${new Date(at).getFullYear()}`;
}

/** The same within a line: "today", "Monday 16 November". */
export function dayNote(at: number, now: number): string {
  const head = dayHead(at, now);
  return head === "Today" || head === "Yesterday" ? head.toLowerCase() : head;
}

/** "212 ms", "1.4 s". */
export function latency(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function calendarDaysBetween(from: number, to: number): number {
  return Math.round((startOfDay(to) - startOfDay(from)) / DAY);
}

function startOfDay(at: number): number {
  const day = new Date(at);
  // Compared as if in UTC, so that a change of summer time does not make a day of 23 hours.
  return Date.UTC(day.getFullYear(), day.getMonth(), day.getDate());
}

function isSameYear(a: number, b: number): boolean {
  return new Date(a).getFullYear() === new Date(b).getFullYear();
}
