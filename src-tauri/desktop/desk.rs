//! What the page is to ask or show next, and how the window is found again: shown, hidden, closed, never lost
//! [F4, S111, S154].

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::ConnectionId;
use domain::closing::{Closing, OnClose};
use domain::link::Link;
use engine::Engine;
use tauri::{AppHandle, Emitter as _, Manager as _, Runtime};

use crate::arguments::GivenLink;
use crate::views::AskView;
use crate::{MAIN_WINDOW, Opened};

/// The name of `contract::Events::asks_wait`.
const ASKS_WAIT: &str = "asks-wait";
/// A page that takes nothing is asked no more than this.
const MOST_ASKS: usize = 16;

/// What waits for the page, and what is known of the desktop.
#[derive(Default)]
pub(crate) struct Desk {
    asks: Mutex<Vec<AskView>>,
    has_tray: AtomicBool,
    /// The question what closing is to do stands.
    is_closing_asked: AtomicBool,
    /// Nobody has asked for the window yet: it was started hidden.
    is_kept_hidden: AtomicBool,
    /// The first page came.
    has_page: AtomicBool,
}

impl Desk {
    fn asks(&self) -> MutexGuard<'_, Vec<AskView>> {
        self.asks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All that waits; it waits no more.
    pub(crate) fn take_asks(&self) -> Vec<AskView> {
        std::mem::take(&mut *self.asks())
    }

    pub(crate) fn has_tray(&self) -> bool {
        self.has_tray.load(Ordering::Relaxed)
    }

    pub(crate) fn set_tray(&self, is_there: bool) {
        self.has_tray.store(is_there, Ordering::Relaxed);
    }

    pub(crate) fn keep_hidden(&self) {
        self.is_kept_hidden.store(true, Ordering::Relaxed);
    }

    /// Whether the window is to be shown with the page that just came.
    pub(crate) fn is_first_page(&self) -> bool {
        !self.has_page.swap(true, Ordering::Relaxed) && !self.is_kept_hidden.load(Ordering::Relaxed)
    }

    /// The page that was asked is gone, or has answered.
    pub(crate) fn closing_is_answered(&self) {
        self.is_closing_asked.store(false, Ordering::Relaxed);
    }
}

/// Hands something to the page; one that is only being loaded takes it when it is there.
pub(crate) fn ask<R: Runtime>(app: &AppHandle<R>, ask: AskView) {
    let desk = app.state::<Desk>();
    {
        let mut asks = desk.asks();
        if !asks.contains(&ask) && asks.len() < MOST_ASKS {
            asks.push(ask);
        }
    }
    if let Err(error) = app.emit(ASKS_WAIT, ()) {
        tracing::warn!(%error, "the window could not be told that something waits for it");
    }
}

/// Opens what a link names, and never acts: the page asks a person before it does [S111].
pub(crate) fn open_link<R: Runtime>(app: &AppHandle<R>, link: &GivenLink) {
    ask_for_link(app, link);
    show_window(app);
}

/// The same for a window that is shown with its page.
pub(crate) fn ask_for_link<R: Runtime>(app: &AppHandle<R>, link: &GivenLink) {
    let is_known = |link: &Link| app.state::<Opened>().engine().is_ok_and(|engine| engine.knows_link(link));
    ask(
        app,
        match link {
            GivenLink::Ours(link) if !is_known(link) => AskView::UnknownLink,
            GivenLink::Ours(Link::Board) => AskView::Board,
            GivenLink::Ours(Link::Connection(id)) => AskView::Connection { id: id.to_string() },
            GivenLink::Ours(Link::Reconnect(id)) => AskView::Reconnect { id: id.to_string() },
            GivenLink::Unreadable => AskView::UnknownLink,
        },
    );
}

/// A person clicked, on our own menu or message, what mends a connection: the page does what its status asks for.
pub(crate) fn mend<R: Runtime>(app: &AppHandle<R>, id: &ConnectionId) {
    ask(app, AskView::Mend { id: id.to_string() });
    show_window(app);
}

pub(crate) fn show_board<R: Runtime>(app: &AppHandle<R>) {
    ask(app, AskView::Board);
    show_window(app);
}

pub(crate) fn show_platforms<R: Runtime>(app: &AppHandle<R>) {
    ask(app, AskView::Platforms);
    show_window(app);
}

pub(crate) fn show_programs<R: Runtime>(app: &AppHandle<R>) {
    ask(app, AskView::Programs);
    show_window(app);
}

pub(crate) fn show_queue<R: Runtime>(app: &AppHandle<R>) {
    ask(app, AskView::Queue);
    show_window(app);
}

/// Brings the window to the front.
pub(crate) fn show_window<R: Runtime>(app: &AppHandle<R>) {
    app.state::<Desk>().is_kept_hidden.store(false, Ordering::Relaxed);
    let Some(window) = app.get_webview_window(MAIN_WINDOW) else { return };
    for done in [window.show(), window.unminimize(), window.set_focus()] {
        if let Err(error) = done {
            tracing::warn!(%error, "the window could not be brought to the front");
        }
    }
}

/// A window that is hidden where no tray brings it back is shown, small, where the system lists windows.
pub(crate) fn never_lose<R: Runtime>(app: &AppHandle<R>) {
    let Some(window) = app.get_webview_window(MAIN_WINDOW) else { return };
    if app.state::<Desk>().has_tray() || window.is_visible().unwrap_or(true) {
        return;
    }
    app.state::<Desk>().is_kept_hidden.store(false, Ordering::Relaxed);
    for done in [window.show(), window.minimize()] {
        if let Err(error) = done {
            tracing::warn!(%error, "the hidden window could not be listed again");
        }
    }
}

/// Somebody closes the window. True: it stays, hidden or with a question.
pub(crate) fn keeps_window<R: Runtime>(app: &AppHandle<R>) -> bool {
    let desk = app.state::<Desk>();
    let Ok(engine) = app.state::<Opened>().engine().cloned() else { return false };
    if engine.would_lose_a_token() {
        // The window says what waits for the keychain, and offers to export it [S154].
        show_window(app);
        return true;
    }
    let closing = Closing {
        wish: engine.closing_wish().unwrap_or_default(),
        has_tray: desk.has_tray(),
        has_connections: engine.has_connections().unwrap_or(false),
        is_asked: desk.is_closing_asked.load(Ordering::Relaxed),
    };
    let decided = closing.decide();
    tracing::debug!(?closing, ?decided, "somebody closes the window");
    match decided {
        OnClose::Quit => false,
        OnClose::Hide => {
            hide(app);
            true
        }
        OnClose::Ask => {
            desk.is_closing_asked.store(true, Ordering::Relaxed);
            ask(app, AskView::Closing { has_tray: desk.has_tray() });
            true
        }
    }
}

/// Out of sight, and still to be found: in the tray, or minimised where there is none.
pub(crate) fn hide<R: Runtime>(app: &AppHandle<R>) {
    let Some(window) = app.get_webview_window(MAIN_WINDOW) else { return };
    let done = if app.state::<Desk>().has_tray() { window.hide() } else { window.minimize() };
    if let Err(error) = done {
        tracing::warn!(%error, "the window could not be hidden");
    }
}

/// Ends the program, unless that would lose a token: then the window says so.
pub(crate) fn quit<R: Runtime>(app: &AppHandle<R>) {
    if app.state::<Opened>().engine().is_ok_and(Engine::would_lose_a_token) {
        return show_window(app);
    }
    app.exit(0);
}
