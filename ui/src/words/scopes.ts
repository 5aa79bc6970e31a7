/** Scopes and what they let one do [C4]. */

import type { ShortfallView } from "../backend/backend";
import { listed } from "./numbers";

/** "drive.readonly" for a scope that is written as an address; others as they are. */
export function shortScope(scope: string): string {
  return /^https?:\/\//.test(scope) ? scope.slice(scope.lastIndexOf("/") + 1) || scope : scope;
}

/** "3 of 5 granted: cannot send mail." */
export function shortfall(view: ShortfallView): string {
  const counts = `${view.granted_count} of ${view.requested_count} granted`;
  return view.cannot.length === 0
    ? `${counts}.`
    : `${counts}: cannot ${listed(view.cannot.map(inSentence))}.`;
}

/** "Send mail" within a sentence; a name such as "IMAP access" stays as it is. */
function inSentence(action: string): string {
  const second = action.charAt(1);
  const isName = second !== second.toLowerCase();
  return isName ? action : action.charAt(0).toLowerCase() + action.slice(1);
}

/** How further scopes are consented to. */
export function widening(keepsGranted: boolean, provider: string): string {
  return keepsGranted
    ? `${provider} keeps what was granted before: only the new scopes are asked for.`
    : `${provider} grants anew with every consent: everything this connection uses is asked for again, and the new with it.`;
}
