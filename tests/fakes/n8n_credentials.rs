//! Credentials of the strict n8n: replaced whole or merged in part with the same 200, and tested for a token's presence
//! alone [D2, S159].

use serde_json::{Map, Value, json};

use crate::n8n_server::{Lab, OWNER, PROJECT, said, well};
use crate::server::Answer;

/// Fields of a kind of credential.
fn fields_of(kind: &str) -> Option<Vec<&'static str>> {
    const NAMED: [&str; 8] = [
        "serverUrl",
        "clientId",
        "clientSecret",
        "sendAdditionalBodyProperties",
        "additionalBodyProperties",
        "allowedHttpRequestDomains",
        "allowedDomains",
        "oauthTokenData",
    ];
    const GENERIC: [&str; 8] = [
        "grantType",
        "authUrl",
        "accessTokenUrl",
        "scope",
        "authQueryParameters",
        "authentication",
        "ignoreSSLIssues",
        "tokenExpiredStatusCode",
    ];
    match kind {
        "oAuth2Api" => Some([NAMED, GENERIC].concat()),
        "httpHeaderAuth" => Some(vec!["name", "value"]),
        _ if kind.ends_with("OAuth2Api") => Some(NAMED.to_vec()),
        _ => None,
    }
}

/// What a kind of credential consists of.
pub(crate) fn schema(kind: &str) -> Answer {
    let Some(fields) = fields_of(kind) else { return said(404, "not found") };
    let fields: Map<String, Value> =
        fields.into_iter().map(|it| (it.to_owned(), json!({ "type": "string" }))).collect();
    well(json!({ "additionalProperties": false, "type": "object", "properties": fields }))
}

impl Lab {
    /// Replaces everything, or merges and passes over a token where there is one: 200 either way.
    pub(crate) fn patch(&mut self, id: &str, body: &str) -> Answer {
        let Ok(Value::Object(asked)) = serde_json::from_str::<Value>(body) else {
            return said(400, "request body is no JSON");
        };
        let known = ["name", "type", "data", "isPartialData"];
        if let Some(strange) = asked.keys().find(|it| !known.contains(&it.as_str())) {
            return said(400, &format!("request.body is not allowed to have the additional property \"{strange}\""));
        }
        let Some(stored) = self.credentials.iter_mut().find(|it| it["id"] == id) else {
            return said(404, "Credential not found");
        };
        let fields = fields_of(stored["type"].as_str().unwrap_or_default()).unwrap_or_default();
        if let Some(Value::Object(data)) = asked.get("data") {
            if let Some(strange) = data.keys().find(|it| !fields.contains(&it.as_str())) {
                return said(
                    400,
                    &format!("request.body.data is not allowed to have the additional property \"{strange}\""),
                );
            }
            if asked.get("isPartialData") == Some(&Value::Bool(true)) {
                let is_connected = stored["data"]["oauthTokenData"].is_object();
                for (name, value) in data.iter().filter(|(name, _)| !is_connected || *name != "oauthTokenData") {
                    stored["data"][name] = value.clone();
                }
            } else {
                stored["data"] = Value::Object(data.clone());
            }
        }
        well(shown(stored))
    }

    /// Knows one thing: whether there is an access token at all.
    pub(crate) fn test(&self, id: &str) -> Answer {
        let Some(stored) = self.credentials.iter().find(|it| it["id"] == id) else {
            return said(404, "Credential not found");
        };
        let is_oauth = stored["type"].as_str().unwrap_or_default().contains("OAuth2") || stored["type"] == "oAuth2Api";
        let (status, message) = match (is_oauth, stored["data"]["oauthTokenData"]["access_token"].is_string()) {
            (true, true) => ("OK", "Connection Successful!"),
            (true, false) => ("Error", "This OAuth2 credential was not connected to an account."),
            (false, _) => ("Error", "No testing function found for this credential."),
        };
        well(json!({ "status": status, "message": message }))
    }
}

/// Without what it holds, and with whose it is.
pub(crate) fn listed(credential: &Value) -> Value {
    json!({
        "id": credential["id"], "name": credential["name"], "type": credential["type"],
        "createdAt": "2026-11-20T08:00:00.000Z", "updatedAt": "2026-11-20T08:00:00.000Z",
        "shared": [{ "id": PROJECT, "name": OWNER, "role": "credential:owner" }],
    })
}

pub(crate) fn shown(credential: &Value) -> Value {
    json!({
        "id": credential["id"], "name": credential["name"], "type": credential["type"], "isManaged": false,
        "createdAt": "2026-11-20T08:00:00.000Z", "updatedAt": "2026-11-20T08:00:01.000Z",
    })
}
