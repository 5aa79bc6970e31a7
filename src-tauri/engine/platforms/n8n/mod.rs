//! n8n, over its public API and from its exports: workflows as drafted and as they run, credentials, runs, and the one
//! way in for a grant [D2, D5, D6, F1].
//!
//! Seen on 1.123.81 and 2.40.7. Old versions list no credentials: there they are gathered from the nodes that name them.

mod access;
mod api;
mod credential;
mod execution;
mod files;
mod gathering;
mod node;
mod proof;
mod push;
mod runs;
mod schedule;
#[cfg(test)]
mod tests;
mod version;
mod workflow;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::Secret;
use domain::blast_radius::reading::{FoundRun, PlatformReading, ReadingNote};
use domain::blast_radius::{PlatformConnectionState, RunOutcome};
use http::Method;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use self::api::{After, Api, Errand, Listed, Said};
use self::gathering::{Gathering, Hiding};
use self::node::loose_text;
use self::push::Schema;
use super::{Abilities, Asked, Platform, PlatformFailure, Progress, Pushed, PushedGrant, Standing, Started, TestWorth};
use crate::clock::Clock;
use crate::http::Http;

pub use files::{read_file, recognises};
pub use push::write_import_file;
pub use version::N8nVersion;

const LIST_WORKFLOWS: Errand = Errand { what: "list workflows", right: "workflow:list" };
const LIST_CREDENTIALS: Errand = Errand { what: "list credentials", right: "credential:list" };
const READ_CREDENTIAL: Errand = Errand { what: "read a credential", right: "credential:read" };
const TEST_CREDENTIAL: Errand = Errand { what: "test a credential", right: "credential:read" };
const READ_VERSION: Errand = Errand { what: "read a version of a workflow", right: "workflow:read" };
const READ_WORKFLOW: Errand = Errand { what: "read a workflow", right: "workflow:read" };
const ACTIVATE: Errand = Errand { what: "activate a workflow", right: "workflow:activate" };
const DEACTIVATE: Errand = Errand { what: "deactivate a workflow", right: "workflow:deactivate" };
const DISCOVER: Errand = Errand { what: "say what it may do", right: "no right" };

/// Workflows on one page; fewer where a page does not fit.
const PAGE_SIZES: [&str; 3] = ["100", "10", "1"];
/// Pinned data is a customer's own, and may be megabytes; nothing here looks at it.
const NO_PINS: (&str, &str) = ("excludePinnedData", "true");
const LARGEST_PAGE: &str = "250";

/// What a key has to hold for all that is done here.
pub const RIGHTS: [&str; 10] = [
    "workflow:list",
    "workflow:read",
    "credential:list",
    "credential:read",
    "credential:update",
    "execution:list",
    "execution:read",
    "execution:retry",
    "workflow:activate",
    "workflow:deactivate",
];

/// One instance of n8n, spoken to with one key.
pub struct N8n {
    api: Api,
    seen: Mutex<Seen>,
}

/// What was learnt about it meanwhile.
#[derive(Default)]
struct Seen {
    version: Option<N8nVersion>,
    /// In which runs failures may hide, since the last reading.
    hiding: Option<HashMap<String, Hiding>>,
}

/// The answer to a change or a question about one credential.
#[derive(Deserialize)]
struct CredentialAnswer {
    #[serde(default, deserialize_with = "loose_text")]
    name: Option<String>,
    #[serde(default, rename = "type", deserialize_with = "loose_text")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct TestAnswer {
    #[serde(default, deserialize_with = "loose_text")]
    status: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    message: Option<String>,
}

impl N8n {
    /// `address` as a person copies it out of the browser: with or without `/home/workflows` or `/api/v1`.
    ///
    /// # Errors
    /// [`PlatformFailure::Unreachable`], where the address is none or would give the key away.
    pub fn new(http: Http, clock: Clock, address: &str, key: Secret) -> Result<Self, PlatformFailure> {
        Ok(Self { api: Api::new(http, clock, address, key)?, seen: Mutex::default() })
    }

    /// "n8n at HOST", as failures name it.
    pub fn name(&self) -> &str {
        self.api.name()
    }

    /// As its front page says, without the key; `None` where something else answers there.
    pub async fn version(&self) -> Option<N8nVersion> {
        let page = self.api.front_page(version::LONGEST_FRONT_PAGE).await?;
        let version = N8nVersion::of_front_page(&page);
        self.seen().version = version;
        version
    }

    /// Which of [`RIGHTS`] the key lacks, as the instance says; `None` where its version does not say (before 2.14).
    ///
    /// # Errors
    /// [`PlatformFailure`], first of all that the key is refused.
    pub async fn missing_rights(&self) -> Result<Option<Vec<&'static str>>, PlatformFailure> {
        let body = match self.api.get(DISCOVER, &["discover"], &[]).await? {
            Said::Well(body) => body,
            Said::Not { .. } | Said::TooLarge => return Ok(None),
        };
        let answer: Value = serde_json::from_slice(&body).map_err(|error| self.api.no_json(&body, &error))?;
        let scopes = answer.pointer("/data/scopes").and_then(Value::as_array);
        Ok(scopes.map(|held| RIGHTS.into_iter().filter(|right| !held.iter().any(|it| it == right)).collect()))
    }

    /// What `n8n import:credentials` takes, for versions whose API replaces no credential. It holds the whole grant: it
    /// goes into a file that a person chose, by [`write_import_file`].
    ///
    /// # Errors
    /// [`PlatformFailure`]
    pub async fn import_file(&self, external_id: &str, grant: &PushedGrant) -> Result<Secret, PlatformFailure> {
        let (kind, name) = self.kind_and_name(external_id).await?;
        let data = Schema::of_kind(&self.api, &kind).await?.filled(grant).map_err(|it| self.api.unreadable(it))?;
        push::import_text(external_id, &kind, &name, &data).map_err(|it| self.api.unreadable(it))
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read_all(&self, progress: &Progress) -> Result<PlatformReading, PlatformFailure> {
        let version = self.version().await;
        let page = |segments: &[&str]| self.api.page(segments);
        let mut gathering = Gathering::new(&page);
        if let Some(strange) = version.filter(|it| !it.is_known()) {
            gathering.notes.push(ReadingNote::UnknownVersion { version: strange.to_string() });
        }
        let is_right_missing = self.list_credentials(&mut gathering, progress).await?;
        self.list_workflows(&mut gathering, progress).await?;
        progress.check()?;
        self.seen().hiding = Some(gathering.hiding.clone());
        // A key that may not see everything cannot tell what is gone.
        Ok(gathering.into_reading(!is_right_missing))
    }

    /// Whether the key lacks the right to.
    async fn list_credentials(
        &self,
        gathering: &mut Gathering<'_>,
        progress: &Progress,
    ) -> Result<bool, PlatformFailure> {
        let listed = self
            .api
            .list(LIST_CREDENTIALS, &["credentials"], &[("limit", LARGEST_PAGE)], Some(progress), |page| {
                page.iter().for_each(|raw| gathering.take_credential(raw));
                Ok(After::More)
            })
            .await;
        match listed {
            Ok(Listed::Whole) => gathering.are_credentials_listed = true,
            // Before 2.8 there is no such list.
            Ok(Listed::Not { status: 404 | 405, .. }) => {}
            Ok(Listed::Not { status, words }) => return Err(self.api.refused(status, words)),
            Ok(Listed::TooLarge) => return Err(self.api.unreadable("its list of credentials is larger than any")),
            Err(PlatformFailure::RightMissing { right, .. }) => {
                let without_it =
                    "credentials are known only where a workflow uses them, and what was deleted is not noticed";
                gathering.notes.push(ReadingNote::MissingRight { right, without_it: without_it.to_owned() });
                return Ok(true);
            }
            Err(failure) => return Err(failure),
        }
        Ok(false)
    }

    async fn list_workflows(&self, gathering: &mut Gathering<'_>, progress: &Progress) -> Result<(), PlatformFailure> {
        let mut sizes = PAGE_SIZES.into_iter().peekable();
        let mut leaves_out_pins = true;
        while let Some(size) = sizes.peek().copied() {
            gathering.forget_workflows();
            let query = [("limit", size), NO_PINS];
            let query = if leaves_out_pins { &query[..] } else { &query[..1] };
            let listed = self
                .api
                .list(LIST_WORKFLOWS, &["workflows"], query, Some(progress), |page| {
                    page.iter().for_each(|raw| gathering.take_workflow(raw, None));
                    progress.report(gathering.workflow_count(), None);
                    Ok(After::More)
                })
                .await?;
            match listed {
                Listed::Whole => return Ok(()),
                Listed::TooLarge => drop(sizes.next()),
                // Versions that do not know the word refuse it.
                Listed::Not { status: 400, .. } if leaves_out_pins => leaves_out_pins = false,
                Listed::Not { status: 404, .. } => {
                    return Err(self.api.unreadable("there is no n8n API at this address, or it is switched off"));
                }
                Listed::Not { status, words } => return Err(self.api.refused(status, words)),
            }
        }
        Err(self.api.unreadable("one of its workflows is larger than any"))
    }

    async fn runs_of(&self, since: Timestamp) -> Result<Vec<FoundRun>, PlatformFailure> {
        let known = self.seen().hiding.clone();
        let hiding = match known {
            Some(hiding) => hiding,
            None => {
                let nowhere = |_: &[&str]| None;
                let mut gathering = Gathering::new(&nowhere);
                self.list_workflows(&mut gathering, &Progress::default()).await?;
                self.seen().hiding = Some(gathering.hiding.clone());
                gathering.hiding
            }
        };
        runs::runs_since(&self.api, since, &hiding).await
    }

    async fn test(&self, external_id: &str) -> Result<PlatformConnectionState, PlatformFailure> {
        let path = ["credentials", self.api.checked_id(external_id)?, "test"];
        let body = match self.api.change(TEST_CREDENTIAL, Method::POST, &path, None).await? {
            Said::Well(body) => body,
            Said::Not { status: 404, words } if words.to_lowercase().contains("credential") => {
                return Ok(PlatformConnectionState::Missing);
            }
            Said::Not { status: 404 | 405, .. } => return Err(self.api.unsupported()),
            said @ (Said::Not { .. } | Said::TooLarge) => said.well(&self.api)?,
        };
        let answer: TestAnswer = serde_json::from_slice(&body).map_err(|error| self.api.no_json(&body, &error))?;
        let message = answer.message.unwrap_or_default();
        Ok(match answer.status.as_deref() {
            Some("Error") if message.contains("was not connected to an account") => {
                PlatformConnectionState::NeverConnected
            }
            Some("Error") if execution::is_of_credentials(&message) => PlatformConnectionState::Dead {
                since: self.api.now(),
                words: domain::diagnosis::redaction::of_foreign_words(&message),
            },
            // "OK" is said of revoked grants too, and other errors are of the test, not of the credential.
            Some(_) | None => PlatformConnectionState::Unknown,
        })
    }

    /// `version`: the one to activate. Without it n8n publishes whatever is drafted. Answers what is active then.
    async fn switch(&self, workflow: &str, is_active: bool, version: Option<&str>) -> Result<Started, PlatformFailure> {
        let (errand, verb) = if is_active { (ACTIVATE, "activate") } else { (DEACTIVATE, "deactivate") };
        let path = ["workflows", self.api.checked_id(workflow)?, verb];
        let asked = version.map(|it| serde_json::json!({ "versionId": it }).to_string().into_bytes());
        let body = self.api.change(errand, Method::POST, &path, asked).await?.well(&self.api)?;
        let answer: Value = serde_json::from_slice(&body).map_err(|error| self.api.no_json(&body, &error))?;
        match answer.get("active").and_then(Value::as_bool) {
            Some(state) if state == is_active => {
                let live = live_version(&answer);
                // What is saved is never older than what runs: to go back to an older version is to save it anew.
                let newer = saved_version(&answer).filter(|saved| live.is_some_and(|it| it != *saved));
                Ok(Started { version: live.map(str::to_owned), newer: newer.map(str::to_owned) })
            }
            Some(_) | None => Err(self.api.unreadable(format!("it answered well, and did not {verb} the workflow"))),
        }
    }

    async fn standing_of(&self, workflow: &str) -> Result<Standing, PlatformFailure> {
        let path = ["workflows", self.api.checked_id(workflow)?];
        let mut said = self.api.get(READ_WORKFLOW, &path, &[NO_PINS]).await?;
        // Versions that do not know the word refuse it.
        if matches!(said, Said::Not { status: 400, .. }) {
            said = self.api.get(READ_WORKFLOW, &path, &[]).await?;
        }
        let body = said.well(&self.api)?;
        let answer: Value = serde_json::from_slice(&body).map_err(|error| self.api.no_json(&body, &error))?;
        let Some(is_active) = answer.get("active").and_then(Value::as_bool) else {
            return Err(self.api.unreadable("it does not say whether the workflow is active"));
        };
        let saved = saved_version(&answer);
        // Where no version is named as the active one, what is saved is what runs.
        let version = live_version(&answer).or(saved).filter(|_| is_active).map(str::to_owned);
        let known = self.seen().version;
        let release = if known.is_some() { known } else { self.version().await };
        let starts_any = release.is_some_and(|it| it >= version::ACTIVATES_A_VERSION);
        Ok(Standing { is_active, version, only: saved.filter(|_| !starts_any).map(str::to_owned) })
    }

    /// `None` where its version of n8n does not tell of versions.
    async fn version_saved_at(&self, workflow: &str, version: &str) -> Result<Option<Timestamp>, PlatformFailure> {
        let path = ["workflows", self.api.checked_id(workflow)?, self.api.checked_id(version)?];
        let Said::Well(body) = self.api.get(READ_VERSION, &path, &[]).await? else { return Ok(None) };
        let answer: Value = serde_json::from_slice(&body).map_err(|error| self.api.no_json(&body, &error))?;
        Ok(answer.get("createdAt").and_then(Value::as_str).and_then(|it| it.parse().ok()))
    }

    /// Only of an n8n that starts any version it keeps.
    async fn still_keeps(&self, workflow: &str, version: &str) -> Result<bool, PlatformFailure> {
        let path = ["workflows", self.api.checked_id(workflow)?, self.api.checked_id(version)?];
        // A version of n8n that does not know the question says that nothing is found there, and speaks of no version.
        let is_gone = |words: &str| words.to_lowercase().contains("version");
        let said = self.api.get(READ_VERSION, &path, &[]).await?;
        Ok(!matches!(said, Said::Not { status: 404, words } if is_gone(&words)))
    }

    async fn push(&self, external_id: &str, grant: &PushedGrant) -> Result<Pushed, PlatformFailure> {
        self.api.checked_id(external_id)?;
        let known = self.seen().version;
        let version = if known.is_some() { known } else { self.version().await };
        if version.is_some_and(|it| it < version::REPLACES_CREDENTIALS) {
            return Err(self.api.unsupported());
        }
        let (kind, _) = self.kind_and_name(external_id).await?;
        let data = Schema::of_kind(&self.api, &kind).await?.filled(grant).map_err(|it| self.api.unreadable(it))?;
        push::replace(&self.api, external_id, &data).await?;
        // Its test knows one thing: whether there is a token at all.
        if let Ok(PlatformConnectionState::NeverConnected) = self.test(external_id).await {
            return Err(self.api.refused(200, "it took the grant, and says that nothing is connected".to_owned()));
        }
        push::prove(&self.api, external_id).await
    }

    /// From the credential itself, else from the list, else from a node that uses it: what the version and the key allow.
    async fn kind_and_name(&self, id: &str) -> Result<(String, String), PlatformFailure> {
        let missing = || self.api.refused(404, "there is no such credential".to_owned());
        match self.api.get(READ_CREDENTIAL, &["credentials", self.api.checked_id(id)?], &[]).await {
            Ok(Said::Well(body)) => {
                let answer: CredentialAnswer =
                    serde_json::from_slice(&body).map_err(|error| self.api.no_json(&body, &error))?;
                if let (Some(kind), Some(name)) = (answer.kind, answer.name) {
                    return Ok((kind, name));
                }
            }
            Ok(Said::Not { status: 404, words }) if words.to_lowercase().contains("credential") => {
                return Err(missing());
            }
            Ok(Said::Not { .. } | Said::TooLarge) | Err(PlatformFailure::RightMissing { .. }) => {}
            Err(failure) => return Err(failure),
        }
        let (nowhere, progress) = (|_: &[&str]| None, Progress::default());
        let mut gathering = Gathering::new(&nowhere);
        self.list_credentials(&mut gathering, &progress).await?;
        if !gathering.are_credentials_listed {
            self.list_workflows(&mut gathering, &progress).await?;
        }
        gathering.kind_and_name(id).ok_or_else(missing)
    }
}

/// The version that runs, by its id; versions of n8n that know none have no such field.
fn live_version(workflow: &Value) -> Option<&str> {
    let told = workflow.get("activeVersionId").or_else(|| workflow.pointer("/activeVersion/versionId"));
    told.and_then(Value::as_str).filter(|it| !it.is_empty())
}

/// The version that is drafted: the one saved last.
fn saved_version(workflow: &Value) -> Option<&str> {
    workflow.get("versionId").and_then(Value::as_str).filter(|it| !it.is_empty())
}

impl Platform for N8n {
    /// As far as its version is known; what it is not, is found out by asking.
    fn abilities(&self) -> Abilities {
        let has = |since: N8nVersion| self.seen().version.is_none_or(|it| it >= since);
        Abilities {
            lists_workflows: true,
            lists_runs: true,
            tests_connections: has(version::TESTS_CREDENTIALS).then_some(TestWorth::OnlySaysWhetherConnected),
            pauses: true,
            takes_grants: has(version::REPLACES_CREDENTIALS),
            repeats_runs: true,
        }
    }

    fn read<'a>(&'a self, progress: &'a Arc<Progress>) -> Asked<'a, PlatformReading> {
        Box::pin(self.read_all(progress))
    }

    fn runs_since(&self, since: Timestamp) -> Asked<'_, Vec<FoundRun>> {
        Box::pin(self.runs_of(since))
    }

    fn look_into<'a>(&'a self, runs: &'a [FoundRun]) -> Asked<'a, Vec<FoundRun>> {
        Box::pin(runs::looked_into(&self.api, runs))
    }

    fn test_connection<'a>(&'a self, external_id: &'a str) -> Asked<'a, PlatformConnectionState> {
        Box::pin(self.test(external_id))
    }

    fn set_active<'a>(&'a self, workflow: &'a str, is_active: bool) -> Asked<'a, ()> {
        Box::pin(async move { self.switch(workflow, is_active, None).await.map(drop) })
    }

    fn standing<'a>(&'a self, workflow: &'a str) -> Asked<'a, Option<Standing>> {
        Box::pin(async move { self.standing_of(workflow).await.map(Some) })
    }

    fn resume_as<'a>(&'a self, workflow: &'a str, version: Option<&'a str>) -> Asked<'a, Started> {
        Box::pin(self.switch(workflow, true, version))
    }

    fn keeps_version<'a>(&'a self, workflow: &'a str, version: &'a str) -> Asked<'a, bool> {
        Box::pin(self.still_keeps(workflow, version))
    }

    fn saved_at<'a>(&'a self, workflow: &'a str, version: &'a str) -> Asked<'a, Option<Timestamp>> {
        Box::pin(self.version_saved_at(workflow, version))
    }

    fn push_grant<'a>(&'a self, external_id: &'a str, grant: &'a PushedGrant) -> Asked<'a, Pushed> {
        Box::pin(self.push(external_id, grant))
    }

    fn repeat_run<'a>(&'a self, run: &'a str) -> Asked<'a, ()> {
        Box::pin(async move {
            let repeated = push::repeat(&self.api, run).await?;
            match repeated.map(|it| it.found.run) {
                Some(run) if matches!(run.outcome, RunOutcome::Failed | RunOutcome::FailedInside) => {
                    let said = run.words.unwrap_or_else(|| "it does not say why".to_owned());
                    Err(self.api.refused(200, format!("the run failed again: {said}")))
                }
                Some(_) | None => Ok(()),
            }
        })
    }
}
