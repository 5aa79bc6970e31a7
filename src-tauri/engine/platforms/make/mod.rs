//! Make: scenarios, connections, runs and what is left incomplete, over its API (version 2) and out of blueprint files
//! [D1, D2, D6].

mod blueprint;
mod listing;
mod runs;
mod schedule;

use std::collections::HashSet;
use std::sync::Arc;

use domain::blast_radius::PlatformConnectionState;
use domain::blast_radius::reading::{FoundRun, PlatformReading};
use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

pub(super) use blueprint::{read_file, recognises};

use super::rest::{ApiAccess, KeyPlace, Pages, Purpose, Rest};
use super::text::{id_in, named, text_in};
use super::{Abilities, Asked, Platform, PlatformFailure, Progress, Pushed, PushedGrant, TestWorth};

/// As a person knows it.
const NAME: &str = "Make";
const PAGE_SIZE: usize = 200;
/// What stands before the id of a run that is kept to be completed: such a run can be repeated, others cannot.
const INCOMPLETE: &str = "dlq:";

/// Make's own apps: no connection is behind them.
const OWN_APPS: [&str; 24] = [
    "ai-tools",
    "archive",
    "builtin",
    "code",
    "compressor",
    "converger",
    "crypto",
    "csv",
    "datastore",
    "devtool",
    "flow-control",
    "gateway",
    "http",
    "image",
    "json",
    "make",
    "markdown",
    "math",
    "phonenumber",
    "regexp",
    "scenarios",
    "scenario-service",
    "util",
    "xml",
];

/// One Make account: a zone, and a team, an organisation or all that the key sees.
pub struct Make {
    rest: Rest,
}

/// A team and the zone's words about it.
struct Team {
    id: String,
    name: Option<String>,
}

impl Make {
    /// `address` is the zone (`eu1.make.com`), `space` a team's id or `organization:ID`.
    ///
    /// # Errors
    /// [`PlatformFailure::Unreadable`] for an address that no key is sent to.
    pub fn new(access: ApiAccess) -> Result<Self, PlatformFailure> {
        Ok(Self { rest: Rest::new(NAME, access, "/api/v2", KeyPlace::TokenOrBearer)? })
    }

    /// Every entry of a list that has pages.
    async fn all(
        &self,
        list: &'static str,
        query: &[(&str, &str)],
        purpose: Purpose,
        progress: &Progress,
    ) -> Result<Vec<Value>, PlatformFailure> {
        let mut all: Vec<Value> = vec![];
        let mut seen = HashSet::new();
        let mut pages = Pages::of(NAME, list);
        let mut is_new = true;
        let size = PAGE_SIZE.to_string();
        let mut offset = 0;
        loop {
            progress.check()?;
            pages.turn(is_new)?;
            let from = offset.to_string();
            let mut asked = query.to_vec();
            asked.extend([("pg[limit]", size.as_str()), ("pg[offset]", from.as_str())]);
            let mut answer: Value = self.rest.fetch(&[list], &asked, purpose).await?;
            let Some(Value::Array(entries)) = answer.get_mut(list).map(Value::take) else {
                let words = format!("`{list}` is missing");
                return Err(PlatformFailure::Unreadable(format!("the answer of {NAME}"), words));
            };
            let count = entries.len();
            let before = all.len();
            // A list that answers every page alike has come to its end, or never will.
            all.extend(entries.into_iter().filter(|it| id_in(it, "id").is_none_or(|id| seen.insert(id))));
            is_new = all.len() > before;
            offset += count;
            if count < PAGE_SIZE {
                return Ok(all);
            }
        }
    }

    async fn teams(&self, progress: &Progress) -> Result<Vec<Team>, PlatformFailure> {
        let organizations = match self.rest.space().map(|it| it.split_once(':').unwrap_or(("team", it))) {
            Some(("team", id)) => return Ok(vec![Team { id: id.trim().to_owned(), name: None }]),
            Some(("organization", id)) => vec![id.trim().to_owned()],
            Some(_) => {
                let words = "it is a team's number, or `organization:` and a number".to_owned();
                return Err(PlatformFailure::Unreadable("the space".to_owned(), words));
            }
            None => {
                let purpose = Purpose { what: "list organisations", right: "organizations:read" };
                let listed = self.all("organizations", &[], purpose, progress).await?;
                listed.iter().filter_map(|it| id_in(it, "id")).collect()
            }
        };
        let mut teams = vec![];
        for organization in organizations {
            let purpose = Purpose { what: "list teams", right: "teams:read" };
            let listed = self.all("teams", &[("organizationId", &organization)], purpose, progress).await?;
            teams.extend(
                listed.iter().filter_map(|it| Some(Team { id: id_in(it, "id")?, name: named(text_in(it, "name")) })),
            );
        }
        Ok(teams)
    }

    async fn is_active(&self, scenario: &str) -> Result<Option<bool>, PlatformFailure> {
        let purpose = Purpose { what: "read a scenario", right: "scenarios:read" };
        let answer: Value = self.rest.fetch(&["scenarios", scenario], &[], purpose).await?;
        Ok(answer.pointer("/scenario/isActive").and_then(Value::as_bool))
    }

    async fn set(&self, scenario: &str, is_active: bool) -> Result<(), PlatformFailure> {
        let (verb, what) = if is_active { ("start", "start a scenario") } else { ("stop", "stop a scenario") };
        let purpose = Purpose { what, right: "scenarios:write" };
        let answer = self.rest.send(Method::POST, &["scenarios", scenario, verb], &[], Some(&json!({})), purpose).await;
        let shown = match answer {
            Ok(answer) => Value::pointer(&answer, "/scenario/isActive").and_then(Value::as_bool),
            // What is as it should be cannot be started or stopped again.
            Err(PlatformFailure::Refused { status: 400..=499, .. })
                if self.is_active(scenario).await.ok() == Some(Some(is_active)) =>
            {
                Some(is_active)
            }
            Err(failure) => return Err(failure),
        };
        if shown == Some(!is_active) {
            let words = format!("it answers that it did, and the scenario is {}", if is_active { "off" } else { "on" });
            return Err(PlatformFailure::Refused { platform: NAME.to_owned(), status: 200, words });
        }
        Ok(())
    }

    /// Make asks the provider itself. A refusal that is about the connection is an answer: it is dead.
    async fn test(&self, connection: &str) -> Result<PlatformConnectionState, PlatformFailure> {
        let purpose = Purpose { what: "test a connection", right: "connections:write" };
        let path = ["connections", connection, "test"];
        let answer = self.rest.send(Method::POST, &path, &[], Some(&json!({})), purpose).await;
        let (at, dead) =
            (self.rest.now(), |words: String| PlatformConnectionState::Dead { since: self.rest.now(), words });
        match answer {
            Ok(answer) => match Value::get(&answer, "verified").and_then(Value::as_bool) {
                Some(true) => Ok(PlatformConnectionState::Works { at }),
                Some(false) => Ok(dead("Make could not verify it with the provider".to_owned())),
                None => {
                    let words = "`verified` is missing".to_owned();
                    Err(PlatformFailure::Unreadable(format!("the answer of {NAME}"), words))
                }
            },
            Err(PlatformFailure::Refused { status: 404, .. }) => Ok(PlatformConnectionState::Missing),
            Err(PlatformFailure::Refused { status: 400..=499, words, .. }) => Ok(dead(words)),
            Err(failure) => Err(failure),
        }
    }
}

impl Platform for Make {
    fn abilities(&self) -> Abilities {
        Abilities {
            lists_workflows: true,
            lists_runs: true,
            tests_connections: Some(TestWorth::Proves),
            pauses: true,
            takes_grants: false,
            repeats_runs: true,
        }
    }

    fn read<'a>(&'a self, progress: &'a Arc<Progress>) -> Asked<'a, PlatformReading> {
        Box::pin(listing::read(self, progress))
    }

    fn runs_since(&self, since: Timestamp) -> Asked<'_, Vec<FoundRun>> {
        Box::pin(runs::since(self, since))
    }

    fn test_connection<'a>(&'a self, external_id: &'a str) -> Asked<'a, PlatformConnectionState> {
        Box::pin(self.test(external_id))
    }

    fn set_active<'a>(&'a self, workflow: &'a str, is_active: bool) -> Asked<'a, ()> {
        Box::pin(self.set(workflow, is_active))
    }

    fn push_grant<'a>(&'a self, _: &'a str, _: &'a PushedGrant) -> Asked<'a, Pushed> {
        Box::pin(async { Err(PlatformFailure::Unsupported(NAME.to_owned())) })
    }

    fn repeat_run<'a>(&'a self, run: &'a str) -> Asked<'a, ()> {
        Box::pin(async move {
            let id = run.strip_prefix(INCOMPLETE).ok_or_else(|| PlatformFailure::Unsupported(NAME.to_owned()))?;
            let purpose = Purpose { what: "repeat an incomplete execution", right: "dlqs:write" };
            self.rest.ask(Method::POST, &["dlqs", id, "retry"], &[], &[], Some(b"{}".to_vec()), purpose).await?;
            Ok(())
        })
    }
}

/// The page where a team's connections are authorised anew.
fn connections_page(origin: &str, team: &str) -> String {
    format!("{origin}/{team}/connections")
}

fn scenario_page(origin: &str, team: &str, scenario: &str) -> String {
    format!("{origin}/{team}/scenarios/{scenario}/edit")
}

#[cfg(test)]
mod tests;
