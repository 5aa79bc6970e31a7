//! What goes wrong, and the exit code and sentence it ends with.

use practice::{ApiRejection, Endpoint, Faults};
use serde_json::json;

use crate::support::{Board, finish, program};

/// A7: another account replaces nothing; its grant is taken back and the old one works on.
#[tokio::test(flavor = "multi_thread")]
async fn another_account_at_a_reconnect_is_refused_unless_a_flag_says_otherwise() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    let before = board.run(&["token", &id]).await.done().stdout;
    assert!(board.provider.consent_automatically(Some("jonas")));

    for flags in [&["reconnect", id.as_str()][..], &["reconnect", id.as_str(), "--refuse"]] {
        let refused = board.sign_in(flags).await;
        let failed = refused.object();
        assert_eq!((refused.code, &failed["event"]), (22, &json!("failed")));
        assert_eq!(
            (&failed["cause"], &failed["action"]),
            (&json!("wrong_tenant_or_account"), &json!("reconnect_other_account"))
        );
        assert_eq!(failed["comparison"]["new"]["account"], "jonas@haldenoptik.example");
        assert!(refused.stderr.contains("Nothing was replaced"), "{}", refused.stderr);
    }
    assert_eq!(board.run(&["token", &id]).await.done().stdout, before, "the old grant is untouched");
    let alive: Vec<_> =
        board.provider.grants().into_iter().filter(|grant| grant.is_alive()).map(|it| it.account).collect();
    assert_eq!(alive, ["mira"], "the refused grants are revoked");

    let both = board.sign_in(&["reconnect", &id, "--keep-both"]).await.done().object();
    assert_ne!(both["connection"]["id"], id.as_str(), "a connection of its own");
    assert_eq!(board.run(&["token", &id]).await.done().stdout, before);

    assert!(board.provider.consent_automatically(Some("exports")));
    let replaced = board.sign_in(&["reconnect", &id, "--replace"]).await.done().object();
    assert_eq!(
        (&replaced["connection"]["id"], &replaced["connection"]["account"]),
        (&json!(id), &json!("exports@fjordstudio.example"))
    );
    assert_eq!(replaced["old_grant"], "revoked", "A10: another account's ends alone, and its end was waited for");
    let alive: Vec<_> =
        board.provider.grants().into_iter().filter(|grant| grant.is_alive()).map(|it| it.account).collect();
    assert_eq!(alive, ["jonas", "exports"], "seen there");
}

/// A7: fewer scopes would break what depends on them.
#[tokio::test(flavor = "multi_thread")]
async fn fewer_scopes_at_a_reconnect_are_refused_as_a_missing_scope() {
    let board = Board::start().await;
    let id = board.connect(&["--scope", "files.read"]).await;
    board.provider.set_faults(Faults::default().grants_fewer_scopes(["openid", "email", "offline_access"]));

    let refused = board.sign_in(&["reconnect", &id]).await;

    assert_eq!((refused.code, &refused.object()["cause"]), (21, &json!("insufficient_scope")));
    assert!(refused.object()["comparison"]["scopes_lost"].as_array().unwrap().contains(&json!("files.read")));
}

/// A3, A5: without an answer nobody knows what became of the refresh token, and nothing else is claimed.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_not_said_to_have_touched_nothing() {
    let board = Board::start().await;
    let id = board.connect(&[]).await;
    board.provider.set_faults(Faults::default().drops_answer_after_rotating());

    let lost = board.json(&["refresh", &id]).await;

    assert_eq!((lost.code, &lost.object()["cause"]), (23, &json!("network_failure")));
    let said = lost.object()["message"].as_str().unwrap().to_owned();
    assert!(!said.contains("No grant was touched") && said.contains("perhaps spent"), "{said}");
    assert!(!lost.stderr.contains("No grant was touched"), "{}", lost.stderr);
    let shown = board.json(&["show", &id]).await.done().stdout;
    assert!(shown.contains("outcome_unknown"), "{shown}");
}

/// E2, F1: each kind of failure has its own code.
#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_says_who_must_act() {
    let board = Board::start().await;
    let id = board.connect(&[]).await;

    board.provider.set_faults(Faults::default().answers_status(503));
    let outage = board.json(&["refresh", &id]).await;
    assert_eq!((outage.code, &outage.object()["cause"]), (23, &json!("provider_outage")));
    board.run(&["token", &id]).await.done();

    board.provider.set_faults(Faults::default().api_rejects(ApiRejection::InsufficientScope));
    let scope = board.json(&["test", &id]).await;
    assert_eq!((scope.code, &scope.object()["cause"]), (21, &json!("insufficient_scope")));

    board.provider.set_faults(Faults::default().api_rejects(ApiRejection::TooManyRequests { retry_after: None }));
    assert_eq!(board.json(&["test", &id]).await.code, 23);

    board.provider.set_faults(Faults::default().refuses_refresh());
    let dead = board.json(&["refresh", &id]).await;
    assert_eq!((dead.code, &dead.object()["action"]), (20, &json!("reconnect")));

    assert_eq!(board.run(&["token", "nobody"]).await.code, 24);
    assert_eq!(board.run(&["token"]).await.code, 2);
    assert_eq!(board.run(&["connect", "no-such-provider", "--no-browser"]).await.code, 2);
    assert_eq!(board.run(&["token", &id, "--min-valid", "soon"]).await.code, 2);
    assert_eq!(board.run(&["--help"]).await.code, 0);
}

/// F2: a token that cannot be renewed just now is handed out while it holds, unless more was asked for.
#[tokio::test(flavor = "multi_thread")]
async fn an_outage_stops_nobody_whose_token_still_holds() {
    let board = Board::start().await;
    let minute = std::time::Duration::from_secs(60);
    board.provider.set_faults(Faults::default().access_token_lifetime(2 * minute).no_refresh_token());
    let fragile = board.connect(&[]).await;

    board.run(&["token", &fragile, "--min-valid", "30s"]).await.done();
    let longer = board.json(&["token", &fragile, "--min-valid", "1h"]).await;
    assert_eq!(
        (longer.code, &longer.object()["cause"]),
        (20, &json!("refresh_token_missing")),
        "only a person gets more"
    );

    board.provider.set_faults(Faults::default().access_token_lifetime(2 * minute));
    assert!(board.provider.consent_automatically(Some("jonas")));
    let durable = board.connect(&[]).await;
    board.grow_old(&durable, minute + minute / 2);
    board.provider.set_faults(Faults::default().answers_status(503));
    board.provider.clear_log();
    board.run(&["token", &durable]).await.done();
    assert!(
        board.provider.log().iter().any(|request| request.endpoint == Endpoint::Token),
        "a refresh was due, and tried"
    );
    let more = board.run(&["token", &durable, "--min-valid", "1h"]).await;
    assert_eq!((more.code, more.stdout.as_str()), (23, ""), "what was asked for cannot be had now");
}

/// F1: a wrong word on the command line is a line of JSON too, where that was asked for.
#[tokio::test(flavor = "multi_thread")]
async fn errors_are_json_lines_when_json_was_asked_for() {
    let board = Board::start().await;

    for (arguments, error) in [(&["show", "nobody"][..], "connection_gone"), (&["bogus"], "wrong_usage")] {
        let ran = board.json(arguments).await;
        let line = ran.object();
        assert_eq!(line["error"], error);
        assert!(line["message"].is_string() && line["action"].is_string(), "{line}");
        assert!(!ran.stderr.is_empty(), "a person reads it on standard error");
    }
}

/// A2: the person says no; nothing is stored.
#[tokio::test(flavor = "multi_thread")]
async fn a_denied_consent_ends_the_sign_in_with_its_cause() {
    let board = Board::start().await;
    board.provider.set_faults(Faults::default().denies_consent());

    let denied = board.sign_in(&["connect", board.provider.issuer(), "--client-id", "patchbay-practice"]).await;

    assert_eq!((denied.code, &denied.object()["cause"]), (1, &json!("user_denied_consent")));
    assert_eq!(board.json(&["list"]).await.done().stdout, "");
}

/// A3: an absent keychain is a state with a way out, never taken for a dead grant.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_keychain_the_code_is_25_and_the_connection_stays_as_it_was() {
    let board = Board::start().await;
    let id = board.connect(&[]).await;

    let mut command = board.command(&["token", &id, "--json"]);
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus").env_remove("XDG_RUNTIME_DIR");
    let ran = crate::support::finish(command.spawn().unwrap(), "").await;

    assert_eq!((ran.code, &ran.object()["error"]), (25, &json!("keychain_absent")), "{ran:?}");
    assert_eq!(board.json(&["list"]).await.done().object()["status"], "active");
    board.run(&["token", &id]).await.done();
}

/// A10: what a provider does not revoke is erased here all the same, and said.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_revocation_is_told() {
    let board = Board::start().await;
    let id = board.connect(&[]).await;
    board.provider.set_faults(Faults::default().revocation_answers(503));

    let gone = board.json(&["disconnect", &id, "--yes"]).await.done().object();

    assert_eq!((&gone["revocation"], &gone["http_status"]), (&json!("failed"), &json!(503)));
    assert_eq!(gone["grant"], "left_alive");
}

/// S154: which file was meant is said, before anybody types a passphrase.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_of_held_tokens_names_the_file_that_is_not_there() {
    let board = Board::start().await;
    let file = board.home.path().join("carried away.age");
    let import = ["held", "import", file.to_str().unwrap()];

    let refused = board.run(&import).await;

    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains(&format!("There is no file {}", file.display())), "{refused:?}");
    std::fs::write(&file, "nothing that age made").unwrap();
    let refused = board.run_with_input(&[&import[..], &["--passphrase-stdin"]].concat(), "correct horse").await;
    assert!(refused.stderr.contains(file.to_str().unwrap()), "{refused:?}");
}

/// A2: what a usage line names has to be typed; the folder of the board has not, however it was named.
#[tokio::test(flavor = "multi_thread")]
async fn usage_lines_name_what_has_to_be_typed() {
    let home = tempfile::tempdir().unwrap();
    for words in [&["wait"][..], &["programs", "allow"], &["preflight", "--no-such"]] {
        let asked = program(words).env("PATCHBAY_HOME", home.path()).spawn().unwrap();
        let refused = finish(asked, "").await;

        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains("Usage: patchbay ") && !refused.stderr.contains("--home"), "{refused:?}");
    }
}
