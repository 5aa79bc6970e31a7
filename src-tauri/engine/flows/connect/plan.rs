//! What has to be registered at the provider before a sign-in can begin [A2, C5, S006].

use std::collections::BTreeMap;

use domain::connection::Client;
use domain::provider::Provider;

use super::redirect;
use super::target::{McpServer, Target};
use crate::redirect_listener::RedirectListener;
use crate::{Engine, Error};

/// What has to be known before the browser opens.
pub struct ConnectPlan {
    pub provider: Provider,
    pub redirect_uri: String,
    pub is_any_port: bool,
    pub port_taken_by: Option<String>,
    pub clients: Vec<(Client, usize)>,
    /// An MCP server was named: the provider is the one that guards it.
    pub mcp: Option<McpServer>,
    /// No client is known, and the provider registers one by itself: there is nothing to set up.
    pub registers_itself: bool,
}

impl Engine {
    /// Says what to register at the provider, and whether the port for it is free right now.
    pub async fn plan_connect(&self, typed: &str, variables: &BTreeMap<String, String>) -> Result<ConnectPlan, Error> {
        let Target { provider, mcp } = self.find_target(typed).await?;
        let clients = self.usual_clients(&provider, mcp.as_ref())?;
        let known = clients.first().map(|(client, _)| &client.variables);
        let provider = self.with_variables(provider, known, variables)?;
        let rule = redirect::rule_of(&provider, clients.first().map(|(client, _)| client), None);
        let port = redirect::fixed_port(&rule);
        let trial = self.port_trial.lock().await;
        // The port is free by http as well as by https.
        let (bound, port_taken_by) = match RedirectListener::bind(&redirect::listen_at(&provider, &rule, None)).await {
            Ok(listener) => {
                let bound = listener.port();
                listener.close().await;
                (bound, None)
            }
            Err(error) => (port.unwrap_or_default(), Some(error.to_string())),
        };
        drop(trial);
        // A port that changes from one look to the next would be registered as if it counted.
        let redirect_uri = match port {
            Some(_) => redirect::written(&provider, &rule, bound),
            None => redirect::without_port(&provider, &rule),
        };
        let registers_itself = clients.is_empty() && provider.registration_endpoint.is_some();
        let is_any_port = port.is_none();
        Ok(ConnectPlan { redirect_uri, is_any_port, port_taken_by, clients, provider, mcp, registers_itself })
    }
}
