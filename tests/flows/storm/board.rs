//! A board of many connections, written straight into database and keychain: a thousand sign-ins would take minutes
//! [F23].

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::connection::{
    Connection, Environment, FrozenEndpoints, GrantState, Identity, IssuedBy, LinkOutcome, Scopes, TokenLink,
};
use domain::provider::Provider;
use domain::token::{Expiry, TokenBundle};
use domain::{ClientId, ConnectionId, Secret, TokenVersion};
use engine::browser::Browser;
use engine::clock::Clock;
use engine::flows::clients::NewClient;
use engine::{Engine, EngineParts};
use fakes::{Person, TokenServer};
use jiff::Timestamp;
use keyring_core::CredentialStore;
use practice::{PracticeProvider, Settings};

use crate::support::{HOUR, MINUTE, timeouts};

pub(crate) const PROVIDERS: usize = 6;

/// What was written.
pub(crate) struct Board {
    pub(crate) providers: Vec<Provider>,
    /// By grant.
    pub(crate) ids: Vec<ConnectionId>,
}

impl Board {
    /// So many connections, the first `due` of them due at once and the others in most of an hour.
    pub(crate) async fn write(
        folder: &Path,
        keychain: &Arc<CredentialStore>,
        server: &TokenServer,
        count: usize,
        due: usize,
    ) -> Self {
        let engine = open(folder, keychain);
        let mut providers = Vec::new();
        let mut clients = Vec::new();
        for _ in 0..PROVIDERS {
            // Each describes itself once; tokens are redeemed elsewhere.
            let practice = PracticeProvider::start(Settings::default()).await.unwrap();
            providers.push(engine.find_or_discover(practice.issuer()).await.unwrap());
            let new = NewClient {
                provider: practice.issuer().to_owned(),
                name: None,
                client_id: PracticeProvider::default_client_id().to_owned(),
                client_secret: None,
                environment: Environment::Production,
                redirect_port: None,
                ..Default::default()
            };
            clients.push(engine.add_client(new).await.unwrap().id);
        }
        drop(engine);

        let parts = parts(folder, keychain, Clock::system());
        parts.vault.ensure_canary().await.unwrap();
        parts.store.put_setting("canary_written", "yes").unwrap();
        let now = Clock::system().now();
        let mut ids = Vec::new();
        for grant in 0..count {
            let place = grant % PROVIDERS;
            let bundle = bundle(grant, if grant < due { now } else { now.checked_add(50 * MINUTE).unwrap() });
            let endpoint = server.token_endpoint(place);
            let connection = connection(grant, &providers[place], &clients[place], &endpoint, &bundle);
            parts.vault.write_bundle(&connection.id, &bundle).await.unwrap();
            parts.store.insert_connection(&connection, Some(&link(&bundle)), &[]).unwrap();
            ids.push(connection.id);
        }
        Self { providers, ids }
    }

    /// Leaves the keychain as it was.
    pub(crate) async fn erase_from_keychain(&self, folder: &Path, keychain: &Arc<CredentialStore>) {
        let parts = parts(folder, keychain, Clock::system());
        for id in &self.ids {
            parts.vault.erase_connection(id).await.unwrap();
        }
    }
}

pub(crate) fn open(folder: &Path, keychain: &Arc<CredentialStore>) -> Engine {
    Engine::new(parts(folder, keychain, Clock::system()))
}

pub(crate) fn parts(folder: &Path, keychain: &Arc<CredentialStore>, clock: Clock) -> EngineParts {
    let browser = Browser::scripted(Person::default().opener());
    let timeouts = timeouts(Duration::from_secs(30));
    EngineParts::open_with(folder, Arc::clone(keychain), clock, browser, timeouts).unwrap()
}

/// Due since a moment ago, for a few minutes more.
fn bundle(grant: usize, now: Timestamp) -> TokenBundle {
    TokenBundle {
        version: TokenVersion(1),
        access_token: Some(Secret::new(format!("at_{grant}"))),
        refresh_token: Some(Secret::new(TokenServer::first_token(grant))),
        issued_at: now.checked_sub(HOUR - 4 * MINUTE).unwrap(),
        expiry: Expiry::At(now.checked_add(4 * MINUTE).unwrap()),
        refresh_token_ends_at: None,
        granted_scopes: vec!["openid".into()],
        defects: vec![],
    }
}

fn connection(
    grant: usize,
    provider: &Provider,
    client: &ClientId,
    endpoint: &str,
    bundle: &TokenBundle,
) -> Connection {
    Connection {
        id: ConnectionId::from_random(u64::try_from(grant).unwrap() + 1),
        name: format!("Storm {grant}"),
        provider: provider.id.clone(),
        client: client.clone(),
        customer: None,
        environment: Environment::Production,
        identity: Identity { subject: Some(format!("account {grant}")), ..Identity::default() },
        endpoints: FrozenEndpoints { issuer: None, token_endpoint: endpoint.parse().unwrap(), kept_fields: vec![] },
        scopes: Scopes { requested: vec!["openid".into()], granted: vec!["openid".into()] },
        automatic_refresh: true,
        created_at: bundle.issued_at,
        grant: GrantState::Alive { granted_at: bundle.issued_at },
        token: Some(bundle.facts()),
        refresh_token_ends_at: None,
        refresh_end_moves: None,
        recovered_at: None,
        refresh_failures: None,
        proof: None,
    }
}

fn link(bundle: &TokenBundle) -> TokenLink {
    let facts = bundle.facts();
    TokenLink {
        version: facts.version,
        access_fingerprint: facts.access_fingerprint,
        refresh_fingerprint: facts.refresh_fingerprint,
        issued_at: facts.issued_at,
        issued_by: IssuedBy::Connect,
        reason: None,
        outcome: LinkOutcome::InUse,
        ended_at: None,
    }
}
