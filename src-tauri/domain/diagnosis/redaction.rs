//! The last look at a text before it leaves this computer: blots out whatever is or looks like a secret, and masks
//! who it is about [C6, A3, S137].
//!
//! What is known to be secret is found in every spelling it is likely to come in. What is not known is told by the
//! name before it, by its beginning, or by looking like chance. It errs towards blotting out.

mod looks;

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::Value;

use self::looks::{KeyKind, key_kind, looks_random, looks_secret};
use crate::Secret;
use crate::connection::Identity;
use crate::display_text::cleaned;
use crate::secret::KnownSecrets;

/// What stands where a secret was.
pub const BLOT: &str = "[secret]";
/// What stands where the value of an address's parameter was.
const VALUE: &str = "[value]";
/// A provider's own id of a request is no longer.
const LONGEST_REQUEST_ID: usize = 80;
/// A name so short stands in too many words.
const SHORTEST_NAME: usize = 3;

/// So many digits in a row may be a token.
const SHORTEST_LONG_NUMBER: usize = 16;

/// Of what a provider says, so much is shown.
const LONGEST_WORDS: usize = 300;

/// A provider's own words as they may be stored and shown here: cut, cleaned, and without what looks like a secret or
/// an account.
pub fn of_foreign_words(text: &str) -> String {
    let kept: String = text.chars().take(4 * LONGEST_WORDS).collect();
    let shown = Redaction::new(&[], &Identity::default(), false).of_text(&kept);
    cleaned(&without_long_numbers(&shown), LONGEST_WORDS)
}

/// What was said as it may be heard: a secret is no word, and once its letters are small and its parts are words nobody
/// knows it for one.
///
/// A password that is named as one is left out where it has a digit or a sign in it ("password is hunter2"). One of
/// letters alone is a word like any other ("password is correct"), and nothing tells it apart.
pub(super) fn of_what_was_said(text: &str) -> Cow<'_, str> {
    if may_hold_secret(text) {
        Cow::Owned(Redaction::new(&[], &Identity::default(), false).of_text(text))
    } else {
        Cow::Borrowed(text)
    }
}

/// Most of what is said holds nothing so long with a digit in it, no address of a person and no password.
fn may_hold_secret(text: &str) -> bool {
    const SHORTEST: usize = 14;
    const SHORTEST_OF_LETTERS: usize = 24;
    let is_of_token = |it: u8| it.is_ascii_alphanumeric() || b"-_.~+/=".contains(&it);
    let is_long = |run: &[u8]| {
        let has_digit = run.iter().any(u8::is_ascii_digit);
        // `UserApiAccessNotPermitted` is a code.
        (run.len() >= SHORTEST && has_digit) || (run.len() >= SHORTEST_OF_LETTERS && run.contains(&b'-'))
    };
    text.contains('@')
        || text.as_bytes().split(|it| !is_of_token(*it)).any(is_long)
        || ["assword", "assphrase", "asscode", "pwd", "secret=", "secret:", "token=", "token:"]
            .iter()
            .any(|it| text.contains(it))
}

/// Tokens of digits alone look like no chance. Times in milliseconds and the numbers that support asks for are shorter.
fn without_long_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|it: char| it.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        let (digits, after) = from.split_at(from.find(|it: char| !it.is_ascii_digit()).unwrap_or(from.len()));
        out.push_str(before);
        out.push_str(if digits.len() >= SHORTEST_LONG_NUMBER { BLOT } else { digits });
        rest = after;
    }
    out + rest
}

/// A provider's own error code likewise; `None` where nothing of it may be shown.
pub fn of_foreign_code(code: &str, longest: usize) -> Option<String> {
    const MOST_DIGITS: usize = 10;
    let is_number = code.bytes().all(|it| it.is_ascii_digit());
    let is_written_so = code.chars().all(|it| it.is_alphanumeric() || "_-.:#*'() ".contains(it));
    if !is_written_so || (is_number && code.len() > MOST_DIGITS) {
        return None;
    }
    let shown = cleaned(&Redaction::new(&[], &Identity::default(), false).of_text(code), longest);
    (!shown.is_empty() && !shown.contains(BLOT.trim_matches(['[', ']']))).then_some(shown)
}

/// A provider's own id of a request likewise: it looks like chance, and support needs it.
pub fn of_foreign_request_id(id: &str) -> String {
    cleaned(&Redaction::new(&[], &Identity::default(), false).of_request_id(id), LONGEST_REQUEST_ID)
}

/// What is to be kept from others.
pub struct Redaction {
    known: KnownSecrets,
    /// Names of the account, the longest first.
    names: Vec<String>,
    includes_account: bool,
}

impl Redaction {
    /// `secrets`: what is known to be secret. `includes_account`: the account's own name stays, and nobody else's.
    pub fn new(secrets: &[Secret], identity: &Identity, includes_account: bool) -> Self {
        let known = KnownSecrets::default().and_others(secrets);
        let mut names: Vec<_> = [&identity.label, &identity.subject].into_iter().flatten().cloned().collect();
        names.retain(|it| it.chars().count() >= SHORTEST_NAME);
        names.sort_unstable_by_key(|it| std::cmp::Reverse(it.len()));
        Self { known, names, includes_account }
    }

    pub fn includes_account(&self) -> bool {
        self.includes_account
    }

    /// Every text in it, at any depth. Names of fields are ours and stay.
    pub fn of_value(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.of_text(text),
            Value::Array(list) => list.iter_mut().for_each(|it| self.of_value(it)),
            Value::Object(fields) => {
                for (name, it) in fields {
                    match it {
                        Value::String(text) if name == "request_id" => *text = self.of_request_id(text),
                        Value::Null
                        | Value::Bool(_)
                        | Value::Number(_)
                        | Value::String(_)
                        | Value::Array(_)
                        | Value::Object(_) => self.of_value(it),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// The text without what must not leave.
    pub fn of_text(&self, text: &str) -> String {
        let text = self.without_known(text);
        let text = self.without_names(&text);
        self.without_looks(&text)
    }

    /// A provider's id of a request looks like chance, and support needs it.
    fn of_request_id(&self, text: &str) -> String {
        let text = self.without_known(text);
        let is_id = text.len() <= LONGEST_REQUEST_ID
            && text.chars().all(|it| it.is_ascii_alphanumeric() || "-_=:;./+".contains(it))
            && !looks_secret(&text)
            && !text.contains("://");
        if is_id { text } else { self.of_text(&text) }
    }

    fn without_known(&self, text: &str) -> String {
        self.known.blotted_out_of(text)
    }

    fn without_names(&self, text: &str) -> String {
        if self.includes_account {
            return text.to_owned();
        }
        self.names.iter().fold(text.to_owned(), |text, name| replace_word(&text, name, &masked(name)))
    }

    /// Word by word, as blanks and brackets part them; a name with a colon or an equals sign speaks for what follows.
    fn without_looks(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut reading = Reading::default();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if is_parting(first) {
                out.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            }
            let (word, after) = rest.split_at(rest.find(is_parting).unwrap_or(rest.len()));
            out.push_str(&self.word(word, &mut reading));
            rest = after;
        }
        out
    }

    fn word(&self, word: &str, reading: &mut Reading) -> String {
        if word == ":" || word == "=" {
            reading.awaits = key_kind(&reading.before).map(|kind| (kind, word == "="));
            return word.to_owned();
        }
        let is_blot = word == BLOT.trim_matches(['[', ']']);
        if is_blot && reading.awaits.take().is_some() {
            return word.to_owned();
        }
        if let Some((kind, is_form)) = reading.awaits.take()
            && is_value_of(kind, is_form, word)
        {
            // "Authorization: Bearer …": the scheme speaks for what follows.
            if is_scheme(word) {
                reading.awaits = Some((KeyKind::Strong, true));
                return word.to_owned();
            }
            word.clone_into(&mut reading.before);
            return BLOT.to_owned();
        }
        let is_password = reading.is_of_password && is_like_a_password(word);
        reading.is_of_password = looks::names_a_password(word) || (reading.is_of_password && looks::links(word));
        if is_password || is_named_by(&reading.before, word) {
            word.clone_into(&mut reading.before);
            return BLOT.to_owned();
        }
        if is_scheme(word) {
            reading.awaits = Some((KeyKind::Weak, false));
        } else if let Some(key) = word.strip_suffix([':', '=']) {
            reading.awaits = key_kind(key).map(|kind| (kind, word.ends_with('=')));
        }
        word.clone_into(&mut reading.before);
        self.piece(word)
    }

    /// A word that no name before it speaks for.
    fn piece(&self, word: &str) -> String {
        if word.parse::<Timestamp>().is_ok() {
            return word.to_owned();
        }
        if let Some((scheme, rest)) = word.split_once("://") {
            return self.address(scheme, rest);
        }
        if is_address(word) {
            return if self.keeps(word) { word.to_owned() } else { masked_address(word) };
        }
        if looks_secret(word) {
            return BLOT.to_owned();
        }
        if let Some((_, query)) = word.split_once('?')
            && query.contains('=')
        {
            let (path, query) = split_query(word);
            return format!("{}{query}", self.path(path));
        }
        if word.trim_end_matches('=').contains(['=', '&']) {
            let pairs: Vec<_> = word.split('&').map(|pair| self.pair(pair)).collect();
            return pairs.join("&");
        }
        if let Some((key, value)) = word.split_once(':')
            && !value.is_empty()
        {
            let shown = match key_kind(key) {
                Some(kind) if is_value_of(kind, false, value) => BLOT.to_owned(),
                Some(_) | None => self.piece(value),
            };
            return format!("{}:{shown}", self.piece(key));
        }
        if word.contains('/') {
            return self.path(word);
        }
        if word.contains('.') {
            return word
                .split('.')
                .map(|part| if looks_random(part) { BLOT } else { part })
                .collect::<Vec<_>>()
                .join(".");
        }
        if looks_random(word) { BLOT.to_owned() } else { word.to_owned() }
    }

    /// Scheme, host and path stay; of a sign-in before the host, a query and a fragment only names do.
    fn address(&self, scheme: &str, rest: &str) -> String {
        let (place, query) = split_query(rest);
        let (host, path) = place.split_at(place.find('/').unwrap_or(place.len()));
        let host = match host.rsplit_once('@') {
            Some((_, host)) => format!("{BLOT}@{}", self.piece(host)),
            None => self.piece(host),
        };
        format!("{scheme}://{host}{}{query}", self.path(path))
    }

    /// Base 64 has slashes of its own.
    fn path(&self, path: &str) -> String {
        let whole: String = path.chars().filter(|it| *it != '/').collect();
        if looks_secret(path) || (!path.contains('.') && looks_random(&whole)) {
            return BLOT.to_owned();
        }
        let parts: Vec<_> =
            path.split('/').map(|part| if part.is_empty() { String::new() } else { self.piece(part) }).collect();
        parts.join("/")
    }

    fn pair(&self, pair: &str) -> String {
        let Some((name, value)) = pair.split_once('=') else { return self.piece(pair) };
        let shown = match key_kind(name) {
            Some(kind) if is_value_of(kind, true, value) => BLOT.to_owned(),
            Some(_) | None if value.is_empty() => String::new(),
            Some(_) | None => self.piece(value),
        };
        format!("{name}={shown}")
    }

    fn keeps(&self, address: &str) -> bool {
        self.includes_account && self.names.iter().any(|it| it.eq_ignore_ascii_case(address))
    }
}

/// What the words so far say of the next one.
#[derive(Default)]
struct Reading {
    before: String,
    awaits: Option<(KeyKind, bool)>,
    /// A password was named, and nothing but "is" has followed.
    is_of_password: bool,
}

/// `m…@fjordstudio.no`, or the first letter of what is no address.
pub fn masked(name: &str) -> String {
    if is_address(name) {
        return masked_address(name);
    }
    name.chars().next().map(|first| format!("{first}…")).unwrap_or_default()
}

/// Begin and end of a client's id: enough to tell it from others.
pub fn cut_id(id: &str) -> String {
    const KEPT: usize = 6;
    let count = id.chars().count();
    if count <= 2 * KEPT + 4 {
        let first: String = id.chars().take(count.div_ceil(2).min(KEPT)).collect();
        return format!("{first}…");
    }
    let (first, last): (String, String) = (id.chars().take(KEPT).collect(), id.chars().skip(count - KEPT).collect());
    format!("{first}…{last}")
}

fn masked_address(address: &str) -> String {
    let Some((name, domain)) = address.rsplit_once('@').or_else(|| split_encoded(address)) else {
        return BLOT.to_owned();
    };
    format!("{}…@{domain}", name.chars().next().map(String::from).unwrap_or_default())
}

fn split_encoded(address: &str) -> Option<(&str, &str)> {
    address.rsplit_once("%40")
}

fn is_address(word: &str) -> bool {
    word.rsplit_once('@').or_else(|| split_encoded(word)).is_some_and(|(name, domain)| {
        !name.is_empty()
            && name.chars().all(|it| it.is_alphanumeric() || "._%+-".contains(it))
            && domain.contains('.')
            && domain.chars().all(|it| it.is_alphanumeric() || ".-".contains(it))
    })
}

fn split_query(text: &str) -> (&str, String) {
    let Some(at) = text.find(['?', '#']) else { return (text, String::new()) };
    let (place, query) = text.split_at(at);
    let names: Vec<_> = query[1..]
        .split(['&', '#', ';'])
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if !looks_random(name) => format!("{name}={VALUE}"),
            Some(_) | None => VALUE.to_owned(),
        })
        .collect();
    (place, format!("{}{}", &query[..1], names.join("&")))
}

fn is_parting(it: char) -> bool {
    it.is_whitespace() || it.is_control() || "\"'`<>()[]{},;|\\“”‘’«»".contains(it)
}

fn is_scheme(word: &str) -> bool {
    ["bearer", "basic", "dpop", "negotiate"].iter().any(|it| word.eq_ignore_ascii_case(it))
}

/// "Refresh token 4829104829105829 was revoked": in a sentence the name stands just before it.
fn is_named_by(before: &str, word: &str) -> bool {
    const SHORTEST: usize = 12;
    let names = ["token", "secret", "password", "code"];
    let is_code = before.eq_ignore_ascii_case("code");
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    names.iter().any(|it| before.eq_ignore_ascii_case(it))
        && word.len() >= SHORTEST
        // Errors have codes too, with letters before their number.
        && if is_code { digits == word.len() } else { digits >= 3 }
        && word.bytes().all(|it| it.is_ascii_graphic() && it != b'=')
        && word.parse::<Timestamp>().is_err()
}

/// Letters with a digit or a sign among them, as no word of a sentence has and no code of an error.
fn is_like_a_password(word: &str) -> bool {
    const SHORTEST: usize = 5;
    let word = word.trim_end_matches(['.', ',', '!', '?', ':']);
    let has = |is: fn(&char) -> bool| word.chars().any(|it| is(&it));
    let letters = word.trim_end_matches(|it: char| it.is_ascii_digit());
    let is_code = letters.len() < word.len() && letters.chars().all(|it| it.is_ascii_uppercase());
    let is_plain = word.chars().all(|it| it.is_alphabetic() || "-_/.'".contains(it));
    word.len() >= SHORTEST && has(|it| it.is_alphabetic()) && !is_plain && !is_code && !word.contains("://")
}

/// Whether what follows such a name is its secret, and no other word of a sentence.
fn is_value_of(kind: KeyKind, is_form: bool, value: &str) -> bool {
    let is_number = value.len() <= 5 && value.chars().all(|it| it.is_ascii_digit());
    match kind {
        KeyKind::Strong => !value.is_empty(),
        KeyKind::Weak if is_form => !value.is_empty() && !is_number,
        KeyKind::Weak => value.len() >= 12 && value.contains(|it: char| it.is_ascii_digit()),
    }
}

fn replace_word(text: &str, word: &str, by: &str) -> String {
    let is_inner = |it: Option<char>| it.is_some_and(char::is_alphanumeric);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        let is_whole = !is_inner(before.chars().next_back().or_else(|| out.chars().next_back().filter(|_| at == 0)))
            && !is_inner(after.chars().next());
        out.push_str(before);
        out.push_str(if is_whole { by } else { word });
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests;
