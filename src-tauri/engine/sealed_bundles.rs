//! Token bundles that the keychain would not take, sealed on the disk until it does, or encrypted for a person to
//! carry away; the only user of age [A3, A5, S154].
//!
//! Sealing needs no secret: the database knows the public half of a key whose other half is in the keychain. So a
//! keychain that is locked can keep nobody from sealing, and only that keychain opens what was sealed.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use age::secrecy::{ExposeSecret as _, SecretString};
use age::x25519;
use domain::{ConnectionId, Secret, TokenVersion};
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::intent_holder;

/// The shortest passphrase: the file may lie about for years.
pub const SHORTEST_PASSPHRASE: usize = 12;

/// The ending of a file that nothing opens.
const DAMAGED: &str = "damaged";
/// And of one that a person gave up.
const GIVEN_UP: &str = "given-up";

/// No bundle is larger; a larger file is not ours.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// Why a bundle could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("the file cannot be read or written")]
    Unavailable(#[from] io::Error),
    /// Another key's, a wrong passphrase, or a file that was changed.
    #[error("the key does not open it, or the file was changed")]
    NotOpened,
    /// Not something that Patchbay sealed.
    #[error("this is not a file of held tokens")]
    NotOurs,
    /// It opens, and there is nothing in it.
    #[error("the file holds no tokens")]
    Empty,
}

/// Makes a key: its secret half for the keychain, its public half for the database.
#[expect(clippy::disallowed_methods, reason = "handed on from one redacted type to the other")]
pub fn new_key() -> (Secret, String) {
    let identity = x25519::Identity::generate();
    (Secret::new(identity.to_string().expose_secret()), identity.to_public().to_string())
}

/// The public half of a key. `None`: this is no key.
pub fn public_half(key: &Secret) -> Option<String> {
    identity(key).map(|identity| identity.to_public().to_string())
}

/// Encrypts with a passphrase, as `age -p` does.
///
/// # Errors
/// [`SealError::NotOpened`] when age refuses, which it does not for a passphrase.
pub fn encrypt(passphrase: &Secret, plain: &[u8]) -> Result<Vec<u8>, SealError> {
    age::encrypt(&age::scrypt::Recipient::new(passphrase_of(passphrase)), plain).map_err(|_| SealError::NotOpened)
}

/// Decrypts what [`encrypt`] made.
///
/// # Errors
/// [`SealError::NotOpened`] on another passphrase, or when the file was changed.
pub fn decrypt(passphrase: &Secret, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let identity = age::scrypt::Identity::new(passphrase_of(passphrase));
    age::decrypt(&identity, sealed).map(Zeroizing::new).map_err(|_| SealError::NotOpened)
}

/// The folder of sealed bundles, one file each, named after connection and version.
pub struct SealedBundles {
    folder: PathBuf,
}

/// One sealed bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedBundle {
    pub connection: ConnectionId,
    pub version: TokenVersion,
    pub sealed_at: Timestamp,
}

/// What a process that ended while it sealed a bundle left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftDraft {
    pub connection: ConnectionId,
    pub version: TokenVersion,
    path: PathBuf,
    pid: u32,
}

impl SealedBundles {
    /// `folder` is made at the first use, for its owner alone.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Seals a bundle to the public half of the key; durable when this returns.
    ///
    /// # Errors
    /// [`SealError::NotOpened`] when that is no key; [`SealError::Unavailable`].
    pub fn put(
        &self,
        public_half: &str,
        connection: &ConnectionId,
        version: TokenVersion,
        plain: &[u8],
    ) -> Result<(), SealError> {
        let recipient: x25519::Recipient = public_half.parse().map_err(|_| SealError::NotOpened)?;
        let sealed = age::encrypt(&recipient, plain).map_err(|_| SealError::NotOpened)?;
        make_private_folder(&self.folder)?;
        write_whole(&self.path(connection, version)?, &sealed)?;
        Ok(())
    }

    /// What is sealed, in no order. Files with other names are left alone.
    ///
    /// # Errors
    /// [`SealError::Unavailable`]: then nobody knows, which is not the same as none.
    pub fn list(&self) -> Result<Vec<SealedBundle>, SealError> {
        let entries = self.entries()?;
        Ok(entries.iter().filter(|entry| is_file(entry)).filter_map(named).collect())
    }

    /// The names of files that are none of those: put aside, or of a name that says neither connection nor version.
    ///
    /// # Errors
    /// [`SealError::Unavailable`].
    pub fn list_unusable(&self) -> Result<Vec<String>, SealError> {
        let entries = self.entries()?;
        let names =
            entries.iter().filter(|entry| !is_file(entry) || named(entry).is_none()).map(fs::DirEntry::file_name);
        // A draft is a file that another process is just writing.
        let mut names: Vec<_> =
            names.map(|it| it.to_string_lossy().into_owned()).filter(|it| !it.contains(".draft-")).collect();
        names.sort();
        Ok(names)
    }

    /// Puts a file aside that nothing opens: it holds up nobody, and is there for whoever wants to look.
    ///
    /// # Errors
    /// [`SealError::Unavailable`].
    pub fn put_aside(&self, connection: &ConnectionId, version: TokenVersion) -> Result<(), SealError> {
        let path = self.path(connection, version)?;
        Ok(fs::rename(&path, aside(&path))?)
    }

    /// What was put aside, in no order: put back under its name without the ending, it is tried again.
    ///
    /// # Errors
    /// [`SealError::Unavailable`].
    pub fn list_put_aside(&self) -> Result<Vec<SealedBundle>, SealError> {
        let entries = self.entries()?;
        Ok(entries.iter().filter_map(|entry| named_with(entry, &format!(".age.{DAMAGED}"))).collect())
    }

    /// Drafts that a process left when it ended while it sealed: whole, or a part of one.
    ///
    /// # Errors
    /// [`SealError::Unavailable`].
    pub fn list_left_drafts(&self) -> Result<Vec<LeftDraft>, SealError> {
        let entries = self.entries()?;
        let drafts = entries.iter().filter(|entry| is_file(entry)).filter_map(|entry| {
            let name = entry.file_name();
            let (seal, pid) = name.to_str()?.rsplit_once(".draft-")?;
            let (connection, version) = seal.rsplit_once('.').filter(|(connection, _)| is_plain(connection))?;
            let pid = pid.parse().ok()?;
            Some(LeftDraft {
                connection: ConnectionId::from_text(connection),
                version: TokenVersion(version.parse().ok()?),
                path: entry.path(),
                pid,
            })
        });
        Ok(drafts.filter(|draft| !intent_holder::may_run(draft.pid)).collect())
    }

    /// Makes a seal of a draft that opens, where none of its version is there. False: it does not open, and is removed.
    ///
    /// # Errors
    /// [`SealError::Unavailable`].
    pub fn adopt_draft(&self, key: &Secret, draft: &LeftDraft) -> Result<bool, SealError> {
        let path = self.path(&draft.connection, draft.version)?;
        let is_whole = match (identity(key), read_small(&draft.path)) {
            (Some(identity), Ok(sealed)) => age::decrypt(&identity, &sealed).map(Zeroizing::new).is_ok(),
            (None, _) => return Err(SealError::NotOpened),
            (_, Err(SealError::Unavailable(error))) => return Err(error.into()),
            (_, Err(SealError::NotOpened | SealError::NotOurs | SealError::Empty)) => false,
        };
        if is_whole && fs::symlink_metadata(&path).is_err() {
            fs::rename(&draft.path, &path)?;
        } else {
            fs::remove_file(&draft.path)?;
        }
        Ok(is_whole)
    }

    /// Removes a draft whose bundle is of no use any more.
    ///
    /// # Errors
    /// [`SealError::Unavailable`].
    pub fn remove_draft(&self, draft: &LeftDraft) -> Result<(), SealError> {
        Ok(fs::remove_file(&draft.path)?)
    }

    /// Whether a bundle lies sealed; what is no regular file is none.
    ///
    /// # Errors
    /// [`SealError::Unavailable`].
    pub fn is_there(&self, connection: &ConnectionId, version: TokenVersion) -> Result<bool, SealError> {
        match fs::symlink_metadata(self.path(connection, version)?) {
            Ok(found) => Ok(found.is_file()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes what was put aside or given up of a version, once it has been outlived.
    ///
    /// # Errors
    /// [`SealError::Unavailable`].
    pub fn remove_put_aside(&self, connection: &ConnectionId, version: TokenVersion) -> Result<(), SealError> {
        let path = aside(&self.path(connection, version)?);
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Marks what was put aside as given up by a person: it keeps its connection from nothing any more.
    ///
    /// # Errors
    /// [`SealError::Unavailable`].
    pub fn give_up(&self, connection: &ConnectionId, version: TokenVersion) -> Result<(), SealError> {
        let path = self.path(connection, version)?;
        Ok(fs::rename(aside(&path), path.with_extension(format!("age.{GIVEN_UP}")))?)
    }

    /// Opens one with the secret half of the key. `None` when there is no such file.
    ///
    /// # Errors
    /// [`SealError::NotOpened`]; [`SealError::NotOurs`]; [`SealError::Unavailable`].
    pub fn open(
        &self,
        key: &Secret,
        connection: &ConnectionId,
        version: TokenVersion,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, SealError> {
        let path = self.path(connection, version)?;
        let sealed = match read_small(&path) {
            Err(SealError::Unavailable(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        let identity = identity(key).ok_or(SealError::NotOpened)?;
        age::decrypt(&identity, &sealed).map(|plain| Some(Zeroizing::new(plain))).map_err(|_| SealError::NotOpened)
    }

    /// Absent is fine.
    ///
    /// # Errors
    /// [`SealError::Unavailable`].
    pub fn remove(&self, connection: &ConnectionId, version: TokenVersion) -> Result<(), SealError> {
        match fs::remove_file(self.path(connection, version)?) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Removes all that lies here of a connection, whole or not, but for what another process is just writing.
    ///
    /// # Errors
    /// [`SealError::Unavailable`].
    pub fn remove_all_of(&self, connection: &ConnectionId) -> Result<(), SealError> {
        let entries = self.entries()?;
        for entry in entries.iter().filter(|entry| is_file(entry) && is_left_of(entry, connection)) {
            match fs::remove_file(entry.path()) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// All that lies there; no folder holds nothing.
    fn entries(&self) -> io::Result<Vec<fs::DirEntry>> {
        match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(vec![]),
            read => read?.collect(),
        }
    }

    /// Where a bundle lies, or would.
    ///
    /// # Errors
    /// [`SealError::NotOurs`]: that is no id.
    pub fn path(&self, connection: &ConnectionId, version: TokenVersion) -> Result<PathBuf, SealError> {
        if !is_plain(connection.as_str()) {
            return Err(SealError::NotOurs);
        }
        Ok(self.folder.join(format!("{connection}.{}.age", version.0)))
    }
}

/// Reads a file that a person names, if it is no larger than any of ours.
///
/// # Errors
/// [`SealError::NotOurs`]; [`SealError::Unavailable`].
pub fn read_small(path: &Path) -> Result<Vec<u8>, SealError> {
    // A pipe would be waited for, and a device has no end.
    if !fs::metadata(path)?.is_file() {
        return Err(SealError::NotOurs);
    }
    let mut content = vec![];
    fs::File::open(path)?.take(LARGEST_FILE + 1).read_to_end(&mut content)?;
    if content.len() as u64 > LARGEST_FILE { Err(SealError::NotOurs) } else { Ok(content) }
}

/// Writes a file for its owner alone, whole or not at all, and durable.
///
/// # Errors
/// The disk's.
pub fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let draft = path.with_extension(format!("draft-{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&draft).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    if let Err(error) = written.and_then(|()| fs::rename(&draft, path)) {
        fs::remove_file(&draft).ok();
        return Err(error);
    }
    // The name is durable once its folder is.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Where a seal is put that does not open.
pub(crate) fn aside(path: &Path) -> PathBuf {
    path.with_extension(format!("age.{DAMAGED}"))
}

/// A link may lead anywhere, and to itself.
fn is_file(entry: &fs::DirEntry) -> bool {
    entry.file_type().is_ok_and(|it| it.is_file())
}

/// A seal of this connection, opened by nobody or given up, or a draft that its process left.
fn is_left_of(entry: &fs::DirEntry, connection: &ConnectionId) -> bool {
    let name = entry.file_name();
    let rest = name.to_str().and_then(|it| it.strip_prefix(connection.as_str())?.strip_prefix('.'));
    let Some((version, ending)) = rest.and_then(|it| it.split_once('.')) else { return false };
    let is_of_dead = |draft: &str| draft.parse().is_ok_and(|pid| !intent_holder::may_run(pid));
    version.parse::<u32>().is_ok()
        && match ending.split_once('.') {
            Some(("age", state)) => state == DAMAGED || state == GIVEN_UP,
            Some(_) => false,
            None => ending == "age" || ending.strip_prefix("draft-").is_some_and(is_of_dead),
        }
}

/// Whether this may be an id: a copy that somebody made has another name, and leads nowhere.
fn is_plain(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn named(entry: &fs::DirEntry) -> Option<SealedBundle> {
    named_with(entry, ".age")
}

fn named_with(entry: &fs::DirEntry, ending: &str) -> Option<SealedBundle> {
    let name = entry.file_name();
    let (connection, version) = name.to_str()?.strip_suffix(ending)?.rsplit_once('.')?;
    if !is_plain(connection) {
        return None;
    }
    let sealed_at = entry.metadata().and_then(|it| it.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    Some(SealedBundle {
        connection: ConnectionId::from_text(connection),
        version: TokenVersion(version.parse().ok()?),
        sealed_at: Timestamp::try_from(sealed_at).unwrap_or_default(),
    })
}

#[expect(clippy::disallowed_methods, reason = "age takes its own redacted type")]
fn identity(key: &Secret) -> Option<x25519::Identity> {
    key.expose_secret().parse().ok()
}

#[expect(clippy::disallowed_methods, reason = "age takes its own redacted type")]
fn passphrase_of(secret: &Secret) -> SecretString {
    SecretString::from(secret.expose_secret())
}

#[cfg(unix)]
fn make_private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_private_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &[u8] = b"a bundle with practice_rt_ in it";

    fn place() -> (tempfile::TempDir, SealedBundles, ConnectionId) {
        let folder = tempfile::tempdir().unwrap();
        let sealed = SealedBundles::new(folder.path().join("held"));
        (folder, sealed, ConnectionId::from_random(7))
    }

    /// S154: sealing needs no secret, opening does.
    #[test]
    fn what_was_sealed_opens_with_the_key_and_with_no_other() {
        let (_folder, sealed, id) = place();
        let (key, public) = new_key();
        sealed.put(&public, &id, TokenVersion(3), PLAIN).unwrap();

        let opened = sealed.open(&key, &id, TokenVersion(3)).unwrap().unwrap();
        let (other, _) = new_key();

        assert_eq!(opened.as_slice(), PLAIN);
        assert_eq!(public_half(&key), Some(public), "the same half each time");
        assert!(matches!(sealed.open(&other, &id, TokenVersion(3)), Err(SealError::NotOpened)));
        assert!(sealed.open(&key, &id, TokenVersion(4)).unwrap().is_none(), "another version is another file");
        assert_eq!(sealed.list().unwrap().len(), 1);
        sealed.remove(&id, TokenVersion(3)).unwrap();
        sealed.remove(&id, TokenVersion(3)).unwrap();
        assert_eq!(sealed.list().unwrap(), []);
    }

    /// A3: nothing of it is readable, and nobody else may try.
    #[cfg(unix)]
    #[test]
    fn the_file_shows_nothing_and_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let (folder, sealed, id) = place();
        sealed.put(&new_key().1, &id, TokenVersion(3), PLAIN).unwrap();

        let path = folder.path().join("held").join(format!("{id}.3.age"));
        let content = fs::read(&path).unwrap();

        assert!(!content.windows(12).any(|it| it == b"practice_rt_"), "it is encrypted");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no draft is left");
    }

    /// S109: damage anywhere is noticed.
    #[test]
    fn a_changed_or_cut_file_is_refused() {
        let (folder, sealed, id) = place();
        let (key, public) = new_key();
        sealed.put(&public, &id, TokenVersion(3), PLAIN).unwrap();
        let path = folder.path().join("held").join(format!("{id}.3.age"));
        let whole = fs::read(&path).unwrap();

        for place in (0..whole.len()).step_by(7) {
            let mut changed = whole.clone();
            changed[place] ^= 1;
            fs::write(&path, &changed).unwrap();
            assert!(sealed.open(&key, &id, TokenVersion(3)).is_err(), "byte {place} was changed");
            fs::write(&path, &whole[..place]).unwrap();
            assert!(sealed.open(&key, &id, TokenVersion(3)).is_err(), "cut at {place}");
        }
    }

    /// S154: a folder that cannot be read may hold a token: that is no empty folder.
    #[test]
    fn a_folder_that_cannot_be_listed_is_said() {
        let (folder, sealed, id) = place();
        assert_eq!(sealed.list().unwrap(), [], "no folder, no seal");

        fs::write(folder.path().join("held"), "in the way").unwrap();

        assert!(matches!(sealed.list(), Err(SealError::Unavailable(_))));
        assert!(sealed.put(&new_key().1, &id, TokenVersion(1), PLAIN).is_err());
    }

    /// S105: what is no file, or has no end, is not read.
    #[cfg(unix)]
    #[test]
    fn a_device_is_not_read() {
        assert!(matches!(read_small(Path::new("/dev/zero")), Err(SealError::NotOurs)));
        let folder = tempfile::tempdir().unwrap();
        let large = folder.path().join("large");
        fs::write(&large, vec![0; usize::try_from(LARGEST_FILE).unwrap() + 1]).unwrap();
        assert!(matches!(read_small(&large), Err(SealError::NotOurs)));
    }

    /// S154
    #[test]
    fn a_passphrase_opens_what_it_closed() {
        let passphrase = Secret::new("correct horse battery");

        let file = encrypt(&passphrase, PLAIN).unwrap();

        assert_eq!(decrypt(&passphrase, &file).unwrap().as_slice(), PLAIN);
        assert!(matches!(decrypt(&Secret::new("incorrect horse"), &file), Err(SealError::NotOpened)));
        assert!(matches!(decrypt(&passphrase, b"plain text"), Err(SealError::NotOpened)));
    }

    /// S154: what a process that was killed while it sealed left counts where it is whole.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_draft_of_a_dead_process_is_a_seal_if_it_opens_and_is_removed_if_not() {
        let (folder, sealed, id) = place();
        let (key, public) = new_key();
        let held = folder.path().join("held");
        sealed.put(&public, &id, TokenVersion(3), PLAIN).unwrap();
        let mut ended = std::process::Command::new("true").spawn().unwrap();
        ended.wait().unwrap();
        let dead = ended.id();
        let whole = fs::read(held.join(format!("{id}.3.age"))).unwrap();
        fs::rename(held.join(format!("{id}.3.age")), held.join(format!("{id}.3.draft-{dead}"))).unwrap();
        fs::write(held.join(format!("{id}.4.draft-{dead}")), &whole[..whole.len() / 2]).unwrap();
        fs::write(held.join(format!("{id}.5.draft-{}", std::process::id())), &whole).unwrap();

        let mut drafts = sealed.list_left_drafts().unwrap();
        drafts.sort_by_key(|draft| draft.version);
        let adopted: Vec<_> = drafts.iter().map(|it| (it.version.0, sealed.adopt_draft(&key, it).unwrap())).collect();

        assert_eq!(adopted, [(3, true), (4, false)], "one that may be at it is left alone");
        assert_eq!(sealed.open(&key, &id, TokenVersion(3)).unwrap().unwrap().as_slice(), PLAIN);
        assert_eq!(fs::read_dir(&held).unwrap().count(), 2);
    }

    /// S109, S154: a link is no seal, wherever it leads.
    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_no_seal() {
        let (folder, sealed, id) = place();
        let held = folder.path().join("held");
        fs::create_dir_all(held.join(format!("{id}.9.age"))).unwrap();
        std::os::unix::fs::symlink(format!("{id}.7.age"), held.join(format!("{id}.7.age"))).unwrap();

        assert_eq!(sealed.list().unwrap(), []);
        assert_eq!(sealed.list_unusable().unwrap(), [format!("{id}.7.age"), format!("{id}.9.age")]);
        assert!(!sealed.is_there(&id, TokenVersion(7)).unwrap() && !sealed.is_there(&id, TokenVersion(9)).unwrap());
    }

    /// A path is never made of an id that could lead elsewhere.
    #[test]
    fn an_id_cannot_lead_out_of_the_folder() {
        let (_folder, sealed, _) = place();

        for id in ["../outside", "a/b", "", "a\\b"] {
            let put = sealed.put(&new_key().1, &ConnectionId::from_text(id), TokenVersion(1), PLAIN);
            assert!(matches!(put, Err(SealError::NotOurs)), "{id:?} is not an id");
        }
    }
}
