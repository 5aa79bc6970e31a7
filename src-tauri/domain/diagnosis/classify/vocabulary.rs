//! How the terms are said, in ten languages. A star ends a stem; everything else is whole words; Chinese and Japanese
//! are found anywhere [C2].
//!
//! Written as `plain_words` leaves them: small letters without accents and apostrophes.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::terms::{Term, Terms};
use crate::diagnosis::answer::plain_words::CLAUSE;

#[path = "vocabulary_english.rs"]
mod english;
#[path = "vocabulary_other_languages.rs"]
mod other_languages;

/// What was heard: clause by clause, and all in all.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) clauses: Vec<Terms>,
    pub(super) all: Terms,
}

struct Vocabulary {
    matcher: Option<AhoCorasick>,
    terms: Vec<Term>,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let mut terms = Vec::new();
    let mut patterns = Vec::new();
    for (term, said) in english::SAID.iter().chain(other_languages::SAID) {
        for one in said.split(',').map(str::trim).filter(|it| !it.is_empty()) {
            patterns.push(pattern(one));
            terms.push(*term);
        }
    }
    let matcher = AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .build(&patterns)
        .ok();
    Vocabulary { matcher, terms }
});

fn pattern(said: &str) -> String {
    let is_spaced = said.chars().next().is_none_or(|it| it < '\u{3000}');
    match (is_spaced, said.strip_suffix('*')) {
        (false, stem) => stem.unwrap_or(said).to_owned(),
        (true, Some(stem)) => format!(" {stem}"),
        (true, None) => format!(" {said} "),
    }
}

/// Which terms stand in these plain words.
pub(super) fn heard(words: &str) -> Heard {
    let mut heard = Heard::default();
    let Some(matcher) = &VOCABULARY.matcher else { return heard };
    let bytes = words.as_bytes();
    let mut clause = Terms::default();
    let mut seen = 0;
    for found in matcher.find_overlapping_iter(words) {
        // Hits come in the order of their ends; a clause ends where a bar stands before the next hit.
        let start = found.start();
        if start > seen {
            if bytes[seen..start].contains(&(CLAUSE as u8)) && !clause.is_empty() {
                heard.clauses.push(clause);
                clause = Terms::default();
            }
            seen = start;
        }
        if let Some(term) = VOCABULARY.terms.get(found.pattern().as_usize()) {
            clause.add(*term);
            heard.all.add(*term);
        }
    }
    if !clause.is_empty() {
        heard.clauses.push(clause);
    }
    heard
}
