//! Settings: a word each, and its value as text.

use rusqlite::OptionalExtension as _;

use super::{Store, StoreError};

impl Store {
    /// # Errors
    /// Any of the store's.
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached("SELECT value FROM settings WHERE key = ?1")?;
            Ok(statement.query_row([key], |row| row.get(0)).optional()?)
        })
    }

    /// Sets it, or replaces what it was.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn put_setting(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.write(|writing| {
            writing.execute(
                "INSERT INTO settings (key, value) VALUES (?1, ?2)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (key, value),
            )?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A1
    #[test]
    fn a_setting_is_what_it_was_set_to_last() {
        let store = Store::in_memory().unwrap();
        assert_eq!(store.setting("theme").unwrap(), None);

        store.put_setting("theme", "light").unwrap();
        store.put_setting("theme", "dark").unwrap();

        assert_eq!(store.setting("theme").unwrap().as_deref(), Some("dark"));
    }
}
