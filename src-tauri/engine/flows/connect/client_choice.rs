//! Which client a sign-in goes through: one that is known, one just given, the built-in one, or one that is registered
//! for it [A2, A3, S090, S092].

use domain::connection::Client;
use domain::provider::{Dpop, Provider, SecretNeed};
use domain::{ClientId, Secret};
use url::Url;

use super::{ConnectRequest, McpServer, SignInWay};
use crate::flows::clients::NewClient;
use crate::flows::registrations::Wanted;
use crate::{Engine, Error};

/// What a client is called that was registered for one MCP server, before that server's origin.
const MADE_FOR: &str = "Registered for ";
const MADE_FOR_ANOTHER: &str = "this MCP server names an authorization server of another address, and a client that was \
                                made for something else is used for it only when you name that client";

fn made_for(mcp: &McpServer) -> String {
    format!("{MADE_FOR}{}", mcp.url.origin().ascii_serialization())
}

/// Which client signs in.
#[derive(Default)]
pub enum ClientChoice {
    Known(ClientId),
    New {
        client_id: String,
        client_secret: Option<Secret>,
    },
    /// The built-in one, or the only one this provider has; for an MCP server apart from it, only one made for that.
    #[default]
    Usual,
}

impl Engine {
    /// The client to sign in with, and whether it was registered for this.
    pub(super) async fn choose_client(
        &self,
        provider: &Provider,
        request: &ConnectRequest,
        mcp: Option<&McpServer>,
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
                let apart = mcp.filter(|it| it.is_apart_from(provider));
                if apart.is_none()
                    && provider.client_secret == SecretNeed::BuiltIn
                    && let Some(client) = self.built_in_client(provider, request.environment)?
                {
                    return Ok((client, false));
                }
                let mut clients = self.usual_clients(provider, mcp)?;
                clients.retain(|(client, _)| client.environment == request.environment);
                match (clients.pop(), clients.len()) {
                    (Some((client, _)), 0) => client,
                    (Some(_), _) => {
                        return Err(Error::ClientIncomplete("this provider has several clients; name one"));
                    }
                    (None, _) if apart.is_some() && provider.registration_endpoint.is_none() => {
                        return Err(Error::ClientIncomplete(MADE_FOR_ANOTHER));
                    }
                    (None, _) => {
                        let wanted = Wanted {
                            environment: request.environment,
                            uses_device_flow: request.way == SignInWay::Device,
                            is_dpop_bound: request.dpop || provider.dpop == Dpop::Required,
                        };
                        let mut client = self.register_client(provider, wanted).await?;
                        if let Some(mcp) = apart {
                            client.name = made_for(mcp);
                            self.parts.store.rename_client(&client.id, &client.name)?;
                        }
                        return Ok((client, true));
                    }
                }
            }
        };
        // One that was to be deleted has found its use.
        if self.registration_given_up_at(&known.id)?.is_some() {
            self.parts.store.set_given_up(&known.id, None)?;
        }
        Ok((known, false))
    }

    /// The clients that may be used without being named. An MCP server names its authorization server itself: a
    /// client made for something else is not lent to it, nor one made for it to anything else [S090].
    pub(super) fn usual_clients(
        &self,
        provider: &Provider,
        mcp: Option<&McpServer>,
    ) -> Result<Vec<(Client, usize)>, Error> {
        let mut proven = vec![];
        let apart = mcp.filter(|it| it.is_apart_from(provider));
        if let Some(mcp) = apart {
            for connection in self.parts.store.list_connections()?.into_iter().filter(|it| it.provider == provider.id) {
                let bound = self.parts.store.grant_binding(&connection.id)?.mcp_server;
                let bound = bound.and_then(|it| Url::parse(&it).ok());
                if bound.is_some_and(|it| it.origin() == mcp.url.origin()) {
                    proven.push(connection.client);
                }
            }
        }
        let mut usual = vec![];
        for (client, uses) in self.list_clients_of(&provider.id)? {
            let is_made_for_mcp =
                client.name.starts_with(MADE_FOR) && self.parts.store.find_registration(&client.id)?.is_some();
            let is_fit = match apart {
                Some(mcp) => proven.contains(&client.id) || (is_made_for_mcp && client.name == made_for(mcp)),
                None => !is_made_for_mcp,
            };
            if is_fit {
                usual.push((client, uses));
            }
        }
        Ok(usual)
    }
}
