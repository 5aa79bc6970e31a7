//! Which connection is due when: what comes, in the order of its time, and what waits for its turn, by provider
//! and in the order of its need [B2, B13, S160, S165].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::lifecycle::refresh_time::Due;
use domain::lifecycle::retry::is_waiting;
use domain::{ConnectionId, ProviderId, TokenVersion};
use jiff::Timestamp;

/// All that the scheduler remembers of the connections.
#[derive(Debug, Default)]
pub(super) struct DueIndex {
    known: HashMap<ConnectionId, Entry>,
    coming: BTreeSet<(Timestamp, ConnectionId)>,
    /// Due, and not begun: whose token is over first, comes first.
    queues: BTreeMap<ProviderId, BTreeSet<(Timestamp, ConnectionId)>>,
    waiting_count: usize,
    provider_counts: HashMap<ProviderId, usize>,
}

/// What a connection's row says of its next refresh.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) provider: ProviderId,
    pub(super) version: TokenVersion,
    pub(super) due: Option<Due>,
    /// When its token is over; where that is not known, when it is due.
    pub(super) over_at: Timestamp,
}

#[derive(Debug)]
struct Entry {
    plan: Plan,
    place: Place,
    /// Left alone until then, as long as it has this version.
    pause: Option<(Timestamp, TokenVersion)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Nowhere,
    Coming(Timestamp),
    Queued(Timestamp),
    UnderWay,
}

impl DueIndex {
    /// Takes in what a row says by now.
    pub(super) fn put(&mut self, id: ConnectionId, plan: Plan, now: Timestamp) {
        let (pause, is_under_way) = match self.known.get(&id) {
            Some(entry) => (entry.pause, entry.place == Place::UnderWay),
            None => (None, false),
        };
        self.take_out(&id);
        *self.provider_counts.entry(plan.provider.clone()).or_default() += 1;
        let place = if is_under_way { Place::UnderWay } else { Place::Nowhere };
        self.known.insert(id.clone(), Entry { plan, place, pause });
        if !is_under_way {
            self.place(&id, now);
        }
    }

    /// It is forgotten, or nothing renews it by itself.
    pub(super) fn remove(&mut self, id: &ConnectionId) {
        self.take_out(id);
    }

    /// Everything anew, except what is under way.
    pub(super) fn clear(&mut self) {
        let ids: Vec<_> =
            self.known.iter().filter(|(_, it)| it.place != Place::UnderWay).map(|(id, _)| id.clone()).collect();
        for id in ids {
            self.take_out(&id);
        }
    }

    /// Queues what has become due.
    pub(super) fn queue_due(&mut self, now: Timestamp) {
        while let Some((at, id)) = self.coming.first().cloned()
            && at <= now
        {
            self.coming.remove(&(at, id.clone()));
            if let Some(entry) = self.known.get_mut(&id) {
                let over_at = entry.plan.over_at;
                entry.place = Place::Queued(over_at);
                self.queues.entry(entry.plan.provider.clone()).or_default().insert((over_at, id));
                self.waiting_count += 1;
            }
        }
    }

    /// When the next becomes due that is not queued.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.coming.first().map(|(at, _)| *at)
    }

    /// How many wait for their turn.
    pub(super) fn waiting_count(&self) -> usize {
        self.waiting_count
    }

    /// Those with somebody waiting.
    pub(super) fn waiting_providers(&self) -> Vec<ProviderId> {
        self.queues.keys().cloned().collect()
    }

    /// How many providers there are connections of.
    pub(super) fn provider_count(&self) -> usize {
        self.provider_counts.len()
    }

    /// Whether there are connections of it.
    pub(super) fn knows(&self, provider: &ProviderId) -> bool {
        self.provider_counts.contains_key(provider)
    }

    /// The one of this provider that needs it most is under way from now on.
    pub(super) fn begin(&mut self, provider: &ProviderId) -> Option<(ConnectionId, Due)> {
        let (_, id) = self.queues.get(provider)?.first()?.clone();
        let entry = self.known.get(&id)?;
        let due = entry.plan.due?;
        self.leave_place(&id);
        if let Some(entry) = self.known.get_mut(&id) {
            entry.place = Place::UnderWay;
        }
        Some((id, due))
    }

    /// Its refresh is over. Where that changed nothing, it is left alone `until`.
    pub(super) fn end(&mut self, id: &ConnectionId, until: Option<Timestamp>, now: Timestamp) {
        let Some(entry) = self.known.get_mut(id) else { return };
        let version = entry.plan.version;
        entry.pause = until.map(|until| (until, version));
        entry.place = Place::Nowhere;
        self.place(id, now);
    }

    pub(super) fn version_of(&self, id: &ConnectionId) -> Option<TokenVersion> {
        self.known.get(id).map(|entry| entry.plan.version)
    }

    fn place(&mut self, id: &ConnectionId, now: Timestamp) {
        let Some(entry) = self.known.get_mut(id) else { return };
        let Some(due) = entry.plan.due else { return };
        entry.pause = entry.pause.filter(|(until, version)| *version == entry.plan.version && is_waiting(*until, now));
        let at = entry.pause.map_or(due.at, |(until, _)| until.max(due.at));
        entry.place = Place::Coming(at);
        self.coming.insert((at, id.clone()));
    }

    /// Out of `coming` or its queue.
    fn leave_place(&mut self, id: &ConnectionId) {
        let Some(entry) = self.known.get(id) else { return };
        match entry.place {
            Place::Nowhere | Place::UnderWay => {}
            Place::Coming(at) => {
                self.coming.remove(&(at, id.clone()));
            }
            Place::Queued(over_at) => {
                if let Some(queue) = self.queues.get_mut(&entry.plan.provider) {
                    queue.remove(&(over_at, id.clone()));
                    if queue.is_empty() {
                        self.queues.remove(&entry.plan.provider);
                    }
                }
                self.waiting_count -= 1;
            }
        }
    }

    fn take_out(&mut self, id: &ConnectionId) {
        self.leave_place(id);
        let Some(entry) = self.known.remove(id) else { return };
        if let Some(count) = self.provider_counts.get_mut(&entry.plan.provider) {
            *count -= 1;
            if *count == 0 {
                self.provider_counts.remove(&entry.plan.provider);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::lifecycle::refresh_reason::RefreshReason;

    use super::*;

    fn at_minute(minute: i64) -> Timestamp {
        Timestamp::from_second(1_763_600_400 + minute * 60).unwrap()
    }

    fn plan(provider: &str, due_minute: i64, version: u32) -> Plan {
        Plan {
            provider: ProviderId::from_text(provider),
            version: TokenVersion(version),
            due: Some(Due { at: at_minute(due_minute), reason: RefreshReason::Scheduled }),
            over_at: at_minute(due_minute + 6),
        }
    }

    fn id(number: u64) -> ConnectionId {
        ConnectionId::from_random(number)
    }

    /// B2: ten thousand that are due in one minute are one list per provider, begun by need.
    #[test]
    fn what_is_due_waits_by_provider_in_the_order_of_its_need() {
        let mut index = DueIndex::default();
        for number in 0..10_000_u64 {
            let provider = if number % 2 == 0 { "google" } else { "slack" };
            let minute = i64::try_from(number).unwrap() % 7;
            index.put(id(number), plan(provider, minute, 1), at_minute(-1));
        }
        assert_eq!((index.next_at(), index.waiting_count()), (Some(at_minute(0)), 0));

        index.queue_due(at_minute(2));
        assert_eq!((index.next_at(), index.provider_count()), (Some(at_minute(3)), 2));
        index.queue_due(at_minute(60));
        assert_eq!((index.next_at(), index.waiting_count()), (None, 10_000));

        let mut begun = BTreeSet::new();
        for provider in index.waiting_providers() {
            let mut last = at_minute(-1);
            while let Some((id, due)) = index.begin(&provider) {
                assert!(last <= due.at, "who is over first comes first");
                last = due.at;
                assert!(begun.insert(id), "nobody twice");
            }
        }
        assert_eq!((begun.len(), index.waiting_count()), (10_000, 0));
    }

    /// B3: what is under way is not begun again, whatever its row says meanwhile.
    #[test]
    fn one_that_is_under_way_is_queued_again_only_after_its_end() {
        let mut index = DueIndex::default();
        index.put(id(1), plan("google", 0, 1), at_minute(1));
        index.queue_due(at_minute(1));
        let google = ProviderId::from_text("google");
        index.begin(&google).unwrap();

        index.put(id(1), plan("google", 0, 1), at_minute(1));
        index.queue_due(at_minute(1));
        assert_eq!(index.begin(&google), None);

        index.put(id(1), plan("google", 60, 2), at_minute(1));
        index.end(&id(1), None, at_minute(1));
        assert_eq!(index.next_at(), Some(at_minute(60)));
    }

    /// S160: a refresh that came to nothing is no loop; a pause ends with the version it was for.
    #[test]
    fn one_that_came_to_nothing_is_left_alone_until_something_changes() {
        let mut index = DueIndex::default();
        let google = ProviderId::from_text("google");
        index.put(id(1), plan("google", 0, 1), at_minute(1));
        index.queue_due(at_minute(1));
        index.begin(&google).unwrap();
        index.end(&id(1), Some(at_minute(2)), at_minute(1));

        index.queue_due(at_minute(1));
        assert_eq!((index.waiting_count(), index.next_at()), (0, Some(at_minute(2))));
        index.put(id(1), plan("google", 0, 1), at_minute(1));
        assert_eq!(index.next_at(), Some(at_minute(2)), "its row says nothing new");
        index.put(id(1), plan("google", 0, 2), at_minute(1));
        assert_eq!(index.next_at(), Some(at_minute(0)), "a person reconnected it");

        index.queue_due(at_minute(1));
        index.begin(&google).unwrap();
        index.end(&id(1), Some(at_minute(1) + Duration::from_secs(99 * 24 * 3600)), at_minute(1));
        assert_eq!(index.next_at(), Some(at_minute(0)), "a pause of months is a wrong clock's");
    }

    /// B14
    #[test]
    fn what_is_removed_is_neither_coming_nor_waiting() {
        let mut index = DueIndex::default();
        for number in 0..4 {
            index.put(id(number), plan("google", 0, 1), at_minute(0));
        }
        index.queue_due(at_minute(0));
        index.put(id(9), plan("slack", 5, 1), at_minute(0));
        index.remove(&id(0));
        assert_eq!((index.waiting_count(), index.provider_count()), (3, 2));

        index.begin(&ProviderId::from_text("google")).unwrap();
        index.clear();

        assert_eq!((index.waiting_count(), index.next_at(), index.provider_count()), (0, None, 1));
    }
}
