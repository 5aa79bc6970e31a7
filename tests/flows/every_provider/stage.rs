//! One provider on its stage: the practice provider in its part, and a board whose catalogue leads there.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use domain::connection::{Client, Connection};
use domain::provider::Provider;
use domain::{ProviderId, Secret};
use engine::clock::Clock;
use engine::flows::clients::NewClient;
use engine::flows::connect::{ClientChoice, ConnectRequest, SignInProgress};
use engine::{Engine, Error};
use fakes::{Keychain, Person};
use jiff::Timestamp;
use practice::{Faults, PracticeProvider};
use serde_json::Value;
use tempfile::TempDir;

use super::browser::{self, Ended};
use crate::support::{folder_in_memory, open, settled, timeouts, within};

/// Who signs in.
pub(super) const MIRA: &str = "mira";

pub(super) struct Stage {
    pub(super) practice: PracticeProvider,
    pub(super) engine: Engine,
    pub(super) provider: Provider,
    pub(super) client: Client,
    clock: Clock,
    variables: BTreeMap<String, String>,
    _folder: TempDir,
}

impl Stage {
    /// The kinds of client that this provider knows: those with a secret, those without, or both.
    pub(super) async fn kinds_of_client(file: &Value) -> Vec<&'static str> {
        let practice = PracticeProvider::playing(file).await.unwrap_or_else(|error| panic!("{}: {error}", file["id"]));
        let clients = practice.played_clients();
        let kinds: Vec<_> = clients
            .iter()
            .map(|client| if client.client_secret.is_some() { "confidential" } else { "public" })
            // A secret that a person has to enter is never left out.
            .filter(|kind| *kind == "confidential" || file["client_secret"] != "required")
            .collect();
        assert!(!kinds.is_empty(), "{} can be played with some client", file["id"]);
        kinds
    }

    /// Registers a client at the provider and on the board, with the redirect URI that the board says.
    pub(super) async fn with_client(file: &Value, kind: &str) -> Self {
        let practice = PracticeProvider::playing(file).await.unwrap();
        assert!(practice.consent_automatically(Some(MIRA)), "Mira has an account there");
        let folder = folder_in_memory();
        let id = file["id"].as_str().unwrap();
        std::fs::create_dir(folder.path().join("providers")).unwrap();
        let moved = practice.played_file().unwrap().to_string();
        std::fs::write(folder.path().join("providers").join(format!("{id}.json")), moved).unwrap();

        // The database keeps milliseconds.
        let now = Timestamp::from_millisecond(Clock::system().now().as_millisecond()).unwrap();
        let clock = Clock::set_at(now);
        let limits = timeouts(Duration::from_secs(10));
        let engine = open(folder.path(), &Keychain::default(), &clock, &Person::default(), limits);
        assert_eq!(engine.catalogue_errors(), Vec::<String>::new(), "a person may point the file at this machine");
        let provider = engine.provider(&ProviderId::from_text(id)).unwrap();

        let offered =
            practice.played_clients().iter().find(|it| it.client_secret.is_some() == (kind == "confidential"));
        let offered = offered.unwrap();
        let variables: BTreeMap<String, String> = provider
            .variables
            .iter()
            .map(|it| (it.name.clone(), it.usual.clone().unwrap_or(it.example.clone())))
            .collect();
        let client = engine
            .add_client(NewClient {
                provider: id.to_owned(),
                client_id: offered.client_id.clone(),
                client_secret: offered.client_secret.as_deref().map(Secret::new),
                redirect_port: Some(free_port()),
                variables: variables.clone(),
                ..NewClient::default()
            })
            .await
            .unwrap();
        let plan = engine.plan_connect(id, &variables).await.unwrap();
        assert_eq!(plan.port_taken_by, None);
        practice.register_redirect(&plan.redirect_uri);
        Self { practice, engine, provider, client, clock, variables, _folder: folder }
    }

    /// With the first kind of client that there is.
    pub(super) async fn of(file: &Value) -> Self {
        let kinds = Self::kinds_of_client(file).await;
        Self::with_client(file, kinds[0]).await
    }

    /// Signs in with what is ticked at first, as far as it goes: to an end, or to a page that leads nowhere.
    pub(super) async fn sign_in(&self) -> (SignInProgress, Ended) {
        let actions = self.provider.scopes.actions.iter().filter(|it| it.is_preselected);
        let scopes: Vec<String> = actions.flat_map(|it| it.scopes.clone()).collect();
        self.sign_in_for(&scopes).await
    }

    /// Signs in for these scopes and those that are always asked for.
    pub(super) async fn sign_in_for(&self, scopes: &[String]) -> (SignInProgress, Ended) {
        // A sign-in tells of its end before it has given its port back.
        let sign_in = within(async {
            loop {
                match self.engine.begin_connect(self.request(scopes)).await {
                    Err(Error::ListenerUnavailable(_)) => tokio::task::yield_now().await,
                    begun => break begun.unwrap(),
                }
            }
        })
        .await;
        let page = within(browser::follow(&sign_in.authorize_url)).await;
        let is_at_the_provider = page.url.as_str().starts_with(self.practice.issuer());
        if is_at_the_provider {
            // Nobody was sent back: a person would close the page.
            let progress = self.engine.sign_in(&sign_in.id).unwrap().progress;
            self.engine.cancel_sign_in(&sign_in.id).unwrap();
            return (progress, page);
        }
        (settled(&self.engine, &sign_in.id).await, page)
    }

    fn request(&self, scopes: &[String]) -> ConnectRequest {
        ConnectRequest {
            provider: self.provider.id.to_string(),
            client: ClientChoice::Known(self.client.id.clone()),
            variables: self.variables.clone(),
            scopes: scopes.to_vec(),
            opens_browser: false,
            ..ConnectRequest::default()
        }
    }

    pub(super) async fn connect(&self) -> Connection {
        let (progress, page) = self.sign_in().await;
        match progress {
            SignInProgress::Connected(id) => self.engine.connection(&id).unwrap(),
            other => panic!(
                "the sign-in should have worked: {other:?}; the provider complains of {:?}; the browser ended at {} {}: {}",
                self.practice.complaints(),
                page.status,
                page.url.path(),
                page.body.chars().take(300).collect::<String>()
            ),
        }
    }

    pub(super) fn set_faults(&self, faults: Faults) {
        self.practice.set_faults(faults);
    }

    /// Lets time pass for both sides.
    pub(super) fn pass_time(&self, time: Duration) {
        self.practice.pass_time(time);
        self.clock.advance(time);
    }

    /// Nothing arrived that the provider's file does not describe.
    pub(super) fn kept_to_the_file(&self) {
        assert_eq!(self.practice.complaints(), Vec::<String>::new(), "the provider's file says otherwise");
    }
}

/// A port below those that the system hands out to whoever connects somewhere.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 8_000).unwrap();
    let mut ports = std::iter::repeat_with(|| first + NEXT.fetch_add(1, Ordering::Relaxed) % 4_000);
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}
