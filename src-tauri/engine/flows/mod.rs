//! What the app can do, one file for each thing a person would name.
//!
//! The order of writes [A4, A5], here and nowhere else, all of it under the connection's lock: what saving will
//! need (canary, the key for held bundles) is made sure of; the intent is written to the database; the request
//! leaves; the new bundle is written to the keychain under the next version and read back; the version in the
//! database moves forwards by compare-and-swap in the transaction that writes the event; only then may anyone use
//! the new token; the old bundle is erased last, and the lock given back. The pointer is the commit.
//!
//! A crash in between leaves an intent, and `reconcile` settles it: a bundle newer than the pointer is adopted, and
//! the one before it kept until the newer one has proved itself; where there is none, the request may have been
//! acted on, and the grant is in doubt until the next refresh. A keychain that refuses the new bundle leaves it
//! `held`: sealed on the disk, in memory, tried again.
//!
//! A client's new secret is written beside the old one after a row says so; one transaction moves the pointer and
//! the stage together; what is used no more is noted before it is erased, and `reconcile` erases what is noted [E5].

pub mod alert_channels;
mod alert_outbox;
pub mod alerts;
mod bindings;
pub mod blast_radius;
pub mod blocked_runs;
mod bundle;
pub mod calendar;
pub mod checklists;
pub mod checks;
pub mod client_file;
pub mod clients;
pub mod closing;
pub mod connect;
pub mod diagnose;
pub mod diagnose_recorded;
pub mod disconnect;
pub mod doctor;
pub mod event_forwarding;
mod evidence_context;
pub mod failed_runs;
pub mod file_kinds;
pub mod fresh_access_token;
pub mod health;
pub mod held;
mod held_elsewhere;
pub mod horizon;
pub mod import_connections;
pub mod incidents;
pub mod labels;
pub mod learned_dependants;
pub mod left_grants;
pub mod left_refresh_tokens;
pub mod links;
pub mod loopback_certificate;
pub mod modes;
pub mod overview;
pub mod pause_and_resume;
pub mod platform_pages;
pub mod platforms;
pub mod preflight;
pub mod programs;
pub mod providers;
pub(crate) mod reach;
pub mod read_platform;
pub mod reconcile;
pub mod reconnect_queue;
pub mod reconnect_requests;
mod redeem;
pub mod refresh;
pub mod registrations;
pub mod rehearsal;
pub mod rotate_client_secret;
mod run_out;
mod run_verdicts;
pub mod setup_check;
pub mod skew;
pub mod sprawl;
pub mod support_bundle;
pub mod test_call;
pub mod turned_away;
pub mod unopened_seals;
pub mod unread;
pub mod waits;
mod wrong_code;
