//! What Patchbay may do by itself: on, metered, paused, offline [B14].

use domain::connection::status::Watching;
use domain::lifecycle::refresh_mode::RefreshMode;
use jiff::Timestamp;

use crate::{Engine, Error};

impl Engine {
    /// As a person switched it.
    pub fn refresh_mode(&self) -> Result<RefreshMode, Error> {
        Ok(RefreshMode::default())
    }

    /// Switches it for the whole board and for every process of it.
    pub fn set_refresh_mode(&self, _mode: RefreshMode) -> Result<(), Error> {
        Ok(())
    }

    /// Whether anybody refreshes by itself just now.
    pub fn watching(&self) -> Result<Watching, Error> {
        Ok(Watching::Running)
    }

    /// Since when no provider could be reached.
    pub fn network_down_since(&self) -> Option<Timestamp> {
        None
    }
}
