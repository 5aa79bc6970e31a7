//! What the program ends with: numbers that scripts switch on [F1].

use std::process::ExitCode;

use domain::connection::status::Lamp;
use domain::diagnosis::Diagnosis;
use domain::preflight::Verdict;

/// Exit codes, as `patchbay --help` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    Failed = 1,
    WrongUsage = 2,
    /// A person must reconnect.
    BlockedOnAuth = 20,
    ScopeMissing = 21,
    WrongAccount = 22,
    Temporary = 23,
    NoSuchConnection = 24,
    KeychainUnavailable = 25,
    /// As shells say it: the command is there, and cannot be run.
    CommandRefused = 126,
    /// As shells say it.
    NoSuchCommand = 127,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Exit {
    /// What a cause means for a script, when the lamp of its connection is known or not.
    pub(crate) fn of_cause(diagnosis: &Diagnosis, lamp: Option<Lamp>) -> Self {
        Verdict::of_cause(diagnosis, lamp).into()
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Ready | Verdict::Unproved => Self::Done,
            Verdict::Temporary => Self::Temporary,
            // No person helps: whoever asks asks for what there is not.
            Verdict::TooShort => Self::WrongUsage,
            Verdict::NeedsMending => Self::Failed,
            Verdict::ScopeMissing => Self::ScopeMissing,
            Verdict::WrongAccount => Self::WrongAccount,
            Verdict::BlockedOnAuth => Self::BlockedOnAuth,
        }
    }
}
