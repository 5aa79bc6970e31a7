//! Which platform is read again next, and the one reading that is under way: part of the sleeping loop, with no task for
//! a platform that waits [D2, B14].

use std::collections::HashMap;
use std::time::Duration;

use domain::PlatformId;
use domain::blast_radius::reading_time::next_reading;
use domain::lifecycle::refresh_mode::RefreshMode;
use jiff::Timestamp;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use crate::flows::platforms::can_be_asked;
use crate::{Engine, Error};

/// One that was just read is left alone this long at least, whatever could not be written down.
const LEAST_PAUSE: Duration = Duration::from_secs(60);
/// A reading takes a tenth of the time at most: one of ten minutes is made every hour and forty minutes.
const SHARE: u32 = 10;

/// A reading that is over.
#[derive(Debug)]
pub(super) struct Ended {
    id: PlatformId,
    begun_at: Timestamp,
    took: Duration,
}

/// What the loop remembers of the platforms.
#[derive(Debug, Default)]
pub(super) struct Readings {
    /// Up to which writing the list is, and for which mode.
    seen: Option<(i64, RefreshMode)>,
    /// Those that are due some time, the next one first.
    coming: Vec<(Timestamp, PlatformId)>,
    left_alone: HashMap<PlatformId, Timestamp>,
    under_way: JoinSet<Ended>,
}

impl Readings {
    /// Everything anew at the next look.
    pub(super) fn clear(&mut self) {
        self.seen = None;
        self.left_alone.clear();
    }

    /// Takes in what changed: one number is asked for, and the list only where that is another one.
    pub(super) fn catch_up(&mut self, engine: &Engine, mode: RefreshMode, now: Timestamp) {
        let listed = engine.parts.store.wiring_revision().and_then(|revision| {
            if self.seen == Some((revision, mode)) {
                return Ok(None);
            }
            self.seen = Some((revision, mode));
            engine.parts.store.list_platforms().map(Some)
        });
        let platforms = match listed {
            Ok(Some(platforms)) => platforms,
            Ok(None) => return,
            Err(error) => {
                self.seen = None;
                tracing::warn!(%error, "the platforms could not be listed; trying again soon");
                return;
            }
        };
        self.left_alone.retain(|id, _| platforms.iter().any(|it| it.id == *id));
        let due = |platform: &domain::blast_radius::Platform| {
            let at = next_reading(platform, mode, now).filter(|_| can_be_asked(platform))?;
            let until = self.left_alone.get(&platform.id).copied();
            Some((until.map_or(at, |until| until.max(at)), platform.id.clone()))
        };
        self.coming = platforms.iter().filter_map(due).collect();
        self.coming.sort();
    }

    /// Begins the one that has waited longest, if none is under way. When to look again, where it is not the end of that
    /// one that wakes.
    pub(super) fn start_what_is_due(&mut self, engine: &Engine, now: Timestamp) -> Option<Timestamp> {
        if !self.under_way.is_empty() {
            return None;
        }
        let (at, id) = self.coming.first()?.clone();
        if at > now {
            return Some(at);
        }
        self.coming.remove(0);
        let engine = engine.clone();
        self.under_way.spawn(async move {
            let begun = Instant::now();
            match engine.read_platform(&id).await {
                Ok(_) | Err(Error::ReadingUnderWay(_) | Error::PlatformGone(_)) => {}
                Err(error) => tracing::info!(platform = %id, %error, "a platform could not be read by itself"),
            }
            Ended { id, begun_at: now, took: begun.elapsed() }
        });
        None
    }

    /// The one under way has ended; never where there is none.
    pub(super) async fn ended(&mut self) -> Option<Result<Ended, JoinError>> {
        self.under_way.join_next().await
    }

    pub(super) fn end(&mut self, ended: Result<Ended, JoinError>) {
        match ended {
            Ok(Ended { id, begun_at, took }) => {
                let pause = took.saturating_mul(SHARE).max(LEAST_PAUSE);
                self.left_alone.insert(id, begun_at.checked_add(pause).unwrap_or(begun_at));
            }
            // Which one it was is not known: all of them wait for their times as they are written down.
            Err(error) => tracing::warn!(%error, "a reading ended unexpectedly"),
        }
        self.seen = None;
    }
}
