//! The practice provider: a strict authorization server on loopback, faults on switches [A2, A5, B3, C1, E2].

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

mod accounts;
mod api;
mod authorize;
mod bearer;
mod clients;
mod clock;
mod discovery;
mod faults;
mod grants;
mod introspection;
mod log;
mod mending;
mod misbehaviour;
mod pages;
mod parameters;
mod played;
mod provider;
mod refusal;
mod revocation;
mod serving;
mod signing;
mod staging;
mod state_file;
mod switches;
mod token;
mod token_answer;
mod tokens;
mod userinfo;

pub use accounts::{AccountType, PracticeAccount, Workspace};
pub use clients::{ClientAuthentication, PracticeClient, RedirectRule};
pub use faults::{ApiRejection, ErrorShape, ExpiresIn, Faults, StatusAnswer};
pub use grants::EndReason;
pub use log::{Endpoint, GrantType, LoggedRequest, LoggedToken, Outcome, TokenRole};
pub use played::{PlayedIdentity, PlayedSignature};
pub use staging::{NoSuchCause, STAGINGS, Stage, StagedCause, Staging};
pub use switches::{SWITCHES, SwitchRefused, fault_names};

use clients::RegisteredClient;
use played::Part;
use provider::{Provider, held};
use signing::SigningKey;
use state_file::{Kept, StateFile};

/// How to start.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// 0 = the port of last time if the state file names one and it is free, else any free port.
    pub port: u16,
    /// Grants survive a restart here; tokens stand in it as SHA-256 only.
    pub state_file: Option<PathBuf>,
    /// Besides the built-in public client.
    pub clients: Vec<PracticeClient>,
    /// A provider file: that provider is played too, each of its hosts as the first step of a path.
    pub plays: Option<serde_json::Value>,
    /// Accounts of one organisation besides the three: as an administrator has them.
    pub staff: u16,
}

/// Why the practice provider could not start.
#[derive(Debug, Error)]
pub enum PracticeError {
    #[error("port {port} on 127.0.0.1 could not be opened")]
    PortUnavailable {
        port: u16,
        #[source]
        source: std::io::Error,
    },
    #[error(
        "the client {client_id:?} cannot be registered: it needs an id, at least one way to prove itself, and a secret exactly where that way uses one"
    )]
    ClientRefused { client_id: String },
    #[error("the practice state {} could not be used", path.display())]
    StateUnusable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the practice state {} is in use by another practice provider", path.display())]
    StateInUse { path: PathBuf },
    #[error("this provider file cannot be played: {part} makes no sense")]
    CannotPlay { part: &'static str },
    #[error("no signing key could be made")]
    NoSigningKey,
}

/// A grant as a person or a test may see it: no token, only fingerprints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GrantSummary {
    pub id: String,
    /// Id of the account.
    pub account: String,
    pub client_id: String,
    pub scopes: Vec<String>,
    pub granted_at: Timestamp,
    pub state: GrantState,
    pub refresh_count: u64,
    pub access_tokens: Vec<TokenSummary>,
    pub refresh_tokens: Vec<TokenSummary>,
}

impl GrantSummary {
    pub fn is_alive(&self) -> bool {
        self.state == GrantState::Alive
    }
}

/// Whether a grant can still be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum GrantState {
    Alive,
    Ended { why: EndReason, at: Timestamp },
}

/// One token of a grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenSummary {
    /// The first ten hexadecimal digits of its SHA-256.
    pub fingerprint: String,
    /// Whether it would be taken now.
    pub usable: bool,
}

/// A running practice provider. It ends with `stop`, which waits for the end, or when it is dropped.
pub struct PracticeProvider {
    provider: Arc<Provider>,
    accepting: JoinHandle<()>,
    /// Serving goes on while this exists; dropping it is the signal to end.
    running: Option<oneshot::Sender<()>>,
    damaged_state: Option<PathBuf>,
}

impl PracticeProvider {
    /// Binds 127.0.0.1 once and serves until stopped, on the tokio runtime it is called from.
    ///
    /// # Errors
    /// The port is taken, the state file cannot be used or is in use, or a client makes no sense.
    pub async fn start(settings: Settings) -> Result<PracticeProvider, PracticeError> {
        let mut clients = Vec::new();
        for client in &settings.clients {
            clients.push(
                RegisteredClient::register(client)
                    .ok_or_else(|| PracticeError::ClientRefused { client_id: client.client_id.clone() })?,
            );
        }
        let (state_file, kept) = match &settings.state_file {
            Some(path) => {
                let (file, kept) = StateFile::open(path)?;
                (Some(file), kept)
            }
            None => (None, Kept::default()),
        };
        // What was said now wins over what was kept.
        let known = kept.clients.into_iter().chain([RegisteredClient::built_in()]);
        for client in known {
            if clients.iter().all(|other| other.client_id != client.client_id) {
                clients.push(client);
            }
        }

        let (listener, port) = bind(settings.port, kept.port).await?;
        let key = SigningKey::generate().map_err(|_| PracticeError::NoSigningKey)?;
        let issuer = format!("http://127.0.0.1:{port}");
        let accounts = accounts::all_with_staff(settings.staff);
        let part = settings.plays.as_ref().map(|file| Part::read(file, &issuer)).transpose();
        let part = part.map_err(|part| PracticeError::CannotPlay { part })?;
        let provider = Arc::new(Provider::new(port, key, accounts, clients, kept.book, state_file, part));
        // Shows at the start, not at the first token, whether the state can be written.
        provider.change(|_| ()).map_err(|source| PracticeError::StateUnusable {
            path: settings.state_file.as_deref().unwrap_or(Path::new("")).to_owned(),
            source,
        })?;
        let router = serving::router(Arc::clone(&provider));
        let (running, ended) = oneshot::channel();
        let accepting = tokio::spawn(serving::accept(listener, router, ended));
        Ok(PracticeProvider { provider, accepting, running: Some(running), damaged_state: kept.damaged })
    }

    /// Starts and plays the provider that this file describes.
    ///
    /// # Errors
    /// No port can be had, or the file makes no sense.
    pub async fn playing(file: &serde_json::Value) -> Result<PracticeProvider, PracticeError> {
        Self::start(Settings { plays: Some(file.clone()), ..Settings::default() }).await
    }

    /// The played file with the addresses that it is played at, for the providers folder of the app.
    pub fn played_file(&self) -> Option<&serde_json::Value> {
        self.provider.part.as_ref().map(Part::file)
    }

    /// The clients that the played provider knows: one with a secret and one without, as its file allows.
    pub fn played_clients(&self) -> &[PracticeClient] {
        self.provider.part.as_ref().map_or(&[], Part::clients)
    }

    /// Registers a redirect URI with the played provider; without one it sends nobody back.
    pub fn register_redirect(&self, uri: &str) {
        if let Some(part) = &self.provider.part {
            part.register_redirect(uri);
        }
    }

    /// What the played provider says of this account; `None` where its file names no identity call.
    pub fn played_identity(&self, account: &str) -> Option<PlayedIdentity> {
        self.provider.part.as_ref()?.identity(self.provider.account(account)?)
    }

    /// The error signatures of the played file, in its order: `answers_signature` counts them.
    pub fn played_signatures(&self) -> Vec<PlayedSignature> {
        self.provider.part.as_ref().map_or_else(Vec::new, Part::signatures)
    }

    /// How long access tokens of the played provider work; `None`: they do not expire.
    pub fn played_lifetime(&self, has_refresh_token: bool) -> Option<Duration> {
        self.provider.part.as_ref().map_or(Some(Duration::from_secs(3600)), |part| part.lifetime(has_refresh_token))
    }

    /// Requests, since the start or the last clearing, that the played file does not describe.
    pub fn complaints(&self) -> Vec<String> {
        self.provider.part.as_ref().map_or_else(Vec::new, Part::complaints)
    }

    pub fn clear_complaints(&self) {
        if let Some(part) = &self.provider.part {
            part.clear_complaints();
        }
    }

    /// `http://127.0.0.1:PORT`
    pub fn issuer(&self) -> &str {
        &self.provider.issuer
    }

    pub fn port(&self) -> u16 {
        self.provider.port
    }

    /// The public client that needs no registration: any loopback port, no secret, PKCE as for all.
    pub fn default_client_id() -> &'static str {
        clients::DEFAULT_CLIENT_ID
    }

    /// Where a state file that could not be understood was moved to at start.
    pub fn damaged_state(&self) -> Option<&Path> {
        self.damaged_state.as_deref()
    }

    /// The switches as they stand.
    pub fn faults(&self) -> Faults {
        self.provider.faults()
    }

    /// Takes effect for the next request. A cause that was not staged before does its deeds at once: one that ends
    /// grants ends them, and one that shows where a token is wanted lets the access tokens expire.
    pub fn set_faults(&self, faults: Faults) {
        let staged = faults.stages;
        let before = std::mem::replace(&mut *held(&self.provider.faults), faults);
        let Some(cause) = staged.filter(|it| before.stages != Some(*it)) else { return };
        if cause.ends_grants() {
            self.revoke_all();
        }
        if cause.ends_access_tokens() {
            self.expire_access_tokens();
        }
    }

    pub fn accounts(&self) -> Vec<PracticeAccount> {
        self.provider.accounts.clone()
    }

    /// Lets the authorization endpoint agree at once for this account; `None` = ask a person again.
    /// Returns false, and changes nothing, where there is no such account.
    pub fn consent_automatically(&self, account: Option<&str>) -> bool {
        if account.is_some_and(|id| self.provider.account(id).is_none()) {
            return false;
        }
        *held(&self.provider.automatic_consent) = account.map(ToOwned::to_owned);
        true
    }

    /// Moves the provider's own clock ahead, so that nobody has to wait for an expiry.
    pub fn pass_time(&self, time: Duration) {
        self.provider.clock.pass(SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX));
    }

    pub fn grants(&self) -> Vec<GrantSummary> {
        let now = self.provider.clock.now();
        let grace = self.provider.faults().rotation_grace;
        self.provider.read(|book| book.grants.iter().map(|grant| summary(grant, now, grace)).collect())
    }

    /// Ends every live grant, as a person would in the account's settings; returns how many.
    /// If the state file cannot be written nothing changes, and it is 0.
    pub fn revoke_all(&self) -> usize {
        let now = self.provider.clock.now();
        self.provider.change(|book| book.end_all(EndReason::Revoked, now)).unwrap_or(0)
    }

    /// Ends one grant; false where it is not alive, or the state file cannot be written.
    pub fn revoke_grant(&self, id: &str) -> bool {
        let now = self.provider.clock.now();
        self.provider.change(|book| book.end(id, EndReason::Revoked, now)).unwrap_or(false)
    }

    /// Lets every usable access token expire at once; returns how many.
    pub fn expire_access_tokens(&self) -> usize {
        let now = self.provider.clock.now();
        self.provider.change(|book| book.expire_access_tokens(now)).unwrap_or(0)
    }

    /// Every request since the start or the last `clear_log`, oldest first.
    pub fn log(&self) -> Vec<LoggedRequest> {
        self.provider.log.all()
    }

    pub fn clear_log(&self) {
        self.provider.log.clear();
    }

    /// Waits until the log is as wanted, and returns it. The caller sets the deadline.
    pub async fn until_logged(&self, wanted: impl Fn(&[LoggedRequest]) -> bool) -> Vec<LoggedRequest> {
        let mut changes = self.provider.log.watch();
        loop {
            changes.mark_unchanged();
            let log = self.log();
            if wanted(&log) {
                return log;
            }
            if changes.changed().await.is_err() {
                return log;
            }
        }
    }

    /// Closes the port and every connection, and returns once that is done.
    pub async fn stop(mut self) {
        self.running = None;
        // Fails only if serving panicked, and then it has ended as well.
        drop((&mut self.accepting).await);
    }
}

async fn bind(asked: u16, kept: Option<u16>) -> Result<(TcpListener, u16), PracticeError> {
    let refused = |source| PracticeError::PortUnavailable { port: asked, source };
    let again = match kept {
        Some(port) if asked == 0 => TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.ok(),
        Some(_) | None => None,
    };
    let listener = match again {
        Some(listener) => listener,
        None => TcpListener::bind((Ipv4Addr::LOCALHOST, asked)).await.map_err(refused)?,
    };
    let port = listener.local_addr().map_err(refused)?.port();
    Ok((listener, port))
}

fn summary(grant: &grants::Grant, now: Timestamp, grace: Duration) -> GrantSummary {
    let alive = grant.ended.is_none();
    GrantSummary {
        id: grant.id.clone(),
        account: grant.account.clone(),
        client_id: grant.client_id.clone(),
        scopes: grant.scopes.clone(),
        granted_at: grant.authenticated_at,
        state: grant.ended.map_or(GrantState::Alive, |(why, at)| GrantState::Ended { why, at }),
        refresh_count: grant.refresh_count,
        access_tokens: grant
            .access_tokens
            .iter()
            .map(|token| TokenSummary { fingerprint: token.hash.fingerprint(), usable: alive && token.is_live(now) })
            .collect(),
        refresh_tokens: grant
            .refresh_tokens
            .iter()
            .map(|token| TokenSummary { fingerprint: token.hash.fingerprint(), usable: grant.takes(token, now, grace) })
            .collect(),
    }
}
