/** Disconnecting: what it revokes, erases and strands, and what happened [A10]. */

import type {
  AccessTokenAfterView,
  AccessTokenSeenView,
  DisconnectedView,
  FarewellView,
  RevocationPlanView,
  SiblingStateView,
} from "../backend/backend";
import { counted, listed } from "./numbers";
import { momentInSentence } from "./times";

export const revocationPlan: Record<RevocationPlanView, (provider: string) => string> = {
  ends_this_grant: (provider) =>
    `The grant is revoked at ${provider}, and that cannot be undone; connecting again takes a person.`,
  ends_all_grants_of_this_client: (provider) =>
    `${provider} ends every grant of this account to this client, not only this one. That cannot be undone.`,
  ends_access_token_alone: (provider) =>
    `${provider} revokes the access token alone, and that cannot be undone. The refresh token is erased here, but it may go on working until you remove the access at ${provider}.`,
  refused_to_public_clients: (provider) =>
    `${provider} is known to refuse revocations of clients without a secret. It is asked all the same; if it refuses, the access stays listed there until you remove it.`,
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

/** What the access token is good for afterwards. */
export function accessTokenAfter(view: AccessTokenAfterView, now: number): string | null {
  switch (view.state) {
    case "works_until":
      return `Whoever holds the access token can go on using it until ${momentInSentence(view.at, now)}.`;
    case "works_on":
      return "Whoever holds the access token can go on using it; nobody said when it ends.";
    case "ends_too":
    case "none_left":
      return null;
  }
}

/** What one call with it showed. */
export function accessTokenSeen(view: AccessTokenSeenView, isRevoked: boolean, now: number): string {
  const until = (at: number | null): string =>
    at === null ? "and nobody said until when" : `until ${momentInSentence(at, now)}`;
  switch (view.state) {
    case "dead":
      return "Seen: the access token is refused.";
    case "still_works":
      return `Seen: the access token still works, ${until(view.until)}.`;
    case "not_seen":
      return isRevoked
        ? `Whether the access token still works could not be checked; at most it does ${until(view.until)}.`
        : `The access token goes on working, ${until(view.until)}.`;
    case "none_left":
      return "";
  }
}

const siblingSeen: Record<SiblingStateView, (name: string) => string> = {
  ended: (name) => `${name} has ended with it.`,
  still_works: (name) => `${name} still works.`,
  not_seen: (name) => `What became of ${name} could not be seen; test it.`,
};

/** Something of it is left at the provider, and a person can remove it there. */
export function isLeftThere(view: DisconnectedView): boolean {
  const { state } = view.revocation;
  const isLeft = state === "failed" || state === "not_offered" || state === "access_token_alone";
  return isLeft || view.access_token.state === "still_works";
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
  now: number,
): { title: string; detail: string } {
  const isRevoked = view.revocation.state === "revoked" || view.revocation.state === "access_token_alone";
  const rest = [
    accessTokenSeen(view.access_token, isRevoked, now),
    ...view.siblings.map((sibling) => siblingSeen[sibling.state](sibling.name)),
    view.stranded_count === 0 ? "" : `${counted(view.stranded_count, "workflow")} now without a token.`,
  ];
  const stranded = rest
    .filter((part) => part !== "")
    .map((part) => ` ${part}`)
    .join("");
  switch (view.revocation.state) {
    case "revoked":
      if (view.access_token.state === "still_works")
        return {
          title: `${name} is disconnected here; ${provider} has not ended all of it.`,
          detail: `${provider} answered that it revoked the grant. Its secrets are erased here.${stranded}`,
        };
      return {
        title: `${name} is disconnected.`,
        detail: `${provider} has revoked the grant; its secrets are erased here.${stranded}`,
      };
    case "access_token_alone":
      return {
        title: `${name} is disconnected here; its refresh token may live on at ${provider}.`,
        detail: `${provider} answered that it revoked the access token. The refresh token is erased here, but it may go on working until you remove the access on its page.${stranded}`,
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
