//! Reconnects that programs ask a person for: told once each, together, and taken back when they are over [F3, F4].

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::words::{LeadsTo, NoticeText, name, sentences};
use super::{Wishes, words};
use crate::ConnectionId;

/// A program asks for a sign-in to a connection, and nobody has answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedReconnect {
    pub connection: ConnectionId,
    pub name: String,
    /// The program's name, as the system tells it.
    pub asked_by: Option<String>,
    pub asked_at: Timestamp,
}

/// Which request was told of each connection, by when it was made.
pub type ToldRequests = BTreeMap<ConnectionId, Timestamp>;

/// What to do about the message of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SayOfRequests {
    /// It stands as it is, or there is none.
    Nothing,
    /// A message about these, in place of the one that stands.
    Tell(Vec<AskedReconnect>),
    /// All that it told of is over.
    Withdraw,
}

/// What came of a look at all that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestsLook {
    pub told: ToldRequests,
    pub say: SayOfRequests,
    /// When to look again though nothing changed: the end of the quiet hours, where something is held back.
    pub again_at: Option<Timestamp>,
}

/// Decides what is told of requests. `standing`: what the message tells of that still stands.
pub fn look_at_requests(
    mut told: ToldRequests,
    standing: &BTreeSet<ConnectionId>,
    asked: &[AskedReconnect],
    wishes: Wishes,
    now: Timestamp,
    zone: &TimeZone,
) -> RequestsLook {
    told.retain(|id, _| asked.iter().any(|it| it.connection == *id));
    let is_new = |it: &AskedReconnect| told.get(&it.connection) != Some(&it.asked_at);
    let has_new = asked.iter().any(is_new);
    let quiet_until = wishes.quiet.filter(|_| wishes.is_on).and_then(|quiet| quiet.until(now, zone));
    let mut say = SayOfRequests::Nothing;
    if has_new && quiet_until.is_none() {
        if wishes.is_on {
            let tells_of = |it: &&AskedReconnect| is_new(it) || standing.contains(&it.connection);
            say = SayOfRequests::Tell(asked.iter().filter(tells_of).cloned().collect());
        }
        told = asked.iter().map(|it| (it.connection.clone(), it.asked_at)).collect();
    } else if !standing.is_empty() && !asked.iter().any(|it| standing.contains(&it.connection)) {
        say = SayOfRequests::Withdraw;
    }
    RequestsLook { told, say, again_at: quiet_until.filter(|_| has_new) }
}

impl NoticeText {
    /// About reconnects that programs ask for; `None` without any. A program's name is text that it could have chosen.
    pub fn of_requests(asked: &[AskedReconnect]) -> Option<Self> {
        let (first, is_one) = (asked.first()?, asked.len() == 1);
        let is_one_program = asked.iter().all(|it| it.asked_by == first.asked_by);
        let who = match &first.asked_by {
            Some(program) if is_one_program => format!("{} asks", name(program)),
            None if is_one_program => "A program asks".to_owned(),
            Some(_) | None => "Programs ask".to_owned(),
        };
        let what = if is_one { name(&first.name) } else { format!("{} connections", asked.len()) };
        let names: Vec<_> = asked.iter().map(|it| name(&it.name)).take(words::NAMED).collect();
        let more = asked.len().saturating_sub(names.len());
        let named = if more == 0 { names.join(", ") } else { format!("{} and {more} more", names.join(", ")) };
        Some(Self {
            title: format!("{who} you to reconnect {what}"),
            body: sentences([
                (!is_one).then(|| format!("{named}.")),
                Some("It goes on once you have signed in again; you need not.".to_owned()),
            ]),
            button: if is_one { "Reconnect" } else { "Show them" },
            leads_to: if is_one { LeadsTo::Mending(first.connection.clone()) } else { LeadsTo::Queue },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_values::at_minute;

    fn asked(number: u64, minute: i64) -> AskedReconnect {
        AskedReconnect {
            connection: ConnectionId::from_random(number),
            name: format!("Connection {number}"),
            asked_by: Some("agent".to_owned()),
            asked_at: at_minute(minute),
        }
    }

    fn look(told: &ToldRequests, standing: &[AskedReconnect], all: &[AskedReconnect], wishes: Wishes) -> RequestsLook {
        let standing = standing.iter().map(|it| it.connection.clone()).collect();
        look_at_requests(told.clone(), &standing, all, wishes, at_minute(40), &TimeZone::UTC)
    }

    /// F3, F4: each request is told once; what comes while a message stands is told with it; what is over is taken back.
    #[test]
    fn a_request_is_told_once_and_taken_back_when_it_is_over() {
        let (one, two) = (asked(1, 1), asked(2, 2));
        let first = look(&ToldRequests::new(), &[], std::slice::from_ref(&one), Wishes::default());
        assert_eq!(first.say, SayOfRequests::Tell(vec![one.clone()]));
        let stands = std::slice::from_ref(&one);
        assert_eq!(look(&first.told, stands, stands, Wishes::default()).say, SayOfRequests::Nothing);

        let both = [one.clone(), two.clone()];
        let second = look(&first.told, stands, &both, Wishes::default());
        assert_eq!(second.say, SayOfRequests::Tell(both.to_vec()), "together");
        let dismissed = look(&first.told, &[], &both, Wishes::default());
        assert_eq!(dismissed.say, SayOfRequests::Tell(vec![two]), "what was clicked away does not come again");

        assert_eq!(look(&second.told, &both, &both[1..], Wishes::default()).say, SayOfRequests::Nothing);
        let over = look(&second.told, &both, &[], Wishes::default());
        assert_eq!((over.say, over.told.len()), (SayOfRequests::Withdraw, 0));
        let again = look(&second.told, &[], &[asked(1, 9)], Wishes::default());
        assert!(matches!(again.say, SayOfRequests::Tell(_)), "it died again, and is asked for again");
    }

    /// F4: a person who wants no messages, or none now, gets none.
    #[test]
    fn requests_keep_quiet_hours_and_switches() {
        let one = [asked(1, 1)];
        let off = Wishes { is_on: false, quiet: None };
        let switched_off = look(&ToldRequests::new(), &[], &one, off);
        assert_eq!(switched_off.say, SayOfRequests::Nothing);
        assert_eq!(look(&switched_off.told, &[], &one, Wishes::default()).say, SayOfRequests::Nothing, "old by now");
    }

    #[test]
    fn a_message_of_requests_says_who_asks_for_what() {
        let one = NoticeText::of_requests(&[asked(1, 1)]).unwrap();
        assert_eq!(one.title, "agent asks you to reconnect Connection 1");
        assert_eq!(one.leads_to, LeadsTo::Mending(ConnectionId::from_random(1)));

        let five: Vec<_> = (1..=5).map(|it| asked(it, 1)).collect();
        let many = NoticeText::of_requests(&five).unwrap();
        assert_eq!(many.title, "agent asks you to reconnect 5 connections");
        assert!(many.body.starts_with("Connection 1, Connection 2, Connection 3 and 2 more."), "{}", many.body);
        let others = [asked(1, 1), AskedReconnect { asked_by: None, ..asked(2, 1) }];
        assert_eq!(NoticeText::of_requests(&others).unwrap().title, "Programs ask you to reconnect 2 connections");
        assert_eq!(NoticeText::of_requests(&[]), None);
    }
}
