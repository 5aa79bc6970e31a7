//! The state of the whole at a glance: one mark by its shape, one sentence, the few that need a person [E1, F4].

use crate::ConnectionId;
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
    pub fn of(headline: &Headline) -> Self {
        match headline {
            Headline::NeedsYou { .. } | Headline::Unsaved { .. } | Headline::Unreadable { .. } => Self::NeedsPerson,
            Headline::AllWell { connection_count: 1.., unproved_count: 0, .. } => Self::Well,
            Headline::Empty | Headline::SomeDown { .. } | Headline::AllWell { .. } => Self::Unproved,
        }
    }
}

/// The sentence. `name_of` names a connection.
pub fn sentence(headline: &Headline, name_of: impl Fn(&ConnectionId) -> String) -> String {
    let name = |id: &ConnectionId| short(&name_of(id));
    match headline {
        Headline::Empty => "Nothing is connected yet".to_owned(),
        Headline::Unreadable { count } => format!("The keychain is closed; {} for it", they_wait(*count)),
        Headline::Unsaved { count: 1, first } => format!("The new token of {} is not saved", name(first)),
        Headline::Unsaved { count, .. } => format!("{count} new tokens are not saved"),
        Headline::NeedsYou { count: 1, first, .. } => format!("{} needs you", name(first)),
        Headline::NeedsYou { count, first, .. } => format!("{count} connections need you; {} first", name(first)),
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

    fn said(headline: &Headline) -> String {
        sentence(headline, |_| "Gmail".to_owned())
    }

    /// E1: nothing is called well that is not known to be.
    #[test]
    fn only_what_was_proved_is_called_well() {
        let well =
            |connection_count, unproved_count| Headline::AllWell { connection_count, unproved_count, next_end: None };
        assert_eq!(
            (GlanceMark::of(&well(12, 0)), said(&well(12, 0))),
            (GlanceMark::Well, "All 12 connections work".into())
        );
        assert_eq!(
            (GlanceMark::of(&well(12, 2)), said(&well(12, 2))),
            (GlanceMark::Unproved, "2 of 12 not proved yet".into())
        );
        assert_eq!(GlanceMark::of(&well(0, 0)), GlanceMark::Unproved);
        assert_eq!(GlanceMark::of(&Headline::Empty), GlanceMark::Unproved);
    }

    /// E1, S154
    #[test]
    fn what_needs_a_person_is_said_first() {
        let first = ConnectionId::from_random(1);
        let two = Headline::NeedsYou { count: 2, first: first.clone(), next_end: None };
        assert_eq!(
            (GlanceMark::of(&two), said(&two)),
            (GlanceMark::NeedsPerson, "2 connections need you; Gmail first".into())
        );
        let closed = Headline::Unreadable { count: 1 };
        assert_eq!(
            (GlanceMark::of(&closed), said(&closed)),
            (GlanceMark::NeedsPerson, "The keychain is closed; 1 connection waits for it".into())
        );
        let unsaved = Headline::Unsaved { count: 1, first };
        assert_eq!(said(&unsaved), "The new token of Gmail is not saved");
    }

    #[test]
    fn a_long_name_fits_into_a_menu() {
        let long = short(&"brightwater ".repeat(500));
        assert!(long.chars().count() <= LONGEST_NAME && long.ends_with('…'), "{long}");
        assert_eq!(short(" a\u{202e}b "), "ab");
    }
}
