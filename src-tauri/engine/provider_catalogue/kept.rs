//! The catalogue as it was read last, and read anew when somebody asks: a person's files come and change while a
//! window is open [A2].

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use super::ProviderCatalogue;

/// What was read of one folder.
#[derive(Debug)]
pub struct KeptCatalogue {
    folder: PathBuf,
    read: RwLock<Read>,
}

#[derive(Debug)]
struct Read {
    catalogue: Arc<ProviderCatalogue>,
    errors: Vec<String>,
}

impl Read {
    fn of(folder: &std::path::Path) -> Self {
        let (catalogue, errors) = ProviderCatalogue::load(folder);
        Self { catalogue: Arc::new(catalogue), errors: errors.iter().map(ToString::to_string).collect() }
    }
}

impl KeptCatalogue {
    pub fn load(folder: PathBuf) -> Self {
        let read = RwLock::new(Read::of(&folder));
        Self { folder, read }
    }

    /// As it was read last.
    pub fn now(&self) -> Arc<ProviderCatalogue> {
        Arc::clone(&self.read.read().unwrap_or_else(PoisonError::into_inner).catalogue)
    }

    /// Files of the person's that could not be used.
    pub fn errors(&self) -> Vec<String> {
        self.read.read().unwrap_or_else(PoisonError::into_inner).errors.clone()
    }

    /// Reads the folder anew. True when something in it is other than it was.
    pub fn reload(&self) -> bool {
        let newest = Read::of(&self.folder);
        let mut read = self.read.write().unwrap_or_else(PoisonError::into_inner);
        let is_changed = !newest.catalogue.is_same(&read.catalogue) || newest.errors != read.errors;
        *read = newest;
        is_changed
    }
}

#[cfg(test)]
mod tests {
    use domain::ProviderId;

    use super::*;

    /// A2: a file that is laid in the folder, mended or taken away counts from the next look on.
    #[test]
    fn what_changes_in_the_folder_is_seen_at_the_next_look() {
        let folder = tempfile::tempdir().unwrap();
        let (path, fjord) = (folder.path().join("fjord.json"), ProviderId::from_text("fjord"));
        let good = include_str!("github.json").replace("\"id\": \"github\"", "\"id\": \"fjord\"");
        let kept = KeptCatalogue::load(folder.path().to_owned());
        assert!(!kept.reload(), "nothing is other than it was");

        std::fs::write(&path, &good).unwrap();
        assert!(kept.now().find(&fjord).is_none(), "nobody has looked yet");
        assert!(kept.reload());
        assert!(kept.now().find(&fjord).is_some());

        std::fs::write(&path, good.replacen('{', "{ \"colour\": 1,", 1)).unwrap();
        assert!(kept.reload());
        assert!(kept.now().find(&fjord).is_none() && kept.errors()[0].contains("colour"), "{:?}", kept.errors());

        std::fs::remove_file(&path).unwrap();
        assert!(kept.reload());
        assert_eq!(kept.errors(), Vec::<String>::new());
    }
}
