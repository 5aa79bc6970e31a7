//! What a person wants closing the window to do; kept with the board [F4].

use domain::closing::ClosingWish;

use crate::{Engine, Error};

const CLOSING_SETTING: &str = "closing";

impl Engine {
    /// As a person said last. A word of a later version asks again.
    ///
    /// # Errors
    /// The database's.
    pub fn closing_wish(&self) -> Result<ClosingWish, Error> {
        let text = self.parts.store.setting(CLOSING_SETTING)?;
        Ok(text.and_then(|it| ClosingWish::from_text(&it)).unwrap_or_default())
    }

    /// # Errors
    /// The database's.
    pub fn set_closing_wish(&self, wish: ClosingWish) -> Result<(), Error> {
        Ok(self.parts.store.put_setting(CLOSING_SETTING, wish.as_str())?)
    }

    /// Whether there is anything to keep alive.
    ///
    /// # Errors
    /// The database's.
    pub fn has_connections(&self) -> Result<bool, Error> {
        Ok(!self.parts.store.list_connections()?.is_empty())
    }
}
