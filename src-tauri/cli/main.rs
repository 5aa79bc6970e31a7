//! The command line: arguments in, one engine call, plain or JSON text out, and an exit code that says
//! whether a person is needed [E2, F1, F2].

mod arguments;
mod clients;
mod connections;
mod doctor;
mod events;
mod exit;
mod failure;
mod home;
mod json;
mod logging;
mod providers;
mod radius;
mod secret_entry;
mod sign_in;
mod table;
mod terminal;
mod test_call;
mod token;
mod words;

use std::process::ExitCode;

use clap::Parser as _;
use engine::{Engine, EngineParts};

use crate::arguments::{Arguments, ClientCommand, Command, ProviderCommand};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

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
    if arguments.command.settles_first() {
        settle(&engine).await;
    }

    // A sign-in hears Ctrl-C itself: it has a page and a port to take back.
    if matches!(arguments.command, Command::Connect(_) | Command::Reconnect(_)) {
        return perform(&engine, terminal, arguments.command).await;
    }
    let outcome = tokio::select! {
        outcome = perform(&engine, terminal, arguments.command) => outcome,
        () = interrupted_twice_or_quiet(&engine) => return Ok(Exit::Failed),
    };
    until_saved(&engine, terminal).await;
    outcome
}

/// What a command leaves behind it ends first: an old bundle is erased in a moment. A new token that neither the
/// keychain nor the disk would take is waited for, until it is stored or a person says that it may go [S154].
async fn until_saved(engine: &Engine, terminal: &Terminal) {
    if engine.would_lose_a_token() {
        terminal.warn([terminal::Text::from(
            "A new token could not be saved: unlock the keychain. Waiting for it; Ctrl-C gives the token up."
                .to_owned(),
        )]);
    }
    tokio::select! {
        () = engine.until_quiet() => {}
        () = told_to_end() => {}
    }
}

/// Returns once the program was told to end and no refresh is under way any more: an answer that carries a
/// rotated token is stored first [S168]. A second signal ends it at once.
async fn interrupted_twice_or_quiet(engine: &Engine) {
    told_to_end().await;
    tokio::select! {
        () = engine.until_quiet() => {}
        () = told_to_end() => {}
    }
}

#[cfg(unix)]
async fn told_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn told_to_end() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn perform(engine: &Engine, terminal: &Terminal, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Connect(asked) => sign_in::connect(engine, terminal, asked).await,
        Command::List => connections::list(engine, terminal),
        Command::Show(which) => connections::show(engine, terminal, &which.connection),
        Command::Events(asked) => events::events(engine, terminal, asked).await,
        Command::Test(which) => test_call::test(engine, terminal, &which.connection).await,
        Command::Refresh(which) => test_call::refresh(engine, terminal, &which.connection).await,
        Command::Reconnect(asked) => sign_in::reconnect(engine, terminal, asked).await,
        Command::Disconnect(asked) => connections::disconnect(engine, terminal, asked).await,
        Command::Forget(which) => connections::forget(engine, terminal, &which.connection),
        Command::Token(asked) => token::token(engine, terminal, asked).await,
        Command::Provider(ProviderCommand::List) => providers::list(engine, terminal),
        Command::Provider(ProviderCommand::Show { provider }) => providers::show(engine, terminal, &provider).await,
        Command::Client(ClientCommand::Add(asked)) => clients::add(engine, terminal, asked).await,
        Command::Client(ClientCommand::List) => clients::list(engine, terminal),
        Command::Radius(asked) => radius::radius(engine, terminal, asked),
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
