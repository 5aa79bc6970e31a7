//! A run whose process was killed waits no more: seen within seconds, and only looked for while one waits [F3, S160].

use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;

use crate::{Engine, Notice};

/// How soon a killed one is gone from the list.
const LOOK_EVERY: Duration = Duration::from_secs(3);

impl Engine {
    /// Never returns.
    pub(super) async fn watch_blocked_runs(&self) {
        let mut notices = self.notices();
        loop {
            match self.clear_dead_runs() {
                Ok(true) => {
                    tokio::time::sleep(LOOK_EVERY).await;
                    continue;
                }
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "runs that wait could not be looked at");
                    // Of one that is over and still listed nobody tells again.
                    if self.has_ended_runs_listed() {
                        tokio::time::sleep(LOOK_EVERY).await;
                        continue;
                    }
                }
            }
            loop {
                match notices.recv().await {
                    // Another process wrote something, or a run began to wait.
                    Ok(Notice::ConnectionChanged(None) | Notice::ProgramsChanged) | Err(RecvError::Lagged(_)) => break,
                    Ok(_) => {}
                    Err(RecvError::Closed) => return,
                }
            }
        }
    }
}
