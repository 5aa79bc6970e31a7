//! Hears the words of an answer and lets the rules speak: each clause by itself, and all of it with less weight [C2].

use std::borrow::Cow;

use super::board::{Board, Layer};
use super::rules;
use super::terms::{Term, Terms};
use super::vocabulary::{self, Heard};
use crate::diagnosis::clue::Fact;
use crate::diagnosis::redaction::of_foreign_words;
use crate::diagnosis::{CauseLabel, FailedEndpoint};
use crate::display_text::cleaned;

/// What is lost where the terms stand in different clauses.
const APART: u8 = 14;

/// What is lost where a client is named, and the code says that something else is refused.
const ASIDE: u8 = 30;

/// The standard's code beside the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RefusedBy {
    /// RFC 6749 §5.2: client and grant type were accepted, or another code would stand there.
    InvalidGrant,
    AnotherCode,
}

/// The words that a fact shows.
const MAX_SHOWN: usize = 160;

pub(super) struct Words<'a> {
    pub(super) heard: Heard,
    text: &'a str,
}

impl<'a> Words<'a> {
    pub(super) fn hear(text: &'a str) -> Self {
        // The names of statuses blame nobody.
        let mut meant = Cow::Borrowed(text);
        if text.contains(" client error ") {
            meant = text.replace(" client error ", " | ").replace(" bad request ", " | ").into();
        }
        // What everybody agrees to is no policy of an organisation's.
        if text.contains(" privacy policy ") {
            meant = meant.replace(" privacy policy ", " privacy notice ").into();
        }
        // Windows' name for the header of a call, whatever stands in it.
        if text.contains(" client authentication scheme ") {
            meant = meant.replace(" client authentication scheme ", " header ").into();
        }
        // A program that calls, and neither a user nor an agent.
        if text.contains(" user agent") {
            meant = meant.replace(" user agent", " useragent").into();
        }
        Self { heard: vocabulary::heard(&meant), text }
    }

    pub(super) fn has(&self, term: Term) -> bool {
        self.heard.all.has(term)
    }

    /// Lets every rule speak; `trust` is of a hundred.
    pub(super) fn judge(&self, endpoint: FailedEndpoint, code: RefusedBy, trust: u8, board: &mut Board) {
        if self.heard.all.is_empty() {
            return;
        }
        let mut clauses: Vec<Terms> = Vec::with_capacity(self.heard.clauses.len());
        for clause in &self.heard.clauses {
            // What a standard's own text lists says nothing of this case.
            if !clause.has(Term::Boilerplate) && !clauses.contains(clause) {
                clauses.push(*clause);
            }
        }
        let apart = Terms::union(&clauses);
        for rule in rules::all() {
            if !rule.may_hold(endpoint, self.heard.all) {
                continue;
            }
            let (score, clause) = if let Some(clause) = clauses.iter().find(|it| rule.holds(endpoint, **it)) {
                (rule.score, *clause)
            } else if clauses.len() > 1 && rule.holds(endpoint, apart) {
                (rule.score.saturating_sub(APART), apart)
            } else {
                continue;
            };
            let is_aside = code == RefusedBy::InvalidGrant && self.names_the_client_aside(rule.cause, clause);
            let score = score.saturating_sub(if is_aside { ASIDE } else { 0 });
            // A limit is meant whatever the status.
            let trust = if rule.cause == CauseLabel::RateLimited { 100 } else { trust };
            let score = u8::try_from(u16::from(score) * u16::from(trust) / 100).unwrap_or(score);
            // Which words they were is filled in once for the conclusion.
            board.add(rule.cause, score, Layer::Words, || Fact::Words(String::new()));
        }
    }

    /// A sentence about a token, a code or a session also says which client brought it, and how.
    fn names_the_client_aside(&self, cause: CauseLabel, clause: Terms) -> bool {
        const SUBJECT: Terms =
            Terms::of(&[Term::RefreshToken, Term::AccessToken, Term::Token, Term::Session, Term::Code, Term::Grant]);
        matches!(cause, CauseLabel::ClientCredentialsMismatch | CauseLabel::UnsupportedGrant)
            && !clause.has(Term::Secret)
            && !clause.has(Term::Assertion)
            && (!clause.has(Term::GrantType) || !clause.has(Term::Unsupported))
            && (clause.has_any(SUBJECT) || self.text.contains(" for client "))
    }

    /// The words for a person, without what looks like a secret.
    pub(super) fn shown(&self) -> String {
        let plain = self.text.trim_matches([' ', '|']);
        cleaned(&of_foreign_words(plain), MAX_SHOWN)
    }
}
