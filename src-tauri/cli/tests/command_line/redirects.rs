//! Where the browser comes back: a redirect URI of one's own, and the address of a browser that could not
//! [A2, A3, F2].

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use url::Url;

use super::support::{Board, Ran, fetch};

/// A2
#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_uri_of_ones_own_is_kept_shown_and_given_up() {
    let board = Board::start().await;
    let issuer = board.provider.issuer();
    let own = "http://[::1]:8765/own";
    let add = ["client", "add", issuer, "--client-id", "own-app", "--redirect-uri", own];

    let added = board.json(&add).await.done().object();
    assert_eq!(added["redirect_uri"], own);
    let shown = board.run(&["client", "add", issuer, "--client-id", "own-app"]).await.done();
    assert!(shown.stdout.contains(own), "what to register is what will be sent: {shown:?}");

    let id = added["id"].as_str().unwrap();
    let https = board.run(&["client", "redirect", id, "https://localhost:8765/cb"]).await.done();
    assert!(https.stdout.contains("certificate"), "the warning is no surprise: {https:?}");
    let usual = board.json(&["client", "redirect", id, "--usual"]).await.done().object();
    assert_eq!(usual["redirect_uri"], Value::Null);
}

/// A2: what cannot be served says so, and what works instead; nothing is asked for or changed before.
#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_uri_that_cannot_be_served_names_the_alternatives() {
    let board = Board::start().await;
    let issuer = board.provider.issuer();
    for uri in ["https://example.com/cb", "com.example:/cb", "http://127.0.0.1:8765/cb?x=1", "localhost"] {
        let add = ["client", "add", issuer, "--client-id", "own-app", "--redirect-uri", uri];
        let refused = board.run(&add).await;
        assert_eq!(refused.code, 2, "{uri}: {refused:?}");
        assert!(refused.stderr.contains("127.0.0.1") && refused.stderr.contains("--paste"), "{uri}: {refused:?}");
        let told = board.json(&add).await;
        assert_eq!(told.object()["error"], json!("redirect_uri_refused"), "{uri}");
    }
    assert_eq!(board.json(&["client", "list"]).await.done().stdout, "", "none was added");
    assert_eq!(board.run(&["client", "redirect", "cli_x"]).await.code, 2, "it has to be said which");
}

/// A2, A3: from a pipe, wrapped and quoted; a wrong one ends it with its name, and without its code.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_on_standard_input_ends_a_sign_in_that_listens_nowhere() {
    let board = Board::start().await;

    let (connected, _) = paste(&board, |callback| {
        let (start, end) = callback.split_at(50);
        format!("\"{start}\n  {end}\"\n")
    })
    .await;
    assert_eq!(connected.done().objects().last().unwrap()["event"], "connected");

    let (refused, callback) = paste(&board, |callback| callback.replace("state=", "state=x")).await;
    let code = callback.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let last = refused.objects().pop().unwrap();
    assert_eq!((refused.code, &last["event"]), (1, &json!("failed")), "{refused:?}");
    assert!(last["message"].as_str().unwrap().contains("another sign-in"), "{last}");
    assert!(!format!("{refused:?}").contains(&code), "A3");
}

/// Signs in with `--paste`, and gives what `written` makes of the callback.
async fn paste(board: &Board, written: impl Fn(&str) -> String) -> (Ran, Url) {
    let connect =
        ["connect", board.provider.issuer(), "--client-id", "patchbay-practice", "--paste", "--no-browser", "--json"];
    let mut child = board.command(&connect).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut line = String::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    lines.read_line(&mut line).await.unwrap();
    let event: Value = serde_json::from_str(&line).unwrap();
    let (_, location, _) = fetch(&Url::parse(event["url"].as_str().unwrap()).unwrap()).await;
    let callback = Url::parse(&location.unwrap()).unwrap();

    input.write_all(written(callback.as_str()).as_bytes()).await.unwrap();
    drop(input);
    let mut rest = String::new();
    tokio::io::AsyncReadExt::read_to_string(&mut lines, &mut rest).await.unwrap();
    let ended = child.wait_with_output().await.unwrap();
    let stderr = String::from_utf8(ended.stderr).unwrap();
    (Ran { code: ended.status.code().unwrap(), stdout: rest, stderr }, callback)
}
