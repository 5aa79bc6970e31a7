//! placeholder
pub fn run() {
    let _ = tauri::generate_context!();
}
