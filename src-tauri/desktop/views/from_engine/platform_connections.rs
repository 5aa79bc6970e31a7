//! The connections that platforms own, each with the one of ours beside it and both planes in one word [A8, D1].

use std::collections::HashMap;

use domain::ConnectionId;
use domain::blast_radius::impact::Picture;
use domain::blast_radius::joining::{Candidates, Likeness};
use domain::blast_radius::{PlatformConnection, PlatformConnectionState, Uses};
use domain::connection::status::Lamp;
use engine::flows::connect::HandedOver;
use engine::flows::overview::ConnectionOverview;
use engine::flows::platforms::PlatformOverview;

use super::blast_radius::{RadiusFacts, Survey};
use super::platforms::way_of;
use crate::views::{
    CopyWayView, HandedOverView, JoinBecauseView, JoinCandidateView, JoinView, LampView, Millis, PlaneStateView,
    PlatformConnectionStateView, PlatformConnectionView, RepairWayView, SeenByView, TestWorthView, TwoVerdictsView,
    count,
};

impl PlatformConnectionView {
    /// All of them, by platform and name.
    pub(crate) fn all(facts: &RadiusFacts) -> Vec<Self> {
        let survey = Survey::new(facts, &facts.picture);
        let candidates = Candidates::among(facts.picture.own_connections());
        let own: HashMap<&ConnectionId, &ConnectionOverview> =
            facts.connections.iter().map(|it| (&it.connection.id, it)).collect();
        let mut all: Vec<Self> = facts
            .picture
            .platform_connections()
            .iter()
            .filter_map(|theirs| Self::new(theirs, &facts.picture, &survey, &candidates, &own))
            .collect();
        all.sort_by(|a, b| (&a.platform_name, &a.name, &a.id).cmp(&(&b.platform_name, &b.name, &b.id)));
        all
    }

    fn new(
        theirs: &PlatformConnection,
        picture: &Picture,
        survey: &Survey<'_>,
        candidates: &Candidates<'_>,
        own: &HashMap<&ConnectionId, &ConnectionOverview>,
    ) -> Option<Self> {
        let platform = survey.platform(&theirs.platform)?;
        let place = platform.platform.clone();
        let uses = Uses::PlatformConnection(theirs.id.clone());
        let source = survey.source(&uses)?;
        let struck = survey.struck(&uses);
        let (provider_name, provider_tag) = survey.provider_of(theirs);
        let is_asked = way_of(platform) == SeenByView::Api;
        let joined = theirs.joined.as_ref();
        let beside = joined.and_then(|it| it.connection.as_ref()).and_then(|id| own.get(id).copied());
        let choices = candidates.choices(theirs, place.customer.as_deref());
        Some(Self {
            id: theirs.id.to_string(),
            platform_id: place.id.to_string(),
            platform_name: place.name,
            platform_kind: place.kind.into(),
            name: theirs.name.clone(),
            kind: theirs.kind.clone(),
            provider_id: theirs.provider.as_ref().map(ToString::to_string),
            provider_name,
            provider_tag,
            account: theirs.account.clone(),
            owner: theirs.owner.clone(),
            customer: place.customer,
            lamp: lamp_of(&theirs.state),
            state: (&theirs.state).into(),
            good_run_at: picture.good_run_without_proof(&theirs.id).map(Millis::from),
            is_stale: platform.is_stale,
            workflow_count: count(source.users.len()),
            stopped_count: if source.is_dead { count(struck.len()) } else { 0 },
            next_run_at: survey.first_run(&struck),
            has_page: theirs.page.is_some(),
            test_worth: platform.abilities.tests_connections.filter(|_| is_asked).map(TestWorthView::from),
            takes_grants: takes_grant(theirs, platform),
            seen: theirs.provenance.into(),
            joined: joined.map(|join| JoinView {
                connection_id: join.connection.as_ref().map(ToString::to_string),
                connection_name: beside.map(|it| it.connection.name.clone()),
                percent: join.percent,
                is_confirmed: join.is_confirmed,
            }),
            candidates: choices
                .into_iter()
                .filter_map(|choice| {
                    let connection = &own.get(&choice.connection)?.connection;
                    Some(JoinCandidateView {
                        connection_id: connection.id.to_string(),
                        connection_name: connection.name.clone(),
                        account: connection.identity.account().map(str::to_owned),
                        percent: choice.percent,
                        because: choice.because.into(),
                    })
                })
                .collect(),
            verdict: verdict(theirs, beside, platform),
        })
    }
}

/// Both planes in one: `beside` is ours of the same account.
pub(super) fn verdict(
    theirs: &PlatformConnection,
    beside: Option<&ConnectionOverview>,
    platform: &PlatformOverview,
) -> TwoVerdictsView {
    let (copy, since, needs_mending) = match &theirs.state {
        PlatformConnectionState::Unknown => (PlaneStateView::Unknown, None, false),
        PlatformConnectionState::Works { .. } => (PlaneStateView::Fine, None, false),
        PlatformConnectionState::Dead { since, .. } => (PlaneStateView::Dead, Some(*since), true),
        PlatformConnectionState::NeverConnected => (PlaneStateView::NeverConnected, None, true),
        PlatformConnectionState::Missing => (PlaneStateView::Missing, None, true),
    };
    TwoVerdictsView {
        own: beside.map_or(PlaneStateView::None, |it| match it.status.lamp {
            Lamp::Active => PlaneStateView::Fine,
            Lamp::Expiring => PlaneStateView::Ending,
            Lamp::ReauthRequired | Lamp::Disconnected => PlaneStateView::Dead,
            Lamp::Unproved => PlaneStateView::Unknown,
        }),
        copy,
        platform_name: platform.platform.name.clone(),
        since: since.map(Millis::from),
        way: needs_mending.then(|| copy_way(theirs, platform)),
    }
}

fn copy_way(theirs: &PlatformConnection, platform: &PlatformOverview) -> CopyWayView {
    if takes_grant(theirs, platform) {
        CopyWayView::PushGrant
    } else if theirs.page.is_some() {
        CopyWayView::OpenPage
    } else {
        CopyWayView::AtPlatform
    }
}

/// The same, as a step of the repair order.
pub(super) fn repair_way(theirs: &PlatformConnection, platform: &PlatformOverview) -> RepairWayView {
    match copy_way(theirs, platform) {
        CopyWayView::PushGrant | CopyWayView::GrantFile => RepairWayView::PushGrant,
        CopyWayView::OpenPage => RepairWayView::OpenPage,
        CopyWayView::AtPlatform => RepairWayView::AtPlatform,
    }
}

/// It is asked over an API that takes grants, it is there, its kind holds one (a key is no grant), and ours beside it
/// says which client and which scopes.
fn takes_grant(theirs: &PlatformConnection, platform: &PlatformOverview) -> bool {
    let is_oauth = theirs.kind.to_ascii_lowercase().contains("oauth2");
    let has_own = theirs.joined.as_ref().is_some_and(|it| it.connection.is_some());
    platform.abilities.takes_grants
        && way_of(platform) == SeenByView::Api
        && is_oauth
        && has_own
        && theirs.state != PlatformConnectionState::Missing
}

pub(super) fn lamp_of(state: &PlatformConnectionState) -> LampView {
    match state {
        PlatformConnectionState::Works { .. } => LampView::Active,
        PlatformConnectionState::Unknown => LampView::Unproved,
        PlatformConnectionState::Dead { .. }
        | PlatformConnectionState::NeverConnected
        | PlatformConnectionState::Missing => LampView::ReauthRequired,
    }
}

impl From<&PlatformConnectionState> for PlatformConnectionStateView {
    fn from(state: &PlatformConnectionState) -> Self {
        match state {
            PlatformConnectionState::Unknown => Self::Unknown,
            PlatformConnectionState::Works { at } => Self::Works { at: (*at).into() },
            PlatformConnectionState::Dead { since, words } => {
                Self::Dead { since: (*since).into(), words: words.clone() }
            }
            PlatformConnectionState::NeverConnected => Self::NeverConnected,
            PlatformConnectionState::Missing => Self::Missing,
        }
    }
}

impl From<&HandedOver> for HandedOverView {
    fn from(handed: &HandedOver) -> Self {
        match handed {
            HandedOver::Proved { at, workflow, run } => {
                Self::Proved { at: (*at).into(), workflow: workflow.clone(), run: run.clone() }
            }
            HandedOver::Unproved => Self::Unproved,
            HandedOver::File(path) => {
                let path = path.display().to_string();
                Self::File { command: format!("n8n import:credentials --input=\"{path}\""), path }
            }
        }
    }
}

impl From<Likeness> for JoinBecauseView {
    fn from(likeness: Likeness) -> Self {
        match likeness {
            Likeness::SameAccount => Self::SameAccount,
            Likeness::AccountInLabel => Self::AccountInLabel,
            Likeness::OnlyOneOfProvider => Self::OnlyOneOfProvider,
            Likeness::SameProvider => Self::SameProvider,
        }
    }
}
