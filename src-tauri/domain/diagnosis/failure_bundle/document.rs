//! All facts of a failure as one JSON document, before it is redacted [C6].

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{FailureFacts, SCHEMA};
use crate::connection::{GrantState, TokenLink};
use crate::diagnosis::probe_plan::{LadderReport, NextStep, ProofLine, RungResult, SeenAt};
use crate::diagnosis::redaction::{BLOT, cut_id, masked};
use crate::diagnosis::vendor_report::escalation;
use crate::diagnosis::{Diagnosis, MendingPage};
use crate::display_text::cleaned;
use crate::lifecycle_event::LifecycleEvent;
use crate::token::Expiry;

/// Events kept whatever they are about.
const NEWEST: usize = 20;
/// Events kept on either side of the last good and the first bad.
const AROUND: usize = 8;
/// Links of the lineage.
const LINKS: usize = 12;
/// Ids of requests, the newest first.
const REQUESTS: usize = 20;
/// A text of anybody's is no longer.
const LONGEST: usize = 2_000;

pub(super) fn document(facts: &FailureFacts<'_>, includes_account: bool) -> Value {
    json!({
        "kind": "patchbay.failure_bundle",
        "schema": SCHEMA,
        "written_at": stamp(facts.written_at),
        "program": { "name": "Patchbay", "version": facts.version, "os": facts.system.0, "arch": facts.system.1 },
        "redaction": {
            "account": if includes_account { "included" } else { "masked" },
            "blot": BLOT,
            "tokens": "fingerprints only: the first ten hexadecimal digits of each one's SHA-256",
        },
        "connection": connection(facts, includes_account),
        "status": status(facts),
        "verdict": facts.report.map(|report| verdict(report, facts)),
        "escalation": advice(facts),
        "ladder": facts.report.map(ladder),
        "timeline": timeline(facts).into_iter().map(event).collect::<Vec<_>>(),
        "tokens": tokens(facts),
        "clock": clock(facts),
        "provider_facts": provider_facts(facts),
    })
}

fn connection(facts: &FailureFacts<'_>, includes_account: bool) -> Value {
    let it = facts.connection;
    let identity = &it.identity;
    let account = identity.account().map(|name| if includes_account { name.to_owned() } else { masked(name) });
    json!({
        "id": it.id.as_str(),
        "name": cleaned(&it.name, LONGEST),
        "environment": it.environment.as_str(),
        "created_at": stamp(it.created_at),
        "provider": { "id": it.provider.as_str(), "name": facts.provider.name },
        "client": {
            "name": facts.client.name,
            "client_id": cut_id(&facts.client.client_id),
            "has_secret": facts.client.has_secret,
            "authentication": facts.client.authentication.map(|it| it.as_str()),
        },
        "account": {
            "name": account,
            "kind": identity.kind(),
            "domain": identity.domain(),
            "workspace": identity.workspace(),
        },
        "issuer": it.endpoints.issuer,
        "token_endpoint": it.endpoints.token_endpoint.as_str(),
        "scopes": {
            "requested": it.scopes.requested,
            "granted": it.scopes.granted,
            "missing": it.scopes.missing().collect::<Vec<_>>(),
        },
        "refreshes_by_itself": it.automatic_refresh,
        "dependant_count": facts.dependant_count,
    })
}

fn status(facts: &FailureFacts<'_>) -> Value {
    let it = facts.connection;
    let (grant, at) = match &it.grant {
        GrantState::Alive { granted_at } => ("alive", granted_at),
        GrantState::OutcomeUnknown { asked_at, .. } => ("outcome_unknown", asked_at),
        GrantState::Ended { at, .. } => ("ended", at),
        GrantState::SecretMissing { at } => ("secret_missing", at),
        GrantState::Disconnected { at } => ("disconnected", at),
    };
    json!({
        "lamp": facts.status.lamp.as_str(),
        "reason": facts.status.reason.as_str(),
        "since": stamp(facts.status.since),
        "grant": { "state": grant, "since": stamp(*at) },
        "failing": it.refresh_failures.as_ref().map(|streak| json!({
            "since": stamp(streak.since),
            "count": streak.count,
            "last": conclusion(&streak.last),
            "retry_at": stamp(streak.retry_at),
        })),
        "proved": it.proof.as_ref().map(|proof| json!({
            "at": stamp(proof.at),
            "by": proof.by.as_str(),
            "failure": proof.failure.as_ref().map(conclusion),
            "latency_ms": proof.latency_ms,
        })),
        "refresh_mode": facts.mode.as_str(),
        "network_down_since": facts.network_down_since.map(stamp),
    })
}

fn conclusion(diagnosis: &Diagnosis) -> Value {
    json!({
        "cause": diagnosis.cause.as_str(),
        "is_guess": diagnosis.is_guessed(),
        "action": diagnosis.action.as_str(),
        "http_status": diagnosis.http_status,
        "provider_code": diagnosis.provider_code,
    })
}

fn verdict(report: &LadderReport, facts: &FailureFacts<'_>) -> Value {
    let it = &report.verdict;
    let seen = |seen: &SeenAt| json!({ "at": stamp(seen.at), "what": seen.what });
    let meant = it.diagnosis.meaning.as_deref();
    json!({
        "cause": it.diagnosis.cause.as_str(),
        "is_guess": it.diagnosis.is_guessed(),
        "action": it.diagnosis.action.as_str(),
        "confidence": it.diagnosis.confidence.share(),
        "alternatives": it.diagnosis.alternatives.iter().map(|other| json!({
            "cause": other.cause.as_str(),
            "confidence": other.confidence.share(),
        })).collect::<Vec<_>>(),
        "http_status": it.diagnosis.http_status,
        "provider_code": it.diagnosis.provider_code,
        "provider_means": meant.map(|it| cleaned(it, LONGEST)),
        "ruled_out": it.ruled_out.iter().map(|out| json!({
            "cause": out.cause.as_str(),
            "by": out.by,
        })).collect::<Vec<_>>(),
        "still_open": it.still_open,
        "last_good": it.last_good.as_ref().map(seen),
        "first_bad": it.first_bad.as_ref().map(seen),
        "mending_page": it.diagnosis.mending_page().map(MendingPage::shown),
        "next_step": next_step_name(&it.next),
        "is_older_than_last_event": facts.events.first().is_some_and(|event| event.at > report.at && is_news(event, report)),
    })
}

/// What a ladder brings about itself is no news.
fn is_news(event: &LifecycleEvent, report: &LadderReport) -> bool {
    let end = report.at.checked_add(report.took()).unwrap_or(report.at);
    event.at.duration_since(end) > jiff::SignedDuration::from_secs(5)
}

fn advice(facts: &FailureFacts<'_>) -> Value {
    let it = escalation(facts);
    json!({ "step": it.step.as_str(), "reason": it.reason, "vendor_when": it.vendor_when })
}

fn ladder(report: &LadderReport) -> Value {
    json!({
        "run_at": stamp(report.at),
        "took_ms": millis(report.took()),
        "stopped_at": report.failed_rung().map(|it| it.rung.as_str()),
        "rungs": report.rungs.iter().map(rung).collect::<Vec<_>>(),
    })
}

fn rung(it: &RungResult) -> Value {
    json!({
        "rung": it.rung.as_str(),
        "state": it.state.as_str(),
        "took_ms": it.took.map(millis),
        "says": cleaned(&it.says, LONGEST),
        "proof": it.proof.iter().map(proof).collect::<Vec<_>>(),
    })
}

fn proof(line: &ProofLine) -> Value {
    json!({
        "request": cleaned(&line.request, LONGEST),
        "sent": line.sent.iter().map(|(name, shown)| json!({ "name": name, "shown": shown })).collect::<Vec<_>>(),
        "http_status": line.status,
        "provider_code": line.code,
        "words": line.words.as_deref().map(|it| cleaned(it, LONGEST)),
    })
}

/// The newest, and those around the last that worked and the first that failed; the newest first.
fn timeline<'a>(facts: &FailureFacts<'a>) -> Vec<&'a LifecycleEvent> {
    let verdict = facts.report.map(|report| &report.verdict);
    let marks = [verdict.and_then(|it| it.last_good.as_ref()), verdict.and_then(|it| it.first_bad.as_ref())];
    let places: Vec<_> = marks
        .into_iter()
        .flatten()
        .filter_map(|seen| facts.events.iter().position(|event| event.at <= seen.at))
        .collect();
    let is_kept = |place: usize| place < NEWEST || places.iter().any(|it| it.abs_diff(place) <= AROUND);
    facts.events.iter().enumerate().filter(|(place, _)| is_kept(*place)).map(|(_, event)| event).collect()
}

fn event(it: &LifecycleEvent) -> Value {
    let mut shown = json!({
        "at": stamp(it.at),
        "kind": it.kind.as_str(),
        "endpoint": it.endpoint,
        "http_status": it.http_status,
        "cause": it.diagnosis.as_ref().map(|it| it.cause.as_str()),
        "is_guess": it.diagnosis.as_ref().map(Diagnosis::is_guessed),
        "provider_code": it.diagnosis.as_ref().and_then(|it| it.provider_code.clone()),
        "request_id": it.request_id.as_deref().map(|it| cleaned(it, LONGEST)),
        "reason": it.reason.map(|it| it.as_str()),
        "attempt": it.attempt,
        "latency_ms": it.latency.map(millis),
        "backoff_ms": it.backoff.map(millis),
        "token_version": it.token_version.map(|it| it.0),
        "token_fingerprint": it.token_fingerprint.as_ref().map(|it| it.as_str()),
        "token_age_s": it.token_age.map(|it| it.as_secs()),
        "workspace": it.workspace,
        "about": it.subject,
        "said": it.words,
        "limits": (!it.limits.is_empty()).then(|| limits(it)),
    });
    // Most of it is not known of most of them.
    if let Value::Object(fields) = &mut shown {
        fields.retain(|_, value| !value.is_null());
    }
    shown
}

fn tokens(facts: &FailureFacts<'_>) -> Value {
    let it = facts.connection;
    json!({
        "in_hand": it.token.as_ref().map(|token| json!({
            "version": token.version.0,
            "issued_at": stamp(token.issued_at),
            "age_s": facts.written_at.duration_since(token.issued_at).as_secs(),
            "expires": match token.expiry {
                Expiry::At(at) => stamp(at),
                Expiry::Unknown => "not known".to_owned(),
                Expiry::Never => "never".to_owned(),
            },
            "is_over": token.expiry.is_over(facts.written_at),
            "access_token": token.access_fingerprint.as_ref().map(|it| it.as_str()),
            "refresh_token": token.refresh_fingerprint.as_ref().map(|it| it.as_str()),
            "has_refresh_token": token.has_refresh_token,
            "oddities": token.defects.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
        })),
        "refresh_token_ends_at": it.refresh_token_ends_at.map(stamp),
        "lineage": facts.lineage.iter().take(LINKS).map(|link| one_link(link, facts.written_at)).collect::<Vec<_>>(),
    })
}

fn one_link(link: &TokenLink, now: Timestamp) -> Value {
    json!({
        "version": link.version.0,
        "issued_by": link.issued_by.as_str(),
        "reason": link.reason.map(|it| it.as_str()),
        "issued_at": stamp(link.issued_at),
        "age_s": now.duration_since(link.issued_at).as_secs(),
        "outcome": link.outcome.as_str(),
        "ended_at": link.ended_at.map(stamp),
        "access_token": link.access_fingerprint.as_ref().map(|it| it.as_str()),
        "refresh_token": link.refresh_fingerprint.as_ref().map(|it| it.as_str()),
    })
}

fn clock(facts: &FailureFacts<'_>) -> Value {
    json!({
        "ahead_ms": facts.clock.ahead_ms,
        "is_off": facts.clock.is_off,
        "is_disputed": facts.clock.is_disputed,
        "servers": facts.clock.servers.iter().map(|server| json!({
            "host": server.host,
            "ahead_ms": server.ahead_ms,
            "measured_at": stamp(server.measured_at),
        })).collect::<Vec<_>>(),
    })
}

/// Names and values, as the headers have them.
fn limits(event: &LifecycleEvent) -> Value {
    let named = event.limits.iter();
    json!(named.map(|(name, value)| json!({ "name": name, "value": cleaned(value, LONGEST) })).collect::<Vec<_>>())
}

/// What support finds a call again by, and what is known of limits.
fn provider_facts(facts: &FailureFacts<'_>) -> Value {
    let requests: Vec<_> = facts
        .events
        .iter()
        .filter_map(|event| event.request_id.as_ref().map(|id| (event, id)))
        .take(REQUESTS)
        .map(|(event, id)| {
            json!({
                "at": stamp(event.at),
                "kind": event.kind.as_str(),
                "http_status": event.http_status,
                "request_id": cleaned(id, LONGEST),
            })
        })
        .collect();
    let pages = &facts.provider.pages;
    // The newest refusal that told of them.
    let told = facts.events.iter().find(|event| !event.limits.is_empty());
    json!({
        "requests": requests,
        "request_id_header": facts.provider.request_id_header,
        "rate_limit_headers": facts.provider.rate_limit_headers,
        "limits_told": told.map(|event| json!({
            "at": stamp(event.at),
            "endpoint": event.endpoint,
            "http_status": event.http_status,
            "headers": limits(event),
        })),
        "asked_to_wait_until": facts.connection.refresh_failures.as_ref().map(|it| stamp(it.retry_at)),
        "status_page": pages.status.as_ref().map(url::Url::as_str),
        "documentation": pages.documentation.as_ref().map(url::Url::as_str),
    })
}

fn next_step_name(step: &NextStep) -> &'static str {
    match step {
        NextStep::Reconnect => "reconnect",
        NextStep::ReconnectWithScopes { .. } => "reconnect_with_scopes",
        NextStep::ReconnectOtherAccount => "reconnect_other_account",
        NextStep::RefreshNow => "refresh_now",
        NextStep::RunTestCall => "run_test_call",
        NextStep::OpenProviderPage(_) => "open_provider_page",
        NextStep::OpenMendingPage => "open_mending_page",
        NextStep::CheckClient(_) => "check_client",
        NextStep::OpenClock => "open_clock",
        NextStep::WaitUntil(_) => "wait",
        NextStep::AskAdmin { .. } => "ask_admin",
        NextStep::ShareResource { .. } => "share_resource",
        NextStep::ReportToVendor => "report_to_vendor",
        NextStep::Nothing => "nothing",
    }
}

fn stamp(at: Timestamp) -> String {
    at.to_string()
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
