//! Sign-ins under way and just ended: what each is at, who may follow, cancel or decide [S025, S043, S044].

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::connection::reconnect::{ReconnectComparison, ReconnectDecision, Refusal};
use domain::diagnosis::Diagnosis;
use domain::{ClientId, ConnectionId, ProviderId};
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};
use url::Url;

use super::SignInWay;
use super::answer::Pasted;
use super::device::DevicePrompt;
use super::handing_over::{HandedOver, Keeper};
use crate::Error;
use crate::flows::loopback_certificate::CertificateNote;
use crate::platforms::PlatformFailure;

/// Ended sign-ins stay readable this long.
const KEPT_AFTER_END: Duration = Duration::from_secs(60 * 60);

/// One sign-in. Gone when the program ends: its verifier was never written down.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SignInId(String);

impl SignInId {
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(super) fn from_random(bits: u64) -> Self {
        Self(ConnectionId::from_random(bits).as_str().replace("con_", "sgn_"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SignInId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What may be known of a sign-in.
#[derive(Debug, Clone)]
pub struct SignIn {
    pub id: SignInId,
    pub reconnects: Option<ConnectionId>,
    /// A platform keeps what it brings, and nothing of it stays here.
    pub keeper: Option<Keeper>,
    pub provider: ProviderId,
    pub provider_name: String,
    pub is_practice: bool,
    pub authorize_url: Url,
    pub redirect_uri: String,
    pub way: SignInWay,
    /// The provider posts its answer: no address would hold it.
    pub is_posted: bool,
    /// Shown where the browser will warn of a certificate that it does not know.
    pub certificate: Option<CertificateNote>,
    pub started_at: Timestamp,
    pub ends_at: Timestamp,
    /// The code to be typed elsewhere, where no browser comes back here.
    pub device: Option<DevicePrompt>,
    /// As the provider knows the client that signs in.
    pub client_id: String,
    pub scopes: Vec<String>,
    /// Where the token will be sent, when it is for an MCP server.
    pub mcp_server: Option<String>,
    /// Those of the scopes that the MCP server named.
    pub named_scopes: Vec<String>,
    /// Registered by Patchbay for this very sign-in; taken back if it comes to nothing, where the server lets that be.
    pub registered_client: Option<ClientId>,
    pub progress: SignInProgress,
}

/// How far it has come.
#[derive(Debug, Clone)]
pub enum SignInProgress {
    WaitingForBrowser {
        browser_opened: bool,
        strange_request_count: u32,
    },
    ExchangingCode,
    Identifying,
    Storing,
    /// New tokens wait; nothing is replaced before a yes [A7].
    NeedsDecision {
        comparison: Box<ReconnectComparison>,
        dependant_count: usize,
        /// What a no would do at the provider.
        refusal: Refusal,
    },
    Connected(ConnectionId),
    /// A platform keeps the new grant.
    HandedOver {
        /// Which of ours it stands beside.
        beside: ConnectionId,
        handed: HandedOver,
    },
    Refused {
        revoked: bool,
        /// Why the new grant was left at the provider, where it was.
        left_because: Option<LeftBecause>,
    },
    Failed(SignInFailure),
    Cancelled,
    /// Cancelled when tokens had come already: they were taken back.
    TakenBack {
        /// Why the new grant was left at the provider, where it was.
        left_because: Option<LeftBecause>,
    },
    TimedOut,
}

impl SignInProgress {
    /// Whether nothing more will happen.
    pub fn is_over(&self) -> bool {
        match self {
            Self::WaitingForBrowser { .. }
            | Self::ExchangingCode
            | Self::Identifying
            | Self::Storing
            | Self::NeedsDecision { .. } => false,
            Self::Connected(_)
            | Self::HandedOver { .. }
            | Self::Refused { .. }
            | Self::Failed(_)
            | Self::Cancelled
            | Self::TakenBack { .. }
            | Self::TimedOut => true,
        }
    }
}

/// Why a refused grant was not taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftBecause {
    /// These connections would have ended with it.
    WouldEnd(Vec<String>),
    NotOffered,
    /// The access token is revoked; the refresh token may go on working, since the provider has no way for it.
    AccessTokenAlone,
    /// The provider was asked, and did not do it.
    Failed {
        http_status: Option<u16>,
    },
}

/// Why it failed.
#[derive(Debug, Clone)]
pub enum SignInFailure {
    /// The provider or its answer is the cause.
    Cause { diagnosis: Diagnosis, detail: Option<String> },
    /// Our own side is.
    Ours(Arc<Error>),
    /// Our own side is, and tokens had come already: they were taken back.
    NotStored {
        error: Arc<Error>,
        /// Why the new grant was left at the provider, where it was.
        left_because: Option<LeftBecause>,
    },
    /// The platform that was to keep the grant did not take it; the grant was taken back.
    NotTaken { failure: PlatformFailure, left_because: Option<LeftBecause> },
}

/// All sign-ins of this process.
#[derive(Default)]
pub(crate) struct SignIns(Mutex<HashMap<SignInId, Entry>>);

struct Entry {
    state: watch::Sender<SignIn>,
    cancel: Option<oneshot::Sender<()>>,
    decide: Option<oneshot::Sender<ReconnectDecision>>,
    paste: mpsc::Sender<Pasted>,
}

/// The receiving ends, held by the task that runs the sign-in.
pub(super) struct Controls {
    pub(super) cancelled: oneshot::Receiver<()>,
    pub(super) decided: oneshot::Receiver<ReconnectDecision>,
}

impl SignIns {
    pub(super) fn insert(&self, sign_in: SignIn, paste: mpsc::Sender<Pasted>) -> Controls {
        let (cancel, cancelled) = oneshot::channel();
        let (decide, decided) = oneshot::channel();
        let id = sign_in.id.clone();
        let (state, _) = watch::channel(sign_in);
        self.lock().insert(id, Entry { state, cancel: Some(cancel), decide: Some(decide), paste });
        Controls { cancelled, decided }
    }

    pub(super) fn find(&self, id: &SignInId) -> Option<SignIn> {
        self.lock().get(id).map(|entry| entry.state.borrow().clone())
    }

    pub(super) fn follow(&self, id: &SignInId) -> Option<watch::Receiver<SignIn>> {
        self.lock().get(id).map(|entry| entry.state.subscribe())
    }

    /// `None` when no answer is waited for.
    pub(super) fn paster(&self, id: &SignInId) -> Option<mpsc::Sender<Pasted>> {
        let entries = self.lock();
        let entry = entries.get(id)?;
        let is_waiting = matches!(entry.state.borrow().progress, SignInProgress::WaitingForBrowser { .. });
        is_waiting.then(|| entry.paste.clone())
    }

    /// Newest first.
    pub(super) fn list(&self) -> Vec<SignIn> {
        let mut all: Vec<_> = self.lock().values().map(|entry| entry.state.borrow().clone()).collect();
        all.sort_by_key(|sign_in| std::cmp::Reverse(sign_in.started_at));
        all
    }

    pub(super) fn of_connection(&self, id: &ConnectionId) -> Option<SignIn> {
        self.list().into_iter().find(|it| it.reconnects.as_ref() == Some(id) && !it.progress.is_over())
    }

    pub(super) fn open_count(&self) -> usize {
        self.lock().values().filter(|entry| !entry.state.borrow().progress.is_over()).count()
    }

    /// True when the sign-in is known.
    pub(super) fn update(&self, id: &SignInId, change: impl FnOnce(&mut SignInProgress)) -> bool {
        let entries = self.lock();
        let Some(entry) = entries.get(id) else { return false };
        entry.state.send_modify(|sign_in| change(&mut sign_in.progress));
        true
    }

    /// `None` when there is nothing left to cancel.
    pub(super) fn cancel(&self, id: &SignInId) -> Option<()> {
        self.lock().get_mut(id)?.cancel.take()?.send(()).ok()
    }

    /// Those that are not over, cancelled.
    pub(super) fn cancel_all(&self) -> Vec<watch::Receiver<SignIn>> {
        let mut entries = self.lock();
        let open = entries.values_mut().filter(|entry| !entry.state.borrow().progress.is_over());
        open.map(|entry| {
            // One that was told already is being ended.
            entry.cancel.take().map(|cancel| cancel.send(()));
            entry.state.subscribe()
        })
        .collect()
    }

    /// `None` when no question is open.
    pub(super) fn decide(&self, id: &SignInId, decision: ReconnectDecision) -> Option<()> {
        let mut entries = self.lock();
        let entry = entries.get_mut(id)?;
        let is_asked = matches!(entry.state.borrow().progress, SignInProgress::NeedsDecision { .. });
        if !is_asked {
            return None;
        }
        entry.decide.take()?.send(decision).ok()
    }

    pub(super) fn prune(&self, now: Timestamp) {
        self.lock().retain(|_, entry| {
            let sign_in = entry.state.borrow();
            let is_old = sign_in.ends_at.checked_add(KEPT_AFTER_END).is_ok_and(|until| until < now);
            !(is_old && sign_in.progress.is_over())
        });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SignInId, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
