//! What the window is told when something cannot be done: a code it has words for, and nothing secret.

use std::sync::Arc;

use engine::EngineParts;
use engine::browser::Browser;
use engine::clock::Clock;
use engine::http::Timeouts;
use serde_json::{Value, json};

use crate::support::Window;

#[test]
fn what_is_gone_unknown_or_incomplete_has_its_own_code() {
    let window = Window::open();
    let form = |provider: &str| {
        json!({ "form": { "provider": provider, "client": null, "client_id": null, "client_secret": null,
            "scopes": [], "name": null, "customer": null, "environment": "production" } })
    };

    for (command, arguments, code) in [
        ("connection", json!({ "id": "con_0000000000" }), "connection_gone"),
        ("cancel_sign_in", json!({ "id": "sgn_0000000000" }), "sign_in_gone"),
        ("plan_connect", json!({ "provider": "nosuchprovider" }), "provider_unknown"),
        ("plan_connect", json!({ "provider": "http://as.example" }), "discovery_refused"),
        ("plan_connect", json!({ "provider": "http://127.0.0.1:9" }), "provider_unreachable"),
        ("begin_connect", form("google"), "client_incomplete"),
        ("set_practice_switches", json!({ "switches": switches() }), "practice_unavailable"),
    ] {
        let error = window.call(command, arguments).unwrap_err();
        assert_eq!(error["code"], code, "{command}: {error}");
    }
}

/// S128: arguments of the wrong shape are refused before they reach a command.
#[test]
fn arguments_of_the_wrong_shape_are_refused() {
    let window = Window::open();

    for (command, arguments) in [
        ("connection", json!({})),
        ("connection", json!({ "id": 7 })),
        ("decide_reconnect", json!({ "id": "sgn_0", "decision": "obey" })),
        ("label_connection", json!({ "id": "con_0", "name": "x", "environment": "moon" })),
    ] {
        assert!(window.call(command, arguments.clone()).is_err(), "{command} takes no {arguments}");
    }
}

/// A3: a secret that cannot be used is not repeated in the complaint.
#[test]
fn a_refused_form_does_not_come_back() {
    let window = Window::open();
    let form = json!({ "form": { "provider": "nosuch", "client": null, "client_id": "id", "client_secret": "hunter2-hunter2",
        "scopes": ["a b"], "name": null, "customer": null, "environment": "production" } });

    let error = window.call("begin_connect", form).unwrap_err();

    assert!(!error.to_string().contains("hunter2"), "{error}");
}

/// A database that cannot be opened is said by every command; the window still opens.
#[test]
fn a_database_that_cannot_be_opened_is_said_by_every_command() {
    let window = Window::open_as("main", |folder| {
        std::fs::write(folder.join("patchbay.db"), "this is a letter, not a database").unwrap();
        let keychain = keyring_core::mock::Store::new().unwrap();
        EngineParts::open_with(
            folder,
            keychain,
            Clock::system(),
            Browser::scripted(Arc::new(|_| {})),
            Timeouts::default(),
        )
    });

    for command in ["board", "list_providers", "list_events", "self_check"] {
        assert_eq!(window.call(command, json!({})).unwrap_err()["code"], "store_damaged", "{command}");
    }
    let untouched = std::fs::read_to_string(window.folder.path().join("patchbay.db")).unwrap();
    assert_eq!(untouched, "this is a letter, not a database", "the file is left as it was");
}

fn switches() -> Value {
    json!({ "refuses_refresh": false, "short_access_tokens": false, "no_refresh_token": false, "answers_slowly": false,
        "short_grant": false, "lost_answer": false,
        "rate_limited": false, "outage": false, "ok_with_error": false, "expires_in_milliseconds": false,
        "partial_grant": false, "clock_skew": false, "api_forbids": false })
}

/// A2: an argument of two words arrives under the name that the contract has for it, and is not taken for unsaid.
#[test]
fn a_clients_redirect_uri_arrives_and_is_judged() {
    let window = Window::open();
    let form = json!({
        "provider": "google", "client_id": "fresh", "client_secret": "fresh", "file": null, "name": null,
        "environment": "production", "variables": [],
    });
    let client = window.call("add_client", json!({ "form": form })).unwrap()["id"].clone();
    let set = |uri: &str| window.call("set_client_redirect", json!({ "id": client, "redirect_uri": uri })).unwrap();

    assert_eq!(set("https://example.com/cb"), json!("other_host"), "nobody can listen there");
    assert_eq!(set("http://localhost:8765/cb"), json!(null), "taken");

    let detail = window.call("client", json!({ "id": client })).unwrap();
    assert_eq!(detail["client"]["redirect_uri"], json!("http://localhost:8765/cb"));
    assert_eq!(detail["usual_redirect_uri"], json!("http://127.0.0.1/callback/google"), "no port of this moment");
}
