//! What is refreshed by itself, and what keeps it from being, in words [B14].

use domain::lifecycle::refresh_mode::RefreshMode;

/// What is on, and what that means.
pub(crate) fn sentence(mode: RefreshMode) -> (&'static str, &'static str) {
    match mode {
        RefreshMode::On => ("Automatic refresh is on.", "While the app runs, every token is renewed ahead of its end."),
        RefreshMode::Metered => (
            "Automatic refresh is saving data.",
            "Only what would otherwise be lost is renewed by itself; what is asked for always is.",
        ),
        RefreshMode::Paused => (
            "Automatic refresh is paused.",
            "Nothing is renewed by itself; patchbay refresh and patchbay token still do.",
        ),
        RefreshMode::Offline => {
            ("Patchbay is offline.", "No request leaves, whoever asks. Back: patchbay automatic on")
        }
    }
}

/// One line above everything else, where the mode is not the usual one.
pub(crate) fn on_top(mode: RefreshMode) -> &'static str {
    match mode {
        RefreshMode::On => "Automatic refresh is on.",
        RefreshMode::Metered => {
            "Saving data: only what would be lost is refreshed by itself. End it: patchbay automatic on"
        }
        RefreshMode::Paused => "Paused: nothing is refreshed by itself. Go on: patchbay automatic on",
        RefreshMode::Offline => "Offline: no request leaves. Go on: patchbay automatic on",
    }
}
