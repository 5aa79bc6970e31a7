//! Asks a platform's API one question at a time: where its key goes, how much of an answer is read, and what a refusal
//! means [A3, D2].

use std::sync::Arc;
use std::time::Duration;

use domain::Secret;
use domain::diagnosis::redaction::of_foreign_words;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Method, Request};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::PlatformFailure;
use super::address::{server_at, why_unreached};
use super::text::complaint;
use crate::http::{Http, HttpAnswer, HttpFailure};

/// A page of a few hundred workflows with all their steps is some megabytes.
const MAX_ANSWER: usize = 16 * 1024 * 1024;
/// Nobody has so many pages; a list that goes on is one that never ends.
const MOST_PAGES: usize = 1_000;
/// Where a platform says to wait and not how long.
const USUAL_WAIT: Duration = Duration::from_secs(60);
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Tells the time.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Where a platform's API is, and with what it is asked.
pub struct ApiAccess {
    pub http: Http,
    /// As a person knows it: an address, with or without the API's path.
    pub address: String,
    /// A team, an organisation or a project, where one key sees several.
    pub space: Option<String>,
    pub key: Secret,
    pub now: Now,
}

/// Where something else listens than the platform.
const A_PAGE: &str = "a web page answers in the place of its API; check the address";

fn is_page(body: &[u8]) -> bool {
    body.iter().find(|it| !it.is_ascii_whitespace()) == Some(&b'<')
}

/// How the key goes into the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyPlace {
    Bearer,
    /// `Token` for a key, `Bearer` for an OAuth token: Make tells them apart by their form.
    TokenOrBearer,
    /// Asked without one where none is kept.
    BearerIfAny,
}

/// What a question is for, and the right it takes: a refusal names both.
#[derive(Debug, Clone, Copy)]
pub(super) struct Purpose {
    pub what: &'static str,
    pub right: &'static str,
}

/// One platform's API.
pub(super) struct Rest {
    platform: &'static str,
    access: ApiAccess,
    base: Url,
    key_place: KeyPlace,
}

impl Rest {
    /// `path` is the API's own, and is added where the address lacks it.
    ///
    /// # Errors
    /// [`PlatformFailure::AddressRefused`] for an address that no key is sent to: without https and not of this network,
    /// or with a name in it.
    pub(super) fn new(
        platform: &'static str,
        access: ApiAccess,
        path: &str,
        key_place: KeyPlace,
    ) -> Result<Self, PlatformFailure> {
        let mut base = server_at(&access.address)?;
        let own = base.path().trim_end_matches('/').to_owned();
        let whole = if own.ends_with(path) { own } else { format!("{own}{path}") };
        base.set_path(&whole);
        Ok(Self { platform, access, base, key_place })
    }

    /// The address with its path, for pages beside the API.
    pub(super) fn address(&self) -> String {
        self.base.as_str().trim_end_matches('/').to_owned()
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.access.now)()
    }

    pub(super) fn space(&self) -> Option<&str> {
        self.access.space.as_deref().map(str::trim).filter(|it| !it.is_empty())
    }

    /// Scheme, host and port, for pages that a person opens.
    pub(super) fn origin(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    /// The answer as JSON.
    ///
    /// # Errors
    /// [`PlatformFailure`], for every status but a success.
    pub(super) async fn fetch<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        purpose: Purpose,
    ) -> Result<T, PlatformFailure> {
        let answer = self.ask(Method::GET, path, query, &[], None, purpose).await?;
        self.read(&answer)
    }

    /// Sends JSON, or nothing, and reads the answer as JSON.
    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
        purpose: Purpose,
    ) -> Result<T, PlatformFailure> {
        let body = body.map(|it| it.to_string().into_bytes());
        let answer = self.ask(method, path, query, &[], body, purpose).await?;
        self.read(&answer)
    }

    /// Any success, whatever it says.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        headers: &[(&'static str, &'static str)],
        body: Option<Vec<u8>>,
        purpose: Purpose,
    ) -> Result<HttpAnswer, PlatformFailure> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            // Ids are other people's words: each stays one segment.
            segments.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = Request::builder().method(method).uri(url.as_str()).header(ACCEPT, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(value) = self.key_header()? {
            request = request.header(AUTHORIZATION, value);
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request
            .body(body.unwrap_or_default())
            .map_err(|_| PlatformFailure::Unreadable("the address".to_owned(), "it is no address".to_owned()))?;
        let answer = self.access.http.send(request, MAX_ANSWER).await.map_err(|failure| self.unanswered(failure))?;
        match answer.status {
            200..300 => Ok(answer),
            _ => Err(self.refusal(&answer, purpose)),
        }
    }

    /// An answer's body as JSON.
    pub(super) fn read<T: DeserializeOwned>(&self, answer: &HttpAnswer) -> Result<T, PlatformFailure> {
        serde_json::from_slice(&answer.body).map_err(|error| {
            let why = if is_page(&answer.body) { A_PAGE } else { complaint(&error) };
            PlatformFailure::Unreadable(format!("the answer of {}", self.platform), why.to_owned())
        })
    }

    /// Without a control character a header can be made of any key; one with, the platform never gave out.
    #[expect(clippy::disallowed_methods, reason = "the key goes to its own platform")]
    fn key_header(&self) -> Result<Option<HeaderValue>, PlatformFailure> {
        let key = self.access.key.expose_secret().trim();
        if key.is_empty() && self.key_place == KeyPlace::BearerIfAny {
            return Ok(None);
        }
        let scheme = match self.key_place {
            KeyPlace::TokenOrBearer if is_uuid(key) => "Token",
            KeyPlace::TokenOrBearer | KeyPlace::Bearer | KeyPlace::BearerIfAny => "Bearer",
        };
        let mut value = HeaderValue::try_from(format!("{scheme} {key}"))
            .map_err(|_| PlatformFailure::KeyRefused(self.platform.to_owned()))?;
        value.set_sensitive(true);
        Ok(Some(value))
    }

    fn unanswered(&self, failure: HttpFailure) -> PlatformFailure {
        let platform = self.platform.to_owned();
        match failure {
            HttpFailure::Network { .. } => PlatformFailure::Unreachable(platform, why_unreached(failure)),
            HttpFailure::TooLarge { .. } | HttpFailure::EncodedBody => {
                PlatformFailure::Unreadable(format!("the answer of {platform}"), failure.to_string())
            }
        }
    }

    fn refusal(&self, answer: &HttpAnswer, purpose: Purpose) -> PlatformFailure {
        let platform = self.platform.to_owned();
        let now = self.now();
        match answer.status {
            401 => PlatformFailure::KeyRefused(platform),
            403 => PlatformFailure::RightMissing {
                platform,
                what: purpose.what.to_owned(),
                right: named_right(&answer.body).unwrap_or_else(|| purpose.right.to_owned()),
            },
            // One that says for how long it is down asks for the same.
            429 | 503 if answer.status == 429 || answer.retry_after(now).is_some() => {
                let wait = answer.retry_after(now).unwrap_or(USUAL_WAIT).min(LONGEST_WAIT);
                PlatformFailure::RateLimited { platform, until: now.checked_add(wait).unwrap_or(Timestamp::MAX) }
            }
            status => PlatformFailure::Refused { platform, status, words: self.words_of(answer) },
        }
    }

    /// What the platform says of it: for people, without the key and what looks like one.
    fn words_of(&self, answer: &HttpAnswer) -> String {
        let said = serde_json::from_slice::<Value>(&answer.body).ok().and_then(|body| words_in(&body));
        let words = match (said, answer.status) {
            (Some(words), _) => words,
            (None, 404) if is_page(&answer.body) => A_PAGE.to_owned(),
            (None, 300..400) => "it sends elsewhere: the address is another one".to_owned(),
            (None, 404) => "it knows nothing of that kind there".to_owned(),
            (None, 500..) => "it has an error of its own".to_owned(),
            (None, _) => "without a reason".to_owned(),
        };
        of_foreign_words(&self.access.key.blotted_out_of(&words))
    }
}

/// Counts the pages of one list, and ends one that never does.
pub(super) struct Pages {
    list: String,
    count: usize,
}

impl Pages {
    pub(super) fn of(platform: &str, list: &str) -> Self {
        Self { list: format!("the list of {list} of {platform}"), count: 0 }
    }

    /// Before each page; `is_new` says whether the page before brought anything that was not there.
    ///
    /// # Errors
    /// [`PlatformFailure::Unreadable`] for a list that repeats itself or goes on beyond every measure.
    pub(super) fn turn(&mut self, is_new: bool) -> Result<(), PlatformFailure> {
        self.count += 1;
        if self.count > MOST_PAGES || self.count > 1 && !is_new {
            return Err(PlatformFailure::Unreadable(self.list.clone(), "it never ends".to_owned()));
        }
        Ok(())
    }
}

/// Make, Activepieces, Zapier, Airtable: each has its own place for them.
fn words_in(body: &Value) -> Option<String> {
    let first_error = body.pointer("/errors/0");
    let places = [
        body.get("detail"),
        body.pointer("/params/message"),
        body.pointer("/error/message"),
        first_error.and_then(|it| it.get("detail")),
        first_error.and_then(|it| it.get("title")),
        body.get("message"),
        body.get("code"),
        body.get("error"),
    ];
    let mut words = places.into_iter().flatten().find_map(Value::as_str)?.to_owned();
    for further in body.get("suberrors").and_then(Value::as_array).into_iter().flatten().take(3) {
        if let Some(text) = further.get("message").and_then(Value::as_str) {
            words = format!("{words}; {text}");
        }
    }
    Some(words)
}

/// The right that the refusal itself names.
fn named_right(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let named = ["/params/permission", "/required_scope", "/requiredScope"].into_iter().find_map(|it| body.pointer(it));
    let named = named?.as_str()?;
    let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, ':' | '_' | '.' | '-');
    (!named.is_empty() && named.len() <= 80 && named.chars().all(is_plain)).then(|| named.to_owned())
}

fn is_uuid(key: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let parts: Vec<_> = key.split('-').collect();
    parts.len() == lengths.len()
        && parts
            .iter()
            .zip(lengths)
            .all(|(part, length)| part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
pub(super) mod tests {
    use crate::http::Timeouts;

    use super::*;

    pub(in crate::platforms) const NOW: i64 = 1_795_000_000;

    /// How the tests of the platforms reach their fakes.
    pub(in crate::platforms) fn access(address: &str, space: Option<&str>, key: &str) -> ApiAccess {
        let timeouts = Timeouts {
            connect: Duration::from_secs(2),
            first_byte: Duration::from_secs(5),
            idle: Duration::from_secs(5),
            total: Duration::from_secs(20),
            discovery: Duration::from_secs(5),
        };
        let now = || Timestamp::from_second(NOW).unwrap();
        ApiAccess {
            http: Http::new(timeouts, now),
            address: address.to_owned(),
            space: space.map(str::to_owned),
            key: Secret::new(key),
            now: Arc::new(now),
        }
    }

    /// A3, S010: a key is sent to no address that others can read along.
    #[test]
    fn a_key_goes_only_where_nobody_reads_along() {
        let base = |address: &str| {
            Rest::new("Make", access(address, None, "k"), "/api/v2", KeyPlace::Bearer).map(|it| it.base.to_string())
        };

        assert_eq!(base("eu1.make.com").unwrap(), "https://eu1.make.com/api/v2");
        assert_eq!(base("https://eu1.make.com/api/v2/?a=1#b").unwrap(), "https://eu1.make.com/api/v2");
        assert_eq!(base("http://127.0.0.1:1234").unwrap(), "http://127.0.0.1:1234/api/v2");
        for address in ["http://eu1.make.com", "https://me:pass@eu1.make.com", "ftp://x", "", "https://"] {
            assert!(base(address).is_err(), "{address:?}");
        }
    }

    /// D2: a refusal is told in the platform's words, wherever these stand, and never with the key in them.
    #[test]
    fn words_of_a_refusal_are_found_where_each_platform_puts_them() {
        let words = |body: &str| words_in(&serde_json::from_str(body).unwrap());

        let make = r#"{"message":"Bad","detail":"No such scenario","suberrors":[{"message":"id"}],"code":"SC404"}"#;
        assert_eq!(words(make).as_deref(), Some("No such scenario; id"));
        assert_eq!(words(r#"{"code":"ENTITY_NOT_FOUND","params":{"message":"gone"}}"#).as_deref(), Some("gone"));
        assert_eq!(words(r#"{"errors":[{"title":"Nope"}]}"#).as_deref(), Some("Nope"));
        assert_eq!(words("{}"), None);
    }
}
