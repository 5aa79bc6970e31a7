//! The tools: their names, what may be given to each, and what a client may expect of it.

use std::sync::Arc;

use domain::connection::status::Lamp;
use rmcp::handler::server::tool::{schema_for_input, schema_for_output};
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use rmcp::schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::answers::{
    AccessAsked, AccessToken, BlastRadius, Connections, Diagnosed, Readiness, ReconnectAsked, Shown, Waited,
};
use crate::words::mcp as words;

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ToolName {
    ListConnections,
    ShowConnection,
    Preflight,
    Diagnose,
    BlastRadius,
    RequestReconnect,
    WaitForConnection,
    RequestTokenAccess,
    GetAccessToken,
}

/// What a call may do beyond answering.
enum Does {
    /// Looks at what is written down.
    Looks,
    /// Tries tokens at their providers, refreshing what is due: what Patchbay does by itself all day.
    AsksProviders,
    /// Puts a question before a person; the same one once.
    AsksPerson,
    HandsOut,
}

impl ToolName {
    pub(crate) const ALL: [Self; 9] = [
        Self::ListConnections,
        Self::ShowConnection,
        Self::Preflight,
        Self::Diagnose,
        Self::BlastRadius,
        Self::RequestReconnect,
        Self::WaitForConnection,
        Self::RequestTokenAccess,
        Self::GetAccessToken,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ListConnections => "list_connections",
            Self::ShowConnection => "show_connection",
            Self::Preflight => "preflight",
            Self::Diagnose => "diagnose",
            Self::BlastRadius => "blast_radius",
            Self::RequestReconnect => "request_reconnect",
            Self::WaitForConnection => "wait_for_connection",
            Self::RequestTokenAccess => "request_token_access",
            Self::GetAccessToken => "get_access_token",
        }
    }

    pub(crate) fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }

    pub(crate) fn tool(self) -> Tool {
        let (title, description) = words::of_tool(self);
        let (input, output) = self.schemas();
        Tool::new(self.as_str(), description, plain(&input))
            .with_title(title)
            .with_raw_output_schema(plain(&output))
            .with_annotations(self.does().annotations())
    }

    fn schemas(self) -> (Arc<JsonObject>, Arc<JsonObject>) {
        match self {
            Self::ListConnections => (input::<ListGiven>(), schema_for_output::<Connections>()),
            Self::ShowConnection => (input::<ConnectionGiven>(), schema_for_output::<Shown>()),
            Self::Preflight => (input::<PreflightGiven>(), schema_for_output::<Readiness>()),
            Self::Diagnose => (input::<DiagnoseGiven>(), schema_for_output::<Diagnosed>()),
            Self::BlastRadius => (input::<BlastRadiusGiven>(), schema_for_output::<BlastRadius>()),
            Self::RequestReconnect => (input::<ConnectionGiven>(), schema_for_output::<ReconnectAsked>()),
            Self::WaitForConnection => (input::<WaitGiven>(), schema_for_output::<Waited>()),
            Self::RequestTokenAccess => (input::<ConnectionGiven>(), schema_for_output::<AccessAsked>()),
            Self::GetAccessToken => (input::<TokenGiven>(), schema_for_output::<AccessToken<'static>>()),
        }
    }

    fn does(self) -> Does {
        match self {
            Self::ListConnections | Self::ShowConnection | Self::BlastRadius | Self::WaitForConnection => Does::Looks,
            Self::Preflight | Self::Diagnose => Does::AsksProviders,
            Self::RequestReconnect | Self::RequestTokenAccess => Does::AsksPerson,
            Self::GetAccessToken => Does::HandsOut,
        }
    }
}

impl Does {
    fn annotations(&self) -> ToolAnnotations {
        let hints = ToolAnnotations::new().destructive(false);
        match self {
            Self::Looks => hints.read_only(true).idempotent(true).open_world(false),
            Self::AsksProviders => hints.read_only(false).idempotent(true).open_world(true),
            Self::AsksPerson => hints.read_only(false).idempotent(true).open_world(false),
            Self::HandsOut => hints.read_only(false).idempotent(false).open_world(true),
        }
    }
}

/// Without what is Rust's own: a client knows no format called uint16, and says so for every field.
fn plain(schema: &JsonObject) -> Arc<JsonObject> {
    let kept = schema.iter().filter(|(name, value)| name.as_str() != "format" || !is_of_rust(value));
    Arc::new(kept.map(|(name, value)| (name.clone(), plain_value(value))).collect())
}

fn plain_value(value: &Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(plain(object).as_ref().clone()),
        Value::Array(all) => Value::Array(all.iter().map(plain_value).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn is_of_rust(format: &Value) -> bool {
    format.as_str().is_some_and(|it| it.starts_with("uint") || it.starts_with("int") || it == "double")
}

/// What cannot be described takes nothing.
fn input<T: JsonSchema + 'static>() -> Arc<JsonObject> {
    schema_for_input::<T>().unwrap_or_default()
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct ListGiven {
    /// Only those with this status.
    pub(crate) status: Option<StatusGiven>,
    /// Only those that a person has to act on.
    pub(crate) needs_person: Option<bool>,
    /// Only those whose name, account, workspace, customer or provider contains this text; case does not count.
    pub(crate) search: Option<String>,
    /// How many at most: 1 to 100, 20 if unsaid.
    #[schemars(range(min = 1, max = 100))]
    pub(crate) limit: Option<u16>,
    /// How many to pass over: `next_offset` of the answer before.
    pub(crate) offset: Option<u32>,
}

/// A status as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(crate = "rmcp::schemars")]
pub(crate) enum StatusGiven {
    Active,
    Expiring,
    ReauthRequired,
    Unproved,
    Disconnected,
}

impl From<StatusGiven> for Lamp {
    fn from(given: StatusGiven) -> Self {
        match given {
            StatusGiven::Active => Self::Active,
            StatusGiven::Expiring => Self::Expiring,
            StatusGiven::ReauthRequired => Self::ReauthRequired,
            StatusGiven::Unproved => Self::Unproved,
            StatusGiven::Disconnected => Self::Disconnected,
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct ConnectionGiven {
    /// Its id (con_…), or a name that only one has.
    pub(crate) connection: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct PreflightGiven {
    /// Ids (con_…, pco_…), or names that only one has; 32 at most.
    #[schemars(length(max = 32))]
    pub(crate) connections: Vec<String>,
    /// All that this workflow needs: its id (wfl_…), or a name that only one has.
    pub(crate) workflow: Option<String>,
    /// For how long an access token has to hold, in seconds.
    pub(crate) min_valid_seconds: Option<u32>,
    /// Scopes that each of them has to have.
    #[schemars(length(max = 32))]
    pub(crate) scopes: Vec<String>,
    /// True: asks no provider and tells what is known. A grant that was revoked since is not seen by that.
    pub(crate) known_only: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct DiagnoseGiven {
    /// Its id (con_…), or a name that only one has.
    pub(crate) connection: String,
    /// True: tries it layer by layer at its provider, which takes some seconds. Otherwise what is known is told.
    #[serde(default)]
    pub(crate) probe: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct BlastRadiusGiven {
    /// Its id (con_…, pco_…), or a name that only one has.
    pub(crate) connection: String,
    /// How many workflows at most: 1 to 100, 20 if unsaid.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    pub(crate) limit: Option<u16>,
    /// How many to pass over: `next_offset` of the answer before.
    #[serde(default)]
    pub(crate) offset: Option<u32>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct WaitGiven {
    /// Ids (con_…, pco_…), or names that only one has; 32 at most.
    #[schemars(length(max = 32))]
    pub(crate) connections: Vec<String>,
    /// All that this workflow needs: its id (wfl_…), or a name that only one has.
    pub(crate) workflow: Option<String>,
    /// Scopes that each of them has to have.
    #[schemars(length(max = 32))]
    pub(crate) scopes: Vec<String>,
    /// Answers after this long at the latest: 1 to 3600, 45 if unsaid, which is below the patience of most clients.
    #[schemars(range(min = 1, max = 3600))]
    pub(crate) timeout_seconds: Option<u32>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct TokenGiven {
    /// Its id (con_…), or a name that only one has.
    pub(crate) connection: String,
    /// For how long it has to hold at least, in seconds.
    #[serde(default)]
    pub(crate) min_valid_seconds: Option<u32>,
}
