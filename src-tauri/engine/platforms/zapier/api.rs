//! Reads Zaps, connections and runs over the Workflow API, where a person has credentials for it [D1, D2].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use domain::blast_radius::reading::{FoundConnection, FoundRun, FoundStep, FoundUse, FoundWorkflow, PlatformReading};
use domain::blast_radius::{Access, PlatformConnectionState, Run, RunOutcome, Schedule, StepVersion};
use jiff::Timestamp;
use serde_json::Value;

use super::super::providers::{provider_in, provider_of};
use super::super::rest::{ApiAccess, KeyPlace, Pages, Purpose, Rest};
use super::super::settled::{Oddities, Unlisted, settled};
use super::super::step_access::access_of;
use super::super::text::{account_in, bounded, id_in, id_of, moment_in, named, text_in};
use super::super::{Abilities, Asked, Platform, PlatformFailure, Progress, Pushed, PushedGrant};
use super::{CONNECTIONS_PAGE, NAME};

const PAGE_SIZE: usize = 100;
/// Apps whose connections are asked for, one call each.
const MOST_APPS: usize = 100;
/// Ids become whole objects where the API knows how; where it does not, ids are read as well.
const EXPANDED: &str = "steps,steps.action,steps.action.app,steps.authentication";

/// One Zapier account, as far as its token reaches.
pub struct Zapier {
    rest: Rest,
}

impl Zapier {
    /// # Errors
    /// [`PlatformFailure::Unreadable`] for an address that no key is sent to.
    pub fn new(access: ApiAccess) -> Result<Self, PlatformFailure> {
        Ok(Self { rest: Rest::new(NAME, access, "", KeyPlace::Bearer)? })
    }

    /// Every entry of a list: pages are counted here, since the address of the next one could be anybody's.
    async fn all(
        &self,
        list: &'static str,
        query: &[(&str, &str)],
        purpose: Purpose,
        progress: &Progress,
    ) -> Result<Vec<Value>, PlatformFailure> {
        let (mut all, mut seen, mut pages) = (vec![], BTreeSet::new(), Pages::of(NAME, list));
        let (size, mut is_new, mut offset) = (PAGE_SIZE.to_string(), true, 0_usize);
        loop {
            progress.check()?;
            pages.turn(is_new)?;
            let from = offset.to_string();
            let mut asked = query.to_vec();
            asked.extend([("limit", size.as_str()), ("offset", from.as_str())]);
            let mut answer: Value = self.rest.fetch(&["v2", list], &asked, purpose).await?;
            let Some(Value::Array(entries)) = answer.get_mut("data").map(Value::take) else {
                let words = "`data` is missing".to_owned();
                return Err(PlatformFailure::Unreadable(format!("the answer of {NAME}"), words));
            };
            let (count, before) = (entries.len(), all.len());
            all.extend(entries.into_iter().filter(|it| id_in(it, "id").is_none_or(|id| seen.insert(id))));
            is_new = all.len() > before;
            offset += count;
            let has_next = answer.pointer("/links/next").is_some_and(|it| !it.is_null());
            if count == 0 || !has_next {
                return Ok(all);
            }
        }
    }

    async fn zaps(&self, expanded: bool, progress: &Progress) -> Result<Vec<Value>, PlatformFailure> {
        let purpose = Purpose { what: "list Zaps", right: "zap:all" };
        let mut query = vec![("include_shared", "true")];
        if expanded {
            query.push(("expand", EXPANDED));
        }
        self.all("zaps", &query, purpose, progress).await
    }

    async fn read_all(&self, progress: &Progress) -> Result<PlatformReading, PlatformFailure> {
        let zaps = self.zaps(true, progress).await?;
        let mut reading = PlatformReading { is_whole: true, ..PlatformReading::default() };
        let mut oddities = Oddities::default();
        let mut connections: BTreeMap<String, FoundConnection> = BTreeMap::new();
        let mut apps = BTreeSet::new();
        let all = u32::try_from(zaps.len()).ok();
        for (count, zap) in (0_u32..).zip(&zaps) {
            progress.check()?;
            progress.report(count, all);
            match self.workflow(zap, &mut connections, &mut apps) {
                Some(workflow) => reading.workflows.push(workflow),
                None => oddities.skipped(|| "a Zap without an id".to_owned()),
            }
        }
        for app in apps.iter().take(MOST_APPS) {
            let purpose = Purpose { what: "list connections", right: "connection:read" };
            match self.all("authentications", &[("app", app)], purpose, progress).await {
                Ok(listed) => {
                    for found in listed.iter().filter_map(|it| self.connection(it, None)) {
                        connections.insert(found.external_id.clone(), found);
                    }
                }
                Err(PlatformFailure::RightMissing { right, .. }) => {
                    oddities.missing_right(&right, "it is not seen which connections have expired");
                    break;
                }
                Err(PlatformFailure::Refused { words, .. }) => oddities.skipped(|| words),
                Err(failure) => return Err(failure),
            }
        }
        reading.connections = connections.into_values().collect();
        progress.report(all.unwrap_or(u32::MAX), all);
        // Connections that others share are in no list, so one that is missing there need not be gone.
        Ok(settled(reading, oddities, Unlisted::Unknown))
    }

    fn workflow(
        &self,
        zap: &Value,
        connections: &mut BTreeMap<String, FoundConnection>,
        apps: &mut BTreeSet<String>,
    ) -> Option<FoundWorkflow> {
        let id = id_in(zap, "id")?;
        let mut steps = vec![];
        for (step, place) in zap.get("steps").and_then(Value::as_array).into_iter().flatten().zip(0_u32..) {
            let action = step.get("action").unwrap_or(&Value::Null);
            let action_id = id_of(action).or_else(|| id_in(action, "id")).unwrap_or_default();
            let app = action.get("app").unwrap_or(&Value::Null);
            let app_title = text_in(app, "title");
            let authentication = step.get("authentication").unwrap_or(&Value::Null);
            let Some(connection) = id_of(authentication).or_else(|| id_in(authentication, "id")) else { continue };
            // What came as an id alone is asked for by its app.
            match self.connection(authentication, app_title) {
                Some(found) => drop(connections.insert(connection.clone(), found)),
                None => drop(id_of(app).or_else(|| id_in(app, "id")).is_some_and(|id| apps.insert(id))),
            }
            let key = text_in(action, "key").or_else(|| text_in(action, "title")).unwrap_or(&action_id);
            let what = text_in(action, "title").or(app_title).unwrap_or(&action_id);
            steps.push(FoundStep {
                external_id: place.to_string(),
                name: named(text_in(step, "title")).unwrap_or_else(|| bounded(what)),
                kind: bounded(&action_id),
                place,
                uses: FoundUse::External(connection),
                version: StepVersion::Both,
                is_enabled: true,
                access: match text_in(action, "action_type") {
                    Some("READ" | "SEARCH") => Access::Reads,
                    Some("WRITE" | "SEARCH_OR_WRITE") => Access::Writes,
                    Some(_) | None => access_of(key),
                },
                goes_on_after_error: false,
                scopes: vec![],
            });
        }
        let link = zap.pointer("/links/html_editor").and_then(Value::as_str);
        Some(FoundWorkflow {
            name: named(text_in(zap, "title")).unwrap_or_else(|| format!("Zap {id}")),
            is_active: zap.get("is_enabled").and_then(Value::as_bool) == Some(true),
            customer: None,
            project: None,
            owner: None,
            environment: None,
            schedule: Schedule::Unknown,
            runs_per_day: None,
            page: link.filter(|it| it.starts_with("https://zapier.com/")).map(|it| bounded(without_query(it))),
            steps,
            starts: vec![],
            changed_at: moment_in(zap, "updated_at"),
            external_id: id,
        })
    }

    /// `None` for an id alone.
    fn connection(&self, entry: &Value, app_title: Option<&str>) -> Option<FoundConnection> {
        let id = id_in(entry, "id")?;
        let app = entry.get("app").unwrap_or(&Value::Null);
        let app_title = text_in(app, "title").or(app_title);
        let title = named(text_in(entry, "title"));
        let kind = app_title.or_else(|| app.as_str()).unwrap_or_default();
        let state = match entry.get("is_expired").and_then(Value::as_bool) {
            Some(true) => PlatformConnectionState::Dead {
                since: self.rest.now(),
                words: "Zapier says that it has expired".to_owned(),
            },
            // Zapier marks a connection as expired when a step fails for it, so this is what its runs showed.
            Some(false) => PlatformConnectionState::Works { at: self.rest.now() },
            None => PlatformConnectionState::Unknown,
        };
        Some(FoundConnection {
            provider: provider_of(kind).or_else(|| provider_in(title.as_deref()?)),
            account: title.as_deref().and_then(account_in),
            name: title.unwrap_or_else(|| format!("connection {id}")),
            kind: bounded(kind),
            owner: None,
            state,
            page: Some(CONNECTIONS_PAGE.to_owned()),
            external_id: id,
        })
    }

    /// Runs name their Zap by a number, Zaps themselves by another id: the editor's address holds both.
    async fn runs(&self, since: Timestamp) -> Result<Vec<FoundRun>, PlatformFailure> {
        let never = Progress::default();
        let mut by_number: HashMap<String, String> = HashMap::new();
        for zap in self.zaps(false, &never).await? {
            let Some(id) = id_in(&zap, "id") else { continue };
            let link = zap.pointer("/links/html_editor").and_then(Value::as_str).map(without_query);
            let of_link = link.and_then(|it| it.rsplit('/').next()).filter(|it| is_number(it));
            let of_id = id.rsplit('-').next().map(|it| it.trim_start_matches('0')).filter(|it| is_number(it));
            for number in [of_link, of_id].into_iter().flatten() {
                by_number.entry(number.to_owned()).or_insert_with(|| id.clone());
            }
        }
        let purpose = Purpose { what: "list runs", right: "zap:runs" };
        let from = since.to_string();
        let mut runs = vec![];
        for entry in self.all("zap-runs", &[("from_date", &from)], purpose, &never).await? {
            let Some(number) = id_in(&entry, "zap_id") else { continue };
            let Some(run) = run_of(&entry).filter(|it| it.at >= since) else { continue };
            let workflow = by_number.get(&number).cloned().unwrap_or(number);
            runs.push(FoundRun::new(workflow, run));
        }
        runs.sort_by_key(|it| std::cmp::Reverse(it.run.at));
        Ok(runs)
    }
}

fn run_of(entry: &Value) -> Option<Run> {
    let is_failure = |it: &str| matches!(it, "error" | "failed" | "errored");
    let steps = entry.get("steps").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let failed = steps.iter().position(|it| text_in(it, "status").is_some_and(is_failure));
    let outcome = match text_in(entry, "status")? {
        "running" | "pending" | "scheduled" | "delayed" | "waiting" | "throttled" => RunOutcome::Running,
        "held" | "playing" => RunOutcome::Incomplete,
        status if is_failure(status) => RunOutcome::Failed,
        // Halted, filtered, stopped by the Zap's own rules.
        _ if failed.is_some() => RunOutcome::FailedInside,
        _ => RunOutcome::Succeeded,
    };
    Some(Run {
        external_id: id_in(entry, "id")?,
        at: moment_in(entry, "start_time").or_else(|| moment_in(entry, "end_time"))?,
        outcome,
        failed_step: failed.map(|it| it.to_string()),
        failed_connection: None,
        words: None,
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn without_query(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or(address)
}

impl Platform for Zapier {
    fn abilities(&self) -> Abilities {
        Abilities { lists_workflows: true, lists_runs: true, ..Abilities::default() }
    }

    fn read<'a>(&'a self, progress: &'a Arc<Progress>) -> Asked<'a, PlatformReading> {
        Box::pin(self.read_all(progress))
    }

    fn runs_since(&self, since: Timestamp) -> Asked<'_, Vec<FoundRun>> {
        Box::pin(self.runs(since))
    }

    fn test_connection<'a>(&'a self, _: &'a str) -> Asked<'a, PlatformConnectionState> {
        Box::pin(async { Err(PlatformFailure::Unsupported(NAME.to_owned())) })
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
