//! The address at which the browser ended, from a terminal or a pipe, until it is the right one [A2].

use std::io::Read as _;

use domain::Secret;
use engine::flows::connect::SignInId;
use engine::{Engine, Error};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::terminal::{Terminal, Text, WARN};
use crate::words::redirect as words;

/// More than the engine takes: whatever is cut off there was too long already.
const MAX_LENGTH: u64 = 128 * 1024;

/// Brings the sign-in its answer. At a terminal it is asked again after a mistake; a pipe has one try.
pub(crate) async fn bring(engine: &Engine, terminal: Terminal, id: &SignInId) -> Result<(), Failure> {
    if !terminal.is_attended() {
        let address = tokio::task::spawn_blocking(from_stdin).await.map_err(|_| Failure::from(Error::TaskEnded))??;
        return Ok(engine.paste_redirect(id, address).await?);
    }
    let mut earlier = Zeroizing::new(String::new());
    loop {
        let asked = terminal.ask_for_line("Paste the address at which the browser ended: ").await.map(Zeroizing::new);
        let Some(line) = asked else { return Err(Failure::usage("The input ended before an address came.")) };
        let refused = match engine.paste_redirect(id, Secret::new(line.trim())).await {
            Ok(()) => return Ok(()),
            Err(Error::PasteRefused(why)) => why,
            Err(error) => return Err(error.into()),
        };
        // A long address may come in several lines.
        earlier.push_str(line.trim());
        if engine.paste_redirect(id, Secret::new(earlier.as_str())).await.is_ok() {
            return Ok(());
        }
        terminal.warn([Text::styled(WARN, words::paste_again(refused))]);
    }
}

fn from_stdin() -> Result<Secret, Failure> {
    let mut text = Zeroizing::new(String::new());
    std::io::stdin()
        .lock()
        .take(MAX_LENGTH)
        .read_to_string(&mut text)
        .map_err(|_| Failure::usage("The address on standard input is not text."))?;
    Ok(Secret::new(text.as_str()))
}
