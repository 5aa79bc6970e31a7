//! Time, load and failures, requests that are wrong, and tokens that are refused without a reason [C2].

use super::{A, ANY, BEARER, CALL, GONE, P, R, Rule, SIGN_IN, TOKEN, UNUSABLE, V, WRONG, X, or, rule};
use crate::diagnosis::CauseLabel as C;
use crate::diagnosis::classify::terms::Term as T;

pub(super) const RULES: &[Rule] = &[
    // Time, load, failures.
    rule(C::ClockSkew, 85, ANY, &[&[T::Clock]], &[T::NotYetValid, T::Rate, T::Outage]),
    rule(C::ClockSkew, 84, ANY, &[&[T::NotYetValid]], &[T::Expired, T::User]),
    rule(C::ClockSkew, 82, ANY, &[&[T::NotYetValid], &[T::Clock]], &[T::Expired]),
    rule(C::ClockSkew, 76, X, &[&[T::Assertion], &[T::Expired]], &[T::Secret]),
    rule(C::RateLimited, 87, ANY, &[&[T::Rate]], &[T::TokenLimit, T::Plan]),
    rule(C::RateLimited, 78, ANY, &[&[T::Rate]], &[]),
    rule(C::RateLimited, 72, P, &[&[T::Exceeded], &[T::Retry]], &[]),
    rule(
        C::ProviderOutage,
        78,
        ANY,
        &[&[T::Outage]],
        &[T::Rate, T::Token, T::Scope, T::User, T::Expired, T::Revoked, T::Resource],
    ),
    rule(C::ProviderOutage, 70, ANY, &[&[T::Outage]], &[T::Rate, T::Expired, T::Revoked, T::Scope]),
    rule(C::ProviderOutage, 58, ANY, &[&[T::Retry]], &[T::Rate, T::Expired, T::Revoked, T::Scope, T::Invalid]),
    rule(C::NetworkFailure, 82, ANY, &[&[T::Portal]], &[]),
    // A message that was too old on arrival was written by a clock that is wrong.
    rule(
        C::ClockSkew,
        86,
        SIGN_IN,
        &[&[T::Expired], &[T::OfNow]],
        &[T::Code, T::RefreshToken, T::Secret, T::Session, T::Grant, T::Consent],
    ),
    // The request.
    rule(
        C::MalformedTokenRequest,
        87,
        or(SIGN_IN, V),
        &[&[T::Api], &[T::Retired]],
        &[T::Token, T::RefreshToken, T::Session, T::User, T::Grant, T::GrantType, T::Code, T::App, T::Scope, T::Secret],
    ),
    rule(
        C::MalformedApiRequest,
        84,
        P,
        &[&[T::Api], &[T::Retired]],
        &[T::Token, T::AccessToken, T::Session, T::User, T::Resource, T::App, T::Scope, T::Plan],
    ),
    rule(C::MalformedApiRequest, 82, CALL, &[&[T::NoCredential]], &[T::Expired, T::Revoked, T::Scope, T::Invalid]),
    rule(C::MalformedApiRequest, 70, CALL, &[&[T::NoCredential]], &[T::Expired, T::Revoked, T::Scope]),
    rule(
        C::MalformedApiRequest,
        82,
        CALL,
        &[&[T::Malformed], &[T::Token, T::AccessToken, T::Header, T::Credentials, T::Assertion]],
        &[],
    ),
    rule(
        C::MalformedApiRequest,
        78,
        CALL,
        &[&[T::Header], &[T::Missing, T::Invalid, T::Malformed, T::Unsupported, T::NotFound]],
        &[T::Expired, T::Session],
    ),
    rule(
        C::MalformedApiRequest,
        68,
        CALL,
        &[&[T::Parameter], &[T::Missing, T::Invalid, T::Malformed, T::Unsupported]],
        &[T::Token, T::AccessToken, T::Scope, T::Permission],
    ),
    rule(
        C::MalformedTokenRequest,
        80,
        or(TOKEN, V),
        &[&[T::Parameter], &[T::Missing, T::Invalid, T::Malformed, T::Unsupported]],
        &[T::Boilerplate, T::Secret, T::Redirect, T::Verifier, T::Scope, T::GrantType, T::RefreshToken],
    ),
    rule(
        C::MalformedTokenRequest,
        80,
        or(TOKEN, V),
        &[&[T::RefreshToken, T::Token], &[T::Missing]],
        &[T::Invalid, T::Expired, T::Revoked, T::Secret, T::NotFound, T::Interaction, T::Reused, T::NotGranted],
    ),
    rule(
        C::MalformedTokenRequest,
        64,
        or(TOKEN, V),
        &[&[T::Missing, T::Malformed]],
        &[T::Secret, T::Redirect, T::Verifier, T::Scope, T::Consent, T::Interaction, T::User],
    ),
    rule(
        C::MalformedTokenRequest,
        66,
        A,
        &[&[T::Parameter], &[T::Missing, T::Invalid, T::Malformed, T::Unsupported]],
        &[T::Redirect, T::Verifier, T::Scope, T::ClientId],
    ),
    rule(C::MalformedTokenRequest, 76, V, &[&[T::Token, T::Audience], &[T::Unsupported, T::Malformed]], &[]),
    // A token that is not taken, and nothing more.
    rule(
        C::AccessTokenInvalid,
        76,
        CALL,
        &[&[T::Token, T::AccessToken, T::Session, T::Credentials], UNUSABLE],
        &[T::Expired, T::Revoked, T::Malformed, T::Scope],
    ),
    rule(
        C::AccessTokenInvalid,
        70,
        CALL,
        &[&[T::Token, T::AccessToken, T::Session], &[T::NotActive, T::Disabled]],
        &[],
    ),
    rule(C::AccessTokenInvalid, 64, CALL, &[&[T::Unauthenticated]], &[T::Scope, T::Permission, T::NotAccessible]),
    rule(C::AccessTokenInvalid, 56, CALL, &[&[T::Unauthenticated]], &[T::Scope]),
    rule(
        C::GrantInvalid,
        66,
        R,
        &[BEARER, &[T::Invalid, T::NotFound, T::Malformed, T::Denied, T::Mismatch, T::NotAllowed, T::Disabled]],
        &[T::Expired, T::GrantType, T::Client, T::ClientId, T::Secret],
    ),
    rule(C::GrantInvalid, 73, R, &[&[T::RefreshToken], WRONG], &[T::Expired, T::Missing, T::GrantType]),
    rule(C::GrantInvalid, 50, R, &[GONE], &[T::Secret]),
];
