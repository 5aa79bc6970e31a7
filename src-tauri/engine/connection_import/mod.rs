//! Reads what other tools keep of OAuth clients and grants: bytes in, findings out; nothing is written, and no file
//! of theirs is touched [A1, A2, A3].
//!
//! Each format is one file. What a reader finds is only proposed: the flow matches it with the board, and a person
//! ticks what is taken.

mod bruno;
mod encoded;
mod fields;
mod gcloud;
mod insomnia;
mod n8n;
mod names;
mod nango;
mod oidc_agent;
mod postman;
mod provider_guess;
mod rclone;
mod recognition;
mod source;
mod text;

use std::time::Duration;

use domain::Secret;
use jiff::Timestamp;
use thiserror::Error;

pub use provider_guess::{Certainty, GuessedProvider, NoProvider, guess};
pub use source::{Source, open};

/// More than a person can look through; a file with more was not made by hand.
pub const MOST_FOUND: usize = 1_000;

/// The tools whose files are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImportFormat {
    /// Files of gcloud and of Google's client libraries.
    Gcloud,
    Rclone,
    N8n,
    Postman,
    Bruno,
    Insomnia,
    OidcAgent,
    Nango,
}

impl ImportFormat {
    pub const ALL: [Self; 8] = [
        Self::Gcloud,
        Self::Rclone,
        Self::N8n,
        Self::Postman,
        Self::Bruno,
        Self::Insomnia,
        Self::OidcAgent,
        Self::Nango,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gcloud => "gcloud",
            Self::Rclone => "rclone",
            Self::N8n => "n8n",
            Self::Postman => "postman",
            Self::Bruno => "bruno",
            Self::Insomnia => "insomnia",
            Self::OidcAgent => "oidc-agent",
            Self::Nango => "nango",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == text)
    }

    /// What the tool is called in a sentence.
    pub fn tool(self) -> &'static str {
        match self {
            Self::Gcloud => "gcloud or a Google library",
            Self::Rclone => "rclone",
            Self::N8n => "n8n",
            Self::Postman => "Postman",
            Self::Bruno => "Bruno",
            Self::Insomnia => "Insomnia",
            Self::OidcAgent => "oidc-agent",
            Self::Nango => "Nango",
        }
    }
}

/// One client, one grant, or a grant with its client, as it stood in a file.
#[derive(Debug, Default)]
pub struct Found {
    /// Where it stood: `[gdrive]`, `[3].data`, `collection > folder > request`.
    pub place: String,
    /// What the other tool calls it.
    pub name: Option<String>,
    pub client: Option<FoundClient>,
    pub grant: Option<FoundGrant>,
    pub clues: Clues,
    pub oddities: Vec<Oddity>,
    /// It is something else than a client or a grant: `service_account`, `clientCredentials`.
    pub other_kind: Option<String>,
}

#[derive(Debug)]
pub struct FoundClient {
    pub id: String,
    pub secret: Option<Secret>,
}

#[derive(Debug, Default)]
pub struct FoundGrant {
    pub refresh_token: Option<Secret>,
    pub access_token: Option<Secret>,
    pub issued_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    pub scopes: Vec<String>,
    /// The file says what was granted; else it says what was asked for.
    pub are_scopes_granted: bool,
    /// Whose it is, as the file says; not proved.
    pub account: Option<String>,
}

impl FoundGrant {
    /// A grant without any token is none.
    pub fn has_token(&self) -> bool {
        self.refresh_token.is_some() || self.access_token.is_some()
    }
}

/// By what the provider can be recognised; nothing is ever sent to an address of a file's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clues {
    pub issuer: Option<String>,
    pub token_url: Option<String>,
    pub authorize_url: Option<String>,
    /// What the tool calls this kind of connection: `drive`, `notionOAuth2Api`.
    pub type_name: Option<String>,
    pub format: Option<ImportFormat>,
}

/// Something about a value that a person should know before taking it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Oddity {
    /// `{{client_secret}}`, asterisks: the file names a value and does not hold it.
    Placeholder { field: String },
    /// It was base64, URL-encoded, or wrapped over lines; what it stands for is taken.
    WasEncoded { field: String },
    /// Too long, or holds what no secret may.
    Unusable { field: String },
    /// The client is not the person's own: every user of that tool shares it.
    SharedClient { owner: String },
    /// When the token was issued is not said, so its end is a guess.
    ExpiryGuessed,
}

/// All that a file held.
#[derive(Debug, Default)]
pub struct Findings {
    pub found: Vec<Found>,
    /// Entries that are neither clients nor grants: API keys, passwords, bookmarks.
    pub passed_over: usize,
}

/// Why a file could not be read. Names file and place, and never quotes a value.
#[derive(Debug, Error)]
pub enum ImportRefused {
    #[error("{file} cannot be read")]
    Unreadable { file: String, source: std::io::Error },
    #[error("{file} is {what}, not a plain file")]
    NotAFile { file: String, what: &'static str },
    #[error("{file} is larger than {} MiB; no export of this kind is", source::MAX_FILE / 1024 / 1024)]
    TooLarge { file: String },
    #[error("{file} is empty")]
    Empty { file: String },
    #[error("{file} is no text: line {line} holds bytes that are neither UTF-8 nor UTF-16")]
    NotText { file: String, line: usize },
    #[error("{file} is broken at line {line}, column {column}: {reason}")]
    Malformed { file: String, line: usize, column: usize, reason: &'static str },
    #[error("{file} does not look like a file of {tool}: {reason}", tool = format.tool())]
    AnotherTool { file: String, format: ImportFormat, reason: String },
    #[error("{file}: `{field}` is {complaint}")]
    WrongField { file: String, field: String, complaint: &'static str },
    #[error("{file} is encrypted: {advice}")]
    Encrypted { file: String, advice: &'static str },
    #[error("{file} holds more than {MOST_FOUND} entries")]
    TooMany { file: String },
    #[error("{file} is of no tool that is known here")]
    Unrecognised { file: String },
    #[error("{file} is a database: {advice}")]
    Database { file: String, advice: &'static str },
}

/// Reads a file of a known format, or of whichever format it turns out to be.
///
/// # Errors
/// [`ImportRefused`], with the place in the file.
pub fn read(source: &Source, format: Option<ImportFormat>) -> Result<(ImportFormat, Findings), ImportRefused> {
    if source.bytes.starts_with(b"SQLite format 3\0") {
        return Err(ImportRefused::Database {
            file: source.name.clone(),
            advice: "choose the folder it lies in; gcloud keeps the same grants there, under legacy_credentials",
        });
    }
    let text = text::decoded(source)?;
    let format = match format {
        Some(format) => format,
        None => recognition::recognised(source, &text)?,
    };
    let mut findings = match format {
        ImportFormat::Gcloud => gcloud::read(source, &text),
        ImportFormat::Rclone => rclone::read(source, &text),
        ImportFormat::N8n => n8n::read(source, &text),
        ImportFormat::Postman => postman::read(source, &text),
        ImportFormat::Bruno => bruno::read(source, &text),
        ImportFormat::Insomnia => insomnia::read(source, &text),
        ImportFormat::OidcAgent => oidc_agent::read(source, &text),
        ImportFormat::Nango => nango::read(source, &text),
    }?;
    if findings.found.len() > MOST_FOUND {
        return Err(ImportRefused::TooMany { file: source.name.clone() });
    }
    for found in &mut findings.found {
        found.clues.format = Some(format);
        if found.grant.as_ref().is_some_and(|grant| !grant.has_token()) {
            found.grant = None;
        }
        if let Some(owner) = found.client.as_ref().and_then(|client| names::shared_client(&client.id)) {
            found.oddities.push(Oddity::SharedClient { owner: owner.to_owned() });
        }
    }
    Ok((format, findings))
}

/// Whose clients and grants a file holds, by its form alone; `None`: no tool's that is known.
pub fn recognised(source: &Source) -> Option<ImportFormat> {
    recognition::recognised(source, &text::decoded(source).ok()?).ok()
}

/// Far enough ahead that a tool means "never" by it: rclone writes such ends.
const NEVER: Duration = Duration::from_secs(50 * 365 * 24 * 60 * 60);

/// Whether an end is so far away that the tool means that there is none.
pub fn means_never(expires_at: Timestamp, now: Timestamp) -> bool {
    Duration::try_from(expires_at.duration_since(now)).is_ok_and(|left| left > NEVER)
}
