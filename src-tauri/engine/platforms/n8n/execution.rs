//! One run as n8n keeps it: how it ended, at which node, and whether the credential was at fault [D5, F1].

use std::collections::BTreeMap;

use domain::blast_radius::reading::FoundRun;
use domain::blast_radius::{Run, RunOutcome};
use domain::diagnosis::redaction::of_foreign_words;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::node::{CredentialUse, LONGEST_ID, Node, Wires, is_oauth2, loose_text};
use super::proof::proved;

/// An execution; the list without data has its first half alone.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExecutionText {
    #[serde(default, deserialize_with = "loose_text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    workflow_id: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    status: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    mode: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    started_at: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    stopped_at: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    retry_success_id: Option<String>,
    #[serde(default)]
    data: Option<DataText>,
    #[serde(default)]
    workflow_data: Option<WorkflowDataText>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DataText {
    #[serde(default)]
    result_data: Option<ResultText>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResultText {
    #[serde(default)]
    error: Option<ErrorText>,
    #[serde(default)]
    run_data: Option<BTreeMap<String, Vec<TaskText>>>,
    #[serde(default, deserialize_with = "loose_text")]
    last_node_executed: Option<String>,
    #[serde(default)]
    pin_data: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WorkflowDataText {
    #[serde(default)]
    nodes: Option<Vec<Node>>,
    #[serde(default)]
    connections: Option<Map<String, Value>>,
    #[serde(default)]
    pin_data: Value,
}

/// One round of one node.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TaskText {
    /// Milliseconds since 1970.
    #[serde(default)]
    start_time: Value,
    #[serde(default, deserialize_with = "loose_text")]
    execution_status: Option<String>,
    #[serde(default)]
    error: Option<ErrorText>,
    #[serde(default)]
    data: Option<OutputText>,
}

#[derive(Deserialize)]
pub(super) struct OutputText {
    #[serde(default)]
    main: Option<Vec<Option<Vec<ItemText>>>>,
}

#[derive(Deserialize)]
pub(super) struct ItemText {
    #[serde(default)]
    json: Value,
    #[serde(default)]
    error: Value,
    /// Its content was taken out.
    #[serde(default)]
    redaction: Value,
}

impl TaskText {
    pub(super) fn began_at(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.start_time.as_i64()?).ok()
    }

    pub(super) fn is_well(&self) -> bool {
        self.error.is_none() && self.execution_status.as_deref() == Some("success")
    }

    pub(super) fn output(&self) -> Option<&OutputText> {
        self.data.as_ref()
    }
}

impl OutputText {
    /// Output by output, its items.
    pub(super) fn main(&self) -> Option<&[Option<Vec<ItemText>>]> {
        self.main.as_deref()
    }
}

impl ItemText {
    pub(super) fn json(&self) -> &Value {
        &self.json
    }

    /// Beside its content; also where that is not shown.
    pub(super) fn tells_of_failure(&self) -> bool {
        !self.error.is_null() || !self.redaction.is_null()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ErrorText {
    #[serde(default, deserialize_with = "loose_text")]
    message: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    description: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    http_code: Option<String>,
    #[serde(default)]
    failure: Option<FailureText>,
    #[serde(default)]
    node: Value,
}

#[derive(Deserialize)]
struct FailureText {
    #[serde(default, deserialize_with = "loose_text")]
    cause: Option<String>,
}

/// What a run shows when its data is there.
pub(super) struct Looked {
    pub(super) found: FoundRun,
    /// The name of the node that failed.
    pub(super) failed_node: Option<String>,
    /// A later run has done what this one did not.
    pub(super) is_made_good: bool,
    pub(super) nodes: Vec<Node>,
    pub(super) wires: Wires,
}

impl ErrorText {
    /// From the item that a node gives on where it goes on after an error. An API's own answer may speak of an error
    /// too: what has not the shape of n8n's is none.
    fn of_item(json: &Value) -> Option<Self> {
        let error = json.get("error")?;
        let of = |message: Option<String>, http_code| {
            Some(Self { message, description: None, http_code, failure: None, node: Value::Null })
        };
        match error {
            Value::String(message) if json.as_object().is_some_and(|it| it.len() == 1) => {
                of(Some(message.clone()), None)
            }
            Value::Object(fields) if fields.contains_key("message") => {
                let is_n8ns = fields.contains_key("name") || fields.contains_key("timestamp");
                is_n8ns.then(|| serde_json::from_value(error.clone()).ok()).flatten()
            }
            // 1.123 gives on what the token endpoint said.
            Value::Object(fields) if fields.get("code").is_some_and(|it| it == "EAUTH") => {
                let said = |name: &str| error.pointer(name).and_then(Value::as_str).map(str::to_owned);
                of(said("/body/error_description").or_else(|| said("/body/error")), Some("EAUTH".to_owned()))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                None
            }
        }
    }

    /// Whether the credential is at fault, and not the service, the network or the data. By the words of 2.40 and 1.123,
    /// as both were seen to say them.
    pub(super) fn is_the_credentials(&self) -> bool {
        if let Some(cause) = self.failure.as_ref().and_then(|it| it.cause.as_deref()) {
            return cause == "credential-invalid";
        }
        if let Some("EAUTH" | "401") = self.http_code.as_deref() {
            return true;
        }
        is_of_credentials(self.message.as_deref().unwrap_or_default())
    }

    fn words(&self) -> Option<String> {
        let message = self.message.as_deref().unwrap_or_default().trim();
        let description = self.description.as_deref().unwrap_or_default().trim();
        let both = if description.is_empty() || message.contains(description) {
            message.to_owned()
        } else {
            format!("{message} {description}")
        };
        Some(of_foreign_words(&both)).filter(|it| !it.is_empty())
    }
}

/// n8n's sentences for a credential that does not work any more, was never connected, or was deleted.
pub(super) fn is_of_credentials(message: &str) -> bool {
    const SAID: [&str; 9] = [
        "needs to be reconnected",
        "no refresh token is available",
        "Unable to sign without access token",
        "Client authentication failed",
        "The provided authorization grant",
        "does not exist for type",
        "Authorization failed",
        "was not connected to an account",
        "Credentials could not be decrypted",
    ];
    SAID.iter().any(|it| message.contains(it))
}

impl ExecutionText {
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref().filter(|it| !it.is_empty() && it.len() <= LONGEST_ID)
    }

    pub(super) fn has_data(&self) -> bool {
        self.data.is_some()
    }

    pub(super) fn started_at(&self) -> Option<Timestamp> {
        self.started_at.as_deref()?.parse().ok()
    }

    /// How it ended, without a look at its data; `None` for what is no run that ended or runs.
    pub(super) fn glance(&self) -> Option<FoundRun> {
        let outcome = match self.status.as_deref()? {
            "success" => RunOutcome::Succeeded,
            "error" | "crashed" => RunOutcome::Failed,
            "running" | "new" | "waiting" => RunOutcome::Running,
            _ => return None,
        };
        let stopped = self.stopped_at.as_deref().and_then(|it| it.parse().ok());
        let run = Run {
            external_id: self.id()?.to_owned(),
            at: self.started_at().or(stopped)?,
            outcome,
            failed_step: None,
            failed_connection: None,
            words: None,
        };
        Some(FoundRun::new(self.workflow_id.clone().filter(|it| it.len() <= LONGEST_ID)?, run))
    }

    /// The same with its data: where it failed and why, also where it is called a success.
    pub(super) fn look(self) -> Option<Looked> {
        let mut found = self.glance()?;
        let is_made_good = self.retry_success_id.is_some();
        let began_at = self.started_at();
        // What a workflow keeps pinned is left aside where it runs by itself.
        let runs_by_itself = matches!(self.mode.as_deref(), Some("webhook" | "trigger"));
        let (nodes, connections, pinned) = self
            .workflow_data
            .map(|it| (it.nodes.unwrap_or_default(), it.connections, it.pin_data))
            .unwrap_or_default();
        let wires = Wires::of(connections.as_ref());
        let result = self.data.and_then(|it| it.result_data);
        // Without its rounds, or without the nodes that may go on after an error, nothing was looked into.
        let is_looked_into = !nodes.is_empty() && result.as_ref().is_some_and(|it| it.run_data.is_some());
        found.may_hide_failure = found.run.outcome == RunOutcome::Succeeded && !is_looked_into;
        let rounds = result.as_ref().and_then(|it| it.run_data.as_ref()).filter(|_| is_looked_into);
        found.proves = rounds.map(|rounds| {
            let pinned_in_run = result.as_ref().map(|it| &it.pin_data);
            let is_pinned = |name: &str| {
                pinned_in_run.is_some_and(|it| it.get(name).is_some())
                    || (!runs_by_itself && pinned.get(name).is_some())
            };
            began_at.map(|at| proved(&nodes, rounds, at, is_pinned)).unwrap_or_default()
        });
        let failed = match (found.run.outcome, result) {
            (RunOutcome::Failed, Some(ResultText { error: Some(error), last_node_executed, .. })) => {
                let own = serde_json::from_value::<Node>(error.node.clone()).ok().filter(|it| !it.name().is_empty());
                let name = own.as_ref().map(Node::name).or(last_node_executed);
                Some((name, own, error))
            }
            (RunOutcome::Succeeded, Some(ResultText { run_data: Some(rounds), .. })) => {
                hidden_failure(&rounds, &nodes).map(|(name, error)| (Some(name), None, error))
            }
            (_, Some(_) | None) => None,
        };
        let mut failed_node = None;
        if let Some((name, own, error)) = failed {
            if found.run.outcome == RunOutcome::Succeeded {
                found.run.outcome = RunOutcome::FailedInside;
            }
            // The error's own copy of the node is what ran; it names its credentials too.
            let node = own.as_ref().or_else(|| nodes.iter().find(|it| Some(it.name()) == name));
            found.run.failed_step = node.map(Node::external_id);
            if error.is_the_credentials() {
                found.run.failed_connection = node.and_then(|it| at_fault(&it.credentials(), &error));
            }
            found.run.words = error.words();
            failed_node = name;
        }
        Some(Looked { found, failed_node, is_made_good, nodes, wires })
    }
}

/// Of several credentials of a node: the one that the error names, else the one that can die.
fn at_fault(uses: &[CredentialUse], error: &ErrorText) -> Option<String> {
    let message = error.message.as_deref().unwrap_or_default();
    let quoted = |text: &str| !text.is_empty() && message.contains(&format!("\"{text}\""));
    let named = uses.iter().find(|it| it.id.as_deref().is_some_and(quoted) || quoted(&it.name));
    let told = named.or_else(|| uses.iter().find(|it| is_oauth2(&it.kind))).or_else(|| uses.first());
    told.map(CredentialUse::external_id)
}

/// The first node, in the order of the workflow's own list, that failed and let the run go on.
fn hidden_failure(rounds: &BTreeMap<String, Vec<TaskText>>, nodes: &[Node]) -> Option<(String, ErrorText)> {
    nodes.iter().filter(|it| it.goes_on_after_error()).find_map(|node| {
        let name = node.name();
        let error = rounds.get(&name)?.iter().find_map(|round| {
            let items = round.data.iter().flat_map(|it| it.main.iter().flatten()).flatten().flatten();
            let of_item = items.filter_map(|it| ErrorText::of_item(&it.json)).next();
            of_item.or_else(|| {
                let error = round.error.as_ref()?;
                Some(ErrorText {
                    message: error.message.clone(),
                    description: error.description.clone(),
                    http_code: error.http_code.clone(),
                    failure: error.failure.as_ref().map(|it| FailureText { cause: it.cause.clone() }),
                    node: Value::Null,
                })
            })
        })?;
        Some((name, error))
    })
}
