//! Messages of macOS and Windows: shown, and clicked to bring the program to the front [F4].

use domain::alert::NoticeText;

use super::Answer;

/// The system's messages.
#[derive(Default)]
pub(super) struct Messages;

impl Messages {
    /// Shows one. The system keeps it; it comes back under no number.
    pub(super) async fn tell(&mut self, _: u32, text: &NoticeText) -> Result<Option<u32>, notify_rust::error::Error> {
        let mut message = notify_rust::Notification::new();
        message.appname("Patchbay").summary(&text.title).body(&text.body);
        #[cfg(target_os = "windows")]
        message.app_id("dev.patchbay.desktop");
        let shown = tauri::async_runtime::spawn_blocking(move || message.show().map(drop)).await;
        match shown {
            Ok(shown) => shown.map(|()| None),
            Err(_) => Ok(None),
        }
    }

    pub(super) async fn withdraw(&mut self, _: u32) {}

    pub(super) async fn answer(&mut self) -> Answer {
        std::future::pending().await
    }
}
