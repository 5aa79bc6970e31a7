/** The grant budget: what one more consent meets, said before the browser opens [A8]. */

import type { BudgetExcessView, BudgetScopeView, BudgetShareView, BudgetView } from "../backend/backend";
import { listed } from "./numbers";

const per: Record<BudgetScopeView, string> = {
  account_and_client: "per account and client",
  account: "per account, over all clients",
  client: "per client, over all accounts",
};

const excess: Record<BudgetExcessView, (whose: string, share: BudgetShareView) => string> = {
  all_others_end: (whose, share) => `Signing in${whose} ends ${listed(share.connections)}.`,
  oldest_ends: (whose, share) =>
    `Signing in${whose} ends the oldest grant, without a word; known here: ${share.connections[0] ?? "none"}.`,
  refused: (whose, share) =>
    `Signing in${whose} is refused until one of these ends: ${listed(share.connections)}.`,
};

/** What is always said, and what a person should stop at. */
export function budget(view: BudgetView, provider: string): { sentence: string; warnings: string[] } {
  const known =
    view.shares[0] === undefined ? 0 : view.shares[0].connections.length + view.shares[0].left_count;
  const left = view.shares.reduce((sum, share) => sum + share.left_count, 0);
  const unused =
    left === 0
      ? ""
      : ` ${left} of them ${left === 1 ? "is" : "are"} used by no connection any more, and live${left === 1 ? "s" : ""} on there until removed on the account's page.`;
  const warnings = view.shares
    .filter((share) => share.is_spent)
    .map((share) => excess[view.excess](share.account === null ? "" : ` as ${share.account}`, share));
  const sentence =
    view.limit === 1
      ? `${provider} keeps one grant ${per[view.per]}.`
      : `${provider} keeps ${view.limit} grants ${per[view.per]}; this would be number ${known + 1} that is known here. Others, made outside of Patchbay, are not visible.${unused}`;
  return { sentence, warnings };
}
