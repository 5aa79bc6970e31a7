//! Airtable: which bases a grant can see. Automations, and who is signed in to them, its API tells nobody: these come by
//! hand or from a list [D1, D2].

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::ProviderId;
use domain::blast_radius::reading::{FoundConnection, FoundRun, FoundStep, FoundUse, FoundWorkflow, PlatformReading};
use domain::blast_radius::{Access, PlatformConnectionState, Schedule, StepVersion};
use jiff::Timestamp;
use serde_json::Value;

use super::rest::{ApiAccess, KeyPlace, Pages, Purpose, Rest};
use super::settled::{Oddities, Unlisted, settled};
use super::text::{id_in, named, text_in};
use super::{Abilities, Asked, Platform, PlatformFailure, Progress, Pushed, PushedGrant, TestWorth};

/// As a person knows it.
const NAME: &str = "Airtable";
const PROVIDER: &str = "airtable";

/// What one token of Airtable reaches.
pub struct Airtable {
    rest: Rest,
}

impl Airtable {
    /// # Errors
    /// [`PlatformFailure::Unreadable`] for an address that no key is sent to.
    pub fn new(access: ApiAccess) -> Result<Self, PlatformFailure> {
        Ok(Self { rest: Rest::new(NAME, access, "/v0", KeyPlace::Bearer)? })
    }

    /// The account behind the token.
    async fn account(&self) -> Result<FoundConnection, PlatformFailure> {
        let purpose = Purpose { what: "see whose the token is", right: "user.email:read" };
        let answer: Value = self.rest.fetch(&["meta", "whoami"], &[], purpose).await?;
        let id = id_in(&answer, "id").ok_or_else(|| {
            PlatformFailure::Unreadable(format!("the answer of {NAME}"), "`id` is missing".to_owned())
        })?;
        let account = named(text_in(&answer, "email"));
        Ok(FoundConnection {
            name: account.clone().unwrap_or_else(|| format!("{NAME} {id}")),
            kind: PROVIDER.to_owned(),
            provider: Some(ProviderId::from_text(PROVIDER)),
            account,
            owner: None,
            state: PlatformConnectionState::Works { at: self.rest.now() },
            page: Some("https://airtable.com/account/integrations".to_owned()),
            external_id: id,
        })
    }

    async fn read_all(&self, progress: &Progress) -> Result<PlatformReading, PlatformFailure> {
        progress.check()?;
        let account = self.account().await?;
        let purpose = Purpose { what: "list bases", right: "schema.bases:read" };
        let (mut pages, mut offsets) = (Pages::of(NAME, "bases"), BTreeSet::new());
        let (mut offset, mut is_new): (Option<String>, bool) = (None, true);
        let mut oddities = Oddities::default();
        let mut reading = PlatformReading::default();
        loop {
            progress.check()?;
            pages.turn(is_new)?;
            let query: Vec<_> = offset.iter().map(|it| ("offset", it.as_str())).collect();
            let answer: Value = self.rest.fetch(&["meta", "bases"], &query, purpose).await?;
            let bases = answer.get("bases").and_then(Value::as_array).ok_or_else(|| {
                PlatformFailure::Unreadable(format!("the answer of {NAME}"), "`bases` is missing".to_owned())
            })?;
            for entry in bases {
                match base(entry, &account.external_id) {
                    Some(base) => reading.workflows.push(base),
                    None => oddities.skipped(|| "a base without an id".to_owned()),
                }
            }
            progress.report(u32::try_from(reading.workflows.len()).unwrap_or(u32::MAX), None);
            match named(text_in(&answer, "offset")) {
                Some(next) => {
                    is_new = offsets.insert(next.clone());
                    offset = Some(next);
                }
                None => break,
            }
        }
        reading.connections.push(account);
        // Automations come from elsewhere, and are not gone for not being in this list.
        Ok(settled(reading, oddities, Unlisted::Unknown))
    }
}

/// A base is what stops when the grant does.
fn base(entry: &Value, account: &str) -> Option<FoundWorkflow> {
    let id = id_in(entry, "id")?;
    let level = text_in(entry, "permissionLevel").unwrap_or_default();
    let name = named(text_in(entry, "name")).unwrap_or_else(|| id.clone());
    Some(FoundWorkflow {
        is_active: true,
        customer: None,
        project: None,
        owner: None,
        environment: None,
        schedule: Schedule::OnEvent,
        runs_per_day: None,
        page: id.starts_with("app").then(|| format!("https://airtable.com/{id}")),
        steps: vec![FoundStep {
            external_id: "base".to_owned(),
            name: "Its records".to_owned(),
            kind: "base".to_owned(),
            place: 0,
            uses: FoundUse::External(account.to_owned()),
            version: StepVersion::Both,
            is_enabled: level != "none",
            access: match level {
                "read" | "comment" => Access::Reads,
                "edit" | "create" => Access::Writes,
                _ => Access::Unknown,
            },
            goes_on_after_error: false,
            scopes: vec![],
        }],
        starts: vec![],
        changed_at: None,
        name,
        external_id: id,
    })
}

impl Platform for Airtable {
    fn abilities(&self) -> Abilities {
        Abilities { lists_workflows: true, tests_connections: Some(TestWorth::Proves), ..Abilities::default() }
    }

    fn read<'a>(&'a self, progress: &'a Arc<Progress>) -> Asked<'a, PlatformReading> {
        Box::pin(self.read_all(progress))
    }

    fn runs_since(&self, _: Timestamp) -> Asked<'_, Vec<FoundRun>> {
        Box::pin(async { Err(PlatformFailure::Unsupported(NAME.to_owned())) })
    }

    fn test_connection<'a>(&'a self, external_id: &'a str) -> Asked<'a, PlatformConnectionState> {
        Box::pin(async move {
            match self.account().await {
                Ok(account) if account.external_id == external_id => Ok(account.state),
                // Another's token says nothing about this connection.
                Ok(_) => Ok(PlatformConnectionState::Unknown),
                Err(PlatformFailure::KeyRefused(_)) => Ok(PlatformConnectionState::Dead {
                    since: self.rest.now(),
                    words: "Airtable does not accept its token".to_owned(),
                }),
                Err(failure) => Err(failure),
            }
        })
    }

    fn set_active<'a>(&'a self, _: &'a str, _: bool) -> Asked<'a, ()> {
        Box::pin(async { Err(PlatformFailure::Unsupported(NAME.to_owned())) })
    }

    fn push_grant<'a>(&'a self, _: &'a str, _: &'a PushedGrant) -> Asked<'a, Pushed> {
        Box::pin(async { Err(PlatformFailure::Unsupported(NAME.to_owned())) })
    }

    fn repeat_run<'a>(&'a self, _: &'a str) -> Asked<'a, ()> {
        Box::pin(async { Err(PlatformFailure::Unsupported(NAME.to_owned())) })
    }
}

#[cfg(test)]
mod tests;
