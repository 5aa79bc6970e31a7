//! Every cause that a diagnosis names, and how a provider that follows the standards brings it about [C1, C2].

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::refusal::Refusal;

/// Where a staged cause shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The browser comes back with an error.
    Authorize,
    /// A sign-in is answered oddly, and its exchange too.
    SignIn,
    /// The code is not taken.
    CodeExchange,
    /// The refresh token is not taken. Access tokens expire at once, so that it is needed.
    Refresh,
    /// Nothing is taken at the token endpoint. Access tokens expire at once.
    Token,
    /// Whoever calls for it is told that somebody else is signed in.
    Identity,
    /// Every protected resource.
    Api,
    /// The files alone; who is signed in is told.
    Files,
    TokenAndApi,
    Everywhere,
}

/// What is asked just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Authorize,
    Code,
    Refresh,
    Identity,
    Files,
}

/// One cause.
#[derive(Debug)]
pub struct Staging {
    /// As the diagnosis labels it.
    pub cause: &'static str,
    pub at: Stage,
    how: How,
}

#[derive(Debug)]
enum How {
    /// Other switches do it.
    Switches(&'static [&'static str]),
    Refuses {
        status: u16,
        error: &'static str,
        description: &'static str,
    },
    /// At once: every grant ends.
    Revokes,
    /// At once: every access token ends.
    Expires,
    NamesAnother,
    HangsUp,
    /// All is well.
    Nothing,
}

/// The cause that is being staged: a place in the table, written as its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct StagedCause(usize);

/// There is no such cause.
#[derive(Debug, Error)]
#[error("no cause is called {0:?}")]
pub struct NoSuchCause(String);

impl StagedCause {
    /// Takes a label; `None` where no cause has it.
    pub fn of(cause: &str) -> Option<StagedCause> {
        STAGINGS.iter().position(|it| it.cause == cause).map(StagedCause)
    }

    pub fn as_str(self) -> &'static str {
        self.staging().map_or("", |it| it.cause)
    }

    fn staging(self) -> Option<&'static Staging> {
        STAGINGS.get(self.0)
    }

    pub(crate) fn switches(self) -> &'static [&'static str] {
        match self.staging().map(|it| &it.how) {
            Some(How::Switches(switches)) => switches,
            _ => &[],
        }
    }

    /// The error and its description, where this is refused.
    pub(crate) fn words(self, asked: Asked) -> Option<(&'static str, &'static str)> {
        self.refuses(asked).map(|(_, error, description)| (error, description))
    }

    /// The answer, where this is refused.
    pub(crate) fn refusal(self, asked: Asked) -> Option<Refusal> {
        let (status, error, description) = self.refuses(asked)?;
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        Some(match (status, asked) {
            (StatusCode::TOO_MANY_REQUESTS, _) => Refusal::too_many(Some(PAUSE.to_owned())),
            (StatusCode::UNAUTHORIZED, Asked::Identity | Asked::Files) => Refusal::resource(status, error, description),
            _ => Refusal::new(error, description).with_status(status),
        })
    }

    fn refuses(self, asked: Asked) -> Option<(u16, &'static str, &'static str)> {
        let staging = self.staging()?;
        let How::Refuses { status, error, description } = staging.how else { return None };
        staging.at.covers(asked).then_some((status, error, description))
    }

    pub(crate) fn names_another(self) -> bool {
        matches!(self.staging(), Some(Staging { how: How::NamesAnother, .. }))
    }

    pub(crate) fn hangs_up(self) -> bool {
        matches!(self.staging(), Some(Staging { how: How::HangsUp, .. }))
    }

    pub(crate) fn ends_grants(self) -> bool {
        matches!(self.staging(), Some(Staging { how: How::Revokes, .. }))
    }

    /// It shows only where a token is wanted.
    pub(crate) fn ends_access_tokens(self) -> bool {
        self.staging()
            .is_some_and(|it| matches!(it.how, How::Expires) || matches!(it.at, Stage::Refresh | Stage::Token))
    }
}

impl Stage {
    fn covers(self, asked: Asked) -> bool {
        let is_api = matches!(asked, Asked::Identity | Asked::Files);
        let is_token = matches!(asked, Asked::Code | Asked::Refresh);
        match self {
            Stage::Authorize => asked == Asked::Authorize,
            Stage::SignIn => matches!(asked, Asked::Authorize | Asked::Code),
            Stage::CodeExchange => asked == Asked::Code,
            Stage::Refresh => asked == Asked::Refresh,
            Stage::Token => is_token,
            Stage::Identity => asked == Asked::Identity,
            Stage::Api => is_api,
            Stage::Files => asked == Asked::Files,
            Stage::TokenAndApi => is_api || is_token,
            Stage::Everywhere => true,
        }
    }
}

impl From<StagedCause> for String {
    fn from(cause: StagedCause) -> String {
        cause.as_str().to_owned()
    }
}

impl TryFrom<String> for StagedCause {
    type Error = NoSuchCause;

    fn try_from(text: String) -> Result<StagedCause, NoSuchCause> {
        StagedCause::of(&text).ok_or(NoSuchCause(text))
    }
}

/// Seconds that a limit asks to wait.
const PAUSE: &str = "30";

const fn of(cause: &'static str, at: Stage, how: How) -> Staging {
    Staging { cause, at, how }
}

const fn refuses(
    cause: &'static str,
    at: Stage,
    status: u16,
    error: &'static str,
    description: &'static str,
) -> Staging {
    of(cause, at, How::Refuses { status, error, description })
}

/// All of them, in the order of the labels.
pub const STAGINGS: &[Staging] = &[
    of("access_token_expired", Stage::Api, How::Expires),
    refuses("access_token_invalid", Stage::Api, 401, "invalid_token", "The access token is not valid"),
    of("refresh_token_missing", Stage::SignIn, How::Switches(&["no_refresh_token", "access_token_lifetime=60s"])),
    refuses("refresh_token_expired", Stage::Refresh, 400, "invalid_grant", "The refresh token has expired"),
    of("refresh_token_reused", Stage::Refresh, How::Switches(&["drops_answer_after_rotating"])),
    refuses(
        "refresh_token_limit_exceeded",
        Stage::Refresh,
        400,
        "invalid_grant",
        "The limit of refresh tokens for this account was exceeded; the oldest were dropped",
    ),
    of("grant_revoked", Stage::Token, How::Revokes),
    refuses("grant_invalid", Stage::Refresh, 400, "invalid_grant", "The refresh token is invalid, expired or revoked"),
    refuses(
        "authorization_code_invalid",
        Stage::CodeExchange,
        400,
        "invalid_grant",
        "The authorization code has expired or was used already",
    ),
    of("insufficient_scope", Stage::Api, How::Switches(&["api_rejects=insufficient_scope"])),
    refuses(
        "invalid_scope_request",
        Stage::Authorize,
        400,
        "invalid_scope",
        "A scope that was asked for is unknown or not allowed for this client",
    ),
    refuses(
        "consent_required",
        Stage::Refresh,
        400,
        "consent_required",
        "The person has to consent to this client anew",
    ),
    of("wrong_tenant_or_account", Stage::Identity, How::NamesAnother),
    refuses(
        "resource_not_shared",
        Stage::Files,
        404,
        "not_found",
        "There is no such file, or it is not shared with you",
    ),
    refuses(
        "admin_policy_restriction",
        Stage::Api,
        403,
        "access_denied",
        "An administrator's policy blocks this application for the organization",
    ),
    refuses(
        "interaction_required",
        Stage::Refresh,
        400,
        "interaction_required",
        "The person has to sign in again with a second factor",
    ),
    refuses(
        "sso_required",
        Stage::Api,
        403,
        "sso_required",
        "This organization requires SAML single sign-on; authorize the token for it",
    ),
    refuses("ip_restricted", Stage::Api, 403, "access_denied", "Requests from this IP address are not allowed"),
    refuses("account_disabled", Stage::Refresh, 400, "invalid_grant", "The user account is disabled"),
    of("user_denied_consent", Stage::Authorize, How::Switches(&["denies_consent"])),
    refuses(
        "app_not_approved",
        Stage::Authorize,
        400,
        "access_denied",
        "This app is in testing and not yet verified; only approved test users may sign in",
    ),
    refuses(
        "client_credentials_mismatch",
        Stage::Token,
        401,
        "invalid_client",
        "The client is unknown, or its secret is wrong",
    ),
    refuses(
        "redirect_uri_mismatch",
        Stage::CodeExchange,
        400,
        "invalid_grant",
        "redirect_uri does not match the one of the authorization request",
    ),
    refuses(
        "pkce_failure",
        Stage::CodeExchange,
        400,
        "invalid_grant",
        "PKCE verification failed: code_verifier does not match code_challenge",
    ),
    of("state_mismatch", Stage::Authorize, How::Switches(&["wrong_state"])),
    refuses(
        "unsupported_grant",
        Stage::Refresh,
        400,
        "unsupported_grant_type",
        "The grant type refresh_token is not enabled for this client",
    ),
    refuses(
        "malformed_token_request",
        Stage::Refresh,
        400,
        "invalid_request",
        "A required parameter is missing from the request",
    ),
    refuses("malformed_api_request", Stage::Api, 400, "invalid_request", "The Authorization header is not well-formed"),
    refuses("token_audience_mismatch", Stage::Api, 401, "invalid_token", "The token was issued for another audience"),
    refuses(
        "api_not_enabled",
        Stage::Api,
        403,
        "access_not_configured",
        "This API is not enabled for the project of the client; enable it in the console",
    ),
    of("clock_skew", Stage::Everywhere, How::Switches(&["clock_is_off_by=-10m"])),
    refuses("rate_limited", Stage::TokenAndApi, 429, "rate_limited", "Too many requests"),
    refuses(
        "provider_outage",
        Stage::TokenAndApi,
        503,
        "temporarily_unavailable",
        "The server is down for maintenance",
    ),
    of("network_failure", Stage::Everywhere, How::HangsUp),
    of("expires_in_invalid", Stage::Token, How::Switches(&["expires_in=\"3600000\""])),
    of("no_failure", Stage::Everywhere, How::Nothing),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::Faults;

    /// C1
    #[test]
    fn each_cause_stands_there_once_and_can_be_staged() {
        for (index, staging) in STAGINGS.iter().enumerate() {
            let cause = staging.cause;
            assert!(STAGINGS[..index].iter().all(|it| it.cause != cause), "{cause} stands there twice");

            let faults = Faults::default().with_switch(&format!("stages={cause}")).unwrap();

            assert_eq!(faults.stages.map(StagedCause::as_str), Some(cause));
            if let How::Switches(switches) = staging.how {
                assert_ne!(Faults { stages: None, ..faults }, Faults::default(), "{switches:?} must do something");
            }
        }
        assert!(Faults::default().with_switch("stages=nothing_of_the_kind").is_err());
    }

    /// C1: a cause travels as JSON by its label, and an unknown one is refused there too.
    #[test]
    fn a_staged_cause_is_written_as_its_label() {
        let faults = Faults { stages: StagedCause::of("pkce_failure"), ..Faults::default() };
        let json = serde_json::to_value(&faults).unwrap();

        assert_eq!(json["stages"], "pkce_failure");
        assert_eq!(serde_json::from_value::<Faults>(json).unwrap(), faults);
        assert!(serde_json::from_str::<Faults>(r#"{"stages":"pkce"}"#).is_err());
    }
}
