//! Grants on the command line: another account, more scopes, duplicates, environments, what a disconnect saw
//! [A7, A8, A9, A10, C4].

use practice::{Faults, GrantState, PracticeClient, Settings};
use serde_json::json;

use crate::support::Board;

/// A7: nobody is there to be asked, and nothing was said: nothing is replaced, and the grant is taken back.
#[tokio::test(flavor = "multi_thread")]
async fn another_account_without_a_terminal_and_without_a_flag_replaces_nothing_and_ends_with_22() {
    let board = Board::start().await;
    let id = board.connect(&[]).await;
    assert!(board.provider.consent_automatically(Some("jonas")));

    let unsaid = board.sign_in(&["reconnect", &id]).await;

    let failed = unsaid.object();
    assert_eq!((unsaid.code, &failed["error"]), (22, &json!("other_account")), "{failed}");
    assert_eq!(failed["comparison"]["old"]["domain"], "fjordstudio.example");
    assert_eq!(failed["comparison"]["new"]["domain"], "haldenoptik.example");
    let of_jonas = board.provider.grants().into_iter().next_back().unwrap();
    assert!(matches!(of_jonas.state, GrantState::Ended { .. }), "taken back at the provider: {of_jonas:?}");
    let account = |shown: &serde_json::Value| shown["account"].clone();
    let before = account(&board.json(&["show", &id]).await.done().object());
    assert_eq!(before, "mira@fjordstudio.example");

    let refused = board.sign_in(&["reconnect", &id, "--refuse"]).await;
    assert_eq!(refused.code, 22, "said beforehand");
    let kept = board.sign_in(&["reconnect", &id, "--keep-both"]).await.done().object();
    assert_ne!(kept["connection"]["id"], json!(id), "a connection of its own");
    let taken = board.sign_in(&["reconnect", &id, "--replace"]).await;
    assert_eq!((taken.code, &taken.object()["error"]), (1, &json!("already_connected")), "Jonas has one of his own");
    assert_eq!(account(&board.json(&["show", &id]).await.done().object()), before, "and Mira's stays hers");
}

/// C4
#[tokio::test(flavor = "multi_thread")]
async fn more_scopes_are_asked_for_and_compared() {
    let board = Board::start().await;
    let id = board.connect(&["--scope", "files.read"]).await;

    let wider = board.sign_in(&["scopes", &id, "--add", "files.write"]).await.done().object();
    assert_eq!(wider["event"], "connected");
    let scopes = board.json(&["scopes", &id]).await.done().object();
    let write = scopes["scopes"].as_array().unwrap().iter().find(|it| it["scope"] == "files.write").unwrap();
    assert_eq!((&write["requested"], &write["granted"]), (&json!(true), &json!(true)));
    let unknown = board.json(&["scopes", &id, "--wish", "fly to the moon"]).await;
    assert_eq!(unknown.code, 2, "{unknown:?}");
    board.run(&["scopes", &id]).await.done();
}

/// A8, A9: merged after a yes alone, and never over environments.
#[tokio::test(flavor = "multi_thread")]
async fn duplicates_are_listed_and_merged_after_a_yes() {
    let second = PracticeClient {
        client_id: "second".into(),
        client_secret: None,
        redirect: practice::RedirectRule::LoopbackAnyPort { path: None },
        authentication: vec![practice::ClientAuthentication::None],
    };
    let board = Board::with(Settings { clients: vec![second], ..Settings::default() }).await;
    let keep = board.connect(&[]).await;
    let issuer = board.provider.issuer().to_owned();
    let through = |environment| ["connect", &issuer, "--client-id", "second", "--environment", environment];
    let id_of = |ran: crate::support::Ran| ran.done().object()["connection"]["id"].as_str().unwrap().to_owned();
    let gone = id_of(board.sign_in(&through("production")).await);
    let sandbox = id_of(board.sign_in(&through("sandbox")).await);
    board.run(&["radius", &gone, "--add", "Nightly invoices"]).await.done();

    let found = board.json(&["duplicates"]).await.done().objects();
    assert!(found.iter().any(|it| it["kind"] == "several_clients"), "{found:?}");
    let listed = board.json(&["list", "--environment", "sandbox"]).await.done().objects();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["id"], json!(sandbox));
    let across = board.json(&["duplicates", "--merge", &sandbox, "--into", &keep, "--yes"]).await;
    assert_eq!(across.code, 2, "environments never mix: {across:?}");
    let unsure = board.json(&["duplicates", "--merge", &gone, "--into", &keep]).await;
    assert_eq!(unsure.code, 2, "nobody is there to be asked");
    assert!(unsure.stderr.contains("Nightly invoices"), "what moves is named: {}", unsure.stderr);

    let merged = board.json(&["duplicates", "--merge", &gone, "--into", &keep, "--yes"]).await.done().object();
    assert_eq!((&merged["moved"], &merged["revocation"]), (&json!(1), &json!("revoked")));
    assert_eq!(board.json(&["show", &keep]).await.done().object()["dependants"], 1);
    assert_eq!(board.json(&["show", &gone]).await.done().object()["status"], "disconnected");
}

/// A10
#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_that_did_nothing_is_said_to_have_done_nothing() {
    let board = Board::start().await;
    let id = board.connect(&[]).await;
    board.provider.set_faults(Faults::default().revokes_nothing_with_200());

    let gone = board.json(&["disconnect", &id, "--yes"]).await.done().object();

    assert_eq!((&gone["revocation"], &gone["access_token"]), (&json!("revoked"), &json!("still_works")));
    assert_eq!(gone["grant"], "unknown", "its answer and what was seen disagree");
    assert!(gone["access_token_until"].is_string(), "{gone}");
    let id = board.connect(&[]).await;
    let words = board.run(&["disconnect", &id, "--yes"]).await.done();
    assert!(words.stdout.contains("the access token still works"), "{}", words.stdout);
}
