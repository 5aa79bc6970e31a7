//! What may be asked at the door and what is answered; a version first [F1, F2, S148, S149].
//!
//! An answer has one field for a secret, an access token that was handed out. [`domain::Secret`] cannot be written, so
//! nothing else of that kind can stand in one:
//!
//! ```compile_fail,E0277
//! let refresh_token = domain::Secret::new("rt");
//! local_access::protocol::AccessToken::from(refresh_token);
//! ```
//!
//! ```compile_fail,E0277
//! #[derive(serde::Serialize)]
//! struct Answer {
//!     client_secret: domain::Secret,
//! }
//! ```

use domain::Secret;
use engine::flows::fresh_access_token::FreshAccessToken;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What both ends speak. Another number is refused at the first word.
pub const VERSION: u32 = 1;
/// How many connections one question may name.
pub const MOST_NAMED: usize = 32;
/// How many connections one listing tells of.
pub const LISTED_AT_ONCE: usize = 50;

/// What a program asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// The first of all.
    Hello { version: u32 },
    /// Who answers. Of connections it says nothing.
    Status {},
    /// A fresh access token.
    Token {
        /// Its id, or a name that only one has.
        connection: String,
        /// How long it must hold at least, in seconds. Unsaid: as far ahead as Patchbay refreshes by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min_valid: Option<u64>,
        /// Scopes that it must have.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        scopes: Vec<String>,
    },
    /// Whether these can be used now.
    Preflight {
        connections: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min_valid: Option<u64>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        scopes: Vec<String>,
        /// Nobody is asked: what is known already is told.
        #[serde(default)]
        known: bool,
    },
    /// The same as what is known, told once nobody has to be waited for, or when the time is up.
    Wait {
        connections: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        scopes: Vec<String>,
        /// In seconds. Unsaid: as long as it takes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout: Option<u64>,
    },
    /// The connections that this program may use.
    List {
        /// Those behind this id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
}

/// What it is told.
#[derive(Debug, Serialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    Hello {
        version: u32,
        /// `patchbay 0.1.0`
        server: &'static str,
        /// The board that it answers for: what its folder holds since may be another one.
        board: String,
    },
    Status {
        version: u32,
        server: &'static str,
        /// Whether this program refreshes by itself.
        is_watching: bool,
    },
    Token {
        connection: String,
        access_token: AccessToken,
        expires_at: Option<Timestamp>,
        /// It works only with proofs of a key that stays in the keychain (RFC 9449).
        is_key_bound: bool,
    },
    Preflight {
        verdict: &'static str,
        good_until: Option<Timestamp>,
        connections: Vec<Readiness>,
    },
    List {
        connections: Vec<Listed>,
        /// Whether more follow.
        has_more: bool,
    },
    Refused(Refusal),
}

/// An access token on its way out. Made of what was handed out, and of nothing else; not to be read, printed or kept.
pub struct AccessToken(FreshAccessToken);

impl From<FreshAccessToken> for AccessToken {
    fn from(token: FreshAccessToken) -> Self {
        Self(token)
    }
}

impl Serialize for AccessToken {
    #[expect(clippy::disallowed_methods, reason = "the door's purpose: the token goes to the program that may take it")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.access_token.expose_secret())
    }
}

impl std::fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessToken(redacted)")
    }
}

/// How one connection stands before a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    pub id: String,
    pub name: String,
    pub verdict: String,
    pub good_until: Option<Timestamp>,
    pub token_expires_at: Option<Timestamp>,
    pub cause: Option<String>,
    pub action: Option<String>,
    pub lacking_scopes: Vec<String>,
    /// Its token ends before what was asked for, and its provider issues no longer ones.
    pub is_too_short: bool,
    /// Opens the question whether to reconnect it, where that is what helps.
    pub reconnect: Option<String>,
}

/// A connection that a program may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    pub id: String,
    pub name: String,
    pub provider: String,
    pub status: String,
    pub reason: String,
}

/// Why there is no other answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub code: RefusalCode,
    /// For people.
    pub message: String,
    /// The command that helps, for a person to type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacking_scopes: Vec<String>,
    /// Opens the question whether to reconnect it, where that is what helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconnect: Option<String>,
}

/// In one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// So many programs ask at once already.
    Busy,
    /// The other end speaks another version.
    Version,
    /// Not what may be asked, or too long.
    BadRequest,
    /// Nothing came in time.
    TooSlow,
    /// It takes longer than anybody is kept waiting; it goes on, and the next to ask finds it done.
    StillAtIt,
    /// A person has to allow this program first.
    PermissionNeeded,
    /// A person said that this program may not.
    PermissionRefused,
    /// Which program asks cannot be seen.
    ProgramUnknown,
    NoSuchConnection,
    BlockedOnAuth,
    ScopeMissing,
    Temporary,
    NeedsMending,
    KeychainUnavailable,
    Failed,
}

impl Refusal {
    pub fn new(code: RefusalCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), command: None, cause: None, lacking_scopes: vec![], reconnect: None }
    }
}

/// What a client reads of an answer.
#[derive(Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Read {
    Hello {
        version: u32,
        server: String,
        board: String,
    },
    Status {
        version: u32,
        server: String,
        is_watching: bool,
    },
    Token {
        connection: String,
        #[serde(deserialize_with = "read_secret")]
        access_token: Secret,
        expires_at: Option<Timestamp>,
        is_key_bound: bool,
    },
    Preflight {
        verdict: String,
        good_until: Option<Timestamp>,
        connections: Vec<Readiness>,
    },
    List {
        connections: Vec<Listed>,
        has_more: bool,
    },
    Refused(Refusal),
}

fn read_secret<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    String::deserialize(from).map(Secret::new)
}

impl std::fmt::Debug for Read {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Hello { version, .. } => write!(f, "Hello({version})"),
            Self::Status { server, .. } => write!(f, "Status({server})"),
            Self::Token { connection, .. } => write!(f, "Token({connection}, redacted)"),
            Self::Preflight { verdict, connections, .. } => write!(f, "Preflight({verdict}, {connections:?})"),
            Self::List { connections, .. } => write!(f, "List({connections:?})"),
            Self::Refused(refusal) => write!(f, "{refusal:?}"),
        }
    }
}

/// What a message asks; `None`: nothing that may be asked.
pub fn read_request(body: &[u8]) -> Option<Request> {
    serde_json::from_slice(body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S148, S149: fields that nobody knows, and questions that nobody may ask, are none.
    #[test]
    fn what_is_not_in_the_protocol_is_not_asked() {
        let read = |text: &str| read_request(text.as_bytes());

        assert_eq!(read(r#"{"ask":"status"}"#), Some(Request::Status {}));
        for wrong in [
            r#"{"ask":"refresh_token","connection":"con_1"}"#,
            r#"{"ask":"token","connection":"con_1","refresh_token":true}"#,
            r#"{"ask":"token"}"#,
            "[]",
            "",
            "\"status\"",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(read(&"[".repeat(60_000)), None, "and no depth ends the program");
    }
}
