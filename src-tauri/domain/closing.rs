//! What closing the window does: it hides where it can be found again, asks once, or ends the program [F4].

/// What a person said closing is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClosingWish {
    /// Nobody has said it yet: it is asked at the first closing.
    #[default]
    Ask,
    KeepRunning,
    Quit,
}

impl ClosingWish {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::KeepRunning => "keep_running",
            Self::Quit => "quit",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Ask, Self::KeepRunning, Self::Quit].into_iter().find(|it| it.as_str() == text)
    }
}

/// What happens on a close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnClose {
    Hide,
    /// The window asks, and stays.
    Ask,
    Quit,
}

/// What is known when somebody closes the window.
#[derive(Debug, Clone, Copy)]
pub struct Closing {
    pub wish: ClosingWish,
    /// A hidden window can be found again.
    pub has_tray: bool,
    /// There is something to keep alive.
    pub has_connections: bool,
    /// The question stands, and nobody has answered: perhaps the page cannot show it.
    pub is_asked: bool,
}

impl Closing {
    pub fn decide(self) -> OnClose {
        match self.wish {
            ClosingWish::Quit => OnClose::Quit,
            _ if !self.has_connections => OnClose::Quit,
            ClosingWish::KeepRunning if self.has_tray => OnClose::Hide,
            // Closed again instead of answered: whoever does that wants it gone.
            ClosingWish::Ask | ClosingWish::KeepRunning if self.is_asked => OnClose::Quit,
            ClosingWish::Ask | ClosingWish::KeepRunning => OnClose::Ask,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closing(wish: ClosingWish) -> Closing {
        Closing { wish, has_tray: true, has_connections: true, is_asked: false }
    }

    /// F4: a program that runs on can be reached.
    #[test]
    fn a_window_hides_only_where_a_tray_brings_it_back() {
        let keep = closing(ClosingWish::KeepRunning);
        assert_eq!(keep.decide(), OnClose::Hide);
        assert_eq!(Closing { has_tray: false, ..keep }.decide(), OnClose::Ask);
        assert_eq!(Closing { has_tray: false, is_asked: true, ..keep }.decide(), OnClose::Quit);
    }

    /// F4
    #[test]
    fn it_is_asked_once_and_a_second_close_is_an_answer() {
        let ask = closing(ClosingWish::Ask);
        assert_eq!(ask.decide(), OnClose::Ask);
        assert_eq!(Closing { is_asked: true, ..ask }.decide(), OnClose::Quit, "a page that hangs keeps nobody");
        assert_eq!(closing(ClosingWish::Quit).decide(), OnClose::Quit);
    }

    #[test]
    fn without_connections_there_is_nothing_to_run_for() {
        for wish in [ClosingWish::Ask, ClosingWish::KeepRunning, ClosingWish::Quit] {
            assert_eq!(Closing { has_connections: false, ..closing(wish) }.decide(), OnClose::Quit);
            assert_eq!(ClosingWish::from_text(wish.as_str()), Some(wish));
        }
    }
}
