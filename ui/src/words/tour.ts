/** The two-minute tour on the practice provider, step by step [A2, C1, E1]. */

import { span } from "./times";

export const tourSteps = ["connect", "break", "notice", "why", "mend", "prove", "end"] as const;
export type TourStep = (typeof tourSteps)[number];

export interface TourWords {
  title: string;
  /** What it shows, and what one sees. */
  text: string;
  label: string;
  /** In place of the label while it runs. */
  busy: string;
}

export const tourWords: Record<TourStep, TourWords> = {
  connect: {
    title: "Connect an account that is not real.",
    text: "Your browser opens a sign-in page that this machine serves. Choose an account there and allow; a lamp turns green here.",
    label: "Open the sign-in page",
    busy: "Waiting for your browser…",
  },
  break: {
    title: "Now take the access away, behind Patchbay's back.",
    text: "As a password reset or an admin would: the practice provider ends the grant and tells nobody.",
    label: "Revoke the grant",
    busy: "Revoking…",
  },
  notice: {
    title: "The lamp is still green: nobody has asked since.",
    text: "The next refresh or call finds out by itself. A test call finds out at once.",
    label: "Test call",
    busy: "Calling…",
  },
  why: {
    title: "The lamp is a red triangle. Ask why.",
    text: "Patchbay climbs from the ground up: network, client, token, grant. It stops at the first rung that fails, and rules the rest out.",
    label: "Diagnose",
    busy: "Climbing…",
  },
  mend: {
    title: "One cause, one button: reconnect.",
    text: "Same connection, same workflows. The account is compared with the old one before anything is replaced.",
    label: "Reconnect",
    busy: "Waiting for your browser…",
  },
  prove: {
    title: "It is back. Prove it.",
    text: "A lamp says what was last proved, by what and when. Make the call that had failed.",
    label: "Test call",
    busy: "Calling…",
  },
  end: {
    title: "Connected, broken, explained, mended and proved.",
    text: "Remove the practice connection, or keep it and try the other faults: the practice provider has a switch for each.",
    label: "Remove it and end",
    busy: "Removing…",
  },
};

/** Said with the step that ends grants, where there are other practice connections. */
export const othersEndToo = "Your other practice connections lose their grants with it.";

/** "Connected, broken, explained, mended and proved, in 1 min 40 s." */
export function tourEnd(took: number): string {
  return took > 0 && took < 3_600_000
    ? `${tourWords.end.title.replace(/\.$/, "")}, in ${span(took)}.`
    : tourWords.end.title;
}

export const tourLeft = {
  title: "The tour waits.",
  detail: "Take it up again on the Practice provider's page, or with Find or do.",
};
