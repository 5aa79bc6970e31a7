//! Who breaks with one connection; or a workflow written down by hand [D1, D3].

use domain::blast_radius::impact::{Impact, Picture, Struck, TwoPlanes};
use domain::blast_radius::schedule::NextRun;
use domain::blast_radius::{Apart, Schedule, Uses, Workflow};
use engine::flows::blast_radius::{Radius, health_word};
use engine::flows::labels::NewDependant;
use engine::{Engine, Error};
use jiff::Timestamp;
use serde::Serialize;

use crate::arguments::RadiusArguments;
use crate::candidates::with_candidates;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json::DependantJson;
use crate::readiness::readiness;
use crate::repair_order::repair_order;
use crate::table::Table;
use crate::terminal::{BAD, FAINT, STRONG, Terminal, Text, WELL};
use crate::words::times::Now;
use crate::words::{counted, listed, named};

/// A workflow that stops, for programs.
#[derive(Serialize)]
struct StruckJson<'a> {
    of: &'static str,
    id: &'a str,
    workflow: &'a str,
    platform: &'a str,
    customer: Option<&'a str>,
    owner: Option<&'a str>,
    steps: &'a [String],
    carried_by: Option<&'a str>,
    next_run: Option<Timestamp>,
    starts: &'static str,
    /// How much of the time its rhythm held; of what was seen to run by it, and of nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    held_percent: Option<u8>,
    runs_per_day: Option<f64>,
    waits_for: Vec<&'a str>,
    known_by: &'static str,
    seen_at: Timestamp,
}

/// What a death does, for programs.
#[derive(Serialize)]
struct ImpactJson<'a> {
    of: &'static str,
    id: &'a str,
    name: &'a str,
    health: &'static str,
    dies_at: Option<Timestamp>,
    workflows: usize,
    heals: usize,
    apart: usize,
    first_run: Option<Timestamp>,
    first_workflow: Option<&'a str>,
    runs_per_day: f64,
    customers: &'a [String],
    owners: &'a [String],
    /// Of a platform's connection beside one of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
}

pub(crate) fn radius(engine: &Engine, terminal: &Terminal, asked: RadiusArguments) -> Result<Exit, Failure> {
    if asked.csv {
        let platform = asked.platform.as_deref().map(|typed| engine.find_platform(typed)).transpose()?;
        let table = engine.radius_csv(|picture, workflow| {
            let customer = picture.customer_of(&workflow.id).unwrap_or_default();
            asked.customer.as_deref().is_none_or(|it| it == customer)
                && platform.as_ref().is_none_or(|it| it.id == workflow.platform)
                && (!asked.stopped || !picture.waits_for(&workflow.id).is_empty())
        })?;
        terminal.file(&table)?;
        return Ok(Exit::Done);
    }
    if let Some(workflow) = &asked.workflow {
        let found = engine.find_workflow(workflow).map_err(|error| with_candidates(engine, workflow, error.into()))?;
        return readiness(engine, terminal, &found);
    }
    let Some(typed) = asked.connection else { return repair_order(engine, terminal) };
    if let Some(workflow) = asked.add {
        let found = engine.find_connection(&typed);
        let connection = found.map_err(|error| with_candidates(engine, &typed, error.into()))?;
        let new = NewDependant { workflow, place: asked.place, step: asked.step, owner: asked.owner };
        let dependant = engine.add_dependant(&connection.id, new)?;
        if terminal.is_json() {
            terminal.object(&DependantJson::from(&dependant))?;
        } else {
            terminal.say([Text::from(format!("Noted: {} leans on {}.", dependant.workflow, connection.name))])?;
        }
        return Ok(Exit::Done);
    }
    let uses = uses_of(engine, &typed)?;
    let radius = match &uses {
        Uses::Connection(id) => engine.radius(id)?,
        Uses::PlatformConnection(_) => Radius { impact: engine.impact(&uses)?, copies: vec![] },
    };
    let picture = engine.picture()?;
    if terminal.is_json() {
        return tell(terminal, &picture, &uses, &radius);
    }
    show(terminal, &picture, &uses, &radius)
}

/// Columns of the table that hold names.
const NAMES: [usize; 5] = [0, 1, 2, 3, 4];

/// Ours by id or name, else a platform's.
pub(crate) fn uses_of(engine: &Engine, typed: &str) -> Result<Uses, Failure> {
    let unclear = |error: Error| with_candidates(engine, typed, error.into());
    match engine.find_connection(typed) {
        Ok(connection) => Ok(Uses::Connection(connection.id)),
        Err(gone @ Error::ConnectionGone(_)) => match engine.find_platform_connection(typed).map_err(unclear)? {
            Some(theirs) => Ok(Uses::PlatformConnection(theirs.id)),
            None => Err(unclear(gone)),
        },
        Err(error) => Err(unclear(error)),
    }
}

pub(crate) fn id_of(uses: &Uses) -> &str {
    match uses {
        Uses::Connection(id) => id.as_str(),
        Uses::PlatformConnection(id) => id.as_str(),
    }
}

fn tell(terminal: &Terminal, picture: &Picture, uses: &Uses, radius: &Radius) -> Result<Exit, Failure> {
    tell_impact(terminal, picture, uses, &radius.impact, None)?;
    for copy in &radius.copies {
        let theirs = Uses::PlatformConnection(copy.connection.id.clone());
        tell_impact(terminal, picture, &theirs, &copy.impact, Some(verdict_word(copy.verdict)))?;
    }
    Ok(Exit::Done)
}

fn tell_impact(
    terminal: &Terminal,
    picture: &Picture,
    uses: &Uses,
    impact: &Impact,
    verdict: Option<&'static str>,
) -> Result<(), Failure> {
    let first = impact.first.as_ref();
    terminal.object(&ImpactJson {
        of: if verdict.is_some() { "copy" } else { "impact" },
        id: id_of(uses),
        name: picture.name_of(uses),
        health: health_word(picture.health(uses)),
        dies_at: impact.dies_at,
        workflows: impact.struck.len(),
        heals: impact.heals,
        apart: impact.apart.len(),
        first_run: first.map(|(_, at)| *at),
        first_workflow: first.and_then(|(id, _)| picture.workflow(id)).map(|it| it.name.as_str()),
        runs_per_day: impact.runs_per_day,
        customers: &impact.customers,
        owners: &impact.owners,
        verdict,
    })?;
    for struck in &impact.struck {
        let Some(workflow) = picture.workflow(&struck.workflow) else { continue };
        terminal.object(&StruckJson {
            of: "workflow",
            id: workflow.id.as_str(),
            workflow: &workflow.name,
            platform: platform_of(picture, workflow),
            customer: picture.customer_of(&workflow.id),
            owner: workflow.owner.as_deref(),
            steps: &struck.steps,
            carried_by: struck.carried_by.as_ref().and_then(|it| picture.workflow(it)).map(|it| it.name.as_str()),
            next_run: struck.first.at(),
            starts: starts_word(struck.first),
            held_percent: held_percent(workflow),
            runs_per_day: struck.runs_per_day,
            waits_for: struck.waits_for.iter().map(|it| picture.name_of(it)).collect(),
            known_by: workflow.provenance.source.as_str(),
            seen_at: workflow.provenance.seen_at,
        })?;
    }
    Ok(())
}

fn show(terminal: &Terminal, picture: &Picture, uses: &Uses, radius: &Radius) -> Result<Exit, Failure> {
    let now = Now::here();
    let name = &named(picture.name_of(uses));
    let impact = &radius.impact;
    let is_dead = picture.health(uses).is_dead();
    let mut lines = vec![];
    if impact.struck.is_empty() && impact.apart.is_empty() {
        lines.push(Text::from(format!("No workflow is known to hang on {name}.")));
        if let Uses::Connection(id) = uses {
            lines.push(Text::from(format!("  Write one down: patchbay radius {id} --add NAME")));
        }
    } else {
        lines.push(Text::styled(STRONG, sentence(picture, name, impact, is_dead, &now)));
        lines.extend(struck_table(picture, impact, &now).names_within(terminal.columns(), &NAMES).lines());
        if !impact.apart.is_empty() {
            lines.push(Text::styled(FAINT, apart_sentence(impact)));
        }
    }
    for copy in &radius.copies {
        let platform = picture.platform(&copy.connection.platform).map_or("its platform", |it| it.name.as_str());
        let style = if copy.verdict == TwoPlanes::BothWork { WELL } else { BAD };
        lines.push(Text::default());
        lines.push(Text::styled(style, verdict_sentence(copy.verdict, platform)));
        if !copy.impact.struck.is_empty() {
            let dead = picture.health(&Uses::PlatformConnection(copy.connection.id.clone())).is_dead();
            lines.push(Text::from(sentence(picture, &named(&copy.connection.name), &copy.impact, dead, &now)));
            lines.extend(struck_table(picture, &copy.impact, &now).names_within(terminal.columns(), &NAMES).lines());
        }
    }
    terminal.say(lines)?;
    Ok(Exit::Done)
}

/// "Gmail stops 7 workflows for 3 customers, from 14:00 on; 6 heal when it is mended."
fn sentence(picture: &Picture, name: &str, impact: &Impact, is_dead: bool, now: &Now) -> String {
    let verb = if is_dead { "stops" } else { "would stop" };
    let mut text = format!("{name} {verb} {}", counted(impact.struck.len(), "workflow"));
    if !impact.customers.is_empty() {
        text.push_str(&format!(" for {}", counted(impact.customers.len(), "customer")));
    }
    if let Some((id, at)) = &impact.first {
        let first = picture.workflow(id).map(|it| named(&it.name)).unwrap_or_default();
        let about = if picture.workflow(id).is_some_and(|it| held_percent(it).is_some()) { "about " } else { "" };
        text.push_str(&format!(", first {first} {about}{}", now.moment_in_sentence(*at)));
    }
    if impact.heals < impact.struck.len() {
        text.push_str(&format!("; {} heal when it is mended", impact.heals));
    }
    text.push('.');
    text
}

fn struck_table(picture: &Picture, impact: &Impact, now: &Now) -> Table {
    let mut table = Table::new(&["Workflow", "Where", "Step", "Customer", "Owner", "Next run", "Known"]);
    for struck in &impact.struck {
        let Some(workflow) = picture.workflow(&struck.workflow) else { continue };
        table.row(vec![
            Text::from(&workflow.name),
            Text::from(platform_of(picture, workflow)),
            Text::from(steps_of(picture, struck)),
            Text::from(picture.customer_of(&workflow.id).unwrap_or_default()),
            Text::from(workflow.owner.as_deref().unwrap_or_default()),
            Text::from(next_run_words(workflow, struck.first, now)),
            Text::from(known_words(workflow, now)),
        ]);
        if !struck.waits_for.is_empty() {
            let waits: Vec<String> = struck.waits_for.iter().map(|it| named(picture.name_of(it))).collect();
            let waits = listed(waits.iter().map(String::as_str));
            table.below(Text::styled(FAINT, format!("  waits for {waits} too")));
        }
    }
    table
}

fn steps_of(picture: &Picture, struck: &Struck) -> String {
    match &struck.carried_by {
        Some(other) => format!("with {}", picture.workflow(other).map_or("another", |it| &it.name)),
        None => listed(struck.steps.iter().map(String::as_str).filter(|it| !it.is_empty())),
    }
}

fn apart_sentence(impact: &Impact) -> String {
    let count = |apart| impact.apart.iter().filter(|(_, it)| *it == apart).count();
    let said = [
        (count(Apart::Inactive), "switched off"),
        (count(Apart::Disabled), "with the step disabled"),
        (count(Apart::DraftOnly), "in the draft alone"),
    ];
    let said: Vec<String> =
        said.iter().filter(|(count, _)| *count > 0).map(|(count, why)| format!("{count} {why}")).collect();
    format!("Not counted: {}.", said.join(", "))
}

fn platform_of<'a>(picture: &'a Picture, workflow: &Workflow) -> &'a str {
    picture.platform(&workflow.platform).map_or("", |it| &it.name)
}

pub(crate) fn starts_word(next: NextRun) -> &'static str {
    match next {
        NextRun::At(_) => "scheduled",
        NextRun::AnyMoment => "at any moment",
        NextRun::NotKnown => "not known",
        NextRun::OnDemand => "on demand",
    }
}

/// Of a rhythm that was only seen.
pub(crate) fn held_percent(workflow: &Workflow) -> Option<u8> {
    if let Schedule::Learned { percent, .. } = workflow.schedule { Some(percent) } else { None }
}

/// "Mon 02:00"; "about tomorrow 02:00, 92 % of the time" of what was only seen to run so.
fn next_run_words(workflow: &Workflow, next: NextRun, now: &Now) -> String {
    match (next.at(), held_percent(workflow)) {
        (None, _) => starts_word(next).to_owned(),
        (Some(at), Some(percent)) if percent < 95 => format!("about {}, {percent} % of the time", now.moment(at)),
        (Some(at), Some(_)) => format!("about {}", now.moment(at)),
        (Some(at), None) => now.moment(at),
    }
}

/// "by hand, 3 min ago"
fn known_words(workflow: &Workflow, now: &Now) -> String {
    use domain::blast_radius::Source;
    let known = match workflow.provenance.source {
        Source::Api => "read",
        Source::File => "from a file",
        Source::ByHand => "by hand",
        Source::TokenDoor => "asks here",
    };
    format!("{known}, {}", now.ago(workflow.provenance.seen_at))
}

pub(crate) fn verdict_word(verdict: TwoPlanes) -> &'static str {
    match verdict {
        TwoPlanes::BothWork => "both_work",
        TwoPlanes::CopyDead => "copy_dead",
        TwoPlanes::SignInDead => "sign_in_dead",
        TwoPlanes::BothDead => "both_dead",
        TwoPlanes::NotKnown => "not_known",
    }
}

fn verdict_sentence(verdict: TwoPlanes, platform: &str) -> String {
    match verdict {
        TwoPlanes::BothWork => format!("Your sign-in is fine, and so is the copy at {platform}."),
        TwoPlanes::CopyDead => format!("Your sign-in is fine; the copy at {platform} is dead. Open its page there."),
        TwoPlanes::SignInDead => format!("The copy at {platform} works; your sign-in is dead."),
        TwoPlanes::BothDead => format!("Both are dead: your sign-in, and the copy at {platform}."),
        TwoPlanes::NotKnown => format!("{platform} has a copy; whether it works is not visible."),
    }
}
