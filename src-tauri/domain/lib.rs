//! The floor that decides: plain values in, plain values out. No I/O, no clock, no serialisation.
//!
//! - `alert`: what is worth telling a person who looks elsewhere, when, and in which words
//! - `blast_radius`: what leans on what, what breaks with it, what to mend first
//! - `board`: what is shown first, and what its sentence says
//! - `closing`: what closing the window does
//! - `connection`: what a connection is, what its status is, who may take its place, how it ends
//! - `provider`: what the catalogue knows of a provider, as kinds of behaviour
//! - `token`: bundles, what a token answer says, when a grant dies
//! - `lifecycle`: when to refresh, what an outcome leads to, what may be tried again
//! - `diagnosis`: a failure in; its cause and one next action out
//! - `event_forwarding`: where events are forwarded to, which, and what an answer means
//! - `glance`: the whole in one mark and one sentence
//! - `interpreters`: what runs other people's text, and in which language
//! - `link`: which view a link opens
//! - `open_questions`: how many programs may wait for a person's answer
//! - `preflight`: whether a run may begin, in one word
//! - `program`: who may take tokens, and for how long
//! - `reconnect_queue`: all that needs a sign-in, one at a time
//! - `rehearsal`: what is tried before it matters, and until when all of it holds
//! - `lifecycle_event`: what happened, with all that support needs and nothing secret
//! - `unread`: what failed while nobody looked

pub mod alert;
pub mod blast_radius;
pub mod board;
pub mod closing;
pub mod connection;
pub mod diagnosis;
pub mod display_text;
pub mod event_forwarding;
pub mod glance;
pub mod ids;
pub mod interpreters;
pub mod lifecycle;
pub mod lifecycle_event;
pub mod link;
pub mod mcp;
pub mod open_questions;
pub mod preflight;
pub mod program;
pub mod provider;
pub mod reconnect_queue;
pub mod rehearsal;
pub mod secret;
pub mod token;
pub mod unread;

#[cfg(test)]
mod test_values;

pub use ids::{
    AlertChannelId, ChecklistId, ClientId, ConnectionId, DependantId, EventDestinationId, IncidentId, PassId,
    PlatformConnectionId, PlatformId, ProgramId, ProviderId, TokenVersion, WorkflowId,
};
pub use secret::{Fingerprint, Secret};
