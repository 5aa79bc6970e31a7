//! The least window that Tauri opens, of the size of ours: the floor that `./dev bench window` measures beside [E1].

fn main() -> tauri::Result<()> {
    tauri::Builder::default().run(tauri::generate_context!())
}
