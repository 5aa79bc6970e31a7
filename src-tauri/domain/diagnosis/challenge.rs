//! Reads the challenges of a `WWW-Authenticate` header: which scheme, and why the token was refused
//! (RFC 9110 §11.6.1, RFC 6750 §3) [C1, S076].
//!
//! Servers write it by hand: single commas, missing quotes, a list of challenges in one header. What cannot be read is
//! left out, never guessed, and nothing a server can send makes it long or slow.

use crate::display_text::cleaned;

/// One for each way to sign in: more come from nobody honest.
const MAX_CHALLENGES: usize = 16;
/// What is kept of one value; a list of scopes may be long.
const MAX_VALUE: usize = 1000;
/// Scheme and parameter names are short words.
const MAX_NAME: usize = 40;

/// One challenge, with the parameters that say why. All of it is safe to show and to store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Challenge {
    /// In lower case: `bearer`, `dpop`, `basic`.
    pub scheme: String,
    /// `invalid_token`, `insufficient_scope`, `invalid_request`; or a word of the server's own.
    pub error: Option<String>,
    pub error_description: Option<String>,
    /// The scopes that the resource wants.
    pub scope: Option<String>,
    /// Where the resource describes itself (RFC 9728 §5.1).
    pub resource_metadata: Option<String>,
}

impl Challenge {
    /// Everything it says of the refusal, as one text.
    pub fn words(&self) -> String {
        let scope = self.scope.as_ref().map(|scope| format!("scope {scope}"));
        [&self.error, &self.error_description, &scope].into_iter().flatten().cloned().collect::<Vec<_>>().join(" ")
    }
}

/// Every challenge in order. A repeated parameter counts the first time.
pub fn read(header: &str) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let Some((name, after)) = split_token(rest) else {
            // Not a word: its first character cannot begin anything, so what follows may.
            match rest.char_indices().nth(1) {
                Some((next, _)) => rest = &rest[next..],
                None => return challenges,
            }
            continue;
        };
        let after_blanks = after.trim_start_matches([' ', '\t']);
        let value = after_blanks.strip_prefix('=').filter(|it| !it.starts_with('='));
        if let (Some(value), Some(challenge)) = (value, challenges.last_mut()) {
            let (value, after) = split_value(value.trim_start_matches([' ', '\t']));
            challenge.note(name, &value);
            rest = after;
        } else if value.is_some() {
            // A parameter before any scheme belongs to nothing.
            rest = split_value(after_blanks.get(1..).unwrap_or_default()).1;
        } else if challenges.len() == MAX_CHALLENGES {
            return challenges;
        } else {
            challenges.push(Challenge { scheme: cleaned(name, MAX_NAME).to_ascii_lowercase(), ..Challenge::default() });
            rest = without_token68(after_blanks);
        }
    }
}

impl Challenge {
    fn note(&mut self, name: &str, value: &str) {
        let field = match name.to_ascii_lowercase().as_str() {
            // OAuth 1.0 names its problems too.
            "error" | "error_code" | "oauth_problem" => &mut self.error,
            "error_description" | "error_message" | "oauth_problem_advice" => &mut self.error_description,
            "scope" => &mut self.scope,
            "resource_metadata" => &mut self.resource_metadata,
            _ => return,
        };
        if field.is_none() {
            *field = Some(cleaned(value, MAX_VALUE)).filter(|shown| !shown.is_empty());
        }
    }
}

/// A token of RFC 9110 §5.6.2 at the beginning, and what follows it.
fn split_token(text: &str) -> Option<(&str, &str)> {
    let is_token = |it: char| it.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(it);
    let end = text.find(|it| !is_token(it)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// A quoted string with its escapes undone, or else everything up to the next comma or blank.
fn split_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut is_escaped = false;
    for (at, it) in quoted.char_indices() {
        match it {
            '\\' if !is_escaped => is_escaped = true,
            '"' if !is_escaped => return (value, &quoted[at + 1..]),
            it => {
                is_escaped = false;
                value.push(it);
            }
        }
    }
    // Never closed: it ends with the header.
    (value, "")
}

/// Skips the one word that stands for all parameters of some schemes (`Negotiate YII=`).
fn without_token68(text: &str) -> &str {
    let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let plain = word.trim_end_matches('=');
    let is_last = rest.trim_start_matches([' ', '\t']).chars().next().is_none_or(|it| it == ',');
    let is_token68 = !plain.is_empty()
        && plain.chars().all(|it| it.is_ascii_alphanumeric() || "-._~+/".contains(it))
        // A lone word is the next scheme of a list without commas, unless it looks like what is encoded.
        && (word.len() > plain.len() || plain.contains(['/', '+']));
    if is_token68 && is_last { rest } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S076, RFC 6750 §3
    #[test]
    fn a_refusal_names_its_error_description_and_scopes() {
        let read = read(
            r#"Bearer realm="example", error="insufficient_scope", error_description="The \"write\" scope, please", scope="a b""#,
        );

        assert_eq!(read.len(), 1, "commas inside quotes separate nothing");
        assert_eq!(read[0].scheme, "bearer");
        assert_eq!(read[0].error.as_deref(), Some("insufficient_scope"));
        assert_eq!(read[0].error_description.as_deref(), Some("The \"write\" scope, please"));
        assert_eq!(read[0].scope.as_deref(), Some("a b"));
    }

    /// RFC 9110 §11.6.1: a list of challenges, each with its own parameters.
    #[test]
    fn challenges_of_one_header_are_kept_apart() {
        let read = read(
            r#"Newauth realm="apps", type=1, title="Login to \"apps\"", Basic realm="simple", Negotiate YII=, DPoP algs="ES256", error=invalid_token"#,
        );

        let schemes: Vec<_> = read.iter().map(|it| it.scheme.as_str()).collect();
        assert_eq!(schemes, ["newauth", "basic", "negotiate", "dpop"]);
        assert_eq!(read[3].error.as_deref(), Some("invalid_token"), "also without quotes");
        assert!(read[..3].iter().all(|it| it.error.is_none()));
    }

    /// A parameter that merely ends in the name is another one.
    #[test]
    fn a_name_is_compared_whole_and_in_any_letter_case() {
        let read = read(r#"Bearer x-error="wrong", ERROR = "invalid_token", error="second""#);

        assert_eq!(read[0].error.as_deref(), Some("invalid_token"));
    }

    /// C1, S094: what a server says may be hostile.
    #[test]
    fn hostile_headers_are_read_within_bounds() {
        let long = format!("Bearer error=\"{}\"", "x".repeat(100_000));
        assert_eq!(read(&long)[0].error.as_ref().map(String::len), Some(MAX_VALUE));
        assert_eq!(read(&"Bearer, ".repeat(10_000)).len(), MAX_CHALLENGES);
        assert_eq!(read("Bearer error=\"a\u{1b}[31m\r\nb\"")[0].error.as_deref(), Some("a[31mb"));
        for nothing in ["", ",,,", "=", "\"", "\"\"\"", "é", "==,=", "error=\"x\""] {
            assert!(read(nothing).is_empty(), "{nothing:?} holds no challenge");
        }
        assert_eq!(read("Bearer error=\"\u{0}\"")[0].error, None, "nothing of it may be shown");
        assert_eq!(read("Bearer error=\"unclosed")[0].error.as_deref(), Some("unclosed"));
    }
}
