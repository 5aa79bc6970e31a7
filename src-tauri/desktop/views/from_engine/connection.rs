//! One connection in full, as the engine derived it [A6, C4].

use domain::connection::binding::GrantBinding;
use domain::connection::status::Status;
use domain::connection::{Connection, Dependant, GrantState, IssuedBy, LinkOutcome, Provenance, TokenLink};
use domain::diagnosis::{Clue, Diagnosis};
use domain::lifecycle::refresh_reason::RefreshReason;
use domain::lifecycle_event::EventKind;
use domain::provider::scope_map::{meaning, required_by, shortfall, standings};
use domain::provider::{Provider, ScopeWidening};
use domain::token::TokenDefect;
use domain::token::durability::{Confidence, Durability, ForecastReason, GrantEnd};
use engine::flows::overview::{ConnectionDetail, ConnectionOverview};
use engine::flows::refresh::RefreshOutcome;
use engine::flows::test_call::TestCall;
use engine::store::SaidOfConnection;

use super::board::{expiry, milliseconds};
use crate::views::{
    ActionView, AllowedView, AlternativeView, AuthorisedView, BindingView, CauseView, ConfidenceView,
    ConnectionRowView, ConnectionView, DependantView, DurabilityView, EventView, ForecastReasonView, FourAnswersView,
    GrantClockView, IssuedByView, MarkView, Millis, ProvenanceView, RefreshReasonView, RefreshView, ScopeView,
    ShortfallView, SignedInView, TestCallView, TokenDefectView, TokenVersionStateView, TokenVersionView, TokenView,
    UsableNowView, count,
};

impl ConnectionView {
    pub fn new(detail: &ConnectionDetail, binding: GrantBinding, said: SaidOfConnection, now: jiff::Timestamp) -> Self {
        let overview = &detail.overview;
        let connection = &overview.connection;
        let token = connection.token.as_ref();
        let (has_refresh_token, version) = token.map_or((false, 0), |token| (token.has_refresh_token, token.version.0));
        let is_erased = matches!(connection.grant, GrantState::Disconnected { .. } | GrantState::SecretMissing { .. });
        let last_refresh = detail.events.iter().map(|(_, it)| it).find(|it| it.kind == EventKind::RefreshSucceeded);
        Self {
            row: ConnectionRowView::from(overview),
            grant_clock: grant_clock(overview),
            client_id: detail.client.client_id.clone(),
            client_name: detail.client.name.clone(),
            issuer: connection.endpoints.issuer.clone(),
            token_endpoint: connection.endpoints.token_endpoint.to_string(),
            account_kind: connection.identity.account_kind.clone(),
            subject: connection.identity.subject.clone(),
            answers: answers(connection, &overview.status, overview.grant_end, now),
            token: TokenView {
                version,
                issued_at: token.map(|token| token.issued_at.into()),
                expiry: expiry(token.filter(|it| it.has_access_token && !is_erased).map(|token| token.expiry)),
                refresh_at: overview.token_refresh_at().map(Millis::from),
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
            actions: standings(&overview.provider.scopes, &connection.scopes).iter().map(ActionView::from).collect(),
            shortfall: shortfall(&overview.provider.scopes, &connection.scopes).as_ref().map(ShortfallView::from),
            keeps_granted: overview.provider.scopes.widening == ScopeWidening::KeepsGranted,
            dependants: detail.dependants.iter().map(DependantView::from).collect(),
            lineage: detail.lineage.iter().map(TokenVersionView::from).collect(),
            events: detail
                .events
                .iter()
                .map(|(id, event)| EventView::new(*id, event, Some(&connection.name)))
                .collect(),
            automatic_refresh: connection.automatic_refresh,
            // One in doubt is found out about by the next refresh, and one behind a block by the first after the
            // administrator lifted it; a person may make it.
            can_refresh: has_refresh_token
                && (matches!(connection.grant, GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. })
                    || connection.is_blocked()),
            checks: overview.provider.checks.iter().map(|check| check.name.clone()).collect(),
            binding: BindingView {
                resource: binding.resource,
                dpop_thumbprint: binding.dpop_thumbprint,
                mcp_server: binding.mcp_server,
            },
            note: said.note,
            owner: said.owner,
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
fn answers(connection: &Connection, status: &Status, end: GrantEnd, now: jiff::Timestamp) -> FourAnswersView {
    let proof = connection.proof.as_ref();
    let failure = proof.and_then(|proof| proof.failure.as_ref());
    let (is_alive, ended) = match &connection.grant {
        GrantState::Alive { .. } => (MarkView::Yes, None),
        GrantState::OutcomeUnknown { .. } => (MarkView::NotKnown, None),
        GrantState::Ended { diagnosis, .. } => (MarkView::No, Some(diagnosis)),
        GrantState::SecretMissing { .. } | GrantState::Disconnected { .. } => (MarkView::No, None),
    };
    let is_expired = connection.token.as_ref().is_some_and(|it| it.expiry.is_over(now) && !it.has_refresh_token);
    let is_over = connection.token.as_ref().is_none_or(|token| token.expiry.is_over(now) && !token.has_refresh_token);
    let usable = match (is_alive, proof) {
        (MarkView::No, _) => MarkView::No,
        (MarkView::Yes | MarkView::InPart | MarkView::NotKnown, _) if is_over || status.is_down() => MarkView::No,
        (MarkView::Yes | MarkView::InPart | MarkView::NotKnown, None) => MarkView::NotKnown,
        (MarkView::Yes | MarkView::InPart | MarkView::NotKnown, Some(_)) if failure.is_some() => MarkView::No,
        (MarkView::NotKnown, Some(_)) => MarkView::NotKnown,
        // The next call has it refreshed first: whether that works is not proved.
        (MarkView::Yes | MarkView::InPart, Some(_)) if status.over_since.is_some() => MarkView::NotKnown,
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
            // A grant of which nothing is left that works is none.
            mark: if is_expired { MarkView::No } else { is_alive },
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
            required_by: required_by(provider, &connection.scopes, scope).into_iter().map(str::to_owned).collect(),
            is_requested: requested.contains(scope),
            is_granted: granted.contains(scope),
            scope: scope.clone(),
        })
        .collect()
}

fn grant_clock(overview: &ConnectionOverview) -> GrantClockView {
    let forecast = &overview.forecast;
    let (ends_at, idle_ms) = match forecast.end {
        GrantEnd::At(at) => (Some(at.into()), None),
        GrantEnd::AfterIdle(idle) => (None, Some(milliseconds(idle))),
        GrantEnd::NotKnown => (None, None),
    };
    GrantClockView {
        granted_at: granted_at(&overview.connection.grant).map(Millis::from),
        ends_at,
        idle_ms,
        confidence: match forecast.confidence {
            Confidence::Stated => ConfidenceView::Stated,
            Confidence::Documented => ConfidenceView::Documented,
            Confidence::Observed => ConfidenceView::Observed,
            Confidence::NotKnown => ConfidenceView::NotKnown,
        },
        reason: match forecast.reason {
            ForecastReason::NoRefreshToken => ForecastReasonView::NoRefreshToken,
            ForecastReason::RefreshTokenEnds => ForecastReasonView::RefreshTokenEnds,
            ForecastReason::AbsoluteLife => ForecastReasonView::AbsoluteLife,
            ForecastReason::IdleLife => ForecastReasonView::IdleLife,
            ForecastReason::TestingMode => ForecastReasonView::TestingMode,
            ForecastReason::EarlierGrants => ForecastReasonView::EarlierGrants,
            ForecastReason::NothingKnown => ForecastReasonView::NothingKnown,
        },
        keep_alive_at: forecast.keep_alive_at.map(Millis::from),
        may_move: forecast.may_move,
    }
}

impl From<&TokenLink> for TokenVersionView {
    fn from(link: &TokenLink) -> Self {
        Self {
            version: link.version.0,
            access_fingerprint: link.access_fingerprint.as_ref().map(ToString::to_string).unwrap_or_default(),
            refresh_fingerprint: link.refresh_fingerprint.as_ref().map(ToString::to_string),
            issued_at: link.issued_at.into(),
            issued_by: match link.issued_by {
                IssuedBy::Connect => IssuedByView::Connect,
                IssuedBy::Refresh => IssuedByView::Refresh,
                IssuedBy::Reconnect => IssuedByView::Reconnect,
                IssuedBy::Import => IssuedByView::Import,
            },
            reason: link.reason.map(RefreshReasonView::from),
            ended_at: link.ended_at.map(Millis::from),
            state: match link.outcome {
                LinkOutcome::InUse => TokenVersionStateView::InUse,
                LinkOutcome::Replaced => TokenVersionStateView::Replaced,
                LinkOutcome::ProbablySpent => TokenVersionStateView::ProbablySpent,
                LinkOutcome::Refused => TokenVersionStateView::Refused,
                LinkOutcome::Missing => TokenVersionStateView::Missing,
                LinkOutcome::Disconnected => TokenVersionStateView::Disconnected,
                LinkOutcome::Expired => TokenVersionStateView::Expired,
            },
        }
    }
}

impl From<RefreshReason> for RefreshReasonView {
    fn from(reason: RefreshReason) -> Self {
        match reason {
            RefreshReason::Scheduled => Self::Scheduled,
            RefreshReason::KeepAlive => Self::KeepAlive,
            RefreshReason::Person => Self::Person,
            RefreshReason::Needed => Self::Needed,
            RefreshReason::Rejected => Self::Rejected,
            RefreshReason::Recovery => Self::Recovery,
        }
    }
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
        let is_classified = !diagnosis.clues.is_empty();
        let alternatives = diagnosis.alternatives.iter();
        let alternatives =
            alternatives.map(|it| AlternativeView { cause: it.cause.into(), confidence: it.confidence.share() });
        Self {
            cause: diagnosis.cause.into(),
            action: diagnosis.action.into(),
            provider_code: diagnosis.provider_code.clone(),
            http_status: diagnosis.http_status,
            is_guess: (diagnosis.is_guessed() && !diagnosis.is_of_told_replacement()).then_some(true),
            has_lost_answers: diagnosis.is_of_answers_lost().then_some(true),
            confidence: is_classified.then(|| diagnosis.confidence.share()),
            alternatives: is_classified.then(|| alternatives.collect()),
            clues: is_classified.then(|| diagnosis.clues.iter().map(Clue::sentence).collect()),
            meaning: diagnosis.meaning.as_deref().map(str::to_owned),
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
            refused: call.refused.as_ref().map(CauseView::from),
            at: call.at.into(),
            called: call.called.clone(),
        }
    }
}

impl From<RefreshOutcome> for RefreshView {
    fn from(outcome: RefreshOutcome) -> Self {
        match outcome {
            RefreshOutcome::Refreshed { version, latency, is_rotated, .. } => {
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
            TokenDefect::RefreshTokenUnusable => Self::RefreshTokenUnusable,
            TokenDefect::OtherRefreshToken => Self::OtherRefreshToken,
            TokenDefect::RefreshTokenUnclear => Self::RefreshTokenUnclear,
            TokenDefect::IdTokenUnusable => Self::IdTokenUnusable,
            TokenDefect::ErrorStatus => Self::ErrorStatus,
            TokenDefect::OddEnvelope => Self::OddEnvelope,
            TokenDefect::OddFieldNames => Self::OddFieldNames,
        }
    }
}
