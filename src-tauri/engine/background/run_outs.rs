//! Which tokens end without anything to renew them, in the order of their ends [B10, B12].

use std::collections::{BTreeSet, HashMap};

use domain::ConnectionId;
use jiff::Timestamp;

/// All ends that lie ahead, and those that nobody has written down yet.
#[derive(Debug, Default)]
pub(super) struct RunOuts {
    known: HashMap<ConnectionId, Timestamp>,
    coming: BTreeSet<(Timestamp, ConnectionId)>,
}

impl RunOuts {
    /// What its row says by now; `None`: something renews it, or nothing ends.
    pub(super) fn put(&mut self, id: ConnectionId, at: Option<Timestamp>) {
        if let Some(before) = self.known.remove(&id) {
            self.coming.remove(&(before, id.clone()));
        }
        if let Some(at) = at {
            self.known.insert(id.clone(), at);
            self.coming.insert((at, id));
        }
    }

    pub(super) fn clear(&mut self) {
        self.known.clear();
        self.coming.clear();
    }

    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.coming.first().map(|(at, _)| *at)
    }

    /// Takes out one that is over.
    pub(super) fn take_over(&mut self, now: Timestamp) -> Option<ConnectionId> {
        let (_, id) = self.coming.first().filter(|(at, _)| *at <= now).cloned()?;
        self.put(id.clone(), None);
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// B10: each once, at its end, and a new token moves it.
    #[test]
    fn each_end_is_taken_once_and_not_before_its_time() {
        let id = ConnectionId::from_random;
        let mut ends = RunOuts::default();
        ends.put(id(1), Some(at(30)));
        ends.put(id(2), Some(at(20)));
        ends.put(id(3), Some(at(10)));
        ends.put(id(3), Some(at(40)));
        ends.put(id(2), None);

        assert_eq!((ends.next_at(), ends.take_over(at(29))), (Some(at(30)), None));
        assert_eq!(ends.take_over(at(35)), Some(id(1)));
        assert_eq!(ends.take_over(at(35)), None, "once");
        assert_eq!(ends.take_over(at(40)), Some(id(3)), "at its later end");
        assert_eq!(ends.next_at(), None);
    }
}
