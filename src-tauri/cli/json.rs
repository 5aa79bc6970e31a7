//! The shapes programs see: one object a line, times in RFC 3339, `null` where nothing is known. No secret has
//! a place in any of them [A3, F2].

use domain::connection::reconnect::ReconnectComparison;
use domain::connection::status::StatusReason;
use domain::connection::{Client, Dependant, Identity, TokenLink};
use domain::diagnosis::Diagnosis;
use domain::lifecycle::refresh_reason::RefreshReason;
use domain::provider::RedirectRule;
use domain::token::Expiry;
use domain::token::durability::{Confidence, Durability, ForecastReason, GrantEnd, GrantForecast};
pub(crate) use engine::event_destinations::EventJson;
use engine::flows::overview::{ConnectionDetail, ConnectionOverview};
use jiff::Timestamp;
use serde::Serialize;

/// A connection, as `list` and the `connected` event carry it.
#[derive(Debug, Serialize)]
pub(crate) struct ConnectionJson {
    id: String,
    name: String,
    provider: String,
    client: String,
    account: Option<String>,
    workspace: Option<String>,
    environment: &'static str,
    status: &'static str,
    reason: &'static str,
    since: Timestamp,
    /// Since when the token in hand is of no use.
    over_since: Option<Timestamp>,
    /// No call works as things stand, and it is no person's turn: `status` is `expiring`, and this says that it is over.
    is_down: bool,
    proved_at: Option<Timestamp>,
    proved_by: Option<&'static str>,
    token_expires_at: Option<Timestamp>,
    grant_ends_at: Option<Timestamp>,
    scopes: ScopesJson,
    dependants: usize,
}

#[derive(Debug, Serialize)]
struct ScopesJson {
    requested: Vec<String>,
    granted: Vec<String>,
}

impl From<&ConnectionOverview> for ConnectionJson {
    fn from(overview: &ConnectionOverview) -> Self {
        let connection = &overview.connection;
        Self {
            id: connection.id.to_string(),
            name: connection.name.clone(),
            provider: connection.provider.to_string(),
            client: connection.client.to_string(),
            account: connection.identity.account().map(str::to_owned),
            workspace: connection.identity.workspace().map(str::to_owned),
            environment: connection.environment.as_str(),
            status: overview.status.lamp.as_str(),
            reason: overview.status.reason.as_str(),
            since: overview.status.since,
            over_since: overview.status.over_since,
            is_down: overview.status.is_down(),
            proved_at: connection.proof.as_ref().map(|proof| proof.at),
            proved_by: connection.proof.as_ref().map(|proof| proof.by.as_str()),
            token_expires_at: connection.token.as_ref().and_then(|token| moment(token.expiry)),
            grant_ends_at: match overview.grant_end {
                GrantEnd::At(at) => Some(at),
                GrantEnd::AfterIdle(_) | GrantEnd::NotKnown => None,
            },
            scopes: ScopesJson {
                requested: connection.scopes.requested.clone(),
                granted: connection.scopes.granted.clone(),
            },
            dependants: overview.dependant_count,
        }
    }
}

/// When a token expires, where that is known and it does.
pub(crate) fn moment(expiry: Expiry) -> Option<Timestamp> {
    match expiry {
        Expiry::At(at) => Some(at),
        Expiry::Unknown | Expiry::Never => None,
    }
}

/// A connection with more, as `show` prints it.
#[derive(Debug, Serialize)]
pub(crate) struct DetailJson {
    #[serde(flatten)]
    connection: ConnectionJson,
    provider_name: String,
    client_name: String,
    client_id: String,
    account_id: Option<String>,
    workspace_id: Option<String>,
    account_kind: Option<String>,
    customer: Option<String>,
    created_at: Timestamp,
    is_stale: bool,
    cause: Option<&'static str>,
    action: Option<&'static str>,
    durability: &'static str,
    automatic_refresh: bool,
    refresh_at: Option<Timestamp>,
    refresh_reason: Option<&'static str>,
    token_version: Option<u32>,
    token_fingerprint: Option<String>,
    token_issued_at: Option<Timestamp>,
    has_refresh_token: bool,
    defects: Vec<&'static str>,
    /// Of refresh tokens that came with the last answer and were left.
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<String>,
    token_endpoint: String,
    issuer: Option<String>,
    grant_clock: GrantClockJson,
    lineage: Vec<LinkJson>,
    dependant_list: Vec<DependantJson>,
}

impl DetailJson {
    pub(crate) fn of(detail: &ConnectionDetail, warning: Option<String>) -> Self {
        let overview = &detail.overview;
        let connection = &overview.connection;
        let token = connection.token.as_ref();
        let diagnosis = diagnosis_of(&overview.status.reason);
        Self {
            connection: overview.into(),
            provider_name: overview.provider.name.clone(),
            client_name: detail.client.name.clone(),
            client_id: detail.client.client_id.clone(),
            account_id: connection.identity.subject.clone(),
            workspace_id: connection.identity.workspace_id.clone(),
            account_kind: connection.identity.account_kind.clone(),
            customer: connection.customer.clone(),
            created_at: connection.created_at,
            is_stale: overview.status.is_stale,
            cause: diagnosis.map(|it| it.cause.as_str()),
            action: diagnosis.map(|it| it.action.as_str()),
            durability: match overview.durability {
                Durability::Durable => "durable",
                Durability::Fragile => "fragile",
                Durability::Everlasting => "everlasting",
                Durability::Unknown => "unknown",
            },
            automatic_refresh: connection.automatic_refresh,
            refresh_at: overview.refresh_at.filter(|_| connection.automatic_refresh),
            refresh_reason: overview.refresh_reason.filter(|_| connection.automatic_refresh).map(RefreshReason::as_str),
            token_version: token.map(|it| it.version.0),
            token_fingerprint: token.and_then(|it| Some(it.access_fingerprint.as_ref()?.to_string())),
            token_issued_at: token.map(|it| it.issued_at),
            has_refresh_token: token.is_some_and(|it| it.has_refresh_token),
            defects: token.map(|it| it.defects.iter().map(|defect| defect.as_str()).collect()).unwrap_or_default(),
            warning,
            token_endpoint: connection.endpoints.token_endpoint.to_string(),
            issuer: connection.endpoints.issuer.clone(),
            grant_clock: overview.forecast.into(),
            lineage: detail.lineage.iter().map(LinkJson::from).collect(),
            dependant_list: detail.dependants.iter().map(DependantJson::from).collect(),
        }
    }
}

fn diagnosis_of(reason: &StatusReason) -> Option<&Diagnosis> {
    match reason {
        StatusReason::RefreshFailing { last: diagnosis, .. }
        | StatusReason::GrantEnded(diagnosis)
        | StatusReason::LastCallFailed(diagnosis) => Some(diagnosis),
        StatusReason::KeptAlive
        | StatusReason::RefreshedOnNeed(_)
        | StatusReason::NeverExpires
        | StatusReason::NoEndKnown
        | StatusReason::HoldsUntil(_)
        | StatusReason::NoRefreshToken(_)
        | StatusReason::RefreshSwitchedOff(_)
        | StatusReason::GrantEnds(_)
        | StatusReason::ClientSecretEnds(_)
        | StatusReason::RefreshPaused { .. }
        | StatusReason::TokenOver
        | StatusReason::OutcomeUnknown { .. }
        | StatusReason::HeldUnopened { .. }
        | StatusReason::BundleHeld { .. }
        | StatusReason::SecretMissing
        | StatusReason::NeverProved
        | StatusReason::DisconnectedByPerson => None,
    }
}

/// When the grant dies, how sure that is, and why [B11].
#[derive(Debug, Serialize)]
struct GrantClockJson {
    ends_at: Option<Timestamp>,
    /// It dies when unused for so long.
    idle_seconds: Option<u64>,
    confidence: &'static str,
    reason: &'static str,
    keep_alive_at: Option<Timestamp>,
    may_move: bool,
}

impl From<GrantForecast> for GrantClockJson {
    fn from(forecast: GrantForecast) -> Self {
        let (ends_at, idle) = match forecast.end {
            GrantEnd::At(at) => (Some(at), None),
            GrantEnd::AfterIdle(idle) => (None, Some(idle)),
            GrantEnd::NotKnown => (None, None),
        };
        Self {
            ends_at,
            idle_seconds: idle.map(|idle| idle.as_secs()),
            confidence: match forecast.confidence {
                Confidence::Stated => "stated",
                Confidence::Documented => "documented",
                Confidence::Observed => "observed",
                Confidence::NotKnown => "not_known",
            },
            reason: match forecast.reason {
                ForecastReason::NoRefreshToken => "no_refresh_token",
                ForecastReason::RefreshTokenEnds => "refresh_token_ends",
                ForecastReason::AbsoluteLife => "absolute_life",
                ForecastReason::IdleLife => "idle_life",
                ForecastReason::TestingMode => "testing_mode",
                ForecastReason::EarlierGrants => "earlier_grants",
                ForecastReason::NothingKnown => "nothing_known",
            },
            keep_alive_at: forecast.keep_alive_at,
            may_move: forecast.may_move,
        }
    }
}

/// One link of the chain of tokens: fingerprints only.
#[derive(Debug, Serialize)]
struct LinkJson {
    version: u32,
    access_fingerprint: Option<String>,
    refresh_fingerprint: Option<String>,
    issued_at: Timestamp,
    issued_by: &'static str,
    reason: Option<&'static str>,
    outcome: &'static str,
    ended_at: Option<Timestamp>,
}

impl From<&TokenLink> for LinkJson {
    fn from(link: &TokenLink) -> Self {
        Self {
            version: link.version.0,
            access_fingerprint: link.access_fingerprint.as_ref().map(ToString::to_string),
            refresh_fingerprint: link.refresh_fingerprint.as_ref().map(ToString::to_string),
            issued_at: link.issued_at,
            issued_by: link.issued_by.as_str(),
            reason: link.reason.map(RefreshReason::as_str),
            outcome: link.outcome.as_str(),
            ended_at: link.ended_at,
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct DependantJson {
    id: String,
    connection: String,
    workflow: String,
    place: String,
    step: Option<String>,
    owner: Option<String>,
    known_by: &'static str,
    seen_at: Timestamp,
}

impl From<&Dependant> for DependantJson {
    fn from(dependant: &Dependant) -> Self {
        Self {
            id: dependant.id.to_string(),
            connection: dependant.connection.to_string(),
            workflow: dependant.workflow.clone(),
            place: dependant.place.clone(),
            step: dependant.step.clone(),
            owner: dependant.owner.clone(),
            known_by: dependant.provenance.as_str(),
            seen_at: dependant.seen_at,
        }
    }
}

/// A client; its secret is in the keychain and nowhere else.
#[derive(Debug, Serialize)]
pub(crate) struct ClientJson {
    id: String,
    provider: String,
    name: String,
    client_id: String,
    has_secret: bool,
    /// As the server said that registered the client.
    secret_expires_at: Option<Timestamp>,
    environment: &'static str,
    redirect_port: Option<u16>,
    /// Its own redirect URI; without a port any port serves.
    redirect_uri: Option<String>,
    created_at: Timestamp,
    connections: usize,
}

impl ClientJson {
    pub(crate) fn of(client: &Client, connections: usize, secret_expires_at: Option<Timestamp>) -> Self {
        Self {
            id: client.id.to_string(),
            provider: client.provider.to_string(),
            name: client.name.clone(),
            client_id: client.client_id.clone(),
            has_secret: client.has_secret,
            secret_expires_at,
            environment: client.environment.as_str(),
            redirect_port: client.redirect_port,
            redirect_uri: client.redirect.as_ref().map(RedirectRule::registered),
            created_at: client.created_at,
            connections,
        }
    }
}

/// Whose grant it was, and whose the new one is [A7].
#[derive(Debug, Serialize)]
pub(crate) struct ComparisonJson {
    old: IdentityJson,
    new: IdentityJson,
    scopes_lost: Vec<String>,
    scopes_gained: Vec<String>,
}

#[derive(Debug, Serialize)]
struct IdentityJson {
    account: Option<String>,
    account_id: Option<String>,
    workspace: Option<String>,
    workspace_id: Option<String>,
    account_kind: Option<String>,
    domain: Option<String>,
}

impl From<&Identity> for IdentityJson {
    fn from(identity: &Identity) -> Self {
        Self {
            account: identity.account().map(str::to_owned),
            account_id: identity.subject.clone(),
            workspace: identity.workspace().map(str::to_owned),
            workspace_id: identity.workspace_id.clone(),
            account_kind: identity.account_kind.clone(),
            domain: identity.domain().map(str::to_owned),
        }
    }
}

impl From<&ReconnectComparison> for ComparisonJson {
    fn from(comparison: &ReconnectComparison) -> Self {
        Self {
            old: (&comparison.old).into(),
            new: (&comparison.new).into(),
            scopes_lost: comparison.scopes_lost.clone(),
            scopes_gained: comparison.scopes_gained.clone(),
        }
    }
}
