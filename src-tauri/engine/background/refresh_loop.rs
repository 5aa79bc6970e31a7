//! One sleeping loop for all connections, in the one process that leads: sleeps until the next is due, starts it
//! when there is room, never opens a browser; platforms are read again by the same loop, one at a time
//! [B2, B11, B13, B14, D2, S159, S160, S161, S165].

use std::collections::HashMap;
use std::time::Duration;

use domain::connection::Connection;
use domain::display_text::length;
use domain::lifecycle::breaker::{Admission, Breaker};
use domain::lifecycle::refresh_mode::RefreshMode;
use domain::lifecycle::refresh_reason::RefreshReason;
use domain::lifecycle::refresh_time::{Due, next_refresh};
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::provider::RefreshPolicy;
use domain::provider::limits::PreviousToken;
use domain::token::Expiry;
use domain::token::durability::forecast;
use domain::{ConnectionId, ProviderId};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{broadcast, mpsc};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use super::due_index::{DueIndex, Plan};
use super::pace::Pace;
use super::places::{Places, Probes, Taken};
use super::readings::Readings;
use super::run_outs::RunOuts;
use crate::clock::Moment;
use crate::flows::refresh::{RefreshOutcome, RefreshWhy};
use crate::{Engine, Error, Notice};

/// Wakes at least this often, whatever the wall clock says: timers alone stand still in sleep [S160].
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// How often a process that does not lead asks whether it may: the leader's lock goes with it [S159].
const LEAD_EVERY: Duration = Duration::from_secs(2);
/// A round that comes later than this comes after sleep: what is due by then is spread [S161].
const LATE: SignedDuration = SignedDuration::from_secs(90);
/// A wall clock moved further than this was set, not corrected a little.
const JUMP: SignedDuration = SignedDuration::from_secs(120);
/// A refresh that came to nothing of its own is left alone this long.
const PAUSE_AFTER_NOTHING: Duration = Duration::from_secs(60);
/// A refresh that takes longer gives its place overall back [B13].
const SLOW_AFTER: Duration = Duration::from_secs(3);
/// Before every row's revision.
const FROM_THE_BEGINNING: i64 = -1;

type Ended = Result<(Id, Result<RefreshOutcome, Error>), JoinError>;

impl Engine {
    /// Never returns.
    pub(super) async fn refresh_for_ever(&self) {
        let _leadership = loop {
            match self.parts.locks.try_lead() {
                Ok(Some(leadership)) => break leadership,
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "whether another process refreshes is not known"),
            }
            tokio::time::sleep(LEAD_EVERY).await;
        };
        let _leading = Leading::of(self);
        self.forget_probes();
        let mut notices = self.notices();
        Schedule::new(self).run(&mut notices).await;
    }

    /// Probes of a loop that has ended are nobody's.
    fn forget_probes(&self) {
        let (now, mut reach) = (self.parts.clock.now(), self.reach());
        reach.breakers.values_mut().for_each(Breaker::end_probe);
        reach.network.end_probe(Self::jitter(), now);
    }
}

/// Tells the rest of this process that it leads, until dropped.
struct Leading<'a>(&'a Engine);

impl<'a> Leading<'a> {
    fn of(engine: &'a Engine) -> Self {
        engine.leads.send_replace(true);
        Self(engine)
    }
}

impl Drop for Leading<'_> {
    fn drop(&mut self) {
        self.0.leads.send_replace(false);
    }
}

/// What the leader knows and does.
struct Schedule<'a> {
    engine: &'a Engine,
    index: DueIndex,
    run_outs: RunOuts,
    readings: Readings,
    places: Places,
    /// Up to which row of the database the index is.
    revision: i64,
    mode: RefreshMode,
    policies: HashMap<ProviderId, RefreshPolicy>,
    tasks: JoinSet<Result<RefreshOutcome, Error>>,
    slow: (mpsc::UnboundedSender<Id>, mpsc::UnboundedReceiver<Id>),
    pace: Option<Pace>,
    spreads_next: bool,
    was_down: bool,
    last_round: Moment,
    /// The provider that was served last: the next one is asked first.
    served: Option<ProviderId>,
}

/// When to look again, besides at once when something happens.
#[derive(Default)]
struct Wake {
    at: Option<Timestamp>,
    paced_at: Option<Instant>,
}

impl Wake {
    fn also_at(&mut self, at: Timestamp) {
        self.at = Some(self.at.map_or(at, |earlier| earlier.min(at)));
    }
}

impl<'a> Schedule<'a> {
    fn new(engine: &'a Engine) -> Self {
        Self {
            engine,
            index: DueIndex::default(),
            run_outs: RunOuts::default(),
            readings: Readings::default(),
            places: Places::default(),
            revision: FROM_THE_BEGINNING,
            mode: RefreshMode::default(),
            policies: HashMap::new(),
            tasks: JoinSet::new(),
            slow: mpsc::unbounded_channel(),
            pace: None,
            spreads_next: true,
            was_down: false,
            last_round: engine.parts.clock.moment(),
            served: None,
        }
    }

    async fn run(mut self, notices: &mut broadcast::Receiver<Notice>) {
        loop {
            self.look_at_the_clock();
            self.catch_up();
            let run_out_at = self.note_run_outs();
            let mut wake = self.start_what_is_due();
            if let Some(at) = run_out_at {
                wake.also_at(at);
            }
            let now = self.engine.parts.clock.now();
            if let Some(at) = self.read_what_is_due(now) {
                wake.also_at(at);
            }

            let latest = now.checked_add(LONGEST_SLEEP).unwrap_or(now);
            let at = wake.at.map_or(latest, |at| at.min(latest));
            let paced_at = wake.paced_at;
            tokio::select! {
                () = self.engine.parts.clock.nap_until(at, LONGEST_SLEEP) => {}
                () = something_changed(notices) => {}
                () = tokio::time::sleep_until(paced_at.unwrap_or_else(Instant::now)), if paced_at.is_some() => {}
                Some(ended) = self.tasks.join_next_with_id() => self.end(ended),
                Some(task) = self.slow.1.recv() => self.places.give_way(task),
                Some(ended) = self.readings.ended() => self.readings.end(ended),
            }
            // What ended together is looked at together.
            while let Some(ended) = self.tasks.try_join_next_with_id() {
                self.end(ended);
            }
        }
    }

    /// A clock that was set makes every moment in the index doubtful; a late round comes after sleep.
    fn look_at_the_clock(&mut self) {
        let moment = self.engine.parts.clock.moment();
        let jump = moment.jump_since(&self.last_round);
        let passed = moment.at.duration_since(self.last_round.at);
        self.last_round = moment;
        if jump.abs() > JUMP {
            let mut event = LifecycleEvent::new(moment.at, EventKind::ClockJumped, None);
            event.subject = Some(format!("{} {}", length(jump), if jump.is_negative() { "back" } else { "ahead" }));
            if let Err(error) = self.engine.parts.store.append_event(&event) {
                tracing::warn!(%error, "a jump of the clock could not be written down");
            }
            self.look_at_all_again();
        }
        if passed > LATE || passed.is_negative() {
            self.spreads_next = true;
        }
    }

    fn look_at_all_again(&mut self) {
        self.index.clear();
        self.run_outs.clear();
        self.readings.clear();
        self.revision = FROM_THE_BEGINNING;
        self.policies.clear();
        self.spreads_next = true;
    }

    /// Takes in what changed in the database, and nothing else.
    fn catch_up(&mut self) {
        match self.engine.refresh_mode() {
            Ok(mode) if mode != self.mode => {
                self.mode = mode;
                self.look_at_all_again();
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the refresh mode could not be read"),
        }
        let (changed, revision) = match self.engine.parts.store.list_changed_since(self.revision) {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, "the connections could not be listed; trying again soon");
                return;
            }
        };
        self.revision = revision;
        let now = self.last_round.at;
        for connection in changed {
            self.take_in(&connection, now);
        }
        let mut reach = self.engine.reach();
        let endpoints = reach.token_endpoints.get_or_insert_default();
        if endpoints.len() != self.index.provider_count() {
            endpoints.retain(|provider, _| self.index.knows(provider));
        }
    }

    fn take_in(&mut self, connection: &Connection, now: Timestamp) {
        self.run_outs.put(connection.id.clone(), connection.runs_out_at());
        let Some(token) = connection.token.as_ref().filter(|_| connection.automatic_refresh) else {
            self.index.remove(&connection.id);
            return;
        };
        let policy = self.policy_of(connection);
        let keep_alive_at = policy.and_then(|it| forecast(connection, it, &[]).keep_alive_at);
        let previous_token = policy.map_or(PreviousToken::NotKnown, |it| it.previous_token);
        let due = next_refresh(connection, previous_token, keep_alive_at, self.mode, now);
        let over_at = match (token.expiry, due) {
            (Expiry::At(at), _) => at,
            (Expiry::Unknown | Expiry::Never, Some(due)) => due.at,
            (Expiry::Unknown | Expiry::Never, None) => Timestamp::MAX,
        };
        let mut reach = self.engine.reach();
        let endpoints = reach.token_endpoints.get_or_insert_default();
        if !endpoints.contains_key(&connection.provider) {
            endpoints.insert(connection.provider.clone(), connection.endpoints.token_endpoint.clone());
        }
        drop(reach);
        let plan = Plan { provider: connection.provider.clone(), version: token.version, due, over_at };
        self.index.put(connection.id.clone(), plan, now);
    }

    /// Writes down whose token has run out with nothing to renew it; when the next one does.
    fn note_run_outs(&mut self) -> Option<Timestamp> {
        let now = self.engine.parts.clock.now();
        while let Some(id) = self.run_outs.take_over(now) {
            if let Err(error) = self.engine.note_run_out(&id) {
                tracing::warn!(connection = %id, %error, "the end of a token could not be written down; trying again");
                self.run_outs.put(id, now.checked_add(PAUSE_AFTER_NOTHING).ok());
            }
        }
        self.run_outs.next_at()
    }

    /// Platforms wait as long as refreshes find no network; when to look again.
    fn read_what_is_due(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.readings.catch_up(self.engine, self.mode, now);
        // Where no refresh waits, nothing but a reading finds out that the network is back.
        let is_down = self.index.waiting_count() > 0 && self.engine.network_down_since().is_some();
        if is_down { None } else { self.readings.start_what_is_due(self.engine, now) }
    }

    fn policy_of(&mut self, connection: &Connection) -> Option<&RefreshPolicy> {
        if !self.policies.contains_key(&connection.provider) {
            let provider = self.engine.provider_or_stand_in(connection).ok()?;
            self.policies.insert(connection.provider.clone(), provider.refresh);
        }
        self.policies.get(&connection.provider)
    }

    /// Starts what is due and may start, and says when to look again. What may not start costs nothing.
    fn start_what_is_due(&mut self) -> Wake {
        let now = self.engine.parts.clock.now();
        let mut wake = Wake::default();
        self.index.queue_due(now);
        if let Some(at) = self.index.next_at() {
            wake.also_at(at);
        }
        let is_down = self.engine.network_down_since().is_some();
        if std::mem::replace(&mut self.was_down, is_down) && !is_down {
            self.spreads_next = true;
        }
        if self.index.waiting_count() == 0 {
            self.pace = None;
            return wake;
        }
        if is_down {
            self.start_untried(now, &mut wake);
            self.probe_the_network(now, &mut wake);
            return wake;
        }
        if std::mem::take(&mut self.spreads_next) {
            self.pace = Pace::for_piled_up(self.index.waiting_count(), Instant::now());
        }
        self.start_by_turns(now, &mut wake);
        wake
    }

    /// Each provider in its turn, beginning after the one that was served last.
    fn start_by_turns(&mut self, now: Timestamp, wake: &mut Wake) {
        let mut providers = self.index.waiting_providers();
        if let Some(served) = &self.served {
            let split = providers.partition_point(|it| it <= served);
            providers.rotate_left(split);
        }
        while !providers.is_empty() {
            let mut open = vec![];
            for provider in providers {
                if !self.places.has_room() {
                    return;
                }
                if let Some(at) = self.pace.as_ref().and_then(|pace| pace.waits_until(Instant::now())) {
                    wake.paced_at = Some(at);
                    return;
                }
                if self.start_one_of(&provider, now, wake) {
                    self.served = Some(provider.clone());
                    open.push(provider);
                }
            }
            providers = open;
        }
    }

    fn start_one_of(&mut self, provider: &ProviderId, now: Timestamp, wake: &mut Wake) -> bool {
        let at_once = self.policies.get(provider).map_or_else(|| 1, |policy| policy.limits.at_once);
        if !self.places.has_room_at(provider, at_once) {
            return false;
        }
        let admission = self.engine.reach().breakers.get(provider).map_or(Admission::Open, |it| it.admission(now));
        let probes = match admission {
            Admission::Open => None,
            // Those that began before the pause end first.
            Admission::Probe if self.places.count_at(provider) > 0 => return false,
            Admission::Probe => Some(Probes::Provider),
            Admission::Wait { until } => {
                if let Some(until) = until {
                    wake.also_at(until);
                }
                return false;
            }
        };
        let Some((id, due)) = self.index.begin(provider) else { return false };
        if probes.is_some() {
            self.engine.reach().breakers.entry(provider.clone()).or_default().begin_probe();
        }
        if let Some(pace) = &mut self.pace {
            pace.step(&id);
        }
        self.start(id, provider, due, probes);
        true
    }

    /// While several could not be reached, the others go on, with one refresh until that one was answered [B13].
    fn start_untried(&mut self, now: Timestamp, wake: &mut Wake) {
        for provider in self.index.waiting_providers() {
            let is_untried = self.engine.reach().network.is_untried(&provider);
            if is_untried && self.places.has_room() && self.places.count_at(&provider) == 0 {
                self.start_one_of(&provider, now, wake);
            }
        }
    }

    /// While nothing can be reached one refresh at a time tries, another provider's each time.
    fn probe_the_network(&mut self, now: Timestamp, wake: &mut Wake) {
        let Some(at) = self.engine.reach().network.next_probe_at(now) else { return };
        if at > now {
            wake.also_at(at);
            return;
        }
        let mut providers = self.index.waiting_providers();
        if let Some(served) = &self.served {
            let split = providers.partition_point(|it| it <= served);
            providers.rotate_left(split);
        }
        let begun = providers.into_iter().find_map(|provider| Some((self.index.begin(&provider)?, provider)));
        if let Some(((id, due), provider)) = begun {
            self.engine.reach().network.begin_probe();
            self.engine.look_for_network();
            self.served = Some(provider.clone());
            self.start(id, &provider, due, Some(Probes::Network));
        }
    }

    fn start(&mut self, id: ConnectionId, provider: &ProviderId, due: Due, probes: Option<Probes>) {
        let why = match due.reason {
            RefreshReason::KeepAlive => RefreshWhy::KeepAlive { due_at: due.at },
            RefreshReason::Scheduled
            | RefreshReason::Person
            | RefreshReason::Needed
            | RefreshReason::Rejected
            | RefreshReason::Recovery => RefreshWhy::Scheduled { due_at: due.at },
        };
        let (engine, connection, slow) = (self.engine.clone(), id.clone(), self.slow.0.clone());
        let task = self.tasks.spawn(async move {
            let refresh = engine.refresh(&connection, why);
            tokio::pin!(refresh);
            match tokio::time::timeout(SLOW_AFTER, &mut refresh).await {
                Ok(outcome) => outcome,
                Err(_) => {
                    // Nobody listens any more where the loop itself has ended.
                    slow.send(tokio::task::id()).ok();
                    refresh.await
                }
            }
        });
        let version = self.index.version_of(&id).unwrap_or_default();
        self.places.take(task.id(), Taken::new(id, provider.clone(), version, probes));
    }

    fn end(&mut self, ended: Ended) {
        let (task, outcome) = match ended {
            Ok((task, outcome)) => (task, outcome),
            Err(error) => (error.id(), Err(Error::TaskEnded)),
        };
        let Some(taken) = self.places.leave(task) else { return };
        let now = self.engine.parts.clock.now();
        match taken.probes {
            Some(Probes::Network) => self.engine.reach().network.end_probe(Engine::jitter(), now),
            Some(Probes::Provider) => {
                if let Some(breaker) = self.engine.reach().breakers.get_mut(&taken.provider) {
                    breaker.end_probe();
                }
            }
            None => {}
        }
        let until = match outcome {
            Ok(RefreshOutcome::Refreshed { .. }) => None,
            Ok(RefreshOutcome::Failed { retry_at, .. }) => {
                Some(retry_at.max(now.checked_add(Duration::from_secs(1)).unwrap_or(now)))
            }
            Ok(
                RefreshOutcome::AlreadyFresh { .. }
                | RefreshOutcome::GrantEnded { .. }
                | RefreshOutcome::NoRefreshToken,
            ) => now.checked_add(PAUSE_AFTER_NOTHING).ok(),
            Err(Error::ConnectionGone(_)) => {
                self.index.remove(&taken.connection);
                return;
            }
            Err(error) => {
                tracing::warn!(connection = %taken.connection, %error, "a scheduled refresh could not be made");
                now.checked_add(PAUSE_AFTER_NOTHING).ok()
            }
        };
        // The pause is for the token it was made with: a newer one is looked at afresh.
        self.catch_up();
        let is_same = self.index.version_of(&taken.connection) == Some(taken.version);
        self.index.end(&taken.connection, until.filter(|_| is_same), now);
    }
}

/// Returns at the next change of a connection; a missed one counts as a change.
async fn something_changed(notices: &mut broadcast::Receiver<Notice>) {
    loop {
        match notices.recv().await {
            Ok(Notice::ConnectionChanged(_)) | Err(broadcast::error::RecvError::Lagged(_)) => break,
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
            Err(broadcast::error::RecvError::Closed) => return std::future::pending().await,
        }
    }
    // One look is enough for all that came meanwhile.
    while matches!(notices.try_recv(), Ok(_) | Err(broadcast::error::TryRecvError::Lagged(_))) {}
}
