//! The least any program must do to know a stored token: open SQLite, read the pointer, read one keychain item
//! and print its length. `patchbay token` is measured against it [F2].

use std::error::Error;

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn Error>> {
    use std::io::Write as _;
    use std::path::Path;

    use keyring_core::api::CredentialStoreApi as _;
    use rusqlite::{Connection, OpenFlags};

    let home = std::env::var_os("PATCHBAY_HOME").ok_or("PATCHBAY_HOME names no data folder")?;
    let id = std::env::args().nth(1).ok_or("usage: bare_token CONNECTION-ID")?;

    let sqlite = Connection::open_with_flags(Path::new(&home).join("patchbay.db"), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let (install, version): (String, u32) = sqlite.query_row(
        "SELECT install_id, token_version FROM connections, installation WHERE id = ?1",
        [&id],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let store = zbus_secret_service_keyring_store::Store::new()?;
    let entry = store.build("dev.patchbay.desktop", &format!("{install}/{id}/v{version}/0"), None)?;
    writeln!(std::io::stdout(), "{}", entry.get_secret()?.len())?;
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn main() -> Result<(), Box<dyn Error>> {
    Err("only Linux's keychain is measured".into())
}
