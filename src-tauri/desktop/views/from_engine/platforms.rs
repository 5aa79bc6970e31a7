//! Platforms, their abilities and readings, as the engine knows them [D2].

use domain::blast_radius::reading::{ReadingChanges, ReadingNote};
use domain::blast_radius::{Platform, PlatformKind, Provenance, ReadFailure, Source};
use engine::flows::platforms::PlatformOverview;
use engine::platforms::files::title;
use engine::platforms::{Abilities, PlatformFailure, TestWorth};

use crate::views::{
    AbilitiesView, Millis, PlatformFailureView, PlatformKindView, PlatformNameView, PlatformView, ReadFailureView,
    ReadingChangesView, ReadingNoteView, ReadingProgressView, SeenByView, SeenView, TestWorthView, count,
};

impl From<&PlatformOverview> for PlatformView {
    fn from(overview: &PlatformOverview) -> Self {
        let platform = &overview.platform;
        let way = way_of(overview);
        Self {
            id: platform.id.to_string(),
            kind: platform.kind.into(),
            name: platform.name.clone(),
            address: platform.address.clone(),
            space: platform.space.clone(),
            customer: platform.customer.clone(),
            way,
            abilities: AbilitiesView {
                reads: way == SeenByView::Api && overview.abilities.lists_workflows,
                ..overview.abilities.into()
            },
            added_at: platform.added_at.into(),
            read_at: platform.read_at.map(Millis::from),
            failed: platform.failed.as_ref().map(ReadFailureView::from),
            is_stale: overview.is_stale,
            reads_itself: platform.reads_itself,
            next_reading_at: overview.next_reading_at.map(Millis::from),
            changes: overview.last_reading.as_ref().map(|(changes, _)| changes.into()),
            notes: overview.last_reading.iter().flat_map(|(_, notes)| notes).map(ReadingNoteView::from).collect(),
            workflow_count: count(overview.workflow_count),
            active_count: count(overview.active_count),
            connection_count: count(overview.connection_count),
            dead_count: count(overview.dead_count),
            unjoined_count: count(overview.unjoined_count),
            reading: overview.reading.map(|(read, all)| ReadingProgressView { read, all }),
        }
    }
}

/// How what it holds comes to be known.
pub(super) fn way_of(overview: &PlatformOverview) -> SeenByView {
    match overview.platform.kind {
        PlatformKind::ByHand => SeenByView::ByHand,
        PlatformKind::Programs => SeenByView::TokenDoor,
        PlatformKind::N8n
        | PlatformKind::Make
        | PlatformKind::Zapier
        | PlatformKind::Activepieces
        | PlatformKind::NodeRed
        | PlatformKind::PowerAutomate
        | PlatformKind::Airtable
        | PlatformKind::McpClient => {
            // One that is asked has an address; one that was read from a file has none.
            if overview.has_api && overview.platform.address.is_some() { SeenByView::Api } else { SeenByView::File }
        }
    }
}

impl From<&Platform> for PlatformNameView {
    fn from(platform: &Platform) -> Self {
        Self { id: platform.id.to_string(), name: platform.name.clone(), kind: platform.kind.into() }
    }
}

impl From<Abilities> for AbilitiesView {
    fn from(abilities: Abilities) -> Self {
        Self {
            reads: abilities.lists_workflows,
            lists_runs: abilities.lists_runs,
            tests_connections: abilities.tests_connections.map(TestWorthView::from),
            pauses: abilities.pauses,
            takes_grants: abilities.takes_grants,
            repeats_runs: abilities.repeats_runs,
        }
    }
}

impl From<TestWorth> for TestWorthView {
    fn from(worth: TestWorth) -> Self {
        match worth {
            TestWorth::Proves => Self::Proves,
            TestWorth::OnlySaysWhetherConnected => Self::OnlySaysWhetherConnected,
        }
    }
}

impl From<&ReadFailure> for ReadFailureView {
    fn from(failure: &ReadFailure) -> Self {
        Self { at: failure.at.into(), words: failure.words.clone() }
    }
}

impl From<&ReadingChanges> for ReadingChangesView {
    fn from(changes: &ReadingChanges) -> Self {
        Self { added: changes.added, changed: changes.changed, same: changes.same, gone: changes.gone.clone() }
    }
}

impl From<&ReadingNote> for ReadingNoteView {
    fn from(note: &ReadingNote) -> Self {
        match note.clone() {
            ReadingNote::UnknownModules { kind, count } => Self::UnknownModules { name: kind, count },
            ReadingNote::FurtherModules { kinds, count } => Self::FurtherModules { kinds, count },
            ReadingNote::MissingRight { right, without_it } => Self::MissingRight { right, without_it },
            ReadingNote::Skipped { count, first } => Self::Skipped { count, first },
            ReadingNote::UnknownVersion { version } => Self::UnknownVersion { version },
            ReadingNote::DuplicateId { id } => Self::DuplicateId { id },
            ReadingNote::FurtherDuplicates { count } => Self::FurtherDuplicates { count },
            ReadingNote::Cycle { names } => Self::Cycle { names },
            ReadingNote::FurtherCycles { count } => Self::FurtherCycles { count },
        }
    }
}

impl From<&PlatformFailure> for PlatformFailureView {
    fn from(failure: &PlatformFailure) -> Self {
        match failure {
            PlatformFailure::Unreachable(platform, words) => {
                Self::Unreachable { platform: platform.clone(), words: words.clone() }
            }
            PlatformFailure::KeyRefused(platform) => Self::KeyRefused { platform: platform.clone() },
            PlatformFailure::RightMissing { platform, what, right } => {
                Self::RightMissing { platform: platform.clone(), what: what.clone(), right: right.clone() }
            }
            PlatformFailure::RateLimited { platform, until } => {
                Self::RateLimited { platform: platform.clone(), until: (*until).into() }
            }
            PlatformFailure::Refused { platform, status, words } => {
                Self::Refused { platform: platform.clone(), status: *status, words: words.clone() }
            }
            PlatformFailure::Unreadable(platform, words) => {
                Self::Unreadable { platform: platform.clone(), words: words.clone() }
            }
            PlatformFailure::AddressRefused(words) => {
                Self::Unreadable { platform: "the address".to_owned(), words: words.clone() }
            }
            PlatformFailure::OtherKind { file, found, .. } => {
                Self::Unreadable { platform: file.clone(), words: format!("it is a file of {}", title(*found)) }
            }
            PlatformFailure::BadLines { file, named, .. } => Self::Unreadable {
                platform: file.clone(),
                words: format!("nothing of it was taken; {}", named.join("; ")),
            },
            PlatformFailure::Unsupported(platform) => Self::Unsupported { platform: platform.clone() },
            PlatformFailure::Cancelled => Self::Cancelled,
        }
    }
}

impl From<Provenance> for SeenView {
    fn from(provenance: Provenance) -> Self {
        Self {
            by: provenance.source.into(),
            at: provenance.seen_at.into(),
            gone_at: provenance.gone_at.map(Millis::from),
        }
    }
}

impl From<Source> for SeenByView {
    fn from(source: Source) -> Self {
        match source {
            Source::Api => Self::Api,
            Source::File => Self::File,
            Source::ByHand => Self::ByHand,
            Source::TokenDoor => Self::TokenDoor,
        }
    }
}

impl From<PlatformKind> for PlatformKindView {
    fn from(kind: PlatformKind) -> Self {
        match kind {
            PlatformKind::N8n => Self::N8n,
            PlatformKind::Make => Self::Make,
            PlatformKind::Zapier => Self::Zapier,
            PlatformKind::Activepieces => Self::Activepieces,
            PlatformKind::NodeRed => Self::NodeRed,
            PlatformKind::PowerAutomate => Self::PowerAutomate,
            PlatformKind::Airtable => Self::Airtable,
            PlatformKind::McpClient => Self::McpClient,
            PlatformKind::Programs => Self::Programs,
            PlatformKind::ByHand => Self::ByHand,
        }
    }
}

impl From<PlatformKindView> for PlatformKind {
    fn from(view: PlatformKindView) -> Self {
        match view {
            PlatformKindView::N8n => Self::N8n,
            PlatformKindView::Make => Self::Make,
            PlatformKindView::Zapier => Self::Zapier,
            PlatformKindView::Activepieces => Self::Activepieces,
            PlatformKindView::NodeRed => Self::NodeRed,
            PlatformKindView::PowerAutomate => Self::PowerAutomate,
            PlatformKindView::Airtable => Self::Airtable,
            PlatformKindView::McpClient => Self::McpClient,
            PlatformKindView::Programs => Self::Programs,
            PlatformKindView::ByHand => Self::ByHand,
        }
    }
}
