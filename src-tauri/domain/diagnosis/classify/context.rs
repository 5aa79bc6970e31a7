//! What only we know: ages, rotation, counts, scopes, tenants, clocks. It decides where it explains the failure, and
//! nowhere else [C2, B9, B10, B11].

use std::time::Duration;

use super::board::{Board, Layer};
use super::status;
use super::terms::Term;
use super::words::Words;
use crate::diagnosis::answer::Answer;
use crate::diagnosis::clue::Fact;
use crate::diagnosis::{CauseLabel as C, Evidence, EvidenceContext, FailedEndpoint as E};
use crate::token::clock_skew;

/// How long a grant lives while its client is in testing, where the catalogue does not say.
const USUAL_TESTING_LIFE: Duration = Duration::from_secs(7 * 86_400);
/// So many refresh tokens of one account are telling, where no limit is known.
const TELLING_COUNT: u32 = 25;
/// A refresh token that was replaced this recently and is refused was most likely used twice.
const RECENT_ROTATION: Duration = Duration::from_secs(120);
/// Beyond any lifetime in doubt: a clock that is off this far spoils every check of a time.
const FAR_OFF_SECONDS: u64 = 300;

#[expect(clippy::wildcard_enum_match_arm, reason = "a cause that no context bears on stays as it is")]
pub(super) fn judge(evidence: &Evidence, answer: &Answer, words: &Words<'_>, board: &mut Board) {
    let context = &evidence.context;
    // A server may blame a clock; one that was measured and is right, or off to the other side, is not it.
    if context.clock_ahead_seconds.is_some()
        && !is_explained_by_our_clock(context, words, answer)
        && !is_read_by_us(words, answer)
    {
        board.rule_out(C::ClockSkew);
    }
    let Some(best) = board.best() else { return };
    let (cause, score) = (best.cause, best.score);
    let mut say = |cause, score, fact: Fact| board.add(cause, score, Layer::Context, || fact);

    match cause {
        C::GrantInvalid
        | C::RefreshTokenExpired
        | C::GrantRevoked
        | C::MalformedTokenRequest
        | C::RefreshTokenReused
            if evidence.endpoint == E::TokenRefresh =>
        {
            // A code that any request may be refused with, and no word: what we know may say more.
            let is_bare = score <= 60 && words.heard.all.is_empty();
            refused_refresh(context, cause, score, is_bare, &mut say);
        }
        // By its status alone, for a reason that nobody read.
        C::ClientCredentialsMismatch
            if evidence.endpoint == E::TokenRefresh && score == status::OF_AN_UNREAD_REASON =>
        {
            refused_refresh(context, cause, score, false, &mut say);
        }
        _ => {}
    }
    let age = context.access_token_age.zip(context.access_token_lifetime);
    match cause {
        C::AccessTokenExpired | C::AccessTokenInvalid => {
            let is_over = age.is_some_and(|(age, life)| age >= life);
            if let (C::AccessTokenInvalid, true, Some((age, lifetime))) = (cause, is_over, age) {
                say(C::AccessTokenExpired, score.max(85) + 1, Fact::AccessTokenAge { age, lifetime });
            }
            if context.has_refresh_token == Some(false) && (is_over || cause == C::AccessTokenExpired) {
                say(C::RefreshTokenMissing, 98, Fact::NoRefreshToken);
            } else if context.has_refresh_token == Some(false) {
                say(C::RefreshTokenMissing, score.saturating_sub(6), Fact::NoRefreshToken);
            } else if is_over_by_the_servers_clock_alone(context)
                || cause == C::AccessTokenExpired
                    && age.is_none()
                    && words.has(Term::NotYetValid)
                    && telling_skew(context).is_some_and(|it| it < 0 && it.unsigned_abs() > FAR_OFF_SECONDS)
            {
                say(C::ClockSkew, 97, clock_fact(context));
            }
        }
        // Refused without a word, and older than it lives.
        C::ResourceNotShared | C::InsufficientScope if score <= 50 && words.heard.all.is_empty() => {
            if let Some((age, lifetime)) = age.filter(|(age, life)| age >= life) {
                say(C::AccessTokenExpired, 72, Fact::AccessTokenAge { age, lifetime });
            }
        }
        C::RefreshTokenExpired
            if words.has(Term::NotActive)
                && telling_skew(context).is_some_and(|it| it.unsigned_abs() > FAR_OFF_SECONDS) =>
        {
            say(C::ClockSkew, 94, clock_fact(context));
        }
        _ => {}
    }
    if matches!(
        cause,
        C::AccessTokenInvalid
            | C::AuthorizationCodeInvalid
            | C::MalformedTokenRequest
            | C::ClientCredentialsMismatch
            | C::GrantInvalid
            | C::MalformedApiRequest
    ) && is_explained_by_our_clock(context, words, answer)
    {
        say(C::ClockSkew, 97, clock_fact(context));
    }
    // It was issued just now, and whoever looked at it by our clock took it for an old one.
    if evidence.endpoint.issues_tokens()
        && words.has(Term::Expired)
        && words.has(Term::Token)
        && age.is_some_and(|(age, life)| is_over_by_our_clock_alone(context, age, life))
    {
        say(C::ClockSkew, 97, clock_fact(context));
    }
    if let (C::ClientCredentialsMismatch, Some(ago)) = (cause, context.client_secret_ended_ago)
        && evidence.endpoint != E::Api
    {
        say(C::ClientCredentialsMismatch, score.max(95), Fact::ClientSecretEnded(ago));
    }
    elsewhere(evidence, answer, cause, score, &mut say);
}

/// A refusal that names no reason, or one that the provider uses for several.
fn refused_refresh(context: &EvidenceContext, cause: C, score: u8, is_bare: bool, say: &mut impl FnMut(C, u8, Fact)) {
    let is_open = cause == C::GrantInvalid || score < 72;
    let at_least = |wanted: u8| wanted.max(score.saturating_add(1)).min(98);

    if context.has_refresh_token == Some(false) && (is_open || cause == C::MalformedTokenRequest) {
        say(C::RefreshTokenMissing, at_least(88), Fact::NoRefreshToken);
        return;
    }
    if cause == C::MalformedTokenRequest && !is_bare {
        return;
    }
    // `Expired` is also what providers say of a token that was replaced.
    if cause != C::GrantRevoked || is_open {
        if context.is_latest_refresh_token == Some(false) {
            say(C::RefreshTokenReused, at_least(90), Fact::Superseded);
        } else if context.saw_concurrent_refresh == Some(true) {
            say(C::RefreshTokenReused, at_least(88), Fact::ConcurrentRefresh);
        }
    }
    if !is_open {
        return;
    }
    let is_beyond = |limit: Option<Duration>| context.refresh_token_age.zip(limit).filter(|(age, limit)| age >= limit);
    if context.is_client_in_testing == Some(true) {
        let life = context.testing_life.unwrap_or(USUAL_TESTING_LIFE);
        let age = context.refresh_token_age;
        // A little before its end counts: clocks and days are rounded.
        if age.is_none_or(|age| age >= life.mul_f64(0.98)) {
            say(C::AppNotApproved, at_least(if age.is_some() { 89 } else { 84 }), Fact::ClientInTesting { age });
        }
    }
    if let Some(issued) = context.refresh_tokens_issued {
        let limit = context.live_token_limit;
        if limit.is_some_and(|limit| issued > limit) {
            say(C::RefreshTokenLimitExceeded, at_least(88), Fact::TokensIssued { issued, limit });
        } else if issued >= TELLING_COUNT {
            say(C::RefreshTokenLimitExceeded, at_least(78), Fact::TokensIssued { issued, limit: None });
        }
    }
    if let Some((age, limit)) = is_beyond(context.refresh_token_idle_life).or_else(|| is_beyond(context.grant_life)) {
        say(C::RefreshTokenExpired, at_least(86), Fact::RefreshTokenAge { age, limit });
    } else if let Some(ago) = context.refresh_token_rotated_ago.filter(|ago| *ago <= RECENT_ROTATION)
        && context.is_latest_refresh_token.is_none()
    {
        say(C::RefreshTokenReused, at_least(74), Fact::RotatedAgo(ago));
    }
}

/// The token is good: it is the account, or the scopes, that do not fit what was called.
fn elsewhere(evidence: &Evidence, answer: &Answer, cause: C, score: u8, say: &mut impl FnMut(C, u8, Fact)) {
    let context = &evidence.context;
    let is_open = matches!(
        cause,
        C::AccessTokenInvalid
            | C::AccessTokenExpired
            | C::ResourceNotShared
            | C::MalformedApiRequest
            | C::InsufficientScope
            | C::AdminPolicyRestriction
    ) && score < 95;
    let is_refused = matches!(status::effective(evidence, answer), Some(400 | 401 | 403 | 404) | None);
    let is_fresh = context.access_token_age.zip(context.access_token_lifetime).is_none_or(|(age, life)| age < life);
    let is_expired = cause == C::AccessTokenExpired;

    if let (Some(expected), Some(actual)) = (&context.expected_tenant, &context.actual_tenant)
        && !expected.eq_ignore_ascii_case(actual)
        && is_fresh
        && !(is_expired && score >= 80)
        && (is_open && is_refused || cause == C::WrongTenantOrAccount || cause == C::AccountDisabled || score < 72)
    {
        let fact = Fact::OtherTenant { expected: expected.clone(), actual: actual.clone() };
        say(C::WrongTenantOrAccount, score.max(89) + 1, fact);
        return;
    }
    if evidence.endpoint != E::Api {
        return;
    }
    if let (Some(requested), Some(granted)) = (&context.requested_scopes, &context.granted_scopes) {
        let missing: Vec<String> = requested.iter().filter(|it| !granted.contains(it)).cloned().collect();
        let may_be = match score {
            0..60 => true,
            60..80 => matches!(cause, C::ResourceNotShared | C::MalformedApiRequest),
            80.. => false,
        } || matches!(cause, C::AccessTokenInvalid | C::InsufficientScope);
        if !missing.is_empty() && is_fresh && is_refused && may_be {
            say(C::InsufficientScope, score.max(84) + 1, Fact::ScopesMissing(missing));
        }
    }
}

fn clock_fact(context: &EvidenceContext) -> Fact {
    Fact::ClockOff(context.clock_ahead_seconds.unwrap_or_default())
}

/// Off beyond what is tolerated: positive is ahead, in seconds [B9].
fn telling_skew(context: &EvidenceContext) -> Option<i64> {
    context.clock_ahead_seconds.filter(|seconds| clock_skew::is_off(seconds.saturating_mul(1000)))
}

/// The server complains of a time that we wrote, and our clock is off to the side that makes it wrong.
fn is_explained_by_our_clock(context: &EvidenceContext, words: &Words<'_>, answer: &Answer) -> bool {
    let Some(ahead) = telling_skew(context) else { return false };
    let has = |wanted: &[&str]| wanted.iter().any(|it| answer.said.words.contains(it));
    let is_early = is_early(words, answer);
    let is_late = (has(&[" assertion "]) || words.has(Term::OfNow)) && has(&[" expired ", " exp ", " stale "]);
    if is_early || is_late {
        return (is_early && ahead > 0) || (is_late && ahead < 0);
    }
    has(&[" iat ", " clock ", " timestamp ", " skew "])
}

/// A token of theirs is early by the clock of whoever checks it: a clock behind by seconds is enough, where no leeway is given.
fn is_read_by_us(words: &Words<'_>, answer: &Answer) -> bool {
    is_early(words, answer) && !answer.said.words.contains(" assertion ")
}

fn is_early(words: &Words<'_>, answer: &Answer) -> bool {
    let said =
        [" nbf ", " in the future ", " used before ", " before issued ", " issued too early ", " used too early "];
    words.has(Term::NotYetValid) || said.iter().any(|it| answer.said.words.contains(it))
}

/// By our clock the token is over, by the server's it holds: ours runs ahead by more than it lives.
fn is_over_by_our_clock_alone(context: &EvidenceContext, age: Duration, life: Duration) -> bool {
    telling_skew(context).is_some_and(|ahead| {
        ahead > 0 && age < life && age.saturating_add(Duration::from_secs(ahead.unsigned_abs())) >= life
    })
}

/// By our clock the token holds, by the server's it is over: ours was set back, or runs behind.
fn is_over_by_the_servers_clock_alone(context: &EvidenceContext) -> bool {
    let (Some(ahead), Some((age, life))) =
        (telling_skew(context), context.access_token_age.zip(context.access_token_lifetime))
    else {
        return false;
    };
    ahead < 0 && age < life && age.saturating_add(Duration::from_secs(ahead.unsigned_abs())) >= life
}
