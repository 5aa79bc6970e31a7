//! The window's door, on Tauri's mock runtime with the real permissions.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by failing")]

mod bindings_are_current;
mod blast_radius;
mod diagnosis;
mod error_codes;
mod permissions;
mod rehearsal;
mod support;
