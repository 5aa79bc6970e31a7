//! Speaks to the practice provider over real HTTP and checks its rules and its faults [A2, A5, B3, B5, C1].

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what a test cannot unwrap, it fails on")]

mod client;
mod faults;
mod played;
mod program;
mod protected;
mod refresh;
mod restart;
mod sign_in;
