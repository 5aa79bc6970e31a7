//! What is wrong with a list by hand, each with its place: the first of them in words, all of them counted [D2].

use domain::blast_radius::reading::ReadingNote;

/// More is not read at once; mended lists are imported again.
const MOST_NAMED: usize = 20;

#[derive(Debug, Default)]
pub(super) struct Complaints {
    named: Vec<String>,
    count: u32,
    /// The first that is not among the named.
    next: Option<String>,
}

impl Complaints {
    pub(super) fn add(&mut self, place: &str, why: &str) {
        self.count = self.count.saturating_add(1);
        if self.named.len() < MOST_NAMED {
            self.named.push(format!("{place}: {why}"));
        } else if self.next.is_none() {
            self.next = Some(format!("{place}: {why}"));
        }
    }

    pub(super) fn are_none(&self) -> bool {
        self.count == 0
    }

    /// The first of them, the last of these saying how many more there are; `None`: nothing is wrong.
    pub(super) fn told(self) -> Option<(Vec<String>, u32)> {
        let further = self.further();
        let mut named = self.named;
        if further > 0 {
            named.push(format!("and {further} more"));
        }
        (!named.is_empty()).then_some((named, self.count))
    }

    /// A note for each of the first, and one for the others.
    pub(super) fn into_notes(self) -> Vec<ReadingNote> {
        let further = self.further();
        let named = self.named.into_iter().map(|first| ReadingNote::Skipped { count: 1, first });
        let others = self.next.map(|first| ReadingNote::Skipped { count: further, first });
        named.chain(others).collect()
    }

    fn further(&self) -> u32 {
        self.count.saturating_sub(u32::try_from(self.named.len()).unwrap_or(u32::MAX))
    }
}
