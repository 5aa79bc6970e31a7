//! `org.freedesktop.Notifications` (Desktop Notifications Specification 1.2), as strict as the text: an unknown number is
//! replaced by nobody, markup that is none is refused.

use std::collections::{BTreeSet, HashMap};

use serde_json::json;
use zbus::blocking::Connection;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedValue;
use zbus::{fdo, interface};

use super::say;

const PATH: &str = "/org/freedesktop/Notifications";
const INTERFACE: &str = "org.freedesktop.Notifications";
/// By a person.
const DISMISSED: u32 = 2;
/// By `CloseNotification`.
const CLOSED: u32 = 3;

#[derive(Default)]
pub(super) struct Messages {
    shown: BTreeSet<u32>,
    last: u32,
}

#[interface(name = "org.freedesktop.Notifications")]
impl Messages {
    #[expect(clippy::too_many_arguments, reason = "the specification's own")]
    fn notify(
        &mut self,
        app_name: &str,
        replaces_id: u32,
        _app_icon: &str,
        summary: &str,
        body: &str,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        _expire_timeout: i32,
    ) -> fdo::Result<u32> {
        let has_bare_markup = body.contains('<') || body.split('&').skip(1).any(|it| !is_entity(it));
        if app_name.is_empty() || summary.is_empty() || !actions.len().is_multiple_of(2) || has_bare_markup {
            say(&json!({ "event": "wrong", "summary": summary, "body": body, "actions": actions }));
            return Err(fdo::Error::InvalidArgs("this is no message".to_owned()));
        }
        let id = if replaces_id != 0 {
            replaces_id
        } else {
            self.last += 1;
            self.last
        };
        let is_new = self.shown.insert(id);
        self.last = self.last.max(id);
        let mut hints: Vec<_> = hints.into_keys().collect();
        hints.sort();
        say(&json!({
            "event": "message", "id": id, "replaces": replaces_id, "is_new": is_new, "summary": summary, "body": body,
            "actions": actions, "hints": hints,
        }));
        Ok(id)
    }

    async fn close_notification(
        &mut self,
        id: u32,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> fdo::Result<()> {
        if !self.shown.remove(&id) {
            say(&json!({ "event": "wrong", "why": format!("message {id} is not shown") }));
            return Err(fdo::Error::InvalidArgs("no such message".to_owned()));
        }
        say(&json!({ "event": "withdrawn", "id": id }));
        Ok(Self::notification_closed(&emitter, id, CLOSED).await?)
    }

    fn get_capabilities(&self) -> Vec<&'static str> {
        vec!["actions", "body", "body-markup"]
    }

    fn get_server_information(&self) -> (&'static str, &'static str, &'static str, &'static str) {
        ("desktop_shell", "tests", "1", "1.2")
    }

    #[zbus(signal)]
    async fn notification_closed(emitter: &SignalEmitter<'_>, id: u32, reason: u32) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action_key: &str) -> zbus::Result<()>;
}

fn is_entity(behind: &str) -> bool {
    ["amp;", "lt;", "gt;", "quot;", "apos;"].iter().any(|it| behind.starts_with(it))
}

/// A person presses a button; the message goes with it.
pub(super) fn choose(bus: &Connection, id: u32, key: &str) -> zbus::Result<()> {
    bus.emit_signal(None::<()>, PATH, INTERFACE, "ActionInvoked", &(id, key))?;
    dismiss(bus, id)
}

/// A person closes it.
pub(super) fn dismiss(bus: &Connection, id: u32) -> zbus::Result<()> {
    bus.object_server().interface::<_, Messages>(PATH)?.get_mut().shown.remove(&id);
    bus.emit_signal(None::<()>, PATH, INTERFACE, "NotificationClosed", &(id, DISMISSED))
}
