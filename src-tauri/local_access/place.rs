//! Where the socket of a board is, and whether what is there can be trusted: a folder and a socket of this person's alone
//! [S145].

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, TryLockError};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use ring::digest::{SHA256, digest};

/// The longest path a socket may have.
const LONGEST_PATH: usize = 107;

/// What a board is told by: its database, by what it is on the disk.
const DATABASE: &str = "patchbay.db";

/// Where one board's socket is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    folder: PathBuf,
    /// The first digits of the hash of the data folder's path.
    name: String,
    /// Beside the board's other locks: one program listens for a board, wherever its session has its sockets.
    lock: PathBuf,
}

/// What is there is not as Patchbay makes it: nothing is said to it, and nothing is put there.
#[derive(Debug, thiserror::Error)]
#[error("{} is not trusted: {why}", path.display())]
pub struct Untrusted {
    pub path: PathBuf,
    pub why: &'static str,
}

/// Why it cannot be listened at a place.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TakeError {
    #[error("another program listens already")]
    Taken,
    #[error(transparent)]
    Untrusted(#[from] Untrusted),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Place {
    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.join(format!("{}.sock", self.name))
    }

    /// Where a server listens: in the runtime directory, or beside the data where there is none to be trusted.
    pub(crate) fn to_listen(data_folder: &Path, runtime: Option<PathBuf>) -> io::Result<Self> {
        let name = name_of(data_folder)?;
        let folder = match runtime.filter(|it| is_trusted_parent(it)) {
            Some(runtime) => runtime.join("patchbay"),
            None => data_folder.join("door"),
        };
        let place = Self { folder, name, lock: lock_of(data_folder) };
        if place.socket().as_os_str().len() > LONGEST_PATH {
            return Err(io::Error::new(io::ErrorKind::InvalidFilename, "the path of the socket would be too long"));
        }
        Ok(place)
    }

    /// Where a client looks, in that order. A job of cron's has no runtime directory in its environment.
    pub(crate) fn to_look(data_folder: &Path) -> Vec<Self> {
        // A board that is not there has no socket.
        let Ok(name) = name_of(data_folder) else { return vec![] };
        let usual = PathBuf::from(format!("/run/user/{}", own_uid()));
        let mut folders: Vec<_> = runtime_folder().into_iter().chain([usual]).map(|it| it.join("patchbay")).collect();
        folders.push(data_folder.join("door"));
        folders.dedup();
        let of = |folder| Self { folder, name: name.clone(), lock: lock_of(data_folder) };
        folders.into_iter().map(of).collect()
    }

    /// Makes the folder, takes the lock, and clears away a socket that nobody listens at any more. The lock is held as long
    /// as the answer is kept.
    pub(crate) fn take(&self) -> Result<File, TakeError> {
        self.make_folders()?;
        let mut options = OpenOptions::new();
        let no_follow = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or_default();
        options.read(true).write(true).create(true).truncate(false).mode(0o600).custom_flags(no_follow);
        let lock = options.open(&self.lock)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(TakeError::Taken),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        match fs::symlink_metadata(self.socket()) {
            // Whoever listened there held the lock.
            Ok(found) if found.file_type().is_socket() && found.uid() == own_uid() => fs::remove_file(self.socket())?,
            Ok(_) => return Err(untrusted(&self.socket(), "something else is in its place").into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        Ok(lock)
    }

    /// Makes what is not there of the folders, and looks whether the socket's can be trusted.
    pub(crate) fn make_folders(&self) -> Result<(), TakeError> {
        for folder in self.lock.parent().into_iter().chain([self.folder.as_path()]) {
            match DirBuilder::new().mode(0o700).create(folder) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
                _ => {}
            }
        }
        Ok(self.check_folder()?)
    }

    /// Whether a socket is there that may be spoken to. An error: something is there that may not.
    pub(crate) fn check_socket(&self) -> Result<bool, Untrusted> {
        match fs::symlink_metadata(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(_) => return Err(untrusted(&self.folder, "it cannot be looked at")),
            Ok(_) => self.check_folder()?,
        }
        let socket = self.socket();
        match fs::symlink_metadata(&socket) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(_) => Err(untrusted(&socket, "it cannot be looked at")),
            Ok(found) if !found.file_type().is_socket() => Err(untrusted(&socket, "it is no socket")),
            Ok(found) => check_own(&socket, &found, 0o600).map(|()| true),
        }
    }

    fn check_folder(&self) -> Result<(), Untrusted> {
        let found =
            fs::symlink_metadata(&self.folder).map_err(|_| untrusted(&self.folder, "it cannot be looked at"))?;
        if !found.is_dir() {
            return Err(untrusted(&self.folder, "it is no folder"));
        }
        check_own(&self.folder, &found, 0o700)
    }
}

/// Which board lies in a folder now: a folder that was emptied, or put in the place of another, has another one. `None`:
/// none does. Whoever has the database open keeps its number from being given to another file.
pub(crate) fn board_in(data_folder: &Path) -> Option<String> {
    let found = fs::metadata(data_folder.join(DATABASE)).ok()?;
    Some(format!("{:x}-{:x}", found.dev(), found.ino()))
}

/// The user that this process acts as.
pub(crate) fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn check_own(path: &Path, found: &Metadata, mode: u32) -> Result<(), Untrusted> {
    if found.uid() != own_uid() {
        return Err(untrusted(path, "it is another user's"));
    }
    if found.mode() & 0o7777 != mode {
        return Err(untrusted(path, "others may use it"));
    }
    Ok(())
}

fn untrusted(path: &Path, why: &'static str) -> Untrusted {
    Untrusted { path: path.to_owned(), why }
}

/// The runtime directory of this person's session.
pub(crate) fn runtime_folder() -> Option<PathBuf> {
    std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|it| it.is_absolute())
}

/// Whether nobody else can put another folder in the place of ours.
fn is_trusted_parent(folder: &Path) -> bool {
    let Ok(found) = fs::metadata(folder) else { return false };
    let others_write = found.mode() & 0o022 != 0;
    let is_sticky = found.mode() & 0o1000 != 0;
    found.is_dir() && (found.uid() == own_uid() || found.uid() == 0) && (!others_write || is_sticky)
}

fn lock_of(data_folder: &Path) -> PathBuf {
    data_folder.join("locks").join("door.lock")
}

fn name_of(data_folder: &Path) -> io::Result<String> {
    let whole = data_folder.canonicalize()?;
    let hash = digest(&SHA256, whole.as_os_str().as_bytes());
    Ok(hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::os::unix::net::UnixListener;

    use super::*;

    fn place() -> (tempfile::TempDir, Place) {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("locks").join("door.lock");
        let place = Place { folder: folder.path().join("patchbay"), name: "board".into(), lock };
        (folder, place)
    }

    fn listen(place: &Place) -> UnixListener {
        let socket = UnixListener::bind(place.socket()).unwrap();
        fs::set_permissions(place.socket(), Permissions::from_mode(0o600)).unwrap();
        socket
    }

    /// S145: the folder is its owner's alone; a second server waits for the first one's lock; a socket that is left over
    /// goes.
    #[test]
    fn a_place_is_taken_by_one_and_what_a_dead_one_left_is_cleared_away() {
        let (_folder, place) = place();
        assert!(!place.check_socket().unwrap(), "there is nothing yet");

        let lock = place.take().unwrap();
        assert_eq!(fs::metadata(&place.folder).unwrap().mode() & 0o7777, 0o700);
        drop(listen(&place));
        assert!(place.check_socket().unwrap(), "a dead one's socket stays behind");
        assert!(matches!(place.take(), Err(TakeError::Taken)));
        assert!(place.socket().exists(), "who has not the lock clears nothing away");

        drop(lock);
        let _lock = place.take().unwrap();
        assert!(!place.socket().exists());
    }

    /// S145: what somebody else may have put there is neither used nor mended.
    #[test]
    fn a_folder_that_others_may_use_is_refused() {
        for wrong in [0o755, 0o770, 0o1700] {
            let (_folder, place) = place();
            fs::create_dir(&place.folder).unwrap();
            fs::set_permissions(&place.folder, Permissions::from_mode(wrong)).unwrap();

            assert!(matches!(place.take(), Err(TakeError::Untrusted(_))), "{wrong:o}");
            assert!(place.check_socket().is_err(), "{wrong:o}");
            assert_eq!(fs::metadata(&place.folder).unwrap().mode() & 0o7777, wrong, "it stays as it is");
        }
    }

    /// S145: no link is followed, of the folder, of the lock or of the socket.
    #[test]
    fn planted_links_are_refused() {
        let (folder, planted) = place();
        let elsewhere = folder.path().join("elsewhere");
        DirBuilder::new().mode(0o700).create(&elsewhere).unwrap();
        symlink(&elsewhere, &planted.folder).unwrap();
        assert!(matches!(planted.take(), Err(TakeError::Untrusted(_))));
        assert!(planted.check_socket().is_err());

        let (folder, planted) = place();
        drop(planted.take().unwrap());
        let theirs = folder.path().join("theirs.sock");
        let _listening = UnixListener::bind(&theirs).unwrap();
        fs::set_permissions(&theirs, Permissions::from_mode(0o600)).unwrap();
        symlink(&theirs, planted.socket()).unwrap();
        assert!(planted.check_socket().is_err(), "a socket behind a link is not the one");
        assert!(matches!(planted.take(), Err(TakeError::Untrusted(_))), "nor is it removed");

        let (folder, planted) = place();
        drop(planted.take().unwrap());
        fs::remove_file(&planted.lock).unwrap();
        symlink(folder.path().join("made"), &planted.lock).unwrap();
        assert!(planted.take().is_err());
        assert!(!folder.path().join("made").exists(), "nothing is made behind a link");
    }

    /// S145: what is no socket, or may be used by others, is not spoken to.
    #[test]
    fn a_socket_is_checked_before_anything_is_said() {
        let (_folder, place) = place();
        let _lock = place.take().unwrap();
        fs::write(place.socket(), "").unwrap();
        fs::set_permissions(place.socket(), Permissions::from_mode(0o600)).unwrap();
        assert_eq!(place.check_socket().unwrap_err().why, "it is no socket");

        fs::remove_file(place.socket()).unwrap();
        let _listening = listen(&place);
        fs::set_permissions(place.socket(), Permissions::from_mode(0o666)).unwrap();
        assert_eq!(place.check_socket().unwrap_err().why, "others may use it");
    }

    /// S145: as root the owner can be changed, and that is seen.
    #[test]
    fn a_folder_of_another_user_is_refused() {
        if own_uid() != 0 {
            return;
        }
        let (_folder, place) = place();
        drop(place.take().unwrap());
        std::os::unix::fs::chown(&place.folder, Some(65_534), None).unwrap();

        assert!(matches!(place.take(), Err(TakeError::Untrusted(_))));
        assert_eq!(place.check_socket().unwrap_err().why, "it is another user's");
    }

    /// S145: one board has one socket, however its folder is written, and another board another one.
    #[test]
    fn each_board_has_a_socket_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["one", "other"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let of = |name: &str| name_of(&folder.path().join(name)).unwrap();

        assert_eq!(of("one"), of("other/../one"));
        assert_ne!(of("one"), of("other"));
        assert_eq!(Place::to_look(&folder.path().join("nowhere")), []);
    }
}
