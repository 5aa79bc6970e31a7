//! Fragile or durable, and when the grant itself dies [B10, B11].

use std::time::Duration;

use jiff::Timestamp;

use super::Expiry;
use crate::connection::Connection;
pub use crate::lifecycle::breakage_forecast::{EndedGrant, forecast};
use crate::provider::{HowIssued, RefreshPolicy};

/// Whether a connection lasts without a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// A refresh token renews it.
    Durable,
    /// The access token ends, and nothing renews it.
    Fragile,
    /// The access token does not end.
    Everlasting,
    Unknown,
}

/// Says how durable a connection is.
pub fn durability(connection: &Connection) -> Durability {
    match &connection.token {
        None => Durability::Unknown,
        Some(token) if token.has_refresh_token => Durability::Durable,
        Some(token) => match token.expiry {
            Expiry::At(_) => Durability::Fragile,
            Expiry::Never => Durability::Everlasting,
            Expiry::Unknown => Durability::Unknown,
        },
    }
}

/// When the grant dies, as far as anyone can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantEnd {
    At(Timestamp),
    /// Dies when unused for this long; every refresh starts that span anew.
    AfterIdle(Duration),
    NotKnown,
}

/// When the grant dies, how sure that is, why, and what holds it off [B11].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantForecast {
    pub end: GrantEnd,
    pub confidence: Confidence,
    pub reason: ForecastReason,
    /// When it is refreshed for no other reason than to keep it from dying unused.
    pub keep_alive_at: Option<Timestamp>,
    /// The end was stated with the first token, and no refresh has shown yet whether it moves.
    pub may_move: bool,
}

/// How sure a forecast is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    /// The provider said so of this grant.
    Stated,
    /// The provider's documented policy.
    Documented,
    /// Nobody said so: it was seen here, of this grant or of earlier ones.
    Observed,
    NotKnown,
}

/// What a forecast rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForecastReason {
    /// The access token ends, and nothing renews it.
    NoRefreshToken,
    /// `refresh_token_expires_in` and its like.
    RefreshTokenEnds,
    AbsoluteLife,
    IdleLife,
    /// The client is still in testing at the provider.
    TestingMode,
    /// So did earlier grants of the same client.
    EarlierGrants,
    NothingKnown,
}

/// The earliest end that the provider's answer or its policy gives.
pub fn grant_end(connection: &Connection, policy: &RefreshPolicy) -> GrantEnd {
    forecast(connection, policy, &[]).end
}

/// What brings a refresh token where none came, by what was asked for, what was granted and how the provider gives
/// them [B10].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshTokenWay {
    /// Offline access was not asked for.
    AskForOfflineAccess,
    /// It was asked for and not granted.
    AllowOfflineAccess,
    /// It was granted, and none came all the same.
    GrantedInVain,
    /// A setting of the client at the provider decides.
    ClientSetting,
    /// The provider gives one with a consent.
    NewConsent,
    /// The provider gives none.
    NotOffered,
}

/// Scopes whose grant is that of a refresh token.
const OFFLINE_SCOPES: &[&str] = &["offline_access", "refresh_token"];

/// Says what to do about a refresh token that did not come.
pub fn refresh_token_way(connection: &Connection, policy: &RefreshPolicy) -> RefreshTokenWay {
    let names_offline = |scopes: &[String]| scopes.iter().any(|scope| OFFLINE_SCOPES.contains(&scope.as_str()));
    match policy.how_issued {
        HowIssued::Never => RefreshTokenWay::NotOffered,
        HowIssued::Always | HowIssued::ByParameter | HowIssued::ByScope | HowIssued::ByClientSetting
            if names_offline(&connection.scopes.granted) =>
        {
            RefreshTokenWay::GrantedInVain
        }
        HowIssued::ByScope if names_offline(&connection.scopes.requested) => RefreshTokenWay::AllowOfflineAccess,
        HowIssued::ByScope => RefreshTokenWay::AskForOfflineAccess,
        HowIssued::ByClientSetting => RefreshTokenWay::ClientSetting,
        HowIssued::Always | HowIssued::ByParameter => RefreshTokenWay::NewConsent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Scopes;
    use crate::test_values::{at_minute, connection, durable_policy};

    /// B10
    #[test]
    fn no_refresh_token_is_fragile_at_once() {
        let mut fragile = connection();
        fragile.token.as_mut().unwrap().has_refresh_token = false;

        assert_eq!(durability(&fragile), Durability::Fragile);
        assert_eq!(grant_end(&fragile, &durable_policy()), GrantEnd::At(at_minute(60)));
    }

    /// B10: nobody is told to do what was done already.
    #[test]
    fn the_way_to_a_refresh_token_is_what_has_not_been_tried() {
        let way = |how_issued, requested: &[&str], granted: &[&str]| {
            let list = |scopes: &[&str]| scopes.iter().map(|scope| (*scope).to_owned()).collect();
            let mut fragile = connection();
            fragile.scopes = Scopes { requested: list(requested), granted: list(granted) };
            refresh_token_way(&fragile, &RefreshPolicy { how_issued, ..durable_policy() })
        };
        let offline = &["openid", "offline_access"];

        assert_eq!(way(HowIssued::ByScope, &["openid"], &["openid"]), RefreshTokenWay::AskForOfflineAccess);
        assert_eq!(way(HowIssued::ByScope, offline, &["openid"]), RefreshTokenWay::AllowOfflineAccess);
        assert_eq!(way(HowIssued::ByScope, offline, offline), RefreshTokenWay::GrantedInVain);
        assert_eq!(way(HowIssued::ByScope, &["refresh_token"], &["refresh_token"]), RefreshTokenWay::GrantedInVain);
        assert_eq!(way(HowIssued::ByClientSetting, &["repo"], &["repo"]), RefreshTokenWay::ClientSetting);
        assert_eq!(way(HowIssued::ByParameter, &["drive"], &["drive"]), RefreshTokenWay::NewConsent);
        assert_eq!(way(HowIssued::Never, offline, offline), RefreshTokenWay::NotOffered);
    }

    /// B11
    #[test]
    fn an_idle_limit_is_kept_off_by_refreshing_and_bites_when_that_is_off() {
        let idle = Duration::from_secs(3600);
        let policy = RefreshPolicy { idle_life: Some(idle), ..durable_policy() };
        let mut off = connection();
        off.automatic_refresh = false;

        assert_eq!(grant_end(&connection(), &policy), GrantEnd::AfterIdle(idle));
        assert_eq!(grant_end(&off, &policy), GrantEnd::At(at_minute(60)));
    }
}
