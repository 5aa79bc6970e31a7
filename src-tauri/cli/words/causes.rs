//! What each cause means, and what each next action asks of a person [C1, C2].

use domain::connection::Connection;
use domain::diagnosis::{ActionLabel, CauseLabel, Diagnosis};

/// What happened, at this provider.
pub(crate) fn sentence(cause: CauseLabel, provider: &str) -> String {
    match cause {
        CauseLabel::AccessTokenExpired => format!("{provider} says the access token has expired."),
        CauseLabel::AccessTokenInvalid => format!("{provider} rejected the access token without saying why."),
        CauseLabel::RefreshTokenMissing => format!("{provider} never gave a refresh token for this grant."),
        CauseLabel::RefreshTokenExpired => {
            format!("{provider} ended this grant because of its age or because it was not used.")
        }
        CauseLabel::RefreshTokenReused => {
            format!("{provider} refuses a refresh token that a newer one has replaced.")
        }
        CauseLabel::RefreshTokenLimitExceeded => {
            format!("{provider} dropped this grant because newer ones went over its limit.")
        }
        CauseLabel::GrantRevoked => format!("{provider} has ended this grant."),
        CauseLabel::GrantInvalid => format!("{provider} refuses this grant."),
        CauseLabel::AuthorizationCodeInvalid => format!("{provider} refused the authorization code."),
        CauseLabel::InsufficientScope => format!("{provider} accepts the token, but it lacks a scope this call needs."),
        CauseLabel::InvalidScopeRequest => {
            format!("{provider} does not know, or does not allow, a scope that was asked for.")
        }
        CauseLabel::ConsentRequired => format!("{provider} wants consent before it gives a token."),
        CauseLabel::WrongTenantOrAccount => {
            format!("{provider} says the token belongs to another account or workspace.")
        }
        CauseLabel::ResourceNotShared => format!("{provider} does not show this object to the connected account."),
        CauseLabel::AdminPolicyRestriction => format!("A policy of the organisation at {provider} blocks this."),
        CauseLabel::InteractionRequired => format!("{provider} wants the person to sign in again."),
        CauseLabel::SsoRequired => {
            format!("The organisation at {provider} wants this grant authorised through single sign-on.")
        }
        CauseLabel::IpRestricted => format!("{provider} refuses calls from this network."),
        CauseLabel::AccountDisabled => format!("The account is disabled or gone at {provider}."),
        CauseLabel::UserDeniedConsent => format!("The consent page of {provider} was answered with no."),
        CauseLabel::AppNotApproved => format!("{provider} has not approved this client for everyone."),
        CauseLabel::ClientCredentialsMismatch => format!("{provider} does not accept the client id and secret."),
        CauseLabel::RedirectUriMismatch => format!("{provider} does not know the redirect URI."),
        CauseLabel::PkceFailure => format!("{provider} could not match the proof of this sign-in (PKCE)."),
        CauseLabel::StateMismatch => {
            format!("The answer that came back from {provider} does not belong to this sign-in.")
        }
        CauseLabel::UnsupportedGrant => format!("{provider} does not allow this client to sign in this way."),
        CauseLabel::MalformedTokenRequest => format!("{provider} could not read the token request."),
        CauseLabel::MalformedApiRequest => format!("{provider} could not read the call."),
        CauseLabel::TokenAudienceMismatch => format!("{provider} got a real token of the wrong kind."),
        CauseLabel::ApiNotEnabled => format!("The API is not switched on in the client's project at {provider}."),
        CauseLabel::ClockSkew => format!("This machine's clock and {provider}'s differ too much."),
        CauseLabel::RateLimited => format!("{provider} asks to slow down."),
        CauseLabel::ProviderOutage => format!("{provider} has a failure of its own."),
        CauseLabel::NetworkFailure => format!("No usable answer came from {provider}."),
        CauseLabel::ExpiresInInvalid => format!("{provider} gave a lifetime that makes no sense."),
        CauseLabel::NoFailure => format!("{provider} answered as it should."),
    }
}

/// The same of one diagnosis, which may know more than its cause.
pub(crate) fn happened(diagnosis: &Diagnosis, provider: &str) -> String {
    if diagnosis.is_of_unusable_token() {
        return format!("{provider} answered without an access token that can be used.");
    }
    if diagnosis.is_of_no_device_endpoint() {
        return format!("{provider} offers no sign-in by a code on another device.");
    }
    if diagnosis.is_of_other_binding() {
        return format!("{provider} answered with another kind of token than was asked for.");
    }
    if diagnosis.is_of_answers_lost() {
        return format!("Two requests to {provider} went without a usable answer.");
    }
    if diagnosis.is_of_unread_token() {
        return format!("The answer of {provider} names a token that cannot be read out of it for sure.");
    }
    if diagnosis.is_of_told_replacement() {
        return format!("{provider} says that the token was replaced, and not by which.");
    }
    if diagnosis.is_of_newer_elsewhere() {
        return "A newer token of this grant exists, and is not in the keychain.".to_owned();
    }
    sentence(diagnosis.cause, provider)
}

/// The same of a refused refresh: one without a word is told as that, and its cause as a guess [B4, B5].
pub(crate) fn refused(diagnosis: &Diagnosis, provider: &str) -> String {
    if !diagnosis.is_guessed() || diagnosis.is_of_told_replacement() {
        return happened(diagnosis, provider);
    }
    let status = diagnosis.http_status.map(|it| format!(" with {it}")).unwrap_or_default();
    format!("{provider} refused{status} and gave no reason; perhaps {}.", short(diagnosis.cause))
}

/// What a refusal without a word means, and its cause no more than perhaps.
pub(crate) const WORDLESS: &str =
    "A gateway or a filter in front of the provider answers so too. The grant is kept, and it is tried again.";

/// The same of one diagnosis.
pub(crate) fn meaning_of(diagnosis: &Diagnosis) -> &'static str {
    if diagnosis.is_of_newer_elsewhere() {
        return "The stored one is spent, and is not sent. No provider was asked.";
    }
    if diagnosis.is_of_answers_lost() {
        return "The refresh token in them is probably spent. Patchbay does not send it again by itself: a provider may take that for theft. A refresh by hand tries once more.";
    }
    meaning(diagnosis.cause)
}

/// What it means, and what most often brings it about.
pub(crate) fn meaning(cause: CauseLabel) -> &'static str {
    match cause {
        CauseLabel::AccessTokenExpired => "Its time was up. A refresh brings a new one; nothing is lost.",
        CauseLabel::AccessTokenInvalid => "It may be expired, revoked or damaged. A refresh tells which.",
        CauseLabel::RefreshTokenMissing => {
            "Without one nothing can be refreshed: a person signs in again when the access token ends."
        }
        CauseLabel::RefreshTokenExpired => "Grants of this kind have a longest life. A new sign-in starts a new one.",
        CauseLabel::RefreshTokenReused => {
            "The newer one was lost on the way, or another program used the same grant. One reconnect mends it."
        }
        CauseLabel::RefreshTokenLimitExceeded => {
            "Each account may hold only so many grants per client; the oldest falls out."
        }
        CauseLabel::GrantRevoked => {
            "It was ended on purpose: access removed, password changed, or an administrator's decision."
        }
        CauseLabel::GrantInvalid => {
            "It does not say why: revoked, aged out, superseded or over a limit look the same from here."
        }
        CauseLabel::AuthorizationCodeInvalid => "A code works once and for a short time. Start the sign-in again.",
        CauseLabel::InsufficientScope => "The sign-in works; the permission was not asked for or was left unticked.",
        CauseLabel::InvalidScopeRequest => {
            "Compare the scopes with those the client may ask for in the provider's console."
        }
        CauseLabel::ConsentRequired => "Nobody has yet said yes to this client and these scopes.",
        CauseLabel::WrongTenantOrAccount => "The sign-in is valid, only not for what was called.",
        CauseLabel::ResourceNotShared => "Token and scopes are fine; the object has to be shared with the account.",
        CauseLabel::AdminPolicyRestriction => "Only an administrator there can allow the client or the account.",
        CauseLabel::InteractionRequired => {
            "A second factor or a fresh sign-in is due, although the grant still exists."
        }
        CauseLabel::SsoRequired => "Sign in through the organisation's own page, then the grant counts.",
        CauseLabel::IpRestricted => "The organisation allows only some addresses. From an allowed network it may work.",
        CauseLabel::AccountDisabled => "No token of it can work until the account does.",
        CauseLabel::UserDeniedConsent => "Nothing was granted and nothing changed.",
        CauseLabel::AppNotApproved => {
            "A client in testing admits only listed people, and its grants often end after 7 days."
        }
        CauseLabel::ClientCredentialsMismatch => "One of them is wrong, expired, deleted, or of another environment.",
        CauseLabel::RedirectUriMismatch => {
            "It must be registered at the client character for character: host, port and path."
        }
        CauseLabel::PkceFailure => "The answer belongs to another attempt. Start the sign-in again.",
        CauseLabel::StateMismatch => {
            "It was thrown away, as it could be someone else's. Start again, and use the newest page."
        }
        CauseLabel::UnsupportedGrant => {
            "Switch on authorization code and refresh token for the client in the provider's console."
        }
        CauseLabel::MalformedTokenRequest => {
            "Something in the request is missing or wrongly written: this is not about the account."
        }
        CauseLabel::MalformedApiRequest => "The request is defective in a way that looks like a sign-in problem.",
        CauseLabel::TokenAudienceMismatch => "It was issued for another API or another kind of user.",
        CauseLabel::ApiNotEnabled => "Enable it in the provider's console; the sign-in itself is fine.",
        CauseLabel::ClockSkew => {
            "Tokens and certificates look expired or not yet valid. Set the clock to network time."
        }
        CauseLabel::RateLimited => "Too many calls in a short time. It passes by itself.",
        CauseLabel::ProviderOutage => "It is for the provider to mend; Patchbay tries again by itself.",
        CauseLabel::NetworkFailure => {
            "It did not answer, or not as it should: the network, a proxy or a firewall may stand between."
        }
        CauseLabel::ExpiresInInvalid => "The token is kept and treated with care; nothing is lost.",
        CauseLabel::NoFailure => "There is nothing to mend.",
    }
}

/// The meaning of a refresh without a usable answer, where the refresh token in it may be spent.
pub(crate) const OUTCOME_UNKNOWN: &str = "The refresh was sent, and its token is perhaps spent: the provider may have replaced it, and no new one arrived. Patchbay finds out with the next refresh.";

/// Two or three words, for a column.
pub(crate) fn short(cause: CauseLabel) -> &'static str {
    cause.words()
}

/// The same of one diagnosis.
pub(crate) fn short_of(diagnosis: &Diagnosis) -> &'static str {
    if diagnosis.is_of_unusable_token() {
        "unusable token"
    } else if diagnosis.is_of_answers_lost() {
        "no usable answer, twice"
    } else if diagnosis.is_of_unread_token() {
        "unreadable token"
    } else {
        short(diagnosis.cause)
    }
}

/// The same of a refused refresh.
pub(crate) fn short_of_refresh(diagnosis: &Diagnosis) -> &'static str {
    if diagnosis.is_guessed() { "no reason given" } else { short_of(diagnosis) }
}

/// What to do next, with the command that does it where the connection is known.
pub(crate) fn advice(action: ActionLabel, connection: Option<&Connection>) -> String {
    let by = |command: &str, otherwise: &str| match connection {
        Some(connection) => format!(": patchbay {command} {}", connection.id),
        None => otherwise.to_owned(),
    };
    match action {
        ActionLabel::WaitAndRetry => "Try again later.".to_owned(),
        ActionLabel::Refresh => format!("Refresh it{}", by("refresh", ".")),
        ActionLabel::Reconnect => match connection {
            Some(connection) => format!("Reconnect {}{}", connection.name, by("reconnect", ".")),
            None => "Start the sign-in again.".to_owned(),
        },
        ActionLabel::ReconnectWithMoreScopes => {
            format!("Reconnect, and leave every box on the consent page ticked{}", by("reconnect", "."))
        }
        ActionLabel::ReconnectOtherAccount => {
            format!("Reconnect, and choose the right account{}", by("reconnect", "."))
        }
        ActionLabel::ShareResource => "Share the object with the connected account, then test again.".to_owned(),
        ActionLabel::AskAdmin => {
            "Ask an administrator of the organisation to allow it, then refresh the connection.".to_owned()
        }
        ActionLabel::FixClientConfig => match connection {
            Some(connection) => format!(
                "Correct the client in the provider's console, then check it: patchbay client check {}",
                connection.client
            ),
            None => "Correct the client in the provider's console, then try again.".to_owned(),
        },
        ActionLabel::FixRequest => "The request is at fault; a reconnect will not change it.".to_owned(),
        ActionLabel::FixClock => {
            "Compare the clocks, and set this machine's to network time if it is the one that is off.".to_owned()
        }
        ActionLabel::ContactProvider => "Write to the owner of the client or to the provider.".to_owned(),
        ActionLabel::None => String::new(),
    }
}

/// "`invalid_grant`, HTTP 400": empty when nothing was sent.
pub(crate) fn code(diagnosis: &Diagnosis) -> String {
    let status = diagnosis.http_status.map(|status| format!("HTTP {status}"));
    let parts: Vec<_> = diagnosis.provider_code.clone().into_iter().chain(status).collect();
    parts.join(", ")
}
