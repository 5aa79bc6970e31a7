/** The desktop around the window: closing, messages, start at login, links [F4]. */

import type { ClosingView, QuietView } from "../backend/backend";
import { digits } from "./numbers";
import { clockTime } from "./times";

export const closingWishes = ["ask", "keep_running", "quit"] as const satisfies ClosingView[];

export const closingLabels: Record<ClosingView, string> = {
  ask: "Ask",
  keep_running: "Keep running",
  quit: "Quit",
};

/** What closing does, as things stand. */
export function closingEffect(wish: ClosingView, hasTray: boolean): string {
  if (wish === "quit")
    return "Closing the window ends Patchbay: nothing is refreshed until it is started again.";
  if (wish === "ask") return "The next time the window is closed, it asks once.";
  return hasTray
    ? "Closing the window hides it; Patchbay goes on in the tray. Ctrl Q quits."
    : "There is no tray here that would bring the window back, so closing asks. Ctrl Q quits.";
}

export interface ClosingQuestion {
  title: string;
  lede: string;
  keep: string;
}

/** Said once, when the window is closed. */
export function closingQuestion(watched: number, hasTray: boolean): ClosingQuestion {
  const kept =
    watched === 0
      ? "keeps your connections alive"
      : watched === 1
        ? "keeps 1 connection alive"
        : `keeps ${digits(watched)} connections alive`;
  return hasTray
    ? {
        title: "Keep Patchbay running?",
        lede: `With its window closed, Patchbay ${kept} and stays in the tray; once it is quit, tokens run out. Settings hold the choice.`,
        keep: "Keep running",
      }
    : {
        title: "Minimise instead?",
        lede: `This desktop shows no tray to come back from. Minimised, Patchbay ${kept}; once it is quit, tokens run out.`,
        keep: "Minimise",
      };
}

/** Half hours of a day, and what was set otherwise. */
export function timesOfDay(besides: readonly string[]): { value: string; label: string }[] {
  const halves = Array.from({ length: 48 }, (_, half) => {
    const hour = String(Math.floor(half / 2)).padStart(2, "0");
    return `${hour}:${half % 2 === 0 ? "00" : "30"}`;
  });
  return [...new Set([...halves, ...besides])]
    .sort()
    .map((value) => ({ value, label: clockTime(new Date(`2026-01-15T${value}:00`).getTime()) }));
}

export const usualQuiet: QuietView = { from: "22:00", until: "07:00" };

export const deskNotices = {
  unknownLink: {
    title: "The link names nothing on this board.",
    detail: "The connection may be gone, or be on another board.",
  },
  pageCameBack: {
    title: "The window’s page had stopped and was opened again.",
    detail: "Connections were refreshed all the while; nothing was lost.",
  },
} as const;
