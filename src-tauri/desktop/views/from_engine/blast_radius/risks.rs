//! What is worth knowing though nothing is broken: accounts and connections that much hangs on, and those that nothing
//! does [A8, D7].

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::blast_radius::PlatformConnectionState;
use domain::blast_radius::ownership::{orphans, personal_accounts, single_points};

use super::survey::{Plane, Survey};
use crate::views::{RadiusRiskView, count};

/// Of each kind; the list holds them all.
const MOST_TOLD: usize = 8;
/// One account connected as often as this is connected too often.
const SPRAWL: usize = 3;

pub(super) fn risks(survey: &Survey<'_>, is_whole: bool) -> Vec<RadiusRiskView> {
    let most = if is_whole { usize::MAX } else { MOST_TOLD };
    let mut risks = vec![];
    let personal: Vec<_> = personal_accounts(survey.picture);
    let told: HashSet<_> = personal.iter().map(|it| it.node.clone()).collect();
    risks.extend(personal.into_iter().take(most).filter_map(|it| {
        Some(RadiusRiskView::PersonalAccount {
            source: survey.source(&it.node)?.named(),
            workflow_count: count(it.workflows),
            customer_count: count(it.customers.len()),
        })
    }));
    let points = single_points(survey.picture).into_iter().filter(|it| !told.contains(&it.node));
    risks.extend(points.take(most).filter_map(|it| {
        Some(RadiusRiskView::SinglePoint {
            source: survey.source(&it.node)?.named(),
            workflow_count: count(it.workflows),
            customer_count: count(it.customers.len()),
        })
    }));
    risks.extend(dangling(survey));
    risks.extend(sprawl(survey).into_iter().take(most));
    let orphans = orphans(survey.picture).into_iter().filter_map(|it| survey.source(&it.node));
    risks.extend(orphans.take(most).map(|it| RadiusRiskView::Orphan { source: it.named() }));
    risks
}

/// Steps that name a connection which their platform does not have.
fn dangling(survey: &Survey<'_>) -> Vec<RadiusRiskView> {
    let mut workflows: BTreeMap<&str, HashSet<usize>> = BTreeMap::new();
    for source in &survey.sources {
        if let Plane::Theirs(theirs, platform) = source.plane
            && theirs.state == PlatformConnectionState::Missing
        {
            workflows.entry(&platform.platform.name).or_default().extend(&source.users);
        }
    }
    let lines = workflows.into_iter().map(|(platform, places)| RadiusRiskView::Dangling {
        platform_name: platform.to_owned(),
        workflow_count: count(places.len()),
    });
    lines.collect()
}

/// One account at one provider that is connected again and again, what is connected most first.
fn sprawl(survey: &Survey<'_>) -> Vec<RadiusRiskView> {
    let mut accounts: HashMap<(&str, String), Vec<usize>> = HashMap::new();
    for (number, source) in survey.sources.iter().enumerate() {
        let provider = match source.plane {
            Plane::Own(it) => Some(it.provider.id.as_str()),
            Plane::Theirs(it, _) => it.provider.as_ref().map(domain::ProviderId::as_str),
        };
        if let (Some(provider), Some(account)) = (provider, source.account()) {
            accounts.entry((provider, account.to_lowercase())).or_default().push(number);
        }
    }
    let mut found: Vec<Vec<usize>> = accounts.into_values().filter(|it| it.len() >= SPRAWL).collect();
    found.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    let lines = found.into_iter().filter_map(|numbers| {
        Some(RadiusRiskView::Sprawl {
            account: survey.sources[*numbers.first()?].account()?.to_owned(),
            sources: numbers.iter().map(|it| survey.sources[*it].named()).collect(),
        })
    });
    lines.collect()
}
