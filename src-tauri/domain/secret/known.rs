//! Secrets in hand, found again in somebody else's words: whole or in part, in any letter case and in every spelling
//! that they are likely to come in [A3, S137].

use std::collections::HashSet;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;

use super::{BLOT, Fingerprint, Secret};

/// So short a text stands in every answer, and is no secret.
const SHORTEST: usize = 4;
/// Of a longer one, the beginning is looked for.
const LONGEST: usize = 16 * 1024;
/// From here on it is the same in any letter case, and worth finding in an id or a name.
const SHORTEST_IN_A_NAME: usize = 8;
/// So much of a secret in a row comes from nowhere else.
const SHORTEST_PART: usize = 16;
/// A part holds at least one piece of this size that begins at a multiple of it.
const PIECE: usize = 8;

/// What is known to be secret, with what stands in its place.
#[derive(Default)]
pub struct KnownSecrets {
    spellings: Vec<Spelling>,
    /// Where each piece of the long spellings stands: (piece, spelling, place), in their order.
    pieces: Vec<(u64, usize, usize)>,
    /// Of tokens that are not in hand any more: found as whole words only.
    earlier: HashSet<Fingerprint>,
}

struct Spelling {
    /// In small letters.
    text: String,
    /// As it is written.
    exact: String,
    shown_as: String,
}

/// How much of a secret must stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// In words and headers: a part tells too much as well.
    Parts,
    /// In names and ids, by which things are told apart: a token may hold the id of its account.
    Whole,
}

impl KnownSecrets {
    /// Tokens, shown by their fingerprints from here on: one that is drawn by lot is not found by it.
    pub fn of_tokens<'a>(tokens: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut known = Self::default();
        for token in tokens {
            known.add(token, &format!("[secret {}]", token.fingerprint()));
        }
        known.in_order()
    }

    /// And others, which a person may have chosen: shown as a mere blot.
    pub fn and_others<'a>(mut self, others: impl IntoIterator<Item = &'a Secret>) -> Self {
        for secret in others {
            self.add(secret, BLOT);
        }
        self.in_order()
    }

    /// And tokens of which nothing but the fingerprint is left: a server may still know them.
    #[must_use]
    pub fn and_earlier(mut self, fingerprints: impl IntoIterator<Item = Fingerprint>) -> Self {
        self.earlier.extend(fingerprints);
        self
    }

    /// For words that are only read: without the secrets and without parts of them.
    pub fn blotted_out_of(&self, text: &str) -> String {
        self.replaced(text, Extent::Parts).unwrap_or_else(|| text.to_owned())
    }

    /// For a name, an id or a scope: without what holds a secret as a whole. No fingerprint stands there: what is
    /// compared from one answer to the next does not change with each token.
    pub fn named_in(&self, text: &str) -> String {
        self.replaced(text, Extent::Whole).unwrap_or_else(|| text.to_owned())
    }

    /// Every text in it, at any depth, names of fields too. Whether anything was found; `is_for_words`: as
    /// [`Self::blotted_out_of`], else as [`Self::named_in`].
    pub fn taken_out_of(&self, value: &mut Value, is_for_words: bool) -> bool {
        let extent = if is_for_words { Extent::Parts } else { Extent::Whole };
        self.clean(value, extent)
    }

    fn clean(&self, value: &mut Value, extent: Extent) -> bool {
        match value {
            Value::String(text) => match self.replaced(text, extent) {
                Some(shown) => {
                    *text = shown;
                    true
                }
                None => false,
            },
            Value::Array(list) => {
                let mut found = false;
                for it in list {
                    found |= self.clean(it, extent);
                }
                found
            }
            Value::Object(fields) => {
                let names: Vec<_> =
                    fields.keys().filter(|name| self.replaced(name, extent).is_some()).cloned().collect();
                let mut found = !names.is_empty();
                for name in names {
                    if let Some(value) = fields.remove(&name) {
                        fields.insert(self.replaced(&name, extent).unwrap_or_default(), value);
                    }
                }
                for it in fields.values_mut() {
                    found |= self.clean(it, extent);
                }
                found
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    /// `None`: there is none in it.
    fn replaced(&self, text: &str, extent: Extent) -> Option<String> {
        if let Some(shown) = self.all_replaced(text, extent) {
            return Some(shown);
        }
        // Any letter may be spelled by its number in an address.
        let decoded = percent_decoded(text)?;
        self.all_replaced(&decoded, extent)
    }

    fn all_replaced(&self, text: &str, extent: Extent) -> Option<String> {
        let shown = self.replaced_as_written(text, extent);
        let without_earlier = self.earlier_replaced(shown.as_deref().unwrap_or(text), extent);
        without_earlier.or(shown)
    }

    /// Word by word, and each part of a word that a sign sets off.
    fn earlier_replaced(&self, text: &str, extent: Extent) -> Option<String> {
        if self.earlier.is_empty() {
            return None;
        }
        let mut out = String::new();
        let mut done = 0;
        for range in words_of(text) {
            // Within a longer one that was found.
            if range.start < done {
                continue;
            }
            let Some(found) = Some(Fingerprint::of(&text[range.clone()])).filter(|it| self.earlier.contains(it)) else {
                continue;
            };
            out.push_str(&text[done..range.start]);
            match extent {
                Extent::Whole => out.push_str(BLOT),
                Extent::Parts => out.push_str(&format!("[secret {found}]")),
            }
            done = range.end;
        }
        if done == 0 {
            return None;
        }
        out.push_str(&text[done..]);
        Some(out)
    }

    fn replaced_as_written(&self, text: &str, extent: Extent) -> Option<String> {
        let mut found = self.found_in(text, extent);
        if found.is_empty() {
            return None;
        }
        if extent == Extent::Whole && text.len() > LONGEST {
            // No name; and of a longer secret only the beginning was looked for.
            return Some(BLOT.to_owned());
        }
        // The longest first where two begin together.
        found.sort_unstable_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for (range, spelling) in found {
            let (from, to) = (text.floor_char_boundary(range.start), text.ceil_char_boundary(range.end));
            if to <= done {
                continue;
            }
            if from >= done {
                out.push_str(&text[done..from]);
                out.push_str(if extent == Extent::Whole { BLOT } else { &self.spellings[spelling].shown_as });
            }
            done = to;
        }
        out.push_str(&text[done..]);
        Some(out)
    }

    fn found_in(&self, text: &str, extent: Extent) -> Vec<(Range<usize>, usize)> {
        let small = text.to_ascii_lowercase();
        let mut found = vec![];
        for (index, spelling) in self.spellings.iter().enumerate() {
            let length = spelling.text.len();
            // The long ones are found by their parts.
            if extent == Extent::Parts && length >= SHORTEST_PART {
                continue;
            }
            let (wanted, text) = match (length >= SHORTEST_IN_A_NAME, extent) {
                (true, _) => (&spelling.text, small.as_str()),
                (false, Extent::Parts) => (&spelling.exact, text),
                (false, Extent::Whole) => continue,
            };
            found.extend(text.match_indices(wanted.as_str()).map(|(at, it)| (at..at + it.len(), index)));
        }
        if extent == Extent::Parts {
            self.find_parts(small.as_bytes(), &mut found);
        }
        found
    }

    /// In a time that grows with the text alone, whatever a server writes into it.
    fn find_parts(&self, text: &[u8], found: &mut Vec<(Range<usize>, usize)>) {
        let mut at = 0;
        while let Some(window) = text.get(at..at + PIECE) {
            let places = self.places_of(number(window));
            let ranges = places.map(|(spelling, place)| (self.grown(text, at, spelling, place), spelling));
            match ranges.max_by_key(|(range, _)| range.len()).filter(|(range, _)| range.len() >= SHORTEST_PART) {
                Some((range, spelling)) => {
                    at = range.end;
                    found.push((range, spelling));
                }
                None => at += 1,
            }
        }
    }

    fn places_of(&self, piece: u64) -> impl Iterator<Item = (usize, usize)> {
        let first = self.pieces.partition_point(|(it, ..)| *it < piece);
        self.pieces[first..]
            .iter()
            .take_while(move |(it, ..)| *it == piece)
            .map(|(_, spelling, place)| (*spelling, *place))
    }

    /// As far forwards as text and secret agree, and as far back as there can be no piece before.
    fn grown(&self, text: &[u8], at: usize, spelling: usize, place: usize) -> Range<usize> {
        let secret = self.spellings[spelling].text.as_bytes();
        let before = text[..at].iter().rev().zip(secret[..place].iter().rev()).take(SHORTEST_PART);
        let before = before.take_while(|(one, other)| one == other);
        let after = text[at..].iter().zip(&secret[place..]).take_while(|(one, other)| one == other);
        at - before.count()..at + after.count()
    }

    fn add(&mut self, secret: &Secret, shown_as: &str) {
        for exact in spellings(secret) {
            let text = exact.to_ascii_lowercase();
            if text.len() < SHORTEST || self.spellings.iter().any(|it| it.exact == exact) {
                continue;
            }
            if text.len() >= SHORTEST_PART {
                let index = self.spellings.len();
                let places = text.as_bytes().chunks_exact(PIECE).enumerate();
                let mut pieces: Vec<_> = places.map(|(nth, piece)| (number(piece), index, nth * PIECE)).collect();
                // What repeats itself is found by where it begins.
                pieces.sort_unstable();
                pieces.dedup_by_key(|(piece, ..)| *piece);
                self.pieces.extend(pieces);
            }
            self.spellings.push(Spelling { text, exact, shown_as: shown_as.to_owned() });
        }
    }

    fn in_order(mut self) -> Self {
        self.pieces.sort_unstable();
        self
    }
}

/// Whatever may be a token of its own in a text, the longer before the shorter that begins with it: what blanks and quotes
/// part, that without the points of a sentence, and what signs part in it.
fn words_of(text: &str) -> Vec<Range<usize>> {
    const SIGNS: [&str; 5] = ["=&?#", ":|@", "/", "+%*!$()", ".~"];
    let mut all = vec![];
    let mut add = |range: Range<usize>| {
        if (SHORTEST_IN_A_NAME..=LONGEST).contains(&range.len()) {
            all.push(range);
        }
    };
    let is_parting =
        |it: char| it.is_whitespace() || it.is_control() || "\"'`<>[]{},;\\".contains(it) || !it.is_ascii();
    for word in parts_of(text, 0..text.len(), is_parting) {
        let points = ['.', ':', '!', '?', '(', ')'];
        let trimmed = text[word.clone()].trim_start_matches(points);
        let from = word.end - trimmed.len();
        add(word.clone());
        add(from..from + trimmed.trim_end_matches(points).len());
        let mut parts = vec![word];
        for signs in SIGNS {
            parts = parts.into_iter().flat_map(|it| parts_of(text, it, |letter| signs.contains(letter))).collect();
            parts.iter().cloned().for_each(&mut add);
        }
    }
    all.sort_unstable_by_key(|it| (it.start, std::cmp::Reverse(it.end)));
    all.dedup();
    all
}

fn parts_of(text: &str, within: Range<usize>, is_parting: impl Fn(char) -> bool) -> Vec<Range<usize>> {
    let mut parts = vec![];
    let mut from = within.start;
    for (at, parting) in text[within.clone()].match_indices(is_parting) {
        let at = within.start + at;
        if at > from {
            parts.push(from..at);
        }
        from = at + parting.len();
    }
    if within.end > from {
        parts.push(from..within.end);
    }
    parts
}

fn number(piece: &[u8]) -> u64 {
    piece.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// `None` where no letter is spelled so.
fn percent_decoded(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let digit =
        |at: usize| bytes.get(at).and_then(|it| char::from(*it).to_digit(16)).and_then(|it| u8::try_from(it).ok());
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    (out.len() < bytes.len()).then(|| String::from_utf8_lossy(&out).into_owned())
}

/// Each way a secret is written down on its way: plain, as a form or JSON spells it, in hexadecimal, and in base 64
/// wherever it may begin in what was encoded.
#[expect(clippy::disallowed_methods, reason = "removed, not shown")]
fn spellings(secret: &Secret) -> Vec<String> {
    let plain = secret.expose_secret();
    let plain = &plain[..plain.floor_char_boundary(LONGEST)];
    let hexadecimal: String = plain
        .bytes()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|it| char::from_digit(it.into(), 16))
        .collect();
    let mut all = vec![
        plain.to_owned(),
        url::form_urlencoded::byte_serialize(plain.as_bytes()).collect(),
        serde_json::to_string(plain).unwrap_or_default().trim_matches('"').to_owned(),
        hexadecimal,
    ];
    for before in 0..3_usize {
        let bytes = [&b"\0\0"[..before], plain.as_bytes()].concat();
        // Letters at either end hold bits of the neighbours.
        let (begin, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
        for written in [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
            all.extend(written.get(begin..end).filter(|it| it.len() >= 8).map(str::to_owned));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const TOKEN: &str = "quiet-mark/romeo+zulu-quebec-foxtrot-echo-papa";

    fn known() -> KnownSecrets {
        KnownSecrets::of_tokens([&Secret::new(TOKEN)])
    }

    /// A3, S137
    #[test]
    fn a_token_is_shown_by_its_fingerprint_however_it_is_spelled() {
        let mark = format!("[secret {}]", Secret::new(TOKEN).fingerprint());
        let by_number: String = TOKEN.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let form: String = url::form_urlencoded::byte_serialize(TOKEN.as_bytes()).collect();
        let hexadecimal: String = TOKEN.bytes().map(|byte| format!("{byte:02x}")).collect();
        for spelled in [TOKEN.to_owned(), TOKEN.to_uppercase(), by_number, form, hexadecimal] {
            let shown = known().blotted_out_of(&format!("bad é {spelled} sent"));
            assert_eq!(shown, format!("bad é {mark} sent"), "{spelled}");
            assert_eq!(known().named_in(&format!("id:{spelled}")), "id:[secret]", "{spelled}");
        }
        for before in ["", "u", "us", "user:"] {
            let encoded = STANDARD_NO_PAD.encode(format!("{before}{TOKEN}"));
            assert!(known().named_in(&encoded).contains("[secret]"), "base 64 after {before:?}");
        }
    }

    /// A3, S137: half a token is half of what it takes; an id that a token begins with is no secret.
    #[test]
    fn parts_are_taken_out_of_words_and_stay_in_names() {
        let half = &TOKEN[..20];

        assert!(!known().blotted_out_of(&format!("token starting {half} is bad")).contains(&half[..8]));
        assert_eq!(known().named_in(half), half);
        assert_eq!(known().blotted_out_of("a quiet remark of romeo"), "a quiet remark of romeo");
        let short = KnownSecrets::of_tokens([]).and_others([&Secret::new("abc"), &Secret::new("pine")]);
        assert_eq!(
            short.blotted_out_of("abc, pine and Pine"),
            "abc, [secret] and Pine",
            "three letters are in every word"
        );
        assert_eq!(short.named_in("pineapple"), "pineapple");
    }

    /// A3, S137: of a token that was replaced long ago only its fingerprint is left, and a server may throw it back.
    #[test]
    fn an_earlier_token_is_found_by_its_fingerprint() {
        let earlier = Secret::new(TOKEN).fingerprint();
        let known = KnownSecrets::default().and_earlier([earlier.clone()]);

        let by_number: String = TOKEN.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for (before, after) in [
            ("token ", " was used"),
            ("token '", "'."),
            ("no ", "."),
            ("refresh_token=", "&client_id=c"),
            ("refresh_token:", "; é"),
            ("https://a.example/?t=", "#x"),
            ("(", ")"),
            ("", ""),
        ] {
            let shown = known.blotted_out_of(&format!("{before}{TOKEN}{after}"));
            assert_eq!(shown, format!("{before}[secret {earlier}]{after}"));
            assert_eq!(known.named_in(&format!("{before}{TOKEN}{after}")), format!("{before}[secret]{after}"));
        }
        assert!(!known.blotted_out_of(&format!("t={by_number}")).contains("quiet"));
        assert_eq!(known.blotted_out_of("a quiet remark of romeo"), "a quiet remark of romeo");
        let mut body = json!({ "error": { "message": format!("old: {TOKEN}") }, TOKEN: [TOKEN] });
        assert!(known.taken_out_of(&mut body, true) && !body.to_string().contains(TOKEN), "{body}");
    }

    /// A3, S137
    #[test]
    fn texts_of_an_answer_are_looked_over_at_any_depth() {
        let mut value = json!({ "error": { "message": format!("no {TOKEN}"), "n": 1 }, TOKEN: ["read", TOKEN] });

        assert!(known().taken_out_of(&mut value, true));

        assert!(!value.to_string().contains(TOKEN), "{value}");
        let whole = value.clone();
        assert!(!known().taken_out_of(&mut value, true));
        assert_eq!(value, whole, "what holds none is as it was");
    }

    /// S055: neither a token nor a text is so odd that it takes long; without a bound these would take hours.
    #[test]
    fn what_repeats_itself_is_looked_through_in_no_time() {
        let begun = std::time::Instant::now();
        let long = "r".repeat(512 * 1024);
        let known = KnownSecrets::of_tokens([&Secret::new(long.clone()), &Secret::new("ab".repeat(200_000))])
            .and_earlier([Secret::new("x").fingerprint()]);

        assert!(!known.blotted_out_of(&format!("no {long}")).contains("rrrrrrrrrrrrrrrr"));
        assert_eq!(known.named_in(&long), "[secret]");
        for text in [
            "r".repeat(1 << 20),
            "ab".repeat(1 << 19),
            "rrrrrrrrrrrrrrra".repeat(1 << 16),
            "r".repeat(9_000),
            "abcdefgh.=".repeat(100_000),
        ] {
            known.blotted_out_of(&text);
            known.named_in(&text);
        }
        // Far more than the busiest machine needs, and far less than hours.
        assert!(begun.elapsed() < std::time::Duration::from_secs(900), "{:?}", begun.elapsed());
    }

    proptest! {
        /// A3: wherever it stands, and whatever stands around it.
        #[test]
        fn no_token_survives(token in "[!-~]{8,80}", before in "\\PC{0,30}", after in "\\PC{0,30}") {
            let known = KnownSecrets::of_tokens([&Secret::new(token.clone())]);
            let shown = known.blotted_out_of(&format!("{before}{token}{after}"));
            prop_assert!(!shown.contains(&token) || "[secret 0123456789abcdef]".contains(&token), "{shown}");
        }
    }
}
