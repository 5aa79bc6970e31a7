//! What an ID token says of who signed in, once it is known to be meant for us [S005, S095, S101].
//!
//! It comes straight from the token endpoint over TLS, which OIDC Core §3.1.3.7 (6) lets stand in for
//! the signature; its claims are checked, and nothing but the identity is taken from it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Secret;
use domain::connection::Identity;
use domain::display_text::{cleaned, marked};
use jiff::Timestamp;
use serde_json::Value;
use thiserror::Error;

/// Clocks may differ by this much [S095].
const TOLERATED_SKEW_SECONDS: i64 = 300;

/// Why an ID token cannot be used. The sign-in stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum IdTokenRefused {
    #[error("the ID token cannot be read")]
    Unreadable,
    #[error("the ID token comes from another issuer")]
    OtherIssuer,
    #[error("the ID token is meant for another client")]
    OtherAudience,
    #[error("the ID token names another person")]
    OtherSubject,
    #[error("the ID token names another workspace")]
    OtherWorkspace,
    #[error("the ID token belongs to another sign-in")]
    OtherNonce,
    #[error("the ID token is over, or not yet valid, by more than five minutes")]
    OutOfTime,
}

/// What the claims must match.
pub struct ExpectedClaims<'a> {
    /// Compared where it is known.
    pub issuer: Option<&'a str>,
    pub client_id: &'a str,
    /// Compared where one was sent.
    pub nonce: Option<&'a Secret>,
    /// The claim that names the workspace; the usual ones where none is said.
    pub workspace_claim: Option<&'a str>,
}

/// Checks the claims and names the person. `now` is the server's time, as far as it is known [B9].
pub fn read(id_token: &Secret, expected: &ExpectedClaims<'_>, now: Timestamp) -> Result<Identity, IdTokenRefused> {
    let claims = claims(id_token).ok_or(IdTokenRefused::Unreadable)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);

    meant_for_us(&claims, expected)?;
    if let Some(nonce) = expected.nonce
        && !text("nonce").is_some_and(|it| nonce.is_same_as(it))
    {
        return Err(IdTokenRefused::OtherNonce);
    }
    let seconds = |name: &str| claims.get(name).and_then(Value::as_f64).map(|it| it as i64);
    let is_over = seconds("exp").is_none_or(|exp| exp.saturating_add(TOLERATED_SKEW_SECONDS) < now.as_second());
    let is_future = |at: i64| at > now.as_second().saturating_add(TOLERATED_SKEW_SECONDS);
    let is_early = seconds("iat").into_iter().chain(seconds("nbf")).any(is_future);
    if is_over || is_early {
        return Err(IdTokenRefused::OutOfTime);
    }

    let subject = text("sub").filter(|it| !it.is_empty() && it.len() <= 255).ok_or(IdTokenRefused::Unreadable)?;
    Ok(Identity {
        subject: Some(subject.to_owned()),
        label: text("email").or_else(|| text("preferred_username")).or_else(|| text("name")).map(|it| marked(it, 255)),
        workspace_id: match expected.workspace_claim {
            Some(name) => text(name).map(shown),
            None => text("tid").or_else(|| text("hd")).map(shown),
        },
        workspace_name: text("hd").map(shown),
        account_kind: None,
    })
}

/// Whose grant a refresh renewed, as it was known before: what is `None` is not compared.
pub struct KnownAccount<'a> {
    pub subject: Option<&'a str>,
    pub workspace: Option<&'a str>,
    /// The claims that may name the workspace.
    pub workspace_claims: &'a [&'a str],
}

/// What the ID token of a refresh answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshedIdToken {
    /// Nothing in it contradicts what is known.
    Agrees,
    /// It says nothing that could be gone by: it cannot be read, names nobody, or is meant for another client.
    SaysNothing(IdTokenRefused),
    /// The tokens beside it are not this account's.
    OfAnother(IdTokenRefused),
}

/// Reads the ID token of a refresh answer (OIDC Core §12.2). The answer is the token endpoint's own, so a grant is
/// ended only by what plainly names another: an issuer, a person or a workspace. The subject of a token for another
/// client may be another name of the same person, and says nothing.
pub fn read_refreshed(id_token: &Secret, expected: &ExpectedClaims<'_>, known: &KnownAccount<'_>) -> RefreshedIdToken {
    use RefreshedIdToken::{Agrees, OfAnother, SaysNothing};
    let Some(claims) = claims(id_token) else { return SaysNothing(IdTokenRefused::Unreadable) };
    let named = |name: &str| claims.get(name).and_then(plain);
    if let (Some(expected), Some(issuer)) = (expected.issuer, named("iss"))
        && !is_same_issuer(expected, &issuer)
    {
        return OfAnother(IdTokenRefused::OtherIssuer);
    }
    let is_for_us = match claims.get("aud") {
        Some(Value::Array(all)) => all.iter().any(|it| it.as_str() == Some(expected.client_id)),
        one => one.and_then(plain).as_deref() == Some(expected.client_id),
    };
    if !is_for_us {
        return SaysNothing(IdTokenRefused::OtherAudience);
    }
    let subject = named("sub");
    if let (Some(known), Some(subject)) = (known.subject, &subject)
        && known != subject
    {
        return OfAnother(IdTokenRefused::OtherSubject);
    }
    let mut workspaces = known.workspace_claims.iter().filter_map(|claim| named(claim)).map(|it| shown(&it)).peekable();
    if let (Some(known), Some(_)) = (known.workspace, workspaces.peek())
        && !workspaces.any(|workspace| workspace == known)
    {
        return OfAnother(IdTokenRefused::OtherWorkspace);
    }
    if subject.is_none() { SaysNothing(IdTokenRefused::Unreadable) } else { Agrees }
}

/// One slash at the end makes no other issuer of it.
fn is_same_issuer(one: &str, other: &str) -> bool {
    let bare = |issuer: &str| issuer.strip_suffix('/').unwrap_or(issuer).to_owned();
    bare(one) == bare(other)
}

/// A text, or a number as its text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|it| !it.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn meant_for_us(claims: &Value, expected: &ExpectedClaims<'_>) -> Result<(), IdTokenRefused> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if let (Some(expected), Some(issuer)) = (expected.issuer, text("iss"))
        && expected != issuer
    {
        return Err(IdTokenRefused::OtherIssuer);
    }
    let is_for_us = match claims.get("aud") {
        Some(Value::String(audience)) => audience == expected.client_id,
        Some(Value::Array(all)) => {
            all.iter().any(|it| it.as_str() == Some(expected.client_id))
                && (all.len() == 1 || text("azp") == Some(expected.client_id))
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => false,
    };
    if is_for_us { Ok(()) } else { Err(IdTokenRefused::OtherAudience) }
}

/// A provider's words as they may be shown [S094].
fn shown(text: &str) -> String {
    cleaned(text, 200)
}

#[expect(clippy::disallowed_methods, reason = "the claims are inside")]
fn claims(id_token: &Secret) -> Option<Value> {
    let mut parts = id_token.expose_secret().split('.');
    let (Some(_), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return None;
    };
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok().filter(Value::is_object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// S095, S005: each wrong claim is refused for what it is.
    #[test]
    fn claims_that_are_not_ours_are_refused() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let good =
            json!({ "iss": "https://as", "aud": "us", "nonce": "n", "exp": 1_000_060, "iat": 1_000_000, "sub": "7" });
        let check = |name: &str, value: Value| {
            let mut claims = good.clone();
            claims[name] = value;
            let nonce = Secret::new("n");
            let expected = ExpectedClaims {
                issuer: Some("https://as"),
                client_id: "us",
                nonce: Some(&nonce),
                workspace_claim: None,
            };
            read(&token(&claims), &expected, now).err()
        };

        assert_eq!(check("sub", json!("7")), None);
        assert_eq!(check("iss", json!("https://other")), Some(IdTokenRefused::OtherIssuer));
        assert_eq!(check("aud", json!("them")), Some(IdTokenRefused::OtherAudience));
        assert_eq!(check("aud", json!(["us", "them"])), Some(IdTokenRefused::OtherAudience));
        assert_eq!(check("nonce", json!("m")), Some(IdTokenRefused::OtherNonce));
        assert_eq!(check("nonce", Value::Null), Some(IdTokenRefused::OtherNonce));
        assert_eq!(check("exp", json!(999_000)), Some(IdTokenRefused::OutOfTime));
        assert_eq!(check("iat", json!(1_001_000)), Some(IdTokenRefused::OutOfTime));
        assert_eq!(check("nbf", json!(1_001_000)), Some(IdTokenRefused::OutOfTime));
        assert_eq!(check("nbf", json!(1_000_300)), None, "five minutes are tolerated");
        assert_eq!(check("exp", json!(i64::MAX)), None, "no sum of it may overflow");
        assert_eq!(check("exp", json!(1e308)), None);
        assert_eq!(check("sub", Value::Null), Some(IdTokenRefused::Unreadable));
    }

    /// A7: the tenant stands where the provider's file says.
    #[test]
    fn the_workspace_is_read_from_the_claim_of_the_file() {
        let claims = json!({ "aud": "us", "exp": 60, "sub": "7", "tid": "tenant", "org_id": "org" });
        let read_with = |workspace_claim| {
            let expected = ExpectedClaims { issuer: None, client_id: "us", nonce: None, workspace_claim };
            read(&token(&claims), &expected, Timestamp::UNIX_EPOCH).unwrap().workspace_id
        };

        assert_eq!(read_with(None).as_deref(), Some("tenant"));
        assert_eq!(read_with(Some("org_id")).as_deref(), Some("org"));
        assert_eq!(read_with(Some("missing")), None);
    }

    /// S101
    #[test]
    fn garbage_is_unreadable_and_nothing_panics() {
        let expected = ExpectedClaims { issuer: None, client_id: "us", nonce: None, workspace_claim: None };
        for text in ["", "a", "a.b", "a.b.c", "a.e30.c.d", "..", "a.bnVsbA.c"] {
            assert_eq!(read(&Secret::new(text), &expected, Timestamp::UNIX_EPOCH), Err(IdTokenRefused::Unreadable));
        }
    }

    /// S101, OIDC Core §12.2: only what plainly names another does.
    #[test]
    fn a_refreshed_id_token_is_of_another_only_where_it_plainly_says_so() {
        use IdTokenRefused::{OtherAudience, OtherIssuer, OtherSubject, OtherWorkspace, Unreadable};
        use RefreshedIdToken::{Agrees, OfAnother, SaysNothing};
        let good = json!({ "iss": "https://as", "aud": "us", "sub": "7", "org_id": "acme" });
        let expected =
            ExpectedClaims { issuer: Some("https://as"), client_id: "us", nonce: None, workspace_claim: None };
        let known = KnownAccount { subject: Some("7"), workspace: Some("acme"), workspace_claims: &["tid", "org_id"] };
        for (change, verdict) in [
            (json!({}), Agrees),
            (json!({ "sub": 7 }), Agrees),
            (json!({ "iss": "https://as/" }), Agrees),
            (json!({ "iss": null }), Agrees),
            (json!({ "aud": ["us", "them"] }), Agrees),
            (json!({ "aud": ["them", "us"], "azp": "them" }), Agrees),
            (json!({ "org_id": null }), Agrees),
            (json!({ "tid": "another", "org_id": "acme" }), Agrees),
            (json!({ "exp": 1, "iat": 1 }), Agrees),
            (json!({ "sub": null }), SaysNothing(Unreadable)),
            (json!({ "sub": "" }), SaysNothing(Unreadable)),
            (json!({ "sub": ["8"] }), SaysNothing(Unreadable)),
            (json!({ "aud": "them" }), SaysNothing(OtherAudience)),
            (json!({ "aud": "them", "sub": "8" }), SaysNothing(OtherAudience)),
            (json!({ "aud": null }), SaysNothing(OtherAudience)),
            (json!({ "sub": "8" }), OfAnother(OtherSubject)),
            (json!({ "sub": 8 }), OfAnother(OtherSubject)),
            (json!({ "sub": "7 " }), OfAnother(OtherSubject)),
            (json!({ "iss": "https://evil" }), OfAnother(OtherIssuer)),
            (json!({ "org_id": "evil" }), OfAnother(OtherWorkspace)),
        ] {
            let mut claims = good.clone();
            claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            assert_eq!(read_refreshed(&token(&claims), &expected, &known), verdict, "{change}");
        }
        for encrypted in ["a.b.c.d.e", "zzz", "", "a.bnVsbA.c"] {
            let read = read_refreshed(&Secret::new(encrypted), &expected, &known);
            assert_eq!(read, SaysNothing(Unreadable), "{encrypted:?}");
        }
        let nobody = KnownAccount { subject: None, workspace: None, workspace_claims: &[] };
        assert_eq!(read_refreshed(&token(&json!({ "aud": "us", "sub": "8" })), &expected, &nobody), Agrees);
    }

    fn token(claims: &Value) -> Secret {
        Secret::new(format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string())))
    }
}
