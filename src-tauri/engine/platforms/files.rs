//! Reads a file of any platform: tells by its form whose it is, and hands it to that platform's own reader [D2].
//!
//! Bytes in, a reading out. One workflow after the other is read, so that ten thousand of them show how far they are and
//! can be left off; the whole text is walked over first, so that a truncated file changes nothing.

use std::borrow::Cow;

use domain::blast_radius::PlatformKind;
use domain::blast_radius::reading::PlatformReading;
use domain::display_text::cleaned;

use super::text::{Pieces, decoded, without_comments};
use super::{
    PlatformFailure, Progress, activepieces, by_hand, make, mcp_client, n8n, node_red, power_automate, zapier,
};

/// Ten thousand workflows with all their steps are some hundred megabytes.
pub const MAX_FILE: usize = 256 * 1024 * 1024;

/// Reads a file: of this platform, or of the one it looks like.
///
/// `name` is the file's own, without its folder: some formats keep a workflow's name there.
///
/// # Errors
/// [`PlatformFailure::Unreadable`] with the reason and, where there is one, the place;
/// [`PlatformFailure::Cancelled`] once it was.
pub fn read_file(
    kind: Option<PlatformKind>,
    name: &str,
    bytes: &[u8],
    progress: &Progress,
) -> Result<(PlatformKind, PlatformReading), PlatformFailure> {
    progress.check()?;
    let name = &cleaned(name, 200);
    let refused = |words: &str| PlatformFailure::Unreadable(name.clone(), words.to_owned());
    if bytes.len() > MAX_FILE {
        return Err(refused(&format!("it is larger than {} MiB", MAX_FILE / 1024 / 1024)));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(refused("it is a packed folder: unpack it, and import the workflows in it"));
    }
    let text = decoded(bytes);
    if text.trim().is_empty() {
        return Err(refused("it is empty"));
    }
    if text.contains('\0') {
        return Err(refused("it is no text"));
    }
    let begin = text.trim_start();
    if !begin.starts_with(['{', '[']) && !begin.starts_with("//") && !begin.starts_with("/*") {
        // Spreadsheets on a Macintosh may end lines as none does since.
        let text = if text.contains('\n') { text } else { Cow::Owned(text.replace('\r', "\n")) };
        if !by_hand::recognises_table(&text) {
            return Err(refused("it is neither JSON nor a list with a column `workflow`"));
        }
        let kind = kind.unwrap_or(PlatformKind::ByHand);
        return Ok((kind, by_hand::read_csv(name, &text, kind, progress)?));
    }
    let text = plain_json(name, &text)?;
    let pieces = Pieces::of(name, &text)?;
    let found = recognised(name, &text, &pieces)?;
    let read = match found {
        Some(PlatformKind::Make) => make::read_file(name, &text, progress)?,
        Some(PlatformKind::Zapier) => zapier::read_file(name, &pieces, progress)?,
        Some(PlatformKind::Activepieces) => activepieces::read_file(name, &pieces, &text, progress)?,
        Some(PlatformKind::NodeRed) => node_red::read_file(name, &pieces, progress)?,
        Some(PlatformKind::PowerAutomate) => power_automate::read_file(name, &text, progress)?,
        Some(PlatformKind::McpClient) => mcp_client::read_file(name, &pieces, progress)?,
        Some(PlatformKind::ByHand) => {
            let kind = kind.unwrap_or(PlatformKind::ByHand);
            return Ok((kind, by_hand::read_json(name, &pieces, kind, progress)?));
        }
        Some(PlatformKind::N8n) => n8n::read_file(name, text.as_bytes(), progress)?,
        Some(PlatformKind::Airtable | PlatformKind::Programs) | None => {
            return Err(refused("no platform writes files of this form"));
        }
    };
    match (kind, found) {
        (Some(wanted), Some(found)) if wanted != found => {
            Err(PlatformFailure::OtherKind { file: name.clone(), found, wanted })
        }
        (_, Some(found)) => Ok((found, read)),
        (_, None) => Err(refused("no platform writes files of this form")),
    }
}

/// Whose workflows a file holds, by its form alone; `None`: nobody's that is known, or it cannot be read.
pub fn kind_of(name: &str, bytes: &[u8]) -> Option<PlatformKind> {
    let text = decoded(bytes);
    if !text.trim_start().starts_with(['{', '[']) {
        return by_hand::recognises_table(&text).then_some(PlatformKind::ByHand);
    }
    let text = plain_json(name, &text).ok()?;
    recognised(name, &text, &Pieces::of(name, &text).ok()?).ok()?
}

/// JSON as it is, or without what editors of programs allow in it.
fn plain_json<'a>(name: &str, text: &'a str) -> Result<Cow<'a, str>, PlatformFailure> {
    let Err(failure) = Pieces::of(name, text) else { return Ok(Cow::Borrowed(text)) };
    let without = without_comments(text);
    match Pieces::of(name, &without) {
        Ok(_) => Ok(Cow::Owned(without)),
        Err(_) => Err(failure),
    }
}

/// Whose it is, by the names at its top.
fn recognised(name: &str, text: &str, pieces: &Pieces<'_>) -> Result<Option<PlatformKind>, PlatformFailure> {
    if node_red::holds_secrets(name, pieces) {
        let words = "it holds the secrets of Node-RED, which are not needed: import flows.json".to_owned();
        return Err(PlatformFailure::Unreadable(name.to_owned(), words));
    }
    // Names that only one platform uses come first.
    let kind = if zapier::recognises(pieces) {
        PlatformKind::Zapier
    } else if power_automate::recognises(pieces) {
        PlatformKind::PowerAutomate
    } else if make::recognises(pieces) {
        PlatformKind::Make
    } else if n8n::recognises(text.as_bytes()) {
        PlatformKind::N8n
    } else if mcp_client::recognises(pieces) {
        PlatformKind::McpClient
    } else if node_red::recognises(pieces) {
        PlatformKind::NodeRed
    } else if activepieces::recognises(pieces) {
        PlatformKind::Activepieces
    } else if by_hand::recognises(pieces) {
        PlatformKind::ByHand
    } else {
        return Ok(None);
    };
    Ok(Some(kind))
}

/// What it is called in a sentence.
pub fn title(kind: PlatformKind) -> &'static str {
    match kind {
        PlatformKind::N8n => "n8n",
        PlatformKind::Make => "Make",
        PlatformKind::Zapier => "Zapier",
        PlatformKind::Activepieces => "Activepieces",
        PlatformKind::NodeRed => "Node-RED",
        PlatformKind::PowerAutomate => "Power Automate",
        PlatformKind::Airtable => "Airtable",
        PlatformKind::McpClient => "an MCP client",
        PlatformKind::Programs => "programs",
        PlatformKind::ByHand => "a list by hand",
    }
}

#[cfg(test)]
mod tests;
