//! The pages a person may see in the browser: constants, without script, without a word from the request
//! [S037, S038, S040, S041, S042].

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ALLOW, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use sha2::{Digest as _, Sha256};

use super::SignInEnd;
use super::request_checks::FRAGMENT_FIELD;

/// One page: a lamp's colour, the sentence that matters, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    End(SignInEnd),
    AlreadyAnswered,
    Expired,
    NotThisSignIn,
    /// A link was followed: the window has it.
    Opened,
}

/// Colours of the design's tokens, light and dark.
const STYLE: &str = "\
:root{color-scheme:light dark;--bg:#f4f5f4;--raised:#fff;--line:#dde0de;--ink:#15191a;--ink-2:#434b4d;\
--ok:#1c8a4a;--warn:#b86e00;--bad:#cf3524}\
@media (prefers-color-scheme:dark){:root{--bg:#141718;--raised:#202426;--line:#2b3033;--ink:#e9ecec;\
--ink-2:#b4bbbd;--ok:#3db36e;--warn:#db9b2b;--bad:#f0654e}}\
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--bg);color:var(--ink);\
font:16px/1.5 Inter,-apple-system,\"Segoe UI\",Cantarell,sans-serif}\
main{box-sizing:border-box;max-width:30rem;margin:1.5rem;padding:2rem;background:var(--raised);\
border:1px solid var(--line);border-radius:10px}\
h1{margin:0;font-size:1.25rem;line-height:1.3;font-weight:600}\
p{margin:.75rem 0 0;color:var(--ink-2)}\
i{display:block;width:.75rem;height:.75rem;margin-bottom:1.25rem;border-radius:50%}\
.ok{background:var(--ok)}.bad{background:var(--bad)}\
.warn{background:none;box-sizing:border-box;border:3px solid var(--warn)}\
@media (forced-colors:active){i{background:CanvasText}}";

static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
});

const SAFETY: [(&str, &str); 7] = [
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("x-robots-tag", "noindex"),
];

pub(super) fn page(page: Page) -> Response<Full<Bytes>> {
    let status = match page {
        Page::End(_) | Page::Opened => StatusCode::OK,
        Page::AlreadyAnswered | Page::Expired => StatusCode::GONE,
        Page::NotThisSignIn => StatusCode::BAD_REQUEST,
    };
    let mut response = empty(status);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    *response.body_mut() = Full::new(Bytes::from(html(page)));
    response
}

/// The one page with a script: what stands behind the `#` never leaves the browser by itself. It takes the answer out
/// of the address and hands it to this listener, as it is.
const FRAGMENT_SCRIPT: &str = "\
var h=location.hash.slice(1);\
if(h){history.replaceState(null,'',location.pathname+location.search);\
var f=document.forms[0];f.elements[0].value=h;f.submit()}";

static FRAGMENT_POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = |text: &str| STANDARD.encode(Sha256::digest(text));
    let (style, script) = (digest(STYLE), digest(FRAGMENT_SCRIPT));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; frame-ancestors 'none'; \
         base-uri 'none'; form-action 'self'"
    )
});

/// Asks the browser for the fragment of the address it came by.
pub(super) fn fragment_reader() -> Response<Full<Bytes>> {
    let mut response = empty(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // Otherwise the browser would hide that the form comes from here.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    if let Ok(policy) = HeaderValue::from_str(&FRAGMENT_POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    *response.body_mut() = Full::new(Bytes::from(document(
        "warn",
        "Patchbay is reading the provider\u{2019}s answer.",
        "If this page stays, copy its address and paste it into Patchbay.",
        &format!(
            "<form method=\"post\"><input type=\"hidden\" name=\"{FRAGMENT_FIELD}\"></form>\
             <script>{FRAGMENT_SCRIPT}</script>"
        ),
    )));
    response
}

/// A status and nothing else, for whoever is not a person's browser coming back.
pub(super) fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    *response.headers_mut() = safety_headers();
    response
}

pub(super) fn method_not_allowed(allowed: &'static str) -> Response<Full<Bytes>> {
    let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

/// 303, so that the address with the code is not the one that stays in the history [S039].
pub(super) fn see_other(path: &HeaderValue) -> Response<Full<Bytes>> {
    let mut response = empty(StatusCode::SEE_OTHER);
    response.headers_mut().insert(LOCATION, path.clone());
    response
}

/// The same answer as bytes, for a request that never became one.
pub(super) fn raw(status: StatusCode) -> Vec<u8> {
    let headers = safety_headers();
    let lines: Vec<u8> = headers
        .iter()
        .flat_map(|(name, value)| [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat())
        .collect();
    let start = format!("HTTP/1.1 {} \r\ncontent-length: 0\r\n", status.as_str());
    [start.as_bytes(), &lines, b"\r\n"].concat()
}

fn safety_headers() -> HeaderMap {
    let mut headers: HeaderMap =
        SAFETY.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    if let Ok(policy) = HeaderValue::from_str(&POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    headers
}

fn html(page: Page) -> String {
    let (lamp, sentence, next) = words(page);
    document(lamp, sentence, next, "")
}

fn document(lamp: &str, sentence: &str, next: &str, end: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Patchbay</title><style>{STYLE}</style></head>\
         <body><main><i class=\"{lamp}\"></i><h1>{sentence}</h1><p>{next}</p></main>{end}</body></html>"
    )
}

fn words(page: Page) -> (&'static str, &'static str, &'static str) {
    match page {
        Page::End(SignInEnd::Connected) => {
            ("ok", "You are connected.", "You can close this tab and go back to Patchbay.")
        }
        Page::End(SignInEnd::Failed) => ("bad", "The sign-in did not work.", "Patchbay says why and what to do."),
        Page::End(SignInEnd::NeedsDecision) => (
            "warn",
            "You are signed in, and Patchbay has a question.",
            "Nothing was changed yet. Go back to Patchbay to decide.",
        ),
        Page::End(SignInEnd::OtherAccount) => (
            "warn",
            "This is another account than the one to bring back.",
            "Patchbay refused it, and nothing was replaced. It goes on with the next one; you can close this tab.",
        ),
        Page::End(SignInEnd::NotTaken) => (
            "warn",
            "This sign-in may do less than the one before, or cannot be compared with it.",
            "Patchbay refused it, and nothing was replaced. It goes on with the next one; you can close this tab.",
        ),
        Page::AlreadyAnswered => {
            ("warn", "This sign-in was already answered.", "Patchbay shows how it went. You can close this tab.")
        }
        Page::Expired => (
            "warn",
            "This sign-in is over.",
            "It ran out of time, or was skipped, cancelled or finished before: this answer changed nothing. \
             Look at Patchbay, and start again from there if it still asks you to.",
        ),
        Page::NotThisSignIn => (
            "warn",
            "This is not the answer Patchbay is waiting for.",
            "It may belong to a sign-in that has expired, or the provider answered in a form Patchbay does not accept. \
             Look at Patchbay, and start again from there if it still asks you to.",
        ),
        Page::Opened => ("ok", "Patchbay shows it.", "Its window is in front. You can close this tab."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Page; 9] = [
        Page::End(SignInEnd::Connected),
        Page::End(SignInEnd::Failed),
        Page::End(SignInEnd::NeedsDecision),
        Page::End(SignInEnd::OtherAccount),
        Page::End(SignInEnd::NotTaken),
        Page::AlreadyAnswered,
        Page::Expired,
        Page::NotThisSignIn,
        Page::Opened,
    ];

    /// S038
    #[test]
    fn pages_load_nothing_and_run_nothing() {
        for page in ALL {
            let html = html(page);
            for forbidden in ["<script", "http:", "https:", "src=", "href=", "url(", "@import", "<form", "onload"] {
                assert!(!html.contains(forbidden), "{page:?} holds {forbidden}");
            }
        }
    }

    /// S038, S042: the one script is the one the policy names, and nothing is loaded.
    #[test]
    fn the_page_that_reads_a_fragment_runs_only_its_own_script() {
        let response = fragment_reader();
        let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        let html = document("warn", "", "", &format!("<script>{FRAGMENT_SCRIPT}</script>"));

        assert!(policy.starts_with("default-src 'none';") && policy.contains("form-action 'self'"), "{policy}");
        assert!(policy.contains(&STANDARD.encode(Sha256::digest(FRAGMENT_SCRIPT))) && !policy.contains("unsafe"));
        for forbidden in ["http:", "https:", "src=", "href=", "url(", "@import", "onload", "innerHTML", "eval"] {
            assert!(!html.contains(forbidden), "it holds {forbidden}");
        }
        assert_eq!(response.headers()[REFERRER_POLICY], "same-origin", "so that the browser names the origin");
        assert_eq!(response.headers()["cache-control"], "no-store");
    }

    /// S038
    #[test]
    fn every_answer_carries_the_safety_headers() {
        for response in ALL.map(page).into_iter().chain([
            empty(StatusCode::NOT_FOUND),
            method_not_allowed("GET"),
            see_other(&HeaderValue::from_static("/done/x")),
        ]) {
            for (name, value) in SAFETY {
                assert_eq!(response.headers().get(name).unwrap(), value);
            }
            let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"));
            assert!(response.headers().keys().all(|name| !name.as_str().starts_with("access-control")));
            assert_eq!(response.headers()[CONNECTION], "close");
        }
        assert!(
            String::from_utf8(raw(StatusCode::URI_TOO_LONG))
                .unwrap()
                .contains("\r\nx-content-type-options: nosniff\r\n")
        );
    }
}
