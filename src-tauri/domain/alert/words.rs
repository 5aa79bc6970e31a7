//! The words of a message: which connection, which workflow fails first and when, what mends it [F4, S141].

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{About, Trouble};
use crate::ConnectionId;
use crate::diagnosis::ActionLabel;
use crate::display_text::cleaned;

/// Names in a message are cut here: a lock screen has two lines.
const LONGEST_NAME: usize = 60;
/// So many are named; the rest is a count.
pub(super) const NAMED: usize = 3;
const LONGEST_WORDS: usize = 200;

/// How a person reads times.
#[derive(Debug, Clone)]
pub struct ClockFace {
    pub zone: TimeZone,
    pub is_12: bool,
}

/// A message to a person, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeText {
    pub title: String,
    pub body: String,
    /// The words on its button.
    pub button: &'static str,
    pub leads_to: LeadsTo,
}

/// Where the button of a message leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeadsTo {
    /// To what mends this one.
    Mending(ConnectionId),
    /// To all of ours that need a person.
    Queue,
    /// To all of it: what needs a person at a platform stands there too.
    Board,
    /// To the platforms, where another key is given.
    Platforms,
    /// To the programs that ask.
    Programs,
}

impl NoticeText {
    /// About connections and platforms that need a person, the worst first.
    pub fn of(troubles: &[Trouble], now: Timestamp, face: &ClockFace) -> Option<Self> {
        match troubles {
            [] => None,
            [one] => Some(Self {
                title: format!("{} needs you", named_at(one)),
                body: sentences([
                    Some(what_to_do(one)),
                    one.works_until.filter(|at| *at > now).map(|at| format!("It works until {}.", face.at(at, now))),
                    first_failure(one, now, face),
                    old_since(one, now).map(|since| format!("So since {}.", face.at(since, now))),
                    one.worked_at.filter(|_| is_platform(one)).map(|at| format!("Last read {}.", face.at(at, now))),
                ]),
                button: match &one.about {
                    About::Connection(_) if is_reconnect(one.action) && !one.is_guess => "Reconnect",
                    About::Connection(_) | About::Copy(_) | About::Platform(_) => "Show what to do",
                },
                leads_to: match &one.about {
                    About::Connection(id) => LeadsTo::Mending(id.clone()),
                    About::Copy(_) => LeadsTo::Board,
                    About::Platform(_) => LeadsTo::Platforms,
                },
            }),
            many => Some(Self {
                title: format!("{} need you", counted(many)),
                body: sentences([Some(named(many)), earliest(many).and_then(|it| first_of_many(it, now, face))]),
                button: "Show them",
                leads_to: if many.iter().all(|it| matches!(it.about, About::Connection(_))) {
                    LeadsTo::Queue
                } else if many.iter().all(is_platform) {
                    LeadsTo::Platforms
                } else {
                    LeadsTo::Board
                },
            }),
        }
    }

    /// Programs that ask for tokens, each with the connection it asks for; the newest last.
    pub fn of_questions(asking: &[(&str, &str)]) -> Option<Self> {
        let (program, connection) = asking.last()?;
        let one = format!("{} asks for tokens of {}.", name(program), name(connection));
        Some(Self {
            title: match asking.len() {
                1 => format!("Allow {} to use {}?", name(program), name(connection)),
                more => format!("{more} programs wait for your answer"),
            },
            body: match asking.len() {
                1 => "Once, always, for seven days or never: it gets nothing before you say so.".to_owned(),
                _ => format!("The newest: {one}"),
            },
            button: "Answer",
            leads_to: LeadsTo::Programs,
        })
    }

    /// A certificate that does not hold any more. It is told in quiet hours too: somebody asked for this very answer
    /// until a given time.
    pub fn of_withdrawn(checklist: &str, connection: &str, until: Timestamp, now: Timestamp, face: &ClockFace) -> Self {
        Self {
            title: format!("{}: the certificate is withdrawn", name(checklist)),
            body: format!("{} failed its re-test; it was to hold until {}.", name(connection), face.at(until, now)),
            button: "Show it",
            leads_to: LeadsTo::Board,
        }
    }
}

impl ClockFace {
    /// `14:00`, `Tue 09:00`, `3 Dec, 09:00`: the day where it is another, the date beyond a week.
    pub fn at(&self, moment: Timestamp, now: Timestamp) -> String {
        let (moment, now) = (moment.to_zoned(self.zone.clone()), now.to_zoned(self.zone.clone()));
        let time = if self.is_12 { "%-I:%M %P" } else { "%H:%M" };
        let days = (moment.date() - now.date()).get_days().abs();
        let day = match days {
            0 => "",
            1..=6 => "%a ",
            _ => "%-d %b, ",
        };
        moment.strftime(&format!("{day}{time}")).to_string()
    }
}

pub(super) fn name(text: &str) -> String {
    let short = cleaned(text.trim(), LONGEST_NAME);
    if text.trim().chars().count() > LONGEST_NAME { format!("{}…", short.trim_end()) } else { short }
}

pub(super) fn sentences(parts: impl IntoIterator<Item = Option<String>>) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

pub(super) fn is_reconnect(action: ActionLabel) -> bool {
    crate::reconnect_queue::belongs(action)
}

/// "Gmail", "Gmail in n8n".
pub(super) fn named_at(trouble: &Trouble) -> String {
    match &trouble.platform {
        Some(platform) => format!("{} in {}", name(&trouble.name), name(platform)),
        None => name(&trouble.name),
    }
}

/// Told an hour or more after it happened.
fn old_since(trouble: &Trouble, now: Timestamp) -> Option<Timestamp> {
    trouble.since.filter(|it| now.duration_since(*it).as_hours() >= 1)
}

fn is_platform(trouble: &Trouble) -> bool {
    matches!(trouble.about, About::Platform(_))
}

/// "30 connections", "2 platforms", "3 connections and 1 platform".
pub(super) fn counted(troubles: &[Trouble]) -> String {
    let platforms = troubles.iter().filter(|it| is_platform(it)).count();
    let many = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let both = [(troubles.len() - platforms, "connection"), (platforms, "platform")];
    both.into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| many(count, word))
        .collect::<Vec<_>>()
        .join(" and ")
}

/// A refused key and one that lacks a right are mended in the same way. Its workflows run on; only what is shown gets old.
fn why_unread(trouble: &Trouble) -> String {
    let why = trouble.words.as_deref().map(|it| cleaned(it.trim_end_matches('.'), LONGEST_WORDS));
    let why = why.filter(|it| !it.is_empty()).unwrap_or_else(|| "It cannot be read".to_owned());
    let old = if trouble.worked_at.is_some() { ", and what is shown of it gets old" } else { "" };
    format!("{why}{old}. Give it another key.")
}

pub(super) fn what_to_do(trouble: &Trouble) -> String {
    if is_platform(trouble) {
        return why_unread(trouble);
    }
    match &trouble.platform {
        Some(platform) => format!("Its own sign-in at {} does not work.", name(platform)),
        None if trouble.is_guess => "Its provider refuses it and gives no reason.".to_owned(),
        None => what_mends(trouble.action).to_owned(),
    }
}

fn what_mends(action: ActionLabel) -> &'static str {
    match action {
        ActionLabel::Reconnect => "A new sign-in brings it back.",
        ActionLabel::ReconnectWithMoreScopes => "It lacks a scope: a new sign-in grants it.",
        ActionLabel::ReconnectOtherAccount => "It needs a sign-in with another account.",
        ActionLabel::AskAdmin => "An administrator has to allow it.",
        ActionLabel::FixClientConfig => "Its client has to be mended at the provider.",
        ActionLabel::ShareResource => "What it calls is not shared with its account.",
        ActionLabel::FixRequest => "The call itself has to be mended.",
        ActionLabel::FixClock => "This machine\u{2019}s clock is wrong.",
        ActionLabel::ContactProvider => "The provider has to be asked.",
        ActionLabel::Refresh | ActionLabel::WaitAndRetry | ActionLabel::None => "It does not work as it should.",
    }
}

/// "Nightly invoices fails first, at Send mail, 14:00; 6 more workflows stop."
pub(super) fn first_failure(trouble: &Trouble, now: Timestamp, face: &ClockFace) -> Option<String> {
    let more = match trouble.workflow_count.saturating_sub(1) {
        0 => String::new(),
        1 => "; 1 more workflow stops".to_owned(),
        more => format!("; {more} more workflows stop"),
    };
    Some(format!("{}{more}.", fails_first(trouble, now, face)?))
}

/// "Nightly invoices fails first, at Send mail, 14:00, without Gmail." What the others stop is not summed: a workflow may
/// lean on several.
fn first_of_many(trouble: &Trouble, now: Timestamp, face: &ClockFace) -> Option<String> {
    Some(format!("{}, without {}.", fails_first(trouble, now, face)?, named_at(trouble)))
}

fn fails_first(trouble: &Trouble, now: Timestamp, face: &ClockFace) -> Option<String> {
    let first = trouble.first.as_ref()?;
    let at = |moment: Timestamp| {
        if moment <= now { format!(", since {}", face.at(moment, now)) } else { format!(", {}", face.at(moment, now)) }
    };
    let step = first.step.as_ref().map(|it| format!(" at \u{201c}{}\u{201d}", name(it))).unwrap_or_default();
    Some(format!("{} fails first{step}{}", name(&first.workflow), first.at.map(at).unwrap_or_default()))
}

/// The one that is felt first.
fn earliest(troubles: &[Trouble]) -> Option<&Trouble> {
    let dated = troubles.iter().filter(|it| it.first.as_ref().is_some_and(|first| first.at.is_some()));
    let first = dated.min_by_key(|it| it.first.as_ref().and_then(|first| first.at));
    first.or_else(|| troubles.iter().find(|it| it.first.is_some()))
}

/// "Gmail, Drive, Slack and 27 more."
pub(super) fn named(troubles: &[Trouble]) -> String {
    let most = if troubles.len() == NAMED + 1 { NAMED + 1 } else { NAMED };
    let mut names: Vec<String> = troubles.iter().take(most).map(named_at).collect();
    match troubles.len().saturating_sub(most) {
        0 => {
            let last = names.pop().unwrap_or_default();
            format!("{} and {last}.", names.join(", "))
        }
        more => format!("{} and {more} more.", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {

    use super::super::FirstFailure;
    use super::super::test_values::{face, nightly_invoices, trouble};
    use super::*;
    use crate::test_values::at_minute;
    use crate::{PlatformConnectionId, PlatformId};

    fn gmail() -> Trouble {
        Trouble { name: "Gmail".into(), first: Some(nightly_invoices()), workflow_count: 7, ..trouble(1) }
    }

    /// F4: connection, workflow, first failing step, time and the way back.
    #[test]
    fn one_trouble_is_told_with_its_first_failing_step_and_the_way_back() {
        let text = NoticeText::of(&[gmail()], at_minute(0), &face()).unwrap();

        assert_eq!(text.title, "Gmail needs you");
        assert_eq!(
            text.body,
            "A new sign-in brings it back. Nightly invoices fails first at \u{201c}Send mail\u{201d}, 02:00; 6 more \
             workflows stop."
        );
        assert_eq!((text.button, text.leads_to), ("Reconnect", LeadsTo::Mending(ConnectionId::from_random(1))));
    }

    /// F4, A8: a new sign-in of ours does not mend a platform's copy, and the queue does not know it.
    #[test]
    fn a_platforms_copy_is_told_with_its_platform_and_leads_to_the_board() {
        let copy = Trouble {
            about: About::Copy(PlatformConnectionId::from_random(1)),
            platform: Some("n8n".into()),
            ..gmail()
        };
        let text = NoticeText::of(std::slice::from_ref(&copy), at_minute(0), &face()).unwrap();

        assert_eq!(text.title, "Gmail in n8n needs you");
        assert!(
            text.body.starts_with("Its own sign-in at n8n does not work. Nightly invoices fails first"),
            "{}",
            text.body
        );
        assert_eq!((text.button, text.leads_to), ("Show what to do", LeadsTo::Board));
        let both = NoticeText::of(&[gmail(), copy.clone()], at_minute(0), &face()).unwrap();
        assert!(both.body.starts_with("Gmail and Gmail in n8n."), "{}", both.body);
        assert_eq!((both.title.as_str(), both.leads_to), ("2 connections need you", LeadsTo::Board));
        let undated = NoticeText::of(&[Trouble { since: None, first: None, ..copy }], at_minute(500), &face()).unwrap();
        assert_eq!(undated.body, "Its own sign-in at n8n does not work.");
    }

    /// F4, D2: a platform that lets nobody read it any more, beside connections or alone.
    #[test]
    fn a_refused_key_is_told_with_what_mends_it() {
        let platform = |number: u64, name: &str| Trouble {
            about: About::Platform(PlatformId::from_random(number)),
            name: name.into(),
            since: None,
            words: Some(format!("{name} does not accept the key")),
            worked_at: Some(at_minute(-40)),
            first: None,
            workflow_count: 0,
            ..gmail()
        };
        let n8n = platform(1, "n8n at Halden");
        let text = NoticeText::of(std::slice::from_ref(&n8n), at_minute(0), &face()).unwrap();

        assert_eq!(text.title, "n8n at Halden needs you");
        assert_eq!(
            text.body,
            "n8n at Halden does not accept the key, and what is shown of it gets old. Give it another key. Last read 00:20."
        );
        assert_eq!((text.button, text.leads_to), ("Show what to do", LeadsTo::Platforms));
        let never = NoticeText::of(&[Trouble { worked_at: None, ..n8n.clone() }], at_minute(0), &face()).unwrap();
        assert_eq!(never.body, "n8n at Halden does not accept the key. Give it another key.", "nothing is shown of it");
        let two = NoticeText::of(&[n8n.clone(), platform(2, "Make")], at_minute(0), &face()).unwrap();
        assert_eq!((two.title.as_str(), two.body.as_str()), ("2 platforms need you", "n8n at Halden and Make."));
        assert_eq!(two.leads_to, LeadsTo::Platforms);
        let mixed = NoticeText::of(&[gmail(), n8n], at_minute(0), &face()).unwrap();
        assert_eq!((mixed.title.as_str(), mixed.leads_to), ("1 connection and 1 platform need you", LeadsTo::Board));
        assert!(mixed.body.starts_with("Gmail and n8n at Halden. Nightly invoices fails first"), "{}", mixed.body);
    }

    /// F4 B5: nobody is sent to sign in anew because of a guess.
    #[test]
    fn a_refusal_without_a_reason_is_told_as_that() {
        let text =
            NoticeText::of(&[Trouble { is_guess: true, first: None, ..gmail() }], at_minute(0), &face()).unwrap();

        assert_eq!(text.body, "Its provider refuses it and gives no reason.");
        assert_eq!(text.button, "Show what to do");
    }

    /// F4
    #[test]
    fn what_still_works_and_what_is_told_late_say_so() {
        let late = Trouble {
            works_until: Some(at_minute(500)),
            first: Some(FirstFailure { workflow: "Orders".into(), step: None, at: Some(at_minute(70)) }),
            workflow_count: 2,
            ..gmail()
        };
        let text = NoticeText::of(&[late], at_minute(100), &face()).unwrap();

        assert_eq!(
            text.body,
            "A new sign-in brings it back. It works until 09:20. Orders fails first, since 02:10; 1 more workflow stops. \
             So since 01:00."
        );
    }

    /// F4: nothing is invented where nothing is known.
    #[test]
    fn without_workflows_none_is_named() {
        let bare = Trouble { first: None, workflow_count: 0, action: ActionLabel::AskAdmin, ..gmail() };
        let text = NoticeText::of(&[bare], at_minute(0), &face()).unwrap();

        assert_eq!((text.body.as_str(), text.button), ("An administrator has to allow it.", "Show what to do"));
        assert_eq!(NoticeText::of(&[], at_minute(0), &face()), None);
    }

    /// F4
    #[test]
    fn many_are_named_by_the_worst_and_counted() {
        let named = |number: u64, name: &str| Trouble {
            about: About::Connection(ConnectionId::from_random(number)),
            name: name.into(),
            first: None,
            ..gmail()
        };
        let mut all = vec![named(2, "Drive"), named(3, "Slack"), named(4, "Notion")];
        assert_eq!(NoticeText::of(&all, at_minute(0), &face()).unwrap().body, "Drive, Slack and Notion.");
        all.push(gmail());
        let four = NoticeText::of(&all, at_minute(0), &face()).unwrap();
        assert!(four.body.starts_with("Drive, Slack, Notion and Gmail. Nightly invoices fails first"), "{}", four.body);
        assert!(four.body.ends_with("02:00, without Gmail."), "{}", four.body);
        all.extend((5..31).map(|number| named(number, "More")));
        let thirty = NoticeText::of(&all, at_minute(0), &face()).unwrap();
        assert_eq!(thirty.title, "30 connections need you");
        assert!(thirty.body.starts_with("Drive, Slack, Notion and 27 more."), "{}", thirty.body);
        assert_eq!((thirty.button, thirty.leads_to), ("Show them", LeadsTo::Queue));
    }

    /// S108: a name is text, cut and without tricks.
    #[test]
    fn long_and_tricky_names_stay_short_and_plain() {
        let tricky = Trouble { name: format!("\u{202e}{}\n", "x".repeat(4_000)), ..gmail() };
        let text = NoticeText::of(&[tricky], at_minute(0), &face()).unwrap();

        assert!(text.title.chars().count() < 80 && !text.title.contains('\u{202e}'), "{}", text.title);
    }

    /// F4
    #[test]
    fn times_name_the_day_when_it_is_another() {
        let face = ClockFace { zone: TimeZone::UTC, is_12: true };
        assert_eq!(face.at(at_minute(13 * 60), at_minute(0)), "2:00 pm");
        assert_eq!(face.at(at_minute(25 * 60), at_minute(0)), "Fri 2:00 am");
        assert_eq!(self::face().at(at_minute(20 * 24 * 60), at_minute(0)), "10 Dec, 01:00");
    }

    /// F2, S147: one question is asked in full, several are a count with the newest; names are data.
    #[test]
    fn programs_that_ask_are_one_message() {
        assert_eq!(NoticeText::of_questions(&[]), None);
        let one = NoticeText::of_questions(&[("backup.py", "Google ops")]).unwrap();
        assert_eq!(one.title, "Allow backup.py to use Google ops?");
        assert_eq!((one.button, one.leads_to), ("Answer", LeadsTo::Programs));

        let two = NoticeText::of_questions(&[("backup.py", "Google ops"), ("nightly.py", "Notion")]).unwrap();
        assert_eq!(two.title, "2 programs wait for your answer");
        assert_eq!(two.body, "The newest: nightly.py asks for tokens of Notion.");
    }
}
