//! Disconnecting: what it revokes, erases and strands, and what happened [A10].

use domain::connection::farewell::{Farewell, RevocationPlan};
use engine::flows::disconnect::{Disconnected, RevocationResult};

use super::{counted, listed};

/// What a person should know before the yes, one sentence each.
pub(crate) fn before(plan: &Farewell, provider: &str) -> Vec<String> {
    let revocation = match plan.revocation {
        RevocationPlan::EndsThisGrant => {
            format!("The grant is revoked at {provider}, and that cannot be undone; connecting again takes a person.")
        }
        RevocationPlan::EndsAllGrantsOfThisClient => format!(
            "{provider} ends every grant of this account to this client, not only this one. That cannot be undone."
        ),
        RevocationPlan::NotOffered => format!(
            "{provider} offers no revocation: the secrets are erased here, but the access stays listed at {provider} until you remove it there."
        ),
        RevocationPlan::NothingToRevoke => {
            "There is no token left to revoke; only what is kept here is erased.".to_owned()
        }
    };
    let siblings = (!plan.siblings.is_empty()).then(|| {
        let share = if plan.siblings.len() == 1 { "shares" } else { "share" };
        format!(
            "It takes along {}, which {share} the account and the client.",
            listed(plan.siblings.iter().map(String::as_str))
        )
    });
    let stranded = match plan.stranded.len() {
        0 => "No workflow is known to hang on it.".to_owned(),
        count => {
            let lose = if count == 1 { "loses its" } else { "lose their" };
            format!("{} {lose} token.", listed(plan.stranded.iter().map(|it| it.workflow.as_str())))
        }
    };
    [Some(revocation), siblings, Some(stranded)].into_iter().flatten().collect()
}

/// What became of it: what happened, then what is left to do.
pub(crate) fn after(done: &Disconnected, name: &str, provider: &str) -> (String, String) {
    let stranded = match done.stranded_count {
        0 => String::new(),
        count => format!(" {} now without a token.", counted(count, "workflow")),
    };
    let (happened, rest) = match done.revocation {
        RevocationResult::Revoked => (
            format!("{name} is disconnected."),
            format!("{provider} has revoked the grant; its secrets are erased here."),
        ),
        RevocationResult::Failed { http_status } => {
            let status = http_status.map(|status| format!(" (HTTP {status})")).unwrap_or_default();
            (
                format!("{name} is disconnected here, not at {provider}."),
                format!(
                    "Its secrets are erased, but {provider} did not revoke the grant{status}. Remove the access on its page."
                ),
            )
        }
        RevocationResult::NotOffered => (
            format!("{name} is disconnected here."),
            format!("Its secrets are erased. {provider} offers no revocation: remove the access on its page."),
        ),
        RevocationResult::NothingToRevoke => {
            (format!("{name} is disconnected."), "There was no token left to revoke.".to_owned())
        }
    };
    (happened, format!("{rest}{stranded}"))
}

/// What a forget takes along, said before the yes.
pub(crate) fn forgetting(dependant_count: usize) -> String {
    let workflows = match dependant_count {
        0 => String::new(),
        count => format!(", and what hangs on it ({})", counted(count, "workflow")),
    };
    format!("Its name, events and figures are deleted{workflows}. There is no way back.")
}
