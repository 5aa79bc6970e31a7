//! The command line: arguments in, one engine call, plain or JSON text out, and an exit code that says
//! whether a person is needed [E2, F1, F2].

mod arguments;
mod automatic;
mod calendar;
mod client_rotation;
mod clients;
mod connections;
mod device;
mod diagnosis_ladder;
mod doctor;
mod duplicates;
mod events;
mod exit;
mod failure;
mod health;
mod held;
mod home;
mod import;
mod json;
mod logging;
mod paste;
mod providers;
mod radius;
mod scopes;
mod secret_entry;
mod setup_check;
mod show;
mod sign_in;
mod table;
mod terminal;
mod test_call;
mod token;
mod words;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use engine::signals::{ignore_users_signals, told_again, told_to_end};
use engine::{Engine, EngineParts};

use crate::arguments::{Arguments, Command, HeldCommand, ProviderCommand};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Said at the first signal while a new token is in memory only.
const STILL_UNSAVED: &str = "A new token is not saved yet, and is in memory only: unlock the keychain, or free disk \
                             space. Still waiting; Ctrl-C again, and the token is lost.";

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(usage) => return terminal::show_usage(&usage).into(),
    };
    logging::start();
    let terminal = Terminal::new(arguments.json);

    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return terminal.fail(&Failure::no_runtime(&error)).into(),
    };
    let outcome = runtime.block_on(run(arguments, &terminal));
    // A question nobody answered must not keep the program.
    runtime.shutdown_background();

    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => terminal.fail(&failure).into(),
    }
}

async fn run(arguments: Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    ignore_users_signals();
    let home = home::folder(arguments.home)?;
    let parts = match EngineParts::open(&home) {
        Ok(parts) => parts,
        Err(error) if matches!(arguments.command, Command::Doctor) => {
            return doctor::report_unopened(terminal, &home, &error);
        }
        Err(error) => return Err(error.into()),
    };
    let engine = Engine::new(parts);
    if matches!(arguments.command, Command::Provider(_) | Command::Connect(_)) {
        for wrong in engine.catalogue_errors() {
            terminal.warn([terminal::Text::from(format!("A provider file of yours is not used: {wrong}."))]);
        }
    }
    let settles_first = arguments.command.settles_first();
    // A sign-in hears Ctrl-C itself: it has a page and a port to take back.
    if matches!(arguments.command, Command::Connect(_) | Command::Reconnect(_) | Command::Scopes(_)) {
        if settles_first {
            settle(&engine).await;
        }
        return perform(&engine, terminal, arguments.command).await;
    }
    let work = async {
        if settles_first {
            settle(&engine).await;
        } else if let Err(error) = engine.take_up_seals().await {
            tracing::debug!(%error, "what lies sealed could not be looked at");
        }
        perform(&engine, terminal, arguments.command).await
    };
    let outcome = tokio::select! {
        outcome = work => outcome,
        () = interrupted_twice_or_quiet(&engine, terminal) => {
            let Some(farewell) = held::farewell(&engine) else { return Ok(Exit::Failed) };
            terminal.warn([terminal::Text::from(farewell)]);
            return Ok(Exit::KeychainUnavailable);
        }
    };
    until_saved(&engine, terminal).await;
    outcome.map_err(|failure| if failure.is_about_held() { held::end(&engine, failure) } else { failure })
}

/// What a command leaves behind it ends first: an old bundle is erased in a moment. A new token that neither the
/// keychain nor the disk would take is waited for, until it is stored or a person says that it may go [S154].
async fn until_saved(engine: &Engine, terminal: &Terminal) {
    let is_at_risk = engine.would_lose_a_token();
    if is_at_risk {
        terminal.warn([terminal::Text::from(
            "A new token could not be saved, and is in memory only: unlock the keychain, or free disk space. \
             Waiting for either; Ctrl-C twice gives the token up.",
        )]);
    }
    tokio::select! {
        () = engine.until_quiet() => {}
        () = given_up(is_at_risk, terminal) => {}
    }
}

/// Returns once the program was told to end: twice where that loses a token, as once happens without a person,
/// when a terminal closes or a session ends.
async fn given_up(is_at_risk: bool, terminal: &Terminal) {
    told_to_end().await;
    if is_at_risk {
        terminal.warn([terminal::Text::from(STILL_UNSAVED)]);
        told_again().await;
    }
}

/// Returns once the program was told to end and no refresh is under way any more: an answer that carries a
/// rotated token is stored first [S168]. A second signal ends it at once.
async fn interrupted_twice_or_quiet(engine: &Engine, terminal: &Terminal) {
    told_to_end().await;
    if tokio::time::timeout(Duration::ZERO, engine.until_quiet()).await.is_ok() {
        return;
    }
    terminal.warn([terminal::Text::from(if engine.would_lose_a_token() {
        STILL_UNSAVED
    } else {
        "A refresh is under way; ending once its answer is stored. Ctrl-C again ends at once, and may lose the token."
    })]);
    tokio::select! {
        () = engine.until_quiet() => {}
        () = told_again() => {}
    }
}

async fn perform(engine: &Engine, terminal: &Terminal, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Connect(asked) => sign_in::connect(engine, terminal, asked).await,
        Command::List(asked) => connections::list(engine, terminal, &asked).await,
        Command::Show(which) => show::show(engine, terminal, &which.connection).await,
        Command::Events(asked) => events::events(engine, terminal, asked).await,
        Command::Health(asked) => health::health(engine, terminal, &asked),
        Command::Test(which) => test_call::test(engine, terminal, &which).await,
        Command::Diagnose(asked) => diagnosis_ladder::diagnose(engine, terminal, asked).await,
        Command::Refresh(which) => test_call::refresh(engine, terminal, &which.connection).await,
        Command::Reconnect(asked) => sign_in::reconnect(engine, terminal, asked).await,
        Command::Disconnect(asked) => connections::disconnect(engine, terminal, asked).await,
        Command::Forget(asked) => connections::forget(engine, terminal, &asked).await,
        Command::Token(asked) => token::token(engine, terminal, asked).await,
        Command::Automatic(asked) => automatic::automatic(engine, terminal, &asked),
        Command::Calendar { connection } => calendar::calendar(engine, terminal, connection.as_deref()),
        Command::Held { command: None } => held::list(engine, terminal),
        Command::Held { command: Some(HeldCommand::Export(asked)) } => held::export(engine, terminal, &asked).await,
        Command::Held { command: Some(HeldCommand::Import(asked)) } => held::import(engine, terminal, &asked).await,
        Command::Provider(ProviderCommand::List) => providers::list(engine, terminal),
        Command::Provider(ProviderCommand::Show { provider, settings }) => {
            providers::show(engine, terminal, &provider, settings).await
        }
        Command::Provider(ProviderCommand::Check { provider, settings }) => {
            setup_check::check_provider(engine, terminal, &provider, settings).await
        }
        Command::Client(asked) => clients::client(engine, terminal, asked).await,
        Command::Import(asked) => import::import(engine, terminal, asked).await,
        Command::Radius(asked) => radius::radius(engine, terminal, asked),
        Command::Scopes(asked) => scopes::scopes(engine, terminal, asked).await,
        Command::Duplicates(asked) => duplicates::duplicates(engine, terminal, &asked).await,
        Command::Doctor => doctor::doctor(engine, terminal).await,
    }
}

/// What a crash left behind comes first [A5]. What cannot be settled now does not stop the command: a refresh
/// settles its own connection under its lock, and says so itself when it cannot.
async fn settle(engine: &Engine) {
    match engine.reconcile().await {
        Ok(settled) => tracing::debug!(?settled, "what a crash left behind is settled"),
        Err(error) => tracing::warn!(%error, "what a crash left behind could not be settled"),
    }
}
