//! What to do about a refresh token that did not come [B10].

use domain::token::durability::{RefreshTokenWay, refresh_token_way};
use engine::flows::overview::ConnectionOverview;

/// The advice, up to the command that follows it. What was done already is not advised again.
pub(crate) fn way(overview: &ConnectionOverview) -> String {
    let provider = &overview.provider.name;
    match refresh_token_way(&overview.connection, &overview.provider.refresh) {
        RefreshTokenWay::AskForOfflineAccess => {
            "Offline access was not asked for; a reconnect that asks for it makes it last:".to_owned()
        }
        RefreshTokenWay::AllowOfflineAccess => {
            "Offline access was asked for and not granted; reconnect, and allow it:".to_owned()
        }
        RefreshTokenWay::GrantedInVain => format!(
            "Offline access was granted, yet no refresh token came: the settings at {provider} decide that. A reconnect brings as much time again:"
        ),
        RefreshTokenWay::ClientSetting => {
            format!(
                "A setting of the client at {provider} decides that; switch refresh tokens on there, then reconnect:"
            )
        }
        RefreshTokenWay::NewConsent => format!("{provider} issues one with a consent; reconnect, and agree again:"),
        RefreshTokenWay::NotOffered => {
            format!("{provider} issues none; a reconnect brings as much time again:")
        }
    }
}
