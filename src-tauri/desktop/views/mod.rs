//! Every shape the window sees: flat, tagged, times as epoch milliseconds, never a secret [A3, S126].

mod alerts;
mod blast_radius;
mod board;
mod check;
mod checklist;
mod client;
mod connect;
mod connection;
mod desk;
mod diagnosis;
mod disconnect;
mod event;
mod forwarding;
pub(crate) mod from_engine;
mod grants;
mod health;
mod horizon;
mod import;
mod incidents;
mod packed_board;
mod platform_connections;
mod platforms;
mod practice;
mod programs;
mod provider;
mod reconnect_queue;
mod redirect;
mod registration;
mod rehearsal;
mod self_check;
mod support_bundle;
mod unread;
mod workflows;

pub use alerts::*;
pub use blast_radius::*;
pub use board::*;
pub use check::*;
pub use checklist::*;
pub use client::*;
pub use connect::*;
pub use connection::*;
pub use desk::*;
pub use diagnosis::*;
pub use disconnect::*;
pub use event::*;
pub use forwarding::*;
pub use grants::*;
pub use health::*;
pub use horizon::*;
pub use import::*;
pub use incidents::*;
pub use packed_board::*;
pub use platform_connections::*;
pub use platforms::*;
pub use practice::*;
pub use programs::*;
pub use provider::*;
pub use reconnect_queue::*;
pub use redirect::*;
pub use registration::*;
pub use rehearsal::*;
pub use self_check::*;
pub use support_bundle::*;
pub use unread::*;
pub use workflows::*;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A moment as epoch milliseconds: what JavaScript's `Date` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(type = "number")]
pub struct Millis(pub i64);

/// Counts on screen stop at four thousand million.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl From<Timestamp> for Millis {
    fn from(at: Timestamp) -> Self {
        Self(at.as_millisecond())
    }
}
