//! Decides over codes, grants and tokens: one use of a code, rotation, reuse detection, ends [A5, B3, B5].

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::clock::{later, shifted};
use crate::faults::Faults;
use crate::tokens::{Fresh, Minted, TokenHash};

/// A code is for the next seconds only (RFC 6749 §4.1.2 allows ten minutes, wants it short).
const CODE_LIFETIME: SignedDuration = SignedDuration::from_secs(60);
/// Spent codes are remembered this long, so that a replay still ends what they issued.
const CODE_MEMORY: SignedDuration = SignedDuration::from_hours(24);
/// Ended access tokens are forgotten beyond this count per grant.
const ACCESS_TOKENS_KEPT: usize = 100;

/// Why a grant ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Withdrawn at the provider, as a person would in the account's settings.
    Revoked,
    /// The client asked for it (RFC 7009).
    RevokedByClient,
    RefreshTokenReused,
    CodeReplayed,
    RefreshTokenExpired,
    /// The account has as many grants at this client as may live at one time.
    MadeRoom,
}

/// One agreement between an account and a client.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) client_id: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) authenticated_at: Timestamp,
    pub(crate) ended: Option<(EndReason, Timestamp)>,
    pub(crate) refresh_count: u64,
    pub(crate) refresh_tokens: Vec<RefreshToken>,
    pub(crate) access_tokens: Vec<AccessToken>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct RefreshToken {
    pub(crate) hash: TokenHash,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) rotated_at: Option<Timestamp>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct AccessToken {
    pub(crate) hash: TokenHash,
    pub(crate) issued_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) revoked: bool,
    pub(crate) scopes: Vec<String>,
}

impl AccessToken {
    pub(crate) fn is_live(&self, now: Timestamp) -> bool {
        !self.revoked && now < self.expires_at
    }
}

/// An authorization code and all it was bound to.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) hash: TokenHash,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    /// `None` where the provider is played and asks for no PKCE.
    pub(crate) challenge: Option<String>,
    /// Whether a refresh token may come of it.
    pub(crate) is_offline: bool,
    pub(crate) account: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) issued_at: Timestamp,
    pub(crate) spent: bool,
    pub(crate) grant: Option<String>,
}

/// What a token request presents with a code.
pub(crate) struct Redemption<'a> {
    pub(crate) code: TokenHash,
    pub(crate) client_id: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) verifier: Option<&'a str>,
}

/// What a token answer is made of.
pub(crate) struct Issued {
    pub(crate) grant: String,
    pub(crate) client_id: String,
    pub(crate) account: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) authenticated_at: Timestamp,
    pub(crate) access: Minted,
    pub(crate) refresh: Option<Minted>,
    pub(crate) is_refresh: bool,
}

/// Why nothing was issued, and which grant it concerned.
pub(crate) struct Denied {
    pub(crate) error: &'static str,
    pub(crate) description: &'static str,
    pub(crate) grant: Option<String>,
}

/// Every code and grant. Codes live a minute and are not worth keeping over a restart.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Book {
    pub(crate) grants: Vec<Grant>,
    #[serde(skip)]
    codes: Vec<Code>,
}

/// Where a token was found.
pub(crate) enum Found<'a> {
    Access(&'a Grant, &'a AccessToken),
    Refresh(&'a Grant, &'a RefreshToken),
}

impl Book {
    pub(crate) fn add_code(&mut self, code: Code) {
        let forgotten = shifted(code.issued_at, -CODE_MEMORY);
        self.codes.retain(|kept| kept.issued_at > forgotten);
        self.codes.push(code);
    }

    /// Exchanges a code for a new grant. A second use ends the grant of the first (RFC 6749 §4.1.2);
    /// an attempt with the wrong verifier or redirect URI spends the code too.
    pub(crate) fn redeem(
        &mut self,
        presented: &Redemption<'_>,
        fresh: Fresh,
        now: Timestamp,
        faults: &Faults,
    ) -> Result<Issued, Denied> {
        let denied = |description, grant| Denied { error: "invalid_grant", description, grant };
        let Some(code) = self.codes.iter_mut().find(|code| code.hash.is(&presented.code)) else {
            return Err(denied("This code is not known here", None));
        };
        if code.client_id != presented.client_id {
            return Err(denied("This code was issued to another client", None));
        }
        if code.spent {
            let grant = code.grant.clone();
            if let Some(id) = &grant {
                self.end(id, EndReason::CodeReplayed, now);
            }
            return Err(denied("This code was used before", grant));
        }
        code.spent = true;
        let ends_at = match faults.code_lifetime {
            Some(lifetime) => later(code.issued_at, lifetime),
            None => shifted(code.issued_at, CODE_LIFETIME),
        };
        if now >= ends_at {
            return Err(denied("This code is too old", None));
        }
        if code.redirect_uri != presented.redirect_uri {
            return Err(denied("redirect_uri is not the one of the authorization request", None));
        }
        let has_proved_itself = match (&code.challenge, presented.verifier) {
            (Some(challenge), Some(verifier)) => verifier_fits(verifier, challenge),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if !has_proved_itself {
            return Err(denied("code_verifier does not fit the code_challenge", None));
        }

        code.grant = Some(fresh.grant.clone());
        let mut grant = Grant {
            id: fresh.grant,
            account: code.account.clone(),
            client_id: code.client_id.clone(),
            scopes: code.scopes.clone(),
            authenticated_at: code.issued_at,
            ended: None,
            refresh_count: 0,
            refresh_tokens: Vec::new(),
            access_tokens: Vec::new(),
        };
        let nonce = code.nonce.clone();
        let offline = code.is_offline
            && (!faults.wants_offline_access || grant.scopes.iter().any(|scope| scope == "offline_access"));
        let refresh = (offline && !faults.no_refresh_token).then_some(fresh.refresh);
        let scopes = grant.scopes.clone();
        let issued = grant.issue(fresh.access, refresh, scopes, nonce, now, faults);
        self.grants.push(grant);
        if let Some(count) = faults.live_grants {
            self.make_room(&issued.client_id, &issued.account, count as usize, now);
        }
        Ok(issued)
    }

    /// Ends the oldest grants of this account at this client beyond so many.
    fn make_room(&mut self, client_id: &str, account: &str, count: usize, now: Timestamp) {
        let is_one =
            |grant: &&mut Grant| grant.ended.is_none() && grant.client_id == client_id && grant.account == account;
        self.grants.iter_mut().rev().filter(is_one).skip(count).for_each(|grant| grant.end(EndReason::MadeRoom, now));
    }

    /// Ends every grant of this account at this client.
    pub(crate) fn end_all_of(&mut self, client_id: &str, account: &str, reason: EndReason, now: Timestamp) {
        let is_one =
            |grant: &&mut Grant| grant.ended.is_none() && grant.client_id == client_id && grant.account == account;
        self.grants.iter_mut().filter(is_one).for_each(|grant| grant.end(reason, now));
    }

    /// Exchanges a refresh token. `narrowed` asks for fewer scopes (RFC 6749 §6).
    pub(crate) fn refresh(
        &mut self,
        presented: TokenHash,
        client_id: &str,
        narrowed: Option<Vec<String>>,
        fresh: Fresh,
        now: Timestamp,
        faults: &Faults,
    ) -> Result<Issued, Denied> {
        let unknown =
            Denied { error: "invalid_grant", description: "This refresh token is not known here", grant: None };
        let Some((grant, index)) = self.grants.iter_mut().find_map(|grant| {
            let index = grant.refresh_tokens.iter().position(|token| token.hash.is(&presented))?;
            Some((grant, index))
        }) else {
            return Err(unknown);
        };
        let id = grant.id.clone();
        let denied = |error, description| Denied { error, description, grant: Some(id) };
        if grant.client_id != client_id {
            return Err(denied("invalid_grant", "This refresh token belongs to another client"));
        }
        if let Some((why, _)) = grant.ended {
            let is_revoked = matches!(why, EndReason::Revoked | EndReason::RevokedByClient);
            return Err(denied(
                "invalid_grant",
                if is_revoked { "This grant was revoked" } else { "This grant has ended" },
            ));
        }
        let token = &grant.refresh_tokens[index];
        if token.expires_at.is_some_and(|expires_at| now >= expires_at) {
            grant.end(EndReason::RefreshTokenExpired, now);
            return Err(denied("invalid_grant", "This refresh token is too old"));
        }
        let in_grace = token.rotated_at.is_some_and(|at| now < later(at, faults.rotation_grace));
        if token.rotated_at.is_some() && !in_grace {
            if faults.reuse_kills_grant {
                grant.end(EndReason::RefreshTokenReused, now);
            }
            return Err(denied("invalid_grant", "This refresh token was used before"));
        }
        let scopes = narrowed.unwrap_or_else(|| grant.scopes.clone());
        if scopes.iter().any(|scope| !grant.scopes.contains(scope)) {
            return Err(denied("invalid_scope", "A refresh cannot widen the scopes"));
        }

        let rotates = faults.rotates_refresh_tokens && !faults.no_refresh_token;
        if rotates && !in_grace {
            grant.refresh_tokens[index].rotated_at = Some(now);
        }
        grant.refresh_count += 1;
        let refresh = rotates.then_some(fresh.refresh);
        Ok(Issued { is_refresh: true, ..grant.issue(fresh.access, refresh, scopes, None, now, faults) })
    }

    /// Whether a refresh token may come of this code.
    pub(crate) fn is_offline(&self, code: &TokenHash) -> bool {
        self.codes.iter().any(|kept| kept.hash.is(code) && kept.is_offline)
    }

    pub(crate) fn find(&self, hash: &TokenHash) -> Option<Found<'_>> {
        self.grants.iter().find_map(|grant| {
            let access = grant.access_tokens.iter().find(|token| token.hash.is(hash));
            let refresh = grant.refresh_tokens.iter().find(|token| token.hash.is(hash));
            access
                .map(|token| Found::Access(grant, token))
                .or_else(|| refresh.map(|token| Found::Refresh(grant, token)))
        })
    }

    /// Ends a grant that is alive; says whether there was one.
    pub(crate) fn end(&mut self, id: &str, reason: EndReason, now: Timestamp) -> bool {
        let grant = self.grants.iter_mut().find(|grant| grant.id == id && grant.ended.is_none());
        grant.is_some_and(|grant| {
            grant.end(reason, now);
            true
        })
    }

    /// Ends every grant that is alive; returns how many.
    pub(crate) fn end_all(&mut self, reason: EndReason, now: Timestamp) -> usize {
        let mut count = 0;
        for grant in self.grants.iter_mut().filter(|grant| grant.ended.is_none()) {
            grant.end(reason, now);
            count += 1;
        }
        count
    }

    /// The predecessors of a refresh token are refused from now on.
    pub(crate) fn retire_before(&mut self, hash: &TokenHash) {
        for grant in &mut self.grants {
            if let Some(index) = grant.refresh_tokens.iter().position(|token| token.hash.is(hash)) {
                grant.refresh_tokens[..index].iter_mut().for_each(|token| token.rotated_at = Some(Timestamp::MIN));
            }
        }
    }

    /// Ends refreshing; access tokens live on. Says whether there was such a grant.
    pub(crate) fn end_refreshing(&mut self, id: &str) -> bool {
        let grant = self.grants.iter_mut().find(|grant| grant.id == id && grant.ended.is_none());
        grant.is_some_and(|grant| {
            grant.refresh_tokens.clear();
            true
        })
    }

    /// Makes one access token useless; its grant lives on.
    pub(crate) fn revoke_access_token(&mut self, hash: &TokenHash) {
        for token in self.grants.iter_mut().flat_map(|grant| &mut grant.access_tokens) {
            token.revoked |= token.hash.is(hash);
        }
    }

    /// Lets every usable access token expire now; returns how many.
    pub(crate) fn expire_access_tokens(&mut self, now: Timestamp) -> usize {
        let mut count = 0;
        let alive = self.grants.iter_mut().filter(|grant| grant.ended.is_none());
        for token in alive.flat_map(|grant| &mut grant.access_tokens) {
            if token.is_live(now) {
                token.expires_at = now;
                count += 1;
            }
        }
        count
    }
}

impl Grant {
    pub(crate) fn has_refresh_token(&self) -> bool {
        !self.refresh_tokens.is_empty()
    }

    /// Whether a refresh token of this grant would be taken now.
    pub(crate) fn takes(&self, token: &RefreshToken, now: Timestamp, grace: Duration) -> bool {
        self.ended.is_none()
            && token.expires_at.is_none_or(|expires_at| now < expires_at)
            && token.rotated_at.is_none_or(|at| now < later(at, grace))
    }

    fn issue(
        &mut self,
        access: Minted,
        refresh: Option<Minted>,
        scopes: Vec<String>,
        nonce: Option<String>,
        now: Timestamp,
        faults: &Faults,
    ) -> Issued {
        if self.access_tokens.len() == ACCESS_TOKENS_KEPT {
            self.access_tokens.remove(0);
        }
        self.access_tokens.push(AccessToken {
            hash: access.hash,
            issued_at: now,
            expires_at: later(now, faults.access_token_lifetime),
            revoked: false,
            scopes: scopes.clone(),
        });
        if let Some(token) = &refresh {
            self.refresh_tokens.push(RefreshToken {
                hash: token.hash,
                expires_at: faults.refresh_token_lifetime.map(|lifetime| later(now, lifetime)),
                rotated_at: None,
            });
        }
        Issued {
            grant: self.id.clone(),
            client_id: self.client_id.clone(),
            account: self.account.clone(),
            scopes,
            nonce,
            authenticated_at: self.authenticated_at,
            access,
            refresh,
            is_refresh: false,
        }
    }

    fn end(&mut self, reason: EndReason, now: Timestamp) {
        self.ended = Some((reason, now));
    }
}

/// RFC 7636 §4.6, S256.
fn verifier_fits(verifier: &str, challenge: &str) -> bool {
    let computed = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    is_pkce_text(verifier) && computed.as_bytes().ct_eq(challenge.as_bytes()).into()
}

/// 43 to 128 unreserved characters (RFC 7636 §4.1).
pub(crate) fn is_pkce_text(text: &str) -> bool {
    (43..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A2, RFC 7636 appendix B
    #[test]
    fn the_published_pkce_pair_fits_and_a_changed_one_does_not() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

        assert!(verifier_fits(verifier, challenge), "the example of the RFC");
        assert!(!verifier_fits(&verifier.replace('d', "e"), challenge), "one letter is enough to fail");
        assert!(!verifier_fits("short", challenge), "a short verifier can be guessed");
    }
}
