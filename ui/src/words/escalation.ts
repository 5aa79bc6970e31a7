/** What is tried before a vendor is called [C7]. */

import type { EscalationStepView } from "../backend/backend";

/** The first sentence of an advice. */
export const escalationWords: Record<EscalationStepView, string> = {
  nothing: "Nothing has to be done.",
  wait: "Wait first.",
  refresh: "Refresh first.",
  reconnect: "Reconnect first.",
  mend_here: "Mend it on this side first.",
  share_resource: "Share the object first.",
  ask_admin: "Ask the administrator first.",
  rotate_credentials: "Check and rotate the client’s secret first.",
  rebuild: "Mend the client’s set-up, or make a new one, first.",
  contact_vendor: "It is time to write to the provider.",
};
