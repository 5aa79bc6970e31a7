//! Notices that the keychain was locked or unlocked while nobody needed it, so that an idle window says what is so;
//! never opens a prompt, and looks by itself only where nobody tells of it [A3, B1, S160].

use std::time::Duration;

use crate::{Engine, Notice};

/// Where it tells of a lock by itself; what was not heard is seen then.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Where it does not: a person who has just unlocked it looks at the window.
const LOOK_OFTEN: Duration = Duration::from_secs(3);
/// It says more than one thing of one change, and some of it before it is so.
const SETTLE: Duration = Duration::from_millis(200);

impl Engine {
    /// Never returns.
    pub(super) async fn notice_the_keychain(&self) {
        let mut tidings = self.parts.vault.tidings();
        loop {
            // First of all, so that what is said after the look is heard.
            let pause = if tidings.is_told().await { LOOK_EVERY } else { LOOK_OFTEN };
            if self.keychain_has_changed().await {
                self.notify(Notice::ConnectionChanged(None));
            }
            if tokio::time::timeout(pause, tidings.next()).await.is_ok() {
                tokio::time::sleep(SETTLE).await;
            }
        }
    }
}
