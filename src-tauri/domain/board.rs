//! The board's order and the facts of its sentence: what needs a person first, by damage [E1, D4].

use std::cmp::Reverse;

use jiff::Timestamp;

use crate::ConnectionId;
use crate::blast_radius::platform_needs::PlatformNeeds;
use crate::connection::Connection;
use crate::connection::status::{Lamp, Status};

/// One connection as the board weighs it.
#[derive(Debug, Clone, Copy)]
pub struct BoardEntry<'a> {
    pub connection: &'a Connection,
    pub status: &'a Status,
    pub dependant_count: usize,
    pub ends_at: Option<Timestamp>,
}

/// The sentence that matters, as facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Headline {
    Empty,
    /// The keychain cannot be read: so many connections work no more than it does, whatever their records say.
    Unreadable {
        count: usize,
    },
    /// Nothing else needs a person, but new tokens wait that the keychain would not take.
    Unsaved {
        count: usize,
        first: ConnectionId,
    },
    AllWell {
        connection_count: usize,
        unproved_count: usize,
        next_end: Option<NextEnd>,
    },
    NeedsYou {
        count: usize,
        first: ConnectionId,
        next_end: Option<NextEnd>,
    },
    /// No person is needed, and some do not work just now.
    SomeDown {
        count: usize,
        first: ConnectionId,
        next_end: Option<NextEnd>,
    },
    /// None of ours needs a person; a platform's copy does, a platform that cannot be read, or an incident that is not
    /// over.
    PlatformsNeedYou {
        connection_count: usize,
        unproved_count: usize,
        next_end: Option<NextEnd>,
    },
}

/// The next usable connection that stops by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextEnd {
    pub connection: ConnectionId,
    pub at: Timestamp,
}

/// Positions in the order they are shown: those that need a person by what hangs on them and how long
/// they have been down, then those that do not work just now likewise, then the expiring ones by their end, then the
/// rest by customer and name.
pub fn order(entries: &[BoardEntry<'_>]) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..entries.len()).collect();
    positions.sort_by_cached_key(|position| {
        let entry = &entries[*position];
        let rank = match entry.status.lamp {
            Lamp::ReauthRequired | Lamp::Expiring | Lamp::Active | Lamp::Unproved if entry.status.needs_person() => 0,
            Lamp::ReauthRequired => 0,
            Lamp::Expiring if entry.status.is_down() => 1,
            Lamp::Expiring => 2,
            Lamp::Active | Lamp::Unproved => 3,
            Lamp::Disconnected => 4,
        };
        let damage = if rank <= 1 { Reverse(entry.dependant_count) } else { Reverse(0) };
        let moment = match rank {
            0 => Some(entry.status.since),
            1 => entry.status.over_since,
            2 => entry.ends_at,
            _ => None,
        };
        (
            rank,
            damage,
            moment,
            entry.connection.customer.as_deref().map(str::to_lowercase),
            entry.connection.name.to_lowercase(),
            entry.connection.id.clone(),
        )
    });
    positions
}

/// Where the secrets are, as far as the sentence is concerned.
#[derive(Debug, Clone, Copy, Default)]
pub struct Secrets<'a> {
    pub is_keychain_closed: bool,
    /// Whose new tokens the keychain would not take.
    pub unsaved: &'a [ConnectionId],
}

/// What the sentence says: our own connections first, then what needs a person at the platforms.
pub fn headline(entries: &[BoardEntry<'_>], secrets: Secrets<'_>, platforms: &PlatformNeeds) -> Headline {
    if entries.is_empty() && platforms.is_empty() {
        return Headline::Empty;
    }
    let resting = entries.iter().filter(|entry| entry.connection.rests_on_keychain()).count();
    if secrets.is_keychain_closed && resting > 0 {
        return Headline::Unreadable { count: resting };
    }
    let next_end = entries
        .iter()
        .filter(|entry| entry.status.lamp == Lamp::Expiring && !entry.status.is_down() && !entry.status.needs_person())
        .filter_map(|entry| Some(NextEnd { connection: entry.connection.id.clone(), at: entry.ends_at? }))
        .min_by_key(|end| end.at);
    let count_of = |lamp| entries.iter().filter(|entry| entry.status.lamp == lamp).count();
    let count = entries.iter().filter(|entry| entry.status.needs_person()).count();
    let down = entries.iter().filter(|entry| entry.status.is_down()).count();
    match order(entries).first().map(|position| &entries[*position]) {
        Some(first) if count > 0 => Headline::NeedsYou { count, first: first.connection.id.clone(), next_end },
        Some(first) if down > 0 => Headline::SomeDown { count: down, first: first.connection.id.clone(), next_end },
        Some(_) | None if !secrets.unsaved.is_empty() => {
            Headline::Unsaved { count: secrets.unsaved.len(), first: secrets.unsaved[0].clone() }
        }
        Some(_) | None => {
            let connection_count = entries.len() - count_of(Lamp::Disconnected);
            let unproved_count = count_of(Lamp::Unproved);
            if platforms.is_empty() {
                Headline::AllWell { connection_count, unproved_count, next_end }
            } else {
                Headline::PlatformsNeedYou { connection_count, unproved_count, next_end }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blast_radius::platform_needs::{CopyNeed, IncidentNeed, UnreadNeed};
    use crate::connection::GrantState;
    use crate::connection::status::StatusReason;
    use crate::test_values::{at_minute, connection};
    use crate::{IncidentId, PlatformConnectionId, PlatformId};

    /// E1, D4: the dead one with most hanging on it comes first.
    #[test]
    fn what_needs_a_person_comes_first_by_what_hangs_on_it() {
        let (mut few, mut many, mut well) = (connection(), connection(), connection());
        few.id = ConnectionId::from_random(1);
        many.id = ConnectionId::from_random(2);
        well.id = ConnectionId::from_random(3);
        let dead = status(Lamp::ReauthRequired);
        let active = status(Lamp::Active);
        let entries = [entry(&well, &active, 9), entry(&few, &dead, 1), entry(&many, &dead, 7)];

        assert_eq!(order(&entries), [2, 1, 0]);
        assert!(matches!(said(&entries), Headline::NeedsYou { count: 2, first, .. } if first == many.id));
    }

    /// B1: nothing needs a person, so the sentence says what ends next.
    #[test]
    fn when_all_is_well_the_next_end_is_named() {
        let connection = connection();
        let expiring = status(Lamp::Expiring);
        let entries = [BoardEntry { ends_at: Some(at_minute(90)), ..entry(&connection, &expiring, 0) }];

        let Headline::AllWell { next_end: Some(next_end), .. } = said(&entries) else { panic!("one ends") };
        assert_eq!(next_end.at, at_minute(90));
    }

    /// B1: what does not work is never called well, and stands above what still does.
    #[test]
    fn what_does_not_work_just_now_is_not_called_well() {
        let (mut down, mut ending) = (connection(), connection());
        down.id = ConnectionId::from_random(1);
        ending.id = ConnectionId::from_random(2);
        let over = Status { over_since: Some(at_minute(60)), ..status(Lamp::Expiring) };
        let expiring = status(Lamp::Expiring);
        let entries = [
            BoardEntry { ends_at: Some(at_minute(90)), ..entry(&ending, &expiring, 9) },
            BoardEntry { ends_at: Some(at_minute(99)), ..entry(&down, &over, 0) },
        ];

        assert_eq!(order(&entries), [1, 0]);
        let next_end = Some(NextEnd { connection: ending.id.clone(), at: at_minute(90) });
        assert_eq!(said(&entries), Headline::SomeDown { count: 1, first: down.id.clone(), next_end });
    }

    /// A5, S154: what works until its token ends and then never again is not called well.
    #[test]
    fn a_sealed_token_out_of_reach_needs_a_person() {
        let (well, mut unopened) = (connection(), connection());
        unopened.id = ConnectionId::from_random(2);
        let active = status(Lamp::Active);
        let waiting = Status { reason: StatusReason::HeldUnopened { usable_until: None }, ..status(Lamp::Expiring) };
        let entries = [entry(&well, &active, 9), entry(&unopened, &waiting, 0)];

        assert!(matches!(said(&entries), Headline::NeedsYou { count: 1, first, .. } if first == unopened.id));
    }

    #[test]
    fn an_empty_board_says_so() {
        assert_eq!(said(&[]), Headline::Empty);
    }

    /// A3, S154: no lamp is believed while no secret can be read, and nothing is well while a token is not saved.
    #[test]
    fn nothing_is_called_well_while_the_keychain_is_closed_or_a_token_is_not_saved() {
        let (well, mut gone, mut dead) = (connection(), connection(), connection());
        gone.id = ConnectionId::from_random(2);
        gone.grant = GrantState::Disconnected { at: at_minute(0) };
        dead.id = ConnectionId::from_random(3);
        let (active, off, over) = (status(Lamp::Active), status(Lamp::Disconnected), status(Lamp::ReauthRequired));
        let two = [entry(&well, &active, 0), entry(&gone, &off, 0)];
        let closed = Secrets { is_keychain_closed: true, unsaved: &[] };
        let unsaved = [well.id.clone()];
        let held = Secrets { is_keychain_closed: false, unsaved: &unsaved };

        assert_eq!(headline(&two, closed, &none()), Headline::Unreadable { count: 1 }, "one has secrets");
        assert!(matches!(headline(&two[1..], closed, &none()), Headline::AllWell { connection_count: 0, .. }));
        assert_eq!(headline(&two, held, &none()), Headline::Unsaved { count: 1, first: well.id.clone() });
        let with_dead = [entry(&well, &active, 0), entry(&dead, &over, 0)];
        assert!(
            matches!(headline(&with_dead, held, &none()), Headline::NeedsYou { count: 1, .. }),
            "the banner has the rest"
        );
        assert_eq!(headline(&with_dead, closed, &none()), Headline::Unreadable { count: 2 });
    }

    /// A8, D2, D4, E1: while a copy is dead, a platform cannot be read or an incident is open nothing is called well; our own
    /// come first.
    #[test]
    fn what_needs_a_person_at_a_platform_is_never_called_well() {
        let (well, mut dead) = (connection(), connection());
        dead.id = ConnectionId::from_random(2);
        let (active, over) = (status(Lamp::Active), status(Lamp::ReauthRequired));
        let copy = CopyNeed {
            connection: PlatformConnectionId::from_random(1),
            name: "Gmail".to_owned(),
            platform: "n8n".to_owned(),
            since: Some(at_minute(3)),
            waiting_count: 3,
            incident: None,
        };
        let incident = IncidentNeed { incident: IncidentId::from_random(1), name: "Gmail".to_owned(), stands: None };
        let unread = UnreadNeed {
            platform: PlatformId::from_random(1),
            name: "n8n".to_owned(),
            words: String::new(),
            read_at: None,
        };
        let copies = PlatformNeeds { copies: vec![copy], ..none() };
        let incidents = PlatformNeeds { incidents: vec![incident], ..none() };
        let unread = PlatformNeeds { unread: vec![unread], ..none() };
        let said = |entries: &[BoardEntry<'_>], needs: &PlatformNeeds| headline(entries, Secrets::default(), needs);

        for needs in [&copies, &incidents, &unread] {
            let expected = Headline::PlatformsNeedYou { connection_count: 1, unproved_count: 0, next_end: None };
            assert_eq!(said(&[entry(&well, &active, 0)], needs), expected);
            let none_of_ours = Headline::PlatformsNeedYou { connection_count: 0, unproved_count: 0, next_end: None };
            assert_eq!(said(&[], needs), none_of_ours);
            let both = said(&[entry(&well, &active, 0), entry(&dead, &over, 0)], needs);
            assert!(matches!(both, Headline::NeedsYou { count: 1, .. }), "{both:?}");
        }
    }

    fn none() -> PlatformNeeds {
        PlatformNeeds::default()
    }

    fn said(entries: &[BoardEntry<'_>]) -> Headline {
        headline(entries, Secrets::default(), &none())
    }

    fn entry<'a>(connection: &'a Connection, status: &'a Status, dependant_count: usize) -> BoardEntry<'a> {
        BoardEntry { connection, status, dependant_count, ends_at: None }
    }

    fn status(lamp: Lamp) -> Status {
        let (reason, since) = (StatusReason::NoEndKnown, at_minute(0));
        Status { lamp, reason, since, over_since: None, share_left: None, is_stale: false }
    }
}
