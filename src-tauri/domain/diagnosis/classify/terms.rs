//! The things and events that failures speak of, and sets of them [C2].

macro_rules! terms {
    ($($(#[$doc:meta])* $term:ident),+ $(,)?) => {
        /// One idea, in whatever language and words.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub(super) enum Term { $($(#[$doc])* $term),+ }

        impl Term {
            #[cfg(test)]
            pub(super) const ALL: &'static [Self] = &[$(Self::$term),+];
        }
    };
}

terms! {
    // What is spoken of.
    RefreshToken, AccessToken, Token, Session, Code, Verifier, ClientId, Client, Secret, App, User, Scope, Permission,
    Consent, Redirect, Resource, Ip, Organisation, Admin, Policy, Tenant, Audience, TokenKind, Api, GrantType,
    Grant, Parameter, Header, Password, Plan, Assertion, Credentials, State,
    // What is said of it.
    Expired, Revoked, Invalid, NotFound, Missing, NotHeld, Denied, NotAllowed, Disabled, NotActive, Reused, Mismatch,
    NotRegistered, Unsupported, Exceeded, Malformed, NotEnabled, Changed, NotGranted,
    // Whole statements.
    Clock, NotYetValid, Sso, Mfa, Interaction, Rate, Retry, Outage, Approval, Share, NotAccessible, Cancelled, Blocked,
    NotAssigned, NoCredential, Unauthenticated, OtherAccount, EnableApi, Deauthorised, UserOrAdmin, Or, Boilerplate,
    TokenLimit, Portal, AccountOver, Upgrade, Place, Retired, OfNow,
    TestingOnly, MustBe, ForAnother, OwnRole, Setup, SsoToken, OfflineAccess,
    // What validators, runtimes and older protocols speak of.
    RequestSignature, Nonce, SigningKey, ByName, WrongType, Lifetime, ApiKey, Absent, Certificate,
    // What stands between a good credential and its use.
    DeveloperToken, Lapsed, Deed, Address, ApiUse, Suspended, Role, AllowList, ToldToSignIn, Trust, TokenSeen,
    Unfetched, PageToken, Relayed,
}

/// A set of terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Terms(u128);

impl Terms {
    pub(super) const NONE: Self = Self(0);

    pub(super) const fn of(terms: &[Term]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < terms.len() {
            bits |= 1 << terms[at] as u8;
            at += 1;
        }
        Self(bits)
    }

    pub(super) const fn and(self, term: Term) -> Self {
        Self(self.0 | 1 << term as u8)
    }

    pub(super) fn union(all: &[Self]) -> Self {
        Self(all.iter().fold(0, |bits, it| bits | it.0))
    }

    pub(super) fn add(&mut self, term: Term) {
        self.0 |= 1 << term as u8;
    }

    pub(super) fn has(self, term: Term) -> bool {
        self.0 & (1 << term as u8) != 0
    }

    pub(super) const fn has_any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    #[cfg(test)]
    #[must_use]
    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}
