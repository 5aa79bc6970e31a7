//! Goes through a pass: opens one sign-in, follows it to its end, opens the next; sees what comes back or breaks
//! meanwhile [E3, A7].

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::connection::reconnect::{ReconnectComparison, ReconnectDecision};
use domain::connection::status::Lamp;
use domain::diagnosis::CauseLabel;
use domain::reconnect_queue::{Turn, TurnFailure, TurnState};
use domain::{ConnectionId, PassId};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::needing::needs_sign_in;
use super::{PassManner, PauseReason};
use crate::flows::connect::{SignIn, SignInFailure, SignInId, SignInProgress};
use crate::flows::overview::ConnectionOverview;
use crate::redirect_listener::RedirectListener;
use crate::{Engine, Error, Notice};

/// What changes together is looked at together.
const SETTLE: Duration = Duration::from_millis(100);

/// What comes next in a pass.
enum Move {
    Over,
    Rest,
    Open(ConnectionId, PassManner),
    Follow(SignInId, ConnectionId),
}

impl Engine {
    pub(super) async fn drive_pass(self, pass: &PassId) {
        let mut notices = self.notices();
        loop {
            if let Err(error) = self.look_at_board(pass) {
                tracing::warn!(%error, "the reconnect queue could not look at the board");
            }
            match self.next_move(pass) {
                Move::Over => return,
                Move::Rest => tokio::select! {
                    () = self.pass.woken.notified() => {}
                    is_alive = board_changed(&mut notices) => if !is_alive { return },
                },
                Move::Open(connection, manner) => self.open_sign_in_of(pass, &connection, manner).await,
                Move::Follow(sign_in, connection) => self.follow_turn(pass, &sign_in, &connection, &mut notices).await,
            }
        }
    }

    fn next_move(&self, pass: &PassId) -> Move {
        let mut slot = self.pass.lock();
        let Some(run) = slot.as_mut().filter(|run| run.queue.id == *pass) else { return Move::Over };
        if let Some((sign_in, connection)) = &run.sign_in {
            return Move::Follow(sign_in.clone(), connection.clone());
        }
        if run.queue.ended_at.is_some() {
            (run.has_driver, run.lock) = (false, None);
            return Move::Over;
        }
        if run.paused.is_some() {
            return Move::Rest;
        }
        // Nobody follows what was open: it is opened anew.
        run.queue.let_go();
        run.queue.open_next(self.parts.clock.now()).map_or(Move::Rest, |connection| Move::Open(connection, run.manner))
    }

    async fn open_sign_in_of(&self, pass: &PassId, connection: &ConnectionId, manner: PassManner) {
        // One that a person began is that person's to decide.
        let is_theirs =
            self.list_sign_ins().iter().any(|it| it.reconnects.as_ref() == Some(connection) && !it.progress.is_over());
        let begun = self.begin_reconnect(connection, manner.opens_browser).await;
        let sign_in = begun.as_ref().ok().map(|it| it.id.clone());
        let is_followed = self.change_run(pass, |run, now| match begun {
            Ok(sign_in) => {
                run.sign_in = Some((sign_in.id, connection.clone()));
                if is_theirs {
                    run.queue.give_decider(connection);
                }
            }
            Err(Error::ConnectionGone(_)) => run.queue.settle(connection, TurnState::Gone, now),
            Err(error) => fail_by(run, connection, Arc::new(error), now),
        });
        if let Some(sign_in) = sign_in.filter(|_| !is_followed) {
            // The pass was left meanwhile.
            drop(self.cancel_sign_in(&sign_in));
        }
    }

    /// Until its sign-in is over, whatever becomes of its turn: its port is free again only then.
    async fn follow_turn(
        &self,
        pass: &PassId,
        id: &SignInId,
        connection: &ConnectionId,
        notices: &mut broadcast::Receiver<Notice>,
    ) {
        let Ok(mut changes) = self.follow_sign_in(id) else {
            self.change_run(pass, |run, _| run.sign_in = None);
            return;
        };
        let mut differed = None;
        let mut is_cancelled = false;
        loop {
            let sign_in = changes.borrow_and_update().clone();
            if sign_in.progress.is_over() {
                return self.settle_by(pass, connection, &sign_in, differed.as_ref());
            }
            if let SignInProgress::NeedsDecision { comparison, .. } = &sign_in.progress
                && differed.is_none()
            {
                if self.refuses(pass, connection, comparison) {
                    // One that was decided meanwhile stays so.
                    drop(self.decide_reconnect(id, ReconnectDecision::Refuse));
                }
                differed = Some((**comparison).clone());
                self.notify(Notice::QueueChanged);
            }
            if !is_cancelled && !self.is_open(pass, connection) {
                is_cancelled = true;
                drop(self.cancel_sign_in(id));
            }
            tokio::select! {
                changed = changes.changed() => {
                    if changed.is_err() {
                        self.change_run(pass, |run, now| {
                            run.sign_in = None;
                            run.queue.settle(connection, TurnState::Failed { why: TurnFailure::Cancelled }, now);
                        });
                        return;
                    }
                    continue;
                }
                () = self.pass.woken.notified() => {}
                is_alive = board_changed(notices) => {
                    if !is_alive {
                        return;
                    }
                }
            }
            if let Err(error) = self.look_at_board(pass) {
                tracing::warn!(%error, "the reconnect queue could not look at the board");
            }
        }
    }

    /// As [`super::Run::refuses`]; a pass that is left refuses all.
    fn refuses(&self, pass: &PassId, connection: &ConnectionId, comparison: &ReconnectComparison) -> bool {
        let slot = self.pass.lock();
        slot.as_ref().filter(|run| run.queue.id == *pass).is_none_or(|run| run.refuses(connection, comparison))
    }

    /// Whether the queue will refuse this grant, which came in answer to its own sign-in, without asking anybody.
    pub(in crate::flows) fn is_refused_by_queue(
        &self,
        connection: &ConnectionId,
        comparison: &ReconnectComparison,
    ) -> bool {
        let slot = self.pass.lock();
        let Some(run) = slot.as_ref().filter(|run| run.has_driver) else { return false };
        let is_followed = run.sign_in.as_ref().is_some_and(|(_, of)| of == connection);
        let is_open = run.queue.turn(connection).is_some_and(|turn| turn.state.is_open());
        (is_followed || is_open) && run.refuses(connection, comparison)
    }

    /// Keeps the port of a sign-in that the queue has given up: whoever answers its tab late reads that it is over, until the
    /// ten minutes are up that every sign-in has [S025, S046]. A port that the provider knows is not kept: the next sign-in
    /// needs it. What is not kept is given back.
    pub(in crate::flows) fn keep_for_late_answers(
        &self,
        sign_in: &SignInId,
        listener: RedirectListener,
        ends_at: jiff::Timestamp,
    ) -> Option<RedirectListener> {
        let is_followed = {
            let slot = self.pass.lock();
            slot.as_ref().is_some_and(|run| run.sign_in.as_ref().is_some_and(|(id, _)| id == sign_in))
        };
        let place = Arc::clone(&self.pass.late_ears).try_acquire_owned();
        let (true, true, Ok(place)) = (is_followed, listener.is_port_free_to_keep(), place) else {
            return Some(listener);
        };
        listener.expire();
        let clock = self.parts.clock.clone();
        tokio::spawn(async move {
            clock.sleep_until(ends_at).await;
            drop((listener, place));
        });
        None
    }

    fn is_open(&self, pass: &PassId, connection: &ConnectionId) -> bool {
        let slot = self.pass.lock();
        let run = slot.as_ref().filter(|run| run.queue.id == *pass);
        run.is_some_and(|run| run.queue.turn(connection).is_some_and(|turn| turn.state.is_open()))
    }

    fn settle_by(
        &self,
        pass: &PassId,
        connection: &ConnectionId,
        sign_in: &SignIn,
        differed: Option<&ReconnectComparison>,
    ) {
        self.change_run(pass, |run, now| {
            run.sign_in = None;
            let is_open = run.queue.turn(connection).is_some_and(|turn| turn.state.is_open());
            let why = match &sign_in.progress {
                SignInProgress::Connected(id) if id == connection => return run.queue.mended(connection, now),
                // What was left for later, or for somebody else, stays so however its sign-in ends.
                _ if !is_open => return,
                // Both were kept: the old one is as dead as it was.
                SignInProgress::Connected(_) | SignInProgress::HandedOver { .. } => {
                    TurnFailure::Cause(CauseLabel::WrongTenantOrAccount)
                }
                SignInProgress::Refused { .. } => {
                    if let Some(other) = differed.filter(|it| it.is_another_identity()) {
                        return run.queue.refused_account(connection, other.new.account(), now);
                    }
                    TurnFailure::Cause(cause_of(differed))
                }
                SignInProgress::Failed(SignInFailure::Cause { diagnosis, .. }) => TurnFailure::Cause(diagnosis.cause),
                SignInProgress::Failed(SignInFailure::Ours(error) | SignInFailure::NotStored { error, .. }) => {
                    return fail_by(run, connection, Arc::clone(error), now);
                }
                SignInProgress::Failed(SignInFailure::NotTaken { .. }) => TurnFailure::NotBegun,
                SignInProgress::TimedOut => {
                    run.paused = Some(PauseReason::NobodySignedIn);
                    TurnFailure::NobodySignedIn
                }
                SignInProgress::Cancelled
                | SignInProgress::TakenBack { .. }
                | SignInProgress::WaitingForBrowser { .. }
                | SignInProgress::ExchangingCode
                | SignInProgress::Identifying
                | SignInProgress::Storing
                | SignInProgress::NeedsDecision { .. } => TurnFailure::Cancelled,
            };
            run.queue.settle(connection, TurnState::Failed { why }, now);
        });
    }

    /// What came back by itself, was disconnected, or has broken since.
    fn look_at_board(&self, pass: &PassId) -> Result<(), Error> {
        let all = self.list_connections()?;
        let by_id: HashMap<&ConnectionId, _> = all.iter().map(|it| (&it.connection.id, it)).collect();
        let now = self.parts.clock.now();
        let mut new = vec![];
        let mut settled = vec![];
        {
            let slot = self.pass.lock();
            let Some(run) = slot.as_ref().filter(|run| run.queue.id == *pass && run.queue.ended_at.is_none()) else {
                return Ok(());
            };
            for turn in &run.queue.turns {
                if is_lasting(turn) || (turn.state.is_open() && !self.is_before_browser(run.sign_in.as_ref())) {
                    continue;
                }
                match by_id.get(turn.connection()) {
                    None => settled.push((turn.connection().clone(), TurnState::Gone)),
                    Some(_) if turn.needing.is_asked_for => {}
                    Some(it) if it.status.lamp == Lamp::Disconnected => {
                        settled.push((turn.connection().clone(), TurnState::Gone));
                    }
                    Some(it) if !it.status.needs_person() => {
                        settled.push((turn.connection().clone(), TurnState::CameBack));
                    }
                    Some(_) => {}
                }
            }
            if !run.is_for_some {
                // One that was mended has broken again only by what came after.
                let is_new = |it: &&ConnectionOverview| match run.queue.turn(&it.connection.id) {
                    None => true,
                    Some(turn) => is_lasting(turn) && turn.settled_at.is_none_or(|at| it.status.since > at),
                };
                let broken = all.iter().filter(|it| needs_sign_in(it)).filter(is_new);
                new.extend(broken.map(|it| it.connection.id.clone()));
            }
        }
        if new.is_empty() && settled.is_empty() {
            return Ok(());
        }
        let new = if new.is_empty() { vec![] } else { self.needing_among(&new)? };
        self.change_run(pass, |run, _| {
            for (id, state) in settled {
                run.queue.settle(&id, state, now);
            }
            run.queue.join(new, now);
        });
        Ok(())
    }

    /// Whether the sign-in still waits for the browser: what comes after that is its own doing.
    fn is_before_browser(&self, sign_in: Option<&(SignInId, ConnectionId)>) -> bool {
        let found = sign_in.and_then(|(id, _)| self.sign_in(id).ok());
        found.is_some_and(|it| matches!(it.progress, SignInProgress::WaitingForBrowser { .. }))
    }

    /// Whether there was such a pass.
    fn change_run(&self, pass: &PassId, change: impl FnOnce(&mut super::Run, jiff::Timestamp)) -> bool {
        {
            let mut slot = self.pass.lock();
            let Some(run) = slot.as_mut().filter(|run| run.queue.id == *pass) else { return false };
            change(run, self.parts.clock.now());
            if let Err(error) = self.parts.store.put_reconnect_pass(&run.queue) {
                tracing::warn!(%error, "how far the reconnect queue came could not be written down");
            }
        }
        self.notify(Notice::QueueChanged);
        true
    }
}

/// Nothing is left to be done about it.
fn is_lasting(turn: &Turn) -> bool {
    matches!(turn.state, TurnState::Reconnected { .. } | TurnState::CameBack | TurnState::Gone)
}

/// Our own side is in the way: of each that follows, or of this one alone.
fn fail_by(run: &mut super::Run, connection: &ConnectionId, error: Arc<Error>, now: jiff::Timestamp) {
    let is_in_every_way = matches!(
        *error,
        Error::VaultUnavailable(_)
            | Error::BundleHeld { .. }
            | Error::BundleUncommitted { .. }
            | Error::StoreUnavailable(_)
            | Error::FolderUnavailable(_)
            | Error::Offline
            | Error::TooManySignIns
            | Error::NoRandomness
            | Error::BadInput(_)
    );
    if is_in_every_way {
        run.queue.let_go();
        run.paused = Some(PauseReason::Ours(error));
    } else {
        tracing::info!(%connection, %error, "a sign-in of the reconnect queue could not be begun");
        run.queue.settle(connection, TurnState::Failed { why: TurnFailure::NotBegun }, now);
    }
}

/// Why a grant was refused: who it is, else what it may not do.
fn cause_of(differed: Option<&ReconnectComparison>) -> CauseLabel {
    let is_identity =
        differed.is_none_or(|it| it.is_another_identity() || it.is_other_domain || it.is_identity_unknown);
    if is_identity { CauseLabel::WrongTenantOrAccount } else { CauseLabel::InsufficientScope }
}

/// Waits until something on the board changed, and a moment more; false when nobody tells any more.
async fn board_changed(notices: &mut broadcast::Receiver<Notice>) -> bool {
    loop {
        match notices.recv().await {
            Ok(Notice::ConnectionChanged(_)) | Err(RecvError::Lagged(_)) => break,
            Ok(
                Notice::SignInChanged(_)
                | Notice::PlatformChanged(_)
                | Notice::ReadingChanged(_)
                | Notice::IncidentChanged(_)
                | Notice::ChecklistChanged(_)
                | Notice::CertificateWithdrawn { .. }
                | Notice::QueueChanged
                | Notice::ProgramsChanged
                | Notice::AlertWishesChanged,
            ) => {}
            Err(RecvError::Closed) => return false,
        }
    }
    tokio::time::sleep(SETTLE).await;
    loop {
        match notices.try_recv() {
            Ok(_) | Err(TryRecvError::Lagged(_)) => {}
            Err(TryRecvError::Empty | TryRecvError::Closed) => return true,
        }
    }
}
