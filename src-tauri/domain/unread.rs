//! What failed while nobody looked: when nobody does, which failures are read later, and which of them still stand [B1, B12, F4].

use std::cmp::Reverse;

use jiff::{SignedDuration, Timestamp};

use crate::blast_radius::{Platform, ReadFailure};
use crate::lifecycle::refresh_reason::RefreshReason;
use crate::lifecycle_event::{EventKind, LifecycleEvent};
use crate::{ConnectionId, PlatformId};

/// Whoever has not touched the window for that long is taken to look elsewhere: long enough to read a page.
const LOOKS_ELSEWHERE_AFTER: SignedDuration = SignedDuration::from_mins(5);
/// So many absences are told apart; a window that nobody reads for weeks needs no more.
const MOST_ABSENCES: usize = 100;

/// Events that may be troubles.
pub const TROUBLING: [EventKind; 10] = [
    EventKind::RefreshFailed,
    EventKind::RefreshCutOff,
    EventKind::RevokedDetected,
    EventKind::ReauthRequiredSet,
    EventKind::BundleHeld,
    EventKind::NetworkLost,
    EventKind::TestCallFailed,
    EventKind::SignInFailed,
    EventKind::RevocationFailed,
    EventKind::GrantLeft,
];
/// Events that may prove one over.
pub const ENDING: [EventKind; 8] = [
    EventKind::RefreshSucceeded,
    EventKind::Reconnected,
    EventKind::TokenIssued,
    EventKind::Imported,
    EventKind::Disconnected,
    EventKind::BundleRecovered,
    EventKind::NetworkBack,
    EventKind::TestCallSucceeded,
];

/// When somebody was at the window, as far as anything unread may lie in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendance {
    last_seen_at: Timestamp,
    /// From the last touch to the next one, in their order.
    absences: Vec<(Timestamp, Timestamp)>,
}

impl Attendance {
    /// The window is used for the first time: nothing before it was missed.
    pub fn begins(now: Timestamp) -> Self {
        Self { last_seen_at: now, absences: vec![] }
    }

    /// As it was kept.
    pub fn kept(last_seen_at: Timestamp, absences: Vec<(Timestamp, Timestamp)>) -> Self {
        Self { last_seen_at, absences }
    }

    pub fn last_seen_at(&self) -> Timestamp {
        self.last_seen_at
    }

    pub fn absences(&self) -> &[(Timestamp, Timestamp)] {
        &self.absences
    }

    /// Somebody touches the window. A clock that was set back ends no absence.
    pub fn touched(&mut self, now: Timestamp) {
        if self.is_elsewhere(now) {
            self.absences.push((self.last_seen_at, now));
            if self.absences.len() > MOST_ABSENCES {
                // What was seen between the two oldest is told once more rather than anything never.
                let (from, _) = self.absences.remove(0);
                if let Some(oldest) = self.absences.first_mut() {
                    oldest.0 = from;
                }
            }
        }
        self.last_seen_at = now;
    }

    /// Everything up to that moment has been read.
    pub fn read(&mut self, until: Timestamp) {
        self.absences.retain(|(_, back_at)| *back_at > until);
        if let Some((from, _)) = self.absences.first_mut() {
            *from = (*from).max(until);
        }
        self.last_seen_at = self.last_seen_at.max(until);
    }

    /// Since when there may be something unread. `None`: somebody looked all the time.
    pub fn unread_since(&self, now: Timestamp) -> Option<Timestamp> {
        let away = self.is_elsewhere(now).then_some(self.last_seen_at);
        self.absences.first().map(|(from, _)| *from).or(away)
    }

    /// Whether nobody looked at that moment.
    fn is_missed(&self, at: Timestamp, now: Timestamp) -> bool {
        (at > self.last_seen_at && self.is_elsewhere(now))
            || self.absences.iter().any(|(from, back_at)| (*from..*back_at).contains(&at))
    }

    fn is_elsewhere(&self, now: Timestamp) -> bool {
        now.duration_since(self.last_seen_at) > LOOKS_ELSEWHERE_AFTER
    }
}

/// What kind of thing went wrong: each kind is mended by other things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TroubleKind {
    /// It cannot be renewed, or its grant has ended.
    Grant,
    /// A new token waits for the keychain.
    Keychain,
    /// No provider could be reached.
    Network,
    /// The provider's API refused a call.
    Call,
    /// A sign-in did not come to its end.
    SignIn,
    /// A grant that was to end may live on at the provider.
    LeftThere,
}

/// Everything of one kind that failed on one connection while nobody looked.
#[derive(Debug, Clone, PartialEq)]
pub struct Trouble {
    /// `None`: it concerns the whole board.
    pub connection: Option<ConnectionId>,
    pub kind: TroubleKind,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
    /// How often it failed; what was concluded from a failure is none of its own.
    pub count: usize,
    /// The event that tells most, with its number.
    pub told_by: (i64, LifecycleEvent),
    /// When something proved that it is over. `None`: it stands.
    pub over_at: Option<Timestamp>,
}

/// A platform that could not be read while nobody looked, and was not read since: its picture is old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedReading {
    pub platform: PlatformId,
    pub name: String,
    /// The last that failed, and how many did one after another.
    pub failure: ReadFailure,
    /// What is known of it is of then.
    pub read_at: Option<Timestamp>,
}

/// Readings that nobody has read of; the newest first. What came right by itself is the next reading's matter.
pub fn failed_readings(platforms: &[Platform], attendance: &Attendance, now: Timestamp) -> Vec<FailedReading> {
    let failed = |it: &Platform| {
        let failure = it.failed.clone().filter(|failure| attendance.is_missed(failure.at, now))?;
        Some(FailedReading { platform: it.id.clone(), name: it.name.clone(), failure, read_at: it.read_at })
    };
    let mut found: Vec<_> = platforms.iter().filter_map(failed).collect();
    found.sort_by_key(|it| (Reverse(it.failure.at), it.platform.clone()));
    found
}

/// What nobody has read, of events in the order they happened: what still stands first, then the newest.
pub fn troubles(events: &[(i64, LifecycleEvent)], attendance: &Attendance, now: Timestamp) -> Vec<Trouble> {
    let mut found: Vec<Trouble> = vec![];
    for (id, event) in events {
        for open in found.iter_mut().filter(|it| it.over_at.is_none() && it.connection == event.connection) {
            if ends(event.kind, open.kind) {
                open.over_at = Some(event.at);
            }
        }
        let Some(kind) = trouble(event).filter(|_| attendance.is_missed(event.at, now)) else { continue };
        match found.iter_mut().find(|it| it.kind == kind && it.connection == event.connection) {
            Some(known) => known.again(*id, event),
            None => found.push(Trouble {
                connection: event.connection.clone(),
                kind,
                first_at: event.at,
                last_at: event.at,
                count: usize::from(!is_conclusion(event.kind)),
                told_by: (*id, event.clone()),
                over_at: None,
            }),
        }
    }
    // Concluded before anybody looked away, or without a failure of its own: it is one thing all the same.
    found.iter_mut().for_each(|it| it.count = it.count.max(1));
    found.sort_by_key(|it| (it.over_at.is_some(), Reverse(it.last_at), it.kind, it.connection.clone()));
    found
}

impl Trouble {
    fn again(&mut self, id: i64, event: &LifecycleEvent) {
        self.last_at = event.at;
        self.count += usize::from(!is_conclusion(event.kind));
        self.over_at = None;
        if tells(event.kind) >= tells(self.told_by.1.kind) {
            self.told_by = (id, event.clone());
        }
    }
}

/// What a person asked for by a click was seen by that person.
fn trouble(event: &LifecycleEvent) -> Option<TroubleKind> {
    match event.kind {
        EventKind::RefreshFailed => (event.reason != Some(RefreshReason::Person)).then_some(TroubleKind::Grant),
        EventKind::RefreshCutOff | EventKind::RevokedDetected | EventKind::ReauthRequiredSet => {
            Some(TroubleKind::Grant)
        }
        EventKind::BundleHeld => Some(TroubleKind::Keychain),
        EventKind::NetworkLost => Some(TroubleKind::Network),
        EventKind::TestCallFailed => Some(TroubleKind::Call),
        EventKind::SignInFailed => Some(TroubleKind::SignIn),
        EventKind::GrantLeft | EventKind::RevocationFailed => Some(TroubleKind::LeftThere),
        EventKind::SignInStarted
        | EventKind::TokenIssued
        | EventKind::Imported
        | EventKind::RefreshSucceeded
        | EventKind::Reconnected
        | EventKind::ReconnectRefused
        | EventKind::ReconnectRequested
        | EventKind::TestCallSucceeded
        | EventKind::TokenDelivered
        | EventKind::Disconnected
        | EventKind::ReauthRequiredCleared
        | EventKind::Reconciled
        | EventKind::BundleRecovered
        | EventKind::NetworkBack
        | EventKind::ClockJumped
        | EventKind::SettingsChanged
        | EventKind::SetupChecked
        | EventKind::ClientSecretRotated
        | EventKind::RefreshTokenLeft
        | EventKind::ScopesChanged
        | EventKind::ConnectionsMerged
        | EventKind::AlertGivenUp => None,
    }
}

/// Whether what happened proves a trouble over. A refresh says nothing of what the API allows.
fn ends(happened: EventKind, trouble: TroubleKind) -> bool {
    match trouble {
        TroubleKind::Grant => matches!(
            happened,
            EventKind::RefreshSucceeded
                | EventKind::Reconnected
                | EventKind::TokenIssued
                | EventKind::Imported
                | EventKind::Disconnected
        ),
        TroubleKind::Keychain => {
            matches!(happened, EventKind::BundleRecovered | EventKind::Reconnected | EventKind::Disconnected)
        }
        TroubleKind::Network => happened == EventKind::NetworkBack,
        TroubleKind::Call => matches!(
            happened,
            EventKind::TestCallSucceeded | EventKind::Reconnected | EventKind::TokenIssued | EventKind::Disconnected
        ),
        TroubleKind::SignIn => matches!(happened, EventKind::Reconnected | EventKind::TokenIssued),
        // Only the provider's own page shows that it is gone.
        TroubleKind::LeftThere => false,
    }
}

/// Written down beside the failure that it follows from.
fn is_conclusion(kind: EventKind) -> bool {
    matches!(kind, EventKind::RevokedDetected | EventKind::ReauthRequiredSet)
}

/// Of several events of one trouble, the one that says most is told.
fn tells(kind: EventKind) -> u8 {
    match kind {
        EventKind::ReauthRequiredSet => 3,
        EventKind::RevokedDetected => 2,
        EventKind::RefreshCutOff => 1,
        EventKind::SignInStarted
        | EventKind::SignInFailed
        | EventKind::TokenIssued
        | EventKind::Imported
        | EventKind::RefreshSucceeded
        | EventKind::RefreshFailed
        | EventKind::Reconnected
        | EventKind::ReconnectRefused
        | EventKind::ReconnectRequested
        | EventKind::GrantLeft
        | EventKind::TestCallSucceeded
        | EventKind::TestCallFailed
        | EventKind::TokenDelivered
        | EventKind::Disconnected
        | EventKind::RevocationFailed
        | EventKind::ReauthRequiredCleared
        | EventKind::Reconciled
        | EventKind::BundleHeld
        | EventKind::BundleRecovered
        | EventKind::NetworkLost
        | EventKind::NetworkBack
        | EventKind::ClockJumped
        | EventKind::SettingsChanged
        | EventKind::SetupChecked
        | EventKind::ClientSecretRotated
        | EventKind::RefreshTokenLeft
        | EventKind::ScopesChanged
        | EventKind::ConnectionsMerged
        | EventKind::AlertGivenUp => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_values::at_minute;

    fn event(id: i64, minute: i64, kind: EventKind) -> (i64, LifecycleEvent) {
        (id, LifecycleEvent::new(at_minute(minute), kind, Some(ConnectionId::from_random(1))))
    }

    /// Touched at minute 0 and again at minute 60.
    fn away_for_an_hour() -> Attendance {
        let mut attendance = Attendance::begins(at_minute(0));
        attendance.touched(at_minute(60));
        attendance
    }

    /// B12: what is looked up is what the rules know.
    #[test]
    fn the_lists_name_every_event_that_the_rules_name() {
        let kinds = ["refresh_failed", "reauth_required_set", "token_delivered", "network_back"];
        for kind in TROUBLING {
            assert!(trouble(&event(1, 1, kind).1).is_some(), "{kind:?} is a trouble");
        }
        for kind in ENDING {
            let all = TROUBLING.map(|it| trouble(&event(1, 1, it).1));
            assert!(all.into_iter().flatten().any(|it| ends(kind, it)), "{kind:?} ends one");
        }
        for kind in kinds.map(|it| EventKind::from_text(it).unwrap()) {
            assert_eq!(TROUBLING.contains(&kind), trouble(&event(1, 1, kind).1).is_some(), "{kind:?}");
        }
    }

    /// F4: who reads a page is there; who goes for lunch is not.
    #[test]
    fn nobody_looks_once_the_window_rests_for_more_than_five_minutes() {
        let mut attendance = Attendance::begins(at_minute(0));
        attendance.touched(at_minute(5));
        assert_eq!(attendance.unread_since(at_minute(10)), None, "five minutes are reading");
        assert_eq!(attendance.unread_since(at_minute(11)), Some(at_minute(5)), "six are not");

        attendance.touched(at_minute(90));

        assert_eq!(attendance.absences(), [(at_minute(5), at_minute(90))]);
        assert_eq!(attendance.unread_since(at_minute(90)), Some(at_minute(5)), "coming back reads nothing");
    }

    /// F4, B12
    #[test]
    fn what_failed_before_somebodys_eyes_is_not_told_again() {
        let mut attendance = away_for_an_hour();
        attendance.touched(at_minute(63));
        let events = [event(1, 30, EventKind::RefreshFailed), event(2, 62, EventKind::TestCallFailed)];

        let found = troubles(&events, &attendance, at_minute(64));

        assert_eq!(found.len(), 1, "the one at minute 62 was seen: {found:?}");
        assert_eq!((found[0].kind, found[0].first_at), (TroubleKind::Grant, at_minute(30)));
    }

    /// F4: the window may stand open, with nobody before it.
    #[test]
    fn while_nobody_is_back_yet_the_newest_failures_count_too() {
        let attendance = Attendance::begins(at_minute(0));
        let events = [event(1, 2, EventKind::RefreshFailed)];

        assert_eq!(troubles(&events, &attendance, at_minute(4)), [], "somebody may still look");
        assert_eq!(troubles(&events, &attendance, at_minute(9)).len(), 1);
    }

    /// B5, B12: the reason, not the tenth retry.
    #[test]
    fn repeated_failures_are_one_trouble_told_by_the_event_that_says_most() {
        let events = [
            event(1, 10, EventKind::RefreshFailed),
            event(2, 12, EventKind::RefreshFailed),
            event(3, 12, EventKind::ReauthRequiredSet),
            event(4, 14, EventKind::RefreshFailed),
        ];

        let found = troubles(&events, &away_for_an_hour(), at_minute(61));

        let [one] = &found[..] else { panic!("one connection, one kind: {found:?}") };
        assert_eq!((one.count, one.first_at, one.last_at), (3, at_minute(10), at_minute(14)));
        assert_eq!(one.told_by.0, 3);
        assert_eq!(one.over_at, None);
    }

    /// E2: never green by what proves something else.
    #[test]
    fn a_trouble_is_over_only_by_what_proves_its_own_kind() {
        let events = [
            event(1, 10, EventKind::RefreshFailed),
            event(2, 11, EventKind::TestCallFailed),
            event(3, 12, EventKind::BundleHeld),
            event(4, 20, EventKind::RefreshSucceeded),
        ];
        let over = |events: &[(i64, LifecycleEvent)]| {
            let found = troubles(events, &away_for_an_hour(), at_minute(61));
            found.into_iter().filter(|it| it.over_at.is_some()).map(|it| it.kind).collect::<Vec<_>>()
        };
        assert_eq!(over(&events), [TroubleKind::Grant]);

        let reconnected = [&events[..3], &[event(4, 70, EventKind::Reconnected)]].concat();
        assert_eq!(over(&reconnected), [TroubleKind::Keychain, TroubleKind::Call, TroubleKind::Grant]);
    }

    /// B12: it broke again.
    #[test]
    fn a_trouble_that_came_back_stands_again() {
        let events = [
            event(1, 10, EventKind::RefreshFailed),
            event(2, 20, EventKind::RefreshSucceeded),
            event(3, 30, EventKind::RefreshFailed),
        ];

        let found = troubles(&events, &away_for_an_hour(), at_minute(61));

        assert_eq!((found[0].count, found[0].over_at), (2, None));
    }

    /// F4: what still needs somebody stands on top.
    #[test]
    fn what_stands_comes_before_what_is_over() {
        let other =
            |id, minute, kind| (id, LifecycleEvent::new(at_minute(minute), kind, Some(ConnectionId::from_random(2))));
        let events = [
            event(1, 10, EventKind::RefreshFailed),
            other(2, 20, EventKind::RefreshFailed),
            other(3, 21, EventKind::RefreshSucceeded),
        ];

        let found = troubles(&events, &away_for_an_hour(), at_minute(61));

        assert_eq!(found.iter().map(|it| it.over_at.is_some()).collect::<Vec<_>>(), [false, true]);
    }

    /// F4: the click that marks it read is about what was shown, not about what came since.
    #[test]
    fn marking_as_read_leaves_what_came_afterwards() {
        let mut attendance = away_for_an_hour();
        attendance.touched(at_minute(200));
        attendance.read(at_minute(61));
        assert_eq!(attendance.unread_since(at_minute(201)), Some(at_minute(61)));

        attendance.read(at_minute(201));

        assert_eq!(attendance.unread_since(at_minute(202)), None);
        assert_eq!(troubles(&[event(1, 30, EventKind::RefreshFailed)], &attendance, at_minute(202)), []);
    }

    /// B9: a clock set back loses nothing that was missed, and invents nothing.
    #[test]
    fn a_clock_that_is_set_back_ends_no_absence_and_begins_none() {
        let mut attendance = away_for_an_hour();
        attendance.touched(at_minute(20));

        assert_eq!(attendance.absences(), [(at_minute(0), at_minute(60))]);
        attendance.touched(at_minute(22));
        assert_eq!(attendance.absences().len(), 1);
    }

    /// F4: bounded, and nothing missed is lost.
    #[test]
    fn more_absences_than_are_kept_join_the_oldest() {
        let mut attendance = Attendance::begins(at_minute(0));
        for touch in 1..=200 {
            attendance.touched(at_minute(touch * 10));
        }

        assert_eq!(attendance.absences().len(), MOST_ABSENCES);
        assert_eq!(attendance.unread_since(at_minute(2_001)), Some(at_minute(0)));
    }

    /// A click's own failure stood before the eyes of whoever clicked.
    #[test]
    fn a_refresh_that_a_person_asked_for_is_no_news() {
        let (id, mut clicked) = event(1, 30, EventKind::RefreshFailed);
        clicked.reason = Some(RefreshReason::Person);

        assert_eq!(troubles(&[(id, clicked)], &away_for_an_hour(), at_minute(61)), []);
    }
}
