//! What is drawn and what is kept back: groups say how many, and a picture of thousands stays readable [D1].

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;

use super::survey::{Source, Survey, Watched};
use crate::views::{
    RadiusQuestion, RadiusStateFilter, SourceGroupView, SourceGroupingView, WireStateView, WireView, WorkflowGroupView,
    WorkflowStateView, count,
};

/// Above it healthy nodes fold, and accounts give way to customers.
const MOST_DRAWN: usize = 60;
/// As many of a group stay drawn for what they mean.
const MOST_TOLD: usize = 12;

/// Which nodes are asked for, and which of them stay drawn whatever folds.
pub(super) struct Cut {
    /// Workflows, by their places.
    pub(super) workflows: Vec<usize>,
    /// Sources, by their numbers.
    pub(super) sources: Vec<usize>,
    is_folded: bool,
    marked_sources: HashSet<usize>,
    marked_workflows: HashSet<usize>,
}

/// Where each node is drawn: its own id, or the key of its group.
pub(super) struct Drawn {
    pub(super) left: Vec<SourceGroupView>,
    pub(super) right: Vec<WorkflowGroupView>,
    pub(super) wires: Vec<WireView>,
}

impl Cut {
    /// `here` are the sources whose cuts are shown as such.
    pub(super) fn new(survey: &Survey<'_>, question: &RadiusQuestion, here: &HashSet<usize>) -> Self {
        let words: Vec<String> = question.filter.text.to_lowercase().split_whitespace().map(str::to_owned).collect();
        let places = survey.workflows.iter().enumerate();
        let workflows: Vec<usize> =
            places.filter(|(_, it)| is_asked(survey, it, question, &words)).map(|(place, _)| place).collect();
        let is_filtered = workflows.len() < survey.workflows.len();
        let shown: HashSet<usize> = workflows.iter().copied().collect();
        let is_focus = |source: &Source<'_>| question.focus.as_deref() == Some(source.id());
        let numbered = survey.sources.iter().enumerate();
        let sources: Vec<usize> = numbered
            .filter(|(_, it)| !is_filtered || is_focus(it) || it.users.iter().any(|place| shown.contains(place)))
            .map(|(number, _)| number)
            .collect();

        let (mut marked_sources, mut marked_workflows) = (here.clone(), HashSet::new());
        if let Some(number) = survey.sources.iter().position(is_focus) {
            marked_sources.insert(number);
            marked_workflows.extend(&survey.sources[number].users);
        }
        let focus = question.focus.as_deref();
        if let Some(place) = survey.workflows.iter().position(|it| focus == Some(it.workflow.id.as_str())) {
            marked_workflows.insert(place);
            let steps = survey.picture.steps_of(&survey.workflows[place].workflow.id);
            marked_sources.extend(steps.iter().filter_map(|it| survey.number(&it.uses)));
        }
        let is_folded = !question.is_whole && sources.len() + workflows.len() > MOST_DRAWN;
        Self { workflows, sources, is_folded, marked_sources, marked_workflows }
    }

    pub(super) fn draw(&self, survey: &Survey<'_>, question: &RadiusQuestion, here: &HashSet<usize>) -> Drawn {
        let expanded: HashSet<&str> = question.expanded.iter().map(String::as_str).collect();
        let customers = self.customers(survey);
        let ranks: HashMap<usize, usize> =
            customers.iter().flat_map(|(_, places)| places).enumerate().map(|(rank, place)| (*place, rank)).collect();
        let (right, workflow_ends) = self.right(survey, &expanded, customers);
        let (left, source_ends) = self.left(survey, &expanded, &ranks);
        let wires = wires(survey, &self.workflows, &source_ends, &workflow_ends, here);
        Drawn { left, right, wires }
    }

    /// Workflows by customer, in the order in which they stand, whether folded or not: those that stop first.
    fn customers<'a>(&self, survey: &Survey<'a>) -> Vec<(Option<&'a str>, Vec<usize>)> {
        let customer_of = |it: usize| survey.workflows[it].customer;
        let mut groups: Vec<(Option<&'a str>, Vec<usize>)> =
            grouped(&self.workflows, customer_of).into_iter().collect();
        groups.sort_by_cached_key(|(customer, places)| {
            let stopped = places.iter().filter(|it| survey.workflows[**it].stops()).count();
            (std::cmp::Reverse(stopped), customer.is_none(), *customer)
        });
        for (_, places) in &mut groups {
            places.sort_by(|one, other| {
                let (a, b) = (&survey.workflows[*one], &survey.workflows[*other]);
                let order = b.stops().cmp(&a.stops()).then(a.next.cmp(&b.next));
                order.then_with(|| a.workflow.name.cmp(&b.workflow.name)).then(one.cmp(other))
            });
        }
        groups
    }

    fn right(
        &self,
        survey: &Survey<'_>,
        expanded: &HashSet<&str>,
        customers: Vec<(Option<&str>, Vec<usize>)>,
    ) -> (Vec<WorkflowGroupView>, HashMap<usize, String>) {
        let mut ends = HashMap::new();
        let mut groups = vec![];
        for (customer, places) in customers {
            let key = format!("customer:{}", customer.unwrap_or_default());
            let is_expanded = self.is_folded && expanded.contains(key.as_str());
            let is_told = |it: &usize| survey.workflows[*it].stops() || self.marked_workflows.contains(it);
            let (drawn, folded) = fold(&places, self.is_folded && !is_expanded, is_told);
            ends.extend(drawn.iter().map(|it| (*it, survey.workflows[*it].workflow.id.to_string())));
            ends.extend(folded.iter().map(|it| (*it, key.clone())));
            let stopped = |places: &[usize]| count(places.iter().filter(|it| survey.workflows[**it].stops()).count());
            groups.push(WorkflowGroupView {
                customer: customer.map(str::to_owned),
                node_count: count(places.len()),
                stopped_count: stopped(&places),
                nodes: drawn.iter().filter_map(|it| survey.workflow_view(&survey.workflows[*it])).collect(),
                folded_count: count(folded.len()),
                folded_stopped_count: stopped(&folded),
                is_expanded,
                key,
            });
        }
        (groups, ends)
    }

    /// What is dead comes first, by what it stops; then as the workflows stand that hang on it, so that wires cross
    /// least. The order is the same for what is folded and for the whole.
    fn left(
        &self,
        survey: &Survey<'_>,
        expanded: &HashSet<&str>,
        ranks: &HashMap<usize, usize>,
    ) -> (Vec<SourceGroupView>, HashMap<usize, String>) {
        let accounts: HashSet<_> = self.sources.iter().map(|it| survey.sources[*it].account()).collect();
        let (by, begin) = if accounts.len() > MOST_DRAWN {
            (SourceGroupingView::Customer, "customer")
        } else {
            (SourceGroupingView::Account, "account")
        };
        let label_of = |it: usize| match by {
            SourceGroupingView::Account => survey.sources[it].account(),
            SourceGroupingView::Customer => survey.sources[it].customer(),
        };
        let middles: HashMap<usize, f64> =
            self.sources.iter().filter_map(|it| Some((*it, middle(&survey.sources[*it].users, ranks)?))).collect();
        let at = |it: &usize| middles.get(it).copied().unwrap_or(f64::INFINITY);
        let mut ends = HashMap::new();
        let mut groups = vec![];
        for (label, mut numbers) in grouped(&self.sources, label_of) {
            // Customers stand on the right too.
            let key = format!("{begin}s:{}", label.unwrap_or_default());
            numbers.sort_by(|one, other| {
                let (a, b) = (&survey.sources[*one], &survey.sources[*other]);
                let order = b.is_dead.cmp(&a.is_dead).then(at(one).total_cmp(&at(other)));
                order.then_with(|| a.name().cmp(b.name())).then(one.cmp(other))
            });
            let dead = |numbers: &[usize]| numbers.iter().filter(|it| survey.sources[**it].is_dead).count();
            let damage = numbers
                .iter()
                .map(|it| &survey.sources[*it])
                .filter(|it| it.is_dead)
                .map(|it| survey.struck(&it.uses).len())
                .max();
            let known: Vec<f64> = numbers.iter().filter_map(|it| middles.get(it).copied()).collect();
            let place = mean(&known).unwrap_or(f64::INFINITY);
            let is_expanded = self.is_folded && expanded.contains(key.as_str());
            let is_told = |it: &usize| {
                let source = &survey.sources[*it];
                source.is_dead || source.ends_at.is_some() || self.marked_sources.contains(it)
            };
            let (drawn, folded) = fold(&numbers, self.is_folded && !is_expanded, is_told);
            ends.extend(drawn.iter().map(|it| (*it, survey.sources[*it].id().to_owned())));
            ends.extend(folded.iter().map(|it| (*it, key.clone())));
            let group = SourceGroupView {
                by,
                label: label.map(str::to_owned),
                node_count: count(numbers.len()),
                dead_count: count(dead(&numbers)),
                nodes: drawn.iter().map(|it| survey.source_view(&survey.sources[*it])).collect(),
                folded_count: count(folded.len()),
                folded_dead_count: count(dead(&folded)),
                is_expanded,
                key,
            };
            groups.push((damage, place, group));
        }
        // None known to be dead is less than a death that stops nothing.
        groups.sort_by(|(damage, place, group), (other_damage, other_place, other)| {
            let names = (group.label.is_none(), &group.label).cmp(&(other.label.is_none(), &other.label));
            other_damage.cmp(damage).then(place.total_cmp(other_place)).then(names)
        });
        (groups.into_iter().map(|(_, _, group)| group).collect(), ends)
    }
}

/// The middle of the places where its workflows stand.
fn middle(users: &[usize], ranks: &HashMap<usize, usize>) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a place among workflows, of which there are far fewer")]
    let ranks: Vec<f64> = users.iter().filter_map(|it| Some(*ranks.get(it)? as f64)).collect();
    mean(&ranks)
}

fn mean(numbers: &[f64]) -> Option<f64> {
    let count = u32::try_from(numbers.len()).ok().filter(|it| *it > 0)?;
    Some(numbers.iter().sum::<f64>() / f64::from(count))
}

/// What is drawn, and what is kept back: never a single one, whose line would be as long.
fn fold(sorted: &[usize], is_folded: bool, is_told: impl Fn(&usize) -> bool) -> (Vec<usize>, Vec<usize>) {
    if !is_folded {
        return (sorted.to_vec(), vec![]);
    }
    let told: Vec<usize> = sorted.iter().copied().filter(is_told).take(MOST_TOLD).collect();
    if sorted.len() - told.len() <= 1 {
        return (sorted.to_vec(), vec![]);
    }
    let kept: HashSet<usize> = told.iter().copied().collect();
    let folded = sorted.iter().copied().filter(|it| !kept.contains(it)).collect();
    (told, folded)
}

/// In the order of their keys.
fn grouped<K: Ord + Hash>(all: &[usize], key_of: impl Fn(usize) -> K) -> BTreeMap<K, Vec<usize>> {
    let mut groups: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for it in all {
        groups.entry(key_of(*it)).or_default().push(*it);
    }
    groups
}

fn is_asked(survey: &Survey<'_>, watched: &Watched<'_>, question: &RadiusQuestion, words: &[String]) -> bool {
    let filter = &question.filter;
    if filter.customer.as_deref().is_some_and(|it| it != watched.customer.unwrap_or_default()) {
        return false;
    }
    if filter.platform.as_deref().is_some_and(|it| it != watched.workflow.platform.as_str()) {
        return false;
    }
    let is_of_state = match filter.state {
        None => true,
        Some(RadiusStateFilter::Stopped) => watched.stops(),
        Some(RadiusStateFilter::AtRisk) => {
            matches!(watched.state, WorkflowStateView::AtRisk { .. } | WorkflowStateView::LacksScope)
        }
        Some(RadiusStateFilter::Running) => watched.state == WorkflowStateView::Running,
        Some(RadiusStateFilter::NotActive) => !watched.is_active(),
    };
    is_of_state && holds_words(survey, watched, words)
}

/// Every word stands somewhere: in the workflow, its steps, or what it uses.
fn holds_words(survey: &Survey<'_>, watched: &Watched<'_>, words: &[String]) -> bool {
    if words.is_empty() {
        return true;
    }
    let workflow = watched.workflow;
    let platform = survey.platform(&workflow.platform).map(|it| it.platform.name.as_str());
    let mut text = vec![workflow.name.as_str()];
    text.extend(
        [watched.customer, workflow.owner.as_deref(), workflow.project.as_deref(), platform].into_iter().flatten(),
    );
    for step in survey.picture.steps_of(&workflow.id) {
        text.push(&step.name);
        if let Some(source) = survey.source(&step.uses) {
            text.push(source.name());
            text.extend([source.account(), source.platform_name()].into_iter().flatten());
        }
    }
    let text = text.join("\n").to_lowercase();
    words.iter().all(|word| text.contains(word.as_str()))
}

fn weight(state: WireStateView) -> u8 {
    match state {
        WireStateView::Off => 0,
        WireStateView::Works => 1,
        WireStateView::CutElsewhere => 2,
        WireStateView::CutHere => 3,
    }
}

/// One for each pair of ends; of several the worst state counts.
fn wires(
    survey: &Survey<'_>,
    workflows: &[usize],
    source_ends: &HashMap<usize, String>,
    workflow_ends: &HashMap<usize, String>,
    here: &HashSet<usize>,
) -> Vec<WireView> {
    let mut wires: Vec<WireView> = vec![];
    let mut places: HashMap<(&str, &str), usize> = HashMap::new();
    for place in workflows {
        let watched = &survey.workflows[*place];
        for step in survey.picture.steps_of(&watched.workflow.id) {
            let Some(number) = survey.number(&step.uses) else { continue };
            let (Some(from), Some(to)) = (source_ends.get(&number), workflow_ends.get(place)) else { continue };
            let is_live = step.is_enabled && step.version != domain::blast_radius::StepVersion::Draft;
            let state = if !is_live || !watched.is_active() {
                WireStateView::Off
            } else if !survey.sources[number].is_dead {
                WireStateView::Works
            } else if here.contains(&number) {
                WireStateView::CutHere
            } else {
                WireStateView::CutElsewhere
            };
            let next = wires.len();
            let index = *places.entry((from, to)).or_insert(next);
            if index == next {
                wires.push(WireView { from: from.clone(), to: to.clone(), state, count: 1 });
                continue;
            }
            let wire = &mut wires[index];
            wire.count += 1;
            if weight(state) > weight(wire.state) {
                wire.state = state;
            }
        }
    }
    wires
}
