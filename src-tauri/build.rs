//! Points tauri-build at the window's rights in `src-tauri/`; `tauri.conf.json` stays at the top.

/// tauri-build watches the usual folders at the root, and these are elsewhere: a right that was added would be missing.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    for folder in ["src-tauri/capabilities", "src-tauri/permissions"] {
        println!("cargo:rerun-if-changed={folder}");
    }
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("./src-tauri/capabilities/**/*")
        .app_manifest(tauri_build::AppManifest::new().permissions_path_pattern("./src-tauri/permissions/**/*"));

    tauri_build::try_build(attributes)?;
    Ok(())
}
