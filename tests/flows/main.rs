//! The flows as a whole, also when the world around them breaks: fakes at the edge of the machine, the real code
//! between [A1 to A10, B1 to B14].
//!
//! What stops or fails single calls of the database needs a debug build.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails there")]
#![expect(clippy::wildcard_enum_match_arm, reason = "whatever else came is what the failure shows")]
#![expect(clippy::print_stdout, reason = "tallies and scores are read by people; processes of a test speak to it")]

mod alert_channels;
#[cfg(debug_assertions)]
mod alerts;
mod any_server;
#[cfg(debug_assertions)]
mod blast_radius;
#[cfg(debug_assertions)]
mod board_and_platforms;
mod carried_away;
mod classifier_corpus;
#[cfg(debug_assertions)]
mod client_rotation;
mod clock_changes;
mod clocks;
mod connect;
mod connect_again;
mod diagnose;
mod disconnect;
mod event_forwarding;
mod every_provider;
mod failure_bundle;
mod figures;
mod foreign_secrets;
mod grants;
mod half_read_answers;
mod handing_over;
mod held_bundles;
mod hostile_answers;
mod hostile_input;
mod identity_lock;
mod import_connections;
mod import_files;
#[cfg(debug_assertions)]
mod incident_figures;
mod keychain;
mod learned_dependants;
#[cfg(debug_assertions)]
mod left_bundles;
mod left_grants;
mod lost_answers;
#[cfg(debug_assertions)]
mod model;
mod modes;
mod n8n;
mod no_secret_escapes;
#[cfg(debug_assertions)]
mod pausing;
#[cfg(debug_assertions)]
mod readings_by_the_clock;
mod real_n8n;
mod reconnect;
mod reconnect_queue;
mod redirects;
mod refresh;
mod refresh_answers;
mod refresh_loop;
mod registrations;
mod rehearsal;
#[cfg(debug_assertions)]
mod rotation_survives_a_crash;
mod run_proofs;
mod schedule;
mod setup_check;
mod single_flight;
mod staged_causes;
mod store;
mod storm;
mod support;
#[cfg(debug_assertions)]
mod taken_back;
#[cfg(unix)]
mod takeover;
mod unread;
