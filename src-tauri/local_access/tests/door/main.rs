//! The token door with real sockets and real programs [F2, S145 to S150]. Linux alone: elsewhere there is none.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails there")]
#![expect(clippy::wildcard_enum_match_arm, reason = "whatever else came is what the failure shows")]

mod crowds;
mod programs;
mod support;
mod tokens;
mod waits;
