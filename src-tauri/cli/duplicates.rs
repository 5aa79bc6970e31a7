//! Connections that repeat each other, and merging two of them: what moves, what is revoked, what is lost [A8].

use domain::connection::sprawl::{DuplicateKind, MergePlan, MergeRevocation};
use engine::Engine;
use engine::flows::disconnect::RevocationResult;
use engine::flows::sprawl::Merged;
use jiff::Timestamp;
use serde::Serialize;

use crate::arguments::DuplicatesArguments;
use crate::connections::revocation_word;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{FAINT, STRONG, Terminal, Text};
use crate::words::sign_in::connections_named;
use crate::words::times::Now;
use crate::words::{counted, farewell, listed};

/// Connections of one account that do the work of one, for programs.
#[derive(Serialize)]
struct DuplicatesJson<'a> {
    kind: &'static str,
    connections: Vec<&'a str>,
}

/// What a merge did, for programs.
#[derive(Serialize)]
struct MergedJson<'a> {
    merged: &'a str,
    into: &'a str,
    moved: usize,
    /// `null`: left at the provider, since a revocation would have ended others too.
    revocation: Option<&'static str>,
    http_status: Option<u16>,
    access_token: &'static str,
    access_token_until: Option<Timestamp>,
}

pub(crate) async fn duplicates(
    engine: &Engine,
    terminal: &Terminal,
    asked: &DuplicatesArguments,
) -> Result<Exit, Failure> {
    match (&asked.merge, &asked.into) {
        (Some(gone), Some(keep)) => merge(engine, terminal, gone, keep, asked.yes).await,
        (None, _) | (_, None) => list(engine, terminal),
    }
}

fn list(engine: &Engine, terminal: &Terminal) -> Result<Exit, Failure> {
    let found = engine.list_duplicates()?;
    if terminal.is_json() {
        for one in &found {
            let connections = one.connections.iter().map(|id| id.as_str()).collect();
            terminal.object(&DuplicatesJson { kind: kind_word(one.kind), connections })?;
        }
        return Ok(Exit::Done);
    }
    if found.is_empty() {
        terminal.say([Text::from("No connection repeats another.")])?;
        return Ok(Exit::Done);
    }
    let mut lines = vec![];
    for one in &found {
        let mut members = vec![];
        for id in &one.connections {
            members.push(engine.overview(id)?);
        }
        let Some(first) = members.first() else { continue };
        let whose = first.connection.identity.account().unwrap_or("one account");
        let said = match one.kind {
            DuplicateKind::SameClient => {
                format!("{whose} authorised one client at {} more than once", first.provider.name)
            }
            DuplicateKind::SeveralClients => {
                format!("{whose} is connected to {} through several clients, perhaps on purpose", first.provider.name)
            }
        };
        lines.push(Text::styled(STRONG, said).plain(":"));
        for it in &members {
            let hanging = counted(it.dependant_count, "workflow");
            let environment = it.connection.environment.as_str();
            lines.push(
                Text::from(format!("  {}, {environment}, {hanging}  ", it.connection.name))
                    .and(FAINT, it.connection.id.as_str()),
            );
        }
    }
    lines.push(Text::from("Merge two: patchbay duplicates --merge C --into C"));
    terminal.say(lines)?;
    Ok(Exit::Done)
}

async fn merge(engine: &Engine, terminal: &Terminal, gone: &str, keep: &str, is_sure: bool) -> Result<Exit, Failure> {
    let (gone, keep) = (engine.find_connection(gone)?, engine.find_connection(keep)?);
    let provider = engine.overview(&gone.id)?.provider.name.clone();
    let plan = engine.plan_merge(&keep.id, &gone.id)?;
    if !is_sure {
        let mut lines =
            vec![Text::from(format!("Merging {} ({}) into {} ({}):", gone.name, gone.id, keep.name, keep.id))];
        lines.extend(before(&plan, &provider, &keep.name).iter().map(|line| Text::from("  ").plain(line)));
        terminal.warn(lines);
        if !terminal.is_attended() {
            return Err(Failure::usage("Nobody is there to be asked; say --yes to merge."));
        }
        let answer = terminal.ask("Merge? [y/N] ").await;
        if !matches!(answer.as_deref(), Some("y" | "yes")) {
            terminal.note([Text::from("Both stay as they were.")]);
            return Ok(Exit::Failed);
        }
    }

    let done = engine.merge_connections(&keep.id, &gone.id).await?;
    if terminal.is_json() {
        let (revocation, http_status) = done.revocation.map(revocation_word).unzip();
        let (access_token, access_token_until) = farewell::access_token_word(done.access_token);
        terminal.object(&MergedJson {
            merged: gone.id.as_str(),
            into: keep.id.as_str(),
            moved: done.moved_count,
            revocation,
            http_status: http_status.flatten(),
            access_token,
            access_token_until,
        })?;
    } else {
        terminal.say(after(&done, &gone.name, &keep.name, &provider))?;
    }
    Ok(Exit::Done)
}

fn before(plan: &MergePlan, provider: &str, keep: &str) -> Vec<String> {
    let moved = match plan.moved.len() {
        0 => "No workflow has to move.".to_owned(),
        _ => format!("{} will hang on {keep}.", listed(plan.moved.iter().map(|it| it.workflow.as_str()))),
    };
    let lost = (!plan.scopes_lost.is_empty()).then(|| {
        format!(
            "{keep} was not granted {}: what moves may need it.",
            listed(plan.scopes_lost.iter().map(String::as_str))
        )
    });
    let revocation = match &plan.revocation {
        MergeRevocation::Revokes => format!("The other grant is revoked at {provider}; {keep} is not touched."),
        MergeRevocation::RevokesAccessTokenAlone => format!(
            "{provider} revokes access tokens alone: the other grant's refresh token is erased here, and may go on working there until you remove the access; {keep} is not touched."
        ),
        MergeRevocation::RefusedToPublicClients => format!(
            "{provider} is asked to revoke the other grant, and known to refuse that to clients without a secret; if it refuses, the grant stays listed there until you remove it."
        ),
        MergeRevocation::WouldEnd(names) => format!(
            "The other grant is not revoked: {} would end along with it, by the way {provider} revokes. Its secrets are erased here.",
            connections_named(names)
        ),
        MergeRevocation::NotOffered => {
            format!("{provider} offers no revocation: the other grant stays listed there, its secrets are erased here.")
        }
        MergeRevocation::NothingToRevoke => "The other grant has ended already.".to_owned(),
    };
    [Some(moved), lost, Some(revocation)].into_iter().flatten().collect()
}

fn after(done: &Merged, gone: &str, keep: &str, provider: &str) -> Vec<Text> {
    let mut lines = vec![Text::styled(
        STRONG,
        format!("{gone} is merged into {keep}: {} moved.", counted(done.moved_count, "workflow")),
    )];
    match done.revocation {
        Some(revocation) => {
            let (word, status) = revocation_word(revocation);
            let status = status.map(|status| format!(", HTTP {status}")).unwrap_or_default();
            if revocation == RevocationResult::AccessTokenAlone {
                lines.push(Text::from(format!(
                    "  {provider} revokes access tokens alone: the refresh token, erased here, may go on working until you remove the access there."
                )));
            }
            lines.push(Text::from(format!("  Revocation at {provider}: {}{status}.", word.replace('_', " "))));
            lines.extend(
                farewell::seen(done.access_token, revocation, &Now::here()).map(|it| Text::from("  ").plain(it)),
            );
        }
        None => lines.push(Text::from(format!("  Its grant was left at {provider}; its secrets are erased here."))),
    }
    lines
}

fn kind_word(kind: DuplicateKind) -> &'static str {
    match kind {
        DuplicateKind::SameClient => "same_client",
        DuplicateKind::SeveralClients => "several_clients",
    }
}
