//! Make's API, version 2, as strict as its documentation: right key, right scopes, known parameters, pages [D2].
//!
//! Shapes: `integromat/make-typescript-sdk` (src/endpoints and test/mocks) and developers.make.com's reference of
//! connections, scenarios, logs and incomplete executions, read in November 2026.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::server::{Answer, Seen, Server};

/// The key that it takes.
pub const MAKE_KEY: &str = "12345678-1234-4234-8234-123456789abc";

/// How it misbehaves on request.
#[derive(Debug, Clone, Default)]
struct Faults {
    missing_scopes: BTreeSet<String>,
    pages_forever: bool,
    hides_usages: bool,
    /// From that request on, a wait is asked for.
    limited_from: Option<usize>,
}

/// The running fake; it ends when dropped.
pub struct MakeServer {
    server: Server,
    faults: Arc<Mutex<Faults>>,
    world: Arc<Mutex<Value>>,
}

impl MakeServer {
    /// Starts with what is in Make: `organizations`, `teams`, `connections`, `scenarios`, `folders`, and by scenario
    /// `blueprints`, `logs` and `dlqs`; by run `executions`; `dead` lists connections that no longer work.
    ///
    /// # Errors
    /// No port of 127.0.0.1 could be had.
    pub async fn start(world: Value) -> io::Result<Self> {
        let faults = Arc::new(Mutex::new(Faults::default()));
        let world = Arc::new(Mutex::new(world));
        let count = Mutex::new(0);
        let (own_faults, own_world) = (Arc::clone(&faults), Arc::clone(&world));
        let server = Server::start(move |_, seen| {
            let faults = own_faults.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let mut world = own_world.lock().unwrap_or_else(PoisonError::into_inner);
            let mut count = count.lock().unwrap_or_else(PoisonError::into_inner);
            *count += 1;
            answer(seen, &mut world, &faults, *count)
        })
        .await?;
        Ok(Self { server, faults, world })
    }

    pub fn url(&self) -> &str {
        self.server.url()
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.server.seen()
    }

    /// From here on the key lacks this scope.
    pub fn lacks_scope(&self, scope: &str) {
        self.change(|it| it.missing_scopes.extend([scope.to_owned()]));
    }

    /// Every page of scenarios is full and like the first.
    pub fn pages_forever(&self) {
        self.change(|it| it.pages_forever = true);
    }

    /// Connections come without the scenarios that use them, whatever is asked for.
    pub fn hides_usages(&self) {
        self.change(|it| it.hides_usages = true);
    }

    /// From this request on (the first is 1) it asks to wait 30 seconds.
    pub fn limits_from(&self, request: usize) {
        self.change(|it| it.limited_from = Some(request));
    }

    /// What is in it.
    pub fn world(&self) -> Value {
        self.world.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.faults.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn failure(status: u16, message: &str, code: &str) -> Answer {
    Answer::json(status, json!({"message": message, "detail": message, "code": code, "suberrors": []}).to_string())
}

fn ok(body: &Value) -> Answer {
    Answer::json(200, body.to_string())
}

fn answer(seen: &Seen, world: &mut Value, faults: &Faults, count: usize) -> Answer {
    if faults.limited_from.is_some_and(|from| count >= from) {
        let mut answer = failure(429, "Requests limit for organization exceeded", "IM429");
        answer.headers.push(("retry-after".into(), "30".into()));
        return answer;
    }
    let key = seen.headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.as_str());
    if key != Some(format!("Token {MAKE_KEY}").as_str()) {
        return failure(401, "Access denied.", "IM401");
    }
    let (path, query) = seen.target.split_once('?').unwrap_or((&seen.target, ""));
    let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let Some(path) = path.strip_prefix("/api/v2/") else { return failure(404, "Not found", "IM404") };
    let parts: Vec<&str> = path.split('/').collect();
    let (scope, allowed): (&str, &[&str]) = match (seen.method.as_str(), parts.as_slice()) {
        ("GET", ["organizations"]) => ("organizations:read", &["pg[limit]", "pg[offset]"]),
        ("GET", ["teams"]) => ("teams:read", &["organizationId", "pg[limit]", "pg[offset]"]),
        ("GET", ["connections"]) => ("connections:read", &["teamId", "type[]", "cols[]"]),
        ("POST", ["connections", _, "test"]) => ("connections:write", &[]),
        ("GET", ["scenarios-folders"]) => ("scenarios:read", &["teamId"]),
        ("GET", ["scenarios"]) => ("scenarios:read", &["teamId", "organizationId", "pg[limit]", "pg[offset]"]),
        ("GET", ["scenarios", _]) => ("scenarios:read", &[]),
        ("GET", ["scenarios", _, "blueprint"]) => ("scenarios:read", &[]),
        ("GET", ["scenarios", _, "logs"]) => ("scenarios:read", &["from", "to", "status", "pg[limit]"]),
        ("GET", ["scenarios", _, "executions", _]) => ("scenarios:read", &[]),
        ("POST", ["scenarios", _, "start" | "stop"]) => ("scenarios:write", &[]),
        ("GET", ["dlqs"]) => ("dlqs:read", &["scenarioId"]),
        ("POST", ["dlqs", _, "retry"]) => ("dlqs:write", &[]),
        _ => return failure(404, "Not found", "IM404"),
    };
    if faults.missing_scopes.contains(scope) {
        return failure(403, "Access denied. Insufficient rights.", "SC403");
    }
    if let Some((name, _)) = query.iter().find(|(name, _)| !allowed.contains(&name.as_str())) {
        return failure(400, &format!("Unknown parameter {name}"), "IM005");
    }
    if seen.method == "POST" && serde_json::from_str::<Value>(&seen.body).is_err() {
        return failure(400, "Body is no JSON", "IM005");
    }
    respond(&parts, &query, world, faults)
}

fn respond(parts: &[&str], query: &[(String, String)], world: &mut Value, faults: &Faults) -> Answer {
    let asked = |name: &str| query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    let list = |name: &str| world.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let of = |entry: &Value, field: &str| entry.get(field).map(|it| it.to_string().trim_matches('"').to_owned());
    let find = |name: &str, id: &str| list(name).into_iter().find(|it| of(it, "id").as_deref() == Some(id));
    match parts {
        [name @ ("organizations" | "teams" | "scenarios")] => {
            let mut entries = list(name);
            for field in ["organizationId", "teamId"] {
                if let Some(id) = asked(field) {
                    entries.retain(|it| of(it, field).as_deref() == Some(id));
                }
            }
            let number = |name: &str, usual: usize| asked(name).and_then(|it| it.parse().ok()).unwrap_or(usual);
            let (limit, offset) = (number("pg[limit]", 10_000), number("pg[offset]", 0));
            let page: Vec<_> = if faults.pages_forever && *name == "scenarios" {
                entries.into_iter().cycle().take(limit).collect()
            } else {
                entries.into_iter().skip(offset).take(limit).collect()
            };
            ok(&json!({*name: page, "pg": {"sortBy": "name", "sortDir": "asc", "limit": limit, "offset": offset}}))
        }
        ["connections"] => {
            let mut entries = list("connections");
            entries.retain(|it| of(it, "teamId").as_deref() == asked("teamId"));
            let wants = query.iter().any(|(name, value)| name == "cols[]" && value == "scenarioUsages");
            if faults.hides_usages || !wants {
                for entry in &mut entries {
                    if let Some(fields) = entry.as_object_mut() {
                        fields.remove("scenarioUsages");
                    }
                }
            }
            ok(&json!({"connections": entries}))
        }
        ["connections", id, "test"] => {
            if find("connections", id).is_none() {
                return failure(404, "Connection not found", "IM404");
            }
            let dead = list("dead").into_iter().find(|it| of(it, "id").as_deref() == Some(id));
            match dead {
                None => ok(&json!({"verified": true})),
                Some(dead) => match of(&dead, "words") {
                    None => ok(&json!({"verified": false})),
                    Some(words) => failure(400, &words, "IM007"),
                },
            }
        }
        ["scenarios-folders"] => ok(&json!({"scenariosFolders": list("folders")})),
        ["scenarios", id] => match find("scenarios", id) {
            Some(scenario) => ok(&json!({"scenario": scenario})),
            None => failure(404, "Scenario not found", "IM404"),
        },
        ["scenarios", id, "blueprint"] => match world.pointer(&format!("/blueprints/{id}")) {
            Some(blueprint) => ok(&json!({"code": "OK", "response": {"blueprint": blueprint}})),
            None => failure(404, "Scenario not found", "IM404"),
        },
        ["scenarios", id, "logs"] => {
            let logs = world.pointer(&format!("/logs/{id}")).cloned().unwrap_or_else(|| json!([]));
            ok(&json!({"scenarioLogs": logs, "pg": {"sortBy": "imtId", "sortDir": "desc", "limit": 50}}))
        }
        ["scenarios", _, "executions", run] => match world.pointer(&format!("/executions/{run}")) {
            Some(run) => ok(run),
            None => failure(404, "Execution not found", "IM404"),
        },
        ["scenarios", id, verb] => start_or_stop(world, id, *verb == "start"),
        ["dlqs"] => {
            let id = asked("scenarioId").unwrap_or_default();
            ok(&json!({"dlqs": world.pointer(&format!("/dlqs/{id}")).cloned().unwrap_or_else(|| json!([]))}))
        }
        ["dlqs", id, "retry"] => ok(&json!({"dlq": id})),
        _ => failure(404, "Not found", "IM404"),
    }
}

/// What runs cannot be started, and what stands cannot be stopped.
fn start_or_stop(world: &mut Value, id: &str, is_active: bool) -> Answer {
    let scenarios = world.get_mut("scenarios").and_then(Value::as_array_mut);
    let own = |it: &&mut Value| it.get("id").is_some_and(|own| *own == id.parse::<u64>().unwrap_or_default());
    let Some(scenario) = scenarios.and_then(|it| it.iter_mut().find(own)) else {
        return failure(404, "Scenario not found", "IM404");
    };
    if scenario.get("isActive").and_then(Value::as_bool) == Some(is_active) {
        let word = if is_active { "running" } else { "stopped" };
        return failure(400, &format!("The scenario is already {word}"), "IM306");
    }
    if let Some(fields) = scenario.as_object_mut() {
        fields.insert("isActive".into(), json!(is_active));
    }
    ok(
        &json!({"scenario": {"id": id.parse::<u64>().unwrap_or_default(), "isActive": is_active, "islinked": is_active}}),
    )
}
