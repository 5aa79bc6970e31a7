//! One connection in full: the four answers, clocks, scopes, dependants, lineage [A6, B1, B7, C4, D1].

use domain::connection::{Connection, Dependant, GrantState, IssuedBy, Provenance, TokenLink};
use domain::diagnosis::Diagnosis;
use domain::lifecycle_event::EventKind;
use domain::provider::Provider;
use domain::provider::scope_map::meaning;
use domain::token::TokenDefect;
use domain::token::durability::{Durability, GrantEnd};
use engine::flows::overview::ConnectionDetail;
use engine::flows::refresh::RefreshOutcome;
use engine::flows::test_call::TestCall;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::board::expiry;
use super::{ConnectionRowView, EventView, Millis, ProofKindView, count};

/// Everything the connection page draws.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ConnectionView {
    pub row: ConnectionRowView,
    pub client_id: String,
    pub client_name: String,
    pub issuer: Option<String>,
    pub token_endpoint: String,
    pub account_kind: Option<String>,
    pub subject: Option<String>,
    pub answers: FourAnswersView,
    pub token: TokenView,
    pub durability: DurabilityView,
    pub scopes: Vec<ScopeView>,
    pub has_no_scopes: bool,
    pub dependants: Vec<DependantView>,
    pub lineage: Vec<TokenVersionView>,
    pub events: Vec<EventView>,
    pub automatic_refresh: bool,
    pub can_refresh: bool,
    pub created_at: Millis,
    pub connected_at: Option<Millis>,
}

/// Four different questions, always shown as four [A6].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct FourAnswersView {
    pub signed_in: SignedInView,
    pub authorised: AuthorisedView,
    pub usable_now: UsableNowView,
    pub allowed: AllowedView,
}

/// Yes, no, in part, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MarkView {
    Yes,
    No,
    InPart,
    NotKnown,
}

/// Is it the right account?
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct SignedInView {
    pub mark: MarkView,
    pub account: Option<String>,
    pub checked_at: Option<Millis>,
}

/// Does the grant live?
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct AuthorisedView {
    pub mark: MarkView,
    pub granted_at: Option<Millis>,
    pub ends_at: Option<Millis>,
    pub cause: Option<CauseView>,
}

/// Would a call work this minute?
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct UsableNowView {
    pub mark: MarkView,
    pub proved_at: Option<Millis>,
    pub proved_by: Option<ProofKindView>,
    pub latency_ms: Option<u32>,
    pub cause: Option<CauseView>,
}

/// Were all scopes that were asked for granted?
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct AllowedView {
    pub mark: MarkView,
    pub granted_count: u32,
    pub requested_count: u32,
    pub missing: Vec<String>,
}

/// The access token's clock.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct TokenView {
    pub version: u32,
    pub issued_at: Option<Millis>,
    pub expiry: super::ExpiryView,
    pub refresh_at: Option<Millis>,
    pub last_refresh_at: Option<Millis>,
    pub last_refresh_ms: Option<u32>,
    /// What was odd about the last token answer [B7].
    pub defects: Vec<TokenDefectView>,
}

/// An odd thing in a token answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TokenDefectView {
    ExpiresInIsText,
    ExpiresInIsMilliseconds,
    ExpiresInIsZero,
    ExpiresInIsNegative,
    ExpiresInIsAbsurd,
    ExpiresInIsNotANumber,
    TokenTypeMissing,
    TokenTypeOdd,
    ScopeIsAList,
    DuplicateField,
    WrongContentType,
}

/// Fragile or durable [B10].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DurabilityView {
    /// A refresh token renews it.
    Durable,
    /// No refresh token, and the access token expires.
    Fragile,
    /// The access token does not expire, so nothing needs to renew it.
    Everlasting,
    Unknown,
}

/// One scope: asked for, granted, or both [C4].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ScopeView {
    pub scope: String,
    /// What it allows, where the catalogue knows.
    pub allows: Option<String>,
    pub is_requested: bool,
    pub is_granted: bool,
}

/// A workflow that leans on this connection [D1].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct DependantView {
    pub id: String,
    pub workflow: String,
    pub place: String,
    pub step: Option<String>,
    pub owner: Option<String>,
    pub provenance: ProvenanceView,
    pub seen_at: Millis,
}

/// How a dependant came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProvenanceView {
    ByHand,
    TokenDoor,
}

/// A dependant as a person enters it.
#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
pub struct NewDependant {
    pub workflow: String,
    pub place: Option<String>,
    pub step: Option<String>,
    pub owner: Option<String>,
}

/// One link of the chain of tokens, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct TokenVersionView {
    pub version: u32,
    pub access_fingerprint: String,
    pub refresh_fingerprint: Option<String>,
    pub issued_at: Millis,
    pub issued_by: IssuedByView,
    pub state: TokenVersionStateView,
}

/// What brought a token version about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum IssuedByView {
    Connect,
    Refresh,
    Reconnect,
}

/// What became of a token version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TokenVersionStateView {
    InUse,
    Replaced,
    Ended,
}

/// A cause with its one next best action [C1]: the labels of the diagnosis.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct CauseView {
    /// One of the labels in `ui/src/words/causes.ts`.
    pub cause: CauseLabel,
    pub action: ActionLabel,
    /// The provider's own error code, cut and cleaned, where it sent one.
    pub provider_code: Option<String>,
    pub http_status: Option<u16>,
}

macro_rules! labels {
    ($(#[$doc:meta])* $name:ident { $($variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($variant),+ }

        impl From<domain::diagnosis::$name> for $name {
            fn from(value: domain::diagnosis::$name) -> Self {
                match value { $(domain::diagnosis::$name::$variant => Self::$variant),+ }
            }
        }
    };
}

labels! {
    /// Every cause the diagnosis tells apart [C2].
    CauseLabel {
        AccessTokenExpired, AccessTokenInvalid, RefreshTokenMissing, RefreshTokenExpired, RefreshTokenReused,
        RefreshTokenLimitExceeded, GrantRevoked, GrantInvalid, AuthorizationCodeInvalid, InsufficientScope,
        InvalidScopeRequest, ConsentRequired, WrongTenantOrAccount, ResourceNotShared, AdminPolicyRestriction,
        InteractionRequired, SsoRequired, IpRestricted, AccountDisabled, UserDeniedConsent, AppNotApproved,
        ClientCredentialsMismatch, RedirectUriMismatch, PkceFailure, StateMismatch, UnsupportedGrant,
        MalformedTokenRequest, MalformedApiRequest, TokenAudienceMismatch, ApiNotEnabled, ClockSkew, RateLimited,
        ProviderOutage, NetworkFailure, ExpiresInInvalid, NoFailure,
    }
}

labels! {
    /// What a person or program does next.
    ActionLabel {
        WaitAndRetry, Refresh, Reconnect, ReconnectWithMoreScopes, ReconnectOtherAccount, ShareResource, AskAdmin,
        FixClientConfig, FixRequest, FixClock, ContactProvider, None,
    }
}

/// The answer to a test call [E2].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct TestCallView {
    pub is_success: bool,
    pub http_status: Option<u16>,
    pub latency_ms: u32,
    pub account: Option<String>,
    pub workspace: Option<String>,
    pub scopes: Vec<String>,
    pub request_id: Option<String>,
    /// An expired token was refreshed on the way, and the call made once more [B4].
    pub was_refreshed: bool,
    /// The account that answered is not the one this connection was made for.
    pub is_other_account: bool,
    pub cause: Option<CauseView>,
    pub at: Millis,
    /// What was called, without query: `GET https://…/userinfo`.
    pub called: String,
}

/// What a refresh led to [B5].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RefreshView {
    Refreshed {
        version: u32,
        latency_ms: u32,
        is_rotated: bool,
    },
    /// Another task or process had just done it.
    AlreadyFresh {
        version: u32,
    },
    Failed {
        cause: CauseView,
        retry_at: Option<Millis>,
    },
    /// There is nothing to refresh with.
    NoRefreshToken,
}

impl ConnectionView {
    pub fn new(detail: &ConnectionDetail, now: jiff::Timestamp) -> Self {
        let overview = &detail.overview;
        let connection = &overview.connection;
        let token = connection.token.as_ref();
        let (has_refresh_token, version) = token.map_or((false, 0), |token| (token.has_refresh_token, token.version.0));
        let is_erased = matches!(connection.grant, GrantState::Disconnected { .. } | GrantState::SecretMissing { .. });
        let last_refresh = detail.events.iter().map(|(_, it)| it).find(|it| it.kind == EventKind::RefreshSucceeded);
        Self {
            row: ConnectionRowView::from(overview),
            client_id: detail.client.client_id.clone(),
            client_name: detail.client.name.clone(),
            issuer: connection.endpoints.issuer.clone(),
            token_endpoint: connection.endpoints.token_endpoint.to_string(),
            account_kind: connection.identity.account_kind.clone(),
            subject: connection.identity.subject.clone(),
            answers: answers(connection, overview.grant_end, now),
            token: TokenView {
                version,
                issued_at: token.map(|token| token.issued_at.into()),
                expiry: expiry(token.filter(|it| it.has_access_token && !is_erased).map(|token| token.expiry)),
                refresh_at: overview.refresh_at.filter(|_| connection.automatic_refresh).map(Millis::from),
                last_refresh_at: last_refresh.map(|event| event.at.into()),
                last_refresh_ms: last_refresh.and_then(|event| event.latency).map(|it| count(it.as_millis() as usize)),
                defects: token.map(|token| token.defects.iter().map(|it| (*it).into()).collect()).unwrap_or_default(),
            },
            durability: match overview.durability {
                Durability::Durable => DurabilityView::Durable,
                Durability::Fragile => DurabilityView::Fragile,
                Durability::Everlasting => DurabilityView::Everlasting,
                Durability::Unknown => DurabilityView::Unknown,
            },
            scopes: scopes(connection, &overview.provider),
            has_no_scopes: overview.provider.scopes.parameter.is_none(),
            dependants: detail.dependants.iter().map(DependantView::from).collect(),
            lineage: lineage(&detail.lineage, &connection.grant, version),
            events: detail
                .events
                .iter()
                .map(|(id, event)| EventView::new(*id, event, Some(&connection.name)))
                .collect(),
            automatic_refresh: connection.automatic_refresh,
            can_refresh: has_refresh_token && matches!(connection.grant, GrantState::Alive { .. }),
            created_at: connection.created_at.into(),
            connected_at: granted_at(&connection.grant).map(Millis::from),
        }
    }
}

fn granted_at(grant: &GrantState) -> Option<jiff::Timestamp> {
    match grant {
        GrantState::Alive { granted_at } | GrantState::OutcomeUnknown { granted_at, .. } => Some(*granted_at),
        GrantState::Ended { .. } | GrantState::SecretMissing { .. } | GrantState::Disconnected { .. } => None,
    }
}

/// Each of the four from its own facts; none is derived from another [A6].
fn answers(connection: &Connection, end: GrantEnd, now: jiff::Timestamp) -> FourAnswersView {
    let proof = connection.proof.as_ref();
    let failure = proof.and_then(|proof| proof.failure.as_ref());
    let (is_alive, ended) = match &connection.grant {
        GrantState::Alive { .. } => (MarkView::Yes, None),
        GrantState::OutcomeUnknown { .. } => (MarkView::NotKnown, None),
        GrantState::Ended { diagnosis, .. } => (MarkView::No, Some(diagnosis)),
        GrantState::SecretMissing { .. } | GrantState::Disconnected { .. } => (MarkView::No, None),
    };
    let is_over = connection.token.as_ref().is_none_or(|token| token.expiry.is_over(now) && !token.has_refresh_token);
    let usable = match (is_alive, proof) {
        (MarkView::No, _) => MarkView::No,
        (MarkView::Yes | MarkView::InPart | MarkView::NotKnown, _) if is_over => MarkView::No,
        (MarkView::Yes | MarkView::InPart | MarkView::NotKnown, None) => MarkView::NotKnown,
        (MarkView::Yes | MarkView::InPart | MarkView::NotKnown, Some(_)) if failure.is_some() => MarkView::No,
        (MarkView::NotKnown, Some(_)) => MarkView::NotKnown,
        (MarkView::Yes | MarkView::InPart, Some(_)) => MarkView::Yes,
    };
    let is_other = failure.is_some_and(|it| it.cause == domain::diagnosis::CauseLabel::WrongTenantOrAccount);
    let (requested, missing) =
        (connection.scopes.requested.len(), connection.scopes.missing().cloned().collect::<Vec<_>>());
    let granted = requested - missing.len();

    FourAnswersView {
        signed_in: SignedInView {
            mark: match (&connection.identity.subject, is_other) {
                (Some(_), false) => MarkView::Yes,
                (Some(_), true) => MarkView::No,
                (None, _) => MarkView::NotKnown,
            },
            account: connection.identity.account().map(str::to_owned),
            checked_at: proof.filter(|proof| proof.failure.is_none()).map(|proof| proof.at.into()),
        },
        authorised: AuthorisedView {
            mark: is_alive,
            granted_at: granted_at(&connection.grant).map(Millis::from),
            ends_at: match end {
                GrantEnd::At(at) => Some(at.into()),
                GrantEnd::AfterIdle(_) | GrantEnd::NotKnown => None,
            },
            cause: ended.map(CauseView::from),
        },
        usable_now: UsableNowView {
            mark: usable,
            proved_at: proof.map(|proof| proof.at.into()),
            proved_by: proof.map(|proof| proof.by.into()),
            latency_ms: proof.and_then(|proof| proof.latency_ms),
            cause: ended.or(failure).map(CauseView::from),
        },
        allowed: AllowedView {
            mark: match (requested, missing.len()) {
                (0, _) => MarkView::NotKnown,
                (_, 0) => MarkView::Yes,
                (requested, missing) if missing == requested => MarkView::No,
                (_, _) => MarkView::InPart,
            },
            granted_count: count(granted),
            requested_count: count(requested),
            missing,
        },
    }
}

/// Requested ones first, in the order they were asked for; then what came unasked.
fn scopes(connection: &Connection, provider: &Provider) -> Vec<ScopeView> {
    let allows = |scope: &String| meaning(&provider.scopes, scope).map(str::to_owned);
    let (requested, granted) = (&connection.scopes.requested, &connection.scopes.granted);
    let unasked = granted.iter().filter(|scope| !requested.contains(scope));
    requested
        .iter()
        .chain(unasked)
        .map(|scope| ScopeView {
            allows: allows(scope),
            is_requested: requested.contains(scope),
            is_granted: granted.contains(scope),
            scope: scope.clone(),
        })
        .collect()
}

fn lineage(links: &[TokenLink], grant: &GrantState, version: u32) -> Vec<TokenVersionView> {
    let is_alive = matches!(grant, GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. });
    links
        .iter()
        .map(|link| TokenVersionView {
            version: link.version.0,
            access_fingerprint: link.access_fingerprint.as_ref().map(ToString::to_string).unwrap_or_default(),
            refresh_fingerprint: link.refresh_fingerprint.as_ref().map(ToString::to_string),
            issued_at: link.issued_at.into(),
            issued_by: match link.issued_by {
                IssuedBy::Connect => IssuedByView::Connect,
                IssuedBy::Refresh => IssuedByView::Refresh,
                IssuedBy::Reconnect => IssuedByView::Reconnect,
            },
            state: match (link.version.0 == version, is_alive) {
                (true, true) => TokenVersionStateView::InUse,
                (true, false) => TokenVersionStateView::Ended,
                (false, _) => TokenVersionStateView::Replaced,
            },
        })
        .collect()
}

impl From<&Dependant> for DependantView {
    fn from(dependant: &Dependant) -> Self {
        Self {
            id: dependant.id.to_string(),
            workflow: dependant.workflow.clone(),
            place: dependant.place.clone(),
            step: dependant.step.clone(),
            owner: dependant.owner.clone(),
            provenance: match dependant.provenance {
                Provenance::ByHand => ProvenanceView::ByHand,
                Provenance::TokenDoor => ProvenanceView::TokenDoor,
            },
            seen_at: dependant.seen_at.into(),
        }
    }
}

impl From<&Diagnosis> for CauseView {
    fn from(diagnosis: &Diagnosis) -> Self {
        Self {
            cause: diagnosis.cause.into(),
            action: diagnosis.action.into(),
            provider_code: diagnosis.provider_code.clone(),
            http_status: diagnosis.http_status,
        }
    }
}

impl From<&TestCall> for TestCallView {
    fn from(call: &TestCall) -> Self {
        Self {
            is_success: call.failure.is_none(),
            http_status: call.http_status,
            latency_ms: count(call.latency.as_millis() as usize),
            account: call.identity.account().map(str::to_owned),
            workspace: call.identity.workspace().map(str::to_owned),
            scopes: call.scopes.clone(),
            request_id: call.request_id.clone(),
            was_refreshed: call.was_refreshed,
            is_other_account: call.is_other_account,
            cause: call.failure.as_ref().map(CauseView::from),
            at: call.at.into(),
            called: call.called.clone(),
        }
    }
}

impl From<RefreshOutcome> for RefreshView {
    fn from(outcome: RefreshOutcome) -> Self {
        match outcome {
            RefreshOutcome::Refreshed { version, latency, is_rotated } => {
                Self::Refreshed { version: version.0, latency_ms: count(latency.as_millis() as usize), is_rotated }
            }
            RefreshOutcome::AlreadyFresh { version } => Self::AlreadyFresh { version: version.0 },
            RefreshOutcome::Failed { diagnosis, retry_at } => {
                Self::Failed { cause: (&diagnosis).into(), retry_at: Some(retry_at.into()) }
            }
            RefreshOutcome::GrantEnded { diagnosis } => Self::Failed { cause: (&diagnosis).into(), retry_at: None },
            RefreshOutcome::NoRefreshToken => Self::NoRefreshToken,
        }
    }
}

impl From<TokenDefect> for TokenDefectView {
    fn from(defect: TokenDefect) -> Self {
        match defect {
            TokenDefect::ExpiresInIsText => Self::ExpiresInIsText,
            TokenDefect::ExpiresInIsMilliseconds => Self::ExpiresInIsMilliseconds,
            TokenDefect::ExpiresInIsZero => Self::ExpiresInIsZero,
            TokenDefect::ExpiresInIsNegative => Self::ExpiresInIsNegative,
            TokenDefect::ExpiresInIsAbsurd => Self::ExpiresInIsAbsurd,
            TokenDefect::ExpiresInIsNotANumber => Self::ExpiresInIsNotANumber,
            TokenDefect::TokenTypeMissing => Self::TokenTypeMissing,
            TokenDefect::TokenTypeOdd => Self::TokenTypeOdd,
            TokenDefect::ScopeIsAList => Self::ScopeIsAList,
            TokenDefect::DuplicateField => Self::DuplicateField,
            TokenDefect::WrongContentType => Self::WrongContentType,
        }
    }
}
