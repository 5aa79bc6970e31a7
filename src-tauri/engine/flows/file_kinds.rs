//! What a file is, for a person who gave it to the wrong command: a platform's workflows, or a tool's clients and grants
//! [D2, A1].

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use domain::blast_radius::PlatformKind;

use crate::connection_import::{ImportFormat, open, recognised};
use crate::platforms::files::kind_of;

/// A larger file is not looked at only to say what it is.
const LARGEST_LOOKED_AT: u64 = 64 << 20;

/// Whose workflows it holds.
pub fn kind_of_file(path: &Path) -> Option<PlatformKind> {
    let mut bytes = vec![];
    let file = File::open(path).ok().filter(|it| it.metadata().is_ok_and(|it| it.is_file()))?;
    file.take(LARGEST_LOOKED_AT).read_to_end(&mut bytes).ok()?;
    kind_of(&path.file_name()?.to_string_lossy(), &bytes)
}

/// Of which tool it holds clients and grants.
pub fn tool_of_file(path: &Path) -> Option<ImportFormat> {
    open(path).ok()?.iter().find_map(recognised)
}
