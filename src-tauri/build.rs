//! Points tauri-build at the window's rights in `src-tauri/`; `tauri.conf.json` stays at the top.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("./src-tauri/capabilities/**/*")
        .app_manifest(tauri_build::AppManifest::new().permissions_path_pattern("./src-tauri/permissions/**/*"));

    tauri_build::try_build(attributes)?;
    Ok(())
}
