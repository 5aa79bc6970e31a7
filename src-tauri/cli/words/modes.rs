//! What is refreshed by itself, and what keeps it from being, in words [B14].

use domain::lifecycle::refresh_mode::RefreshMode;
use jiff::Timestamp;

use super::times::Now;

/// What is on, and what that means.
pub(crate) fn sentence(mode: RefreshMode) -> (&'static str, &'static str) {
    match mode {
        RefreshMode::On => {
            ("Automatic refresh is on.", "While the app runs, every token is refreshed ahead of its end.")
        }
        RefreshMode::Metered => (
            "Automatic refresh is metered.",
            "While the app runs, only what would otherwise be lost is refreshed by itself; what is asked for always is.",
        ),
        RefreshMode::Paused => (
            "Automatic refresh is paused.",
            "Nothing is refreshed by itself; patchbay refresh and patchbay token still do.",
        ),
        RefreshMode::Offline => {
            ("Patchbay is offline.", "No request leaves, whoever asks. Back: patchbay automatic on")
        }
    }
}

/// One line above everything else, where the mode is not the usual one; since when it is so, where that is known.
pub(crate) fn on_top(mode: RefreshMode, since: Option<Timestamp>, now: &Now) -> String {
    let since = since.map(|at| format!(" since {}", now.moment(at))).unwrap_or_default();
    match mode {
        RefreshMode::On => "Automatic refresh is on.".to_owned(),
        RefreshMode::Metered => {
            format!(
                "Metered{since}: only what would be lost is refreshed by itself, while the app runs. End it: patchbay automatic on"
            )
        }
        RefreshMode::Paused => format!("Paused{since}: nothing is refreshed by itself. Go on: patchbay automatic on"),
        RefreshMode::Offline => format!("Offline{since}: no request leaves. Go on: patchbay automatic on"),
    }
}
