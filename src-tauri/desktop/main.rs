//! The window's program: everything is in the library, so that tests can build the app without it.
#![cfg_attr(all(not(debug_assertions), target_os = "windows"), windows_subsystem = "windows")]

fn main() {
    #[cfg(target_os = "linux")]
    desktop::say_where_no_display_is();
    desktop::run();
}
