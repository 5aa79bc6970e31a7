//! A provider whose every secret is known, and that throws back in its errors whatever it was sent [A3].

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fakes::{Answer, Seen, Server};

/// What it answers a request with, from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Works,
    /// The request comes back inside the error, in ways that were seen in life.
    EchoesInDescription(u16),
    EchoesInCode(u16),
    EchoesInPage,
    EchoesInHeaders,
    EchoesInSuccess,
    /// The newest tokens it has issued, which were not sent to it, in every place of a refusal.
    TellsWhatItIssued(u16),
    /// Tokens of generations before, of which nothing but fingerprints is left.
    TellsEarlierOnes(u16),
    /// It works, and says old tokens and new ones wherever a success has room for words.
    WorksAndTells,
    /// Tokens in an answer that cannot be read.
    Torn,
    InvalidGrant,
}

pub(super) const MODES: [Mode; 12] = [
    Mode::EchoesInDescription(400),
    Mode::EchoesInDescription(503),
    Mode::EchoesInCode(401),
    Mode::EchoesInCode(429),
    Mode::EchoesInPage,
    Mode::EchoesInHeaders,
    Mode::EchoesInSuccess,
    Mode::TellsWhatItIssued(400),
    Mode::TellsWhatItIssued(429),
    Mode::TellsEarlierOnes(400),
    Mode::TellsEarlierOnes(429),
    Mode::Torn,
];

pub(super) struct KnownProvider {
    pub(super) server: Server,
    mode: Arc<Mutex<Mode>>,
    account: Arc<Mutex<&'static str>>,
    issued: Arc<AtomicU32>,
}

impl KnownProvider {
    pub(super) async fn start(now: i64) -> Self {
        let (mode, account) = (Arc::new(Mutex::new(Mode::Works)), Arc::new(Mutex::new("mira")));
        let issued = Arc::new(AtomicU32::new(0));
        let (modes, accounts, numbers) = (Arc::clone(&mode), Arc::clone(&account), Arc::clone(&issued));
        let server = Server::start(move |own, seen| {
            let (mode, account) = (*modes.lock().unwrap(), *accounts.lock().unwrap());
            answer(own, seen, mode, account, &numbers, now)
        });
        Self { server: server.await.unwrap(), mode, account, issued }
    }

    pub(super) fn be(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }

    pub(super) fn signs_in_as(&self, account: &'static str) {
        *self.account.lock().unwrap() = account;
    }

    /// Every token handed out so far, and every code, verifier and secret that was shown here.
    pub(super) fn secrets(&self) -> Vec<String> {
        let mut secrets = Vec::new();
        for number in 0..=self.issued.load(Ordering::SeqCst) {
            secrets.extend([access_token(number), refresh_token(number), id_token_end(number)]);
        }
        for seen in self.server.seen() {
            let form = url::form_urlencoded::parse(seen.body.as_bytes());
            for (name, value) in form {
                if ["code", "code_verifier", "client_secret"].contains(&&*name) {
                    secrets.push(value.into_owned());
                }
            }
        }
        secrets
    }
}

fn access_token(number: u32) -> String {
    if is_spoken(number) {
        return format!("at-of-the-person-{}", spoken(number));
    }
    format!("at.known~access-token/of+number-{number:04}-ZZZZZZZZZZZZ").replacen("known", &format!("k{number:04}"), 1)
}

fn refresh_token(number: u32) -> String {
    if is_spoken(number) {
        return format!("rt-of-the-person-{}", spoken(number));
    }
    format!("rt.known~refresh-token/of+number-{number:04}-ZZZZZZZZZZZ").replacen("known", &format!("k{number:04}"), 1)
}

/// Every other one looks like nothing that is drawn by lot: by its looks nobody takes it for a token.
fn is_spoken(number: u32) -> bool {
    number % 2 == 1
}

fn spoken(number: u32) -> String {
    const WORDS: [&str; 10] =
        ["quebec", "alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india"];
    let digits = format!("{number:04}").into_bytes();
    digits.iter().map(|it| WORDS[usize::from(it - b'0')]).collect::<Vec<_>>().join("-")
}

fn id_token_end(number: u32) -> String {
    format!("idk{number:04}SignatureOfTheIdTokenThatNobodyMaySee")
}

fn answer(own: &str, seen: &Seen, mode: Mode, account: &str, issued: &AtomicU32, now: i64) -> Answer {
    let path = seen.target.split('?').next().unwrap_or_default();
    if path.starts_with("/.well-known/") {
        return Answer::json(
            200,
            format!(
                r#"{{"issuer":"{own}","authorization_endpoint":"{own}/authorize","token_endpoint":"{own}/token",
                "userinfo_endpoint":"{own}/userinfo","revocation_endpoint":"{own}/revoke",
                "response_types_supported":["code"],"code_challenge_methods_supported":["S256"],
                "token_endpoint_auth_methods_supported":["client_secret_post"]}}"#
            ),
        );
    }
    match mode {
        Mode::Works | Mode::WorksAndTells => {}
        Mode::InvalidGrant => return Answer::json(400, r#"{"error":"invalid_grant"}"#),
        _ => return echo(seen, mode, issued),
    }
    let tells = mode == Mode::WorksAndTells;
    match path {
        "/token" => {
            let number = issued.fetch_add(1, Ordering::SeqCst) + 1;
            let (access, refresh) = (access_token(number), refresh_token(number));
            let email = if tells { access.clone() } else { format!("{account}@known.example") };
            let claims = format!(
                r#"{{"iss":"{own}","aud":"known-client","sub":"{account}","email":"{email}","iat":{now},"exp":{}}}"#,
                now + 3600
            );
            let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
            let id_token = format!("{}.{}.{}", part(r#"{"alg":"ES256"}"#), part(&claims), id_token_end(number));
            let mut told = format!("read {access} {refresh}");
            if seen.body.contains("grant_type=refresh_token") {
                // Both in hand: the one was sent, the other stands beside it.
                told += &format!(" {} {}", access_token(number - 1), refresh_token(number - 1));
            }
            let scope = if tells { format!(r#","scope":"{told}""#) } else { String::new() };
            let body = format!(
                r#"{{"access_token":"{access}","refresh_token":"{refresh}","id_token":"{id_token}","expires_in":3600,"token_type":"Bearer"{scope}}}"#
            );
            with_request_id(Answer::json(200, body), tells.then_some(&refresh))
        }
        "/userinfo" if tells => {
            let shown = access_token(issued.load(Ordering::SeqCst));
            let body = format!(r#"{{"sub":"{account}","email":"{shown}"}}"#);
            with_request_id(Answer::json(200, body), Some(&shown))
        }
        "/userinfo" => Answer::json(200, format!(r#"{{"sub":"{account}","email":"{account}@known.example"}}"#)),
        _ => Answer::json(200, "{}"),
    }
}

fn with_request_id(mut answer: Answer, id: Option<&String>) -> Answer {
    answer.headers.extend(id.map(|id| ("x-request-id".to_owned(), id.clone())));
    answer
}

fn echo(seen: &Seen, mode: Mode, issued: &AtomicU32) -> Answer {
    let authorization = seen.headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.clone());
    let secrets: Vec<String> = url::form_urlencoded::parse(seen.body.as_bytes())
        .filter(|(name, _)| ["code", "code_verifier", "client_secret", "refresh_token", "token"].contains(&&**name))
        .map(|(_, value)| value.into_owned())
        .chain(authorization.map(|it| it.trim_start_matches("Bearer ").to_owned()))
        .collect();
    let (all, last) = (secrets.join(" "), secrets.last().cloned().unwrap_or_default());
    match mode {
        Mode::EchoesInDescription(status) => Answer::json(
            status,
            format!(r#"{{"error":"invalid_request","error_description":"cannot use {all}","message":"{all}"}}"#),
        ),
        Mode::EchoesInCode(status) => Answer::json(status, format!(r#"{{"error":"{last}","code":"{last}"}}"#)),
        Mode::EchoesInPage => Answer {
            status: 502,
            headers: vec![("content-type".into(), "text/html".into())],
            body: format!("<html><body>{} {all}</body></html>", seen.body),
        },
        Mode::EchoesInHeaders => Answer {
            status: 401,
            headers: vec![
                ("content-type".into(), "application/json".into()),
                ("x-request-id".into(), last.clone()),
                ("www-authenticate".into(), format!("Bearer error=\"{last}\", error_description=\"{all}\"")),
                ("location".into(), format!("http://127.0.0.1:1/?{}", seen.body)),
            ],
            body: "{}".into(),
        },
        Mode::EchoesInSuccess => Answer::json(200, format!(r#"{{"ok":false,"error":"{last}","message":"{all}"}}"#)),
        Mode::TellsWhatItIssued(status) => {
            let access = access_token(issued.load(Ordering::SeqCst));
            let said = format!("your access token {access} is bad; it began with {}", &access[..24]);
            let body = format!(r#"{{"error":"{access}","error_description":"{said}","message":"{said}"}}"#);
            let mut answer = with_request_id(Answer::json(status, body), Some(&access));
            for name in ["x-ratelimit-remaining", "retry-after"] {
                answer.headers.push((name.to_owned(), access.clone()));
            }
            answer.headers.push(("www-authenticate".into(), format!("Bearer error_description=\"{said}\"")));
            answer
        }
        Mode::TellsEarlierOnes(status) => {
            let newest = issued.load(Ordering::SeqCst);
            let last = (1..newest - 1).rev().find(|it| is_spoken(*it)).unwrap_or_default();
            let (last, said) =
                (refresh_token(last), format!("{} and {} were replaced", access_token(last), refresh_token(last)));
            let body =
                format!(r#"{{"error":"{last}","error_description":"{said}","hint":"refresh_token={last}&a=b"}}"#);
            let mut answer = with_request_id(Answer::json(status, body), Some(&last));
            answer.headers.push(("www-authenticate".into(), format!("Bearer error_description=\"{said}\"")));
            answer
        }
        Mode::Works | Mode::WorksAndTells | Mode::InvalidGrant | Mode::Torn => {
            let number = issued.fetch_add(1, Ordering::SeqCst) + 1;
            Answer::json(
                200,
                format!(r#"{{"access_token":"{}","refresh_token":"{}","#, access_token(number), refresh_token(number)),
            )
        }
    }
}
