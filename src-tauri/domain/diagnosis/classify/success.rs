//! Answers that carry no failure, and token answers that carry one in spite of all: a lifetime nobody can use [B7, B8].

use super::board::{Board, Layer};
use super::terms::{Term, Terms};
use super::words::{RefusedBy, Words};
use crate::diagnosis::answer::{Answer, BodyForm, Said, tells_of_an_end_ahead};
use crate::diagnosis::clue::Fact;
use crate::diagnosis::{CauseLabel as C, Evidence, FailedEndpoint as E};

/// Longer than any token is meant to live, in seconds: some give twenty years.
const ABSURD: f64 = 25.0 * 365.25 * 86_400.0;
/// A month: access tokens that live longer say so in seconds by mistake, as a rule in milliseconds.
const DOUBTFUL: f64 = 31.0 * 86_400.0;

/// Whether nothing in the answer speaks of a failure. Then the board holds what it says instead.
pub(super) fn judge(evidence: &Evidence, answer: &Answer, board: &mut Board) -> bool {
    let outcome = &answer.said.outcome;
    let is_fine = matches!(evidence.http_status, Some(200..=299 | 304));
    let mut says = |cause, score, fact: Fact| board.add(cause, score, Layer::Standard, || fact);

    // A code, or a token in the fragment of an old single page.
    let is_granted = outcome.has_authorization_code || outcome.has_token && answer.form == BodyForm::Form;
    if evidence.endpoint == E::Authorize && is_granted && !outcome.has_error {
        match (&evidence.context.expected_state, &outcome.state) {
            (Some(expected), Some(state)) if expected != state => says(C::StateMismatch, 97, Fact::StateDiffers),
            (Some(_), None) => says(C::StateMismatch, 95, Fact::StateMissing),
            _ => says(C::NoFailure, 88, Fact::Succeeded),
        }
        return true;
    }
    if let (Some(is_active), E::Introspect) = (outcome.is_active, evidence.endpoint) {
        if is_active {
            says(C::NoFailure, 90, Fact::Succeeded);
        } else {
            says(C::AccessTokenInvalid, 80, Fact::Code("active".to_owned()));
        }
        return true;
    }
    // Introspected by whoever guards the API (RFC 7662 §2.2): little else is said of a token that is not active.
    if outcome.is_active == Some(false) && evidence.endpoint == E::Api && is_introspection(answer) && is_fine {
        says(C::AccessTokenInvalid, 78, Fact::Code("active".to_owned()));
        return true;
    }
    let issues = evidence.endpoint.issues_tokens();
    let is_answered_well = is_fine || (evidence.http_status.is_none() && issues);
    if outcome.has_token
        && !outcome.has_error
        && (is_answered_well && issues || is_fine && answer.form != BodyForm::Text)
    {
        let raw = outcome.expires_in.as_deref().or(evidence.context.expires_in_raw.as_deref());
        match raw.filter(|it| issues && is_unusable(it)) {
            Some(raw) => says(C::ExpiresInInvalid, 90, Fact::Lifetime(raw.to_owned())),
            None => says(C::NoFailure, 92, Fact::Succeeded),
        }
        return true;
    }
    if evidence.endpoint == E::Authorize && is_fine && !outcome.has_error && answer.is_sign_in_page() {
        says(C::NoFailure, 78, Fact::Succeeded);
        return true;
    }
    // On to the sign-in, with nothing to complain of.
    if evidence.endpoint == E::Authorize
        && matches!(evidence.http_status, Some(300..=399))
        && !outcome.has_error
        && let Some(location) = evidence.header("location").filter(|it| leads_on(it))
    {
        says(C::NoFailure, if is_sign_in(location) { 90 } else { 76 }, Fact::Succeeded);
        return true;
    }
    if !is_fine || outcome.has_error || outcome.status.is_some_and(|it| it >= 400) {
        return false;
    }
    match (answer.form, evidence.endpoint) {
        (_, E::Revoke) => says(C::NoFailure, 94, Fact::Succeeded),
        // A page where data should be is somebody else's.
        (BodyForm::Html, _) => return false,
        (BodyForm::Empty, E::TokenExchange | E::TokenRefresh) => says(C::ProviderOutage, 48, Fact::NothingMore),
        (BodyForm::Json, E::TokenExchange | E::TokenRefresh) if !outcome.is_success => return false,
        (BodyForm::Text, E::TokenExchange | E::TokenRefresh | E::Device) => return false,
        (BodyForm::Text, E::Api | E::Authorize) if is_short_complaint(answer) || is_bill(answer) => return false,
        _ => says(C::NoFailure, if outcome.is_success { 92 } else { 84 }, Fact::Succeeded),
    }
    true
}

/// A sentence and hardly more, which the rules read as a refusal: so answers whoever has no other status than 200.
pub(super) fn is_refused_in_words(evidence: &Evidence, answer: &Answer) -> bool {
    const SENTENCES: [&str; 17] = [
        "message",
        "msg",
        "errmsg",
        "detail",
        "reason",
        "statusMessage",
        "status_message",
        "resultMsg",
        "retMsg",
        "desc",
        "result_message",
        "resultMessage",
        "response_message",
        "responseMessage",
        "return_msg",
        "respMsg",
        "statusText",
    ];
    const MOST_FIELDS: usize = 3;
    let Said { fields, outcome, words, .. } = &answer.said;
    let is_sentence = |name: &str| SENTENCES.iter().any(|it| it.eq_ignore_ascii_case(name));
    let is_little = fields.len() <= MOST_FIELDS && fields.iter().any(|(name, _)| is_sentence(name));
    if evidence.endpoint != E::Api
        || !matches!(evidence.http_status, Some(200..=299))
        || answer.form != BodyForm::Json
        || outcome.has_error
        || outcome.is_success
        || outcome.has_token
        || !is_little
        || tells_of_an_end_ahead(words)
    {
        return false;
    }
    let words = Words::hear(words);
    let mut board = Board::default();
    words.judge(E::Api, RefusedBy::AnotherCode, 100, &mut board);
    words.heard.all.has_any(REFUSALS)
        && words.heard.all.has_any(OF_WHO_MAY)
        && board.best().is_some_and(|it| it.score >= LEAST_OF_A_REFUSAL)
}

/// What is guessed from less may be good news.
const LEAST_OF_A_REFUSAL: u8 = 64;

/// What a search did not find is an answer; a credential that was not found is a refusal.
const OF_WHO_MAY: Terms = Terms::of(&[
    Term::Token,
    Term::AccessToken,
    Term::RefreshToken,
    Term::Session,
    Term::Credentials,
    Term::Password,
    Term::ApiKey,
    Term::Header,
    Term::Scope,
    Term::Permission,
    Term::NoCredential,
    Term::NotAccessible,
    Term::NotAllowed,
    Term::Unauthenticated,
    Term::AccountOver,
    Term::ToldToSignIn,
]);

/// Of a thing that is there and works, none of it is said.
const REFUSALS: Terms = Terms::of(&[
    Term::Expired,
    Term::Revoked,
    Term::Invalid,
    Term::NotFound,
    Term::Missing,
    Term::NotHeld,
    Term::NotGranted,
    Term::Denied,
    Term::NotAllowed,
    Term::Disabled,
    Term::NotActive,
    Term::Exceeded,
    Term::NoCredential,
    Term::NotAccessible,
    Term::Unauthenticated,
    Term::AccountOver,
    Term::ToldToSignIn,
]);

/// The fields of RFC 7662 §2.2, and at most one that somebody added.
fn is_introspection(answer: &Answer) -> bool {
    const KNOWN: [&str; 12] =
        ["active", "scope", "client_id", "username", "token_type", "exp", "iat", "nbf", "sub", "aud", "iss", "jti"];
    let mut others = answer.said.fields.iter().map(|(name, _)| name.as_str()).filter(|it| !KNOWN.contains(it));
    others.next().is_none_or(|it| !it.ends_with("id") && !it.ends_with("name")) && others.next().is_none()
}

/// Whether a redirect goes on, rather than to a page that refuses.
fn leads_on(location: &str) -> bool {
    let (path, query) = location.split_once(['?', '#']).unwrap_or((location, ""));
    let refuses = |text: &str| {
        let text = text.to_ascii_lowercase();
        ["error", "denied", "forbidden", "invalid", "blocked", "unauthorized", "failure"]
            .iter()
            .any(|it| text.contains(it))
    };
    !location.trim().is_empty()
        && !refuses(path)
        && !url::form_urlencoded::parse(query.as_bytes()).any(|(it, _)| refuses(&it))
}

fn is_sign_in(location: &str) -> bool {
    let path = location.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    ["login", "signin", "sign-in", "sign_in", "logon", "consent", "authorize", "oauth", "/auth", "account", "session"]
        .iter()
        .any(|it| path.contains(it))
}

/// A lifetime that is no positive number of seconds, or one beyond reason.
fn is_unusable(raw: &str) -> bool {
    let raw = raw.trim();
    let is_text = raw.starts_with('"');
    let Ok(seconds) = raw.trim_matches('"').trim().parse::<f64>() else { return raw != "null" };
    is_text
        || !seconds.is_finite()
        || seconds <= 0.0
        || seconds > ABSURD
        || (seconds > DOUBTFUL && seconds % 1000.0 == 0.0 && seconds % 86_400.0 != 0.0)
        || seconds.fract() != 0.0
        || is_in_milliseconds(seconds)
}

/// An hour, two, eight, a day: written in milliseconds they are weeks and years.
fn is_in_milliseconds(seconds: f64) -> bool {
    seconds >= 600_000.0
        && [600.0, 900.0, 1200.0, 1800.0, 3600.0, 7200.0, 14_400.0, 21_600.0, 28_800.0, 43_200.0, 86_400.0]
            .contains(&(seconds / 1000.0))
}

/// Plain text that is refusing rather than telling.
fn is_short_complaint(answer: &Answer) -> bool {
    answer.spaced.len() < 300
        && ["error", "invalid", "denied", "expired", "unauthorized", "forbidden", "exceeded", "not allowed"]
            .iter()
            .any(|it| answer.spaced.contains(it))
}

/// What was not paid for is no answer to a call.
fn is_bill(answer: &Answer) -> bool {
    const LONGEST_BILL: usize = 1_000;
    answer.spaced.len() < LONGEST_BILL && Words::hear(&answer.spaced).has(Term::Upgrade)
}
