//! One connection as a row, there and back, field by field [A1].

use domain::connection::{
    Connection, FailureStreak, FrozenEndpoints, GrantState, Identity, Proof, ProofKind, Scopes, WordlessRefusals,
};
use domain::diagnosis::Diagnosis;
use domain::token::{Expiry, TokenDefect, TokenFacts};
use domain::{ClientId, ConnectionId, ProviderId, TokenVersion};
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{OptionalExtension as _, Row, named_params, params_from_iter};

use super::StoreError;
use super::columns::{
    Column as _, Placed, read, read_environment, read_json, read_moment, read_optional_diagnosis,
    read_optional_fingerprint, read_optional_moment, read_with, written_diagnosis, written_json, written_moment,
};

/// A connection with what only the store and the flows of a refresh need.
pub(super) struct ConnectionRow {
    pub(super) connection: Connection,
    pub(super) intent: Option<RefreshIntent>,
}

/// A refresh that is about to leave, or has left.
pub(super) struct RefreshIntent {
    /// The version its bundle would get.
    pub(super) version: TokenVersion,
    pub(super) at: Timestamp,
    /// Who began it, where somebody said.
    pub(super) by: Option<String>,
}

impl ConnectionRow {
    pub(super) fn find(sqlite: &rusqlite::Connection, id: &ConnectionId) -> Result<Option<Self>, StoreError> {
        let mut statement = sqlite.prepare_cached("SELECT * FROM connections WHERE id = ?1")?;
        let mut rows = statement.query([id.as_str()])?;
        rows.next()?.map(Self::read).transpose()
    }

    pub(super) fn read(row: &Row<'_>) -> Result<Self, StoreError> {
        let intent_at = read_optional_moment(row, const { place("intent_at") })?;
        let intent_version: Option<u32> = read(row, const { place("intent_version") })?;
        let by: Option<String> = read(row, const { place("intent_by") })?;
        let intent =
            intent_version.zip(intent_at).map(|(version, at)| RefreshIntent { version: TokenVersion(version), at, by });
        Ok(Self { connection: read_connection(row)?, intent })
    }

    /// The pointer: zero where no bundle was stored yet.
    pub(super) fn version(&self) -> TokenVersion {
        self.connection.token.as_ref().map_or(TokenVersion::default(), |token| token.version)
    }

    /// Another connection of the same grant, which the unique index would not allow beside this one [A1].
    pub(super) fn find_twin(&self, sqlite: &rusqlite::Connection) -> Result<Option<ConnectionId>, StoreError> {
        let it = &self.connection;
        if matches!(it.grant, GrantState::Disconnected { .. }) || it.identity.subject.is_none() {
            return Ok(None);
        }
        let twin: Option<String> = sqlite
            .prepare_cached(
                "SELECT id FROM connections
                 WHERE id <> :id AND grant_state <> 'disconnected' AND provider = :provider AND client = :client
                   AND subject = :subject AND coalesce(workspace_id, '') = coalesce(:workspace_id, '')
                   AND environment = :environment",
            )?
            .query_row(
                named_params! {
                    ":id": it.id.as_str(),
                    ":provider": it.provider.as_str(),
                    ":client": it.client.as_str(),
                    ":subject": it.identity.subject,
                    ":workspace_id": it.identity.workspace_id,
                    ":environment": it.environment.as_str(),
                },
                |row| row.get(0),
            )
            .optional()?;
        Ok(twin.map(ConnectionId::from_text))
    }

    pub(super) fn insert(&self, sqlite: &rusqlite::Connection) -> Result<(), StoreError> {
        let columns = self.columns()?;
        let names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let places = vec!["?"; columns.len()].join(", ");
        let statement =
            format!("{NEWEST_REVISION} INSERT INTO connections ({names}, revision) VALUES ({places}, {NEXT_REVISION})");
        sqlite.prepare_cached(&statement)?.execute(params_from_iter(columns.iter().map(|(_, value)| value)))?;
        Ok(())
    }

    /// Writes the columns that differ from those that were stored, and no index of the others.
    pub(super) fn update(&self, sqlite: &rusqlite::Connection, stored: &[Stored]) -> Result<(), StoreError> {
        let columns = self.columns()?;
        let changed: Vec<_> = columns.iter().zip(stored).filter(|(new, old)| new != old).map(|(new, _)| new).collect();
        if changed.is_empty() {
            return Ok(());
        }
        let is_of = |names: &[&str]| changed.iter().any(|(name, _)| names.contains(name));
        if is_of(OF_THE_GRANT)
            && let Some(other) = self.find_twin(sqlite)?
        {
            return Err(StoreError::Duplicate { other });
        }
        let mut changes = changed.iter().map(|(name, _)| format!("{name} = ?")).collect::<Vec<_>>();
        changes.push(format!("revision = {NEXT_REVISION}"));
        let statement = format!("{NEWEST_REVISION} UPDATE connections SET {} WHERE id = ?", changes.join(", "));
        let id = Value::from(self.connection.id.as_str().to_owned());
        let values = changed.iter().map(|(_, value)| value).chain([&id]);
        sqlite.prepare_cached(&statement)?.execute(params_from_iter(values))?;
        Ok(())
    }

    /// Every column but the revision with what stands in it, in one order.
    pub(super) fn columns(&self) -> Result<Vec<Stored>, StoreError> {
        let Connection {
            id,
            name,
            provider,
            client,
            customer,
            environment,
            identity: Identity { subject, label, workspace_id, workspace_name, account_kind },
            endpoints: FrozenEndpoints { issuer, token_endpoint, kept_fields },
            scopes: Scopes { requested, granted },
            automatic_refresh,
            created_at,
            grant,
            token,
            refresh_token_ends_at,
            refresh_end_moves,
            refresh_failures: failures,
            recovered_at,
            proof,
        } = &self.connection;
        let grant = GrantColumns::of(grant);
        let token = token.as_ref();
        let (expiry, expires_at) = token.map(|token| written_expiry(token.expiry)).unzip();
        let defects = token.map(|it| it.defects.iter().map(|defect| defect.as_str()).collect::<Vec<_>>());
        let (failures, proof, intent) = (failures.as_ref(), proof.as_ref(), self.intent.as_ref());
        let wordless = failures.and_then(|it| it.wordless.as_ref());
        let words = |text: Option<&str>| Value::from(text.map(str::to_owned));
        let moment = |at: Option<Timestamp>| Value::from(at.map(written_moment));

        Ok(vec![
            ("id", words(Some(id.as_str()))),
            ("name", words(Some(name))),
            ("provider", words(Some(provider.as_str()))),
            ("client", words(Some(client.as_str()))),
            ("customer", words(customer.as_deref())),
            ("environment", words(Some(environment.as_str()))),
            ("subject", words(subject.as_deref())),
            ("account_label", words(label.as_deref())),
            ("workspace_id", words(workspace_id.as_deref())),
            ("workspace_name", words(workspace_name.as_deref())),
            ("account_kind", words(account_kind.as_deref())),
            ("issuer", words(issuer.as_deref())),
            ("token_endpoint", words(Some(token_endpoint.as_str()))),
            ("kept_fields", written_json(kept_fields, "kept_fields")?.into()),
            ("requested_scopes", written_json(requested, "requested_scopes")?.into()),
            ("granted_scopes", written_json(granted, "granted_scopes")?.into()),
            ("automatic_refresh", (*automatic_refresh).into()),
            ("created_at", written_moment(*created_at).into()),
            ("grant_state", words(Some(grant.state))),
            ("granted_at", moment(grant.granted_at)),
            ("grant_changed_at", moment(grant.changed_at)),
            ("grant_diagnosis", written_diagnosis(grant.diagnosis, "grant_diagnosis")?.into()),
            ("token_version", self.version().0.into()),
            ("token_issued_at", moment(token.map(|it| it.issued_at))),
            ("token_expiry", words(expiry)),
            ("token_expires_at", moment(expires_at.flatten())),
            ("has_access_token", token.map(|it| it.has_access_token).into()),
            ("has_refresh_token", token.map(|it| it.has_refresh_token).into()),
            ("access_fingerprint", words(token.and_then(|it| it.access_fingerprint.as_ref()).map(|it| it.as_str()))),
            ("refresh_fingerprint", words(token.and_then(|it| it.refresh_fingerprint.as_ref()).map(|it| it.as_str()))),
            ("token_defects", defects.map(|it| written_json(&it, "token_defects")).transpose()?.into()),
            ("refresh_token_ends_at", moment(*refresh_token_ends_at)),
            ("refresh_end_moves", (*refresh_end_moves).into()),
            ("failing_since", moment(failures.map(|it| it.since))),
            ("failure_count", failures.map(|it| it.count).into()),
            ("failure_diagnosis", written_diagnosis(failures.map(|it| &it.last), "failure_diagnosis")?.into()),
            ("retry_at", moment(failures.map(|it| it.retry_at))),
            ("wordless_since", moment(wordless.map(|it| it.since))),
            ("wordless_count", wordless.map(|it| it.count).into()),
            ("wordless_diagnosis", written_diagnosis(wordless.map(|it| &it.last), "wordless_diagnosis")?.into()),
            ("wordless_told_at", moment(wordless.and_then(|it| it.told_at))),
            ("recovered_at", moment(*recovered_at)),
            ("proved_at", moment(proof.map(|it| it.at))),
            ("proved_by", words(proof.map(|it| it.by.as_str()))),
            ("proof_failure", written_diagnosis(proof.and_then(|it| it.failure.as_ref()), "proof_failure")?.into()),
            ("proof_latency_ms", proof.and_then(|it| it.latency_ms).into()),
            ("intent_version", intent.map(|it| it.version.0).into()),
            ("intent_at", moment(intent.map(|it| it.at))),
            ("intent_by", words(intent.and_then(|it| it.by.as_deref()))),
        ])
    }
}

/// A column and what stands in it.
pub(super) type Stored = (&'static str, Value);

/// Which grant a connection is, and whether it is one: what no two may have alike [A1].
const OF_THE_GRANT: &[&str] = &["provider", "client", "environment", "subject", "workspace_id", "grant_state"];

/// As they stand in the table.
const COLUMNS: [&str; 50] = [
    "id",
    "name",
    "provider",
    "client",
    "customer",
    "environment",
    "subject",
    "account_label",
    "workspace_id",
    "workspace_name",
    "account_kind",
    "issuer",
    "token_endpoint",
    "kept_fields",
    "requested_scopes",
    "granted_scopes",
    "automatic_refresh",
    "created_at",
    "grant_state",
    "granted_at",
    "grant_changed_at",
    "grant_diagnosis",
    "token_version",
    "token_issued_at",
    "token_expiry",
    "token_expires_at",
    "has_access_token",
    "has_refresh_token",
    "access_fingerprint",
    "refresh_fingerprint",
    "token_defects",
    "refresh_token_ends_at",
    "failing_since",
    "failure_count",
    "failure_diagnosis",
    "retry_at",
    "proved_at",
    "proved_by",
    "proof_failure",
    "proof_latency_ms",
    "intent_version",
    "intent_at",
    "revision",
    "refresh_end_moves",
    "recovered_at",
    "intent_by",
    "wordless_since",
    "wordless_count",
    "wordless_diagnosis",
    "wordless_told_at",
];

const fn place(name: &'static str) -> Placed {
    Placed::among(&COLUMNS, name)
}

/// Every write that others may see gives the row a number above all earlier ones, also above those of rows that are
/// gone.
const NEWEST_REVISION: &str = "WITH newest_revision (newest) AS (
        SELECT max(coalesce((SELECT max(revision) FROM connections), 0),
                   coalesce((SELECT CAST(value AS INTEGER) FROM settings WHERE key = 'newest_revision'), 0))
    )";
const NEXT_REVISION: &str = "(SELECT newest + 1 FROM newest_revision)";

fn read_connection(row: &Row<'_>) -> Result<Connection, StoreError> {
    Ok(Connection {
        id: ConnectionId::from_text(read::<String>(row, const { place("id") })?),
        name: read(row, const { place("name") })?,
        provider: ProviderId::from_text(read::<String>(row, const { place("provider") })?),
        client: ClientId::from_text(read::<String>(row, const { place("client") })?),
        customer: read(row, const { place("customer") })?,
        environment: read_environment(row, const { place("environment") })?,
        identity: Identity {
            subject: read(row, const { place("subject") })?,
            label: read(row, const { place("account_label") })?,
            workspace_id: read(row, const { place("workspace_id") })?,
            workspace_name: read(row, const { place("workspace_name") })?,
            account_kind: read(row, const { place("account_kind") })?,
        },
        endpoints: FrozenEndpoints {
            issuer: read(row, const { place("issuer") })?,
            token_endpoint: read_with(row, const { place("token_endpoint") }, |text: String| text.parse().ok())?,
            kept_fields: read_json(row, const { place("kept_fields") })?,
        },
        scopes: Scopes {
            requested: read_json(row, const { place("requested_scopes") })?,
            granted: read_json(row, const { place("granted_scopes") })?,
        },
        automatic_refresh: read(row, const { place("automatic_refresh") })?,
        created_at: read_moment(row, const { place("created_at") })?,
        grant: read_grant(row)?,
        token: read_token(row)?,
        refresh_token_ends_at: read_optional_moment(row, const { place("refresh_token_ends_at") })?,
        refresh_end_moves: read(row, const { place("refresh_end_moves") })?,
        refresh_failures: read_failures(row)?,
        recovered_at: read_optional_moment(row, const { place("recovered_at") })?,
        proof: read_proof(row)?,
    })
}

/// A grant's state taken apart into columns.
struct GrantColumns<'a> {
    state: &'static str,
    granted_at: Option<Timestamp>,
    changed_at: Option<Timestamp>,
    diagnosis: Option<&'a Diagnosis>,
}

impl<'a> GrantColumns<'a> {
    fn of(grant: &'a GrantState) -> Self {
        let columns = |state, granted_at, changed_at, diagnosis| Self { state, granted_at, changed_at, diagnosis };
        match grant {
            GrantState::Alive { granted_at } => columns("alive", Some(*granted_at), None, None),
            GrantState::OutcomeUnknown { granted_at, asked_at } => {
                columns("outcome_unknown", Some(*granted_at), Some(*asked_at), None)
            }
            GrantState::Ended { at, diagnosis } => columns("ended", None, Some(*at), Some(diagnosis)),
            GrantState::SecretMissing { at } => columns("secret_missing", None, Some(*at), None),
            GrantState::Disconnected { at } => columns("disconnected", None, Some(*at), None),
        }
    }
}

fn read_grant(row: &Row<'_>) -> Result<GrantState, StoreError> {
    let state: String = read(row, const { place("grant_state") })?;
    let granted_at = || read_moment(row, const { place("granted_at") });
    let changed_at = || read_moment(row, const { place("grant_changed_at") });
    match state.as_str() {
        "alive" => Ok(GrantState::Alive { granted_at: granted_at()? }),
        "outcome_unknown" => Ok(GrantState::OutcomeUnknown { granted_at: granted_at()?, asked_at: changed_at()? }),
        "ended" => {
            let column = const { place("grant_diagnosis") };
            let diagnosis =
                read_optional_diagnosis(row, column)?.ok_or(StoreError::Unreadable { column: column.name() })?;
            Ok(GrantState::Ended { at: changed_at()?, diagnosis })
        }
        "secret_missing" => Ok(GrantState::SecretMissing { at: changed_at()? }),
        "disconnected" => Ok(GrantState::Disconnected { at: changed_at()? }),
        _ => Err(StoreError::Unreadable { column: "grant_state" }),
    }
}

fn read_token(row: &Row<'_>) -> Result<Option<TokenFacts>, StoreError> {
    let version: u32 = read(row, const { place("token_version") })?;
    if version == 0 {
        return Ok(None);
    }
    let defect_words: Vec<String> = read_json(row, const { place("token_defects") })?;
    let defects = defect_words.iter().map(|word| TokenDefect::from_text(word)).collect::<Option<_>>();
    Ok(Some(TokenFacts {
        version: TokenVersion(version),
        issued_at: read_moment(row, const { place("token_issued_at") })?,
        expiry: read_expiry(row)?,
        has_access_token: read(row, const { place("has_access_token") })?,
        has_refresh_token: read(row, const { place("has_refresh_token") })?,
        access_fingerprint: read_optional_fingerprint(row, const { place("access_fingerprint") })?,
        refresh_fingerprint: read_optional_fingerprint(row, const { place("refresh_fingerprint") })?,
        defects: defects.ok_or(StoreError::Unreadable { column: "token_defects" })?,
    }))
}

fn written_expiry(expiry: Expiry) -> (&'static str, Option<Timestamp>) {
    match expiry {
        Expiry::At(at) => ("at", Some(at)),
        Expiry::Unknown => ("unknown", None),
        Expiry::Never => ("never", None),
    }
}

fn read_expiry(row: &Row<'_>) -> Result<Expiry, StoreError> {
    match read::<String>(row, const { place("token_expiry") })?.as_str() {
        "at" => Ok(Expiry::At(read_moment(row, const { place("token_expires_at") })?)),
        "unknown" => Ok(Expiry::Unknown),
        "never" => Ok(Expiry::Never),
        _ => Err(StoreError::Unreadable { column: "token_expiry" }),
    }
}

fn read_failures(row: &Row<'_>) -> Result<Option<FailureStreak>, StoreError> {
    let Some(since) = read_optional_moment(row, const { place("failing_since") })? else { return Ok(None) };
    let column = const { place("failure_diagnosis") };
    Ok(Some(FailureStreak {
        since,
        count: read(row, const { place("failure_count") })?,
        last: read_optional_diagnosis(row, column)?.ok_or(StoreError::Unreadable { column: column.name() })?,
        retry_at: read_moment(row, const { place("retry_at") })?,
        wordless: read_wordless(row)?,
    }))
}

fn read_wordless(row: &Row<'_>) -> Result<Option<WordlessRefusals>, StoreError> {
    let Some(since) = read_optional_moment(row, const { place("wordless_since") })? else { return Ok(None) };
    let column = const { place("wordless_diagnosis") };
    Ok(Some(WordlessRefusals {
        since,
        count: read(row, const { place("wordless_count") })?,
        last: read_optional_diagnosis(row, column)?.ok_or(StoreError::Unreadable { column: column.name() })?,
        told_at: read_optional_moment(row, const { place("wordless_told_at") })?,
    }))
}

fn read_proof(row: &Row<'_>) -> Result<Option<Proof>, StoreError> {
    let Some(at) = read_optional_moment(row, const { place("proved_at") })? else { return Ok(None) };
    Ok(Some(Proof {
        at,
        by: read_with(row, const { place("proved_by") }, |text: String| ProofKind::from_text(&text))?,
        failure: read_optional_diagnosis(row, const { place("proof_failure") })?,
        latency_ms: read(row, const { place("proof_latency_ms") })?,
    }))
}

#[cfg(test)]
mod tests {
    use super::super::test_values::{at_minute, client, connection, diagnosis, facts};
    use super::super::{Store, StoreError};
    use super::*;

    /// A1
    #[test]
    fn every_field_comes_back_as_it_was_stored() {
        let bare = Connection {
            customer: None,
            identity: Identity::default(),
            endpoints: FrozenEndpoints { issuer: None, kept_fields: vec![], ..connection().endpoints },
            scopes: Scopes::default(),
            automatic_refresh: false,
            token: None,
            refresh_token_ends_at: None,
            refresh_end_moves: None,
            refresh_failures: None,
            recovered_at: None,
            proof: None,
            ..connection()
        };
        let with_grant = |grant| Connection { grant, ..connection() };
        let with_token = |token| Connection { token: Some(token), ..connection() };
        let proved = |by| {
            let proof = Proof { at: at_minute(9), by, failure: None, latency_ms: None };
            Connection { proof: Some(proof), ..connection() }
        };
        let (granted_at, at) = (at_minute(1), at_minute(4));
        let cases = [
            connection(),
            bare,
            with_grant(GrantState::OutcomeUnknown { granted_at, asked_at: at }),
            with_grant(GrantState::Ended { at, diagnosis: diagnosis() }),
            with_grant(GrantState::SecretMissing { at }),
            with_grant(GrantState::Disconnected { at }),
            with_token(TokenFacts { expiry: Expiry::Unknown, defects: vec![], ..facts(u32::MAX) }),
            with_token(TokenFacts {
                expiry: Expiry::Never,
                has_access_token: false,
                has_refresh_token: true,
                access_fingerprint: None,
                refresh_fingerprint: None,
                ..facts(2)
            }),
            proved(ProofKind::SignIn),
            proved(ProofKind::Refresh),
        ];

        for case in cases {
            let store = Store::in_memory().unwrap();
            store.insert_client(&client()).unwrap();
            store.insert_connection(&case, None, &[]).unwrap();
            assert_eq!(store.find_connection(&case.id).unwrap(), Some(case.clone()), "inserted");

            store.set_automatic_refresh(&case.id, !case.automatic_refresh).unwrap();
            store.set_automatic_refresh(&case.id, case.automatic_refresh).unwrap();
            assert_eq!(store.list_connections().unwrap(), [case], "updated twice, back to what it was");
        }
    }

    /// A1: rows are read by place.
    #[test]
    fn the_columns_are_listed_as_they_stand_in_the_table() {
        let store = super::super::test_values::store();
        let sqlite = store.lock();
        let statement = sqlite.prepare("SELECT * FROM connections").unwrap();
        assert_eq!(statement.column_names().collect::<Vec<_>>(), COLUMNS);

        let row = ConnectionRow::find(&sqlite, &connection().id).unwrap().unwrap();
        let mut written: Vec<_> =
            row.columns().unwrap().into_iter().map(|(name, _)| name).chain(["revision"]).collect();
        let mut all = COLUMNS.to_vec();
        written.sort_unstable();
        all.sort_unstable();
        assert_eq!(written, all, "each is written, the revision beside them");
    }

    /// S115
    #[test]
    fn a_value_that_the_program_cannot_have_written_is_refused_and_not_shown() {
        for (statement, column) in [
            ("UPDATE connections SET token_endpoint = 'hunter2'", "token_endpoint"),
            ("UPDATE connections SET token_endpoint = CAST(x'ff' AS TEXT)", "token_endpoint"),
            ("UPDATE connections SET environment = 'hunter2'", "environment"),
            ("UPDATE connections SET created_at = 9223372036854775807", "created_at"),
            ("UPDATE connections SET token_version = 4294967296", "token_version"),
            ("UPDATE connections SET proof_latency_ms = -1", "proof_latency_ms"),
            ("UPDATE connections SET granted_scopes = '{\"a\":\"hunter2\"}'", "granted_scopes"),
            ("UPDATE connections SET failure_diagnosis = '{\"cause\":\"hunter2\"}'", "failure_diagnosis"),
            ("UPDATE connections SET granted_at = NULL", "granted_at"),
            ("UPDATE connections SET token_defects = '[\"hunter2\"]'", "token_defects"),
        ] {
            let store = super::super::test_values::store();
            store.lock().execute_batch(statement).unwrap();

            let refusal = store.list_connections().unwrap_err();

            assert!(matches!(refusal, StoreError::Unreadable { column: found } if found == column), "{refusal:?}");
            assert!(!format!("{refusal} {refusal:?}").contains("hunter2"), "no row content in a message");
        }
    }
}
