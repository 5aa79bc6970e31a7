//! Which program it is that asks: what runs, the script it says it runs, and who started it. Read from /proc: to name it to
//! a person and to tell it from another, and no proof against a program that wants to pass for another one [S146].

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use domain::display_text::marked;
use domain::interpreters::language_of;
use domain::program::{AskingProgram, ProgramFile};
use engine::flows::programs::Caller;
use ring::digest::{Context, SHA256};

/// What may stand before a script's name without taking the next word for itself, or running something else.
const PLAIN_OPTIONS_OF_PYTHON: [&[u8]; 8] = [b"-u", b"-B", b"-E", b"-I", b"-s", b"-S", b"-O", b"-OO"];
const PLAIN_OPTIONS_OF_SHELLS: [&[u8]; 7] = [b"-e", b"-u", b"-x", b"-eu", b"-ex", b"-ux", b"-eux"];
const SHELLS: [&str; 7] = ["sh", "bash", "dash", "zsh", "ksh", "fish", "busybox"];
/// What only starts another program, as jobs are started: who wrote that line is behind it.
const LAUNCHERS: [&str; 16] = [
    "timeout", "flock", "xargs", "find", "make", "gmake", "parallel", "time", "nice", "ionice", "chrt", "taskset",
    "stdbuf", "chronic", "watch", "unshare",
];
/// How far up it is looked for who started the command line.
pub(crate) const FARTHEST: usize = 8;
/// A path longer than this is cut where it is shown and compared.
const LONGEST_PATH: usize = 1_000;
const LONGEST_COMMAND_LINE: u64 = 64 * 1024;
const KEPT_HASHES: usize = 256;
/// A program or script with more in it is not told from another: reading it would take a machine's time for one question.
const LONGEST_READ: u64 = 1024 * 1024 * 1024;

/// The programs that are the person's own command line: this one, and `patchbay` beside it.
#[derive(Debug, Clone, Default)]
pub struct OwnCommands(Vec<PathBuf>);

impl OwnCommands {
    /// Those of the running program.
    pub fn of_this_program() -> Self {
        let beside = std::env::current_exe().ok().and_then(|it| Some(it.parent()?.join("patchbay")));
        Self([PathBuf::from("/proc/self/exe")].into_iter().chain(beside).collect())
    }

    /// None: every program is asked about.
    pub fn none() -> Self {
        Self::default()
    }

    /// As files: a program that was put in the place of one since is looked at where it is now.
    fn include(&self, running: &Metadata) -> bool {
        let is_same = |it: Metadata| (it.dev(), it.ino()) == (running.dev(), running.ino());
        self.0.iter().filter_map(|it| it.metadata().ok()).any(is_same)
    }
}

/// The script that started this program; `None`: a person did, or the system does not say. For the command line where it
/// does the work itself: what asks through the door is seen there. Its content is not read.
pub fn script_behind_this_program() -> Option<AskingProgram> {
    let pid = i32::try_from(std::process::id()).ok()?;
    Callers::new(OwnCommands::of_this_program()).starter(pid)?.unread()
}

/// What a command line would start: what is found under its first word, and the script that it names or is. `None`: there
/// is none. Its content is not read.
pub fn program_of_command(words: &[OsString]) -> Option<AskingProgram> {
    let path = found_program(words.first()?)?;
    let name = path.file_name()?.to_string_lossy().into_owned();
    let named = if language_of(&name).is_some() {
        let words: Vec<Vec<u8>> = words.iter().map(|it| it.as_bytes().to_vec()).collect();
        script_of(&name, &words).and_then(|it| script_path(Path::new("/proc/self"), &it))
    } else {
        None
    };
    Some(AskingProgram { file: unread(&path), script: named.as_deref().map(unread) })
}

/// Tells callers apart; keeps the hashes of files that have not changed.
#[derive(Debug, Default)]
pub(crate) struct Callers {
    own: OwnCommands,
    hashes: Mutex<HashMap<Content, String>>,
}

/// What says that a file is as it was. Its own change time cannot be set by who owns it.
type Content = (u64, u64, u64, i64, i64, i64, i64);

/// What a process runs.
struct Seen {
    proc: PathBuf,
    running: File,
    metadata: Metadata,
    path: PathBuf,
    script: Option<PathBuf>,
}

impl Callers {
    pub(crate) fn new(own: OwnCommands) -> Self {
        Self { own, hashes: Mutex::default() }
    }

    /// Who is behind a process.
    ///
    /// # Errors
    /// The process is gone, or the system does not tell.
    pub(crate) fn identify(&self, pid: i32) -> io::Result<Caller> {
        let seen = Seen::look(pid)?;
        let starter = self.starter(pid);
        let started_by = starter.as_ref().map(|it| match &it.script {
            Some(script) => shown(Path::new(script.file_name().unwrap_or_default())),
            None => it.name(),
        });
        if self.own.include(&seen.metadata) {
            return Ok(Caller::OwnCommand { started_by, script: starter.and_then(Seen::unread) });
        }
        Ok(Caller::Program { program: self.program(seen)?, started_by })
    }

    fn program(&self, seen: Seen) -> io::Result<AskingProgram> {
        let script = match &seen.script {
            Some(script) => self.script(&seen.proc, script)?,
            None => None,
        };
        let file = ProgramFile { path: shown(&seen.path), sha256: self.hash(seen.running, &seen.metadata)? };
        Ok(AskingProgram { file, script })
    }

    /// The nearest that is neither our own nor a shell that only types, nor what only starts another.
    fn starter(&self, pid: i32) -> Option<Seen> {
        let mut at = pid;
        for _ in 0..FARTHEST {
            at = parent_of(at).filter(|it| *it > 1)?;
            let seen = Seen::look(at).ok()?;
            if self.starts_for_itself(&seen) {
                return Some(seen);
            }
        }
        None
    }

    fn starts_for_itself(&self, seen: &Seen) -> bool {
        let name = seen.name();
        let only_types = seen.script.is_none() && SHELLS.contains(&name.as_str());
        !(self.own.include(&seen.metadata) || only_types || LAUNCHERS.contains(&name.as_str()))
    }

    /// Whether this process is one that would be named as who started another.
    pub(crate) fn is_starter(&self, pid: i32) -> bool {
        Seen::look(pid).is_ok_and(|it| self.starts_for_itself(&it))
    }

    /// `None`: what stands there is no file that can be read from here, so that nothing tells it from another: the
    /// interpreter itself is asked about then.
    ///
    /// # Errors
    /// It is too long to be read: under that, whoever is allowed the interpreter would be allowed more than was asked.
    fn script(&self, proc: &Path, given: &Path) -> io::Result<Option<ProgramFile>> {
        let Some(path) = script_path(proc, given) else { return Ok(None) };
        // Nobody is kept waiting by what is no file.
        let no_block = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
        let read = OpenOptions::new().read(true).custom_flags(no_block).open(&path).and_then(|file| {
            let metadata = file.metadata()?;
            if metadata.is_file() { self.hash(file, &metadata).map(Some) } else { Ok(None) }
        });
        match read {
            Ok(sha256) => Ok(sha256.map(|sha256| ProgramFile { path: shown(&path), sha256 })),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Err(error),
            Err(_) => Ok(None),
        }
    }

    fn hash(&self, file: File, metadata: &Metadata) -> io::Result<String> {
        if metadata.size() > LONGEST_READ {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let content: Content = (
            metadata.dev(),
            metadata.ino(),
            metadata.size(),
            metadata.mtime(),
            metadata.mtime_nsec(),
            metadata.ctime(),
            metadata.ctime_nsec(),
        );
        let hashes = || self.hashes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = hashes().get(&content) {
            return Ok(known.clone());
        }
        let mut hashed = Context::new(&SHA256);
        let mut piece = vec![0; 256 * 1024];
        let mut length = 0;
        // It may grow meanwhile, or be of a file system that makes it as it is read.
        let mut limited = file.take(LONGEST_READ + 1);
        loop {
            match limited.read(&mut piece)? {
                0 => break,
                read => {
                    length += read as u64;
                    hashed.update(&piece[..read]);
                }
            }
        }
        if length > LONGEST_READ {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let hash: String = hashed.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let mut kept = hashes();
        if kept.len() >= KEPT_HASHES {
            kept.clear();
        }
        kept.insert(content, hash.clone());
        Ok(hash)
    }
}

/// Tells who started this program. Looks anew each time: who has ended since is nobody any more.
#[derive(Debug)]
pub struct Starter(Callers);

impl Default for Starter {
    fn default() -> Self {
        Self(Callers::new(OwnCommands::of_this_program()))
    }
}

impl Starter {
    /// The nearest that is neither our own nor a shell that only types; `None`: nobody who can be told. Reads files: not
    /// on a thread that answers.
    pub fn program(&self) -> Option<AskingProgram> {
        let own = i32::try_from(std::process::id()).ok()?;
        let seen = self.0.starter(own)?;
        let looked = self.0.program(seen);
        looked.inspect_err(|error| tracing::debug!(%error, "who started this program could not be seen")).ok()
    }
}

impl Seen {
    fn look(pid: i32) -> io::Result<Self> {
        let proc = PathBuf::from(format!("/proc/{pid}"));
        // What runs, also where its file was replaced or removed since.
        let running = File::open(proc.join("exe"))?;
        let metadata = running.metadata()?;
        let link = std::fs::read_link(proc.join("exe"))?;
        let named = link.as_os_str().as_bytes();
        // As the kernel marks a file that is gone.
        let path = PathBuf::from(OsStr::from_bytes(named.strip_suffix(b" (deleted)").unwrap_or(named)));
        let mut seen = Self { proc, running, metadata, path, script: None };
        let name = seen.name();
        if language_of(&name).is_some() {
            seen.script = script_of(&name, &command_line(&seen.proc)?);
        }
        Ok(seen)
    }

    /// The script that it runs, by where it stands alone; `None`: it runs none that can be seen from here.
    fn unread(self) -> Option<AskingProgram> {
        let script = script_path(&self.proc, self.script.as_ref()?).filter(|it| it.is_file())?;
        Some(AskingProgram { file: unread(&self.path), script: Some(unread(&script)) })
    }

    fn name(&self) -> String {
        shown(Path::new(self.path.file_name().unwrap_or_default()))
    }
}

/// As the shell would find it.
fn found_program(name: &OsStr) -> Option<PathBuf> {
    let is_path = name.as_bytes().contains(&b'/');
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let candidates: Vec<PathBuf> =
        if is_path { vec![name.into()] } else { std::env::split_paths(&folders).map(|it| it.join(name)).collect() };
    candidates.into_iter().find_map(|it| it.canonicalize().ok().filter(|it| it.is_file()))
}

/// Where a script is that a process names; `None`: it cannot be seen from here.
fn script_path(proc: &Path, given: &Path) -> Option<PathBuf> {
    // In a container the same path is another file.
    let files_of = |of: &Path| std::fs::read_link(of.join("ns/mnt")).ok();
    if files_of(proc)? != files_of(Path::new("/proc/self"))? {
        return None;
    }
    std::fs::read_link(proc.join("cwd")).ok()?.join(given).canonicalize().ok()
}

fn unread(path: &Path) -> ProgramFile {
    ProgramFile { path: shown(path), sha256: String::new() }
}

fn shown(path: &Path) -> String {
    marked(&path.to_string_lossy(), LONGEST_PATH)
}

/// The first word, or what follows options that are known to be no more than that. Of any other it is not known here
/// whether the next word is its value, and whether a script is run at all: `python3 -W ignore job.py`, `node -e CODE`.
fn script_of(name: &str, words: &[Vec<u8>]) -> Option<PathBuf> {
    let plain: &[&[u8]] = if language_of(name) == Some("Python") {
        &PLAIN_OPTIONS_OF_PYTHON
    } else if language_of(name) == Some("shell") {
        &PLAIN_OPTIONS_OF_SHELLS
    } else {
        &[]
    };
    let script = words.iter().skip(1).find(|word| !plain.contains(&word.as_slice()))?;
    (!script.is_empty() && !script.starts_with(b"-")).then(|| PathBuf::from(OsStr::from_bytes(script)))
}

fn command_line(proc: &Path) -> io::Result<Vec<Vec<u8>>> {
    let mut text = vec![];
    File::open(proc.join("cmdline"))?.take(LONGEST_COMMAND_LINE).read_to_end(&mut text)?;
    Ok(text.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect())
}

fn parent_of(pid: i32) -> Option<i32> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own_pid() -> i32 {
        i32::try_from(std::process::id()).unwrap()
    }

    /// S146: what an interpreter runs is found among its words; text and modules are no file.
    #[test]
    fn a_script_is_the_first_word_that_is_no_option() {
        let of = |line: &str| {
            let words: Vec<_> = line.split(' ').map(|it| it.as_bytes().to_vec()).collect();
            script_of(line.split(' ').next().unwrap(), &words)
        };

        assert_eq!(of("python3 -u /srv/backup.py --all"), Some(PathBuf::from("/srv/backup.py")));
        assert_eq!(of("bash backup.sh"), Some(PathBuf::from("backup.sh")));
        assert_eq!(of("sh -eu backup.sh"), Some(PathBuf::from("backup.sh")));
        for none in [
            "python3",
            "python3 -c print(1)",
            "python3 -cprint(1) backup.py",
            "python3 -m http.server",
            "python3 -mpdb backup.py",
            "python3 -W ignore backup.py",
            "python3 -X dev backup.py",
            "bash -lc ls",
            "bash -s backup.sh",
            "bash -euo pipefail backup.sh",
            "node --eval 1",
            "node -e 1",
            "node -r ./before.js app.js",
            "perl -I lib backup.pl",
            "php -d a=b backup.php",
            "sh -",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    /// S146: what cannot be read from here is no script: there would be nothing to tell it by.
    #[test]
    fn a_script_that_is_not_there_is_none() {
        let (callers, proc) = (Callers::new(OwnCommands::none()), Path::new("/proc/self"));
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("backup.py");

        assert_eq!(callers.script(proc, &script).unwrap(), None);
        assert_eq!(callers.script(proc, folder.path()).unwrap(), None, "a folder");
        std::fs::write(&script, "pass").unwrap();
        let file = callers.script(proc, &script).unwrap().expect("it can be read");
        assert_eq!((file.path, file.sha256.len()), (script.canonicalize().unwrap().display().to_string(), 64));
    }

    /// S146, S149: what is longer than any program is not read to its end, and is no reason to ask about its interpreter.
    #[test]
    fn a_script_without_end_is_refused_and_not_read() {
        let (callers, proc) = (Callers::new(OwnCommands::none()), Path::new("/proc/self"));
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("backup.py");
        File::create(&script).unwrap().set_len(LONGEST_READ + 1).unwrap();

        let error = callers.script(proc, &script).unwrap_err();

        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }

    /// S146: this very program, by its file and its content, and as what it is told to be.
    #[test]
    fn a_process_is_known_by_what_it_runs() {
        let exe = std::env::current_exe().unwrap();
        let Caller::Program { program, .. } = Callers::new(OwnCommands::none()).identify(own_pid()).unwrap() else {
            panic!("nothing is its own")
        };
        assert_eq!(Path::new(&program.file.path), exe);
        let read = std::fs::read(&exe).unwrap();
        let hash = ring::digest::digest(&SHA256, &read);
        assert_eq!(program.file.sha256, hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>());

        let own = Callers::new(OwnCommands::of_this_program());
        assert!(matches!(own.identify(own_pid()).unwrap(), Caller::OwnCommand { .. }));
        let starter = Starter::default().program().expect("somebody runs these tests");
        assert!(Path::new(&starter.file.path) != exe && starter.file.sha256.len() == 64, "{starter:?}");
        assert!(own.identify(i32::MAX).is_err(), "there is no such process");
    }
}
