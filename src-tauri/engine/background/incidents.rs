//! Opens incidents by themselves, and notes repairs, a moment after whatever changed [D4].

use std::time::Duration;

use tokio::sync::broadcast;

use crate::{Engine, Notice};

/// What changes together is looked at together.
const SETTLE: Duration = Duration::from_millis(300);

impl Engine {
    /// Follows incidents from now on.
    pub(super) async fn watch_incidents(&self) {
        let mut notices = self.notices();
        loop {
            if let Err(error) = self.follow_incidents() {
                tracing::warn!(%error, "incidents could not be followed");
            }
            loop {
                match notices.recv().await {
                    Ok(Notice::ConnectionChanged(_) | Notice::PlatformChanged(_))
                    | Err(broadcast::error::RecvError::Lagged(_)) => break,
                    Ok(Notice::SignInChanged(_) | Notice::ReadingChanged(_) | Notice::IncidentChanged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return,
                }
            }
            tokio::time::sleep(SETTLE).await;
            while matches!(notices.try_recv(), Ok(_) | Err(broadcast::error::TryRecvError::Lagged(_))) {}
        }
    }
}
