//! Keys of ours in the keychain: what tokens are bound to (RFC 9449), what a registration is managed with (RFC 7592),
//! what sealed bundles are opened with, what platforms are asked with, what channels for alerts need, what events are
//! forwarded with, and that of the certificate for https on this computer [A2, A3, F4, F5, S092, S103, S154].

use domain::{AlertChannelId, ClientId, EventDestinationId, PlatformId, Secret};

use super::item::{self, Assembly, Kind, Label};
use super::{Vault, VaultError, name_part, single_item};

impl Vault {
    /// Stores a key under its thumbprint, and reads it back.
    ///
    /// # Errors
    /// Any of the vault's.
    pub async fn write_dpop_key(&self, thumbprint: &str, key: &Secret) -> Result<(), VaultError> {
        self.write_one(self.dpop_name(thumbprint)?, Kind::DpopKey, thumbprint, key).await
    }

    /// The key of that thumbprint. `None` only from the keychain that holds our canary.
    ///
    /// # Errors
    /// Any of the vault's.
    pub async fn read_dpop_key(&self, thumbprint: &str) -> Result<Option<Secret>, VaultError> {
        self.read_one(self.dpop_name(thumbprint)?, Kind::DpopKey, thumbprint).await
    }

    /// Erases the key of that thumbprint. Absent is fine.
    ///
    /// # Errors
    /// Any of the vault's.
    pub async fn erase_dpop_key(&self, thumbprint: &str) -> Result<(), VaultError> {
        let name = self.dpop_name(thumbprint)?;
        self.thread.run(move |keychain| keychain.erase(&name)).await
    }

    /// Stores the access token of a client's registration, and reads it back.
    ///
    /// # Errors
    /// Any of the vault's.
    pub async fn write_registration_token(&self, client: &ClientId, token: &Secret) -> Result<(), VaultError> {
        self.write_one(self.registration_name(client)?, Kind::RegistrationToken, client.as_str(), token).await
    }

    /// The access token of a client's registration. `None` only from the keychain that holds our canary.
    ///
    /// # Errors
    /// Any of the vault's.
    pub async fn read_registration_token(&self, client: &ClientId) -> Result<Option<Secret>, VaultError> {
        self.read_one(self.registration_name(client)?, Kind::RegistrationToken, client.as_str()).await
    }

    /// Erases the access token of a client's registration. Absent is fine.
    ///
    /// # Errors
    /// Any of the vault's.
    pub async fn erase_registration_token(&self, client: &ClientId) -> Result<(), VaultError> {
        let name = self.registration_name(client)?;
        self.thread.run(move |keychain| keychain.erase(&name)).await
    }

    /// Stores the key that a platform's API is asked with, in place of the one before, and reads it back.
    ///
    /// # Errors
    /// Any of the vault's.
    pub async fn write_platform_key(&self, platform: &PlatformId, key: &Secret) -> Result<(), VaultError> {
        self.write_one(self.platform_name(platform)?, Kind::PlatformKey, platform.as_str(), key).await
    }

    /// The key of a platform. `None` only from the keychain that holds our canary.
    ///
    /// # Errors
    /// Any of the vault's.
    pub async fn read_platform_key(&self, platform: &PlatformId) -> Result<Option<Secret>, VaultError> {
        self.read_one(self.platform_name(platform)?, Kind::PlatformKey, platform.as_str()).await
    }

    /// Erases the key of a platform. Absent is fine.
    ///
    /// # Errors
    /// Any of the vault's.
    pub async fn erase_platform_key(&self, platform: &PlatformId) -> Result<(), VaultError> {
        let name = self.platform_name(platform)?;
        self.thread.run(move |keychain| keychain.erase(&name)).await
    }

    /// Stores what a channel for alerts needs: an address that is a key, a signing secret, a password. Reads it back.
    ///
    /// # Errors
    /// Any of the vault's.
    pub async fn write_alert_secret(&self, channel: &AlertChannelId, secret: &Secret) -> Result<(), VaultError> {
        self.write_one(self.alert_name(channel)?, Kind::AlertChannel, channel.as_str(), secret).await
    }

    /// What a channel for alerts needs. `None` only from the keychain that holds our canary.
    ///
    /// # Errors
    /// Any of the vault's.
    pub async fn read_alert_secret(&self, channel: &AlertChannelId) -> Result<Option<Secret>, VaultError> {
        self.read_one(self.alert_name(channel)?, Kind::AlertChannel, channel.as_str()).await
    }

    /// Erases what a channel for alerts needed. Absent is fine.
    ///
    /// # Errors
    /// Any of the vault's.
    pub async fn erase_alert_secret(&self, channel: &AlertChannelId) -> Result<(), VaultError> {
        let name = self.alert_name(channel)?;
        self.thread.run(move |keychain| keychain.erase(&name)).await
    }

    /// Stores what a place is written to with that events are forwarded to, in place of the one before, and reads it back.
    ///
    /// # Errors
    /// Any of the vault's.
    pub async fn write_forwarding_secret(&self, id: &EventDestinationId, secret: &Secret) -> Result<(), VaultError> {
        self.write_one(self.forwarding_name(id)?, Kind::ForwardingSecret, id.as_str(), secret).await
    }

    /// What a place is written to with. `None` only from the keychain that holds our canary.
    ///
    /// # Errors
    /// Any of the vault's.
    pub async fn read_forwarding_secret(&self, id: &EventDestinationId) -> Result<Option<Secret>, VaultError> {
        self.read_one(self.forwarding_name(id)?, Kind::ForwardingSecret, id.as_str()).await
    }

    /// Erases what a place was written to with. Absent is fine.
    ///
    /// # Errors
    /// Any of the vault's.
    pub async fn erase_forwarding_secret(&self, id: &EventDestinationId) -> Result<(), VaultError> {
        let name = self.forwarding_name(id)?;
        self.thread.run(move |keychain| keychain.erase(&name)).await
    }

    /// Stores the secret half of the key that sealed bundles are opened with: one per installation.
    ///
    /// # Errors
    /// Any of the vault's.
    pub async fn write_held_key(&self, key: &Secret) -> Result<(), VaultError> {
        self.write_one(self.own_name("held-key")?, Kind::HeldKey, &self.install_id, key).await
    }

    /// The secret half of that key. `None` only from the keychain that holds our canary.
    ///
    /// # Errors
    /// Any of the vault's.
    pub async fn read_held_key(&self) -> Result<Option<Secret>, VaultError> {
        self.read_one(self.own_name("held-key")?, Kind::HeldKey, &self.install_id).await
    }

    /// Stores the key of the certificate for https on this computer in place of the one before: one per installation,
    /// and in no file.
    ///
    /// # Errors
    /// Any of the vault's.
    pub async fn write_loopback_key(&self, key: &Secret) -> Result<(), VaultError> {
        self.write_one(self.own_name("loopback-key")?, Kind::LoopbackKey, &self.install_id, key).await
    }

    /// That key. `None` only from the keychain that holds our canary.
    ///
    /// # Errors
    /// Any of the vault's.
    pub async fn read_loopback_key(&self) -> Result<Option<Secret>, VaultError> {
        self.read_one(self.own_name("loopback-key")?, Kind::LoopbackKey, &self.install_id).await
    }

    #[expect(clippy::disallowed_methods, reason = "the keychain needs the plain value")]
    async fn write_one(&self, name: String, kind: Kind, owner: &str, secret: &Secret) -> Result<(), VaultError> {
        let label = Label { kind, owner, version: 0 };
        let text = single_item(label, secret.expose_secret().as_bytes(), self.item_limit)?;
        let canary = self.expected_canary()?;
        self.thread.run(move |keychain| keychain.write(&name, &text, canary.as_ref())).await
    }

    async fn read_one(&self, name: String, kind: Kind, owner: &str) -> Result<Option<Secret>, VaultError> {
        let canary = self.expected_canary()?;
        let owner = owner.to_owned();
        self.thread
            .run(move |keychain| {
                let texts = keychain.read(&name)?;
                if texts.is_empty() {
                    keychain.refuse_another(canary.as_ref())?;
                    return Ok(None);
                }
                let assembly = Assembly::start(item::open(&texts, Label { kind, owner: &owner, version: 0 }, 0)?)?;
                let (plain, _) = assembly.sections()?;
                std::str::from_utf8(plain).map(|plain| Some(Secret::new(plain))).map_err(|_| VaultError::Damaged)
            })
            .await
    }

    fn own_name(&self, key: &str) -> Result<String, VaultError> {
        Ok(format!("{}/{key}", name_part(&self.install_id)?))
    }

    fn platform_name(&self, platform: &PlatformId) -> Result<String, VaultError> {
        Ok(format!("{}/platform/{}", name_part(&self.install_id)?, name_part(platform.as_str())?))
    }

    fn alert_name(&self, channel: &AlertChannelId) -> Result<String, VaultError> {
        Ok(format!("{}/alert/{}", name_part(&self.install_id)?, name_part(channel.as_str())?))
    }

    fn forwarding_name(&self, id: &EventDestinationId) -> Result<String, VaultError> {
        Ok(format!("{}/forwarding/{}", name_part(&self.install_id)?, name_part(id.as_str())?))
    }

    fn dpop_name(&self, thumbprint: &str) -> Result<String, VaultError> {
        Ok(format!("{}/dpop/{}", name_part(&self.install_id)?, name_part(thumbprint)?))
    }

    fn registration_name(&self, client: &ClientId) -> Result<String, VaultError> {
        Ok(format!("{}/registration/{}", name_part(&self.install_id)?, name_part(client.as_str())?))
    }
}
