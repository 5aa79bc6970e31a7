//! Opens incidents by themselves, and notes repairs, a moment after whatever changed [D4].

use std::collections::BTreeSet;
use std::time::Duration;

use domain::ConnectionId;
use domain::connection::status::Lamp;
use tokio::sync::broadcast::{self, error::RecvError, error::TryRecvError};

use crate::{Engine, Error, Notice};

/// What changes together is looked at together.
const SETTLE: Duration = Duration::from_millis(300);

/// More than this are not asked about one by one. Two hundred a second may change, and a look at the whole board takes as
/// long as some thousand of these.
const MOST_ONE_BY_ONE: usize = 512;

/// What was told to have changed since the last look.
#[derive(Default)]
struct Changed {
    connections: BTreeSet<ConnectionId>,
    /// More than connections that have a name.
    is_more: bool,
}

impl Changed {
    /// False: it concerns no incident.
    fn note(&mut self, notice: Notice) -> bool {
        match notice {
            Notice::ConnectionChanged(Some(id)) => {
                self.connections.insert(id);
            }
            Notice::ConnectionChanged(None) | Notice::PlatformChanged(_) => self.is_more = true,
            Notice::SignInChanged(_)
            | Notice::ReadingChanged(_)
            | Notice::IncidentChanged(_)
            | Notice::ChecklistChanged(_)
            | Notice::CertificateWithdrawn { .. }
            | Notice::QueueChanged
            | Notice::ProgramsChanged
            | Notice::AlertWishesChanged => return false,
        }
        true
    }
}

impl Engine {
    /// Follows incidents from now on.
    pub(super) async fn watch_incidents(&self) {
        let mut notices = self.notices();
        let mut changed = Changed { is_more: true, ..Changed::default() };
        loop {
            match self.concerns_incidents(&changed) {
                Ok(false) => {}
                Ok(true) | Err(_) => {
                    if let Err(error) = self.follow_incidents() {
                        tracing::warn!(%error, "incidents could not be followed");
                    }
                }
            }
            match next(&mut notices).await {
                Some(first) => changed = first,
                None => return,
            }
            tokio::time::sleep(SETTLE).await;
            loop {
                match notices.try_recv() {
                    Ok(notice) => {
                        changed.note(notice);
                    }
                    Err(TryRecvError::Lagged(_)) => changed.is_more = true,
                    Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                }
            }
        }
    }

    /// Whether an incident may begin or be repaired by what changed: connections that are well while nothing is open
    /// are no reason to look at the whole board.
    fn concerns_incidents(&self, changed: &Changed) -> Result<bool, Error> {
        if changed.is_more || changed.connections.len() > MOST_ONE_BY_ONE {
            return Ok(true);
        }
        if self.parts.store.list_open_incidents()?.iter().any(|it| it.repaired_at.is_none()) {
            return Ok(true);
        }
        let mut lamps = changed.connections.iter().map(|id| self.overview(id).map(|it| it.status.lamp));
        // One that is gone leaves an error, and is looked at.
        Ok(lamps.any(|lamp| lamp.map_or(true, |lamp| lamp == Lamp::ReauthRequired)))
    }
}

/// The next change that concerns incidents; `None` when nobody tells any more.
async fn next(notices: &mut broadcast::Receiver<Notice>) -> Option<Changed> {
    let mut changed = Changed::default();
    loop {
        match notices.recv().await {
            Ok(notice) => {
                if changed.note(notice) {
                    return Some(changed);
                }
            }
            Err(RecvError::Lagged(_)) => return Some(Changed { is_more: true, ..changed }),
            Err(RecvError::Closed) => return None,
        }
    }
}
