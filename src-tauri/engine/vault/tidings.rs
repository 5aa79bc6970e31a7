//! What the keychain says of itself without being asked: that it was locked, unlocked, gone or is back [A3, S160].

#[cfg(target_os = "linux")]
use futures_util::StreamExt as _;
#[cfg(target_os = "linux")]
use zbus::{Connection, MatchRule, MessageStream, message::Type};

#[cfg(target_os = "linux")]
use super::glance::{NAME, ROOT};

/// An ear at the keychain; the default hears nothing.
#[derive(Default)]
pub struct Tidings {
    #[cfg(target_os = "linux")]
    of_the_service: bool,
    #[cfg(target_os = "linux")]
    heard: Option<Ears>,
}

#[cfg(target_os = "linux")]
struct Ears {
    /// A collection was locked or unlocked.
    locks: MessageStream,
    /// The service came or went.
    owners: MessageStream,
}

impl Tidings {
    /// At the Secret Service of the session.
    #[cfg(target_os = "linux")]
    pub(super) fn of_the_service() -> Self {
        Self { of_the_service: true, heard: None }
    }

    /// Comes back when something was said that may be news; never, where nobody says anything. Cancelling loses
    /// nothing that a look does not see.
    #[cfg_attr(not(target_os = "linux"), expect(clippy::unused_async, reason = "the others say nothing"))]
    pub async fn next(&mut self) {
        #[cfg(target_os = "linux")]
        if self.hear().await.is_ok() {
            return;
        }
        std::future::pending::<()>().await;
    }

    /// Whether there is somebody to be told by.
    #[cfg_attr(not(target_os = "linux"), expect(clippy::unused_async, reason = "the others say nothing"))]
    pub async fn is_told(&mut self) -> bool {
        #[cfg(target_os = "linux")]
        return self.ears().await.is_ok();
        #[cfg(not(target_os = "linux"))]
        return false;
    }

    #[cfg(target_os = "linux")]
    async fn ears(&mut self) -> zbus::Result<&mut Ears> {
        if !self.of_the_service {
            return Err(zbus::Error::Unsupported);
        }
        match &mut self.heard {
            Some(ears) => Ok(ears),
            none => Ok(none.insert(Ears::open().await?)),
        }
    }

    #[cfg(target_os = "linux")]
    async fn hear(&mut self) -> zbus::Result<()> {
        let Ears { locks, owners } = self.ears().await?;
        let said = tokio::select! {
            said = locks.next() => said,
            said = owners.next() => said,
        };
        // The bus itself went: the next look finds out whether it is back.
        if !matches!(said, Some(Ok(_))) {
            self.heard = None;
            return Err(zbus::Error::InvalidReply);
        }
        Ok(())
    }
}

#[cfg(target_os = "linux")]
impl Ears {
    async fn open() -> zbus::Result<Self> {
        let connection = Connection::session().await?;
        // By path and not by sender: a name that has no owner yet matches no sender.
        let locks = MatchRule::builder()
            .msg_type(Type::Signal)
            .path_namespace(ROOT)?
            .interface("org.freedesktop.DBus.Properties")?
            .member("PropertiesChanged")?
            .arg(0, "org.freedesktop.Secret.Collection")?
            .build();
        let owners = MatchRule::builder()
            .msg_type(Type::Signal)
            .sender("org.freedesktop.DBus")?
            .interface("org.freedesktop.DBus")?
            .member("NameOwnerChanged")?
            .arg(0, NAME)?
            .build();
        Ok(Self {
            locks: MessageStream::for_match_rule(locks, &connection, None).await?,
            owners: MessageStream::for_match_rule(owners, &connection, None).await?,
        })
    }
}
