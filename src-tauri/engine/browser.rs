//! Opens a web address in the person's browser, after an allow-list; the only caller of `open`
//! [A2, S047, S048, S050].

use std::env::consts::EXE_SUFFIX;
use std::env::split_paths;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use thiserror::Error;
use url::{Host, Url};

/// Longer addresses are cut by browsers or refused by servers anyway.
const MAX_LENGTH: usize = 8 * 1024;
/// How long a launcher may take to say that it failed. One that still runs then has a browser in its hands.
const LAUNCHER_PATIENCE: Duration = Duration::from_secs(2);

/// The person's browser.
#[derive(Clone)]
pub struct Browser {
    way: Way,
}

#[derive(Clone)]
enum Way {
    System { preferred: Option<OsString> },
    Scripted(Arc<dyn Fn(&Url) + Send + Sync>),
}

/// Why no browser was opened. Never shows the address: it may carry a sign-in's state.
#[derive(Debug, Error)]
pub enum BrowserError {
    #[error("this address is not opened: {0}")]
    NotAllowed(AddressNotAllowed),
    #[error("the browser could not be started")]
    NotStarted(#[source] io::Error),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AddressNotAllowed {
    #[error("it is not a web address")]
    Scheme,
    #[error("it is not encrypted")]
    NotEncrypted,
    #[error("it names no plain host")]
    Host,
    #[error("it carries a user name or password")]
    UserName,
    #[error("it holds characters that do not belong into a web address")]
    Characters,
    #[error("it is too long")]
    TooLong,
}

impl Browser {
    /// What `$BROWSER` names, else what the desktop prefers.
    pub fn system() -> Self {
        let preferred = std::env::var_os("BROWSER").filter(|it| !it.is_empty());
        Self { way: Way::System { preferred } }
    }

    /// A browser that is a function, for tests.
    pub fn scripted(visit: Arc<dyn Fn(&Url) + Send + Sync>) -> Self {
        Self { way: Way::Scripted(visit) }
    }

    /// The program that would be started, for a look at the set-up; `None` if there is none. Starts nothing.
    pub fn found(&self) -> Option<String> {
        match &self.way {
            Way::Scripted(_) => Some("a scripted browser".to_owned()),
            Way::System { preferred } => preferred
                .iter()
                .flat_map(|preferred| preferred_commands(preferred, ""))
                .chain(open::commands("https://localhost/"))
                .map(|command| command.get_program().to_owned())
                .find(|program| is_installed(program))
                .map(|program| program.to_string_lossy().into_owned()),
        }
    }

    /// Opens https addresses, and http ones on this computer. Returns within a few seconds; success means
    /// that a launcher took the address, not that a page is visible [S050].
    pub async fn open(&self, url: &Url) -> Result<(), BrowserError> {
        let url = allowed(url).map_err(BrowserError::NotAllowed)?;
        match &self.way {
            Way::Scripted(visit) => {
                visit(&url);
                Ok(())
            }
            Way::System { preferred } => {
                let preferred = preferred.clone();
                tokio::task::spawn_blocking(move || launch(preferred.as_ref(), url.as_str()))
                    .await
                    .map_err(|gone| BrowserError::NotStarted(io::Error::other(gone)))?
                    .map_err(BrowserError::NotStarted)
            }
        }
    }
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser").finish_non_exhaustive()
    }
}

/// The address as it may be handed to another program: serialised again, with nothing a launcher's script
/// could take for more than an argument.
fn allowed(url: &Url) -> Result<Url, AddressNotAllowed> {
    let host = url.host().ok_or(AddressNotAllowed::Scheme)?;
    match url.scheme() {
        "https" => {}
        "http" if is_this_computer(&host) => {}
        "http" => return Err(AddressNotAllowed::NotEncrypted),
        _ => return Err(AddressNotAllowed::Scheme),
    }
    if !is_plain(&host) {
        return Err(AddressNotAllowed::Host);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressNotAllowed::UserName);
    }
    // The parser encodes these in some places and leaves them in others; `'`, `(` and `)` may be meant.
    let text = url.as_str().replace('\'', "%27").replace('(', "%28").replace(')', "%29");
    if text.len() > MAX_LENGTH {
        return Err(AddressNotAllowed::TooLong);
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic() && !br#""$;<>\^`{|}"#.contains(&byte)) {
        return Err(AddressNotAllowed::Characters);
    }
    Url::parse(&text).map_err(|_| AddressNotAllowed::Characters)
}

fn is_this_computer(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => *address == Ipv4Addr::LOCALHOST,
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// The URL standard lets `&`, `"` or `$` through in host names; DNS does not.
fn is_plain(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            name.starts_with(|it: char| it.is_ascii_alphanumeric())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        }
        Host::Ipv4(_) | Host::Ipv6(_) => true,
    }
}

/// Whether a program is there: as a file, or on the search path.
fn is_installed(program: &OsStr) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        if Path::new(program).components().count() > 1 { vec![PathBuf::new()] } else { split_paths(&path).collect() };
    let mut with_suffix = program.to_owned();
    with_suffix.push(EXE_SUFFIX);
    folders.iter().any(|folder| folder.join(program).is_file() || folder.join(&with_suffix).is_file())
}

/// `open` leaves `$BROWSER` to `xdg-open`, which looks at it only outside the large desktops; a person who
/// sets it means it everywhere.
fn launch(preferred: Option<&OsString>, url: &str) -> io::Result<()> {
    let Some(preferred) = preferred else { return open::that_detached_with_timeout(url, LAUNCHER_PATIENCE) };
    // No other launcher after it: some report success whatever becomes of the page.
    let mut failure = io::Error::from(io::ErrorKind::NotFound);
    for command in preferred_commands(preferred, url) {
        match run_detached(command) {
            Ok(()) => return Ok(()),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// `$BROWSER` as `xdg-open` reads it: alternatives between colons, arguments between spaces, `%s` for the
/// address, which otherwise comes last. No shell.
fn preferred_commands(preferred: &OsString, url: &str) -> Vec<Command> {
    let Some(preferred) = preferred.to_str() else {
        return vec![Command::new(preferred)];
    };
    let separator = if cfg!(windows) { ';' } else { ':' };
    preferred
        .split(separator)
        .filter_map(|alternative| {
            let mut words = alternative.split_whitespace();
            let mut command = Command::new(words.next()?);
            let arguments: Vec<&str> = words.collect();
            command.args(arguments.iter().map(|word| word.replace("%s", url)));
            if !arguments.iter().any(|word| word.contains("%s")) {
                command.arg(url);
            }
            Some(command)
        })
        .collect()
}

/// Starts a program that may outlive this one; an error if it fails at once.
fn run_detached(mut command: Command) -> io::Result<()> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    #[cfg(unix)]
    // Away from our terminal's Ctrl-C.
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn()?;
    let (sender, ended) = mpsc::channel();
    std::thread::Builder::new().name("browser".into()).spawn(move || {
        // Nobody listens any more once the launcher counts as started.
        drop(sender.send(child.wait()));
    })?;
    match ended.recv_timeout(LAUNCHER_PATIENCE) {
        Err(_) => Ok(()),
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(_)) => Err(io::Error::other("the browser ended with an error")),
        Ok(Err(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    type Visits = Arc<Mutex<Vec<String>>>;

    fn scripted() -> (Browser, Visits) {
        let visits = Visits::default();
        let seen = visits.clone();
        let browser = Browser::scripted(Arc::new(move |url| seen.lock().unwrap().push(url.to_string())));
        (browser, visits)
    }

    /// S047
    #[tokio::test]
    async fn hostile_addresses_never_reach_the_browser() {
        let (browser, visits) = scripted();
        let long = format!("https://example.com/{}", "a".repeat(MAX_LENGTH));
        let hostile = [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "vbscript:msgbox",
            "data:text/html,<script>",
            "file:///etc/passwd",
            "file://host/share/x.exe",
            r"\\host\share\x.exe",
            "ms-msdt:/id",
            "search-ms:query=x",
            "ftp://example.com/",
            "calc",
            "calc.exe",
            "-flag",
            "--load-modules=x",
            "//example.com/x",
            "C:\\Windows\\System32\\calc.exe",
            "patchbay://x",
            "http://example.com/",
            "HTTP://example.com/",
            "http://127.0.0.2/",
            "http://localhost.example.com/",
            "http://127.0.0.1.nip.io/",
            "http://10.0.0.1/",
            "https://x&calc",
            "https://x\"&calc\"",
            "https://$(calc)/",
            "https://-flag/",
            "https://example.com/$(calc)",
            "https://example.com/`calc`?a=`calc`",
            "https://example.com/?a=b|calc",
            "https://example.com/?a=b;calc",
            "https://example.com/?a=${IFS}",
            "https://user@example.com/",
            "https://user:password@example.com/",
            "https://example.com@evil.test/",
            &long,
        ];

        for text in hostile {
            if let Ok(url) = Url::parse(text) {
                let refused = browser.open(&url).await;
                assert!(matches!(refused, Err(BrowserError::NotAllowed(_))), "opened {text}");
            }
        }

        assert!(visits.lock().unwrap().is_empty(), "no hostile address was handed on");
    }

    /// S047
    #[tokio::test]
    async fn sign_in_addresses_are_opened_as_they_are() {
        let (browser, visits) = scripted();
        let wanted = [
            "https://accounts.google.com/o/oauth2/v2/auth?client_id=a.b&scope=openid+email&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fcb",
            "http://127.0.0.1:5555/authorize?state=x",
            "http://localhost:5555/authorize",
            "http://[::1]:5555/authorize",
            "https://xn--bcher-kva.example/",
        ];

        for text in wanted {
            browser.open(&Url::parse(text).unwrap()).await.unwrap();
        }

        assert_eq!(*visits.lock().unwrap(), wanted);
    }

    /// S047
    #[tokio::test]
    async fn line_breaks_quotes_and_other_scripts_arrive_encoded() {
        let (browser, visits) = scripted();

        for text in ["https://example.com/a\nb?c=d\r\ne", "https://b\u{fc}cher.example/\u{fc}?x='a'#(b)"] {
            browser.open(&Url::parse(text).unwrap()).await.unwrap();
        }

        let visits = visits.lock().unwrap();
        assert_eq!(visits[0], "https://example.com/ab?c=de");
        assert_eq!(visits[1], "https://xn--bcher-kva.example/%C3%BC?x=%27a%27#%28b%29");
    }

    #[test]
    fn errors_do_not_show_the_address() {
        let refused = allowed(&Url::parse("http://example.com/?state=SECRET").unwrap()).unwrap_err();

        assert!(!format!("{refused} {refused:?}").contains("SECRET"));
    }

    /// The self-check names what would be started.
    #[cfg(unix)]
    #[test]
    fn the_first_program_that_is_there_is_the_one_found() {
        let system = |preferred: &str| Browser { way: Way::System { preferred: Some(OsString::from(preferred)) } };

        assert_eq!(system("/does/not/exist:/bin/sh -x").found().as_deref(), Some("/bin/sh"));
        assert_eq!(system("no-such-browser:sh").found().as_deref(), Some("sh"), "looked up on the search path");
        assert_ne!(system("no-such-browser").found().as_deref(), Some("no-such-browser"));
    }

    #[test]
    fn the_preferred_browser_is_read_as_xdg_open_reads_it() {
        let preferred = OsString::from("first --new-window %s --last:second -x");

        let commands = preferred_commands(&preferred, "https://example.com/");

        let lines: Vec<Vec<String>> = commands
            .iter()
            .map(|it| {
                std::iter::once(it.get_program())
                    .chain(it.get_args())
                    .map(|word| word.to_string_lossy().into_owned())
                    .collect()
            })
            .collect();
        assert_eq!(lines[0], ["first", "--new-window", "https://example.com/", "--last"]);
        assert_eq!(lines[1], ["second", "-x", "https://example.com/"]);
    }

    /// S050: without a desktop, as on a server.
    #[cfg(unix)]
    #[tokio::test]
    async fn the_program_in_the_browser_variable_is_really_started() {
        let folder = tempfile::tempdir().unwrap();
        let seen = folder.path().join("seen");
        let program = folder.path().join("browser.sh");
        let script = format!("printf %s \"$2\" > {}\n", seen.display());
        std::fs::write(&program, script).unwrap();
        let preferred = OsString::from(format!("/does/not/exist:/bin/sh {} --tab", program.display()));
        let browser = Browser { way: Way::System { preferred: Some(preferred) } };

        browser.open(&Url::parse("https://example.com/a?b=c&d=e").unwrap()).await.unwrap();

        // The launcher ended before `open` returned, or it would still count as running.
        assert_eq!(std::fs::read_to_string(seen).unwrap(), "https://example.com/a?b=c&d=e");
    }
}
