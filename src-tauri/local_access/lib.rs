//! The token door: a socket that only this person can open, served by the program that watches over the board
//! [F1, F2, F3, S145 to S150].
//!
//! - `protocol`: what may be asked and answered
//! - `frames`: how it stands on the wire
//! - `place`: where the socket is, and whether it can be trusted
//! - `callers`: which program it is that asks; `starters`: whether who started this one is still there
//! - `server`, `client`: the two ends; `waiting`: how many may wait for a person
//!
//! Linux alone: elsewhere nobody listens, and nobody is found listening. A named pipe for Windows, and a way to tell
//! programs apart on macOS, are not here yet.

pub mod frames;
pub mod protocol;

#[cfg(target_os = "linux")]
mod callers;
#[cfg(target_os = "linux")]
mod client;
#[cfg(target_os = "linux")]
mod place;
#[cfg(target_os = "linux")]
mod server;
#[cfg(target_os = "linux")]
mod serving;
#[cfg(target_os = "linux")]
mod starters;
#[cfg(target_os = "linux")]
mod waiting;

#[cfg(not(target_os = "linux"))]
mod elsewhere;

#[cfg(target_os = "linux")]
pub use callers::{OwnCommands, Starter, program_of_command, script_behind_this_program};
#[cfg(target_os = "linux")]
pub use client::{AskFailed, Client};
#[cfg(target_os = "linux")]
pub use place::Untrusted;
#[cfg(target_os = "linux")]
pub use server::{Door, DoorError, Rules};
#[cfg(target_os = "linux")]
pub use starters::Starters;

#[cfg(not(target_os = "linux"))]
pub use elsewhere::{
    AskFailed, Client, Door, DoorError, Rules, Starter, Starters, program_of_command, script_behind_this_program,
};
