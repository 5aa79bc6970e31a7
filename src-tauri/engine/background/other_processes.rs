//! Notices what another process wrote to the same board: the command line beside the window, and the
//! other way round. Told by the file system; asks by itself only where there is nobody to tell [S160].

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

use crate::{Engine, Notice};

/// What is written together is looked at together; soon enough for a person who looks from the terminal to the
/// window.
const SETTLE: Duration = Duration::from_millis(100);
/// Where no one tells of writes: one integer is read each time.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Tells of what is written to the database, by us too, as long as it is kept.
pub struct Writes {
    written: Arc<Notify>,
    _watcher: RecommendedWatcher,
}

impl Writes {
    /// Comes back a moment after something was written since the last time. Cancelling loses nothing.
    pub async fn next(&self) {
        self.written.notified().await;
        tokio::time::sleep(SETTLE).await;
    }
}

impl Engine {
    /// An ear at the database. `None`: the data folder cannot be watched, so that one has to look.
    pub fn writes(&self) -> Option<Writes> {
        let written = Arc::new(Notify::new());
        match watch(self.parts.store.path(), Arc::clone(&written)) {
            Ok(watcher) => Some(Writes { written, _watcher: watcher }),
            Err(error) => {
                tracing::warn!(%error, "the data folder cannot be watched; looking every now and then");
                None
            }
        }
    }

    /// Tells the window to ask again whenever the database was changed by someone else.
    pub(super) async fn notice_other_processes(&self) {
        let writes = self.writes();
        let mut seen = self.parts.store.data_version().ok();
        loop {
            match &writes {
                Some(writes) => writes.next().await,
                None => tokio::time::sleep(LOOK_EVERY).await,
            }
            let now = self.parts.store.data_version().ok();
            if now != seen {
                seen = now;
                self.notify(Notice::ConnectionChanged(None));
            }
        }
    }
}

/// Tells of every write to the database or its log, our own too, as long as the answer is kept.
fn watch(database: &Path, written: Arc<Notify>) -> notify::Result<RecommendedWatcher> {
    let (Some(folder), Some(name)) = (database.parent(), database.file_name()) else {
        return Err(notify::Error::path_not_found());
    };
    let mut log = name.to_owned();
    log.push("-wal");
    let names = [name.to_owned(), log];
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let concerns_us = match event {
            Ok(event) => is_write(event.kind) && event.paths.iter().any(|it| is_one_of(it, &names)),
            // Something may have been missed.
            Err(_) => true,
        };
        if concerns_us {
            written.notify_one();
        }
    })?;
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

/// Reading is no cause to read again.
fn is_write(kind: EventKind) -> bool {
    match kind {
        EventKind::Any | EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Other => true,
        EventKind::Access(_) => false,
    }
}

fn is_one_of(path: &Path, names: &[std::ffi::OsString]) -> bool {
    path.file_name().is_some_and(|found| names.iter().any(|name| name == found))
}
