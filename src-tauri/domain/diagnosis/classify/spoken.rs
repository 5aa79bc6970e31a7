//! Whether an answer says why it refuses: a provider speaks of the token that was sent, of its client or of its account;
//! a gateway or a filter in front of it speaks of the request, and has seen no grant [B4, B5, S163].

use super::board::{Candidate, Layer};
use super::terms::{Term, Terms};
use super::words::Words;
use super::{standards, walls};
use crate::diagnosis::CauseLabel as C;
use crate::diagnosis::answer::{Answer, BodyForm};

/// What is asked of a call: no token endpoint asks for a credential, a key or a signature of that kind.
const OF_A_CALL: Terms = Terms::of(&[Term::NoCredential, Term::Header, Term::ApiKey, Term::RequestSignature]);
/// What stands between a refresh and the one who answers it.
pub(super) const OF_THE_WAY: Terms = Terms::of(&[Term::PageToken, Term::ApiKey, Term::Retry]);
const OF_THE_GRANT: Terms = Terms::of(&[Term::RefreshToken, Term::Token, Term::Session, Term::Consent]);
const OF_THE_TOKEN_REQUEST: Terms = Terms::of(&[
    Term::RefreshToken,
    Term::GrantType,
    Term::Client,
    Term::ClientId,
    Term::Secret,
    Term::App,
    Term::Redirect,
    Term::Code,
]);

/// Whether the cause rests on a code of the standards, on what the provider is known to say, or on words about what a
/// refresh takes, rather than on the status and its names.
pub(super) fn is_spoken(best: &Candidate, answer: &Answer, words: &Words<'_>) -> bool {
    let is_of_another_token =
        best.cause.ends_the_grant() && speaks_of_another(words.heard.all) && !standards::names_the_grant(answer);
    match best.layer {
        Layer::Signature => true,
        // No code of a token endpoint (RFC 6749 §5.2), and every gateway's.
        Layer::Standard => {
            let is_at_the_door = standards::is_bare_denial(answer) || standards::is_only_challenged(answer);
            !(is_of_another_token || best.cause.ends_the_grant() && is_at_the_door)
        }
        Layer::Status => false,
        Layer::Context | Layer::Words if answer.form == BodyForm::Html || walls::is_of_a_wall(answer) => false,
        Layer::Context | Layer::Words if is_of_another_token => false,
        Layer::Context | Layer::Words => {
            standards::is_error_of_oauth(answer) || names_what_was_refused(best.cause, words.heard.all)
        }
    }
}

/// Whether what was refused is a token of a web page, a key or this one request, and no refresh token is spoken of: a
/// gateway that asks to be asked again has ended nothing.
fn speaks_of_another(heard: Terms) -> bool {
    heard.has_any(OF_THE_WAY) && !heard.has(Term::RefreshToken)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the others neither end a grant nor wait for a person unheard")]
fn names_what_was_refused(cause: C, heard: Terms) -> bool {
    let is_of_a_call = heard.has_any(OF_A_CALL) && !heard.has(Term::RefreshToken);
    // Authorization is also what a call lacks.
    let is_of_the_grant = heard.has_any(OF_THE_GRANT) || heard.has(Term::Grant) && heard.has(Term::Expired);
    match cause {
        C::GrantInvalid | C::RefreshTokenExpired => {
            is_of_the_grant && !is_of_a_call && (heard.has(Term::RefreshToken) || !heard.has(Term::AccessToken))
        }
        C::GrantRevoked | C::RefreshTokenReused | C::RefreshTokenMissing => !is_of_a_call,
        // Whoever guards an address says the same of its own rules.
        C::AdminPolicyRestriction => false,
        C::InteractionRequired => heard.has(Term::Mfa),
        C::MalformedTokenRequest | C::ClientCredentialsMismatch => !is_of_a_call && heard.has_any(OF_THE_TOKEN_REQUEST),
        _ => true,
    }
}
