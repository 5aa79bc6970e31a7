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

    for command in ["open_mending_page", "letter_to_admin"] {
        assert_eq!(
            window.call(command, json!({ "id": "con_gone" })).unwrap_err()["code"],
            "connection_gone",
            "{command}"
        );
    }

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

/// C1, S124: every source that a lesson names opens in the browser, and no other page does.
#[test]
fn the_sources_of_the_lessons_open_and_nothing_else() {
    let window = Window::open();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/src/words/learn");
    let texts = std::fs::read_dir(folder).unwrap().map(|it| std::fs::read_to_string(it.unwrap().path()).unwrap());
    let mut sources = vec!["https://www.rfc-editor.org/rfc/rfc6749#section-5.2".to_owned()];
    for text in texts {
        let quoted = text.split('"').filter(|it| it.starts_with("https://")).map(str::to_owned);
        let seen = text.split("seen(\"").skip(1).filter_map(|it| {
            let (repository, rest) = it.split_once("\", ")?;
            let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
            let kind = if rest.split(')').next()?.contains("pull") { "pull" } else { "issues" };
            Some(format!("https://github.com/{repository}/{kind}/{number}"))
        });
        sources.extend(quoted.chain(seen));
    }

    assert!(sources.len() > 20, "the lessons were found: {sources:?}");
    for url in sources {
        assert_eq!(window.call("open_source", json!({ "url": url })).unwrap(), Value::Null, "{url}");
    }
    for url in ["https://example.com/", "https://github.com/login", "file:///etc/passwd", "no address"] {
        assert_eq!(window.call("open_source", json!({ "url": url })).unwrap_err()["code"], "bad_input", "{url}");
    }
}

/// C3: window, command line and failure bundle call a rung the same.
#[test]
fn the_window_names_the_rungs_as_everybody_does() {
    let words = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/src/words/ladder.ts");
    let text = std::fs::read_to_string(words).unwrap();

    for rung in domain::diagnosis::probe_plan::Rung::ALL {
        let line = format!("  {}: {{ head: \"{}\"", rung.as_str(), rung.words());
        assert!(text.contains(&line), "{line}");
    }
}
