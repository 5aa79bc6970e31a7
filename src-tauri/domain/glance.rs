//! The state of the whole at a glance: one mark by its shape, one sentence, the few that need a person [E1, F4].

use crate::ConnectionId;
use crate::blast_radius::incident::Open;
use crate::blast_radius::platform_needs::{CopyNeed, IncidentNeed, PlatformNeeds, UnreadNeed};
use crate::board::Headline;
use crate::display_text::cleaned;

/// So many are listed: a menu is no board.
pub const MOST_LISTED: usize = 8;
const LONGEST_NAME: usize = 40;

/// One of three shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GlanceMark {
    /// A disc: all is well.
    Well,
    /// A triangle: somebody has to act.
    NeedsPerson,
    /// A hollow diamond: not known to be well, and nothing for a person to do.
    Unproved,
}

impl GlanceMark {
    pub fn of(headline: &Headline, platforms: &PlatformNeeds) -> Self {
        if !platforms.is_empty() {
            return Self::NeedsPerson;
        }
        match headline {
            Headline::NeedsYou { .. }
            | Headline::Unsaved { .. }
            | Headline::Unreadable { .. }
            | Headline::PlatformsNeedYou { .. } => Self::NeedsPerson,
            Headline::AllWell { connection_count: 1.., unproved_count: 0, .. } => Self::Well,
            Headline::Empty | Headline::SomeDown { .. } | Headline::AllWell { .. } => Self::Unproved,
        }
    }
}

/// The sentence. `name_of` names a connection. What needs a person goes before what mends itself.
pub fn sentence(headline: &Headline, platforms: &PlatformNeeds, name_of: impl Fn(&ConnectionId) -> String) -> String {
    let name = |id: &ConnectionId| short(&name_of(id));
    let waits_for_platforms = matches!(headline, Headline::SomeDown { .. } | Headline::PlatformsNeedYou { .. });
    if let Some(said) = at_platforms(platforms).filter(|_| waits_for_platforms) {
        return said;
    }
    match headline {
        Headline::Empty => "Nothing is connected yet".to_owned(),
        Headline::Unreadable { count } => format!("The keychain is closed; {} for it", they_wait(*count)),
        Headline::Unsaved { count: 1, first } => format!("The new token of {} is not saved", name(first)),
        Headline::Unsaved { count, .. } => format!("{count} new tokens are not saved"),
        Headline::NeedsYou { count: 1, first, .. } => match platforms.copies.len() {
            0 => format!("{} needs you", name(first)),
            1 => format!("{} needs you, and 1 connection at a platform", name(first)),
            copies => format!("{} needs you, and {copies} connections at platforms", name(first)),
        },
        Headline::NeedsYou { count, first, .. } => format!("{count} connections need you; {} first", name(first)),
        Headline::PlatformsNeedYou { .. } => "A platform needs you".to_owned(),
        Headline::SomeDown { count: 1, first, .. } => format!("{} does not work just now", name(first)),
        Headline::SomeDown { count, .. } => format!("{count} connections do not work just now"),
        Headline::AllWell { connection_count: 0, .. } => "All connections are disconnected".to_owned(),
        Headline::AllWell { connection_count: 1, unproved_count: 0, .. } => "The one connection works".to_owned(),
        Headline::AllWell { connection_count, unproved_count: 0, .. } => {
            format!("All {connection_count} connections work")
        }
        Headline::AllWell { connection_count, unproved_count, .. } => {
            format!("{unproved_count} of {connection_count} not proved yet")
        }
    }
}

/// Copies first: what waits for them stands still. Then what cannot be seen.
fn at_platforms(needs: &PlatformNeeds) -> Option<String> {
    let of_copy = |it: &CopyNeed| format!("{} in {}", short(&it.name), short(&it.platform));
    Some(match (needs.copies.as_slice(), needs.unread.as_slice(), needs.incidents.as_slice()) {
        ([], [], []) => return None,
        ([copy], _, _) => format!("{} needs you", of_copy(copy)),
        ([first, ..], _, _) => {
            format!("{} connections at platforms need you; {} first", needs.copies.len(), of_copy(first))
        }
        ([], [UnreadNeed { name, .. }], _) => format!("{} cannot be read; it needs you", short(name)),
        ([], [_, ..], _) => format!("{} platforms cannot be read; they need you", needs.unread.len()),
        ([], [], [incident]) => of_incident(incident),
        ([], [], [_, ..]) => format!("{} incidents are still open", needs.incidents.len()),
    })
}

fn of_incident(incident: &IncidentNeed) -> String {
    let name = short(&incident.name);
    match incident.stands {
        Some(Open::Paused(1)) => format!("{name}: 1 workflow is still paused"),
        Some(Open::Paused(count)) => format!("{name}: {count} workflows are still paused"),
        Some(Open::Unvalidated(1)) => format!("{name}: 1 workflow was not seen running again"),
        Some(Open::Unvalidated(count)) => format!("{name}: {count} workflows were not seen running again"),
        Some(Open::Broken) | None => format!("The incident of {name} is still open"),
    }
}

/// A name that fits into a menu.
pub fn short(text: &str) -> String {
    let whole = cleaned(text.trim(), usize::MAX);
    if whole.chars().count() <= LONGEST_NAME {
        return whole;
    }
    let start: String = whole.chars().take(LONGEST_NAME - 1).collect();
    format!("{}…", start.trim_end())
}

fn they_wait(count: usize) -> String {
    if count == 1 { "1 connection waits".to_owned() } else { format!("{count} connections wait") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{IncidentId, PlatformConnectionId, PlatformId};

    fn said(headline: &Headline) -> String {
        sentence(headline, &PlatformNeeds::default(), |_| "Gmail".to_owned())
    }

    fn mark(headline: &Headline) -> GlanceMark {
        GlanceMark::of(headline, &PlatformNeeds::default())
    }

    /// E1: nothing is called well that is not known to be.
    #[test]
    fn only_what_was_proved_is_called_well() {
        let well =
            |connection_count, unproved_count| Headline::AllWell { connection_count, unproved_count, next_end: None };
        assert_eq!((mark(&well(12, 0)), said(&well(12, 0))), (GlanceMark::Well, "All 12 connections work".into()));
        assert_eq!((mark(&well(12, 2)), said(&well(12, 2))), (GlanceMark::Unproved, "2 of 12 not proved yet".into()));
        assert_eq!(mark(&well(0, 0)), GlanceMark::Unproved);
        assert_eq!(mark(&Headline::Empty), GlanceMark::Unproved);
    }

    /// E1, S154
    #[test]
    fn what_needs_a_person_is_said_first() {
        let first = ConnectionId::from_random(1);
        let two = Headline::NeedsYou { count: 2, first: first.clone(), next_end: None };
        assert_eq!((mark(&two), said(&two)), (GlanceMark::NeedsPerson, "2 connections need you; Gmail first".into()));
        let closed = Headline::Unreadable { count: 1 };
        assert_eq!(
            (mark(&closed), said(&closed)),
            (GlanceMark::NeedsPerson, "The keychain is closed; 1 connection waits for it".into())
        );
        let unsaved = Headline::Unsaved { count: 1, first };
        assert_eq!(said(&unsaved), "The new token of Gmail is not saved");
    }

    /// A8, D4, E1: what needs a person at a platform is said, and marked, whatever else holds.
    #[test]
    fn what_needs_a_person_at_a_platform_is_said() {
        let copy = |number| CopyNeed {
            connection: PlatformConnectionId::from_random(number),
            name: "Gmail".to_owned(),
            platform: "n8n".to_owned(),
            since: None,
            waiting_count: 3,
            incident: None,
        };
        let incident = |stands| IncidentNeed { incident: IncidentId::from_random(1), name: "Drive".into(), stands };
        let unread = UnreadNeed {
            platform: PlatformId::from_random(1),
            name: "n8n".to_owned(),
            words: String::new(),
            read_at: None,
        };
        let none = PlatformNeeds::default;
        let one = PlatformNeeds { copies: vec![copy(1)], unread: vec![unread.clone()], ..none() };
        let two = PlatformNeeds { copies: vec![copy(1), copy(2)], incidents: vec![incident(None)], ..none() };
        let paused = PlatformNeeds { incidents: vec![incident(Some(Open::Paused(2)))], ..none() };
        let old = PlatformNeeds { unread: vec![unread.clone()], ..paused.clone() };
        let both_old = PlatformNeeds { unread: vec![unread.clone(), unread], ..none() };
        let at_platforms = Headline::PlatformsNeedYou { connection_count: 5, unproved_count: 0, next_end: None };
        let first = ConnectionId::from_random(1);
        let down = Headline::SomeDown { count: 1, first: first.clone(), next_end: None };
        let needs_you = Headline::NeedsYou { count: 1, first, next_end: None };
        for (headline, needs, expected) in [
            (&at_platforms, &one, "Gmail in n8n needs you"),
            (&at_platforms, &two, "2 connections at platforms need you; Gmail in n8n first"),
            (&at_platforms, &paused, "Drive: 2 workflows are still paused"),
            (&at_platforms, &old, "n8n cannot be read; it needs you"),
            (&at_platforms, &both_old, "2 platforms cannot be read; they need you"),
            (&down, &one, "Gmail in n8n needs you"),
            (&down, &old, "n8n cannot be read; it needs you"),
            (&needs_you, &two, "Slack needs you, and 2 connections at platforms"),
            (&needs_you, &paused, "Slack needs you"),
        ] {
            assert_eq!(sentence(headline, needs, |_| "Slack".to_owned()), expected);
            assert_eq!(GlanceMark::of(headline, needs), GlanceMark::NeedsPerson, "{expected}");
        }
    }

    #[test]
    fn a_long_name_fits_into_a_menu() {
        let long = short(&"brightwater ".repeat(500));
        assert!(long.chars().count() <= LONGEST_NAME && long.ends_with('…'), "{long}");
        assert_eq!(short(" a\u{202e}b "), "ab");
    }
}
