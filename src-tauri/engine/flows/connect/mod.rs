//! Signing in, from the click to the stored grant; a reconnect is the same flow with an older sign-in to
//! compare with [A1, A2, A7, E1, S009, S019, S031, S043, S064].

mod landing;
mod sign_in;
mod widening;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::connection::authorization::{ExpectedIssuer, PendingAuthorization};
use domain::connection::reconnect::ReconnectDecision;
use domain::connection::{Client, Connection, Environment};
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::provider::scope_map::minimal;
use domain::provider::{Provider, SecretNeed};
use domain::{ClientId, ConnectionId, Secret};
use jiff::Timestamp;
use tokio::sync::watch;

pub(crate) use sign_in::SignIns;
pub use sign_in::{LeftBecause, SignIn, SignInFailure, SignInId, SignInProgress};

use super::clients::NewClient;
use super::labels::label;
use crate::authorization_server::authorize_url::{AuthorizationRequest, authorize_url};
use crate::redirect_listener::{ListenAt, RedirectListener};
use crate::{Engine, Error, Notice};

/// How long a person may take in the browser: consent with a second factor, and a phone call between.
const SIGN_IN_TIME: Duration = Duration::from_secs(10 * 60);
/// Enough for a queue, too few for a storm of tabs.
const MAX_SIGN_INS: usize = 8;

/// What a person wants connected.
#[derive(Default)]
pub struct ConnectRequest {
    /// A name of the catalogue, or an issuer's address.
    pub provider: String,
    pub client: ClientChoice,
    /// Values of the provider's variables; those the client knows need not be said again.
    pub variables: BTreeMap<String, String>,
    /// Besides those always asked for.
    pub scopes: Vec<String>,
    pub name: Option<String>,
    pub customer: Option<String>,
    pub environment: Environment,
    /// The port registered in the redirect URI.
    pub port: Option<u16>,
    /// A background task never opens a browser; neither does `--no-browser`.
    pub opens_browser: bool,
    pub way: SignInWay,
    /// The one API the tokens are for (RFC 8707).
    pub resource: Option<String>,
}

/// How the answer comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignInWay {
    /// The browser comes back to this computer.
    #[default]
    Loopback,
    /// The browser runs elsewhere, or may not reach loopback: the person brings the address it ended at.
    PastedRedirect,
    /// A code is typed on another device (RFC 8628).
    Device,
}

/// Which client signs in.
#[derive(Default)]
pub enum ClientChoice {
    Known(ClientId),
    New {
        client_id: String,
        client_secret: Option<Secret>,
    },
    /// The built-in one, or the only one this provider has.
    #[default]
    Usual,
}

/// What has to be known before the browser opens.
pub struct ConnectPlan {
    pub provider: Provider,
    pub redirect_uri: String,
    pub is_any_port: bool,
    pub port_taken_by: Option<String>,
    pub clients: Vec<(Client, usize)>,
}

/// All that is frozen when the browser opens [S009].
struct Frozen {
    provider: Provider,
    client: Client,
    client_secret: Option<Secret>,
    pending: PendingAuthorization,
    redirect_uri: String,
    scopes: Vec<String>,
    purpose: Purpose,
}

/// What the new grant is for.
enum Purpose {
    New { name: Option<String>, customer: Option<String>, environment: Environment },
    Reconnect(Box<Connection>),
}

impl Engine {
    /// Says what to register at the provider, and whether the port for it is free right now.
    pub async fn plan_connect(&self, typed: &str, variables: &BTreeMap<String, String>) -> Result<ConnectPlan, Error> {
        let provider = self.find_or_discover(typed).await?;
        let clients = self.list_clients_of(&provider.id)?;
        let known = clients.first().map(|(client, _)| &client.variables);
        let provider = self.with_variables(provider, known, variables)?;
        let port = Self::redirect_port(&provider, clients.first().map(|(client, _)| client));
        let bound = RedirectListener::bind(&listen_at(&provider, port)).await;
        let (redirect_uri, port_taken_by) = match bound {
            Ok(listener) => {
                let uri = listener.redirect_uri().to_owned();
                listener.close().await;
                (uri, None)
            }
            Err(error) => (written_redirect_uri(&provider, port), Some(error.to_string())),
        };
        Ok(ConnectPlan { redirect_uri, is_any_port: port.is_none(), port_taken_by, clients, provider })
    }

    /// Starts a sign-in for a new connection: the listener is up and the browser asked to open.
    pub async fn begin_connect(&self, request: ConnectRequest) -> Result<SignIn, Error> {
        let provider = self.find_or_discover(&request.provider).await?;
        let client = self.choose_client(&provider, &request).await?;
        let provider = self.with_variables(provider, Some(&client.variables), &request.variables)?;
        require_variables(&provider)?;
        self.parts.store.set_client_variables(&client.id, &values_of(&provider))?;
        if client.environment != request.environment {
            return Err(Error::EnvironmentsDiffer {
                client: client.environment.as_str(),
                connection: request.environment.as_str(),
            });
        }
        let scopes = with_always(&provider, &minimal(&provider.scopes, &request.scopes))?;
        let purpose = Purpose::New {
            name: request.name.as_deref().and_then(label),
            customer: request.customer.as_deref().and_then(label),
            environment: request.environment,
        };
        self.begin(provider, client, scopes, purpose, request.port, request.opens_browser).await
    }

    /// Starts a sign-in that brings an existing connection back, with the account it had preselected.
    /// One sign-in per connection: asked again, the one under way opens again.
    pub async fn begin_reconnect(&self, id: &ConnectionId, opens_browser: bool) -> Result<SignIn, Error> {
        let connection = self.connection(id)?;
        if let Some(under_way) = self.sign_ins.of_connection(id) {
            if opens_browser {
                self.open_sign_in_page(&under_way.id).await?;
            }
            return Ok(under_way);
        }
        let provider = self.provider_of(&connection)?;
        let client = self.client(&connection.client)?;
        let scopes = with_always(&provider, &connection.scopes.requested)?;
        self.begin(provider, client, scopes, Purpose::Reconnect(Box::new(connection)), None, opens_browser).await
    }

    /// Opens the page of a sign-in once more. False when the browser did not open.
    pub async fn open_sign_in_page(&self, id: &SignInId) -> Result<bool, Error> {
        let sign_in = self.sign_in(id)?;
        Ok(self.parts.browser.open(&sign_in.authorize_url).await.is_ok())
    }

    /// Ends a sign-in that still waits for the browser.
    pub fn cancel_sign_in(&self, id: &SignInId) -> Result<(), Error> {
        self.sign_ins.cancel(id).ok_or_else(|| Error::SignInGone(id.to_string()))
    }

    /// Answers the question a sign-in stopped at [A7].
    pub fn decide_reconnect(&self, id: &SignInId, decision: ReconnectDecision) -> Result<(), Error> {
        self.sign_ins.decide(id, decision).ok_or_else(|| Error::SignInGone(id.to_string()))
    }

    pub fn sign_in(&self, id: &SignInId) -> Result<SignIn, Error> {
        self.sign_ins.find(id).ok_or_else(|| Error::SignInGone(id.to_string()))
    }

    pub fn list_sign_ins(&self) -> Vec<SignIn> {
        self.sign_ins.list()
    }

    /// Every change of one sign-in, beginning with what it is now.
    pub fn follow_sign_in(&self, id: &SignInId) -> Result<watch::Receiver<SignIn>, Error> {
        self.sign_ins.follow(id).ok_or_else(|| Error::SignInGone(id.to_string()))
    }

    async fn begin(
        &self,
        provider: Provider,
        client: Client,
        scopes: Vec<String>,
        purpose: Purpose,
        port: Option<u16>,
        opens_browser: bool,
    ) -> Result<SignIn, Error> {
        self.refuse_when_offline()?;
        let now = self.parts.clock.now();
        // Pages carry dates, and the library that writes them knows the years 1970 to 9999 only.
        if !(Timestamp::UNIX_EPOCH..Timestamp::MAX).contains(&now) {
            return Err(Error::BadInput("this computer's clock is far from the truth: set it, then sign in"));
        }
        self.sign_ins.prune(now);
        if self.sign_ins.open_count() >= MAX_SIGN_INS {
            return Err(Error::TooManySignIns);
        }
        let client_secret = self.client_secret(&client).await?;
        let port = port.or_else(|| Self::redirect_port(&provider, Some(&client)));
        let listener = RedirectListener::bind(&listen_at(&provider, port)).await?;

        let expected_issuer = provider.issuer.as_ref().map(|issuer| ExpectedIssuer {
            identifier: issuer.identifier.clone(),
            is_promised: issuer.answers_carry_iss,
        });
        let pending = PendingAuthorization::from_random(&Self::random::<96>()?, expected_issuer);
        let redirect_uri = listener.redirect_uri().to_owned();
        let login_hint = match &purpose {
            Purpose::Reconnect(connection) => connection.identity.label.clone(),
            Purpose::New { .. } => None,
        };
        let further = widening::further_scopes(&provider, &purpose, &scopes);
        let asked = AuthorizationRequest {
            client_id: &client.client_id,
            redirect_uri: &redirect_uri,
            scopes: further.as_deref().unwrap_or(&scopes),
            login_hint: login_hint.as_deref(),
            is_reconnect: matches!(purpose, Purpose::Reconnect(_)),
            is_widening: further.is_some(),
        };
        let authorize_url =
            authorize_url(&provider, &pending, &asked).ok_or(Error::BadInput("the redirect URI is not a URL"))?;
        let reconnects = match &purpose {
            Purpose::Reconnect(connection) => Some(connection.id.clone()),
            Purpose::New { .. } => None,
        };

        let sign_in = SignIn {
            id: SignInId::from_random(Self::random_bits()?),
            reconnects,
            provider: provider.id.clone(),
            provider_name: provider.name.clone(),
            is_practice: provider.is_practice,
            authorize_url: authorize_url.clone(),
            redirect_uri: redirect_uri.clone(),
            started_at: now,
            ends_at: now.checked_add(SIGN_IN_TIME).unwrap_or(now),
            progress: SignInProgress::WaitingForBrowser { browser_opened: false, strange_request_count: 0 },
        };
        let controls = self.sign_ins.insert(sign_in.clone());
        let mut event = LifecycleEvent::new(now, EventKind::SignInStarted, sign_in.reconnects.clone());
        event.endpoint = Some("authorize");
        event.redirect_uri_hash = Some(Secret::new(redirect_uri.as_str()).fingerprint().to_string());
        event.subject = Some(provider.name.clone());
        self.parts.store.append_event(&event)?;

        let frozen = Frozen { provider, client, client_secret, pending, redirect_uri, scopes, purpose };
        let task = landing::Landing { engine: self.clone(), id: sign_in.id.clone(), frozen, ends_at: sign_in.ends_at };
        let landed = tokio::spawn(task.run(listener, controls));
        let (engine, id) = (self.clone(), sign_in.id.clone());
        tokio::spawn(async move {
            // Whatever becomes of the task, a sign-in ends, and says so.
            if landed.await.is_err() {
                engine.update_sign_in(&id, |progress| {
                    if !progress.is_over() {
                        *progress = ours(Error::TaskEnded);
                    }
                });
            }
        });

        // The listener is up, so the answer cannot come too early; a launcher that fails is no failure.
        if opens_browser {
            let browser_opened = self.parts.browser.open(&authorize_url).await.is_ok();
            self.update_sign_in(&sign_in.id, |progress| {
                if let SignInProgress::WaitingForBrowser { browser_opened: opened, .. } = progress {
                    *opened = browser_opened;
                }
            });
        }
        self.sign_in(&sign_in.id)
    }

    async fn choose_client(&self, provider: &Provider, request: &ConnectRequest) -> Result<Client, Error> {
        match &request.client {
            ClientChoice::Known(id) => {
                let client = self.client(id)?;
                if client.provider != provider.id {
                    return Err(Error::ClientIncomplete("it belongs to another provider"));
                }
                Ok(client)
            }
            ClientChoice::New { client_id, client_secret } => {
                #[expect(clippy::disallowed_methods, reason = "the keychain gets a copy of its own")]
                let client_secret = client_secret.as_ref().map(|secret| Secret::new(secret.expose_secret()));
                self.add_client(NewClient {
                    provider: provider.id.as_str().to_owned(),
                    name: None,
                    client_id: client_id.clone(),
                    client_secret,
                    environment: request.environment,
                    redirect_port: request.port,
                    variables: request.variables.clone(),
                })
                .await
            }
            ClientChoice::Usual => {
                if provider.client_secret == SecretNeed::BuiltIn
                    && let Some(client) = self.built_in_client(provider, request.environment)?
                {
                    return Ok(client);
                }
                let mut clients = self.list_clients_of(&provider.id)?;
                clients.retain(|(client, _)| client.environment == request.environment);
                match (clients.pop(), clients.len()) {
                    (Some((client, _)), 0) => Ok(client),
                    (Some(_), _) => Err(Error::ClientIncomplete("this provider has several clients; name one")),
                    (None, _) => Err(Error::ClientIncomplete("its id is missing")),
                }
            }
        }
    }

    /// Changes the progress of a sign-in and tells whoever watches.
    fn update_sign_in(&self, id: &SignInId, change: impl FnOnce(&mut SignInProgress)) {
        if self.sign_ins.update(id, change) {
            self.notify(Notice::SignInChanged(id.clone()));
        }
    }
}

/// Nothing is sent to an address that holds an example.
fn require_variables(provider: &Provider) -> Result<(), Error> {
    match provider.variables.iter().find(|it| it.value.is_none()) {
        Some(missing) => Err(Error::VariableRefused { asks: missing.asks.clone(), complaint: "missing".to_owned() }),
        None => Ok(()),
    }
}

/// What the variables of a provider are, by name.
fn values_of(provider: &Provider) -> BTreeMap<String, String> {
    provider.variables.iter().filter_map(|it| Some((it.name.clone(), it.value.clone()?))).collect()
}

fn listen_at(provider: &Provider, port: Option<u16>) -> ListenAt {
    ListenAt { host: provider.redirect.host, port, path: redirect_path(provider), accepts_form_post: false }
}

/// Each provider has its own path, so that an answer of one cannot pass for another's [S007]; where the
/// provider compares paths the catalogue's stands.
fn redirect_path(provider: &Provider) -> String {
    if provider.redirect.is_path_exact {
        return provider.redirect.path.clone();
    }
    let slug: String = provider
        .id
        .as_str()
        .trim_start_matches("https://")
        .trim_start_matches("http://")
        .chars()
        .map(|it| if it.is_ascii_alphanumeric() { it } else { '-' })
        .collect();
    format!("{}/{}", provider.redirect.path.trim_end_matches('/'), slug.trim_matches('-'))
}

/// The redirect URI as it will be, when the port cannot be had right now.
fn written_redirect_uri(provider: &Provider, port: Option<u16>) -> String {
    let host = match provider.redirect.host {
        domain::provider::RedirectHost::Ipv4 => "127.0.0.1",
        domain::provider::RedirectHost::Ipv6 => "[::1]",
        domain::provider::RedirectHost::Localhost => "localhost",
    };
    format!("http://{host}:{}{}", port.unwrap_or_default(), redirect_path(provider))
}

/// What is always asked for, then what the person wants, each once [S013].
fn with_always(provider: &Provider, wanted: &[String]) -> Result<Vec<String>, Error> {
    if provider.scopes.parameter.is_none() {
        return Ok(vec![]);
    }
    let mut scopes: Vec<String> = Vec::new();
    for scope in provider.scopes.always.iter().chain(wanted) {
        let scope = scope.trim();
        // scope-token of RFC 6749 §3.3.
        let is_token = scope.bytes().all(|it| matches!(it, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
        if !is_token || scope.len() > 512 {
            return Err(Error::BadInput("a scope may not hold spaces, quotes or backslashes"));
        }
        if !scope.is_empty() && !scopes.iter().any(|it| it == scope) {
            scopes.push(scope.to_owned());
        }
    }
    Ok(scopes)
}

/// Shared by whoever shows why a sign-in ended.
pub(super) fn ours(error: Error) -> SignInProgress {
    SignInProgress::Failed(SignInFailure::Ours(Arc::new(error)))
}
