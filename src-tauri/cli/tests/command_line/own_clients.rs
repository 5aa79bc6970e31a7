//! Clients from the terminal: imported, checked, rotated, renamed, removed [A3, A9, C5, E5].

use std::collections::BTreeMap;

use practice::{ClientAuthentication, PracticeClient, RedirectRule, Settings};
use serde_json::json;

use crate::support::{Board, SignIn};

const SECRET: &str = "planted-client-secret-4Rt8";

async fn board() -> Board {
    let client = PracticeClient {
        client_id: "confidential".to_owned(),
        client_secret: Some(SECRET.to_owned()),
        redirect: RedirectRule::LoopbackAnyPort { path: None },
        authentication: vec![ClientAuthentication::Post, ClientAuthentication::Basic],
    };
    Board::with(Settings { clients: vec![client], ..Settings::default() }).await
}

/// C5, E5, A9
#[tokio::test]
async fn a_client_is_checked_rotated_renamed_and_removed() {
    let board = board().await;
    let issuer = board.provider.issuer();
    let add = ["client", "add", issuer, "--client-id", "confidential", "--client-secret-stdin", "--name", "Fjord"];
    board.run_with_input(&add, SECRET).await.done();

    let lines = board.json(&["client", "check", "Fjord"]).await.done().objects();
    let pair = lines.iter().find(|line| line["setting"] == "client_pair").unwrap();
    assert_eq!(pair["verdict"], "passed", "{pair}");
    board.json(&["provider", "check", issuer]).await.done();

    // The provider knows one secret: the new one is refused, nothing uses it, and the old one stays.
    let rotate = ["client", "rotate", "Fjord", "--client-secret-stdin", "--json"];
    let refused = board.run_with_input(&rotate, "another-secret").await;
    assert_eq!((refused.code, &refused.object()["error"]), (1, &json!("rotation_refused")));
    assert!(!refused.stdout.contains("cancel"), "nothing is under way to cancel: {refused:?}");
    let shown = board.json(&["client", "rotate", "Fjord"]).await.done().object();
    assert_eq!(shown["stage"], "none", "what was refused is not kept");
    let stage = [&rotate[..], &["--stage-only"]].concat();
    let staged = board.run_with_input(&stage, "another-secret").await.done().object();
    assert_eq!(staged["stage"], "staged");
    board.json(&["client", "rotate", "Fjord", "--cancel"]).await.done();
    board.json(&["client", "check", "Fjord"]).await.done();

    let renamed = board.json(&["client", "rename", "Fjord", "Ours", "--environment", "staging"]).await.done().object();
    assert_eq!((&renamed["name"], &renamed["environment"]), (&json!("Ours"), &json!("staging")));
    let whole = board.run(&["client", "show", "Ours"]).await.done().stdout;
    assert!(whole.contains("Client id and secret") && !whole.contains(SECRET), "{whole}");
    board.json(&["client", "remove", "Ours", "--yes"]).await.done();
    assert!(board.json(&["client", "list"]).await.done().objects().is_empty());
}

/// C5: a client in use stays, and what uses it is named.
#[tokio::test]
async fn a_client_in_use_is_not_removed() {
    let board = board().await;
    board.connect(&["--name", "Orders"]).await;

    let refused = board.json(&["client", "remove", "patchbay-practice", "--yes"]).await;

    assert_eq!((refused.code, &refused.object()["error"]), (1, &json!("client_in_use")));
    assert!(refused.object()["message"].as_str().unwrap().contains("Orders"));
}

/// C5: the console's file, and files that are none.
#[tokio::test]
async fn a_client_comes_from_the_consoles_file() {
    let board = board().await;
    let path = board.home.path().join("client_secret_1.json");
    let file = path.to_str().unwrap();
    std::fs::write(&path, r#"{"type":"service_account"}"#).unwrap();
    let wrong = board.json(&["client", "add", "google", "--from", file]).await;
    assert_eq!((wrong.code, &wrong.object()["error"]), (2, &json!("client_file_refused")));
    assert!(wrong.object()["message"].as_str().unwrap().contains("service account"));

    let text = r#"{"installed":{"client_id":"1234.apps.example","client_secret":"GOCSPX-planted","token_uri":"https://oauth2.googleapis.com/token","redirect_uris":["http://localhost"]}}"#;
    std::fs::write(&path, text).unwrap();
    let added = board.json(&["client", "add", "google", "--from", file]).await.done();

    assert_eq!(added.object()["client_id"], "1234.apps.example");
    assert!(added.object()["has_secret"].as_bool().unwrap() && !added.stdout.contains("GOCSPX"), "A3");
    let shown = board.run(&["provider", "show", "google"]).await.done().stdout;
    assert!(shown.contains("Redirect URI") && !shown.contains("{redirect_uri}"), "{shown}");
}

/// C5, A3: a provider whose addresses need a value says its name, and keeps nothing of a client it cannot use.
#[tokio::test]
async fn a_missing_or_wrong_value_is_named_and_no_client_is_kept() {
    let board = board().await;
    let add = ["client", "add", "shopify", "--client-id", "app", "--client-secret-stdin", "--json"];
    let connect = ["connect", "shopify", "--client-id", "app", "--client-secret-stdin", "--no-browser", "--json"];
    for (command, set, said) in [
        (&add[..], None, "--set shop=my-shop"),
        (&add, Some("shp=fjord"), "shp"),
        (&add, Some("shop=fjord.evil.example"), "a single name"),
        (&connect, None, "--set shop=my-shop"),
        (&connect, Some("shp=fjord"), "shp"),
        (&["provider", "check", "shopify", "--json"], None, "--set shop=my-shop"),
    ] {
        let set: Vec<_> = set.into_iter().flat_map(|it| ["--set", it]).collect();
        let refused = board.run_with_input(&[command, &set].concat(), SECRET).await;
        assert_eq!(refused.code, 2, "{command:?} {set:?}: {refused:?}");
        assert!(refused.stdout.contains(said), "{said} is named: {refused:?}");
    }
    assert!(board.json(&["client", "list"]).await.done().objects().is_empty(), "nothing is kept of a refused one");

    let added = board.run_with_input(&[&add[..], &["--set", "shop=fjord"]].concat(), SECRET).await.done();
    assert_eq!(added.object()["client_id"], "app");
}

/// A2, C4: what the guide has registered is what is asked for; a named client is taken beside another.
#[tokio::test]
async fn a_plain_connect_asks_for_what_is_usual_of_the_named_client() {
    let board = board().await;
    for id in ["one", "two"] {
        let add = ["client", "add", "slack", "--client-id", id, "--client-secret-stdin"];
        board.run_with_input(&add, SECRET).await.done();
    }
    let sign_in = SignIn::start(&board, &["connect", "slack", "--client-id", "two"]).await;

    let asked: BTreeMap<_, _> = sign_in.url.query_pairs().into_owned().collect();
    assert_eq!(asked["client_id"], "two");
    assert!(asked.values().any(|it| it.contains("channels:read") && it.contains("chat:write")), "{asked:?}");
    let shown = board.run(&["provider", "show", "webflow"]).await.done().stdout;
    assert!(shown.contains("none is issued") && !shown.contains("stays the same"), "{shown}");
}
