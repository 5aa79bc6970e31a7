//! A node of a workflow as n8n writes it, leniently: what runs, with which credentials, and what follows it [D1, D5].

use std::collections::{HashMap, HashSet, VecDeque};

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Cut there: ids of ours are for lists, and n8n's have sixteen letters.
pub(super) const LONGEST_ID: usize = 128;
/// Names are for people.
pub(super) const LONGEST_NAME: usize = 200;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Node {
    #[serde(default, deserialize_with = "loose_text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    name: Option<String>,
    #[serde(default, rename = "type", deserialize_with = "loose_text")]
    kind: Option<String>,
    #[serde(default)]
    disabled: Option<bool>,
    #[serde(default, deserialize_with = "loose_text")]
    on_error: Option<String>,
    #[serde(default)]
    continue_on_fail: Option<bool>,
    #[serde(default)]
    parameters: Value,
    #[serde(default)]
    credentials: Value,
}

/// A credential that a node names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CredentialUse {
    pub(super) kind: String,
    /// Absent where the node knows it by name alone: exports of old versions, and imports that were never saved.
    pub(super) id: Option<String>,
    pub(super) name: String,
}

impl CredentialUse {
    /// Its id, or what stands for one where there is none.
    pub(super) fn external_id(&self) -> String {
        self.id.clone().unwrap_or_else(|| format!("{}/{}", self.kind, self.name))
    }
}

impl Node {
    /// Within its workflow. Names are unique there, and ids are not written by every version.
    pub(super) fn external_id(&self) -> String {
        let id = self.id.as_deref().filter(|it| !it.is_empty() && it.len() <= LONGEST_ID);
        id.map_or_else(|| self.name(), str::to_owned)
    }

    pub(super) fn name(&self) -> String {
        self.name.clone().unwrap_or_default()
    }

    pub(super) fn kind(&self) -> &str {
        self.kind.as_deref().unwrap_or_default()
    }

    /// `googleSheets` of `n8n-nodes-base.googleSheets`.
    pub(super) fn short_kind(&self) -> &str {
        self.kind().rsplit('.').next().unwrap_or_default()
    }

    /// Of n8n itself, not of a community package.
    pub(super) fn is_built_in(&self) -> bool {
        self.kind().starts_with("n8n-nodes-base.") || self.kind().starts_with("@n8n/")
    }

    pub(super) fn is_enabled(&self) -> bool {
        self.disabled != Some(true)
    }

    pub(super) fn goes_on_after_error(&self) -> bool {
        self.continue_on_fail == Some(true) || self.on_error.as_deref().is_some_and(|it| it.starts_with("continue"))
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&Value> {
        self.parameters.get(name)
    }

    /// A text that is no expression: what an expression comes to is known at the run alone.
    pub(super) fn plain(&self, name: &str) -> Option<&str> {
        self.parameter(name)?.as_str().filter(|it| !it.starts_with('='))
    }

    pub(super) fn is_expression(&self, name: &str) -> bool {
        self.parameter(name).and_then(Value::as_str).is_some_and(|it| it.starts_with('='))
    }

    /// Credentials that it uses. Those of a way to sign in that is not chosen may still be noted there, and are left out.
    pub(super) fn credentials(&self) -> Vec<CredentialUse> {
        let Value::Object(named) = &self.credentials else { return vec![] };
        let all: Vec<CredentialUse> = named.iter().filter_map(|(kind, value)| credential_use(kind, value)).collect();
        if self.short_kind() == "httpRequest" {
            let chosen = match self.plain("authentication") {
                Some("predefinedCredentialType") => self.plain("nodeCredentialType"),
                Some("genericCredentialType") => self.plain("genericAuthType"),
                Some(_) | None => None,
            };
            let Some(chosen) = chosen else { return all };
            return all.into_iter().filter(|it| it.kind == chosen || it.kind == "httpSslAuth").collect();
        }
        if all.len() > 1 && self.plain("authentication") == Some("oAuth2") && all.iter().any(|it| is_oauth2(&it.kind)) {
            return all.into_iter().filter(|it| is_oauth2(&it.kind)).collect();
        }
        all
    }

    /// The credential, by its id, without which it cannot have called as it stands. `None` where another way to sign in is
    /// chosen, where the run alone decides that, and where others call it.
    pub(super) fn calls_with(&self) -> Option<String> {
        if self.is_called() || self.is_expression("authentication") {
            return None;
        }
        let authentication = self.plain("authentication");
        let mut uses = self.credentials();
        if self.short_kind() == "httpRequest" {
            let chosen = match authentication {
                None | Some("none") => return None,
                Some("predefinedCredentialType") => Some(self.plain("nodeCredentialType")?),
                Some("genericCredentialType") => Some(self.plain("genericAuthType")?),
                // Its first versions name the kind there.
                Some(_) => None,
            };
            uses.retain(|it| chosen.map_or(it.kind != "httpSslAuth", |chosen| it.kind == chosen));
        } else if authentication == Some("none") {
            return None;
        }
        match uses.as_slice() {
            [only] => only.id.clone(),
            [] | [_, _, ..] => None,
        }
    }

    /// What it comes with is how others show to n8n who they are, and no call of its own; one that polls does call.
    fn is_called(&self) -> bool {
        let kind = self.short_kind();
        let waits = kind.ends_with("Trigger") || matches!(kind, "webhook" | "wait" | "respondToWebhook");
        waits && self.parameter("pollTimes").is_none()
    }

    /// It takes a refusal for an answer, or hands its status on: that alone says how the call went.
    pub(super) fn takes_any_answer(&self) -> bool {
        is_any_set(&self.parameters, &["neverError", "ignoreResponseCode", "fullResponse"])
    }

    /// The workflow that it starts, where that stands in the node itself.
    pub(super) fn starts(&self) -> Option<String> {
        let is_starter = matches!(self.short_kind(), "executeWorkflow" | "toolWorkflow");
        if !is_starter || self.plain("source").is_some_and(|it| it != "database") {
            return None;
        }
        let written = self.parameter("workflowId")?;
        let id = match written {
            Value::Object(locator) => locator.get("value")?,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => written,
        };
        let id = text_of(id)?;
        (!id.is_empty() && !id.starts_with('=') && id.len() <= LONGEST_ID).then_some(id)
    }
}

/// An expression may come to anything.
fn is_any_set(value: &Value, names: &[&str]) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(name, value)| {
            let is_off = matches!(value, Value::Null | Value::Bool(false));
            (names.contains(&name.as_str()) && !is_off) || is_any_set(value, names)
        }),
        Value::Array(values) => values.iter().any(|it| is_any_set(it, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

pub(super) fn is_oauth2(kind: &str) -> bool {
    kind.contains("OAuth2") || kind == "oAuth2Api"
}

fn credential_use(kind: &str, value: &Value) -> Option<CredentialUse> {
    let (id, name) = match value {
        // Old exports name it, and no more.
        Value::String(name) => (None, name.clone()),
        Value::Object(fields) => {
            (fields.get("id").and_then(text_of), fields.get("name").and_then(text_of).unwrap_or_default())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => return None,
    };
    let id = id.filter(|it| !it.is_empty() && it.len() <= LONGEST_ID);
    let name = domain::display_text::cleaned(&name, LONGEST_NAME);
    (id.is_some() || !name.is_empty()).then(|| CredentialUse {
        kind: kind.chars().take(LONGEST_ID).collect(),
        id,
        name,
    })
}

/// What follows what: `{"Webhook": {"main": [[{"node": "Send"}]]}}`.
#[derive(Debug, Default)]
pub(super) struct Wires(HashMap<String, Vec<String>>);

impl Wires {
    pub(super) fn of(written: Option<&Map<String, Value>>) -> Self {
        let targets = |outputs: &Value| -> Vec<String> {
            let kinds = outputs.as_object().into_iter().flat_map(Map::values);
            let ends = kinds.filter_map(Value::as_array).flatten().filter_map(Value::as_array).flatten();
            ends.filter_map(|it| it.get("node")?.as_str().map(str::to_owned)).collect()
        };
        Self(written.into_iter().flatten().map(|(from, outputs)| (from.clone(), targets(outputs))).collect())
    }

    /// Names from the first node to the last, each once; what nothing leads to comes first, in the order written.
    pub(super) fn order(&self, nodes: &[Node]) -> HashMap<String, u32> {
        let led_to: HashSet<&str> = self.0.values().flatten().map(String::as_str).collect();
        let names: Vec<String> = nodes.iter().map(Node::name).collect();
        let roots = names.iter().filter(|it| !led_to.contains(it.as_str()));
        let mut order = HashMap::new();
        // Nodes in a circle have no root; they follow as they stand.
        for start in roots.chain(names.iter()) {
            self.walk(start, &mut order);
        }
        order
    }

    /// The node itself and everything after it.
    pub(super) fn from(&self, name: &str) -> HashSet<String> {
        let mut order = HashMap::new();
        self.walk(name, &mut order);
        order.into_keys().collect()
    }

    fn walk(&self, start: &str, order: &mut HashMap<String, u32>) {
        let mut waiting = VecDeque::from([start.to_owned()]);
        while let Some(name) = waiting.pop_front() {
            if order.contains_key(&name) {
                continue;
            }
            let place = u32::try_from(order.len()).unwrap_or(u32::MAX);
            waiting.extend(self.0.get(&name).into_iter().flatten().cloned());
            order.insert(name, place);
        }
    }
}

/// A text or a number; n8n's oldest ids were numbers.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

pub(super) fn loose_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(text_of(&Value::deserialize(deserializer)?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn node(value: Value) -> Node {
        serde_json::from_value(value).unwrap()
    }

    /// D2: an HTTP node keeps the credentials of every way that was once chosen, and uses one.
    #[test]
    fn only_the_chosen_way_to_sign_in_counts() {
        let both = json!({"oAuth2Api": {"id": "a", "name": "A"}, "googleDriveOAuth2Api": {"id": "b", "name": "B"}});
        let chosen = |parameters: Value| {
            let it = node(json!({"type": "n8n-nodes-base.httpRequest", "parameters": parameters, "credentials": both}));
            it.credentials().into_iter().filter_map(|it| it.id).collect::<Vec<_>>()
        };

        let predefined =
            json!({"authentication": "predefinedCredentialType", "nodeCredentialType": "googleDriveOAuth2Api"});
        assert_eq!(chosen(predefined), ["b"]);
        assert_eq!(chosen(json!({"authentication": "genericCredentialType", "genericAuthType": "oAuth2Api"})), ["a"]);
        assert_eq!(
            chosen(json!({"authentication": "={{ $json.way }}"})).len(),
            2,
            "what an expression says is unknown"
        );
    }

    /// D2, A8: which credential a step has called with, where that stands in it.
    #[test]
    fn what_a_step_calls_with_is_told_only_where_nothing_else_can_have_been() {
        let both = json!({"oAuth2Api": {"id": "a", "name": "A"}, "driveOAuth2Api": {"id": "b", "name": "B"}});
        let one = json!({"oAuth2Api": {"id": "a", "name": "A"}});
        let of = |kind: &str, parameters: Value, credentials: &Value| {
            node(json!({"type": kind, "parameters": parameters, "credentials": credentials})).calls_with()
        };
        let http = |parameters: Value, credentials| of("n8n-nodes-base.httpRequest", parameters, credentials);
        let generic = json!({"authentication": "genericCredentialType", "genericAuthType": "oAuth2Api"});

        assert_eq!(http(generic, &both).as_deref(), Some("a"));
        assert_eq!(http(json!({"authentication": "oAuth2"}), &one).as_deref(), Some("a"), "as its first versions say");
        assert_eq!(http(json!({"authentication": "none"}), &one), None, "left over from before");
        assert_eq!(http(json!({}), &one), None, "none is what it begins with");
        assert_eq!(http(json!({"authentication": "={{ $json.way }}"}), &one), None);
        assert_eq!(of("n8n-nodes-base.gmail", json!({}), &one).as_deref(), Some("a"));
        assert_eq!(of("n8n-nodes-base.gmail", json!({}), &both), None, "either of them");
        assert_eq!(of("n8n-nodes-base.githubTrigger", json!({}), &one), None, "it is called");
        assert_eq!(of("n8n-nodes-base.gmailTrigger", json!({"pollTimes": {}}), &one).as_deref(), Some("a"));
        assert_eq!(of("n8n-nodes-base.gmail", json!({}), &json!({"gmailOAuth2": "Mail"})), None, "it has no id");
    }

    /// D2: exports of old versions.
    #[test]
    fn a_credential_may_be_known_by_its_name_alone() {
        for written in [json!({"slackApi": "Slack prod"}), json!({"slackApi": {"id": null, "name": "Slack prod"}})] {
            let uses = node(json!({"type": "n8n-nodes-base.slack", "credentials": written})).credentials();
            assert_eq!(uses[0].external_id(), "slackApi/Slack prod");
        }
        let numbered = node(json!({"credentials": {"slackApi": {"id": 7, "name": "x"}}}));
        assert_eq!(numbered.credentials()[0].external_id(), "7", "the oldest ids were numbers");
    }

    /// D1
    #[test]
    fn a_workflow_that_another_starts_is_named() {
        let starts = |parameters: Value| {
            node(json!({"type": "n8n-nodes-base.executeWorkflow", "parameters": parameters})).starts()
        };

        assert_eq!(starts(json!({"workflowId": "w1"})).as_deref(), Some("w1"));
        assert_eq!(starts(json!({"workflowId": {"__rl": true, "value": "w2"}})).as_deref(), Some("w2"));
        assert_eq!(starts(json!({"workflowId": "={{ $json.id }}"})), None, "known at the run alone");
        assert_eq!(starts(json!({"source": "localFile", "workflowId": "w1"})), None);
    }

    /// D5: wires may lead in circles.
    #[test]
    fn what_follows_is_found_and_a_circle_ends() {
        let wires = json!({"A": {"main": [[{"node": "B"}]]}, "B": {"main": [[{"node": "C"}], [{"node": "A"}]]}});
        let wires = Wires::of(wires.as_object());
        let nodes = ["C", "B", "A", "alone"].map(|name| node(json!({"name": name})));

        assert_eq!(wires.from("B").len(), 3);
        assert_eq!(wires.from("alone").len(), 1);
        assert_eq!(wires.order(&nodes).len(), 4, "each has a place");
    }
}
