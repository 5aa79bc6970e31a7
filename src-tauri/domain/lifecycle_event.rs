//! What happened to a connection, with everything support needs and nothing secret [B12].

use std::time::Duration;

use jiff::Timestamp;

use crate::connection::Environment;
use crate::diagnosis::Diagnosis;
use crate::lifecycle::refresh_reason::RefreshReason;
use crate::{ConnectionId, Fingerprint, TokenVersion};

/// One event. Built with [`LifecycleEvent::new`]; what is not known stays `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct LifecycleEvent {
    pub at: Timestamp,
    pub kind: EventKind,
    pub connection: Option<ConnectionId>,
    pub workspace: Option<String>,
    pub environment: Option<Environment>,
    /// Which endpoint: `token`, `api`, `authorize`, `revocation`; never a URL.
    pub endpoint: Option<&'static str>,
    pub http_status: Option<u16>,
    pub diagnosis: Option<Diagnosis>,
    pub request_id: Option<String>,
    pub token_age: Option<Duration>,
    pub token_version: Option<TokenVersion>,
    pub token_fingerprint: Option<Fingerprint>,
    pub attempt: Option<u32>,
    pub backoff: Option<Duration>,
    pub latency: Option<Duration>,
    /// Why a refresh was made.
    pub reason: Option<RefreshReason>,
    /// How long after its time a refresh was made [C9].
    pub lateness: Option<Duration>,
    /// Our share of the window in which a new token existed nowhere durable: from the request's departure to the
    /// read-back from the keychain, without the time the server took [A5].
    pub at_risk: Option<Duration>,
    pub redirect_uri_hash: Option<String>,
    /// Who or what it concerns: an account, a program. Never a secret.
    pub subject: Option<String>,
    /// What the provider said beside its code; cut, and without what looks like a secret.
    pub words: Option<String>,
    /// What it told of its limits: names and values of headers [B6].
    pub limits: Vec<(String, String)>,
}

impl LifecycleEvent {
    pub fn new(at: Timestamp, kind: EventKind, connection: Option<ConnectionId>) -> Self {
        Self {
            at,
            kind,
            connection,
            workspace: None,
            environment: None,
            endpoint: None,
            http_status: None,
            diagnosis: None,
            request_id: None,
            token_age: None,
            token_version: None,
            token_fingerprint: None,
            attempt: None,
            backoff: None,
            latency: None,
            reason: None,
            lateness: None,
            at_risk: None,
            redirect_uri_hash: None,
            subject: None,
            words: None,
            limits: vec![],
        }
    }
}

macro_rules! kinds {
    ($($variant:ident = $text:literal),+ $(,)?) => {
        /// What kind of thing happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum EventKind { $($variant),+ }

        impl EventKind {
            /// Every kind there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word the database and scripts see.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Takes the word back.
            pub fn from_text(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

kinds! {
    SignInStarted = "sign_in_started",
    SignInFailed = "sign_in_failed",
    TokenIssued = "token_issued",
    Imported = "imported",
    RefreshSucceeded = "refresh_succeeded",
    RefreshFailed = "refresh_failed",
    RefreshCutOff = "refresh_cut_off",
    RefreshTokenLeft = "refresh_token_left",
    RevokedDetected = "revoked_detected",
    ReauthRequiredSet = "reauth_required_set",
    ReauthRequiredCleared = "reauth_required_cleared",
    Reconnected = "reconnected",
    ReconnectRefused = "reconnect_refused",
    ReconnectRequested = "reconnect_requested",
    GrantLeft = "grant_left",
    TestCallSucceeded = "test_call_succeeded",
    TestCallFailed = "test_call_failed",
    TokenDelivered = "token_delivered",
    Disconnected = "disconnected",
    RevocationFailed = "revocation_failed",
    Reconciled = "reconciled",
    BundleHeld = "bundle_held",
    BundleRecovered = "bundle_recovered",
    NetworkLost = "network_lost",
    NetworkBack = "network_back",
    ClockJumped = "clock_jumped",
    SettingsChanged = "settings_changed",
    SetupChecked = "setup_checked",
    ClientSecretRotated = "client_secret_rotated",
    ScopesChanged = "scopes_changed",
    ConnectionsMerged = "connections_merged",
    AlertGivenUp = "alert_given_up",
}
