//! What runs by itself while the window is open or a process serves: the refresh loop, an eye on other processes of the
//! same board and on the keychain, what any of them left, incidents, certificates, alerts, events that are forwarded,
//! and housekeeping [A3, A5, B2, B12, B13, E4, F4, F5, S159].

mod alert_outbox;
mod blocked_runs;
mod certificates;
mod due_index;
mod event_forwarding;
mod housekeeping;
mod incidents;
mod keychain_eye;
mod other_processes;
mod pace;
mod places;
mod readings;
mod refresh_loop;
mod run_outs;
mod taking_up;

use std::sync::{Arc, PoisonError};

use tokio::task::JoinHandle;

pub use other_processes::Writes;

use crate::Engine;

/// The running tasks; they end when this is dropped.
pub struct Watch {
    tasks: [JoinHandle<()>; 10],
    _sign: Arc<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Engine {
    /// Watches over all connections from now on, as long as the answer is kept. Only one process of a
    /// board refreshes by itself at a time; another takes over when it goes.
    pub fn watch(&self) -> Watch {
        let (refreshing, noticing, housekeeping) = (self.clone(), self.clone(), self.clone());
        let (taking_up, looking, following, certifying) = (self.clone(), self.clone(), self.clone(), self.clone());
        let clearing = self.clone();
        let alerting = self.clone();
        let forwarding = self.clone();
        let sign = Arc::new(());
        *self.watched.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&sign);
        let tasks = [
            tokio::spawn(async move { refreshing.refresh_for_ever().await }),
            tokio::spawn(async move { noticing.notice_other_processes().await }),
            tokio::spawn(async move { housekeeping.keep_house().await }),
            tokio::spawn(async move { looking.notice_the_keychain().await }),
            tokio::spawn(async move { taking_up.take_up_for_ever().await }),
            tokio::spawn(async move { following.watch_incidents().await }),
            tokio::spawn(async move { certifying.keep_certificates().await }),
            tokio::spawn(async move { clearing.watch_blocked_runs().await }),
            tokio::spawn(async move { alerting.send_alerts().await }),
            tokio::spawn(async move { forwarding.forward_for_ever().await }),
        ];
        Watch { tasks, _sign: sign }
    }

    /// Returns once this process is the one that does what one alone does.
    async fn until_it_leads(&self) {
        // The sender is alive as long as `self` is borrowed.
        drop(self.leads.subscribe().wait_for(|leads| *leads).await);
    }

    /// Whether anybody tests again what was certified: a process that watches.
    pub fn is_kept_warm(&self) -> bool {
        self.is_watched()
    }

    /// Whether a process watches over the board. One that watches and does not lead takes over in a moment.
    pub(crate) fn is_watched(&self) -> bool {
        let is_own = self.watched.lock().unwrap_or_else(PoisonError::into_inner).strong_count() > 0;
        is_own || self.parts.locks.is_led()
    }
}
