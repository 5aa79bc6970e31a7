//! The cross in a window's frame: asks the window to close (ICCCM, section 4.2.8.1), as a window manager would.

use std::error::Error;

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{Atom, AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, MapState, Window};
use x11rb::rust_connection::RustConnection;

type Answer<T> = Result<T, Box<dyn Error>>;

/// Asks every window of this title.
pub(super) fn close(title: &str) -> Answer<()> {
    let (display, screen) = x11rb::connect(None)?;
    let atom = |name: &[u8]| -> Answer<Atom> { Ok(display.intern_atom(false, name)?.reply()?.atom) };
    let (protocols, delete) = (atom(b"WM_PROTOCOLS")?, atom(b"WM_DELETE_WINDOW")?);
    let root = display.setup().roots[screen].root;
    let found = named(&display, root, title)?;
    if found.is_empty() {
        return Err(format!("no window is called {title}").into());
    }
    for window in found {
        let message = ClientMessageEvent::new(32, window, protocols, [delete, x11rb::CURRENT_TIME, 0, 0, 0]);
        // Waited for: what is still on its way when the connection closes may be lost.
        display.send_event(false, window, EventMask::NO_EVENT, message)?.check()?;
    }
    Ok(())
}

/// Whether one of this title is on the screen.
pub(super) fn is_shown(title: &str) -> Answer<bool> {
    let (display, screen) = x11rb::connect(None)?;
    for window in named(&display, display.setup().roots[screen].root, title)? {
        if display.get_window_attributes(window)?.reply()?.map_state == MapState::VIEWABLE {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Windows that understand being asked, below this one.
fn named(display: &RustConnection, parent: Window, title: &str) -> Answer<Vec<Window>> {
    let mut found = vec![];
    for child in display.query_tree(parent)?.reply()?.children {
        let name = display.get_property(false, child, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 256)?.reply()?;
        if name.value == title.as_bytes() {
            found.push(child);
        }
        found.extend(named(display, child, title)?);
    }
    Ok(found)
}
