//! Reads `tauri.conf.json` beside it, as every program of Tauri's does.

fn main() {
    tauri_build::build();
}
