//! Which client speaks to a platform of which kind [D2].
//!
//! A new kind of platform adds one arm to each.

use std::sync::Arc;

use domain::Secret;
use domain::blast_radius::{Platform as Place, PlatformKind};

pub use super::files::read_file;
use super::{ApiAccess, Platform, PlatformFailure, activepieces, airtable, make, n8n, node_red, zapier};
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
        PlatformKind::N8n
        | PlatformKind::Make
        | PlatformKind::Activepieces
        | PlatformKind::NodeRed
        | PlatformKind::Zapier
        | PlatformKind::Airtable => true,
        PlatformKind::PowerAutomate | PlatformKind::McpClient | PlatformKind::Programs | PlatformKind::ByHand => false,
    }
}

/// Whether it may be asked without a key: Node-RED in one's own network often has none.
pub fn needs_key(kind: PlatformKind) -> bool {
    has_api(kind) && kind != PlatformKind::NodeRed
}

/// Where its API is, for those that are in one place only.
pub fn only_address(kind: PlatformKind) -> Option<&'static str> {
    match kind {
        PlatformKind::Zapier => Some("https://api.zapier.com"),
        PlatformKind::Airtable => Some("https://api.airtable.com"),
        PlatformKind::N8n
        | PlatformKind::Make
        | PlatformKind::Activepieces
        | PlatformKind::NodeRed
        | PlatformKind::PowerAutomate
        | PlatformKind::McpClient
        | PlatformKind::Programs
        | PlatformKind::ByHand => None,
    }
}

impl Opening {
    /// A client for that platform; `key` as the keychain holds it.
    ///
    /// # Errors
    /// [`PlatformFailure::Unsupported`] where there is no API; what the client says of the address.
    pub fn open(&self, place: &Place, key: Option<Secret>) -> Result<Arc<dyn Platform>, PlatformFailure> {
        let unsupported = || PlatformFailure::Unsupported(place.name.clone());
        if !has_api(place.kind) {
            return Err(unsupported());
        }
        let address = place.address.clone().or_else(|| only_address(place.kind).map(str::to_owned));
        let address =
            address.ok_or_else(|| PlatformFailure::AddressRefused(format!("none is given for {}", place.name)))?;
        let key = match key {
            Some(key) => key,
            None if needs_key(place.kind) => return Err(PlatformFailure::KeyRefused(place.name.clone())),
            None => Secret::new(""),
        };
        let (http, clock) = (self.http.clone(), self.clock.clone());
        if place.kind == PlatformKind::N8n {
            return Ok(Arc::new(n8n::N8n::new(http, clock, &address, key)?));
        }
        let now = Arc::new(move || clock.now());
        let access = ApiAccess { http, address, space: place.space.clone(), key, now };
        match place.kind {
            PlatformKind::Make => Ok(Arc::new(make::Make::new(access)?)),
            PlatformKind::Activepieces => Ok(Arc::new(activepieces::Activepieces::new(access)?)),
            PlatformKind::NodeRed => Ok(Arc::new(node_red::NodeRed::new(access)?)),
            PlatformKind::Zapier => Ok(Arc::new(zapier::Zapier::new(access)?)),
            PlatformKind::Airtable => Ok(Arc::new(airtable::Airtable::new(access)?)),
            PlatformKind::N8n
            | PlatformKind::PowerAutomate
            | PlatformKind::McpClient
            | PlatformKind::Programs
            | PlatformKind::ByHand => Err(unsupported()),
        }
    }
}
