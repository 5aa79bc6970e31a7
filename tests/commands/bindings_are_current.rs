//! The committed TypeScript is what the contract says.

use std::path::Path;

/// `./dev bindings` sets this to write instead of compare.
const WRITE: &str = "PATCHBAY_WRITE_BINDINGS";

#[test]
fn the_committed_bindings_are_the_contracts() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/src/backend/bindings.ts");
    let current = desktop::contract::typescript();
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, &current).unwrap();
    }

    let committed = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");

    assert!(committed == current, "ui/src/backend/bindings.ts is not what the contract says: run `./dev bindings`");
}
