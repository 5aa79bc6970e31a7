//! The servers that are measured against, each in a process of its own: their work is nobody's cost here.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fakes::{Answer, Server};
use practice::{PracticeProvider, Settings};
use tokio::sync::mpsc;

const ASKED: &str = "PATCHBAY_BENCH_SERVER";

/// What a process of this benchmark serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The practice provider: rotation with reuse detection.
    Practice,
    /// Answers every token request at once, and says when as many came as were asked for.
    Tokens,
}

/// A server in a process of its own; it ends with this.
pub(crate) struct Served {
    pub(crate) url: String,
    said: BufReader<ChildStdout>,
    told: ChildStdin,
    process: Child,
}

/// What this process was started to serve, if anything.
pub(crate) fn asked_for() -> Option<Kind> {
    match std::env::var(ASKED).ok()?.as_str() {
        "practice" => Some(Kind::Practice),
        "tokens" => Some(Kind::Tokens),
        _ => None,
    }
}

pub(crate) fn start(kind: Kind) -> Served {
    let name = if kind == Kind::Practice { "practice" } else { "tokens" };
    let mut process = Command::new(std::env::current_exe().unwrap())
        .env(ASKED, name)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut said, told) = (BufReader::new(process.stdout.take().unwrap()), process.stdin.take().unwrap());
    let url = line(&mut said);
    Served { url, said, told, process }
}

impl Served {
    /// From now on, waits for that many token requests. [`Kind::Tokens`] alone.
    pub(crate) fn expect(&mut self, count: usize) {
        writeln!(self.told, "{count}").unwrap();
        assert_eq!(line(&mut self.said), "expecting");
    }

    /// Blocks until they have come.
    pub(crate) fn until_served(&mut self) {
        assert_eq!(line(&mut self.said), "served");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn line(said: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    line.trim().to_owned()
}

/// Serves until the process is ended.
#[tokio::main]
pub(crate) async fn serve(kind: Kind) {
    match kind {
        Kind::Practice => {
            let practice = PracticeProvider::start(Settings::default()).await.unwrap();
            assert!(practice.consent_automatically(Some("mira")));
            println!("{}", practice.issuer());
            std::future::pending::<()>().await;
        }
        Kind::Tokens => serve_tokens().await,
    }
}

async fn serve_tokens() {
    let (count, wanted) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(usize::MAX)));
    let (all_came, mut came) = mpsc::unbounded_channel();
    let (served, goal) = (Arc::clone(&count), Arc::clone(&wanted));
    let server = Server::start(move |_, _| {
        let number = served.fetch_add(1, Ordering::Relaxed) + 1;
        if number == goal.load(Ordering::Relaxed) {
            all_came.send(()).ok();
        }
        let body = format!(
            r#"{{"access_token":"at-{number:0>60}","token_type":"Bearer","expires_in":3600,"refresh_token":"rt-{number:0>60}"}}"#
        );
        Answer::json(200, body)
    })
    .await
    .unwrap();
    println!("{}", server.url());

    let (told, mut goals) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            told.send(line.parse::<usize>().unwrap()).ok();
        }
        std::process::exit(0);
    });
    while let Some(goal) = goals.recv().await {
        // What others asked for before does not count.
        count.store(0, Ordering::Relaxed);
        wanted.store(goal, Ordering::Relaxed);
        println!("expecting");
        came.recv().await;
        println!("served");
    }
}
