//! Known secrets in every place where one can be, every flow and failure walked, and then looked for in everything
//! that others see: logs, errors, events, views, notices, pages, files [A3, S137].

mod forwarded;
mod haystack;
mod provider;
mod walk;

use std::path::Path;
use std::process::Command;

use haystack::Haystack;

/// Where the process that walks leaves what it saw.
const FOLDER: &str = "PATCHBAY_TEST_SECRETS_FOLDER";
const LEAST_SECRETS: usize = 40;
const LEAST_TEXTS: usize = 300;

/// A3, S137: in a process of its own, so that its log is whole and nobody else's.
#[test]
fn no_secret_escapes() {
    let folder = tempfile::tempdir().unwrap();

    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "no_secret_escapes::walking_process", "--nocapture"])
        .env(FOLDER, folder.path())
        .env("RUST_LOG", "trace")
        .output()
        .unwrap();

    assert!(output.status.success(), "the walk failed: {}", String::from_utf8_lossy(&output.stderr));
    let secrets: Vec<String> = read(folder.path(), "secrets").lines().map(str::to_owned).collect();
    assert!(secrets.len() >= LEAST_SECRETS, "only {} secrets were planted", secrets.len());
    let texts = read(folder.path(), "texts");
    let log = read(folder.path(), "log");
    assert!(texts.lines().count() >= LEAST_TEXTS, "only {} texts were looked at", texts.lines().count());
    assert!(log.contains("TRACE") || log.contains("DEBUG"), "the log has the details of the libraries, too");

    let mut haystack = Haystack::default();
    haystack.add("what views, errors and events show", texts.into_bytes());
    haystack.add("the log", log.into_bytes());
    haystack.add("standard output", output.stdout);
    haystack.add("standard error", output.stderr);
    haystack.add_folder(&folder.path().join("board"));
    // F5: what left, in the files and over the network.
    haystack.add_folder(&folder.path().join("forwarded"));
    let found = haystack.search(&secrets);
    assert!(found.is_empty(), "{} secrets got out:\n{}", found.len(), found.join("\n"));

    let mut left = Haystack::default();
    left.add_folder(&folder.path().join("forwarded/network"));
    let accounts: Vec<String> = read(folder.path(), "accounts").lines().map(str::to_owned).collect();
    assert!(accounts.iter().any(|it| it.len() >= 12), "{accounts:?}");
    let found = left.search(&accounts);
    assert!(found.is_empty(), "accounts left by name:\n{}", found.join("\n"));
}

/// The search itself finds what it should, in every spelling.
#[test]
fn a_planted_secret_is_found_in_every_spelling() {
    let secret = "rt~known/secret+of=the first connection, 0001";
    for (spelling, bytes) in haystack::spellings(secret) {
        let mut haystack = Haystack::default();
        haystack.add("a file", [b"before ".as_slice(), &bytes, b" after"].concat());
        assert!(!haystack.search(&[secret.to_owned()]).is_empty(), "{spelling}");
    }
}

/// Not a test by itself: the process that the test above starts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn walking_process() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        walk::walk(Path::new(&folder)).await;
    }
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}
