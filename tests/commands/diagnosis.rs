//! The ladder's commands: what is refused is refused in words, and nothing is made up [C3].

use serde_json::{Value, json};

use crate::support::Window;

/// C3: of a connection that is not there nothing is said, and cancelling what does not run is no mistake.
#[test]
fn a_ladder_needs_a_connection() {
    let window = Window::open();
    let asked = json!({ "id": "con_gone", "run": 1, "may_refresh": false, "may_write": false, "resource": null });

    let refused = window.call("diagnose", asked.clone()).unwrap_err();
    assert_eq!(refused["code"], "connection_gone", "{refused}");
    assert_eq!(window.call("last_diagnosis", json!({ "id": "con_gone" })).unwrap_err()["code"], "connection_gone");
    assert_eq!(window.call("cancel_diagnosis", json!({ "id": "con_gone" })).unwrap(), Value::Null);

    let mut elsewhere = asked;
    elsewhere["resource"] = json!("no address");
    assert_eq!(window.call("diagnose", elsewhere).unwrap_err()["code"], "bad_input");
}

/// C6: of a connection that is not there nothing leaves, and nothing is written that was not shown.
#[test]
fn nothing_is_written_that_was_not_shown() {
    let window = Window::open();
    let asked = json!({ "id": "con_gone", "includes_account": false });

    for command in ["preview_failure_bundle", "vendor_report"] {
        assert_eq!(window.call(command, asked.clone()).unwrap_err()["code"], "connection_gone", "{command}");
    }
    let refused = window.call("save_failure_bundle", asked).unwrap_err();
    assert_eq!(refused["code"], "bad_input", "{refused}");
}
