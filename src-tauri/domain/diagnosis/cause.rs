//! Every cause we tell apart, and what a person or program does next [C2].

macro_rules! labels {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The label as everything outside writes it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Takes a label back.
            pub fn from_text(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

labels! {
    /// Why something failed.
    CauseLabel {
        AccessTokenExpired = "access_token_expired",
        AccessTokenInvalid = "access_token_invalid",
        RefreshTokenMissing = "refresh_token_missing",
        RefreshTokenExpired = "refresh_token_expired",
        RefreshTokenReused = "refresh_token_reused",
        RefreshTokenLimitExceeded = "refresh_token_limit_exceeded",
        GrantRevoked = "grant_revoked",
        /// Refused as an invalid grant, and nothing tells the special cases apart.
        GrantInvalid = "grant_invalid",
        AuthorizationCodeInvalid = "authorization_code_invalid",
        InsufficientScope = "insufficient_scope",
        InvalidScopeRequest = "invalid_scope_request",
        ConsentRequired = "consent_required",
        WrongTenantOrAccount = "wrong_tenant_or_account",
        ResourceNotShared = "resource_not_shared",
        AdminPolicyRestriction = "admin_policy_restriction",
        InteractionRequired = "interaction_required",
        SsoRequired = "sso_required",
        IpRestricted = "ip_restricted",
        AccountDisabled = "account_disabled",
        UserDeniedConsent = "user_denied_consent",
        AppNotApproved = "app_not_approved",
        ClientCredentialsMismatch = "client_credentials_mismatch",
        RedirectUriMismatch = "redirect_uri_mismatch",
        PkceFailure = "pkce_failure",
        StateMismatch = "state_mismatch",
        UnsupportedGrant = "unsupported_grant",
        MalformedTokenRequest = "malformed_token_request",
        MalformedApiRequest = "malformed_api_request",
        TokenAudienceMismatch = "token_audience_mismatch",
        ApiNotEnabled = "api_not_enabled",
        ClockSkew = "clock_skew",
        RateLimited = "rate_limited",
        ProviderOutage = "provider_outage",
        NetworkFailure = "network_failure",
        ExpiresInInvalid = "expires_in_invalid",
        NoFailure = "no_failure",
    }
}

labels! {
    /// The one next best action.
    ActionLabel {
        WaitAndRetry = "wait_and_retry",
        Refresh = "refresh",
        Reconnect = "reconnect",
        ReconnectWithMoreScopes = "reconnect_with_more_scopes",
        ReconnectOtherAccount = "reconnect_other_account",
        ShareResource = "share_resource",
        AskAdmin = "ask_admin",
        FixClientConfig = "fix_client_config",
        FixRequest = "fix_request",
        FixClock = "fix_clock",
        ContactProvider = "contact_provider",
        None = "none",
    }
}

impl ActionLabel {
    /// Whether a person has to do it: time and Patchbay do the rest.
    pub fn is_for_person(self) -> bool {
        !matches!(self, Self::WaitAndRetry | Self::Refresh | Self::None)
    }

    /// Whether a sign-in is what helps.
    pub fn is_reconnect(self) -> bool {
        matches!(self, Self::Reconnect | Self::ReconnectWithMoreScopes | Self::ReconnectOtherAccount)
    }
}

impl CauseLabel {
    /// Two or three words for a person: the same wherever it is named.
    pub fn words(self) -> &'static str {
        match self {
            Self::AccessTokenExpired => "token expired",
            Self::AccessTokenInvalid => "token rejected",
            Self::RefreshTokenMissing => "no refresh token",
            Self::RefreshTokenExpired => "grant aged out",
            Self::RefreshTokenReused => "token superseded",
            Self::RefreshTokenLimitExceeded => "too many grants",
            Self::GrantRevoked => "grant revoked",
            Self::GrantInvalid => "grant refused",
            Self::AuthorizationCodeInvalid => "code refused",
            Self::InsufficientScope => "scope missing",
            Self::InvalidScopeRequest => "scope unknown",
            Self::ConsentRequired => "consent missing",
            Self::WrongTenantOrAccount => "other account",
            Self::ResourceNotShared => "not shared",
            Self::AdminPolicyRestriction => "blocked by policy",
            Self::InteractionRequired => "sign-in wanted",
            Self::SsoRequired => "single sign-on",
            Self::IpRestricted => "network refused",
            Self::AccountDisabled => "account disabled",
            Self::UserDeniedConsent => "consent refused",
            Self::AppNotApproved => "client not approved",
            Self::ClientCredentialsMismatch => "client refused",
            Self::RedirectUriMismatch => "redirect URI differs",
            Self::PkceFailure => "PKCE failed",
            Self::StateMismatch => "answer not ours",
            Self::UnsupportedGrant => "grant type refused",
            Self::MalformedTokenRequest => "request refused",
            Self::MalformedApiRequest => "call refused",
            Self::TokenAudienceMismatch => "wrong kind of token",
            Self::ApiNotEnabled => "API not enabled",
            Self::ClockSkew => "clock is off",
            Self::RateLimited => "rate limit",
            Self::ProviderOutage => "provider down",
            Self::NetworkFailure => "no answer",
            Self::ExpiresInInvalid => "odd lifetime",
            Self::NoFailure => "no failure",
        }
    }

    /// What usually helps.
    pub fn usual_action(self) -> ActionLabel {
        match self {
            Self::AccessTokenExpired | Self::AccessTokenInvalid => ActionLabel::Refresh,
            Self::RefreshTokenMissing
            | Self::RefreshTokenExpired
            | Self::RefreshTokenReused
            | Self::RefreshTokenLimitExceeded
            | Self::GrantRevoked
            | Self::GrantInvalid
            | Self::AuthorizationCodeInvalid
            | Self::ConsentRequired
            | Self::InteractionRequired
            | Self::SsoRequired
            | Self::UserDeniedConsent
            | Self::StateMismatch => ActionLabel::Reconnect,
            Self::InsufficientScope => ActionLabel::ReconnectWithMoreScopes,
            Self::WrongTenantOrAccount => ActionLabel::ReconnectOtherAccount,
            Self::ResourceNotShared => ActionLabel::ShareResource,
            Self::AdminPolicyRestriction | Self::IpRestricted | Self::AccountDisabled => ActionLabel::AskAdmin,
            Self::InvalidScopeRequest
            | Self::ClientCredentialsMismatch
            | Self::RedirectUriMismatch
            | Self::UnsupportedGrant
            | Self::ApiNotEnabled => ActionLabel::FixClientConfig,
            Self::PkceFailure
            | Self::MalformedTokenRequest
            | Self::MalformedApiRequest
            | Self::TokenAudienceMismatch => ActionLabel::FixRequest,
            Self::AppNotApproved => ActionLabel::ContactProvider,
            Self::ClockSkew => ActionLabel::FixClock,
            Self::RateLimited | Self::ProviderOutage | Self::NetworkFailure => ActionLabel::WaitAndRetry,
            Self::ExpiresInInvalid | Self::NoFailure => ActionLabel::None,
        }
    }

    /// Whether an action can be advised for it: none that harms, and none that cannot help [C2].
    pub fn allows(self, action: ActionLabel) -> bool {
        use ActionLabel as A;
        let others: &[ActionLabel] = match self {
            Self::AccessTokenExpired => &[A::Reconnect],
            Self::AccessTokenInvalid => {
                &[A::Reconnect, A::ReconnectOtherAccount, A::ReconnectWithMoreScopes, A::FixRequest]
            }
            Self::AuthorizationCodeInvalid => &[A::FixRequest],
            Self::InsufficientScope => &[A::FixClientConfig, A::AskAdmin, A::ContactProvider],
            Self::InvalidScopeRequest => &[A::FixRequest],
            Self::ConsentRequired => &[A::AskAdmin, A::ReconnectWithMoreScopes],
            Self::WrongTenantOrAccount => &[A::FixRequest, A::FixClientConfig, A::AskAdmin, A::Reconnect],
            Self::ResourceNotShared => &[A::AskAdmin, A::FixRequest],
            Self::AdminPolicyRestriction => &[A::ContactProvider],
            Self::InteractionRequired | Self::SsoRequired => &[A::AskAdmin],
            Self::IpRestricted => &[A::FixRequest, A::FixClientConfig],
            Self::AccountDisabled => &[A::ReconnectOtherAccount, A::ContactProvider],
            Self::UserDeniedConsent => &[A::None],
            Self::AppNotApproved => &[A::Reconnect, A::FixClientConfig, A::AskAdmin],
            Self::ClientCredentialsMismatch => &[A::AskAdmin, A::ContactProvider],
            Self::RedirectUriMismatch | Self::UnsupportedGrant => &[A::FixRequest],
            Self::PkceFailure => &[A::Reconnect],
            Self::MalformedTokenRequest => &[A::FixClientConfig],
            Self::MalformedApiRequest => &[A::Refresh],
            Self::TokenAudienceMismatch => &[A::FixClientConfig, A::Reconnect],
            Self::ApiNotEnabled => &[A::ContactProvider, A::AskAdmin],
            Self::RateLimited | Self::ProviderOutage => &[A::ContactProvider],
            Self::NetworkFailure => &[A::AskAdmin, A::ContactProvider],
            // The wrong clock may be theirs.
            Self::ClockSkew => &[A::ContactProvider],
            Self::ExpiresInInvalid => &[A::ContactProvider],
            Self::RefreshTokenMissing
            | Self::RefreshTokenExpired
            | Self::RefreshTokenReused
            | Self::RefreshTokenLimitExceeded
            | Self::GrantRevoked
            | Self::GrantInvalid
            | Self::StateMismatch
            | Self::NoFailure => &[],
        };
        action == self.usual_action() || others.contains(&action)
    }

    /// Whether time alone may cure it [B4].
    pub fn is_transient(self) -> bool {
        matches!(self, Self::RateLimited | Self::ProviderOutage | Self::NetworkFailure)
    }

    /// Whether somebody else may lift it, and the stored refresh token works again then.
    pub fn is_block(self) -> bool {
        matches!(self, Self::AccountDisabled | Self::AdminPolicyRestriction)
    }

    /// Whether, at the token endpoint, it means that the stored refresh token will never work again [B5].
    pub fn ends_the_grant(self) -> bool {
        matches!(
            self,
            Self::RefreshTokenMissing
                | Self::RefreshTokenExpired
                | Self::RefreshTokenReused
                | Self::RefreshTokenLimitExceeded
                | Self::GrantRevoked
                | Self::GrantInvalid
                | Self::ConsentRequired
                | Self::InteractionRequired
                | Self::SsoRequired
                | Self::AccountDisabled
                | Self::AdminPolicyRestriction
        )
    }
}
