//! What the engine notices, told to the window.

use std::path::PathBuf;

use engine::{Engine, Notice};
use tauri::{AppHandle, Emitter, Runtime};
use tokio::sync::broadcast::error::RecvError;

use crate::views::SignInView;

/// The names of `contract::Events`, as the window listens for them.
const CONNECTION_CHANGED: &str = "connection-changed";
const SIGN_IN_CHANGED: &str = "sign-in-changed";
const PLATFORM_CHANGED: &str = "platform-changed";
const INCIDENT_CHANGED: &str = "incident-changed";
const FILE_DROPPED: &str = "file-dropped";

/// Forwards every notice until the engine is gone.
pub(crate) fn forward<R: Runtime>(app: &AppHandle<R>, engine: &Engine) {
    let (app, engine) = (app.clone(), engine.clone());
    let mut notices = engine.notices();
    tauri::async_runtime::spawn(async move {
        loop {
            let sent = match notices.recv().await {
                Ok(Notice::ConnectionChanged(id)) => app.emit(CONNECTION_CHANGED, id.map(|id| id.to_string())),
                Ok(Notice::SignInChanged(id)) => match engine.sign_in(&id) {
                    Ok(sign_in) => app.emit(SIGN_IN_CHANGED, SignInView::from(&sign_in)),
                    Err(_) => Ok(()),
                },
                Ok(Notice::PlatformChanged(id)) => app.emit(PLATFORM_CHANGED, id.map(|id| id.to_string())),
                Ok(Notice::IncidentChanged(id)) => app.emit(INCIDENT_CHANGED, id.map(|id| id.to_string())),
                // Whoever began a reading tells how far it is; that it is over changes its platform.
                Ok(Notice::ReadingChanged(_)) => Ok(()),
                Err(RecvError::Lagged(_)) => [CONNECTION_CHANGED, PLATFORM_CHANGED, INCIDENT_CHANGED]
                    .into_iter()
                    .try_for_each(|changed| app.emit(changed, None::<String>)),
                Err(RecvError::Closed) => return,
            };
            if let Err(error) = sent {
                tracing::warn!(%error, "the window could not be told of a change");
            }
        }
    });
}

/// Tells of what was dropped onto the window: the first path, and nothing of what stands there [A1].
pub(crate) fn tell_of_drop<R: Runtime>(app: &AppHandle<R>, paths: &[PathBuf]) {
    let Some(path) = paths.first() else { return };
    if let Err(error) = app.emit(FILE_DROPPED, path.to_string_lossy()) {
        tracing::warn!(%error, "the window could not be told of a dropped file");
    }
}
