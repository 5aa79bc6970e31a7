//! Node-RED's admin API, version 2: flows with their revision, and a deployment that must name it [D2, D6].
//!
//! Shapes: `node-red/node-red`, packages/node_modules/@node-red/editor-api/lib/admin/flows.js and …/runtime/lib/flows,
//! read in November 2026.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::server::{Answer, Seen, Server};

/// The token that it takes.
pub const NODE_RED_TOKEN: &str = "nr_tok_mira_4711";

#[derive(Debug, Clone)]
struct Flows {
    nodes: Value,
    revision: u32,
    may_deploy: bool,
    /// Somebody else deploys between a reading and the deployment that follows it.
    is_crowded: bool,
}

/// The running fake; it ends when dropped.
pub struct NodeRedServer {
    server: Server,
    flows: Arc<Mutex<Flows>>,
}

impl NodeRedServer {
    /// # Errors
    /// No port of 127.0.0.1 could be had.
    pub async fn start(nodes: Value) -> io::Result<Self> {
        let flows = Flows { nodes, revision: 1, may_deploy: true, is_crowded: false };
        let flows = Arc::new(Mutex::new(flows));
        let own = Arc::clone(&flows);
        let server =
            Server::start(move |_, seen| answer(seen, &mut own.lock().unwrap_or_else(PoisonError::into_inner)));
        Ok(Self { server: server.await?, flows })
    }

    pub fn url(&self) -> &str {
        self.server.url()
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.server.seen()
    }

    pub fn nodes(&self) -> Value {
        self.flows.lock().unwrap_or_else(PoisonError::into_inner).nodes.clone()
    }

    /// From here on the token may only read.
    pub fn reads_only(&self) {
        self.flows.lock().unwrap_or_else(PoisonError::into_inner).may_deploy = false;
    }

    /// From here on somebody else always deploys first.
    pub fn is_crowded(&self) {
        self.flows.lock().unwrap_or_else(PoisonError::into_inner).is_crowded = true;
    }
}

fn answer(seen: &Seen, flows: &mut Flows) -> Answer {
    let header = |name: &str| seen.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    // A key that lacks a permission is told the same as no key.
    let is_allowed = header("authorization") == Some(format!("Bearer {NODE_RED_TOKEN}").as_str());
    if !is_allowed || seen.method == "POST" && !flows.may_deploy {
        return Answer { status: 401, headers: vec![], body: "Unauthorized".into() };
    }
    if seen.target != "/flows" {
        return Answer { status: 404, headers: vec![], body: "Cannot GET".into() };
    }
    if header("node-red-api-version") != Some("v2") {
        let body = json!({"code": "invalid_api_version", "message": "Invalid API Version requested"});
        return Answer::json(400, body.to_string());
    }
    if seen.method == "GET" {
        let body = json!({"flows": flows.nodes, "rev": flows.revision.to_string()});
        flows.revision += u32::from(flows.is_crowded);
        return Answer::json(200, body.to_string());
    }
    let body: Value = serde_json::from_str(&seen.body).unwrap_or_default();
    let is_known_type = matches!(header("node-red-deployment-type"), Some("full" | "nodes" | "flows"));
    let Some(nodes) = body.get("flows").filter(|it| it.is_array() && is_known_type) else {
        return Answer::json(400, json!({"code": "unexpected_error", "message": "no flows"}).to_string());
    };
    if body.get("rev").and_then(Value::as_str) != Some(flows.revision.to_string().as_str()) {
        return Answer::json(
            409,
            json!({"code": "version_mismatch", "message": "Error: version_mismatch"}).to_string(),
        );
    }
    flows.nodes = nodes.clone();
    flows.revision += 1;
    Answer::json(200, json!({"rev": flows.revision.to_string()}).to_string())
}
