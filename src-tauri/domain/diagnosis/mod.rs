//! A failure in; its cause, what decided, and one next best action out [C1, C2].

mod cause;
pub mod challenge;
mod classify;
mod evidence;
pub mod probe_plan;
pub mod setup_check;

pub use cause::{ActionLabel, CauseLabel};
pub use classify::classify;
pub use evidence::{Evidence, EvidenceContext, FailedEndpoint, NetworkFailure};

/// What the diagnosis concluded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    pub cause: CauseLabel,
    pub action: ActionLabel,
    /// The provider's own error code, cut and cleaned for display.
    pub provider_code: Option<String>,
    pub http_status: Option<u16>,
}

impl Diagnosis {
    /// A conclusion that needs no answer to look at.
    pub fn of(cause: CauseLabel) -> Self {
        Self { cause, action: cause.usual_action(), provider_code: None, http_status: None }
    }

    /// Whether trying again later, unchanged, may help.
    pub fn is_transient(&self) -> bool {
        self.cause.is_transient()
    }

    /// Whether it is tried again without a person: also where a clock is off, as the network sets it [B4, B9].
    pub fn is_tried_again(&self) -> bool {
        self.is_transient() || self.cause == CauseLabel::ClockSkew
    }
}
