//! What a ladder is climbed for, and the small words its sentences share [C3].

use std::time::Duration;

use jiff::Timestamp;

use super::{ProofLine, Rung, RungResult, RungState};
use crate::connection::{Client, Connection};
use crate::diagnosis::{ActionLabel, CauseLabel, Diagnosis};
use crate::provider::Provider;

/// What all sentences speak of.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    pub provider: &'a Provider,
    /// As it was when the rung began.
    pub connection: &'a Connection,
    pub client: &'a Client,
    pub now: Timestamp,
    /// A moment as a person reads it.
    pub moment: &'a (dyn Fn(Timestamp) -> String + Send + Sync),
}

impl Subject<'_> {
    pub(super) fn name(&self) -> &str {
        &self.provider.name
    }

    pub(super) fn at(&self, moment: Timestamp) -> String {
        (self.moment)(moment)
    }

    /// How long ago, in one unit: "7 minutes".
    pub(super) fn since(&self, moment: Timestamp) -> String {
        span(Duration::try_from(self.now.duration_since(moment)).unwrap_or_default())
    }
}

/// One rung as it ended, and the cause where it failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub result: RungResult,
    pub failure: Option<Diagnosis>,
}

impl Finding {
    pub(super) fn passed(rung: Rung, says: impl Into<String>) -> Self {
        Self::of(rung, RungState::Passed, says.into(), None)
    }

    pub(super) fn not_needed(rung: Rung, says: impl Into<String>) -> Self {
        Self::of(rung, RungState::NotNeeded, says.into(), None)
    }

    pub(super) fn failed(rung: Rung, says: impl Into<String>, diagnosis: Diagnosis) -> Self {
        Self::of(rung, RungState::Failed, says.into(), Some(diagnosis))
    }

    fn of(rung: Rung, state: RungState, says: String, failure: Option<Diagnosis>) -> Self {
        Self { result: RungResult { rung, state, took: None, says, proof: vec![] }, failure }
    }

    #[must_use]
    pub(super) fn with(mut self, took: Option<Duration>, proof: Vec<ProofLine>) -> Self {
        self.result.took = took;
        self.result.proof = proof;
        self
    }
}

/// The rung that was not reached, with what is known of it all the same.
pub fn not_run(rung: Rung, subject: &Subject<'_>) -> RungResult {
    let connection = subject.connection;
    let known = match rung {
        Rung::Identity => connection.identity.account().map(|account| {
            let kind = match (connection.identity.kind(), connection.identity.domain()) {
                (Some("organisation") | None, Some(domain)) => format!(", organisation {domain}"),
                (Some(kind), _) => format!(", {kind}"),
                (None, None) => String::new(),
            };
            let proved = connection.proof.as_ref().filter(|it| it.failure.is_none());
            match proved {
                Some(proof) => format!("Last proved at {}: {account}{kind}.", subject.at(proof.at)),
                None => format!("Stored: {account}{kind}."),
            }
        }),
        Rung::Scopes if !connection.scopes.granted.is_empty() => {
            Some(format!("Granted: {}.", listed(&connection.scopes.granted)))
        }
        Rung::Reach
        | Rung::Clock
        | Rung::OurToken
        | Rung::TokenEndpoint
        | Rung::Credential
        | Rung::Scopes
        | Rung::Resource => None,
    };
    let says = known.map_or_else(|| "Not reached.".to_owned(), |known| format!("Not reached. {known}"));
    RungResult { rung, state: RungState::NotRun, took: None, says, proof: vec![] }
}

/// In one unit, rounded down: "45 seconds", "7 minutes", "3 days".
pub(super) fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

/// "A", "A and B", "A, B and C".
pub(super) fn listed(names: &[impl AsRef<str>]) -> String {
    let names: Vec<_> = names.iter().map(AsRef::as_ref).collect();
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// "400 `invalid_grant`", "503", "no answer".
pub(super) fn answer_of(diagnosis: &Diagnosis) -> String {
    diagnosis.answered()
}

/// A cause that was seen here, with another action than is usual for it.
pub(super) fn advising(cause: CauseLabel, action: ActionLabel) -> Diagnosis {
    Diagnosis { action, ..Diagnosis::of(cause) }
}
