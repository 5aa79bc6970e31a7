/** What needs a person at the platforms, in words: copies that are dead, platforms that cannot be read, incidents that are
    not over [A8, D2, D4]. */

import type { CopyNeedView, IncidentNeedView, PlatformNeedsView, UnreadNeedView } from "../backend/backend";
import { counted, numberWordAtStart, shortName } from "./numbers";
import { sourceLabel } from "./radius";

export const noNeeds: PlatformNeedsView = {
  copy_count: 0,
  first_copy: null,
  unread_count: 0,
  first_unread: null,
  incident_count: 0,
  first_incident: null,
};

/** Each in a sentence of its own, the copies first, then the platforms. `isBeside`: our own connections need somebody already. */
export function platformNeeds(view: PlatformNeedsView, isBeside: boolean): string[] {
  const sentences: string[] = [];
  const [copy, unread, incident] = [view.first_copy, view.first_unread, view.first_incident];
  const too = isBeside ? " too" : "";
  if (copy !== null)
    sentences.push(
      view.copy_count === 1
        ? `${label(copy)} needs you${too}: ${waiting(copy)}.`
        : `${numberWordAtStart(view.copy_count)} connections at platforms need you${too}; mend ${label(copy)} first.`,
    );
  if (unread !== null) sentences.push(unreadSentence(unread, view.unread_count, too));
  if (incident !== null) sentences.push(openIncidents(incident, view.incident_count));
  return sentences;
}

const label = ({ name, platform_name }: CopyNeedView): string =>
  sourceLabel({ name: shortName(name), platform_name: shortName(platform_name) });

/** "3 workflows wait for it" */
export function waiting(copy: CopyNeedView): string {
  return `${counted(copy.waiting_count, "workflow waits", "workflows wait")} for it`;
}

function unreadSentence(first: UnreadNeedView, count: number, too: string): string {
  const name = shortName(first.name);
  if (count > 1)
    return `${numberWordAtStart(count)} platforms need you${too}: they cannot be read, ${name} for the longest.`;
  return `${name} needs you${too}: it cannot be read${first.read_at === null ? "" : ", and what is shown of it gets old"}.`;
}

function openIncidents(first: IncidentNeedView, count: number): string {
  if (count > 1)
    return `${numberWordAtStart(count)} incidents are still open, the newest of ${shortName(first.name)}.`;
  const { stands } = first;
  const still = `The incident of ${shortName(first.name)} is still open`;
  switch (stands?.kind) {
    case undefined:
      return `${still}; nothing stands against closing it.`;
    case "broken":
      return `${still}; no call has shown that it works.`;
    case "paused":
      return `${still}; ${counted(stands.count, "workflow is", "workflows are")} paused.`;
    case "unvalidated":
      return `${still}; ${counted(stands.count, "workflow was", "workflows were")} not seen running again.`;
  }
}
