//! What the terms of one clause mean together, by the kind of endpoint that said them [C2].

use super::terms::{Term, Terms};
use crate::diagnosis::{CauseLabel, FailedEndpoint};

/// Kinds of endpoints, as a set.
#[derive(Debug, Clone, Copy)]
pub(super) struct At(u8);

const A: At = At(1);
const X: At = At(2);
const R: At = At(4);
const D: At = At(8);
const V: At = At(16);
const I: At = At(32);
const P: At = At(64);
const ANY: At = At(127);

const fn or(one: At, other: At) -> At {
    At(one.0 | other.0)
}

const TOKEN: At = or(or(X, R), D);
const SIGN_IN: At = or(TOKEN, A);
const CALL: At = or(P, I);

impl At {
    fn holds(self, endpoint: FailedEndpoint) -> bool {
        let bit = match endpoint {
            FailedEndpoint::Authorize => A,
            FailedEndpoint::TokenExchange => X,
            FailedEndpoint::TokenRefresh => R,
            FailedEndpoint::Device => D,
            FailedEndpoint::Revoke => V,
            FailedEndpoint::Introspect => I,
            FailedEndpoint::Api => P,
        };
        self.0 & bit.0 != 0
    }
}

/// Holds where every group has a term in the clause, and none of the others is.
pub(super) struct Rule {
    pub(super) cause: CauseLabel,
    pub(super) score: u8,
    at: At,
    groups: [Terms; 4],
    none: Terms,
}

impl Rule {
    pub(super) fn holds(&self, endpoint: FailedEndpoint, clause: Terms) -> bool {
        self.at.holds(endpoint)
            && self.groups.iter().all(|group| group.is_empty() || clause.has_any(*group))
            && !clause.has_any(self.none)
    }

    /// Whether the rule asks for that term, or wants it absent.
    #[cfg(test)]
    pub(super) fn names(&self, term: Term) -> bool {
        self.wanted().has(term) || self.none.has(term)
    }

    /// The terms that a clause must name.
    pub(super) fn wanted(&self) -> Terms {
        self.groups.iter().fold(Terms::NONE, |all, group| all.with(*group))
    }
}

const fn rule(cause: CauseLabel, score: u8, at: At, groups: &[&[Term]], none: &[Term]) -> Rule {
    let mut made = [Terms::NONE; 4];
    let mut at_group = 0;
    while at_group < groups.len() {
        made[at_group] = Terms::of(groups[at_group]);
        at_group += 1;
    }
    Rule { cause, score, at, groups: made, none: Terms::of(none) }
}

use CauseLabel as C;
use Term as T;

/// Refused, in whatever way.
const WRONG: &[Term] = &[
    T::Invalid,
    T::NotFound,
    T::Mismatch,
    T::NotRegistered,
    T::Disabled,
    T::Unsupported,
    T::Malformed,
    T::NotAllowed,
    T::Denied,
    T::Missing,
    T::NotActive,
    T::NotEnabled,
];
const GONE: &[Term] = &[T::Expired, T::Revoked];
const UNUSABLE: &[Term] = &[T::Invalid, T::NotFound, T::Malformed, T::Mismatch, T::Denied, T::NotAllowed];
const BEARER: &[Term] = &[T::Token, T::AccessToken, T::RefreshToken, T::Session, T::Grant];

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
    rule(
        C::AuthorizationCodeInvalid,
        84,
        X,
        &[&[T::Expired, T::Revoked, T::Invalid], &[T::Revoked, T::Invalid, T::NotFound, T::Reused], &[T::Or]],
        &[T::Secret, T::Redirect, T::Verifier, T::Client, T::ClientId, T::Scope],
    ),
    rule(
        C::AccessTokenInvalid,
        89,
        CALL,
        &[&[T::Expired], &[T::Revoked, T::Invalid, T::NotFound, T::Malformed, T::Missing, T::NotActive], &[T::Or]],
        &[T::Rate, T::NotYetValid],
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
    // What ends by itself.
    rule(C::RefreshTokenExpired, 84, R, &[&[T::RefreshToken], &[T::Expired]], &[T::Secret]),
    rule(
        C::RefreshTokenExpired,
        79,
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
    rule(C::RefreshTokenExpired, 74, R, &[&[T::Token, T::Session, T::RefreshToken], &[T::NotActive]], &[]),
    rule(
        C::AccessTokenExpired,
        86,
        CALL,
        &[&[T::AccessToken, T::Token, T::Session, T::Credentials], &[T::Expired]],
        &[T::Secret, T::Plan, T::RefreshToken],
    ),
    rule(C::AccessTokenExpired, 87, CALL, &[&[T::Expired], &[T::NotYetValid]], &[]),
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
        &[T::Expired, T::Secret, T::Reused],
    ),
    rule(C::GrantRevoked, 74, or(R, CALL), &[&[T::Revoked]], &[T::Expired, T::Secret, T::Reused, T::Outage]),
    rule(C::GrantRevoked, 86, or(R, CALL), &[&[T::Deauthorised]], &[T::Expired]),
    rule(C::GrantRevoked, 94, or(R, CALL), &[&[T::Password], &[T::Changed]], &[T::Missing]),
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
    // The authorization code.
    rule(
        C::AuthorizationCodeInvalid,
        86,
        or(X, D),
        &[
            &[T::Code],
            &[
                T::Invalid,
                T::NotFound,
                T::Expired,
                T::Reused,
                T::Malformed,
                T::Mismatch,
                T::Revoked,
                T::Denied,
                T::NotActive,
            ],
        ],
        &[T::Verifier, T::Redirect, T::Secret],
    ),
    rule(C::AuthorizationCodeInvalid, 76, R, &[&[T::Code], &[T::NotFound, T::Reused]], &[T::RefreshToken, T::Verifier]),
    rule(C::AuthorizationCodeInvalid, 84, X, &[&[T::Reused]], &[T::Secret, T::Assertion, T::Clock]),
    rule(
        C::MalformedTokenRequest,
        80,
        or(X, R),
        &[&[T::Code], &[T::Missing]],
        &[T::Verifier, T::Redirect, T::Invalid, T::Expired, T::Secret, T::Reused, T::NotFound],
    ),
    rule(
        C::AuthorizationCodeInvalid,
        62,
        X,
        &[&[T::Grant], &[T::Invalid, T::NotFound]],
        &[T::Client, T::ClientId, T::Secret, T::GrantType],
    ),
    // PKCE, redirect, state.
    rule(C::PkceFailure, 90, SIGN_IN, &[&[T::Verifier]], &[T::Boilerplate]),
    rule(
        C::RedirectUriMismatch,
        88,
        SIGN_IN,
        &[
            &[T::Redirect],
            &[
                T::Invalid,
                T::NotFound,
                T::Mismatch,
                T::NotRegistered,
                T::NotAllowed,
                T::Denied,
                T::Unsupported,
                T::Malformed,
                T::Blocked,
                T::NotEnabled,
                T::NotAccessible,
            ],
        ],
        &[T::Boilerplate],
    ),
    rule(C::RedirectUriMismatch, 80, A, &[&[T::Redirect], &[T::Missing]], &[T::Boilerplate]),
    rule(C::RedirectUriMismatch, 62, TOKEN, &[&[T::Redirect], &[T::Missing]], &[T::Boilerplate]),
    rule(
        C::MalformedTokenRequest,
        76,
        TOKEN,
        &[&[T::Redirect], &[T::Missing]],
        &[T::Boilerplate, T::Mismatch, T::Invalid],
    ),
    rule(C::RedirectUriMismatch, 60, A, &[&[T::Redirect]], &[T::Boilerplate, T::Token, T::Session]),
    rule(C::StateMismatch, 88, or(A, X), &[&[T::State]], &[]),
    // The client.
    rule(
        C::UnsupportedGrant,
        86,
        SIGN_IN,
        &[
            &[T::GrantType],
            &[
                T::Unsupported,
                T::Invalid,
                T::NotAllowed,
                T::Denied,
                T::NotEnabled,
                T::Disabled,
                T::Unauthenticated,
                T::NotFound,
                T::NotRegistered,
                T::NotGranted,
            ],
        ],
        &[T::Boilerplate],
    ),
    rule(
        C::MalformedTokenRequest,
        85,
        SIGN_IN,
        &[&[T::GrantType], &[T::Missing]],
        &[T::Boilerplate, T::Unsupported, T::Invalid, T::NotAllowed, T::Denied],
    ),
    rule(
        C::ClientCredentialsMismatch,
        88,
        or(SIGN_IN, V),
        &[
            &[T::Secret],
            &[
                T::Invalid,
                T::NotFound,
                T::Expired,
                T::Mismatch,
                T::Missing,
                T::Denied,
                T::Disabled,
                T::Revoked,
                T::Malformed,
                T::NotAllowed,
                T::Unauthenticated,
                T::NotRegistered,
                T::NotHeld,
                T::Unsupported,
            ],
        ],
        &[T::Boilerplate],
    ),
    rule(C::ClientCredentialsMismatch, 70, or(SIGN_IN, V), &[&[T::Secret]], &[T::Boilerplate]),
    rule(
        C::ClientCredentialsMismatch,
        86,
        or(SIGN_IN, V),
        &[
            &[T::ClientId],
            &[
                T::Invalid,
                T::NotFound,
                T::Mismatch,
                T::NotRegistered,
                T::Disabled,
                T::Denied,
                T::NotActive,
                T::NotAllowed,
                T::Expired,
                T::Malformed,
                T::Revoked,
            ],
        ],
        &[T::Redirect, T::Scope, T::Boilerplate],
    ),
    rule(
        C::MalformedTokenRequest,
        82,
        or(SIGN_IN, V),
        &[&[T::ClientId], &[T::Missing]],
        &[T::Invalid, T::Secret, T::NotFound, T::Boilerplate],
    ),
    rule(
        C::ClientCredentialsMismatch,
        80,
        or(SIGN_IN, V),
        &[&[T::Client], &[T::Invalid, T::NotFound, T::Disabled, T::NotActive, T::Revoked, T::Expired]],
        &[T::Redirect, T::Scope, T::GrantType, T::Boilerplate, T::Token, T::Code, T::User, T::Assertion],
    ),
    rule(
        C::ClientCredentialsMismatch,
        70,
        or(X, R),
        &[&[T::Client, T::ClientId], &[T::Mismatch, T::NotAllowed, T::Denied]],
        &[T::Redirect, T::Scope, T::GrantType, T::Boilerplate, T::Code, T::Verifier],
    ),
    rule(
        C::AuthorizationCodeInvalid,
        74,
        X,
        &[&[T::Client, T::ClientId], &[T::Mismatch], &[T::Code, T::Grant]],
        &[T::Redirect, T::Boilerplate],
    ),
    rule(
        C::ClientCredentialsMismatch,
        78,
        SIGN_IN,
        &[&[T::App], &[T::NotFound, T::Invalid, T::Mismatch]],
        &[T::Redirect, T::Scope, T::User, T::Code, T::Token, T::Approval, T::Admin],
    ),
    rule(
        C::ClientCredentialsMismatch,
        92,
        SIGN_IN,
        &[&[T::App, T::ClientId, T::Client], &[T::NotFound], &[T::Tenant, T::Organisation]],
        &[T::User],
    ),
    rule(
        C::ClientCredentialsMismatch,
        78,
        or(SIGN_IN, P),
        &[&[T::App, T::Client], &[T::Disabled, T::NotActive]],
        &[T::User, T::Admin, T::Approval, T::Token, T::Organisation, T::Policy],
    ),
    rule(C::AppNotApproved, 84, ANY, &[&[T::Approval]], &[T::Admin, T::Cancelled]),
    rule(C::AppNotApproved, 72, ANY, &[&[T::Approval]], &[T::Admin]),
    rule(
        C::AppNotApproved,
        66,
        ANY,
        &[&[T::App], &[T::Disabled], &[T::Blocked]],
        &[T::Admin, T::Organisation, T::Policy],
    ),
    rule(
        C::ClientCredentialsMismatch,
        74,
        SIGN_IN,
        &[&[T::App, T::Client], &[T::NotRegistered, T::Unsupported], &[T::Tenant, T::NotRegistered]],
        &[T::Redirect, T::Scope, T::User, T::Approval, T::GrantType],
    ),
    // Organisations.
    rule(
        C::AdminPolicyRestriction,
        86,
        ANY,
        &[
            &[T::Admin],
            &[T::Consent, T::Approval, T::Blocked, T::Policy, T::Organisation],
            &[
                T::Blocked,
                T::Denied,
                T::NotAllowed,
                T::Missing,
                T::NotEnabled,
                T::Policy,
                T::NotGranted,
                T::Disabled,
                T::Approval,
                T::App,
            ],
        ],
        &[T::UserOrAdmin, T::Redirect],
    ),
    rule(
        C::AdminPolicyRestriction,
        80,
        ANY,
        &[
            &[T::Admin],
            &[T::Denied, T::NotAllowed, T::Policy, T::NotEnabled, T::Disabled, T::Consent, T::Approval, T::Cancelled],
        ],
        &[T::UserOrAdmin, T::User, T::Redirect],
    ),
    rule(
        C::AdminPolicyRestriction,
        56,
        ANY,
        &[&[T::Admin]],
        &[T::UserOrAdmin, T::Scope, T::Permission, T::Rate, T::Outage, T::Expired],
    ),
    rule(
        C::AdminPolicyRestriction,
        84,
        ANY,
        &[
            &[T::Policy],
            &[
                T::Blocked,
                T::Denied,
                T::NotAllowed,
                T::Disabled,
                T::Admin,
                T::Missing,
                T::NotEnabled,
                T::NotAccessible,
                T::Organisation,
            ],
        ],
        &[T::Password],
    ),
    rule(C::AdminPolicyRestriction, 72, ANY, &[&[T::Policy]], &[T::Rate, T::Outage, T::Password]),
    rule(
        C::AdminPolicyRestriction,
        80,
        ANY,
        &[
            &[T::Organisation],
            &[T::Blocked, T::Disabled, T::NotEnabled, T::NotAllowed],
            &[T::App, T::Api, T::Blocked, T::Policy, T::Token],
        ],
        &[T::User, T::Resource, T::Share, T::OtherAccount],
    ),
    rule(C::AdminPolicyRestriction, 86, ANY, &[&[T::Organisation], &[T::NotEnabled], &[T::Api]], &[]),
    rule(C::AdminPolicyRestriction, 93, ANY, &[&[T::NotAssigned]], &[]),
    rule(
        C::AdminPolicyRestriction,
        84,
        ANY,
        &[&[T::App], &[T::Blocked], &[T::Organisation, T::Admin]],
        &[T::UserOrAdmin],
    ),
    rule(C::AdminPolicyRestriction, 70, or(A, P), &[&[T::App], &[T::Blocked]], &[T::Ip, T::Rate, T::Redirect]),
    rule(
        C::AdminPolicyRestriction,
        74,
        ANY,
        &[
            &[T::Plan],
            &[
                T::Unsupported,
                T::NotEnabled,
                T::NotAllowed,
                T::Missing,
                T::NotHeld,
                T::Expired,
                T::Disabled,
                T::NotFound,
                T::Exceeded,
                T::Api,
                T::Invalid,
                T::NotAccessible,
            ],
        ],
        &[T::Rate],
    ),
    rule(C::IpRestricted, 89, ANY, &[&[T::Ip]], &[T::Redirect, T::Rate]),
    rule(
        C::IpRestricted,
        80,
        ANY,
        &[&[T::Ip], &[T::Blocked, T::NotAllowed, T::Denied, T::NotRegistered, T::Invalid]],
        &[T::Redirect],
    ),
    rule(C::SsoRequired, 88, ANY, &[&[T::Sso]], &[T::Assertion, T::Rate]),
    rule(C::InteractionRequired, 82, ANY, &[&[T::Mfa]], &[T::Rate, T::Policy]),
    rule(C::InteractionRequired, 74, ANY, &[&[T::Interaction]], &[T::Rate]),
    rule(C::InteractionRequired, 78, ANY, &[&[T::Interaction], &[T::Missing]], &[T::Rate, T::Token, T::NoCredential]),
    // The person.
    rule(C::AccountDisabled, 91, or(SIGN_IN, CALL), &[&[T::AccountOver]], &[T::Rate]),
    rule(C::AdminPolicyRestriction, 86, ANY, &[&[T::Upgrade]], &[T::Rate]),
    rule(
        C::AdminPolicyRestriction,
        78,
        SIGN_IN,
        &[&[T::Admin], &[T::Permission, T::Missing]],
        &[T::UserOrAdmin, T::Expired, T::Redirect],
    ),
    rule(
        C::AccountDisabled,
        88,
        or(SIGN_IN, CALL),
        &[&[T::User], &[T::Disabled]],
        &[T::Token, T::AccessToken, T::Redirect, T::ClientId, T::Secret, T::Api, T::Resource, T::App, T::EnableApi],
    ),
    rule(
        C::AccountDisabled,
        82,
        or(SIGN_IN, CALL),
        &[&[T::User], &[T::Disabled], &[T::Token, T::AccessToken, T::Organisation, T::Admin, T::App, T::Session]],
        &[T::ClientId, T::Secret, T::Api, T::EnableApi, T::Approval, T::Blocked],
    ),
    rule(C::AccountDisabled, 86, or(SIGN_IN, CALL), &[&[T::User], &[T::NotActive]], &[T::Token, T::App, T::ClientId]),
    rule(
        C::AccountDisabled,
        80,
        or(SIGN_IN, CALL),
        &[&[T::Organisation], &[T::Disabled, T::NotActive]],
        &[T::App, T::Api, T::Resource, T::Token, T::Admin, T::Policy],
    ),
    rule(
        C::AccountDisabled,
        74,
        TOKEN,
        &[&[T::User], &[T::NotFound]],
        &[T::App, T::Client, T::ClientId, T::Tenant, T::Token, T::Session, T::Redirect, T::Resource],
    ),
    rule(C::UserDeniedConsent, 84, or(A, D), &[&[T::Cancelled]], &[T::Admin, T::Policy, T::Approval]),
    rule(C::UserDeniedConsent, 76, X, &[&[T::Cancelled]], &[T::Admin, T::Policy, T::Approval]),
    rule(C::ConsentRequired, 90, ANY, &[&[T::UserOrAdmin], &[T::Consent, T::NotGranted]], &[]),
    rule(
        C::ConsentRequired,
        84,
        ANY,
        &[&[T::Consent], &[T::Missing, T::NotGranted, T::NotHeld, T::NotFound]],
        &[T::Cancelled, T::Admin],
    ),
    rule(
        C::ConsentRequired,
        78,
        or(SIGN_IN, P),
        &[&[T::NotGranted], &[T::App, T::Client, T::User]],
        &[T::Admin, T::Scope, T::Permission, T::Cancelled, T::Approval],
    ),
    rule(C::ConsentRequired, 66, or(SIGN_IN, P), &[&[T::Consent]], &[T::Cancelled, T::Admin, T::Denied]),
    // Where the call goes.
    rule(C::WrongTenantOrAccount, 90, ANY, &[&[T::OtherAccount]], &[T::App, T::Client, T::ClientId]),
    rule(C::WrongTenantOrAccount, 82, ANY, &[&[T::OtherAccount]], &[T::Redirect]),
    rule(
        C::WrongTenantOrAccount,
        82,
        ANY,
        &[&[T::Tenant], &[T::Mismatch, T::Invalid, T::Denied]],
        &[T::App, T::Client, T::ClientId, T::Redirect, T::Parameter, T::Scope],
    ),
    rule(C::WrongTenantOrAccount, 86, SIGN_IN, &[&[T::User], &[T::NotFound], &[T::Tenant, T::Organisation]], &[]),
    rule(
        C::WrongTenantOrAccount,
        74,
        CALL,
        &[&[T::User, T::Token, T::Organisation], &[T::Mismatch], &[T::Organisation, T::Tenant, T::User]],
        &[T::Scope, T::TokenKind, T::Audience, T::Client, T::App],
    ),
    rule(
        C::WrongTenantOrAccount,
        74,
        ANY,
        &[&[T::Tenant], &[T::NotAllowed, T::NotAccessible, T::NotFound]],
        &[
            T::App,
            T::Client,
            T::ClientId,
            T::Redirect,
            T::Scope,
            T::Parameter,
            T::Permission,
            T::Resource,
            T::Policy,
            T::Admin,
        ],
    ),
    rule(
        C::TokenAudienceMismatch,
        84,
        CALL,
        &[
            &[T::Audience],
            &[T::Invalid, T::Mismatch, T::Unsupported, T::NotAllowed, T::Denied, T::Missing, T::NotGranted],
        ],
        &[T::Parameter],
    ),
    rule(
        C::TokenAudienceMismatch,
        66,
        TOKEN,
        &[&[T::Audience], &[T::Invalid, T::Mismatch, T::Unsupported, T::NotAllowed]],
        &[T::GrantType, T::Secret, T::Parameter],
    ),
    rule(
        C::TokenAudienceMismatch,
        82,
        CALL,
        &[&[T::TokenKind], &[T::Unsupported, T::NotAllowed, T::Missing, T::Mismatch, T::Denied]],
        &[T::Scope, T::NotGranted, T::Expired, T::Revoked, T::Invalid],
    ),
    rule(
        C::TokenAudienceMismatch,
        80,
        CALL,
        &[&[T::Client, T::ClientId, T::App], &[T::Token, T::AccessToken], &[T::Mismatch]],
        &[T::Scope],
    ),
    rule(
        C::ClientCredentialsMismatch,
        78,
        P,
        &[&[T::ClientId, T::Secret], &[T::Invalid, T::NotFound, T::Disabled, T::NotActive]],
        &[T::Token, T::AccessToken],
    ),
    // What the token may do.
    rule(
        C::ResourceNotShared,
        72,
        P,
        &[&[T::Organisation], &[T::NotAllowed]],
        &[T::App, T::Api, T::Policy, T::Token, T::Admin, T::Blocked],
    ),
    rule(
        C::InsufficientScope,
        85,
        CALL,
        &[
            &[T::Scope],
            &[
                T::NotHeld,
                T::Missing,
                T::NotGranted,
                T::Denied,
                T::NotAllowed,
                T::Invalid,
                T::NotFound,
                T::Mismatch,
                T::NotAccessible,
                T::NotRegistered,
            ],
        ],
        &[T::Redirect],
    ),
    rule(C::InsufficientScope, 66, CALL, &[&[T::Scope]], &[]),
    rule(
        C::InsufficientScope,
        80,
        CALL,
        &[
            &[T::Permission],
            &[T::NotHeld, T::Missing, T::NotGranted, T::Denied],
            &[T::App, T::Client, T::Token, T::AccessToken, T::Api, T::Scope],
        ],
        &[T::Share, T::EnableApi],
    ),
    rule(C::InsufficientScope, 76, CALL, &[&[T::Permission], &[T::NotGranted]], &[]),
    rule(
        C::InsufficientScope,
        74,
        CALL,
        &[&[T::Permission], &[T::Missing, T::NotHeld]],
        &[T::NotAccessible, T::User, T::Share],
    ),
    rule(C::InsufficientScope, 66, CALL, &[&[T::Permission], &[T::Missing, T::NotHeld]], &[T::Share]),
    rule(
        C::InvalidScopeRequest,
        87,
        or(SIGN_IN, V),
        &[
            &[T::Scope],
            &[
                T::Invalid,
                T::NotFound,
                T::NotAllowed,
                T::Unsupported,
                T::Denied,
                T::Malformed,
                T::Missing,
                T::Exceeded,
                T::NotRegistered,
                T::NotEnabled,
                T::NotGranted,
                T::NotAccessible,
                T::Mismatch,
            ],
        ],
        &[T::Redirect],
    ),
    rule(C::InvalidScopeRequest, 66, SIGN_IN, &[&[T::Scope]], &[T::Boilerplate]),
    rule(C::ResourceNotShared, 82, P, &[&[T::Share]], &[T::Rate, T::Secret]),
    rule(
        C::ResourceNotShared,
        73,
        P,
        &[&[T::NotAccessible]],
        &[T::Scope, T::Rate, T::Admin, T::Policy, T::Token, T::AccessToken, T::Api, T::App],
    ),
    rule(
        C::ResourceNotShared,
        76,
        P,
        &[&[T::NotAccessible], &[T::Resource]],
        &[T::Scope, T::Rate, T::Admin, T::Policy, T::Token, T::AccessToken],
    ),
    rule(
        C::ResourceNotShared,
        76,
        P,
        &[&[T::Permission], &[T::NotHeld, T::NotAccessible], &[T::Resource, T::User]],
        &[T::Scope, T::Api, T::App, T::Token, T::AccessToken],
    ),
    rule(
        C::ResourceNotShared,
        74,
        P,
        &[&[T::Resource], &[T::NotFound]],
        &[T::Token, T::AccessToken, T::Api, T::Header, T::Session, T::Credentials, T::Parameter],
    ),
    rule(C::ResourceNotShared, 86, P, &[&[T::Permission], &[T::NotFound]], &[T::Scope]),
    rule(C::MalformedApiRequest, 82, P, &[&[T::State]], &[]),
    rule(
        C::AppNotApproved,
        79,
        or(A, P),
        &[&[T::App], &[T::Disabled]],
        &[T::User, T::Admin, T::Organisation, T::Policy, T::Api, T::Resource, T::Deauthorised],
    ),
    rule(
        C::ResourceNotShared,
        60,
        P,
        &[&[T::NotFound]],
        &[T::Token, T::AccessToken, T::Session, T::Header, T::Credentials, T::Parameter, T::Code, T::Api],
    ),
    rule(C::ApiNotEnabled, 90, P, &[&[T::EnableApi]], &[T::Organisation]),
    rule(C::ApiNotEnabled, 78, P, &[&[T::EnableApi]], &[]),
    rule(C::ApiNotEnabled, 76, P, &[&[T::Api], &[T::NotEnabled]], &[T::User, T::Plan, T::Outage]),
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
    // The request.
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
        &[T::Expired],
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
