//! What a person named to connect to: a provider, an issuer, or an MCP server that says which issuer guards it
//! [A2, S014, S083, S090].

use domain::ProviderId;
use domain::provider::Provider;
use url::Url;

use crate::authorization_server::discovery::{DiscoveryRefused, discover_named};
use crate::authorization_server::protected_resource::{ResourceRefused, find_resource, policy_for};
use crate::{Engine, Error};

/// A provider, and the one resource behind it that was meant.
pub(super) struct Target {
    pub(super) provider: Provider,
    pub(super) mcp: Option<McpServer>,
}

/// An MCP server, as it describes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct McpServer {
    /// Where it listens: what the person typed.
    pub url: Url,
    /// What tokens for it are asked for with (RFC 8707).
    pub resource: String,
    /// What it calls itself, else its host.
    pub name: String,
    /// What it says a call needs.
    pub scopes: Vec<String>,
}

impl McpServer {
    /// Whether the authorization server it names is another's: whoever runs the one need not run the other.
    pub(super) fn is_apart_from(&self, provider: &Provider) -> bool {
        let issuer = provider.issuer.as_ref().and_then(|issuer| Url::parse(&issuer.identifier).ok());
        issuer.unwrap_or_else(|| provider.authorization_endpoint.clone()).origin() != self.url.origin()
    }
}

impl Engine {
    /// Finds out what was typed. An address that is no issuer's is knocked at.
    pub(super) async fn find_target(&self, typed: &str) -> Result<Target, Error> {
        self.in_time(typed, self.find_target_at_leisure(typed)).await
    }

    async fn find_target_at_leisure(&self, typed: &str) -> Result<Target, Error> {
        let refused = match self.find_or_discover(typed).await {
            Ok(provider) => return Ok(Target { provider, mcp: None }),
            Err(Error::DiscoveryRefused(refused)) => refused,
            Err(error) => return Err(error),
        };
        let may_be_resource = match &refused {
            DiscoveryRefused::NotFound { .. }
            | DiscoveryRefused::OtherIssuer { .. }
            | DiscoveryRefused::Unusable(_)
            // An issuer has no query; a resource may.
            | DiscoveryRefused::NotAnIssuer(_) => true,
            DiscoveryRefused::Unreachable(_) | DiscoveryRefused::TooSlow { .. } => false,
        };
        let Some(url) = Url::parse(typed.trim()).ok().filter(|_| may_be_resource) else { return Err(refused.into()) };
        match self.find_mcp_server(&url).await {
            Ok(target) => Ok(target),
            // It is no resource either: what was wrong with the issuer is the better answer.
            Err(Error::ResourceRefused(ResourceRefused::Silent(_) | ResourceRefused::Open(_)))
                if !matches!(refused, DiscoveryRefused::NotFound { .. }) =>
            {
                Err(refused.into())
            }
            Err(error) => Err(error),
        }
    }

    async fn find_mcp_server(&self, url: &Url) -> Result<Target, Error> {
        let resource = find_resource(&self.parts.http, url).await?;
        let mut last = None;
        // The first of its list that can be used; never one that it does not name [S090].
        for issuer in resource.authorization_servers.iter().take(4) {
            let policy = Url::parse(issuer)
                .map(|named| policy_for(url, &named))
                .map_err(|_| DiscoveryRefused::NotAnIssuer("the authorization server it names".to_owned()))?;
            match discover_named(&self.parts.http, issuer, policy).await {
                Ok(discovered) => {
                    let id: ProviderId = discovered.provider.id.clone();
                    self.keep_issuer(&discovered)?;
                    let host = url.host_str().unwrap_or_default();
                    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
                    let mcp = McpServer {
                        url: url.clone(),
                        resource: resource.identifier,
                        name: resource.name.unwrap_or(host),
                        scopes: resource.scopes,
                    };
                    return Ok(Target { provider: self.provider(&id)?, mcp: Some(mcp) });
                }
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or(DiscoveryRefused::Unusable("no authorization server is named")).into())
    }
}
