//! A sealed token that nothing opens: the one before it is spent, and is not sent by itself where that may be taken for
//! theft [A5, S154, S071].

use std::path::PathBuf;

use domain::connection::{Connection, GrantState};
use domain::lifecycle_event::EventKind;
use domain::provider::limits::PreviousToken;
use domain::provider::{Provider, Rotation};
use domain::{ConnectionId, TokenVersion};
use jiff::Timestamp;

use crate::sealed_bundles::{self, SealedBundle};
use crate::vault::KeychainState;
use crate::{Engine, Error};

/// A new token that was sealed and is out of reach: nothing of its connection can be renewed before it is put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnopenedSeal {
    pub connection: ConnectionId,
    pub name: String,
    /// Where it lay, and has to lie to be tried again.
    pub file: PathBuf,
    /// It is not there; else it is there and does not open.
    pub is_missing: bool,
}

impl UnopenedSeal {
    /// Where it lies now: one that did not open was put aside.
    pub fn lies_at(&self) -> PathBuf {
        let aside = sealed_bundles::aside(&self.file);
        if aside.is_file() { aside } else { self.file.clone() }
    }
}

impl Engine {
    /// The version of a new token of this connection that was sealed and is missing or cannot be opened, where it makes
    /// the one in hand a spent one. A file that nobody is known to have sealed says nothing.
    pub(super) fn unopened_seal(&self, connection: &Connection, provider: &Provider) -> Option<TokenVersion> {
        match connection.grant {
            GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. } => {}
            GrantState::Ended { .. } | GrantState::SecretMissing { .. } | GrantState::Disconnected { .. } => {
                return None;
            }
        }
        if provider.refresh.rotation == Rotation::Never {
            return None;
        }
        let counted = connection.token_version();
        let mut aside = self.put_aside_seals();
        aside.retain(|it| it.connection == connection.id && it.version > counted);
        // Every refresh asks this: what was sealed is looked for among the events only where a file lies there.
        let sealed = if aside.is_empty() { vec![] } else { self.known_seals(&connection.id) };
        let known = aside.into_iter().map(|it| it.version).filter(|version| sealed.contains(version));
        let version = known.chain(self.noted_seal(&connection.id)).filter(|version| *version > counted).max()?;
        Some(version).filter(|_| !self.was_left_as_it_was(&connection.id, version))
    }

    /// Whether a bundle of this version is known to have been sealed.
    pub(super) fn was_sealed(&self, id: &ConnectionId, version: TokenVersion) -> bool {
        self.known_seals(id).contains(&version)
    }

    /// The versions that are known to have been sealed of late.
    pub(super) fn known_seals(&self, id: &ConnectionId) -> Vec<TokenVersion> {
        // An earlier Patchbay wrote only the event.
        let held = self.held_events(id).ok().into_iter().flatten();
        held.filter_map(|event| event.token_version).chain(self.noted_seal(id)).collect()
    }

    /// What was sealed, makes the token in hand a spent one, and is missing or cannot be opened: of all connections.
    ///
    /// # Errors
    /// The database's.
    pub fn unopened_seals(&self) -> Result<Vec<UnopenedSeal>, Error> {
        let mut all: Vec<_> = self.list_connections()?.into_iter().filter_map(|it| it.unopened).collect();
        all.sort_by(|one, other| one.name.cmp(&other.name).then_with(|| one.connection.cmp(&other.connection)));
        Ok(all)
    }

    /// The same of one connection.
    pub(super) fn unopened_of(&self, connection: &Connection, provider: &Provider) -> Option<UnopenedSeal> {
        let version = self.unopened_seal(connection, provider)?;
        let file = self.parts.sealed.path(&connection.id, version).ok()?;
        let is_aside = |it: &SealedBundle| it.connection == connection.id && it.version == version;
        let is_missing = !file.is_file() && !self.put_aside_seals().iter().any(is_aside);
        Some(UnopenedSeal { connection: connection.id.clone(), name: connection.name.clone(), file, is_missing })
    }

    /// What lies in the folder of sealed tokens and is no seal, and needs nobody: files of others, and what was put
    /// aside and has been outlived. What is missed stands in [`Engine::unopened_seals`].
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn needless_seal_files(&self) -> Result<Vec<String>, Error> {
        let missed = self.unopened_seals()?;
        let is_missed = |name: &String| {
            missed
                .iter()
                .any(|it| it.file.file_name().and_then(|it| it.to_str()).is_some_and(|it| name.starts_with(it)))
        };
        Ok(self.unusable_seals()?.into_iter().filter(|name| !is_missed(name)).collect())
    }

    /// What processes left that ended while they sealed: a whole draft is a seal, and one of no use is removed.
    pub(super) async fn take_up_drafts(&self) -> Result<(), Error> {
        for draft in self.parts.sealed.list_left_drafts()? {
            let connection = self.parts.store.find_connection(&draft.connection)?;
            // One whose connection is not known may be an older database's.
            let Some(connection) = connection else { continue };
            if draft.version <= connection.token_version() {
                self.parts.sealed.remove_draft(&draft)?;
                continue;
            }
            if self.parts.vault.glance().await == Some(KeychainState::Locked) {
                continue;
            }
            if let Some(key) = self.parts.vault.read_held_key().await? {
                self.parts.sealed.adopt_draft(&key, &draft)?;
            }
        }
        Ok(())
    }

    /// The version that the database says was sealed last.
    pub(super) fn noted_seal(&self, id: &ConnectionId) -> Option<TokenVersion> {
        self.parts.store.sealed_version(id).unwrap_or_else(|error| {
            tracing::warn!(%error, "what was sealed could not be looked up");
            None
        })
    }

    /// A folder that cannot be listed holds nobody up.
    pub(super) fn put_aside_seals(&self) -> Vec<SealedBundle> {
        self.parts.sealed.list_put_aside().unwrap_or_else(|error| {
            tracing::warn!(%error, "seals that were put aside could not be listed");
            vec![]
        })
    }

    /// Whether the answer that was sealed is known to have brought no other refresh token.
    fn was_left_as_it_was(&self, id: &ConnectionId, version: TokenVersion) -> bool {
        let mut held = self.held_events(id).ok().into_iter().flatten();
        let held = held.find(|it| it.token_version == Some(version) && it.reason.is_some());
        held.is_some_and(|event| event.subject.as_deref() != Some("rotated"))
    }

    /// Whether a token that is known to be spent is sent without a person's word.
    pub(super) fn sends_spent(connection: &Connection, provider: &Provider, now: Timestamp) -> bool {
        match provider.refresh.previous_token {
            PreviousToken::WorksUntilSuccessorIsUsed => true,
            PreviousToken::WorksFor(grace) => match connection.grant {
                GrantState::OutcomeUnknown { asked_at, .. } => {
                    asked_at.checked_add(grace).is_ok_and(|until| now < until)
                }
                GrantState::Alive { .. }
                | GrantState::Ended { .. }
                | GrantState::SecretMissing { .. }
                | GrantState::Disconnected { .. } => false,
            },
            PreviousToken::Refused | PreviousToken::NotKnown => false,
        }
    }

    /// Refuses a refresh that would send a spent token: whoever holds the lock asks this before the request.
    pub(super) fn refuse_spent(&self, connection: &Connection, provider: &Provider) -> Result<(), Error> {
        match self.unopened_of(connection, provider) {
            Some(seal) if !Self::sends_spent(connection, provider, self.parts.clock.now()) => {
                let UnopenedSeal { connection, name, file, is_missing } = seal;
                Err(Error::HeldUnopened { connection, name, file: file.display().to_string(), is_missing })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// A person gives up what was sealed of this connection and is missing or cannot be opened: the next refresh sends
    /// the token before it. How many bundles that concerns.
    ///
    /// # Errors
    /// [`Error::BundleHeld`] and [`Error::HeldElsewhere`] where a process still tries to store it; the disk's and the
    /// database's.
    pub async fn give_up_unopened(&self, id: &ConnectionId) -> Result<usize, Error> {
        // One that was not tried yet is tried first.
        let counted = self.connection(id)?.token_version();
        let (lock, connection) = self.lock_settled(id, counted).await?;
        if connection.rests_on_keychain() {
            // The key that opens them is gone.
            for version in self.newer_seals(id, connection.token_version()) {
                self.parts.sealed.put_aside(id, version)?;
            }
        }
        let aside: Vec<_> = self.parts.sealed.list_put_aside()?.into_iter().filter(|it| it.connection == *id).collect();
        for sealed in &aside {
            self.parts.sealed.give_up(id, sealed.version)?;
            let mut event = self.event(EventKind::Reconciled, &self.connection(id)?);
            event.subject = Some("a person gave up a sealed token that cannot be opened".to_owned());
            self.parts.store.append_event(&event)?;
        }
        let counted = self.parts.store.token_version(id)?;
        let is_missing = |version: &TokenVersion| *version > counted && !aside.iter().any(|it| it.version == *version);
        let missing_count = usize::from(self.parts.store.sealed_version(id)?.as_ref().is_some_and(is_missing));
        if missing_count > 0 {
            let mut event = self.event(EventKind::Reconciled, &self.connection(id)?);
            event.subject = Some("a person gave up a sealed token whose file is missing".to_owned());
            self.parts.store.append_event(&event)?;
        }
        self.parts.store.forget_sealed(id)?;
        drop(lock);
        self.notify_connection(id);
        Ok(aside.len() + missing_count)
    }
}
