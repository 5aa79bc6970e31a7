//! A secret from a pipe or a prompt that shows nothing; never from an argument [A3].

use std::io::Read as _;

use domain::Secret;
use zeroize::Zeroizing;

use crate::ending::unless_told;
use crate::failure::Failure;

/// Longer than any secret a person has; a pipe that goes on is a mistake.
const MAX_LENGTH: u64 = 64 * 1024;

/// What a person calls the secret that is asked for.
pub(crate) const CLIENT_SECRET: &str = "client secret";
pub(crate) const PLATFORM_KEY: &str = "platform key";
pub(crate) const PASSPHRASE: &str = "passphrase";

/// A private key: PEM has many lines.
pub(crate) fn key_from_stdin() -> Result<Secret, Failure> {
    let text = read_stdin("private key")?;
    Ok(Secret::new(text.trim()))
}

/// All of standard input, without the line break at its end.
pub(crate) fn from_stdin(called: &str) -> Result<Secret, Failure> {
    let text = read_stdin(called)?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(Failure::usage(format!("No {called} came on standard input."))),
        secret if secret.len() as u64 > MAX_LENGTH => Err(Failure::usage(format!("That is too long for a {called}."))),
        secret if secret.contains(['\r', '\n']) => {
            Err(Failure::usage(format!("A {called} has one line; several came on standard input.")))
        }
        secret => Ok(Secret::new(secret)),
    }
}

/// All of standard input as it came, several lines of one entry.
pub(crate) fn text_from_stdin(called: &str) -> Result<Secret, Failure> {
    let text = read_stdin(called)?;
    match text.trim() {
        "" => Err(Failure::usage(format!("No {called} came on standard input."))),
        lines if lines.len() as u64 > MAX_LENGTH => Err(Failure::usage(format!("That is too long for a {called}."))),
        lines => Ok(Secret::new(lines)),
    }
}

/// Up to `most` lines of standard input, a secret each; empty ones are left out.
pub(crate) fn lines_from_stdin(called: &str, most: usize) -> Result<Vec<Secret>, Failure> {
    let text = read_stdin(called)?;
    let lines: Vec<_> = text.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
    match lines.len() {
        0 => Err(Failure::usage(format!("No {called} came on standard input."))),
        count if count > most => Err(Failure::usage(format!("At most {most} lines are read from standard input."))),
        _ if text.len() as u64 > MAX_LENGTH => Err(Failure::usage(format!("That is too long for a {called}."))),
        _ => Ok(lines.into_iter().map(Secret::new).collect()),
    }
}

fn read_stdin(called: &str) -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::new());
    std::io::stdin()
        .lock()
        .take(MAX_LENGTH + 1)
        .read_to_string(&mut text)
        .map_err(|_| Failure::usage(format!("The {called} on standard input is not text.")))?;
    Ok(text)
}

/// Asks at the terminal. `None`: the person left it empty.
pub(crate) async fn from_prompt(question: &'static str) -> Result<Option<Secret>, Failure> {
    let _as_it_was = AsItWas::noted();
    let asked = tokio::task::spawn_blocking(move || rpassword::prompt_password(question).map(Zeroizing::new));
    let typed = asked.await.map_err(|_| Failure::from(engine::Error::TaskEnded))?;
    let typed = typed.map_err(|error| {
        // It reads Ctrl-C itself, beside the signal.
        let is_told = error.kind() == std::io::ErrorKind::Interrupted;
        let cancelled = || Failure::cancelled(CANCELLED);
        if is_told { cancelled() } else { Failure::usage("The terminal could not be read.") }
    })?;
    Ok(Some(typed.trim()).filter(|secret| !secret.is_empty()).map(Secret::new))
}

/// The same, for who has nothing to finish first: a signal ends it with one sentence.
pub(crate) async fn from_prompt_unless_told(question: &'static str) -> Result<Option<Secret>, Failure> {
    unless_told(CANCELLED, from_prompt(question)).await?
}

const CANCELLED: &str = "Cancelled; nothing was changed.";

/// The terminal as it was before it was asked at: whoever is told to end leaves the thread behind that reads it, and with it
/// a terminal that shows no letter.
struct AsItWas(#[cfg(unix)] Option<(std::fs::File, rustix::termios::Termios)>);

impl AsItWas {
    #[cfg(unix)]
    fn noted() -> Self {
        let noted = std::fs::File::open("/dev/tty").ok();
        Self(noted.and_then(|it| rustix::termios::tcgetattr(&it).ok().map(|was| (it, was))))
    }

    #[cfg(not(unix))]
    fn noted() -> Self {
        Self()
    }
}

#[cfg(unix)]
impl Drop for AsItWas {
    fn drop(&mut self) {
        if let Some((terminal, was)) = &self.0 {
            // A terminal that is gone needs nothing.
            rustix::termios::tcsetattr(terminal, rustix::termios::OptionalActions::Now, was).ok();
        }
    }
}

/// Asks for a new passphrase twice: a slip would lock its owner out.
pub(crate) async fn new_passphrase() -> Result<Secret, Failure> {
    let Some(first) = from_prompt("Passphrase for the file: ").await? else {
        return Err(Failure::usage("An empty passphrase protects nothing."));
    };
    let second = from_prompt("The same again: ").await?;
    #[expect(clippy::disallowed_methods, reason = "compared where they were typed; neither leaves this function")]
    let is_same = second.is_some_and(|second| second.expose_secret() == first.expose_secret());
    if is_same { Ok(first) } else { Err(Failure::usage("The two passphrases differ.")) }
}
