//! Check my setup: asks the provider what can be asked without a person, and judges each setting [C5, E2].
//!
//! Three requests: the authorize URL as a browser would bring it, not followed; a wrong code at the token endpoint;
//! the provider's own document, where there is one. The rest is what connections of the client have proved.

use std::collections::BTreeMap;

use domain::connection::authorization::PendingAuthorization;
use domain::connection::{Client, Connection, GrantState, IssuedBy, ProofKind};
use domain::diagnosis::setup_check::{
    AuthorizeAnswer, AuthorizeSeen, ClientSeen, ConnectionSeen, DiscoverySeen, KeychainSeen, ListenerSeen, SetupLine,
    SetupObservations, TokenSeen, judge,
};
use domain::provider::{Pkce, Provider, SecretNeed};
use domain::{ClientId, Secret};
use http::Request;
use http::header::{ACCEPT, ACCEPT_LANGUAGE};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::connect::{listen_at_for, redirect_uri_for};
use super::providers::{addresses, require_variables};
use crate::authorization_server::authorize_url::{AuthorizationRequest, authorize_url};
use crate::authorization_server::discovery;
use crate::http::HttpFailure;
use crate::redirect_listener::RedirectListener;
use crate::{Engine, Error};

/// Sign-in pages weigh this much at the most; what is said of an error stands at their beginning.
const MAX_PAGE: usize = 2 * 1024 * 1024;

/// A check that was made.
#[derive(Debug, Clone)]
pub struct SetupCheck {
    pub at: Timestamp,
    pub lines: Vec<SetupLine>,
}

impl Engine {
    /// Checks a client's settings by real requests, and keeps the result.
    pub async fn check_client(&self, id: &ClientId) -> Result<SetupCheck, Error> {
        self.refuse_when_offline()?;
        let client = self.client(id)?;
        let provider = self.provider(&client.provider)?;
        let provider = self.with_variables(provider, Some(&client.variables), &BTreeMap::new())?;
        let lines = judge(&self.observe(&provider, Some(&client)).await?);
        let at = self.parts.clock.now();
        self.parts.store.save_setup_check(id, at, &lines)?;
        Ok(SetupCheck { at, lines })
    }

    /// The last check of a client, where there was one.
    pub fn last_setup_check(&self, id: &ClientId) -> Result<Option<SetupCheck>, Error> {
        Ok(self.parts.store.find_setup_check(id)?.map(|(at, lines)| SetupCheck { at, lines }))
    }

    /// Checks what can be checked of a provider without a client of one's own.
    pub async fn check_provider(&self, typed: &str, said: &BTreeMap<String, String>) -> Result<SetupCheck, Error> {
        self.refuse_when_offline()?;
        let provider = self.find_or_discover(typed).await?;
        let provider = self.with_variables(provider, None, said)?;
        let lines = judge(&self.observe(&provider, None).await?);
        Ok(SetupCheck { at: self.parts.clock.now(), lines })
    }

    async fn observe(&self, provider: &Provider, client: Option<&Client>) -> Result<SetupObservations, Error> {
        let connections = match client {
            Some(client) => self.connections_of_client(&client.id)?.into_iter().map(|(it, _)| it.connection).collect(),
            None => vec![],
        };
        let (keychain, secret) = self.look_for_secret(provider, client).await;
        let trial = self.port_trial.lock().await;
        let (port, listener) = match RedirectListener::bind(&listen_at_for(provider, client)).await {
            Ok(listener) => {
                let port = listener.port();
                listener.close().await;
                (port, ListenerSeen::Bound)
            }
            Err(error) => (1, ListenerSeen::Refused(error.to_string())),
        };
        drop(trial);
        let redirect_uri = redirect_uri_for(provider, client, port);
        let is_any_port = listen_at_for(provider, client).port.is_none();
        let scopes = scopes_to_ask(provider, &connections);

        let (authorize, token, discovery) = match require_variables(provider) {
            Err(missing) => {
                let why = missing.to_string();
                let not_asked = (AuthorizeSeen::NotAsked(why.clone()), None);
                (not_asked, (TokenSeen::NotAsked(why), None), DiscoverySeen::NotOffered)
            }
            Ok(()) => {
                let (authorize, token, discovery) = tokio::join!(
                    self.ask_authorize(provider, client, &redirect_uri, &scopes),
                    self.try_wrong_code(provider, client, secret.as_ref(), &redirect_uri),
                    self.compare_discovery(provider),
                );
                let token = token?;
                (authorize?, (token.seen, token.clock_ahead), discovery)
            }
        };
        Ok(SetupObservations {
            client: client.map(|_| ClientSeen { keychain }),
            token_address: address(&provider.token_endpoint),
            refresh_address: provider.refresh_endpoint.as_ref().map(address),
            redirect_uri,
            is_any_port,
            scopes,
            has_scopes: provider.scopes.parameter.is_some(),
            has_identity_call: provider.identity.is_some(),
            discovery,
            pkce: provider.pkce,
            clock_ahead_ms: token.1.or(authorize.1).and_then(|it| i64::try_from(it.as_millis()).ok()),
            listener,
            connections: self.proofs_of(&connections)?,
            authorize: authorize.0,
            token: token.0,
        })
    }

    /// The secret for the wrong code, and how the keychain holds it.
    async fn look_for_secret(&self, provider: &Provider, client: Option<&Client>) -> (KeychainSeen, Option<Secret>) {
        let Some(client) = client else { return (KeychainSeen::NothingToHold, None) };
        if !client.has_secret {
            let is_needed = provider.client_secret == SecretNeed::Required;
            return (if is_needed { KeychainSeen::Missing } else { KeychainSeen::NothingToHold }, None);
        }
        match self.client_secret(client).await {
            Ok(secret) => (KeychainSeen::Holds, secret),
            Err(Error::ClientSecretMissing(_)) => (KeychainSeen::Missing, None),
            Err(Error::VaultUnavailable(error)) => (KeychainSeen::Unavailable(error.to_string()), None),
            Err(error) => (KeychainSeen::Unavailable(error.to_string()), None),
        }
    }

    /// The request a browser would bring, and the answer it would get; nothing is followed.
    async fn ask_authorize(
        &self,
        provider: &Provider,
        client: Option<&Client>,
        redirect_uri: &str,
        scopes: &[String],
    ) -> Result<(AuthorizeSeen, Option<SignedDuration>), Error> {
        let pending = PendingAuthorization::from_random(&Self::random::<96>()?, None);
        let asked = AuthorizationRequest {
            client_id: client.map_or("patchbay-setup-check", |client| &client.client_id),
            redirect_uri,
            scopes,
            login_hint: None,
            is_reconnect: false,
            is_widening: false,
            resource: None,
            dpop_jkt: None,
        };
        let url = authorize_url(provider, &pending, &asked).ok_or(Error::BadInput("the redirect URI is not a URL"))?;
        let address = address(&url);
        let request = Request::get(url.as_str())
            .header(ACCEPT, "text/html,application/xhtml+xml,application/json;q=0.8")
            .header(ACCEPT_LANGUAGE, "en")
            .body(vec![])
            .map_err(|_| Error::BadInput("the authorization endpoint is not a URL"))?;
        Ok(match self.parts.http.send(request, MAX_PAGE).await {
            Ok(answer) => {
                let ahead = answer.clock_ahead(self.parts.clock.now());
                let answer = AuthorizeAnswer {
                    status: answer.status,
                    location: answer.header("location").and_then(|it| url.join(it).ok()),
                    body: String::from_utf8_lossy(&answer.body).into_owned(),
                };
                (AuthorizeSeen::Answered { address, answer }, ahead)
            }
            Err(HttpFailure::TooLarge { .. }) => (AuthorizeSeen::TooLarge { address }, None),
            Err(failure) => (AuthorizeSeen::Unreachable { address, why: failure.to_string() }, None),
        })
    }

    async fn compare_discovery(&self, provider: &Provider) -> DiscoverySeen {
        // An issuer with a place for a tenant is no address.
        let Some(issuer) = provider.issuer.as_ref().filter(|it| !it.identifier.contains(['{', '<'])) else {
            return DiscoverySeen::NotOffered;
        };
        let theirs = match discovery::discover(&self.parts.http, &issuer.identifier).await {
            Ok(discovered) => discovered.provider,
            Err(refused) => return DiscoverySeen::Unusable(refused.to_string()),
        };
        // What is called and revoked at a provider of the catalogue is its own matter, and often beside its document.
        let compared = if self.parts.catalogue.now().find(&provider.id).is_some() { 2 } else { usize::MAX };
        let pairs = addresses(provider).into_iter().zip(addresses(&theirs)).take(compared);
        let named = pairs.filter_map(|((field, ours), (_, theirs))| Some((field, address(&ours?), address(&theirs?))));
        DiscoverySeen::Read {
            differing: named.filter(|(_, ours, theirs)| ours != theirs).collect(),
            lists_s256: theirs.pkce != Pkce::Undocumented,
        }
    }

    fn proofs_of(&self, connections: &[Connection]) -> Result<Vec<ConnectionSeen>, Error> {
        connections
            .iter()
            .map(|connection| {
                let newest = self.parts.store.list_token_links(&connection.id, 1)?;
                Ok(proof_of(connection, newest.first().is_some_and(|it| it.issued_by == IssuedBy::Refresh)))
            })
            .collect()
    }
}

fn proof_of(connection: &Connection, was_refreshed: bool) -> ConnectionSeen {
    let token = connection.token.as_ref();
    let proof = connection.proof.as_ref();
    // A sign-in ends with the same call.
    let called = proof.filter(|it| matches!(it.by, ProofKind::TestCall | ProofKind::SignIn));
    ConnectionSeen {
        name: connection.name.clone(),
        is_alive: matches!(connection.grant, GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. }),
        issued_at: token.map(|it| it.issued_at),
        was_refreshed,
        refresh_failure: connection.refresh_failures.as_ref().map(|it| it.last.cause),
        has_access_token: token.is_some_and(|it| it.has_access_token),
        account: connection.identity.account().map(str::to_owned),
        defect_count: token.map_or(0, |it| it.defects.len()),
        missing_scopes: connection.scopes.missing().cloned().collect(),
        tested: called.map(|it| (it.at, it.failure.as_ref().map(|failure| failure.cause))),
    }
}

/// What is always asked for, and what its connections asked for; else what is ticked at first.
fn scopes_to_ask(provider: &Provider, connections: &[Connection]) -> Vec<String> {
    if provider.scopes.parameter.is_none() {
        return vec![];
    }
    let mut scopes = provider.scopes.always.clone();
    let mut wanted: Vec<_> = connections.iter().flat_map(|it| it.scopes.requested.clone()).collect();
    if connections.is_empty() {
        let ticked = provider.scopes.actions.iter().filter(|action| action.is_preselected);
        wanted = ticked.flat_map(|action| action.scopes.clone()).collect();
    }
    for scope in wanted {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    scopes
}

/// Host and path: a query may hold what is nobody's business.
fn address(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}{}", url.host_str().unwrap_or_default(), url.path())
}
