//! When to reconnect, rebuild, rotate or call the vendor, and what to write to them when it comes to that [C7].
//!
//! A vendor's support can do one thing that nobody else can: look into its own logs. So a report names what they look
//! it up by (client id, ids of requests, times in UTC), says what was ruled out, and asks for one thing.

mod escalation;
mod questions;

use url::Url;

pub use escalation::{Escalation, EscalationStep, escalation};

use super::failure_bundle::FailureFacts;
use super::probe_plan::{ProofLine, StepPage};
use super::redaction::Redaction;
use super::{CauseLabel, Diagnosis};
use crate::connection::GrantState;
use crate::display_text::cleaned;
use crate::lifecycle_event::LifecycleEvent;

/// Ids of requests, the newest first.
const REQUESTS: usize = 8;
const LONGEST: usize = 400;

/// A text for the vendor's support, and whether it is time to send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorReport {
    pub escalation: Escalation,
    pub subject: String,
    /// Exactly what is copied.
    pub text: String,
    /// Pages of the vendor's that the catalogue names.
    pub pages: Vec<(VendorPage, Url)>,
}

/// A page that may help before anybody writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VendorPage {
    Status,
    Console,
    Documentation,
}

impl VendorPage {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Status => StepPage::Status.as_str(),
            Self::Console => StepPage::Console.as_str(),
            Self::Documentation => "documentation",
        }
    }
}

/// Writes it. The client's id stays whole, unlike in a bundle: it is no secret (RFC 6749 §2.2), and without it nobody
/// finds anything.
pub fn vendor_report(facts: &FailureFacts<'_>, redaction: &Redaction) -> VendorReport {
    let cause = cause_of(facts);
    let pages = &facts.provider.pages;
    let pages = [
        (VendorPage::Status, &pages.status),
        (VendorPage::Console, &pages.console),
        (VendorPage::Documentation, &pages.documentation),
    ];
    VendorReport {
        escalation: escalation(facts),
        subject: redaction.of_text(&subject(facts, cause)),
        text: text(facts, cause, redaction),
        pages: pages.into_iter().filter_map(|(page, url)| Some((page, url.clone()?))).collect(),
    }
}

/// What it is about: the ladder's verdict, else the last failure that was seen.
pub(super) fn cause_of(facts: &FailureFacts<'_>) -> CauseLabel {
    diagnosis_of(facts).map_or(CauseLabel::NoFailure, |it| it.cause)
}

fn diagnosis_of<'a>(facts: &FailureFacts<'a>) -> Option<&'a Diagnosis> {
    let told = facts.report.map(|report| &report.verdict.diagnosis);
    told.filter(|it| it.cause != CauseLabel::NoFailure).or_else(|| stored_diagnosis(facts))
}

fn stored_diagnosis<'a>(facts: &FailureFacts<'a>) -> Option<&'a Diagnosis> {
    let it = facts.connection;
    let ended = match &it.grant {
        GrantState::Ended { diagnosis, .. } => Some(diagnosis),
        GrantState::Alive { .. }
        | GrantState::OutcomeUnknown { .. }
        | GrantState::SecretMissing { .. }
        | GrantState::Disconnected { .. } => None,
    };
    let streak = it.refresh_failures.as_ref().map(|it| &it.last);
    let proof = it.proof.as_ref().and_then(|it| it.failure.as_ref());
    ended.or(streak).or(proof)
}

/// The request that the verdict is about, among those of the rung that failed: what was answered as the verdict says,
/// else the last.
fn failed<'a>(facts: &FailureFacts<'a>) -> Option<&'a ProofLine> {
    let report = facts.report?;
    let told = &report.verdict.diagnosis;
    let proof = &report.failed_rung()?.proof;
    let is_meant = |it: &&ProofLine| it.status == told.http_status && it.code == told.provider_code;
    proof.iter().rev().find(is_meant).or(proof.last())
}

/// The newest failure of this cause that was seen, else the newest, where no ladder shows one.
fn failed_event<'a>(facts: &FailureFacts<'a>) -> Option<&'a LifecycleEvent> {
    let cause = cause_of(facts);
    let failures = || {
        let events = facts.events.iter();
        events.filter_map(|event| Some((event, event.diagnosis.as_ref()?.cause)))
    };
    let of_cause =
        failures().filter(|(_, it)| *it == cause).max_by_key(|(event, _)| (event.endpoint.is_some(), event.at));
    let any = || failures().find(|(_, it)| *it != CauseLabel::NoFailure);
    of_cause.or_else(any).map(|(event, _)| event)
}

fn code_of(facts: &FailureFacts<'_>) -> Option<String> {
    let verdict = facts.report.and_then(|report| report.verdict.diagnosis.provider_code.clone());
    verdict.or_else(|| failed_event(facts)?.diagnosis.as_ref()?.provider_code.clone())
}

/// Whether the provider did not say what it is: its cause is then not told to the provider itself as a fact [C7].
fn is_guessed(facts: &FailureFacts<'_>) -> bool {
    diagnosis_of(facts).is_some_and(Diagnosis::is_guessed)
}

fn status_of(facts: &FailureFacts<'_>) -> Option<u16> {
    facts.report.and_then(|report| report.verdict.diagnosis.http_status).or_else(|| failed_event(facts)?.http_status)
}

fn subject(facts: &FailureFacts<'_>, cause: CauseLabel) -> String {
    let said = match (code_of(facts), status_of(facts)) {
        (Some(code), Some(status)) => format!("{status} {code}"),
        (Some(code), None) => code,
        (None, Some(status)) => status.to_string(),
        (None, None) if is_guessed(facts) => "refused without a reason".to_owned(),
        (None, None) => cause.words().to_owned(),
    };
    let since = facts.report.and_then(|it| it.verdict.first_bad.as_ref()).map(|it| format!(" since {}", it.at));
    cleaned(&format!("OAuth at {}: {said}{}", facts.provider.name, since.unwrap_or_default()), LONGEST)
}

fn text(facts: &FailureFacts<'_>, cause: CauseLabel, redaction: &Redaction) -> String {
    let mut text = format!("Hello {} support,\n\n", redaction.of_text(&cleaned(&facts.provider.name, LONGEST)));
    let mut say = |line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    let shown = |it: &str| redaction.of_text(&cleaned(it, LONGEST));
    let opening = if is_guessed(facts) { questions::OPENING_OF_A_GUESS } else { questions::opening(cause) };
    say(&format!("{opening} All times are UTC."));
    say("");
    say("What happens");
    if let Some(line) = failed(facts) {
        say(&format!("- Request: {}", shown(&line.request)));
    } else if let Some(endpoint) = failed_event(facts).and_then(|it| it.endpoint) {
        say(&format!("- Endpoint: {endpoint}"));
    }
    let answer: Vec<_> = [status_of(facts).map(|it| it.to_string()), code_of(facts).map(|it| shown(&it))]
        .into_iter()
        .flatten()
        .collect();
    let words = failed(facts).and_then(|line| line.words.clone()).map(|it| format!(" \"{}\"", shown(&it)));
    let answer = if answer.is_empty() { "none".to_owned() } else { answer.join(" ") };
    say(&format!("- Answer: {answer}{}", words.unwrap_or_default()));
    let verdict = facts.report.map(|it| &it.verdict);
    if let Some(seen) = verdict.and_then(|it| it.first_bad.as_ref()) {
        say(&format!("- First seen: {}, {}", seen.at, shown(&seen.what)));
    }
    if let Some(seen) = verdict.and_then(|it| it.last_good.as_ref()) {
        say(&format!("- Last worked: {}, {}", seen.at, shown(&seen.what)));
    }
    say(&format!("- Token endpoint: {}", shown(facts.connection.endpoints.token_endpoint.as_str())));
    say(&format!("- Client id: {}", cleaned(&facts.client.client_id, LONGEST)));
    say_whose(facts, &shown, &mut say);
    say_requests(facts, redaction, &mut say);

    let out = verdict.map(|it| it.ruled_out.as_slice()).unwrap_or_default();
    if !out.is_empty() {
        say("");
        say("What we ruled out");
    }
    for it in out {
        say(&format!("- {}: {}", it.cause.words(), shown(&it.by)));
    }
    say("");
    say("What we ask of you");
    let reason = is_guessed(facts).then_some(questions::REASON);
    for (place, question) in reason.iter().chain(questions::questions(cause)).enumerate() {
        say(&format!("{}. {question}", place + 1));
    }
    say("");
    say("We can run the failing request again at a time you name. Thank you.");
    text
}

fn say_whose(facts: &FailureFacts<'_>, shown: &impl Fn(&str) -> String, say: &mut impl FnMut(&str)) {
    let identity = &facts.connection.identity;
    if let Some(account) = identity.account() {
        let kind = identity.kind().map(|it| format!(" ({})", shown(it))).unwrap_or_default();
        say(&format!("- Account: {}{kind}", shown(account)));
    }
    if let Some(domain) = identity.domain() {
        say(&format!("- Domain: {}", shown(domain)));
    }
    if let Some(workspace) = identity.workspace() {
        say(&format!("- Workspace: {}", shown(workspace)));
    }
    let scopes = &facts.connection.scopes;
    let listed = |scopes: &[String]| scopes.iter().map(|it| shown(it)).collect::<Vec<_>>().join(" ");
    if !scopes.requested.is_empty() {
        say(&format!("- Scopes asked for: {}", listed(&scopes.requested)));
    }
    if !scopes.granted.is_empty() {
        say(&format!("- Scopes granted: {}", listed(&scopes.granted)));
    }
    if let Some(ahead) = facts.clock.ahead_ms {
        say(&format!("- Our clock: {ahead} ms ahead of the servers'"));
    }
}

/// Those of failures first: they are what is looked up.
fn say_requests(facts: &FailureFacts<'_>, redaction: &Redaction, say: &mut impl FnMut(&str)) {
    let mut known: Vec<_> = facts.events.iter().filter_map(|event| Some((event, event.request_id.as_ref()?))).collect();
    known.sort_by_key(|(event, _)| event.diagnosis.is_none());
    if known.is_empty() {
        say("- Request ids: none came with the answers");
        return;
    }
    say("");
    say("Request ids");
    for (event, id) in known.into_iter().take(REQUESTS) {
        let mut id = serde_json::json!({ "request_id": cleaned(id, LONGEST) });
        redaction.of_value(&mut id);
        let status = event.http_status.map(|it| format!(" {it}")).unwrap_or_default();
        let kind = event.kind.as_str().replace('_', " ");
        say(&format!("- {} {kind}{status}: {}", event.at, id["request_id"].as_str().unwrap_or_default()));
    }
}

#[cfg(test)]
mod tests;
