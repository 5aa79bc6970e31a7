//! What is asked of a vendor about each cause: what only their logs can tell [C7].

use crate::diagnosis::CauseLabel;

/// The first sentence where the answer did not say what is wrong.
pub(super) const OPENING_OF_A_GUESS: &str =
    "our OAuth client is refused, and the answer does not say why in a way that we understand.";
/// What is asked first then.
pub(super) const REASON: &str = "For what reason was this request refused, as your logs have it?";

/// The first sentence.
pub(super) fn opening(cause: CauseLabel) -> &'static str {
    match cause {
        CauseLabel::RateLimited => "our OAuth client is told to slow down, and it does not pass.",
        CauseLabel::ProviderOutage => "calls of our OAuth client fail with errors of your servers.",
        CauseLabel::NetworkFailure => "your servers cannot be reached from our network.",
        CauseLabel::ClientCredentialsMismatch => "your token endpoint refuses our OAuth client.",
        CauseLabel::AppNotApproved => "our OAuth client is refused as not approved.",
        CauseLabel::RedirectUriMismatch
        | CauseLabel::UnsupportedGrant
        | CauseLabel::InvalidScopeRequest
        | CauseLabel::PkceFailure
        | CauseLabel::StateMismatch
        | CauseLabel::AuthorizationCodeInvalid
        | CauseLabel::UserDeniedConsent => "a sign-in with our OAuth client does not come to its end.",
        CauseLabel::InsufficientScope
        | CauseLabel::ResourceNotShared
        | CauseLabel::WrongTenantOrAccount
        | CauseLabel::TokenAudienceMismatch
        | CauseLabel::ApiNotEnabled
        | CauseLabel::MalformedApiRequest
        | CauseLabel::AccessTokenExpired
        | CauseLabel::AccessTokenInvalid => "your API refuses a token that our OAuth client was given.",
        CauseLabel::AdminPolicyRestriction
        | CauseLabel::IpRestricted
        | CauseLabel::SsoRequired
        | CauseLabel::AccountDisabled
        | CauseLabel::InteractionRequired
        | CauseLabel::ConsentRequired => "a grant of our OAuth client is blocked.",
        CauseLabel::ExpiresInInvalid | CauseLabel::MalformedTokenRequest | CauseLabel::ClockSkew => {
            "your token endpoint answers our OAuth client in a way that we cannot use."
        }
        CauseLabel::RefreshTokenMissing
        | CauseLabel::RefreshTokenExpired
        | CauseLabel::RefreshTokenReused
        | CauseLabel::RefreshTokenLimitExceeded
        | CauseLabel::GrantRevoked
        | CauseLabel::GrantInvalid => "a grant of our OAuth client was ended, and we do not know why.",
        CauseLabel::NoFailure => "calls of our OAuth client failed, and work again.",
    }
}

/// One thing each, the most telling first.
pub(super) fn questions(cause: CauseLabel) -> &'static [&'static str] {
    match cause {
        CauseLabel::GrantRevoked | CauseLabel::GrantInvalid => &[
            "When, and by what, was this grant ended: the person, an administrator, a password change, a policy, a limit?",
            "What do we have to change so that the next grant lasts?",
        ],
        CauseLabel::RefreshTokenExpired => &[
            "Which limit of age or disuse ended this refresh token, and when?",
            "Can it be set for this client or organisation?",
        ],
        CauseLabel::RefreshTokenReused => &[
            "When was the refresh token that we sent replaced, and from which address was its successor asked for?",
            "Was the answer with the successor delivered in full?",
        ],
        CauseLabel::RefreshTokenLimitExceeded => &[
            "How many refresh tokens may live for this client and account, and which ones are counted?",
            "Can the ones we use no more be ended without this one?",
        ],
        CauseLabel::RefreshTokenMissing => {
            &["What keeps this client from being given a refresh token for the scopes above?"]
        }
        CauseLabel::RateLimited => &[
            "Which limit is reached: of this client, account, organisation or address, and over which span?",
            "Can it be raised, and which header tells what remains?",
        ],
        CauseLabel::ProviderOutage => &[
            "Is this a known incident, and when is it expected to end?",
            "Were any of the requests above carried out although they failed?",
        ],
        CauseLabel::NetworkFailure => &["Is our address blocked, or is there a known disturbance on the way?"],
        CauseLabel::ClientCredentialsMismatch => &[
            "Is this client active, and is the secret we use still valid?",
            "Which ways of client authentication does the token endpoint take from it?",
        ],
        CauseLabel::AppNotApproved => &[
            "Which review or approval is missing for this client, and for which of the scopes?",
            "Where does a review that is under way stand?",
        ],
        CauseLabel::RedirectUriMismatch => {
            &["Which redirect URIs are registered for this client, as you compare them?"]
        }
        CauseLabel::UnsupportedGrant => {
            &["Which grant types is this client allowed, and how is it given refresh_token?"]
        }
        CauseLabel::InvalidScopeRequest => &["Which of the scopes above do you not know, or not allow this client?"],
        CauseLabel::InsufficientScope => &["Which scope, or which right of the account, does the call above need?"],
        CauseLabel::ApiNotEnabled => &["Which API has to be switched on for this client, and where?"],
        CauseLabel::ResourceNotShared | CauseLabel::WrongTenantOrAccount => &[
            "As which account and organisation do you see the calls above?",
            "What keeps that account from the object?",
        ],
        CauseLabel::AdminPolicyRestriction
        | CauseLabel::IpRestricted
        | CauseLabel::SsoRequired
        | CauseLabel::InteractionRequired
        | CauseLabel::ConsentRequired => &[
            "Which rule refused the requests above, and whose is it?",
            "Where can an administrator allow this client?",
        ],
        CauseLabel::AccountDisabled => &["Is this account disabled, since when, and who can bring it back?"],
        CauseLabel::TokenAudienceMismatch => {
            &["For which audience was the token of the calls above, and which one do they need?"]
        }
        CauseLabel::MalformedTokenRequest | CauseLabel::MalformedApiRequest => &[
            "Which parameter of the requests above is missing or not understood?",
            "Has what you expect there changed lately?",
        ],
        CauseLabel::ExpiresInInvalid => &["Is the lifetime in your token answers meant as it came, and in which unit?"],
        CauseLabel::ClockSkew => &["Which moment did your server have for the requests above?"],
        CauseLabel::AccessTokenExpired
        | CauseLabel::AccessTokenInvalid
        | CauseLabel::AuthorizationCodeInvalid
        | CauseLabel::PkceFailure
        | CauseLabel::StateMismatch
        | CauseLabel::UserDeniedConsent => {
            &["Why, by your logs, were the requests above refused?", "What do we have to change?"]
        }
        CauseLabel::NoFailure => &["Was there a disturbance at the times of the requests above?"],
    }
}
