//! Each kind of event as one line of a timeline [B12].

use domain::diagnosis::CauseLabel;
use domain::lifecycle::refresh_reason::RefreshReason;
use domain::lifecycle_event::{EventKind, LifecycleEvent};

use jiff::Timestamp;

use super::times::Now;
use super::{causes, lineage, times};

/// How an event is marked: well, badly, in part, or neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Pass,
    Fail,
    Part,
    Neither,
}

pub(crate) fn mark(kind: EventKind) -> Mark {
    match kind {
        EventKind::TokenIssued
        | EventKind::Imported
        | EventKind::RefreshSucceeded
        | EventKind::Reconnected
        | EventKind::TestCallSucceeded
        | EventKind::BundleRecovered
        | EventKind::ReauthRequiredCleared
        | EventKind::NetworkBack => Mark::Pass,
        EventKind::SignInFailed
        | EventKind::RefreshFailed
        | EventKind::RefreshCutOff
        | EventKind::RevokedDetected
        | EventKind::ReauthRequiredSet
        | EventKind::TestCallFailed
        | EventKind::BundleHeld
        | EventKind::NetworkLost
        | EventKind::AlertGivenUp => Mark::Fail,
        EventKind::ReconnectRefused
        | EventKind::GrantLeft
        | EventKind::RevocationFailed
        | EventKind::Reconciled
        | EventKind::ClockJumped => Mark::Part,
        EventKind::SignInStarted
        | EventKind::ReconnectRequested
        | EventKind::TokenDelivered
        | EventKind::Disconnected
        | EventKind::SettingsChanged
        | EventKind::SetupChecked
        | EventKind::ClientSecretRotated
        | EventKind::ConnectionsMerged => Mark::Neither,
        EventKind::ScopesChanged | EventKind::RefreshTokenLeft => Mark::Part,
    }
}

/// What happened, without when and to whom.
pub(crate) fn line(event: &LifecycleEvent) -> String {
    match event.kind {
        EventKind::SignInStarted => format!("Sign-in started{}", joined(" at ", event.subject.as_deref())),
        EventKind::SignInFailed => format!("Sign-in failed{}", why(event)),
        EventKind::TokenIssued => format!("Token issued{}{}", joined(" as ", event.subject.as_deref()), version(event)),
        EventKind::Imported => format!("Imported{}{}", joined(" from ", event.subject.as_deref()), version(event)),
        EventKind::RefreshSucceeded => {
            format!("Refreshed{}{}{}{}", version(event), reason(event), took(event), attempt(event))
        }
        EventKind::RefreshFailed => {
            let lost =
                lost_answer(event).map(|at| format!(" (no usable answer came {})", Now::here().moment_in_sentence(at)));
            format!("Refresh failed{}{}{}{}", reason(event), status(event), why(event), lost.unwrap_or_default())
        }
        EventKind::RefreshCutOff => {
            format!("Refresh cut off{}: the program ended before an answer was stored", version(event))
        }
        EventKind::RefreshTokenLeft => {
            let left = joined(": ", event.subject.as_deref());
            format!("Another refresh token came too, and was left{left}{}", version(event))
        }
        EventKind::RevokedDetected => format!("Found ended at the provider{}", why(event)),
        EventKind::ReauthRequiredSet => {
            format!("reauth_required set{}{}", why(event), joined(": ", event.subject.as_deref()))
        }
        EventKind::ReauthRequiredCleared => "reauth_required cleared: refused no more".to_owned(),
        EventKind::Reconnected => format!("Reconnected{}{}", joined(" as ", event.subject.as_deref()), version(event)),
        EventKind::ReconnectRefused => "New sign-in refused".to_owned(),
        EventKind::ReconnectRequested => {
            format!("A reconnect was asked for{}", joined(" by ", event.subject.as_deref()))
        }
        EventKind::GrantLeft => {
            format!("A sign-in was not stored, and its grant may live on{}", joined(" at ", event.subject.as_deref()))
        }
        EventKind::TestCallSucceeded => format!("Test call{}{}", status(event), took(event)),
        EventKind::TestCallFailed => format!("Test call failed{}{}", status(event), why(event)),
        EventKind::TokenDelivered => {
            let by = event.subject.as_deref();
            // Our own command has no name; a program has.
            let article = if by.is_some_and(|it| it.starts_with("command line")) { " by the " } else { " by " };
            format!("Token taken{}{}", joined(article, by), version(event))
        }
        EventKind::Disconnected => "Disconnected by a person".to_owned(),
        EventKind::RevocationFailed => {
            format!("Erased here, not revoked there{}{}", joined(": ", event.subject.as_deref()), status(event))
        }
        EventKind::Reconciled => {
            format!("Keychain and records brought together{}", joined(": ", event.subject.as_deref()))
        }
        EventKind::BundleHeld => format!("New token held: the keychain would not take it{}", version(event)),
        EventKind::BundleRecovered => format!("Held token stored{}", version(event)),
        EventKind::NetworkLost => "Network lost: refreshing waits".to_owned(),
        EventKind::NetworkBack => "Network back".to_owned(),
        EventKind::ClockJumped => format!("The clock jumped{}", joined(": ", event.subject.as_deref())),
        EventKind::SetupChecked => format!(
            "Set-up checked{}: a wrong code was sent on purpose{}",
            joined(" of ", event.subject.as_deref()),
            status(event)
        ),
        EventKind::ClientSecretRotated => format!("Client secret{}", joined(" of ", event.subject.as_deref())),
        EventKind::ScopesChanged => format!("Scopes changed{}", joined(": ", event.subject.as_deref())),
        EventKind::ConnectionsMerged => format!("Merged{}", joined(" ", event.subject.as_deref())),
        EventKind::AlertGivenUp => {
            let (to, why) = (joined(" to ", event.subject.as_deref()), joined(": ", event.words.as_deref()));
            format!("An alert{to} was given up after three days of trying, or because it was refused for good{why}")
        }
        EventKind::SettingsChanged => format!("Settings changed{}", joined(": ", event.subject.as_deref())),
    }
}

/// When the refresh was sent that brought no usable answer, and after which the provider refuses the token for having been
/// replaced, where that is known [A5].
pub(crate) fn lost_answer(event: &LifecycleEvent) -> Option<Timestamp> {
    let cause = event.diagnosis.as_ref()?.cause;
    let is_ours = event.kind == EventKind::RefreshFailed && cause == CauseLabel::RefreshTokenReused;
    event.subject.as_ref().filter(|_| is_ours)?.parse().ok()
}

/// What was seen: fingerprint, the provider's code, its request id.
pub(crate) fn evidence(event: &LifecycleEvent) -> String {
    let fingerprint = event.token_fingerprint.as_ref().map(ToString::to_string);
    let code = event.diagnosis.as_ref().and_then(|diagnosis| diagnosis.provider_code.clone());
    let request = event.request_id.as_ref().map(|id| format!("request {id}"));
    let parts: Vec<_> = [fingerprint, code, request].into_iter().flatten().collect();
    parts.join(" · ")
}

fn joined(before: &str, text: Option<&str>) -> String {
    text.map(|text| format!("{before}{text}")).unwrap_or_default()
}

/// What asked for it, unless its time had simply come.
fn reason(event: &LifecycleEvent) -> String {
    joined(", ", event.reason.filter(|it| *it != RefreshReason::Scheduled).map(lineage::reason))
}

fn why(event: &LifecycleEvent) -> String {
    let is_refresh = matches!(event.kind, EventKind::RefreshFailed | EventKind::ReauthRequiredSet);
    let short = if is_refresh { causes::short_of_refresh } else { causes::short_of };
    joined(", ", event.diagnosis.as_ref().map(short))
}

fn status(event: &LifecycleEvent) -> String {
    event.http_status.map(|status| format!(", {status}")).unwrap_or_default()
}

fn took(event: &LifecycleEvent) -> String {
    event.latency.map(|taken| format!(" in {}", times::latency(taken))).unwrap_or_default()
}

fn version(event: &LifecycleEvent) -> String {
    event.token_version.map(|version| format!(", {version}")).unwrap_or_default()
}

fn attempt(event: &LifecycleEvent) -> String {
    event.attempt.filter(|attempt| *attempt > 1).map(|attempt| format!(", attempt {attempt}")).unwrap_or_default()
}
