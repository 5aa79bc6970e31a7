//! What the rungs say together: the cause, what rules its look-alikes out, what stays open, when it began [C1, C3].

use std::time::Duration;

use super::api::attainable_scopes;
use super::next_step::next_step;
use super::ruled_out::{RuledOutFacts, ruled_out};
use super::subject::{Subject, answer_of, listed};
use super::{LadderVerdict, RuledOut, Rung, SeenAt};
use crate::diagnosis::{ActionLabel, Alternative, CauseLabel, Diagnosis};
use crate::lifecycle_event::{EventKind, LifecycleEvent};

/// Where it stopped, and why.
#[derive(Debug, Clone)]
pub struct Stop {
    pub rung: Rung,
    pub diagnosis: Diagnosis,
    /// Until when the provider, or our own pause, asks to wait.
    pub retry_at: Option<jiff::Timestamp>,
}

/// `stop`: `None` where every rung held. `events`: the connection's, the newest first.
pub fn verdict(
    stop: Option<&Stop>,
    facts: &RuledOutFacts,
    events: &[LifecycleEvent],
    subject: &Subject<'_>,
) -> LadderVerdict {
    let (last_good, first_bad) = timeline(events);
    let Some(stop) = stop else {
        let diagnosis = Diagnosis::of(CauseLabel::NoFailure);
        let next = next_step(&diagnosis, None, subject);
        return LadderVerdict { diagnosis, ruled_out: vec![], still_open: None, last_good, first_bad: None, next };
    };
    let mut out = ruled_out(stop, facts, subject);
    let mut diagnosis =
        whose_clock(within_rights(refined(stop.diagnosis.clone(), &out, facts), subject), facts, subject);
    out.retain(|it| it.cause != diagnosis.cause);
    // What the probes have ruled out is nothing that it may be instead, whatever the answer alone left open.
    let is_left = |it: &Alternative| !out.iter().any(|ruled_out| ruled_out.cause == it.cause);
    diagnosis.alternatives = diagnosis.alternatives.into_iter().filter(is_left).collect();
    LadderVerdict {
        still_open: still_open(&diagnosis, subject),
        next: next_step(&diagnosis, stop.retry_at, subject),
        ruled_out: out,
        diagnosis,
        last_good,
        first_bad,
    }
}

/// A refused grant of which nothing else can be the matter was ended on purpose.
fn refined(diagnosis: Diagnosis, out: &[RuledOut], facts: &RuledOutFacts) -> Diagnosis {
    let is_out = |cause| out.iter().any(|it| it.cause == cause);
    let is_limit_out = facts.live_limit.is_none() || is_out(CauseLabel::RefreshTokenLimitExceeded);
    let is_alone = diagnosis.cause == CauseLabel::GrantInvalid
        && is_limit_out
        && is_out(CauseLabel::RefreshTokenReused)
        && is_out(CauseLabel::RefreshTokenExpired)
        && is_out(CauseLabel::ClientCredentialsMismatch);
    if is_alone { Diagnosis { cause: CauseLabel::GrantRevoked, ..diagnosis } } else { diagnosis }
}

/// A clock that other servers agree with is not the one to set [B9].
fn whose_clock(diagnosis: Diagnosis, facts: &RuledOutFacts, subject: &Subject<'_>) -> Diagnosis {
    if diagnosis.cause != CauseLabel::ClockSkew || !facts.is_clock_theirs {
        return diagnosis;
    }
    let name = subject.name();
    let meaning = format!(
        "Other servers agree with this computer's clock: it is {name}'s that is off. Nothing is to be set here."
    );
    Diagnosis { action: ActionLabel::ContactProvider, meaning: Some(meaning.into()), ..diagnosis }
}

/// Where consent has nothing to add, it is not advised: what is missing is the account's own right, or the client's
/// [C4].
fn within_rights(diagnosis: Diagnosis, subject: &Subject<'_>) -> Diagnosis {
    let (provider, connection) = (subject.provider, subject.connection);
    if diagnosis.cause != CauseLabel::InsufficientScope
        || diagnosis.action != ActionLabel::ReconnectWithMoreScopes
        || !attainable_scopes(&diagnosis, provider, connection).is_empty()
    {
        return diagnosis;
    }
    if provider.scopes.parameter.is_none() {
        let meaning =
            format!("{} knows no scopes: what the client may do is set where it is registered.", provider.name);
        return Diagnosis { action: ActionLabel::FixClientConfig, meaning: Some(meaning.into()), ..diagnosis };
    }
    let named = diagnosis.named_scopes();
    if connection.scopes.requested.is_empty() && named.is_empty() {
        return diagnosis;
    }
    let meaning = if named.is_empty() {
        "Every scope that was asked for is granted, and the API names none that is missing: the account itself may lack \
         the right."
            .to_owned()
    } else {
        format!("The API wants {}, and that is granted: it is the account itself that lacks the right.", listed(named))
    };
    Diagnosis { action: ActionLabel::AskAdmin, meaning: Some(meaning.into()), ..diagnosis }
}

/// What no probe can tell, and whether it changes what to do.
fn still_open(diagnosis: &Diagnosis, subject: &Subject<'_>) -> Option<String> {
    let identity = &subject.connection.identity;
    let is_consumer = identity.kind().is_some_and(|it| it == "consumer");
    #[expect(clippy::wildcard_enum_match_arm, reason = "of every other cause nothing of weight is open")]
    let open = match diagnosis.cause {
        CauseLabel::GrantRevoked | CauseLabel::GrantInvalid => {
            let admin = match identity.domain().filter(|_| !is_consumer) {
                Some(domain) => format!(", and an administrator of {domain},"),
                None => String::new(),
            };
            let what = if diagnosis.cause == CauseLabel::GrantRevoked {
                "Who ended it."
            } else {
                "Why it is refused: revoked, aged out and superseded are answered alike."
            };
            format!(
                "{what} A password change and \"Remove access\"{admin} look the same from outside. The action is the same."
            )
        }
        CauseLabel::RefreshTokenReused if diagnosis.is_of_newer_elsewhere() => return None,
        CauseLabel::RefreshTokenReused => {
            "Who used the newer one: an answer may have been lost on the way, or another program holds the same grant. \
             If it comes again soon, look for that program."
                .to_owned()
        }
        CauseLabel::ResourceNotShared => {
            "Whether the object is not shared or not there: the provider answers both alike, to give nothing away."
                .to_owned()
        }
        CauseLabel::AccessTokenInvalid => "Why the token is refused: the answer does not say.".to_owned(),
        CauseLabel::NetworkFailure => "Where on the way it breaks: here, at the provider, or between.".to_owned(),
        CauseLabel::InsufficientScope if diagnosis.action == ActionLabel::FixClientConfig => return None,
        CauseLabel::InsufficientScope if diagnosis.action == ActionLabel::AskAdmin => {
            "Whether the call takes a scope that was never asked for: the provider's description of the call says so."
                .to_owned()
        }
        CauseLabel::InsufficientScope => {
            "Whether the box was left unticked or the client may not ask for it: the consent page shows that."
                .to_owned()
        }
        _ => return None,
    };
    Some(open)
}

/// The last that worked before the present failure, and the first that failed since. Nothing failed since: no first.
fn timeline(events: &[LifecycleEvent]) -> (Option<SeenAt>, Option<SeenAt>) {
    let mut first_bad = None;
    for event in events {
        #[expect(clippy::wildcard_enum_match_arm, reason = "every other kind proves nothing of the grant")]
        match event.kind {
            EventKind::TokenIssued
            | EventKind::Reconnected
            | EventKind::RefreshSucceeded
            | EventKind::TestCallSucceeded => return (Some(seen(event)), first_bad),
            EventKind::RefreshFailed | EventKind::TestCallFailed => first_bad = Some(seen(event)),
            _ => {}
        }
    }
    (None, first_bad)
}

fn seen(event: &LifecycleEvent) -> SeenAt {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the timeline takes these kinds alone")]
    let what = match event.kind {
        EventKind::TokenIssued => "sign-in",
        EventKind::Reconnected => "reconnect",
        EventKind::RefreshSucceeded | EventKind::RefreshFailed => "refresh",
        _ => "test call",
    };
    let status = event.http_status.map(|it| format!(", {it}")).unwrap_or_default();
    let answer = match &event.diagnosis {
        Some(it) if it.http_status.is_some() || it.provider_code.is_some() => format!(", {}", answer_of(it)),
        // Found out by other means than a refusal: another account answered, or nobody did.
        Some(it) => format!("{status}, {}", it.cause.words()),
        None => status,
    };
    let took = event.latency.filter(|it| *it > Duration::ZERO && event.diagnosis.is_none());
    let took = took.map(|it| format!(" in {} ms", it.as_millis())).unwrap_or_default();
    SeenAt { at: event.at, what: format!("{what}{answer}{took}") }
}
