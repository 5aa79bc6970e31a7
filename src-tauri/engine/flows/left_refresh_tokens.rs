//! Refresh tokens that came beside the one that is kept, or in a form that nobody could read: which they were [A5, B7, S059].

use domain::connection::{Connection, IssuedBy};
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::token::TokenDefect;
use domain::{Fingerprint, TokenVersion};

use crate::{Engine, Error};

/// How far back the event is looked for: it was written with the token that counts.
const LOOKED_BACK: usize = 200;
/// Between two fingerprints.
const SEPARATOR: &str = ", ";

/// What the answer that brought the token in hand left open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftRefreshTokens {
    /// The one that is kept came with that answer; else it is the one that was sent.
    pub is_rotated: bool,
    /// Those that were left. None where they could not be told, or that was long ago.
    pub left: Vec<Fingerprint>,
}

impl Engine {
    /// `None` where the last answer left nothing open.
    ///
    /// # Errors
    /// The database's.
    pub fn left_refresh_tokens(&self, connection: &Connection) -> Result<Option<LeftRefreshTokens>, Error> {
        let Some(token) = &connection.token else { return Ok(None) };
        let is_open = token.defects.iter().any(|it| it.leaves_old_in_doubt() || *it == TokenDefect::OtherRefreshToken);
        if !is_open || !connection.is_living() {
            return Ok(None);
        }
        let events = self.parts.store.list_events(Some(&connection.id), None, LOOKED_BACK)?;
        let is_of_token =
            |it: &LifecycleEvent| it.kind == EventKind::RefreshTokenLeft && it.token_version == Some(token.version);
        let told = events.into_iter().map(|(_, event)| event).find(is_of_token).and_then(|event| event.subject);
        let left = told.iter().flat_map(|it| it.split(SEPARATOR)).map(Fingerprint::from_text).collect();
        let links = self.parts.store.list_token_links(&connection.id, 2)?;
        let is_rotated = match links.as_slice() {
            [newest, before, ..] if newest.issued_by == IssuedBy::Refresh => {
                newest.refresh_fingerprint != before.refresh_fingerprint
            }
            _ => true,
        };
        Ok(Some(LeftRefreshTokens { is_rotated, left }))
    }

    /// Written with the token it came beside.
    pub(super) fn refresh_token_left(
        &self,
        connection: &Connection,
        version: TokenVersion,
        left: &[Fingerprint],
    ) -> Option<LifecycleEvent> {
        if left.is_empty() {
            return None;
        }
        let mut event = self.event(EventKind::RefreshTokenLeft, connection);
        event.token_version = Some(version);
        event.subject = Some(left.iter().map(Fingerprint::as_str).collect::<Vec<_>>().join(SEPARATOR));
        Some(event)
    }
}
