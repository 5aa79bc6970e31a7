//! What Patchbay may do by itself: on, metered, paused, offline; kept in the database, so that every process of
//! the board obeys at once [B14].

use domain::connection::status::Watching;
use domain::lifecycle::refresh_mode::{RefreshMode, Upkeep};
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use jiff::Timestamp;

use crate::{Engine, Error, Notice};

/// `<word> <milliseconds since 1970>`: what it is, and since when.
const MODE_SETTING: &str = "refresh_mode";

impl Engine {
    /// As a person switched it.
    pub fn refresh_mode(&self) -> Result<RefreshMode, Error> {
        Ok(self.switched()?.map_or(RefreshMode::default(), |(mode, _)| mode))
    }

    /// Since when it is switched so; `None` where nobody ever switched it.
    pub fn refresh_mode_since(&self) -> Result<Option<Timestamp>, Error> {
        Ok(self.switched()?.map(|(_, since)| since))
    }

    /// Switches it for the whole board and for every process of it.
    pub fn set_refresh_mode(&self, mode: RefreshMode) -> Result<(), Error> {
        if mode == self.refresh_mode()? {
            return Ok(());
        }
        let now = self.parts.clock.now();
        self.parts.store.put_setting(MODE_SETTING, &format!("{} {}", mode.as_str(), now.as_millisecond()))?;
        let mut event = LifecycleEvent::new(now, EventKind::SettingsChanged, None);
        event.subject = Some(format!("refresh mode {}", mode.as_str()));
        self.parts.store.append_event(&event)?;
        self.notify(Notice::ConnectionChanged(None));
        Ok(())
    }

    /// Whether anybody refreshes by itself just now.
    pub fn watching(&self) -> Result<Watching, Error> {
        Ok(match (self.switched()?, self.network_down_since()) {
            (Some((mode, since)), _) if mode != RefreshMode::On => Watching::Switched { mode, since },
            (_, Some(since)) => Watching::NetworkDown { since },
            (_, None) => Watching::Running,
        })
    }

    /// Who renews tokens by itself just now: as switched, and whether a program runs that does it.
    pub fn upkeep(&self) -> Result<Upkeep, Error> {
        Ok(Upkeep::of(self.refresh_mode()?, self.is_watched()))
    }

    /// Asked before any request to a provider leaves.
    pub(crate) fn refuse_when_offline(&self) -> Result<(), Error> {
        match self.refresh_mode()? {
            RefreshMode::Offline => Err(Error::Offline),
            RefreshMode::On | RefreshMode::Metered | RefreshMode::Paused => Ok(()),
        }
    }

    /// What stands in the database. Words of a later version mean what they always meant: on.
    fn switched(&self) -> Result<Option<(RefreshMode, Timestamp)>, Error> {
        let Some(text) = self.parts.store.setting(MODE_SETTING)? else { return Ok(None) };
        Ok(text.split_once(' ').and_then(|(word, since)| {
            let since = Timestamp::from_millisecond(since.parse().ok()?).ok()?;
            Some((RefreshMode::from_text(word)?, since))
        }))
    }
}
