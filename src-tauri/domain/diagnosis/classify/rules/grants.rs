//! What ends a grant or a token: age, a person, rotation, a limit; and what names no single reason [B5, C2].

use super::{CALL, D, P, R, Rule, SIGN_IN, V, X, or, rule};
use crate::diagnosis::CauseLabel as C;
use crate::diagnosis::classify::terms::Term as T;

pub(super) const RULES: &[Rule] = &[
    // Two reasons with an "or" between them are no reason.
    rule(
        C::GrantInvalid,
        89,
        R,
        &[&[T::Expired], &[T::Revoked, T::Invalid, T::NotFound, T::Reused, T::Malformed], &[T::Or]],
        &[T::Secret, T::Code],
    ),
    rule(
        C::GrantInvalid,
        89,
        R,
        &[&[T::Revoked], &[T::Expired, T::Invalid, T::NotFound, T::Reused], &[T::Or]],
        &[T::Secret, T::Code],
    ),
    rule(C::GrantInvalid, 86, R, &[&[T::Revoked], &[T::Expired]], &[T::Secret]),
    // One sentence for all that a token request may be refused for.
    rule(
        C::GrantInvalid,
        89,
        R,
        &[&[T::RefreshToken], &[T::Expired, T::Revoked], &[T::Invalid], &[T::Redirect]],
        &[T::Secret],
    ),
    rule(
        C::AuthorizationCodeInvalid,
        84,
        X,
        &[&[T::Expired, T::Revoked, T::Reused], &[T::Revoked, T::Invalid, T::NotFound, T::Reused], &[T::Or]],
        &[T::Secret, T::Redirect, T::Verifier, T::Client, T::ClientId, T::Scope],
    ),
    rule(
        C::AccessTokenInvalid,
        89,
        CALL,
        &[&[T::Expired], &[T::Revoked, T::Invalid, T::NotFound, T::Malformed, T::Missing, T::NotActive], &[T::Or]],
        &[T::Rate, T::NotYetValid, T::Clock, T::Certificate],
    ),
    rule(
        C::AccessTokenInvalid,
        89,
        CALL,
        &[&[T::Revoked], &[T::Expired, T::Invalid, T::NotFound], &[T::Or]],
        &[T::Rate],
    ),
    rule(C::AccessTokenInvalid, 87, CALL, &[&[T::Revoked], &[T::Expired]], &[T::Rate]),
    rule(C::AccessTokenInvalid, 86, CALL, &[&[T::Token, T::AccessToken], &[T::Invalid], &[T::Or], &[T::Scope]], &[]),
    rule(C::GrantInvalid, 80, R, &[&[T::Missing], &[T::Invalid], &[T::RefreshToken], &[T::Or]], &[]),
    // Nothing to refresh with was ever asked for.
    rule(
        C::RefreshTokenMissing,
        89,
        R,
        &[&[T::OfflineAccess], &[T::Missing, T::NotFound, T::NotHeld, T::NotGranted]],
        &[T::Expired, T::Revoked, T::Invalid],
    ),
    // What ends by itself.
    rule(C::RefreshTokenExpired, 84, R, &[&[T::RefreshToken], &[T::Expired]], &[T::Secret]),
    rule(
        C::RefreshTokenExpired,
        82,
        R,
        &[&[T::Token, T::Session, T::Grant, T::Consent], &[T::Expired]],
        &[T::Secret, T::Assertion, T::Code],
    ),
    rule(
        C::RefreshTokenExpired,
        68,
        R,
        &[&[T::Expired]],
        &[T::Secret, T::ClientId, T::Client, T::Password, T::Outage, T::Clock, T::Plan, T::Assertion],
    ),
    // A refresh token may be a JWT; what a client signs is called its assertion.
    rule(
        C::RefreshTokenExpired,
        72,
        R,
        &[&[T::Token], &[T::Expired], &[T::Assertion]],
        &[T::Secret, T::Client, T::ClientId, T::Code],
    ),
    rule(C::RefreshTokenExpired, 74, R, &[&[T::Token, T::Session, T::RefreshToken], &[T::NotActive]], &[]),
    rule(
        C::AccessTokenExpired,
        86,
        CALL,
        &[&[T::AccessToken, T::Token, T::Session, T::Credentials], &[T::Expired]],
        &[T::Secret, T::Plan, T::RefreshToken, T::RequestSignature, T::Certificate, T::ApiKey],
    ),
    rule(C::AccessTokenExpired, 87, CALL, &[&[T::Expired], &[T::NotYetValid]], &[]),
    rule(C::AccessTokenExpired, 91, CALL, &[&[T::Expired], &[T::ByName], &[T::Token]], &[T::Certificate]),
    // What was ended, however it was, and comes back by a sign-in alone: no token of it does.
    rule(
        C::GrantInvalid,
        90,
        CALL,
        &[&[T::Expired], &[T::Revoked], &[T::ToldToSignIn]],
        &[T::Token, T::AccessToken, T::Session, T::Credentials],
    ),
    rule(
        C::AccessTokenExpired,
        68,
        CALL,
        &[&[T::Expired]],
        &[T::Secret, T::Plan, T::Clock, T::Outage, T::Password, T::User, T::RefreshToken, T::Rate],
    ),
    rule(C::RefreshTokenExpired, 84, P, &[&[T::RefreshToken], &[T::Expired]], &[]),
    rule(C::GrantInvalid, 72, P, &[&[T::RefreshToken], &[T::Invalid, T::NotFound]], &[]),
    rule(
        C::AuthorizationCodeInvalid,
        78,
        or(X, D),
        &[&[T::Expired]],
        &[T::Secret, T::Client, T::ClientId, T::Assertion, T::Password, T::Outage, T::Clock, T::Plan],
    ),
    rule(C::InteractionRequired, 84, SIGN_IN, &[&[T::Password], &[T::Expired]], &[]),
    // What was agreed lasts as long as the grant, whatever answers.
    rule(
        C::RefreshTokenExpired,
        88,
        CALL,
        &[&[T::Consent], &[T::Expired]],
        &[T::Token, T::AccessToken, T::Session, T::Or],
    ),
    // Taken back already, or never issued: there is nothing left to revoke.
    rule(
        C::AccessTokenInvalid,
        72,
        V,
        &[&[T::Token, T::AccessToken], &[T::Invalid, T::NotFound, T::Expired, T::Revoked]],
        &[
            T::Client,
            T::ClientId,
            T::Secret,
            T::Parameter,
            T::Audience,
            T::RefreshToken,
            T::Missing,
            T::Unsupported,
            T::NotAllowed,
            T::Denied,
        ],
    ),
    // What somebody ended.
    rule(
        C::GrantRevoked,
        85,
        or(R, CALL),
        &[
            &[T::Revoked],
            &[
                T::Token,
                T::AccessToken,
                T::RefreshToken,
                T::Session,
                T::Grant,
                T::User,
                T::App,
                T::Consent,
                T::Permission,
            ],
        ],
        &[T::Expired, T::Secret, T::Reused, T::TokenLimit, T::ApiKey],
    ),
    rule(
        C::GrantRevoked,
        74,
        or(R, CALL),
        &[&[T::Revoked]],
        &[T::Expired, T::Secret, T::Reused, T::Outage, T::TokenLimit],
    ),
    rule(C::GrantRevoked, 89, R, &[&[T::Session], &[T::Revoked], &[T::Disabled]], &[T::Expired, T::AccountOver]),
    rule(C::GrantRevoked, 86, or(R, CALL), &[&[T::Deauthorised]], &[T::Expired]),
    rule(C::GrantRevoked, 94, or(R, CALL), &[&[T::Password], &[T::Changed]], &[T::Missing, T::Expired, T::Interaction]),
    rule(
        C::GrantRevoked,
        95,
        or(R, CALL),
        &[&[T::Password], &[T::Changed], &[T::Token, T::AccessToken, T::RefreshToken, T::Session]],
        &[T::Missing, T::Interaction],
    ),
    rule(C::AuthorizationCodeInvalid, 72, X, &[&[T::Revoked]], &[T::Secret, T::Client]),
    // Rotation and limits.
    rule(
        C::RefreshTokenReused,
        86,
        R,
        &[&[T::Reused], &[T::RefreshToken, T::Token, T::Grant, T::Session]],
        &[T::Secret, T::Assertion],
    ),
    rule(C::RefreshTokenReused, 78, R, &[&[T::Reused]], &[T::Secret, T::Assertion, T::Client, T::Rate]),
    rule(C::RefreshTokenLimitExceeded, 88, or(R, X), &[&[T::TokenLimit]], &[T::Rate]),
    rule(C::RefreshTokenLimitExceeded, 80, R, &[&[T::TokenLimit]], &[]),
    rule(
        C::RefreshTokenLimitExceeded,
        76,
        R,
        &[&[T::RefreshToken], &[T::Exceeded]],
        &[T::Rate, T::Scope, T::Reused, T::Expired],
    ),
    rule(C::RefreshTokenReused, 80, R, &[&[T::RefreshToken], &[T::Reused], &[T::Exceeded]], &[]),
];
