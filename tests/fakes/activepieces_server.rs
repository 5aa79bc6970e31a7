//! Activepieces' API: projects, connections without their secrets, flows in both versions, runs, cursors [D2].
//!
//! Shapes: `activepieces/activepieces`, packages/shared/src/lib (app-connection, flow, flow-version, list-flows-request,
//! flow-run, list-flow-runs-request), read in November 2026.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::server::{Answer, Seen, Server};

/// The key that it takes.
pub const ACTIVEPIECES_KEY: &str = "sk-mira-4711";

/// The running fake; it ends when dropped.
pub struct ActivepiecesServer {
    server: Server,
    missing: Arc<Mutex<BTreeSet<String>>>,
    world: Arc<Mutex<Value>>,
}

impl ActivepiecesServer {
    /// Starts with `projects`, `app-connections`, `folders`, `flows` (each with its newest `version`), `published` (the
    /// same flows with the version that runs) and `flow-runs`. With `pages_forever` the cursor goes round.
    ///
    /// # Errors
    /// No port of 127.0.0.1 could be had.
    pub async fn start(world: Value, pages_forever: bool) -> io::Result<Self> {
        let (missing, world) = (Arc::new(Mutex::new(BTreeSet::new())), Arc::new(Mutex::new(world)));
        let (own_missing, own_world) = (Arc::clone(&missing), Arc::clone(&world));
        let server = Server::start(move |_, seen| {
            let missing = own_missing.lock().unwrap_or_else(PoisonError::into_inner);
            let mut world = own_world.lock().unwrap_or_else(PoisonError::into_inner);
            answer(seen, &mut world, &missing, pages_forever)
        })
        .await?;
        Ok(Self { server, missing, world })
    }

    pub fn url(&self) -> &str {
        self.server.url()
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.server.seen()
    }

    /// From here on the key lacks this permission.
    pub fn lacks(&self, permission: &str) {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner).insert(permission.to_owned());
    }

    /// What is in it.
    pub fn world(&self) -> Value {
        self.world.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn failure(status: u16, code: &str, params: &Value) -> Answer {
    Answer::json(status, json!({"code": code, "params": params}).to_string())
}

fn answer(seen: &Seen, world: &mut Value, missing: &BTreeSet<String>, pages_forever: bool) -> Answer {
    let key = seen.headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.as_str());
    if key != Some(format!("Bearer {ACTIVEPIECES_KEY}").as_str()) {
        return failure(401, "INVALID_BEARER_TOKEN", &json!({}));
    }
    let (path, query) = seen.target.split_once('?').unwrap_or((&seen.target, ""));
    let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let asked = |name: &str| query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    let Some(path) = path.strip_prefix("/api/v1/") else { return failure(404, "ROUTE_NOT_FOUND", &json!({})) };
    let parts: Vec<&str> = path.split('/').collect();
    let (permission, allowed): (&str, &[&str]) = match (seen.method.as_str(), parts.as_slice()) {
        ("GET", ["projects"]) => ("READ_PROJECT", &["limit", "cursor"]),
        ("GET", ["app-connections"]) => ("READ_APP_CONNECTION", &["projectId", "limit", "cursor"]),
        ("GET", ["folders"]) => ("READ_FOLDER", &["projectId", "limit", "cursor"]),
        ("GET", ["flows"]) => ("READ_FLOW", &["projectId", "limit", "cursor", "versionState"]),
        ("GET", ["flow-runs"]) => ("READ_RUN", &["projectId", "limit", "cursor", "createdAfter"]),
        ("POST", ["flows", _]) => ("UPDATE_FLOW_STATUS", &[]),
        ("POST", ["flow-runs", _, "retry"]) => ("WRITE_RUN", &[]),
        _ => return failure(404, "ROUTE_NOT_FOUND", &json!({})),
    };
    if missing.contains(permission) {
        return failure(403, "PERMISSION_DENIED", &json!({"permission": permission}));
    }
    let needs_project = seen.method == "GET" && parts != ["projects"];
    if needs_project && asked("projectId").is_none() || query.iter().any(|(name, _)| !allowed.contains(&name.as_str()))
    {
        return failure(400, "VALIDATION", &json!({"message": "querystring is not valid"}));
    }
    match parts.as_slice() {
        [list] => {
            let of = if *list == "flows" && asked("versionState") == Some("LOCKED") { "published" } else { list };
            let entries = world.get(of).and_then(Value::as_array).cloned().unwrap_or_default();
            page(entries, asked("limit"), asked("cursor"), pages_forever && *list == "flows")
        }
        ["flows", id] => change_status(world, id, &seen.body),
        [_, run, _] => {
            let body: Value = serde_json::from_str(&seen.body).unwrap_or_default();
            let strategy = body.get("strategy").and_then(Value::as_str);
            let is_fine =
                matches!(strategy, Some("FROM_FAILED_STEP" | "ON_LATEST_VERSION")) && body.get("projectId").is_some();
            if is_fine {
                Answer::json(200, json!({"id": run, "status": "QUEUED"}).to_string())
            } else {
                failure(400, "VALIDATION", &json!({}))
            }
        }
        _ => failure(404, "ROUTE_NOT_FOUND", &json!({})),
    }
}

fn page(entries: Vec<Value>, limit: Option<&str>, cursor: Option<&str>, goes_round: bool) -> Answer {
    let limit = limit.and_then(|it| it.parse().ok()).unwrap_or(10_usize);
    let offset = cursor.and_then(|it| it.strip_prefix("next_")?.parse().ok()).unwrap_or(0_usize);
    let total = entries.len();
    let data: Vec<_> = entries.into_iter().skip(if goes_round { 0 } else { offset }).take(limit).collect();
    let end = offset + data.len();
    let next = if goes_round { Some("next_1".to_owned()) } else { (end < total).then(|| format!("next_{end}")) };
    Answer::json(200, json!({"data": data, "next": next, "previous": null}).to_string())
}

fn change_status(world: &mut Value, id: &str, body: &str) -> Answer {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let status = body.pointer("/request/status").and_then(Value::as_str);
    let (Some("CHANGE_STATUS"), Some(status @ ("ENABLED" | "DISABLED"))) =
        (body.get("type").and_then(Value::as_str), status)
    else {
        return failure(400, "VALIDATION", &json!({}));
    };
    let flows = world.get_mut("flows").and_then(Value::as_array_mut);
    let flow = flows.and_then(|it| it.iter_mut().find(|it| it.get("id").and_then(Value::as_str) == Some(id)));
    match flow.and_then(Value::as_object_mut) {
        Some(flow) => {
            flow.insert("status".into(), json!(status));
            Answer::json(200, Value::Object(flow.clone()).to_string())
        }
        None => failure(404, "ENTITY_NOT_FOUND", &json!({"message": "flow not found"})),
    }
}
