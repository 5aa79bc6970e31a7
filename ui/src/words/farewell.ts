/** Disconnecting: what it revokes, erases and strands, and what happened [A10]. */

import type { DisconnectedView, FarewellView, RevocationPlanView } from "../backend/backend";
import { counted, listed } from "./numbers";

export const revocationPlan: Record<RevocationPlanView, (provider: string) => string> = {
  ends_this_grant: (provider) =>
    `The grant is revoked at ${provider}, and that cannot be undone; connecting again takes a person.`,
  ends_all_grants_of_this_client: (provider) =>
    `${provider} ends every grant of this account to this client, not only this one. That cannot be undone.`,
  not_offered: (provider) =>
    `${provider} offers no revocation: the secrets are erased here, but the access stays listed at ${provider} until you remove it there.`,
  nothing_to_revoke: () => "There is no token left to revoke; only what is kept here is erased.",
};

export function strands(view: FarewellView): string {
  const count = view.stranded.length;
  if (count === 0) return "No workflow is known to hang on it.";
  const names = listed(view.stranded.map((dependant) => dependant.workflow));
  return `${names} ${count === 1 ? "loses its" : "lose their"} token.`;
}

export function siblings(view: FarewellView): string | null {
  if (view.siblings.length === 0) return null;
  return `It takes along ${listed(view.siblings)}, which ${view.siblings.length === 1 ? "shares" : "share"} the account and the client.`;
}

/** The button names the loss. */
export function disconnectButton(view: FarewellView | null): string {
  const count = view?.stranded.length ?? 0;
  return count === 0 ? "Disconnect" : `Disconnect and strand ${count}`;
}

export function disconnected(
  view: DisconnectedView,
  name: string,
  provider: string,
): { title: string; detail: string } {
  const stranded =
    view.stranded_count === 0 ? "" : ` ${counted(view.stranded_count, "workflow")} now without a token.`;
  switch (view.revocation.state) {
    case "revoked":
      return {
        title: `${name} is disconnected.`,
        detail: `${provider} has revoked the grant; its secrets are erased here.${stranded}`,
      };
    case "failed":
      return {
        title: `${name} is disconnected here, not at ${provider}.`,
        detail: `Its secrets are erased, but ${provider} did not revoke the grant${
          view.revocation.http_status === null ? "" : ` (HTTP ${view.revocation.http_status})`
        }. Remove the access on its page.${stranded}`,
      };
    case "not_offered":
      return {
        title: `${name} is disconnected here.`,
        detail: `Its secrets are erased. ${provider} offers no revocation: remove the access on its page.${stranded}`,
      };
    case "nothing_to_revoke":
      return { title: `${name} is disconnected.`, detail: `There was no token left to revoke.${stranded}` };
  }
}
