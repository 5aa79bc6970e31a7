//! Lets a request at a protected resource in, or refuses it as RFC 6750 says [A6, B4, C2].

use axum::http::{HeaderMap, StatusCode, header};

use crate::accounts::PracticeAccount;
use crate::faults::ApiRejection;
use crate::grants::Found;
use crate::log::{LogEntry, TokenRole};
use crate::mending::Mending;
use crate::pages::UNLISTED_SCOPE;
use crate::provider::Provider;
use crate::refusal::Refusal;
use crate::staging::Asked;
use crate::tokens::TokenHash;

/// Who stands behind an accepted access token, and what it may do.
pub(crate) struct Bearer {
    pub(crate) account: PracticeAccount,
    pub(crate) scopes: Vec<String>,
}

impl Bearer {
    pub(crate) fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }
}

/// Checks the access token, then the scope.
pub(crate) fn admit(
    provider: &Provider,
    headers: &HeaderMap,
    scope: &str,
    entry: &LogEntry,
) -> Result<Bearer, Refusal> {
    let hash = TokenHash::of(presented(headers)?);
    entry.token(TokenRole::Presented, &hash);
    let invalid = |description| Refusal::resource(StatusCode::UNAUTHORIZED, "invalid_token", description);

    match provider.faults().api_rejects {
        None => {}
        Some(ApiRejection::InvalidToken) => return Err(invalid("The access token is refused")),
        Some(ApiRejection::InsufficientScope) => return Err(Refusal::scope(UNLISTED_SCOPE.0)),
        Some(ApiRejection::TooManyRequests { retry_after }) => {
            return Err(Refusal::too_many(retry_after));
        }
    }

    let now = provider.clock.now();
    let (grant, account, scopes) = provider.read(|book| match book.find(&hash) {
        None | Some(Found::Refresh(..)) => Err(invalid("The access token is not known here")),
        Some(Found::Access(grant, _)) if grant.ended.is_some() => Err(invalid("The access token was revoked")),
        Some(Found::Access(_, token)) if token.revoked => Err(invalid("The access token was revoked")),
        Some(Found::Access(_, token)) if !token.is_live(now) => Err(invalid("The access token expired")),
        Some(Found::Access(grant, token)) => Ok((grant.id.clone(), grant.account.clone(), token.scopes.clone())),
    })?;
    entry.grant(&grant);
    let account = provider.account(&account).ok_or_else(|| invalid("The account is gone"))?;
    let bearer = Bearer { account: account.clone(), scopes };
    let asked = if scope == "openid" { Asked::Identity } else { Asked::Files };
    if let Some(cause) = provider.faults().stages
        && let Some(refusal) = cause.refusal(asked)
    {
        entry.misbehaved("stages");
        return Err(match Mending::of(cause) {
            Some(place) => refusal.mended_at(place, &provider.issuer),
            None => refusal,
        });
    }
    if bearer.has(scope) { Ok(bearer) } else { Err(Refusal::scope(scope)) }
}

/// The token from the one place it may stand in (RFC 6750 §2.1).
fn presented(headers: &HeaderMap) -> Result<&str, Refusal> {
    let malformed =
        || Refusal::resource(StatusCode::BAD_REQUEST, "invalid_request", "The Authorization header is not well-formed");
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Err(Refusal::no_token());
    };
    if values.next().is_some() {
        return Err(malformed());
    }
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.contains(' ') {
        return Err(malformed());
    }
    Ok(token)
}
