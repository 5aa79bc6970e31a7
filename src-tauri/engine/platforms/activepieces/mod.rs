//! Activepieces: flows, connections with their state, and runs, over its API and out of exported flows [D1, D2, D6].

mod export;
mod flow;
mod listing;

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::blast_radius::reading::{FoundRun, PlatformReading};
use domain::blast_radius::{PlatformConnectionState, Run, RunOutcome};
use http::Method;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

pub(super) use export::{read_file, recognises};

use super::rest::{ApiAccess, KeyPlace, Pages, Purpose, Rest};
use super::text::{id_in, moment_in, named, parsed, text_in};
use super::{Abilities, Asked, Platform, PlatformFailure, Progress, Pushed, PushedGrant, TestWorth};

/// As a person knows it.
const NAME: &str = "Activepieces";
const PAGE_SIZE: &str = "100";

const CONNECTIONS: Purpose = Purpose { what: "list connections", right: "READ_APP_CONNECTION" };

/// One Activepieces, as far as its key reaches.
pub struct Activepieces {
    rest: Rest,
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Box<RawValue>>,
    #[serde(default)]
    next: Option<String>,
}

impl Activepieces {
    /// `space` is a project's id; without one, all projects are read, which takes a key of the whole platform.
    ///
    /// # Errors
    /// [`PlatformFailure::Unreadable`] for an address that no key is sent to.
    pub fn new(access: ApiAccess) -> Result<Self, PlatformFailure> {
        Ok(Self { rest: Rest::new(NAME, access, "/api/v1", KeyPlace::Bearer)? })
    }

    /// Every entry of a list, as text: chains of steps are deeper than a value may be.
    async fn all(
        &self,
        list: &'static str,
        query: &[(&str, &str)],
        purpose: Purpose,
        progress: &Progress,
    ) -> Result<Vec<Box<RawValue>>, PlatformFailure> {
        let (mut all, mut cursors, mut pages) = (vec![], BTreeSet::new(), Pages::of(NAME, list));
        let mut cursor: Option<String> = None;
        let mut is_new = true;
        loop {
            progress.check()?;
            pages.turn(is_new)?;
            let mut asked = query.to_vec();
            asked.push(("limit", PAGE_SIZE));
            if let Some(cursor) = &cursor {
                asked.push(("cursor", cursor));
            }
            let page: Page = self.rest.fetch(&[list], &asked, purpose).await?;
            let is_empty = page.data.is_empty();
            all.extend(page.data);
            match page.next.filter(|it| !it.is_empty()) {
                Some(next) if !is_empty => {
                    is_new = cursors.insert(next.clone());
                    cursor = Some(next);
                }
                Some(_) | None => return Ok(all),
            }
        }
    }

    async fn values(
        &self,
        list: &'static str,
        query: &[(&str, &str)],
        purpose: Purpose,
        progress: &Progress,
    ) -> Result<Vec<Value>, PlatformFailure> {
        let all = self.all(list, query, purpose, progress).await?;
        all.iter().map(|it| parsed(&format!("the answer of {NAME}"), it.get())).collect()
    }

    /// Ids and names of the projects that are read.
    async fn projects(&self, progress: &Progress) -> Result<Vec<(String, Option<String>)>, PlatformFailure> {
        if let Some(id) = self.rest.space() {
            return Ok(vec![(id.to_owned(), None)]);
        }
        let purpose = Purpose { what: "list projects", right: "READ_PROJECT" };
        let listed = self.values("projects", &[], purpose, progress).await?;
        Ok(listed.iter().filter_map(|it| Some((id_in(it, "id")?, named(text_in(it, "displayName"))))).collect())
    }

    async fn runs(&self, since: Timestamp) -> Result<Vec<FoundRun>, PlatformFailure> {
        let never = Progress::default();
        let purpose = Purpose { what: "list runs", right: "READ_RUN" };
        let from = since.to_string();
        let mut runs = vec![];
        for (project, _) in self.projects(&never).await? {
            let query = [("projectId", project.as_str()), ("createdAfter", from.as_str())];
            for entry in self.values("flow-runs", &query, purpose, &never).await? {
                // Tries in the editor are no runs.
                let is_test = text_in(&entry, "environment") == Some("TESTING");
                let run = (!is_test).then(|| run_of(&project, &entry)).flatten().filter(|it| it.at >= since);
                if let (Some(run), Some(workflow)) = (run, id_in(&entry, "flowId")) {
                    runs.push(FoundRun::new(workflow, run));
                }
            }
        }
        runs.sort_by_key(|it| std::cmp::Reverse(it.run.at));
        Ok(runs)
    }

    /// Activepieces offers no test: it is read anew what the last refresh came to.
    async fn state_of(&self, connection: &str) -> Result<PlatformConnectionState, PlatformFailure> {
        let never = Progress::default();
        for (project, _) in self.projects(&never).await? {
            let query = [("projectId", project.as_str())];
            let listed = self.values("app-connections", &query, CONNECTIONS, &never).await?;
            if let Some(entry) = listed.iter().find(|it| text_in(it, "externalId") == Some(connection)) {
                return Ok(listing::state_of(entry, self.rest.now()));
            }
        }
        Ok(PlatformConnectionState::Missing)
    }

    async fn set(&self, flow: &str, is_active: bool) -> Result<(), PlatformFailure> {
        let status = if is_active { "ENABLED" } else { "DISABLED" };
        let purpose = Purpose { what: "switch a flow on or off", right: "UPDATE_FLOW_STATUS" };
        let body = json!({"type": "CHANGE_STATUS", "request": {"status": status}});
        let answer: Value = self.rest.send(Method::POST, &["flows", flow], &[], Some(&body), purpose).await?;
        // It may take its time: then the answer says what it is about to do.
        let is_under_way = matches!(text_in(&answer, "operationStatus"), Some("ENABLING" | "DISABLING"));
        if text_in(&answer, "status").is_some_and(|it| it != status) && !is_under_way {
            let words = "it answers that it did, and the flow is as it was".to_owned();
            return Err(PlatformFailure::Refused { platform: NAME.to_owned(), status: 200, words });
        }
        Ok(())
    }

    /// A run is known here as its project's and its own id.
    async fn repeat(&self, run: &str) -> Result<(), PlatformFailure> {
        let Some((project, run)) = run.split_once('/') else {
            return Err(PlatformFailure::Unsupported(NAME.to_owned()));
        };
        let purpose = Purpose { what: "repeat a run", right: "WRITE_RUN" };
        let body = json!({"projectId": project, "strategy": "FROM_FAILED_STEP"}).to_string().into_bytes();
        self.rest.ask(Method::POST, &["flow-runs", run, "retry"], &[], &[], Some(body), purpose).await?;
        Ok(())
    }
}

fn run_of(project: &str, entry: &Value) -> Option<Run> {
    let outcome = match text_in(entry, "status")? {
        "SUCCEEDED" | "STOPPED" | "CANCELED" => RunOutcome::Succeeded,
        "RUNNING" | "QUEUED" | "PAUSED" => RunOutcome::Running,
        // Failed, timed out, over a limit, or a word of a later version.
        _ => RunOutcome::Failed,
    };
    let failed = entry.get("failedStep").filter(|it| it.is_object());
    Some(Run {
        external_id: format!("{project}/{}", id_in(entry, "id")?),
        at: moment_in(entry, "startTime").or_else(|| moment_in(entry, "created"))?,
        outcome: if failed.is_some() && outcome == RunOutcome::Succeeded { RunOutcome::FailedInside } else { outcome },
        failed_step: failed.and_then(|it| id_in(it, "name")),
        failed_connection: None,
        words: failed.and_then(|it| text_in(it, "message")).map(domain::diagnosis::redaction::of_foreign_words),
    })
}

impl Platform for Activepieces {
    fn abilities(&self) -> Abilities {
        Abilities {
            lists_workflows: true,
            lists_runs: true,
            tests_connections: Some(TestWorth::OnlySaysWhetherConnected),
            pauses: true,
            takes_grants: false,
            repeats_runs: true,
        }
    }

    fn read<'a>(&'a self, progress: &'a Arc<Progress>) -> Asked<'a, PlatformReading> {
        Box::pin(listing::read(self, progress))
    }

    fn runs_since(&self, since: Timestamp) -> Asked<'_, Vec<FoundRun>> {
        Box::pin(self.runs(since))
    }

    fn test_connection<'a>(&'a self, external_id: &'a str) -> Asked<'a, PlatformConnectionState> {
        Box::pin(self.state_of(external_id))
    }

    fn set_active<'a>(&'a self, workflow: &'a str, is_active: bool) -> Asked<'a, ()> {
        Box::pin(self.set(workflow, is_active))
    }

    fn push_grant<'a>(&'a self, _: &'a str, _: &'a PushedGrant) -> Asked<'a, Pushed> {
        Box::pin(async { Err(PlatformFailure::Unsupported(NAME.to_owned())) })
    }

    fn repeat_run<'a>(&'a self, run: &'a str) -> Asked<'a, ()> {
        Box::pin(self.repeat(run))
    }
}

#[cfg(test)]
mod tests;
