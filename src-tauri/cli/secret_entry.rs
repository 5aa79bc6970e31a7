//! A client secret from a pipe or a prompt that shows nothing; never from an argument [A3].

use std::io::Read as _;

use domain::Secret;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// Longer than any client secret; a pipe that goes on is a mistake.
const MAX_LENGTH: u64 = 64 * 1024;

/// All of standard input, without the line break at its end.
pub(crate) fn from_stdin() -> Result<Secret, Failure> {
    let mut text = Zeroizing::new(String::new());
    std::io::stdin()
        .lock()
        .take(MAX_LENGTH + 1)
        .read_to_string(&mut text)
        .map_err(|_| Failure::usage("The client secret on standard input is not text."))?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(Failure::usage("No client secret came on standard input.")),
        secret if secret.len() as u64 > MAX_LENGTH => Err(Failure::usage("That is too long for a client secret.")),
        secret if secret.contains(['\r', '\n']) => {
            Err(Failure::usage("A client secret has one line; several came on standard input."))
        }
        secret => Ok(Secret::new(secret)),
    }
}

/// Asks at the terminal. `None`: the person left it empty.
pub(crate) async fn from_prompt(question: &'static str) -> Result<Option<Secret>, Failure> {
    let asked = tokio::task::spawn_blocking(move || rpassword::prompt_password(question).map(Zeroizing::new));
    let typed = asked.await.map_err(|_| Failure::from(engine::Error::TaskEnded))?;
    let typed = typed.map_err(|_| Failure::usage("The terminal could not be read."))?;
    Ok(Some(typed.trim()).filter(|secret| !secret.is_empty()).map(Secret::new))
}
