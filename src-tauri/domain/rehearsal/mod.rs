//! Dress rehearsal: what is tried of each connection before it matters, and until when all of them hold [E4].
//!
//! A *checklist* says what is tried; a *rehearsal* is one run of it; its result is a *certificate*.

mod certificate;
mod own_call;
mod report;
mod run;
mod steps;
mod templates;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::Timestamp;

pub use self::certificate::{Certificate, Hold, HoldEnd, certify};
pub use self::own_call::{Expected, OwnCall, OwnCallRefused};
pub use self::report::{Report, Withdrawal, html, markdown, not_tried, step_name, took};
pub use self::run::{MemberRun, Progress, Rehearsal, StepAnswer, StepRun, StepState, Verdict};
pub use self::steps::{Ability, NotTried, Step};
pub use self::templates::Template;
use crate::ChecklistId;
use crate::blast_radius::Uses;

/// How long all of it is to hold after the last check, unless somebody says otherwise: a demo of an hour.
pub const USUAL_HOLD: Duration = Duration::from_secs(60 * 60);

/// What is tried for one customer or project.
#[derive(Debug, Clone, PartialEq)]
pub struct Checklist {
    pub id: ChecklistId,
    pub name: String,
    pub customer: Option<String>,
    /// In the order in which they are tried.
    pub members: Vec<Member>,
    /// So long after the last check all of it is to hold; it is kept warm until then.
    pub hold_for: Duration,
    pub after_failure: AfterFailure,
    /// Before a person signs in again the old grant is ended at the provider, so that the flow is the one that a customer
    /// would see.
    pub signs_out_first: bool,
    pub created_at: Timestamp,
}

/// Until when all of it is to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldWish {
    /// So long after the last check.
    For(Duration),
    Until(Timestamp),
}

impl HoldWish {
    /// The end that is asked for, once the last check is over.
    pub fn ends_at(self, last_check_at: Timestamp) -> Timestamp {
        match self {
            Self::For(time) => last_check_at.checked_add(time).unwrap_or(Timestamp::MAX),
            Self::Until(at) => at,
        }
    }
}

/// One connection of a checklist, ours or a platform's, and what is tried of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub uses: Uses,
    /// What it was called when it was put on the list: it may be gone since.
    pub name: String,
    /// In the order in which they are tried.
    pub steps: Vec<Step>,
    /// Who has to be signed in; whoever it was before where nothing is said.
    pub account: Option<ExpectedAccount>,
    /// The name or the id of the workspace; whichever it was before where nothing is said.
    pub workspace: Option<String>,
    /// What the provider's trial object needs to be told: the page it is made in, a base and a table.
    pub told: Vec<(String, String)>,
    /// What the steps of a person's own call, by their names.
    pub own_calls: Vec<OwnCall>,
}

impl Member {
    pub fn own_call(&self, name: &str) -> Option<&OwnCall> {
        self.own_calls.iter().find(|it| it.name == name)
    }
}

/// Who a demo is to be given as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedAccount {
    /// An address or a name, compared without regard to case.
    Named(String),
    /// Anybody of this domain.
    OfDomain(String),
}

impl std::fmt::Display for ExpectedAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::OfDomain(domain) => write!(f, "anybody of {}", domain.trim().trim_start_matches('@')),
        }
    }
}

impl ExpectedAccount {
    /// Whether this account is the one.
    pub fn is(&self, account: &str) -> bool {
        let account = account.trim();
        match self {
            Self::Named(name) => account.eq_ignore_ascii_case(name.trim()),
            Self::OfDomain(domain) => {
                let domain = domain.trim().trim_start_matches('@');
                account.rsplit_once('@').is_some_and(|(_, of)| of.eq_ignore_ascii_case(domain))
            }
        }
    }
}

/// What follows a step that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// What rests on it is not tried, the other steps and the other connections are.
    GoOn,
    /// Nothing more is tried.
    Stop,
}
