//! Which data folder: the one that was named, else the platform's, the same that the window uses.

use std::path::PathBuf;

use crate::failure::Failure;

/// The app's identifier: the folder's name on every system.
const IDENTIFIER: &str = "dev.patchbay.desktop";

/// Names it where no argument does.
const VARIABLE: &str = "PATCHBAY_HOME";

/// The data folder, absolute. An empty name counts as none.
pub(crate) fn folder(named: Option<PathBuf>) -> Result<PathBuf, Failure> {
    let said = named.or_else(|| std::env::var_os(VARIABLE).map(PathBuf::from));
    let folder = match said.filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => folder,
        None => dirs::data_dir().ok_or_else(Failure::no_home)?.join(IDENTIFIER),
    };
    std::path::absolute(folder).map_err(|_| Failure::no_home())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_folder_is_made_absolute_and_an_empty_name_is_none() {
        let named = folder(Some(PathBuf::from("board"))).ok().unwrap();
        let usual = folder(Some(PathBuf::new())).ok().unwrap();

        assert!(named.is_absolute() && named.ends_with("board"));
        assert!(usual.ends_with(IDENTIFIER), "an empty PATCHBAY_HOME must not mean the current folder");
    }
}
