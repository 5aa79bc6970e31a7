//! A file with one JSON line an event: put aside when it is full, on the disk before anybody believes it, never with half
//! a line for longer than a crash lasts [F5].

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use domain::event_forwarding::{Complaint, ForwardingTrouble, Verdict};

use super::{NotTaken, Told};

/// What the file is called in its folder; those put aside have `.1`, `.2`, … behind it, the newest first.
pub const FILE_NAME: &str = "patchbay-events.jsonl";
/// Stands beside it for the moment in which it is tried out.
const TRIAL_NAME: &str = "patchbay-events.trial";
/// Longer than any line of ours.
const LONGEST_LINE: u64 = 64 * 1024;

/// The file of one destination.
#[derive(Debug, Clone)]
pub struct EventFile {
    pub folder: PathBuf,
    /// In bytes. A file that would grow beyond it is put aside first.
    pub largest: u64,
    /// How many that were put aside are kept.
    pub kept: u16,
}

impl EventFile {
    /// Appends a batch: when this is done it is on the disk. After a failure, or a crash, the same batch is given again,
    /// and what of it stands there already is not written twice.
    ///
    /// # Errors
    /// The disk's; nothing but whole lines is left, as far as the disk lets us.
    pub async fn append(&self, batch: &[Told]) -> Result<(), NotTaken> {
        let lines: Vec<String> = batch.iter().map(Told::line).collect();
        let this = self.clone();
        off_the_loop(move || this.append_lines(&lines)).await
    }

    /// Whether it could be appended to just now, and whether the disk has room. Writes nothing into it.
    ///
    /// # Errors
    /// The disk's.
    pub async fn try_out(&self) -> Result<(), NotTaken> {
        let this = self.clone();
        off_the_loop(move || {
            this.open()?.sync_all()?;
            this.try_room()
        })
        .await
    }

    /// Writes as much as a line may be into a file beside it, and removes that.
    fn try_room(&self) -> io::Result<()> {
        let path = self.folder.join(TRIAL_NAME);
        remove_if_there(&path)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path)?;
        let written = file.write_all(&[b' '; LONGEST_LINE as usize]).and_then(|()| file.sync_data());
        drop(file);
        written.and(remove_if_there(&path))
    }

    /// Makes the folder, where there is none, for its owner alone.
    ///
    /// # Errors
    /// The disk's.
    pub fn make_folder(&self) -> io::Result<()> {
        if self.folder.is_dir() {
            return Ok(());
        }
        make_folder(&self.folder)
    }

    fn append_lines(&self, lines: &[String]) -> io::Result<()> {
        let mut file = self.open_alone()?;
        let mut left = lines;
        let (last_line, torn) = match read_end(&mut file)? {
            End::Lines { last, torn } => (last, torn),
            // Nothing of ours is that long: it is put aside as it is.
            End::NoLine => {
                file = self.put_aside(file)?;
                (None, vec![])
            }
        };
        // What was put aside in the middle of a batch ends the file before this one.
        let last_line = last_line.or_else(|| last_line_of(&self.aside(1)));
        if let Some(written) = last_line.and_then(|last| left.iter().position(|it| it.as_bytes() == last)) {
            left = left.get(written + 1..).unwrap_or_default();
        }
        let mut rest_of_torn = None;
        if !torn.is_empty() {
            match left.split_first() {
                // The beginning of what is to be written next: its end is added.
                Some((first, others)) if first.as_bytes().starts_with(&torn) => {
                    rest_of_torn = first.get(torn.len()..);
                    left = others;
                }
                Some(_) | None => {
                    let length = file.metadata()?.len();
                    file.set_len(length.saturating_sub(torn.len() as u64))?;
                }
            }
        }
        let mut buffer = rest_of_torn.unwrap_or_default().to_owned();
        let mut length = file.metadata()?.len();
        for line in left {
            let would_be = length + (buffer.len() + line.len()) as u64;
            if would_be > self.largest && length + buffer.len() as u64 > 0 {
                write_whole_lines(&mut file, &buffer)?;
                buffer.clear();
                file = self.put_aside(file)?;
                length = 0;
            }
            buffer.push_str(line);
        }
        write_whole_lines(&mut file, &buffer)
    }

    /// The file, and nobody else's meanwhile: who was told to stop may still be at it on a slow disk.
    fn open_alone(&self) -> io::Result<File> {
        loop {
            let file = self.open()?;
            match file.lock() {
                // Some network disks have no locks: there one process alone is believed to be one.
                Err(error) if error.kind() != io::ErrorKind::Unsupported => return Err(error),
                Ok(()) | Err(_) => {}
            }
            if is_at(&file, &self.folder.join(FILE_NAME)) {
                return Ok(file);
            }
            // It was put aside while we waited.
        }
    }

    fn open(&self) -> io::Result<File> {
        let path = self.folder.join(FILE_NAME);
        let found = path.symlink_metadata();
        // What others may read is not written into a file of theirs, through a link of theirs.
        if found.as_ref().is_ok_and(|found| !found.is_file()) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        #[cfg(unix)]
        if !is_ours_alone(&file.metadata()?) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        if found.is_err() {
            sync_folder(&self.folder)?;
        }
        Ok(file)
    }

    /// The file is called `.1` from then on, the older ones one more, the oldest goes; a new one is begun.
    fn put_aside(&self, file: File) -> io::Result<File> {
        // Windows moves no open file. Elsewhere it stays locked until it is aside: whoever waits for it finds the next.
        #[cfg(windows)]
        drop(file);
        for number in (1..self.kept).rev() {
            rename_if_there(&self.aside(number), &self.aside(number + 1))?;
        }
        rename_if_there(&self.folder.join(FILE_NAME), &self.aside(1))?;
        #[cfg(not(windows))]
        drop(file);
        self.open_alone()
    }

    fn aside(&self, number: u16) -> PathBuf {
        self.folder.join(format!("{FILE_NAME}.{number}"))
    }
}

/// How a file ends.
enum End {
    Lines {
        /// The last whole one, with its end; `None`: there is none.
        last: Option<Vec<u8>>,
        /// What follows it.
        torn: Vec<u8>,
    },
    NoLine,
}

fn read_end(file: &mut File) -> io::Result<End> {
    let length = file.metadata()?.len();
    // The last line and a torn one behind it.
    let start = length.saturating_sub(2 * LONGEST_LINE);
    file.seek(SeekFrom::Start(start))?;
    let mut end = vec![];
    file.take(2 * LONGEST_LINE).read_to_end(&mut end)?;
    let Some(newline) = end.iter().rposition(|byte| *byte == b'\n') else {
        return Ok(if start == 0 { End::Lines { last: None, torn: end } } else { End::NoLine });
    };
    let torn = end.split_off(newline + 1);
    let begins = end[..newline].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    Ok(End::Lines { last: Some(end.split_off(begins)), torn })
}

fn last_line_of(path: &Path) -> Option<Vec<u8>> {
    // Of what somebody else put there in its place nothing is read: a pipe would be waited for.
    path.symlink_metadata().ok().filter(std::fs::Metadata::is_file)?;
    match read_end(&mut File::open(path).ok()?).ok()? {
        End::Lines { last, .. } => last,
        End::NoLine => None,
    }
}

/// All of it on the disk, or whole lines of it.
fn write_whole_lines(file: &mut File, lines: &str) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let before = file.metadata()?.len();
    let written = file.write_all(lines.as_bytes()).and_then(|()| file.sync_data());
    if written.is_err()
        && let Ok(after) = file.metadata()
    {
        let arrived = usize::try_from(after.len().saturating_sub(before)).unwrap_or(usize::MAX);
        let whole = lines.as_bytes().get(..arrived).unwrap_or(lines.as_bytes());
        let whole = whole.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at as u64 + 1);
        // What cannot be cut now is finished by the next batch, which is this one.
        file.set_len(before + whole).ok();
    }
    written
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let (Ok(opened), Ok(there)) = (file.metadata(), path.symlink_metadata()) else { return false };
    (opened.dev(), opened.ino()) == (there.dev(), there.ino())
}

/// An open file is not moved there.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn rename_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match std::fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        renamed => renamed,
    }
}

/// A name that is not on the disk is no file after a power cut.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_folder(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

/// A disk may take its time, and nobody else is kept waiting for it.
async fn off_the_loop(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> Result<(), NotTaken> {
    let done = tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(io::ErrorKind::Other.into()));
    done.map_err(|error| not_taken(&error))
}

/// Why the disk did not take it.
pub(crate) fn not_taken(error: &io::Error) -> NotTaken {
    use io::ErrorKind as Kind;
    let is_one_of = |kinds: &[Kind]| kinds.contains(&error.kind());
    let trouble = if is_one_of(&[Kind::StorageFull, Kind::QuotaExceeded]) {
        ForwardingTrouble::DiskFull
    } else if is_one_of(&[Kind::NotFound, Kind::NotADirectory]) {
        ForwardingTrouble::FolderMissing
    } else if is_one_of(&[Kind::PermissionDenied, Kind::ReadOnlyFilesystem]) {
        ForwardingTrouble::NotPermitted
    } else if is_one_of(&[Kind::InvalidInput, Kind::IsADirectory]) {
        ForwardingTrouble::NotAFile
    } else {
        ForwardingTrouble::Disk
    };
    let words = (trouble == ForwardingTrouble::Disk).then(|| error.to_string());
    NotTaken { verdict: Verdict::Later, complaint: Complaint { trouble, words }, asked: None }
}

/// Whether it is this person's, and has no other name under which another program means something else by it.
#[cfg(unix)]
fn is_ours_alone(found: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    found.uid() == rustix::process::geteuid().as_raw() && found.nlink() <= 1
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn at(folder: &Path, largest: u64) -> EventFile {
        EventFile { folder: folder.to_owned(), largest, kept: 3 }
    }

    fn lines(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
        numbers.into_iter().map(|it| format!("{{\"id\":{it},\"kind\":\"refresh_succeeded\"}}\n")).collect()
    }

    fn text(folder: &Path, name: &str) -> String {
        fs::read_to_string(folder.join(name)).unwrap()
    }

    /// F5: rights, and one line each.
    #[test]
    fn a_batch_is_appended_line_by_line_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = at(folder.path(), 10_000);

        file.append_lines(&lines(1..=2)).unwrap();
        file.append_lines(&lines(3..=3)).unwrap();

        assert_eq!(text(folder.path(), FILE_NAME), lines(1..=3).concat());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(folder.path().join(FILE_NAME)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    /// F5: wherever a crash cut the file, the same batch given again makes it whole: nothing lost, nothing twice.
    #[test]
    fn a_batch_cut_at_any_byte_is_whole_after_the_next_start() {
        let whole = lines(1..=5).concat();
        for cut in 0..=whole.len() {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(FILE_NAME), &whole[..cut]).unwrap();

            at(folder.path(), 10_000).append_lines(&lines(1..=5)).unwrap();

            assert_eq!(text(folder.path(), FILE_NAME), whole, "cut at {cut}");
        }
    }

    /// F5: also where the batch went over several files, and the crash came between two renames.
    #[test]
    fn a_batch_that_was_cut_while_files_were_put_aside_is_whole() {
        let line = lines([1])[0].len() as u64;
        let all = |folder: &Path| -> String {
            let names = [".3", ".2", ".1", ""].map(|it| folder.join(format!("{FILE_NAME}{it}")));
            names.iter().filter_map(|it| fs::read_to_string(it).ok()).collect()
        };
        let folder = tempfile::tempdir().unwrap();
        let file = at(folder.path(), 2 * line);
        file.append_lines(&lines(1..=4)).unwrap();
        // Put aside, and the next one not yet begun.
        fs::rename(folder.path().join(FILE_NAME), folder.path().join("kept")).unwrap();
        fs::rename(folder.path().join(format!("{FILE_NAME}.1")), folder.path().join(format!("{FILE_NAME}.2"))).unwrap();
        fs::rename(folder.path().join("kept"), folder.path().join(format!("{FILE_NAME}.1"))).unwrap();

        file.append_lines(&lines(1..=6)).unwrap();

        assert_eq!(all(folder.path()), lines(1..=6).concat());
    }

    /// F5
    #[test]
    fn a_full_file_is_put_aside_and_so_many_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let line = lines([10])[0].len() as u64;
        let file = at(folder.path(), 3 * line);

        for start in [10, 20, 30, 40, 50] {
            file.append_lines(&lines(start..start + 3)).unwrap();
        }

        let mut names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        let expected = ["", ".1", ".2", ".3"].map(|it| format!("{FILE_NAME}{it}"));
        assert_eq!(names, expected, "the oldest is gone");
        assert_eq!(text(folder.path(), &expected[0]), lines(50..53).concat());
        assert_eq!(text(folder.path(), &expected[3]), lines(20..23).concat());
        let longest = fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().metadata().unwrap().len()).max();
        assert!(longest.unwrap() <= 3 * line);
    }

    /// F5: two that append at once, one of them told to stop and still at it, mix no lines and write none twice.
    #[test]
    fn two_that_append_the_same_batch_at_once_write_it_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = at(folder.path(), 10_000_000);
        let batch = lines(1..=200);

        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| file.append_lines(&batch).unwrap());
            }
        });

        assert_eq!(text(folder.path(), FILE_NAME), batch.concat());
    }

    /// F5: half a line that is none of ours is cut, and a file without a line is kept as it is.
    #[test]
    fn what_is_none_of_ours_is_cut_or_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let file = at(folder.path(), 10_000_000);
        fs::write(folder.path().join(FILE_NAME), "{\"id\":1}\nsomething el").unwrap();
        file.append_lines(&lines([2])).unwrap();
        assert_eq!(text(folder.path(), FILE_NAME), format!("{{\"id\":1}}\n{}", lines([2])[0]));

        let noise = "x".repeat(200_000);
        fs::write(folder.path().join(FILE_NAME), &noise).unwrap();
        file.append_lines(&lines([3])).unwrap();
        assert_eq!(text(folder.path(), FILE_NAME), lines([3])[0]);
        assert_eq!(text(folder.path(), &format!("{FILE_NAME}.1")), noise);
    }

    /// F5, S085: not through a link into somebody else's file, and not into a folder that is gone.
    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed_and_a_missing_folder_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, "theirs").unwrap();
        std::os::unix::fs::symlink(&elsewhere, folder.path().join(FILE_NAME)).unwrap();

        let refused = at(folder.path(), 100).append_lines(&lines([1])).unwrap_err();
        assert_eq!(not_taken(&refused).complaint.trouble, ForwardingTrouble::NotAFile);
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "theirs");

        let missing = at(&folder.path().join("unmounted"), 100);
        let refused = missing.append_lines(&lines([1])).unwrap_err();
        assert_eq!(not_taken(&refused).complaint.trouble, ForwardingTrouble::FolderMissing);
        assert!(!missing.folder.exists());
    }

    /// F5: a full disk says so, and leaves nothing behind.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_named() {
        let mut full = OpenOptions::new().read(true).append(true).open("/dev/full").unwrap();

        let refused = write_whole_lines(&mut full, &lines([1])[0]).unwrap_err();

        assert_eq!(not_taken(&refused).complaint.trouble, ForwardingTrouble::DiskFull);
    }

    /// F5: a trial leaves nothing, takes nothing that another left for more, and reads no pipe.
    #[cfg(unix)]
    #[tokio::test]
    async fn a_trial_writes_no_event_and_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = at(folder.path(), 1_000);
        file.append_lines(&lines([1])).unwrap();
        fs::write(folder.path().join(TRIAL_NAME), "of a crash").unwrap();
        let aside = std::process::Command::new("mkfifo").arg(file.aside(1)).status().unwrap();
        assert!(aside.success());

        file.try_out().await.unwrap();

        assert_eq!(text(folder.path(), FILE_NAME), lines([1]).concat());
        assert!(!folder.path().join(TRIAL_NAME).exists());
        assert_eq!(last_line_of(&file.aside(1)), None, "nobody writes into that pipe");
    }
}
