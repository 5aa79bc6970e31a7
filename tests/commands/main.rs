//! The window's door, on Tauri's mock runtime with the real permissions.

mod bindings_are_current;
mod error_codes;
mod permissions;
mod support;
