//! What a status says where little else does; the least trusted layer [C2, S058, S163].

use super::board::{Board, Layer};
use super::standards;
use super::terms::{Term, Terms};
use super::walls;
use super::words::Words;
use crate::diagnosis::answer::{Answer, BodyForm};
use crate::diagnosis::clue::Fact;
use crate::diagnosis::{CauseLabel as C, Evidence, FailedEndpoint as E, action};

/// What the status alone says of a client, where the reason that was given cannot be read.
pub(super) const OF_AN_UNREAD_REASON: u8 = 48;

/// The status of the answer, or else the one that its body names.
pub(super) fn effective(evidence: &Evidence, answer: &Answer) -> Option<u16> {
    match (evidence.http_status, answer.said.outcome.status) {
        (Some(200..=299) | None, Some(inner)) => Some(inner),
        (outer, _) => outer,
    }
}

/// How far the words of an answer are believed beside its status, of a hundred. A server that fails speaks of itself;
/// but a program that has no better status than 500, as SOAP faults have none (SOAP 1.1 §6.2), says in words what it
/// means.
pub(super) fn trust_in_words(evidence: &Evidence, answer: &Answer, words: &Words<'_>) -> u8 {
    let is_structured = matches!(answer.form, BodyForm::Json | BodyForm::Xml);
    match evidence.http_status {
        Some(500) if words.has(Term::ByName) && !words.has(Term::Retry) => 100,
        Some(500) if walls::wraps_a_fault(answer) && !words.has(Term::Retry) => 100,
        Some(500) if is_structured && !words.has(Term::Outage) && !words.has(Term::Retry) => 100,
        Some(500..=599) => 70,
        Some(_) | None => 100,
    }
}

pub(super) fn judge(evidence: &Evidence, answer: &Answer, words: &Words<'_>, board: &mut Board) {
    let at = evidence.endpoint;
    // A limit, an outage, a proxy: these statuses say what they mean.
    let layer = |score: u8| if score >= 84 { Layer::Standard } else { Layer::Status };
    let mut says = |cause, score: u8, status| board.add(cause, score, layer(score), || Fact::Status(status));
    let is_page = answer.form == BodyForm::Html;
    let is_token = at.issues_tokens() || at == E::Revoke;

    if let Some(status) = effective(evidence, answer) {
        match status {
            429 => says(C::RateLimited, 93, status),
            420 | 430 | 509 | 999 => says(C::RateLimited, 84, status),
            // A proxy between; a portal.
            407 | 511 => says(C::NetworkFailure, 92, status),
            408 => says(C::NetworkFailure, 62, status),
            // Too early (RFC 8470): to be sent again once the connection stands.
            425 => says(C::ProviderOutage, 62, status),
            500..=599 => {
                // The page of a gateway says nothing of the grant; a server that names a standard's code does.
                let is_inner = !matches!(evidence.http_status, Some(500..=599));
                let is_named = standards::has_standard_refusal(answer) && !is_page;
                let is_meant = is_inner || is_named || walls::wraps_a_fault(answer) && !words.heard.all.is_empty();
                let score = match (is_meant, trust_in_words(evidence, answer, words)) {
                    (true, _) => 54,
                    (false, 100) => 74,
                    (false, _) => 86,
                };
                says(C::ProviderOutage, score, status);
            }
            402 => says(C::AdminPolicyRestriction, 60, status),
            451 => says(C::AdminPolicyRestriction, 56, status),
            // What is asked for is locked (RFC 4918 §11.3), by somebody and for a while. An account that is locked is
            // named as one.
            423 => {
                says(if is_token { C::ProviderOutage } else { C::ResourceNotShared }, 56, status);
                says(C::AccountDisabled, 44, status);
            }
            419 | 440 if !is_token => says(C::AccessTokenExpired, 62, status),
            460 | 494 | 499 if is_token || status != 499 => says(C::NetworkFailure, 60, status),
            498 if !is_token => says(C::AccessTokenInvalid, 70, status),
            499 if !is_token => says(C::MalformedApiRequest, 64, status),
            300..=399 if at == E::Authorize => {}
            300..=399 => says(C::NetworkFailure, 40, status),
            200..=299 => {}
            _ if at == E::Authorize => {
                says(if status == 401 { C::ClientCredentialsMismatch } else { C::MalformedTokenRequest }, 36, status);
            }
            // What asks for a new token has worked before: it is the grant that changed, not the request.
            400 if is_wordless_refresh(evidence, answer, words) => {
                says(C::GrantInvalid, 48, status);
                says(C::MalformedTokenRequest, 38, status);
            }
            401 if is_wordless_refresh(evidence, answer, words) => {
                // A reason was given that nobody here can read: RFC 6749 §5.2 has 401 for the client alone.
                let (client, grant) = if gives_a_reason(answer) { (OF_AN_UNREAD_REASON, 38) } else { (38, 48) };
                says(C::GrantInvalid, grant, status);
                says(C::ClientCredentialsMismatch, client, status);
            }
            401 if is_token => {
                let is_refused = standards::denies_access(answer);
                says(C::ClientCredentialsMismatch, if is_refused { 64 } else { 46 }, status);
            }
            403 if is_token => says(C::AdminPolicyRestriction, 34, status),
            400..=499 if is_token => says(C::MalformedTokenRequest, 38, status),
            401 => says(C::AccessTokenInvalid, 54, status),
            // Whose token it is, everybody may ask who has the scope for it; else a policy keeps the client out.
            403 if evidence.context.asks_who_it_is => {
                says(C::InsufficientScope, 50, status);
                says(C::AdminPolicyRestriction, 44, status);
                says(C::AccessTokenInvalid, 38, status);
            }
            403 => {
                says(C::ResourceNotShared, 50, status);
                says(C::InsufficientScope, 46, status);
            }
            404 | 410 if evidence.context.asks_who_it_is => says(C::MalformedApiRequest, 56, status),
            404 | 410 => says(C::ResourceNotShared, 56, status),
            400..=499 => says(C::MalformedApiRequest, 42, status),
            _ => {}
        }
    }
    if !matches!(evidence.http_status, Some(500..=599)) && standards::contradicts_an_outage(answer) {
        board.rule_out(C::ProviderOutage);
    }
    // Where a provider keeps the two apart, 401 is the token's and 403 the object's.
    if evidence.http_status == Some(401)
        && at == E::Api
        && (!speaks_of_rights(words) || words.heard.all.is_within(BARE_DENIAL))
        && board.best().is_some_and(|it| it.cause == C::ResourceNotShared && it.score < 80)
    {
        board.add(C::AccessTokenInvalid, 80, Layer::Status, || Fact::Status(401));
    }
    // Nothing but another way to sign in is asked for (RFC 9110 §11.6.1): no token was looked at.
    if evidence.http_status == Some(401)
        && at == E::Api
        && answer.form == BodyForm::Empty
        && !answer.challenges.is_empty()
        && answer.challenges.iter().all(|it| it.scheme == "basic")
    {
        board.add(C::MalformedApiRequest, 60, Layer::Status, || Fact::Status(401));
    }
    // Where the token is not spoken of, and 401 is not said, it is the call that was signed, and wrongly.
    if matches!(evidence.http_status, Some(200..=299 | 400 | 403))
        && at == E::Api
        && answer.spaced.contains(" signature ")
        && !words.heard.all.has_any(SIGNED_ELSEWHERE)
        && let Some(best) =
            board.best().filter(|it| it.cause == C::AccessTokenInvalid && it.layer == Layer::Words && it.score < 80)
    {
        let score = best.score + 3;
        board.add(C::MalformedApiRequest, score, Layer::Words, || Fact::Words(String::new()));
    }
    // WordPress says 401 for what 403 would say of somebody who is signed in: nobody was.
    if evidence.http_status == Some(401)
        && at == E::Api
        && answer.said.codes.iter().any(|it| {
            it.plain.contains("restcannot") || matches!(it.plain.as_str(), "restforbidden" | "restforbiddencontext")
        })
    {
        board.add(C::MalformedApiRequest, 82, Layer::Standard, || Fact::Status(401));
    }
    // A key is what lets a call in where 401 is said of it (RFC 9110 §15.5.2); elsewhere it names an app or a project.
    // So it does beside a secret, and where the app is spoken of.
    let names_an_app = words.heard.all.has_any(Terms::of(&[Term::Secret, Term::App]));
    if (evidence.http_status.is_some_and(|it| it != 401) || names_an_app)
        && at == E::Api
        && words.has(Term::ApiKey)
        && !words.has(Term::Token)
        && let Some(best) = board.best().filter(|it| it.cause == C::AccessTokenInvalid && it.layer == Layer::Words)
    {
        let score = best.score + 2;
        board.add(C::ClientCredentialsMismatch, score, Layer::Words, || Fact::Words(String::new()));
    }
    // And 403 is about rights, whatever its code is called, where no word speaks of the token.
    if evidence.http_status == Some(403)
        && at == E::Api
        && !words.heard.all.has_any(OF_A_TOKEN)
        && let Some(best) = board.best().filter(|it| it.cause == C::AccessTokenInvalid && it.score <= 66)
    {
        let score = best.score + 4;
        board.add(C::ResourceNotShared, score, Layer::Status, || Fact::Status(403));
    }
    // Data was asked for: a portal, a proxy or a wall of somebody in between answers with a page.
    let is_refusing_wall = matches!(evidence.http_status, Some(400 | 401 | 403 | 405 | 406));
    if is_page && at != E::Authorize && !matches!(evidence.http_status, Some(500..=599)) {
        let is_unasked = matches!(evidence.http_status, Some(200..=399));
        // Where nothing is, a server says so with a page of its own: the address is wrong, not the network.
        let is_nowhere = is_token && matches!(evidence.http_status, Some(404 | 405 | 410));
        let score = match (is_unasked, is_token) {
            (true, _) => 80,
            (false, true) if is_nowhere => 52,
            // Whoever runs the token endpoint names the status on a page of its own.
            (false, true) if walls::is_servers_own(answer) => 30,
            (false, true) => 64,
            (false, false) => 30,
        };
        board.add(C::NetworkFailure, score, Layer::Status, || Fact::PageInsteadOfData);
        if is_nowhere {
            board.add(C::MalformedTokenRequest, 64, Layer::Status, || Fact::PageInsteadOfData);
        }
    }
    // A firewall may answer as if all went well.
    let is_silent_wall = is_page && at != E::Authorize && matches!(evidence.http_status, Some(200..=299));
    if (is_refusing_wall || is_silent_wall) && walls::is_wall(evidence, answer) {
        let score = if is_page || walls::is_of_a_wall(answer) { 86 } else { 80 };
        board.add(C::IpRestricted, score, Layer::Words, || Fact::Words(String::new()));
    }
    // Whoever gives a reason that speaks of no person was not refused by one: asking again would change nothing.
    if at == E::Authorize
        && standards::denies_access(answer)
        && answer.said.words.split(' ').filter(|it| it.len() > 1).count() >= MIN_REASON
        && !words.heard.all.has_any(OF_A_PERSON)
        && let Some(best) = board.best().filter(|it| it.cause == C::UserDeniedConsent && it.layer != Layer::Signature)
    {
        let score = best.score.saturating_add(2);
        board.add(C::AdminPolicyRestriction, score, Layer::Words, || Fact::Words(String::new()));
    }
    // An address that is shut out for a while was too busy.
    if words.has(Term::Retry)
        && let Some(best) = board.best().filter(|it| it.cause == C::IpRestricted)
    {
        let score = best.score.saturating_add(3);
        board.add(C::RateLimited, score, Layer::Words, || Fact::Words(String::new()));
    }
    let is_refused = matches!(effective(evidence, answer), Some(400 | 401 | 403));
    if answer.has_nothing_remaining && is_refused && words.heard.all.is_empty() {
        board.add(C::RateLimited, 84, Layer::Status, || Fact::ToldToWait);
    } else if answer.has_nothing_remaining && matches!(effective(evidence, answer), Some(403)) {
        board.add(C::RateLimited, 82, Layer::Status, || Fact::ToldToWait);
    } else if answer.has_retry_after && is_refused {
        board.add(C::RateLimited, 72, Layer::Status, || Fact::ToldToWait);
    }
}

/// A refresh was refused, and neither a code nor a word says why.
fn is_wordless_refresh(evidence: &Evidence, answer: &Answer, words: &Words<'_>) -> bool {
    evidence.endpoint == E::TokenRefresh
        && answer.form != BodyForm::Html
        && words.heard.all.is_within(NO_REASON)
        && !standards::has_standard_refusal(answer)
        // RFC 6749 §5.2: so a client is asked to name itself.
        && !answer.challenges.iter().any(|it| it.scheme == "basic")
}

/// Whether more is said than that it is refused, and by which status.
fn gives_a_reason(answer: &Answer) -> bool {
    const NAMES: [&str; 16] = [
        "bad",
        "request",
        "unauthorized",
        "unauthorised",
        "not",
        "authorized",
        "authorised",
        "forbidden",
        "denied",
        "error",
        "errors",
        "failed",
        "failure",
        "http",
        "status",
        "code",
    ];
    let is_other = |word: &&str| word.len() > 1 && !NAMES.contains(word) && !word.bytes().all(|it| it.is_ascii_digit());
    answer.said.words.split([' ', '|']).filter(is_other).count() >= 2
}

/// Fewer words name the refusal again.
const MIN_REASON: usize = 4;

const OF_A_PERSON: Terms = Terms::of(&[Term::Cancelled, Term::User, Term::Consent, Term::Permission, Term::NotGranted]);

const OF_A_TOKEN: Terms = Terms::of(&[
    Term::Token,
    Term::AccessToken,
    Term::Session,
    Term::Credentials,
    Term::Password,
    Term::Header,
    Term::NoCredential,
    Term::Assertion,
]);

/// Of what somebody may do, and not of who asks: 401 is then said for 403.
fn speaks_of_rights(words: &Words<'_>) -> bool {
    const REFUSED: Terms = Terms::of(&[Term::NotAccessible, Term::NotAllowed, Term::OwnRole]);
    let all = words.heard.all;
    let is_of_a_deed = words.has(Term::Deed) && all.has_any(REFUSED);
    (words.has(Term::Permission) && !words.has(Term::Unauthenticated) || is_of_a_deed)
        && !all.has_any(OF_A_TOKEN)
        && !all.has_any(Terms::of(&[Term::Interaction, Term::NoCredential, Term::Mfa]))
}

/// What has a signature of its own.
const SIGNED_ELSEWHERE: Terms =
    Terms::of(&[Term::Token, Term::AccessToken, Term::Session, Term::Assertion, Term::SigningKey, Term::Certificate]);

/// That permission was denied, and neither what for nor to whom.
const BARE_DENIAL: Terms =
    Terms::of(&[Term::Permission, Term::NotAccessible, Term::Denied, Term::NotAllowed, Term::Unauthenticated]);

/// What the names of the statuses say, and things of which nothing is said.
const NO_REASON: Terms = Terms::of(&[
    Term::Unauthenticated,
    Term::NotAllowed,
    Term::Invalid,
    Term::NotFound,
    Term::Api,
    Term::App,
    Term::Credentials,
]);

/// A token endpoint that fails decides nothing of a grant or a code, whatever else its answer names: the engine tries
/// again, so the advice is to wait and not to ask for consent, and what was named stays an alternative [B5, S072]. What
/// stands in front of it, or says that it cannot work just now, decides nothing of a client either; a program that fails
/// with 500 may mean what it says of that.
pub(super) fn disbelieve_failing_server(evidence: &Evidence, board: &mut Board) {
    let Some(status @ (500..=599)) = evidence.http_status else { return };
    let Some(best) = board.best().filter(|it| !it.cause.is_transient() && evidence.endpoint.issues_tokens()) else {
        return;
    };
    // A code is traded once, and a program that says in so many words what it was is not asked again.
    let is_of_code = best.cause == C::AuthorizationCodeInvalid && best.layer == Layer::Words && best.score >= 80;
    if is_of_code && status == 500 {
        return;
    }
    let is_of_grant = best.cause.ends_the_grant() || action::asks_for_consent(best.cause);
    if is_of_grant || matches!(status, 502..=504) {
        let score = best.score.saturating_add(3);
        board.add(C::ProviderOutage, score, Layer::Standard, || Fact::Status(status));
    }
}

/// Where no object is in play none can be missing a share: whatever was refused for want of a right is refused for want
/// of a scope. What the provider itself is known to mean stands.
pub(super) fn rule_out_an_object(evidence: &Evidence, board: &mut Board) {
    if !evidence.context.asks_who_it_is {
        return;
    }
    let Some(best) = board.best().filter(|it| it.cause == C::ResourceNotShared) else {
        return board.rule_out(C::ResourceNotShared);
    };
    let (score, layer, fact) = (best.score, best.layer, best.fact.clone());
    if layer != Layer::Signature {
        board.rule_out(C::ResourceNotShared);
        board.add(C::InsufficientScope, score, layer, || fact);
    }
}
