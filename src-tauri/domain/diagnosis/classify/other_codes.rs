//! Codes beside those of OAuth 2.0: the problems of OAuth 1.0, the failures that libraries of sign-in name, and the
//! numbers of WSO2's gateway [C2].

use super::standards::{Meanings, NOTHING, one, two};
use crate::diagnosis::{CauseLabel as C, FailedEndpoint as E};

pub(super) fn meanings(code: &str, at: E) -> Meanings {
    if code.len() == 6 && code.starts_with("900") {
        return of_wso2(code);
    }
    let is_call = matches!(at, E::Api | E::Introspect);
    let malformed = if is_call { C::MalformedApiRequest } else { C::MalformedTokenRequest };
    match code {
        // The OAuth Problem Reporting extension.
        "signatureinvalid"
        | "signaturemethodrejected"
        | "nonceused"
        | "parameterabsent"
        | "parameterrejected"
        | "versionrejected"
        | "ostoauthsignatureinvaliderror" => one(malformed, 92),
        "timestamprefused" => one(C::ClockSkew, 92),
        "consumerkeyunknown" | "consumerkeyrejected" | "consumerkeyrefused" | "consumerkeyinvalid" => {
            one(C::ClientCredentialsMismatch, 93)
        }
        "verifierinvalid" if !is_call => one(C::AuthorizationCodeInvalid, 93),
        "tokenused" | "tokenrejected" => match at {
            E::TokenExchange | E::Device | E::Authorize => one(C::AuthorizationCodeInvalid, 84),
            E::TokenRefresh => one(C::GrantInvalid, 80),
            E::Api | E::Introspect | E::Revoke => one(C::AccessTokenInvalid, 80),
        },
        "refreshtokenauthenticationerror"
        | "refreshtokenauthenticationfailed"
        | "refreshtokenvalidationerror"
        | "refreshtokenvalidationfailed"
        | "refreshtokenverificationfailed"
        | "refreshtokenrejected"
        | "refreshtokennotaccepted" => match at {
            E::Authorize | E::Device | E::TokenExchange | E::TokenRefresh | E::Revoke => one(C::GrantInvalid, 88),
            E::Api | E::Introspect => two(C::GrantInvalid, 80, C::AccessTokenInvalid, 52),
        },
        "permissionunknown" => one(C::ConsentRequired, 80),
        "userrefused" if !is_call => one(C::UserDeniedConsent, 92),
        // Of libraries that carry out the sign-in.
        "authorizationrequestnotfound"
        | "invalidstateparameter"
        | "csrfdetected"
        | "mismatchingstate"
        | "statemismatch"
        | "invalidstate"
        | "missingcsrf"
            if matches!(at, E::Authorize | E::TokenExchange) =>
        {
            one(C::StateMismatch, 93)
        }
        "unauthorizeduser" | "usernotauthorized" | "usernotallowed" if !is_call => one(C::AdminPolicyRestriction, 82),
        "clientregistrationnotfound" => one(C::ClientCredentialsMismatch, 90),
        "oauthaccountnotlinked" if at == E::Authorize => one(C::WrongTenantOrAccount, 82),
        // What the callback is told where the exchange behind it failed.
        "invalidcredentials" if at == E::Authorize => {
            two(C::ClientCredentialsMismatch, 58, C::AuthorizationCodeInvalid, 52)
        }
        "invalidcredentials" if at == E::TokenExchange => one(C::ClientCredentialsMismatch, 60),
        _ => NOTHING,
    }
}

/// The faults of WSO2's API gateway, security and throttling.
fn of_wso2(code: &str) -> Meanings {
    match code {
        "900900" => two(C::AccessTokenInvalid, 60, C::ResourceNotShared, 40),
        "900901" => one(C::AccessTokenInvalid, 80),
        "900902" => one(C::MalformedApiRequest, 90),
        "900903" => one(C::AccessTokenExpired, 90),
        "900904" => two(C::AccessTokenInvalid, 84, C::AccessTokenExpired, 60),
        "900905" => one(C::TokenAudienceMismatch, 88),
        "900906" => one(C::MalformedApiRequest, 84),
        "900907" => one(C::AdminPolicyRestriction, 88),
        "900908" => two(C::ResourceNotShared, 80, C::ApiNotEnabled, 66),
        "900909" => one(C::AdminPolicyRestriction, 90),
        "900910" => one(C::InsufficientScope, 90),
        "900800" | "900801" | "900802" | "900803" | "900804" | "900805" | "900806" | "900807" => {
            one(C::RateLimited, 91)
        }
        _ => NOTHING,
    }
}
