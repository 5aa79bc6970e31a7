//! One of a provider's harmless calls, and what it showed of this grant [A6, C4, E2].

use engine::flows::checks::{CheckOutcome, CheckResult};
use serde::Serialize;
use ts_rs::TS;

use super::{CauseView, count};

/// One call that was tried, or why it was not.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct CheckView {
    /// What it does, in words: "List one file".
    pub name: String,
    pub outcome: CheckOutcomeView,
}

#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CheckOutcomeView {
    Worked {
        http_status: Option<u16>,
        latency_ms: u32,
    },
    Failed {
        http_status: Option<u16>,
        cause: CauseView,
    },
    /// These scopes are not granted, so that a refusal would say nothing new.
    NotTried {
        missing: Vec<String>,
    },
}

impl From<&CheckResult> for CheckView {
    fn from(check: &CheckResult) -> Self {
        let outcome = match &check.outcome {
            CheckOutcome::Worked { http_status, latency } => CheckOutcomeView::Worked {
                http_status: *http_status,
                latency_ms: count(usize::try_from(latency.as_millis()).unwrap_or(usize::MAX)),
            },
            CheckOutcome::Failed { http_status, diagnosis } => {
                CheckOutcomeView::Failed { http_status: *http_status, cause: diagnosis.into() }
            }
            CheckOutcome::NotTried { missing } => CheckOutcomeView::NotTried { missing: missing.clone() },
        };
        Self { name: check.name.clone(), outcome }
    }
}
