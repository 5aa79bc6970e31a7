//! Which credentials a run shows to work: those of steps that it came to itself, that called with them, and that were
//! answered well. What cannot be seen is no proof [D2, A8].

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::execution::{ItemText, OutputText, TaskText};
use super::node::Node;

/// By their ids. `began_at`: what is older was taken over from another run, as a retry does; `is_pinned`: what a person has
/// put into a step in place of a call.
pub(super) fn proved(
    nodes: &[Node],
    rounds: &BTreeMap<String, Vec<TaskText>>,
    began_at: Timestamp,
    is_pinned: impl Fn(&str) -> bool,
) -> Vec<String> {
    let mut proved = vec![];
    for node in nodes.iter().filter(|it| it.is_enabled()) {
        let Some(credential) = node.calls_with() else { continue };
        let name = node.name();
        let is_the_only = nodes.iter().filter(|it| it.name() == name).count() == 1;
        if is_the_only && !is_pinned(&name) && rounds.get(&name).is_some_and(|it| is_answered(node, it, began_at)) {
            proved.push(credential);
        }
    }
    proved.sort();
    proved.dedup();
    proved
}

/// Each round of this run, and at least one.
fn is_answered(node: &Node, rounds: &[TaskText], began_at: Timestamp) -> bool {
    let is_own = |it: &&TaskText| it.began_at().is_some_and(|at| at >= began_at);
    let mut own = rounds.iter().filter(is_own).peekable();
    own.peek().is_some() && own.all(|it| it.is_well() && it.output().is_some_and(|it| is_good_answer(node, it)))
}

fn is_good_answer(node: &Node, output: &OutputText) -> bool {
    let Some(outputs) = output.main() else { return false };
    let mut beyond_the_first = outputs.iter().skip(1).flatten().flatten();
    if node.goes_on_after_error() && beyond_the_first.next().is_some() {
        return false;
    }
    let items: Vec<&ItemText> = outputs.iter().flatten().flatten().collect();
    if items.iter().any(|it| it.tells_of_failure() || tells_of_failure(it.json())) {
        return false;
    }
    if node.takes_any_answer() {
        return !items.is_empty() && items.iter().all(|it| is_well_answered(it.json()));
    }
    // An empty answer is one; no output at all is none.
    outputs.iter().any(Option::is_some)
}

/// An API may speak of an error of its own kind; what it means by that is not known here, and so it is no proof.
fn tells_of_failure(json: &Value) -> bool {
    let says_something = |name: &str| match json.get(name) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(values)) => !values.is_empty(),
        Some(Value::Object(fields)) => !fields.is_empty(),
        Some(Value::Bool(true) | Value::Number(_)) => true,
    };
    says_something("error")
        || says_something("errors")
        || json.get("ok") == Some(&Value::Bool(false))
        || status_of(json).is_some_and(|it| it >= 400)
}

/// As the full response is given on: its status beside its headers.
fn is_well_answered(json: &Value) -> bool {
    json.get("headers").is_some_and(Value::is_object) && status_of(json).is_some_and(|it| (200..300).contains(&it))
}

fn status_of(json: &Value) -> Option<u64> {
    json.get("statusCode")?.as_u64()
}
