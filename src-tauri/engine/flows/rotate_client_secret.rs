//! Rotating a client's secret: staged, tested, switched, verified, and only then is the old one forgotten [E5].

use std::collections::BTreeMap;
use std::time::Duration;

use domain::connection::client_rotation::{
    RotationLine, RotationRefused, RotationStage, SecretRotation, SecretSlot, ShownBy, Tried, is_verified, shown_by,
};
use domain::connection::{Client, Connection, GrantState};
use domain::diagnosis::CauseLabel;
use domain::diagnosis::setup_check::{PairVerdict, TokenSeen};
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::{ClientId, ConnectionId, Secret};

use super::connect::redirect_uri_for;
use super::providers::require_variables;
use super::refresh::{RefreshOutcome, RefreshWhy};
use crate::refresh_lock::RefreshLock;
use crate::{Engine, Error};

/// Another step of the same rotation, in another window or terminal, takes this long at the most.
const STEP_TIME: Duration = Duration::from_secs(90);

impl Engine {
    /// The rotation under way, where there is one.
    pub fn rotation(&self, client: &ClientId) -> Result<Option<SecretRotation>, Error> {
        let found = self.parts.store.find_rotation(client)?;
        Ok(found.filter(|it| it.stage != RotationStage::Staging))
    }

    /// Stores the new secret beside the one in use. Nothing uses it yet.
    pub async fn stage_client_secret(&self, id: &ClientId, secret: &Secret) -> Result<SecretRotation, Error> {
        let _lock = self.lock_client(id).await?;
        let client = self.client(id)?;
        if self.rotation(id)?.is_some() {
            return Err(RotationRefused::UnderWay.into());
        }
        #[expect(clippy::disallowed_methods, reason = "compared with the one in use; neither leaves this function")]
        let is_same = match self.client_secret(&client).await {
            Ok(Some(used)) => used.is_same_as(secret.expose_secret()),
            Ok(None) => return Err(RotationRefused::NoSecret.into()),
            // What the keychain lost cannot be the same.
            Err(Error::ClientSecretMissing(_)) => false,
            Err(error) => return Err(error),
        };
        if is_same {
            return Err(RotationRefused::SameSecret.into());
        }
        self.note_canary().await?;
        let slot = self.parts.store.begin_rotation(id, self.parts.clock.now())?;
        if let Err(error) = self.parts.vault.write_client_secret(id, slot, secret).await {
            // Some of it may be there: it is noted, and erased with the next start at the latest.
            self.parts.store.end_rotation(id, slot.other())?;
            return Err(error.into());
        }
        let mut rotation = self.rotation_at_any_stage(id)?;
        rotation.stage = RotationStage::Staged;
        self.parts.store.save_rotation(&rotation)?;
        self.note_step(&client, "a new secret is staged")?;
        Ok(rotation)
    }

    /// Tries the new pair with a wrong code, then the old one likewise: some providers end the old one at once.
    pub async fn test_staged_secret(&self, id: &ClientId) -> Result<SecretRotation, Error> {
        let _lock = self.lock_client(id).await?;
        let client = self.client(id)?;
        let mut rotation = self.rotation(id)?.ok_or(RotationRefused::NoneUnderWay)?;
        let (new, line) = self.try_pair(&client, rotation.new_slot, Tried::NewPair).await?;
        let now = self.parts.clock.now();
        rotation.report.push(line);
        if rotation.stage <= RotationStage::Tested {
            rotation.stage = if new == PairVerdict::Good { RotationStage::Tested } else { RotationStage::Staged };
            rotation.tested_at = Some(now);
        }
        let (_, line) = self.try_pair(&client, rotation.new_slot.other(), Tried::OldPair).await?;
        rotation.report.push(line);
        self.parts.store.save_rotation(&rotation)?;
        Ok(rotation)
    }

    /// Puts the new secret to use; the old one is kept. `even_untested`: the provider did not tell, and the person
    /// says that it is good.
    pub async fn switch_client_secret(&self, id: &ClientId, even_untested: bool) -> Result<SecretRotation, Error> {
        let _lock = self.lock_client(id).await?;
        let client = self.client(id)?;
        let mut rotation = self.rotation(id)?.ok_or(RotationRefused::NoneUnderWay)?;
        rotation.may_switch(even_untested)?;
        if rotation.is_switched() {
            return Ok(rotation);
        }
        rotation.stage = RotationStage::Switched;
        rotation.switched_at = Some(self.parts.clock.now());
        self.parts.store.save_rotation(&rotation)?;
        self.parts.store.forget_client_secret_end(id)?;
        self.note_step(&client, "the new secret is in use")?;
        Ok(rotation)
    }

    /// Sees whether the secret in use works: a wrong code, and refreshes where they cost nothing. Rotating refresh
    /// tokens are used, once each, only where the person agreed.
    pub async fn verify_client_secret(&self, id: &ClientId, may_rotate: bool) -> Result<SecretRotation, Error> {
        let _lock = self.lock_client(id).await?;
        self.verify(id, may_rotate).await
    }

    /// Forgets the old secret. One that was not verified is verified first, without using up any token.
    pub async fn finish_rotation(&self, id: &ClientId) -> Result<(), Error> {
        let _lock = self.lock_client(id).await?;
        let client = self.client(id)?;
        let mut rotation = self.rotation(id)?.ok_or(RotationRefused::NoneUnderWay)?;
        if rotation.stage == RotationStage::Switched {
            rotation = self.verify(id, false).await?;
        }
        rotation.may_finish()?;
        self.parts.store.end_rotation(id, rotation.new_slot)?;
        self.note_step(&client, "the old secret is forgotten")?;
        self.erase_under_lock(id).await?;
        Ok(())
    }

    /// Goes back to the old secret, wherever the rotation is, and forgets the new one.
    pub async fn cancel_rotation(&self, id: &ClientId) -> Result<(), Error> {
        let _lock = self.lock_client(id).await?;
        let client = self.client(id)?;
        let rotation = self.rotation(id)?.ok_or(RotationRefused::NoneUnderWay)?;
        self.parts.store.end_rotation(id, rotation.new_slot.other())?;
        self.note_step(&client, "the rotation is cancelled: the old secret is in use")?;
        self.erase_under_lock(id).await?;
        Ok(())
    }

    /// At start: a secret that was being staged when the program ended is given up, and what is used no more is
    /// erased. Answers how much was erased.
    pub(super) async fn settle_rotations(&self) -> Result<usize, Error> {
        for rotation in self.parts.store.list_rotations()? {
            if rotation.stage != RotationStage::Staging {
                continue;
            }
            // Whoever is staging it just now holds the lock.
            let Ok(_lock) = self.try_lock_client(&rotation.client).await else { continue };
            let newest = self.parts.store.find_rotation(&rotation.client)?;
            if let Some(left) = newest.filter(|it| it.stage == RotationStage::Staging) {
                self.parts.store.end_rotation(&left.client, left.new_slot.other())?;
            }
        }
        self.erase_outlived_secrets().await
    }

    /// Takes secrets that are used no more out of the keychain.
    pub(super) async fn erase_outlived_secrets(&self) -> Result<usize, Error> {
        let mut erased_count = 0;
        let mut clients: Vec<_> = self.parts.store.list_outlived_secrets()?.into_iter().map(|(id, _)| id).collect();
        clients.dedup();
        for id in clients {
            let Ok(_lock) = self.try_lock_client(&id).await else { continue };
            erased_count += self.erase_under_lock(&id).await?;
        }
        Ok(erased_count)
    }

    /// The list is read again: a place that is being written to anew has left it.
    async fn erase_under_lock(&self, id: &ClientId) -> Result<usize, Error> {
        let outlived = self.parts.store.list_outlived_secrets()?;
        let mut erased_count = 0;
        for (_, slot) in outlived.into_iter().filter(|(owner, _)| owner == id) {
            self.parts.vault.erase_client_secret(id, slot).await?;
            self.parts.store.confirm_secret_erased(id, slot)?;
            erased_count += 1;
        }
        Ok(erased_count)
    }

    async fn verify(&self, id: &ClientId, may_rotate: bool) -> Result<SecretRotation, Error> {
        let client = self.client(id)?;
        let mut rotation = self.rotation(id)?.ok_or(RotationRefused::NoneUnderWay)?;
        if !rotation.is_switched() {
            return Err(RotationRefused::NotSwitched.into());
        }
        let (pair, line) = self.try_pair(&client, rotation.new_slot, Tried::NewPair).await?;
        rotation.report.push(line);
        let mut refreshes = vec![];
        // A pair that is refused would be refused to every refresh.
        if pair != PairVerdict::Refused {
            for (overview, _) in self.connections_of_client(id)? {
                refreshes.extend(self.refresh_to_verify(&overview.connection, may_rotate).await?);
            }
        }
        let is_good = is_verified(pair, &refreshes);
        rotation.report.extend(refreshes);
        rotation.stage = if is_good { RotationStage::Verified } else { RotationStage::Switched };
        self.parts.store.save_rotation(&rotation)?;
        if is_good {
            self.note_step(&client, "the new secret has proved itself")?;
        }
        Ok(rotation)
    }

    /// `None`: nothing may be, or can be, tried with it.
    async fn refresh_to_verify(
        &self,
        connection: &Connection,
        may_rotate: bool,
    ) -> Result<Option<RotationLine>, Error> {
        let is_alive = matches!(connection.grant, GrantState::Alive { .. });
        let can_refresh = is_alive && connection.token.as_ref().is_some_and(|token| token.has_refresh_token);
        let rotation = self.provider_or_stand_in(connection)?.refresh.rotation;
        match shown_by(rotation, can_refresh) {
            ShownBy::Refresh => {}
            ShownBy::RefreshIfAgreed if may_rotate => {}
            ShownBy::RefreshIfAgreed | ShownBy::Nothing => return Ok(None),
        }
        let (is_well, said) = match self.refresh(&connection.id, RefreshWhy::Person).await {
            Ok(RefreshOutcome::Refreshed { .. }) => (Some(true), "renewed".to_owned()),
            Ok(RefreshOutcome::AlreadyFresh { .. }) => (None, "renewed meanwhile".to_owned()),
            Ok(RefreshOutcome::NoRefreshToken) => (None, "it has no refresh token".to_owned()),
            Ok(RefreshOutcome::Failed { diagnosis, .. }) => {
                let is_refused = diagnosis.cause == CauseLabel::ClientCredentialsMismatch;
                (is_refused.then_some(false), diagnosis.cause.as_str().to_owned())
            }
            Ok(RefreshOutcome::GrantEnded { diagnosis }) => (None, diagnosis.cause.as_str().to_owned()),
            Err(error) => (None, error.to_string()),
        };
        let evidence = format!("{}: {said}", connection.name);
        Ok(Some(RotationLine { at: self.parts.clock.now(), tried: Tried::Refresh, is_well, evidence }))
    }

    /// A wrong code with the secret in this place.
    async fn try_pair(
        &self,
        client: &Client,
        slot: SecretSlot,
        tried: Tried,
    ) -> Result<(PairVerdict, RotationLine), Error> {
        self.refuse_when_offline()?;
        let provider = self.provider(&client.provider)?;
        let provider = self.with_variables(provider, Some(&client.variables), &BTreeMap::new())?;
        require_variables(&provider)?;
        let line = |is_well, evidence| RotationLine { at: self.parts.clock.now(), tried, is_well, evidence };
        let Some(secret) = self.parts.vault.read_client_secret(&client.id, slot).await? else {
            let evidence = "the keychain does not hold it".to_owned();
            return Ok((PairVerdict::Refused, line(Some(false), evidence)));
        };
        let redirect_uri = redirect_uri_for(&provider, Some(client), 1);
        let seen = self.try_wrong_code(&provider, Some(client), Some(&secret), &redirect_uri).await?.seen;
        let verdict = PairVerdict::of(&seen);
        let is_well = match verdict {
            PairVerdict::Good => Some(true),
            PairVerdict::Refused => Some(false),
            PairVerdict::NotTold => None,
        };
        Ok((verdict, line(is_well, said_of(&seen))))
    }

    fn rotation_at_any_stage(&self, id: &ClientId) -> Result<SecretRotation, Error> {
        Ok(self.parts.store.find_rotation(id)?.ok_or(RotationRefused::NoneUnderWay)?)
    }

    fn note_step(&self, client: &Client, what: &str) -> Result<(), Error> {
        let mut event = LifecycleEvent::new(self.parts.clock.now(), EventKind::ClientSecretRotated, None);
        event.environment = Some(client.environment);
        event.subject = Some(format!("{}: {what}", client.name));
        self.parts.store.append_event(&event)?;
        Ok(())
    }

    async fn lock_client(&self, id: &ClientId) -> Result<RefreshLock, Error> {
        Ok(self.parts.locks.acquire(&lock_name(id), STEP_TIME).await?)
    }

    async fn try_lock_client(&self, id: &ClientId) -> Result<RefreshLock, Error> {
        Ok(self.parts.locks.acquire(&lock_name(id), Duration::ZERO).await?)
    }
}

/// Ids of clients and of connections never meet: their first letters differ.
fn lock_name(id: &ClientId) -> ConnectionId {
    ConnectionId::from_text(id.as_str())
}

fn said_of(seen: &TokenSeen) -> String {
    match seen {
        TokenSeen::Issued => "a wrong code was answered with tokens".to_owned(),
        TokenSeen::NotAsked(why) => why.clone(),
        TokenSeen::Refused(diagnosis) => {
            let status = diagnosis.http_status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
            let code = diagnosis.provider_code.as_deref().unwrap_or(diagnosis.cause.as_str());
            format!("a wrong code was answered with {status} {code}")
        }
    }
}
