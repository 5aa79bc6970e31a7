//! The engine's answers made into views: never the other way, and never a secret [A3].

mod alerts;
pub(crate) mod blast_radius;
mod board;
mod connection;
mod diagnosis;
mod forwarding;
mod health;
mod horizon;
pub(crate) mod incidents;
mod platform_connections;
mod platforms;
mod programs;
mod reconnect_queue;
pub(crate) mod rehearsal;
mod workflows;
