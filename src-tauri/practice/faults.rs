//! The switches of the practice provider: each is one way a real provider misbehaves [B5, B6, B7, B8, B9, B10].

use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::staging::StagedCause;

/// What goes wrong from the next request on. `Faults::default()` behaves well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    // Grants and tokens.
    /// Every refresh is answered `invalid_grant`; the grant itself stays alive.
    pub refuses_refresh: bool,
    /// A refresh token used twice ends its grant (RFC 9700 §4.14.2).
    pub reuse_kills_grant: bool,
    pub rotates_refresh_tokens: bool,
    /// A rotated refresh token is honoured this long after its rotation.
    pub rotation_grace: Duration,
    pub access_token_lifetime: Duration,
    /// `None`: refresh tokens do not age.
    pub refresh_token_lifetime: Option<Duration>,
    pub no_refresh_token: bool,
    /// A refresh token is issued only where `offline_access` was granted.
    pub wants_offline_access: bool,
    /// So many grants of an account live at one client; the oldest make room.
    pub live_grants: Option<u32>,
    /// A code is good for this long; `None`: a minute.
    pub code_lifetime: Option<Duration>,
    /// Only these of the scopes asked for are granted.
    pub grants_fewer_scopes: Option<Vec<String>>,

    // The words of the token answer.
    pub expires_in: ExpiresIn,
    pub token_type: Option<String>,
    /// The raw token answer; `{access_token}` and `{refresh_token}` are filled in.
    pub malformed_token_answer: Option<String>,
    /// Token requests must come as JSON; forms are refused.
    pub wants_json_bodies: bool,
    /// Commas between the scopes of a token answer, whatever the rule.
    pub scope_with_commas: bool,
    /// Token answers are forms instead of JSON.
    pub answers_form_encoded: bool,
    /// The tokens stand deeper in the answer: at the last place a played file names, else in `authed_user`.
    pub nested_token_answer: bool,
    /// `bearer` for a code, and no type at all for a refresh token.
    pub lower_case_bearer_missing_token_type: bool,
    /// The token endpoint says no with a page.
    pub error_as_html: bool,
    /// Refreshes go to `/refresh`, and nowhere else.
    pub separate_refresh_endpoint: bool,
    /// A refresh has to name the redirect URI of the sign-in.
    pub wants_redirect_uri_on_refresh: bool,
    /// Clients that prove themselves by HTTP Basic are refused.
    pub rejects_basic: bool,
    /// Clients that prove themselves in the body are refused.
    pub rejects_post: bool,

    // Instead of a token answer; the request has no effect.
    /// Waits this long before looking at a token request.
    pub answers_slowly: Option<Duration>,
    pub never_answers: bool,
    pub answers_status: Option<StatusAnswer>,
    pub answers_200_with_an_error: Option<ErrorShape>,
    pub answers_html: bool,
    pub answers_endlessly: bool,
    /// So many bytes of blanks.
    pub answers_huge: Option<u64>,
    /// 307 to this address.
    pub redirects_to: Option<String>,

    /// A refresh takes effect, and then the connection is closed without an answer [A5].
    pub drops_answer_after_rotating: bool,

    // The authorization endpoint.
    /// `iss` of the redirect names another server (RFC 9207).
    pub wrong_issuer: bool,
    pub wrong_state: bool,
    pub denies_consent: bool,
    /// The browser brings the access token itself, in the fragment of the address (RFC 6749 §4.2.2).
    pub token_in_fragment: bool,
    /// A redirect URI has to be https, on loopback too.
    pub refuses_http_loopback: bool,
    /// The answer names the tenant, as `tenant_id`.
    pub answer_carries_tenant: bool,

    // Everywhere else.
    /// Shifts the `Date` header and the times of id tokens.
    pub clock_is_off_by: SignedDuration,
    /// Discovery names this issuer.
    pub discovers_another_issuer: Option<String>,
    pub api_rejects: Option<ApiRejection>,
    /// A call of the files with this method takes effect and is never answered: `POST`.
    pub never_answers_files: Option<String>,
    /// A file stays, whoever wants it gone.
    pub keeps_files: bool,
    /// A file's removal is answered as done, and the file stays.
    pub keeps_files_with_204: bool,
    /// The revocation endpoint answers this status and revokes nothing.
    pub revocation_answers: Option<u16>,
    /// The revocation endpoint answers 200 and revokes nothing.
    pub revokes_nothing_with_200: bool,
    /// A revocation ends refreshing; access tokens live on until they expire.
    pub revocation_leaves_access_token: bool,
    pub revocation_refuses_public_clients: bool,
    /// A revocation ends every grant of the account at this client.
    pub revocation_ends_all_grants: bool,
    /// The played file's error signature with this index, from 0, is answered where it belongs.
    pub answers_signature: Option<usize>,
    /// This cause is brought about, where it shows.
    pub stages: Option<StagedCause>,

    /// All switches go back after so many token requests; `None` = they stay.
    pub for_token_requests: Option<u32>,
}

/// What stands behind `expires_in` in a token answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiresIn {
    /// The true lifetime, in seconds.
    #[default]
    True,
    /// This, whatever it is.
    Raw(serde_json::Value),
    Omitted,
}

/// A bare HTTP error of the token endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusAnswer {
    pub status: u16,
    /// The `Retry-After` header: seconds or an HTTP date, as it is written here.
    #[serde(default)]
    pub retry_after: Option<String>,
    /// The error that the body names, and its description; `temporarily_unavailable` where none is.
    #[serde(default)]
    pub says: Option<(String, String)>,
}

/// The shape of an error that hides behind 200 [B8].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorShape {
    /// `{"ok": false, "error": …}`
    OkFalse(String),
    /// `{"error": …, "error_description": …}`
    OAuth(String),
}

/// How protected resources refuse every token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiRejection {
    /// 401
    InvalidToken,
    /// 403
    InsufficientScope,
    /// 429, with `Retry-After` as written here.
    TooManyRequests { retry_after: Option<String> },
}

impl Default for Faults {
    fn default() -> Faults {
        Faults {
            refuses_refresh: false,
            reuse_kills_grant: true,
            rotates_refresh_tokens: true,
            rotation_grace: Duration::ZERO,
            access_token_lifetime: Duration::from_secs(3600),
            refresh_token_lifetime: None,
            no_refresh_token: false,
            wants_offline_access: false,
            live_grants: None,
            code_lifetime: None,
            grants_fewer_scopes: None,
            expires_in: ExpiresIn::True,
            token_type: None,
            malformed_token_answer: None,
            wants_json_bodies: false,
            scope_with_commas: false,
            answers_form_encoded: false,
            nested_token_answer: false,
            lower_case_bearer_missing_token_type: false,
            error_as_html: false,
            separate_refresh_endpoint: false,
            wants_redirect_uri_on_refresh: false,
            rejects_basic: false,
            rejects_post: false,
            answers_slowly: None,
            never_answers: false,
            answers_status: None,
            answers_200_with_an_error: None,
            answers_html: false,
            answers_endlessly: false,
            answers_huge: None,
            redirects_to: None,
            drops_answer_after_rotating: false,
            wrong_issuer: false,
            wrong_state: false,
            denies_consent: false,
            token_in_fragment: false,
            refuses_http_loopback: false,
            answer_carries_tenant: false,
            clock_is_off_by: SignedDuration::ZERO,
            discovers_another_issuer: None,
            api_rejects: None,
            never_answers_files: None,
            keeps_files: false,
            keeps_files_with_204: false,
            revocation_answers: None,
            revokes_nothing_with_200: false,
            revocation_leaves_access_token: false,
            revocation_refuses_public_clients: false,
            revocation_ends_all_grants: false,
            answers_signature: None,
            stages: None,
            for_token_requests: None,
        }
    }
}

/// The same in words: `Faults::default().refuses_refresh().answers_slowly(…)`.
impl Faults {
    pub fn refuses_refresh(self) -> Faults {
        Faults { refuses_refresh: true, ..self }
    }

    pub fn tolerates_reuse(self) -> Faults {
        Faults { reuse_kills_grant: false, ..self }
    }

    pub fn keeps_refresh_tokens(self) -> Faults {
        Faults { rotates_refresh_tokens: false, ..self }
    }

    pub fn rotation_grace(self, grace: Duration) -> Faults {
        Faults { rotation_grace: grace, ..self }
    }

    pub fn access_token_lifetime(self, lifetime: Duration) -> Faults {
        Faults { access_token_lifetime: lifetime, ..self }
    }

    pub fn refresh_token_lifetime(self, lifetime: Duration) -> Faults {
        Faults { refresh_token_lifetime: Some(lifetime), ..self }
    }

    pub fn no_refresh_token(self) -> Faults {
        Faults { no_refresh_token: true, ..self }
    }

    pub fn wants_offline_access(self) -> Faults {
        Faults { wants_offline_access: true, ..self }
    }

    pub fn grants_fewer_scopes<S: Into<String>>(self, scopes: impl IntoIterator<Item = S>) -> Faults {
        let scopes = scopes.into_iter().map(Into::into).collect();
        Faults { grants_fewer_scopes: Some(scopes), ..self }
    }

    /// `"3600000"` is sent as a string, `0` as a number.
    pub fn expires_in(self, raw: impl Into<serde_json::Value>) -> Faults {
        Faults { expires_in: ExpiresIn::Raw(raw.into()), ..self }
    }

    pub fn omits_expires_in(self) -> Faults {
        Faults { expires_in: ExpiresIn::Omitted, ..self }
    }

    pub fn token_type(self, token_type: impl Into<String>) -> Faults {
        Faults { token_type: Some(token_type.into()), ..self }
    }

    pub fn malformed_token_answer(self, body: impl Into<String>) -> Faults {
        Faults { malformed_token_answer: Some(body.into()), ..self }
    }

    pub fn wants_json_bodies(self) -> Faults {
        Faults { wants_json_bodies: true, ..self }
    }

    pub fn answers_slowly(self, delay: Duration) -> Faults {
        Faults { answers_slowly: Some(delay), ..self }
    }

    pub fn never_answers(self) -> Faults {
        Faults { never_answers: true, ..self }
    }

    pub fn answers_status(self, status: u16) -> Faults {
        Faults { answers_status: Some(StatusAnswer { status, retry_after: None, says: None }), ..self }
    }

    /// Adds `Retry-After` to `answers_status` (429 where no status was chosen).
    pub fn retry_after(self, retry_after: impl Into<String>) -> Faults {
        let answer = self.answers_status.unwrap_or(StatusAnswer { status: 429, retry_after: None, says: None });
        Faults { answers_status: Some(StatusAnswer { retry_after: Some(retry_after.into()), ..answer }), ..self }
    }

    /// `answers_status`, with a body that names an error of its own: a status that lies.
    pub fn answers_status_saying(self, status: u16, error: &str, description: &str) -> Faults {
        let says = Some((error.to_owned(), description.to_owned()));
        Faults { answers_status: Some(StatusAnswer { status, retry_after: None, says }), ..self }
    }

    pub fn answers_200_with_an_error(self, shape: ErrorShape) -> Faults {
        Faults { answers_200_with_an_error: Some(shape), ..self }
    }

    pub fn answers_html(self) -> Faults {
        Faults { answers_html: true, ..self }
    }

    pub fn answers_endlessly(self) -> Faults {
        Faults { answers_endlessly: true, ..self }
    }

    pub fn answers_huge(self, bytes: u64) -> Faults {
        Faults { answers_huge: Some(bytes), ..self }
    }

    pub fn redirects_to(self, url: impl Into<String>) -> Faults {
        Faults { redirects_to: Some(url.into()), ..self }
    }

    pub fn drops_answer_after_rotating(self) -> Faults {
        Faults { drops_answer_after_rotating: true, ..self }
    }

    pub fn wrong_issuer(self) -> Faults {
        Faults { wrong_issuer: true, ..self }
    }

    pub fn wrong_state(self) -> Faults {
        Faults { wrong_state: true, ..self }
    }

    pub fn denies_consent(self) -> Faults {
        Faults { denies_consent: true, ..self }
    }

    pub fn clock_is_off_by(self, offset: SignedDuration) -> Faults {
        Faults { clock_is_off_by: offset, ..self }
    }

    pub fn discovers_another_issuer(self, issuer: impl Into<String>) -> Faults {
        Faults { discovers_another_issuer: Some(issuer.into()), ..self }
    }

    pub fn api_rejects(self, rejection: ApiRejection) -> Faults {
        Faults { api_rejects: Some(rejection), ..self }
    }

    pub fn revocation_answers(self, status: u16) -> Faults {
        Faults { revocation_answers: Some(status), ..self }
    }

    pub fn revokes_nothing_with_200(self) -> Faults {
        Faults { revokes_nothing_with_200: true, ..self }
    }

    pub fn revocation_leaves_access_token(self) -> Faults {
        Faults { revocation_leaves_access_token: true, ..self }
    }

    pub fn revocation_refuses_public_clients(self) -> Faults {
        Faults { revocation_refuses_public_clients: true, ..self }
    }

    pub fn for_token_requests(self, count: u32) -> Faults {
        Faults { for_token_requests: Some(count), ..self }
    }
}
