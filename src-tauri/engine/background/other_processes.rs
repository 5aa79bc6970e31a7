//! Notices what another process wrote to the same board: the command line beside the window, and the
//! other way round.

use std::time::Duration;

use crate::{Engine, Notice};

/// Soon enough for a person who looks from the terminal to the window; one integer is read each time.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Engine {
    /// Tells the window to ask again whenever the database was changed by someone else.
    pub(super) async fn notice_other_processes(&self) {
        let mut seen = self.parts.store.data_version().ok();
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = self.parts.store.data_version().ok();
            if now != seen {
                seen = now;
                self.notify(Notice::ConnectionChanged(None));
            }
        }
    }
}
