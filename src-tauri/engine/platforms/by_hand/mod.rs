//! Lists by hand: workflows of any platform as CSV or JSON, in the form that `docs/WORKFLOWS.md` describes [D2].
//!
//! Lines that cannot be read are all named by their numbers, and then nothing is taken; a cell that cannot be read is
//! named likewise, and its line is taken without it.

mod complaints;
mod line;
mod schedule;
mod table;

use std::collections::{BTreeMap, HashMap};

use domain::ConnectionId;
use domain::blast_radius::reading::{FoundConnection, FoundStep, FoundUse, FoundWorkflow, PlatformReading};
use domain::blast_radius::{Access, PlatformConnectionState, PlatformKind, Schedule, StepVersion};
use serde_json::Value;
use serde_json::value::RawValue;

use complaints::Complaints;
use line::Line;

use super::providers::{provider_in, provider_of};
use super::settled::{Oddities, Unlisted, settled};
use super::text::{Pieces, account_in, bounded, complaint, parsed};
use super::{PlatformFailure, Progress};

/// The version of the JSON form.
const VERSION: &str = "1";
/// An id of a connection of ours: `con_` and ten digits.
const ID_LENGTH: usize = 14;
/// Looked at anew after so many lines.
const STRIDE: u32 = 256;

/// The template of the CSV form, with one example.
pub const CSV_TEMPLATE: &str = include_str!("template.csv");
/// The template of the JSON form, with the same example.
pub const JSON_TEMPLATE: &str = include_str!("template.json");

pub(super) use table::recognises as recognises_table;

/// Whether a file's top is a list by hand.
pub(super) fn recognises(pieces: &Pieces<'_>) -> bool {
    match pieces {
        Pieces::Object(_) => pieces.field("workflows").is_some_and(|it| it.get().starts_with('[')),
        Pieces::List(items) => items.first().is_some_and(|it| it.get().contains("\"workflow\"")),
    }
}

/// The lines of a JSON file; a workflow with several steps is several lines.
pub(super) fn read_json(
    name: &str,
    pieces: &Pieces<'_>,
    kind: PlatformKind,
    progress: &Progress,
) -> Result<PlatformReading, PlatformFailure> {
    let mut list = List::of(kind);
    let mut oddities = Oddities::default();
    let entries: Vec<&RawValue> = match pieces {
        Pieces::List(items) => items.clone(),
        Pieces::Object(_) => match pieces.field("workflows") {
            Some(entries) => parsed(name, entries.get())?,
            None => return Err(PlatformFailure::Unreadable(name.to_owned(), "it has no `workflows`".to_owned())),
        },
    };
    if let Some(version) = pieces.field("version").map(|it| it.get().trim_matches('"')).filter(|it| *it != VERSION) {
        oddities.unknown_version(version);
    }
    let all = u32::try_from(entries.len()).ok();
    for (number, raw) in (1_u32..).zip(entries) {
        if number % STRIDE == 1 {
            progress.check()?;
            progress.report(number - 1, all);
        }
        let place = format!("entry {number}");
        let entry = match serde_json::from_str::<Value>(raw.get()) {
            Ok(Value::Object(entry)) => entry,
            Ok(_) => {
                list.bad.add(&place, "it is no object");
                continue;
            }
            Err(error) => {
                list.bad.add(&place, complaint(&error));
                continue;
            }
        };
        let (line, strange) = Line::of_object(&entry);
        strange.into_iter().for_each(|it| list.doubts.add(&place, &format!("`{}` is not known", bounded(it))));
        let steps: Vec<_> = entry.get("steps").and_then(Value::as_array).into_iter().flatten().collect();
        if steps.is_empty() {
            list.take(&line, &place);
        }
        for step in steps {
            match step.as_object() {
                Some(step) => list.take(&Line::of_object(step).0.completed_by(&line), &place),
                None => list.bad.add(&place, "a step is no object"),
            }
        }
    }
    progress.report(all.unwrap_or(u32::MAX), all);
    list.into_reading(name, oddities)
}

/// The lines of a CSV file.
pub(super) fn read_csv(
    name: &str,
    text: &str,
    kind: PlatformKind,
    progress: &Progress,
) -> Result<PlatformReading, PlatformFailure> {
    let mut list = List::of(kind);
    table::read(name, text, &mut list, progress)?;
    list.into_reading(name, Oddities::default())
}

/// What was taken so far.
struct List {
    kind: PlatformKind,
    workflows: Vec<FoundWorkflow>,
    places: HashMap<String, usize>,
    connections: BTreeMap<String, FoundConnection>,
    /// Lines that cannot be read.
    bad: Complaints,
    /// What lines are taken without.
    doubts: Complaints,
    /// Lines of another platform.
    elsewhere: Complaints,
}

impl List {
    fn of(kind: PlatformKind) -> Self {
        Self {
            kind,
            workflows: vec![],
            places: HashMap::new(),
            connections: BTreeMap::new(),
            bad: Complaints::default(),
            doubts: Complaints::default(),
            elsewhere: Complaints::default(),
        }
    }

    fn take(&mut self, line: &Line, place: &str) {
        let Some(name) = line.field("workflow") else {
            self.bad.add(place, "it names no workflow");
            return;
        };
        let platform = line.field("platform");
        if let Some(platform) = platform.filter(|it| self.kind != PlatformKind::ByHand && !is_of(it, self.kind)) {
            self.elsewhere.add(place, &format!("it is of another platform, {}", bounded(platform)));
            return;
        }
        let id = id_of(platform.filter(|_| self.kind == PlatformKind::ByHand), name);
        let at = match self.places.get(&id) {
            Some(at) => *at,
            None => {
                self.places.insert(id.clone(), self.workflows.len());
                self.workflows.push(blank(id, name));
                self.workflows.len() - 1
            }
        };
        self.tell(at, line, place);
        self.step(at, line, place);
    }

    /// What the line says of its workflow; the first line to say a thing is right.
    fn tell(&mut self, at: usize, line: &Line, place: &str) {
        let mut doubts = vec![];
        let platform = line.field("platform").filter(|_| self.kind == PlatformKind::ByHand);
        let Some(workflow) = self.workflows.get_mut(at) else { return };
        let own = |name: &str| line.field(name).map(bounded);
        workflow.customer = workflow.customer.take().or_else(|| own("customer"));
        workflow.project = workflow.project.take().or_else(|| own("project")).or_else(|| platform.map(bounded));
        workflow.owner = workflow.owner.take().or_else(|| own("owner"));
        match own("page").filter(|_| workflow.page.is_none()) {
            Some(page) if page.starts_with("https://") || page.starts_with("http://") => workflow.page = Some(page),
            Some(_) => doubts.push("`page` is no address"),
            None => {}
        }
        match line.environment() {
            Some(environment) => workflow.environment = workflow.environment.take().or(environment),
            None => doubts.push("`environment` is neither production, staging nor sandbox"),
        }
        match line.field("schedule").map(schedule::schedule_of) {
            Some(Some(schedule)) if workflow.schedule == Schedule::Unknown => workflow.schedule = schedule,
            Some(Some(_)) | None => {}
            Some(None) => doubts.push("`schedule` is not understood"),
        }
        match line.is_yes("active", true) {
            // One line that says no is enough: those that say nothing mean yes.
            Some(is_active) => workflow.is_active &= is_active,
            None => doubts.push("`active` is neither yes nor no"),
        }
        match line.runs_per_day() {
            Some(runs) => workflow.runs_per_day = workflow.runs_per_day.or(runs),
            None => doubts.push("`runs_per_day` is no number"),
        }
        workflow.starts.extend(line.starts().map(|it| id_of(platform, it)));
        doubts.into_iter().for_each(|it| self.doubts.add(place, it));
    }

    fn step(&mut self, at: usize, line: &Line, place: &str) {
        let (provider, account) = (line.field("provider"), line.field("account"));
        let by_account = || match (provider, account) {
            (Some(provider), Some(account)) => Some(format!("{provider} {account}")),
            (one, other) => one.or(other).map(str::to_owned),
        };
        let Some(connection) = line.field("connection").map(str::to_owned).or_else(by_account) else {
            if line.field("step").is_some() {
                self.doubts.add(place, "its step names no connection");
            }
            return;
        };
        let uses = match ours(&connection) {
            Some(id) => FoundUse::Ours(id),
            None => FoundUse::External(self.connection(&connection, provider, account)),
        };
        let is_enabled = line.is_yes("enabled", true);
        let goes_on = line.is_yes("goes_on", false);
        let access = line.access();
        if is_enabled.is_none() || goes_on.is_none() || access.is_none() {
            self.doubts.add(place, "`access`, `enabled` or `goes_on` is not understood");
        }
        let Some(workflow) = self.workflows.get_mut(at) else { return };
        let name = line.field("step").unwrap_or(&connection);
        workflow.steps.push(FoundStep {
            external_id: bounded(&name.to_lowercase()),
            name: bounded(name),
            kind: bounded(line.field("platform").or(provider).unwrap_or_default()),
            place: u32::try_from(workflow.steps.len()).unwrap_or(u32::MAX),
            uses,
            version: StepVersion::Both,
            is_enabled: is_enabled.unwrap_or(true),
            access: access.unwrap_or(Access::Unknown),
            goes_on_after_error: goes_on.unwrap_or(false),
            scopes: line.scopes(),
        });
    }

    /// Listed once under its name, however that is capitalised; later lines complete what it lacks.
    fn connection(&mut self, name: &str, provider: Option<&str>, account: Option<&str>) -> String {
        let id = bounded(&name.to_lowercase());
        let entry = self.connections.entry(id.clone()).or_insert_with(|| FoundConnection {
            external_id: id.clone(),
            name: bounded(name),
            kind: String::new(),
            provider: None,
            account: None,
            owner: None,
            state: PlatformConnectionState::Unknown,
            page: None,
        });
        if entry.kind.is_empty() {
            entry.kind = bounded(provider.unwrap_or_default());
        }
        if entry.provider.is_none() {
            entry.provider = provider.and_then(provider_of).or_else(|| provider_in(name));
        }
        if entry.account.is_none() {
            entry.account = account.map(bounded).or_else(|| account_in(name));
        }
        id
    }

    fn into_reading(self, name: &str, oddities: Oddities) -> Result<PlatformReading, PlatformFailure> {
        if let Some((named, count)) = self.bad.told() {
            return Err(PlatformFailure::BadLines { file: name.to_owned(), named, count });
        }
        let reading = PlatformReading {
            connections: self.connections.into_values().collect(),
            workflows: self.workflows,
            // What stands in another platform's lines is not gone.
            is_whole: self.elsewhere.are_none(),
            notes: self.elsewhere.into_notes().into_iter().chain(self.doubts.into_notes()).collect(),
            runs: vec![],
            ..PlatformReading::default()
        };
        Ok(settled(reading, oddities, Unlisted::Unknown))
    }
}

fn blank(external_id: String, name: &str) -> FoundWorkflow {
    FoundWorkflow {
        external_id,
        name: bounded(name),
        is_active: true,
        customer: None,
        project: None,
        owner: None,
        environment: None,
        schedule: Schedule::Unknown,
        runs_per_day: None,
        page: None,
        steps: vec![],
        starts: vec![],
        changed_at: None,
    }
}

/// People write one name in several ways.
fn id_of(platform: Option<&str>, name: &str) -> String {
    let name = name.to_lowercase();
    bounded(&platform.map_or_else(|| name.clone(), |it| format!("{}/{name}", it.to_lowercase())))
}

fn is_of(platform: &str, kind: PlatformKind) -> bool {
    let plain = |it: &str| it.chars().filter(|it| it.is_alphanumeric()).collect::<String>().to_lowercase();
    plain(platform) == plain(kind.as_str())
}

fn ours(text: &str) -> Option<ConnectionId> {
    let is_digit = |it: u8| it.is_ascii_digit() || it.is_ascii_lowercase();
    let is_id = text.len() == ID_LENGTH && text.starts_with("con_") && text.bytes().skip(4).all(is_digit);
    is_id.then(|| ConnectionId::from_text(text))
}

#[cfg(test)]
mod tests;
