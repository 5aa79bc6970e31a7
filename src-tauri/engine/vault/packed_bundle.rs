//! A bundle as one text, for a time in which the keychain takes nothing [A3, S154].

use domain::token::TokenBundle;
use domain::{ConnectionId, TokenVersion};

use super::item::{self, Assembly, ItemText};
use super::{Vault, VaultError, bundle_label, bundle_sections};

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
}

#[cfg(test)]
mod tests {
    use domain::Secret;
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
