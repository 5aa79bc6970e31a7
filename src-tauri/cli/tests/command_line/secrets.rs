//! Known secrets are planted, every command is run, and none is found anywhere but in `token` [A3].

use practice::{ClientAuthentication, PracticeClient, RedirectRule, Settings};
use serde_json::json;

use crate::support::{Board, bytes_below, fingerprint, words_of};

const CLIENT_SECRET: &str = "planted-client-secret-5ZkQ8vX2rT9w";

/// A3: outputs, errors and files hold no token and no client secret.
#[tokio::test(flavor = "multi_thread")]
async fn only_token_prints_a_secret() {
    let board = Board::with(Settings {
        clients: vec![PracticeClient {
            client_id: "confidential".to_owned(),
            client_secret: Some(CLIENT_SECRET.to_owned()),
            redirect: RedirectRule::LoopbackAnyPort { path: None },
            authentication: vec![ClientAuthentication::Basic, ClientAuthentication::Post],
        }],
        ..Settings::default()
    })
    .await;
    let issuer = board.provider.issuer().to_owned();
    let mut said = vec![];

    let add = ["client", "add", &issuer, "--client-id", "confidential", "--client-secret-stdin", "--json"];
    let added = board.run_with_input(&add, &format!("{CLIENT_SECRET}\n")).await.done();
    assert_eq!(added.object()["has_secret"], true);
    said.push(added);
    let connected = board.sign_in(&["connect", &issuer, "--client-id", "confidential"]).await.done();
    let id = connected.object()["connection"]["id"].as_str().unwrap().to_owned();
    said.push(connected);

    for is_json in [false, true] {
        for arguments in [
            &["list"][..],
            &["show", &id],
            &["test", &id],
            &["refresh", &id],
            &["radius", &id],
            &["events"],
            &["client", "list"],
            &["provider", "show", &issuer],
            &["health"],
            &["automatic"],
            &["calendar"],
            &["held"],
            &["doctor"],
        ] {
            let json = if is_json { &["--json"][..] } else { &[] };
            said.push(board.run(&[arguments, json].concat()).await.done());
        }
    }
    let token = board.run(&["token", &id]).await.done().stdout;
    let tokens = board.token_fingerprints();
    assert!(tokens.contains(&fingerprint(token.trim())), "the search below would find a token");
    let with_expiry = board.json(&["token", &id]).await.done().object();
    assert_eq!(with_expiry["access_token"], token.trim());
    assert!(with_expiry["expires_at"].is_string());

    // Failures, with everything logged that can be.
    board.provider.revoke_all();
    for arguments in
        [&["refresh", id.as_str()][..], &["token", &id], &["test", &id], &["list"], &["disconnect", &id, "--yes"]]
    {
        let mut command = board.command(arguments);
        command.env("PATCHBAY_LOG", "trace");
        said.push(crate::support::finish(command.spawn().unwrap(), "").await);
    }

    for ran in &said {
        let text = format!("{}\n{}", ran.stdout, ran.stderr);
        assert!(!text.contains(CLIENT_SECRET), "the client secret is in {text}");
        let leaked = words_of(&text).find(|word| tokens.contains(&fingerprint(word)));
        assert_eq!(leaked, None, "a token is in {text}");
    }
    let files = String::from_utf8_lossy(&bytes_below(board.home.path())).into_owned();
    assert!(!files.contains(CLIENT_SECRET) && !files.contains(token.trim()), "the data folder holds no secret");
    assert!(words_of(&files).all(|word| !tokens.contains(&fingerprint(word))), "nor any other token");
}

/// A3: an empty or broken pipe must not become an empty secret.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_secret_that_does_not_come_is_wrong_usage() {
    let board = Board::start().await;
    let add = ["client", "add", "notion", "--client-id", "x", "--client-secret-stdin", "--json"];

    for input in ["", "\n", "one\ntwo\n"] {
        let ran = board.run_with_input(&add, input).await;
        assert_eq!((ran.code, &ran.object()["error"]), (2, &json!("wrong_usage")), "input {input:?}");
    }
    let lacking = board.json(&["client", "add", "notion", "--client-id", "x"]).await;
    assert_eq!((lacking.code, &lacking.object()["error"]), (2, &json!("client_incomplete")));
}
