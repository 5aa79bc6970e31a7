//! Finds the status that a text tells of: "Request failed with status code 401", `HTTP/1.1 403 Forbidden`,
//! `status=400`, `401 Client Error`, and the names that gRPC has for them [C1, S058].

use std::borrow::Cow;

/// The statuses that are told of, with the phrases that follow them (RFC 9110 §15, RFC 6585).
const PHRASES: &[(u16, &[&str])] = &[
    (400, &["bad request"]),
    (401, &["unauthorized", "unauthorised", "authorization required"]),
    (402, &["payment required"]),
    (403, &["forbidden", "access denied"]),
    (404, &["not found"]),
    (405, &["method not allowed"]),
    (406, &["not acceptable"]),
    (408, &["request timeout"]),
    (409, &["conflict"]),
    (410, &["gone"]),
    (422, &["unprocessable entity", "unprocessable content"]),
    (423, &["locked"]),
    (429, &["too many requests"]),
    (500, &["internal server error", "internal error"]),
    (501, &["not implemented"]),
    (502, &["bad gateway"]),
    (503, &["service unavailable", "service temporarily unavailable"]),
    (504, &["gateway timeout", "gateway time-out"]),
];

/// What follows a status whichever it is.
const KINDS: &[&str] = &["client error", "server error", "error", "response", "status", "http error"];

/// What stands before one.
const BEFORE: &[&str] = &[
    "status",
    "statuscode",
    "httpstatus",
    "httpstatuscode",
    "httpcode",
    "http",
    "http/1.1",
    "http/1.0",
    "http/2",
    "http/2.0",
    "responsecode",
    "returned",
    "response",
    "got",
    "received",
    "respcode",
    "http_code",
    "status_code",
    "http_status",
];

/// What stands before one where a word before it says so: `status code`, `error code` names others too.
const CODES: &[&str] = &["code", "error", "err", "failed", "was", "is", "of", "with", "a", "an"];

/// The codes of gRPC as programs print them.
const GRPC: &[(&str, u16)] = &[
    ("unauthenticated", 401),
    ("permissiondenied", 403),
    ("permission_denied", 403),
    ("resourceexhausted", 429),
    ("resource_exhausted", 429),
    ("unavailable", 503),
    ("deadlineexceeded", 504),
    ("deadline_exceeded", 504),
    ("notfound", 404),
    ("not_found", 404),
    ("internal", 500),
    ("unimplemented", 501),
];

/// The first status that a text tells of as one.
pub(super) fn status_in(text: &str) -> Option<u16> {
    told(text).map(|(_, status, _)| status).next().or_else(|| status_of_grpc(text))
}

/// Without the phrases of statuses: they are names of numbers and blame nobody.
pub(super) fn without_phrases(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut from = 0;
    for (at, _, end) in told(text) {
        out.push_str(&text[from..at]);
        out.push_str(" | ");
        from = end;
    }
    if from == 0 {
        return text.into();
    }
    out.push_str(&text[from..]);
    out.into()
}

/// Where statuses stand, which, and where their phrases end.
fn told(text: &str) -> impl Iterator<Item = (usize, u16, usize)> {
    let mut next = 0;
    std::iter::from_fn(move || {
        while let Some(at) = text[next..].find(['4', '5']).map(|it| it + next) {
            next = at + 1;
            let Some((status, phrases)) = number_at(text, at) else { continue };
            let after = at + 3;
            if let Some(end) = phrase_end(&text[after..], phrases).map(|it| it + after) {
                next = end;
                return Some((at, status, end));
            }
            if is_named(&text[..at]) || begins_line(text, at) {
                next = after;
                return Some((at, status, after));
            }
        }
        None
    })
}

/// Three digits that stand alone, if they are a status.
fn number_at(text: &str, at: usize) -> Option<(u16, &'static [&'static str])> {
    let number = text.get(at..at + 3)?.parse::<u16>().ok()?;
    let before = text[..at].chars().next_back();
    let mut after = text[at + 3..].chars();
    let is_joined = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-' | '%' | '/' | '+');
    if before.is_some_and(|it| is_joined(it) || it == '.' || it == '#' || it == '$')
        // A reply of SMTP and its enhanced code (RFC 3463).
        || is_enhanced(&text[at + 3..])
        || match (after.next(), after.next()) {
            (Some('.' | ','), Some(it)) => it.is_ascii_digit(),
            (Some(it), _) => is_joined(it) && it != '-' && it != '/',
            (None, _) => false,
        }
    {
        return None;
    }
    PHRASES.iter().find(|(status, _)| *status == number).map(|(status, phrases)| (*status, *phrases))
}

fn is_enhanced(after: &str) -> bool {
    let mut letters = after.trim_start_matches([' ', '-']).chars();
    matches!((letters.next(), letters.next(), letters.next()), (Some('2' | '4' | '5'), Some('.'), Some('0'..='9')))
}

/// Where the phrase of that status ends, if it follows: also as `message='Unauthorized'`, `=Forbidden`, `(Forbidden)`.
fn phrase_end(rest: &str, phrases: &[&str]) -> Option<usize> {
    let start = rest.trim_start_matches(|it: char| it.is_whitespace() || ",:;=-()[]'\"`".contains(it));
    let start = start.strip_prefix("message=").unwrap_or(start).trim_start_matches(['\'', '"']);
    let skipped = rest.len() - start.len();
    if skipped > 16 {
        return None;
    }
    let begins = |said: &&&str| {
        start.get(..said.len()).is_some_and(|it| it.eq_ignore_ascii_case(said))
            && !start[said.len()..].starts_with(|it: char| it.is_alphanumeric() || it == '_')
    };
    let kind = KINDS.iter().find(begins).map_or(0, |it| it.len());
    let phrase = phrases.iter().find(begins).map_or(0, |it| it.len());
    if kind > 0 {
        let nested = phrase_end(&start[kind..], phrases).unwrap_or(0);
        return Some(skipped + kind + nested);
    }
    (phrase > 0).then_some(skipped + phrase)
}

/// Whether the words before a number call it a status.
fn is_named(before: &str) -> bool {
    let before = before.trim_end_matches(|it: char| it.is_whitespace() || ":=([{'\"`,".contains(it));
    let mut words = before
        .rsplit(|it: char| !(it.is_ascii_alphanumeric() || matches!(it, '/' | '.' | '_')))
        .filter(|it| !it.is_empty());
    let is = |word: &str, list: &[&str]| list.iter().any(|it| it.eq_ignore_ascii_case(word));
    let Some(last) = words.next() else { return false };
    if is(last, BEFORE) {
        return true;
    }
    is(last, CODES) && {
        let mut before = words.take(3);
        let is_error =
            before.clone().next().is_none_or(|it| is(it, &["api", "http", "https", "request", "server", "response"]));
        (is_error && is(last, &["error", "err", "code"])) || before.any(|it| is(it, BEFORE))
    }
}

/// `401, message=…`, `[403] Forbidden`, `400 - {…}`: the number is the first thing said.
fn begins_line(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end_matches(['[', '(', ' ']);
    let after = text[at + 3..].trim_start_matches([']', ')']);
    (before.is_empty() || before.ends_with(['\n', ':']) && after.starts_with([':', ' ', ',']))
        && (after.is_empty() || after.starts_with([':', ' ', ',', '-', '\n']))
}

fn status_of_grpc(text: &str) -> Option<u16> {
    const MARKS: [&str; 4] = ["StatusCode.", "code = ", "status = ", "grpc_status:"];
    MARKS.iter().find_map(|mark| {
        let rest = text[text.find(mark)? + mark.len()..].trim_start_matches("StatusCode.");
        let end = rest.find(|it: char| !(it.is_ascii_alphanumeric() || it == '_')).unwrap_or(rest.len());
        let name = rest[..end].to_ascii_lowercase();
        GRPC.iter().find(|(it, _)| *it == name).map(|(_, status)| *status).or_else(|| super::status_of_grpc(&name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C1: how the libraries of a dozen languages write it.
    #[test]
    fn a_status_is_found_in_whatever_a_library_makes_of_it() {
        for (text, status) in [
            ("Request failed with status code 401", 401),
            ("401 Client Error: Unauthorized for url: https://api.example/v1/me", 401),
            ("HTTP Error 403: Forbidden", 403),
            ("HTTP 403", 403),
            ("HTTP/1.1 400 Bad Request", 400),
            ("401, message='Unauthorized', url='https://id.example/token'", 401),
            ("Client error: `GET https://api.example/me` resulted in a `401 Unauthorized` response", 401),
            ("Response code 404 (Not Found)", 404),
            ("the server responded with status 429", 429),
            ("Response status code does not indicate success: 401 (Unauthorized).", 401),
            ("The remote server returned an error: (403) Forbidden.", 403),
            ("request failed: StatusCode: 503, request id: 7", 503),
            ("Token request failed with status=400, body=", 400),
            ("API Error: 401 no", 401),
            ("[403] Forbidden", 403),
            ("Forbidden (HTTP 403).", 403),
            ("oauth2: cannot fetch token: 401 Unauthorized", 401),
            ("rpc error: code = Unauthenticated desc = no", 401),
            ("status = StatusCode.PERMISSION_DENIED", 403),
            ("Server returned HTTP response code: 500 for URL", 500),
        ] {
            assert_eq!(status_in(text), Some(status), "{text}");
        }
    }

    /// C1: other numbers are left alone.
    #[test]
    fn a_number_is_no_status_because_it_could_be_one() {
        for text in [
            "subErrorCode: 460, errorCode: 190",
            "at line 400 column 17",
            "AADSTS500011: the resource was not found",
            "limit 500 per day",
            "The port 443 is closed",
            "took 403 ms",
            "error code: 1020",
            "",
        ] {
            assert_eq!(status_in(text), None, "{text}");
        }
    }

    /// C1
    #[test]
    fn the_phrase_of_a_status_is_no_word_of_the_answer() {
        assert_eq!(
            without_phrases("cannot fetch token: 401 Unauthorized Response"),
            "cannot fetch token:  |  Response"
        );
        assert_eq!(without_phrases("token expired"), "token expired");
    }
}
