//! Links in mail: a loopback address of this board that opens a screen, switched on by a person, on a port that stays
//! [F4, S027, S111].

use domain::link::Link;

use crate::redirect_listener::links::LinkListener;
use crate::{Engine, Error};

const LINKS_SETTING: &str = "mail_links";
const PORT_SETTING: &str = "mail_links_port";

impl Engine {
    /// Whether a person wants links in mail to open the window. Off until somebody switches it on: an open port is
    /// nothing a board needs.
    ///
    /// # Errors
    /// The database's.
    pub fn wants_mail_links(&self) -> Result<bool, Error> {
        Ok(self.parts.store.setting(LINKS_SETTING)?.as_deref() == Some("on"))
    }

    /// # Errors
    /// The database's.
    pub fn set_mail_links(&self, is_on: bool) -> Result<(), Error> {
        Ok(self.parts.store.put_setting(LINKS_SETTING, if is_on { "on" } else { "off" })?)
    }

    /// The port that this board's links name, once it has one.
    ///
    /// # Errors
    /// The database's.
    pub fn mail_links_port(&self) -> Result<Option<u16>, Error> {
        Ok(self.parts.store.setting(PORT_SETTING)?.and_then(|it| it.parse().ok()))
    }

    /// Listens on the port this board has had before, or on one that is chosen now and kept: links that were sent name it.
    ///
    /// # Errors
    /// [`Error::ListenerUnavailable`] when another program sits on the kept port; the database's.
    pub async fn listen_for_links(&self) -> Result<LinkListener, Error> {
        let kept = self.mail_links_port()?;
        let listener = LinkListener::bind(kept).await?;
        if kept.is_none() {
            self.parts.store.put_setting(PORT_SETTING, &listener.port().to_string())?;
        }
        Ok(listener)
    }

    /// Whether what a link names is on this board.
    pub fn knows_link(&self, link: &Link) -> bool {
        match link {
            Link::Board => true,
            Link::Connection(id) | Link::Reconnect(id) => self.overview(id).is_ok(),
        }
    }
}
