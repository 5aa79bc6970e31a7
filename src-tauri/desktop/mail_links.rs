//! Links in mail open the window: the listener runs while a person wants it [F4, S111].

use std::sync::{Mutex, MutexGuard, PoisonError};

use tauri::async_runtime::JoinHandle;
use tauri::{AppHandle, Manager as _, Runtime};

use crate::arguments::GivenLink;
use crate::{CommandError, Opened, desk};

/// The listener, where it runs, or why it does not.
#[derive(Default)]
pub(crate) struct MailLinks(Mutex<Listening>);

#[derive(Default)]
struct Listening {
    task: Option<JoinHandle<()>>,
    failure: Option<String>,
}

impl MailLinks {
    fn state(&self) -> MutexGuard<'_, Listening> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why it does not listen though it is wanted.
    pub(crate) fn failure(&self) -> Option<String> {
        self.state().failure.clone()
    }

    fn stop(&self) {
        let mut state = self.state();
        state.failure = None;
        if let Some(task) = state.task.take() {
            task.abort();
        }
    }
}

/// Begins to listen, or stops, as the board says.
pub(crate) async fn apply<R: Runtime>(app: &AppHandle<R>) {
    let links = app.state::<MailLinks>();
    let opened = app.state::<Opened>();
    let Ok(engine) = opened.engine() else { return };
    let is_wanted = engine.wants_mail_links().unwrap_or(false);
    if !is_wanted {
        return links.stop();
    }
    if links.state().task.is_some() {
        return;
    }
    match engine.listen_for_links().await {
        Ok(mut listener) => {
            let heard = app.clone();
            let task = tauri::async_runtime::spawn(async move {
                while let Some(link) = listener.next().await {
                    desk::open_link(&heard, &GivenLink::Ours(link));
                }
            });
            let mut state = links.state();
            state.failure = None;
            if let Some(other) = state.task.replace(task) {
                other.abort();
            }
        }
        Err(error) => {
            let CommandError { message, .. } = error.into();
            tracing::warn!(message, "links in mail are not listened for");
            links.state().failure = Some(message);
        }
    }
}
