//! Takes up what any process of the board left: a bundle that lies sealed is stored as soon as the keychain answers, and
//! a refresh whose process died is settled [A5, S154].

use std::time::Duration;

use tokio::sync::broadcast;
use tokio::time::{Instant, timeout};

use crate::{Engine, Notice};

/// Between two looks while a token waits for the keychain: a person who has just unlocked it looks at the window.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Between two looks where nothing waits: a process that dies under way tells nobody.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// After a notice, for those that come with it.
const SETTLE: Duration = Duration::from_millis(200);

impl Engine {
    /// Never returns.
    pub(super) async fn take_up_for_ever(&self) {
        let mut notices = self.notices();
        let mut pause = SHORTEST_PAUSE;
        let mut looked_at: Option<Instant> = None;
        loop {
            // A busy board tells of something all the time: what a dead process left is looked for all the same.
            let is_due = looked_at.is_none_or(|at| at.elapsed() >= LOOK_EVERY);
            if is_due {
                looked_at = Some(Instant::now());
            }
            let looked = if is_due { self.take_up_what_was_left().await } else { self.take_up_seals().await };
            let waiting_count = looked.unwrap_or_else(|error| {
                tracing::warn!(%error, "what lies sealed could not be looked at");
                0
            });
            if waiting_count == 0 {
                pause = SHORTEST_PAUSE;
                let until_due = looked_at.map_or(LOOK_EVERY, |at| LOOK_EVERY.saturating_sub(at.elapsed()));
                drop(timeout(until_due, something_changed(&mut notices)).await);
            } else {
                // What is told meanwhile waits with it: its keychain is the same.
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
                looked_at = None;
            }
        }
    }
}

/// Returns a moment after the next change of a connection; a missed one counts as a change.
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
    tokio::time::sleep(SETTLE).await;
    while matches!(notices.try_recv(), Ok(_) | Err(broadcast::error::TryRecvError::Lagged(_))) {}
}
