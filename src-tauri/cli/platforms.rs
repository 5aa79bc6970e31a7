//! Where workflows live: listed, added with a key from standard input or a prompt, read again, removed [D2, A3].

use domain::Secret;
use domain::blast_radius::PlatformConnection;
use domain::blast_radius::impact::{Health, Picture};
use engine::flows::blast_radius::health_word;
use engine::flows::file_kinds::tool_of_file;
use engine::flows::platforms::{NewPlatform, PlatformOverview, can_be_asked};
use engine::flows::read_platform::ImportTarget;
use engine::platforms::open::has_api;
use engine::{Engine, Error};
use jiff::Timestamp;
use serde::Serialize;

use crate::arguments::{ImportWorkflowsArguments, PlatformAddArguments, PlatformsCommand, Switch, SyncArguments};
use crate::candidates::with_candidates;
use crate::ending::unless_told;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::reading::{follow, say_outcome};
use crate::secret_entry;
use crate::sign_in;
use crate::table::Table;
use crate::terminal::{BAD, FAINT, Terminal, Text};
use crate::words::times::Now;
use crate::words::{self, counted, listed};

/// A platform, for programs; its key is in the keychain and nowhere else.
#[derive(Serialize)]
struct PlatformJson<'a> {
    of: &'static str,
    id: &'a str,
    kind: &'static str,
    name: &'a str,
    address: Option<&'a str>,
    customer: Option<&'a str>,
    workflows: usize,
    active: usize,
    connections: usize,
    dead: usize,
    unjoined: usize,
    read_at: Option<Timestamp>,
    failed_at: Option<Timestamp>,
    failure: Option<&'a str>,
    stale: bool,
    reads_itself: bool,
    next_reading_at: Option<Timestamp>,
    pauses: bool,
}

/// A platform's connection, for programs.
#[derive(Serialize)]
struct PlatformConnectionJson<'a> {
    of: &'static str,
    id: &'a str,
    platform: &'a str,
    name: &'a str,
    kind: &'a str,
    account: Option<&'a str>,
    health: &'static str,
    /// When a workflow that uses it last ran well, where nothing proves it: no proof of it.
    good_run_at: Option<Timestamp>,
    joined: Option<&'a str>,
    join_percent: Option<u8>,
    confirmed: bool,
    seen_at: Timestamp,
}

#[derive(Serialize)]
struct RemovedJson<'a> {
    removed: &'a str,
}

pub(crate) async fn platforms(
    engine: &Engine,
    terminal: &Terminal,
    command: Option<PlatformsCommand>,
) -> Result<Exit, Failure> {
    match command {
        None => list(engine, terminal),
        Some(PlatformsCommand::Add(asked)) => add(engine, terminal, asked).await,
        Some(PlatformsCommand::Remove { platform, yes }) => remove(engine, terminal, &platform, yes).await,
        Some(PlatformsCommand::Key { platform }) => change_key(engine, terminal, &platform).await,
        Some(PlatformsCommand::Auto { platform, switch }) => {
            let platform = engine.find_platform(&platform)?;
            engine.set_automatic_reading(&platform.id, switch == Switch::On)?;
            if terminal.is_json() {
                let all = engine.list_platforms()?;
                let mut found = all.iter().filter(|it| it.platform.id == platform.id);
                found.try_for_each(|it| terminal.object(&platform_json(it)))?;
            } else {
                let said = if switch == Switch::On { "again by itself" } else { "only when somebody asks" };
                terminal.say([Text::from(format!("{} is read {said}.", platform.name))])?;
            }
            Ok(Exit::Done)
        }
        Some(PlatformsCommand::Connections) => connections(engine, terminal),
        Some(PlatformsCommand::Join { theirs, ours }) => join(engine, terminal, &theirs, ours.as_deref()),
        Some(PlatformsCommand::Push(asked)) => sign_in::push(engine, terminal, asked).await,
    }
}

fn list(engine: &Engine, terminal: &Terminal) -> Result<Exit, Failure> {
    let all = engine.list_platforms()?;
    if terminal.is_json() {
        all.iter().try_for_each(|it| terminal.object(&platform_json(it)))?;
        return Ok(Exit::Done);
    }
    if all.is_empty() {
        terminal.say([
            Text::from("No platform is known yet."),
            Text::from("  Add one: patchbay platforms add n8n --address https://n8n.example < key.txt"),
            Text::from("  Or read an export: patchbay import-workflows FILE"),
        ])?;
        return Ok(Exit::Done);
    }
    let now = Now::here();
    let mut table = Table::new(&["Platform", "Workflows", "Connections", "Dead", "Read", "Customer", "Id"]);
    for it in &all {
        let read = match (it.platform.read_at, it.is_stale) {
            (Some(at), false) => now.ago(at),
            (Some(at), true) => format!("{}, old", now.ago(at)),
            (None, _) if it.platform.address.is_some() => "never".to_owned(),
            // Exports of a part tell of no whole.
            (None, _) if it.workflow_count + it.connection_count > 0 => "from files".to_owned(),
            (None, _) => String::new(),
        };
        table.row(vec![
            Text::from(&it.platform.name),
            Text::from(format!("{} of {} on", it.active_count, it.workflow_count)),
            Text::from(it.connection_count.to_string()),
            if it.dead_count > 0 { Text::styled(BAD, it.dead_count.to_string()) } else { Text::default() },
            Text::from(read),
            Text::from(it.platform.customer.as_deref().unwrap_or_default()),
            Text::styled(FAINT, it.platform.id.as_str()),
        ]);
        if let Some(failure) = &it.platform.failed {
            table.below(Text::styled(FAINT, format!("  {}: {}", now.ago(failure.at), failure.words)));
        }
    }
    terminal.say(table.names_within(terminal.columns(), &[0, 5]).lines())?;
    Ok(Exit::Done)
}

fn platform_json(it: &PlatformOverview) -> PlatformJson<'_> {
    PlatformJson {
        of: "platform",
        id: it.platform.id.as_str(),
        kind: it.platform.kind.as_str(),
        name: &it.platform.name,
        address: it.platform.address.as_deref(),
        customer: it.platform.customer.as_deref(),
        workflows: it.workflow_count,
        active: it.active_count,
        connections: it.connection_count,
        dead: it.dead_count,
        unjoined: it.unjoined_count,
        read_at: it.platform.read_at,
        failed_at: it.platform.failed.as_ref().map(|it| it.at),
        failure: it.platform.failed.as_ref().map(|it| it.words.as_str()),
        stale: it.is_stale,
        reads_itself: it.platform.reads_itself && can_be_asked(&it.platform),
        next_reading_at: it.next_reading_at,
        pauses: it.abilities.pauses,
    }
}

/// Of a platform's API. `cancelled` is what is said where none was typed.
async fn typed_key(terminal: &Terminal, cancelled: &'static str) -> Result<Secret, Failure> {
    if terminal.is_attended() {
        return unless_told(cancelled, secret_entry::from_prompt("Key of the platform's API: "))
            .await?
            .map_err(|failure| if failure.is_cancelled() { Failure::cancelled(cancelled) } else { failure })?
            .ok_or_else(|| Failure::usage("Without its key the platform cannot be asked."));
    }
    let reading = tokio::task::spawn_blocking(|| secret_entry::from_stdin(secret_entry::PLATFORM_KEY));
    unless_told(cancelled, reading).await?.map_err(|_| Failure::from(Error::TaskEnded))?
}

async fn change_key(engine: &Engine, terminal: &Terminal, typed: &str) -> Result<Exit, Failure> {
    const NOT_CHANGED: &str = "Cancelled; the key that was there stays.";
    let platform = engine.find_platform(typed)?;
    if !can_be_asked(&platform) {
        return Err(Failure::usage("That platform has no API that is asked with a key."));
    }
    let key = typed_key(terminal, NOT_CHANGED).await?;
    unless_told(NOT_CHANGED, engine.change_platform_key(&platform.id, &key)).await??;
    if terminal.is_json() {
        let all = engine.list_platforms()?;
        let mut found = all.iter().filter(|it| it.platform.id == platform.id);
        found.try_for_each(|it| terminal.object(&platform_json(it)))?;
    } else {
        terminal.say([Text::from(format!("{} is asked with the new key from now on.", platform.name))])?;
    }
    Ok(Exit::Done)
}

async fn add(engine: &Engine, terminal: &Terminal, asked: PlatformAddArguments) -> Result<Exit, Failure> {
    const NOT_ADDED: &str = "Cancelled; nothing was added.";
    let kind = asked.kind.into();
    let key = if has_api(kind) { Some(typed_key(terminal, NOT_ADDED).await?) } else { None };
    let new = NewPlatform {
        kind,
        name: asked.name,
        address: asked.address,
        space: asked.space,
        customer: asked.customer,
        key,
    };
    let is_asked = new.key.is_some();
    let platform = unless_told(NOT_ADDED, engine.add_platform(new)).await?.map_err(|error| not_added(&error))?;
    if !is_asked {
        if terminal.is_json() {
            let all = engine.list_platforms()?;
            all.iter()
                .filter(|it| it.platform.id == platform.id)
                .try_for_each(|it| terminal.object(&platform_json(it)))?;
        } else {
            terminal.say([Text::from(format!(
                "{} is there. Read its export: patchbay import-workflows FILE",
                platform.name
            ))])?;
        }
        return Ok(Exit::Done);
    }
    let followed = follow(engine, terminal, platform.id.as_str(), engine.read_platform(&platform.id)).await;
    let followed = followed.map_err(|failure| {
        let is_cancelled = failure.is_cancelled();
        failure.with_words(|words| {
            if is_cancelled {
                "Cancelled.".clone_into(&mut words.happened);
            }
            words.meaning = format!("{} is added, and nothing of it is known yet.", platform.name);
            words.advice = format!("Read it: patchbay sync {}", platform.id);
        })
    })?;
    say_outcome(terminal, &followed.outcome)?;
    Ok(Exit::Done)
}

/// Nothing was read before, so nothing is said to be kept.
fn not_added(error: &Error) -> Failure {
    let failure = Failure::from(error);
    let Error::PlatformFailed(why) = error else { return failure };
    let advice = words::platforms::advice_before_adding(why);
    failure.with_words(|words| {
        "The platform was not added.".clone_into(&mut words.meaning);
        advice.clone_into(&mut words.advice);
    })
}

async fn remove(engine: &Engine, terminal: &Terminal, typed: &str, yes: bool) -> Result<Exit, Failure> {
    let platform = engine.find_platform(typed)?;
    if !yes {
        let counts = engine.list_platforms()?.into_iter().find(|it| it.platform.id == platform.id);
        let count = counts.map_or(0, |it| it.workflow_count);
        terminal.warn([Text::from(format!(
            "Removing {} forgets {} and its key. Nothing changes at the platform.",
            platform.name,
            counted(count, "workflow")
        ))]);
        if !terminal.is_attended() {
            return Err(Failure::usage("Nobody is there to be asked; say --yes to remove it."));
        }
        if !matches!(terminal.ask("Remove? [y/N] ").await.as_deref(), Some("y" | "yes")) {
            terminal.note([Text::from(format!("{} stays.", platform.name))]);
            return Ok(Exit::Failed);
        }
    }
    engine.remove_platform(&platform.id).await?;
    if terminal.is_json() {
        terminal.object(&RemovedJson { removed: platform.id.as_str() })?;
    } else {
        terminal.say([Text::from(format!("{} is removed, with all that was known of it.", platform.name))])?;
    }
    Ok(Exit::Done)
}

fn connections(engine: &Engine, terminal: &Terminal) -> Result<Exit, Failure> {
    let picture = engine.picture()?;
    let now = Now::here();
    let mut table = Table::new(&["Connection", "Platform", "Account", "Is", "Beside", "Seen", "Id"]);
    for it in picture.platform_connections() {
        if terminal.is_json() {
            terminal.object(&connection_json(&picture, it))?;
            continue;
        }
        let beside = match &it.joined {
            Some(join) if join.is_confirmed && join.connection.is_none() => "none of ours".to_owned(),
            Some(join) => {
                let name =
                    join.connection.as_ref().and_then(|id| picture.own_connection(id)).map(|it| it.name.as_str());
                let sure = if join.is_confirmed { String::new() } else { format!(", {} %", join.percent) };
                name.map_or_else(String::new, |name| format!("{name}{sure}"))
            }
            None => String::new(),
        };
        let health = Health::of_platform(&it.state);
        table.row(vec![
            Text::from(&it.name),
            Text::from(picture.platform(&it.platform).map_or("", |it| &it.name)),
            Text::from(it.account.as_deref().unwrap_or_default()),
            if health.is_dead() { Text::styled(BAD, "dead") } else { Text::from(health_word(health)) },
            Text::from(beside),
            Text::from(now.ago(it.provenance.seen_at)),
            Text::styled(FAINT, it.id.as_str()),
        ]);
        if let Some(at) = picture.good_run_without_proof(&it.id) {
            let said = format!("  not proved; a workflow with it ran well {}", now.ago(at));
            table.below(Text::styled(FAINT, said));
        }
    }
    if !terminal.is_json() {
        terminal.say(table.names_within(terminal.columns(), &[0, 1, 2, 4]).lines())?;
    }
    Ok(Exit::Done)
}

fn connection_json<'a>(picture: &'a Picture, it: &'a PlatformConnection) -> PlatformConnectionJson<'a> {
    PlatformConnectionJson {
        of: "platform_connection",
        id: it.id.as_str(),
        platform: picture.platform(&it.platform).map_or("", |it| &it.name),
        name: &it.name,
        kind: &it.kind,
        account: it.account.as_deref(),
        health: health_word(Health::of_platform(&it.state)),
        good_run_at: picture.good_run_without_proof(&it.id),
        joined: it.joined.as_ref().and_then(|it| it.connection.as_ref()).map(domain::ConnectionId::as_str),
        join_percent: it.joined.as_ref().map(|it| it.percent),
        confirmed: it.joined.as_ref().is_some_and(|it| it.is_confirmed),
        seen_at: it.provenance.seen_at,
    }
}

fn join(engine: &Engine, terminal: &Terminal, theirs: &str, ours: Option<&str>) -> Result<Exit, Failure> {
    let found = engine.find_platform_connection(theirs);
    let found = found.map_err(|error| with_candidates(engine, theirs, error.into()))?;
    let found = found.ok_or_else(|| Failure::from(Error::ConnectionGone(theirs.chars().take(80).collect())))?;
    let own = ours.map(|typed| engine.find_connection(typed)).transpose()?;
    engine.join_platform_connection(&found.id, own.as_ref().map(|it| &it.id))?;
    if terminal.is_json() {
        let picture = engine.picture()?;
        let shown = picture.platform_connection(&found.id).map(|it| connection_json(&picture, it));
        shown.iter().try_for_each(|it| terminal.object(it))?;
    } else {
        let said = match &own {
            Some(own) => format!("{} stands beside {}. It stays so.", found.name, own.name),
            None => format!("{} stands beside none of ours. It stays so.", found.name),
        };
        terminal.say([Text::from(said)])?;
    }
    Ok(Exit::Done)
}

pub(crate) async fn import_workflows(
    engine: &Engine,
    terminal: &Terminal,
    asked: ImportWorkflowsArguments,
) -> Result<Exit, Failure> {
    let platform = asked.platform.as_deref().map(|typed| engine.find_platform(typed)).transpose()?;
    let target = ImportTarget { platform: platform.map(|it| it.id), name: asked.name, customer: asked.customer };
    let work = engine.import_workflows(&asked.path, asked.kind.map(Into::into), target, "import");
    let followed = follow(engine, terminal, "import", work).await.map_err(|failure| {
        // Clients and grants are another command's.
        let tool = tool_of_file(&asked.path).filter(|_| failure.is_about_file());
        match tool {
            Some(tool) => failure.with_words(|words| {
                let holds = format!("It looks like a file of {}, with clients and grants.", tool.tool());
                words.advice = format!("{holds} Read those: patchbay import {} FILE", tool.as_str());
            }),
            None => failure,
        }
    })?;
    say_outcome(terminal, &followed.outcome)?;
    let is_of_credentials = followed.outcome.workflow_count == 0 && followed.outcome.connection_count > 0;
    if is_of_credentials {
        let count = counted(followed.outcome.connection_count, "connection");
        let mut lines = vec![Text::from(format!(
            "  It holds no workflow: {count} by name, id and type alone. What is secret in it was not read."
        ))];
        lines.extend(
            tool_of_file(&asked.path)
                .map(|tool| Text::from(format!("  To take its grants over: patchbay import {} FILE", tool.as_str()))),
        );
        terminal.note(lines);
    }
    Ok(Exit::Done)
}

pub(crate) async fn sync(engine: &Engine, terminal: &Terminal, asked: &SyncArguments) -> Result<Exit, Failure> {
    let platforms = match &asked.platform {
        Some(typed) => vec![engine.find_platform(typed)?],
        None => {
            let all = engine.list_platforms()?.into_iter().map(|it| it.platform);
            all.filter(can_be_asked).collect()
        }
    };
    if platforms.is_empty() {
        terminal.note([Text::from("No platform can be asked. Add one: patchbay platforms add --help")]);
    }
    let mut exit = Exit::Done;
    let mut left = platforms.iter();
    let mut read: Vec<&str> = vec![];
    while let Some(platform) = left.next() {
        let work = engine.read_platform(&platform.id);
        match follow(engine, terminal, platform.id.as_str(), work).await {
            Ok(followed) => {
                say_outcome(terminal, &followed.outcome)?;
                read.push(&platform.name);
                if followed.is_told && !left.as_slice().is_empty() {
                    let rest = listed(left.map(|it| it.name.as_str()));
                    return Err(Failure::cancelled(format!("Cancelled; {rest} is as it was before.")));
                }
            }
            Err(failure) if failure.is_cancelled() => {
                return Err(failure.with_words(|words| {
                    let rest = listed(std::iter::once(platform).chain(left).map(|it| it.name.as_str()));
                    words.happened = format!("Cancelled; nothing of {rest} was changed.");
                    if !read.is_empty() {
                        words.meaning = format!("What was read before it stays: {}.", listed(read));
                    }
                }));
            }
            // The others are read all the same.
            Err(failure) => {
                let failure = if platform.read_at.is_none() { failure.without_what_is_kept() } else { failure };
                exit = terminal.fail(&failure);
            }
        }
    }
    Ok(exit)
}
