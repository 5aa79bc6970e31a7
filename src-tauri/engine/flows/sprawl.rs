//! Sprawl: which connections repeat each other, what merging two does, and what one more consent would end
//! [A8, A9, A10].

use domain::connection::grant_budget::{Counted, GrantBudget, budget};
use domain::connection::sprawl::{self, Duplicates, MergePlan, MergeRefused, MergeRevocation};
use domain::lifecycle_event::EventKind;
use domain::{ClientId, ConnectionId, ProviderId};

use super::disconnect::{AccessTokenSeen, RevocationResult, end_of};
use crate::{Engine, Error};

/// What a merge did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    pub moved_count: usize,
    /// `None`: it was left at the provider, since a revocation would have ended others too.
    pub revocation: Option<RevocationResult>,
    pub access_token: AccessTokenSeen,
}

impl Engine {
    /// Every group of connections that repeat each other.
    pub fn list_duplicates(&self) -> Result<Vec<Duplicates>, Error> {
        Ok(sprawl::duplicates(&self.parts.store.list_connections()?, &self.parts.store.list_clients()?))
    }

    /// What merging would move and revoke, before it is done.
    pub fn plan_merge(&self, keep: &ConnectionId, gone: &ConnectionId) -> Result<MergePlan, Error> {
        let (kept, merged) = (self.connection(keep)?, self.connection(gone)?);
        let provider = self.provider_of(&merged)?;
        let (at_kept, at_gone) = (self.list_dependants(keep)?, self.list_dependants(gone)?);
        let (board, clients) = (self.parts.store.list_connections()?, self.parts.store.list_clients()?);
        sprawl::plan_merge((&kept, &at_kept), (&merged, at_gone), &provider, &board, &clients)
            .map_err(|refused| Error::BadInput(said(refused)))
    }

    /// Merges one connection into another: what hung on it hangs on the one kept; its grant is revoked only where
    /// that ends no other; its secrets are erased, and its row stays, disconnected.
    pub async fn merge_connections(&self, keep: &ConnectionId, gone: &ConnectionId) -> Result<Merged, Error> {
        let counted = self.connection(gone)?.token_version();
        let (lock, merged) = self.lock_settled(gone, counted).await?;
        let merged = self.newest_to_take_back(merged).await?;
        let plan = self.plan_merge(keep, gone)?;
        let kept = self.connection(keep)?;
        let farewell = self.plan_disconnect(gone)?;
        let (revocation, access_token) = match plan.revocation {
            MergeRevocation::WouldEnd(_) => {
                (None, AccessTokenSeen::NotSeen { until: merged.token.as_ref().and_then(|it| end_of(it.expiry)) })
            }
            MergeRevocation::Revokes
            | MergeRevocation::RevokesAccessTokenAlone
            | MergeRevocation::RefusedToPublicClients
            | MergeRevocation::NotOffered
            | MergeRevocation::NothingToRevoke => {
                let (revocation, access_token) = self.take_back(&merged, &farewell).await?;
                (Some(revocation), access_token)
            }
        };

        let version = merged.token_version();
        let mut events = vec![];
        events.extend(revocation.and_then(|it| self.left_at_provider(&merged, it)));
        for (of, other) in [(&merged, &kept), (&kept, &merged)] {
            let mut event = self.event(EventKind::ConnectionsMerged, of);
            let into = if of.id == merged.id { "into" } else { "with" };
            event.subject = Some(format!("{into} {} ({})", other.name, other.id));
            events.push(event);
        }
        let at = self.parts.clock.now();
        let moved_count = self.parts.store.merge_connections((gone, version), keep, at, &events)?;
        match revocation {
            Some(RevocationResult::Revoked) => self.forget_left_behind(&merged)?,
            None
            | Some(
                RevocationResult::AccessTokenAlone
                | RevocationResult::Failed { .. }
                | RevocationResult::NotOffered
                | RevocationResult::NothingToRevoke,
            ) => self.note_left_behind(&merged)?,
        }
        self.erase_all(gone, version).await?;
        drop(lock);
        self.notify_connection(gone);
        self.notify_connection(keep);
        Ok(Merged { moved_count, revocation, access_token })
    }

    /// The grant budget of each client of a provider, where the provider has a limit.
    pub fn grant_budgets(&self, provider: &ProviderId) -> Result<Vec<(ClientId, GrantBudget)>, Error> {
        let provider = self.provider(provider)?;
        let (board, clients) = (self.parts.store.list_connections()?, self.parts.store.list_clients()?);
        let left = self.parts.store.list_left_grants(&provider.id)?;
        let counted = Counted { board: &board, clients: &clients, left: &left, now: self.parts.clock.now() };
        let own = clients.iter().filter(|client| client.provider == provider.id);
        Ok(own.filter_map(|client| Some((client.id.clone(), budget(&provider, client, &counted)?))).collect())
    }
}

fn said(refused: MergeRefused) -> &'static str {
    match refused {
        MergeRefused::Itself => "a connection is not merged into itself",
        MergeRefused::OtherAccount => "only connections of one account at one provider are merged",
        MergeRefused::OtherEnvironment => "connections of different environments never mix",
        MergeRefused::KeptIsDead => "the one to keep is not connected; reconnect it first",
    }
}
