//! The layers, from what the provider's entry knows to what a bare status says; each names candidates, and the
//! strongest is the cause [C1, C2].
//!
//! Honest: where the evidence does not separate special cases, the general label is the answer, and the special ones
//! are alternatives.

mod board;
mod caution;
mod confidence;
mod context;
mod network;
mod other_codes;
mod rules;
mod signatures;
mod spoken;
mod standards;
mod status;
mod success;
mod terms;
mod vocabulary;
mod walls;
mod words;

use self::board::{Board, Candidate, Layer};
use self::terms::{Term, Terms};
use self::words::{RefusedBy, Words};
use super::answer::{self, Answer, BodyForm, CodeField};
use super::clue::{Clue, ClueWeight, Fact};
use super::redaction::of_foreign_code;
use super::{ActionLabel, Alternative, CauseLabel as C, Diagnosis, Evidence, FailedEndpoint, NetworkFailure, action};
use crate::provider::ErrorSignature;

/// What is kept of a provider's error code for display.
const MAX_CODE_LENGTH: usize = 80;
const MAX_ALTERNATIVES: usize = 4;
/// One call takes a few.
const MAX_NAMED_SCOPES: usize = 12;

/// Names the cause of a failure, what decided, and what to do next.
pub fn classify(evidence: &Evidence, signatures: &[ErrorSignature]) -> Diagnosis {
    let mut board = Board::default();
    let mut answer = Answer::read(evidence);
    // A program's line tells the status that it got.
    let told = answer::told_status(&answer).filter(|_| evidence.http_status.is_none());
    let with_told = told
        .filter(|_| evidence.endpoint != FailedEndpoint::Authorize)
        .map(|status| Evidence { http_status: Some(status), ..evidence.clone() });
    let evidence = with_told.as_ref().unwrap_or(evidence);
    let network = network_failure(evidence, &answer);
    let mut library_words = String::new();
    if let Some(failure) = network {
        let cause = if failure == NetworkFailure::CertificateOfAnotherTime { C::ClockSkew } else { C::NetworkFailure };
        board.add(cause, 97, Layer::Standard, || Fact::Network(failure));
        board.add(if cause == C::ClockSkew { C::NetworkFailure } else { C::ProviderOutage }, 30, Layer::Status, || {
            Fact::Network(failure)
        });
        return concluded(evidence, &answer, board, None, &Words::hear(""));
    }
    answer.said.outcome.has_error |= success::is_refused_in_words(evidence, &answer);
    if !signatures::mark_a_success(evidence, signatures) && success::judge(evidence, &answer, &mut board) {
        return concluded(evidence, &answer, board, None, &Words::hear(""));
    }
    if let Some(error) = &evidence.network_error {
        library_words = super::answer::plain_words_of(error);
    }
    let words = Words::hear(if answer.said.words.trim().is_empty() { &library_words } else { &answer.said.words });

    let refused = is_of_a_refresh(evidence.endpoint, &answer, &words)
        .then(|| Evidence { endpoint: FailedEndpoint::TokenRefresh, ..evidence.clone() });
    let evidence = refused.as_ref().unwrap_or(evidence);

    let signature = signatures::judge(evidence, &answer, signatures, &mut board);
    standards::judge(&answer, evidence.endpoint, &mut board);
    let code = if standards::refuses_the_grant(&answer) { RefusedBy::InvalidGrant } else { RefusedBy::AnotherCode };
    words.judge(evidence.endpoint, code, status::trust_in_words(evidence, &answer, &words), &mut board);
    status::judge(evidence, &answer, &words, &mut board);
    fall_back(evidence, &answer, &mut board);
    context::judge(evidence, &answer, &words, &mut board);
    status::disbelieve_failing_server(evidence, &mut board);
    status::rule_out_an_object(evidence, &mut board);

    concluded(evidence, &answer, board, signature, &words)
}

fn network_failure(evidence: &Evidence, answer: &Answer) -> Option<NetworkFailure> {
    if evidence.network_failure.is_some() {
        return evidence.network_failure;
    }
    let Some(error) = evidence.network_error.as_deref().filter(|it| !it.trim().is_empty()) else {
        let is_line = evidence.http_status.is_none() && answer.form == BodyForm::Text && answer.said.codes.is_empty();
        return if is_line { network::failure_in_line(&String::from_utf8_lossy(&evidence.body)) } else { None };
    };
    if answer::told_by_a_library(evidence).is_some() {
        return None;
    }
    if evidence.http_status.is_some() && answer.form != BodyForm::Empty {
        return None;
    }
    let speaks_of_oauth =
        error.contains("invalid_") || error.contains("mismatching_state") || error.contains("access_denied");
    match network::failure_in(error) {
        Some(failure) if !speaks_of_oauth => Some(failure),
        Some(_) => None,
        None if speaks_of_oauth || answer.form != BodyForm::Empty => None,
        // What a program says itself, without having asked anybody.
        None if speaks_of_access(evidence.endpoint, error) => None,
        None => Some(NetworkFailure::Broken),
    }
}

/// Whether a program says in words what is wrong with a token, or as plainly with whatever else a person can mend, rather
/// than with the way to a server.
fn speaks_of_access(endpoint: FailedEndpoint, error: &str) -> bool {
    const LEAST: u8 = 78;
    const LEAST_OF_A_TOKEN: u8 = 70;
    let plain = answer::plain_words_of(error);
    let words = Words::hear(&plain);
    let mut board = Board::default();
    words.judge(endpoint, RefusedBy::AnotherCode, 100, &mut board);
    let names_a_token = words.heard.all.has_any(OF_A_TOKEN.and(Term::RefreshToken).and(Term::ApiKey));
    let least = if names_a_token { LEAST_OF_A_TOKEN } else { LEAST };
    board.best().is_some_and(|it| it.score >= least && !it.cause.is_transient())
}

/// A server that refuses a refresh token was asked for a refresh, whatever whoever wrote the failure down called it.
fn is_of_a_refresh(endpoint: FailedEndpoint, answer: &Answer, words: &Words<'_>) -> bool {
    const WRONG: [&str; 9] =
        ["bad", "invalid", "expired", "revoked", "reused", "unknown", "illegal", "notfound", "missing"];
    let is_code = answer.said.codes.iter().any(|it| {
        matches!(it.field, CodeField::Error | CodeField::Code)
            && it.plain.contains("refreshtoken")
            && WRONG.iter().any(|wrong| it.plain.contains(wrong))
    });
    let speaks_of = |terms: &[Term]| words.heard.all.has_any(Terms::of(terms));
    match endpoint {
        FailedEndpoint::TokenExchange | FailedEndpoint::Device => {
            (is_code || words.heard.clauses.iter().any(|it| is_refused_refresh_token(*it)))
                && !speaks_of(&[Term::Code, Term::Verifier, Term::Redirect])
        }
        FailedEndpoint::Api => is_code && !speaks_of(&[Term::AccessToken]),
        FailedEndpoint::Authorize
        | FailedEndpoint::TokenRefresh
        | FailedEndpoint::Revoke
        | FailedEndpoint::Introspect => false,
    }
}

fn is_refused_refresh_token(clause: Terms) -> bool {
    const REFUSED: Terms = Terms::of(&[
        Term::Expired,
        Term::Revoked,
        Term::Invalid,
        Term::NotFound,
        Term::Reused,
        Term::NotActive,
        Term::TokenLimit,
        Term::Mismatch,
    ]);
    const ELSE: Terms = Terms::of(&[Term::GrantType, Term::Missing, Term::Boilerplate, Term::Secret, Term::Parameter]);
    clause.has(Term::RefreshToken) && clause.has_any(REFUSED) && !clause.has_any(ELSE)
}

const OF_A_TOKEN: Terms = Terms::of(&[Term::Token, Term::AccessToken, Term::Session]);

const OF_A_CLIENT: Terms = Terms::of(&[Term::App, Term::Client, Term::ClientId, Term::Secret]);

/// What the words say of the way out: a tenant that nobody knows was written down wrongly, and another account does not
/// make it exist; some tell to sign in again.
fn advised_by_words(evidence: &Evidence, answer: &Answer, best: &Candidate, words: &Words<'_>) -> Option<ActionLabel> {
    let is_unknown = best.cause == C::WrongTenantOrAccount
        && best.layer == Layer::Words
        && !matches!(evidence.endpoint, FailedEndpoint::Api | FailedEndpoint::Introspect)
        && words.has(Term::Tenant)
        && words.has(Term::NotFound)
        && !words.has(Term::User);
    if is_unknown {
        return Some(ActionLabel::FixClientConfig);
    }
    // Whoever refused it says that renewing will not do.
    let is_told = words.has(Term::ToldToSignIn);
    // OAuth 1.0 has nothing to renew a token with.
    let is_of_oauth1 = answer.said.fields.iter().any(|(name, _)| name == "oauth_problem");
    // A token was refused and nothing says for what, nor whether there is another to renew it with: a sign-in cures all of
    // it. Where a refresh token is known to be there, it is tried first.
    let is_unknown = evidence.context.has_refresh_token.is_none();
    // These are said of objects and of servers too, and a renewal asks nobody for anything.
    let is_of_else = matches!(status::effective(evidence, answer), Some(403 | 404 | 410 | 500..=599));
    // Nor is there anything that would renew a key.
    let is_a_key = is_unknown && words.has(Term::ApiKey) && best.layer == Layer::Words;
    // But for a client that was refused: a person's sign-in would not make it known.
    let is_of_a_person = best.layer > Layer::Status && !words.heard.all.has_any(OF_A_CLIENT);
    let is_refused = is_unknown
        && (is_of_a_person || words.heard.all.has_any(OF_A_TOKEN))
        && (!is_of_else || is_a_key || words.has(Term::Password));
    let is_dead = best.cause == C::AccessTokenInvalid && (is_told || is_of_oauth1 || is_refused);
    let wants_a_sign_in = is_dead || best.cause == C::AccessTokenExpired && is_a_key;
    if wants_a_sign_in {
        return Some(ActionLabel::Reconnect);
    }
    // A page refused: whoever put it there said more than that nothing answered, and time does not take it away.
    let is_refused_by_a_page = best.fact == Fact::PageInsteadOfData && matches!(evidence.http_status, Some(400..=499));
    is_refused_by_a_page.then_some(ActionLabel::AskAdmin)
}

/// There is always an answer, if a weak one.
fn fall_back(evidence: &Evidence, answer: &Answer, board: &mut Board) {
    let is_said = answer.said.outcome.has_error || answer.form == BodyForm::Json;
    let cause = match (evidence.endpoint, evidence.http_status) {
        (FailedEndpoint::Authorize, _) => C::MalformedTokenRequest,
        (_, None) if answer.form == BodyForm::Empty => C::NetworkFailure,
        (FailedEndpoint::TokenRefresh, None) => C::GrantInvalid,
        (FailedEndpoint::TokenExchange | FailedEndpoint::Device, None) => C::AuthorizationCodeInvalid,
        // It speaks of an error that nobody has heard of. A grant that was renewed before is likely dead; whether a
        // first exchange fails for its code or its client, nothing says, and signing in again would not tell.
        (FailedEndpoint::TokenRefresh, Some(200..=299)) if is_said => C::GrantInvalid,
        (FailedEndpoint::TokenExchange, Some(200..=299)) if is_said => C::MalformedTokenRequest,
        (FailedEndpoint::TokenExchange | FailedEndpoint::TokenRefresh | FailedEndpoint::Device, Some(200..=299)) => {
            C::ProviderOutage
        }
        (
            FailedEndpoint::TokenExchange
            | FailedEndpoint::TokenRefresh
            | FailedEndpoint::Device
            | FailedEndpoint::Revoke,
            _,
        ) => C::MalformedTokenRequest,
        (FailedEndpoint::Api | FailedEndpoint::Introspect, None) => C::AccessTokenInvalid,
        (FailedEndpoint::Api | FailedEndpoint::Introspect, _) => C::MalformedApiRequest,
    };
    board.add(cause, 20, Layer::Status, || Fact::NothingMore);
}

fn concluded(
    evidence: &Evidence,
    answer: &Answer,
    board: Board,
    signature: Option<&ErrorSignature>,
    words: &Words<'_>,
) -> Diagnosis {
    let candidates = board.sorted();
    let Some(best) = candidates.first() else { return Diagnosis::of(C::NetworkFailure) };
    let cause = best.cause;
    let signed = signature.filter(|it| it.cause == cause);
    let mut alternatives: Vec<Alternative> = candidates
        .iter()
        .skip(1)
        .map(|it| Alternative { cause: it.cause, confidence: confidence::of_alternative(best, it) })
        .collect();
    for look_alike in confidence::look_alikes(cause, evidence.endpoint) {
        if *look_alike != cause && !alternatives.iter().any(|it| it.cause == *look_alike) {
            alternatives.push(Alternative { cause: *look_alike, confidence: confidence::OF_LOOK_ALIKE });
        }
    }
    alternatives.sort_by_key(|it| std::cmp::Reverse(it.confidence));
    alternatives.truncate(MAX_ALTERNATIVES);

    let advised = signed.and_then(|it| it.action).or_else(|| advised_by_words(evidence, answer, best, words));
    Diagnosis {
        cause,
        action: caution::harmless(action::for_cause(cause, evidence, advised), &candidates, words),
        confidence: confidence::of(best, candidates.get(1), evidence.endpoint, spoken::is_spoken(best, answer, words)),
        clues: clues(evidence, answer, &candidates, words).into(),
        alternatives: alternatives.into(),
        meaning: signed.and_then(|it| it.meaning.as_deref()).map(Box::from),
        provider_code: answer
            .said
            .shown_code()
            .filter(|code| !is_name_of_field(code))
            .and_then(|code| of_foreign_code(code, MAX_CODE_LENGTH)),
        http_status: evidence.http_status,
    }
}

/// What decided, what supports it, and what speaks against the others.
fn clues(evidence: &Evidence, answer: &Answer, candidates: &[Candidate], words: &Words<'_>) -> Vec<Clue> {
    let Some(best) = candidates.first() else { return vec![] };
    let worded = |fact: &Fact| {
        let is_unsaid = matches!(fact, Fact::Words(text) if text.is_empty());
        if is_unsaid { Fact::Words(words.shown()) } else { fact.clone() }
    };
    let mut clues = vec![Clue { weight: ClueWeight::Decides, fact: worded(&best.fact) }];
    let context = &evidence.context;
    if let Some(status) = evidence.http_status
        && !matches!(best.fact, Fact::Status(_))
    {
        let is_lie = (200..300).contains(&status) && !matches!(best.cause, C::NoFailure | C::ExpiresInInvalid);
        let fact = if is_lie { Fact::ErrorInSuccess(status) } else { Fact::Status(status) };
        clues.push(Clue { weight: ClueWeight::Supports, fact });
    }
    if best.cause == C::InsufficientScope
        && let Some(named) = named_scopes(answer)
    {
        clues.push(Clue { weight: ClueWeight::Supports, fact: Fact::ScopesNamed(named) });
    }
    for other in candidates.iter().skip(1).take(2) {
        // What decided against it is what decided.
        if other.score + 10 < best.score && other.layer > Layer::Status {
            clues.push(Clue { weight: ClueWeight::RulesOut(other.cause), fact: worded(&best.fact) });
        }
    }
    let age = context.access_token_age.zip(context.access_token_lifetime);
    if let Some((age, lifetime)) = age.filter(|(age, life)| age < life)
        && best.cause != C::AccessTokenExpired
        && evidence.endpoint == FailedEndpoint::Api
    {
        let fact = Fact::AccessTokenAge { age, lifetime };
        clues.push(Clue { weight: ClueWeight::RulesOut(C::AccessTokenExpired), fact });
    }
    if context.is_latest_refresh_token == Some(true) && best.cause != C::RefreshTokenReused {
        // The opposite of what would have made it likely.
        clues.push(Clue { weight: ClueWeight::RulesOut(C::RefreshTokenReused), fact: Fact::LatestToken });
    }
    clues
}

/// What the challenges say that the resource wants (RFC 6750 §3).
fn named_scopes(answer: &Answer) -> Option<Vec<String>> {
    let listed = answer.challenges.iter().filter_map(|it| it.scope.as_deref());
    let mut named: Vec<String> = vec![];
    for scope in listed.flat_map(|list| list.split([' ', ','])).filter(|it| !it.is_empty()) {
        if named.len() < MAX_NAMED_SCOPES && !named.iter().any(|it| it == scope) {
            named.push(scope.to_owned());
        }
    }
    (!named.is_empty()).then_some(named)
}

/// What an answer calls one of its parts says nothing of what went wrong.
fn is_name_of_field(code: &str) -> bool {
    const NAMES: [&str; 13] = [
        "access_token",
        "refresh_token",
        "id_token",
        "token_type",
        "expires_in",
        "expires_at",
        "ext_expires_in",
        "refresh_token_expires_in",
        "refresh_expires_in",
        "issued_at",
        "created_at",
        "revoked_at",
        "scope",
    ];
    NAMES.iter().any(|it| it.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod paraphrases;
#[cfg(test)]
mod readings;
#[cfg(test)]
mod tests;
