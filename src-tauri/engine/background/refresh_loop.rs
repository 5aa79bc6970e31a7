//! One sleeping loop for all connections: sleeps until the next is due, refreshes it, never opens a browser
//! [B2, B13, B14, S159, S160, S161].

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{ConnectionId, ProviderId};
use jiff::Timestamp;
use tokio::sync::{Notify, Semaphore, broadcast};

use crate::flows::refresh::RefreshWhy;
use crate::{Engine, Notice};

/// Wakes at least this often, by the wall clock: timers alone stand still in sleep [S160].
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// After a failure of our own (keychain, database) a connection is left alone this long.
const PAUSE_AFTER_ERROR: Duration = Duration::from_secs(60);
/// Refreshes at once, over all providers [S161].
const MAX_AT_ONCE: usize = 8;
/// Refreshes at once at one provider, so that a slow one delays nobody else [B13, S165].
const MAX_PER_PROVIDER: usize = 2;

impl Engine {
    /// Never returns.
    pub(super) async fn refresh_for_ever(&self) {
        let mut notices = self.notices();
        let bulkheads = Arc::new(Bulkheads::new());
        let mut leadership = None;

        loop {
            if leadership.is_none() {
                leadership = self.parts.locks.try_lead().ok().flatten();
            }
            let wake_at = if leadership.is_some() { self.start_due(&bulkheads) } else { None };
            let now = self.parts.clock.now();
            let latest = now.checked_add(LONGEST_SLEEP).unwrap_or(now);
            tokio::select! {
                () = self.parts.clock.sleep_until(wake_at.map_or(latest, |at| at.min(latest))) => {}
                () = something_changed(&mut notices) => {}
                () = bulkheads.left.notified() => {}
            }
        }
    }

    /// Starts what is due and says when the next will be.
    fn start_due(&self, bulkheads: &Arc<Bulkheads>) -> Option<Timestamp> {
        let overviews = match self.list_connections() {
            Ok(overviews) => overviews,
            Err(error) => {
                tracing::warn!(%error, "the connections could not be listed; trying again soon");
                return None;
            }
        };
        let now = self.parts.clock.now();
        let mut next = None;
        for overview in overviews.into_iter().filter(|it| it.connection.automatic_refresh) {
            let Some(due) = overview.refresh_at else { continue };
            if due > now {
                next = Some(next.map_or(due, |next: Timestamp| next.min(due)));
            } else if bulkheads.enter(&overview.connection.id, now) {
                let (engine, bulkheads) = (self.clone(), Arc::clone(bulkheads));
                tokio::spawn(async move {
                    bulkheads.refresh(&engine, &overview.connection.id, &overview.provider.id).await;
                });
            }
        }
        next
    }
}

/// Room for a few refreshes at a time, overall and per provider.
struct Bulkheads {
    overall: Semaphore,
    providers: Mutex<HashMap<ProviderId, Arc<Semaphore>>>,
    under_way: Mutex<HashSet<ConnectionId>>,
    paused_until: Mutex<HashMap<ConnectionId, Timestamp>>,
    /// A connection that became due again while its last refresh was ending is looked at anew.
    left: Notify,
}

impl Bulkheads {
    fn new() -> Self {
        Self {
            overall: Semaphore::new(MAX_AT_ONCE),
            providers: Mutex::default(),
            under_way: Mutex::default(),
            paused_until: Mutex::default(),
            left: Notify::new(),
        }
    }

    /// False when this connection is being refreshed already, or has just failed for reasons of ours.
    fn enter(&self, id: &ConnectionId, now: Timestamp) -> bool {
        if locked(&self.paused_until).get(id).is_some_and(|until| *until > now) {
            return false;
        }
        locked(&self.under_way).insert(id.clone())
    }

    async fn refresh(&self, engine: &Engine, id: &ConnectionId, provider: &ProviderId) {
        let room = {
            let mut providers = locked(&self.providers);
            Arc::clone(providers.entry(provider.clone()).or_insert_with(|| Arc::new(Semaphore::new(MAX_PER_PROVIDER))))
        };
        // The provider's room first: those waiting for a slow one must not hold the common room.
        if let (Ok(_own), Ok(_overall)) = (room.acquire().await, self.overall.acquire().await)
            && let Err(error) = engine.refresh(id, RefreshWhy::Scheduled).await
        {
            tracing::warn!(connection = %id, %error, "a scheduled refresh could not be made");
            if let Ok(until) = engine.parts.clock.now().checked_add(PAUSE_AFTER_ERROR) {
                locked(&self.paused_until).insert(id.clone(), until);
            }
        }
        locked(&self.under_way).remove(id);
        self.left.notify_one();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns at the next change of a connection; a missed one counts as a change.
async fn something_changed(notices: &mut broadcast::Receiver<Notice>) {
    loop {
        match notices.recv().await {
            Ok(Notice::ConnectionChanged(_)) | Err(broadcast::error::RecvError::Lagged(_)) => return,
            Ok(Notice::SignInChanged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => return std::future::pending().await,
        }
    }
}
