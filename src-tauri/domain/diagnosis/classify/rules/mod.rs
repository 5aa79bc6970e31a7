//! What the terms of one clause mean together, by the kind of endpoint that said them [C2].

mod access;
mod callers;
mod grants;
mod obstacles;
mod organisations;
mod registrations;
mod requests;
mod sign_in;
mod validation;

use super::terms::{Term, Terms};
use crate::diagnosis::{CauseLabel, FailedEndpoint};

/// Kinds of endpoints, as a set.
#[derive(Debug, Clone, Copy)]
pub(super) struct At(u8);

const A: At = At(1);
const X: At = At(2);
const R: At = At(4);
const D: At = At(8);
const V: At = At(16);
const I: At = At(32);
const P: At = At(64);
const ANY: At = At(127);

const fn or(one: At, other: At) -> At {
    At(one.0 | other.0)
}

const TOKEN: At = or(or(X, R), D);
const SIGN_IN: At = or(TOKEN, A);
const CALL: At = or(P, I);

impl At {
    fn holds(self, endpoint: FailedEndpoint) -> bool {
        let bit = match endpoint {
            FailedEndpoint::Authorize => A,
            FailedEndpoint::TokenExchange => X,
            FailedEndpoint::TokenRefresh => R,
            FailedEndpoint::Device => D,
            FailedEndpoint::Revoke => V,
            FailedEndpoint::Introspect => I,
            FailedEndpoint::Api => P,
        };
        self.0 & bit.0 != 0
    }
}

/// Holds where every group has a term in the clause, and none of the others is.
pub(super) struct Rule {
    pub(super) cause: CauseLabel,
    pub(super) score: u8,
    at: At,
    groups: [Terms; 4],
    none: Terms,
}

impl Rule {
    pub(super) fn holds(&self, endpoint: FailedEndpoint, clause: Terms) -> bool {
        self.at.holds(endpoint)
            && self.groups.iter().all(|group| group.is_empty() || clause.has_any(*group))
            && !clause.has_any(self.none)
    }

    /// Whether it could hold for a clause of what was heard: most rules are out of the question at once.
    pub(super) fn may_hold(&self, endpoint: FailedEndpoint, all: Terms) -> bool {
        self.at.holds(endpoint) && self.groups.iter().all(|group| group.is_empty() || all.has_any(*group))
    }

    /// Whether the rule asks for that term, or wants it absent.
    #[cfg(test)]
    pub(super) fn names(&self, term: Term) -> bool {
        self.wanted().has(term) || self.none.has(term)
    }

    /// The terms that a clause must name.
    #[cfg(test)]
    fn wanted(&self) -> Terms {
        self.groups.iter().fold(Terms::NONE, |all, group| all.with(*group))
    }
}

const fn rule(cause: CauseLabel, score: u8, at: At, groups: &[&[Term]], none: &[Term]) -> Rule {
    let mut made = [Terms::NONE; 4];
    let mut at_group = 0;
    while at_group < groups.len() {
        made[at_group] = Terms::of(groups[at_group]);
        at_group += 1;
    }
    Rule { cause, score, at, groups: made, none: Terms::of(none) }
}

use Term as T;

/// Refused, in whatever way.
const WRONG: &[Term] = &[
    T::Invalid,
    T::NotFound,
    T::Mismatch,
    T::NotRegistered,
    T::Disabled,
    T::Unsupported,
    T::Malformed,
    T::NotAllowed,
    T::Denied,
    T::Missing,
    T::NotActive,
    T::NotEnabled,
];
const GONE: &[Term] = &[T::Expired, T::Revoked];
const UNUSABLE: &[Term] = &[T::Invalid, T::NotFound, T::Malformed, T::Mismatch, T::Denied, T::NotAllowed];
const BEARER: &[Term] = &[T::Token, T::AccessToken, T::RefreshToken, T::Session, T::Grant];

/// By subject. Of equals the first counts.
const BY_SUBJECT: [&[Rule]; 9] = [
    grants::RULES,
    sign_in::RULES,
    organisations::RULES,
    access::RULES,
    requests::RULES,
    validation::RULES,
    registrations::RULES,
    obstacles::RULES,
    callers::RULES,
];

/// Every rule, in that order.
pub(super) fn all() -> impl Iterator<Item = &'static Rule> {
    BY_SUBJECT.into_iter().flatten()
}
