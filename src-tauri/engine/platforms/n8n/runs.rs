//! Runs since some time: all at a glance, the failed ones with their reason, and those that hide a failure [D5, F1].

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::blast_radius::RunOutcome;
use domain::blast_radius::reading::FoundRun;
use jiff::Timestamp;
use serde_json::value::RawValue;

use super::super::PlatformFailure;
use super::api::{After, Api, Errand, Listed, Said};
use super::execution::{ExecutionText, Looked};
use super::gathering::Hiding;

const LIST: Errand = Errand { what: "list runs", right: "execution:list" };
const READ: Errand = Errand { what: "read a run", right: "execution:read" };

/// A busy instance has more in a day; what is older than the newest of these is not told.
const MOST_RUNS: usize = 10_000;
/// Runs whose data is looked at: 6 KB each where they carry nothing, megabytes where they do.
const MOST_LOOKED_AT: usize = 400;
/// Of one workflow that may hide its failures.
const MOST_OF_ONE: usize = 60;
/// Workflows that were changed, or are gone, since runs of theirs: so many are looked at, a request each.
const MOST_UNSURE: usize = 40;
/// Runs that are asked for by themselves.
const MOST_ALONE: usize = 60;
const PAGE: &str = "250";
const PAGE_WITH_DATA: &str = "20";

/// The newest first, those that may hide a failure looked into as far as that can be. `hiding`: by workflow.
pub(super) async fn runs_since(
    api: &Api,
    since: Timestamp,
    hiding: &HashMap<String, Hiding>,
) -> Result<Vec<FoundRun>, PlatformFailure> {
    let mut runs: BTreeMap<String, FoundRun> = BTreeMap::new();
    let listed = api
        .list(LIST, &["executions"], &[("limit", PAGE)], None, |page| {
            let is_over = each(page, since, |execution| {
                if let Some(found) = execution.glance() {
                    runs.insert(found.run.external_id.clone(), found);
                }
            });
            Ok(if is_over || runs.len() >= MOST_RUNS { After::Enough } else { After::More })
        })
        .await?;
    expect_whole(api, listed)?;

    let failed: Vec<String> = ids(&runs, |it| it.run.outcome == RunOutcome::Failed);
    if !failed.is_empty() {
        let looked = look_at(api, &[("status", "error")], since, &failed, MOST_LOOKED_AT).await?;
        runs.extend(looked.into_iter().map(|it| (it.found.run.external_id.clone(), it.found)));
    }
    for found in runs.values_mut().filter(|it| it.run.outcome == RunOutcome::Succeeded) {
        found.may_hide_failure = Hiding::may_be_in(hiding.get(&found.workflow), found.run.at);
    }
    let doubted: BTreeSet<String> =
        runs.values().filter(|it| it.may_hide_failure).map(|it| it.workflow.clone()).collect();
    // Those that are known to go on after an error come first.
    let (known, unsure): (Vec<String>, Vec<String>) =
        doubted.into_iter().partition(|it| matches!(hiding.get(it), Some(Hiding::Always)));
    for workflow in known.iter().chain(unsure.iter().take(MOST_UNSURE)) {
        let succeeded: Vec<String> = ids(&runs, |it| it.workflow == *workflow && it.may_hide_failure);
        let filter = [("status", "success"), ("workflowId", workflow.as_str())];
        let looked = look_at(api, &filter, since, &succeeded, MOST_OF_ONE).await?;
        runs.extend(looked.into_iter().map(|it| (it.found.run.external_id.clone(), it.found)));
    }
    let mut runs: Vec<FoundRun> = runs.into_values().collect();
    runs.sort_by(|one, other| {
        other.run.at.cmp(&one.run.at).then_with(|| other.run.external_id.cmp(&one.run.external_id))
    });
    Ok(runs)
}

/// Those of `runs` that n8n shows with their data, workflow by workflow; of each no more than the newest.
pub(super) async fn looked_into(api: &Api, runs: &[FoundRun]) -> Result<Vec<FoundRun>, PlatformFailure> {
    let mut asked: BTreeMap<&str, BTreeMap<String, FoundRun>> = BTreeMap::new();
    for found in runs {
        asked.entry(&found.workflow).or_default().insert(found.run.external_id.clone(), found.clone());
    }
    let mut shown = vec![];
    for (workflow, runs) in asked.iter().take(MOST_UNSURE) {
        let Some(since) = runs.values().map(|it| it.run.at).min() else { continue };
        let filter = [("status", "success"), ("workflowId", *workflow)];
        let looked = look_at(api, &filter, since, &ids(runs, |_| true), MOST_OF_ONE).await?;
        shown.extend(looked.into_iter().map(|it| it.found).filter(|it| runs.contains_key(&it.run.external_id)));
    }
    Ok(shown)
}

/// The newest failed runs, with their data.
pub(super) async fn newest_failures(api: &Api) -> Result<Vec<Looked>, PlatformFailure> {
    look_at(api, &[("status", "error")], Timestamp::MIN, &[], MOST_OF_ONE).await
}

/// Runs with their data, page by page; where a page does not fit, those of `ids` one by one, and so those that n8n
/// finds too large to show. One that does not fit alone stays as it was seen at a glance.
async fn look_at(
    api: &Api,
    filter: &[(&str, &str)],
    since: Timestamp,
    ids: &[String],
    most: usize,
) -> Result<Vec<Looked>, PlatformFailure> {
    let mut looked: Vec<Looked> = vec![];
    let mut without_data: Vec<String> = vec![];
    let mut query = filter.to_vec();
    query.extend([("includeData", "true"), ("limit", PAGE_WITH_DATA)]);
    let listed = api
        .list(LIST, &["executions"], &query, None, |page| {
            let is_over = each(page, since, |execution| {
                let id = execution.id().filter(|_| !execution.has_data()).map(str::to_owned);
                match id {
                    Some(id) => without_data.push(id),
                    None => looked.extend(execution.look()),
                }
            });
            Ok(if is_over || looked.len() >= most { After::Enough } else { After::More })
        })
        .await?;
    let is_too_large = matches!(listed, Listed::TooLarge);
    if !is_too_large {
        expect_whole(api, listed)?;
    }
    let seen: HashSet<String> = looked.iter().map(|it| it.found.run.external_id.clone()).collect();
    let alone: Vec<&String> = if is_too_large { ids.iter().collect() } else { without_data.iter().collect() };
    for id in alone.into_iter().filter(|it| !seen.contains(*it)).take(MOST_ALONE) {
        looked.extend(look_alone(api, id).await?);
    }
    Ok(looked)
}

/// With its data also where that is more than n8n shows by itself; versions that do not know the word refuse it.
async fn look_alone(api: &Api, id: &str) -> Result<Option<Looked>, PlatformFailure> {
    let path = ["executions", api.checked_id(id)?];
    for query in [&[("includeData", "true"), ("ignoreDataSizeLimit", "true")][..], &[("includeData", "true")]] {
        match api.get(READ, &path, query).await? {
            Said::Well(body) => {
                let execution = serde_json::from_slice::<ExecutionText>(&body).ok();
                return Ok(execution.and_then(ExecutionText::look));
            }
            Said::Not { status: 400, .. } => {}
            Said::Not { .. } | Said::TooLarge => return Ok(None),
        }
    }
    Ok(None)
}

/// Hands on what began at `since` or later; says whether the list has come to what is older. It is ordered by id, the
/// newest first, so runs that began a little out of order do not end it.
fn each(page: &[&RawValue], since: Timestamp, mut take: impl FnMut(ExecutionText)) -> bool {
    let mut is_any_new = false;
    for raw in page {
        let Ok(execution) = serde_json::from_str::<ExecutionText>(raw.get()) else { continue };
        if execution.started_at().is_none_or(|at| at >= since) {
            is_any_new = true;
            take(execution);
        }
    }
    !is_any_new && !page.is_empty()
}

/// The newest first: ids are numbers that grow.
fn ids(runs: &BTreeMap<String, FoundRun>, is_wanted: impl Fn(&FoundRun) -> bool) -> Vec<String> {
    let mut wanted: Vec<&FoundRun> = runs.values().filter(|it| is_wanted(it)).collect();
    wanted.sort_by_key(|it| std::cmp::Reverse(it.run.at));
    wanted.into_iter().map(|it| it.run.external_id.clone()).collect()
}

fn expect_whole(api: &Api, listed: Listed) -> Result<(), PlatformFailure> {
    match listed {
        Listed::Whole => Ok(()),
        Listed::TooLarge => Err(api.unreadable("its list of runs is larger than any")),
        Listed::Not { status, words } => Err(api.refused(status, words)),
    }
}
