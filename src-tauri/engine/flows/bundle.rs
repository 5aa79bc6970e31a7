//! Reading and replacing token bundles: the one place that keeps the order of writes [A4, A5, S069, S071, S153].

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use domain::connection::binding::GrantBinding;
use domain::connection::{Connection, FrozenEndpoints, GrantState, Identity, IssuedBy, Proof};
use domain::diagnosis::Diagnosis;
use domain::lifecycle::refresh_reason::RefreshReason;
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::token::TokenBundle;
use domain::token::token_response::IssuedTokens;
use domain::{ClientId, ConnectionId, Secret, TokenVersion};
use jiff::Timestamp;
use tokio::time::timeout;

use super::held::Unsaved;
use super::refresh::UnderWay;
use crate::parts::CANARY_SETTING;
use crate::refresh_lock::RefreshLock;
use crate::store::{BundleCommit, ProofChange, StoreError};
use crate::vault::VaultError;
use crate::{Engine, Error};

/// Tries to save a bundle before it counts as held: about a second and a half.
const SAVE_ATTEMPTS: u32 = 4;

/// A keychain that takes longer is not waited for without a copy on the disk: far longer than one write takes.
const SEAL_AFTER: Duration = Duration::from_millis(700);

/// A database that is in use is waited for by itself each time, for five seconds.
const BUSY_ATTEMPTS: u32 = 3;

/// Who stores a bundle, and what else changes with it.
pub(super) struct Replacement {
    pub(super) issued_by: IssuedBy,
    pub(super) reason: Option<RefreshReason>,
    pub(super) granted_at: Timestamp,
    /// Why the bundle is kept and yet given to nobody: it is another account's.
    pub(super) refused: Option<Diagnosis>,
    /// A new refresh token may have come that could not be read: the one that is kept is perhaps spent.
    pub(super) is_in_doubt: bool,
    pub(super) proof: Option<Proof>,
    pub(super) identity: Option<Identity>,
    pub(super) requested: Option<Vec<String>>,
    pub(super) endpoints: Option<FrozenEndpoints>,
    pub(super) binding: Option<GrantBinding>,
    pub(super) client: Option<ClientId>,
    pub(super) events: Vec<LifecycleEvent>,
    pub(super) exposure: Option<Exposure>,
}

/// What it takes to measure the window in which a new token exists nowhere durable [A5].
#[derive(Debug, Clone, Copy)]
pub(super) struct Exposure {
    /// When the request left.
    pub(super) sent_at: Instant,
    /// From there to the end of the answer: the server's share.
    pub(super) server_time: Duration,
}

/// Makes a bundle of an answer. A refresh token that was not rotated is carried over (RFC 6749 §6) [S068].
pub(super) fn bundle_of(
    tokens: IssuedTokens,
    version: TokenVersion,
    old_refresh_token: Option<Secret>,
    old_refresh_end: Option<Timestamp>,
    scopes_if_unsaid: &[String],
    now: Timestamp,
) -> TokenBundle {
    let is_rotated = tokens.refresh_token.is_some();
    TokenBundle {
        version,
        access_token: tokens.access_token,
        refresh_token: tokens.refresh_token.or(old_refresh_token),
        issued_at: now,
        expiry: tokens.expiry,
        refresh_token_ends_at: tokens.refresh_token_ends_at.or(old_refresh_end.filter(|_| !is_rotated)),
        granted_scopes: tokens.scopes.unwrap_or_else(|| scopes_if_unsaid.to_vec()),
        defects: tokens.defects,
    }
}

/// Whether asking the keychain again, unchanged, may help.
fn may_pass(error: VaultError) -> bool {
    match error {
        VaultError::Locked
        | VaultError::Absent
        | VaultError::NotAnswering
        | VaultError::Refused
        | VaultError::Damaged => true,
        VaultError::Different | VaultError::TooLarge { .. } => false,
    }
}

/// The bundle is in the keychain, and what announced it in the database: it counts as soon as that can be written to.
fn uncommitted(name: &str, error: StoreError) -> Error {
    let is_of_the_file = matches!(
        error,
        StoreError::DiskFull
            | StoreError::Busy
            | StoreError::ReadOnly
            | StoreError::FolderUnavailable(_)
            | StoreError::Unavailable(_)
    );
    if is_of_the_file { Error::BundleUncommitted { name: name.to_owned(), reason: error } } else { error.into() }
}

impl Engine {
    /// Reads the bundle the database points to. When the keychain answers and does not hold it, the
    /// connection is marked so: missing is never taken for revoked [S156].
    pub(super) async fn read_bundle(&self, connection: &Connection) -> Result<Option<TokenBundle>, Error> {
        let Some(facts) = &connection.token else { return Ok(None) };
        match self.whole_or_refresh_part(&connection.id, facts.version).await? {
            Some(bundle) => {
                if matches!(connection.grant, GrantState::SecretMissing { .. }) {
                    // It is back: the keychain was another one, or was mended.
                    let alive = GrantState::Alive { granted_at: facts.issued_at };
                    let event = self.event(EventKind::Reconciled, connection);
                    self.parts.store.set_grant(&connection.id, facts.version, &alive, &[event])?;
                    self.notify_connection(&connection.id);
                }
                Ok(Some(bundle))
            }
            None => {
                if self.parts.store.token_version(&connection.id)? != facts.version {
                    // Another process replaced and erased it between our two looks.
                    return Err(Error::ChangedMeanwhile);
                }
                if let Some(newer) = self.adopt_newer(connection).await? {
                    return Ok(Some(newer));
                }
                if matches!(connection.grant, GrantState::SecretMissing { .. }) {
                    // Known, since then, and told.
                    return Ok(None);
                }
                let at = self.parts.clock.now();
                let event = self.event(EventKind::ReauthRequiredSet, connection);
                self.parts.store.set_grant(
                    &connection.id,
                    facts.version,
                    &GrantState::SecretMissing { at },
                    &[event],
                )?;
                self.notify_connection(&connection.id);
                Ok(None)
            }
        }
    }

    /// A database that was put back from a copy points to a bundle that was replaced since: the newest one that the
    /// keychain holds is taken instead [S120, S156].
    async fn adopt_newer(&self, connection: &Connection) -> Result<Option<TokenBundle>, Error> {
        let Some(facts) = &connection.token else { return Ok(None) };
        let Some(newer) = self.parts.vault.find_newer(&connection.id, facts.version).await? else { return Ok(None) };
        self.adopt_version(connection, newer).await
    }

    /// The same where the bundle that the database points to is still there, beside a newer one. True when that one
    /// counts by now.
    pub(super) async fn adopt_from_other_slot(
        &self,
        connection: &Connection,
        version: TokenVersion,
    ) -> Result<bool, Error> {
        if connection.token.as_ref().is_none_or(|token| token.version != version) {
            return Ok(false);
        }
        let Some(newer) = self.parts.vault.find_beside(&connection.id, version).await? else { return Ok(false) };
        Ok(self.adopt_version(connection, newer).await?.is_some())
    }

    async fn adopt_version(
        &self,
        connection: &Connection,
        version: TokenVersion,
    ) -> Result<Option<TokenBundle>, Error> {
        let id = &connection.id;
        let Some(bundle) = self.whole_or_refresh_part(id, version).await? else { return Ok(None) };
        self.adopt(connection, bundle, EventKind::Reconciled)?;
        self.notify_connection(id);
        self.whole_or_refresh_part(id, version).await
    }

    /// The same, once for each connection and process: whether the database is an older one than the keychain is asked
    /// before this process sends anything of it. A look that failed is made again.
    pub(super) async fn adopt_at_first_look(
        &self,
        connection: &Connection,
        version: TokenVersion,
    ) -> Result<bool, Error> {
        let looked_at = || self.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        if looked_at().contains(&connection.id) {
            return Ok(false);
        }
        let is_older = self.adopt_from_other_slot(connection, version).await?;
        looked_at().insert(connection.id.clone());
        Ok(is_older)
    }

    /// A bundle, or the refresh token alone where the rest of it is missing or damaged: enough to go on
    /// with. `None` only when the keychain answered and holds neither.
    pub(super) async fn whole_or_refresh_part(
        &self,
        id: &ConnectionId,
        version: TokenVersion,
    ) -> Result<Option<TokenBundle>, Error> {
        match self.parts.vault.read_bundle(id, version).await {
            Ok(Some(bundle)) => return Ok(Some(bundle)),
            Ok(None) | Err(VaultError::Damaged) => {}
            Err(error) => return Err(error.into()),
        }
        match self.parts.vault.read_refresh_part(id, version).await {
            Ok(found) => Ok(found),
            Err(VaultError::Damaged) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Steps P7 to P12: durable in the keychain, pointer moved, published, old entry erased. `lock` is the
    /// connection's: it stays with a bundle that the keychain would not take.
    pub(super) async fn replace_bundle(
        &self,
        connection: &Connection,
        expected: TokenVersion,
        bundle: TokenBundle,
        replacement: Replacement,
        lock: RefreshLock,
    ) -> Result<(), Error> {
        let lock = self.put_in_place(connection, expected, bundle, replacement, lock).await?;
        self.erase_replaced(&connection.id, lock);
        Ok(())
    }

    /// All of it but the erasing, for whoever has more to write under the lock.
    pub(super) async fn put_in_place(
        &self,
        connection: &Connection,
        expected: TokenVersion,
        bundle: TokenBundle,
        replacement: Replacement,
        lock: RefreshLock,
    ) -> Result<RefreshLock, Error> {
        let mut replacement = replacement;
        if let Err((reason, is_sealed)) = self.save_bundle(&connection.id, &bundle).await {
            let (id, name) = (connection.id.clone(), connection.name.clone());
            let shown = name.clone();
            self.hold(Unsaved { id, name, expected, bundle, replacement, is_sealed, reason }, lock)?;
            return Err(Error::BundleHeld { name: shown, is_sealed, reason });
        }
        if let Some(exposure) = replacement.exposure.take() {
            let at_risk = exposure.sent_at.elapsed().saturating_sub(exposure.server_time);
            replacement.events.iter_mut().for_each(|event| event.at_risk = Some(at_risk));
        }
        let (commit, events) = self.commit_of(bundle, replacement);
        let store = &self.parts.store;
        let committed = self.when_free(|| store.commit_bundle(&connection.id, expected, &commit, &events)).await;
        if let Err(error) = committed
            && !self.has_taken_effect(&connection.id, &commit)
        {
            return Err(uncommitted(&connection.name, error));
        }
        self.notify_connection(&connection.id);
        Ok(lock)
    }

    /// From here on nothing can be lost, and nobody has to wait: an old bundle that stays is erased by the next
    /// reconcile. The lock goes with the erasing, since the next bundle but one takes the same place.
    pub(super) fn erase_replaced(&self, id: &ConnectionId, lock: RefreshLock) {
        let (engine, id, under_way) = (self.clone(), id.clone(), UnderWay::begin(self));
        tokio::spawn(async move {
            if let Err(error) = engine.erase_previous(&id).await {
                tracing::debug!(connection = %id, %error, "an old bundle stays until the next start");
            }
            drop((lock, under_way));
        });
    }

    /// The caller holds the connection's lock.
    pub(super) async fn erase_previous(&self, id: &ConnectionId) -> Result<(), Error> {
        for older in self.parts.store.previous_versions_of(id)? {
            self.parts.vault.erase_bundle(id, older).await?;
            self.parts.store.note_erased(id, older);
        }
        Ok(())
    }

    /// Moves the pointer to a bundle that is durable, and tells everybody.
    pub(super) fn commit(
        &self,
        id: &ConnectionId,
        expected: TokenVersion,
        bundle: TokenBundle,
        replacement: Replacement,
    ) -> Result<(), Error> {
        let (commit, events) = self.commit_of(bundle, replacement);
        self.parts.store.commit_bundle(id, expected, &commit, &events)?;
        self.notify_connection(id);
        Ok(())
    }

    fn commit_of(&self, bundle: TokenBundle, replacement: Replacement) -> (BundleCommit, Vec<LifecycleEvent>) {
        let commit = BundleCommit {
            facts: bundle.facts(),
            granted: bundle.granted_scopes,
            requested: replacement.requested,
            refresh_token_ends_at: bundle.refresh_token_ends_at,
            grant: match replacement.refused {
                None if replacement.is_in_doubt => {
                    GrantState::OutcomeUnknown { granted_at: replacement.granted_at, asked_at: bundle.issued_at }
                }
                None => GrantState::Alive { granted_at: replacement.granted_at },
                Some(diagnosis) => GrantState::Ended { at: self.parts.clock.now(), diagnosis },
            },
            proof: replacement.proof.map_or(ProofChange::Keep, ProofChange::Set),
            identity: replacement.identity,
            endpoints: replacement.endpoints,
            binding: replacement.binding,
            client: replacement.client,
            issued_by: replacement.issued_by,
            reason: replacement.reason,
        };
        (commit, replacement.events)
    }

    /// Whether a bundle counts although its commit failed: what was lost may be the answer alone.
    fn has_taken_effect(&self, id: &ConnectionId, commit: &BundleCommit) -> bool {
        let links = self.parts.store.list_token_links(id, 1).unwrap_or_default();
        links.first().is_some_and(|link| {
            link.version == commit.facts.version
                && link.access_fingerprint == commit.facts.access_fingerprint
                && link.refresh_fingerprint == commit.facts.refresh_fingerprint
        })
    }

    /// Asks a database that another program keeps locked again: with its own patience some fifteen seconds.
    pub(super) async fn when_free<T>(&self, mut work: impl FnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
        for attempt in 1..BUSY_ATTEMPTS {
            match work() {
                Err(StoreError::Busy) => tokio::time::sleep(Duration::from_millis(100 << attempt)).await,
                done => return done,
            }
        }
        work()
    }

    /// The provider has spent the old refresh token already, so a keychain that fails is asked again; at its first
    /// refusal the bundle is sealed on the disk. An error says why, and whether it is sealed.
    async fn save_bundle(&self, id: &ConnectionId, bundle: &TokenBundle) -> Result<(), (VaultError, bool)> {
        let mut is_sealed = false;
        for attempt in 0.. {
            let write = self.parts.vault.write_bundle(id, bundle);
            tokio::pin!(write);
            let written = match timeout(SEAL_AFTER, &mut write).await {
                Ok(written) => written,
                Err(_) => {
                    // It may be waiting for a person, and until then only this process has the token.
                    is_sealed = is_sealed || self.seal(id, bundle);
                    write.await
                }
            };
            match written {
                Ok(()) => break,
                Err(error) => {
                    if !is_sealed {
                        is_sealed = self.seal(id, bundle);
                    }
                    // One that does not answer has been waited for already.
                    if attempt + 1 >= SAVE_ATTEMPTS || error == VaultError::NotAnswering || !may_pass(error) {
                        tracing::error!(connection = %id, %error, is_sealed, "a new token bundle could not be saved");
                        return Err((error, is_sealed));
                    }
                    tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
                }
            }
        }
        if is_sealed && let Err(error) = self.parts.sealed.remove(id, bundle.version) {
            tracing::warn!(%error, "a sealed bundle could not be removed");
        }
        Ok(())
    }

    /// Remembers that this keychain holds our canary from the first secret on.
    pub(super) async fn note_canary(&self) -> Result<(), Error> {
        if self.parts.store.setting(CANARY_SETTING)?.is_none() {
            self.parts.vault.ensure_canary().await?;
            self.parts.store.put_setting(CANARY_SETTING, "yes")?;
            self.parts.vault.set_expects_canary(true);
        }
        Ok(())
    }

    /// An event with all that the connection itself tells.
    pub(super) fn event(&self, kind: EventKind, connection: &Connection) -> LifecycleEvent {
        let now = self.parts.clock.now();
        let mut event = LifecycleEvent::new(now, kind, Some(connection.id.clone()));
        event.workspace = connection.identity.workspace_id.clone();
        event.environment = Some(connection.environment);
        if let Some(token) = &connection.token {
            event.token_version = Some(token.version);
            event.token_fingerprint = token.access_fingerprint.clone();
            event.token_age = Duration::try_from(now.duration_since(token.issued_at)).ok();
        }
        event
    }

    /// Sixteen random bytes or more; the system's own source.
    pub(super) fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], Error> {
        let mut bytes = [0; LENGTH];
        getrandom::fill(&mut bytes).map_err(|_| Error::NoRandomness)?;
        Ok(bytes)
    }

    pub(super) fn random_bits() -> Result<u64, Error> {
        Ok(u64::from_le_bytes(Self::random::<8>()?))
    }
}
