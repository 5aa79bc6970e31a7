//! "All five hold until 16:40", or the one thing to mend: what a rehearsal that ended is good for [E4, B10, B11].

use jiff::Timestamp;

use super::run::{Rehearsal, Verdict};
use super::steps::Step;
use crate::diagnosis::CauseLabel;
use crate::token::Expiry;
use crate::token::durability::GrantEnd;

/// What is known of how long one connection lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Its grant's own end, as it is forecast.
    pub grant_end: GrantEnd,
    /// The end of the token in hand.
    pub token_end: Expiry,
    /// Its token is renewed by itself: by us while Patchbay runs, or by its platform.
    pub is_renewed: bool,
}

impl Hold {
    /// When it stops, if nobody acts; `None`: not before anything that is known.
    fn ends_at(&self) -> Option<(Timestamp, HoldEnd)> {
        let grant = match self.grant_end {
            GrantEnd::At(at) => Some((at, HoldEnd::Grant)),
            // It is used, and kept warm.
            GrantEnd::AfterIdle(_) | GrantEnd::NotKnown => None,
        };
        let token = match self.token_end {
            Expiry::At(at) if !self.is_renewed => Some((at, HoldEnd::Token)),
            Expiry::At(_) | Expiry::Unknown | Expiry::Never => None,
        };
        [grant, token].into_iter().flatten().min_by_key(|(at, _)| *at)
    }
}

/// What ends a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldEnd {
    /// The time that was asked for is over; nothing is known to end then.
    AsLongAsAsked,
    /// The grant of this connection ends.
    Grant,
    /// Its token ends, and nothing renews it.
    Token,
}

/// The result of a rehearsal that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Certificate {
    /// All of them hold.
    Holds {
        count: usize,
        until: Timestamp,
        by: HoldEnd,
        /// Which one ends first, where one does before the time that was asked for.
        first: Option<usize>,
    },
    /// The one thing to mend first, and how many there are.
    Mend { member: usize, step: Step, cause: Option<CauseLabel>, failing_count: usize, holding_count: usize },
    /// It was stopped, or of some nothing could be tried: those that hold do, and the others are not known.
    Partly { holding_count: usize, of: usize },
}

/// What a rehearsal comes to; `holds`: how long each member lasts, in the checklist's order. `None` while it runs.
pub fn certify(rehearsal: &Rehearsal, holds: &[Hold]) -> Option<Certificate> {
    let ended_at = rehearsal.ended_at?;
    let verdicts: Vec<_> = rehearsal.members.iter().map(super::MemberRun::verdict).collect();
    let holding_count = verdicts.iter().filter(|it| **it == Verdict::Holds).count();
    let mut failing = verdicts.iter().enumerate().filter_map(|(member, verdict)| match verdict {
        Verdict::Fails { step, cause } => Some((member, step.clone(), *cause)),
        Verdict::Next | Verdict::UnderWay { .. } | Verdict::Holds | Verdict::NotProved => None,
    });
    if let Some((member, step, cause)) = failing.next() {
        return Some(Certificate::Mend { member, step, cause, failing_count: 1 + failing.count(), holding_count });
    }
    if holding_count < verdicts.len() || verdicts.is_empty() {
        return Some(Certificate::Partly { holding_count, of: verdicts.len() });
    }
    let asked = rehearsal.hold.ends_at(ended_at);
    let ends = holds.iter().enumerate().filter_map(|(member, it)| it.ends_at().map(|(at, by)| (at, by, member)));
    let first = ends.filter(|(at, ..)| *at < asked).min_by_key(|(at, ..)| *at);
    Some(match first {
        Some((until, by, member)) => Certificate::Holds { count: holding_count, until, by, first: Some(member) },
        None => Certificate::Holds { count: holding_count, until: asked, by: HoldEnd::AsLongAsAsked, first: None },
    })
}

impl HoldEnd {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AsLongAsAsked => "as_long_as_asked",
            Self::Grant => "grant",
            Self::Token => "token",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::AsLongAsAsked, Self::Grant, Self::Token].into_iter().find(|it| it.as_str() == text)
    }
}
