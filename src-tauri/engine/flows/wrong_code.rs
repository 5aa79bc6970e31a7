//! A deliberately wrong code: what a token endpoint says to it tells a good client from a bad one [C5, E5].

use std::time::Duration;

use domain::Secret;
use domain::connection::Client;
use domain::connection::authorization::AuthorizationCode;
use domain::diagnosis::setup_check::TokenSeen;
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::provider::Provider;
use jiff::SignedDuration;

use super::bindings::as_seen_by;
use crate::authorization_server::{Binding, ClientCredentials, CodeExchange, TokenEndpointAnswer, exchange_code};
use crate::{Engine, Error};

/// Stands in the code, so that whoever reads the provider's log knows what it was.
const MARK: &str = "patchbay-setup-check-";

/// What came of it.
pub(super) struct WrongCode {
    pub(super) seen: TokenSeen,
    pub(super) clock_ahead: Option<SignedDuration>,
    pub(super) http_status: Option<u16>,
    pub(super) took: Duration,
    pub(super) retry_after: Option<Duration>,
    /// The provider's own words, cut and cleaned.
    pub(super) detail: Option<String>,
}

impl Engine {
    /// One request with a random code. It grants nothing and spends nothing; the event says that it was meant.
    pub(super) async fn try_wrong_code(
        &self,
        provider: &Provider,
        client: Option<&Client>,
        client_secret: Option<&Secret>,
        redirect_uri: &str,
    ) -> Result<WrongCode, Error> {
        let random = |prefix: &str| -> Result<Secret, Error> {
            let bytes = Self::random::<32>()?;
            Ok(Secret::new(format!("{prefix}{}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())))
        };
        let verifier = random("")?;
        let seen = client.map_or_else(|| provider.clone(), |client| as_seen_by(client, provider.clone()));
        let exchange = CodeExchange {
            provider: &seen,
            token_endpoint: &provider.token_endpoint,
            client: ClientCredentials {
                client_id: client.map_or("patchbay-setup-check", |client| &client.client_id),
                client_secret,
            },
            code: AuthorizationCode(random(MARK)?),
            code_verifier: &verifier,
            redirect_uri,
            binding: Binding { resource: None, dpop: None },
        };
        let (seen, about, retry_after, detail) =
            match exchange_code(&self.parts.http, exchange, || self.parts.clock.now()).await {
                TokenEndpointAnswer::Issued { about, .. } => (TokenSeen::Issued, about, None, None),
                TokenEndpointAnswer::Failed { diagnosis, about, retry_after, detail } => {
                    (TokenSeen::Refused(diagnosis), about, retry_after, detail)
                }
            };
        self.note_server_clock(provider.token_endpoint.as_str(), about.clock_ahead);

        let mut event = LifecycleEvent::new(self.parts.clock.now(), EventKind::SetupChecked, None);
        event.endpoint = Some("token");
        event.http_status = about.http_status;
        event.request_id = about.request_id;
        event.latency = Some(about.latency);
        event.environment = client.map(|client| client.environment);
        event.subject = Some(client.map_or_else(|| provider.name.clone(), |client| client.name.clone()));
        self.parts.store.append_event(&event)?;
        Ok(WrongCode {
            seen,
            clock_ahead: about.clock_ahead,
            http_status: about.http_status,
            took: about.latency,
            retry_after,
            detail,
        })
    }
}
