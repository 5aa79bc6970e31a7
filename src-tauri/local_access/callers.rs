//! Which program it is that asks: what runs, the script it says it runs, and who started it. Read from /proc: to name it to
//! a person and to tell it from another, and no proof against a program that wants to pass for another one [S146].

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use domain::display_text::marked;
use domain::program::{AskingProgram, ProgramFile};
use engine::flows::programs::Caller;
use ring::digest::{Context, SHA256};

/// What runs scripts, by how its name begins: `python3.12` is one.
const INTERPRETERS: [&str; 16] = [
    "python", "node", "ruby", "perl", "php", "lua", "bash", "dash", "zsh", "ksh", "fish", "deno", "bun", "pwsh",
    "Rscript", "busybox",
];
const SHELLS: [&str; 7] = ["sh", "bash", "dash", "zsh", "ksh", "fish", "busybox"];
/// How far up it is looked for who started the command line.
const FARTHEST: usize = 8;
/// A path longer than this is cut where it is shown and compared.
const LONGEST_PATH: usize = 1_000;
const LONGEST_COMMAND_LINE: u64 = 64 * 1024;
const KEPT_HASHES: usize = 256;

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
        let started_by = self.started_by(pid);
        if self.own.include(&seen.metadata) {
            return Ok(Caller::OwnCommand { started_by });
        }
        let script = seen.script.as_ref().map(|script| self.script(&seen.proc, script));
        let file = ProgramFile { path: shown(&seen.path), sha256: self.hash(seen.running, &seen.metadata)? };
        Ok(Caller::Program { program: AskingProgram { file, script }, started_by })
    }

    /// The nearest that is neither our own nor a shell that only types.
    fn started_by(&self, pid: i32) -> Option<String> {
        let mut at = pid;
        for _ in 0..FARTHEST {
            at = parent_of(at).filter(|it| *it > 1)?;
            let seen = Seen::look(at).ok()?;
            let name = seen.name();
            if self.own.include(&seen.metadata) || (seen.script.is_none() && SHELLS.contains(&name.as_str())) {
                continue;
            }
            let script = seen.script.as_ref().and_then(|it| it.file_name());
            return Some(script.map_or(name, |it| shown(Path::new(it))));
        }
        None
    }

    /// One that cannot be read has no hash: it is told from those that can.
    fn script(&self, proc: &Path, given: &Path) -> ProgramFile {
        let from = std::fs::read_link(proc.join("cwd")).unwrap_or_default();
        let path = from.join(given);
        let path = path.canonicalize().unwrap_or(path);
        // Nobody is kept waiting by what is no file.
        let no_block = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
        let read = OpenOptions::new().read(true).custom_flags(no_block).open(&path).and_then(|file| {
            let metadata = file.metadata()?;
            if metadata.is_file() { self.hash(file, &metadata) } else { Ok(String::new()) }
        });
        ProgramFile { path: shown(&path), sha256: read.unwrap_or_default() }
    }

    fn hash(&self, mut file: File, metadata: &Metadata) -> io::Result<String> {
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
        loop {
            match file.read(&mut piece)? {
                0 => break,
                length => hashed.update(&piece[..length]),
            }
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
        if name == "sh" || is_one_of(&name, &INTERPRETERS) {
            seen.script = script_of(&command_line(&seen.proc)?);
        }
        Ok(seen)
    }

    fn name(&self) -> String {
        shown(Path::new(self.path.file_name().unwrap_or_default()))
    }
}

fn shown(path: &Path) -> String {
    marked(&path.to_string_lossy(), LONGEST_PATH)
}

/// `python`, `python3` and `python3.12`; not `pythonista`.
fn is_one_of(name: &str, known: &[&str]) -> bool {
    known.iter().any(|it| {
        name.strip_prefix(it)
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || b".-".contains(&byte)))
    })
}

/// The first word that is no option. Text given in place of a script, and modules by their name, are no file.
fn script_of(words: &[Vec<u8>]) -> Option<PathBuf> {
    for word in words.iter().skip(1) {
        match word.as_slice() {
            b"-c" | b"-m" | b"-e" | b"-" | b"--eval" | b"" => return None,
            // Shells take several letters together.
            [b'-', letters @ ..] if !letters.starts_with(b"-") && letters.ends_with(b"c") => return None,
            [b'-', ..] => {}
            script => return Some(PathBuf::from(OsStr::from_bytes(script))),
        }
    }
    None
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
        let of = |line: &str| script_of(&line.split(' ').map(|it| it.as_bytes().to_vec()).collect::<Vec<_>>());

        assert_eq!(of("python3 -u /srv/backup.py --all"), Some(PathBuf::from("/srv/backup.py")));
        assert_eq!(of("bash backup.sh"), Some(PathBuf::from("backup.sh")));
        for none in ["python3", "python3 -c print(1)", "python3 -m http.server", "bash -lc ls", "node --eval 1", "sh -"]
        {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn interpreters_are_known_by_their_name() {
        for name in ["python", "python3", "python3.12", "bash", "lua5.4"] {
            assert!(is_one_of(name, &INTERPRETERS), "{name}");
        }
        for name in ["pythonista", "nodemon", "patchbay"] {
            assert!(!is_one_of(name, &INTERPRETERS), "{name}");
        }
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
        assert!(own.identify(i32::MAX).is_err(), "there is no such process");
    }
}
