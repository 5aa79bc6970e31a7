//! The home screen: its sentence as facts, its rows in the order they are shown [B1, E1].

use domain::board::Headline;
use domain::connection::status::{Lamp, Status, StatusReason};
use domain::connection::{Environment, GrantState, Proof, ProofKind};
use domain::token::Expiry;
use domain::token::durability::GrantEnd;
use engine::flows::overview::{Board, ConnectionOverview};
use engine::vault::KeychainState;
use serde::Serialize;
use ts_rs::TS;

use super::{CauseView, Millis, count};

/// Everything the board draws, in one answer.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct BoardView {
    pub headline: HeadlineView,
    /// Already sorted: what needs a person first, then by customer and name.
    pub rows: Vec<ConnectionRowView>,
    pub engine: EngineView,
    pub keychain: KeychainView,
}

/// The sentence that matters, as facts; `words/` says it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum HeadlineView {
    /// Nothing is connected yet.
    Empty,
    /// Nothing needs a person. `next_end` is the first grant that ends, where one is known.
    AllWell { connection_count: u32, unproved_count: u32, next_end: Option<NextEndView> },
    /// Some connections need a person; `first` is the one to mend first.
    NeedsYou { count: u32, first: MendFirstView, next_end: Option<NextEndView> },
}

/// The connection to mend first, and what hangs on it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct MendFirstView {
    pub id: String,
    pub name: String,
    pub cause: Option<CauseView>,
    pub dependant_count: u32,
    pub since: Millis,
}

/// The next usable connection that stops by itself.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct NextEndView {
    pub id: String,
    pub name: String,
    pub at: Millis,
}

/// What the foot of the navigation says of the engine.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct EngineView {
    pub watched_count: u32,
    pub next_refresh_at: Option<Millis>,
    /// Our clock minus the servers' clocks; positive is ahead. Null before any answer [B9].
    #[ts(type = "number | null")]
    pub clock_ahead_ms: Option<i64>,
}

/// Whether the OS keychain can be used right now.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum KeychainView {
    Open,
    Locked,
    /// No keychain answers on this machine.
    Absent,
    /// A keychain answers, but it is not the one that holds this board's secrets.
    Different,
    NotAnswering,
}

/// One connection on the board.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ConnectionRowView {
    pub id: String,
    pub name: String,
    pub provider_id: String,
    pub provider_name: String,
    /// Two letters for the provider's tag.
    pub provider_tag: String,
    pub account: Option<String>,
    pub workspace: Option<String>,
    pub customer: Option<String>,
    pub environment: EnvironmentView,
    pub is_practice: bool,
    /// The provider has a page where a person takes access back.
    pub has_access_page: bool,
    pub status: StatusView,
    pub proof: Option<ProofView>,
    pub grant_end: GrantEndView,
    pub token_expiry: ExpiryView,
    pub dependant_count: u32,
    pub missing_scope_count: u32,
    pub granted_scope_count: u32,
}

/// A label that never mixes with another [A9].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EnvironmentView {
    Production,
    Staging,
    Sandbox,
}

/// The status as the engine derived it [B1].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct StatusView {
    pub lamp: LampView,
    pub reason: StatusReasonView,
    pub since: Millis,
    /// For `expiring`: the share of the warning window that is left, 0 to 1.
    pub share_left: Option<f64>,
    /// The proof is older than twice its usual interval.
    pub is_stale: bool,
}

/// Which lamp shines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LampView {
    Active,
    Expiring,
    ReauthRequired,
    Unproved,
    Disconnected,
}

/// Why the lamp shines so.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StatusReasonView {
    /// Refreshed by itself; nothing for a person to do.
    KeptAlive,
    /// The provider gave a token that does not expire.
    NeverExpires,
    /// Usable, and nothing says until when.
    NoEndKnown,
    /// Usable until then, well beyond the warning window, though nothing renews it.
    HoldsUntil { at: Millis },
    /// No refresh token: it stops then unless a person reconnects [B10].
    NoRefreshToken { at: Option<Millis> },
    /// Automatic refresh is switched off; it stops then.
    RefreshSwitchedOff { at: Millis },
    /// The grant itself ends then.
    GrantEnds { at: Millis },
    /// Refreshes fail, for a reason that may pass.
    RefreshFailing { cause: CauseView, failure_count: u32, usable_until: Option<Millis> },
    /// The provider has ended the grant.
    GrantEnded { cause: CauseView },
    /// The access token is over and no refresh token was ever issued.
    TokenOver,
    /// A refresh was sent and no answer came; the token is probably spent.
    OutcomeUnknown,
    /// The keychain holds no secret for this connection.
    SecretMissing,
    /// Connected, never proved by a call.
    NeverProved,
    /// The last call was refused, though the grant seems to live.
    LastCallFailed { cause: CauseView },
    /// A person disconnected it.
    DisconnectedByPerson,
}

/// When and how the state was last proved.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ProofView {
    pub at: Millis,
    pub by: ProofKindView,
    pub is_success: bool,
}

/// By what a state was proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProofKindView {
    TestCall,
    Refresh,
    SignIn,
}

/// When the grant itself ends, as far as anyone can tell [B11].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum GrantEndView {
    NoEndKnown,
    EndsAt {
        at: Millis,
    },
    /// Ends when unused for this long, and is kept alive by refreshes.
    KeptAlive {
        idle_days: u32,
    },
    Ended {
        at: Millis,
        cause: CauseView,
    },
    Disconnected {
        at: Millis,
    },
}

/// When the access token expires: three different things [B7].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ExpiryView {
    Known {
        at: Millis,
    },
    Unknown,
    Never,
    /// There is no access token.
    NoToken,
}

impl BoardView {
    pub fn new(board: &Board, keychain: KeychainState) -> Self {
        Self {
            headline: headline(board),
            rows: board.connections.iter().map(ConnectionRowView::from).collect(),
            engine: EngineView {
                watched_count: count(board.watched_count),
                next_refresh_at: board.next_refresh_at.map(Millis::from),
                clock_ahead_ms: board.clock_ahead_ms,
            },
            keychain: keychain.into(),
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
                    cause: cause_of(&first.connection.grant),
                    dependant_count: count(first.dependant_count),
                    since: first.status.since.into(),
                },
                next_end: end(next_end),
            },
            None => HeadlineView::Empty,
        },
    }
}

fn cause_of(grant: &GrantState) -> Option<CauseView> {
    match grant {
        GrantState::Ended { diagnosis, .. } => Some(diagnosis.into()),
        GrantState::Alive { .. }
        | GrantState::OutcomeUnknown { .. }
        | GrantState::SecretMissing { .. }
        | GrantState::Disconnected { .. } => None,
    }
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
            grant_end: grant_end(&connection.grant, overview.grant_end),
            token_expiry: expiry(connection.token.as_ref().filter(|token| token.has_access_token).map(|it| it.expiry)),
            dependant_count: count(overview.dependant_count),
            missing_scope_count: count(connection.scopes.missing().count()),
            granted_scope_count: count(connection.scopes.granted.len()),
        }
    }
}

fn grant_end(grant: &GrantState, end: GrantEnd) -> GrantEndView {
    match grant {
        GrantState::Ended { at, diagnosis } => GrantEndView::Ended { at: (*at).into(), cause: diagnosis.into() },
        GrantState::Disconnected { at } => GrantEndView::Disconnected { at: (*at).into() },
        GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. } | GrantState::SecretMissing { .. } => match end {
            GrantEnd::At(at) => GrantEndView::EndsAt { at: at.into() },
            GrantEnd::AfterIdle(idle) => GrantEndView::KeptAlive { idle_days: count(idle.as_secs() as usize / 86_400) },
            GrantEnd::NotKnown => GrantEndView::NoEndKnown,
        },
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
            share_left: status.share_left,
            is_stale: status.is_stale,
        }
    }
}

impl From<&StatusReason> for StatusReasonView {
    fn from(reason: &StatusReason) -> Self {
        match reason {
            StatusReason::KeptAlive => Self::KeptAlive,
            StatusReason::NeverExpires => Self::NeverExpires,
            StatusReason::NoEndKnown => Self::NoEndKnown,
            StatusReason::HoldsUntil(at) => Self::HoldsUntil { at: (*at).into() },
            StatusReason::NoRefreshToken(at) => Self::NoRefreshToken { at: at.map(Millis::from) },
            StatusReason::RefreshSwitchedOff(at) => Self::RefreshSwitchedOff { at: (*at).into() },
            StatusReason::GrantEnds(at) => Self::GrantEnds { at: (*at).into() },
            StatusReason::RefreshFailing { last, count, usable_until } => Self::RefreshFailing {
                cause: last.into(),
                failure_count: *count,
                usable_until: usable_until.map(Millis::from),
            },
            StatusReason::GrantEnded(diagnosis) => Self::GrantEnded { cause: diagnosis.into() },
            StatusReason::TokenOver => Self::TokenOver,
            StatusReason::OutcomeUnknown => Self::OutcomeUnknown,
            StatusReason::SecretMissing => Self::SecretMissing,
            StatusReason::NeverProved => Self::NeverProved,
            StatusReason::LastCallFailed(diagnosis) => Self::LastCallFailed { cause: diagnosis.into() },
            StatusReason::DisconnectedByPerson => Self::DisconnectedByPerson,
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
