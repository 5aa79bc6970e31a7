//! What the last reading of a platform changed and noted, as one column [D2].

use domain::blast_radius::reading::{ReadingChanges, ReadingNote};
use domain::display_text::cleaned;
use serde::{Deserialize, Serialize};

/// More names than a person reads; the count says the rest.
const MOST_NAMES: usize = 200;
const MOST_NOTES: usize = 200;
const LONGEST_TEXT: usize = 300;

/// As JSON text.
#[derive(Serialize, Deserialize)]
pub(super) struct LastReadingColumn {
    added: u32,
    changed: u32,
    same: u32,
    #[serde(default)]
    gone: Vec<String>,
    #[serde(default)]
    notes: Vec<NoteColumn>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum NoteColumn {
    UnknownModules { name: String, count: u32 },
    FurtherModules { kinds: u32, count: u32 },
    MissingRight { right: String, without_it: String },
    Skipped { count: u32, first: String },
    UnknownVersion { version: String },
    DuplicateId { id: String },
    FurtherDuplicates { count: u32 },
    Cycle { names: Vec<String> },
    FurtherCycles { count: u32 },
}

impl LastReadingColumn {
    pub(super) fn new(changes: &ReadingChanges, notes: &[ReadingNote]) -> Self {
        Self {
            added: changes.added,
            changed: changes.changed,
            same: changes.same,
            gone: changes.gone.iter().take(MOST_NAMES).cloned().collect(),
            notes: notes.iter().take(MOST_NOTES).map(NoteColumn::from).collect(),
        }
    }

    pub(super) fn into_parts(self) -> (ReadingChanges, Vec<ReadingNote>) {
        let Self { added, changed, same, gone, notes } = self;
        (ReadingChanges { added, changed, same, gone }, notes.into_iter().map(ReadingNote::from).collect())
    }
}

fn short(text: &str) -> String {
    cleaned(text, LONGEST_TEXT)
}

impl From<&ReadingNote> for NoteColumn {
    fn from(note: &ReadingNote) -> Self {
        match note {
            ReadingNote::UnknownModules { kind, count } => Self::UnknownModules { name: short(kind), count: *count },
            ReadingNote::FurtherModules { kinds, count } => Self::FurtherModules { kinds: *kinds, count: *count },
            ReadingNote::MissingRight { right, without_it } => {
                Self::MissingRight { right: short(right), without_it: short(without_it) }
            }
            ReadingNote::Skipped { count, first } => Self::Skipped { count: *count, first: short(first) },
            ReadingNote::UnknownVersion { version } => Self::UnknownVersion { version: short(version) },
            ReadingNote::DuplicateId { id } => Self::DuplicateId { id: short(id) },
            ReadingNote::FurtherDuplicates { count } => Self::FurtherDuplicates { count: *count },
            ReadingNote::Cycle { names } => {
                Self::Cycle { names: names.iter().take(MOST_NAMES).map(|it| short(it)).collect() }
            }
            ReadingNote::FurtherCycles { count } => Self::FurtherCycles { count: *count },
        }
    }
}

impl From<NoteColumn> for ReadingNote {
    fn from(note: NoteColumn) -> Self {
        match note {
            NoteColumn::UnknownModules { name, count } => Self::UnknownModules { kind: name, count },
            NoteColumn::FurtherModules { kinds, count } => Self::FurtherModules { kinds, count },
            NoteColumn::MissingRight { right, without_it } => Self::MissingRight { right, without_it },
            NoteColumn::Skipped { count, first } => Self::Skipped { count, first },
            NoteColumn::UnknownVersion { version } => Self::UnknownVersion { version },
            NoteColumn::DuplicateId { id } => Self::DuplicateId { id },
            NoteColumn::FurtherDuplicates { count } => Self::FurtherDuplicates { count },
            NoteColumn::Cycle { names } => Self::Cycle { names },
            NoteColumn::FurtherCycles { count } => Self::FurtherCycles { count },
        }
    }
}
