//! The board and its rows, as the engine derived them [B1].

use domain::blast_radius::incident::Open;
use domain::blast_radius::platform_needs::{CopyNeed, IncidentNeed, PlatformNeeds, UnreadNeed};
use domain::board::Headline;
use domain::connection::status::{Lamp, Status, StatusReason, Watching};
use domain::connection::{Environment, GrantState, Proof, ProofKind};
use domain::lifecycle::refresh_mode::RefreshMode;
use domain::token::Expiry;
use domain::token::durability::{GrantEnd, RefreshTokenWay, refresh_token_way};
use engine::flows::held::HeldBundle;
use engine::flows::overview::{Board, ConnectionOverview};
use engine::vault::KeychainState;
use jiff::Timestamp;

use crate::views::{
    BoardView, CauseView, ConnectionRowView, CopyNeedView, DownView, EngineView, EnvironmentView, ExpiryView,
    GrantEndView, HeadlineView, HeldBundleView, IncidentNeedView, IncidentStandsView, KeychainView, LampView,
    MendFirstView, MendView, MendingPageLabel, Millis, NextEndView, PausedWhyView, PlatformNeedsView, ProofKindView,
    ProofView, RefreshModeView, RefreshTokenWayView, StatusReasonView, StatusView, UnreadNeedView, count,
};

impl BoardView {
    pub fn new(board: &Board, keychain: KeychainState, keychain_since: Option<Timestamp>) -> Self {
        Self {
            headline: headline(board),
            platform_needs: PlatformNeedsView::from(&board.platform_needs),
            rows: board.connections.iter().map(ConnectionRowView::from).collect(),
            engine: EngineView {
                watched_count: count(board.watched_count),
                next_refresh_at: board.next_refresh_at.map(Millis::from),
                mode: board.mode.into(),
                mode_since: board.mode_since.map(Millis::from),
                network_down_since: board.network_down_since.map(Millis::from),
                held: board.held.iter().map(HeldBundleView::from).collect(),
            },
            keychain: keychain.into(),
            keychain_since: keychain_since.map(Millis::from),
        }
    }
}

fn headline(board: &Board) -> HeadlineView {
    let find = |id: &domain::ConnectionId| board.connections.iter().find(|it| it.connection.id == *id);
    let end = |next: &Option<domain::board::NextEnd>| {
        let next = next.as_ref()?;
        let connection = &find(&next.connection)?.connection;
        Some(NextEndView { id: connection.id.to_string(), name: connection.name.clone(), at: next.at.into() })
    };
    match &board.headline {
        Headline::Empty => HeadlineView::Empty,
        Headline::Unreadable { count: unreadable } => HeadlineView::Unreadable { count: count(*unreadable) },
        Headline::Unsaved { count: unsaved, first } => HeadlineView::Unsaved {
            count: count(*unsaved),
            name: find(first).map(|it| it.connection.name.clone()).unwrap_or_default(),
        },
        Headline::AllWell { connection_count, unproved_count, next_end } => HeadlineView::AllWell {
            connection_count: count(*connection_count),
            unproved_count: count(*unproved_count),
            next_end: end(next_end),
        },
        Headline::NeedsYou { count: needing, first, next_end } => match find(first) {
            Some(first) => HeadlineView::NeedsYou {
                count: count(*needing),
                first: MendFirstView {
                    id: first.connection.id.to_string(),
                    name: first.connection.name.clone(),
                    cause: cause_of(&first.status),
                    action: (&first.status).into(),
                    // What was last seen is a refusal, or no token holds.
                    still_works: first.status.lamp != Lamp::ReauthRequired
                        && first.status.over_since.is_none()
                        && matches!(first.status.reason, StatusReason::RefreshFailing { .. }),
                    dependant_count: count(first.dependant_count),
                    since: first.status.since.into(),
                    unopened_file: first.unopened.as_ref().map(|it| it.file.display().to_string()),
                },
                next_end: end(next_end),
            },
            None => HeadlineView::Empty,
        },
        Headline::SomeDown { count: down, first, next_end } => match find(first) {
            Some(first) => HeadlineView::SomeDown {
                count: count(*down),
                first: DownView {
                    id: first.connection.id.to_string(),
                    name: first.connection.name.clone(),
                    provider_name: first.provider.name.clone(),
                    reason: StatusReasonView::from(&first.status.reason),
                    since: first.status.over_since.unwrap_or(first.status.since).into(),
                },
                next_end: end(next_end),
            },
            None => HeadlineView::Empty,
        },
        Headline::PlatformsNeedYou { connection_count, unproved_count, next_end } => HeadlineView::PlatformsNeedYou {
            connection_count: count(*connection_count),
            unproved_count: count(*unproved_count),
            next_end: end(next_end),
        },
    }
}

impl From<&PlatformNeeds> for PlatformNeedsView {
    fn from(needs: &PlatformNeeds) -> Self {
        Self {
            copy_count: count(needs.copies.len()),
            first_copy: needs.copies.first().map(CopyNeedView::from),
            unread_count: count(needs.unread.len()),
            first_unread: needs.unread.first().map(UnreadNeedView::from),
            incident_count: count(needs.incidents.len()),
            first_incident: needs.incidents.first().map(IncidentNeedView::from),
        }
    }
}

impl From<&CopyNeed> for CopyNeedView {
    fn from(copy: &CopyNeed) -> Self {
        Self {
            id: copy.connection.to_string(),
            name: copy.name.clone(),
            platform_name: copy.platform.clone(),
            since: copy.since.map(Millis::from),
            waiting_count: count(copy.waiting_count),
            incident: copy.incident.as_ref().map(ToString::to_string),
        }
    }
}

impl From<&UnreadNeed> for UnreadNeedView {
    fn from(unread: &UnreadNeed) -> Self {
        Self { id: unread.platform.to_string(), name: unread.name.clone(), read_at: unread.read_at.map(Millis::from) }
    }
}

impl From<&IncidentNeed> for IncidentNeedView {
    fn from(incident: &IncidentNeed) -> Self {
        Self {
            id: incident.incident.to_string(),
            name: incident.name.clone(),
            stands: incident.stands.map(|it| match it {
                Open::Broken => IncidentStandsView::Broken,
                Open::Paused(paused) => IncidentStandsView::Paused { count: count(paused) },
                Open::Unvalidated(unvalidated) => IncidentStandsView::Unvalidated { count: count(unvalidated) },
            }),
        }
    }
}

fn cause_of(status: &Status) -> Option<CauseView> {
    status.diagnosis().map(CauseView::from)
}

impl From<&ConnectionOverview> for ConnectionRowView {
    fn from(overview: &ConnectionOverview) -> Self {
        let connection = &overview.connection;
        Self {
            id: connection.id.to_string(),
            name: connection.name.clone(),
            provider_id: connection.provider.to_string(),
            provider_name: overview.provider.name.clone(),
            provider_tag: overview.provider.tag.clone(),
            account: connection.identity.account().map(str::to_owned),
            workspace: connection.identity.workspace().map(str::to_owned),
            customer: connection.customer.clone(),
            environment: connection.environment.into(),
            is_practice: overview.provider.is_practice,
            has_access_page: overview.provider.pages.revoke_access.is_some(),
            status: StatusView::from(&overview.status),
            proof: connection.proof.as_ref().map(ProofView::from),
            grant_end: grant_end(&connection.grant, overview),
            token_expiry: expiry(connection.token.as_ref().filter(|token| token.has_access_token).map(|it| it.expiry)),
            refresh_token_way: refresh_token_way(connection, &overview.provider.refresh).into(),
            dependant_count: count(overview.dependant_count),
            missing_scope_count: count(connection.scopes.missing().count()),
            granted_scope_count: count(connection.scopes.granted.len()),
        }
    }
}

fn grant_end(grant: &GrantState, overview: &ConnectionOverview) -> GrantEndView {
    match grant {
        GrantState::Ended { at, diagnosis } => GrantEndView::Ended { at: (*at).into(), cause: diagnosis.into() },
        GrantState::Disconnected { at } => GrantEndView::Disconnected { at: (*at).into() },
        GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. } | GrantState::SecretMissing { .. } => {
            match overview.grant_end {
                GrantEnd::At(at) => GrantEndView::EndsAt { at: at.into(), may_move: overview.forecast.may_move },
                GrantEnd::AfterIdle(idle) => GrantEndView::KeptAlive { idle_ms: milliseconds(idle) },
                GrantEnd::NotKnown => GrantEndView::NoEndKnown,
            }
        }
    }
}

pub(super) fn milliseconds(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl From<RefreshTokenWay> for RefreshTokenWayView {
    fn from(way: RefreshTokenWay) -> Self {
        match way {
            RefreshTokenWay::AskForOfflineAccess => Self::AskForOfflineAccess,
            RefreshTokenWay::AllowOfflineAccess => Self::AllowOfflineAccess,
            RefreshTokenWay::GrantedInVain => Self::GrantedInVain,
            RefreshTokenWay::ClientSetting => Self::ClientSetting,
            RefreshTokenWay::NewConsent => Self::NewConsent,
            RefreshTokenWay::NotOffered => Self::NotOffered,
        }
    }
}

/// `None` where there is no token.
pub(super) fn expiry(expiry: Option<Expiry>) -> ExpiryView {
    match expiry {
        None => ExpiryView::NoToken,
        Some(Expiry::At(at)) => ExpiryView::Known { at: at.into() },
        Some(Expiry::Unknown) => ExpiryView::Unknown,
        Some(Expiry::Never) => ExpiryView::Never,
    }
}

impl From<&Status> for StatusView {
    fn from(status: &Status) -> Self {
        Self {
            lamp: match status.lamp {
                Lamp::Active => LampView::Active,
                Lamp::Expiring => LampView::Expiring,
                Lamp::ReauthRequired => LampView::ReauthRequired,
                Lamp::Unproved => LampView::Unproved,
                Lamp::Disconnected => LampView::Disconnected,
            },
            reason: StatusReasonView::from(&status.reason),
            since: status.since.into(),
            over_since: status.over_since.map(Millis::from),
            share_left: status.share_left,
            is_stale: status.is_stale,
            action: status.into(),
            needs_person: status.needs_person(),
        }
    }
}

impl From<&Status> for MendView {
    fn from(status: &Status) -> Self {
        match status.mending_page() {
            Some(_) => Self::Page(MendingPageLabel::OpenMendingPage),
            None => Self::Action(status.action().into()),
        }
    }
}

impl From<&StatusReason> for StatusReasonView {
    fn from(reason: &StatusReason) -> Self {
        match reason {
            StatusReason::KeptAlive => Self::KeptAlive,
            StatusReason::RefreshedOnNeed(since) => Self::RefreshedOnNeed { since: (*since).into() },
            StatusReason::NeverExpires => Self::NeverExpires,
            StatusReason::NoEndKnown => Self::NoEndKnown,
            StatusReason::HoldsUntil(at) => Self::HoldsUntil { at: (*at).into() },
            StatusReason::NoRefreshToken(at) => Self::NoRefreshToken { at: at.map(Millis::from) },
            StatusReason::RefreshSwitchedOff(at) => Self::RefreshSwitchedOff { at: (*at).into() },
            StatusReason::GrantEnds(at) => Self::GrantEnds { at: (*at).into() },
            StatusReason::ClientSecretEnds(at) => Self::ClientSecretEnds { at: (*at).into() },
            StatusReason::RefreshPaused { watching, since } => {
                Self::RefreshPaused { why: (*watching).into(), since: (*since).into() }
            }
            StatusReason::RefreshFailing { last, count, is_repeated, usable_until, retry_at } => Self::RefreshFailing {
                cause: last.into(),
                failure_count: *count,
                is_repeated: *is_repeated,
                usable_until: usable_until.map(Millis::from),
                retry_at: retry_at.map(Millis::from),
            },
            StatusReason::GrantEnded(diagnosis) => Self::GrantEnded { cause: diagnosis.into() },
            StatusReason::TokenOver => Self::TokenOver,
            StatusReason::OutcomeUnknown { usable_until } => {
                Self::OutcomeUnknown { usable_until: usable_until.map(Millis::from) }
            }
            StatusReason::HeldUnopened { usable_until } => {
                Self::HeldUnopened { usable_until: usable_until.map(Millis::from) }
            }
            StatusReason::BundleHeld { usable_until } => {
                Self::BundleHeld { usable_until: usable_until.map(Millis::from) }
            }
            StatusReason::SecretMissing => Self::SecretMissing,
            StatusReason::NeverProved => Self::NeverProved,
            StatusReason::LastCallFailed(diagnosis) => Self::LastCallFailed { cause: diagnosis.into() },
            StatusReason::DisconnectedByPerson => Self::DisconnectedByPerson,
        }
    }
}

impl From<Watching> for PausedWhyView {
    fn from(watching: Watching) -> Self {
        match watching {
            Watching::Switched { mode: RefreshMode::Metered, .. } => Self::Metered,
            Watching::Switched { mode: RefreshMode::Offline, .. } => Self::Offline,
            Watching::NetworkDown { .. } => Self::NetworkDown,
            Watching::Switched { mode: RefreshMode::On | RefreshMode::Paused, .. } | Watching::Running => Self::Paused,
        }
    }
}

impl From<&HeldBundle> for HeldBundleView {
    fn from(held: &HeldBundle) -> Self {
        Self {
            connection_id: held.connection.to_string(),
            connection_name: held.name.clone(),
            since: held.since.into(),
            is_sealed: held.is_sealed,
            held_by: held.elsewhere.as_ref().map(ToString::to_string),
        }
    }
}

impl From<RefreshMode> for RefreshModeView {
    fn from(mode: RefreshMode) -> Self {
        match mode {
            RefreshMode::On => Self::On,
            RefreshMode::Metered => Self::Metered,
            RefreshMode::Paused => Self::Paused,
            RefreshMode::Offline => Self::Offline,
        }
    }
}

impl From<RefreshModeView> for RefreshMode {
    fn from(view: RefreshModeView) -> Self {
        match view {
            RefreshModeView::On => Self::On,
            RefreshModeView::Metered => Self::Metered,
            RefreshModeView::Paused => Self::Paused,
            RefreshModeView::Offline => Self::Offline,
        }
    }
}

impl From<&Proof> for ProofView {
    fn from(proof: &Proof) -> Self {
        Self { at: proof.at.into(), by: proof.by.into(), is_success: proof.failure.is_none() }
    }
}

impl From<ProofKind> for ProofKindView {
    fn from(kind: ProofKind) -> Self {
        match kind {
            ProofKind::SignIn => Self::SignIn,
            ProofKind::Refresh => Self::Refresh,
            ProofKind::TestCall => Self::TestCall,
        }
    }
}

impl From<KeychainState> for KeychainView {
    fn from(state: KeychainState) -> Self {
        match state {
            KeychainState::Open => Self::Open,
            KeychainState::Locked => Self::Locked,
            KeychainState::Absent => Self::Absent,
            KeychainState::Different => Self::Different,
            KeychainState::NotAnswering => Self::NotAnswering,
        }
    }
}

impl From<Environment> for EnvironmentView {
    fn from(environment: Environment) -> Self {
        match environment {
            Environment::Production => Self::Production,
            Environment::Staging => Self::Staging,
            Environment::Sandbox => Self::Sandbox,
        }
    }
}

impl From<EnvironmentView> for Environment {
    fn from(view: EnvironmentView) -> Self {
        match view {
            EnvironmentView::Production => Self::Production,
            EnvironmentView::Staging => Self::Staging,
            EnvironmentView::Sandbox => Self::Sandbox,
        }
    }
}
