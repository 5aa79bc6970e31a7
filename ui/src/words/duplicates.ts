/** Connections that repeat each other, and merging them [A8]. */

import type { DuplicatesView, MergedView, MergePlanView } from "../backend/backend";
import { accessTokenSeen } from "./farewell";
import { counted, listed } from "./numbers";

export function duplicates(view: DuplicatesView): string {
  const first = view.members[0];
  const whose = first?.account ?? "One account";
  const provider = first?.provider_name ?? "one provider";
  return view.kind === "same_client"
    ? `${whose} authorised one client at ${provider} ${view.members.length === 2 ? "twice" : `${view.members.length} times`}.`
    : `${whose} is connected to ${provider} through several clients, perhaps on purpose.`;
}

export function mergePlan(view: MergePlanView, keep: string, provider: string): string[] {
  const said: string[] = [];
  said.push(
    view.moved.length === 0
      ? "No workflow has to move."
      : `${listed(view.moved.map((one) => one.workflow))} will hang on ${keep}.`,
  );
  if (view.already_there.length > 0)
    said.push(
      `${listed(view.already_there.map((one) => one.workflow))} already ${view.already_there.length === 1 ? "does" : "do"}.`,
    );
  if (view.scopes_lost.length > 0)
    said.push(`${keep} was not granted ${listed(view.scopes_lost)}: what moves may need it.`);
  switch (view.revocation.state) {
    case "revokes":
      said.push(`The other grant is revoked at ${provider}; ${keep} is not touched.`);
      break;
    case "revokes_access_token_alone":
      said.push(
        `${provider} revokes access tokens alone: the other grant's refresh token is erased here, and may go on working there until you remove the access; ${keep} is not touched.`,
      );
      break;
    case "refused_to_public_clients":
      said.push(
        `${provider} is asked to revoke the other grant, and known to refuse that to clients without a secret; if it refuses, the grant stays listed there until you remove it.`,
      );
      break;
    case "would_end":
      said.push(
        `The other grant is not revoked: ${provider} would end ${listed(view.revocation.names)} too. Its secrets are erased here.`,
      );
      break;
    case "not_offered":
      said.push(
        `${provider} offers no revocation: the other grant stays listed there, its secrets are erased here.`,
      );
      break;
    case "nothing_to_revoke":
      said.push("The other grant has ended already.");
  }
  return said;
}

export function merged(
  view: MergedView,
  gone: string,
  keep: string,
  provider: string,
  now: number,
): { title: string; detail: string } {
  const title = `${gone} is merged into ${keep}; ${counted(view.moved_count, "workflow")} moved.`;
  if (view.revocation === null)
    return { title, detail: `Its grant was left at ${provider}; its secrets are erased here.` };
  const status = view.revocation.state === "failed" ? ` (HTTP ${view.revocation.http_status ?? "none"})` : "";
  const said: Record<typeof view.revocation.state, string> = {
    revoked: `${provider} has revoked its grant.`,
    access_token_alone: `${provider} answered that it revoked the access token. The refresh token is erased here, but it may go on working until you remove the access there.`,
    failed: `${provider} did not revoke its grant${status}.`,
    not_offered: `${provider} offers no revocation.`,
    nothing_to_revoke: "",
  };
  const isRevoked = view.revocation.state === "revoked" || view.revocation.state === "access_token_alone";
  const seen = accessTokenSeen(view.access_token, isRevoked, now);
  return { title, detail: [said[view.revocation.state], seen].filter((part) => part !== "").join(" ") };
}
