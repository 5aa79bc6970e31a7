//! Starts at login, hidden, where a person wants it [F4].

#[cfg(target_os = "linux")]
mod desktop_entry;

use tauri::{AppHandle, Runtime};

#[cfg(target_os = "linux")]
use desktop_entry::DesktopEntry;
#[cfg(target_os = "linux")]
use tauri::Manager as _;

/// Whether it does; `None`: the system does not say.
#[cfg(target_os = "linux")]
pub(crate) fn is_on<R: Runtime>(app: &AppHandle<R>) -> Option<bool> {
    Some(app.try_state::<DesktopEntry>()?.is_there())
}

/// # Errors
/// The disk's.
#[cfg(target_os = "linux")]
pub(crate) fn set<R: Runtime>(app: &AppHandle<R>, is_on: bool) -> Result<(), std::io::Error> {
    let entry = app.try_state::<DesktopEntry>().ok_or(std::io::ErrorKind::Unsupported)?;
    if is_on { entry.write() } else { entry.erase() }
}

/// Makes the switch ready. One that is on names the program where it is by now.
#[cfg(target_os = "linux")]
pub(crate) fn prepare<R: Runtime>(app: &AppHandle<R>, home: Option<&std::path::Path>) {
    let Some(entry) = DesktopEntry::of_this_program(home) else { return };
    if entry.is_there()
        && let Err(error) = entry.write()
    {
        tracing::warn!(%error, "the start at login could not be brought up to date");
    }
    app.manage(entry);
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn is_on<R: Runtime>(app: &AppHandle<R>) -> Option<bool> {
    use tauri::Manager as _;

    app.try_state::<tauri_plugin_autostart::AutoLaunchManager>()?.is_enabled().ok()
}

/// # Errors
/// The system's.
#[cfg(not(target_os = "linux"))]
pub(crate) fn set<R: Runtime>(app: &AppHandle<R>, is_on: bool) -> Result<(), std::io::Error> {
    use tauri::Manager as _;

    let launch = app.try_state::<tauri_plugin_autostart::AutoLaunchManager>().ok_or(std::io::ErrorKind::Unsupported)?;
    let done = if is_on { launch.enable() } else { launch.disable() };
    done.map_err(std::io::Error::other)
}

/// Makes the switch ready.
#[cfg(not(target_os = "linux"))]
pub(crate) fn prepare<R: Runtime>(app: &AppHandle<R>, home: Option<&std::path::Path>) {
    use crate::arguments::{HIDDEN, HOME};

    let mut arguments = vec![HIDDEN.to_owned()];
    if let Some(home) = home {
        arguments.extend([HOME.to_owned(), home.display().to_string()]);
    }
    let plugin = tauri_plugin_autostart::Builder::new().args(arguments).app_name("Patchbay").build();
    if let Err(error) = app.plugin(plugin) {
        tracing::warn!(%error, "the start at login cannot be switched");
    }
}
