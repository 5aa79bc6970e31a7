//! The holding pen: tokens wait in memory for a person's word, and are taken back at the provider where it is no
//! [A7, A10].

use std::time::Duration;

use domain::connection::Connection;
use domain::connection::reconnect::{ReconnectComparison, ReconnectDecision};

use super::SignInProgress;
use super::landing::{Landing, Pen};
use super::sign_in::Controls;
use crate::Error;

/// How long new tokens wait for a yes before they are taken back.
pub(super) const DECISION_TIME: Duration = Duration::from_secs(60 * 60);

impl Landing {
    /// Waits until a person says what the new tokens are [A7].
    pub(super) async fn decision(
        &self,
        older: &Connection,
        pen: &Pen,
        comparison: ReconnectComparison,
        controls: &mut Controls,
    ) -> Result<ReconnectDecision, Error> {
        let dependant_count = self.engine.list_dependants(&older.id).map_or(0, |all| all.len());
        let refusal = self.refusal(&pen.identity, pen.tokens.refresh_token.is_some())?;
        let clock = &self.engine.parts.clock;
        let until = clock.now().checked_add(DECISION_TIME).unwrap_or(self.ends_at);
        self.tell(SignInProgress::NeedsDecision { comparison: Box::new(comparison), dependant_count, refusal });

        Ok(tokio::select! {
            decided = &mut controls.decided => decided.unwrap_or(ReconnectDecision::Refuse),
            // Cancelling now is refusing: the tokens exist already.
            Ok(()) = &mut controls.cancelled => ReconnectDecision::Refuse,
            () = clock.sleep_until(until) => ReconnectDecision::Refuse,
        })
    }
}
