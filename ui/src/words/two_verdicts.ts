/** Both planes in one sentence: ours and the platform's copy of the same account. */

import type { CopyWayView, PlaneStateView, TwoVerdictsView } from "../backend/backend";
import { momentInSentence } from "./times";

/** "n8n’s", "Airtable’s". */
export function possessive(name: string): string {
  return name.endsWith("s") ? `${name}’` : `${name}’s`;
}

/** What a person can do about a copy, as a button says it. */
export function copyWayLabel(way: CopyWayView, platform: string): string {
  switch (way) {
    case "push_grant":
      return `Mend in ${platform}`;
    case "grant_file":
      return `Write a file for ${platform}`;
    case "open_page":
      return `Open its page`;
    case "at_platform":
      return `Mend it at ${platform}`;
  }
}

/** By a sign-in or a file of ours; else somebody does it at the platform. */
export const isMendedFromHere = (verdict: Pick<TwoVerdictsView, "way">): boolean =>
  verdict.way === "push_grant" || verdict.way === "grant_file";

function way(verdict: TwoVerdictsView): string {
  switch (verdict.way) {
    case "push_grant":
      return " It can be mended from here.";
    case "grant_file":
      return " A file for its own import can be written here.";
    case "open_page":
      return " Open its page to sign in there.";
    case "at_platform":
      return ` It is mended at ${verdict.platform_name}.`;
    case null:
      return "";
  }
}

const isDead = (state: PlaneStateView): boolean => ["dead", "never_connected", "missing"].includes(state);

/** "Your sign-in is fine; n8n’s copy is dead. It can be mended from here." */
export function twoVerdicts(verdict: TwoVerdictsView, now: number): string {
  const its = possessive(verdict.platform_name);
  const since =
    verdict.since === null ? "" : ` since ${momentInSentence(verdict.since, now).replace(/^(at|on) /, "")}`;
  const copy =
    verdict.copy === "missing"
      ? `${its} steps name a connection that it does not have.`
      : verdict.copy === "never_connected"
        ? `${its} copy was never signed in.`
        : verdict.copy === "dead"
          ? since === ""
            ? `${its} copy is dead.`
            : `${its} copy has been dead${since}.`
          : verdict.copy === "fine"
            ? `${its} copy works.`
            : `${verdict.platform_name} does not say whether its copy works.`;
  switch (verdict.own) {
    case "none":
      return `${copy}${isDead(verdict.copy) ? way(verdict) : ""}`;
    case "dead":
      return isDead(verdict.copy)
        ? `Both are dead: your sign-in, and ${its} copy. Reconnect yours first.`
        : `Your sign-in is dead; ${copy}`;
    case "fine":
      return isDead(verdict.copy)
        ? `Your sign-in is fine; ${copy}${way(verdict)}`
        : verdict.copy === "fine"
          ? "Both work."
          : `Your sign-in is fine; ${copy}`;
    case "ending":
      return isDead(verdict.copy)
        ? `Your sign-in ends soon; ${copy}${way(verdict)}`
        : `Your sign-in ends soon; ${copy}`;
    case "unknown":
    case "never_connected":
    case "missing":
      return `Your sign-in is unproved; ${copy}${isDead(verdict.copy) ? way(verdict) : ""}`;
  }
}
