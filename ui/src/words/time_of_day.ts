/** A time of the day as a person writes it; the next one is meant, as on the command line [E4]. */

import { clockTime, momentInSentence, span } from "./times";

const WRITTEN = /^(\d{1,2})(?:[:.h ]?([0-5]\d))?\s*(am|pm)?$/;

/** "16:40", "1640", "4.40 pm", "17": the next such moment after `now`; null: no time of a day. */
export function nextTimeOfDay(text: string, now: number): number | null {
  const found = WRITTEN.exec(text.trim().toLowerCase().replaceAll("\u00a0", " "));
  if (found === null) return null;
  const [, hours, minutes = "0", half] = found;
  let hour = Number(hours);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return null;
    hour = (hour % 12) + (half === "pm" ? 12 : 0);
  }
  if (hour > 23) return null;
  const on = (days: number): number => {
    const day = new Date(now);
    return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days, hour, Number(minutes)).getTime();
  };
  return on(0) > now ? on(0) : on(1);
}

/** The next full ten minutes, as they are written here. */
export function roundTimeAfter(at: number): string {
  const tenMinutes = 10 * 60_000;
  return clockTime(Math.ceil(at / tenMinutes) * tenMinutes);
}

/** "At 16:40, in 2 h 40 min." */
export function timeOfDayLine(at: number, now: number): string {
  const when = momentInSentence(at, now);
  return `${when.charAt(0).toUpperCase()}${when.slice(1)}, in ${span(at - now)}.`;
}
