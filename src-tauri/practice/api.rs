//! A small protected resource, files of a workspace in memory: real calls to test and rehearse with [E2, E4].

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::bearer::{self, Bearer};
use crate::log::LogEntry;
use crate::provider::{Provider, held};
use crate::refusal::Refusal;

/// Per workspace; a rehearsal needs one or two.
const FILE_LIMIT: usize = 200;
const NAME_LIMIT: usize = 200;

#[derive(Clone, Serialize)]
struct PracticeFile {
    id: String,
    name: String,
    text: String,
    /// Grows with every change.
    version: u64,
    #[serde(skip)]
    workspace: String,
}

/// The files of all workspaces; each account sees those of its own.
pub(crate) struct Files {
    files: Vec<PracticeFile>,
    last_number: u64,
}

/// What a client may set.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: Option<String>,
    text: Option<String>,
}

impl Files {
    pub(crate) fn with_samples() -> Files {
        let mut files = Files { files: Vec::new(), last_number: 0 };
        for (workspace, name, text) in [
            ("ws-fjordstudio", "Spring campaign.txt", "Three pictures, one headline."),
            ("ws-fjordstudio", "Customers.csv", "name,city\nLysverk,Bergen\n"),
            ("ws-halden-optik", "Opening hours.txt", "Monday to Friday, 9 to 17."),
        ] {
            files.add(workspace, name, text);
        }
        files
    }

    fn of<'a>(&'a self, workspace: &'a str) -> impl Iterator<Item = &'a PracticeFile> {
        self.files.iter().filter(move |file| file.workspace == workspace)
    }

    fn position(&self, workspace: &str, id: &str) -> Result<usize, Refusal> {
        let place = |file: &PracticeFile| file.workspace == workspace && file.id == id;
        self.files.iter().position(place).ok_or_else(|| {
            Refusal::new("not_found", "There is no such file in this workspace").with_status(StatusCode::NOT_FOUND)
        })
    }

    fn add(&mut self, workspace: &str, name: &str, text: &str) -> PracticeFile {
        self.last_number += 1;
        let file = PracticeFile {
            id: format!("file-{}", self.last_number),
            name: name.to_owned(),
            text: text.to_owned(),
            version: 1,
            workspace: workspace.to_owned(),
        };
        self.files.push(file.clone());
        file
    }
}

/// GET /api/files
pub(crate) async fn list(
    State(provider): State<Arc<Provider>>,
    Extension(entry): Extension<LogEntry>,
    headers: HeaderMap,
) -> Response {
    within(&provider, &headers, "files.read", &entry, |files, bearer| {
        let listed: Vec<_> = files.of(&bearer.account.workspace.id).collect();
        Ok(Json(json!({ "files": listed })).into_response())
    })
}

/// POST /api/files
pub(crate) async fn create(
    State(provider): State<Arc<Provider>>,
    Extension(entry): Extension<LogEntry>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = within(&provider, &headers, "files.write", &entry, |files, bearer| {
        let written = read_body(&body)?;
        let name = written.name.ok_or_else(|| Refusal::request("name is missing"))?;
        let workspace = &bearer.account.workspace.id;
        if files.of(workspace).count() >= FILE_LIMIT {
            let full = Refusal::new("quota_exceeded", "This workspace is full");
            return Err(full.with_status(StatusCode::CONFLICT));
        }
        let file = files.add(workspace, &name, &written.text.unwrap_or_default());
        let location = format!("/api/files/{}", file.id);
        Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(file)).into_response())
    });
    unless_kept_waiting(&provider, "POST", answer).await
}

/// GET /api/files/{id}
pub(crate) async fn read(
    State(provider): State<Arc<Provider>>,
    Extension(entry): Extension<LogEntry>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let answer = within(&provider, &headers, "files.read", &entry, |files, bearer| {
        let index = files.position(&bearer.account.workspace.id, &id)?;
        Ok(Json(&files.files[index]).into_response())
    });
    unless_kept_waiting(&provider, "GET", answer).await
}

/// PATCH /api/files/{id}
pub(crate) async fn update(
    State(provider): State<Arc<Provider>>,
    Extension(entry): Extension<LogEntry>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = within(&provider, &headers, "files.write", &entry, |files, bearer| {
        let written = read_body(&body)?;
        let index = files.position(&bearer.account.workspace.id, &id)?;
        let file = &mut files.files[index];
        if let Some(name) = written.name {
            file.name = name;
        }
        if let Some(text) = written.text {
            file.text = text;
        }
        file.version += 1;
        Ok(Json(&*file).into_response())
    });
    unless_kept_waiting(&provider, "PATCH", answer).await
}

/// DELETE /api/files/{id}
pub(crate) async fn delete(
    State(provider): State<Arc<Provider>>,
    Extension(entry): Extension<LogEntry>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let answer = within(&provider, &headers, "files.write", &entry, |files, bearer| {
        let index = files.position(&bearer.account.workspace.id, &id)?;
        if provider.faults().keeps_files {
            let kept = Refusal::new("file_locked", "This file cannot be removed");
            return Err(kept.with_status(StatusCode::CONFLICT));
        }
        if !provider.faults().keeps_files_with_204 {
            files.files.remove(index);
        }
        Ok(StatusCode::NO_CONTENT.into_response())
    });
    unless_kept_waiting(&provider, "DELETE", answer).await
}

/// What was done stays done.
async fn unless_kept_waiting(provider: &Provider, method: &str, answer: Response) -> Response {
    if provider.faults().never_answers_files.as_deref() == Some(method) {
        std::future::pending::<()>().await;
    }
    answer
}

fn within(
    provider: &Provider,
    headers: &HeaderMap,
    scope: &str,
    entry: &LogEntry,
    act: impl FnOnce(&mut Files, &Bearer) -> Result<Response, Refusal>,
) -> Response {
    bearer::admit(provider, headers, scope, entry)
        .and_then(|bearer| act(&mut held(&provider.files), &bearer))
        .unwrap_or_else(|refusal| refusal.into_response(entry))
}

fn read_body(body: &[u8]) -> Result<Written, Refusal> {
    let written: Written =
        serde_json::from_slice(body).map_err(|_| Refusal::request("The body is not JSON with a name and a text"))?;
    let acceptable = |name: &String| !name.trim().is_empty() && name.chars().count() <= NAME_LIMIT;
    if written.name.as_ref().is_some_and(|name| !acceptable(name)) {
        return Err(Refusal::request("name is empty or too long"));
    }
    Ok(written)
}
