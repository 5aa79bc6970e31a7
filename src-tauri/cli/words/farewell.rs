//! Disconnecting: what it revokes, erases and strands, what happened, and what was seen of it [A10].

use domain::connection::farewell::{AccessTokenAfter, Farewell, RevocationPlan};
use engine::flows::disconnect::{AccessTokenSeen, Disconnected, RevocationResult, SiblingState};
use engine::flows::left_grants::OldGrant;
use jiff::Timestamp;

use super::times::Now;
use super::{counted, listed};

/// What a person should know before the yes, one sentence each.
pub(crate) fn before(plan: &Farewell, provider: &str, now: &Now) -> Vec<String> {
    let revocation = match plan.revocation {
        RevocationPlan::EndsThisGrant => {
            format!("The grant is revoked at {provider}, and that cannot be undone; connecting again takes a person.")
        }
        RevocationPlan::EndsAllGrantsOfThisClient => format!(
            "{provider} ends every grant of this account to this client, not only this one. That cannot be undone."
        ),
        RevocationPlan::EndsAccessTokenAlone => format!(
            "{provider} revokes the access token alone, and that cannot be undone. The refresh token is erased here, but it may go on working until you remove the access at {}.",
            plan.access_page.as_ref().map_or(provider, |page| page.as_str())
        ),
        RevocationPlan::RefusedToPublicClients => format!(
            "{provider} is known to refuse revocations of clients without a secret. It is asked all the same; if it refuses, the access stays listed there until you remove it."
        ),
        RevocationPlan::NotOffered => format!(
            "{provider} offers no revocation: the secrets are erased here, but the access stays listed at {provider} until you remove it there."
        ),
        RevocationPlan::NothingToRevoke => {
            "There is no token left to revoke; only what is kept here is erased.".to_owned()
        }
    };
    let access_token = match plan.access_token {
        AccessTokenAfter::WorksUntil(at) => {
            Some(format!("Whoever holds the access token can go on using it until {}.", now.moment_in_sentence(at)))
        }
        AccessTokenAfter::WorksOn => {
            Some("Whoever holds the access token can go on using it; nobody said when it ends.".to_owned())
        }
        AccessTokenAfter::EndsToo | AccessTokenAfter::NoneLeft => None,
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
    [Some(revocation), access_token, siblings, Some(stranded)].into_iter().flatten().collect()
}

/// What became of it: what happened, then what was seen and what is left to do, one sentence each.
pub(crate) fn after(done: &Disconnected, name: &str, provider: &str, now: &Now) -> (String, Vec<String>) {
    let (happened, first) = match done.revocation {
        RevocationResult::Revoked if is_alive(done) => (
            format!("{name} is disconnected here; {provider} has not ended all of it."),
            format!("{provider} answered that it revoked the grant. Its secrets are erased here."),
        ),
        RevocationResult::Revoked => (
            format!("{name} is disconnected."),
            format!("{provider} has revoked the grant; its secrets are erased here."),
        ),
        RevocationResult::AccessTokenAlone => (
            format!("{name} is disconnected here; its refresh token may live on at {provider}."),
            format!(
                "{provider} answered that it revoked the access token. The refresh token is erased here, but it may go on working until you remove the access on its page."
            ),
        ),
        RevocationResult::Failed { http_status } => {
            let status = http_status.map_or(" (no answer)".to_owned(), |status| format!(" (HTTP {status})"));
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
    let stranded = match done.stranded_count {
        0 => None,
        count => Some(format!("{} now without a token.", counted(count, "workflow"))),
    };
    let siblings = done.siblings.iter().map(|sibling| match sibling.state {
        SiblingState::Ended => format!("{} has ended with it.", sibling.name),
        SiblingState::StillWorks => format!("{} still works.", sibling.name),
        SiblingState::NotSeen => format!("What became of {} could not be seen; test it.", sibling.name),
    });
    let lines = [Some(first), seen(done.access_token, done.revocation, now)].into_iter().flatten();
    (happened, lines.chain(siblings).chain(stranded).collect())
}

/// What one call with the access token showed.
pub(crate) fn seen(token: AccessTokenSeen, revocation: RevocationResult, now: &Now) -> Option<String> {
    let until = |at: Option<Timestamp>| match at {
        Some(at) => format!("until {}", now.moment_in_sentence(at)),
        None => "and nobody said until when".to_owned(),
    };
    match token {
        AccessTokenSeen::Dead => Some("Seen: the access token is refused.".to_owned()),
        AccessTokenSeen::StillWorks { until: at } => {
            Some(format!("Seen: the access token still works, {}.", until(at)))
        }
        AccessTokenSeen::NotSeen { until: at } => Some(match revocation {
            RevocationResult::Revoked | RevocationResult::AccessTokenAlone => {
                format!("Whether the access token still works could not be checked; at most it does {}.", until(at))
            }
            RevocationResult::Failed { .. } | RevocationResult::NotOffered | RevocationResult::NothingToRevoke => {
                format!("The access token goes on working, {}.", until(at))
            }
        }),
        AccessTokenSeen::NoneLeft => None,
    }
}

/// Whether something of it is left at the provider that a person can remove there.
pub(crate) fn is_left_there(done: &Disconnected) -> bool {
    match done.revocation {
        RevocationResult::Failed { .. } | RevocationResult::NotOffered | RevocationResult::AccessTokenAlone => true,
        RevocationResult::Revoked | RevocationResult::NothingToRevoke => is_alive(done),
    }
}

/// For programs: the word, and until when.
pub(crate) fn access_token_word(token: AccessTokenSeen) -> (&'static str, Option<Timestamp>) {
    match token {
        AccessTokenSeen::Dead => ("dead", None),
        AccessTokenSeen::StillWorks { until } => ("still_works", until),
        AccessTokenSeen::NotSeen { until } => ("not_seen", until),
        AccessTokenSeen::NoneLeft => ("none_left", None),
    }
}

pub(crate) fn sibling_state(state: SiblingState) -> &'static str {
    match state {
        SiblingState::Ended => "ended",
        SiblingState::StillWorks => "still_works",
        SiblingState::NotSeen => "not_seen",
    }
}

fn is_alive(done: &Disconnected) -> bool {
    matches!(done.access_token, AccessTokenSeen::StillWorks { .. })
}

/// What a forget takes along, said before the yes.
pub(crate) fn forgetting(dependant_count: usize) -> String {
    let workflows = match dependant_count {
        0 => String::new(),
        count => format!(", and what hangs on it ({})", counted(count, "workflow")),
    };
    format!("Its name, events and figures are deleted{workflows}. There is no way back.")
}
/// What became of the grant that a sign-in took the place of, for programs.
pub(crate) const fn old_grant_word(fate: OldGrant) -> &'static str {
    match fate {
        OldGrant::Revoked => "revoked",
        OldGrant::LeftAlive => "left_alive",
        OldGrant::Unknown => "unknown",
    }
}

/// The same for a person; `None` where there is nothing to do about it.
pub(crate) fn old_grant(fate: OldGrant, provider: &str) -> Option<String> {
    match fate {
        OldGrant::Revoked => Some(format!("The grant it had before is revoked at {provider}.")),
        // Most providers take two consents of one account for one grant: there is nothing to warn of.
        OldGrant::LeftAlive => None,
        OldGrant::Unknown => Some(format!(
            "{provider} was asked to revoke the grant it had before, and did not answer: it may live on there."
        )),
    }
}

/// What became of the grant of a disconnected connection, by the provider's answer and by what was seen after it.
/// `None`: there was no token left.
pub(crate) const fn grant_word(done: &Disconnected) -> Option<&'static str> {
    match (done.revocation, done.access_token) {
        // Its answer and what was seen of it disagree.
        (RevocationResult::Revoked, AccessTokenSeen::StillWorks { .. })
        | (RevocationResult::Failed { http_status: None }, _) => Some("unknown"),
        (RevocationResult::Revoked, _) => Some("revoked"),
        (
            RevocationResult::AccessTokenAlone
            | RevocationResult::Failed { http_status: Some(_) }
            | RevocationResult::NotOffered,
            _,
        ) => Some("left_alive"),
        (RevocationResult::NothingToRevoke, _) => None,
    }
}
