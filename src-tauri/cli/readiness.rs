//! What a workflow needs, and whether it would run [D1, D3].

use domain::blast_radius::Workflow;
use domain::blast_radius::impact::Health;
use engine::Engine;
use engine::flows::blast_radius::health_word;
use jiff::Timestamp;
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::radius::id_of;
use crate::table::Table;
use crate::terminal::{BAD, FAINT, STRONG, Terminal, Text, WELL};
use crate::words::listed;
use crate::words::times::Now;

/// What a workflow needs, for programs.
#[derive(Serialize)]
struct NeedJson<'a> {
    of: &'static str,
    id: &'a str,
    name: &'a str,
    health: &'static str,
    ends_at: Option<Timestamp>,
    steps: &'a [String],
    lacking_scopes: &'a [String],
}

#[derive(Serialize)]
struct ReadinessJson<'a> {
    of: &'static str,
    id: &'a str,
    workflow: &'a str,
    ready: bool,
    running: bool,
    next_run: Option<Timestamp>,
}

pub(crate) fn readiness(engine: &Engine, terminal: &Terminal, workflow: &Workflow) -> Result<Exit, Failure> {
    let ready = engine.readiness(&workflow.id)?;
    let picture = engine.picture()?;
    let exit = match (ready.is_ready, ready.is_running) {
        (true, _) => Exit::Done,
        (false, true) => Exit::BlockedOnAuth,
        (false, false) if ready.needs.iter().any(|it| it.health.is_dead() || !it.lacking.is_empty()) => {
            Exit::BlockedOnAuth
        }
        (false, false) => Exit::Failed,
    };
    if terminal.is_json() {
        terminal.object(&ReadinessJson {
            of: "readiness",
            id: workflow.id.as_str(),
            workflow: &workflow.name,
            ready: ready.is_ready,
            running: ready.is_running,
            next_run: ready.next.at(),
        })?;
        for need in &ready.needs {
            terminal.object(&NeedJson {
                of: "need",
                id: id_of(&need.uses),
                name: picture.name_of(&need.uses),
                health: health_word(need.health),
                ends_at: need.ends_at,
                steps: &need.steps,
                lacking_scopes: &need.lacking,
            })?;
        }
        return Ok(exit);
    }
    let now = Now::here();
    let dead: Vec<&str> =
        ready.needs.iter().filter(|it| it.health.is_dead()).map(|it| picture.name_of(&it.uses)).collect();
    let unproved = ready.needs.iter().filter(|it| it.health == Health::Unknown).count();
    let narrow: Vec<String> = ready
        .needs
        .iter()
        .filter(|it| !it.lacking.is_empty())
        .map(|it| format!("{} lacks {}", picture.name_of(&it.uses), listed(it.lacking.iter().map(String::as_str))))
        .collect();
    let head = if !dead.is_empty() {
        format!("{} is blocked: {} must be mended.", workflow.name, listed(dead))
    } else if !narrow.is_empty() {
        format!("{} is blocked: {}.", workflow.name, listed(narrow.iter().map(String::as_str)))
    } else if unproved > 0 && ready.is_running {
        format!(
            "{} may run: nothing that it needs is known to be dead, {unproved} of {} unproved.",
            workflow.name,
            ready.needs.len()
        )
    } else if ready.is_running {
        format!("{} is ready.", workflow.name)
    } else {
        format!("{} is switched off; nothing that it needs is dead.", workflow.name)
    };
    let mut table = Table::new(&["Needs", "Is", "Steps", "Holds until"]);
    for need in &ready.needs {
        let style = match need.health {
            Health::Works => WELL,
            Health::Dead { .. } => BAD,
            Health::Unknown => FAINT,
        };
        table.row(vec![
            Text::from(picture.name_of(&need.uses)),
            Text::styled(style, health_word(need.health)),
            Text::from(listed(need.steps.iter().map(String::as_str).filter(|it| !it.is_empty()))),
            Text::from(need.ends_at.map_or_else(String::new, |at| now.moment(at))),
        ]);
    }
    terminal
        .say([Text::styled(STRONG, head)].into_iter().chain(table.names_within(terminal.columns(), &[0, 2]).lines()))?;
    Ok(exit)
}
