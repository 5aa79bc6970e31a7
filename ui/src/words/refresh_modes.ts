/** What Patchbay may do by itself, as switched, and what a lost network means [B14]. */

import type { EngineView, KeychainView, PausedWhyView, RefreshModeView } from "../backend/backend";
import { moment } from "./times";

export const refreshModes = ["on", "metered", "paused", "offline"] as const satisfies RefreshModeView[];

export interface ModeWords {
  label: string;
  /** What it does, in one sentence. */
  effect: string;
  /** For the palette. */
  deed: string;
  /** For the foot of the navigation. */
  foot: string;
}

export const modeWords: Record<RefreshModeView, ModeWords> = {
  on: {
    label: "On",
    effect: "Every token is refreshed ahead of its end, by itself.",
    deed: "Turn refreshing on",
    foot: "Engine running",
  },
  metered: {
    label: "Metered",
    effect:
      "Only what would otherwise be lost, or what you or a script ask for: for a network that costs money.",
    deed: "Refresh only what would be lost (metered)",
    foot: "Refreshing is metered",
  },
  paused: {
    label: "Paused",
    effect: "Nothing by itself; a click and a script still refresh.",
    deed: "Pause all refreshing",
    foot: "Refreshing is paused",
  },
  offline: {
    label: "Offline",
    effect: "No request leaves this machine, whoever asks.",
    deed: "Go offline: no request leaves",
    foot: "Offline by choice",
  },
};

export interface ModeBanner {
  title: string;
  meaning: string;
}

/** The banner of the board, with since when; null while everything is refreshed by itself. */
export function modeBanner(mode: RefreshModeView, since: number | null, now: number): ModeBanner | null {
  const from = since === null ? "" : ` since ${moment(since, now)}`;
  switch (mode) {
    case "on":
      return null;
    case "metered":
      return {
        title: `Refreshing is metered${from}.`,
        meaning:
          "Only what would otherwise be lost is refreshed; tokens that end meanwhile are refreshed when asked for.",
      };
    case "paused":
      return {
        title: `Refreshing is paused${from}.`,
        meaning: "Tokens end as their time comes. Grants are untouched; a click on Refresh still works.",
      };
    case "offline":
      return {
        title: `Offline${from}: no request leaves.`,
        meaning: "Nothing is refreshed, tested or signed in until you turn it on again.",
      };
  }
}

export function networkBanner(since: number, now: number): ModeBanner {
  return {
    title: `No provider has answered since ${moment(since, now)}.`,
    meaning: "Refreshes wait and go on by themselves when the network is back. No grant is touched.",
  };
}

/** The first line at the foot of the navigation: the most pressing of what the engine does. */
export function engineFoot(
  engine: EngineView,
  now: number,
  keychain: KeychainView["state"] = "open",
): { line: string; isCalm: boolean } {
  if (engine.held.length > 0) return { line: "A token waits for the keychain", isCalm: false };
  if (keychain !== "open") return { line: "Refreshes wait for the keychain", isCalm: false };
  if (engine.mode !== "on") return { line: modeWords[engine.mode].foot, isCalm: false };
  if (engine.network_down_since !== null)
    return { line: `Network down since ${moment(engine.network_down_since, now)}`, isCalm: false };
  return { line: modeWords.on.foot, isCalm: true };
}

/** Why nothing is tried again by itself, and what does; null where Patchbay does. */
export function notTried(mode: RefreshModeView): string | null {
  switch (mode) {
    case "on":
      return null;
    case "metered":
      return "Refreshing is metered, so it is not tried again before it has to be; Refresh now tries at once.";
    case "paused":
      return "Refreshing is paused, so it is not tried again by itself; Refresh now tries at once.";
    case "offline":
      return "Patchbay is offline by choice, so it is not tried again until refreshing is turned on.";
  }
}

/** Why a token that is over was not refreshed: the end of "Its token is over: …". */
export const pausedWhy: Record<PausedWhyView, { short: string; way: string }> = {
  metered: {
    short: "refreshing is metered",
    way: "Refresh it now, or turn refreshing on.",
  },
  paused: { short: "refreshing is paused", way: "Refresh it now, or turn refreshing on." },
  offline: { short: "Patchbay is offline by choice", way: "Turn refreshing on and it is refreshed at once." },
  network_down: {
    short: "no provider can be reached",
    way: "It is refreshed by itself when the network is back.",
  },
};
