//! A small HTTP client and a scripted browser; follows no redirect and hides no failure [A2].

use std::collections::BTreeMap;
use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use practice::{LoggedRequest, Outcome, PracticeProvider, Settings};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpStream;
use url::Url;

pub(crate) const REDIRECT: &str = "http://127.0.0.1:49213/callback/practice";
pub(crate) const VERIFIER: &str = "a-verifier-of-the-tests-with-enough-characters-0123456789";
pub(crate) const STATE: &str = "state-of-the-test";
pub(crate) const ALL_SCOPES: &str = "openid profile email offline_access files.read files.write";

/// No request of a test takes this long; a hanging one fails instead of blocking the run.
const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    pub(crate) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The query of the address it redirects to.
    pub(crate) fn redirected(&self) -> BTreeMap<String, String> {
        assert_eq!(self.status, 303, "expected a redirect, got: {}", self.text);
        Url::parse(self.header("location")).unwrap().query_pairs().into_owned().collect()
    }
}

/// Sends one request on a connection of its own; the body is not yet read.
pub(crate) async fn open(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Response<hyper::body::Incoming>, hyper::Error> {
    let url = Url::parse(url).unwrap();
    let port = url.port().unwrap();
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let target = &url[url::Position::BeforePath..];
    let mut request = Request::builder().method(method).uri(target);
    if headers.iter().all(|(name, _)| *name != "host") {
        request = request.header("host", format!("127.0.0.1:{port}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    sender.send_request(request.body(Full::new(Bytes::from(body.to_owned()))).unwrap()).await
}

pub(crate) async fn try_send(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Answer, hyper::Error> {
    let exchange = async {
        let response = open(method, url, headers, body).await?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("?").to_owned()))
            .collect();
        let bytes = Limited::new(response.into_body(), 4 << 20).collect().await.expect("a readable body");
        let text = String::from_utf8(bytes.to_bytes().to_vec()).unwrap();
        Ok(Answer { status, headers, text })
    };
    tokio::time::timeout(DEADLINE, exchange).await.expect("the provider hangs")
}

pub(crate) async fn send(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    try_send(method, url, headers, body).await.expect("an answer")
}

pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// A client program and the browser of the person in front of it.
pub(crate) struct Program {
    pub(crate) provider: PracticeProvider,
}

impl Program {
    pub(crate) async fn start() -> Program {
        Program::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: Settings) -> Program {
        let provider = PracticeProvider::start(settings).await.expect("a provider");
        assert!(provider.consent_automatically(Some("mira")), "mira has an account");
        Program { provider }
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.provider.issuer())
    }

    /// The parameters of a flawless authorization request.
    pub(crate) fn request() -> Vec<(&'static str, String)> {
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        vec![
            ("response_type", "code".to_owned()),
            ("client_id", PracticeProvider::default_client_id().to_owned()),
            ("redirect_uri", REDIRECT.to_owned()),
            ("state", STATE.to_owned()),
            ("scope", ALL_SCOPES.to_owned()),
            ("nonce", "nonce-of-the-test".to_owned()),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256".to_owned()),
        ]
    }

    pub(crate) async fn authorize(&self, parameters: &[(&str, String)]) -> Answer {
        let pairs: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        send("GET", &format!("{}?{}", self.at("/authorize"), form(&pairs)), &[], "").await
    }

    pub(crate) async fn code(&self) -> String {
        self.authorize(&Program::request()).await.redirected()["code"].clone()
    }

    pub(crate) async fn token(&self, pairs: &[(&str, &str)]) -> Answer {
        self.post("/token", pairs).await
    }

    pub(crate) async fn post(&self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        send("POST", &self.at(path), FORM, &form(pairs)).await
    }

    pub(crate) async fn redeem(&self, code: &str) -> Answer {
        self.token(&redemption(code)).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        self.token(&refreshing(token)).await
    }

    /// A whole sign-in; returns access and refresh token.
    pub(crate) async fn sign_in(&self) -> (String, String) {
        let answer = self.redeem(&self.code().await).await;
        assert_eq!(answer.status, 200, "the sign-in must work: {}", answer.text);
        tokens(&answer)
    }

    pub(crate) async fn api(&self, method: &str, path: &str, token: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        send(method, &self.at(path), &[("authorization", &bearer)], body).await
    }

    pub(crate) fn last_logged(&self) -> LoggedRequest {
        self.provider.log().pop().expect("a request was logged")
    }

    /// Whether any request was one a well-behaved client never makes.
    pub(crate) fn saw_unexpected(&self) -> bool {
        self.provider.log().iter().any(|request| matches!(request.outcome, Outcome::Unexpected { .. }))
    }
}

pub(crate) const FORM: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded")];

pub(crate) fn redemption(code: &str) -> [(&str, &str); 5] {
    [
        ("grant_type", "authorization_code"),
        ("client_id", "patchbay-practice"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ]
}

pub(crate) fn refreshing(token: &str) -> [(&str, &str); 3] {
    [("grant_type", "refresh_token"), ("client_id", "patchbay-practice"), ("refresh_token", token)]
}

/// Access and refresh token of a token answer; empty where one is missing.
pub(crate) fn tokens(answer: &Answer) -> (String, String) {
    let answer = answer.json();
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    (text("access_token"), text("refresh_token"))
}

/// The part between two marks of a page.
pub(crate) fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let rest = text.split_once(start).unwrap_or_else(|| panic!("{start} is missing")).1;
    rest.split_once(end).unwrap_or_else(|| panic!("{end} is missing")).0
}
