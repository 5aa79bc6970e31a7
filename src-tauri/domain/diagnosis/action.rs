//! The one next best action: from the cause and what was seen, and never one that harms [C2].
//!
//! A dead grant is not tried again; a limit, an outage, a network, a clock, a wrong client or a missing share is not
//! answered with a new consent, and neither is an admin's block. No way leads round `CauseLabel::allows`.

use super::{ActionLabel as A, CauseLabel as C, Evidence, FailedEndpoint};

/// What to do next. `asked` is what the provider's own entry advises; it counts only where it is safe.
pub(super) fn for_cause(cause: C, evidence: &Evidence, asked: Option<A>) -> A {
    let usual = cause.usual_action();
    let wanted = asked.filter(|it| cause.allows(*it)).unwrap_or_else(|| fitting(cause, evidence, usual));
    if cause.allows(wanted) { wanted } else { usual }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "most causes have one action whatever was seen")]
fn fitting(cause: C, evidence: &Evidence, usual: A) -> A {
    let context = &evidence.context;
    match cause {
        // Nothing to refresh with.
        C::AccessTokenExpired | C::AccessTokenInvalid if context.has_refresh_token == Some(false) => A::Reconnect,
        // A grant that died in testing comes back by consent; a sign-in that is refused does not.
        C::AppNotApproved
            if evidence.endpoint == FailedEndpoint::TokenRefresh
                && !matches!(evidence.http_status, Some(401 | 403)) =>
        {
            A::Reconnect
        }
        _ => usual,
    }
}

/// Whether a person may be sent to a consent page for it.
pub(super) fn asks_for_consent(cause: C) -> bool {
    [A::Reconnect, A::ReconnectWithMoreScopes, A::ReconnectOtherAccount].into_iter().any(|it| cause.allows(it))
}

/// Whether an action makes it worse: a dead grant that is tried again, and a consent that could not help and asks a person
/// for nothing [C2].
pub(super) fn harms(cause: C, action: A) -> bool {
    let is_consent = action.is_reconnect();
    let is_repeated = matches!(action, A::WaitAndRetry | A::Refresh);
    match cause {
        C::RefreshTokenMissing
        | C::RefreshTokenExpired
        | C::RefreshTokenReused
        | C::RefreshTokenLimitExceeded
        | C::GrantRevoked
        | C::GrantInvalid => is_repeated,
        C::RateLimited
        | C::ProviderOutage
        | C::NetworkFailure
        | C::ClockSkew
        | C::ClientCredentialsMismatch
        | C::RedirectUriMismatch
        | C::UnsupportedGrant
        | C::InvalidScopeRequest
        | C::ApiNotEnabled
        | C::ResourceNotShared
        | C::AdminPolicyRestriction
        | C::IpRestricted => is_consent,
        C::AccessTokenExpired
        | C::AccessTokenInvalid
        | C::AuthorizationCodeInvalid
        | C::InsufficientScope
        | C::ConsentRequired
        | C::WrongTenantOrAccount
        | C::InteractionRequired
        | C::SsoRequired
        | C::AccountDisabled
        | C::UserDeniedConsent
        | C::AppNotApproved
        | C::PkceFailure
        | C::StateMismatch
        | C::MalformedTokenRequest
        | C::MalformedApiRequest
        | C::TokenAudienceMismatch
        | C::ExpiresInInvalid
        | C::NoFailure => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_consent(action: A) -> bool {
        matches!(action, A::Reconnect | A::ReconnectWithMoreScopes | A::ReconnectOtherAccount)
    }

    /// C2: what each cause forbids, said the other way round than `allows` says it.
    fn is_unsafe(cause: C, action: A) -> bool {
        let is_dead = matches!(
            cause,
            C::RefreshTokenMissing
                | C::RefreshTokenExpired
                | C::RefreshTokenReused
                | C::RefreshTokenLimitExceeded
                | C::GrantRevoked
                | C::GrantInvalid
                | C::AccountDisabled
        );
        let no_consent = matches!(
            cause,
            C::RateLimited
                | C::ProviderOutage
                | C::NetworkFailure
                | C::ClockSkew
                | C::ClientCredentialsMismatch
                | C::RedirectUriMismatch
                | C::UnsupportedGrant
                | C::InvalidScopeRequest
                | C::ApiNotEnabled
                | C::ResourceNotShared
                | C::AdminPolicyRestriction
                | C::IpRestricted
        );
        is_dead && matches!(action, A::WaitAndRetry | A::Refresh) || no_consent && is_consent(action)
    }

    proptest! {
        /// C2: whatever was seen and whatever a provider's entry advises.
        #[test]
        fn no_unsafe_action_comes_out(
            cause in 0..C::ALL.len(),
            asked in proptest::option::of(0..A::ALL.len()),
            has_refresh_token: Option<bool>,
            endpoint in 0..7_usize,
        ) {
            let cause = C::ALL[cause];
            let endpoint = [
                FailedEndpoint::Authorize, FailedEndpoint::TokenExchange, FailedEndpoint::TokenRefresh, FailedEndpoint::Device,
                FailedEndpoint::Revoke, FailedEndpoint::Introspect, FailedEndpoint::Api,
            ][endpoint];
            let mut evidence = Evidence { endpoint, ..Evidence::default() };
            evidence.context.has_refresh_token = has_refresh_token;

            let action = for_cause(cause, &evidence, asked.map(|it| A::ALL[it]));

            prop_assert!(!is_unsafe(cause, action), "{cause:?} {action:?}");
            prop_assert!(cause.allows(action));
        }
    }

    /// C2
    #[test]
    fn nothing_that_is_allowed_is_unsafe() {
        for cause in C::ALL {
            for action in A::ALL.iter().filter(|it| cause.allows(**it)) {
                assert!(!is_unsafe(*cause, *action), "{cause:?} {action:?}");
            }
        }
    }
}
