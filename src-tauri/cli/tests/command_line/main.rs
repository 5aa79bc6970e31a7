//! The real program against the practice provider, with the real keychain: run through
//! `tests/with_keychain.sh` [A2, A3, A7, A10, E1, E2, F1, F2].

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod agent;
mod alerts;
mod blast_radius;
mod broken_off;
mod credentials;
mod disks;
mod door;
mod forwarding;
mod full_disk;
mod grants;
mod import;
mod interrupted;
mod ladder;
mod learned;
mod mcp;
mod odd_answers;
mod own_clients;
mod preflight;
mod queue;
mod read_only;
mod readings;
mod recorded_failures;
mod redirects;
mod refusals;
mod rehearsal;
mod run;
mod secrets;
mod support;
mod upkeep;
mod waiting;
mod whole_life;
