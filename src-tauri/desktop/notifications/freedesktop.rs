//! Messages of a Linux desktop, with a button that comes back (Desktop Notifications Specification 1.2) [F4].

use std::collections::{BTreeSet, HashMap};

use super::Answer;
use domain::alert::NoticeText;
use zbus::Connection;
use zbus::zvariant::Value;

/// Both the button and the message itself come back as a choice.
const CHOICES: [&str; 2] = ["default", "mend"];

#[zbus::proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications",
    gen_blocking = false
)]
trait Notifications {
    #[expect(clippy::too_many_arguments, reason = "the specification's own")]
    fn notify(
        &self,
        app_name: &str,
        replaces_id: u32,
        app_icon: &str,
        summary: &str,
        body: &str,
        actions: &[&str],
        hints: HashMap<&str, Value<'_>>,
        expire_timeout: i32,
    ) -> zbus::Result<u32>;

    fn close_notification(&self, id: u32) -> zbus::Result<()>;

    fn get_capabilities(&self) -> zbus::Result<Vec<String>>;

    #[zbus(signal)]
    fn action_invoked(&self, id: u32, action_key: String) -> zbus::Result<()>;

    #[zbus(signal)]
    fn notification_closed(&self, id: u32, reason: u32) -> zbus::Result<()>;
}

/// The desktop's messages; reached with the first one.
#[derive(Default)]
pub(super) struct Messages {
    open: Option<Open>,
    /// Those of ours that are shown.
    shown: BTreeSet<u32>,
}

struct Open {
    proxy: NotificationsProxy<'static>,
    chosen: ActionInvokedStream,
    closed: NotificationClosedStream,
}

impl Messages {
    /// Shows one, in place of `replaced` where that is not 0; the number it is shown under.
    pub(super) async fn tell(&mut self, replaced: u32, text: &NoticeText) -> zbus::Result<Option<u32>> {
        let open = match self.open.take() {
            Some(open) => open,
            None => Open::new().await?,
        };
        let open = self.open.insert(open);
        let has = open.proxy.get_capabilities().await?;
        let has = |name: &str| has.iter().any(|it| it == name);
        let body = if has("body-markup") { escaped(&text.body) } else { text.body.clone() };
        let actions: &[&str] = if has("actions") { &["default", text.button, "mend", text.button] } else { &[] };
        let hints = HashMap::from([
            ("urgency", Value::U8(1)),
            ("category", Value::from("network.error")),
            ("desktop-entry", Value::from("Patchbay")),
        ]);
        let sent = open.proxy.notify("Patchbay", replaced, "patchbay-desktop", &text.title, &body, actions, hints, -1);
        let id = sent.await?;
        self.shown.insert(id);
        Ok(Some(id))
    }

    /// Takes one back, without a sound.
    pub(super) async fn withdraw(&mut self, id: u32) {
        self.shown.remove(&id);
        if let Some(open) = &self.open
            && let Err(error) = open.proxy.close_notification(id).await
        {
            tracing::debug!(%error, "a message was gone already");
        }
    }

    /// What a person does next with a message of ours. Cancel-safe. Waits for ever while none was shown.
    pub(super) async fn answer(&mut self) -> Answer {
        let Some(open) = &mut self.open else { return std::future::pending().await };
        loop {
            let answer = tokio::select! {
                // A desktop closes a message that was chosen: the choice came first.
                biased;
                Some(signal) = next(&mut open.chosen) => match signal.args() {
                    Ok(it) if CHOICES.contains(&it.action_key.as_str()) => Answer::Chosen(it.id),
                    Ok(_) | Err(_) => continue,
                },
                Some(signal) = next(&mut open.closed) => match signal.args() {
                    Ok(it) => Answer::Closed(it.id),
                    Err(_) => continue,
                },
                else => return std::future::pending().await,
            };
            let (Answer::Chosen(id) | Answer::Closed(id)) = &answer;
            // Others' messages go by here too. One that was chosen is not shown any more.
            if self.shown.remove(id) {
                return answer;
            }
        }
    }
}

impl Open {
    async fn new() -> zbus::Result<Self> {
        let bus = Connection::session().await?;
        let proxy = NotificationsProxy::new(&bus).await?;
        let chosen = proxy.receive_action_invoked().await?;
        let closed = proxy.receive_notification_closed().await?;
        Ok(Self { proxy, chosen, closed })
    }
}

/// Names are text, whatever they hold.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The next of a stream.
async fn next<S: zbus::export::futures_core::Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    std::future::poll_fn(|context| std::pin::Pin::new(&mut *stream).poll_next(context)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S108
    #[test]
    fn a_name_makes_no_markup() {
        assert_eq!(escaped("<a href=\"x\">A & B</a>"), "&lt;a href=\"x\"&gt;A &amp; B&lt;/a&gt;");
    }
}
