//! The desktop around the window: closing, messages, start at login, links [F4].

use domain::alert::{QuietHours, Wishes};
use domain::closing::ClosingWish;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// As it is switched.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct DeskView {
    pub closing: ClosingView,
    /// A tray shows that Patchbay runs while its window is closed.
    pub has_tray: bool,
    /// Null: this system cannot be asked.
    pub starts_at_login: Option<bool>,
    pub alerts: bool,
    /// Null: messages come at any hour.
    pub quiet: Option<QuietView>,
    pub mail_links: MailLinksView,
}

/// What closing the window does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ClosingView {
    /// It is asked at the first closing.
    Ask,
    KeepRunning,
    Quit,
}

/// From one time of the day to another, such as `22:00` and `07:00`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct QuietView {
    pub from: String,
    pub until: String,
}

/// Links in mail open the window.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct MailLinksView {
    pub is_on: bool,
    /// `http://127.0.0.1:20123`; null before it was on for the first time.
    pub address: Option<String>,
    /// Why it does not listen though it is on.
    pub failure: Option<String>,
}

/// One switch.
#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum DeskChange {
    Closing { wish: ClosingView },
    StartsAtLogin { on: bool },
    Alerts { on: bool },
    Quiet { hours: Option<QuietView> },
    MailLinks { on: bool },
}

/// What waits for the page, from outside of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum AskView {
    Board,
    /// Of a message that tells of several: all that needs a sign-in.
    Queue,
    /// Of a message about platforms alone: what keeps each from being read stands there.
    Platforms,
    /// Of a message about a program that asks.
    Programs,
    Connection {
        id: String,
    },
    /// A link asks for it: a person is asked before anything begins.
    Reconnect {
        id: String,
    },
    /// A person clicked it in the tray or on a message: what the status asks for begins.
    Mend {
        id: String,
    },
    /// A link names nothing on this board.
    UnknownLink,
    /// The window was closed: keep running, or quit.
    Closing {
        has_tray: bool,
    },
    /// The page died and was loaded again.
    PageCameBack,
}

/// What a person says to that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ClosingAnswer {
    KeepRunning,
    Quit,
    /// The window stays open, and nothing is decided.
    Stay,
}

impl From<ClosingWish> for ClosingView {
    fn from(wish: ClosingWish) -> Self {
        match wish {
            ClosingWish::Ask => Self::Ask,
            ClosingWish::KeepRunning => Self::KeepRunning,
            ClosingWish::Quit => Self::Quit,
        }
    }
}

impl From<ClosingView> for ClosingWish {
    fn from(view: ClosingView) -> Self {
        match view {
            ClosingView::Ask => Self::Ask,
            ClosingView::KeepRunning => Self::KeepRunning,
            ClosingView::Quit => Self::Quit,
        }
    }
}

impl QuietView {
    pub fn of(wishes: Wishes) -> Option<Self> {
        let text = wishes.quiet?.to_string();
        let (from, until) = text.split_once('-')?;
        Some(Self { from: from.to_owned(), until: until.to_owned() })
    }

    /// # Errors
    /// Where these are not two different times.
    pub fn hours(&self) -> Result<QuietHours, domain::alert::BadQuietHours> {
        format!("{}-{}", self.from, self.until).parse()
    }
}
