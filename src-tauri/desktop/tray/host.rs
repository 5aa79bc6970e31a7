//! Whether anything shows tray icons here, asked of the session bus (StatusNotifierItem): a hidden window needs a way back
//! [F4].

use std::time::Duration;

use tauri::{AppHandle, Manager as _};
use zbus::Connection;
use zbus::fdo::DBusProxy;
use zbus::names::BusName;

use super::is_hidden;
use crate::desk::{self, Desk};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
/// At login a panel may come up after this program, and one that is restarted is back by then.
const PATIENCE: Duration = Duration::from_secs(15);

#[zbus::proxy(
    interface = "org.kde.StatusNotifierWatcher",
    default_service = "org.kde.StatusNotifierWatcher",
    default_path = "/StatusNotifierWatcher",
    gen_blocking = false
)]
trait Watcher {
    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> zbus::Result<bool>;

    #[zbus(signal)]
    fn status_notifier_host_registered(&self) -> zbus::Result<()>;

    #[zbus(signal)]
    fn status_notifier_host_unregistered(&self) -> zbus::Result<()>;
}

/// Follows it from now on.
pub(super) fn follow(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if let Err(error) = follow_host(&app).await {
            // Without a session bus there is no tray.
            tracing::info!(%error, "the session bus cannot be asked for a tray");
            app.state::<Desk>().set_tray(false);
            desk::never_lose(&app);
        }
    });
}

async fn follow_host(app: &AppHandle) -> zbus::Result<()> {
    let bus = Connection::session().await?;
    let names = DBusProxy::new(&bus).await?;
    let mut owners = names.receive_name_owner_changed_with_args(&[(0, WATCHER)]).await?;
    let watcher = WatcherProxy::builder(&bus).cache_properties(zbus::proxy::CacheProperties::No).build().await?;
    let mut arrived = watcher.receive_status_notifier_host_registered().await?;
    let mut left = watcher.receive_status_notifier_host_unregistered().await?;
    loop {
        let is_there = has_host(&names, &watcher).await;
        app.state::<Desk>().set_tray(is_there);
        let is_lost = !is_there && is_hidden(app);
        let patience =
            async { if is_lost { tokio::time::sleep(PATIENCE).await } else { std::future::pending().await } };
        tokio::select! {
            () = patience => desk::never_lose(app),
            Some(_) = next(&mut owners) => {}
            Some(_) = next(&mut arrived) => {}
            Some(_) = next(&mut left) => {}
            else => return Ok(()),
        }
    }
}

async fn has_host(names: &DBusProxy<'_>, watcher: &WatcherProxy<'_>) -> bool {
    let Ok(name) = BusName::try_from(WATCHER) else { return false };
    // Asked first: a call to the watcher itself would have the bus start one.
    if !names.name_has_owner(name).await.unwrap_or(false) {
        return false;
    }
    watcher.is_status_notifier_host_registered().await.unwrap_or(false)
}

/// The next of a stream.
async fn next<S: zbus::export::futures_core::Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    std::future::poll_fn(|context| std::pin::Pin::new(&mut *stream).poll_next(context)).await
}
