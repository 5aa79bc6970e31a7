//! What leaves for support, as it is shown before it does [C6, C7].

use engine::flows::support_bundle::{EscalationStep, FailureBundle, VendorPage, VendorReport};
use serde::Serialize;
use ts_rs::TS;

/// Both forms, word for word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct FailureBundleView {
    pub markdown: String,
    pub json: String,
    /// Without its ending.
    pub file_name: String,
}

/// Where both files are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SavedBundleView {
    pub markdown: String,
    pub json: String,
}

/// What to do first, or that it is time to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EscalationStepView {
    Nothing,
    Wait,
    Refresh,
    Reconnect,
    MendHere,
    ShareResource,
    AskAdmin,
    RotateCredentials,
    Rebuild,
    ContactVendor,
}

/// A text for the vendor's support, and whether it is time to send it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct VendorReportView {
    pub step: EscalationStepView,
    pub reason: String,
    /// What would make it the vendor's turn.
    pub vendor_when: String,
    pub subject: String,
    pub text: String,
    pub provider: String,
    pub has_status_page: bool,
    pub has_console_page: bool,
    /// To be copied; nothing opens it.
    pub documentation: Option<String>,
}

impl From<&FailureBundle> for FailureBundleView {
    fn from(bundle: &FailureBundle) -> Self {
        let FailureBundle { markdown, json, file_name } = bundle.clone();
        Self { markdown, json, file_name }
    }
}

impl VendorReportView {
    pub fn new(report: VendorReport, provider: String) -> Self {
        let page = |wanted| report.pages.iter().find(|(page, _)| *page == wanted).map(|(_, url)| url.to_string());
        Self {
            step: report.escalation.step.into(),
            has_status_page: page(VendorPage::Status).is_some(),
            has_console_page: page(VendorPage::Console).is_some(),
            documentation: page(VendorPage::Documentation),
            reason: report.escalation.reason,
            vendor_when: report.escalation.vendor_when,
            subject: report.subject,
            text: report.text,
            provider,
        }
    }
}

impl From<EscalationStep> for EscalationStepView {
    fn from(step: EscalationStep) -> Self {
        match step {
            EscalationStep::Nothing => Self::Nothing,
            EscalationStep::Wait => Self::Wait,
            EscalationStep::Refresh => Self::Refresh,
            EscalationStep::Reconnect => Self::Reconnect,
            EscalationStep::MendHere => Self::MendHere,
            EscalationStep::ShareResource => Self::ShareResource,
            EscalationStep::AskAdmin => Self::AskAdmin,
            EscalationStep::RotateCredentials => Self::RotateCredentials,
            EscalationStep::Rebuild => Self::Rebuild,
            EscalationStep::ContactVendor => Self::ContactVendor,
        }
    }
}
