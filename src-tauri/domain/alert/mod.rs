//! What is worth telling a person who looks elsewhere: once, together, and when it suits them [F4].

mod channel;
mod channel_words;
mod delivery;
mod failure;
mod quiet_hours;
mod requests;
mod settings;
#[cfg(test)]
mod test_values;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::blast_radius::Importance;
use crate::connection::Environment;
use crate::diagnosis::{ActionLabel, CauseLabel};
use crate::{ConnectionId, PlatformConnectionId, PlatformId};

pub use channel::{ChannelLook, ChannelRule, Matter, Occasion, Told, Topic, look_for_channel};
pub use channel_words::{ChannelText, ItemText};
pub use delivery::{AfterFailure, FailureKind, MessageKind, after_failure};
pub use failure::ChannelFailure;
pub use quiet_hours::{BadQuietHours, QuietHours};
pub use requests::{AskedReconnect, RequestsLook, SayOfRequests, ToldRequests, look_at_requests};
pub use settings::{
    AlertChannel, ChannelRefused, ChannelSettings, CommandSettings, MailSecurity, MailSettings, channel_name,
};
pub use words::{ClockFace, LeadsTo, NoticeText};

/// What a message tells of: a grant, or a platform that nobody can read any more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    Connection(ConnectionId),
    /// A platform's own.
    Copy(PlatformConnectionId),
    /// Its key is refused, or lacks a right.
    Platform(PlatformId),
}

/// A connection or a platform that needs a person, as a message tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct Trouble {
    pub about: About,
    pub name: String,
    /// The platform's name, where the grant is a platform's.
    pub platform: Option<String>,
    /// `None`: nobody knows.
    pub since: Option<Timestamp>,
    /// What mends it.
    pub action: ActionLabel,
    /// The provider did not say what is wrong: what mends it is what most often does.
    pub is_guess: bool,
    /// Why a platform cannot be read, in our own words; without secrets.
    pub words: Option<String>,
    /// The token in hand still works, and until then.
    pub works_until: Option<Timestamp>,
    /// The last call or reading that worked: one after the last telling makes this another death.
    pub worked_at: Option<Timestamp>,
    /// The first run that fails.
    pub first: Option<FirstFailure>,
    /// Workflows that stop with it.
    pub workflow_count: usize,
    /// `None`: nobody named one, or it is a guess.
    pub cause: Option<CauseLabel>,
    /// Its own, and those of the workflows that stop.
    pub customers: BTreeSet<String>,
    /// `None`: not known.
    pub environment: Option<Environment>,
    /// Of the workflow that matters most among those that stop.
    pub importance: Option<Importance>,
}

/// Where it is felt first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstFailure {
    pub workflow: String,
    /// The step at which it fails; `None`: it stops with another workflow.
    pub step: Option<String>,
    /// `None`: nobody knows when it runs next.
    pub at: Option<Timestamp>,
}

/// A trouble that was noticed, and whether it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub about: About,
    pub seen_at: Timestamp,
    /// `None`: it is held back.
    pub told_at: Option<Timestamp>,
}

/// What a person wants to be told, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wishes {
    pub is_on: bool,
    pub quiet: Option<QuietHours>,
}

impl Default for Wishes {
    fn default() -> Self {
        Self { is_on: true, quiet: None }
    }
}

/// What came of a look at all that needs a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// To be remembered, so that nothing is told twice.
    pub seen: Vec<Seen>,
    pub say: Say,
    /// When to look again though nothing changed: the end of the quiet hours, where something is held back.
    pub again_at: Option<Timestamp>,
}

/// What to do about the one message that stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Say {
    /// It stands as it is, or there is none.
    Nothing,
    /// A message about these, in this order, in place of the one that stands.
    Tell(Vec<Trouble>),
    /// All that it told of is over.
    Withdraw,
}

/// Decides what is told. `seen` is what earlier looks remembered; `standing` what the message tells of that still
/// stands; `troubles` all that need a person now, the worst first.
pub fn look(
    seen: Vec<Seen>,
    standing: &BTreeSet<About>,
    troubles: &[Trouble],
    wishes: Wishes,
    now: Timestamp,
    zone: &TimeZone,
) -> Look {
    let mut seen: BTreeMap<About, Seen> = seen.into_iter().map(|it| (it.about.clone(), it)).collect();
    seen.retain(|about, _| troubles.iter().any(|it| it.about == *about));
    for trouble in troubles {
        let is_known = seen.get(&trouble.about).is_some_and(|it| !is_another(trouble, it));
        if !is_known {
            // A platform's clock may be ahead of ours: the same death is not another one because of that.
            let seen_at = trouble.worked_at.map_or(now, |it| it.max(now));
            let fresh = Seen { about: trouble.about.clone(), seen_at, told_at: None };
            seen.insert(trouble.about.clone(), fresh);
        }
    }
    let has_untold = seen.values().any(|it| it.told_at.is_none());
    let quiet_until = wishes.quiet.filter(|_| wishes.is_on).and_then(|quiet| quiet.until(now, zone));
    let mut say = Say::Nothing;
    if has_untold && quiet_until.is_none() {
        let is_told_of =
            |it: &&Trouble| standing.contains(&it.about) || seen.get(&it.about).is_some_and(|it| it.told_at.is_none());
        if wishes.is_on {
            say = Say::Tell(troubles.iter().filter(is_told_of).cloned().collect());
        }
        // What is not wanted counts as told: switching messages on again tells of what comes then.
        for it in seen.values_mut() {
            it.told_at.get_or_insert(now);
        }
    } else if !standing.is_empty() && !troubles.iter().any(|it| standing.contains(&it.about)) {
        say = Say::Withdraw;
    }
    let again_at = quiet_until.filter(|_| has_untold);
    Look { seen: seen.into_values().collect(), say, again_at }
}

/// It worked after it was last seen broken: this is a new death, even where nobody looked in between.
fn is_another(trouble: &Trouble, seen: &Seen) -> bool {
    trouble.worked_at.is_some_and(|at| at > seen.seen_at)
}

#[cfg(test)]
mod tests {
    use super::test_values::trouble;
    use super::*;
    use crate::test_values::at_minute;

    fn ids(troubles: &[Trouble]) -> BTreeSet<About> {
        troubles.iter().map(|it| it.about.clone()).collect()
    }

    fn at(minute: i64, seen: Vec<Seen>, standing: &[Trouble], troubles: &[Trouble], wishes: Wishes) -> Look {
        look(seen, &ids(standing), troubles, wishes, at_minute(minute), &TimeZone::UTC)
    }

    /// Minute 0 is 01:00 UTC.
    fn quiet() -> Wishes {
        Wishes { quiet: Some("01:30-02:30".parse().unwrap()), ..Wishes::default() }
    }

    /// F4
    #[test]
    fn a_trouble_is_told_once_however_often_it_is_looked_at() {
        let all = [trouble(1)];
        let first = at(0, vec![], &[], &all, Wishes::default());
        assert_eq!(first.say, Say::Tell(all.to_vec()));

        let again = at(1, first.seen.clone(), &all, &all, Wishes::default());
        assert_eq!((again.say, again.again_at), (Say::Nothing, None));
        let after_restart = at(90, first.seen, &[], &all, Wishes::default());
        assert_eq!(after_restart.say, Say::Nothing, "not at every start");
    }

    /// F4, A10: an administrator's reset is one message, and late ones join it.
    #[test]
    fn thirty_at_once_are_one_message_and_one_more_joins_it() {
        let thirty: Vec<_> = (0..30).map(trouble).collect();
        let look = at(0, vec![], &[], &thirty, Wishes::default());
        assert_eq!(look.say, Say::Tell(thirty.clone()));

        let more: Vec<_> = (0..31).map(trouble).collect();
        assert_eq!(at(1, look.seen.clone(), &thirty, &more, Wishes::default()).say, Say::Tell(more.clone()));
        let closed = at(1, look.seen, &[], &more, Wishes::default());
        assert_eq!(closed.say, Say::Tell(vec![trouble(30)]), "what a person closed is not told again");
    }

    /// F4
    #[test]
    fn what_was_mended_is_taken_back_quietly() {
        let both = [trouble(1), trouble(2)];
        let told = at(0, vec![], &[], &both, Wishes::default());

        let one = at(1, told.seen.clone(), &both, &both[..1], Wishes::default());
        assert_eq!(one.say, Say::Nothing, "half a repair rings no bell");
        assert_eq!(one.seen.len(), 1);
        assert_eq!(at(2, one.seen, &both, &[], Wishes::default()).say, Say::Withdraw);
    }

    /// F4
    #[test]
    fn one_that_worked_in_between_is_told_again() {
        let died = [trouble(1)];
        let told = at(0, vec![], &[], &died, Wishes::default());
        let mended = at(5, told.seen.clone(), &died, &[], Wishes::default());
        assert!(matches!(at(9, mended.seen, &[], &died, Wishes::default()).say, Say::Tell(_)));

        let unseen = [Trouble { worked_at: Some(at_minute(3)), ..trouble(1) }];
        assert!(
            matches!(at(9, told.seen.clone(), &[], &unseen, Wishes::default()).say, Say::Tell(_)),
            "it was mended and died while this program did not run"
        );
        let before = [Trouble { worked_at: Some(at_minute(-3)), ..trouble(1) }];
        assert_eq!(at(9, told.seen, &[], &before, Wishes::default()).say, Say::Nothing);
    }

    /// F4, A8: a platform's copy tells the time of its death by the platform's clock.
    #[test]
    fn a_platform_whose_clock_is_ahead_is_told_of_once() {
        let about = About::Copy(PlatformConnectionId::from_random(1));
        let copy = |died| [Trouble { about: about.clone(), worked_at: Some(at_minute(died)), ..trouble(1) }];
        let first = at(0, vec![], &[], &copy(3), Wishes::default());
        assert!(matches!(first.say, Say::Tell(_)));

        for minute in [1, 3, 9] {
            assert_eq!(at(minute, first.seen.clone(), &[], &copy(3), Wishes::default()).say, Say::Nothing, "{minute}");
        }
        assert!(matches!(at(9, first.seen, &[], &copy(7), Wishes::default()).say, Say::Tell(_)), "it died again");
    }

    /// F4
    #[test]
    fn quiet_hours_hold_back_and_tell_after_what_still_holds() {
        let both = [trouble(1), trouble(2)];
        let held = at(40, vec![], &[], &both, quiet());
        assert_eq!((held.say, held.again_at), (Say::Nothing, Some(at_minute(90))));
        assert!(held.seen.iter().all(|it| it.told_at.is_none()));

        let mended_one = at(60, held.seen, &[], &both[1..], quiet());
        assert_eq!((&mended_one.say, mended_one.again_at), (&Say::Nothing, Some(at_minute(90))));
        let after = at(90, mended_one.seen, &[], &both[1..], quiet());
        assert_eq!((after.say, after.again_at), (Say::Tell(vec![trouble(2)]), None));
    }

    /// F4: also a message that stands is taken back in quiet hours, which makes no sound.
    #[test]
    fn a_repair_in_quiet_hours_withdraws() {
        let one = [trouble(1)];
        let told = at(0, vec![], &[], &one, quiet());
        assert_eq!(at(40, told.seen, &one, &[], quiet()).say, Say::Withdraw);
    }

    /// F4
    #[test]
    fn switched_off_nothing_is_told_then_or_later() {
        let off = Wishes { is_on: false, ..quiet() };
        let one = [trouble(1)];
        let look = at(40, vec![], &[], &one, off);
        assert_eq!((&look.say, look.again_at), (&Say::Nothing, None));
        assert_eq!(at(41, look.seen, &[], &one, Wishes::default()).say, Say::Nothing, "that is old by now");
    }
}
