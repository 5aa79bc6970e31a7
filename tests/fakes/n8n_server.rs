//! A strict n8n on loopback, as 2.40.7 and 1.123.81 were seen to answer: pages cut without a word, drafts beside what
//! runs, half a credential taken with 200, a test that always says OK, failures called a success [D2, D5].

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use crate::n8n_credentials::{self, listed, shown};
use crate::n8n_runs::{self, Ran};
use crate::server::{Answer, Seen, Server};

/// The key it takes.
pub const N8N_KEY: &str = "n8n-key-0123456789";
pub(crate) const PROJECT: &str = "q91zvFAbvoBHnlLo";
pub(crate) const OWNER: &str = "Lab Owner <owner@lab.test>";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum N8nRelease {
    /// 1.123.81
    Old,
    /// 2.40.7
    New,
}

/// What goes wrong on purpose.
#[derive(Debug, Clone, Default)]
pub enum N8nTrouble {
    #[default]
    None,
    /// Every page names another one.
    PagesForever,
    /// Every page names the same one.
    SamePageForever,
    /// So many answers are 429 with this Retry-After.
    RateLimited {
        times: u32,
        retry_after: &'static str,
    },
    /// Every answer is that long.
    Huge {
        bytes: usize,
    },
    /// The first so many requests are answered, then there is 503.
    GoesDownAfter {
        requests: u32,
    },
    /// A sign-in page stands before it.
    SignInPage,
    RedirectsTo(&'static str),
}

pub(crate) struct Lab {
    pub(crate) release: N8nRelease,
    scopes: Option<BTreeSet<String>>,
    pub(crate) credentials: Vec<Value>,
    workflows: Vec<Value>,
    pub(crate) executions: Vec<Value>,
    pub(crate) live_tokens: BTreeSet<String>,
    trouble: N8nTrouble,
    answered: u32,
}

/// The running server; it ends when dropped.
pub struct N8nServer {
    server: Server,
    lab: Arc<Mutex<Lab>>,
}

impl N8nServer {
    /// # Errors
    /// No port of 127.0.0.1 could be had.
    pub async fn start(release: N8nRelease) -> io::Result<Self> {
        let lab = Lab {
            release,
            scopes: None,
            credentials: vec![],
            workflows: vec![],
            executions: vec![],
            live_tokens: BTreeSet::new(),
            trouble: N8nTrouble::None,
            answered: 0,
        };
        let lab = Arc::new(Mutex::new(lab));
        let own = Arc::clone(&lab);
        let server = Server::start(move |_, seen| locked(&own).answer(seen)).await?;
        Ok(Self { server, lab })
    }

    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// Every request so far, oldest first.
    pub fn seen(&self) -> Vec<Seen> {
        self.server.seen()
    }

    /// From here on the key has these rights and no other.
    pub fn allow_only(&self, scopes: &[&str]) {
        locked(&self.lab).scopes = Some(scopes.iter().map(|it| (*it).to_owned()).collect());
    }

    pub fn set_trouble(&self, trouble: N8nTrouble) {
        let mut lab = locked(&self.lab);
        (lab.trouble, lab.answered) = (trouble, 0);
    }

    pub fn add_credential(&self, id: &str, name: &str, kind: &str, data: Value) {
        locked(&self.lab).credentials.push(json!({ "id": id, "name": name, "type": kind, "data": data }));
    }

    pub fn remove_credential(&self, id: &str) {
        locked(&self.lab).credentials.retain(|it| it["id"] != id);
    }

    /// Adds a workflow that runs as it is drafted; the rest of what n8n tells is added.
    pub fn add_workflow(&self, id: &str, name: &str, is_active: bool, nodes: Value) {
        let mut previous: Option<String> = None;
        let mut wires = Map::new();
        for node in nodes.as_array().into_iter().flatten() {
            let name = node["name"].as_str().unwrap_or_default().to_owned();
            if let Some(from) = previous.replace(name.clone()) {
                wires.insert(from, json!({ "main": [[{ "node": name, "type": "main", "index": 0 }]] }));
            }
        }
        let version = json!({
            "versionId": "v1", "workflowId": id, "nodes": nodes, "connections": wires, "name": null, "description": null,
            "createdAt": "2026-11-20T08:00:00.000Z", "updatedAt": "2026-11-20T08:00:00.000Z",
        });
        let live = is_active.then_some(&version);
        locked(&self.lab).workflows.push(json!({
            "id": id, "name": name, "active": is_active, "isArchived": false, "versionId": "v1", "activeVersion": live,
            "activeVersionId": live.map(|it| it["versionId"].clone()), "history": [version],
            "nodes": nodes, "connections": wires, "settings": {}, "tags": [], "updatedAt": "2026-11-20T08:00:00.000Z",
            "shared": [{ "role": "workflow:owner", "workflowId": id, "projectId": PROJECT }],
        }));
    }

    /// Changes the draft alone; what runs stays.
    pub fn redraft(&self, id: &str, nodes: &Value) {
        self.redraft_at(id, nodes, "2026-11-20T08:30:00.000Z");
    }

    /// The same, saved then.
    pub fn redraft_at(&self, id: &str, nodes: &Value, at: &str) {
        if let Some(workflow) = locked(&self.lab).workflow(id) {
            workflow["nodes"] = nodes.clone();
            let versions = workflow["history"].as_array_mut().map_or(0, |it| it.len());
            workflow["versionId"] = json!(format!("v{}", versions + 1));
            let version = json!({
                "versionId": workflow["versionId"], "workflowId": id, "nodes": nodes,
                "connections": workflow["connections"], "name": null, "description": null,
                "createdAt": at, "updatedAt": at,
            });
            workflow["history"].as_array_mut().into_iter().for_each(|it| it.push(version.clone()));
        }
    }

    /// Changes what runs, and the draft with it.
    pub fn rewrite(&self, id: &str, nodes: &Value) {
        self.redraft(id, nodes);
        if let Some(workflow) = locked(&self.lab).workflow(id) {
            let version = workflow["history"].as_array().and_then(|it| it.last()).cloned().unwrap_or_default();
            workflow["activeVersionId"] = version["versionId"].clone();
            workflow["activeVersion"] = version;
        }
    }

    /// As a person does in the editor: what is drafted runs.
    pub fn publish(&self, id: &str) {
        locked(&self.lab).switch(id, true, "");
    }

    pub fn unpublish(&self, id: &str) {
        locked(&self.lab).switch(id, false, "");
    }

    /// Clears a version away, as n8n does with what neither runs nor was saved last.
    pub fn prune(&self, id: &str, version: &str) {
        if let Some(history) = locked(&self.lab).workflow(id).and_then(|it| it["history"].as_array_mut()) {
            history.retain(|it| it["versionId"] != version);
        }
    }

    /// When it was last changed.
    pub fn touch(&self, id: &str, at: &str) {
        if let Some(workflow) = locked(&self.lab).workflow(id) {
            workflow["updatedAt"] = json!(at);
        }
    }

    /// Which version of it runs.
    pub fn live_version(&self, id: &str) -> Option<String> {
        locked(&self.lab).workflow(id)?["activeVersionId"].as_str().map(str::to_owned)
    }

    /// What a webhook would start; how n8n calls the end of it.
    pub fn run(&self, workflow: &str) -> String {
        let mut lab = locked(&self.lab);
        let Some(found) = lab.workflows.iter().find(|it| it["id"] == workflow).cloned() else {
            return "404".to_owned();
        };
        let version = if found["activeVersion"].is_object() { &found["activeVersion"] } else { &found };
        let run = n8n_runs::run(&lab, &found, &version["nodes"], &version["connections"], Ran::Webhook);
        let status = run["status"].as_str().unwrap_or_default().to_owned();
        lab.executions.push(run);
        status
    }

    pub fn add_execution(&self, execution: Value) {
        locked(&self.lab).executions.push(execution);
    }

    /// The provider honours this access token; revoking takes it back.
    pub fn honour(&self, access_token: &str) {
        locked(&self.lab).live_tokens.insert(access_token.to_owned());
    }

    pub fn revoke(&self, access_token: &str) {
        locked(&self.lab).live_tokens.remove(access_token);
    }

    /// What it keeps of a credential, as its command line would show.
    pub fn stored(&self, id: &str) -> Option<Value> {
        locked(&self.lab).credentials.iter().find(|it| it["id"] == id).map(|it| it["data"].clone())
    }

    pub fn is_active(&self, workflow: &str) -> Option<bool> {
        locked(&self.lab).workflow(workflow)?["active"].as_bool()
    }
}

fn locked(lab: &Arc<Mutex<Lab>>) -> MutexGuard<'_, Lab> {
    lab.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn said(status: u16, words: &str) -> Answer {
    Answer::json(status, json!({ "message": words }).to_string())
}

pub(crate) fn well(body: Value) -> Answer {
    Answer::json(200, body.to_string())
}

impl Lab {
    fn workflow(&mut self, id: &str) -> Option<&mut Value> {
        self.workflows.iter_mut().find(|it| it["id"] == id)
    }

    fn answer(&mut self, seen: &Seen) -> Answer {
        let (path, query) = seen.target.split_once('?').unwrap_or((&seen.target, ""));
        let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        if path == "/" {
            return self.front_page();
        }
        self.answered += 1;
        let answered = self.answered;
        match &self.trouble {
            N8nTrouble::RateLimited { times, retry_after } if answered <= *times => {
                let mut answer = said(429, "Too many requests");
                answer.headers.push(("retry-after".to_owned(), (*retry_after).to_owned()));
                return answer;
            }
            N8nTrouble::Huge { bytes } => return Answer::json(200, " ".repeat(*bytes)),
            N8nTrouble::GoesDownAfter { requests } if answered > *requests => return said(503, "Service Unavailable"),
            N8nTrouble::SignInPage => {
                return Answer { status: 200, headers: vec![], body: "<!doctype html>".to_owned() };
            }
            N8nTrouble::RedirectsTo(to) => {
                return Answer { status: 302, headers: vec![("location".into(), (*to).into())], body: String::new() };
            }
            N8nTrouble::PagesForever | N8nTrouble::SamePageForever => {
                let next = if matches!(self.trouble, N8nTrouble::PagesForever) { answered } else { 0 };
                let one = json!({ "id": format!("w{answered}"), "name": "again", "nodes": [] });
                return well(json!({ "data": [one], "nextCursor": format!("page{next}") }));
            }
            N8nTrouble::None | N8nTrouble::RateLimited { .. } | N8nTrouble::GoesDownAfter { .. } => {}
        }
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let ["api", "v1", rest @ ..] = parts.as_slice() else { return said(404, "not found") };
        let key = seen.headers.iter().find(|(name, _)| name == "x-n8n-api-key").map(|(_, value)| value.as_str());
        if key != Some(N8N_KEY) {
            return said(401, "Unauthorized");
        }
        self.route(&seen.method, rest, &query, &seen.body)
    }

    /// The way of each version: what it has not is 404, or 405 where another method is there.
    fn route(&mut self, method: &str, path: &[&str], query: &[(String, String)], body: &str) -> Answer {
        let is_new = self.release == N8nRelease::New;
        let (right, allowed): (&str, &[&str]) = match (method, path) {
            ("GET", ["workflows"]) => {
                ("workflow:list", &["limit", "cursor", "active", "tags", "name", "projectId", "excludePinnedData"])
            }
            ("GET", ["workflows", _]) => ("workflow:read", &["excludePinnedData"]),
            ("GET", ["workflows", _, _]) if is_new => ("workflow:read", &[]),
            ("POST", ["workflows", _, "activate"]) => ("workflow:activate", &[]),
            ("POST", ["workflows", _, "deactivate"]) => ("workflow:deactivate", &[]),
            ("GET", ["credentials", "schema", _]) => ("", &[]),
            ("GET", ["credentials"]) if is_new => ("credential:list", &["limit", "cursor"]),
            ("GET", ["credentials", _]) if is_new => ("credential:read", &[]),
            ("PATCH", ["credentials", _]) if is_new => ("credential:update", &[]),
            ("POST", ["credentials", _, "test"]) if is_new => ("credential:read", &[]),
            ("GET", ["discover"]) if is_new => ("", &[]),
            ("GET", ["executions"]) => {
                ("execution:list", &["limit", "cursor", "status", "workflowId", "includeData", "projectId"])
            }
            ("GET", ["executions", _]) if is_new => ("execution:read", &["includeData", "ignoreDataSizeLimit"]),
            ("GET", ["executions", _]) => ("execution:read", &["includeData"]),
            ("POST", ["executions", _, "retry"]) => ("execution:retry", &[]),
            (_, ["credentials"] | ["credentials", _] | ["workflows"] | ["executions"]) => {
                return said(405, &format!("{method} method not allowed"));
            }
            _ => return said(404, "not found"),
        };
        if let Some((strange, _)) = query.iter().find(|(name, _)| !allowed.contains(&name.as_str())) {
            return said(400, &format!("Unknown query parameter '{strange}'"));
        }
        if !right.is_empty() && self.scopes.as_ref().is_some_and(|it| !it.contains(right)) {
            return said(403, "Forbidden");
        }
        let asked = |name: &str| query.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str());
        match (method, path) {
            ("GET", ["workflows"]) => page(self.workflows.iter().map(without_history).collect(), query),
            ("GET", ["workflows", id]) => match self.workflow(id) {
                Some(found) => well(without_history(found)),
                None => said(404, "Not Found"),
            },
            ("GET", ["workflows", id, version]) => match self.workflow(id).and_then(|it| version_of(it, version)) {
                Some(found) => well(found),
                None => said(404, "Version not found"),
            },
            ("GET", ["credentials"]) => page(self.credentials.iter().rev().map(listed).collect(), query),
            ("GET", ["discover"]) => well(json!({ "data": { "scopes": self.scopes.clone().unwrap_or_default() } })),
            ("GET", ["credentials", "schema", kind]) => n8n_credentials::schema(kind),
            ("GET", ["credentials", id]) => match self.credentials.iter().find(|it| it["id"] == *id) {
                Some(found) => well(shown(found)),
                None => said(404, "Credential not found"),
            },
            ("PATCH", ["credentials", id]) => self.patch(id, body),
            ("POST", ["credentials", id, "test"]) => self.test(id),
            ("POST", ["workflows", id, verb]) => self.switch(id, *verb == "activate", body),
            ("GET", ["executions"]) => self.list_executions(query),
            ("GET", ["executions", id]) => match self.executions.iter().find(|it| it["id"] == *id) {
                Some(found) if asked("ignoreDataSizeLimit") == Some("true") => well(found.clone()),
                Some(found) => well(n8n_runs::shown(found, asked("includeData") == Some("true"))),
                None => said(404, "Not Found"),
            },
            ("POST", ["executions", id, "retry"]) => self.retry(id, body),
            _ => said(404, "not found"),
        }
    }

    fn front_page(&self) -> Answer {
        // {"release":"n8n@2.40.7"} and {"release":"n8n@1.123.81"}
        let release = match self.release {
            N8nRelease::New => "eyJyZWxlYXNlIjoibjhuQDIuNDAuNyJ9",
            N8nRelease::Old => "eyJyZWxlYXNlIjoibjhuQDEuMTIzLjgxIn0=",
        };
        let body = format!(r#"<!doctype html><head><meta name="n8n:config:sentry" content="{release}"></head>"#);
        Answer { status: 200, headers: vec![("content-type".into(), "text/html".into())], body }
    }

    /// Without a version it publishes whatever is drafted, and so does 1.123 with one.
    fn switch(&mut self, id: &str, is_active: bool, body: &str) -> Answer {
        let release = self.release;
        let verb = if is_active { "activate" } else { "deactivate" };
        let Some(workflow) = self.workflow(id) else {
            let words =
                format!("You do not have permission to {verb} this workflow. Ask the owner to share it with you.");
            return said(404, &words);
        };
        let asked = serde_json::from_str::<Value>(body).unwrap_or_default()["versionId"].clone();
        let asked = if asked.is_null() || release == N8nRelease::Old { workflow["versionId"].clone() } else { asked };
        let live = asked.as_str().and_then(|it| version_of(workflow, it));
        let Some(live) = live else { return said(404, "Version not found") };
        workflow["active"] = Value::Bool(is_active);
        workflow["activeVersionId"] = if is_active { asked } else { Value::Null };
        workflow["activeVersion"] = if is_active { live } else { Value::Null };
        well(without_history(workflow))
    }

    fn list_executions(&self, query: &[(String, String)]) -> Answer {
        const STATES: [&str; 8] = ["canceled", "crashed", "error", "new", "running", "success", "unknown", "waiting"];
        let asked = |name: &str| query.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str());
        if let Some(strange) = asked("status").filter(|it| !STATES.contains(it)) {
            return said(400, &format!("request/query/status Invalid enum value, received '{strange}'"));
        }
        let fits = |it: &&Value| {
            asked("status").is_none_or(|status| it["status"] == status)
                && asked("workflowId").is_none_or(|id| it["workflowId"] == id)
        };
        let has_data = asked("includeData") == Some("true");
        page(self.executions.iter().rev().filter(fits).map(|it| n8n_runs::shown(it, has_data)).collect(), query)
    }

    /// With the workflow as it was then; the credentials are those of today.
    fn retry(&mut self, id: &str, body: &str) -> Answer {
        if serde_json::from_str::<Value>(body).ok() != Some(json!({ "loadWorkflow": false })) {
            return said(400, "request/body must be object");
        }
        let Some(place) = self.executions.iter().position(|it| it["id"] == id) else { return said(404, "Not Found") };
        let before = self.executions[place].clone();
        let workflow = before["workflowData"].clone();
        let mut run = n8n_runs::run(self, &workflow, &workflow["nodes"], &workflow["connections"], Ran::Retry);
        run["retryOf"] = before["id"].clone();
        if run["status"] == "success" {
            self.executions[place]["retrySuccessId"] = run["id"].clone();
        }
        self.executions.push(run.clone());
        well(run)
    }
}

fn without_history(workflow: &Value) -> Value {
    let mut shown = workflow.clone();
    if let Value::Object(fields) = &mut shown {
        fields.remove("history");
    }
    shown
}

/// One of its history, published or not: nothing in it tells.
fn version_of(workflow: &Value, version: &str) -> Option<Value> {
    workflow["history"].as_array()?.iter().find(|it| it["versionId"] == version).cloned()
}

/// A limit above 250 is cut to 250 without a word; the cursor carries the limit along.
fn page(all: Vec<Value>, query: &[(String, String)]) -> Answer {
    let asked = |name: &str| query.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str());
    let (mut limit, mut offset) = (asked("limit").and_then(|it| it.parse().ok()).unwrap_or(100_usize), 0_usize);
    if let Some(cursor) = asked("cursor") {
        let Some((own, from)) = cursor.split_once('.') else { return said(400, "An invalid cursor was provided") };
        (limit, offset) = (own.parse().unwrap_or(limit), from.parse().unwrap_or_default());
    }
    let limit = limit.min(250);
    let next = (offset + limit < all.len()).then(|| format!("{limit}.{}", offset + limit));
    let data: Vec<Value> = all.into_iter().skip(offset).take(limit).collect();
    well(json!({ "data": data, "nextCursor": next }))
}
