//! `patchbay import`: a numbered preview, then only what was named; no secret on any stream [A1, A3].

use std::path::{Path, PathBuf};

use practice::PracticeProvider;
use serde_json::json;

use crate::support::Board;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/import").join(name)
}

/// A3: without a word what to take, nothing is taken.
#[tokio::test]
async fn a_preview_is_numbered_and_takes_nothing() {
    let board = Board::start().await;
    let path = fixture("n8n_decrypted.json");
    let path = path.to_str().unwrap();

    let said = board.run(&["import", "auto", path]).await.done();
    for line in [
        "4 finds in a file of n8n. Nothing is taken yet.",
        "  1  Sheets prod",
        "Google, by the tool's name",
        "idp.lab.example",
    ] {
        assert!(said.stdout.contains(line), "{line}: {}", said.stdout);
    }
    let items = board.json(&["import", "n8n", path]).await.done();
    assert_eq!(items.objects().len(), 4);
    assert_eq!(items.objects()[2]["refusal"], "host_unknown");
    assert_eq!(items.objects()[1]["warnings"], json!(["two_holders"]));
    for text in [&said.stdout, &said.stderr, &items.stdout] {
        for secret in ["GOCSPX", "1//0", "ya29", "-refresh", "notreal-air-secret"] {
            assert!(!text.contains(secret), "{secret} is on a stream: {text}");
        }
    }
    assert!(board.json(&["client", "list"]).await.done().objects().is_empty());
}

/// A1, A3: what is named is taken, after a yes; the client's secret goes to the keychain.
#[tokio::test]
async fn what_is_named_is_taken_and_nothing_else() {
    let board = Board::start().await;
    let path = fixture("client_secret_google.json");
    let path = path.to_str().unwrap();

    let unasked = board.run(&["import", "auto", path, "--take", "1"]).await;
    assert_eq!(unasked.code, 2, "nobody is there to say yes: {unasked:?}");
    assert!(board.json(&["client", "list"]).await.done().objects().is_empty());
    let wrong = board.run(&["import", "auto", path, "--take", "7", "--yes"]).await;
    assert!(wrong.code == 2 && wrong.stderr.contains("There is no line 7"), "{wrong:?}");

    let taken = board.json(&["import", "auto", path, "--take", "1", "--yes"]).await.done().objects();

    assert_eq!(taken[1]["of"], "taken");
    assert_eq!(taken[1]["outcome"], "client");
    let clients = board.json(&["client", "list"]).await.done().objects();
    assert_eq!(clients.len(), 1);
    assert_eq!(clients[0]["provider"], "google");
}

/// A2: an issuer that only the file names is asked about itself, and its client is known from then on.
#[tokio::test]
async fn an_account_of_oidc_agent_brings_its_issuer_along() {
    let board = Board::start().await;
    let path = board.home.path().join("account.json");
    let account = json!({ "name": "lab", "issuer_url": board.provider.issuer(),
        "client_id": PracticeProvider::default_client_id(), "client_secret": "" });
    std::fs::write(&path, account.to_string()).unwrap();

    let said = board.run(&["import", "oidc-agent", path.to_str().unwrap(), "--all", "--yes"]).await.done();

    assert!(said.stdout.contains("lab: its client is known here."), "{}", said.stdout);
}

/// A3: a file that cannot be used is told by its name, with what helps, and a code of its own.
#[tokio::test]
async fn a_file_that_cannot_be_used_says_why() {
    let board = Board::start().await;
    for (name, code, says) in [
        ("rclone_encrypted.conf", "import_encrypted", "rclone config show"),
        ("n8n_encrypted.json", "import_encrypted", "--decrypted"),
        ("nowhere.json", "import_unreadable", "cannot be read"),
        ("legacy", "import_unreadable", "cannot be read"),
    ] {
        let path = fixture(name);
        let ran = board.json(&["import", "auto", path.to_str().unwrap()]).await;
        assert_eq!(ran.code, 2, "{ran:?}");
        let told = format!("{}{}", ran.stdout, ran.stderr);
        assert!(told.contains(code) && told.contains(says), "{name}: {told}");
    }
}
