//! Who is called when, and with what.

use crate::connection::{FailureStreak, GrantState};
use crate::diagnosis::failure_bundle::tests::{Failure, failure};
use crate::diagnosis::{ActionLabel, CauseLabel, Diagnosis};
use crate::lifecycle_event::{EventKind, LifecycleEvent};
use crate::test_values::at_minute;

use super::*;

fn of_cause(cause: CauseLabel) -> Failure {
    let mut it = failure();
    it.report.as_mut().unwrap().verdict.diagnosis = Diagnosis::of(cause);
    it.connection.grant = GrantState::Alive { granted_at: at_minute(0) };
    it
}

fn step(it: &Failure) -> EscalationStep {
    it.ask(escalation).step
}

fn report(it: &Failure) -> VendorReport {
    let redaction = Redaction::new(&[], &it.connection.identity, false);
    it.ask(|facts| vendor_report(facts, &redaction))
}

/// C7
#[test]
fn each_cause_has_its_step() {
    for (cause, expected) in [
        (CauseLabel::GrantRevoked, EscalationStep::Reconnect),
        (CauseLabel::ClientCredentialsMismatch, EscalationStep::RotateCredentials),
        (CauseLabel::UnsupportedGrant, EscalationStep::Rebuild),
        (CauseLabel::AppNotApproved, EscalationStep::ContactVendor),
        (CauseLabel::ClockSkew, EscalationStep::MendHere),
        (CauseLabel::AdminPolicyRestriction, EscalationStep::AskAdmin),
        (CauseLabel::RateLimited, EscalationStep::Wait),
        (CauseLabel::NoFailure, EscalationStep::Reconnect),
    ] {
        let mut it = of_cause(cause);
        if cause == CauseLabel::NoFailure {
            // A ladder that found nothing does not outweigh a grant that has ended.
            it.connection.grant =
                GrantState::Ended { at: at_minute(1), diagnosis: Diagnosis::of(CauseLabel::GrantRevoked) };
        }
        assert_eq!(step(&it), expected, "{cause:?}");
    }
}

/// C7, C2: an advice is never unsafe for its cause, and every cause asks the vendor something.
#[test]
fn no_cause_is_without_a_reason_and_a_question() {
    for cause in CauseLabel::ALL {
        let it = of_cause(*cause);
        let advice = it.ask(escalation);
        assert!(!advice.reason.is_empty() && !advice.vendor_when.is_empty(), "{cause:?}");
        if cause.usual_action() != ActionLabel::Reconnect {
            let widens = [EscalationStep::Reconnect].contains(&advice.step);
            let may = [ActionLabel::ReconnectWithMoreScopes, ActionLabel::ReconnectOtherAccount];
            assert!(!widens || may.contains(&cause.usual_action()), "{cause:?} is no case for a reconnect");
        }
        assert!(report(&it).text.contains("1. "), "{cause:?}");
    }
}

/// C7: what a reconnect did not mend twice, a third does not either.
#[test]
fn a_grant_that_keeps_ending_is_the_vendors_matter() {
    let mut it = failure();
    for minute in [10, 50] {
        let id = Some(it.connection.id.clone());
        it.events.push(LifecycleEvent::new(at_minute(minute), EventKind::Reconnected, id));
    }

    let advice = it.ask(escalation);

    assert_eq!(advice.step, EscalationStep::ContactVendor);
    assert!(advice.reason.contains("2 times within 14 days"), "{}", advice.reason);
}

/// C7: an outage is waited for, a long one reported.
#[test]
fn an_outage_that_lasts_is_reported() {
    let mut it = of_cause(CauseLabel::ProviderOutage);
    let streak = |since| FailureStreak {
        since,
        count: 3,
        last: Diagnosis::of(CauseLabel::ProviderOutage),
        retry_at: at_minute(111),
        wordless: None,
    };
    it.connection.refresh_failures = Some(streak(at_minute(100)));
    assert_eq!(step(&it), EscalationStep::Wait);
    it.connection.refresh_failures = Some(streak(at_minute(20)));
    assert_eq!(step(&it), EscalationStep::ContactVendor);
}

/// C7: what they look it up by, in UTC, and nobody's name.
#[test]
fn a_report_names_what_the_vendor_looks_up() {
    let report = report(&failure());

    for part in [
        "Hello Example support",
        "All times are UTC",
        "POST oauth2.example/token",
        "400 invalid_grant \"Token has been expired or revoked.\"",
        "Client id: 1234567890-abcdef.apps.example",
        "9f86d081884c7d659a2feaa0c55ad015",
        "clock is off: 0.4 s, measured on rung 2",
        &format!("First seen: {}", at_minute(100)),
        "Account: m…@fjordstudio.example (organisation)",
        "When, and by what, was this grant ended",
    ] {
        assert!(report.text.contains(part), "{part} is missing in\n{}", report.text);
    }
    assert_eq!(report.subject, format!("OAuth at Example: 400 invalid_grant since {}", at_minute(100)));
    assert_eq!(report.pages.len(), 1, "{:?}", report.pages);
    assert!(!report.text.contains("mira@"), "{}", report.text);
}

/// C7 B5: what the provider did not say is not told it as a fact; its reason is asked for first.
#[test]
fn a_guess_is_not_told_to_the_provider() {
    let mut it = of_cause(CauseLabel::GrantInvalid);
    let verdict = &mut it.report.as_mut().unwrap().verdict.diagnosis;
    verdict.confidence = crate::diagnosis::Confidence::from_percent(34);
    verdict.http_status = Some(403);

    let text = report(&it).text;

    assert!(text.contains("does not say why"), "{text}");
    assert!(text.contains("1. For what reason was this request refused"), "{text}");
    assert!(!text.contains("was ended, and we do not know why"), "{text}");
    assert!(it.bundle(&[], false).markdown.contains("Cause: perhaps "), "{}", it.bundle(&[], false).markdown);
}
