//! The look-alikes that a cause is not, each with what shows that [C1, C3].
//!
//! Only what was measured, or stands in the provider's own rules, rules anything out.

use std::time::Duration;

use jiff::Timestamp;

use super::ground::clock_difference;
use super::subject::{Subject, span};
use super::verdict::Stop;
use super::{RuledOut, Rung};
use crate::Fingerprint;
use crate::connection::GrantState;
use crate::diagnosis::setup_check::PairVerdict;
use crate::diagnosis::{CauseLabel, Diagnosis};
use crate::provider::Rotation;
use crate::provider::limits::{ExcessToken, LiveTokenScope};
use crate::token::Expiry;
use crate::token::clock_skew::is_off;

/// Another connection of the same provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiblingSeen {
    pub name: String,
    pub is_same_client: bool,
    /// When the provider last renewed a token of it.
    pub refreshed_at: Timestamp,
}

/// How many grants are known of those the provider lets live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveLimitSeen {
    pub known_count: u32,
    pub limit: u32,
    pub per: LiveTokenScope,
    pub excess: ExcessToken,
}

/// What the look-alikes are held against.
#[derive(Debug, Clone, Default)]
pub struct RuledOutFacts {
    /// The refresh token that was sent last, and the one that is stored.
    pub sent: Option<Fingerprint>,
    pub stored: Option<Fingerprint>,
    pub siblings: Vec<SiblingSeen>,
    pub live_limit: Option<LiveLimitSeen>,
    /// By the first rung's answer.
    pub clock_ahead_ms: Option<i64>,
    /// Other servers agree with our clock, and this one does not.
    pub is_clock_theirs: bool,
    /// The host that answered.
    pub reached: Option<String>,
    pub client: Option<PairVerdict>,
    /// When the grant was used last before it was refused.
    pub used_at: Option<Timestamp>,
    pub granted_at: Option<Timestamp>,
    /// When it was refused first.
    pub refused_at: Option<Timestamp>,
    /// The answering account was compared with the stored one.
    pub is_account_right: bool,
    pub are_scopes_right: bool,
}

/// Near a limit a refusal may well be that limit's: clocks differ, and providers count from moments of their own.
const NEARLY: f64 = 0.9;

pub(super) fn ruled_out(stop: &Stop, facts: &RuledOutFacts, subject: &Subject<'_>) -> Vec<RuledOut> {
    let cause = stop.diagnosis.cause;
    let is_about_grant = cause.ends_the_grant() && stop.rung <= Rung::Identity;
    let at_api = stop.rung >= Rung::Identity;
    let mut candidates: Vec<(CauseLabel, Option<String>)> = vec![];
    if is_about_grant {
        candidates.push((CauseLabel::RefreshTokenReused, by_rotation(facts, subject)));
        candidates.push((CauseLabel::ClientCredentialsMismatch, by_client(&stop.diagnosis, facts, subject)));
        candidates.push((CauseLabel::RefreshTokenLimitExceeded, by_limit(facts)));
        candidates.push((CauseLabel::RefreshTokenExpired, by_age(facts, subject)));
        candidates.push((CauseLabel::AdminPolicyRestriction, by_account_kind(subject)));
    }
    if at_api {
        candidates.push((CauseLabel::AccessTokenExpired, by_expiry(subject)));
    }
    if stop.rung > Rung::Identity && facts.is_account_right {
        let account = subject.connection.identity.account().map(|it| format!("{it} answered, as stored"));
        candidates.push((CauseLabel::WrongTenantOrAccount, account));
    }
    if stop.rung > Rung::Scopes && facts.are_scopes_right {
        candidates.push((CauseLabel::InsufficientScope, Some("everything asked for is granted".to_owned())));
    }
    if stop.rung > Rung::Clock {
        candidates.push((CauseLabel::ClockSkew, by_clock(facts, subject)));
    }
    if stop.rung > Rung::Reach {
        candidates.push((CauseLabel::ProviderOutage, by_others(&stop.diagnosis, facts, subject)));
        candidates.push((CauseLabel::NetworkFailure, facts.reached.as_ref().map(|host| format!("{host} answered"))));
    }
    // What the failing rung itself blames is not ruled out by the rungs below it.
    let is_other = |it: &CauseLabel| {
        *it != cause && !(cause.is_transient() && it.is_transient() && cause != CauseLabel::RateLimited)
    };
    candidates
        .into_iter()
        .filter(|(it, _)| is_other(it))
        .filter_map(|(cause, by)| Some(RuledOut { cause, by: by? }))
        .collect()
}

fn by_rotation(facts: &RuledOutFacts, subject: &Subject<'_>) -> Option<String> {
    if subject.provider.refresh.rotation != Rotation::Never {
        return None;
    }
    let name = subject.name();
    Some(match (&facts.sent, &facts.stored) {
        (Some(sent), Some(stored)) if sent == stored => {
            format!("{name} does not rotate; sent and stored are both {stored}")
        }
        (Some(_), Some(_)) => return None,
        _ => format!("{name} does not rotate"),
    })
}

/// RFC 6749 §5.2: a server looks at the client before it looks at the grant.
fn by_client(diagnosis: &Diagnosis, facts: &RuledOutFacts, subject: &Subject<'_>) -> Option<String> {
    if facts.client == Some(PairVerdict::Good) {
        return Some("a wrong code was refused, and the client was not".to_owned());
    }
    let newest = facts.siblings.iter().filter(|it| it.is_same_client).max_by_key(|it| it.refreshed_at);
    let since = facts.refused_at.unwrap_or(subject.now);
    if let Some(sibling) = newest.filter(|it| it.refreshed_at >= since) {
        return Some(format!("the same client refreshed {} at {}", sibling.name, subject.at(sibling.refreshed_at)));
    }
    let is_grants_own = diagnosis.provider_code.as_deref().is_some_and(|it| it.eq_ignore_ascii_case("invalid_grant"));
    is_grants_own.then(|| "the answer is invalid_grant, and a wrong client is told invalid_client".to_owned())
}

fn by_limit(facts: &RuledOutFacts) -> Option<String> {
    let limit = facts.live_limit?;
    let is_far = f64::from(limit.known_count) < f64::from(limit.limit) * NEARLY;
    let per = match limit.per {
        LiveTokenScope::AccountAndClient => "for this account and client",
        LiveTokenScope::Account => "for this account",
        LiveTokenScope::Client => "for this client",
    };
    // One grant at a time: another one made elsewhere leaves no trace here.
    (is_far && limit.limit > 1 && limit.excess != ExcessToken::AllOthersEnd)
        .then(|| format!("{} of {} grants {per} are known here", limit.known_count, limit.limit))
}

fn by_age(facts: &RuledOutFacts, subject: &Subject<'_>) -> Option<String> {
    let policy = &subject.provider.refresh;
    let refused_at = facts.refused_at.unwrap_or(subject.now);
    let age_of =
        |from: Option<Timestamp>| Some(Duration::try_from(refused_at.duration_since(from?)).unwrap_or_default());
    let (unused, age) = (age_of(facts.used_at)?, age_of(facts.granted_at)?);
    let is_well_below = |age: Duration, life: Option<Duration>| life.is_none_or(|life| age < life.mul_f64(NEARLY));
    if subject.connection.refresh_token_ends_at.is_some_and(|ends_at| ends_at <= refused_at)
        || !is_well_below(unused, policy.idle_life)
        || !is_well_below(age, policy.absolute_life)
    {
        return None;
    }
    // An older one is not of a client in testing: it would have ended before.
    if let Some(life) = policy.testing_life
        && age >= life.mul_f64(NEARLY)
        && age < life.mul_f64(1.0 / NEARLY)
    {
        return None;
    }
    let used = format!("used {} before it was refused", span(unused));
    let limits: Vec<_> = [("when unused", policy.idle_life), ("in all", policy.absolute_life)]
        .into_iter()
        .filter_map(|(when, life)| Some(format!("{} {when}", span(life?))))
        .collect();
    Some(match limits.as_slice() {
        [] => format!("{used}; no limit of age is documented"),
        limits => format!("{used}, granted {} before; the limit is {}", span(age), limits.join(", and ")),
    })
}

fn by_account_kind(subject: &Subject<'_>) -> Option<String> {
    let identity = &subject.connection.identity;
    let is_consumer = identity.kind() == Some("consumer");
    is_consumer
        .then(|| format!("{} is a consumer's account: no administrator is over it", identity.account().unwrap_or("it")))
}

fn by_expiry(subject: &Subject<'_>) -> Option<String> {
    let token = subject.connection.token.as_ref()?;
    match token.expiry {
        Expiry::At(at) if at > subject.now => Some(format!("the token holds until {}", subject.at(at))),
        Expiry::Never => Some("the token does not end".to_owned()),
        Expiry::At(_) | Expiry::Unknown => None,
    }
}

fn by_clock(facts: &RuledOutFacts, subject: &Subject<'_>) -> Option<String> {
    let ahead_ms = facts.clock_ahead_ms.filter(|it| !is_off(*it))?;
    Some(format!("{}, measured on rung 2", lower_first(&clock_difference(ahead_ms, subject.name()))))
}

fn by_others(diagnosis: &Diagnosis, facts: &RuledOutFacts, subject: &Subject<'_>) -> Option<String> {
    let host = facts.reached.as_ref()?;
    let since = facts.refused_at.unwrap_or(subject.now);
    let well = facts.siblings.iter().filter(|it| it.refreshed_at >= since).count();
    let others = match well {
        0 => String::new(),
        1 => format!("; another refresh at {} went well since", subject.name()),
        well => format!("; {well} other refreshes at {} went well since", subject.name()),
    };
    let said = diagnosis.http_status.filter(|it| *it < 500).map(|it| format!(", and the refusal is a {it}"));
    (well > 0 || said.is_some() || matches!(subject.connection.grant, GrantState::Ended { .. }))
        .then(|| format!("{host} answered{}{others}", said.unwrap_or_default()))
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
