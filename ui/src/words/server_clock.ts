/** This machine's clock against the servers' [B9]. */

import type { ClockView } from "../backend/backend";
import { upperFirst } from "./numbers";

/** "4 s behind", "10 min ahead", "agrees": a server's date has whole seconds. */
export function difference(aheadMs: number): string {
  const seconds = Math.abs(aheadMs) / 1000;
  if (seconds < 1) return "agrees";
  const amount = seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
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
  if (view.is_disputed)
    return view.servers.length === 1
      ? {
          verdict: "This machine's clock differs from the only server compared; one of the two is wrong.",
          meaning: `By that server this machine is ${found}. Another server's answer will tell; until then its times are read by its own clock.`,
        }
      : {
          verdict: "The servers' clocks do not agree with each other, so nothing can be concluded.",
          meaning:
            "Another server's answer will tell; until then each server's times are read by its own clock.",
        };
  return view.is_off
    ? {
        verdict:
          view.servers.length === 1
            ? `According to one server, this machine's clock is ${found}.`
            : `This machine's clock is ${found}.`,
        meaning:
          "Patchbay reckons with it, so refreshes come in time; but providers may refuse signatures and new tokens. Set the clock to network time.",
      }
    : {
        verdict:
          found === "agrees"
            ? view.servers.length === 1
              ? "Agrees with the one server compared."
              : "Agrees with the servers."
            : `${upperFirst(found)}: well within what providers bear.`,
        meaning: "Expiry is reckoned by the servers' time, so this difference costs nothing.",
      };
}
