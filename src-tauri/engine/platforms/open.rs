//! Which client speaks to a platform of which kind, and who reads its files [D2].
//!
//! A new kind of platform adds one arm to each of the two.

use std::sync::Arc;

use domain::Secret;
use domain::blast_radius::reading::PlatformReading;
use domain::blast_radius::{Platform as Place, PlatformKind};

use super::{Platform, PlatformFailure, Progress, n8n};
use crate::clock::Clock;
use crate::http::Http;

/// Makes clients of platforms out of what they need from outside.
#[derive(Clone)]
pub struct Opening {
    pub http: Http,
    pub clock: Clock,
}

/// Whether a platform of this kind can be asked over an API; the others are read from files or entered by hand.
pub fn has_api(kind: PlatformKind) -> bool {
    match kind {
        PlatformKind::N8n => true,
        PlatformKind::Make
        | PlatformKind::Activepieces
        | PlatformKind::NodeRed
        | PlatformKind::Zapier
        | PlatformKind::PowerAutomate
        | PlatformKind::Airtable
        | PlatformKind::McpClient
        | PlatformKind::Programs
        | PlatformKind::ByHand => false,
    }
}

impl Opening {
    /// A client for that platform; `key` as the keychain holds it.
    ///
    /// # Errors
    /// [`PlatformFailure::Unsupported`] where there is no API; what the client says of the address.
    pub fn open(&self, place: &Place, key: Option<Secret>) -> Result<Arc<dyn Platform>, PlatformFailure> {
        let refused = || PlatformFailure::KeyRefused(place.name.clone());
        let address = || place.address.clone().ok_or_else(|| PlatformFailure::Unsupported(place.name.clone()));
        match place.kind {
            PlatformKind::N8n => {
                let (http, clock) = (self.http.clone(), self.clock.clone());
                Ok(Arc::new(n8n::N8n::new(http, clock, &address()?, key.ok_or_else(refused)?)?))
            }
            PlatformKind::Make
            | PlatformKind::Activepieces
            | PlatformKind::NodeRed
            | PlatformKind::Zapier
            | PlatformKind::PowerAutomate
            | PlatformKind::Airtable
            | PlatformKind::McpClient
            | PlatformKind::Programs
            | PlatformKind::ByHand => Err(PlatformFailure::Unsupported(place.name.clone())),
        }
    }
}

/// Reads an export, a configuration or a list; without a kind it looks whose it is.
///
/// # Errors
/// [`PlatformFailure::Unreadable`], [`PlatformFailure::Unsupported`] where nobody reads that, and
/// [`PlatformFailure::Cancelled`].
pub fn read_file(
    kind: Option<PlatformKind>,
    name: &str,
    bytes: &[u8],
    progress: &Progress,
) -> Result<(PlatformKind, PlatformReading), PlatformFailure> {
    if kind == Some(PlatformKind::N8n) || (kind.is_none() && n8n::recognises(bytes)) {
        return Ok((PlatformKind::N8n, n8n::read_file(name, bytes, progress)?));
    }
    Err(PlatformFailure::Unsupported(name.to_owned()))
}
