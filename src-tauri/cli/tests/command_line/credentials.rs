//! Programs that ask in their own protocol: a real git, and what kubectl and Google's libraries read; completions and manual
//! pages [F2, S075, S148].

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use fakes::server::{Answer, Seen, Server};
use practice::Faults;
use serde_json::json;
use tokio::process::Command;

use crate::support::{Board, Ran, fingerprint, finish, program};

/// git on this board, without anybody's own configuration, and without anybody to ask.
async fn git(board: &Board, helper: &str, arguments: &[&str], input: &str) -> Ran {
    let program = env!("CARGO_BIN_EXE_patchbay");
    let helper = format!("credential.helper=!'{program}' credential git {helper}");
    let mut command = Command::new("git");
    command.args(["-c", "credential.helper=", "-c", &helper]).args(arguments).kill_on_drop(true);
    command.env("PATCHBAY_HOME", board.home.path()).current_dir(board.home.path());
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_TERMINAL_PROMPT", "0");
    command.env_remove("GIT_DIR").env_remove("GIT_ASKPASS").env_remove("SSH_ASKPASS").env_remove("PATCHBAY_LOG");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    finish(command.spawn().unwrap(), input).await
}

fn value<'a>(ran: &'a Ran, key: &str) -> Option<&'a str> {
    ran.stdout.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
}

/// One branch, over git's "dumb" protocol (gitprotocol-http(5)), for who signs in as `oauth2` with a token the provider
/// knows and has not been told to refuse.
fn repository(seen: &Seen, is_let_in: impl Fn(&str) -> bool) -> Answer {
    let authorization = seen.headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.clone());
    let said = authorization.and_then(|it| BASE64_STANDARD.decode(it.strip_prefix("Basic ")?).ok());
    let said = said.and_then(|it| String::from_utf8(it).ok()).unwrap_or_default();
    let is_known = said.strip_prefix("oauth2:").is_some_and(is_let_in);
    if !is_known {
        let challenge = ("www-authenticate".to_owned(), "Basic realm=\"repositories\"".to_owned());
        return Answer { status: 401, headers: vec![challenge], body: String::new() };
    }
    let body = match seen.target.split('?').next() {
        Some("/notes.git/info/refs") => "0123456789abcdef0123456789abcdef01234567\trefs/heads/main\n",
        Some("/notes.git/HEAD") => "ref: refs/heads/main\n",
        _ => return Answer { status: 404, headers: vec![], body: String::new() },
    };
    let plain = ("content-type".to_owned(), "text/plain".to_owned());
    Answer { status: 200, headers: vec![plain], body: body.to_owned() }
}

/// F2: git itself signs in with the connection's token; another host hears nothing of it; the delivery is an event.
#[tokio::test(flavor = "multi_thread")]
async fn git_signs_in_with_the_token_of_a_connection_and_nobody_else_sees_it() {
    let board = Board::start().await;
    board.connect(&["--name", "Orders"]).await;
    let known = board.token_fingerprints();
    let server =
        Server::start(move |_, seen| repository(seen, |token| known.contains(&fingerprint(token)))).await.unwrap();
    let (url, host) = (format!("{}/notes.git", server.url()), server.url().trim_start_matches("http://").to_owned());

    let listed = git(&board, &format!("Orders --host {host}"), &["ls-remote", &url], "").await.done();
    assert_eq!(listed.stdout.trim().split('\t').next_back(), Some("refs/heads/main"), "{listed:?}");
    let fill = format!("protocol=http\nhost={host}\n\n");
    let filled = git(&board, &format!("Orders --host {host}"), &["credential", "fill"], &fill).await.done();
    let token = value(&filled, "password").expect("a password");
    assert!(board.token_fingerprints().contains(&fingerprint(token)), "a token of this grant");
    assert_eq!(value(&filled, "username"), Some("oauth2"));
    let expiry: i64 = value(&filled, "password_expiry_utc").and_then(|it| it.parse().ok()).expect("an expiry");
    assert!(expiry > 1_700_000_000, "in seconds since 1970: {expiry}");
    let deliveries = board.json(&["events", "Orders"]).await.done().objects();
    let deliveries: Vec<_> = deliveries.iter().filter(|it| it["kind"] == "token_delivered").collect();
    assert_eq!(deliveries.len(), 2, "one for each: {deliveries:?}");
    assert!(deliveries.iter().all(|it| it["subject"] == "git"), "{deliveries:?}");

    for elsewhere in ["protocol=https\nhost=evil.example\n\n", &fill] {
        let refused = git(&board, "Orders", &["credential", "fill"], elsewhere).await;
        assert_ne!(refused.code, 0, "nobody answers for {elsewhere:?}: {refused:?}");
        assert_eq!(value(&refused, "password"), None);
        assert!(refused.stderr.contains("terminal prompts disabled"), "git went on to the person: {refused:?}");
    }
    let stored = git(&board, "Orders", &["credential", "approve"], &format!("{fill}username=a\npassword=b\n")).await;
    assert_eq!((stored.code, stored.stdout.as_str()), (0, ""), "nothing is stored, and nothing is said");
    let after = board.json(&["events", "Orders"]).await.done().objects();
    let count = after.iter().filter(|it| it["kind"] == "token_delivered").count();
    assert_eq!(count, 2, "nothing more left");
}

/// F2: where a person must reconnect, git stops and says so, rather than ask for a password.
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_grant_stops_git_with_the_reason() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    let server = Server::start(|_, seen| repository(seen, |_| false)).await.unwrap();
    let (url, host) = (format!("{}/notes.git", server.url()), server.url().trim_start_matches("http://").to_owned());
    assert_eq!(board.provider.revoke_all(), 1);

    // The token in hand has not expired: the host refuses it, git gives it back, and that finds out what is the matter.
    let refused = git(&board, &format!("{id} --host {host}"), &["ls-remote", &url], "").await;
    assert_ne!(refused.code, 0, "{refused:?}");
    let shown = board.json(&["show", "Orders"]).await.done().object();
    assert_eq!(shown["status"], "reauth_required", "{shown}");

    let stopped = git(&board, &format!("{id} --host {host}"), &["ls-remote", &url], "").await;
    assert_ne!(stopped.code, 0);
    assert!(stopped.stderr.contains(&format!("patchbay reconnect {id}")), "{stopped:?}");
    assert!(!stopped.stderr.contains("terminal prompts disabled"), "nobody is asked for a password: {stopped:?}");
}

/// F2: kubectl reads its own version; Google's libraries get a JWT or the reason, and nothing is printed for a bound token.
#[tokio::test(flavor = "multi_thread")]
async fn kubectl_and_googles_libraries_are_answered_in_their_own_shape() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Cluster"]).await;

    let mut asked = board.command(&["credential", "kubernetes", "Cluster"]);
    asked.env(
        "KUBERNETES_EXEC_INFO",
        r#"{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential"}"#,
    );
    let answer = finish(asked.spawn().unwrap(), "").await.done().object();
    assert_eq!(
        (&answer["kind"], &answer["apiVersion"]),
        (&json!("ExecCredential"), &json!("client.authentication.k8s.io/v1beta1"))
    );
    let token = answer["status"]["token"].as_str().expect("a token");
    assert!(board.token_fingerprints().contains(&fingerprint(token)));
    assert!(answer["status"]["expirationTimestamp"].as_str().is_some_and(|it| it.ends_with('Z')), "RFC 3339");

    let opaque = board.run(&["credential", "google", "Cluster"]).await;
    assert_eq!(opaque.code, 1, "{opaque:?}");
    let said = opaque.object();
    assert_eq!(
        (&said["version"], &said["success"], &said["code"]),
        (&json!(1), &json!(false), &json!("token_unusable_there"))
    );
    assert!(opaque.stderr.contains("not a JWT") && said["id_token"].is_null(), "{opaque:?}");

    assert_eq!(board.provider.revoke_all(), 1);
    assert_eq!(board.json(&["test", &id]).await.code, 20);
    let blocked = board.run(&["credential", "google", "Cluster"]).await;
    assert_eq!((blocked.code, &blocked.object()["code"]), (20, &json!("grant_revoked")), "{blocked:?}");
    let kubectl = board.run(&["credential", "kubernetes", "Cluster"]).await;
    assert_eq!((kubectl.code, kubectl.stdout.as_str()), (20, ""), "{kubectl:?}");
    assert_eq!(board.run(&["credential", "kubernetes", "Nobody"]).await.code, 24);
}

/// The shells that are here take the script; every command has its page, and groff has nothing to complain of.
#[tokio::test(flavor = "multi_thread")]
async fn completions_and_manual_pages_are_made_from_the_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let run = |arguments: &[&str]| {
        let mut command = program(arguments);
        command.env("PATCHBAY_HOME", &home);
        command.spawn().unwrap()
    };

    let script = finish(run(&["completions", "bash"]), "").await.done().stdout;
    std::fs::write(folder.path().join("patchbay.bash"), &script).unwrap();
    let asked = r#"source ./patchbay.bash; COMP_WORDS=(patchbay credential g); COMP_CWORD=2; _patchbay patchbay g credential; echo "${COMPREPLY[@]}""#;
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", asked]).current_dir(folder.path());
    bash.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    assert_eq!(finish(bash.spawn().unwrap(), "").await.done().stdout.trim(), "git google");
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        assert!(finish(run(&["completions", shell]), "").await.done().stdout.contains("preflight"), "{shell}");
    }

    let pages = folder.path().join("pages");
    finish(run(&["man", "--into", pages.to_str().unwrap()]), "").await.done();
    let help = finish(run(&["--help"]), "").await.done().stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands: Vec<_> =
        listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).filter(|it| !it.is_empty()).collect();
    assert!(commands.len() > 25, "{commands:?}");
    for command in commands {
        assert!(pages.join(format!("patchbay-{command}.1")).exists(), "{command} has no page");
    }
    let page = std::fs::read_to_string(pages.join("patchbay-credential-git.1")).unwrap();
    assert!(page.contains(".nf\n") && page.contains("git config \\-\\-global"), "examples keep their lines: {page}");
    let whole = finish(run(&["man"]), "").await.done().stdout;
    assert!(whole.contains("Exit codes:") && whole.contains("patchbay\\-preflight(1)"), "{whole}");
    assert!(!home.exists(), "nothing of it needs a data folder");
}

/// F1, F2: the examples of docs/SCRIPTS.md do what they say: call with a token, and stop where a person is needed.
#[tokio::test(flavor = "multi_thread")]
async fn the_examples_call_an_api_and_end_as_the_preflight_does() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    let known = board.token_fingerprints();
    let server = Server::start(move |_, seen| {
        let bearer = seen.headers.iter().find(|(name, _)| name == "authorization").map_or("", |(_, value)| value);
        let is_known = bearer.strip_prefix("Bearer ").is_some_and(|token| known.contains(&fingerprint(token)));
        Answer { status: if is_known { 200 } else { 401 }, headers: vec![], body: "seven orders".to_owned() }
    })
    .await
    .unwrap();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples");
    let programs = Path::new(env!("CARGO_BIN_EXE_patchbay")).parent().unwrap();
    let path = std::env::join_paths(
        [programs.to_owned()].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let path = path.unwrap();
    let all = [("python3", "nightly.py"), ("node", "nightly.mjs"), ("sh", "nightly.sh")];
    let run = async |interpreter: &str, example: &str| {
        let mut command = Command::new(interpreter);
        command.arg(examples.join(example)).args([&id, server.url()]).kill_on_drop(true);
        command.env("PATCHBAY_HOME", board.home.path()).env("PATH", &path).env_remove("PATCHBAY_LOG");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        finish(command.spawn().unwrap(), "").await
    };

    for (interpreter, example) in all {
        let ran = run(interpreter, example).await.done();
        assert!(ran.stdout.trim_end().ends_with("seven orders"), "{example}: {ran:?}");
    }
    board.provider.set_faults(Faults::default().answers_status(503));
    board.grow_old(&id, Duration::from_secs(2 * 60 * 60));
    for (interpreter, example) in all {
        let ran = run(interpreter, example).await;
        assert_eq!(ran.code, 23, "{example} ends as the preflight does: {ran:?}");
        assert!(!ran.stdout.contains("seven orders"), "{example}: {ran:?}");
    }
}
