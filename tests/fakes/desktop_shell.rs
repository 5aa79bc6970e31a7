//! A Linux desktop for window tests: it shows messages and tray icons on the session's bus, strictly, says on standard
//! output what it is shown, and does on standard input's word what a person would [F4].
//!
//! Lines in: `choose ID KEY`, `dismiss ID`, `tray on`, `tray off`, `menu`, `pick LABEL`, `close TITLE`, `shows TITLE`. Lines out: one JSON object each.

#[cfg(target_os = "linux")]
#[path = "desktop_shell/mod.rs"]
mod shell;

fn main() {
    #[cfg(target_os = "linux")]
    shell::run();
}
