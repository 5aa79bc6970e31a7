//! How the terms are said, in more than twenty languages. A star ends a stem; everything else is whole words; Chinese,
//! Japanese, Korean and Thai are found anywhere [C2].
//!
//! Written as `plain_words` leaves them: small letters without accents and apostrophes.

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::terms::{Term, Terms};
use crate::diagnosis::answer::plain_words::CLAUSE;

mod english_events;
mod english_statements;
mod english_synonyms;
mod english_things;
mod gateways;
mod many_languages;
mod more_languages;
mod obstacles;
mod obstacles_abroad;
mod other_languages;
mod product_codes;
mod token_libraries;

/// What was heard: clause by clause, and all in all.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) clauses: Vec<Terms>,
    pub(super) all: Terms,
}

const TABLES: [&[(Term, &str)]; 12] = [
    english_things::SAID,
    english_events::SAID,
    english_statements::SAID,
    english_synonyms::SAID,
    token_libraries::SAID,
    product_codes::SAID,
    obstacles::SAID,
    obstacles_abroad::SAID,
    gateways::SAID,
    other_languages::SAID,
    more_languages::SAID,
    many_languages::SAID,
];

struct Vocabulary {
    matcher: Option<AhoCorasick>,
    terms: Vec<Term>,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let mut terms = Vec::new();
    let mut patterns = Vec::new();
    for (term, said) in TABLES.into_iter().flatten() {
        for one in said.split(',').map(str::trim).filter(|it| !it.is_empty()) {
            let one = spelled_out(one);
            for dress in dresses(&one) {
                patterns.push(pattern(&dress));
                terms.push(*term);
            }
        }
    }
    let matcher = AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .build(&patterns)
        .ok();
    Vocabulary { matcher, terms }
});

/// The same words, whichever way they are shortened or spelled: `can't`, `cannot`, `can not`; British and American.
pub(super) fn spelled_out(words: &str) -> Cow<'_, str> {
    const SHORT: &[(&str, &str)] = &[
        ("isnt", "is not"),
        ("arent", "are not"),
        ("wasnt", "was not"),
        ("werent", "were not"),
        ("doesnt", "does not"),
        ("dont", "do not"),
        ("didnt", "did not"),
        ("hasnt", "has not"),
        ("havent", "have not"),
        ("cant", "can not"),
        ("cannot", "can not"),
        ("couldnt", "could not"),
        ("wont", "will not"),
        ("shouldnt", "should not"),
        ("licence", "license"),
        ("licences", "licenses"),
    ];
    let is_british = ["uthoris", "rganis", "ecognis"].iter().any(|it| words.contains(it));
    let is_short = words.contains("nt") || words.contains("cannot") || words.contains("licence");
    let long = |word: &str| SHORT.iter().find(|(short, _)| *short == word).map(|(_, long)| *long);
    let is_shortened = is_short && words.split(' ').any(|it| long(it).is_some());
    if !is_british && !is_shortened {
        return words.into();
    }
    let mut out = String::with_capacity(words.len() + 16);
    for (at, word) in words.split(' ').enumerate() {
        if at > 0 {
            out.push(' ');
        }
        out.push_str(long(word).unwrap_or(word));
    }
    if is_british {
        out = out.replace("uthoris", "uthoriz").replace("rganis", "rganiz").replace("ecognis", "ecogniz");
    }
    out.into()
}

/// A phrase with what is written as one word or as two.
fn dresses(said: &str) -> Vec<String> {
    const PAIRS: [(&str, &str); 3] = [("login", "log in"), ("signin", "sign in"), ("email", "e mail")];
    let mut all = vec![said.to_owned()];
    for (one, two) in PAIRS {
        let has = |wanted: &str| format!(" {said} ").contains(&format!(" {wanted} "));
        let other = if has(one) && said.contains(' ') {
            said.replace(one, two)
        } else if has(two) && said != two {
            said.replace(two, one)
        } else {
            continue;
        };
        all.push(other);
    }
    // What is so, was so and became so.
    const TIMES: [&str; 6] = [" is ", " was ", " has been ", " are ", " were ", " have been "];
    if let Some(said_so) = TIMES.iter().find(|it| said.contains(**it)) {
        for other in [" is ", " was ", " has been ", " "] {
            let dress = said.replacen(said_so, other, 1);
            if !all.contains(&dress) && dress.contains(' ') {
                all.push(dress);
            }
        }
    }
    all
}

fn pattern(said: &str) -> String {
    let is_thai = said.starts_with(|it| matches!(it, '\u{e00}'..='\u{e7f}'));
    let is_spaced = !is_thai && said.chars().next().is_none_or(|it| it < '\u{3000}');
    match (is_spaced, said.strip_suffix('*')) {
        (false, stem) => stem.unwrap_or(said).to_owned(),
        (true, Some(stem)) => format!(" {stem}"),
        // Its last word goes on without a blank.
        (true, None) if said.chars().next_back().is_some_and(|it| it >= '\u{3000}') => format!(" {said}"),
        (true, None) => format!(" {said} "),
    }
}

/// Which terms stand in these plain words.
pub(super) fn heard(words: &str) -> Heard {
    let mut heard = Heard::default();
    let Some(matcher) = &VOCABULARY.matcher else { return heard };
    let words = spelled_out(words);
    let words = words.as_ref();
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

#[cfg(test)]
mod tests {
    use super::super::{rules, spoken};
    use super::*;

    /// C2: a term nobody says, or no rule asks for, is a mistake in one of the tables.
    #[test]
    fn every_term_is_said_and_asked_for() {
        for term in Term::ALL {
            assert!(VOCABULARY.terms.contains(term), "{term:?} is never said");
            let is_asked = rules::all().any(|rule| rule.names(*term)) || spoken::OF_THE_WAY.has(*term);
            assert!(is_asked, "{term:?} is never asked for");
        }
    }

    /// C2: words are found whole, stems at their beginning, and clauses stay apart.
    #[test]
    fn words_are_heard_whole_and_clause_by_clause() {
        let clauses = heard(" refresh token has expired | contact admin | ").clauses;

        assert_eq!(clauses.len(), 2);
        assert!(clauses[0].has(Term::RefreshToken) && clauses[0].has(Term::Expired) && !clauses[0].has(Term::Admin));
        assert!(clauses[1].has(Term::Admin) && !clauses[1].has(Term::Expired));
        assert!(!heard(" recode | ").all.has(Term::Code), "a part of a word is another word");
        assert!(heard(" アクセストークンの有効期限が切れています | ").all.has(Term::Expired));
    }
}
