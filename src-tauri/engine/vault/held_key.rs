//! What the vault gives for a time in which the keychain takes nothing: a bundle as one text, and the key that
//! sealed bundles are opened with [A3, S154].

use domain::token::TokenBundle;
use domain::{ConnectionId, Secret, TokenVersion};

use super::item::{self, Assembly, ItemText, Kind, Label};
use super::{Vault, VaultError, bundle_label, bundle_sections, name_part, single_item};

/// A file holds what no keychain does in one item; no answer is larger than the transport lets through.
const LONGEST_TEXT: usize = 16 * 1024 * 1024;

impl Vault {
    /// The bundle as one checked text, as it would stand in a keychain without limits.
    ///
    /// # Errors
    /// [`VaultError::TooLarge`].
    pub fn pack(connection: &ConnectionId, bundle: &TokenBundle) -> Result<ItemText, VaultError> {
        let (refresh, rest) = (bundle_sections::write_refresh(bundle), bundle_sections::write_rest(bundle));
        let label = bundle_label(connection, bundle.version);
        let mut items = item::seal(label, &refresh, &rest, LONGEST_TEXT)?;
        match items.pop() {
            Some(only) if items.is_empty() => Ok(only),
            Some(_) | None => Err(VaultError::TooLarge { length: refresh.len() + rest.len(), limit: LONGEST_TEXT }),
        }
    }

    /// The bundle that [`Vault::pack`] made a text of, if it is that one, and whole.
    ///
    /// # Errors
    /// [`VaultError::Damaged`].
    pub fn unpack(connection: &ConnectionId, version: TokenVersion, text: &[u8]) -> Result<TokenBundle, VaultError> {
        let text = ItemText::new(text.to_vec());
        let assembly = Assembly::start(item::open(&[text], bundle_label(connection, version), 0)?)?;
        let (refresh, rest) = assembly.sections()?;
        bundle_sections::read_both(refresh, rest, version).ok_or(VaultError::Damaged)
    }

    /// Stores the secret half of the key that sealed bundles are opened with.
    ///
    /// # Errors
    /// Any of the vault's.
    #[expect(clippy::disallowed_methods, reason = "the keychain needs the plain value")]
    pub async fn write_held_key(&self, key: &Secret) -> Result<(), VaultError> {
        let name = self.held_key_name()?;
        let text = single_item(self.held_key_label(), key.expose_secret().as_bytes(), self.item_limit)?;
        let canary = self.expected_canary()?;
        self.thread.run(move |keychain| keychain.write(&name, &text, canary.as_ref())).await
    }

    /// The secret half of that key. `None` only from the keychain that holds our canary.
    ///
    /// # Errors
    /// Any of the vault's.
    pub async fn read_held_key(&self) -> Result<Option<Secret>, VaultError> {
        let name = self.held_key_name()?;
        let canary = self.expected_canary()?;
        let install_id = self.install_id.clone();
        self.thread
            .run(move |keychain| {
                let texts = keychain.read(&name)?;
                if texts.is_empty() {
                    keychain.refuse_another(canary.as_ref())?;
                    return Ok(None);
                }
                let label = Label { kind: Kind::HeldKey, owner: &install_id, version: 0 };
                let assembly = Assembly::start(item::open(&texts, label, 0)?)?;
                let (plain, _) = assembly.sections()?;
                std::str::from_utf8(plain).map(|plain| Some(Secret::new(plain))).map_err(|_| VaultError::Damaged)
            })
            .await
    }

    fn held_key_label(&self) -> Label<'_> {
        Label { kind: Kind::HeldKey, owner: &self.install_id, version: 0 }
    }

    fn held_key_name(&self) -> Result<String, VaultError> {
        Ok(format!("{}/held-key", name_part(&self.install_id)?))
    }
}

#[cfg(test)]
mod tests {
    use domain::token::Expiry;
    use jiff::Timestamp;

    use super::*;

    fn bundle() -> TokenBundle {
        TokenBundle {
            version: TokenVersion(4),
            access_token: Some(Secret::new("at".repeat(20_000))),
            refresh_token: Some(Secret::new("rt".repeat(1_000))),
            issued_at: Timestamp::UNIX_EPOCH,
            expiry: Expiry::Never,
            refresh_token_ends_at: None,
            granted_scopes: vec!["drive".into()],
            defects: vec![],
        }
    }

    /// S154: also a bundle that no keychain takes in one item.
    #[test]
    fn a_packed_bundle_is_the_same_again_and_nobody_elses() {
        let id = ConnectionId::from_random(7);
        let text = Vault::pack(&id, &bundle()).unwrap();

        let again = Vault::unpack(&id, TokenVersion(4), &text).unwrap();

        assert_eq!(again.facts(), bundle().facts());
        for (other, version) in [(ConnectionId::from_random(8), TokenVersion(4)), (id, TokenVersion(5))] {
            assert_eq!(Vault::unpack(&other, version, &text).unwrap_err(), VaultError::Damaged, "{other}, {version}");
        }
    }
}
