//! What is written down of a sign-in before its code leaves: of one that is cut off the next start tells that its grant
//! may live on at the provider [A5, A8, A10].

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::ConnectionId;
use domain::connection::Identity;
use domain::connection::grant_budget::LeftGrant;
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use jiff::Timestamp;
use url::Url;

use super::holding::DECISION_TIME;
use super::landing::Landing;
use crate::flows::doctor::{Part, SelfCheck};
use crate::flows::left_grants::counts;
use crate::intent_holder::IntentHolder;
use crate::store::OpenSignIn;
use crate::{Engine, Error};

/// Where the system does not say whether a process lives: a question waits for an hour, requests for minutes.
const LONGEST_SIGN_IN: Duration = Duration::from_secs(DECISION_TIME.as_secs() + 15 * 60);

/// How long a person is told of a grant that may live on: most that nobody uses have ended by then.
const TOLD_FOR: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// The sign-ins that this process runs, by their numbers in the database.
#[derive(Debug, Default)]
pub(crate) struct Traces(Mutex<Numbers>);

#[derive(Debug, Default)]
struct Numbers {
    run: HashSet<i64>,
    /// They left nothing behind, which could not be written down yet: a full disk takes no deletion either.
    over: HashSet<i64>,
}

impl Traces {
    fn lock(&self) -> MutexGuard<'_, Numbers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One sign-in that is written down. Dropped with nothing said, nobody runs it any more.
pub(super) struct Trace {
    engine: Engine,
    pub(super) number: i64,
    is_kept: bool,
}

/// A sign-in that was cut off, or whose grant could not be revoked: it may live on at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftSignIn {
    pub provider_name: String,
    /// What a person knows it by, where that came to be known.
    pub account: Option<String>,
    pub began_at: Timestamp,
    /// What it was to reconnect.
    pub connection: Option<ConnectionId>,
    /// Where a person removes it.
    pub page: Option<Url>,
}

impl Landing {
    /// Writes the sign-in down. Where that cannot be done, nothing is sent that could bring a grant.
    pub(super) async fn trace(&self, is_synced: bool) -> Result<Trace, Error> {
        let connection = self.frozen.reconnects();
        let sign_in = OpenSignIn {
            provider: self.frozen.provider.id.clone(),
            app: self.frozen.client.client_id.clone(),
            connection,
            arriving: None,
            subject: None,
            account: None,
            began_at: self.engine.parts.clock.now(),
            held_by: IntentHolder::this_process().written(),
            left_at: None,
        };
        self.engine.close_sign_ins();
        let store = &self.engine.parts.store;
        let number = self.engine.when_free(|| store.open_sign_in(&sign_in, is_synced)).await?;
        self.engine.traces.lock().run.insert(number);
        Ok(Trace { engine: self.engine.clone(), number, is_kept: false })
    }
}

impl Trace {
    pub(super) fn name(&self, who: &Identity) {
        let named = self.engine.parts.store.name_sign_in(self.number, who.subject.as_deref(), who.account());
        if let Err(error) = named {
            tracing::debug!(%error, "whose sign-in this is could not be written down");
        }
    }

    /// Its bundle waits for the keychain or the database, in this process as long as that lives.
    pub(super) fn keep(mut self) {
        self.is_kept = true;
    }

    /// No grant of it lives that is not stored.
    pub(super) fn close(self) {
        self.engine.traces.lock().over.insert(self.number);
        self.engine.close_sign_ins();
    }

    /// Its grant may live on.
    pub(super) fn leave(self) {
        let all = self.engine.parts.store.list_open_sign_ins();
        let left = all.map_err(Error::from).and_then(|all| {
            let found = all.into_iter().find(|(number, _)| *number == self.number);
            found.map_or(Ok(()), |(number, sign_in)| self.engine.leave_sign_in(number, &sign_in))
        });
        if let Err(error) = left {
            tracing::warn!(%error, "the next start tells of the grant that a sign-in left behind");
        }
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        if !self.is_kept {
            self.engine.traces.lock().run.remove(&self.number);
        }
    }
}

impl Engine {
    /// Strikes off what left nothing behind, also what could not be struck off before.
    pub(super) fn close_sign_ins(&self) {
        let over: Vec<_> = self.traces.lock().over.iter().copied().collect();
        for number in over {
            match self.parts.store.close_sign_in(number) {
                Ok(()) => drop(self.traces.lock().over.remove(&number)),
                Err(error) => tracing::warn!(%error, "a sign-in that left nothing behind is still written down"),
            }
        }
    }

    /// Tells of sign-ins that nobody runs any more and whose grant was neither stored nor revoked.
    pub(in crate::flows) fn settle_open_sign_ins(&self) -> Result<(), Error> {
        self.close_sign_ins();
        let now = self.parts.clock.now();
        for (number, sign_in) in self.parts.store.list_open_sign_ins()? {
            if sign_in.left_at.is_none() && !self.is_run(number, &sign_in) && !self.may_arrive(&sign_in)? {
                self.leave_sign_in(number, &sign_in)?;
            }
            if sign_in.left_at.is_some_and(|at| at.checked_add(TOLD_FOR).is_ok_and(|until| until < now)) {
                self.parts.store.forget_sign_ins_left_before(now.checked_sub(TOLD_FOR).unwrap_or(now))?;
            }
        }
        Ok(())
    }

    /// Grants that may live on at their providers though they were never stored; of one connection, or all.
    ///
    /// # Errors
    /// The database's.
    pub fn left_sign_ins(&self, of: Option<&ConnectionId>) -> Result<Vec<LeftSignIn>, Error> {
        let all = self.parts.store.list_open_sign_ins()?.into_iter().map(|(_, sign_in)| sign_in);
        let is_meant = |it: &OpenSignIn| of.is_none() || it.connection.as_ref() == of || it.arriving.as_ref() == of;
        let left = all.filter(|it| it.left_at.is_some() && is_meant(it));
        Ok(left
            .map(|it| {
                let provider = self.provider(&it.provider).ok();
                LeftSignIn {
                    provider_name: provider.as_ref().map_or_else(|| it.provider.to_string(), |it| it.name.clone()),
                    account: it.account,
                    began_at: it.began_at,
                    connection: it.connection.or(it.arriving),
                    page: provider.and_then(|it| it.pages.revoke_access),
                }
            })
            .collect())
    }

    /// One line each; nothing of this program is broken by them.
    pub(in crate::flows) fn check_left_sign_ins(&self) -> Vec<SelfCheck> {
        // A database that cannot be read says so in its own line.
        let left = self.left_sign_ins(None).unwrap_or_default();
        left.into_iter()
            .map(|it| {
                let day = it.began_at.strftime("%Y-%m-%d");
                let whose = it.account.as_ref().map(|account| format!(" as {account}")).unwrap_or_default();
                let page =
                    it.page.map_or_else(|| "in the account's settings there".to_owned(), |it| format!("at {it}"));
                SelfCheck {
                    part: Part::LeftGrant,
                    is_well: true,
                    found: format!(
                        "a sign-in to {}{whose} on {day} was not stored, and its grant may live on there",
                        it.provider_name
                    ),
                    advice: Some(format!("If nobody wants it, remove the access {page}.")),
                }
            })
            .collect()
    }

    /// Whether a process is at it, this one or another.
    fn is_run(&self, number: i64, sign_in: &OpenSignIn) -> bool {
        let Some(holder) = IntentHolder::read(&sign_in.held_by) else { return false };
        if holder == IntentHolder::this_process() {
            let numbers = self.traces.lock();
            return numbers.run.contains(&number) || numbers.over.contains(&number);
        }
        let age = self.parts.clock.now().duration_since(sign_in.began_at);
        holder.lives(Duration::try_from(age).unwrap_or_default(), LONGEST_SIGN_IN)
    }

    /// Whether its bundle is on its way to a connection, and may be found there yet.
    fn may_arrive(&self, sign_in: &OpenSignIn) -> Result<bool, Error> {
        let Some(at) = &sign_in.arriving else { return Ok(false) };
        let Some((connection, intent)) = self.parts.store.find_with_intent(at)? else { return Ok(false) };
        let is_sealed = !self.newer_seals(at, connection.token_version()).is_empty();
        Ok(intent.is_some() || is_sealed || !self.parts.locks.is_free(at))
    }

    fn leave_sign_in(&self, number: i64, sign_in: &OpenSignIn) -> Result<(), Error> {
        let now = self.parts.clock.now();
        let provider = self.provider(&sign_in.provider).ok();
        let connection = match sign_in.connection.as_ref().or(sign_in.arriving.as_ref()) {
            Some(id) => self.parts.store.find_connection(id)?.map(|it| it.id),
            None => None,
        };
        let mut event = LifecycleEvent::new(now, EventKind::GrantLeft, connection.clone());
        let name = provider.as_ref().map_or_else(|| sign_in.provider.to_string(), |it| it.name.clone());
        event.endpoint = Some("token");
        event.subject = Some(match &sign_in.account {
            Some(account) => format!("{name}, for {account}"),
            None => name,
        });
        let left = LeftGrant {
            app: sign_in.app.clone(),
            subject: sign_in.subject.clone(),
            account: sign_in.account.clone(),
            left_at: now,
        };
        let counted = provider.as_ref().filter(|it| counts(it)).map(|it| (&it.id, &left));
        if self.parts.store.leave_sign_in(number, now, counted, &event)?
            && let Some(id) = &connection
        {
            self.notify_connection(id);
        }
        Ok(())
    }
}
