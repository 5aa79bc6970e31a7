//! What a person was told of, and what is held back for them [F4].

use domain::alert::{About, Seen};
use domain::{ConnectionId, PlatformConnectionId, PlatformId};

use super::columns::{read, read_moment, written_moment};
use super::{Store, StoreError};

/// With which the id of a platform's connection begins.
const COPY: &str = "pco_";
/// With which the id of a platform begins.
const PLATFORM: &str = "pla_";

impl Store {
    /// All of them, connections first, by their ids.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_seen_alerts(&self) -> Result<Vec<Seen>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached("SELECT connection, seen_at, told_at FROM seen_alerts")?;
            let mut rows = statement.query([])?;
            let mut seen = vec![];
            while let Some(row) = rows.next()? {
                seen.push(Seen {
                    about: about_of(read::<String>(row, "connection")?),
                    seen_at: read_moment(row, "seen_at")?,
                    told_at: read::<Option<i64>>(row, "told_at")?.map(|_| read_moment(row, "told_at")).transpose()?,
                });
            }
            // As a look gives them: in another order what is the same would be written down at every look, for ever.
            seen.sort_by(|one, other| one.about.cmp(&other.about));
            Ok(seen)
        })
    }

    /// These, and no others. A power cut may take it: then something is told once more.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn put_seen_alerts(&self, seen: &[Seen]) -> Result<(), StoreError> {
        self.write_unsynced(|writing| {
            writing.execute("DELETE FROM seen_alerts", [])?;
            let mut statement =
                writing.prepare_cached("INSERT INTO seen_alerts (connection, seen_at, told_at) VALUES (?1, ?2, ?3)")?;
            for it in seen {
                statement.execute((text_of(&it.about), written_moment(it.seen_at), it.told_at.map(written_moment)))?;
            }
            Ok(())
        })
    }
}

/// Ids say by their beginning what they are of.
pub(super) fn about_of(id: String) -> About {
    if id.starts_with(COPY) {
        About::Copy(PlatformConnectionId::from_text(id))
    } else if id.starts_with(PLATFORM) {
        About::Platform(PlatformId::from_text(id))
    } else {
        About::Connection(ConnectionId::from_text(id))
    }
}

pub(super) fn text_of(about: &About) -> &str {
    match about {
        About::Connection(id) => id.as_str(),
        About::Copy(id) => id.as_str(),
        About::Platform(id) => id.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    /// F4
    #[test]
    fn what_was_seen_is_kept_as_it_was_put_last() {
        let store = Store::in_memory().unwrap();
        let at = |second: i64| Timestamp::from_second(1_763_600_400 + second).unwrap();
        let seen = |about, told_at| Seen { about, seen_at: at(0), told_at };
        let all = [
            seen(About::Connection(ConnectionId::from_random(1)), Some(at(5))),
            seen(About::Copy(PlatformConnectionId::from_random(2)), None),
            seen(About::Platform(PlatformId::from_random(3)), Some(at(7))),
        ];

        store.put_seen_alerts(&all).unwrap();
        assert_eq!(store.list_seen_alerts().unwrap(), all);
        store.put_seen_alerts(&all[1..]).unwrap();
        assert_eq!(store.list_seen_alerts().unwrap(), all[1..]);
    }
}
