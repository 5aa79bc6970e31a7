//! The autostart entry of a Linux desktop: a file in the person's configuration (Desktop Application Autostart, Desktop
//! Entry Specification 1.5) [F4].

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::arguments::{HIDDEN, HOME};

/// One file that starts one board at login.
#[derive(Debug)]
pub(crate) struct DesktopEntry {
    path: PathBuf,
    text: String,
}

impl DesktopEntry {
    /// For the program as it runs: an `AppImage` is the file a person has, not what it unpacked.
    pub(super) fn of_this_program(home: Option<&Path>) -> Option<Self> {
        let set = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
        let program = set("APPIMAGE").or_else(|| std::env::current_exe().ok())?;
        let user = set("HOME").map(|it| it.join(".config"));
        let folder = set("XDG_CONFIG_HOME").filter(|it| it.is_absolute()).or(user)?;
        Self::new(&folder, &program, home)
    }

    fn new(folder: &Path, program: &Path, home: Option<&Path>) -> Option<Self> {
        let mut exec = format!("{} {HIDDEN}", quoted(program)?);
        let mut name = "dev.patchbay.desktop".to_owned();
        if let Some(home) = home {
            exec.push_str(&format!(" {HOME} {}", quoted(home)?));
            name = crate::instance_id(&name, Some(home));
        }
        let text = format!(
            "[Desktop Entry]\nType=Application\nVersion=1.5\nName=Patchbay\nComment=Keeps connections alive\n\
             Exec={exec}\nTerminal=false\nStartupNotify=false\nX-GNOME-Autostart-enabled=true\n"
        );
        Some(Self { path: folder.join("autostart").join(format!("{name}.desktop")), text })
    }

    /// A desktop's own settings switch one off by a line of their own.
    pub(super) fn is_there(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|text| {
            !text.lines().any(|line| matches!(line.trim(), "Hidden=true" | "X-GNOME-Autostart-enabled=false"))
        })
    }

    pub(super) fn write(&self) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        // Whole or not at all: a desktop may read it at any time.
        let fresh = self.path.with_extension("desktop.new");
        fs::write(&fresh, &self.text)?;
        fs::rename(&fresh, &self.path)
    }

    pub(super) fn erase(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }
}

/// One argument of `Exec`: quoted, then escaped as a string. `None`: it cannot stand there.
fn quoted(path: &Path) -> Option<String> {
    let text = path.to_str().filter(|it| !it.chars().any(char::is_control))?;
    let mut quoted = String::from("\"");
    for it in text.chars() {
        match it {
            '"' | '`' | '$' => quoted.extend(['\\', '\\', it]),
            // Once for the quotes, once more for the string.
            '\\' => quoted.push_str("\\\\\\\\"),
            '%' => quoted.push_str("%%"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    Some(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// F4
    #[test]
    fn an_entry_is_written_read_and_erased() {
        let folder = tempfile::tempdir().unwrap();
        let entry =
            DesktopEntry::new(folder.path(), Path::new("/opt/Patch bay/it"), Some(Path::new("/home/a"))).unwrap();
        assert!(!entry.is_there());

        entry.write().unwrap();
        entry.write().unwrap();

        assert!(entry.is_there());
        let text = fs::read_to_string(&entry.path).unwrap();
        assert!(text.contains("\nExec=\"/opt/Patch bay/it\" --hidden --home \"/home/a\"\n"), "{text}");
        fs::write(&entry.path, format!("{text}Hidden=true\n")).unwrap();
        assert!(!entry.is_there(), "the desktop switched it off");
        entry.erase().unwrap();
        entry.erase().unwrap();
        assert!(!entry.path.exists());
    }

    /// S111: a path is one argument, whatever it holds.
    #[test]
    fn a_path_is_one_argument() {
        assert_eq!(quoted(Path::new("/a b%f$c\"d`e\\f")).unwrap(), "\"/a b%%f\\\\$c\\\\\"d\\\\`e\\\\\\\\f\"");
        assert_eq!(quoted(Path::new("/a\nExec=evil")), None);
    }
}
