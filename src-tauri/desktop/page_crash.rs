//! A page whose process died is loaded again where it was, and says so once. One that dies again and again is left alone,
//! and the program goes on [E1].

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tauri::{AppHandle, Manager as _, Runtime};
use tauri_plugin_dialog::{DialogExt as _, MessageDialogKind};

use crate::desk::{self, Desk};
use crate::views::AskView;

/// More often than that, loading it again is what kills it.
const MOST: usize = 3;
const WITHIN: Duration = Duration::from_secs(60);

/// When the page died.
#[derive(Default)]
pub(crate) struct PageDeaths(Mutex<Vec<Instant>>);

impl PageDeaths {
    /// Notes one; whether the page is loaded again.
    fn is_loaded_again(&self, now: Instant) -> bool {
        let mut deaths = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        deaths.retain(|it| now.duration_since(*it) < WITHIN);
        deaths.push(now);
        deaths.len() <= MOST
    }
}

/// Whether to load the page again that just died.
fn died<R: Runtime>(app: &AppHandle<R>) -> bool {
    // Whatever it was asked, it cannot answer any more.
    app.state::<Desk>().closing_is_answered();
    if app.state::<PageDeaths>().is_loaded_again(Instant::now()) {
        tracing::warn!("the window's page died and is loaded again");
        desk::ask(app, AskView::PageCameBack);
        return true;
    }
    tracing::error!("the window's page dies again and again");
    app.dialog()
        .message(
            "The window cannot be drawn: its page ended several times in a minute. Connections are still refreshed. Quit \
             Patchbay and start it again to see the board.",
        )
        .title("Patchbay")
        .kind(MessageDialogKind::Error)
        .show(|_| {});
    false
}

/// Brings the page back whenever its process dies.
#[cfg(target_os = "linux")]
pub(crate) fn bring_back(window: &tauri::WebviewWindow) {
    use webkit2gtk::WebViewExt as _;

    let app = window.app_handle().clone();
    let followed = window.with_webview(move |webview| {
        webview.inner().connect_web_process_terminated(move |view, _| {
            if died(&app) {
                view.reload();
            }
        });
    });
    if let Err(error) = followed {
        tracing::warn!(%error, "a page that dies will not be brought back");
    }
}

/// WebView2 brings its own pages back; on macOS the builder is told beforehand.
#[cfg(not(target_os = "linux"))]
pub(crate) fn bring_back(_: &tauri::WebviewWindow) {}

/// macOS says it to the builder.
#[cfg(target_os = "macos")]
pub(crate) fn bring_back_from(webview: &tauri::Webview) {
    if died(webview.app_handle())
        && let Err(error) = webview.reload()
    {
        tracing::warn!(%error, "the page could not be loaded again");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// E1: a page that cannot live is not loaded without end.
    #[test]
    fn a_page_that_dies_again_and_again_is_left_alone() {
        let (deaths, start) = (PageDeaths::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);

        assert!((0..3).all(|it| deaths.is_loaded_again(at(it))));
        assert!(!deaths.is_loaded_again(at(3)));
        assert!(deaths.is_loaded_again(at(90)), "one death in a while is forgiven");
    }
}
