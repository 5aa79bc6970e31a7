//! The step in which a person signs in again as a customer would: the old grant is ended at the provider where that was
//! asked for and ends no other connection, and nothing takes its place but a grant of the same account [A7, A10, E4].

use std::time::Duration;

use domain::ConnectionId;
use domain::connection::grant_budget::{Counted, ended_by_consent};
use domain::connection::sprawl::{names_of, taken_along};
use domain::connection::{Connection, GrantState};
use domain::diagnosis::CauseLabel;
use domain::provider::Revocation;
use domain::rehearsal::NotTried;

use super::super::connect::{SignInFailure, SignInId, SignInProgress};
use super::super::disconnect::RevocationResult;
use super::attempt::{Attempt, Broken, Came};
use crate::{Engine, Error};

/// New tokens of another account are taken back in less.
const LONGEST_TAKING_BACK: Duration = Duration::from_secs(30);

impl Engine {
    pub(super) async fn sign_in_again(&self, id: &ConnectionId, attempt: &Attempt<'_>) -> Result<Came, Broken> {
        let (wants_out, opens_browser) = (attempt.checklist.signs_out_first, attempt.with.opens_browser);
        let connection = self.connection(id)?;
        let would_end = if wants_out { self.ended_by_signing_out(&connection)? } else { vec![] };
        let is_out = matches!(connection.grant, GrantState::Disconnected { .. });
        let signs_out = wants_out && would_end.is_empty() && !is_out;
        let makes_room = signs_out && self.plan_disconnect(id)?.revocation.ends_grant();
        if !self.ended_by_consent(&connection, makes_room)?.is_empty() {
            return Err(Broken::NotTried(NotTried::WouldEndAnother));
        }
        let mut before = match would_end.as_slice() {
            [] => String::new(),
            [one] => format!(" (not signed out before: that would end {one} too)"),
            [_, ..] => format!(" (not signed out before: that would end {} others too)", would_end.len()),
        };
        if signs_out {
            self.try_to_begin(id).await?;
            match self.disconnect(id).await?.revocation {
                RevocationResult::Revoked | RevocationResult::NothingToRevoke => {}
                RevocationResult::AccessTokenAlone | RevocationResult::Failed { .. } => {
                    before.push_str(" (the provider did not confirm that the old grant is gone)");
                }
                RevocationResult::NotOffered => {
                    before.push_str(" (the provider has no way to end the old grant)");
                }
            }
            // It may have made no room after all.
            if let Some(other) = self.ended_by_consent(&self.connection(id)?, false)?.first() {
                return Ok(Came::failed(
                    format!("it is signed out until somebody signs in: a new grant could end {other} too{before}"),
                    None,
                ));
            }
        }
        let begun = self.begin_reconnect(id, opens_browser).await?;
        let came = self.follow_to_its_end(id, &begun.id, attempt).await?;
        let is_out = matches!(self.connection(id)?.grant, GrantState::Disconnected { .. });
        match came.outcome {
            Ok(whom) => {
                let how = if signs_out { "signed out, and in again" } else { "signed in again" };
                Ok(Came::passed(format!("{how}{whom}{before}")))
            }
            // It has come to nothing, and nothing was given up for it.
            Err(_) if attempt.stop.is_raised() && !is_out => Err(Broken::Stopped),
            Err((seen, cause)) => {
                let after = if is_out { "; it is signed out until somebody signs in" } else { "" };
                Ok(Came::failed(format!("{seen}{after}"), cause))
            }
        }
    }

    /// Other connections that a goodbye to this one would end, or could.
    fn ended_by_signing_out(&self, connection: &Connection) -> Result<Vec<String>, Error> {
        let provider = self.provider_of(connection)?;
        let Revocation::Offered(call) = &provider.revocation else { return Ok(vec![]) };
        let (board, clients) = (self.parts.store.list_connections()?, self.parts.store.list_clients()?);
        let (this, who) = (Some(&connection.id), &connection.identity);
        Ok(names_of(&taken_along(call.effect, this, &connection.client, who, &board, &clients)))
    }

    /// The same of a new consent. `is_ended_before`: the one that it has is ended first.
    fn ended_by_consent(&self, connection: &Connection, is_ended_before: bool) -> Result<Vec<String>, Error> {
        let provider = self.provider_of(connection)?;
        let (board, clients) = (self.parts.store.list_connections()?, self.parts.store.list_clients()?);
        let left = self.parts.store.list_left_grants(&provider.id)?;
        let counted = Counted { board: &board, clients: &clients, left: &left, now: self.parts.clock.now() };
        Ok(ended_by_consent(&provider, connection, is_ended_before, &counted))
    }

    /// What cannot begin ends nothing: no client, no port, no server that answers.
    async fn try_to_begin(&self, id: &ConnectionId) -> Result<(), Error> {
        let begun = self.begin_reconnect(id, false).await?;
        let mut followed = self.follow_sign_in(&begun.id)?;
        self.cancel_sign_in(&begun.id)?;
        // Its port is free once it is over. One that nobody runs any more is over.
        drop(followed.wait_for(|it| it.progress.is_over()).await);
        Ok(())
    }

    /// Whom it was signed in as, or why not. A stop cancels it.
    async fn follow_to_its_end(
        &self,
        id: &ConnectionId,
        sign_in: &SignInId,
        attempt: &Attempt<'_>,
    ) -> Result<Came, Error> {
        let mut followed = self.follow_sign_in(sign_in)?;
        let mut is_other = false;
        let mut is_cancelled = false;
        loop {
            let progress = followed.borrow_and_update().progress.clone();
            let failed = |seen: &str, cause| Ok(Came::failed(seen, cause));
            match progress {
                SignInProgress::Connected(_) | SignInProgress::HandedOver { .. } => {
                    let account = self.connection(id)?.identity.account().map(str::to_owned);
                    return Ok(Came::passed(account.map(|it| format!(" as {it}")).unwrap_or_default()));
                }
                SignInProgress::NeedsDecision { .. } if !is_other => {
                    // The new tokens are taken back at the provider.
                    is_other = true;
                    self.cancel_sign_in(sign_in)?;
                }
                _ if is_other && progress.is_over() => {
                    return failed(
                        "another account signed in, and nothing was replaced",
                        Some(CauseLabel::WrongTenantOrAccount),
                    );
                }
                SignInProgress::Cancelled | SignInProgress::TakenBack { .. } => {
                    return failed("the sign-in was cancelled", None);
                }
                SignInProgress::TimedOut => return failed("nobody signed in in time", None),
                SignInProgress::Refused { .. } => {
                    return failed("the new grant was refused", Some(CauseLabel::WrongTenantOrAccount));
                }
                SignInProgress::Failed(SignInFailure::Cause { diagnosis, detail }) => {
                    let seen = detail.unwrap_or_else(|| diagnosis.cause.words().to_owned());
                    return failed(&seen, Some(diagnosis.cause));
                }
                SignInProgress::Failed(SignInFailure::Ours(error) | SignInFailure::NotStored { error, .. }) => {
                    return failed(&error.to_string(), None);
                }
                SignInProgress::Failed(SignInFailure::NotTaken { failure, .. }) => {
                    return failed(&failure.to_string(), None);
                }
                SignInProgress::WaitingForBrowser { .. }
                | SignInProgress::ExchangingCode
                | SignInProgress::Identifying
                | SignInProgress::Storing
                | SignInProgress::NeedsDecision { .. } => {}
            }
            tokio::select! {
                changed = followed.changed() => if changed.is_err() { return failed("the sign-in ended", None) },
                () = attempt.stop.raised(), if !is_cancelled => {
                    is_cancelled = true;
                    self.cancel_sign_in(sign_in)?;
                }
                () = tokio::time::sleep(LONGEST_TAKING_BACK), if is_other => {
                    return failed(
                        "another account signed in; its tokens could not be taken back yet",
                        Some(CauseLabel::WrongTenantOrAccount),
                    );
                }
            }
        }
    }
}
