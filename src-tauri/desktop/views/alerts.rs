//! Channels that alerts go to, and what became of their messages [F4].

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{CauseLabel, Millis, QuietView};

/// All channels, and what holds for all.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct AlertsView {
    /// By name.
    pub channels: Vec<AlertChannelView>,
    pub quiet: Option<QuietView>,
    /// Null: it is not quiet just now.
    pub quiet_until: Option<Millis>,
    /// A process of this board sends by itself.
    pub is_sent: bool,
}

/// A channel, and how it goes with it. What is secret of it is in the keychain and nowhere else.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct AlertChannelView {
    pub id: String,
    pub name: String,
    pub kind: ChannelKindView,
    /// Where it leads, as far as that may be shown: an origin, addresses, a program.
    pub target: String,
    /// Of mail alone.
    pub mail: Option<MailServerView>,
    pub is_on: bool,
    pub rule: ChannelRuleView,
    /// Messages that are on their way.
    pub waiting_count: u32,
    /// The oldest of those: the others wait for it.
    pub next: Option<DeliveryView>,
    /// What it has noticed, and no message tells yet.
    pub held_count: u32,
    /// When it took a message last.
    pub delivered_at: Option<Millis>,
    /// The newest message, however that went.
    pub last: Option<DeliveryView>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKindView {
    Webhook,
    Slack,
    Teams,
    Mail,
    Command,
}

/// How a server for mail is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct MailServerView {
    pub server: String,
    pub port: u16,
    pub security: MailSecurityView,
    pub user: Option<String>,
    pub from: String,
}

/// What keeps the way to a server for mail private.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MailSecurityView {
    Starttls,
    Tls,
    /// Nothing.
    Plain,
}

/// What a channel tells. Empty lists narrow nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChannelRuleView {
    /// What needs a person.
    pub troubles: bool,
    /// Grants that end within so many days, 1 to 365. Null: they are not told.
    pub ahead_days: Option<u32>,
    /// Certificates that hold no more.
    pub certificates: bool,
    pub causes: Vec<CauseLabel>,
    pub customers: Vec<String>,
    pub production_only: bool,
    /// Only where a workflow stops that matters at least so much.
    pub importance: Option<ImportanceView>,
    /// Only once the first run that fails is within so many hours, 1 to 8760.
    pub within_hours: Option<u32>,
}

/// How much it matters when a workflow does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ImportanceView {
    Critical,
    Normal,
    Minor,
}

/// A message to one channel.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct DeliveryView {
    pub number: u32,
    pub channel: String,
    pub kind: MessageKindView,
    pub title: String,
    pub made_at: Millis,
    pub state: DeliveryStateView,
    pub attempts: u32,
    /// The last that was in the way, also of one that arrived later.
    pub failure: Option<FailedTryView>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MessageKindView {
    Raised,
    Ahead,
    Resolved,
    Certificate,
    Test,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DeliveryStateView {
    Waiting { next_try_at: Option<Millis> },
    Delivered { at: Millis },
    GivenUp { at: Millis },
}

/// A try that brought no receipt.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct FailedTryView {
    pub at: Millis,
    /// The word scripts see, such as `redirected`.
    pub code: String,
    /// What happened, without secrets.
    pub words: String,
}

/// A page of messages, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct DeliveriesView {
    pub rows: Vec<DeliveryView>,
    pub has_more: bool,
}

/// What came of adding a channel.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct AddedChannelView {
    pub id: String,
    /// A signing secret was made; it can be copied, and is never shown.
    pub has_made_secret: bool,
    pub alerts: AlertsView,
}

/// What a person filled in to add a channel.
#[derive(Deserialize, TS)]
pub struct NewChannelForm {
    pub name: String,
    pub target: NewChannelTarget,
    pub rule: ChannelRuleView,
}

/// Where it leads. Addresses, keys and passwords cross once, towards the keychain; they never come back.
#[derive(Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NewChannelTarget {
    Webhook {
        address: String,
        /// Null: one is made.
        key: Option<String>,
    },
    Slack {
        address: String,
    },
    Teams {
        address: String,
    },
    Mail {
        server: String,
        /// Null: the usual one of `security`.
        port: Option<u16>,
        security: MailSecurityView,
        user: Option<String>,
        password: Option<String>,
        from: String,
        to: Vec<String>,
        /// The path of a certificate (PEM) of an authority of one's own.
        authority: Option<String>,
    },
    Command {
        program: String,
        arguments: Vec<String>,
    },
}
