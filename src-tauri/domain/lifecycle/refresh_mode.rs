//! What Patchbay may do by itself, as a person switched it, and whether anybody is there to do it [B14].

/// One switch for the whole board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RefreshMode {
    /// Every token is refreshed ahead of its end.
    #[default]
    On,
    /// Only what would otherwise be lost, or is asked for: the network costs money.
    Metered,
    /// Nothing by itself; a click and a script still refresh.
    Paused,
    /// No request leaves, whoever asks.
    Offline,
}

impl RefreshMode {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Metered => "metered",
            Self::Paused => "paused",
            Self::Offline => "offline",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::On, Self::Metered, Self::Paused, Self::Offline].into_iter().find(|it| it.as_str() == text)
    }
}

/// What comes of that: who renews tokens by itself. A promise is made only where somebody keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Upkeep {
    /// A program watches over the board, and refreshes ahead of time.
    #[default]
    Running,
    /// A program watches, and refreshes only what would otherwise be lost.
    Metered,
    /// It is metered, and no program runs that would do even that.
    MeteredByNobody,
    Paused,
    Offline,
    /// It is on, and no program runs that would do it.
    Nobody,
}

impl Upkeep {
    pub fn of(mode: RefreshMode, is_watched: bool) -> Self {
        match mode {
            RefreshMode::On if is_watched => Self::Running,
            RefreshMode::On => Self::Nobody,
            RefreshMode::Metered if is_watched => Self::Metered,
            RefreshMode::Metered => Self::MeteredByNobody,
            RefreshMode::Paused => Self::Paused,
            RefreshMode::Offline => Self::Offline,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// B14: a switch keeps the program that runs from refreshing, and no switch makes one run.
    #[test]
    fn tokens_are_renewed_by_themselves_only_where_it_is_on_and_somebody_is_there() {
        assert_eq!(Upkeep::of(RefreshMode::On, true), Upkeep::Running);
        assert_eq!(Upkeep::of(RefreshMode::On, false), Upkeep::Nobody);
        for (is_watched, metered) in [(true, Upkeep::Metered), (false, Upkeep::MeteredByNobody)] {
            let of = |mode| Upkeep::of(mode, is_watched);
            let switched = [of(RefreshMode::Metered), of(RefreshMode::Paused), of(RefreshMode::Offline)];
            assert_eq!(switched, [metered, Upkeep::Paused, Upkeep::Offline], "watched: {is_watched}");
        }
    }
}
