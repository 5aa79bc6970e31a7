//! Values the tests of the store share: one client, one connection with every field filled, one bundle commit.

use std::collections::BTreeMap;

use domain::connection::binding::GrantBinding;
use domain::connection::{
    Client, Connection, Environment, FailureStreak, FrozenEndpoints, GrantState, Identity, IssuedBy, LinkOutcome,
    Proof, ProofKind, Scopes, TokenLink,
};
use domain::diagnosis::{ActionLabel, CauseLabel, Diagnosis};
use domain::lifecycle::refresh_reason::RefreshReason;
use domain::token::{Expiry, TokenDefect, TokenFacts};
use domain::{ClientId, ConnectionId, Fingerprint, ProviderId, TokenVersion};
use jiff::Timestamp;

use super::{ArrivingGrant, BundleCommit, ProofChange, Store};

pub(super) fn at_minute(minute: i64) -> Timestamp {
    Timestamp::from_millisecond((1_763_600_400 + minute * 60) * 1000 + 7).unwrap()
}

pub(super) fn client() -> Client {
    Client {
        id: ClientId::from_random(1),
        provider: ProviderId::from_text("google"),
        name: "Fjord's own app".into(),
        client_id: "1234.apps.googleusercontent.example".into(),
        has_secret: true,
        environment: Environment::Production,
        redirect_port: Some(65535),
        variables: BTreeMap::new(),
        redirect: None,
        authentication: None,
        created_at: at_minute(-5),
    }
}

pub(super) fn diagnosis() -> Diagnosis {
    Diagnosis {
        action: ActionLabel::WaitAndRetry,
        provider_code: Some("rate'limit\"ed".into()),
        http_status: Some(429),
        ..Diagnosis::of(CauseLabel::RateLimited)
    }
}

/// What a sign-in as somebody else would change of it.
pub(super) fn arriving_grant() -> ArrivingGrant {
    let Connection { identity, scopes, endpoints, client, .. } = connection();
    let binding = GrantBinding {
        resource: Some("https://api.example/".to_owned()),
        dpop_thumbprint: Some("thumb".to_owned()),
        mcp_server: Some("https://mcp.example/".to_owned()),
        is_by_device: true,
    };
    let identity = Identity { subject: Some("jonas".to_owned()), ..identity };
    ArrivingGrant { identity, requested: scopes.requested, endpoints, binding, client }
}

/// Every field filled.
pub(super) fn connection() -> Connection {
    Connection {
        id: ConnectionId::from_random(1),
        name: "Google Drive'; DROP TABLE connections; --".into(),
        provider: ProviderId::from_text("google"),
        client: ClientId::from_random(1),
        customer: Some("Halden".into()),
        environment: Environment::Staging,
        identity: Identity {
            subject: Some("10769150350006150715113082367".into()),
            label: Some("mira@fjordstudio.example".into()),
            workspace_id: Some("T1".into()),
            workspace_name: Some("Fjord Studio ✶".into()),
            account_kind: Some("organisation fjordstudio.example".into()),
        },
        endpoints: FrozenEndpoints {
            issuer: Some("https://accounts.example".into()),
            token_endpoint: "https://oauth2.example/token?tenant=a".parse().unwrap(),
            kept_fields: vec![("instance_url".into(), "https://na1.example".into()), ("a".into(), String::new())],
        },
        scopes: Scopes { requested: vec!["drive".into(), "mail".into()], granted: vec!["drive".into()] },
        automatic_refresh: true,
        created_at: at_minute(0),
        grant: GrantState::Alive { granted_at: at_minute(1) },
        token: Some(facts(1)),
        refresh_token_ends_at: Some(at_minute(9000)),
        refresh_end_moves: Some(true),
        refresh_failures: Some(failures()),
        recovered_at: Some(at_minute(1)),
        proof: Some(Proof {
            at: at_minute(2),
            by: ProofKind::TestCall,
            failure: Some(diagnosis()),
            latency_ms: Some(120),
        }),
    }
}

pub(super) fn facts(version: u32) -> TokenFacts {
    TokenFacts {
        version: TokenVersion(version),
        issued_at: at_minute(1),
        expiry: Expiry::At(at_minute(61)),
        has_access_token: true,
        has_refresh_token: false,
        access_fingerprint: Some(Fingerprint::from_text("ba7816bf8f")),
        refresh_fingerprint: Some(Fingerprint::from_text("0123456789")),
        defects: vec![TokenDefect::ExpiresInIsText, TokenDefect::DuplicateField],
    }
}

pub(super) fn failures() -> FailureStreak {
    FailureStreak { since: at_minute(3), count: 4, last: diagnosis(), retry_at: at_minute(5), wordless: None }
}

pub(super) fn first_link() -> TokenLink {
    TokenLink {
        version: TokenVersion(1),
        access_fingerprint: Some(Fingerprint::from_text("ba7816bf8f")),
        refresh_fingerprint: None,
        issued_at: at_minute(1),
        issued_by: IssuedBy::Connect,
        reason: None,
        outcome: LinkOutcome::InUse,
        ended_at: None,
    }
}

/// A refresh that brought the bundle of this version, and nothing else new.
pub(super) fn refreshed_to(version: u32) -> BundleCommit {
    BundleCommit {
        facts: facts(version),
        granted: vec!["drive".into()],
        requested: None,
        refresh_token_ends_at: None,
        grant: GrantState::Alive { granted_at: at_minute(1) },
        proof: ProofChange::Keep,
        identity: None,
        endpoints: None,
        binding: None,
        client: None,
        issued_by: IssuedBy::Refresh,
        reason: Some(RefreshReason::Scheduled),
    }
}

/// In memory, with [`client`] and [`connection`] in it.
pub(super) fn store() -> Store {
    let store = Store::in_memory().unwrap();
    fill(&store);
    store
}

pub(super) fn fill(store: &Store) {
    store.insert_client(&client()).unwrap();
    store.insert_connection(&connection(), Some(&first_link()), &[]).unwrap();
}
