//! The connection whose place a new grant would take, and the one it may stand beside [A1, A7].

use domain::ConnectionId;
use domain::connection::reconnect::ReconnectComparison;
use domain::connection::{Connection, GrantState};
use domain::provider::scope_map::covers;

use super::super::Purpose;
use crate::Error;

use super::{Landing, Pen};

impl Landing {
    /// The connection this grant would take the place of: the one being reconnected, or one of the same
    /// provider, client, account, workspace and environment [A1].
    pub(in crate::flows::connect) fn older_connection(&self, pen: &Pen) -> Result<Option<Connection>, Error> {
        match &self.frozen.purpose {
            Purpose::Reconnect(connection) => self.engine.connection(&connection.id).map(Some),
            Purpose::HandOver(_) => Ok(None),
            Purpose::New { environment, .. } => {
                if pen.identity.subject.is_none() {
                    return Ok(None);
                }
                let all = self.engine.parts.store.list_connections()?;
                Ok(all.into_iter().find(|it| {
                    it.provider == self.frozen.provider.id
                        && it.client == self.frozen.client.id
                        && it.environment == *environment
                        && it.identity.subject == pen.identity.subject
                        && it.identity.workspace_id == pen.identity.workspace_id
                        && it.token.is_some()
                        && !matches!(it.grant, GrantState::Disconnected { .. })
                }))
            }
        }
    }

    pub(in crate::flows::connect) fn compare(&self, older: &Connection, pen: &Pen) -> ReconnectComparison {
        let mut comparison = ReconnectComparison::between(&older.identity, &pen.identity, &older.scopes, &pen.scopes);
        // What a wider scope takes the place of is not lost.
        comparison.scopes_lost.retain(|it| !covers(&self.frozen.provider.scopes, &pen.scopes.granted, it));
        comparison
    }

    /// Another connection may hold the new account already, through the same client: two of one never mix, and what
    /// was just issued is one too many [A1, A9].
    pub(in crate::flows::connect) fn refuse_twin(
        &self,
        older: &Connection,
        is_kept_beside: bool,
        pen: &Pen,
    ) -> Result<(), Error> {
        let is_twin = |it: &Connection| {
            (is_kept_beside || it.id != older.id)
                && it.identity.subject.is_some()
                && it.provider == self.frozen.provider.id
                && it.client == self.frozen.client.id
                && it.environment == older.environment
                && it.identity.subject == pen.identity.subject
                && it.identity.workspace_id == pen.identity.workspace_id
                && !matches!(it.grant, GrantState::Disconnected { .. })
        };
        match self.engine.parts.store.list_connections()?.into_iter().find(is_twin) {
            None => Ok(()),
            Some(twin) => Err(Error::AlreadyConnected(twin.id)),
        }
    }

    /// A connection of its own beside the old one.
    pub(in crate::flows::connect) async fn store_beside(
        &self,
        older: &Connection,
        pen: Pen,
    ) -> Result<ConnectionId, Error> {
        self.refuse_twin(older, true, &pen)?;
        self.store_new(pen).await
    }
}
