//! What one reading of a platform found, under the platform's own ids: an API, an export and a list by hand all become
//! this [D2].

use jiff::Timestamp;

use super::{Access, PlatformConnectionState, Run, Schedule, StepVersion};
use crate::ConnectionId;
use crate::connection::Environment;

/// Everything that was found. Order does not matter; ids are unique within each list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlatformReading {
    pub connections: Vec<FoundConnection>,
    pub workflows: Vec<FoundWorkflow>,
    /// All of the platform was read: what is not here is gone.
    pub is_whole: bool,
    /// Workflows that are there and could not be read, by their external ids: what is known of them stays.
    pub unread: Vec<String>,
    /// It names connections where something uses them alone: one that it does not name may be there all the same.
    pub names_used_alone: bool,
    /// Runs of some workflows, the newest first.
    pub runs: Vec<FoundRun>,
    /// What a person should know of this reading.
    pub notes: Vec<ReadingNote>,
}

/// A connection of the platform's.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundConnection {
    pub external_id: String,
    pub name: String,
    pub kind: String,
    /// The catalogue's provider, where the kind names one.
    pub provider: Option<crate::ProviderId>,
    pub account: Option<String>,
    pub owner: Option<String>,
    /// `Unknown` where the reading says nothing: what was known before stays.
    pub state: PlatformConnectionState,
    pub page: Option<String>,
}

/// A workflow with the steps that use connections.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundWorkflow {
    pub external_id: String,
    pub name: String,
    pub is_active: bool,
    pub customer: Option<String>,
    pub project: Option<String>,
    pub owner: Option<String>,
    pub environment: Option<Environment>,
    pub schedule: Schedule,
    pub runs_per_day: Option<f64>,
    pub page: Option<String>,
    pub steps: Vec<FoundStep>,
    /// Other workflows that it starts, by their external ids.
    pub starts: Vec<String>,
    pub changed_at: Option<Timestamp>,
}

/// A step that uses a connection.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundStep {
    pub external_id: String,
    pub name: String,
    pub kind: String,
    pub place: u32,
    pub uses: FoundUse,
    pub version: StepVersion,
    pub is_enabled: bool,
    pub access: Access,
    pub goes_on_after_error: bool,
    /// Scopes that it needs; none: nobody says.
    pub scopes: Vec<String>,
}

/// Which connection: the platform's by its external id, or ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundUse {
    External(String),
    Ours(ConnectionId),
}

/// A run of a workflow, by its external id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRun {
    pub workflow: String,
    pub run: Run,
    /// It is called a success, and a failure that it went on after may hide in it: nobody has looked. It proves nothing.
    pub may_hide_failure: bool,
    /// Connections, by their external ids, that its own data show to have worked in it; `None`: nobody has looked.
    pub proves: Option<Vec<String>>,
}

impl FoundRun {
    /// One whose outcome is what its platform says.
    pub fn new(workflow: String, run: Run) -> Self {
        Self { workflow, run, may_hide_failure: false, proves: None }
    }
}

/// What a person should know of a reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadingNote {
    /// Modules nobody knows: kept under their own names, and counted.
    UnknownModules { kind: String, count: u32 },
    /// More kinds than are named, and how many modules these are.
    FurtherModules { kinds: u32, count: u32 },
    /// The key may not do this: which right is missing.
    MissingRight { right: String, without_it: String },
    /// Entries that could not be read, and why the first could not.
    Skipped { count: u32, first: String },
    /// The file was written by a version that is not known.
    UnknownVersion { version: String },
    /// The same id twice: the later one counts.
    DuplicateId { id: String },
    /// More of them than are named.
    FurtherDuplicates { count: u32 },
    /// Ends in itself: workflows that start each other.
    Cycle { names: Vec<String> },
    /// More of them than are named.
    FurtherCycles { count: u32 },
}

impl ReadingNote {
    /// Modules nobody knows, the most frequent first; `most` kinds are named, and the rest is counted.
    pub fn of_unknown_modules(modules: impl IntoIterator<Item = (String, u32)>, most: usize) -> Vec<Self> {
        let mut modules: Vec<_> = modules.into_iter().collect();
        modules.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        let further = modules.split_off(modules.len().min(most));
        let mut notes: Vec<_> = modules.into_iter().map(|(kind, count)| Self::UnknownModules { kind, count }).collect();
        if !further.is_empty() {
            let count = further.iter().fold(0_u32, |sum, (_, count)| sum.saturating_add(*count));
            notes.push(Self::FurtherModules { kinds: counted(further.len()), count });
        }
        notes
    }

    /// Ids that came twice; `most` are named, and the rest is counted.
    pub fn of_duplicates(ids: Vec<String>, most: usize) -> Vec<Self> {
        named(ids, most, |id| Self::DuplicateId { id }, |count| Self::FurtherDuplicates { count })
    }

    /// Workflows that start each other; `most` rounds are named, and the rest is counted.
    pub fn of_cycles(rounds: Vec<Vec<String>>, most: usize) -> Vec<Self> {
        named(rounds, most, |names| Self::Cycle { names }, |count| Self::FurtherCycles { count })
    }
}

fn named<T>(
    all: Vec<T>,
    most: usize,
    one: impl Fn(T) -> ReadingNote,
    further: impl Fn(u32) -> ReadingNote,
) -> Vec<ReadingNote> {
    let left = all.len().saturating_sub(most);
    let rest = (left > 0).then(|| further(counted(left)));
    all.into_iter().take(most).map(one).chain(rest).collect()
}

fn counted(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// What a reading changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadingChanges {
    pub added: u32,
    pub changed: u32,
    pub same: u32,
    /// Names of what is gone: workflows and platform connections.
    pub gone: Vec<String>,
}
