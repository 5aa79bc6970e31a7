//! Zapier's Workflow API as its reference describes it: bearer token, scopes, `links.next` pages, `expand` [D2].
//!
//! Shapes: docs.zapier.com/api-reference/workflow (zaps, authentications) and …/experimental/get-zap-runs, read in
//! November 2026.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::server::{Answer, Seen, Server};

/// The token that it takes.
pub const ZAPIER_TOKEN: &str = "zap_tok_mira_4711";

/// The running fake; it ends when dropped.
pub struct ZapierServer {
    server: Server,
    missing_scopes: Arc<Mutex<BTreeSet<String>>>,
}

impl ZapierServer {
    /// Starts with `zaps`, `authentications` and `zap-runs`; with `pages_forever` every page has a next one, and new
    /// ids on it.
    ///
    /// # Errors
    /// No port of 127.0.0.1 could be had.
    pub async fn start(world: Value, pages_forever: bool) -> io::Result<Self> {
        let missing_scopes = Arc::new(Mutex::new(BTreeSet::new()));
        let missing = Arc::clone(&missing_scopes);
        let server = Server::start(move |own, seen| {
            let missing = missing.lock().unwrap_or_else(PoisonError::into_inner);
            answer(own, seen, &world, &missing, pages_forever)
        })
        .await?;
        Ok(Self { server, missing_scopes })
    }

    pub fn url(&self) -> &str {
        self.server.url()
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.server.seen()
    }

    /// From here on the token lacks this scope.
    pub fn lacks_scope(&self, scope: &str) {
        self.missing_scopes.lock().unwrap_or_else(PoisonError::into_inner).insert(scope.to_owned());
    }
}

fn failure(status: u16, title: &str) -> Answer {
    Answer::json(status, json!({"errors": [{"status": status, "title": title}]}).to_string())
}

fn answer(own: &str, seen: &Seen, world: &Value, missing: &BTreeSet<String>, pages_forever: bool) -> Answer {
    let key = seen.headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.as_str());
    if key != Some(format!("Bearer {ZAPIER_TOKEN}").as_str()) {
        return failure(401, "Authentication credentials were not provided.");
    }
    let (path, query) = seen.target.split_once('?').unwrap_or((&seen.target, ""));
    let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let asked = |name: &str| query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    let (list, scope, allowed): (&str, &str, &[&str]) = match (seen.method.as_str(), path) {
        ("GET", "/v2/zaps") => ("zaps", "zap:all", &["limit", "offset", "expand", "include_shared", "inputs"]),
        ("GET", "/v2/authentications") => ("authentications", "connection:read", &["limit", "offset", "app"]),
        ("GET", "/v2/zap-runs") => ("zap-runs", "zap:runs", &["limit", "offset", "from_date", "to_date", "statuses"]),
        _ => return failure(404, "Not found."),
    };
    if missing.contains(scope) {
        return failure(403, "You do not have permission to perform this action.");
    }
    if query.iter().any(|(name, _)| !allowed.contains(&name.as_str())) {
        return failure(400, "Unknown parameter.");
    }
    let mut entries = world.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
    if list == "authentications" {
        let Some(app) = asked("app") else { return failure(400, "app: This field is required.") };
        entries.retain(|it| it.get("app").and_then(Value::as_str) == Some(app));
    }
    let number = |name: &str, usual: usize| asked(name).and_then(|it| it.parse().ok()).unwrap_or(usual);
    let (limit, offset) = (number("limit", 10), number("offset", 0));
    let total = entries.len();
    if pages_forever {
        let page: Vec<_> =
            (0..limit.min(2)).map(|it| json!({"id": format!("{}", offset + it), "type": "zap"})).collect();
        let next = format!("{own}{path}?offset={}&limit={limit}", offset + limit);
        return Answer::json(200, json!({"data": page, "links": {"next": next, "prev": null}}).to_string());
    }
    let page: Vec<_> = entries.into_iter().skip(offset).take(limit).collect();
    let next = (offset + page.len() < total).then(|| format!("{own}{path}?offset={}&limit={limit}", offset + limit));
    let meta = json!({"count": total, "limit": limit, "offset": offset});
    Answer::json(200, json!({"data": page, "links": {"next": next, "prev": null}, "meta": meta}).to_string())
}
