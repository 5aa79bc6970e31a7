//! What the engine notices, told to the window.

use std::path::PathBuf;
use std::time::Duration;

use domain::{ChecklistId, ConnectionId, IncidentId, PlatformId};
use engine::flows::connect::SignInId;
use engine::{Engine, Notice};
use tauri::{AppHandle, Emitter, Runtime};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use crate::views::SignInView;

/// The names of `contract::Events`, as the window listens for them.
const CONNECTION_CHANGED: &str = "connection-changed";
const SIGN_IN_CHANGED: &str = "sign-in-changed";
const PLATFORM_CHANGED: &str = "platform-changed";
const INCIDENT_CHANGED: &str = "incident-changed";
const REHEARSAL_CHANGED: &str = "rehearsal-changed";
const QUEUE_CHANGED: &str = "queue-changed";
const PROGRAMS_CHANGED: &str = "programs-changed";
const ALERTS_CHANGED: &str = "alerts-changed";
const FILE_DROPPED: &str = "file-dropped";

/// The window draws no oftener than this: what changes in between is told together.
const BETWEEN_TWO: Duration = Duration::from_millis(100);
/// More of one kind are told as "more than one".
const MOST_ONE_BY_ONE: usize = 8;

/// Forwards every notice until the engine is gone: the first at once, those that crowd after it together.
pub(crate) fn forward<R: Runtime>(app: &AppHandle<R>, engine: &Engine) {
    let (app, engine) = (app.clone(), engine.clone());
    let mut notices = engine.notices();
    tauri::async_runtime::spawn(async move {
        loop {
            let mut crowd = Crowd::default();
            match notices.recv().await {
                Ok(notice) => crowd.note(notice),
                Err(RecvError::Lagged(_)) => crowd.note_missed(),
                Err(RecvError::Closed) => return,
            }
            loop {
                match notices.try_recv() {
                    Ok(notice) => crowd.note(notice),
                    Err(TryRecvError::Lagged(_)) => crowd.note_missed(),
                    Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                }
            }
            if crowd.is_empty() {
                continue;
            }
            if let Err(error) = crowd.tell(&app, &engine) {
                tracing::warn!(%error, "the window could not be told of a change");
            }
            tokio::time::sleep(BETWEEN_TWO).await;
        }
    });
}

/// Changes that are told together.
#[derive(Debug, Default, PartialEq)]
struct Crowd {
    connections: Changed<ConnectionId>,
    platforms: Changed<PlatformId>,
    incidents: Changed<IncidentId>,
    checklists: Changed<ChecklistId>,
    sign_ins: Vec<SignInId>,
    /// Whether any sign-in may have changed.
    is_any_sign_in: bool,
    is_queue: bool,
    is_programs: bool,
    is_alerts: bool,
}

/// What of one kind changed.
#[derive(Debug, PartialEq)]
enum Changed<Id> {
    These(Vec<Id>),
    /// More than one can name.
    Many,
}

impl<Id> Default for Changed<Id> {
    fn default() -> Self {
        Self::These(vec![])
    }
}

impl<Id: PartialEq + ToString> Changed<Id> {
    fn note(&mut self, id: Option<Id>) {
        match (&mut *self, id) {
            (Self::Many, _) => {}
            (Self::These(ids), Some(id)) if ids.contains(&id) => {}
            (Self::These(ids), Some(id)) if ids.len() < MOST_ONE_BY_ONE => ids.push(id),
            (Self::These(_), _) => *self = Self::Many,
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::These(ids) if ids.is_empty())
    }

    fn tell<R: Runtime>(&self, app: &AppHandle<R>, event: &str) -> tauri::Result<()> {
        match self {
            Self::These(ids) => ids.iter().try_for_each(|id| app.emit(event, Some(id.to_string()))),
            Self::Many => app.emit(event, None::<String>),
        }
    }
}

impl Crowd {
    fn note(&mut self, notice: Notice) {
        match notice {
            Notice::ConnectionChanged(id) => self.connections.note(id),
            Notice::PlatformChanged(id) => self.platforms.note(id),
            Notice::IncidentChanged(id) => self.incidents.note(id),
            Notice::SignInChanged(id) => {
                if !self.sign_ins.contains(&id) {
                    self.sign_ins.push(id);
                }
            }
            Notice::ChecklistChanged(id) => self.checklists.note(id),
            Notice::QueueChanged => self.is_queue = true,
            Notice::ProgramsChanged => self.is_programs = true,
            Notice::AlertWishesChanged => self.is_alerts = true,
            // Whoever began a reading tells how far it is; that it is over changes its platform. The other is for
            // messages alone.
            Notice::ReadingChanged(_) | Notice::CertificateWithdrawn { .. } => {}
        }
    }

    /// Some were missed: all may have changed.
    fn note_missed(&mut self) {
        (self.connections, self.platforms, self.incidents) = (Changed::Many, Changed::Many, Changed::Many);
        (self.checklists, self.is_any_sign_in, self.is_queue) = (Changed::Many, true, true);
        (self.is_programs, self.is_alerts) = (true, true);
    }

    fn is_empty(&self) -> bool {
        self.connections.is_empty()
            && self.platforms.is_empty()
            && self.incidents.is_empty()
            && self.checklists.is_empty()
            && self.sign_ins.is_empty()
            && !self.is_any_sign_in
            && !self.is_queue
            && !self.is_programs
            && !self.is_alerts
    }

    fn tell<R: Runtime>(&self, app: &AppHandle<R>, engine: &Engine) -> tauri::Result<()> {
        // As they stand now: what they were in between nobody needs to draw.
        for sign_in in self.sign_ins.iter().filter_map(|id| engine.sign_in(id).ok()) {
            app.emit(SIGN_IN_CHANGED, Some(SignInView::from(&sign_in)))?;
        }
        if self.is_any_sign_in {
            app.emit(SIGN_IN_CHANGED, None::<SignInView>)?;
        }
        self.connections.tell(app, CONNECTION_CHANGED)?;
        self.platforms.tell(app, PLATFORM_CHANGED)?;
        self.incidents.tell(app, INCIDENT_CHANGED)?;
        self.checklists.tell(app, REHEARSAL_CHANGED)?;
        if self.is_programs {
            app.emit(PROGRAMS_CHANGED, ())?;
        }
        if self.is_alerts {
            app.emit(ALERTS_CHANGED, ())?;
        }
        if self.is_queue { app.emit(QUEUE_CHANGED, ()) } else { Ok(()) }
    }
}

/// Tells of what was dropped onto the window: the first path, and nothing of what stands there [A1].
pub(crate) fn tell_of_drop<R: Runtime>(app: &AppHandle<R>, paths: &[PathBuf]) {
    let Some(path) = paths.first() else { return };
    if let Err(error) = app.emit(FILE_DROPPED, path.to_string_lossy()) {
        tracing::warn!(%error, "the window could not be told of a dropped file");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// E1: ten thousand updates a second are a few words to the window.
    #[test]
    fn a_crowd_of_changes_is_a_few_words() {
        let mut crowd = Crowd::default();
        assert!(crowd.is_empty());
        for _ in 0..10_000 {
            crowd.note(Notice::ConnectionChanged(Some(ConnectionId::from_random(1))));
        }
        assert_eq!(crowd.connections, Changed::These(vec![ConnectionId::from_random(1)]));

        for number in 0..10_000 {
            crowd.note(Notice::ConnectionChanged(Some(ConnectionId::from_random(number))));
            crowd.note(Notice::IncidentChanged(None));
        }
        assert_eq!((&crowd.connections, &crowd.incidents), (&Changed::Many, &Changed::Many));
        assert!(crowd.platforms.is_empty() && !crowd.is_empty());
        let mut missed = Crowd::default();
        missed.note_missed();
        assert!(missed.platforms == Changed::Many && missed.is_any_sign_in, "what was missed may be anything");
    }
}
