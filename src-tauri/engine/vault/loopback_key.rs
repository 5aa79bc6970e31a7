//! The key of the certificate for https on this computer: one per installation, and in no file [A2, A3].

use domain::Secret;

use super::item::{self, Assembly, Kind, Label};
use super::{Vault, VaultError, name_part, single_item};

impl Vault {
    /// Stores the key in place of the one before.
    ///
    /// # Errors
    /// Any of the vault's.
    #[expect(clippy::disallowed_methods, reason = "the keychain needs the plain value")]
    pub async fn write_loopback_key(&self, key: &Secret) -> Result<(), VaultError> {
        let name = self.loopback_key_name()?;
        let text = single_item(self.loopback_key_label(), key.expose_secret().as_bytes(), self.item_limit)?;
        let canary = self.expected_canary()?;
        self.thread.run(move |keychain| keychain.write(&name, &text, canary.as_ref())).await
    }

    /// The key. `None` only from the keychain that holds our canary.
    ///
    /// # Errors
    /// Any of the vault's.
    pub async fn read_loopback_key(&self) -> Result<Option<Secret>, VaultError> {
        let name = self.loopback_key_name()?;
        let canary = self.expected_canary()?;
        let install_id = self.install_id.clone();
        self.thread
            .run(move |keychain| {
                let texts = keychain.read(&name)?;
                if texts.is_empty() {
                    keychain.refuse_another(canary.as_ref())?;
                    return Ok(None);
                }
                let label = Label { kind: Kind::LoopbackKey, owner: &install_id, version: 0 };
                let assembly = Assembly::start(item::open(&texts, label, 0)?)?;
                let (plain, _) = assembly.sections()?;
                std::str::from_utf8(plain).map(|plain| Some(Secret::new(plain))).map_err(|_| VaultError::Damaged)
            })
            .await
    }

    fn loopback_key_label(&self) -> Label<'_> {
        Label { kind: Kind::LoopbackKey, owner: &self.install_id, version: 0 }
    }

    fn loopback_key_name(&self) -> Result<String, VaultError> {
        Ok(format!("{}/loopback-key", name_part(&self.install_id)?))
    }
}
