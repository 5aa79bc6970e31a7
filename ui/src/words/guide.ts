/** The steps of a client's guide, with what is to be pasted apart from what is to be read [C5]. */

import type { ClientGuideView } from "../backend/backend";

export interface StepPart {
  text: string;
  /** What a button beside it copies; null: it is read. */
  copies: "redirect URI" | "scopes" | null;
}

/** A step in parts. `scopes`: those a person chose, in the place of the usual ones. */
export function stepParts(
  step: string,
  guide: Pick<ClientGuideView, "redirect_uri" | "scopes">,
  scopes: string,
): StepPart[] {
  const wanted: { found: string; text: string; copies: StepPart["copies"] }[] = [
    { found: guide.redirect_uri, text: guide.redirect_uri, copies: "redirect URI" },
    { found: guide.scopes, text: scopes, copies: "scopes" },
  ];
  const places = wanted
    .map((one) => ({ ...one, at: one.found === "" ? -1 : step.indexOf(one.found) }))
    .filter((one) => one.at >= 0)
    .sort((a, b) => a.at - b.at);
  const parts: StepPart[] = [];
  let from = 0;
  for (const place of places) {
    if (place.at < from) continue;
    parts.push({ text: step.slice(from, place.at), copies: null });
    parts.push({ text: place.text, copies: place.text === "" ? null : place.copies });
    from = place.at + place.found.length;
  }
  parts.push({ text: step.slice(from), copies: null });
  return parts.filter((part) => part.text !== "");
}
