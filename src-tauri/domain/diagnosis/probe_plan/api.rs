//! The rungs at the provider's API: who answers, what the grant allows, and one object [C3, C4, C8].

use std::time::Duration;

use super::subject::{Finding, Subject, answer_of, listed};
use super::{ProofLine, Rung};
use crate::connection::{Connection, Identity};
use crate::diagnosis::{CauseLabel, Diagnosis};
use crate::provider::Provider;
use crate::provider::scope_map::{covers, required_by, shortfall};

/// Who answered.
#[derive(Debug, Clone)]
pub struct IdentitySeen {
    pub identity: Identity,
    /// The first call was refused, and one refresh came between.
    pub was_refreshed: bool,
    pub failure: Option<Diagnosis>,
    pub took: Duration,
    pub proof: Vec<ProofLine>,
}

/// The right account in the right workspace answers. `None`: the provider has no such call.
pub fn identity(seen: Option<&IdentitySeen>, subject: &Subject<'_>) -> Finding {
    let name = subject.name();
    let Some(seen) = seen else {
        return Finding::not_needed(Rung::Identity, format!("{name} has no call that says who is signed in."));
    };
    let answered = &seen.identity;
    let stored = &subject.connection.identity;
    let refreshed =
        if seen.was_refreshed { " The first answer refused the token, so it was refreshed once." } else { "" };
    let finding = match &seen.failure {
        Some(diagnosis) if diagnosis.cause == CauseLabel::WrongTenantOrAccount && answered.account().is_some() => {
            Finding::failed(
                Rung::Identity,
                format!("{} answered, and {} is stored.", described(answered), described(stored)),
                diagnosis.clone(),
            )
        }
        Some(diagnosis) if diagnosis.is_transient() => Finding::failed(
            Rung::Identity,
            format!("{name}'s API did not say who is signed in ({}). Nothing more was asked.", answer_of(diagnosis)),
            diagnosis.clone(),
        ),
        Some(diagnosis) => Finding::failed(
            Rung::Identity,
            format!("{name}'s API refused the call that says who is signed in ({}).{refreshed}", answer_of(diagnosis)),
            diagnosis.clone(),
        ),
        None if answered.account().is_none() => Finding::passed(
            Rung::Identity,
            format!("{name}'s API takes the token, and does not say whose it is.{refreshed}"),
        ),
        None => {
            let compared = if stored.subject.is_some() { ", as stored" } else { "" };
            Finding::passed(Rung::Identity, format!("{} answered{compared}.{refreshed}", described(answered)))
        }
    };
    finding.with(Some(seen.took), seen.proof.clone())
}

/// Account, its kind or organisation, and workspace [C8].
pub(super) fn described(identity: &Identity) -> String {
    let account = identity.account().unwrap_or("an account that is not named");
    let kind = match (identity.kind(), identity.domain()) {
        (Some("organisation"), Some(domain)) => format!(", organisation {domain}"),
        (Some(kind), _) => format!(", {kind}"),
        (None, _) => String::new(),
    };
    let workspace = identity.workspace().map(|it| format!(", in {it}")).unwrap_or_default();
    format!("{account}{kind}{workspace}")
}

/// One of the provider's harmless calls.
#[derive(Debug, Clone)]
pub struct CheckSeen {
    /// What it does, in words: "List one file".
    pub name: String,
    pub scopes: Vec<String>,
    /// It asks to write, with nothing in it to write.
    pub writes: bool,
    /// `None`: its scopes are not granted, or one before it failed.
    pub answer: Option<Result<(), Diagnosis>>,
}

#[derive(Debug, Clone)]
pub struct ScopesSeen {
    /// Newly read: the call before may have brought what is granted.
    pub connection: Connection,
    pub checks: Vec<CheckSeen>,
    pub may_write: bool,
    pub took: Option<Duration>,
    pub proof: Vec<ProofLine>,
}

/// One scope: what needs it, whether it was asked for, whether it is granted [C4].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeStanding {
    pub scope: String,
    pub required_by: Vec<String>,
    pub is_requested: bool,
    pub is_granted: bool,
}

/// Required, requested and granted, side by side [C4]. What was asked for stands first.
pub fn scope_diff(provider: &Provider, connection: &Connection) -> Vec<ScopeStanding> {
    let scopes = &connection.scopes;
    let unasked = scopes.granted.iter().filter(|it| !scopes.requested.contains(it));
    let standing = |scope: &String| ScopeStanding {
        required_by: required_by(provider, scopes, scope).into_iter().map(str::to_owned).collect(),
        is_requested: scopes.requested.contains(scope),
        is_granted: covers(&provider.scopes, &scopes.granted, scope),
        scope: scope.clone(),
    };
    scopes.requested.iter().chain(unasked).map(standing).collect()
}

/// Asked for and not granted, neither itself nor by one that takes its place.
pub fn missing_scopes(provider: &Provider, connection: &Connection) -> Vec<String> {
    let scopes = scope_diff(provider, connection).into_iter();
    scopes.filter(|it| it.is_requested && !it.is_granted).map(|it| it.scope).collect()
}

/// What consent can add to the grant: asked for and not granted, or named by the API and not granted.
pub(super) fn attainable_scopes(diagnosis: &Diagnosis, provider: &Provider, connection: &Connection) -> Vec<String> {
    let mut missing = missing_scopes(provider, connection);
    let named = diagnosis.named_scopes().iter();
    let lacking: Vec<_> =
        named.filter(|it| !covers(&provider.scopes, &connection.scopes.granted, it)).cloned().collect();
    // What the API names is what it takes; the rest that is missing was asked for once and is asked for again with it.
    missing.extend(lacking.into_iter().filter(|it| !missing.contains(it)).collect::<Vec<_>>());
    missing
}

/// What was asked for is granted, and works.
pub fn scopes(seen: &ScopesSeen, subject: &Subject<'_>) -> Finding {
    let provider = subject.provider;
    let refused = seen.checks.iter().find_map(|it| Some((it, it.answer.as_ref()?.as_ref().err()?)));
    let finding = if let Some((check, diagnosis)) = refused {
        let takes =
            if check.scopes.is_empty() { String::new() } else { format!(", which takes {}", listed(&check.scopes)) };
        Finding::failed(
            Rung::Scopes,
            format!("\"{}\"{takes}, was refused ({}).", check.name, answer_of(diagnosis)),
            diagnosis.clone(),
        )
    } else if provider.scopes.parameter.is_none() {
        Finding::not_needed(Rung::Scopes, format!("{} knows no scopes.", subject.name()))
    } else if let Some(short) = shortfall(&provider.scopes, &seen.connection.scopes) {
        Finding::failed(
            Rung::Scopes,
            lacking(seen, provider, &short.cannot),
            Diagnosis::of(CauseLabel::InsufficientScope),
        )
    } else {
        Finding::passed(Rung::Scopes, granted(seen))
    };
    finding.with(seen.took, seen.proof.clone())
}

/// Which scopes are missing, and what each was wanted for.
fn lacking(seen: &ScopesSeen, provider: &Provider, cannot: &[&str]) -> String {
    let diff = scope_diff(provider, &seen.connection);
    let missing: Vec<_> = diff
        .iter()
        .filter(|it| it.is_requested && !it.is_granted)
        .map(|it| match it.required_by.as_slice() {
            [] => it.scope.clone(),
            needs => format!("{} (for {})", it.scope, listed(needs)),
        })
        .collect();
    let undone = if cannot.is_empty() { String::new() } else { format!(" It cannot: {}.", listed(cannot)) };
    format!("Asked for and not granted: {}.{undone}", listed(&missing))
}

fn granted(seen: &ScopesSeen) -> String {
    let scopes = &seen.connection.scopes;
    let worked = |writes: bool| -> Vec<_> {
        let checks = seen.checks.iter().filter(|it| it.writes == writes && matches!(it.answer, Some(Ok(()))));
        checks.map(|it| &it.name).collect()
    };
    let (read, written) = (worked(false), worked(true));
    let all = if scopes.requested.is_empty() {
        "Which scopes were asked for is not known.".to_owned()
    } else {
        format!("All {} scopes that were asked for are granted.", scopes.requested.len())
    };
    let tried = if read.is_empty() { String::new() } else { format!(" Tried, and it works: {}.", listed(&read)) };
    let write = if !seen.may_write {
        String::new()
    } else if !written.is_empty() {
        format!(
            " It may write too: {}. An empty request was let in, and refused for its content alone.",
            listed(&written)
        )
    } else if seen.checks.iter().any(|it| it.writes) {
        " Nothing that writes was tried: no scope for it is granted.".to_owned()
    } else {
        " No harmless call that writes is known for this provider.".to_owned()
    };
    format!("{all}{tried}{write}")
}

/// One object of the API.
#[derive(Debug, Clone)]
pub enum ResourceSeen {
    NotAsked,
    Read { took: Duration, proof: Vec<ProofLine> },
    Refused { diagnosis: Diagnosis, took: Duration, proof: Vec<ProofLine> },
}

/// The object can be read.
pub fn resource(seen: &ResourceSeen, subject: &Subject<'_>) -> Finding {
    match seen {
        ResourceSeen::NotAsked => Finding::not_needed(Rung::Resource, "No object was named to be read."),
        ResourceSeen::Read { took, proof } => {
            Finding::passed(Rung::Resource, "It can be read.").with(Some(*took), proof.clone())
        }
        ResourceSeen::Refused { diagnosis, took, proof } => {
            let hidden = if diagnosis.cause == CauseLabel::ResourceNotShared {
                format!(
                    " Token, account and scopes are right: {} does not see this object, or it is not there.",
                    subject.connection.identity.account().unwrap_or("the account")
                )
            } else {
                String::new()
            };
            Finding::failed(
                Rung::Resource,
                format!("{} refused it ({}).{hidden}", subject.name(), answer_of(diagnosis)),
                diagnosis.clone(),
            )
            .with(Some(*took), proof.clone())
        }
    }
}
