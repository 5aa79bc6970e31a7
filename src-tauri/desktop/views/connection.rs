//! One connection in full: the four answers, clocks, scopes, dependants, lineage [A6, B1, B7, C4, D1].

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ActionView, ConnectionRowView, EventView, Millis, ProofKindView, ShortfallView};

/// Everything the connection page draws.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ConnectionView {
    pub row: ConnectionRowView,
    pub grant_clock: GrantClockView,
    pub client_id: String,
    pub client_name: String,
    pub issuer: Option<String>,
    pub token_endpoint: String,
    pub account_kind: Option<String>,
    pub subject: Option<String>,
    pub answers: FourAnswersView,
    pub token: TokenView,
    pub durability: DurabilityView,
    pub scopes: Vec<ScopeView>,
    pub has_no_scopes: bool,
    pub actions: Vec<ActionView>,
    /// Null: everything asked for is granted.
    pub shortfall: Option<ShortfallView>,
    /// Scopes granted before are kept: only further ones have to be asked for.
    pub keeps_granted: bool,
    pub dependants: Vec<DependantView>,
    pub lineage: Vec<TokenVersionView>,
    pub events: Vec<EventView>,
    pub automatic_refresh: bool,
    pub can_refresh: bool,
    /// The provider's harmless calls, by what each does; none: the catalogue knows none.
    pub checks: Vec<String>,
    pub binding: BindingView,
    /// What a person wrote beside it, line by line.
    pub note: Option<String>,
    /// Who answers for it, as a person said.
    pub owner: Option<String>,
    pub created_at: Millis,
    pub connected_at: Option<Millis>,
}

/// What the grant is bound to beyond its account.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct BindingView {
    /// The one API its tokens are for (RFC 8707). Null: the provider decides.
    pub resource: Option<String>,
    /// The key its tokens are bound to (RFC 9449), by its thumbprint (RFC 7638). Null: whoever holds one can use it.
    pub dpop_thumbprint: Option<String>,
    /// Where the MCP server listens that this is a connection to.
    pub mcp_server: Option<String>,
}

/// Four different questions, always shown as four [A6].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct FourAnswersView {
    pub signed_in: SignedInView,
    pub authorised: AuthorisedView,
    pub usable_now: UsableNowView,
    pub allowed: AllowedView,
}

/// Yes, no, in part, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MarkView {
    Yes,
    No,
    InPart,
    NotKnown,
}

/// Is it the right account?
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct SignedInView {
    pub mark: MarkView,
    pub account: Option<String>,
    pub checked_at: Option<Millis>,
}

/// Does the grant live?
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct AuthorisedView {
    pub mark: MarkView,
    pub granted_at: Option<Millis>,
    pub ends_at: Option<Millis>,
    pub cause: Option<CauseView>,
}

/// Would a call work this minute?
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct UsableNowView {
    pub mark: MarkView,
    pub proved_at: Option<Millis>,
    pub proved_by: Option<ProofKindView>,
    pub latency_ms: Option<u32>,
    pub cause: Option<CauseView>,
}

/// Were all scopes that were asked for granted?
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct AllowedView {
    pub mark: MarkView,
    pub granted_count: u32,
    pub requested_count: u32,
    pub missing: Vec<String>,
}

/// The access token's clock.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct TokenView {
    pub version: u32,
    pub issued_at: Option<Millis>,
    pub expiry: super::ExpiryView,
    /// When it is renewed by itself. Null: when it is next needed, or never; a grant's keep-alive is no token's.
    pub refresh_at: Option<Millis>,
    pub last_refresh_at: Option<Millis>,
    pub last_refresh_ms: Option<u32>,
    /// What was odd about the last token answer [B7].
    pub defects: Vec<TokenDefectView>,
}

/// An odd thing in a token answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TokenDefectView {
    ExpiresInIsText,
    ExpiresInIsMilliseconds,
    ExpiresInIsZero,
    ExpiresInIsNegative,
    ExpiresInIsAbsurd,
    ExpiresInIsNotANumber,
    TokenTypeMissing,
    TokenTypeOdd,
    ScopeIsAList,
    DuplicateField,
    WrongContentType,
    RefreshTokenUnusable,
    OtherRefreshToken,
    RefreshTokenUnclear,
    IdTokenUnusable,
    ErrorStatus,
    OddEnvelope,
    OddFieldNames,
}

/// Why a refresh was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RefreshReasonView {
    Scheduled,
    KeepAlive,
    Person,
    Needed,
    Rejected,
    Recovery,
}

/// When the grant itself dies, how sure that is, and why [B11].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct GrantClockView {
    pub granted_at: Option<Millis>,
    /// Null: no end is known, or refreshing moves it.
    pub ends_at: Option<Millis>,
    /// It dies when unused for so long.
    #[ts(type = "number | null")]
    pub idle_ms: Option<u64>,
    pub confidence: ConfidenceView,
    pub reason: ForecastReasonView,
    /// When it is refreshed for no other reason than to keep it from dying unused.
    pub keep_alive_at: Option<Millis>,
    /// The end was stated with the first token, and no refresh has shown yet whether it moves.
    pub may_move: bool,
}

/// How sure a forecast is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ConfidenceView {
    /// The provider said so of this grant.
    Stated,
    /// The provider's documented policy.
    Documented,
    /// Nobody said so: it was seen here, of this grant or of earlier ones.
    Observed,
    NotKnown,
}

/// What a forecast rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ForecastReasonView {
    NoRefreshToken,
    RefreshTokenEnds,
    AbsoluteLife,
    IdleLife,
    TestingMode,
    EarlierGrants,
    NothingKnown,
}

/// Fragile or durable [B10].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DurabilityView {
    /// A refresh token renews it.
    Durable,
    /// No refresh token, and the access token expires.
    Fragile,
    /// The access token does not expire, so nothing needs to renew it.
    Everlasting,
    Unknown,
}

/// One scope: asked for, granted, or both [C4].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ScopeView {
    pub scope: String,
    /// What it allows, where the catalogue knows.
    pub allows: Option<String>,
    /// Actions that were wished, and checks, that need it.
    pub required_by: Vec<String>,
    pub is_requested: bool,
    pub is_granted: bool,
}

/// A workflow that leans on this connection [D1].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct DependantView {
    pub id: String,
    pub workflow: String,
    pub place: String,
    pub step: Option<String>,
    pub owner: Option<String>,
    pub provenance: ProvenanceView,
    pub seen_at: Millis,
}

/// How a dependant came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProvenanceView {
    ByHand,
    TokenDoor,
}

/// A dependant as a person enters it.
#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
pub struct NewDependant {
    pub workflow: String,
    pub place: Option<String>,
    pub step: Option<String>,
    pub owner: Option<String>,
}

/// One link of the chain of tokens, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct TokenVersionView {
    pub version: u32,
    pub access_fingerprint: String,
    pub refresh_fingerprint: Option<String>,
    pub issued_at: Millis,
    pub issued_by: IssuedByView,
    /// Why it was fetched, where a refresh brought it.
    pub reason: Option<RefreshReasonView>,
    pub ended_at: Option<Millis>,
    pub state: TokenVersionStateView,
}

/// What brought a token version about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum IssuedByView {
    Connect,
    Refresh,
    Reconnect,
    Import,
}

/// What became of a token version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TokenVersionStateView {
    InUse,
    Replaced,
    /// It was sent, and no answer came back.
    ProbablySpent,
    /// The provider refused it for good.
    Refused,
    /// The keychain answered and did not hold it.
    Missing,
    Disconnected,
    /// It ran out, and nothing renews it.
    Expired,
}

/// A cause with its one next best action [C1]: the labels of the diagnosis.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct CauseView {
    /// One of the labels in `ui/src/words/causes.ts`.
    pub cause: CauseLabel,
    pub action: ActionLabel,
    /// The provider's own error code, cut and cleaned, where it sent one.
    pub provider_code: Option<String>,
    pub http_status: Option<u16>,
    /// Of a refusal that names no reason: the cause is the likeliest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub is_guess: Option<bool>,
    /// The refresh token was sent twice without a usable answer: it is probably spent, and nobody sends it by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub has_lost_answers: Option<bool>,
    /// 0 to 1, of a classified answer: a cause that needs none to look at has none of what follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub confidence: Option<f64>,
    /// What else it may be, the likeliest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub alternatives: Option<Vec<AlternativeView>>,
    /// What decided, and what speaks against the look-alikes: plain sentences.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub clues: Option<Vec<String>>,
    /// What the provider is known to mean by its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub meaning: Option<String>,
}

/// Another cause that the evidence leaves open.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct AlternativeView {
    pub cause: CauseLabel,
    /// 0 to 1.
    pub confidence: f64,
}

macro_rules! labels {
    ($(#[$doc:meta])* $name:ident { $($variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($variant),+ }

        impl From<domain::diagnosis::$name> for $name {
            fn from(value: domain::diagnosis::$name) -> Self {
                match value { $(domain::diagnosis::$name::$variant => Self::$variant),+ }
            }
        }

        impl From<$name> for domain::diagnosis::$name {
            fn from(value: $name) -> Self {
                match value { $($name::$variant => Self::$variant),+ }
            }
        }
    };
}

labels! {
    /// Every cause the diagnosis tells apart [C2].
    CauseLabel {
        AccessTokenExpired, AccessTokenInvalid, RefreshTokenMissing, RefreshTokenExpired, RefreshTokenReused,
        RefreshTokenLimitExceeded, GrantRevoked, GrantInvalid, AuthorizationCodeInvalid, InsufficientScope,
        InvalidScopeRequest, ConsentRequired, WrongTenantOrAccount, ResourceNotShared, AdminPolicyRestriction,
        InteractionRequired, SsoRequired, IpRestricted, AccountDisabled, UserDeniedConsent, AppNotApproved,
        ClientCredentialsMismatch, RedirectUriMismatch, PkceFailure, StateMismatch, UnsupportedGrant,
        MalformedTokenRequest, MalformedApiRequest, TokenAudienceMismatch, ApiNotEnabled, ClockSkew, RateLimited,
        ProviderOutage, NetworkFailure, ExpiresInInvalid, NoFailure,
    }
}

labels! {
    /// What a person or program does next.
    ActionLabel {
        WaitAndRetry, Refresh, Reconnect, ReconnectWithMoreScopes, ReconnectOtherAccount, ShareResource, AskAdmin,
        FixClientConfig, FixRequest, FixClock, ContactProvider, None,
    }
}

/// The answer to a test call [E2].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct TestCallView {
    pub is_success: bool,
    pub http_status: Option<u16>,
    pub latency_ms: u32,
    pub account: Option<String>,
    pub workspace: Option<String>,
    pub scopes: Vec<String>,
    pub request_id: Option<String>,
    /// An expired token was refreshed on the way, and the call made once more [B4].
    pub was_refreshed: bool,
    /// The account that answered is not the one this connection was made for.
    pub is_other_account: bool,
    pub cause: Option<CauseView>,
    /// What the call itself was refused with, where `cause` is of the refresh that followed.
    pub refused: Option<CauseView>,
    pub at: Millis,
    /// What was called, without query: `GET https://…/userinfo`.
    pub called: String,
}

/// What a refresh led to [B5].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RefreshView {
    Refreshed {
        version: u32,
        latency_ms: u32,
        is_rotated: bool,
    },
    /// Another task or process had just done it.
    AlreadyFresh {
        version: u32,
    },
    Failed {
        cause: CauseView,
        retry_at: Option<Millis>,
    },
    /// There is nothing to refresh with.
    NoRefreshToken,
}
