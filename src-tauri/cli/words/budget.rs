//! The grant budget: what one more consent meets, said before the browser opens [A8].

use domain::connection::grant_budget::{BudgetShare, GrantBudget};
use domain::provider::limits::{ExcessToken, LiveTokenScope};

use super::listed;

/// One sentence or two.
pub(crate) fn before_consent(budget: &GrantBudget, provider: &str) -> Vec<String> {
    let limit = budget.limit;
    let per = match limit.per {
        LiveTokenScope::AccountAndClient => "per account and client",
        LiveTokenScope::Account => "per account, over all clients",
        LiveTokenScope::Client => "per client, over all accounts",
    };
    let known = budget.shares.first().map_or(0, |share| share.count());
    let mut said = vec![match limit.count {
        1 => format!("{provider} keeps one grant {per}."),
        count => format!(
            "{provider} keeps {count} grants {per}; this would be number {} that is known here. Others, made outside of Patchbay, are not visible.",
            known + 1
        ),
    }];
    let left: usize = budget.shares.iter().map(|share| share.left_count).sum();
    if left > 0 {
        let (are, live) = if left == 1 { ("is", "lives") } else { ("are", "live") };
        said.push(format!(
            "{left} of them {are} used by no connection any more and {live} on there, until removed on the account's page."
        ));
    }
    let spent = budget.shares.iter().filter(|share| budget.is_spent(share));
    said.extend(spent.map(|share| excess(share, limit.excess)));
    said
}

fn excess(share: &BudgetShare, excess: ExcessToken) -> String {
    let whose = share.account.as_ref().map(|account| format!(" as {account}")).unwrap_or_default();
    let unused = (share.left_count > 0).then_some("one that no connection uses");
    let all = listed(share.connections.iter().map(String::as_str).chain(unused));
    match excess {
        ExcessToken::AllOthersEnd => format!("Signing in{whose} ends {all}."),
        ExcessToken::OldestEnds => {
            let oldest = share.connections.first().map(String::as_str).or(unused).unwrap_or("the oldest");
            format!("Signing in{whose} ends the oldest grant, without a word; known here: {oldest}.")
        }
        ExcessToken::Refused => format!("Signing in{whose} is refused until one of these ends: {all}."),
    }
}
