//! The practice provider as a program: prints its addresses, obeys lines on standard input, ends with it [E2].

use std::io::{self, BufRead as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use practice::{Faults, PracticeProvider, SWITCHES, Settings};
use serde_json::{Value, json};
use tokio::sync::mpsc;

mod control;

/// A strict OAuth 2 authorization server on this computer only, with faults on switches.
///
/// It prints one line of JSON with its addresses, then one line of JSON for every line of JSON on
/// standard input. It runs until that closes, or SIGINT or SIGTERM arrives.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Port on 127.0.0.1; 0 takes the one of last time, or a free one
    #[arg(long, default_value_t = 0)]
    port: u16,

    /// Keeps grants (tokens as hashes only) in this file
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    /// Plays the provider of this provider file too; the first line then holds the file to give the app
    #[arg(long, value_name = "FILE")]
    play: Option<PathBuf>,

    /// Turns a fault on: NAME or NAME=VALUE; may be repeated
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<String>,

    /// So many accounts of one organisation besides the three: staff-1, staff-2, …
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    staff: u16,

    /// Agrees at once for this account instead of asking
    #[arg(long, value_name = "ACCOUNT")]
    consent_automatically: Option<String>,

    /// Lists the faults and ends
    #[arg(long)]
    list_faults: bool,

    /// Runs on when standard input closes
    #[arg(long)]
    keep_running: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ended = if arguments.list_faults { list_faults() } else { run(arguments) };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            let mut said = reason.to_string();
            let mut deeper = reason.source();
            while let Some(cause) = deeper {
                said.push_str(&format!(": {cause}"));
                deeper = cause.source();
            }
            // Nobody is left to tell if standard error is gone as well.
            drop(writeln!(io::stderr(), "patchbay-practice: {said}"));
            ExitCode::FAILURE
        }
    }
}

type Ended = Result<(), Box<dyn std::error::Error>>;

#[tokio::main]
async fn run(arguments: Arguments) -> Ended {
    let faults = arguments.faults.iter().try_fold(Faults::default(), |faults, switch| faults.with_switch(switch))?;
    let plays = match &arguments.play {
        Some(path) => Some(serde_json::from_slice(&std::fs::read(path)?)?),
        None => None,
    };
    let settings = Settings {
        port: arguments.port,
        state_file: arguments.state,
        clients: Vec::new(),
        plays,
        staff: arguments.staff,
    };
    let provider = PracticeProvider::start(settings).await?;
    provider.set_faults(faults);
    if !provider.consent_automatically(arguments.consent_automatically.as_deref()) {
        return Err("there is no such account to consent automatically".into());
    }
    say(&addresses(&provider))?;

    let mut lines = lines_of_standard_input();
    let mut listening = true;
    let mut signals = Signals::listen()?;
    loop {
        tokio::select! {
            line = lines.recv(), if listening => match line {
                Some(line) => say(&control::obey(&provider, &line))?,
                None if arguments.keep_running => listening = false,
                None => break,
            },
            () = signals.arrive() => break,
        }
    }
    provider.stop().await;
    Ok(())
}

fn addresses(provider: &PracticeProvider) -> Value {
    let issuer = provider.issuer();
    json!({
        "issuer": issuer,
        "port": provider.port(),
        "discovery": format!("{issuer}/.well-known/openid-configuration"),
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "introspection_endpoint": format!("{issuer}/introspect"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "files": format!("{issuer}/api/files"),
        "client_id": PracticeProvider::default_client_id(),
        "accounts": provider.accounts(),
        "damaged_state": provider.damaged_state(),
        "played_file": provider.played_file(),
        "played_clients": played_clients(provider),
    })
}

/// What a person would copy from the provider's console.
fn played_clients(provider: &PracticeProvider) -> Value {
    let told = |client: &practice::PracticeClient| json!({ "client_id": client.client_id, "client_secret": client.client_secret });
    provider.played_clients().iter().map(told).collect()
}

fn list_faults() -> Ended {
    let mut out = io::stdout().lock();
    for (name, value) in SWITCHES {
        if value.is_empty() {
            writeln!(out, "{name}")?;
        } else {
            writeln!(out, "{name}=…  ({value})")?;
        }
    }
    Ok(())
}

fn say(value: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{value}")?;
    out.flush()
}

/// Reads on a thread of its own: a blocked read must not hold up the end of the program.
fn lines_of_standard_input() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(16);
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            if !line.trim().is_empty() && sender.blocking_send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn arrive(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> io::Result<Signals> {
        Ok(Signals)
    }

    async fn arrive(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
