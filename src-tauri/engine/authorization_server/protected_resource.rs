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
    #[error("the server at {0} answered without asking anyone to sign in")]
    Open(String),
    #[error("the server at {0} does not say which authorization server guards it")]
    Silent(String),
    #[error("the server at {0} could not be asked")]
    Unreachable(String, #[source] DocumentFailure),
    #[error("the metadata of {asked} says that it belongs to {found}")]
    OtherResource { asked: String, found: String },
    #[error("the server at {asked} names metadata of itself that cannot be read (HTTP {status})")]
    NamedInVain { asked: String, status: u16 },
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

    let named = challenges.iter().find_map(|it| it.resource_metadata.as_ref());
    let places = match named {
        // MCP: what a server names is used; the well-known places are for servers that name nothing.
        Some(address) => {
            let url = Url::parse(address).map_err(|_| ResourceRefused::Unusable("its metadata's address is no URL"))?;
            vec![Place { url, describes: typed.clone() }]
        }
        None if answer.challenges().is_some_and(|text| text.contains("resource_metadata")) => {
            return Err(ResourceRefused::Unusable("its metadata's address cannot be read"));
        }
        None => well_known(typed),
    };
    for place in places {
        let policy = policy_for(typed, &place.url);
        let answer = match http.fetch_document(&place.url, MAX_DOCUMENT, policy).await {
            Ok(answer) if answer.status == 200 => answer,
            Ok(answer) if named.is_some() => {
                return Err(ResourceRefused::NamedInVain { asked: shown(), status: answer.status });
            }
            Ok(_) => continue,
            Err(failure) => return Err(ResourceRefused::Unreachable(shown(), failure)),
        };
        let mut resource = read_document(&place.describes, &answer.body)?;
        if let Some(scopes) = asked_scopes {
            resource.scopes = scopes;
        }
        resource.scopes.retain(|scope| !scope.is_empty() && scope.len() <= 500);
        return Ok(resource);
    }
    Err(ResourceRefused::Silent(shown()))
}

/// Where metadata may lie, and the one resource that metadata from there can be of (RFC 9728 §3.3).
#[derive(Debug, PartialEq, Eq)]
struct Place {
    url: Url,
    describes: Url,
}

/// RFC 9728 §3.1: between host and path; then, as MCP has it, for the whole host.
fn well_known(resource: &Url) -> Vec<Place> {
    let path = resource.path().trim_end_matches('/').to_owned();
    let at = |path: &str| {
        let mut url = resource.clone();
        url.set_query(None);
        url.set_path(path);
        url
    };
    let place = |describes: Url, path: &str| {
        let url = at(&format!("/.well-known/oauth-protected-resource{path}"));
        Place { url, describes }
    };
    let mut all = vec![place(resource.clone(), &path)];
    if !path.is_empty() {
        all.push(place(at(""), ""));
    }
    all
}

fn read_document(described: &Url, body: &[u8]) -> Result<ProtectedResource, ResourceRefused> {
    let document: Document =
        serde_json::from_slice(body).map_err(|_| ResourceRefused::Unusable("it is not the JSON of RFC 9728"))?;
    if document.scopes_supported.len() > MAX_LIST || document.authorization_servers.len() > MAX_LIST {
        return Err(ResourceRefused::Unusable("a list in it is longer than any server's"));
    }
    if !is_same(&document.resource, described) {
        return Err(ResourceRefused::OtherResource { asked: cut(described.as_str()), found: cut(&document.resource) });
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

/// RFC 9728 §3.3: metadata is of the very address that led to it. A slash at the end is how a person typed it, or how
/// the server writes it.
fn is_same(resource: &str, described: &Url) -> bool {
    let Ok(url) = Url::parse(resource) else { return false };
    let is_plain = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    is_plain
        && url.origin() == described.origin()
        && url.path().trim_end_matches('/') == described.path().trim_end_matches('/')
        && url.query() == described.query()
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
            ("https://mcp.example/team", false),
            ("https://mcp.example", false),
            ("https://mcp.example/team/mcp?a=b", false),
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
        let places = well_known(&url("https://mcp.example/team/mcp?a=b"));
        let shown: Vec<_> = places.iter().map(|it| (it.url.as_str(), it.describes.as_str())).collect();

        assert_eq!(
            shown,
            [
                (
                    "https://mcp.example/.well-known/oauth-protected-resource/team/mcp",
                    "https://mcp.example/team/mcp?a=b"
                ),
                ("https://mcp.example/.well-known/oauth-protected-resource", "https://mcp.example/"),
            ],
            "what lies at the root is of the host, and of nothing below it"
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
