//! Patchbay's own parts, checked on request, and how large the window draws.

use tauri::{Runtime, State, WebviewWindow};

use crate::views::{KeychainView, SelfCheckView};
use crate::{CommandError, Opened};

/// In hundredths. Further out nothing can be read, further in nothing fits.
const SMALLEST: u32 = 50;
const LARGEST: u32 = 300;

#[tauri::command]
pub(crate) async fn self_check(opened: State<'_, Opened>) -> Result<Vec<SelfCheckView>, CommandError> {
    Ok(opened.engine()?.check_self().await.iter().map(SelfCheckView::from).collect())
}

/// Answers when the person has, at the desktop's own question; how the keychain stands then.
#[tauri::command]
pub(crate) async fn unlock_keychain(opened: State<'_, Opened>) -> Result<KeychainView, CommandError> {
    Ok(opened.engine()?.unlock_keychain().await.into())
}

/// Draws everything so large, as a browser zooms: the page is laid out for the room that is left (WCAG 2.2, 1.4.4).
#[tauri::command]
pub(crate) async fn draw_at<R: Runtime>(window: WebviewWindow<R>, percent: u32) -> Result<(), CommandError> {
    if let Err(error) = window.set_zoom(f64::from(percent.clamp(SMALLEST, LARGEST)) / 100.0) {
        tracing::warn!(%error, "the window could not be drawn at another size");
    }
    Ok(())
}
