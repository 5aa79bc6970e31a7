/** The time axis of a certificate: from the rehearsal to a while after the end of what it is good for [E4]. */

const MINUTE = 60_000;
const STEPS = [5, 10, 15, 30, 60, 120, 240, 480, 720, 1440, 2880, 10_080].map((one) => one * MINUTE);
/** So many labels stand side by side without touching. */
const AT_MOST = 5;
/** So much of it lies behind the end. */
const BEYOND = 0.4;

export interface Axis {
  start: number;
  end: number;
  ticks: number[];
  /** 0 at its start, 1 at its end; never outside. */
  share: (at: number) => number;
}

export function axisOf(from: number, until: number): Axis {
  const length = Math.max(MINUTE, until - from);
  const far = until + length * BEYOND;
  const step = STEPS.find((one) => (far - from) / one <= AT_MOST) ?? STEPS[STEPS.length - 1] ?? MINUTE;
  // Ticks stand on full hours of the person's own clock.
  const shift = new Date(from).getTimezoneOffset() * MINUTE;
  const start = Math.floor((from - shift) / step) * step + shift;
  const ticks: number[] = [];
  for (let at = start; at <= far; at += step) ticks.push(at);
  return {
    start,
    end: far,
    ticks,
    share: (at) => Math.max(0, Math.min(1, (at - start) / (far - start))),
  };
}
