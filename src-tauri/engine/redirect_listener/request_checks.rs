//! Decides, from a request's head alone, whether it can be the browser coming back
//! [S026, S027, S028, S029, S032, S033].

use domain::provider::{AnswerMode, RedirectScheme};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, ORIGIN, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Version};

use super::{ListenAt, parameters};

/// Where our own page puts what stood behind the `#`.
pub(super) const FRAGMENT_FIELD: &str = "fragment";

/// What this listener answers to.
#[derive(Debug)]
pub(super) struct Expected {
    scheme: RedirectScheme,
    host: String,
    /// `host:port`, as a browser writes it.
    authority: String,
    path: String,
    answer: AnswerMode,
    form_origin: Option<String>,
    pub(super) last_page: HeaderValue,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// The callback with its parameters in the query, or also in a form.
    Callback {
        has_form: bool,
    },
    LastPage,
    /// Browsers ask for these by themselves.
    Unasked,
    Strange(StatusCode),
    WrongMethod {
        allowed: &'static str,
    },
}

impl Expected {
    pub(super) fn new(at: &ListenAt, port: u16, last_page: &str) -> Self {
        let (scheme, host) = (at.scheme(), at.host.as_str());
        Self {
            scheme,
            host: host.to_owned(),
            // Browsers leave the default port out.
            authority: if port == scheme.usual_port() { host.to_owned() } else { format!("{host}:{port}") },
            path: at.path.clone(),
            answer: at.answer,
            form_origin: at.form_origin.clone(),
            last_page: HeaderValue::from_str(last_page).unwrap_or_else(|_| HeaderValue::from_static("/done")),
        }
    }

    pub(super) fn redirect_uri(&self) -> String {
        format!("{}{}", self.origin(), self.path)
    }

    fn origin(&self) -> String {
        format!("{}://{}", self.scheme.as_str(), self.authority)
    }

    /// What a form holds; our own page wraps the fragment into one field, untouched.
    pub(super) fn read_form(&self, form: &[u8]) -> Option<Vec<(String, String)>> {
        let fields = parameters::decode(form)?;
        match (self.answer, fields.as_slice()) {
            (AnswerMode::Query | AnswerMode::FormPost, _) | (AnswerMode::Fragment, []) => Some(fields),
            (AnswerMode::Fragment, [(name, fragment)]) if name == FRAGMENT_FIELD => {
                parameters::decode(fragment.as_bytes())
            }
            (AnswerMode::Fragment, _) => None,
        }
    }

    /// A provider that answers in the fragment may still say in the query that it will not.
    pub(super) fn has_to_ask_for_fragment(&self, parameters: &[(String, String)]) -> bool {
        let is_answer = parameters.iter().any(|(name, _)| name == "code" || name == "error");
        self.answer == AnswerMode::Fragment && !is_answer
    }

    /// In the fixed order: host, method, path, and where the request comes from [S029].
    pub(super) fn recognise(&self, request: &Parts) -> Request {
        if request.version != Version::HTTP_11 {
            return Request::Strange(StatusCode::HTTP_VERSION_NOT_SUPPORTED);
        }
        if !self.is_for_us(request) {
            return Request::Strange(StatusCode::MISDIRECTED_REQUEST);
        }
        let is_callback = request.uri.path() == self.path;
        let takes_form = is_callback && self.answer != AnswerMode::Query;
        let is_form = takes_form && request.method == Method::POST;
        if request.method != Method::GET && !is_form {
            let allowed = if takes_form { "GET, POST" } else { "GET" };
            return Request::WrongMethod { allowed };
        }
        let is_last_page = request.uri.path().as_bytes() == self.last_page.as_bytes();
        if !is_callback && !is_last_page {
            return if is_asked_by_browsers(request.uri.path()) {
                Request::Unasked
            } else {
                Request::Strange(StatusCode::NOT_FOUND)
            };
        }
        if !is_navigation(&request.headers) || !self.is_origin_fine(&request.headers, is_form) {
            return Request::Strange(StatusCode::FORBIDDEN);
        }
        if !is_form && has_body(&request.headers) {
            return Request::Strange(StatusCode::PAYLOAD_TOO_LARGE);
        }
        if is_form && !is_form_encoded(&request.headers) {
            return Request::Strange(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        if is_last_page { Request::LastPage } else { Request::Callback { has_form: is_form } }
    }

    /// A form is posted from the provider's page, whose origin the browser names or hides; or from our own page, which
    /// nobody else can pose as: there the browser names it, and says that the request stays on one origin.
    fn is_origin_fine(&self, headers: &HeaderMap, is_form: bool) -> bool {
        let origin = single(headers, ORIGIN.as_str());
        let is_unsaid = !headers.contains_key(ORIGIN);
        match (is_form, self.answer) {
            (false, _) => is_unsaid || origin == Some(b"null"),
            (true, AnswerMode::Fragment) => {
                let is_ours = is_unsaid || origin == Some(self.origin().as_bytes());
                is_ours && says(headers, "sec-fetch-site", b"same-origin")
            }
            (true, AnswerMode::Query | AnswerMode::FormPost) => {
                let is_known = self.form_origin.as_ref().is_some_and(|known| origin == Some(known.as_bytes()));
                let is_https = origin.is_some_and(|it| it.starts_with(b"https://"));
                is_unsaid || origin == Some(b"null") || is_https || is_known
            }
        }
    }

    /// A name that was made to point here after the page was loaded still shows in `Host`.
    fn is_for_us(&self, request: &Parts) -> bool {
        let is_host = single(&request.headers, HOST.as_str()) == Some(self.authority.as_bytes());
        let is_target = match (request.uri.scheme_str(), request.uri.authority()) {
            (None, None) => true,
            (Some(scheme), Some(authority)) if scheme == self.scheme.as_str() => {
                authority.as_str() == self.authority && authority.host() == self.host
            }
            (Some(_) | None, Some(_) | None) => false,
        };
        is_host && is_target
    }
}

/// A page that opens as a whole, because a person went there. Programs and old browsers say nothing; images,
/// scripts, frames and pages loaded ahead of time say what they are.
pub(super) fn is_navigation(headers: &HeaderMap) -> bool {
    let is_ahead_of_time = ["sec-purpose", "purpose", "x-purpose", "x-moz"].iter().any(|it| headers.contains_key(*it));
    says(headers, "sec-fetch-mode", b"navigate") && says(headers, "sec-fetch-dest", b"document") && !is_ahead_of_time
}

/// Whether a header holds that one value, or is absent.
pub(super) fn says(headers: &HeaderMap, name: &str, value: &[u8]) -> bool {
    !headers.contains_key(name) || single(headers, name) == Some(value)
}

fn is_asked_by_browsers(path: &str) -> bool {
    matches!(path, "/favicon.ico" | "/robots.txt")
        || path.starts_with("/.well-known/")
        || path.starts_with("/apple-touch-icon")
}

pub(super) fn has_body(headers: &HeaderMap) -> bool {
    let is_empty = !headers.contains_key(CONTENT_LENGTH) || single(headers, CONTENT_LENGTH.as_str()) == Some(b"0");
    headers.contains_key(TRANSFER_ENCODING) || !is_empty
}

fn is_form_encoded(headers: &HeaderMap) -> bool {
    single(headers, CONTENT_TYPE.as_str())
        .and_then(|it| it.split(|byte| *byte == b';').next())
        .is_some_and(|it| it.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded"))
}

/// The one value of a header; `None` when it is absent or repeated.
pub(super) fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    values.next().is_none().then(|| first.as_bytes())
}
