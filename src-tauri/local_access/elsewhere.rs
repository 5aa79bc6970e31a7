//! Where the door is not here yet: nobody listens. A named pipe belongs here for Windows, and for macOS a way to tell
//! programs apart.

use std::convert::Infallible;
use std::ffi::OsString;
use std::path::Path;

use domain::program::{AskingProgram, ProgramFile};
use engine::Engine;

use crate::protocol::{Read, Request};

/// How the door would be kept.
#[derive(Debug, Clone, Default)]
pub struct Rules;

/// There is none.
#[derive(Debug)]
pub struct Door(Infallible);

/// Why it cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("programs cannot ask over a socket on this system yet")]
pub struct DoorError;

impl DoorError {
    /// Whether another program of this board listens already.
    pub fn is_taken(&self) -> bool {
        false
    }

    /// Whether there is no door on this system.
    pub fn is_not_here(&self) -> bool {
        true
    }
}

impl Door {
    /// # Errors
    /// Always.
    pub fn open(_: &Engine, _: Rules) -> Result<Self, DoorError> {
        Err(DoorError)
    }

    /// Never: `None`.
    #[expect(clippy::unused_async, reason = "as where there is a door")]
    pub async fn open_when_free(_: &Engine, _: Rules) -> Option<Self> {
        None
    }

    pub fn socket(&self) -> &Path {
        match self.0 {}
    }
}

/// Nobody can be told apart here yet.
#[derive(Debug, Default)]
pub struct Starter;

impl Starter {
    /// Nobody.
    pub fn program(&self) -> Option<AskingProgram> {
        None
    }
}

/// Nobody is looked after.
#[derive(Debug, Default)]
pub struct Starters;

impl Starters {
    /// Nobody.
    pub fn look() -> Self {
        Self
    }

    /// Never.
    pub async fn one_has_gone(self) {
        std::future::pending().await
    }
}

/// There is none.
#[derive(Debug)]
pub struct Client(Infallible);

/// Nothing fails where nothing is asked.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct AskFailed(#[from] Infallible);

/// Nobody knows.
pub fn script_behind_this_program() -> Option<AskingProgram> {
    None
}

/// By its first word alone.
pub fn program_of_command(words: &[OsString]) -> Option<AskingProgram> {
    let path = Path::new(words.first()?).canonicalize().ok()?;
    let file = ProgramFile { path: path.to_string_lossy().into_owned(), sha256: String::new() };
    Some(AskingProgram { file, script: None })
}

impl Client {
    /// Nobody.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "as where there is somebody to ask")]
    pub async fn find(_: &Path) -> Result<Option<Self>, AskFailed> {
        Ok(None)
    }

    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "as where there is somebody to ask")]
    pub async fn wait(&mut self, _: &Request) -> Result<Read, AskFailed> {
        match self.0 {}
    }

    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "as where there is somebody to ask")]
    pub async fn ask(&mut self, _: &Request) -> Result<Read, AskFailed> {
        match self.0 {}
    }
}
