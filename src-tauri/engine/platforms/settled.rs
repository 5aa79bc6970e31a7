//! Makes a reading fit to be kept: every id once, names bounded, every connection that a step uses listed, workflows
//! that start each other named, and notes that stay few [D2].

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::blast_radius::reading::{
    FoundConnection, FoundStep, FoundUse, FoundWorkflow, PlatformReading, ReadingNote,
};
use domain::blast_radius::{PlatformConnectionState, StepVersion};

use super::providers::provider_of;
use super::text::bounded;

/// Notes of one kind are told one by one up to here, and then counted.
const MOST_NOTES: usize = 50;
/// Names within one note.
const MOST_NAMES: usize = 20;

/// What a connection is that steps use and no list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unlisted {
    /// The platform listed all it has: this one it has not.
    Missing,
    /// Nothing was listed: steps alone tell of it.
    Unknown,
}

/// Modules and entries that a reading could not make sense of, counted while it goes on.
#[derive(Debug, Default)]
pub(super) struct Oddities {
    modules: BTreeMap<String, u32>,
    skipped: u32,
    first_skipped: Option<String>,
    versions: Vec<String>,
    notes: Vec<ReadingNote>,
}

impl Oddities {
    /// A module whose app nobody knows.
    pub(super) fn unknown_module(&mut self, kind: &str) {
        *self.modules.entry(bounded(kind)).or_default() += 1;
    }

    /// The same, unless the app is a provider's or one of the platform's own.
    pub(super) fn look_at_module(&mut self, app: &str, own: &[&str]) {
        if !own.contains(&app) && provider_of(app).is_none() {
            self.unknown_module(app);
        }
    }

    pub(super) fn skipped(&mut self, why: impl FnOnce() -> String) {
        self.skipped += 1;
        self.first_skipped.get_or_insert_with(why);
    }

    pub(super) fn unknown_version(&mut self, version: &str) {
        let version = bounded(version);
        if !self.versions.contains(&version) && self.versions.len() < MOST_NOTES {
            self.versions.push(version);
        }
    }

    pub(super) fn missing_right(&mut self, right: &str, without_it: &str) {
        let note = ReadingNote::MissingRight { right: right.to_owned(), without_it: without_it.to_owned() };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn into_notes(self) -> Vec<ReadingNote> {
        let mut notes = self.notes;
        notes.extend(self.versions.into_iter().map(|version| ReadingNote::UnknownVersion { version }));
        if self.skipped > 0 {
            let first = self.first_skipped.unwrap_or_default();
            notes.push(ReadingNote::Skipped { count: self.skipped, first });
        }
        notes.extend(ReadingNote::of_unknown_modules(self.modules, MOST_NOTES));
        notes
    }
}

/// The reading as it is kept.
pub(super) fn settled(mut reading: PlatformReading, oddities: Oddities, unlisted: Unlisted) -> PlatformReading {
    let mut twice = vec![];
    reading.notes.extend(oddities.into_notes());
    reading.connections = once(reading.connections, |it| &it.external_id, &mut twice);
    reading.workflows = once(reading.workflows, |it| &it.external_id, &mut twice);
    for workflow in &mut reading.workflows {
        workflow.name = bounded(&workflow.name);
        workflow.starts.sort();
        workflow.starts.dedup();
        // Told twice: the same step of the same version with the same connection.
        let mut seen = HashSet::new();
        workflow.steps.retain(|step| {
            let used = match &step.uses {
                FoundUse::External(id) => id.clone(),
                FoundUse::Ours(id) => id.to_string(),
            };
            seen.insert((step.external_id.clone(), version_mark(step.version), used))
        });
        number_repeated(&mut workflow.steps);
    }
    list_used(&mut reading, unlisted);
    reading.notes.extend(ReadingNote::of_duplicates(twice, MOST_NOTES));
    reading.notes.extend(ReadingNote::of_cycles(cycles(&reading.workflows), MOST_NOTES));
    reading
}

/// Every id once, the later one counting; ids that came again go to `twice`.
fn once<T>(items: Vec<T>, id: impl Fn(&T) -> &String, twice: &mut Vec<String>) -> Vec<T> {
    let mut places: HashMap<String, usize> = HashMap::with_capacity(items.len());
    let mut kept: Vec<T> = Vec::with_capacity(items.len());
    for item in items {
        let own = id(&item).clone();
        match places.get(&own).and_then(|place| kept.get_mut(*place)) {
            Some(earlier) => {
                *earlier = item;
                if !twice.contains(&own) && twice.len() <= 10 * MOST_NOTES {
                    twice.push(own);
                }
            }
            None => {
                places.insert(own, kept.len());
                kept.push(item);
            }
        }
    }
    kept
}

fn version_mark(version: StepVersion) -> u8 {
    match version {
        StepVersion::Draft => 0,
        StepVersion::Live => 1,
        StepVersion::Both => 2,
    }
}

/// One step that uses two connections stands there twice, and each time under an id of its own.
fn number_repeated(steps: &mut [FoundStep]) {
    let mut taken: HashSet<String> = HashSet::with_capacity(steps.len());
    for step in steps {
        step.name = bounded(&step.name);
        if taken.contains(&step.external_id) {
            let base = step.external_id.clone();
            let free = (2_u32..).map(|number| format!("{base}#{number}")).find(|it| !taken.contains(it));
            step.external_id = free.unwrap_or(base);
        }
        taken.insert(step.external_id.clone());
    }
}

/// Connections that steps use and that no list holds.
fn list_used(reading: &mut PlatformReading, unlisted: Unlisted) {
    let mut known: HashSet<&str> = reading.connections.iter().map(|it| it.external_id.as_str()).collect();
    let mut added = vec![];
    for step in reading.workflows.iter().flat_map(|it| &it.steps) {
        let FoundUse::External(id) = &step.uses else { continue };
        if known.insert(id) {
            added.push(FoundConnection {
                external_id: id.clone(),
                name: bounded(id),
                kind: step.kind.clone(),
                provider: provider_of(&step.kind),
                account: None,
                owner: None,
                state: match unlisted {
                    Unlisted::Missing => PlatformConnectionState::Missing,
                    Unlisted::Unknown => PlatformConnectionState::Unknown,
                },
                page: None,
            });
        }
    }
    reading.connections.extend(added);
}

/// The names of workflows that start themselves or each other, each round once (Tarjan, without recursion: a chain may
/// be as long as there are workflows).
fn cycles(workflows: &[FoundWorkflow]) -> Vec<Vec<String>> {
    let places: HashMap<&str, usize> =
        workflows.iter().enumerate().map(|(place, it)| (it.external_id.as_str(), place)).collect();
    let next: Vec<Vec<usize>> = workflows
        .iter()
        .map(|it| it.starts.iter().filter_map(|id| places.get(id.as_str()).copied()).collect())
        .collect();
    let targets = |of: usize| next.get(of).map(Vec::as_slice).unwrap_or_default();
    let mut index = vec![usize::MAX; workflows.len()];
    let mut low = vec![0_usize; workflows.len()];
    let mut is_open = vec![false; workflows.len()];
    let (mut open, mut found, mut counter) = (vec![], vec![], 0);
    for root in 0..workflows.len() {
        let mut path: Vec<(usize, usize)> = vec![];
        if index.get(root) == Some(&usize::MAX) {
            path.push((root, 0));
        }
        while let Some((at, step)) = path.pop() {
            if step == 0 {
                (index[at], low[at], is_open[at]) = (counter, counter, true);
                counter += 1;
                open.push(at);
            }
            if let Some(target) = targets(at).get(step).copied() {
                path.push((at, step + 1));
                if index[target] == usize::MAX {
                    path.push((target, 0));
                } else if is_open[target] {
                    low[at] = low[at].min(index[target]);
                }
                continue;
            }
            if let Some((parent, _)) = path.last().copied() {
                low[parent] = low[parent].min(low[at]);
            }
            if low[at] == index[at] {
                let begin = open.iter().rposition(|it| *it == at).unwrap_or_default();
                let round = open.split_off(begin);
                round.iter().for_each(|it| is_open[*it] = false);
                if round.len() > 1 || targets(at).contains(&at) {
                    found.push(round.into_iter().take(MOST_NAMES).map(|it| workflows[it].name.clone()).collect());
                }
            }
        }
    }
    found.truncate(MOST_NOTES);
    found
}

#[cfg(test)]
mod tests {
    use domain::blast_radius::{Access, Schedule};

    use super::*;

    pub(crate) fn workflow(id: &str, starts: &[&str]) -> FoundWorkflow {
        FoundWorkflow {
            external_id: id.into(),
            name: format!("name of {id}"),
            is_active: true,
            customer: None,
            project: None,
            owner: None,
            environment: None,
            schedule: Schedule::Unknown,
            runs_per_day: None,
            page: None,
            steps: vec![],
            starts: starts.iter().map(|it| (*it).to_owned()).collect(),
            changed_at: None,
        }
    }

    fn step(id: &str, uses: &str) -> FoundStep {
        FoundStep {
            external_id: id.into(),
            name: id.into(),
            kind: "slack".into(),
            place: 0,
            uses: FoundUse::External(uses.into()),
            version: StepVersion::Both,
            is_enabled: true,
            access: Access::Unknown,
            goes_on_after_error: false,
            scopes: vec![],
        }
    }

    /// D1, D2: rounds end, and are named.
    #[test]
    fn workflows_that_start_each_other_are_named_once_however_long_the_chain() {
        let mut workflows = vec![workflow("a", &["b"]), workflow("b", &["c", "gone"]), workflow("c", &["a"])];
        workflows.push(workflow("self", &["self"]));
        workflows.extend((0..50_000).map(|it| workflow(&it.to_string(), &[&(it + 1).to_string()])));

        let mut found = cycles(&workflows);

        found.iter_mut().for_each(|it| it.sort());
        assert_eq!(found, [vec!["name of a", "name of b", "name of c"], vec!["name of self"]]);
    }

    /// D2: ids are unique in what is kept, and what came twice is said.
    #[test]
    fn an_id_that_comes_twice_counts_once_and_is_noted() {
        let mut later = workflow("a", &[]);
        later.name = "later".into();
        later.steps = vec![step("1", "c1"), step("1", "c2"), step("1", "c2")];
        let reading = PlatformReading { workflows: vec![workflow("a", &[]), later], ..PlatformReading::default() };

        let settled = settled(reading, Oddities::default(), Unlisted::Missing);

        assert_eq!(settled.workflows.len(), 1);
        assert_eq!(settled.workflows[0].name, "later", "the later one counts");
        let ids: Vec<_> = settled.workflows[0].steps.iter().map(|it| it.external_id.as_str()).collect();
        assert_eq!(ids, ["1", "1#2"], "two connections of one step are two steps, one told twice is one");
        assert_eq!(settled.notes, [ReadingNote::DuplicateId { id: "a".into() }]);
        assert_eq!(settled.connections.len(), 2, "what steps use is listed");
        assert!(settled.connections.iter().all(|it| it.state == PlatformConnectionState::Missing));
    }

    /// D2: thousands of unknown modules are counted, and not told one by one.
    #[test]
    fn unknown_modules_are_named_and_counted_and_the_rest_is_summed_up() {
        let mut oddities = Oddities::default();
        for number in 0..3_000 {
            oddities.unknown_module(&format!("acme-{number}"));
        }
        (0..5).for_each(|_| oddities.look_at_module("often", &["own"]));
        oddities.look_at_module("own", &["own"]);
        oddities.look_at_module("google-sheets", &[]);

        let notes = settled(PlatformReading::default(), oddities, Unlisted::Unknown).notes;

        assert_eq!(notes.len(), MOST_NOTES + 1);
        assert_eq!(notes[0], ReadingNote::UnknownModules { kind: "often".into(), count: 5 });
        assert_eq!(notes[50], ReadingNote::FurtherModules { kinds: 2951, count: 2951 });
    }
}
