//! The floor that decides: plain values in, plain values out. No I/O, no clock, no serialisation.
//!
//! - `blast_radius`: what leans on what, what breaks with it, what to mend first
//! - `board`: what is shown first, and what its sentence says
//! - `connection`: what a connection is, what its status is, who may take its place, how it ends
//! - `provider`: what the catalogue knows of a provider, as kinds of behaviour
//! - `token`: bundles, what a token answer says, when a grant dies
//! - `lifecycle`: when to refresh, what an outcome leads to, what may be tried again
//! - `diagnosis`: a failure in; its cause and one next action out
//! - `lifecycle_event`: what happened, with all that support needs and nothing secret

pub mod blast_radius;
pub mod board;
pub mod connection;
pub mod diagnosis;
pub mod display_text;
pub mod ids;
pub mod lifecycle;
pub mod lifecycle_event;
pub mod mcp;
pub mod provider;
pub mod secret;
pub mod token;

#[cfg(test)]
mod test_values;

pub use ids::{
    ClientId, ConnectionId, DependantId, IncidentId, PlatformConnectionId, PlatformId, ProviderId, TokenVersion,
    WorkflowId,
};
pub use secret::{Fingerprint, Secret};
