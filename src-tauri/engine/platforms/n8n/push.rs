//! Puts a grant of its own into a credential of n8n's: the whole of it at once, as the credential's schema names the
//! fields, and proved by a run [D2, S159].
//!
//! n8n takes half a credential with 200 too, and then keeps the old token or wipes the client: nothing partial is sent.

use std::io::{self, Write as _};
use std::path::Path;

use domain::Secret;
use domain::blast_radius::RunOutcome;
use http::Method;
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use zeroize::Zeroize as _;

use super::super::{PlatformFailure, Pushed, PushedGrant};
use super::access::is_harmless;
use super::api::{Api, Errand, Said};
use super::execution::{ExecutionText, Looked};
use super::runs::newest_failures;

/// A tree whose texts are wiped when it is dropped.
pub(super) struct Wiped(pub(super) Value);

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(fields) => fields.iter_mut().for_each(|(_, value)| wipe(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

const SCHEMA: Errand = Errand { what: "read what a credential consists of", right: "credential:read" };
const UPDATE: Errand = Errand { what: "change a credential", right: "credential:update" };
const RETRY: Errand = Errand { what: "repeat a run", right: "execution:retry" };

/// The fields of a kind of credential.
#[derive(Deserialize)]
pub(super) struct Schema {
    properties: Map<String, Value>,
}

impl Schema {
    pub(super) async fn of_kind(api: &Api, kind: &str) -> Result<Self, PlatformFailure> {
        let body = api.get(SCHEMA, &["credentials", "schema", api.checked_id(kind)?], &[]).await?.well(api)?;
        serde_json::from_slice(&body).map_err(|error| api.no_json(&body, &error))
    }

    /// All that the credential is to hold. What the schema does not name n8n would refuse; what a named provider hides
    /// (its addresses, its scopes) n8n knows itself.
    #[expect(
        clippy::disallowed_methods,
        reason = "the grant's secrets go into the credential, or the file, that is to hold them"
    )]
    pub(super) fn filled(&self, grant: &PushedGrant) -> Result<Wiped, &'static str> {
        let has = |name: &str| self.properties.contains_key(name);
        if !has("clientId") || !has("oauthTokenData") {
            return Err("a credential of this kind takes no OAuth grant");
        }
        let mut data = Wiped(json!({}));
        let mut put = |name: &str, value: Value| {
            if let (true, Value::Object(fields)) = (has(name), &mut data.0) {
                fields.insert(name.to_owned(), value);
            }
        };
        let secret = grant.client_secret.as_ref().map(Secret::expose_secret);
        let is_pkce = secret.is_none() && self.offers("grantType", "pkce");
        put("grantType", Value::from(if is_pkce { "pkce" } else { "authorizationCode" }));
        put("authUrl", Value::from(grant.authorize_url.as_str()));
        put("accessTokenUrl", Value::from(grant.token_url.as_str()));
        put("clientId", Value::from(grant.client_id.as_str()));
        put("clientSecret", Value::from(secret.unwrap_or_default()));
        put("scope", Value::from(grant.scopes.join(" ")));
        put("authentication", Value::from(if secret.is_some() { "header" } else { "body" }));
        put("oauthTokenData", token_data(grant)?);
        Ok(data)
    }

    fn offers(&self, field: &str, choice: &str) -> bool {
        let choices = self.properties.get(field).and_then(|it| it.get("enum")).and_then(Value::as_array);
        choices.is_some_and(|it| it.iter().any(|one| one == choice))
    }
}

/// An object: as text it would be taken with 200 and count as not connected. With n8n's own end of the access token,
/// in milliseconds as text.
#[expect(clippy::disallowed_methods, reason = "the token answer becomes the credential's token")]
fn token_data(grant: &PushedGrant) -> Result<Value, &'static str> {
    let mut token = Wiped(serde_json::from_str(grant.token_response.expose_secret()).unwrap_or_default());
    let Value::Object(fields) = &mut token.0 else { return Err("the token answer is no JSON object") };
    if !fields.get("access_token").is_some_and(Value::is_string) {
        return Err("the token answer holds no access token");
    }
    let lifetime = match fields.get("expires_in") {
        Some(Value::Number(seconds)) => seconds.as_i64(),
        Some(Value::String(seconds)) => seconds.trim().parse().ok(),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => None,
    };
    let end = lifetime.and_then(|it| grant.issued_at.checked_add(SignedDuration::from_secs(it)).ok());
    if let Some(end) = end {
        fields.insert("n8n_expires_at".to_owned(), Value::from(end.as_millisecond().to_string()));
    }
    Ok(std::mem::take(&mut token.0))
}

/// Replaces all that the credential holds.
pub(super) async fn replace(api: &Api, id: &str, data: &Wiped) -> Result<(), PlatformFailure> {
    let mut body = Wiped(json!({}));
    if let Value::Object(fields) = &mut body.0 {
        fields.insert("data".to_owned(), data.0.clone());
    }
    let bytes = serde_json::to_vec(&body.0).map_err(|_| api.unreadable("the grant cannot be written"))?;
    match api.change(UPDATE, Method::PATCH, &["credentials", api.checked_id(id)?], Some(bytes)).await? {
        Said::Well(_) => Ok(()),
        Said::Not { status: 405, .. } => Err(api.unsupported()),
        // Versions without the address say "not found"; those with it name the credential.
        Said::Not { status: 404, words } if !words.to_lowercase().contains("credential") => Err(api.unsupported()),
        said @ (Said::Not { .. } | Said::TooLarge) => said.well(api).map(drop),
    }
}

/// What `n8n import:credentials --input=FILE` takes, as the way for versions whose API replaces nothing: it keeps the
/// credential's owner, works beside a running server, and counts from the next run on.
pub(super) fn import_text(id: &str, kind: &str, name: &str, data: &Wiped) -> Result<Secret, &'static str> {
    let mut rows = Wiped(json!([{ "id": id, "name": name, "type": kind }]));
    if let Some(Value::Object(row)) = rows.0.get_mut(0) {
        row.insert("data".to_owned(), data.0.clone());
    }
    serde_json::to_string_pretty(&rows.0).map(Secret::new).map_err(|_| "the grant cannot be written")
}

/// Into a new file that only its owner may read.
///
/// # Errors
/// The file exists already, or the folder cannot be written.
#[expect(
    clippy::disallowed_methods,
    reason = "the one way out of a grant for servers whose API takes none; a person chose the file"
)]
pub fn write_import_file(path: &Path, text: &Secret) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.expose_secret().as_bytes())?;
    file.sync_all()
}

/// Repeats the newest failed run that this credential stopped, where doing so leaves nothing behind: what failed and
/// all that follows only reads. Anything else is a person's decision [D5].
pub(super) async fn prove(api: &Api, id: &str) -> Result<Pushed, PlatformFailure> {
    let failures = match newest_failures(api).await {
        Ok(failures) => failures,
        Err(PlatformFailure::RightMissing { .. }) => return Ok(Pushed::Unproved),
        Err(failure) => return Err(failure),
    };
    let is_its = |it: &&Looked| it.found.run.failed_connection.as_deref() == Some(id) && !it.is_made_good;
    let Some(failure) = failures.iter().filter(is_its).find(|it| may_be_repeated(it)) else {
        return Ok(Pushed::Unproved);
    };
    let repeated = match repeat(api, &failure.found.run.external_id).await {
        Ok(repeated) => repeated,
        // The grant is written; that this run cannot be repeated says nothing about it.
        Err(
            PlatformFailure::RightMissing { .. } | PlatformFailure::Refused { .. } | PlatformFailure::Unreachable(..),
        ) => {
            return Ok(Pushed::Unproved);
        }
        Err(failure) => return Err(failure),
    };
    let Some(repeated) = repeated else { return Ok(Pushed::Unproved) };
    let run = &repeated.found.run;
    match run.outcome {
        RunOutcome::Succeeded if repeated.found.proves.iter().flatten().any(|it| it == id) => {
            Ok(Pushed::Proved(repeated.found))
        }
        RunOutcome::Failed | RunOutcome::FailedInside if run.failed_connection.as_deref() == Some(id) => {
            let said = run.words.as_deref().unwrap_or("it failed at the same credential");
            Err(api.refused(200, format!("the grant was written, and a run with it failed: {said}")))
        }
        RunOutcome::Succeeded
        | RunOutcome::Failed
        | RunOutcome::FailedInside
        | RunOutcome::Incomplete
        | RunOutcome::Running => Ok(Pushed::Unproved),
    }
}

fn may_be_repeated(failure: &Looked) -> bool {
    let Some(from) = &failure.failed_node else { return false };
    let after = failure.wires.from(from);
    let mut again = failure.nodes.iter().filter(|it| after.contains(&it.name())).peekable();
    again.peek().is_some() && again.all(is_harmless)
}

/// Runs it again with the workflow as it was then; `None` where its end is not told.
pub(super) async fn repeat(api: &Api, run: &str) -> Result<Option<Looked>, PlatformFailure> {
    let path = ["executions", api.checked_id(run)?, "retry"];
    let body = api.change(RETRY, Method::POST, &path, Some(br#"{"loadWorkflow":false}"#.to_vec())).await?.well(api)?;
    let execution: ExecutionText = serde_json::from_slice(&body).map_err(|error| api.no_json(&body, &error))?;
    Ok(execution.look())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn grant(client_secret: Option<&str>, answer: &str) -> PushedGrant {
        PushedGrant {
            client_id: "client".to_owned(),
            client_secret: client_secret.map(Secret::new),
            authorize_url: "https://p.example/auth".to_owned(),
            token_url: "https://p.example/token".to_owned(),
            scopes: vec!["one".to_owned(), "two".to_owned()],
            token_response: Secret::new(answer),
            issued_at: Timestamp::from_second(1_795_000_000).unwrap(),
        }
    }

    fn schema(fields: &[&str]) -> Schema {
        let properties = fields.iter().map(|it| ((*it).to_owned(), json!({"type": "string"}))).collect();
        Schema { properties }
    }

    const ANSWER: &str = r#"{"access_token":"at","refresh_token":"rt","expires_in":3600,"team":{"id":"T1"}}"#;

    /// D2: n8n refuses a field that the kind has not, and wipes one that is left out.
    #[test]
    fn all_fields_of_the_schema_are_filled_and_no_other() {
        let full = [
            "grantType",
            "authUrl",
            "accessTokenUrl",
            "clientId",
            "clientSecret",
            "scope",
            "authentication",
            "oauthTokenData",
        ];
        let generic = schema(&full).filled(&grant(Some("secret"), ANSWER)).unwrap();
        let named = schema(&["clientId", "clientSecret", "oauthTokenData", "serverUrl"]);
        let named = named.filled(&grant(Some("secret"), ANSWER)).unwrap();

        assert_eq!(generic.0.as_object().unwrap().len(), full.len());
        assert_eq!(generic.0["scope"], "one two");
        let keys: Vec<&String> = named.0.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["clientId", "clientSecret", "oauthTokenData"]);
        let token = &named.0["oauthTokenData"];
        assert_eq!(token["n8n_expires_at"], "1795003600000", "as text, in milliseconds");
        assert_eq!(token["team"]["id"], "T1", "some nodes look at the rest of the answer");
    }

    /// D2: what cannot work is not sent.
    #[test]
    fn a_grant_that_no_credential_could_use_is_not_sent() {
        let fields = ["clientId", "oauthTokenData"];
        for answer in ["", "[]", "\"at\"", "{}", r#"{"access_token":null}"#, "at=1"] {
            assert!(schema(&fields).filled(&grant(None, answer)).is_err(), "{answer}");
        }
        assert!(schema(&["name", "value"]).filled(&grant(None, ANSWER)).is_err(), "a header key takes no grant");
    }

    /// S159, A3: the file is new, and its owner's alone.
    #[test]
    fn the_import_file_is_private_and_never_overwrites() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credential.json");
        let data = schema(&["clientId", "oauthTokenData"]).filled(&grant(None, ANSWER)).unwrap();
        let text = import_text("abc", "oAuth2Api", "Drive", &data).unwrap();

        write_import_file(&path, &text).unwrap();

        let written: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(
            (&written[0]["id"], &written[0]["data"]["oauthTokenData"]["access_token"]),
            (&json!("abc"), &json!("at"))
        );
        assert_eq!(write_import_file(&path, &text).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
