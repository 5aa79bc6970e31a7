/** This machine's clock against the servers' [B9]. */

import type { ClockView } from "../backend/backend";
import { upperFirst } from "./numbers";

/** "0.4 s behind", "10 min ahead", "in step". */
export function difference(aheadMs: number): string {
  const seconds = Math.abs(aheadMs) / 1000;
  if (seconds < 0.1) return "in step";
  const amount =
    seconds < 10
      ? `${seconds.toFixed(1)} s`
      : seconds < 90
        ? `${Math.round(seconds)} s`
        : `${Math.round(seconds / 60)} min`;
  return `${amount} ${aheadMs > 0 ? "ahead" : "behind"}`;
}

export interface ClockWords {
  verdict: string;
  meaning: string;
}

export function clockWords(view: ClockView): ClockWords {
  if (view.ahead_ms === null)
    return {
      verdict: "Not measured yet.",
      meaning: "Every answer of a provider carries its time; the first one sets the measure.",
    };
  const found = difference(view.ahead_ms);
  return view.is_off
    ? {
        verdict: `This machine's clock is ${found}.`,
        meaning:
          "Patchbay reckons with it, so refreshes come in time; but providers may refuse signatures and new tokens. Set the clock to network time.",
      }
    : {
        verdict: `${upperFirst(found)}: well within what providers bear.`,
        meaning: "Expiry is reckoned by the servers' time, so this difference costs nothing.",
      };
}
