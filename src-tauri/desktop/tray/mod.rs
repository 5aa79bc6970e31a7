//! The tray: the whole at a glance, what needs a person, and the way back to the window [E1, F4].

#[cfg(target_os = "linux")]
mod host;
mod mark;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use domain::ConnectionId;
use domain::glance::{self, GlanceMark, MOST_LISTED};
use domain::lifecycle::refresh_mode::RefreshMode;
use domain::reconnect_queue::belongs;
use engine::flows::overview::Board;
use tauri::menu::{CheckMenuItem, Menu, MenuEvent, MenuItem, PredefinedMenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager as _, Wry};

use crate::desk::{self, Desk};
use crate::{MAIN_WINDOW, Opened};

const OPEN: &str = "open";
const BOARD: &str = "board";
const PAUSE: &str = "pause";
const QUIT: &str = "quit";
/// Followed by the connection's id.
const MEND: &str = "mend:";
/// Behind the sentence and its line.
const FIRST_PLACE: usize = 2;

/// The icon and its menu.
pub(crate) struct Tray {
    icon: TrayIcon,
    menu: Menu<Wry>,
    sentence: MenuItem<Wry>,
    pause: CheckMenuItem<Wry>,
    shown: Mutex<Shown>,
}

#[derive(Default)]
struct Shown {
    glance: Option<Glance>,
    /// What stands between the sentence and the rest.
    listed: Vec<MenuItem<Wry>>,
    line: Option<PredefinedMenuItem<Wry>>,
}

/// What the tray says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Glance {
    mark: GlanceMark,
    sentence: String,
    /// Words and connection.
    listed: Vec<(String, ConnectionId)>,
    more: usize,
    is_paused: bool,
}

impl Glance {
    pub(crate) fn of(board: &Board) -> Self {
        let name_of = |id: &ConnectionId| {
            let found = board.connections.iter().find(|it| it.connection.id == *id);
            found.map(|it| it.connection.name.clone()).unwrap_or_default()
        };
        let mut needing = board.connections.iter().filter(|it| it.status.needs_person());
        let listed: Vec<_> = needing
            .by_ref()
            .take(MOST_LISTED)
            .map(|it| {
                let name = glance::short(&it.connection.name);
                let words =
                    if belongs(it.status.action()) { format!("Reconnect {name}…") } else { format!("{name}…") };
                (words, it.connection.id.clone())
            })
            .collect();
        Self {
            mark: GlanceMark::of(&board.headline, &board.platform_needs),
            sentence: glance::sentence(&board.headline, &board.platform_needs, name_of),
            more: needing.count(),
            listed,
            is_paused: board.mode == RefreshMode::Paused,
        }
    }
}

/// Puts the tray up. Where the system has none, the program goes on without.
pub(crate) fn start(app: &AppHandle) {
    // The library behind it is looked up at run time, and panics where it is missing.
    match catch_unwind(AssertUnwindSafe(|| build(app))) {
        Ok(Ok(tray)) => {
            app.manage(tray);
            #[cfg(target_os = "linux")]
            host::follow(app);
            #[cfg(not(target_os = "linux"))]
            app.state::<Desk>().set_tray(true);
        }
        Ok(Err(error)) => tracing::warn!(%error, "no tray could be put up"),
        Err(_) => tracing::warn!("no tray could be put up: libayatana-appindicator3 is not installed"),
    }
    if !app.state::<Desk>().has_tray() && !cfg!(target_os = "linux") {
        desk::never_lose(app);
    }
}

/// Shows it, where it says something else than before. On the main thread.
pub(crate) fn show(app: &AppHandle, glance: Glance) {
    let Some(tray) = app.try_state::<Tray>() else { return };
    if let Err(error) = tray.show(app, glance) {
        tracing::warn!(%error, "the tray could not be brought up to date");
    }
}

fn build(app: &AppHandle) -> tauri::Result<Tray> {
    let sentence = MenuItem::with_id(app, BOARD, "Patchbay", true, None::<&str>)?;
    let pause = CheckMenuItem::with_id(app, PAUSE, "Pause all", true, false, None::<&str>)?;
    let menu = Menu::with_items(
        app,
        &[
            &sentence,
            &PredefinedMenuItem::separator(app)?,
            &MenuItem::with_id(app, OPEN, "Open Patchbay", true, None::<&str>)?,
            &pause,
            &PredefinedMenuItem::separator(app)?,
            &MenuItem::with_id(app, QUIT, "Quit Patchbay", true, None::<&str>)?,
        ],
    )?;
    let icon = TrayIconBuilder::with_id("patchbay")
        .icon(mark::draw(GlanceMark::Unproved))
        .icon_as_template(cfg!(target_os = "macos"))
        .tooltip("Patchbay")
        .menu(&menu)
        .show_menu_on_left_click(cfg!(target_os = "macos"))
        .on_menu_event(|app, event| chosen(app, &event))
        .on_tray_icon_event(|icon, event| {
            if let TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. } = event
                && !cfg!(target_os = "macos")
            {
                desk::show_window(icon.app_handle());
            }
        })
        .build(app)?;
    Ok(Tray { icon, menu, sentence, pause, shown: Mutex::default() })
}

impl Tray {
    fn show(&self, app: &AppHandle, glance: Glance) -> tauri::Result<()> {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.glance.as_ref() == Some(&glance) {
            return Ok(());
        }
        self.sentence.set_text(plain(&glance.sentence))?;
        self.pause.set_checked(glance.is_paused)?;
        if shown.glance.as_ref().map(|it| it.mark) != Some(glance.mark) {
            self.icon.set_icon(Some(mark::draw(glance.mark)))?;
            // A new picture is none for a menu bar until it is said again.
            self.icon.set_icon_as_template(cfg!(target_os = "macos"))?;
        }
        self.icon.set_tooltip(Some(format!("Patchbay: {}", glance.sentence)))?;
        if shown.glance.as_ref().is_none_or(|it| (&it.listed, it.more) != (&glance.listed, glance.more)) {
            self.list(app, &mut shown, &glance)?;
        }
        shown.glance = Some(glance);
        Ok(())
    }

    fn list(&self, app: &AppHandle, shown: &mut Shown, glance: &Glance) -> tauri::Result<()> {
        for old in shown.listed.drain(..) {
            self.menu.remove(&old)?;
        }
        if let Some(line) = shown.line.take() {
            self.menu.remove(&line)?;
        }
        let mut items: Vec<(String, String)> =
            glance.listed.iter().map(|(words, id)| (format!("{MEND}{id}"), words.clone())).collect();
        if glance.more > 0 {
            items.push((BOARD.to_owned(), format!("{} more…", glance.more)));
        }
        if items.is_empty() {
            return Ok(());
        }
        for (place, (id, words)) in items.iter().enumerate() {
            let item = MenuItem::with_id(app, id, plain(words), true, None::<&str>)?;
            self.menu.insert(&item, FIRST_PLACE + place)?;
            shown.listed.push(item);
        }
        let line = PredefinedMenuItem::separator(app)?;
        self.menu.insert(&line, FIRST_PLACE + items.len())?;
        shown.line = Some(line);
        Ok(())
    }
}

/// A menu takes `&` for the mark of a key.
fn plain(text: &str) -> String {
    text.replace('&', "&&")
}

/// Only what a person chose in this menu comes here.
fn chosen(app: &AppHandle, event: &MenuEvent) {
    match event.id().as_ref() {
        OPEN => desk::show_window(app),
        BOARD => desk::show_board(app),
        QUIT => desk::quit(app),
        PAUSE => switch_pause(app),
        other => {
            if let Some(id) = other.strip_prefix(MEND) {
                desk::mend(app, &ConnectionId::from_text(id));
            }
        }
    }
}

/// Pauses all refreshing, or goes on.
fn switch_pause(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || {
        let opened = app.state::<Opened>();
        let Ok(engine) = opened.engine() else { return };
        let switched = engine.refresh_mode().and_then(|mode| {
            let is_paused = mode == RefreshMode::Paused;
            engine.set_refresh_mode(if is_paused { RefreshMode::On } else { RefreshMode::Paused })
        });
        if let Err(error) = switched {
            tracing::warn!(%error, "refreshing could not be switched");
        }
    });
}

/// Whether the window is there to be hidden.
#[cfg(target_os = "linux")]
fn is_hidden(app: &AppHandle) -> bool {
    app.get_webview_window(MAIN_WINDOW).is_some_and(|it| !it.is_visible().unwrap_or(true))
}
