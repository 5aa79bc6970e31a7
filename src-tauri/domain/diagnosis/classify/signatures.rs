//! What the provider's catalogue entry knows: codes as fields, words anywhere in the answer, headers [C1].

use super::board::{Board, Layer};
use super::standards;
use crate::diagnosis::answer::{Answer, spaced_letters};
use crate::diagnosis::clue::Fact;
use crate::diagnosis::{CauseLabel as C, Evidence};
use crate::provider::error_signature::{ErrorSignature, SaidAnswer};

/// Whether the provider says by a header that what looks like a success is none, or not all of one.
pub(super) fn mark_a_success(evidence: &Evidence, signatures: &[ErrorSignature]) -> bool {
    let says = |it: &ErrorSignature| {
        it.header.as_ref().is_some_and(|wanted| evidence.headers.iter().any(|(name, value)| wanted.fits(name, value)))
    };
    matches!(evidence.http_status, Some(200..=299))
        && signatures.iter().any(|it| it.http_status == evidence.http_status && says(it))
}

/// The first signature that fits; where one asks for a code that everybody uses and another for more than that, the first
/// of those that ask for more.
pub(super) fn judge<'a>(
    evidence: &Evidence,
    answer: &Answer,
    signatures: &'a [ErrorSignature],
    board: &mut Board,
) -> Option<&'a ErrorSignature> {
    if signatures.is_empty() {
        return None;
    }
    let pairs = Pairs::of(&answer.spaced);
    let said = SaidAnswer {
        endpoint: evidence.endpoint,
        http_status: evidence.http_status,
        has_text: &|text| stands_in(text, &answer.spaced, &pairs),
        headers: &evidence.headers,
        has_field: &|name, value| answer.said.has_field(name, value),
    };
    let is_anybodys = |it: &ErrorSignature| {
        it.fields.is_empty() && it.header.is_none() && standards::knows(&it.contains, evidence.endpoint)
    };
    let found = signatures.iter().filter(|it| it.fits(&said)).min_by_key(|it| is_anybodys(it))?;
    // A general cause for a code that everybody uses leaves room for words that say more.
    let is_general = matches!(found.cause, C::GrantInvalid | C::AccessTokenInvalid)
        && (standards::knows(&found.contains, evidence.endpoint)
            || found.fields.iter().all(|(_, value)| standards::knows(value, evidence.endpoint))
                && found.contains.is_empty());
    let score = if is_general {
        74
    } else if matches!(found.cause, C::GrantInvalid | C::AccessTokenInvalid) {
        // What only we know may still say more than the provider does.
        93
    } else {
        96
    };
    board.add(found.cause, score, Layer::Signature, || {
        let field = found.fields.first().map(|(name, value)| format!("{name} {value}"));
        let header = found.header.as_ref().map(|it| it.name.clone());
        Fact::Signature {
            says: if found.contains.is_empty() { field.or(header).unwrap_or_default() } else { found.contains.clone() },
            meaning: found.meaning.clone(),
        }
    });
    Some(found)
}

/// Anywhere in the answer, but a number only as a whole: 70008 does not stand in 700082.
fn stands_in(contains: &str, spaced: &str, pairs: &Pairs) -> bool {
    if !pairs.may_hold(contains) {
        return false;
    }
    let mut wanted = String::with_capacity(contains.len());
    for it in spaced_letters(contains) {
        if it != ' ' || !(wanted.is_empty() || wanted.ends_with(' ')) {
            wanted.push(it);
        }
    }
    let wanted = wanted.trim_end();
    if wanted.is_empty() {
        return false;
    }
    let is_number = |it: Option<char>| it.is_some_and(|it| it.is_ascii_digit());
    spaced.match_indices(wanted).any(|(at, _)| {
        let before = spaced[..at].chars().next_back();
        let after = spaced[at + wanted.len()..].chars().next();
        !(is_number(wanted.chars().next()) && is_number(before)
            || is_number(wanted.chars().next_back()) && is_number(after))
    })
}

/// Which pairs of letters follow each other in a text: most signatures are ruled out by one that does not.
struct Pairs([u64; 16]);

impl Pairs {
    fn of(text: &str) -> Self {
        let mut pairs = Self([0; 16]);
        let mut before = b' ';
        for it in text.bytes() {
            let at = Self::place(before, it);
            pairs.0[at / 64] |= 1 << (at % 64);
            before = it;
        }
        pairs
    }

    fn may_hold(&self, contains: &str) -> bool {
        let mut before = None;
        contains.bytes().all(|it| {
            // Other alphabets and separators are left to the comparison itself.
            let it = it.is_ascii_alphanumeric().then(|| it.to_ascii_lowercase());
            let fits = before.zip(it).is_none_or(|(before, it)| {
                let at = Self::place(before, it);
                self.0[at / 64] & (1 << (at % 64)) != 0
            });
            before = it;
            fits
        })
    }

    fn place(before: u8, it: u8) -> usize {
        (usize::from(before & 0x1f) << 5) | usize::from(it & 0x1f)
    }
}
