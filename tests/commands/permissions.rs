//! The window may call exactly the commands of the contract, and no other window may call any [S124].

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use engine::EngineParts;
use engine::browser::Browser;
use engine::clock::Clock;
use engine::http::Timeouts;
use serde_json::json;

use crate::support::Window;

/// S124
#[test]
fn the_permissions_are_the_contracts_commands() {
    let written =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri/permissions/main-window.toml"))
            .unwrap();
    let allowed: BTreeSet<_> =
        written.lines().filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\",")).collect();

    let contract = desktop::contract::typescript();
    let commands = contract.lines().find(|line| line.starts_with("export type Commands =")).unwrap();
    let named: BTreeSet<_> = commands
        .split(['{', ','])
        .filter_map(|part| part.split(": [").next().map(str::trim).filter(|_| part.contains(": [")))
        .collect();

    assert!(named.len() > 20, "the contract's commands were found: {named:?}");
    assert_eq!(allowed, named, "contract.rs and permissions/main-window.toml hold the same list");
}

/// S124
#[test]
fn the_main_window_gets_an_answer() {
    let window = Window::open();

    let board = window.call("board", json!({})).unwrap();

    assert_eq!(board["headline"]["state"], "empty", "a fresh folder is an empty board");
    assert_eq!(window.call("list_providers", json!({})).unwrap().as_array().unwrap().len(), 46);
}

/// S124: a second window, whatever opened it, has no rights at all.
#[test]
fn another_window_is_refused_every_command() {
    let window = Window::open_as("stranger", |folder| {
        let keychain = keyring_core::mock::Store::new().unwrap();
        EngineParts::open_with(
            folder,
            keychain,
            Clock::system(),
            Browser::scripted(Arc::new(|_| {})),
            Timeouts::default(),
        )
    });

    for command in ["board", "disconnect", "begin_connect", "start_practice"] {
        let refused = window.call(command, json!({})).unwrap_err();
        assert!(refused.to_string().contains("not allowed"), "{command}: {refused}");
    }
}

/// S124: what is not in the list does not exist.
#[test]
fn an_unlisted_command_is_refused() {
    let refused = Window::open().call("plugin:shell|open", json!({ "path": "https://example.com" })).unwrap_err();

    assert!(refused.to_string().contains("not allowed") || refused.to_string().contains("not found"), "{refused}");
}
