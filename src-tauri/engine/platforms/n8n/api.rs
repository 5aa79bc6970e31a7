//! One n8n instance's public API: its address, the key, pages, and what each status means [D2, S010, S057].

use std::collections::HashSet;
use std::time::Duration;

use domain::Secret;
use domain::diagnosis::redaction::of_foreign_words;
use domain::display_text::cleaned;
use http::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Method, Request};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use url::Url;

use super::super::address::{server_at, why_unreached};
use super::super::{PlatformFailure, Progress};
use super::node::LONGEST_ID;
use crate::clock::Clock;
use crate::http::{Http, HttpAnswer, HttpFailure};

/// A page of a hundred workflows is half a megabyte; one with code and pinned data may be many.
const MAX_ANSWER: usize = 32 * 1024 * 1024;
/// A hundred thousand workflows. Who gives more pages gives them for ever.
const MOST_PAGES: usize = 1_000;
/// Of all pages together.
const MOST_BYTES: usize = 1024 * 1024 * 1024;
/// Some filters are applied after the page was cut.
const MOST_EMPTY_PAGES: usize = 3;
/// So long a wait is waited at once, so often for one request; a longer one is the caller's.
const SHORT_WAIT: Duration = Duration::from_secs(5);
const MOST_WAITS: usize = 3;
/// Where a server asks to wait and does not say how long, and the longest it is believed.
const USUAL_WAIT: Duration = Duration::from_secs(60);
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) struct Api {
    http: Http,
    clock: Clock,
    key: Secret,
    /// Of the editor, ending in a slash.
    instance: Url,
    name: String,
}

/// What is asked, in a person's words, and which right of the key it takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Errand {
    pub(super) what: &'static str,
    pub(super) right: &'static str,
}

/// What came of a request that was understood.
#[derive(Debug)]
pub(super) enum Said {
    Well(Vec<u8>),
    /// 400, 404, 405, 409, and whatever else is no failure of the platform as a whole.
    Not {
        status: u16,
        words: String,
    },
    TooLarge,
}

/// One page of any list.
#[derive(Deserialize)]
struct PageText<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
    #[serde(default, rename = "nextCursor")]
    next: Option<String>,
}

/// Whether the pages after this one are wanted.
pub(super) enum After {
    More,
    Enough,
}

/// How reading a list ended.
pub(super) enum Listed {
    Whole,
    /// A page did not fit; the caller may ask for smaller ones.
    TooLarge,
    Not {
        status: u16,
        words: String,
    },
}

impl Api {
    pub(super) fn new(http: Http, clock: Clock, address: &str, key: Secret) -> Result<Self, PlatformFailure> {
        let mut instance = server_at(address)?;
        let host = instance.host_str().unwrap_or_default().to_owned();
        let path = instance.path().trim_end_matches('/').to_owned();
        // What a person copies out of the browser, or out of the API's documentation.
        let ends = ["/api/v1", "/home/workflows", "/home/credentials", "/home", "/signin", "/workflows"];
        let base = ends.iter().find_map(|end| path.strip_suffix(end)).unwrap_or(&path);
        let base = base.split_once("/workflow/").map_or(base, |(before, _)| before);
        instance.set_path(&format!("{base}/"));
        let port = instance.port().map(|it| format!(":{it}")).unwrap_or_default();
        let name = format!("n8n at {host}{port}");
        Ok(Self { http, clock, key, instance, name })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// An address below the editor's, each part as one segment.
    fn address(&self, segments: &[&str]) -> Option<Url> {
        let mut url = self.instance.clone();
        url.path_segments_mut().ok()?.pop_if_empty().extend(segments);
        Some(url)
    }

    /// A page of the editor.
    pub(super) fn page(&self, segments: &[&str]) -> Option<String> {
        let last = segments.last().copied().unwrap_or_default();
        is_id(last).then(|| self.address(segments).map(String::from)).flatten()
    }

    /// An id as a segment of an address: what is none of n8n's stays at home.
    pub(super) fn checked_id<'a>(&self, id: &'a str) -> Result<&'a str, PlatformFailure> {
        if is_id(id) { Ok(id) } else { Err(self.unreadable("an id of it is none")) }
    }

    pub(super) fn unreadable(&self, words: impl Into<String>) -> PlatformFailure {
        PlatformFailure::Unreadable(self.name.clone(), words.into())
    }

    pub(super) fn refused(&self, status: u16, words: String) -> PlatformFailure {
        PlatformFailure::Refused { platform: self.name.clone(), status, words }
    }

    pub(super) fn unsupported(&self) -> PlatformFailure {
        PlatformFailure::Unsupported(self.name.clone())
    }

    /// The editor's first page, without the key: it is open to everybody.
    pub(super) async fn front_page(&self, limit: usize) -> Option<Vec<u8>> {
        let request = Request::get(self.instance.as_str()).body(vec![]).ok()?;
        let answer = self.http.send(request, limit).await.ok()?;
        (answer.status == 200).then_some(answer.body)
    }

    pub(super) async fn get(
        &self,
        errand: Errand,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Said, PlatformFailure> {
        for _ in 0..MOST_WAITS {
            match self.send(errand, Method::GET, path, query, None).await {
                Err(PlatformFailure::RateLimited { until, platform }) => {
                    let wait = Duration::try_from(until.duration_since(self.now())).unwrap_or_default();
                    if wait > SHORT_WAIT {
                        return Err(PlatformFailure::RateLimited { until, platform });
                    }
                    tokio::time::sleep(wait).await;
                }
                answered => return answered,
            }
        }
        self.send(errand, Method::GET, path, query, None).await
    }

    /// Sent once: a change is not repeated by itself.
    pub(super) async fn change(
        &self,
        errand: Errand,
        method: Method,
        path: &[&str],
        body: Option<Vec<u8>>,
    ) -> Result<Said, PlatformFailure> {
        self.send(errand, method, path, &[], body).await
    }

    /// A list, page by page.
    pub(super) async fn list(
        &self,
        errand: Errand,
        path: &[&str],
        query: &[(&str, &str)],
        progress: Option<&Progress>,
        mut each: impl FnMut(&[&RawValue]) -> Result<After, PlatformFailure> + Send,
    ) -> Result<Listed, PlatformFailure> {
        let (mut cursor, mut seen): (Option<String>, HashSet<String>) = (None, HashSet::new());
        let (mut bytes, mut empty) = (0_usize, 0_usize);
        for _ in 0..MOST_PAGES {
            progress.map_or(Ok(()), Progress::check)?;
            let mut asked = query.to_vec();
            asked.extend(cursor.as_deref().map(|it| ("cursor", it)));
            let body = match self.get(errand, path, &asked).await? {
                Said::Well(body) => body,
                Said::TooLarge => return Ok(Listed::TooLarge),
                Said::Not { status, words } => return Ok(Listed::Not { status, words }),
            };
            bytes = bytes.saturating_add(body.len());
            let page: PageText<'_> = serde_json::from_slice(&body).map_err(|error| self.no_json(&body, &error))?;
            empty = if page.data.is_empty() { empty + 1 } else { 0 };
            progress.map_or(Ok(()), Progress::check)?;
            if matches!(each(&page.data)?, After::Enough) {
                return Ok(Listed::Whole);
            }
            let Some(next) = page.next.filter(|it| !it.is_empty()) else { return Ok(Listed::Whole) };
            if empty >= MOST_EMPTY_PAGES || bytes > MOST_BYTES || !seen.insert(next.clone()) {
                return Err(self.unreadable("it gives pages without end"));
            }
            cursor = Some(next);
        }
        Err(self.unreadable("it gives pages without end"))
    }

    async fn send(
        &self,
        errand: Errand,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<Said, PlatformFailure> {
        let mut url = self.address(&["api", "v1"]).ok_or_else(|| self.unreadable("its address leads nowhere"))?;
        url.path_segments_mut().map_err(|()| self.unreadable("its address leads nowhere"))?.extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let request = self.request(method, &url, body).ok_or_else(|| self.unreadable("its key cannot be sent"))?;
        match self.http.send(request, MAX_ANSWER).await {
            Ok(answer) => self.judged(errand, answer),
            Err(HttpFailure::TooLarge { .. }) => Ok(Said::TooLarge),
            Err(failure) => Err(PlatformFailure::Unreachable(self.name.clone(), why_unreached(failure))),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the key goes into the header of a request to its own instance")]
    fn request(&self, method: Method, url: &Url, body: Option<Vec<u8>>) -> Option<Request<Vec<u8>>> {
        let mut key = HeaderValue::from_str(self.key.expose_secret().trim()).ok()?;
        key.set_sensitive(true);
        let mut request = Request::builder().method(method).uri(url.as_str()).body(vec![]).ok()?;
        let headers = request.headers_mut();
        headers.insert("x-n8n-api-key", key);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(body) = body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = body;
        }
        Some(request)
    }

    fn judged(&self, errand: Errand, answer: HttpAnswer) -> Result<Said, PlatformFailure> {
        let words = || self.words(&answer.body);
        match answer.status {
            200..=299 => Ok(Said::Well(answer.body)),
            300..=399 => {
                let to = answer.header(LOCATION.as_str()).and_then(|it| self.instance.join(it).ok());
                let host = to.and_then(|it| it.host_str().map(|it| cleaned(it, 100))).unwrap_or_default();
                Err(self.unreadable(format!(
                    "it sends elsewhere ({host}): its address is another, or a sign-in page stands before it"
                )))
            }
            401 => Err(PlatformFailure::KeyRefused(self.name.clone())),
            // With words of its own it is no right that is missing, but a licence.
            403 if !["", "Forbidden"].contains(&words().as_str()) => Err(self.refused(403, words())),
            403 => Err(PlatformFailure::RightMissing {
                platform: self.name.clone(),
                what: errand.what.to_owned(),
                right: errand.right.to_owned(),
            }),
            // One that says for how long it is down asks for the same.
            429 | 503 if answer.status == 429 || answer.retry_after(self.now()).is_some() => {
                let wait = answer.retry_after(self.now()).unwrap_or(USUAL_WAIT).min(LONGEST_WAIT);
                let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::ZERO);
                let until = self.now().checked_add(wait).unwrap_or(Timestamp::MAX);
                Err(PlatformFailure::RateLimited { platform: self.name.clone(), until })
            }
            500..=599 => {
                let said = words();
                let colon = if said.is_empty() { "" } else { ": " };
                let words = format!("it answered {}{colon}{said}", answer.status);
                Err(PlatformFailure::Unreachable(self.name.clone(), words))
            }
            status => Ok(Said::Not { status, words: words() }),
        }
    }

    /// What it says of a refusal, without what looks like a secret, and cut.
    fn words(&self, body: &[u8]) -> String {
        let said = serde_json::from_slice::<Value>(body).ok();
        let message = said.as_ref().and_then(|it| it.get("message")).and_then(Value::as_str).unwrap_or_default();
        of_foreign_words(&self.key.blotted_out_of(message))
    }

    pub(super) fn no_json(&self, body: &[u8], error: &serde_json::Error) -> PlatformFailure {
        let start = body.iter().find(|it| !it.is_ascii_whitespace());
        self.unreadable(match start {
            Some(b'<') => "a web page answers in the place of its API; check the address",
            _ if error.is_eof() => "its answer ends in the middle",
            _ => "its answer is not what n8n's API says",
        })
    }
}

fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST_ID
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it))
}

impl Said {
    /// The body, where the request did what it should.
    pub(super) fn well(self, api: &Api) -> Result<Vec<u8>, PlatformFailure> {
        match self {
            Self::Well(body) => Ok(body),
            Self::Not { status, words } => Err(api.refused(status, words)),
            Self::TooLarge => Err(api.unreadable("its answer is larger than any of its kind")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Timeouts;

    fn api(address: &str) -> Result<Api, PlatformFailure> {
        let clock = Clock::set_at(Timestamp::UNIX_EPOCH);
        let http = Http::new(Timeouts::default(), || Timestamp::UNIX_EPOCH);
        Api::new(http, clock, address, Secret::new("key"))
    }

    /// D2: what a person copies out of the browser leads to the instance.
    #[test]
    fn the_address_is_found_in_what_a_person_copies() {
        for copied in [
            "https://n8n.example/",
            " https://n8n.example ",
            "https://n8n.example/api/v1/",
            "https://n8n.example/home/workflows",
            "https://n8n.example/workflow/abc123?x=1#y",
        ] {
            assert_eq!(api(copied).unwrap().instance.as_str(), "https://n8n.example/", "{copied}");
        }
        let below = api("https://tools.example/n8n").unwrap();
        assert_eq!(below.page(&["workflow", "abc"]).unwrap(), "https://tools.example/n8n/workflow/abc");
        assert_eq!(api("http://192.168.1.4:5678").unwrap().name(), "n8n at 192.168.1.4:5678");
    }

    /// S010: the key does not travel in the clear, and an address holds no password.
    #[test]
    fn an_address_that_would_give_the_key_away_is_refused() {
        for address in ["http://n8n.example/", "https://mira:pass@n8n.example", "ftp://n8n.example", "file:///x"] {
            assert!(api(address).is_err(), "{address}");
        }
    }

    /// S075: an id out of somebody's workflow leads to no other address.
    #[test]
    fn an_id_is_no_path() {
        let api = api("https://n8n.example").unwrap();
        for id in ["..", "a/b", "a?b", "", "ä", "a b", &"a".repeat(200)] {
            assert!(api.checked_id(id).is_err(), "{id:?}");
            assert_eq!(api.page(&["workflow", id]), None, "{id:?}");
        }
        assert!(api.checked_id("wqJ50MT1MJOxZv9C").is_ok());
    }
}
