//! Values the tests of this floor share: one healthy connection, and minutes of one morning.

use jiff::Timestamp;

use crate::connection::{Connection, Environment, FrozenEndpoints, GrantState, Identity, Proof, ProofKind, Scopes};
use crate::provider::limits::{PreviousToken, RefreshLimits};
use crate::provider::{
    HowIssued, RefreshPolicy, Revocation, RevocationAuthentication, RevocationBody, RevocationCall, RevocationEffect,
    RevocationMethod, Rotation,
};
use crate::token::{Expiry, TokenFacts};
use crate::{ClientId, ConnectionId, ProviderId, Secret, TokenVersion};

pub(crate) fn at_minute(minute: i64) -> Timestamp {
    Timestamp::from_second(1_763_600_400 + minute * 60).unwrap()
}

/// Granted at minute 0, with a refresh token and an access token that lives an hour.
pub(crate) fn connection() -> Connection {
    Connection {
        id: ConnectionId::from_random(7),
        name: "Google Drive".into(),
        provider: ProviderId::from_text("google"),
        client: ClientId::from_random(7),
        customer: None,
        environment: Environment::Production,
        identity: Identity {
            subject: Some("10769150350006150715113082367".into()),
            label: Some("mira@fjordstudio.example".into()),
            ..Identity::default()
        },
        endpoints: FrozenEndpoints {
            issuer: None,
            token_endpoint: "https://oauth2.example/token".parse().unwrap(),
            kept_fields: vec![],
        },
        scopes: Scopes::default(),
        automatic_refresh: true,
        created_at: at_minute(0),
        grant: GrantState::Alive { granted_at: at_minute(0) },
        token: Some(TokenFacts {
            version: TokenVersion(1),
            issued_at: at_minute(0),
            expiry: Expiry::At(at_minute(60)),
            has_access_token: true,
            has_refresh_token: true,
            access_fingerprint: Some(Secret::new("a").fingerprint()),
            refresh_fingerprint: Some(Secret::new("r").fingerprint()),
            defects: vec![],
        }),
        refresh_token_ends_at: None,
        refresh_end_moves: None,
        refresh_failures: None,
        recovered_at: None,
        proof: Some(Proof { at: at_minute(0), by: ProofKind::SignIn, failure: None, latency_ms: Some(120) }),
    }
}

pub(crate) fn durable_policy() -> RefreshPolicy {
    RefreshPolicy {
        rotation: Rotation::Always,
        idle_life: None,
        absolute_life: None,
        how_issued: HowIssued::Always,
        testing_life: None,
        previous_token: PreviousToken::NotKnown,
        limits: RefreshLimits::default(),
        live_tokens: None,
    }
}

/// A revocation of RFC 7009 with this effect.
pub(crate) fn offered(effect: RevocationEffect) -> Revocation {
    Revocation::Offered(RevocationCall {
        method: RevocationMethod::Post,
        url: "https://oauth2.example/revoke".into(),
        body: RevocationBody::standard(),
        authentication: RevocationAuthentication::AsClient,
        wants_access_token: false,
        effect,
        headers: vec![],
        success_flag: None,
        leaves_access_token: false,
        refuses_public_clients: false,
    })
}
