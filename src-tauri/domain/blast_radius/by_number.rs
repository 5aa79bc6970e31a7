//! Answers about all workflows at once, by their place in [`Picture::workflows`]: for whoever draws everything [D1, D4].

use jiff::Timestamp;

use super::Uses;
use super::impact::{NextRuns, Picture};
use super::schedule::NextRun;
use crate::WorkflowId;

impl Picture {
    /// Where a workflow stands in the list.
    pub fn place_of(&self, id: &WorkflowId) -> Option<usize> {
        self.wiring().workflow_number(id)
    }

    /// When each runs next.
    pub fn next_runs(&self, now: Timestamp) -> Vec<NextRun> {
        let wiring = self.wiring();
        let mut next = NextRuns::after(now);
        (0..self.workflows().len()).map(|place| next.of(wiring, place)).collect()
    }

    /// Which stop when all of these die, and through which other one where it is not at once.
    pub fn struck_places(&self, dead: &[Uses]) -> Vec<(usize, Option<usize>)> {
        let nodes: Vec<_> = dead.iter().filter_map(|it| self.wiring().node(it)).collect();
        self.wiring().struck_by(&nodes)
    }

    /// All that is dead, or taken for it, and stops something.
    pub fn dead_uses(&self) -> Vec<Uses> {
        self.dead().iter().map(|node| self.wiring().nodes[*node].clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_values::{known, ours, own, picture};

    /// D1: what is supposed counts as dead everywhere, and nothing else changes.
    #[test]
    fn what_is_supposed_to_die_stops_what_uses_it() {
        let picture = picture(known(&[(1, &[1]), (2, &[2])]), vec![own(1), own(2)]);

        let supposed = picture.with_dead([ours(1)]);

        assert!(picture.dead_uses().is_empty(), "nothing is dead");
        assert_eq!(supposed.dead_uses(), [ours(1)]);
        assert_eq!(picture.struck_places(&[ours(1)]), [(0, None)], "the one that uses it, at its place");
        assert_eq!(supposed.stopped().count(), 1);
    }
}
