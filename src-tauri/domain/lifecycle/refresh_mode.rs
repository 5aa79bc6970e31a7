//! What Patchbay may do by itself, as a person switched it [B14].

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
