//! What a reading of n8n has come across so far; becomes the reading, with what a person should know of it [D1, D2].

use std::collections::{BTreeMap, HashMap};

use domain::blast_radius::PlatformConnectionState;
use domain::blast_radius::reading::{FoundConnection, FoundWorkflow, PlatformReading, ReadingNote};
use domain::display_text::cleaned;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::credential::CredentialText;
use super::node::{CredentialUse, loose_text};
use super::workflow::{Keeper, WorkflowText};
use crate::platforms::providers::provider_of;

/// More than this is said as a number alone.
const MOST_NOTED: usize = 50;

/// Leads to the editor's page of a thing, where it is known which instance that is.
pub(super) type Page<'a> = &'a (dyn Fn(&[&str]) -> Option<String> + Sync);

/// What is left to know of a workflow that cannot be read.
#[derive(Default, Deserialize)]
struct BareText {
    #[serde(default, deserialize_with = "loose_text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    name: Option<String>,
}

/// In which runs of a workflow a failure may hide, whether it is switched on or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hiding {
    Always,
    /// In those of an earlier version alone; `None`: nobody knows since when it is as it is.
    Before(Option<Timestamp>),
}

impl Hiding {
    /// `None`: of a workflow that is not listed.
    pub(super) fn may_be_in(hiding: Option<&Self>, run_at: Timestamp) -> bool {
        match hiding {
            Some(Self::Before(Some(changed_at))) => run_at <= *changed_at,
            Some(Self::Always | Self::Before(None)) | None => true,
        }
    }
}

pub(super) struct Gathering<'a> {
    page: Page<'a>,
    keepers: HashMap<String, Keeper>,
    connections: BTreeMap<String, FoundConnection>,
    /// All credentials were listed: what is used and is not among them does not exist.
    pub(super) are_credentials_listed: bool,
    used: BTreeMap<String, CredentialUse>,
    workflows: Vec<FoundWorkflow>,
    places: HashMap<String, usize>,
    /// In which runs of each workflow a failure may be called a success.
    pub(super) hiding: HashMap<String, Hiding>,
    strange: BTreeMap<String, u32>,
    skipped: u32,
    first_skipped: Option<String>,
    /// Workflows that bear an id and cannot be read.
    unread: Vec<String>,
    duplicates: Vec<String>,
    pub(super) notes: Vec<ReadingNote>,
}

impl<'a> Gathering<'a> {
    pub(super) fn new(page: Page<'a>) -> Self {
        Self {
            page,
            keepers: HashMap::new(),
            connections: BTreeMap::new(),
            are_credentials_listed: false,
            used: BTreeMap::new(),
            workflows: vec![],
            places: HashMap::new(),
            hiding: HashMap::new(),
            strange: BTreeMap::new(),
            skipped: 0,
            first_skipped: None,
            unread: vec![],
            duplicates: vec![],
            notes: vec![],
        }
    }

    pub(super) fn workflow_count(&self) -> u32 {
        u32::try_from(self.workflows.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn is_any_inactive(&self) -> bool {
        self.workflows.iter().any(|it| !it.is_active)
    }

    /// What the workflows of another try had brought is forgotten.
    pub(super) fn forget_workflows(&mut self) {
        self.workflows.clear();
        self.places.clear();
        self.used.clear();
        self.hiding.clear();
        self.strange.clear();
        self.unread.clear();
        self.duplicates.clear();
    }

    pub(super) fn take_credential(&mut self, raw: &RawValue) {
        let read = match serde_json::from_str::<CredentialText>(raw.get()) {
            Ok(text) => text.read(self.page),
            Err(error) => return self.skip(&error),
        };
        let Some((found, keepers)) = read else { return self.skip(&"it has no id") };
        self.keepers.extend(keepers);
        if self.connections.contains_key(&found.external_id) {
            self.duplicates.push(found.external_id.clone());
        }
        self.connections.insert(found.external_id.clone(), found);
    }

    /// `stand_in`: id and name for a workflow that brings none, as what is copied out of the editor does.
    pub(super) fn take_workflow(&mut self, raw: &RawValue, stand_in: Option<&str>) {
        let mut text = match serde_json::from_str::<WorkflowText>(raw.get()) {
            Ok(text) => text,
            Err(error) => return self.leave_unread(raw, &error),
        };
        if let Some(name) = stand_in {
            text.name = text.name.take().or_else(|| Some(name.to_owned()));
            text.id = text.id.take().or_else(|| text.name.clone());
        }
        let page = self.page;
        let Some(read) = text.read(&self.keepers, |id| page(&["workflow", id])) else {
            return self.skip(&"it has no id");
        };
        let id = read.found.external_id.clone();
        let hiding = if read.hides_failures { Hiding::Always } else { Hiding::Before(read.found.changed_at) };
        self.hiding.insert(id.clone(), hiding);
        for kind in read.strange {
            *self.strange.entry(kind).or_default() += 1;
        }
        for used in read.uses {
            self.used.entry(used.external_id()).or_insert(used);
        }
        if let Some(place) = self.places.get(&id).copied() {
            self.duplicates.push(id);
            if let Some(before) = self.workflows.get_mut(place) {
                *before = read.found;
            }
        } else {
            self.places.insert(id, self.workflows.len());
            self.workflows.push(read.found);
        }
    }

    /// It is there, whatever is wrong with the rest of it.
    fn leave_unread(&mut self, raw: &RawValue, reason: &dyn std::fmt::Display) {
        let bare = serde_json::from_str::<BareText>(raw.get()).unwrap_or_default();
        let name = bare.name.or_else(|| bare.id.clone()).map(|it| cleaned(it.trim(), 100)).unwrap_or_default();
        if name.is_empty() {
            self.skip(reason);
        } else {
            self.skip(&format!("{name}: {reason}"));
        }
        self.unread.extend(bare.id);
    }

    fn skip(&mut self, reason: &dyn std::fmt::Display) {
        self.skipped += 1;
        self.first_skipped.get_or_insert_with(|| cleaned(&reason.to_string(), 200));
    }

    /// The credential of that id, as it was listed or as workflows name it.
    pub(super) fn kind_and_name(&self, id: &str) -> Option<(String, String)> {
        let listed = self.connections.get(id).map(|it| (it.kind.clone(), it.name.clone()));
        listed.or_else(|| self.used.get(id).map(|it| (it.kind.clone(), it.name.clone())))
    }

    pub(super) fn into_reading(mut self, is_whole: bool) -> PlatformReading {
        self.resolve_names();
        for (id, used) in std::mem::take(&mut self.used) {
            let (page, is_listed) = (self.page, self.are_credentials_listed);
            self.connections.entry(id.clone()).or_insert_with(|| FoundConnection {
                page: if is_listed { None } else { page(&["home", "credentials", &id]) },
                provider: provider_of(&used.kind),
                name: if used.name.is_empty() { id.clone() } else { used.name },
                external_id: id,
                kind: cleaned(&used.kind, 200),
                account: None,
                owner: None,
                state: if is_listed { PlatformConnectionState::Missing } else { PlatformConnectionState::Unknown },
            });
        }
        let mut notes = self.notes;
        notes.extend(ReadingNote::of_unknown_modules(self.strange, MOST_NOTED));
        if self.skipped > 0 {
            notes.push(ReadingNote::Skipped { count: self.skipped, first: self.first_skipped.unwrap_or_default() });
        }
        notes.extend(ReadingNote::of_duplicates(self.duplicates, MOST_NOTED));
        notes.extend(ReadingNote::of_cycles(circles(&self.workflows), MOST_NOTED));
        PlatformReading {
            connections: self.connections.into_values().collect(),
            workflows: self.workflows,
            is_whole,
            unread: self.unread,
            names_used_alone: false,
            runs: vec![],
            notes,
        }
    }

    /// A node may name its credential without an id: where one of that kind and name was listed, that is meant.
    fn resolve_names(&mut self) {
        let nameless: Vec<CredentialUse> = self.used.values().filter(|it| it.id.is_none()).cloned().collect();
        let mut meant: HashMap<String, String> = HashMap::new();
        for used in nameless {
            let mut fitting = self.connections.values().filter(|it| it.kind == used.kind && it.name == used.name);
            if let (Some(only), None) = (fitting.next(), fitting.next()) {
                meant.insert(used.external_id(), only.external_id.clone());
            }
        }
        if meant.is_empty() {
            return;
        }
        self.used.retain(|id, _| !meant.contains_key(id));
        for step in self.workflows.iter_mut().flat_map(|it| &mut it.steps) {
            let id = match &step.uses {
                domain::blast_radius::reading::FoundUse::External(id) => meant.get(id),
                domain::blast_radius::reading::FoundUse::Ours(_) => None,
            };
            if let Some(id) = id {
                step.uses = domain::blast_radius::reading::FoundUse::External(id.clone());
            }
        }
    }
}

/// Workflows that start each other, each circle once, by their names.
fn circles(workflows: &[FoundWorkflow]) -> Vec<Vec<String>> {
    let places: HashMap<&str, usize> =
        workflows.iter().enumerate().map(|(place, it)| (it.external_id.as_str(), place)).collect();
    let next = |place: usize| -> Vec<usize> {
        let starts = workflows.get(place).map(|it| it.starts.as_slice()).unwrap_or_default();
        starts.iter().filter_map(|it| places.get(it.as_str()).copied()).collect()
    };
    let mut is_done = vec![false; workflows.len()];
    let mut found = vec![];
    for first in 0..workflows.len() {
        // The way to here, and what is still to be tried at each stop of it.
        let mut way: Vec<(usize, Vec<usize>)> = vec![];
        if !is_done.get(first).copied().unwrap_or(true) {
            way.push((first, next(first)));
        }
        while let Some((place, open)) = way.last_mut() {
            let place = *place;
            let Some(to) = open.pop() else {
                if let Some(done) = is_done.get_mut(place) {
                    *done = true;
                }
                way.pop();
                continue;
            };
            if let Some(begin) = way.iter().position(|(it, _)| *it == to) {
                let circle = way.iter().skip(begin).filter_map(|(it, _)| workflows.get(*it));
                found.push(circle.map(|it| it.name.clone()).collect());
            } else if !is_done.get(to).copied().unwrap_or(true) {
                way.push((to, next(to)));
            }
        }
    }
    found
}
