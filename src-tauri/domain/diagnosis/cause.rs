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

impl CauseLabel {
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
            Self::ExpiresInInvalid => &[A::ContactProvider],
            Self::RefreshTokenMissing
            | Self::RefreshTokenExpired
            | Self::RefreshTokenReused
            | Self::RefreshTokenLimitExceeded
            | Self::GrantRevoked
            | Self::GrantInvalid
            | Self::StateMismatch
            | Self::ClockSkew
            | Self::NoFailure => &[],
        };
        action == self.usual_action() || others.contains(&action)
    }

    /// Whether time alone may cure it [B4].
    pub fn is_transient(self) -> bool {
        matches!(self, Self::RateLimited | Self::ProviderOutage | Self::NetworkFailure)
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
