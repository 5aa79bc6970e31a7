/** When the grant itself dies: the date, how sure, why, and what holds it off [B10, B11]. */

import type {
  ConfidenceView,
  DurabilityView,
  ForecastReasonView,
  GrantClockView,
  GrantEndView,
  RefreshModeView,
  RefreshTokenWayView,
} from "../backend/backend";
import { causeWords } from "./causes";
import { counted, upperFirst } from "./numbers";
import { refreshTokenWay } from "./refresh_token";
import { moment, momentInSentence, span } from "./times";
import { inDial } from "./token_clock";

/** What the middle of the grant's clock shows. */
export function grantLeft(
  end: GrantEndView,
  clock: GrantClockView,
  now: number,
): { main: string; small: string } {
  switch (end.state) {
    case "ended":
      return { main: "ended", small: "" };
    case "disconnected":
      return { main: "given up", small: "" };
    case "ends_at":
    case "kept_alive":
    case "no_end_known":
      if (clock.ends_at !== null)
        return clock.ends_at <= now ? { main: "over", small: "" } : inDial(clock.ends_at - now);
      return clock.idle_ms === null
        ? { main: "no end", small: "known" }
        : { main: span(clock.idle_ms), small: "if unused" };
  }
}

/** How sure: one word for the chip, one sentence on hover and to screen readers. */
export const confidenceWords: Record<ConfidenceView, { word: string; meaning: string }> = {
  stated: { word: "stated", meaning: "The provider said so of this very grant." },
  documented: { word: "documented", meaning: "The provider's own documents say so of grants like this one." },
  observed: { word: "observed", meaning: "Nobody says so; it was seen here." },
  not_known: { word: "not known", meaning: "Nothing says when it ends." },
};

/** Why it ends. */
export function forecastReason(clock: GrantClockView, provider: string): string {
  const lived = lifeOf(clock);
  const after = lived === null ? "" : ` ${lived} after consent`;
  const words: Record<ForecastReasonView, string> = {
    no_refresh_token: "The access token ends then, and no refresh token was issued to renew it.",
    refresh_token_ends: `${provider} said with the token when it ends.`,
    absolute_life: `${provider} ends such grants${after === "" ? " after a fixed time" : after}, used or not.`,
    idle_life:
      clock.idle_ms === null
        ? `${provider} ends it when it is not used.`
        : `${provider} ends it after ${life(clock.idle_ms)} without use.`,
    testing_mode: `${provider} ends it${after === "" ? " a few days after consent" : after} while the client is in testing.`,
    earlier_grants: `Earlier grants of this client ended${after}.`,
    nothing_known: `${provider} does not say when, and no earlier grant tells.`,
  };
  return words[clock.reason];
}

const DAY = 86_400_000;

/** How long it lives from consent to end. */
function lifeOf(clock: GrantClockView): string | null {
  if (clock.granted_at === null || clock.ends_at === null || clock.ends_at <= clock.granted_at) return null;
  const lived = clock.ends_at - clock.granted_at;
  return lived < DAY ? span(lived) : life(Math.round(lived / DAY) * DAY);
}

/** "7 days", "12 h": inside a sentence; whole days in full, and never a life of no days. */
function life(ms: number): string {
  return ms >= DAY && ms % DAY === 0 ? counted(ms / DAY, "day") : span(ms);
}

export interface GrantWords {
  /** When: the date, and how long still. */
  end: string;
  /** Why. */
  reason: string;
  /** What holds it off, or what to do. */
  then: string;
}

/** When the token is renewed next by itself, and what is switched. */
export interface NextRefresh {
  refreshAt: number | null;
  mode: RefreshModeView;
  /** No token can be read, so none is refreshed. */
  isUnreadable?: boolean;
}

export function grantWords(
  end: GrantEndView,
  clock: GrantClockView,
  durability: DurabilityView,
  provider: string,
  now: number,
  way: RefreshTokenWayView,
  next: NextRefresh = { refreshAt: null, mode: "on" },
): GrantWords {
  if (end.state === "ended")
    return {
      end: `Ended; known since ${moment(end.at, now)}.`,
      reason: causeWords[end.cause.cause].sentence(provider),
      then: "",
    };
  if (end.state === "disconnected")
    return { end: `You gave it up ${momentInSentence(end.at, now)}.`, reason: "", then: "" };
  const reason = forecastReason(clock, provider);
  if (clock.ends_at !== null) {
    return {
      end:
        clock.ends_at <= now
          ? `Its time was over ${momentInSentence(clock.ends_at, now)}.`
          : `Ends ${momentInSentence(clock.ends_at, now)}, in ${span(clock.ends_at - now)}.`,
      reason,
      then:
        durability === "fragile"
          ? refreshTokenWay[way].advice(provider)
          : clock.may_move
            ? mayMove(clock, next, now)
            : "A refresh cannot move that.",
    };
  }
  if (clock.idle_ms !== null) {
    return {
      end: "No fixed end.",
      reason,
      then:
        clock.keep_alive_at === null || isStill(next)
          ? "Every refresh starts that time anew."
          : `Patchbay refreshes it ${momentInSentence(clock.keep_alive_at, now)} at the latest, so that it holds.`,
    };
  }
  return {
    end: "No end known.",
    reason: durability === "durable" ? reason : "",
    then:
      durability === "fragile"
        ? `${durabilityWords.fragile} ${refreshTokenWay[way].advice(provider)}`
        : durabilityWords[durability],
  };
}

/** Nothing is refreshed by itself. */
function isStill({ mode, isUnreadable = false }: NextRefresh): boolean {
  return isUnreadable || mode === "paused" || mode === "offline";
}

/** Which refresh comes next: the token's own, or one that only keeps the grant alive. */
function mayMove(clock: GrantClockView, next: NextRefresh, now: number): string {
  const coming = (at: number | null): at is number => at !== null && at > now && !isStill(next);
  const { refreshAt } = next;
  const keepsAlive = clock.keep_alive_at;
  if (coming(refreshAt) && (keepsAlive === null || refreshAt <= keepsAlive))
    return `A refresh may move that; the next one is ${momentInSentence(refreshAt, now)}.`;
  return coming(keepsAlive)
    ? `A refresh may move that; Patchbay tries one ${momentInSentence(keepsAlive, now)}, to keep it alive.`
    : "A refresh may move that; the first one shows it.";
}

/** The ring as one line for those who cannot see it. */
export function grantLabel(left: { main: string; small: string }, clock: GrantClockView): string {
  return upperFirst(`${left.main} ${left.small}`.trim()) + `, ${confidenceWords[clock.confidence].word}`;
}

export const durabilityWords: Record<DurabilityView, string> = {
  durable: "A refresh token renews it.",
  fragile: "No refresh token was issued: when the access token ends, a person must sign in again.",
  everlasting: "Its token does not expire, so nothing has to renew it.",
  unknown: "Nothing says how long it lives, and nothing renews it. A test call proves it at any time.",
};

export const durabilityChip: Record<DurabilityView, string> = {
  durable: "durable",
  fragile: "fragile",
  everlasting: "no expiry",
  unknown: "unknown",
};
