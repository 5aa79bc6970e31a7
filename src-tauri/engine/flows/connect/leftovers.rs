//! What was made for a sign-in and is of no use once it came to nothing: a key, a registration [A2, S092, S103].

use domain::connection::Client;

use super::landing::Landing;
use super::{SignInFailure, SignInId, SignInProgress, ours};
use crate::{Engine, Error};

/// What goes with a sign-in that came to nothing.
pub(super) struct Leftovers {
    /// Tokens were to be bound to it.
    key: Option<String>,
    /// It was registered for this sign-in.
    client: Option<Client>,
}

impl Landing {
    pub(super) fn leftovers(&self) -> Leftovers {
        let client = self.frozen.is_registered_for_it.then(|| self.frozen.client.clone());
        Leftovers { key: self.bound_key(), client }
    }
}

impl Engine {
    /// Runs a sign-in's task. Whatever becomes of it, a sign-in ends, and says so; what was made for it and nothing
    /// uses in the end goes with it.
    pub(super) fn watch_over(
        &self,
        id: &SignInId,
        leftovers: Leftovers,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let landed = tokio::spawn(task);
        let (engine, id) = (self.clone(), id.clone());
        tokio::spawn(async move {
            if landed.await.is_err() {
                engine.update_sign_in(&id, |progress| {
                    if !progress.is_over() {
                        *progress = ours(Error::TaskEnded);
                    }
                });
            }
            let is_without_grant = engine.sign_in(&id).is_ok_and(|it| match it.progress {
                SignInProgress::Cancelled
                | SignInProgress::TakenBack { .. }
                | SignInProgress::TimedOut
                | SignInProgress::Refused { .. }
                | SignInProgress::Failed(
                    SignInFailure::Cause { .. } | SignInFailure::NotStored { .. } | SignInFailure::NotTaken { .. },
                ) => true,
                // A bundle may be held that is bound to it.
                SignInProgress::Failed(SignInFailure::Ours(_))
                | SignInProgress::Connected(_)
                | SignInProgress::HandedOver { .. }
                | SignInProgress::WaitingForBrowser { .. }
                | SignInProgress::ExchangingCode
                | SignInProgress::Identifying
                | SignInProgress::Storing
                | SignInProgress::NeedsDecision { .. } => false,
            });
            if !is_without_grant {
                return;
            }
            if let Some(key) = leftovers.key
                && let Err(error) = engine.erase_unbound_key(&key).await
            {
                tracing::debug!(%error, "a key that nothing is bound to stays in the keychain");
            }
            if let Some(client) = leftovers.client {
                engine.take_registration_back(&client).await;
            }
        });
    }

    /// What was registered for a sign-in that came to nothing does not stay.
    pub(super) async fn take_registration_back(&self, client: &Client) {
        if let Err(error) = self.retire_unused(client).await {
            tracing::debug!(client = %client.id, %error, "a registration that nothing uses could not be taken back");
        }
    }
}
