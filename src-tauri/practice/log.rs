//! Records every request without its secrets, so that a test can say what the provider saw [A3, B3, B12].

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::watch;

use crate::mending::Mending;
use crate::tokens::TokenHash;

/// Older entries are dropped: a practice session may run for weeks.
const KEPT: usize = 20_000;

/// One request, as the provider saw it. No token, code or query ever stands here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoggedRequest {
    /// Counts from 1, in order of arrival.
    pub seq: u64,
    pub at: Timestamp,
    pub method: String,
    /// Without the query.
    pub path: String,
    pub endpoint: Endpoint,
    /// The `grant_type` of a token request.
    pub grant_type: Option<GrantType>,
    pub client: Option<String>,
    pub grant: Option<String>,
    pub tokens: Vec<LoggedToken>,
    pub outcome: Outcome,
}

/// What a request was addressed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    Discovery,
    Keys,
    Authorize,
    Decision,
    Token,
    Revocation,
    Introspection,
    Userinfo,
    Api,
    /// The page at `/`, those where something is mended, the style sheet, the icon.
    Page,
    /// Nothing lives there.
    Unknown,
}

impl Endpoint {
    pub(crate) fn of(path: &str) -> Endpoint {
        match path {
            "/.well-known/openid-configuration" | "/.well-known/oauth-authorization-server" => Endpoint::Discovery,
            "/jwks" => Endpoint::Keys,
            "/authorize" => Endpoint::Authorize,
            "/authorize/decision" => Endpoint::Decision,
            "/token" | "/refresh" => Endpoint::Token,
            "/revoke" => Endpoint::Revocation,
            "/introspect" => Endpoint::Introspection,
            "/userinfo" => Endpoint::Userinfo,
            "/" | "/style.css" | "/favicon.ico" => Endpoint::Page,
            path if Mending::ALL.iter().any(|it| it.path() == path) => Endpoint::Page,
            path if path == "/api/files" || path.starts_with("/api/files/") => Endpoint::Api,
            _ => Endpoint::Unknown,
        }
    }
}

/// The grant types this provider knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    AuthorizationCode,
    RefreshToken,
    Other,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Outcome {
    /// Still open, or the client went away before the answer.
    Unanswered,
    Answered {
        status: u16,
    },
    /// Refused by rule, with the error code of the answer.
    Refused {
        status: u16,
        error: String,
    },
    /// A fault stood in for the answer; `fault` is its name in `Faults`.
    Misbehaved {
        status: u16,
        fault: String,
    },
    /// No such path, method or host: a client that follows the documents never causes this.
    Unexpected {
        status: u16,
    },
}

/// A token a request carried or was answered with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoggedToken {
    pub role: TokenRole,
    /// The first ten hexadecimal digits of its SHA-256.
    pub fingerprint: String,
}

/// Which way a token went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenRole {
    Presented,
    IssuedAccess,
    IssuedRefresh,
}

pub(crate) struct RequestLog {
    kept: Mutex<Kept>,
    changed: watch::Sender<u64>,
}

#[derive(Default)]
struct Kept {
    last_seq: u64,
    requests: VecDeque<LoggedRequest>,
}

impl Default for RequestLog {
    fn default() -> RequestLog {
        RequestLog { kept: Mutex::default(), changed: watch::Sender::new(0) }
    }
}

impl RequestLog {
    /// Writes a request down as it arrives; it stays `Unanswered` until `LogEntry::finish`.
    pub(crate) fn open(self: &Arc<Self>, at: Timestamp, method: &Method, path: &str) -> LogEntry {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.last_seq += 1;
        let seq = kept.last_seq;
        if kept.requests.len() == KEPT {
            kept.requests.pop_front();
        }
        kept.requests.push_back(LoggedRequest {
            seq,
            at,
            method: method.as_str().chars().take(20).collect(),
            path: path.chars().take(200).collect(),
            endpoint: Endpoint::of(path),
            grant_type: None,
            client: None,
            grant: None,
            tokens: Vec::new(),
            outcome: Outcome::Unanswered,
        });
        drop(kept);
        self.tell();
        LogEntry { log: Arc::clone(self), seq }
    }

    pub(crate) fn all(&self) -> Vec<LoggedRequest> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.requests.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).requests.clear();
        self.tell();
    }

    /// Sees every later change of the log.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn tell(&self) {
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// One open line of the log.
#[derive(Clone)]
pub(crate) struct LogEntry {
    log: Arc<RequestLog>,
    seq: u64,
}

impl LogEntry {
    pub(crate) fn seq(&self) -> u64 {
        self.seq
    }

    /// What a path means that only a played file knows, and how it is written without tokens.
    pub(crate) fn addressed(&self, endpoint: Endpoint, path: &str) {
        self.note(|request| {
            request.endpoint = endpoint;
            request.path = path.chars().take(200).collect();
        });
    }

    pub(crate) fn client(&self, id: &str) {
        self.note(|request| request.client = Some(id.chars().take(200).collect()));
    }

    pub(crate) fn grant(&self, id: &str) {
        self.note(|request| request.grant = Some(id.to_owned()));
    }

    pub(crate) fn grant_type(&self, grant_type: GrantType) {
        self.note(|request| request.grant_type = Some(grant_type));
    }

    pub(crate) fn token(&self, role: TokenRole, hash: &TokenHash) {
        let fingerprint = hash.fingerprint();
        self.note(|request| request.tokens.push(LoggedToken { role, fingerprint }));
    }

    pub(crate) fn refused(&self, error: &str) {
        let error = error.to_owned();
        self.note(|request| request.outcome = Outcome::Refused { status: 0, error });
    }

    pub(crate) fn misbehaved(&self, fault: &str) {
        let fault = fault.to_owned();
        self.note(|request| request.outcome = Outcome::Misbehaved { status: 0, fault });
    }

    /// Closes the line with the status that goes out.
    pub(crate) fn finish(&self, sent: StatusCode) {
        let sent = sent.as_u16();
        self.note(|request| match &mut request.outcome {
            Outcome::Refused { status, .. } | Outcome::Misbehaved { status, .. } => *status = sent,
            outcome @ (Outcome::Unanswered | Outcome::Answered { .. } | Outcome::Unexpected { .. }) => {
                let nowhere = request.endpoint == Endpoint::Unknown || matches!(sent, 404 | 405 | 421);
                *outcome = if nowhere {
                    Outcome::Unexpected { status: sent }
                } else if sent >= 400 {
                    // Refused before an endpoint could name a reason, for example a body too large.
                    Outcome::Refused { status: sent, error: "unacceptable".to_owned() }
                } else {
                    Outcome::Answered { status: sent }
                };
            }
        });
    }

    fn note(&self, write: impl FnOnce(&mut LoggedRequest)) {
        let mut kept = self.log.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // Newest last, and the open ones are nearly always among the newest.
        if let Some(request) = kept.requests.iter_mut().rev().find(|request| request.seq == self.seq) {
            write(request);
        }
        drop(kept);
        self.log.tell();
    }
}
