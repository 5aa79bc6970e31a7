//! Hears the words of an answer and lets the rules speak: each clause by itself, and all of it with less weight [C2].

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

/// The words that a fact shows.
const MAX_SHOWN: usize = 160;

pub(super) struct Words<'a> {
    pub(super) heard: Heard,
    text: &'a str,
}

impl<'a> Words<'a> {
    pub(super) fn hear(text: &'a str) -> Self {
        Self { heard: vocabulary::heard(text), text }
    }

    pub(super) fn has(&self, term: Term) -> bool {
        self.heard.all.has(term)
    }

    /// Lets every rule speak; `trust` is of a hundred.
    pub(super) fn judge(&self, endpoint: FailedEndpoint, trust: u8, board: &mut Board) {
        if self.heard.all.is_empty() {
            return;
        }
        let is_boilerplate = self.heard.all.has(Term::Boilerplate);
        let mut clauses: Vec<Terms> = Vec::with_capacity(self.heard.clauses.len());
        for clause in &self.heard.clauses {
            // What a standard's own text lists says nothing of this case.
            if !clause.has(Term::Boilerplate) && !clauses.contains(clause) {
                clauses.push(*clause);
            }
        }
        for rule in rules::all() {
            if !self.heard.all.has_any(rule.wanted()) {
                continue;
            }
            let score = if clauses.iter().any(|it| rule.holds(endpoint, *it)) {
                rule.score
            } else if !is_boilerplate && clauses.len() > 1 && rule.holds(endpoint, self.heard.all) {
                rule.score.saturating_sub(APART)
            } else {
                continue;
            };
            // A limit is meant whatever the status.
            let trust = if rule.cause == CauseLabel::RateLimited { 100 } else { trust };
            let score = u8::try_from(u16::from(score) * u16::from(trust) / 100).unwrap_or(score);
            // Which words they were is filled in once for the conclusion.
            board.add(rule.cause, score, Layer::Words, || Fact::Words(String::new()));
        }
    }

    /// The words for a person, without what looks like a secret.
    pub(super) fn shown(&self) -> String {
        let plain = self.text.trim_matches([' ', '|']);
        cleaned(&of_foreign_words(plain), MAX_SHOWN)
    }
}
