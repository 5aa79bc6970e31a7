//! Looks after what was certified, in whichever process is awake: at the start what died processes left is tidied up,
//! then each certificate is tested in its time, and looked at when a connection changes [E4].

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::broadcast::{self, error::RecvError, error::TryRecvError};

use crate::{Engine, Notice};

/// What changes together is looked at together.
const SETTLE: Duration = Duration::from_millis(300);
/// Another process may have certified something meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// What could not be removed is tried again after this.
const TIDY_EVERY: Duration = Duration::from_secs(60 * 60);

impl Engine {
    /// Never returns.
    pub(super) async fn keep_certificates(&self) {
        let mut notices = self.notices();
        let mut tidy_at = Some(self.parts.clock.now());
        loop {
            let now = self.parts.clock.now();
            if tidy_at.is_some_and(|at| at <= now) {
                tidy_at = self.tidy_up_once(now).await;
            }
            let next = match self.look_after_certificates().await {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(%error, "certificates could not be looked after; trying again soon");
                    None
                }
            };
            let now = self.parts.clock.now();
            let latest = now.checked_add(LONGEST_SLEEP).unwrap_or(now);
            let at = [next, tidy_at].into_iter().flatten().fold(latest, Timestamp::min);
            tokio::select! {
                () = self.parts.clock.nap_until(at, LONGEST_SLEEP) => {}
                () = something_changed(&mut notices, next.is_some()) => {}
            }
        }
    }

    /// When to tidy up again; `None`: nothing is left.
    async fn tidy_up_once(&self, now: Timestamp) -> Option<Timestamp> {
        match self.tidy_up_rehearsals().await {
            Ok(0) => return None,
            Ok(count) => tracing::info!(count, "objects of rehearsals are still at their providers"),
            Err(error) => tracing::warn!(%error, "what rehearsals left could not be tidied up"),
        }
        now.checked_add(TIDY_EVERY).ok()
    }
}

/// Returns a moment after the next change that may concern a certificate; without one only a rehearsal's end does.
async fn something_changed(notices: &mut broadcast::Receiver<Notice>, is_kept: bool) {
    loop {
        match notices.recv().await {
            Ok(Notice::ConnectionChanged(_) | Notice::PlatformChanged(_)) if is_kept => break,
            Ok(Notice::ChecklistChanged(_)) | Err(RecvError::Lagged(_)) => break,
            Ok(
                Notice::ConnectionChanged(_)
                | Notice::PlatformChanged(_)
                | Notice::SignInChanged(_)
                | Notice::ReadingChanged(_)
                | Notice::IncidentChanged(_)
                | Notice::CertificateWithdrawn { .. }
                | Notice::QueueChanged
                | Notice::ProgramsChanged
                | Notice::AlertWishesChanged,
            ) => {}
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
    tokio::time::sleep(SETTLE).await;
    while matches!(notices.try_recv(), Ok(_) | Err(TryRecvError::Lagged(_))) {}
}
