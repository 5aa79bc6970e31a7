//! A board of its own, a provider beside it, the program, and a browser that follows redirects.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use practice::{PracticeProvider, Settings};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use url::Url;

/// No command of a test takes this long; a hanging one fails instead of blocking the run.
const DEADLINE: Duration = Duration::from_secs(60);

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The only line of JSON.
    pub(crate) fn object(&self) -> Value {
        let mut all = self.objects();
        assert_eq!(all.len(), 1, "one object was expected: {self:?}");
        all.remove(0)
    }

    pub(crate) fn objects(&self) -> Vec<Value> {
        let read = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line} of {self:?}"));
        self.stdout.lines().map(read).collect()
    }

    #[track_caller]
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.code, 0, "it should have worked: {self:?}");
        self
    }
}

/// A data folder, a practice provider where mira says yes, and the program.
pub(crate) struct Board {
    pub(crate) home: TempDir,
    pub(crate) provider: PracticeProvider,
}

impl Board {
    pub(crate) async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let provider = PracticeProvider::start(settings).await.unwrap();
        assert!(provider.consent_automatically(Some("mira")));
        let board = Self { home: tempfile::tempdir().unwrap(), provider };
        let checks = board.run(&["doctor", "--json"]).await.objects();
        let keychain = checks.iter().find(|check| check["part"] == "keychain").unwrap();
        assert_eq!(
            keychain["ok"], true,
            "these tests need an unlocked Secret Service: tests/with_keychain.sh gives one"
        );
        board
    }

    /// The program, to be run on this board.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(arguments);
        command.env("PATCHBAY_HOME", self.home.path());
        command
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with_input(arguments, "").await
    }

    pub(crate) async fn json(&self, arguments: &[&str]) -> Ran {
        self.run(&[arguments, &["--json"]].concat()).await
    }

    pub(crate) async fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        finish(self.command(arguments).spawn().unwrap(), input).await
    }

    /// Signs in as the browser would, and returns what the program said after the address.
    pub(crate) async fn sign_in(&self, arguments: &[&str]) -> Ran {
        let mut following = SignIn::start(self, arguments).await;
        following.browse().await;
        following.finish().await
    }

    /// A new connection of the practice provider, with its id.
    pub(crate) async fn connect(&self, more: &[&str]) -> String {
        let ran = self
            .sign_in(&[&["connect", self.provider.issuer(), "--client-id", "patchbay-practice"], more].concat())
            .await;
        let connected = ran.done().object();
        connected["connection"]["id"].as_str().unwrap_or_else(|| panic!("no connection: {connected}")).to_owned()
    }

    /// Makes the stored token of a connection older than it is, so that nobody has to wait.
    pub(crate) fn grow_old(&self, id: &str, by: Duration) {
        let ms = i64::try_from(by.as_millis()).unwrap();
        let sqlite = rusqlite::Connection::open(self.home.path().join("patchbay.db")).unwrap();
        let older = "UPDATE connections SET created_at = created_at - ?2, token_issued_at = token_issued_at - ?2,
             token_expires_at = token_expires_at - ?2 WHERE id = ?1";
        assert_eq!(sqlite.execute(older, (id, ms)).unwrap(), 1, "there is such a connection");
    }

    /// Fingerprints of every token the provider ever gave out.
    pub(crate) fn token_fingerprints(&self) -> BTreeSet<String> {
        let grants = self.provider.grants();
        let tokens = grants.iter().flat_map(|grant| grant.access_tokens.iter().chain(&grant.refresh_tokens));
        tokens.map(|token| token.fingerprint.clone()).collect()
    }
}

pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchbay"));
    command.args(arguments).kill_on_drop(true).env_remove("PATCHBAY_LOG");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub(crate) async fn finish(mut child: Child, input: &str) -> Ran {
    let mut stdin = child.stdin.take().unwrap();
    // A program that does not read its input may be gone already.
    stdin.write_all(input.as_bytes()).await.ok();
    drop(stdin);
    let output = tokio::time::timeout(DEADLINE, child.wait_with_output()).await.expect("the command hangs").unwrap();
    Ran {
        code: output.status.code().expect("an exit code, not a signal"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A sign-in under way.
pub(crate) struct SignIn {
    child: Child,
    lines: BufReader<tokio::process::ChildStdout>,
    pub(crate) url: Url,
    pub(crate) redirect_uri: Url,
}

impl SignIn {
    /// Returns once the program has said where to sign in.
    pub(crate) async fn start(board: &Board, arguments: &[&str]) -> Self {
        let mut child = board.command(&[arguments, &["--no-browser", "--json"]].concat()).spawn().unwrap();
        drop(child.stdin.take());
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        tokio::time::timeout(DEADLINE, lines.read_line(&mut line)).await.expect("no address came").unwrap();
        let event: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line:?}"));
        assert_eq!(event["event"], "authorize", "the address is the first line: {line}");
        let url = |name: &str| event[name].as_str().unwrap().parse().unwrap();
        Self { url: url("url"), redirect_uri: url("redirect_uri"), lines, child }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Does what a browser does; returns the text of the last page.
    pub(crate) async fn browse(&mut self) -> String {
        let mut url = self.url.clone();
        for _ in 0..6 {
            let (status, location, body) = fetch(&url).await;
            match location {
                Some(location) if (300..400).contains(&status) => url = url.join(&location).unwrap(),
                Some(_) | None => return body,
            }
        }
        panic!("too many redirects, at last to {url}");
    }

    pub(crate) async fn finish(mut self) -> Ran {
        let mut stdout = String::new();
        let mut stderr = String::new();
        let mut errors = self.child.stderr.take().unwrap();
        let all = async {
            self.lines.read_to_string(&mut stdout).await.unwrap();
            errors.read_to_string(&mut stderr).await.unwrap();
            self.child.wait().await.unwrap()
        };
        let status = tokio::time::timeout(DEADLINE, all).await.expect("the sign-in hangs");
        Ran { code: status.code().expect("an exit code, not a signal"), stdout, stderr }
    }
}

/// Status, `Location` and body of one GET.
pub(crate) async fn fetch(url: &Url) -> (u16, Option<String>, String) {
    let authority = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut stream = TcpStream::connect(&authority).await.unwrap_or_else(|error| panic!("{authority}: {error}"));
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let request = format!(
        "GET {target} HTTP/1.1\r\nHost: {authority}\r\nAccept: text/html\r\nSec-Fetch-Mode: navigate\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![];
    tokio::time::timeout(DEADLINE, stream.read_to_end(&mut answer)).await.expect("the page hangs").unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
    let location =
        head.lines().find_map(|line| line.to_lowercase().starts_with("location:").then(|| line[9..].trim().to_owned()));
    (status, location, body.to_owned())
}

/// The first ten hex digits of a text's SHA-256.
pub(crate) fn fingerprint(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(5).map(|byte| format!("{byte:02x}")).collect()
}

/// Every run of characters in a text that could be a token.
pub(crate) fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|it: char| !(it.is_ascii_alphanumeric() || "-._~+/=".contains(it))).filter(|word| word.len() >= 16)
}

/// All bytes below a folder.
pub(crate) fn bytes_below(folder: &Path) -> Vec<u8> {
    let mut all = vec![];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(bytes_below(&path)) } else { all.extend(std::fs::read(&path).unwrap()) }
    }
    all
}
