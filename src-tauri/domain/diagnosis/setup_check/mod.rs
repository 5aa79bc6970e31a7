//! Check my setup: what was seen of a client's settings in; a verdict on each, with its evidence, out [C5, E2].

mod authorize_answer;
mod lines;

use jiff::Timestamp;

pub use authorize_answer::{AuthorizeAnswer, AuthorizeVerdict, read_authorize_answer};
pub use lines::{judge, overall};

use super::{CauseLabel, Diagnosis};
use crate::provider::Pkce;

/// What is looked at: the eight settings of a client, then what they rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SetupPart {
    AuthorizeUrl,
    TokenUrl,
    RefreshUrl,
    ClientPair,
    RedirectUri,
    Scopes,
    ResponseMapping,
    TestCall,
    Discovery,
    Pkce,
    Clock,
    Listener,
    Keychain,
}

impl SetupPart {
    pub const ALL: [Self; 13] = [
        Self::AuthorizeUrl,
        Self::TokenUrl,
        Self::RefreshUrl,
        Self::ClientPair,
        Self::RedirectUri,
        Self::Scopes,
        Self::ResponseMapping,
        Self::TestCall,
        Self::Discovery,
        Self::Pkce,
        Self::Clock,
        Self::Listener,
        Self::Keychain,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizeUrl => "authorize_url",
            Self::TokenUrl => "token_url",
            Self::RefreshUrl => "refresh_url",
            Self::ClientPair => "client_pair",
            Self::RedirectUri => "redirect_uri",
            Self::Scopes => "scopes",
            Self::ResponseMapping => "response_mapping",
            Self::TestCall => "test_call",
            Self::Discovery => "discovery",
            Self::Pkce => "pkce",
            Self::Clock => "clock",
            Self::Listener => "listener",
            Self::Keychain => "keychain",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// What a look at one setting showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Passed,
    Failed,
    /// Nothing that could be asked without a person tells.
    NotKnown,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotKnown => "not_known",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Passed, Self::Failed, Self::NotKnown].into_iter().find(|it| it.as_str() == text)
    }
}

/// One setting, judged. Neither text ever holds a secret or a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupLine {
    pub part: SetupPart,
    pub verdict: Verdict,
    /// What was asked and what came back.
    pub evidence: String,
    /// What to do, where something is to be done.
    pub advice: Option<String>,
}

/// Everything that was seen.
#[derive(Debug, Clone)]
pub struct SetupObservations {
    /// `None`: only the provider is looked at.
    pub client: Option<ClientSeen>,
    pub authorize: AuthorizeSeen,
    pub token: TokenSeen,
    /// Host and path of the token endpoint.
    pub token_address: String,
    /// Host and path of the refresh endpoint, where it is another.
    pub refresh_address: Option<String>,
    pub redirect_uri: String,
    /// Whether the port in it is only an example.
    pub is_any_port: bool,
    pub scopes: Vec<String>,
    /// The provider knows scopes at all.
    pub has_scopes: bool,
    pub has_identity_call: bool,
    pub discovery: DiscoverySeen,
    pub pkce: Pkce,
    /// Our clock minus the server's.
    pub clock_ahead_ms: Option<i64>,
    pub listener: ListenerSeen,
    pub connections: Vec<ConnectionSeen>,
}

/// The client, and whether its secret is where it should be.
#[derive(Debug, Clone)]
pub struct ClientSeen {
    pub keychain: KeychainSeen,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeychainSeen {
    Holds,
    Missing,
    /// A public client, or one that signs with a key.
    NothingToHold,
    /// Why it could not be asked.
    Unavailable(String),
}

/// What the authorization endpoint did with the request a browser would bring.
#[derive(Debug, Clone)]
pub enum AuthorizeSeen {
    /// `address`: host and path.
    Answered {
        address: String,
        answer: AuthorizeAnswer,
    },
    /// The page is larger than is read.
    TooLarge {
        address: String,
    },
    Unreachable {
        address: String,
        why: String,
    },
    /// Why nothing was asked.
    NotAsked(String),
}

/// What the token endpoint said to a code that nobody was given.
#[derive(Debug, Clone)]
pub enum TokenSeen {
    Refused(Diagnosis),
    /// It handed out tokens for it.
    Issued,
    NotAsked(String),
}

/// What the provider's own document says, beside what is known here.
#[derive(Debug, Clone)]
pub enum DiscoverySeen {
    /// The provider publishes none, or the catalogue knows of none.
    NotOffered,
    Unusable(String),
    Read {
        /// Field, what is known here, what the document says.
        differing: Vec<(&'static str, String, String)>,
        lists_s256: bool,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenerSeen {
    Bound,
    Refused(String),
}

/// A connection of the client, as far as it proves a setting.
#[derive(Debug, Clone, Default)]
pub struct ConnectionSeen {
    pub name: String,
    pub is_alive: bool,
    /// When its token was renewed or issued last.
    pub issued_at: Option<Timestamp>,
    pub was_refreshed: bool,
    /// What its last refreshes failed with, one after the other.
    pub refresh_failure: Option<CauseLabel>,
    pub has_access_token: bool,
    pub account: Option<String>,
    /// What was odd about its last token answer, in words.
    pub defect_count: usize,
    pub missing_scopes: Vec<String>,
    /// When the API was called last, and what it refused with.
    pub tested: Option<(Timestamp, Option<CauseLabel>)>,
}

/// What a wrong code says of the pair that came with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairVerdict {
    /// The code was refused, and the client was not.
    Good,
    Refused,
    NotTold,
}

impl PairVerdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Refused => "refused",
            Self::NotTold => "not_told",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Good, Self::Refused, Self::NotTold].into_iter().find(|it| it.as_str() == text)
    }

    /// RFC 6749 §5.2: `invalid_client` comes before `invalid_grant`, so a refused code means that the client was let in.
    #[expect(clippy::wildcard_enum_match_arm, reason = "every other cause says nothing of the pair")]
    pub fn of(seen: &TokenSeen) -> Self {
        let TokenSeen::Refused(diagnosis) = seen else { return Self::NotTold };
        match diagnosis.cause {
            CauseLabel::AuthorizationCodeInvalid
            | CauseLabel::GrantInvalid
            | CauseLabel::GrantRevoked
            | CauseLabel::RedirectUriMismatch
            | CauseLabel::PkceFailure
                if diagnosis.http_status.is_some() =>
            {
                Self::Good
            }
            CauseLabel::ClientCredentialsMismatch => Self::Refused,
            _ => Self::NotTold,
        }
    }
}
