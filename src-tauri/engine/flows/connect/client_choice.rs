//! Which client a sign-in goes through: one that is known, one just given, the built-in one, or one that is registered
//! for it [A2, A3, S092].

use domain::connection::Client;
use domain::provider::{Dpop, Provider, SecretNeed};
use domain::{ClientId, Secret};

use super::{ConnectRequest, SignInWay};
use crate::flows::clients::NewClient;
use crate::flows::registrations::Wanted;
use crate::{Engine, Error};

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

impl Engine {
    /// The client to sign in with, and whether it was registered for this.
    pub(super) async fn choose_client(
        &self,
        provider: &Provider,
        request: &ConnectRequest,
    ) -> Result<(Client, bool), Error> {
        let known = match &request.client {
            ClientChoice::Known(id) => {
                let client = self.client(id)?;
                if client.provider != provider.id {
                    return Err(Error::ClientIncomplete("it belongs to another provider"));
                }
                client
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
                    redirect: None,
                    variables: request.variables.clone(),
                })
                .await?
            }
            ClientChoice::Usual => {
                if provider.client_secret == SecretNeed::BuiltIn
                    && let Some(client) = self.built_in_client(provider, request.environment)?
                {
                    return Ok((client, false));
                }
                let mut clients = self.list_clients_of(&provider.id)?;
                clients.retain(|(client, _)| client.environment == request.environment);
                match (clients.pop(), clients.len()) {
                    (Some((client, _)), 0) => client,
                    (Some(_), _) => {
                        return Err(Error::ClientIncomplete("this provider has several clients; name one"));
                    }
                    (None, _) => {
                        let wanted = Wanted {
                            environment: request.environment,
                            uses_device_flow: request.way == SignInWay::Device,
                            is_dpop_bound: request.dpop || provider.dpop == Dpop::Required,
                        };
                        return Ok((self.register_client(provider, wanted).await?, true));
                    }
                }
            }
        };
        Ok((known, false))
    }
}
