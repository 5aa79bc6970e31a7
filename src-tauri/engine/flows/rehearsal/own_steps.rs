//! The steps of our own connections, each really done [E4].

use domain::ConnectionId;
use domain::connection::Connection;
use domain::diagnosis::CauseLabel;
use domain::lifecycle_event::EventKind;
use domain::provider::scope_map::shortfall;
use domain::rehearsal::{Member, Step};
use jiff::Timestamp;
use std::time::Duration;

use super::super::refresh::{RefreshOutcome, RefreshWhy};
use super::super::test_call::TestCall;
use super::attempt::{Attempt, Broken, Came};
use crate::provider_api::{IdentityRequest, make_own_call};
use crate::{Engine, Error};

/// More events than a rehearsal of one connection writes.
const EVENTS_LOOKED_AT: usize = 200;

impl Engine {
    pub(super) async fn try_own(&self, id: &ConnectionId, step: &Step, attempt: &Attempt<'_>) -> Result<Came, Broken> {
        match step {
            Step::SignInAgain => self.sign_in_again(id, attempt).await,
            Step::Account => attempt.within(self.who_is_it(id, attempt.member)).await,
            Step::Scopes => Ok(self.what_is_granted(&self.connection(id)?)?),
            Step::Object => self.try_objects(&self.connection(id)?, attempt).await,
            // Begun, a refresh goes on by itself: what it brings is stored, whoever waits for it.
            Step::ForcedRefresh => attempt.within(self.refresh_now(id)).await,
            Step::TwoAtOnce => attempt.within(self.two_at_once(id)).await,
            Step::CleanLog => Ok(self.is_log_clean(id, attempt.started_at)?),
            Step::Own(name) => attempt.within(self.call_own(id, name, attempt.member)).await,
        }
    }

    async fn who_is_it(&self, id: &ConnectionId, member: &Member) -> Result<Came, Error> {
        let known = self.connection(id)?.identity;
        let call = self.run_test_call(id).await?;
        let came = answered_by(&known, &call, member);
        Ok(came.answered(call.http_status, call.request_id))
    }

    fn what_is_granted(&self, connection: &Connection) -> Result<Came, Error> {
        let provider = self.provider_of(connection)?;
        Ok(match shortfall(&provider.scopes, &connection.scopes) {
            None => {
                let count = connection.scopes.requested.len().max(connection.scopes.granted.len());
                Came::passed(format!("{count} of {count}"))
            }
            Some(lack) => Came::failed(
                format!("{} of {}: it cannot {}", lack.granted_count, lack.requested_count, lack.cannot.join(", ")),
                Some(CauseLabel::InsufficientScope),
            ),
        })
    }

    async fn refresh_now(&self, id: &ConnectionId) -> Result<Came, Error> {
        Ok(match self.refresh(id, RefreshWhy::Person).await? {
            RefreshOutcome::Refreshed { is_rotated: true, .. } => Came::passed("refreshed, rotated, stored before use"),
            RefreshOutcome::Refreshed { .. } | RefreshOutcome::AlreadyFresh { .. } => {
                Came::passed("refreshed, stored before use")
            }
            RefreshOutcome::Failed { diagnosis, .. } | RefreshOutcome::GrantEnded { diagnosis } => {
                Came::failed(diagnosis.cause.words(), Some(diagnosis.cause)).answered(diagnosis.http_status, None)
            }
            RefreshOutcome::NoRefreshToken => Came::failed("no refresh token", Some(CauseLabel::RefreshTokenMissing)),
        })
    }

    /// Both say that the token in hand was refused: one request may leave, and both get what it brought.
    async fn two_at_once(&self, id: &ConnectionId) -> Result<Came, Error> {
        let race = || async {
            let why = RefreshWhy::Rejected { version: self.connection(id)?.token_version() };
            let (one, other) = tokio::join!(self.refresh(id, why), self.refresh(id, why));
            Ok::<_, Error>((one?, other?))
        };
        let served = |it: &RefreshOutcome| matches!(it, RefreshOutcome::AlreadyFresh { .. });
        let (mut one, mut other) = race().await?;
        if served(&one) && served(&other) {
            // A refresh of its own time was faster than both.
            (one, other) = race().await?;
        }
        Ok(match (brought(&one), brought(&other)) {
            (Ok((first, is_first)), Ok((second, is_second))) if first == second && is_first != is_second => {
                Came::passed(format!("two callers at once, one refresh, both got v{}", first.0))
            }
            (Ok(_), Ok(_)) => Came::failed("two callers at once, and not one refresh", None),
            (Err(cause), _) | (_, Err(cause)) => Came::failed("two callers at once, and one got no token", Some(cause)),
        })
    }

    fn is_log_clean(&self, id: &ConnectionId, since: Timestamp) -> Result<Came, Error> {
        let events = self.list_events(Some(id), EVENTS_LOOKED_AT)?;
        let of_late = events.iter().map(|(_, event)| event).filter(|event| event.at >= since);
        let bad = of_late.clone().find(|event| {
            #[expect(clippy::wildcard_enum_match_arm, reason = "the others tell of nothing that failed")]
            match event.kind {
                EventKind::RefreshFailed
                | EventKind::RefreshCutOff
                | EventKind::TestCallFailed
                | EventKind::SignInFailed
                | EventKind::ReconnectRefused
                | EventKind::RevokedDetected
                | EventKind::ReauthRequiredSet
                | EventKind::RevocationFailed
                | EventKind::BundleHeld => true,
                _ => event.attempt.is_some_and(|attempt| attempt > 1),
            }
        });
        Ok(match bad {
            None => Came::passed(format!("no error in {} events", of_late.count())),
            Some(event) => Came::failed(
                format!("{} at {}", event.kind.as_str(), event.at.strftime("%H:%M:%S UTC")),
                event.diagnosis.as_ref().map(|it| it.cause),
            ),
        })
    }

    async fn call_own(&self, id: &ConnectionId, name: &str, member: &Member) -> Result<Came, Error> {
        let Some(call) = member.own_call(name) else {
            return Err(Error::BadInput("the checklist has no call of that name any more"));
        };
        let (connection, token) = self.usable_token(self.connection(id)?, Duration::ZERO).await?;
        let provider = self.provider_of(&connection)?;
        let binding = self.parts.store.grant_binding(id)?;
        let dpop = self.dpop_key_of(&connection, &binding).await?;
        let earlier = self.earlier_tokens(&connection.id)?;
        let asked = IdentityRequest {
            provider: &provider,
            token_endpoint: &connection.endpoints.token_endpoint,
            kept_fields: &connection.endpoints.kept_fields,
            access_token: &token,
            dpop: dpop.as_deref(),
            earlier: &earlier,
            context: self.evidence_context(&connection, &provider),
        };
        let answer = make_own_call(&self.parts.http, call, &asked, || self.parts.clock.now()).await;
        let came = match answer.outcome {
            Ok(()) => Came::passed(answer.http_status.map_or_else(String::new, |it| format!("{it}, as expected"))),
            Err((seen, cause)) => Came::failed(seen, cause),
        };
        Ok(came.answered(answer.http_status, answer.request_id))
    }
}

/// Whether the right one answered.
fn answered_by(known: &domain::connection::Identity, call: &TestCall, member: &Member) -> Came {
    if let Some(failure) = &call.failure {
        let words = call.words.clone().unwrap_or_else(|| failure.cause.words().to_owned());
        return Came::failed(words, Some(failure.cause));
    }
    let other = |seen: String| Came::failed(seen, Some(CauseLabel::WrongTenantOrAccount));
    let account = call.identity.account().or(known.account()).unwrap_or_default();
    if call.is_other_account {
        return other(format!("signed in as {account}, and not as before"));
    }
    if let Some(expected) = member.account.as_ref().filter(|it| !it.is(account)) {
        return other(format!("signed in as {account}, and not as {expected}"));
    }
    let identity = &call.identity;
    let (id, name) = (identity.workspace_id.as_deref(), identity.workspace_name.as_deref());
    let is_it = |wanted: &String| [id, name].into_iter().flatten().any(|it| it.eq_ignore_ascii_case(wanted.trim()));
    if let Some(wanted) = member.workspace.as_ref().filter(|it| !is_it(it)) {
        return other(format!("in {}, and not in {wanted}", name.or(id).unwrap_or("no workspace that is told")));
    }
    let place = name.filter(|it| *it != account).map(|it| format!(", in {it}")).unwrap_or_default();
    Came::passed(if account.is_empty() { format!("it answers{place}") } else { format!("{account}{place}") })
}

/// Which version it got, and whether its own request brought it.
fn brought(outcome: &RefreshOutcome) -> Result<(domain::TokenVersion, bool), CauseLabel> {
    match outcome {
        RefreshOutcome::Refreshed { version, .. } => Ok((*version, true)),
        RefreshOutcome::AlreadyFresh { version } => Ok((*version, false)),
        RefreshOutcome::Failed { diagnosis, .. } | RefreshOutcome::GrantEnded { diagnosis } => Err(diagnosis.cause),
        RefreshOutcome::NoRefreshToken => Err(CauseLabel::RefreshTokenMissing),
    }
}
