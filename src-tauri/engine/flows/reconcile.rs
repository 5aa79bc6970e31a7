//! At start: keychain and database may disagree after a crash; each case is settled, nothing is
//! mass-deleted [A5, S120, S153, S155, S156].

use domain::TokenVersion;
use domain::connection::{Connection, GrantState, IssuedBy};
use domain::lifecycle::refresh_reason::RefreshReason;
use domain::lifecycle_event::EventKind;
use domain::token::TokenBundle;

use crate::refresh_lock::RefreshLockError;
use crate::store::{BundleCommit, ProofChange};
use crate::{Engine, Error};

/// What was found and settled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Bundles that were durable, and are now pointed to.
    pub adopted_count: usize,
    /// Intents without a bundle: the stored token is perhaps spent, and tried again.
    pub doubted_count: usize,
    pub erased_count: usize,
}

impl Engine {
    /// Settles what a crash left behind. A connection that another process is refreshing is left to it.
    pub async fn reconcile(&self) -> Result<Reconciled, Error> {
        let mut settled = Reconciled::default();
        let intents = self.parts.store.list_intents()?.into_iter().map(|(id, _, _)| id);
        let seals = self.parts.sealed.list()?.into_iter().map(|it| it.connection);
        for id in intents.chain(seals) {
            let lock = match self.parts.locks.acquire(&id, std::time::Duration::ZERO).await {
                Ok(lock) => lock,
                Err(RefreshLockError::Waited { .. }) => continue,
                Err(unavailable) => return Err(unavailable.into()),
            };
            // Read again under the lock: its last holder may have finished in between.
            let left = self.parts.store.find_with_intent(&id)?;
            match self.settle_left(left.as_ref()).await? {
                Some(true) => settled.adopted_count += 1,
                Some(false) => settled.doubted_count += 1,
                None => {}
            }
            drop(lock);
        }
        for (id, version) in self.parts.store.previous_versions()? {
            // A refresh that is under way holds the lock, and erases what it replaced.
            let Ok(lock) = self.parts.locks.acquire(&id, std::time::Duration::ZERO).await else { continue };
            let connection = self.parts.store.find_connection(&id)?;
            if connection.is_none_or(|it| matches!(it.grant, GrantState::Disconnected { .. })) {
                self.parts.vault.erase_connection(&id).await?;
            } else {
                self.parts.vault.erase_bundle(&id, version).await?;
            }
            drop(lock);
            self.parts.store.confirm_erased(&id, version)?;
            settled.erased_count += 1;
        }
        settled.erased_count += self.settle_rotations().await?;
        self.drop_outlived_seals()?;
        Ok(settled)
    }

    /// Removes sealed bundles that the keychain has taken since. One whose connection is not known is kept: the
    /// database may be an older one.
    fn drop_outlived_seals(&self) -> Result<(), Error> {
        for sealed in self.parts.sealed.list()? {
            let is_outlived = self
                .parts
                .store
                .find_connection(&sealed.connection)?
                .and_then(|it| it.token)
                .is_some_and(|token| token.version >= sealed.version);
            if is_outlived && self.held_reason(&sealed.connection).is_none() {
                self.parts.sealed.remove(&sealed.connection, sealed.version)?;
            }
        }
        Ok(())
    }

    /// Settles what a crash left of one connection, as it was read under its lock: true when a bundle was adopted,
    /// `None` when nothing was left. Without an intent there may be a seal: a power cut took the intent, or the
    /// database is an older one.
    pub(super) async fn settle_left(
        &self,
        left: Option<&(Connection, Option<TokenVersion>)>,
    ) -> Result<Option<bool>, Error> {
        let Some((connection, intent)) = left else { return Ok(None) };
        let seal = || match connection.grant {
            GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. } | GrantState::SecretMissing { .. } => {
                self.newer_seal(connection)
            }
            GrantState::Ended { .. } | GrantState::Disconnected { .. } => None,
        };
        match intent.or_else(seal) {
            Some(version) => self.settle_intent(connection, version).await.map(Some),
            None => Ok(None),
        }
    }

    /// True when the bundle of the interrupted write was whole enough to adopt.
    async fn settle_intent(&self, connection: &Connection, version: TokenVersion) -> Result<bool, Error> {
        let id = &connection.id;
        let found = match self.whole_or_refresh_part(id, version).await? {
            Some(bundle) => Some(bundle),
            None => self.unseal(id, version).await?,
        };
        match found {
            Some(bundle) => {
                self.adopt(connection, bundle, EventKind::Reconciled)?;
                self.parts.sealed.remove(id, version)?;
                Ok(true)
            }
            None if connection.token.is_none() => {
                // A sign-in that never stored anything: there is nothing to keep.
                self.parts.store.forget_connection(id)?;
                Ok(false)
            }
            None => {
                self.doubt_left_intent(connection)?;
                Ok(false)
            }
        }
    }

    /// A process died with a refresh under way, and no new bundle is anywhere: the request may have been acted on.
    /// Where refresh tokens rotate, the one we hold is perhaps spent; the next refresh shows it [A5].
    fn doubt_left_intent(&self, connection: &Connection) -> Result<(), Error> {
        let version = connection.token.as_ref().map(|token| token.version).unwrap_or_default();
        if self.is_doubtful(connection)? {
            self.doubt_grant(connection, version)
        } else {
            Ok(self.parts.store.clear_intent(&connection.id)?)
        }
    }

    pub(super) fn adopt(&self, connection: &Connection, bundle: TokenBundle, kind: EventKind) -> Result<(), Error> {
        let expected = connection.token.as_ref().map(|token| token.version).unwrap_or_default();
        let granted_at = match connection.grant {
            GrantState::Alive { granted_at } | GrantState::OutcomeUnknown { granted_at, .. } => granted_at,
            GrantState::Ended { .. } | GrantState::SecretMissing { .. } | GrantState::Disconnected { .. } => {
                bundle.issued_at
            }
        };
        let mut event = self.event(kind, connection);
        event.token_version = Some(bundle.version);
        event.token_fingerprint = bundle.access_token.as_ref().map(domain::Secret::fingerprint);
        let commit = BundleCommit {
            facts: bundle.facts(),
            granted: bundle.granted_scopes.clone(),
            requested: None,
            refresh_token_ends_at: bundle.refresh_token_ends_at,
            grant: GrantState::Alive { granted_at },
            // The interrupted write may have been a reconnect as another account: the next call shows whose it is.
            proof: ProofChange::Forget,
            identity: None,
            endpoints: None,
            binding: None,
            client: None,
            issued_by: if expected == TokenVersion::default() { IssuedBy::Connect } else { IssuedBy::Refresh },
            reason: Some(RefreshReason::Recovery),
        };
        self.parts.store.commit_bundle(&connection.id, expected, &commit, &[event])?;
        Ok(())
    }
}
