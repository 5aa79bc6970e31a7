//! What the validators of tokens, states, signed requests and answers find wrong [C2].

use super::{A, CALL, D, P, R, Rule, SIGN_IN, TOKEN, V, X, or, rule};
use crate::diagnosis::CauseLabel as C;
use crate::diagnosis::classify::terms::Term as T;

pub(super) const RULES: &[Rule] = &[
    // An ID token or a redirect that somebody else issued, or for somebody else (OpenID Connect Core §3.1.3.7).
    rule(
        C::TokenAudienceMismatch,
        76,
        SIGN_IN,
        &[&[T::Audience], &[T::Mismatch]],
        &[T::GrantType, T::Secret, T::Parameter, T::Redirect, T::Code, T::RefreshToken, T::Scope, T::Verifier],
    ),
    rule(
        C::TokenAudienceMismatch,
        66,
        A,
        &[&[T::Audience], &[T::Invalid]],
        &[T::GrantType, T::Secret, T::Parameter, T::Redirect, T::Client, T::ClientId, T::Scope, T::App],
    ),
    rule(
        C::MalformedTokenRequest,
        70,
        or(A, X),
        &[&[T::Audience], &[T::Missing]],
        &[T::Parameter, T::GrantType, T::Secret, T::Redirect, T::Scope, T::Client, T::ClientId, T::User, T::Consent],
    ),
    rule(
        C::TokenAudienceMismatch,
        62,
        or(A, X),
        &[&[T::TokenKind], &[T::Invalid, T::Mismatch]],
        &[T::Secret, T::Client, T::ClientId, T::GrantType, T::Code, T::Scope, T::Redirect, T::Expired, T::NotYetValid],
    ),
    // Keys that do not fit: the token is of another issuer, or of an environment beside it.
    rule(
        C::AccessTokenInvalid,
        80,
        CALL,
        &[
            &[T::SigningKey],
            &[T::Invalid, T::NotFound, T::Mismatch, T::Missing, T::NotAllowed, T::Token, T::Unsupported],
        ],
        &[T::Expired, T::Malformed, T::ApiKey, T::Header, T::RequestSignature],
    ),
    rule(
        C::TokenAudienceMismatch,
        72,
        or(A, X),
        &[&[T::SigningKey], &[T::Invalid, T::NotFound, T::Mismatch, T::Missing, T::NotAllowed, T::Unsupported]],
        &[T::Secret, T::Client, T::ClientId, T::Code, T::ApiKey, T::Parameter],
    ),
    // A token that is named with where it stood.
    rule(
        C::AccessTokenInvalid,
        80,
        CALL,
        &[&[T::AccessToken], &[T::Invalid], &[T::Header]],
        &[T::Malformed, T::Missing, T::NotFound, T::Unsupported, T::NoCredential, T::Expired, T::Revoked, T::Scope],
    ),
    rule(
        C::AccessTokenInvalid,
        86,
        CALL,
        &[&[T::Token, T::AccessToken], &[T::NotFound], &[T::Malformed], &[T::Or]],
        &[T::Scope, T::Header],
    ),
    // The answer is to another request than ours (OpenID Connect Core §3.1.3.7, step 11).
    rule(
        C::StateMismatch,
        84,
        or(A, X),
        &[&[T::Nonce], &[T::Mismatch, T::Invalid, T::NotFound]],
        &[T::Clock, T::RequestSignature, T::Missing, T::Assertion],
    ),
    rule(C::MalformedTokenRequest, 80, or(SIGN_IN, V), &[&[T::Nonce]], &[T::Clock, T::Mismatch]),
    rule(C::MalformedApiRequest, 84, P, &[&[T::Nonce]], &[]),
    // Signed requests, of OAuth 1.0 and of clouds.
    rule(C::MalformedApiRequest, 86, CALL, &[&[T::RequestSignature]], &[T::Token, T::Expired, T::Assertion, T::Clock]),
    rule(
        C::MalformedTokenRequest,
        84,
        or(SIGN_IN, V),
        &[&[T::RequestSignature]],
        &[T::Token, T::Expired, T::Assertion, T::Clock, T::Secret],
    ),
    rule(C::MalformedTokenRequest, 93, or(SIGN_IN, V), &[&[T::Absent]], &[]),
    rule(C::MalformedApiRequest, 88, CALL, &[&[T::Absent]], &[T::Scope]),
    // The key of an API is who the client is, where it is exchanged for a token.
    rule(
        C::ClientCredentialsMismatch,
        84,
        or(or(X, D), or(A, V)),
        &[&[T::ApiKey], &[T::Invalid, T::NotFound, T::Disabled, T::Expired, T::Revoked, T::NotActive, T::Denied]],
        &[T::Rate, T::RefreshToken, T::Redirect, T::Scope],
    ),
    // What a client signs to name itself (RFC 7523 §3): its key is not the one that is registered.
    rule(
        C::ClientCredentialsMismatch,
        80,
        X,
        &[&[T::Assertion], &[T::Credentials, T::SigningKey], &[T::Invalid, T::Mismatch, T::NotFound]],
        &[T::Code, T::Expired, T::Clock, T::NotYetValid, T::Malformed, T::TokenKind, T::Audience, T::User],
    ),
    rule(
        C::GrantInvalid,
        64,
        TOKEN,
        &[&[T::Password], &[T::Invalid]],
        &[T::Secret, T::ClientId, T::Expired, T::Mfa, T::GrantType],
    ),
    rule(C::ExpiresInInvalid, 90, TOKEN, &[&[T::Lifetime], &[T::WrongType]], &[]),
    rule(
        C::InsufficientScope,
        80,
        P,
        &[&[T::Permission], &[T::NotRegistered], &[T::Token, T::AccessToken]],
        &[T::Expired, T::Revoked],
    ),
    rule(
        C::ResourceNotShared,
        66,
        P,
        &[&[T::Resource], &[T::Denied]],
        &[
            T::Token,
            T::AccessToken,
            T::Scope,
            T::App,
            T::Client,
            T::Cancelled,
            T::Policy,
            T::Admin,
            T::Organisation,
            T::Consent,
            T::Ip,
            T::Session,
        ],
    ),
    // A program that validates says itself that it was too early.
    rule(C::ClockSkew, 88, or(CALL, or(X, R)), &[&[T::NotYetValid], &[T::ByName]], &[T::Expired]),
    // Issued a moment ago, and over already.
    rule(C::ClockSkew, 86, or(A, X), &[&[T::Expired], &[T::ByName], &[T::Token]], &[T::Code, T::Secret]),
];
