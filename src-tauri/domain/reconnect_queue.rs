//! Reconnect queue: all that needs a sign-in, by damage; one browser tab at a time, the next by itself [E3, D4].

mod handing_over_note;
mod record;

use std::time::Duration;

use jiff::Timestamp;

use crate::diagnosis::{ActionLabel, CauseLabel};
use crate::{ConnectionId, PassId};

pub use handing_over_note::{SignInPlace, handing_over_note};
pub use record::{record_csv, record_markdown};

/// One pass through what needs a sign-in.
#[derive(Debug, Clone, PartialEq)]
pub struct ReconnectQueue {
    pub id: PassId,
    /// In the order in which they are opened.
    pub turns: Vec<Turn>,
    pub began_at: Timestamp,
    /// Set when nothing is left that waits or is open, or when a person ended it.
    pub ended_at: Option<Timestamp>,
}

/// A connection that needs a sign-in, as it was when it took its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Needing {
    pub connection: ConnectionId,
    /// What it was called: it may be gone since.
    pub name: String,
    /// What its provider is called.
    pub provider: String,
    pub account: Option<String>,
    pub customer: Option<String>,
    /// Why it needs one, where that is known.
    pub cause: Option<CauseLabel>,
    /// Workflows that stand still without it.
    pub workflow_count: usize,
    /// Of those, the customers they are for.
    pub customers: Vec<String>,
    /// The first run that fails without it.
    pub first_run_at: Option<Timestamp>,
    /// A person wants it signed in anew, whatever its state.
    pub is_asked_for: bool,
}

/// One connection's place in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    pub needing: Needing,
    pub state: TurnState,
    /// When it came to an end, last.
    pub settled_at: Option<Timestamp>,
    /// A person chose this one; whoever is there decides what the queue would refuse by itself.
    pub is_by_hand: bool,
    /// Who signed in instead, where that is why it failed.
    pub other_account: Option<String>,
}

impl Turn {
    pub fn connection(&self) -> &ConnectionId {
        &self.needing.connection
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum TurnState {
    Waiting,
    /// Its sign-in is open in the browser.
    Open {
        since: Timestamp,
    },
    Reconnected {
        took: Duration,
    },
    /// It came back without this queue: from another window, by itself.
    CameBack,
    /// A person left it for later.
    Skipped,
    /// Somebody else has to do it; the text for them was made.
    HandedOver,
    /// Its sign-in came to nothing; it may be opened again.
    Failed {
        why: TurnFailure,
    },
    /// It was disconnected or removed meanwhile.
    Gone,
}

/// What a sign-in came to nothing for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnFailure {
    /// What the provider said, or who signed in.
    Cause(CauseLabel),
    Cancelled,
    NobodySignedIn,
    /// It could not even be asked for: something on this computer is in the way.
    NotBegun,
}

impl TurnFailure {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cause(cause) => cause.as_str(),
            Self::Cancelled => "cancelled",
            Self::NobodySignedIn => "nobody_signed_in",
            Self::NotBegun => "not_begun",
        }
    }

    /// Takes the word back.
    pub fn from_text(text: &str) -> Option<Self> {
        match text {
            "cancelled" => Some(Self::Cancelled),
            "nobody_signed_in" => Some(Self::NobodySignedIn),
            "not_begun" => Some(Self::NotBegun),
            _ => CauseLabel::from_text(text).map(Self::Cause),
        }
    }
}

impl TurnState {
    pub fn is_over(&self) -> bool {
        match self {
            Self::Waiting | Self::Open { .. } => false,
            Self::Reconnected { .. }
            | Self::CameBack
            | Self::Skipped
            | Self::HandedOver
            | Self::Failed { .. }
            | Self::Gone => true,
        }
    }

    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }

    fn is_mended(&self) -> bool {
        matches!(self, Self::Reconnected { .. } | Self::CameBack)
    }

    /// The word the database and scripts see.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Open { .. } => "open",
            Self::Reconnected { .. } => "reconnected",
            Self::CameBack => "came_back",
            Self::Skipped => "skipped",
            Self::HandedOver => "handed_over",
            Self::Failed { .. } => "failed",
            Self::Gone => "gone",
        }
    }
}

/// Whether a sign-in is what brings it back: what an administrator or a client has to mend is no matter of a queue.
pub fn belongs(action: ActionLabel) -> bool {
    match action {
        ActionLabel::Reconnect | ActionLabel::ReconnectWithMoreScopes | ActionLabel::ReconnectOtherAccount => true,
        ActionLabel::WaitAndRetry
        | ActionLabel::Refresh
        | ActionLabel::ShareResource
        | ActionLabel::AskAdmin
        | ActionLabel::FixClientConfig
        | ActionLabel::FixRequest
        | ActionLabel::FixClock
        | ActionLabel::ContactProvider
        | ActionLabel::None => false,
    }
}

/// What a queue came to so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    pub mended: usize,
    pub skipped: usize,
    pub handed_over: usize,
    pub failed: usize,
    pub gone: usize,
    pub left: usize,
}

impl Sum {
    pub fn total(&self) -> usize {
        self.mended + self.skipped + self.handed_over + self.failed + self.gone + self.left
    }
}

impl ReconnectQueue {
    /// A queue of these, in this order. One that is named twice has one turn.
    pub fn begin(id: PassId, all: impl IntoIterator<Item = Needing>, now: Timestamp) -> Self {
        let mut queue = Self { id, turns: vec![], began_at: now, ended_at: None };
        queue.join(all, now);
        queue
    }

    /// Others need a sign-in too by now: they come after those that wait. One whose turn was skipped or failed keeps it.
    /// Whether anything changed.
    pub fn join(&mut self, all: impl IntoIterator<Item = Needing>, now: Timestamp) -> bool {
        let mut has_changed = false;
        for needing in all {
            match self.turns.iter_mut().find(|turn| turn.needing.connection == needing.connection) {
                // It is broken again.
                Some(turn) if turn.state.is_mended() || turn.state == TurnState::Gone => {
                    (turn.state, turn.settled_at, turn.other_account) = (TurnState::Waiting, None, None);
                    has_changed = true;
                }
                Some(_) => {}
                None => {
                    self.turns.push(Turn {
                        needing,
                        state: TurnState::Waiting,
                        settled_at: None,
                        is_by_hand: false,
                        other_account: None,
                    });
                    has_changed = true;
                }
            }
        }
        if has_changed {
            self.ended_at = None;
        }
        self.end_if_done(now);
        has_changed
    }

    /// The one whose sign-in is open.
    pub fn open(&self) -> Option<&Turn> {
        self.turns.iter().find(|turn| turn.state.is_open())
    }

    pub fn turn(&self, connection: &ConnectionId) -> Option<&Turn> {
        self.turns.iter().find(|turn| turn.connection() == connection)
    }

    /// Opens the next, where none is open. Its connection.
    pub fn open_next(&mut self, now: Timestamp) -> Option<ConnectionId> {
        if self.open().is_some() {
            return None;
        }
        // What a person chose comes first.
        let waiting = |turn: &&mut Turn| turn.state == TurnState::Waiting;
        let chosen = self.turns.iter().position(|turn| turn.state == TurnState::Waiting && turn.is_by_hand);
        let turn = match chosen {
            Some(index) => &mut self.turns[index],
            None => self.turns.iter_mut().find(waiting)?,
        };
        turn.state = TurnState::Open { since: now };
        Some(turn.needing.connection.clone())
    }

    /// A person chooses this one next, now or once more: it is opened before all that wait. False: it needs no sign-in
    /// any more, or is open.
    pub fn choose(&mut self, connection: &ConnectionId) -> bool {
        let Some(turn) = self.turns.iter_mut().find(|turn| turn.needing.connection == *connection) else {
            return false;
        };
        if turn.state.is_mended() || turn.state == TurnState::Gone || turn.state.is_open() {
            return false;
        }
        (turn.state, turn.settled_at, turn.is_by_hand) = (TurnState::Waiting, None, true);
        turn.other_account = None;
        self.ended_at = None;
        true
    }

    /// Somebody is there to decide about this turn, as about one that was chosen.
    pub fn give_decider(&mut self, connection: &ConnectionId) {
        for turn in self.turns.iter_mut().filter(|turn| turn.needing.connection == *connection) {
            turn.is_by_hand = true;
        }
    }

    /// What was skipped, handed over or failed waits again, at its old place. False: it was none of these.
    pub fn put_back(&mut self, connection: &ConnectionId) -> bool {
        let turn = self.turns.iter_mut().find(|turn| turn.needing.connection == *connection);
        let is_put_aside = |turn: &&mut Turn| match turn.state {
            TurnState::Skipped | TurnState::HandedOver | TurnState::Failed { .. } => true,
            TurnState::Waiting
            | TurnState::Open { .. }
            | TurnState::Reconnected { .. }
            | TurnState::CameBack
            | TurnState::Gone => false,
        };
        let Some(turn) = turn.filter(is_put_aside) else { return false };
        (turn.state, turn.settled_at, turn.is_by_hand) = (TurnState::Waiting, None, false);
        turn.other_account = None;
        self.ended_at = None;
        true
    }

    /// A person leaves this one for later. A sign-in that ended while the click was under way stays as it ended.
    pub fn skip(&mut self, connection: &ConnectionId, now: Timestamp) {
        if self.turn(connection).is_some_and(|turn| turn.state == TurnState::Waiting || turn.state.is_open()) {
            self.settle(connection, TurnState::Skipped, now);
        }
    }

    /// A person leaves this one to somebody else, also what was skipped or failed.
    pub fn hand_over(&mut self, connection: &ConnectionId, now: Timestamp) {
        if self.turn(connection).is_some_and(|turn| turn.state != TurnState::Gone) {
            self.settle(connection, TurnState::HandedOver, now);
        }
    }

    /// A turn came to its end, whatever state it was in; a mended one stays mended. How a sign-in ended is said with
    /// [`TurnState::Reconnected`] or [`TurnState::Failed`].
    pub fn settle(&mut self, connection: &ConnectionId, state: TurnState, now: Timestamp) {
        let turn = self.turns.iter_mut().find(|turn| turn.needing.connection == *connection);
        if let Some(turn) = turn.filter(|turn| state.is_over() && !turn.state.is_mended()) {
            (turn.state, turn.settled_at, turn.is_by_hand) = (state, Some(now), false);
            turn.other_account = None;
        }
        self.end_if_done(now);
    }

    /// Another account signed in than the one that is wanted: it is told by its name.
    pub fn refused_account(&mut self, connection: &ConnectionId, account: Option<&str>, now: Timestamp) {
        let why = TurnFailure::Cause(CauseLabel::WrongTenantOrAccount);
        self.settle(connection, TurnState::Failed { why }, now);
        let is_it = |turn: &&mut Turn| turn.needing.connection == *connection;
        if let Some(turn) = self.turns.iter_mut().find(is_it).filter(|it| it.state == TurnState::Failed { why }) {
            turn.other_account = account.map(str::to_owned);
        }
    }

    /// It works: by this queue's sign-in where that is open, else by itself.
    pub fn mended(&mut self, connection: &ConnectionId, now: Timestamp) {
        let is_of = |turn: &&Turn| turn.connection() == connection;
        let state = match self.turns.iter().find(is_of).map(|turn| &turn.state) {
            Some(TurnState::Open { since }) => {
                TurnState::Reconnected { took: Duration::try_from(now.duration_since(*since)).unwrap_or_default() }
            }
            Some(_) => TurnState::CameBack,
            None => return,
        };
        self.settle(connection, state, now);
    }

    /// What was open waits again: nobody follows its sign-in any more.
    pub fn let_go(&mut self) {
        for turn in self.turns.iter_mut().filter(|turn| turn.state.is_open()) {
            turn.state = TurnState::Waiting;
        }
    }

    /// A person ends it; what waits is left.
    pub fn stop(&mut self, now: Timestamp) {
        self.let_go();
        self.ended_at.get_or_insert(now);
    }

    pub fn sum(&self) -> Sum {
        let mut sum = Sum::default();
        for turn in &self.turns {
            match turn.state {
                TurnState::Waiting | TurnState::Open { .. } => sum.left += 1,
                TurnState::Reconnected { .. } | TurnState::CameBack => sum.mended += 1,
                TurnState::Skipped => sum.skipped += 1,
                TurnState::HandedOver => sum.handed_over += 1,
                TurnState::Failed { .. } => sum.failed += 1,
                TurnState::Gone => sum.gone += 1,
            }
        }
        sum
    }

    fn end_if_done(&mut self, now: Timestamp) {
        if self.turns.iter().all(|turn| turn.state.is_over()) {
            self.ended_at.get_or_insert(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::record::tests::needing;
    use super::*;
    use crate::test_values::at_minute;

    fn id(number: u64) -> ConnectionId {
        ConnectionId::from_random(number)
    }

    fn of(count: u64) -> ReconnectQueue {
        ReconnectQueue::begin(PassId::from_random(1), (0..count).map(needing), at_minute(0))
    }

    /// E3: an administrator brings thirty back with thirty consents and no other click.
    #[test]
    fn each_that_is_mended_makes_room_for_the_next() {
        let mut queue = of(30);
        let mut opened = 0;
        while let Some(connection) = queue.open_next(at_minute(opened)) {
            assert_eq!(queue.open_next(at_minute(opened)), None, "one tab at a time");
            opened += 1;
            queue.mended(&connection, at_minute(opened));
        }

        assert_eq!((opened, queue.sum()), (30, Sum { mended: 30, ..Sum::default() }));
        assert_eq!(queue.ended_at, Some(at_minute(30)));
    }

    /// E3: what was left for later, or for somebody else, is told at the end, and can be taken up again.
    #[test]
    fn what_was_skipped_or_failed_is_opened_again_when_a_person_says_so() {
        let mut queue = of(3);
        let first = queue.open_next(at_minute(0)).unwrap();
        queue.skip(&first, at_minute(1));
        let second = queue.open_next(at_minute(1)).unwrap();
        let why = TurnFailure::Cause(CauseLabel::UserDeniedConsent);
        queue.settle(&second, TurnState::Failed { why }, at_minute(2));
        let third = queue.open_next(at_minute(2)).unwrap();
        queue.hand_over(&third, at_minute(3));

        let sum = Sum { skipped: 1, failed: 1, handed_over: 1, ..Sum::default() };
        assert_eq!((queue.sum(), queue.ended_at), (sum, Some(at_minute(3))));

        assert!(queue.choose(&second));
        assert_eq!(queue.ended_at, None, "it goes on");
        assert_eq!(queue.open_next(at_minute(4)), Some(second.clone()));
        assert!(queue.turn(&second).unwrap().is_by_hand, "whoever chose it is there to decide");
        assert!(!queue.choose(&second), "it is open already");
        queue.mended(&second, at_minute(5));
        assert_eq!(queue.sum(), Sum { mended: 1, skipped: 1, handed_over: 1, ..Sum::default() });
    }

    /// E3: nobody is sent through a sign-in that is not needed any more.
    #[test]
    fn one_that_came_back_by_itself_is_not_opened() {
        let mut queue = of(2);
        queue.mended(&id(0), at_minute(1));

        assert_eq!(queue.turns[0].state, TurnState::CameBack);
        assert_eq!(queue.open_next(at_minute(1)), Some(id(1)));
        assert!(!queue.choose(&id(0)));
        queue.skip(&id(0), at_minute(2));
        assert_eq!(queue.turns[0].state, TurnState::CameBack, "a late word does not break it again");
    }

    #[test]
    fn one_that_breaks_meanwhile_joins_once_and_behind_those_that_wait() {
        let mut queue = of(2);
        queue.mended(&id(0), at_minute(1));
        assert!(queue.join([needing(5), needing(5), needing(0)], at_minute(2)));
        assert!(!queue.join([needing(5)], at_minute(3)), "it has its place");

        let order: Vec<_> = queue.turns.iter().map(|turn| turn.connection().clone()).collect();
        assert_eq!(order, [id(0), id(1), id(5)]);
        assert_eq!(queue.sum().left, 3, "one that broke again waits again");
    }

    /// E3: a slip of the hand is no loss.
    #[test]
    fn what_was_skipped_is_put_back_at_its_old_place() {
        let mut queue = of(3);
        let first = queue.open_next(at_minute(0)).unwrap();
        queue.skip(&first, at_minute(1));

        assert!(queue.put_back(&first));
        assert!(!queue.put_back(&first), "it waits already");
        assert_eq!(queue.open_next(at_minute(2)), Some(first), "before those that come after it");
    }

    /// E3: what a person chooses does not wait for its place, and one tab stays one tab.
    #[test]
    fn one_that_is_chosen_comes_before_the_others() {
        let mut queue = of(4);
        let first = queue.open_next(at_minute(0)).unwrap();
        assert!(queue.choose(&id(3)));
        assert_eq!(queue.open_next(at_minute(1)), None, "one tab at a time");
        queue.mended(&first, at_minute(2));

        assert_eq!(queue.open_next(at_minute(2)), Some(id(3)));
    }

    /// E3: who ends it early has a record of what was left.
    #[test]
    fn one_that_is_stopped_says_what_is_left() {
        let mut queue = of(3);
        let first = queue.open_next(at_minute(0)).unwrap();
        queue.mended(&first, at_minute(1));
        queue.open_next(at_minute(1)).unwrap();

        queue.stop(at_minute(2));

        assert_eq!((queue.sum(), queue.ended_at), (Sum { mended: 1, left: 2, ..Sum::default() }, Some(at_minute(2))));
        assert!(queue.open().is_none(), "its sign-in is nobody's any more");
        queue.mended(&id(1), at_minute(3));
        assert_eq!(queue.ended_at, Some(at_minute(2)), "a sign-in that was nearly through begins nothing anew");
    }

    #[test]
    fn a_failure_is_taken_back_from_its_word() {
        let all = [
            TurnFailure::Cancelled,
            TurnFailure::NobodySignedIn,
            TurnFailure::NotBegun,
            TurnFailure::Cause(CauseLabel::WrongTenantOrAccount),
        ];
        for why in all {
            assert_eq!(TurnFailure::from_text(why.as_str()), Some(why));
        }
        assert_eq!(TurnFailure::from_text("no such word"), None);
    }

    #[test]
    fn an_empty_queue_has_ended() {
        assert_eq!(of(0).ended_at, Some(at_minute(0)));
    }

    /// C2: consenting again is no answer to what an administrator, a client or a clock has to mend.
    #[test]
    fn only_what_a_sign_in_mends_belongs_to_it() {
        assert!(belongs(ActionLabel::Reconnect) && belongs(ActionLabel::ReconnectOtherAccount));
        assert!(!belongs(ActionLabel::AskAdmin) && !belongs(ActionLabel::FixClientConfig));
        assert!(!belongs(ActionLabel::WaitAndRetry) && !belongs(ActionLabel::ShareResource));
    }

    /// E3: the window shows a change a moment after it happened.
    #[test]
    fn a_click_that_comes_too_late_changes_nothing_of_what_is_over() {
        let mut queue = of(2);
        queue.open_next(at_minute(0)).unwrap();
        queue.refused_account(&id(0), Some("jonas"), at_minute(1));
        let refused = queue.turn(&id(0)).unwrap().clone();

        queue.skip(&id(0), at_minute(2));

        assert_eq!(*queue.turn(&id(0)).unwrap(), refused, "it still says who signed in");
        queue.mended(&id(1), at_minute(3));
        queue.hand_over(&id(1), at_minute(4));
        assert!(queue.turn(&id(1)).unwrap().state.is_mended());
        queue.hand_over(&id(0), at_minute(5));
        assert_eq!(queue.turn(&id(0)).unwrap().state, TurnState::HandedOver, "what failed, somebody else may do");
    }
}
