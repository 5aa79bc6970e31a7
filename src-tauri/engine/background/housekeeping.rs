//! Once at the start and then daily: old routine events become numbers by day, and registrations that nothing needs
//! are asked to be deleted once more [A2, B12, C9, S092].

use std::time::Duration;

use crate::Engine;

const EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// A clock may be set, and a computer sleep.
const LONGEST_NAP: Duration = Duration::from_secs(60 * 60);
/// Between two batches another process gets its turn to write.
const BETWEEN_BATCHES: Duration = Duration::from_millis(50);

impl Engine {
    /// Never returns.
    pub(super) async fn keep_house(&self) {
        loop {
            self.thin_old_events().await;
            if let Err(error) = self.retire_given_up().await {
                tracing::warn!(%error, "registrations that nothing needs could not be looked at");
            }
            self.until_a_day_is_over().await;
        }
    }

    /// A day by the wall clock, and no longer where that was set back meanwhile.
    async fn until_a_day_is_over(&self) {
        let clock = &self.parts.clock;
        let began = clock.now();
        let until = began.checked_add(EVERY).unwrap_or(began);
        while clock.now() >= began && clock.now() < until {
            clock.nap_until(until, LONGEST_NAP).await;
        }
    }

    /// What cannot be thinned today is thinned tomorrow: nothing depends on it.
    async fn thin_old_events(&self) {
        loop {
            match self.thin_some_events() {
                Ok(0) => return,
                Ok(count) => tracing::debug!(count, "old events were counted by day"),
                Err(error) => {
                    tracing::warn!(%error, "old events could not be thinned");
                    return;
                }
            }
            tokio::time::sleep(BETWEEN_BATCHES).await;
        }
    }
}
