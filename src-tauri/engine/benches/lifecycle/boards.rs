//! Boards to measure: one real sign-in, or as many connections as wanted, stored as a sign-in stores them.

use std::collections::BTreeMap;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::connection::{
    Client, Connection, Environment, FrozenEndpoints, GrantState, Identity, IssuedBy, LinkOutcome, Scopes, TokenLink,
};
use domain::token::{Expiry, TokenBundle};
use domain::{ClientId, ConnectionId, ProviderId, Secret, TokenVersion};
use engine::browser::Browser;
use engine::clock::Clock;
use engine::flows::connect::{ClientChoice, ConnectRequest, SignInProgress};
use engine::http::Timeouts;
use engine::{Engine, EngineParts};
use fakes::{Keychain, Person};
use jiff::Timestamp;
use keyring_core::CredentialStore;

/// Where the secrets of a board are.
#[derive(Clone)]
pub(crate) enum Secrets {
    InMemory(Keychain),
    /// The session's own: gnome-keyring.
    Real,
}

impl Secrets {
    pub(crate) fn store(&self) -> Arc<CredentialStore> {
        match self {
            Self::InMemory(keychain) => keychain.store(),
            Self::Real => zbus_secret_service_keyring_store::Store::new().unwrap(),
        }
    }
}

/// The parts of a board; the platform's keychain is opened as the programs open it.
pub(crate) fn parts(folder: &Path, secrets: &Secrets, clock: &Clock) -> EngineParts {
    match secrets {
        Secrets::Real => EngineParts::open(folder).unwrap(),
        Secrets::InMemory(keychain) => {
            let browser = Browser::scripted(Person::default().opener());
            EngineParts::open_with(folder, keychain.store(), clock.clone(), browser, Timeouts::default()).unwrap()
        }
    }
}

/// Signs Mira in at the practice provider.
pub(crate) async fn sign_in(engine: &Engine, issuer: &str) -> ConnectionId {
    engine.adopt_practice(issuer).await.unwrap();
    let request = ConnectRequest {
        provider: issuer.to_owned(),
        client: ClientChoice::Usual,
        scopes: vec![],
        name: None,
        customer: None,
        environment: Environment::Production,
        port: None,
        opens_browser: false,
        ..Default::default()
    };
    let sign_in = engine.begin_connect(request).await.unwrap();
    let mut changes = engine.follow_sign_in(&sign_in.id).unwrap();
    Person::default().follow(&sign_in.authorize_url).await.unwrap();
    let ended = changes.wait_for(|it| it.progress.is_over()).await.unwrap().progress.clone();
    match ended {
        SignInProgress::Connected(id) => id,
        other => panic!("the sign-in should have worked: {other:?}"),
    }
}

/// The refresh token that a board holds, for a program that goes on with it.
#[expect(clippy::disallowed_methods, reason = "the bare program sends it as it is")]
pub(crate) async fn refresh_token(parts: &EngineParts, id: &ConnectionId) -> String {
    let version = parts.store.token_version(id).unwrap();
    let bundle = parts.vault.read_bundle(id, version).await.unwrap().unwrap();
    bundle.refresh_token.unwrap().expose_secret().to_owned()
}

/// Stores `count` connections whose tokens were issued at `issued_at` for `lifetime`, at a token endpoint that
/// needs no browser. With `has_secrets` their bundles are in the keychain too.
pub(crate) async fn fill(
    parts: &EngineParts,
    server: &str,
    count: u64,
    (issued_at, lifetime): (Timestamp, Duration),
    has_secrets: bool,
) -> Vec<ConnectionId> {
    let provider = ProviderId::from_text(server);
    let document = format!(
        r#"{{"issuer":"{server}","authorization_endpoint":"{server}/authorize","token_endpoint":"{server}/token"}}"#
    );
    parts.store.save_issuer(&provider, &document, issued_at).unwrap();
    let client = Client {
        id: ClientId::from_random(1),
        provider: provider.clone(),
        name: "The benchmark's".into(),
        client_id: "benchmark".into(),
        has_secret: false,
        environment: Environment::Production,
        redirect_port: None,
        variables: BTreeMap::new(),
        redirect: None,
        authentication: None,
        created_at: issued_at,
    };
    parts.store.insert_client(&client).unwrap();

    let mut ids = Vec::new();
    for number in 0..count {
        let id = ConnectionId::from_random(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let bundle = TokenBundle {
            version: TokenVersion(1),
            access_token: Some(Secret::new(format!("at-first-{number:0>50}"))),
            refresh_token: Some(Secret::new(format!("rt-first-{number:0>50}"))),
            issued_at,
            expiry: Expiry::At(issued_at.checked_add(lifetime).unwrap()),
            refresh_token_ends_at: None,
            granted_scopes: vec!["files.read".into()],
            defects: vec![],
        };
        if has_secrets {
            parts.vault.write_bundle(&id, &bundle).await.unwrap();
        }
        let facts = bundle.facts();
        let first = TokenLink {
            version: facts.version,
            access_fingerprint: facts.access_fingerprint.clone(),
            refresh_fingerprint: facts.refresh_fingerprint.clone(),
            issued_at,
            issued_by: IssuedBy::Connect,
            reason: None,
            outcome: LinkOutcome::InUse,
            ended_at: None,
        };
        let connection = Connection {
            id: id.clone(),
            name: format!("Connection {number}"),
            provider: provider.clone(),
            client: client.id.clone(),
            // As an agency's: most belong to one of forty customers.
            customer: (number % 5 != 0).then(|| format!("Customer {}", number % 40)),
            environment: Environment::Production,
            identity: Identity { subject: Some(format!("account-{number}")), ..Identity::default() },
            endpoints: FrozenEndpoints {
                issuer: Some(server.to_owned()),
                token_endpoint: format!("{server}/token").parse().unwrap(),
                kept_fields: vec![],
            },
            scopes: Scopes { requested: vec!["files.read".into()], granted: vec!["files.read".into()] },
            automatic_refresh: true,
            created_at: issued_at,
            grant: GrantState::Alive { granted_at: issued_at },
            token: Some(facts),
            refresh_token_ends_at: None,
            refresh_end_moves: None,
            recovered_at: None,
            refresh_failures: None,
            proof: None,
        };
        parts.store.insert_connection(&connection, Some(&first), &[]).unwrap();
        ids.push(id);
    }
    ids
}
