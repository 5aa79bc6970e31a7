//! The one button: from the advised action to something a click can do [C1].

use jiff::Timestamp;

use super::api::attainable_scopes;
use super::subject::Subject;
use super::{NextStep, StepPage};
use crate::diagnosis::{ActionLabel, CauseLabel, Diagnosis};

/// Follows from the action, so that it is as safe as that is; where the provider names a page for it, that page.
pub(super) fn next_step(diagnosis: &Diagnosis, retry_at: Option<Timestamp>, subject: &Subject<'_>) -> NextStep {
    let pages = &subject.provider.pages;
    if diagnosis.page_that_mends().is_some() {
        return NextStep::OpenMendingPage;
    }
    match diagnosis.action {
        ActionLabel::WaitAndRetry => {
            let has_news = diagnosis.cause == CauseLabel::ProviderOutage && pages.status.is_some();
            if has_news && retry_at.is_none() {
                NextStep::OpenProviderPage(StepPage::Status)
            } else {
                NextStep::WaitUntil(retry_at)
            }
        }
        ActionLabel::Refresh => NextStep::RefreshNow,
        ActionLabel::Reconnect => NextStep::Reconnect,
        ActionLabel::ReconnectWithMoreScopes => {
            let missing = attainable_scopes(diagnosis, subject.provider, subject.connection);
            // Nobody knows what was asked for: the consent page shows it.
            if missing.is_empty() { NextStep::Reconnect } else { NextStep::ReconnectWithScopes { missing } }
        }
        ActionLabel::ReconnectOtherAccount => NextStep::ReconnectOtherAccount,
        ActionLabel::ShareResource => NextStep::ShareResource { steps: share_steps(subject) },
        ActionLabel::AskAdmin => NextStep::AskAdmin { text: letter_to_admin(diagnosis, subject) },
        ActionLabel::FixClientConfig => {
            let is_console_only = matches!(
                diagnosis.cause,
                CauseLabel::ApiNotEnabled | CauseLabel::InvalidScopeRequest | CauseLabel::InsufficientScope
            );
            if is_console_only && pages.console.is_some() {
                NextStep::OpenProviderPage(StepPage::Console)
            } else {
                NextStep::CheckClient(subject.client.id.clone())
            }
        }
        ActionLabel::FixClock => NextStep::OpenClock,
        ActionLabel::ContactProvider if diagnosis.cause == CauseLabel::AppNotApproved && pages.console.is_some() => {
            NextStep::OpenProviderPage(StepPage::Console)
        }
        ActionLabel::FixRequest | ActionLabel::ContactProvider => NextStep::ReportToVendor,
        ActionLabel::None => NextStep::Nothing,
    }
}

/// The provider's own way, where its file knows it.
fn share_steps(subject: &Subject<'_>) -> Vec<String> {
    let account = subject.connection.identity.account().unwrap_or("the connected account");
    let app = &subject.client.name;
    let own = &subject.provider.setup.share_steps;
    let mut steps: Vec<_> = own.iter().map(|step| step.replace("{account}", account).replace("{app}", app)).collect();
    if steps.is_empty() {
        steps.push(format!("Open the object at {} as somebody who owns it.", subject.name()));
        steps.push(format!("Share it with {account}, or give the app {app} access to it."));
    }
    steps.push("Run the diagnosis again with the same address.".to_owned());
    steps
}

/// What an administrator needs to know: which app, which account, which organisation, which words [C8].
pub fn letter_to_admin(diagnosis: &Diagnosis, subject: &Subject<'_>) -> String {
    let identity = &subject.connection.identity;
    let account = identity.account().unwrap_or("my account");
    let domain = identity.domain().map(|it| format!(" of {it}")).unwrap_or_default();
    let said = match (&diagnosis.provider_code, diagnosis.http_status) {
        (Some(code), _) => format!(" {} answers \"{code}\".", subject.name()),
        (None, Some(status)) => format!(" {} answers {status}.", subject.name()),
        (None, None) => String::new(),
    };
    let scopes = &subject.connection.scopes.requested;
    let asks = if scopes.is_empty() { String::new() } else { format!(" It asks for: {}.", scopes.join(", ")) };
    let wish = if diagnosis.cause == CauseLabel::IpRestricted {
        "A rule about network addresses keeps it out."
    } else if diagnosis.cause == CauseLabel::InsufficientScope {
        "It was given every scope that it asks for, and its calls are refused all the same: the account seems to lack \
         the right."
    } else if diagnosis.cause == CauseLabel::AccountDisabled {
        "The account is disabled there."
    } else {
        "A policy there keeps it out."
    };
    let place = diagnosis.mending_page().map(|it| format!(" It is allowed at {}", it.url())).unwrap_or_default();
    format!(
        "Hello, please let the app \"{}\" (client id {}) work for {account}{domain} at {}. {wish}{said}{asks}{place} Thank you.",
        subject.client.name,
        subject.client.client_id,
        subject.name()
    )
}
