/** A grant of a platform's own: who keeps it now, and what has shown that it works [D2, S159]. */

import type { HandedOverView, KeeperView } from "../backend/backend";
import { possessive } from "./two_verdicts";
import type { SignInState } from "./sign_in";
import { ago } from "./times";

export const keeperLabel = (keeper: KeeperView): string => `${keeper.name} in ${keeper.platform_name}`;

/** The head of the dialog. */
export const handOverTitle: Record<Exclude<SignInState, "handed_over">, (keeper: KeeperView) => string> = {
  waiting_for_browser: (keeper) => `Waiting for your browser: ${keeperLabel(keeper)}`,
  exchanging_code: (keeper) => `Trading the code for ${possessive(keeper.platform_name)} grant`,
  identifying: () => "Asking who signed in",
  storing: (keeper) => `Handing the grant to ${keeper.platform_name}`,
  needs_decision: (keeper) => `${keeperLabel(keeper)}: this sign-in differs from the old one`,
  connected: (keeper) => `${keeperLabel(keeper)} is connected`,
  refused: (keeper) => `${keeperLabel(keeper)} stays as it was`,
  failed: (keeper) => `${keeperLabel(keeper)} has got no grant`,
  cancelled: (keeper) => `Sign-in for ${keeperLabel(keeper)} cancelled`,
  timed_out: (keeper) => `Nobody signed in for ${keeperLabel(keeper)} in time`,
};

export const handedOverTitle = (keeper: KeeperView, outcome: HandedOverView): string =>
  outcome.state === "file"
    ? `A grant for ${keeperLabel(keeper)} is in a file`
    : `${keeperLabel(keeper)} holds a grant of its own`;

/** The last of the steps, where nothing is stored here. */
export const handOverStep = (keeper: KeeperView): string =>
  `Hand it to ${keeper.platform_name}, and keep none of it`;

export interface HandedOverWords {
  /** What has shown that it works. */
  proof: string;
  /** What that rests on, or what is still to be done. */
  detail: string;
}

export function handedOverWords(keeper: KeeperView, outcome: HandedOverView, now: number): HandedOverWords {
  const at = keeper.platform_name;
  switch (outcome.state) {
    case "proved":
      return {
        proof: `Proved by a run: ${outcome.workflow ?? "the one that had failed"} ran again, and went well.`,
        detail: `Run ${outcome.run} at ${at}, ${ago(outcome.at, now)}.`,
      };
    case "unproved":
      return {
        proof: "It was written; nothing has shown yet that it works.",
        detail: `${at} takes a grant without trying it, and has no failed run that can be repeated without harm. Run one of its workflows: that proves it.`,
      };
    case "file":
      return {
        proof: `This version of ${at} takes no grant over its API; its own import does.`,
        detail: "Run this where it is installed, then delete the file: it holds the grant.",
      };
  }
}

/** The file that holds a grant, once the platform has taken it in. */
export const grantFile = {
  erase: "Delete the file",
  gone: "The file is deleted.",
  /** A path is shown beside it. */
  left: "It could not be deleted; delete it by hand:",
};

/** What becomes of ours meanwhile: two holders of one refresh token would end each other's. */
export function ownKeepsItsOwn(own: string, keeper: KeeperView): string {
  return `${own} here keeps a grant of its own: no refresh of the one ends the other, and ${keeper.platform_name} refreshes its own.`;
}
