//! The command line: arguments in, one engine call, plain or JSON text out, and an exit code that says
//! whether a person is needed [E2, F1, F2].

mod alerts;
mod arguments;
mod asker;
mod automatic;
mod calendar;
mod candidates;
mod checklists;
mod client_rotation;
mod clients;
mod connections;
mod credential;
mod device;
mod diagnose_recorded;
mod diagnosis_ladder;
mod doctor;
mod door;
mod duplicates;
mod ending;
mod events;
mod exit;
mod failure;
mod forward;
mod health;
mod held;
mod home;
mod import;
mod incidents;
mod json;
mod logging;
mod manual;
mod mcp;
mod paste;
mod platforms;
mod preflight;
mod programs;
mod providers;
mod queue;
mod radius;
mod readiness;
mod reading;
mod repair_order;
#[cfg(unix)]
mod run;
mod scopes;
mod secret_entry;
mod serve;
mod setup_check;
mod show;
mod sign_in;
mod support_bundle;
mod table;
mod terminal;
mod test_call;
mod token;
mod wait;
mod waiting;
mod words;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use engine::signals::{ignore_users_signals, told_to_end};
use engine::store::StoreError;
use engine::{Engine, EngineParts, Error};
use local_access::Starters;

use crate::arguments::{Arguments, Command, DiagnoseArguments, HeldCommand, ProviderCommand};
use crate::door::Told;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(usage) => return terminal::show_usage(&usage).into(),
    };
    logging::start();
    // There standard output belongs to the protocol.
    let terminal = Terminal::new(arguments.json && !matches!(arguments.command, Command::Mcp));

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
    // Needs neither keychain nor database, and nothing is lost when a signal ends it.
    if let Command::Diagnose(DiagnoseArguments { from: Some(from), .. }) = &arguments.command {
        return diagnose_recorded::diagnose(terminal, &home::folder(arguments.home)?, from);
    }
    if let Command::Completions(asked) = &arguments.command {
        return manual::completions(asked);
    }
    if let Command::Man(asked) = &arguments.command {
        return manual::man(terminal, asked);
    }
    // Before a signal is heard.
    let starters = if arguments.command.waits_for_a_person() { Starters::look() } else { Starters::default() };
    ignore_users_signals();
    let mut told = std::pin::pin!(told_to_end());
    let settles_first = arguments.command.settles_first();
    let is_reading = arguments.command.hears_the_end() && !settles_first;
    if is_reading {
        // Heard from here on: who cancels at once is answered as well.
        drop(tokio::time::timeout(Duration::ZERO, &mut told).await);
    }
    let home = home::folder(arguments.home)?;
    let told_at_door = if let Command::Token(asked) = &arguments.command {
        door::token(&home, terminal, asked).await?
    } else {
        Told::Nothing
    };
    if let (Command::Token(asked), Told::Token(given)) = (&arguments.command, &told_at_door) {
        return token::show(given, asked.min_valid, terminal);
    }
    let parts = match EngineParts::open(&home) {
        Ok(parts) => parts,
        Err(Error::StoreUnavailable(StoreError::ReadOnly | StoreError::FolderUnavailable(_)))
            if !home.join("patchbay.db").exists() && !matches!(arguments.command, Command::Doctor) =>
        {
            return Err(Failure::of_first_start(&home));
        }
        Err(Error::StoreUnavailable(StoreError::DiskFull)) if arguments.command.only_reads() => {
            let parts = EngineParts::open_on_full_disk(&home)?;
            terminal
                .note([terminal::Text::from("The disk is full: this is what was written before. Free some space.")]);
            parts
        }
        Err(Error::StoreUnavailable(StoreError::ReadOnly)) if arguments.command.only_reads() => {
            let parts = EngineParts::open_to_read(&home)?;
            terminal.note([terminal::Text::from(
                "The data folder cannot be written to: this is what was written before, and nothing new is noted.",
            )]);
            parts
        }
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
    if arguments.command.hears_the_end() {
        if settles_first {
            settle(&engine).await;
        } else {
            tokio::select! {
                biased;
                () = told => return Err(Failure::cancelled("Cancelled; nothing was changed.")),
                () = take_up_seals(&engine) => {}
            }
        }
        let outcome = perform(&engine, terminal, arguments.command, told_at_door, starters).await;
        ending::until_saved(&engine, terminal).await;
        return outcome.map_err(|failure| ending::words_at_the_end(&engine, failure));
    }
    let is_following = matches!(&arguments.command, Command::Events(asked) if asked.follow);
    let work = async {
        if settles_first {
            settle(&engine).await;
        } else {
            take_up_seals(&engine).await;
        }
        perform(&engine, terminal, arguments.command, told_at_door, starters).await
    };
    let outcome = tokio::select! {
        biased;
        // What hears the same signal has the better words.
        outcome = work => outcome,
        () = ending::interrupted_twice_or_quiet(&engine, terminal) => {
            let exit = ending::say_what_is_left(&engine, terminal);
            // Following has no end of its own: who stops it has had what was asked for.
            return Ok(if is_following && exit == Exit::Failed { Exit::Done } else { exit });
        }
    };
    ending::until_saved(&engine, terminal).await;
    outcome.map_err(|failure| ending::words_at_the_end(&engine, failure))
}

async fn perform(
    engine: &Engine,
    terminal: &Terminal,
    command: Command,
    told_at_door: Told,
    starters: Starters,
) -> Result<Exit, Failure> {
    tokio::select! {
        outcome = carry_out(engine, terminal, command, told_at_door, starters) => outcome,
        never = waiting::for_another_program(engine, terminal) => match never {},
    }
}

async fn carry_out(
    engine: &Engine,
    terminal: &Terminal,
    command: Command,
    told_at_door: Told,
    starters: Starters,
) -> Result<Exit, Failure> {
    match command {
        Command::Connect(asked) => sign_in::connect(engine, terminal, asked).await,
        Command::List(asked) => connections::list(engine, terminal, &asked).await,
        Command::Show(which) => show::show(engine, terminal, &which.connection).await,
        Command::Events(asked) => events::events(engine, terminal, asked).await,
        Command::Forward { command } => forward::forward(engine, terminal, command).await,
        Command::Health(asked) => health::health(engine, terminal, &asked),
        Command::Test(which) => test_call::test(engine, terminal, &which).await,
        Command::Refresh(asked) => test_call::refresh(engine, terminal, &asked).await,
        Command::Diagnose(asked) => diagnosis_ladder::diagnose(engine, terminal, asked).await,
        Command::Reconnect(asked) => sign_in::reconnect(engine, terminal, asked).await,
        Command::Disconnect(asked) => connections::disconnect(engine, terminal, asked).await,
        Command::Forget(asked) => connections::forget(engine, terminal, &asked).await,
        Command::Token(asked) => token::token(engine, terminal, asked, told_at_door).await,
        Command::Preflight(asked) => preflight::preflight(engine, terminal, &asked).await,
        Command::Programs { command } => programs::programs(engine, terminal, command),
        Command::Alerts { command } => alerts::alerts(engine, terminal, command).await,
        Command::Serve => serve::serve(engine, terminal).await,
        Command::Mcp => mcp::serve(engine, terminal).await,
        Command::Wait(asked) => wait::wait(engine, terminal, &asked, starters).await,
        #[cfg(unix)]
        Command::Run(asked) => run::run(engine, terminal, asked, starters).await,
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
        Command::Platforms { command } => platforms::platforms(engine, terminal, command).await,
        Command::ImportWorkflows(asked) => platforms::import_workflows(engine, terminal, asked).await,
        Command::Sync(asked) => platforms::sync(engine, terminal, &asked).await,
        Command::Incident { command } => incidents::incident(engine, terminal, command).await,
        Command::Checklist { command } => checklists::checklist(engine, terminal, command).await,
        Command::Queue { command } => queue::queue(engine, terminal, command).await,
        Command::Scopes(asked) => scopes::scopes(engine, terminal, asked).await,
        Command::Duplicates(asked) => duplicates::duplicates(engine, terminal, &asked).await,
        Command::Credential(asked) => credential::credential(engine, terminal, asked).await,
        Command::Doctor => doctor::doctor(engine, terminal).await,
        Command::Completions(asked) => manual::completions(&asked),
        Command::Man(asked) => manual::man(terminal, &asked),
    }
}

async fn take_up_seals(engine: &Engine) {
    if let Err(error) = engine.take_up_seals().await {
        tracing::debug!(%error, "what lies sealed could not be looked at");
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
