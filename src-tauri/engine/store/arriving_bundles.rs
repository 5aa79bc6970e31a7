//! What else changes when a bundle that is on its way counts: whoever brings it home after a crash, or when the keychain
//! is back, knows whose it is [A5, A7, S101].

use domain::connection::binding::GrantBinding;
use domain::connection::{FrozenEndpoints, Identity};
use domain::diagnosis::Diagnosis;
use domain::{ClientId, ConnectionId, TokenVersion};
use rusqlite::OptionalExtension as _;
use serde::{Deserialize, Serialize};
use url::Url;

use super::columns::{DiagnosisColumn, read_json, written_json};
use super::{Store, StoreError};

/// A bundle that the provider issued and that does not count yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArrivingBundle {
    /// A sign-in brought it.
    Grant(Box<ArrivingGrant>),
    /// A refresh brought it, and it is another account's: kept, and given to nobody.
    Refused(Diagnosis),
}

/// What a sign-in changes besides the tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrivingGrant {
    pub identity: Identity,
    pub requested: Vec<String>,
    pub endpoints: FrozenEndpoints,
    pub binding: GrantBinding,
    pub client: ClientId,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum BundleColumn {
    Grant(Box<GrantColumn>),
    Refused(DiagnosisColumn),
}

#[derive(Serialize, Deserialize)]
struct GrantColumn {
    subject: Option<String>,
    label: Option<String>,
    workspace_id: Option<String>,
    workspace_name: Option<String>,
    account_kind: Option<String>,
    requested: Vec<String>,
    issuer: Option<String>,
    token_endpoint: Url,
    kept_fields: Vec<(String, String)>,
    resource: Option<String>,
    dpop_thumbprint: Option<String>,
    mcp_server: Option<String>,
    by_device: bool,
    client: String,
}

impl Store {
    /// A refresh brought tokens of another account, which are stored next.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn note_refused(
        &self,
        id: &ConnectionId,
        version: TokenVersion,
        diagnosis: &Diagnosis,
    ) -> Result<(), StoreError> {
        self.write(|writing| put(writing, id, version, &ArrivingBundle::Refused(diagnosis.clone())))
    }

    /// What is known of a bundle that does not count yet, by its version.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn arriving_bundle(
        &self,
        id: &ConnectionId,
        version: TokenVersion,
    ) -> Result<Option<ArrivingBundle>, StoreError> {
        self.read(|sqlite| {
            let mut statement =
                sqlite.prepare_cached("SELECT change FROM arriving_bundles WHERE connection = ?1 AND version = ?2")?;
            let found = statement.query_row((id.as_str(), version.0), |row| Ok(read_json(row, "change"))).optional()?;
            found.transpose()?.map(BundleColumn::into_bundle).transpose()
        })
    }
}

pub(super) fn put(
    sqlite: &rusqlite::Connection,
    id: &ConnectionId,
    version: TokenVersion,
    bundle: &ArrivingBundle,
) -> Result<(), StoreError> {
    let change = written_json(&BundleColumn::from(bundle.clone()), "change")?;
    sqlite
        .prepare_cached("INSERT OR REPLACE INTO arriving_bundles (connection, version, change) VALUES (?1, ?2, ?3)")?
        .execute((id.as_str(), version.0, change))?;
    Ok(())
}

/// It has arrived, or another is on its way under the same version.
pub(super) fn forget(sqlite: &rusqlite::Connection, id: &ConnectionId) -> Result<(), StoreError> {
    sqlite.prepare_cached("DELETE FROM arriving_bundles WHERE connection = ?1")?.execute([id.as_str()])?;
    Ok(())
}

impl From<ArrivingBundle> for BundleColumn {
    fn from(bundle: ArrivingBundle) -> Self {
        let grant = match bundle {
            ArrivingBundle::Refused(diagnosis) => return Self::Refused(DiagnosisColumn::from(&diagnosis)),
            ArrivingBundle::Grant(grant) => *grant,
        };
        let Identity { subject, label, workspace_id, workspace_name, account_kind } = grant.identity;
        let FrozenEndpoints { issuer, token_endpoint, kept_fields } = grant.endpoints;
        let GrantBinding { resource, dpop_thumbprint, mcp_server, is_by_device: by_device } = grant.binding;
        let (requested, client) = (grant.requested, grant.client.as_str().to_owned());
        Self::Grant(Box::new(GrantColumn {
            subject,
            label,
            workspace_id,
            workspace_name,
            account_kind,
            requested,
            issuer,
            token_endpoint,
            kept_fields,
            resource,
            dpop_thumbprint,
            mcp_server,
            by_device,
            client,
        }))
    }
}

impl BundleColumn {
    fn into_bundle(self) -> Result<ArrivingBundle, StoreError> {
        let grant = match self {
            Self::Refused(diagnosis) => {
                let diagnosis = diagnosis.into_diagnosis().ok_or(StoreError::Unreadable { column: "change" })?;
                return Ok(ArrivingBundle::Refused(diagnosis));
            }
            Self::Grant(grant) => *grant,
        };
        let GrantColumn { subject, label, workspace_id, workspace_name, account_kind, requested, .. } = grant;
        let GrantColumn { issuer, token_endpoint, kept_fields, resource, dpop_thumbprint, mcp_server, .. } = grant;
        Ok(ArrivingBundle::Grant(Box::new(ArrivingGrant {
            identity: Identity { subject, label, workspace_id, workspace_name, account_kind },
            requested,
            endpoints: FrozenEndpoints { issuer, token_endpoint, kept_fields },
            binding: GrantBinding { resource, dpop_thumbprint, mcp_server, is_by_device: grant.by_device },
            client: ClientId::from_text(grant.client),
        })))
    }
}

#[cfg(test)]
mod tests {
    use domain::diagnosis::CauseLabel;

    use super::super::test_values::{arriving_grant, at_minute, connection, refreshed_to, store};
    use super::*;

    /// A5, A7: all of it comes back, for this version alone, until it counts.
    #[test]
    fn what_a_sign_in_changes_is_known_until_its_bundle_counts() {
        let store = store();
        let id = connection().id;
        store.begin_reconnect(&id, TokenVersion(1), at_minute(6), arriving_grant()).unwrap();

        let known = Some(ArrivingBundle::Grant(Box::new(arriving_grant())));
        assert_eq!(store.arriving_bundle(&id, TokenVersion(2)).unwrap(), known);
        assert_eq!(store.arriving_bundle(&id, TokenVersion(3)).unwrap(), None, "that is another one");
        assert_eq!(store.list_bound_keys().unwrap(), ["thumb"], "its key is needed to use it");

        store.commit_bundle(&id, TokenVersion(1), &refreshed_to(2), &[]).unwrap();
        assert_eq!(store.arriving_bundle(&id, TokenVersion(2)).unwrap(), None);
    }

    /// A5: a sign-in that never stored its bundle says nothing of the refresh that takes its version.
    #[test]
    fn a_refresh_under_the_same_version_is_not_taken_for_the_sign_in() {
        let store = store();
        let id = connection().id;
        store.begin_reconnect(&id, TokenVersion(1), at_minute(6), arriving_grant()).unwrap();

        store.begin_refresh(&id, TokenVersion(1), at_minute(7), "me").unwrap();

        assert_eq!(store.arriving_bundle(&id, TokenVersion(2)).unwrap(), None);
    }

    /// S101: whoever stores the bundle knows that it is nobody's to use.
    #[test]
    fn a_refused_bundle_stays_refused() {
        let store = store();
        let id = connection().id;
        let diagnosis = Diagnosis::of(CauseLabel::WrongTenantOrAccount);

        store.note_refused(&id, TokenVersion(2), &diagnosis).unwrap();

        let known = store.arriving_bundle(&id, TokenVersion(2)).unwrap();
        let Some(ArrivingBundle::Refused(known)) = known else { panic!("{known:?}") };
        assert_eq!((known.cause, known.action), (diagnosis.cause, diagnosis.action));
    }
}
