//! A signing secret that was made here, on its way to its receiver: over the clipboard, never through the page [A3, S126].

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use arboard::Clipboard;
#[cfg(target_os = "macos")]
use arboard::SetExtApple as _;
#[cfg(target_os = "linux")]
use arboard::SetExtLinux as _;
#[cfg(target_os = "windows")]
use arboard::SetExtWindows as _;
use domain::Secret;
use tauri::{AppHandle, Manager as _, Runtime, State};

use crate::CommandError;

/// Long enough to be pasted at the receiver's page.
const ON_THE_CLIPBOARD: Duration = Duration::from_secs(60);

/// Those that were made, until their receivers have them: a second one ends no minute of the first.
#[derive(Default)]
pub(crate) struct MadeSecrets(Mutex<Vec<Made>>);

struct Made {
    /// The channel or destination it was made for.
    of: String,
    secret: Secret,
    /// On X11 and Wayland what is copied is there as long as its owner is.
    clipboard: Option<Clipboard>,
    /// How often it was copied: the minute of each begins anew.
    copies: u32,
    /// The receiver has it: it is forgotten once the clipboard is.
    is_done: bool,
}

impl MadeSecrets {
    pub(crate) fn keep(&self, of: &str, secret: Secret) {
        self.let_go();
        self.made().push(Made { of: of.to_owned(), secret, clipboard: None, copies: 0, is_done: false });
    }

    /// The receivers have them: only the keychain holds them from here on, and the clipboard until its minute is over.
    fn let_go(&self) {
        let mut made = self.made();
        made.retain(|it| it.clipboard.is_some());
        made.iter_mut().for_each(|it| it.is_done = true);
    }

    fn made(&self) -> std::sync::MutexGuard<'_, Vec<Made>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts it onto the clipboard, marked as nothing that a history keeps.
    #[expect(clippy::disallowed_methods, reason = "a person hands it to the receiver; the page never sees it")]
    fn copy(&self, of: &str) -> Result<u32, engine::Error> {
        let mut made = self.made();
        let gone = || engine::Error::BadInput("that signing secret is not held any more; add the receiver again");
        let made = made.iter_mut().find(|it| it.of == of && !it.is_done).ok_or_else(gone)?;
        let copied = Clipboard::new().and_then(|mut clipboard| {
            let marked = clipboard.set().exclude_from_history();
            #[cfg(target_os = "windows")]
            let marked = marked.exclude_from_cloud().exclude_from_monitoring();
            marked.text(made.secret.expose_secret()).map(|()| clipboard)
        });
        match copied {
            Ok(clipboard) => {
                made.clipboard = Some(clipboard);
                made.copies += 1;
                Ok(made.copies)
            }
            Err(error) => {
                tracing::warn!(%error, "the clipboard could not be written");
                Err(engine::Error::BadInput("the clipboard of this desktop cannot be written to"))
            }
        }
    }

    /// Takes it off the clipboard where it is still what stands there, and was not copied again meanwhile.
    #[expect(clippy::disallowed_methods, reason = "compared with what stands on the clipboard")]
    fn clear(&self, of: &str, copies: u32) {
        let mut kept = self.made();
        let Some(made) = kept.iter_mut().find(|it| it.of == of && it.copies == copies) else { return };
        let Some(mut clipboard) = made.clipboard.take() else { return };
        if clipboard.get_text().is_ok_and(|it| it == made.secret.expose_secret())
            && let Err(error) = clipboard.clear()
        {
            tracing::warn!(%error, "the clipboard could not be cleared");
        }
        kept.retain(|it| !it.is_done || it.clipboard.is_some());
    }
}

#[tauri::command]
pub(crate) async fn copy_signing_secret<R: Runtime>(app: AppHandle<R>, id: String) -> Result<(), CommandError> {
    let (handle, of) = (app.clone(), id.clone());
    // Another program may be slow to hand the clipboard over.
    let copying = tauri::async_runtime::spawn_blocking(move || handle.state::<MadeSecrets>().copy(&of));
    let copies = copying.await.map_err(|_| engine::Error::TaskEnded)??;
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(ON_THE_CLIPBOARD).await;
        let clearing = move || app.state::<MadeSecrets>().clear(&id, copies);
        if tauri::async_runtime::spawn_blocking(clearing).await.is_err() {
            tracing::warn!("the clipboard was not cleared");
        }
    });
    Ok(())
}

#[tauri::command]
pub(crate) async fn drop_signing_secret(made: State<'_, MadeSecrets>) -> Result<(), CommandError> {
    made.let_go();
    Ok(())
}
