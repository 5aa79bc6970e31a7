//! What to do about a refresh token that did not come [B10], and what is said of one that could not be told [S059].

use domain::Fingerprint;
use domain::connection::Connection;
use domain::token::durability::{RefreshTokenWay, refresh_token_way};
use domain::token::{TokenDefect, TokenFacts};
use engine::Engine;
use engine::flows::left_refresh_tokens::LeftRefreshTokens;
use engine::flows::overview::ConnectionOverview;

use super::counted;

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

/// The same of a connection as it is now, told wherever its token is spoken of.
pub(crate) fn warning_of(engine: &Engine, connection: &Connection) -> Option<String> {
    let about = engine.left_refresh_tokens(connection).ok().flatten()?;
    warning(connection.token.as_ref()?, &about)
}

/// What an answer that brought more refresh tokens than one, or none that can be told, leaves open: what came by its
/// fingerprint, and what is kept.
pub(crate) fn warning(token: &TokenFacts, about: &LeftRefreshTokens) -> Option<String> {
    let LeftRefreshTokens { is_rotated, left } = about;
    let kept = token.refresh_fingerprint.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
    let named: Vec<_> = left.iter().map(Fingerprint::as_str).collect();
    let named = named.join(", ");
    let has = |defect| token.defects.contains(&defect);
    if has(TokenDefect::RefreshTokenUnclear) || has(TokenDefect::RefreshTokenUnusable) {
        let came = match left.len() {
            0 => "A new refresh token seems to have come, and cannot be read for sure.".to_owned(),
            1 => format!("A new refresh token seems to have come ({named}), and cannot be read for sure."),
            count => {
                format!("The answer held {count} new refresh tokens ({named}), and which one counts cannot be told.")
            }
        };
        return Some(format!(
            "{came} The one that was sent{kept} is kept, and is perhaps spent: the next refresh finds out."
        ));
    }
    if left.is_empty() {
        return None;
    }
    let others = match left.len() {
        1 => format!("Another refresh token came with it ({named}), and was left."),
        count => format!("{} came with it ({named}), and were left.", counted(count, "other refresh token")),
    };
    let which = if *is_rotated { "The new one" } else { "The one that was sent" };
    Some(format!("{others} {which}{kept} is kept; the next refresh shows whether it is the right one."))
}
