//! A message as it is kept, signed and sent: JSON in the form that Standard Webhooks recommends (type, timestamp, data);
//! every other channel is written from it [F4].

use domain::alert::{About, ChannelFailure, ChannelText, MessageKind, Told, Trouble};
use domain::link::Link;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Of more than these, the board tells: receivers take some tens of kilobytes.
const MOST_ITEMS: usize = 100;

/// A message with its name, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageBody {
    /// The same at each try.
    pub name: String,
    /// The JSON text, letter by letter as it is signed.
    pub text: String,
}

/// What it says. Field names are what receivers see; nothing secret is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertMessage {
    pub r#type: String,
    pub timestamp: Timestamp,
    pub data: AlertData,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertData {
    /// As in `webhook-id`.
    pub message: String,
    pub title: String,
    /// A sentence or two; may be empty.
    pub text: String,
    /// In which the times of the text are.
    pub time_zone: String,
    /// How many it is about, also those that are left out of the list.
    pub count: usize,
    pub items: Vec<ItemBody>,
}

/// One connection or platform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemBody {
    pub id: String,
    pub kind: String,
    pub name: String,
    /// The name aside; may be empty.
    pub text: String,
    /// Opens the window where it is mended.
    pub link: String,
    /// The same as a web address, where links in mail are switched on.
    pub web_link: Option<String>,
    pub platform: Option<String>,
    pub customers: Vec<String>,
    pub environment: Option<String>,
    pub cause: Option<String>,
    pub action: Option<String>,
    pub since: Option<Timestamp>,
    pub works_until: Option<Timestamp>,
    pub first_failing_run: Option<RunBody>,
    pub workflow_count: usize,
    /// Of what is over: the message that told it.
    pub raised_by: Option<String>,
}

/// The first run that fails.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunBody {
    pub workflow: String,
    pub step: Option<String>,
    pub at: Option<Timestamp>,
}

impl MessageBody {
    pub(super) fn parsed(&self) -> Result<AlertMessage, ChannelFailure> {
        serde_json::from_str(&self.text)
            .map_err(|_| ChannelFailure::Unusable { words: "the message is of another version".to_owned() })
    }
}

impl AlertMessage {
    /// `links_port`: where links in mail lead, if they are switched on.
    pub fn new(
        name: &str,
        kind: MessageKind,
        text: ChannelText,
        now: Timestamp,
        zone: &TimeZone,
        links_port: Option<u16>,
    ) -> Self {
        let items = text.items.iter().take(MOST_ITEMS).map(|it| ItemBody {
            id: id_of(&it.about).to_owned(),
            kind: kind_of(&it.about).to_owned(),
            name: it.name.clone(),
            text: it.line.clone(),
            link: it.link.address(),
            web_link: links_port.map(|port| web_link(&it.link, port)),
            platform: None,
            customers: vec![],
            environment: None,
            cause: None,
            action: None,
            since: None,
            works_until: None,
            first_failing_run: None,
            workflow_count: 0,
            raised_by: None,
        });
        Self {
            r#type: type_of(kind).to_owned(),
            // The log and the database tell milliseconds.
            timestamp: Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now),
            data: AlertData {
                message: name.to_owned(),
                title: text.title,
                text: text.lead,
                time_zone: named_zone(zone, now),
                count: text.items.len(),
                items: items.collect(),
            },
        }
    }

    /// With what is known of each trouble, in the same order.
    #[must_use]
    pub fn with_troubles(mut self, troubles: &[Trouble]) -> Self {
        for (item, it) in self.data.items.iter_mut().zip(troubles) {
            item.platform.clone_from(&it.platform);
            item.customers = it.customers.iter().cloned().collect();
            item.environment = it.environment.map(|it| it.as_str().to_owned());
            item.cause = it.cause.map(|it| it.as_str().to_owned());
            item.action = Some(it.action.as_str().to_owned());
            item.since = it.since;
            item.works_until = it.works_until;
            item.first_failing_run = it.first.as_ref().map(|first| RunBody {
                workflow: first.workflow.clone(),
                step: first.step.clone(),
                at: first.at,
            });
            item.workflow_count = it.workflow_count;
        }
        self
    }

    /// With the messages that told each, in the same order.
    #[must_use]
    pub fn with_raised_by(mut self, told: &[Told]) -> Self {
        for (item, it) in self.data.items.iter_mut().zip(told) {
            item.raised_by.clone_from(&it.message);
        }
        self
    }

    /// The text that is kept and signed. `None` never happens with what is in it.
    pub fn written(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }
}

/// `alert.raised` and so on: what receivers switch on.
fn type_of(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Raised => "alert.raised",
        MessageKind::Ahead => "alert.ahead",
        MessageKind::Resolved => "alert.resolved",
        MessageKind::Certificate => "certificate.withdrawn",
        MessageKind::Test => "alert.test",
    }
}

fn id_of(about: &About) -> &str {
    match about {
        About::Connection(id) => id.as_str(),
        About::Copy(id) => id.as_str(),
        About::Platform(id) => id.as_str(),
    }
}

fn kind_of(about: &About) -> &'static str {
    match about {
        About::Connection(_) => "connection",
        About::Copy(_) => "platform_connection",
        About::Platform(_) => "platform",
    }
}

/// Mail programs open web addresses only; this one opens the window on the computer that listens there.
fn web_link(link: &Link, port: u16) -> String {
    format!("http://127.0.0.1:{port}/{}", link.path())
}

/// `Europe/Berlin (UTC+01:00)`: whoever reads it may be elsewhere.
fn named_zone(zone: &TimeZone, now: Timestamp) -> String {
    let offset = now.to_zoned(zone.clone()).strftime("UTC%:z").to_string();
    match zone.iana_name() {
        Some(name) if name != "UTC" => format!("{name} ({offset})"),
        Some(_) | None => offset,
    }
}
