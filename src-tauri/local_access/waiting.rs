//! How many wait for a person at once: whoever was allowed nothing waits on places of its own, and of these each program
//! has a few [S149]; and what makes one that waits look again [F3].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::blast_radius::Uses;
use engine::Notice;
use engine::flows::preflight::Needed;

/// A program that was allowed what it waits for may take this part of all places, one that was not this part of theirs.
const SHARE_OF_ALLOWED: usize = 2;
const SHARE_OF_UNALLOWED: usize = 4;
/// Those that were not allowed have this part of so many places as the others have, besides.
const PART_OF_UNALLOWED: usize = 4;

#[derive(Debug)]
pub(crate) struct Waiting {
    allowed: Places,
    unallowed: Places,
}

/// So many places, and who has how many of them.
#[derive(Debug)]
struct Places {
    most: usize,
    most_of_one: usize,
    taken: Arc<Mutex<HashMap<String, usize>>>,
}

/// Kept as long as it is waited.
#[derive(Debug)]
pub(crate) struct WaitingPlace {
    taken: Arc<Mutex<HashMap<String, usize>>>,
    who: String,
}

impl Waiting {
    pub(crate) fn new(most: usize) -> Self {
        let unallowed = (most / PART_OF_UNALLOWED).max(1);
        Self {
            allowed: Places::new(most, (most / SHARE_OF_ALLOWED).max(1)),
            unallowed: Places::new(unallowed, (unallowed / SHARE_OF_UNALLOWED).max(1)),
        }
    }

    /// `who`: the program that waits; `None`: the person's own command line, which may have all places.
    pub(crate) fn take(&self, who: Option<&str>, is_allowed: bool) -> Option<WaitingPlace> {
        if is_allowed { self.allowed.take(who) } else { self.unallowed.take(who) }
    }
}

impl Places {
    fn new(most: usize, most_of_one: usize) -> Self {
        Self { most, most_of_one, taken: Arc::default() }
    }

    fn take(&self, who: Option<&str>) -> Option<WaitingPlace> {
        let mut taken = locked(&self.taken);
        let most_of_one = if who.is_some() { self.most_of_one } else { self.most };
        // No path is empty.
        let who = who.unwrap_or_default().to_owned();
        let own = taken.get(&who).copied().unwrap_or_default();
        if taken.values().sum::<usize>() >= self.most || own >= most_of_one {
            return None;
        }
        taken.insert(who.clone(), own + 1);
        drop(taken);
        Some(WaitingPlace { taken: Arc::clone(&self.taken), who })
    }
}

impl Drop for WaitingPlace {
    fn drop(&mut self) {
        let mut taken = locked(&self.taken);
        match taken.get_mut(&self.who) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(&self.who)),
        }
    }
}

/// Whether one who waits for these has to look again; `None`: it was not let in yet, and what it needs is not known.
pub(crate) fn concerns(notice: &Notice, needs: Option<&[Needed]>) -> bool {
    match notice {
        Notice::ConnectionChanged(Some(id)) => needs
            .is_none_or(|needs| needs.iter().any(|it| matches!(&it.uses, Uses::Connection(needed) if needed == id))),
        // Another process wrote something.
        Notice::ConnectionChanged(None) | Notice::ProgramsChanged => true,
        Notice::SignInChanged(_)
        | Notice::PlatformChanged(_)
        | Notice::ReadingChanged(_)
        | Notice::IncidentChanged(_)
        | Notice::ChecklistChanged(_)
        | Notice::CertificateWithdrawn { .. }
        | Notice::QueueChanged
        | Notice::AlertWishesChanged => false,
    }
}

fn locked(taken: &Mutex<HashMap<String, usize>>) -> MutexGuard<'_, HashMap<String, usize>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use domain::ConnectionId;

    use super::*;

    fn take(waiting: &Waiting, who: Option<&str>, is_allowed: bool) -> Vec<WaitingPlace> {
        std::iter::from_fn(|| waiting.take(who, is_allowed)).collect()
    }

    /// S149
    #[test]
    fn nobody_takes_all_places_but_the_person() {
        let waiting = Waiting::new(64);

        let unallowed = take(&waiting, Some("/tmp/flood"), false);
        assert_eq!(unallowed.len(), 4);
        let others: Vec<_> = (0..50).flat_map(|it| take(&waiting, Some(&format!("/tmp/copy-{it}")), false)).collect();
        assert_eq!(others.len(), 12, "all of them together have sixteen");
        let backup = take(&waiting, Some("/srv/backup.py"), true);
        assert_eq!(backup.len(), 32);
        let own = take(&waiting, None, true);
        assert_eq!(own.len(), 32);

        drop(backup);
        assert_eq!(take(&waiting, None, true).len(), 32, "what was left is free");
        drop(own);
        drop(unallowed);
        assert_eq!(take(&waiting, Some("/opt/sync"), false).len(), 4);
    }

    /// F3: who waits looks again for what it waits for, for what other processes wrote and for a person's word, and not for
    /// every refresh on the board.
    #[test]
    fn who_waits_looks_again_for_its_own() {
        let [own, other] = [1, 2].map(ConnectionId::from_random);
        let needs = [Needed::from(Uses::Connection(own.clone()))];
        let looks = |notice: Notice| concerns(&notice, Some(&needs));

        assert!(looks(Notice::ConnectionChanged(Some(own))));
        assert!(!looks(Notice::ConnectionChanged(Some(other.clone()))));
        assert!(looks(Notice::ConnectionChanged(None)) && looks(Notice::ProgramsChanged));
        assert!(!looks(Notice::QueueChanged));
        assert!(concerns(&Notice::ConnectionChanged(Some(other)), None), "what it needs is not known yet");
    }
}
