//! Where workflows live: listed, added with a key from standard input or a prompt, read again, removed [D2, A3].

use std::time::Duration;

use domain::blast_radius::PlatformConnection;
use domain::blast_radius::impact::{Health, Picture};
use domain::blast_radius::reading::ReadingNote;
use engine::flows::blast_radius::health_word;
use engine::flows::platforms::{NewPlatform, PlatformOverview, can_be_asked};
use engine::flows::read_platform::{ImportTarget, ReadingOutcome};
use engine::platforms::open::has_api;
use engine::{Engine, Error};
use jiff::Timestamp;
use serde::Serialize;

use crate::arguments::{ImportWorkflowsArguments, PlatformAddArguments, PlatformsCommand, Switch, SyncArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::secret_entry;
use crate::table::Table;
use crate::terminal::{BAD, FAINT, STRONG, Terminal, Text};
use crate::words::times::Now;
use crate::words::{counted, listed};

/// How often it is said how far a reading is.
const TELL_EVERY: Duration = Duration::from_secs(1);

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

/// What a reading brought, for programs.
#[derive(Serialize)]
struct ReadingJson<'a> {
    of: &'static str,
    platform: &'a str,
    name: &'a str,
    kind: &'static str,
    added: u32,
    changed: u32,
    same: u32,
    gone: &'a [String],
    joined: usize,
    notes: Vec<String>,
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
            (None, _) if it.workflow_count > 0 => "from files".to_owned(),
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
    terminal.say(table.lines())?;
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

async fn add(engine: &Engine, terminal: &Terminal, asked: PlatformAddArguments) -> Result<Exit, Failure> {
    let kind = asked.kind.into();
    let key = match (has_api(kind), terminal.is_attended()) {
        (false, _) => None,
        (true, true) => Some(
            secret_entry::from_prompt("Key of the platform's API: ")
                .await?
                .ok_or_else(|| Failure::usage("Without its key the platform cannot be asked."))?,
        ),
        (true, false) => Some(secret_entry::from_stdin(secret_entry::PLATFORM_KEY)?),
    };
    let new = NewPlatform {
        kind,
        name: asked.name,
        address: asked.address,
        space: asked.space,
        customer: asked.customer,
        key,
    };
    let is_asked = new.key.is_some();
    let platform = engine.add_platform(new).await?;
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
    let outcome = reading(engine, terminal, platform.id.as_str(), engine.read_platform(&platform.id)).await?;
    say_outcome(terminal, &outcome)?;
    Ok(Exit::Done)
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
    }
    if !terminal.is_json() {
        terminal.say(table.lines())?;
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
        joined: it.joined.as_ref().and_then(|it| it.connection.as_ref()).map(domain::ConnectionId::as_str),
        join_percent: it.joined.as_ref().map(|it| it.percent),
        confirmed: it.joined.as_ref().is_some_and(|it| it.is_confirmed),
        seen_at: it.provenance.seen_at,
    }
}

fn join(engine: &Engine, terminal: &Terminal, theirs: &str, ours: Option<&str>) -> Result<Exit, Failure> {
    let found = engine.find_platform_connection(theirs)?;
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
    let outcome = reading(engine, terminal, "import", work).await?;
    say_outcome(terminal, &outcome)?;
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
    for platform in platforms {
        let work = engine.read_platform(&platform.id);
        match reading(engine, terminal, platform.id.as_str(), work).await {
            Ok(outcome) => say_outcome(terminal, &outcome)?,
            // The others are read all the same.
            Err(failure) => exit = terminal.fail(&failure),
        }
    }
    Ok(exit)
}

/// Says now and then how far it is.
async fn reading(
    engine: &Engine,
    terminal: &Terminal,
    name: &str,
    work: impl Future<Output = Result<ReadingOutcome, Error>>,
) -> Result<ReadingOutcome, Failure> {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            outcome = &mut work => return Ok(outcome?),
            () = tokio::time::sleep(TELL_EVERY) => {
                if let Some((read, all)) = engine.reading_progress(name) {
                    let of = all.map_or_else(String::new, |all| format!(" of {all}"));
                    terminal.note([Text::styled(FAINT, format!("{read}{of} workflows read"))]);
                }
            }
        }
    }
}

fn say_outcome(terminal: &Terminal, outcome: &ReadingOutcome) -> Result<(), Failure> {
    let (platform, changes) = (&outcome.platform, &outcome.changes);
    if terminal.is_json() {
        return terminal.object(&ReadingJson {
            of: "reading",
            platform: platform.id.as_str(),
            name: &platform.name,
            kind: platform.kind.as_str(),
            added: changes.added,
            changed: changes.changed,
            same: changes.same,
            gone: &changes.gone,
            joined: outcome.joined_count,
            notes: outcome.notes.iter().map(note_words).collect(),
        });
    }
    let head = format!(
        "{} is read: {} new, {} changed, {} as before, {} gone.",
        platform.name,
        changes.added,
        changes.changed,
        changes.same,
        changes.gone.len()
    );
    let mut lines = vec![Text::styled(STRONG, head)];
    if !changes.gone.is_empty() {
        lines.push(Text::from(format!("  Gone: {}", listed(changes.gone.iter().take(20).map(String::as_str)))));
    }
    if outcome.joined_count > 0 {
        let count = counted(outcome.joined_count, "connection");
        lines.push(Text::from(format!("  {count} of it stand beside ours: patchbay platforms connections")));
    }
    lines.extend(outcome.notes.iter().map(|it| Text::styled(FAINT, format!("  {}", note_words(it)))));
    terminal.say(lines)
}

fn note_words(note: &ReadingNote) -> String {
    match note {
        ReadingNote::UnknownModules { kind, count } => format!("{count} unknown modules of the kind {kind}, kept"),
        ReadingNote::MissingRight { right, without_it } => format!("the key lacks {right}: {without_it}"),
        ReadingNote::Skipped { count, first } => format!("{count} entries could not be read; the first: {first}"),
        ReadingNote::UnknownVersion { version } => format!("written by an unknown version: {version}"),
        ReadingNote::DuplicateId { id } => format!("the id {id} stands there twice; the later one counts"),
        ReadingNote::Cycle { names } => {
            format!("these start each other: {}", listed(names.iter().map(String::as_str)))
        }
    }
}
