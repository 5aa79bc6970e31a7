//! A failure in; its cause, what decided, and one next best action out [C1, C2].

mod action;
mod answer;
mod cause;
pub mod challenge;
mod classify;
mod clue;
mod clue_words;
mod evidence;
pub mod failure_bundle;
mod mending_page;
pub mod probe_plan;
pub mod redaction;
pub mod setup_check;
pub mod sources;
pub mod vendor_report;

pub use cause::{ActionLabel, CauseLabel};
pub use classify::classify as classify_recorded;
pub use clue::{Clue, ClueWeight, Fact};
pub use evidence::{Evidence, EvidenceContext, FailedEndpoint, NetworkFailure};
pub use mending_page::MendingPage;

use crate::provider::{ErrorSignature, Provider};

/// The meaning of an answer whose access token no API would take.
const UNUSABLE_TOKEN: &str = "The provider answered without an access token that can be used.";

/// The meaning of an answer that names a token which cannot be told from it for sure.
const UNREAD_TOKEN: &str = "The answer names a token that cannot be read out of it for sure.";

/// The meaning of a refusal in words that may tell of a success.
const TOLD_OF_REPLACEMENT: &str = "The provider says that the token was replaced, and not by which.";

/// The meaning of a refresh token that was sent twice and not answered.
const ANSWERS_LOST: &str = "Two requests with the refresh token went without a usable answer: it is probably spent.";

/// The meaning of a page that is none where a device code was asked for.
const NO_DEVICE_ENDPOINT: &str = "The provider offers no sign-in by a code on another device at this address.";

/// The meaning of a token that is bound to a key, or is not, against what was asked for.
const OTHER_BINDING: &str = "The provider answered with another kind of token than was asked for.";

/// The meaning of a stored token that is not the newest.
const NEWER_ELSEWHERE: &str =
    "A newer token of this grant exists, and is not in the keychain: the stored one is spent.";

/// Names the cause of what a provider answered, for it to be kept and shown: nothing of its own words is in it [A3].
pub fn classify(evidence: &Evidence, signatures: &[ErrorSignature]) -> Diagnosis {
    let mut diagnosis = classify_recorded(evidence, signatures);
    let said = diagnosis.answered();
    for clue in &mut diagnosis.clues {
        clue.fact = clue.fact.unquoted(&said);
    }
    diagnosis
}

/// The same for an answer that came from this provider itself: with the page of its own that it names for mending.
pub fn classify_answer_of(provider: &Provider, evidence: &Evidence) -> Diagnosis {
    classify(evidence, &provider.error_signatures).with_mending_page(evidence, provider)
}

/// What the diagnosis concluded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    pub cause: CauseLabel,
    pub action: ActionLabel,
    pub confidence: Confidence,
    /// What else it may be, the likeliest first.
    pub alternatives: Box<[Alternative]>,
    /// What decided, and what rules the look-alikes out.
    pub clues: Box<[Clue]>,
    /// What the catalogue knows the provider to mean by it.
    pub meaning: Option<Box<str>>,
    /// The provider's own error code, cut and cleaned for display.
    pub provider_code: Option<String>,
    pub http_status: Option<u16>,
}

impl Diagnosis {
    /// A conclusion that needs no answer to look at.
    pub fn of(cause: CauseLabel) -> Self {
        Self {
            cause,
            action: cause.usual_action(),
            confidence: Confidence::CERTAIN,
            alternatives: Box::default(),
            clues: Box::default(),
            meaning: None,
            provider_code: None,
            http_status: None,
        }
    }

    /// An answer that looks like success, without an access token that an API would take [B8].
    pub fn of_unusable_token(http_status: Option<u16>) -> Self {
        Self { meaning: Some(UNUSABLE_TOKEN.into()), http_status, ..Self::of(CauseLabel::ProviderOutage) }
    }

    /// An answer that seems to hold a new token, which nobody can read: the one that was sent is perhaps spent [A5, S059].
    pub fn of_unread_token(http_status: Option<u16>) -> Self {
        Self { meaning: Some(UNREAD_TOKEN.into()), http_status, ..Self::of(CauseLabel::ProviderOutage) }
    }

    /// Whether a new token seems to have come that cannot be read.
    pub fn is_of_unread_token(&self) -> bool {
        self.meaning.as_deref() == Some(UNREAD_TOKEN)
    }

    /// A refusal that says in words alone that the token was replaced: this very request may have done that, and its answer
    /// not have said by what [A5].
    #[must_use]
    pub fn as_told_of_replacement(self) -> Self {
        Self {
            meaning: Some(TOLD_OF_REPLACEMENT.into()),
            confidence: Confidence::from_percent(Confidence::SAID.0 - 1),
            ..self
        }
    }

    /// Whether the provider said, in no code of the standard, that the token was replaced.
    pub fn is_of_told_replacement(&self) -> bool {
        self.meaning.as_deref() == Some(TOLD_OF_REPLACEMENT)
    }

    /// What is left to say of a refresh token that was sent, and sent again to find out, without a usable answer to
    /// either: it is probably spent, and is sent no more but by a person. `last` is what the last try met [A5].
    pub fn of_answers_lost(last: &Self) -> Self {
        Self {
            meaning: Some(ANSWERS_LOST.into()),
            confidence: Confidence::from_percent(Confidence::SAID.0 - 1),
            http_status: last.http_status,
            ..Self::of(CauseLabel::RefreshTokenReused)
        }
    }

    /// Whether the refresh token was sent twice in vain.
    pub fn is_of_answers_lost(&self) -> bool {
        self.meaning.as_deref() == Some(ANSWERS_LOST)
    }

    /// What was asked for a device code is no device endpoint (RFC 8628 §3.1).
    pub fn of_no_device_endpoint(http_status: Option<u16>) -> Self {
        Self { meaning: Some(NO_DEVICE_ENDPOINT.into()), http_status, ..Self::of(CauseLabel::UnsupportedGrant) }
    }

    /// A newer token was issued, and is not where it is used from; no provider was asked [A5, S154].
    pub fn of_newer_elsewhere(action: ActionLabel) -> Self {
        Self { meaning: Some(NEWER_ELSEWHERE.into()), action, ..Self::of(CauseLabel::RefreshTokenReused) }
    }

    /// Whether a newer token is known of that is not in the keychain.
    pub fn is_of_newer_elsewhere(&self) -> bool {
        self.cause == CauseLabel::RefreshTokenReused && self.meaning.as_deref() == Some(NEWER_ELSEWHERE)
    }

    /// "400 `invalid_grant`", "503", "no answer".
    pub fn answered(&self) -> String {
        let status = self.http_status.map(|status| status.to_string());
        let said: Vec<_> = status.into_iter().chain(self.provider_code.clone()).collect();
        if said.is_empty() { "no answer".to_owned() } else { said.join(" ") }
    }

    /// Whether the provider gives no codes for another device.
    pub fn is_of_no_device_endpoint(&self) -> bool {
        self.cause == CauseLabel::UnsupportedGrant && self.meaning.as_deref() == Some(NO_DEVICE_ENDPOINT)
    }

    /// A token that is bound to a key though nobody asked, or is not bound to ours (RFC 9449 §5).
    pub fn of_other_binding() -> Self {
        Self {
            meaning: Some(OTHER_BINDING.into()),
            action: ActionLabel::ContactProvider,
            ..Self::of(CauseLabel::TokenAudienceMismatch)
        }
    }

    /// Whether the provider binds tokens otherwise than was asked for.
    pub fn is_of_other_binding(&self) -> bool {
        self.meaning.as_deref() == Some(OTHER_BINDING)
    }

    /// Whether the provider answered, without an access token that can be used.
    pub fn is_of_unusable_token(&self) -> bool {
        self.cause == CauseLabel::ProviderOutage && self.meaning.as_deref() == Some(UNUSABLE_TOKEN)
    }

    /// Whether trying again later, unchanged, may help: also where a server that fails itself names another cause.
    pub fn is_transient(&self) -> bool {
        self.cause.is_transient() || self.is_of_failing_server()
    }

    fn is_of_failing_server(&self) -> bool {
        matches!(self.http_status, Some(500..=599)) && !self.is_of_answers_lost()
    }

    /// Whether a server failed that said so, and seems to have issued nothing: that may pass, and is tried again [B4].
    pub fn is_of_known_outage(&self) -> bool {
        self.is_of_failing_server() && !self.is_of_unread_token()
    }

    /// Whether, at the token endpoint, it means that the stored refresh token will never work again: never because a
    /// server says so while it fails itself, or because of a guess where nothing was said [B4, B5].
    pub fn ends_the_grant(&self) -> bool {
        let is_said = !self.is_of_failing_server() && !self.is_guessed() && !self.is_of_answers_lost();
        self.cause.ends_the_grant() && is_said
    }

    /// A refusal without a word, or with none that says enough: its cause is the likeliest, and the stored token is not
    /// given up for it. A bare status comes from gateways and filters too.
    pub fn is_guessed(&self) -> bool {
        self.confidence < Confidence::SAID && !self.is_transient() && !self.is_of_answers_lost()
    }

    /// The scopes that the refused call takes, where the API named them [C4].
    pub fn named_scopes(&self) -> &[String] {
        let named = |clue: &Clue| matches!(clue.fact, Fact::ScopesNamed(_));
        match self.clues.iter().find(|it| named(it)).map(|it| &it.fact) {
            Some(Fact::ScopesNamed(scopes)) => scopes,
            _ => &[],
        }
    }

    /// With the page that the evidence names, where the cause is one that a page of this provider's mends.
    #[must_use]
    pub fn with_mending_page(mut self, evidence: &Evidence, provider: &Provider) -> Self {
        let named = || MendingPage::named_in(evidence, provider);
        if let Some(page) = mending_page::may_be_mended_at_a_page(self.cause).then(named).flatten() {
            let clue = Clue { weight: ClueWeight::Supports, fact: Fact::MendingPage(page) };
            self.clues = self.clues.into_iter().chain([clue]).collect();
        }
        self
    }

    /// Where it is mended, where the provider itself named a page of its own.
    pub fn mending_page(&self) -> Option<&MendingPage> {
        self.clues.iter().find_map(|clue| if let Fact::MendingPage(page) = &clue.fact { Some(page) } else { None })
    }

    /// The same, where that page and no sign-in is what mends it: whatever offers an action offers this one [C5].
    pub fn page_that_mends(&self) -> Option<&MendingPage> {
        let is_mended_there = matches!(self.cause, CauseLabel::SsoRequired | CauseLabel::ApiNotEnabled);
        self.mending_page().filter(|_| is_mended_there)
    }

    /// Whether it is tried again without a person: also where a clock is off, as the network sets it, and where nothing
    /// was said of why it was refused [B4, B5, B9].
    pub fn is_tried_again(&self) -> bool {
        self.is_transient() || self.cause == CauseLabel::ClockSkew || self.is_guessed()
    }
}

/// Another cause that the evidence leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alternative {
    pub cause: CauseLabel,
    pub confidence: Confidence,
}

/// How sure a conclusion is, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Confidence(u8);

impl Confidence {
    pub const CERTAIN: Self = Self(100);
    /// A cause that is less sure was said by nobody.
    pub const SAID: Self = Self(50);

    /// More than a hundred is a hundred.
    pub const fn from_percent(percent: u8) -> Self {
        Self(if percent > 100 { 100 } else { percent })
    }

    pub const fn percent(self) -> u8 {
        self.0
    }

    /// Between 0 and 1.
    pub fn share(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}
