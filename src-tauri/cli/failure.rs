//! A command that could not be done: what happened, what it means, what to do, and the exit code [A3].

use std::path::Path;

use domain::blast_radius::PlatformKind;
use domain::connection::status::Lamp;
use domain::connection::{Connection, GrantState};
use domain::diagnosis::{ActionLabel, CauseLabel, Diagnosis};
use engine::platforms::files::title;
use engine::{Engine, Error};
use jiff::Timestamp;
use serde::Serialize;

use crate::candidates::CandidateJson;
use crate::exit::Exit;
use crate::json::ComparisonJson;
use crate::words::times::Now;
use crate::words::{causes, errors, platforms, status};

/// What is said of it, and to whom.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// Nobody reads any more: there is nothing to say.
    pub(crate) is_silent: bool,
    words: Box<FailureWords>,
    cause: Option<CauseLabel>,
    action: ActionLabel,
    is_event: bool,
    comparison: Option<Box<ComparisonJson>>,
    candidates: Vec<CandidateJson>,
    retry_at: Option<Timestamp>,
}

/// The sentences of a failure. `code` is for programs; the rest for people.
#[derive(Debug, Default)]
pub(crate) struct FailureWords {
    pub(crate) code: &'static str,
    pub(crate) happened: String,
    pub(crate) meaning: String,
    pub(crate) advice: String,
    /// Codes and the like, last and small.
    pub(crate) detail: String,
}

/// A failure as programs see it.
#[derive(Debug, Serialize)]
pub(crate) struct FailureJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'static str>,
    error: &'static str,
    cause: Option<&'static str>,
    action: &'static str,
    message: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    advice: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
    /// When it is tried again, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<&'a ComparisonJson>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    candidates: &'a [CandidateJson],
}

impl Failure {
    pub(crate) fn new(exit: Exit, action: ActionLabel, words: FailureWords) -> Self {
        Self {
            exit,
            is_silent: false,
            words: words.into(),
            cause: None,
            action,
            is_event: false,
            comparison: None,
            candidates: vec![],
            retry_at: None,
        }
    }

    /// A cause at the provider. `reconnect` is the command that brings the connection back, where there is one.
    pub(crate) fn of_cause(
        code: &'static str,
        diagnosis: &Diagnosis,
        provider: &str,
        connection: Option<&Connection>,
        lamp: Option<Lamp>,
    ) -> Self {
        let words = FailureWords {
            code,
            happened: causes::happened(diagnosis, provider),
            meaning: causes::meaning(diagnosis.cause).to_owned(),
            advice: causes::advice(diagnosis.action, connection),
            detail: causes::code(diagnosis),
        };
        let mut failure = Self::new(Exit::of_cause(diagnosis, lamp), diagnosis.action, words);
        failure.cause = Some(diagnosis.cause);
        failure
    }

    /// What the engine could not do with a connection.
    pub(crate) fn about(engine: &Engine, connection: &Connection, error: Error) -> Self {
        let provider =
            engine.provider(&connection.provider).map_or_else(|_| connection.provider.to_string(), |it| it.name);
        if let Error::BlockedOnAuth { diagnosis, .. } = &error {
            let mut failure = Self::of_cause("blocked_on_auth", diagnosis, &provider, Some(connection), None);
            // A grant that is over for what only a sign-in brings back.
            if diagnosis.action.is_reconnect() && diagnosis.cause != CauseLabel::WrongTenantOrAccount {
                failure.exit = Exit::BlockedOnAuth;
            }
            return failure.with_words(|words| errors::blocked(words, connection));
        }
        if let Error::Temporary { diagnosis, .. } | Error::NeedsMending { diagnosis, .. } = &error {
            let overview = engine.overview(&connection.id).ok();
            let lamp = overview.as_ref().map(|overview| overview.status.lamp);
            let may_pass = matches!(error, Error::Temporary { .. });
            let code = if may_pass { "no_usable_token" } else { "needs_mending" };
            let mut failure = Self::of_cause(code, diagnosis, &provider, Some(connection), lamp);
            if may_pass && failure.exit == Exit::Failed {
                // Refused without a word, and not often enough to be believed.
                failure.exit = Exit::Temporary;
            }
            if diagnosis.is_guessed() {
                failure = failure.with_words(|words| {
                    words.happened = causes::refused(diagnosis, &provider);
                    causes::WORDLESS.clone_into(&mut words.meaning);
                    if may_pass {
                        words.advice.clear();
                    }
                });
            }
            if diagnosis.cause == CauseLabel::RefreshTokenMissing {
                // The token at hand holds for less than was asked for, and only a new sign-in gives another.
                failure.exit = Exit::BlockedOnAuth;
            }
            if let Some(overview) = &overview {
                failure = failure.with_doubt(&overview.connection.grant);
                let streak = overview.connection.refresh_failures.as_ref();
                if streak.is_some() && (may_pass || diagnosis.is_guessed()) {
                    failure = failure.with_words(|words| {
                        words.meaning = status::meaning_and_next(&words.meaning, overview, &Now::here());
                    });
                }
                let next_try = streak.filter(|it| it.last.is_tried_again()).map(|it| it.retry_at);
                failure.retry_at = next_try.filter(|at| *at > engine.now());
            }
            return failure;
        }
        error.into()
    }

    pub(crate) fn usage(happened: impl Into<String>) -> Self {
        let words = FailureWords {
            code: "wrong_usage",
            happened: happened.into(),
            advice: "See patchbay --help.".to_owned(),
            ..FailureWords::default()
        };
        Self::new(Exit::WrongUsage, ActionLabel::FixRequest, words)
    }

    /// It may work later.
    pub(crate) fn temporary(code: &'static str, happened: impl Into<String>, meaning: impl Into<String>) -> Self {
        let (happened, meaning) = (happened.into(), meaning.into());
        let words = FailureWords { code, happened, meaning, ..FailureWords::default() };
        Self::new(Exit::Temporary, ActionLabel::WaitAndRetry, words)
    }

    /// A person ended it; the words say what that leaves.
    pub(crate) fn cancelled(happened: impl Into<String>) -> Self {
        let words = FailureWords { code: errors::CANCELLED, happened: happened.into(), ..FailureWords::default() };
        Self::new(Exit::Failed, ActionLabel::None, words)
    }

    /// Nothing was ever stored there, and nothing can be.
    pub(crate) fn of_first_start(home: &Path) -> Self {
        let words = FailureWords {
            code: "store_read_only",
            happened: format!("There are no records yet, and none can be begun in {}.", home.display()),
            meaning: "The folder, or its disk, does not allow writing.".to_owned(),
            advice: "Make it writable, or name another data folder with --home or PATCHBAY_HOME.".to_owned(),
            ..FailureWords::default()
        };
        Self::new(Exit::Failed, ActionLabel::None, words)
    }

    /// A file of workflows, given to where clients and grants are read.
    pub(crate) fn of_workflows(path: &Path, kind: PlatformKind) -> Self {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let words = FailureWords {
            code: "other_kind",
            happened: format!("{file} is a file of {}, with workflows.", title(kind)),
            meaning: "Nothing was taken.".to_owned(),
            advice: format!("Read it: patchbay import {} FILE", kind.as_str().replace('_', "-")),
            ..FailureWords::default()
        };
        Self::new(Exit::WrongUsage, ActionLabel::FixRequest, words)
    }

    pub(crate) fn no_home() -> Self {
        let words = FailureWords {
            code: "no_data_folder",
            happened: "This system names no folder for data.".to_owned(),
            advice: "Name one with --home DIR or PATCHBAY_HOME.".to_owned(),
            ..FailureWords::default()
        };
        Self::new(Exit::WrongUsage, ActionLabel::FixRequest, words)
    }

    pub(crate) fn no_runtime(error: &std::io::Error) -> Self {
        let words = FailureWords {
            code: "unexpected",
            happened: "The system did not let Patchbay start.".to_owned(),
            detail: error.to_string(),
            ..FailureWords::default()
        };
        Self::new(Exit::Failed, ActionLabel::WaitAndRetry, words)
    }

    /// There is a token, and whoever asked could do nothing with it.
    pub(crate) fn unusable_token(happened: impl Into<String>, meaning: impl Into<String>, advice: &str) -> Self {
        let words = FailureWords {
            code: "token_unusable_there",
            happened: happened.into(),
            meaning: meaning.into(),
            advice: advice.to_owned(),
            ..FailureWords::default()
        };
        Self::new(Exit::Failed, ActionLabel::None, words)
    }

    /// The command that was to be run is not there, or may not be run.
    pub(crate) fn not_started(exit: Exit, program: &str, error: &std::io::Error) -> Self {
        let words = FailureWords {
            code: "command_not_started",
            happened: format!("{program} could not be started."),
            meaning: "What it needs is ready.".to_owned(),
            advice: "Check its name, and that it may be run.".to_owned(),
            detail: error.to_string(),
        };
        Self::new(exit, ActionLabel::FixRequest, words)
    }

    /// The output cannot be written. A reader that left has seen enough: that is no failure.
    pub(crate) fn output(error: std::io::Error) -> Self {
        let has_left = error.kind() == std::io::ErrorKind::BrokenPipe;
        let words = FailureWords {
            code: "output_failed",
            happened: "The output could not be written.".to_owned(),
            detail: error.to_string(),
            ..FailureWords::default()
        };
        let exit = if has_left { Exit::Done } else { Exit::Failed };
        Self { is_silent: has_left, ..Self::new(exit, ActionLabel::None, words) }
    }

    /// The end of a sign-in: a program that follows it waits for an event.
    #[must_use]
    pub(crate) fn into_event(mut self) -> Self {
        self.is_event = true;
        self
    }

    #[must_use]
    pub(crate) fn with_cause(mut self, cause: CauseLabel) -> Self {
        self.cause = Some(cause);
        self
    }

    /// No usable answer came: what became of the grant is known only where the request did not reach the provider.
    #[must_use]
    pub(crate) fn with_doubt(self, grant: &GrantState) -> Self {
        let is_doubtful = matches!(grant, GrantState::OutcomeUnknown { .. });
        let is_unanswered = matches!(self.cause, Some(CauseLabel::NetworkFailure | CauseLabel::ProviderOutage));
        if !is_doubtful || !is_unanswered {
            return self;
        }
        self.with_words(|words| causes::OUTCOME_UNKNOWN.clone_into(&mut words.meaning))
    }

    #[must_use]
    pub(crate) fn with_comparison(mut self, comparison: ComparisonJson) -> Self {
        self.comparison = Some(comparison.into());
        self
    }

    #[must_use]
    pub(crate) fn with_candidates(mut self, candidates: Vec<CandidateJson>) -> Self {
        self.candidates = candidates;
        self
    }

    #[must_use]
    pub(crate) fn with_words(mut self, change: impl FnOnce(&mut FailureWords)) -> Self {
        change(&mut self.words);
        self
    }

    /// Whether a new token was held when this was said.
    pub(crate) fn is_about_held(&self) -> bool {
        self.words.code == errors::BUNDLE_HELD
    }

    /// Whether a person ended it, and nothing was changed.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.words.code == errors::CANCELLED
    }

    /// Whether several bear the name that was typed.
    pub(crate) fn is_ambiguous(&self) -> bool {
        self.words.code == errors::NAME_AMBIGUOUS
    }

    /// Whether nobody could make anything of a file.
    pub(crate) fn is_about_file(&self) -> bool {
        self.words.code == platforms::UNREADABLE
    }

    /// Where nothing was read before, nothing is kept.
    #[must_use]
    pub(crate) fn without_what_is_kept(self) -> Self {
        let is_said = self.words.advice == platforms::KEPT;
        self.with_words(|words| {
            if is_said {
                "Nothing of it is known yet.".clone_into(&mut words.advice);
            }
        })
    }

    /// Whether only words can help: the client is not complete.
    pub(crate) fn is_about_client(&self) -> bool {
        self.words.code == errors::CLIENT_INCOMPLETE
    }

    /// For programs with a shape of their own: the cause, or what could not be done.
    pub(crate) fn code(&self) -> &'static str {
        self.cause.map_or(self.words.code, CauseLabel::as_str)
    }

    /// What happened and what it means.
    pub(crate) fn sentence(&self) -> String {
        if self.words.meaning.is_empty() {
            return self.words.happened.clone();
        }
        format!("{} {}", self.words.happened, self.words.meaning)
    }

    pub(crate) fn advice(&self) -> Option<&str> {
        Some(self.words.advice.as_str()).filter(|it| !it.is_empty())
    }

    pub(crate) fn detail(&self) -> Option<&str> {
        Some(self.words.detail.as_str()).filter(|it| !it.is_empty())
    }

    pub(crate) fn as_json(&self) -> FailureJson<'_> {
        FailureJson {
            event: self.is_event.then_some("failed"),
            error: self.words.code,
            cause: self.cause.map(CauseLabel::as_str),
            action: self.action.as_str(),
            message: self.sentence(),
            advice: &self.words.advice,
            detail: &self.words.detail,
            comparison: self.comparison.as_deref(),
            candidates: &self.candidates,
            retry_at: self.retry_at,
        }
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let (exit, action, words) = errors::explain(error);
        let mut failure = Self::new(exit, action, words);
        if let Error::BlockedOnAuth { diagnosis, .. }
        | Error::Temporary { diagnosis, .. }
        | Error::NeedsMending { diagnosis, .. } = error
        {
            failure.cause = Some(diagnosis.cause);
        }
        failure
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        (&error).into()
    }
}
