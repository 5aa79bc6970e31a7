//! The words of a message to a channel: those of the screen's message, and a line for each, with its cause and the way back,
//! for readers who do not sit before this computer [F4, S141].

use jiff::Timestamp;

use super::words::{counted, first_failure, named, named_at, what_to_do};
use super::{About, ClockFace, NoticeText, Told, Trouble, words};
use crate::link::Link;

/// A message as every channel tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelText {
    pub title: String,
    /// A sentence or two.
    pub lead: String,
    /// One for each that it is about.
    pub items: Vec<ItemText>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemText {
    pub about: About,
    pub name: String,
    /// Without the name; may be empty.
    pub line: String,
    /// Where it is mended.
    pub link: Link,
}

impl ChannelText {
    /// What needs a person, the worst first. `None`: nothing does.
    pub fn of_raised(troubles: &[Trouble], now: Timestamp, face: &ClockFace) -> Option<Self> {
        let text = NoticeText::of(troubles, now, face)?;
        let line = |it: &Trouble| {
            let cause = it.cause.filter(|_| it.platform.is_none()).map(|it| capital(it.words()));
            let cause = cause.map(|it| if it.ends_with('.') { it } else { format!("{it}.") });
            sentences([cause, Some(what_to_do(it)), customers(it), first_failure(it, now, face)])
        };
        let lead = match troubles {
            // Its line says it all.
            [_] => String::new(),
            _ => text.body,
        };
        Some(Self { title: text.title, lead, items: items(troubles, line) })
    }

    /// What ends soon and works until then, the first to end first.
    pub fn of_ahead(troubles: &[Trouble], now: Timestamp, face: &ClockFace) -> Option<Self> {
        let end = |it: &Trouble| it.works_until.map(|at| face.at(at, now));
        let title = match troubles {
            [] => return None,
            [one] => match end(one) {
                Some(at) => format!("{} ends {at}", named_at(one)),
                None => format!("{} ends soon", named_at(one)),
            },
            many => format!("{} end soon", counted(many)),
        };
        let line = |it: &Trouble| {
            let before = end(it).map(|at| format!("Works until {at}; a new sign-in before then keeps it alive."));
            let stops = match it.workflow_count {
                0 => None,
                1 => Some("1 workflow stops with it.".to_owned()),
                many => Some(format!("{many} workflows stop with it.")),
            };
            sentences([before, customers(it), stops])
        };
        let lead = if troubles.len() > 1 { named(troubles) } else { String::new() };
        Some(Self { title, lead, items: items(troubles, line) })
    }

    /// What was told before and needs nobody any more: mended, or put away by a person.
    pub fn of_resolved(told: &[Told]) -> Option<Self> {
        let title = match told {
            [] => return None,
            [one] => format!("{} needs nobody any more", words::name(&one.name)),
            many => format!("{} connections and platforms need nobody any more", many.len()),
        };
        let is_connection = |it: &Told| !matches!(it.about, About::Platform(_));
        let title = if told.len() > 1 && told.iter().all(is_connection) {
            format!("{} connections need nobody any more", told.len())
        } else {
            title
        };
        let items = told.iter().map(|it| ItemText {
            about: it.about.clone(),
            name: words::name(&it.name),
            line: String::new(),
            link: link_of(&it.about, false),
        });
        Some(Self { title, lead: String::new(), items: items.collect() })
    }

    /// A certificate that holds no more.
    pub fn of_certificate(
        checklist: &str,
        connection: &str,
        until: Timestamp,
        now: Timestamp,
        face: &ClockFace,
    ) -> Self {
        let text = NoticeText::of_withdrawn(checklist, connection, until, now, face);
        Self { title: text.title, lead: text.body, items: vec![] }
    }

    /// What a test sends.
    pub fn of_test(channel: &str) -> Self {
        Self {
            title: "A test from Patchbay".to_owned(),
            lead: format!("Alerts for \u{201c}{}\u{201d} arrive here. Nothing is wrong.", words::name(channel)),
            items: vec![],
        }
    }
}

fn items(troubles: &[Trouble], line: impl Fn(&Trouble) -> String) -> Vec<ItemText> {
    let item = |it: &Trouble| ItemText {
        about: it.about.clone(),
        name: named_at(it),
        line: line(it),
        link: link_of(&it.about, words::is_reconnect(it.action) && !it.is_guess),
    };
    troubles.iter().map(item).collect()
}

/// The one-click way back. A link opens a view and never acts.
fn link_of(about: &About, is_reconnect: bool) -> Link {
    match about {
        About::Connection(id) if is_reconnect => Link::Reconnect(id.clone()),
        About::Connection(id) => Link::Connection(id.clone()),
        About::Copy(_) | About::Platform(_) => Link::Board,
    }
}

fn customers(trouble: &Trouble) -> Option<String> {
    const NAMED: usize = 3;
    let mut named: Vec<_> = trouble.customers.iter().take(NAMED).map(|it| words::name(it)).collect();
    match trouble.customers.len().saturating_sub(NAMED) {
        0 => {}
        more => named.push(format!("{more} more")),
    }
    (!named.is_empty()).then(|| format!("For {}.", named.join(", ")))
}

fn sentences(parts: impl IntoIterator<Item = Option<String>>) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::Topic;
    use super::super::test_values::{face, nightly_invoices, trouble};
    use super::*;
    use crate::diagnosis::CauseLabel;
    use crate::test_values::at_minute;
    use crate::{ConnectionId, PlatformConnectionId, PlatformId};

    fn gmail(number: u64) -> Trouble {
        Trouble {
            name: format!("Gmail {number}"),
            first: Some(nightly_invoices()),
            workflow_count: 2,
            cause: Some(CauseLabel::GrantRevoked),
            customers: BTreeSet::from(["Brightwater".to_owned()]),
            ..trouble(number)
        }
    }

    fn told(about: About) -> Told {
        Told {
            topic: Topic::Trouble,
            about,
            name: "Gmail".into(),
            seen_at: at_minute(0),
            noticed_at: at_minute(0),
            told_at: Some(at_minute(0)),
            message: Some("msg_1".into()),
            mended_at: Some(at_minute(1)),
        }
    }

    /// F4: connection, workflow, first failing step, time, cause and the way back.
    #[test]
    fn one_trouble_says_all_that_somebody_elsewhere_needs() {
        let text = ChannelText::of_raised(&[gmail(1)], at_minute(0), &face()).unwrap();

        assert_eq!((text.title.as_str(), text.lead.as_str()), ("Gmail 1 needs you", ""));
        assert_eq!(
            text.items[0].line,
            "Grant revoked. A new sign-in brings it back. For Brightwater. Nightly invoices fails first at \u{201c}Send \
             mail\u{201d}, 02:00; 1 more workflow stops."
        );
        assert_eq!(text.items[0].link, Link::Reconnect(ConnectionId::from_random(1)));
    }

    /// F4: a guess names no cause and promises no sign-in; a platform's trouble leads to the board.
    #[test]
    fn what_is_not_known_is_not_claimed() {
        let guess = Trouble { is_guess: true, cause: None, first: None, ..gmail(1) };
        let text = ChannelText::of_raised(&[guess], at_minute(0), &face()).unwrap();
        assert_eq!(text.items[0].line, "Its provider refuses it and gives no reason. For Brightwater.");
        assert_eq!(text.items[0].link, Link::Connection(ConnectionId::from_random(1)));

        let copy = Trouble {
            about: About::Copy(PlatformConnectionId::from_random(1)),
            platform: Some("n8n".into()),
            first: None,
            ..gmail(1)
        };
        let text = ChannelText::of_raised(&[copy], at_minute(0), &face()).unwrap();
        assert_eq!((text.items[0].name.as_str(), &text.items[0].link), ("Gmail 1 in n8n", &Link::Board));
    }

    /// F4, A10
    #[test]
    fn thirty_have_one_title_and_a_line_each() {
        let thirty: Vec<_> = (0..30).map(gmail).collect();
        let text = ChannelText::of_raised(&thirty, at_minute(0), &face()).unwrap();
        assert_eq!((text.title.as_str(), text.items.len()), ("30 connections need you", 30));
        assert!(text.lead.starts_with("Gmail 0, Gmail 1, Gmail 2 and 27 more."), "{}", text.lead);
        assert_eq!(ChannelText::of_raised(&[], at_minute(0), &face()), None);
    }

    /// F4, B11
    #[test]
    fn an_end_ahead_says_when_and_what_keeps_it_off() {
        let ends = |number| Trouble { works_until: Some(at_minute(3 * 24 * 60)), ..gmail(number) };
        let text = ChannelText::of_ahead(&[ends(1)], at_minute(0), &face()).unwrap();
        assert_eq!(text.title, "Gmail 1 ends Sun 01:00");
        assert_eq!(
            text.items[0].line,
            "Works until Sun 01:00; a new sign-in before then keeps it alive. For Brightwater. 2 workflows stop with it."
        );
        let two = ChannelText::of_ahead(&[ends(1), ends(2)], at_minute(0), &face()).unwrap();
        assert_eq!((two.title.as_str(), two.lead.as_str()), ("2 connections end soon", "Gmail 1 and Gmail 2."));
    }

    /// F4
    #[test]
    fn what_is_over_is_named_and_not_called_mended() {
        let connection = || told(About::Connection(ConnectionId::from_random(1)));
        let platform = told(About::Platform(PlatformId::from_random(1)));
        let title = |told: &[Told]| ChannelText::of_resolved(told).unwrap().title;
        assert_eq!(title(&[connection()]), "Gmail needs nobody any more");
        assert_eq!(title(&[connection(), connection()]), "2 connections need nobody any more");
        assert_eq!(title(&[connection(), platform]), "2 connections and platforms need nobody any more");
        assert_eq!(ChannelText::of_resolved(&[]), None);
    }
}
