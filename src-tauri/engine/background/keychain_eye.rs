//! Notices that the keychain was locked or unlocked while nobody needed it, so that an idle window says what is so;
//! never opens a prompt [A3, B1].

use std::time::Duration;

use crate::{Engine, Notice};

/// A person who has just unlocked it looks at the window; one property is read each time.
const LOOK_EVERY: Duration = Duration::from_secs(3);

impl Engine {
    /// Never returns.
    pub(super) async fn notice_the_keychain(&self) {
        loop {
            if self.keychain_has_changed().await {
                self.notify(Notice::ConnectionChanged(None));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}
