//! A protected resource that says which authorization server guards it (RFC 9728), and an MCP server's door
//! [A2, S083, S085, S090, S094].

use domain::diagnosis::challenge;
use domain::display_text::cleaned;
use domain::mcp;
use http::header::{ACCEPT, CONTENT_TYPE};
use serde::Deserialize;
use thiserror::Error;
use url::Url;

use super::discovery::{cut, is_loopback};
use crate::http::{AddressPolicy, DocumentFailure, Http};

/// Such documents are small [S055].
const MAX_DOCUMENT: usize = 1024 * 1024;
/// Of one list in it [S088].
const MAX_LIST: usize = 1_000;
/// What a resource may call itself.
const MAX_NAME: usize = 80;

/// Why an address does not lead to an authorization server.
#[derive(Debug, Error)]
pub enum ResourceRefused {
    #[error("{0} answered without asking anyone to sign in")]
    Open(String),
    #[error("{0} does not say which authorization server guards it")]
    Silent(String),
    #[error("{0} could not be asked")]
    Unreachable(String, #[source] DocumentFailure),
    #[error("the metadata of {asked} says that it belongs to {found}")]
    OtherResource { asked: String, found: String },
    #[error("the resource's metadata cannot be used: {0}")]
    Unusable(&'static str),
}

/// A resource, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectedResource {
    /// What tokens for it are asked for with (RFC 8707).
    pub identifier: String,
    /// What it calls itself, cleaned; nobody vouches for it.
    pub name: Option<String>,
    pub authorization_servers: Vec<String>,
    /// What a call needs, where it says so.
    pub scopes: Vec<String>,
}

#[derive(Deserialize)]
struct Document {
    resource: String,
    resource_name: Option<String>,
    #[serde(default)]
    authorization_servers: Vec<String>,
    #[serde(default)]
    scopes_supported: Vec<String>,
}

/// Who named this address: near ones may be typed, never named by somebody else.
pub fn policy_for(typed: &Url, named: &Url) -> AddressPolicy {
    let both_are_here = is_loopback(typed) && is_loopback(named);
    if both_are_here || typed.origin() == named.origin() { AddressPolicy::UserTyped } else { AddressPolicy::PublicOnly }
}

/// Knocks without a token, and reads what the refusal, or else the well-known places, say.
pub async fn find_resource(http: &Http, typed: &Url) -> Result<ProtectedResource, ResourceRefused> {
    let shown = || cut(typed.as_str());
    let is_fit = typed.fragment().is_none() && typed.username().is_empty() && typed.password().is_none();
    if !is_fit || !(typed.scheme() == "https" || (typed.scheme() == "http" && is_loopback(typed))) {
        return Err(ResourceRefused::Unusable("its address must be https, without user name and fragment"));
    }
    let knock = http::Request::post(typed.as_str())
        .header(CONTENT_TYPE, "application/json")
        .header(ACCEPT, mcp::ACCEPT)
        .body(mcp::INITIALIZE.as_bytes().to_vec())
        .map_err(|_| ResourceRefused::Unusable("its address cannot be asked"))?;
    let answer = http
        .send(knock, MAX_DOCUMENT)
        .await
        .map_err(|failure| ResourceRefused::Unreachable(shown(), failure.into()))?;
    if (200..300).contains(&answer.status) {
        return Err(ResourceRefused::Open(shown()));
    }
    let challenges = answer.challenges().map(|text| challenge::read(&text)).unwrap_or_default();
    let asked_scopes = challenges.iter().find_map(|it| it.scope.as_ref());
    let asked_scopes = asked_scopes.map(|list| list.split(' ').map(str::to_owned).collect::<Vec<_>>());

    let places = match challenges.iter().find_map(|it| it.resource_metadata.as_ref()) {
        Some(address) => {
            vec![Url::parse(address).map_err(|_| ResourceRefused::Unusable("its metadata's address is no URL"))?]
        }
        None => well_known(typed),
    };
    for place in places {
        let policy = policy_for(typed, &place);
        let answer = match http.fetch_document(&place, MAX_DOCUMENT, policy).await {
            Ok(answer) if answer.status == 200 => answer,
            Ok(_) => continue,
            Err(failure) => return Err(ResourceRefused::Unreachable(shown(), failure)),
        };
        let mut resource = read_document(typed, &answer.body)?;
        if let Some(scopes) = asked_scopes {
            resource.scopes = scopes;
        }
        resource.scopes.retain(|scope| !scope.is_empty() && scope.len() <= 500);
        return Ok(resource);
    }
    Err(ResourceRefused::Silent(shown()))
}

/// RFC 9728 §3.1: between host and path; then, as MCP has it, for the whole host.
fn well_known(resource: &Url) -> Vec<Url> {
    let path = resource.path().trim_end_matches('/').to_owned();
    let at = |path: &str| {
        let mut url = resource.clone();
        url.set_query(None);
        url.set_path(&format!("/.well-known/oauth-protected-resource{path}"));
        url
    };
    let mut all = vec![at(&path), at("")];
    all.dedup();
    all
}

fn read_document(typed: &Url, body: &[u8]) -> Result<ProtectedResource, ResourceRefused> {
    let document: Document =
        serde_json::from_slice(body).map_err(|_| ResourceRefused::Unusable("it is not the JSON of RFC 9728"))?;
    if document.scopes_supported.len() > MAX_LIST || document.authorization_servers.len() > MAX_LIST {
        return Err(ResourceRefused::Unusable("a list in it is longer than any server's"));
    }
    if !covers(&document.resource, typed) {
        return Err(ResourceRefused::OtherResource { asked: cut(typed.as_str()), found: cut(&document.resource) });
    }
    if document.authorization_servers.is_empty() {
        return Err(ResourceRefused::Unusable("it names no authorization server"));
    }
    let name = document.resource_name.map(|it| cleaned(it.trim(), MAX_NAME)).filter(|it| !it.is_empty());
    Ok(ProtectedResource {
        identifier: document.resource,
        name,
        authorization_servers: document.authorization_servers,
        scopes: document.scopes_supported,
    })
}

/// Whether a resource is the typed address, or a part of the same host that it lies in: MCP servers describe
/// themselves by their host as well.
fn covers(resource: &str, typed: &Url) -> bool {
    let Ok(url) = Url::parse(resource) else { return false };
    let is_plain = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    let path = url.path().trim_end_matches('/');
    let rest = typed.path().strip_prefix(path);
    let is_above = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let is_same_query = url.query().is_none() || url.query() == typed.query();
    is_plain && url.origin() == typed.origin() && is_above && is_same_query
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    /// S083, S090: whoever describes another resource than the one asked for is not believed.
    #[test]
    fn metadata_of_another_resource_is_refused() {
        let typed = url("https://mcp.example/team/mcp");
        for (resource, is_ours) in [
            ("https://mcp.example/team/mcp", true),
            ("https://mcp.example/team/mcp/", true),
            ("https://mcp.example/team", true),
            ("https://mcp.example", true),
            ("https://mcp.example/te", false),
            ("https://mcp.example/team/mcp/other", false),
            ("https://mcp.example:444/team/mcp", false),
            ("http://mcp.example/team/mcp", false),
            ("https://evil.example/team/mcp", false),
            ("https://mcp.example@evil.example/team/mcp", false),
            ("https://mcp.example/team/mcp#x", false),
            ("no address", false),
        ] {
            let text = serde_json::json!({ "resource": resource, "authorization_servers": ["https://as.example"] });

            let read = read_document(&typed, text.to_string().as_bytes());

            assert_eq!(read.is_ok(), is_ours, "{resource}: {read:?}");
        }
    }

    /// RFC 9728 §3.1
    #[test]
    fn the_well_known_part_stands_between_host_and_path() {
        let places: Vec<_> = well_known(&url("https://mcp.example/team/mcp?a=b")).iter().map(Url::to_string).collect();

        assert_eq!(
            places,
            [
                "https://mcp.example/.well-known/oauth-protected-resource/team/mcp",
                "https://mcp.example/.well-known/oauth-protected-resource",
            ]
        );
        assert_eq!(well_known(&url("https://mcp.example/")).len(), 1);
    }

    /// S085: only what a person typed may be near.
    #[test]
    fn what_a_resource_names_has_to_be_public() {
        let public = url("https://mcp.example/mcp");
        assert_eq!(policy_for(&public, &url("http://127.0.0.1:1/")), AddressPolicy::PublicOnly);
        assert_eq!(policy_for(&public, &url("https://mcp.example/x")), AddressPolicy::UserTyped);
        assert_eq!(policy_for(&url("http://127.0.0.1:1/"), &url("http://127.0.0.1:2/")), AddressPolicy::UserTyped);
    }
}
