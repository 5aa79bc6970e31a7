//! What a run of the strict n8n comes to, in the shapes of recorded executions [D5].

use serde_json::{Map, Value, json};

use crate::n8n_server::{Lab, N8nRelease};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ran {
    Webhook,
    Retry,
}

/// Goes through the nodes in their order: each that names a credential works as long as the provider honours its token.
pub(crate) fn run(lab: &Lab, workflow: &Value, nodes: &Value, connections: &Value, ran: Ran) -> Value {
    let (mut rounds, mut failed, mut last) = (Map::new(), None, Value::Null);
    let number = lab.executions.len() + 1;
    // 2026-11-20T09:00:00Z
    let began_at = 1_795_165_200_000_u64 + 1_000 * u64::try_from(number).unwrap_or_default();
    for node in nodes.as_array().into_iter().flatten() {
        let name = node["name"].as_str().unwrap_or_default().to_owned();
        last = Value::from(name.clone());
        // What is switched off hands on what it is given, and has a round as well.
        let refused = error_of(lab, node).filter(|_| node["disabled"] != true);
        let takes_any = node["parameters"]["options"]["response"]["response"]["neverError"] == true;
        if let Some(answer) = refused.as_ref().filter(|_| takes_any).map(|_| refusal(node)) {
            let round = json!({ "startTime": began_at + 1, "executionStatus": "success", "data": { "main": [[{ "json": answer }]] } });
            rounds.insert(name, json!([round]));
            continue;
        }
        let error = refused;
        let goes_on = node["onError"].as_str().is_some_and(|it| it.starts_with("continue"));
        let round = match (&error, goes_on) {
            (None, _) => {
                json!([{ "startTime": began_at + 1, "executionStatus": "success", "data": { "main": [[{ "json": { "ok": true } }]] } }])
            }
            (Some(error), true) => {
                let kept = match lab.release {
                    N8nRelease::Old => json!({ "body": { "error": "invalid_grant" }, "code": "EAUTH" }),
                    N8nRelease::New => {
                        json!({ "message": error["message"], "name": "NodeOperationError", "timestamp": 1 })
                    }
                };
                let item = json!([{ "json": { "error": kept } }]);
                let outputs = if node["onError"] == "continueErrorOutput" { json!([[], item]) } else { json!([item]) };
                json!([{ "startTime": began_at + 1, "executionStatus": "success", "data": { "main": outputs } }])
            }
            (Some(error), false) => json!([{ "startTime": began_at + 1, "executionStatus": "error", "error": error }]),
        };
        rounds.insert(name, round);
        // A branch without anything to do ends there.
        if node["type"] == "n8n-nodes-base.filter" {
            break;
        }
        if let Some(error) = error.filter(|_| !goes_on) {
            failed = Some(error);
            break;
        }
    }
    let at = format!("2026-11-20T09:{:02}:{:02}.000Z", number / 60, number % 60);
    let mut result = json!({ "runData": rounds, "lastNodeExecuted": last });
    if let Some(error) = &failed {
        result["error"] = error.clone();
    }
    json!({
        "id": number.to_string(), "finished": failed.is_none(),
        "mode": if ran == Ran::Retry { "retry" } else { "webhook" }, "retryOf": null, "retrySuccessId": null,
        "status": if failed.is_none() { "success" } else { "error" }, "startedAt": at, "stoppedAt": at,
        "workflowId": workflow["id"], "waitTill": null,
        "data": { "version": 1, "resultData": result },
        "workflowData": { "id": workflow["id"], "name": workflow["name"], "nodes": nodes, "connections": connections },
    })
}

/// With its data, or as the list without it; one that is marked as oversized is shown without it in any case.
pub(crate) fn shown(execution: &Value, has_data: bool) -> Value {
    let mut shown = execution.clone();
    if let (Value::Object(fields), false) = (&mut shown, has_data && execution["isOversized"] != true) {
        fields.remove("data");
        fields.remove("workflowData");
    }
    shown
}

/// What the API says to a step that takes any answer for a good one.
fn refusal(node: &Value) -> Value {
    let body = json!({ "detail": "token_revoked" });
    if node["parameters"]["options"]["response"]["response"]["fullResponse"] == true {
        return json!({ "body": body, "headers": {}, "statusCode": 401, "statusMessage": "Unauthorized" });
    }
    body
}

fn error_of(lab: &Lab, node: &Value) -> Option<Value> {
    let (kind, used) = node["credentials"].as_object()?.iter().next()?;
    let Some(stored) = lab.credentials.iter().find(|it| it["id"] == used["id"]) else {
        let id = used["id"].as_str().unwrap_or_default();
        // This one names neither node nor kind of error.
        return Some(
            json!({ "level": "info", "message": format!("Credential with ID \"{id}\" does not exist for type \"{kind}\".") }),
        );
    };
    let token = stored["data"]["oauthTokenData"]["access_token"].as_str();
    if token.is_some_and(|it| lab.live_tokens.contains(it)) {
        return None;
    }
    let name = stored["name"].as_str().unwrap_or_default();
    let (message, code, failure) = match (token, lab.release) {
        (None, _) => ("Unable to sign without access token".to_owned(), Value::Null, Value::Null),
        (Some(_), N8nRelease::New) => (
            format!("The credential \"{name}\" needs to be reconnected."),
            Value::Null,
            json!({ "cause": "credential-invalid" }),
        ),
        (Some(_), N8nRelease::Old) => (
            "The provided authorization grant (e.g., authorization code, resource owner credentials) or refresh token is \
             invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was \
             issued to another client."
                .to_owned(),
            json!("EAUTH"),
            Value::Null,
        ),
    };
    Some(
        json!({ "level": "warning", "name": "NodeApiError", "message": message, "httpCode": code, "failure": failure, "node": node }),
    )
}
