//! What a person sees of a find: its provider, what it warns of, and why it cannot be taken where it cannot [A8, S073].

use std::collections::BTreeMap;

use domain::Secret;
use domain::connection::{Connection, Environment};
use domain::provider::{Provider, Rotation, SecretNeed};
use url::Url;

use super::{ImportItem, ImportProvider, ImportRefusal, ImportWarning};
use crate::connection_import::{Clues, Found, ImportFormat, NoProvider, guess};
use crate::{Engine, Error};

/// So many versions back a token of a file's is recognised as one of the board's.
const LINKS_LOOKED_AT: usize = 200;

/// Stands in an address for the value that is looked for; no provider's address holds it.
const MARK: &str = "patchbay-value-here";

impl Engine {
    pub(super) fn previewed(&self, found: &[(String, Found)], format: ImportFormat) -> Result<Vec<ImportItem>, Error> {
        let known = self.known_providers()?;
        let ours = self.fingerprints_on_board()?;
        let mut items: Vec<ImportItem> = Vec::new();
        for (index, (file, found)) in found.iter().enumerate() {
            let mut item = item(index + 1, file, found);
            self.judge(&mut item, found, format, &known)?;
            if let Some(fingerprint) = &item.refresh_token
                && item.refusal.is_none()
            {
                item.refusal = ours
                    .get(fingerprint.as_str())
                    .map(|it| ImportRefusal::AlreadyOnBoard { connection: it.id.clone(), name: it.name.clone() });
                let twin = items.iter().find(|it| it.refresh_token.as_ref() == Some(fingerprint));
                if let Some(twin) = twin.filter(|_| item.refusal.is_none()) {
                    item.refusal = Some(ImportRefusal::TwiceInFile { number: twin.number });
                }
            }
            if let Some(fingerprint) = item.access_token.as_ref().filter(|_| item.refresh_token.is_none())
                && item.refusal.is_none()
            {
                let ours = self.holder_of_access_token(fingerprint)?;
                item.refusal = ours.map(|it| ImportRefusal::AlreadyOnBoard { connection: it.id, name: it.name });
            }
            items.push(item);
        }
        Ok(items)
    }

    fn judge(
        &self,
        item: &mut ImportItem,
        found: &Found,
        format: ImportFormat,
        known: &[Provider],
    ) -> Result<(), Error> {
        if let Some(kind) = &found.other_kind {
            item.refusal = Some(ImportRefusal::OtherKind(kind.clone()));
            return Ok(());
        }
        if found.client.is_none() && found.grant.is_none() {
            item.refusal = Some(ImportRefusal::NothingUsable);
            return Ok(());
        }
        let guessed = match guess(&found.clues, known.iter()) {
            Ok(guessed) => guessed,
            Err(nobody) => {
                item.refusal = Some(refusal_of(nobody));
                return Ok(());
            }
        };
        let provider = known.iter().find(|it| it.id == guessed.id);
        item.provider = Some(ImportProvider {
            name: provider.map_or_else(|| guessed.id.to_string(), |it| it.name.clone()),
            certainty: guessed.certainty,
            id: guessed.id.clone(),
        });
        let Some(client) = &found.client else {
            item.refusal = Some(ImportRefusal::NoClient);
            return Ok(());
        };
        let on_board = self.parts.store.find_client_by(&guessed.id, &client.id, Environment::default())?;
        if let Some(on_board) = &on_board {
            item.warnings.push(ImportWarning::ClientKnown { name: on_board.name.clone() });
        }
        if let Some(grant) = &found.grant {
            if grant.refresh_token.is_none() {
                item.warnings.push(ImportWarning::NoRefreshToken);
            } else if provider.is_none_or(|it| it.refresh.rotation != Rotation::Never) {
                // An issuer that is yet to be asked may rotate as well.
                item.warnings.push(ImportWarning::TwoHolders { tool: format.tool() });
            }
        }
        let Some(provider) = provider else { return Ok(()) };
        let has_secret = client.secret.is_some() || on_board.is_some_and(|it| it.has_secret);
        if provider.client_secret == SecretNeed::Required && !has_secret {
            item.refusal = Some(ImportRefusal::NoClientSecret);
        }
        let values = self.values_in(provider, &found.clues);
        let missing = provider.variables.iter().find(|it| it.usual.is_none() && !values.contains_key(&it.name));
        if let Some(missing) = missing {
            item.refusal = Some(ImportRefusal::VariableMissing { asks: missing.asks.clone() });
        }
        Ok(())
    }

    /// The catalogue's, and issuers that described themselves before.
    fn known_providers(&self) -> Result<Vec<Provider>, Error> {
        let mut known: Vec<_> = self.parts.catalogue.now().list().cloned().collect();
        let issuers = self.parts.store.list_issuers()?;
        known.extend(issuers.iter().filter_map(|issuer| self.provider(&issuer.provider).ok()));
        Ok(known)
    }

    /// Every refresh token that a connection of this board has or had: a spent one must never be sent again, since
    /// a provider that rotates takes that for a theft.
    fn fingerprints_on_board(&self) -> Result<BTreeMap<String, Connection>, Error> {
        let mut ours = BTreeMap::new();
        for connection in self.parts.store.list_connections()? {
            let links = self.parts.store.list_token_links(&connection.id, LINKS_LOOKED_AT)?;
            for fingerprint in links.into_iter().filter_map(|link| link.refresh_fingerprint) {
                ours.insert(fingerprint.as_str().to_owned(), connection.clone());
            }
        }
        Ok(ours)
    }

    /// The values that make the provider's addresses those of the file: a tenant, a shop.
    pub(super) fn values_in(&self, provider: &Provider, clues: &Clues) -> BTreeMap<String, String> {
        let [variable] = provider.variables.as_slice() else { return BTreeMap::new() };
        let marked = BTreeMap::from([(variable.name.clone(), MARK.to_owned())]);
        let Ok(Some(pattern)) = self.parts.catalogue.now().find_with(&provider.id, &marked) else {
            return BTreeMap::new();
        };
        let pairs =
            [(&clues.token_url, &pattern.token_endpoint), (&clues.authorize_url, &pattern.authorization_endpoint)];
        let value = pairs.into_iter().find_map(|(written, pattern)| value_in(written.as_deref()?, pattern));
        let checked = value.and_then(|value| variable.checked(&value).ok());
        checked.map(|value| BTreeMap::from([(variable.name.clone(), value)])).unwrap_or_default()
    }
}

/// What stands in an address where the pattern has its mark.
fn value_in(written: &str, pattern: &Url) -> Option<String> {
    let written = Url::parse(written).ok()?;
    let (before, after) = pattern.as_str().split_once(MARK)?;
    let value = written.as_str().strip_prefix(before)?.strip_suffix(after)?;
    Some(value.to_owned())
}

fn item(number: usize, file: &str, found: &Found) -> ImportItem {
    let grant = found.grant.as_ref();
    let name = found.name.clone().filter(|it| !it.trim().is_empty());
    ImportItem {
        number,
        file: file.to_owned(),
        place: found.place.clone(),
        name: name.or_else(|| grant?.account.clone()).unwrap_or_else(|| file.to_owned()),
        provider: None,
        client_id: found.client.as_ref().map(|client| client.id.clone()),
        client_secret: found.client.as_ref().and_then(|client| client.secret.as_ref()).map(Secret::fingerprint),
        refresh_token: grant.and_then(|it| it.refresh_token.as_ref()).map(Secret::fingerprint),
        access_token: grant.and_then(|it| it.access_token.as_ref()).map(Secret::fingerprint),
        expires_at: grant.and_then(|it| it.expires_at),
        scopes: grant.map(|it| it.scopes.clone()).unwrap_or_default(),
        account: grant.and_then(|it| it.account.clone()),
        warnings: found.oddities.iter().cloned().map(ImportWarning::Oddity).collect(),
        refusal: None,
    }
}

fn refusal_of(nobody: NoProvider) -> ImportRefusal {
    match nobody {
        NoProvider::HostUnknown(host) => ImportRefusal::HostUnknown(host),
        NoProvider::AddressRefused { field } => ImportRefusal::AddressRefused { field },
        NoProvider::NothingSaid => ImportRefusal::ProviderUnclear,
        NoProvider::NameUnknown(name) => ImportRefusal::NameUnknown(name),
    }
}
