//! Token bundles: access token, refresh token, expiry, scopes, version [A4, B7].

pub mod clock_skew;
pub mod durability;
pub mod token_response;

use jiff::Timestamp;

use crate::{Secret, TokenVersion};

/// All that one token answer gave, under one version. Replaced as a whole.
///
/// It carries its own dates and scopes, so that a bundle found in the keychain after a crash can be
/// adopted whole [A5].
#[derive(Debug)]
pub struct TokenBundle {
    pub version: TokenVersion,
    pub access_token: Option<Secret>,
    pub refresh_token: Option<Secret>,
    pub issued_at: Timestamp,
    pub expiry: Expiry,
    pub refresh_token_ends_at: Option<Timestamp>,
    pub granted_scopes: Vec<String>,
    pub defects: Vec<TokenDefect>,
}

impl TokenBundle {
    /// What may be known without opening the keychain.
    pub fn facts(&self) -> TokenFacts {
        TokenFacts {
            version: self.version,
            issued_at: self.issued_at,
            expiry: self.expiry,
            has_access_token: self.access_token.is_some(),
            has_refresh_token: self.refresh_token.is_some(),
            access_fingerprint: self.access_token.as_ref().map(Secret::fingerprint),
            refresh_fingerprint: self.refresh_token.as_ref().map(Secret::fingerprint),
            defects: self.defects.clone(),
        }
    }
}

/// When an access token expires: three different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    At(Timestamp),
    /// The provider did not say, or said nonsense.
    Unknown,
    /// The provider gives tokens that do not expire.
    Never,
}

impl Expiry {
    /// Whether the token is certainly over.
    pub fn is_over(self, now: Timestamp) -> bool {
        match self {
            Self::At(at) => at <= now,
            Self::Unknown | Self::Never => false,
        }
    }
}

/// What is known of the stored bundle without opening the keychain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFacts {
    pub version: TokenVersion,
    pub issued_at: Timestamp,
    pub expiry: Expiry,
    pub has_access_token: bool,
    pub has_refresh_token: bool,
    pub access_fingerprint: Option<crate::Fingerprint>,
    pub refresh_fingerprint: Option<crate::Fingerprint>,
    pub defects: Vec<TokenDefect>,
}

impl TokenFacts {
    /// How long it was to hold when it came; `None` where nobody says.
    pub fn lifetime(&self) -> Option<jiff::SignedDuration> {
        match self.expiry {
            Expiry::At(at) => Some(at.duration_since(self.issued_at)),
            Expiry::Unknown | Expiry::Never => None,
        }
    }
}

/// An odd thing in a token answer, flagged and lived with [B7].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenDefect {
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
    /// A refresh token came that is too long, or holds what no token may: nothing renews this one.
    RefreshTokenUnusable,
    /// Another refresh token came beside the one that is kept, and was left.
    OtherRefreshToken,
    /// A new refresh token may have come that cannot be told for sure: none was taken.
    RefreshTokenUnclear,
    /// An ID token came that cannot be read, or is not meant for this client: it says nothing of whose the tokens are.
    IdTokenUnusable,
    /// A whole token answer came with the status of an error: issued is issued, and the token before it may be spent.
    ErrorStatus,
    /// The tokens stand in a list, in another object or in a page, or the answer came compressed or in UTF-16.
    OddEnvelope,
    /// The fields have other names than the standard's, though they can be told.
    OddFieldNames,
}

impl TokenDefect {
    /// Whether a new refresh token may have come that is not kept: the one before it may be spent.
    pub fn leaves_old_in_doubt(self) -> bool {
        matches!(self, Self::RefreshTokenUnusable | Self::RefreshTokenUnclear)
    }

    /// The word the database keeps.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ExpiresInIsText => "expires_in_is_text",
            Self::ExpiresInIsMilliseconds => "expires_in_is_milliseconds",
            Self::ExpiresInIsZero => "expires_in_is_zero",
            Self::ExpiresInIsNegative => "expires_in_is_negative",
            Self::ExpiresInIsAbsurd => "expires_in_is_absurd",
            Self::ExpiresInIsNotANumber => "expires_in_is_not_a_number",
            Self::TokenTypeMissing => "token_type_missing",
            Self::TokenTypeOdd => "token_type_odd",
            Self::ScopeIsAList => "scope_is_a_list",
            Self::DuplicateField => "duplicate_field",
            Self::WrongContentType => "wrong_content_type",
            Self::RefreshTokenUnusable => "refresh_token_unusable",
            Self::OtherRefreshToken => "other_refresh_token",
            Self::RefreshTokenUnclear => "refresh_token_unclear",
            Self::IdTokenUnusable => "id_token_unusable",
            Self::ErrorStatus => "error_status",
            Self::OddEnvelope => "odd_envelope",
            Self::OddFieldNames => "odd_field_names",
        }
    }

    /// Takes the word back.
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|defect| defect.as_str() == text)
    }

    const ALL: [Self; 18] = [
        Self::ExpiresInIsText,
        Self::ExpiresInIsMilliseconds,
        Self::ExpiresInIsZero,
        Self::ExpiresInIsNegative,
        Self::ExpiresInIsAbsurd,
        Self::ExpiresInIsNotANumber,
        Self::TokenTypeMissing,
        Self::TokenTypeOdd,
        Self::ScopeIsAList,
        Self::DuplicateField,
        Self::WrongContentType,
        Self::RefreshTokenUnusable,
        Self::OtherRefreshToken,
        Self::RefreshTokenUnclear,
        Self::IdTokenUnusable,
        Self::ErrorStatus,
        Self::OddEnvelope,
        Self::OddFieldNames,
    ];
}
