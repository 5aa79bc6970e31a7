//! An exec credential plugin (kubernetes.io, "client-go credential plugins"): an `ExecCredential` with a bearer token [F2].

use engine::Engine;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{bearer_token, exposed, print_json};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

const NEWEST: &str = "client.authentication.k8s.io/v1";
const KNOWN: [&str; 2] = [NEWEST, "client.authentication.k8s.io/v1beta1"];

/// Where kubectl says which version it reads.
const SAID_IN: &str = "KUBERNETES_EXEC_INFO";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecInfo {
    api_version: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExecCredential<'a> {
    api_version: &'a str,
    kind: &'static str,
    status: Status<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_timestamp: Option<Timestamp>,
}

pub(super) async fn kubernetes(engine: &Engine, terminal: &Terminal, called: &str) -> Result<Exit, Failure> {
    let api_version = version(std::env::var(SAID_IN).ok().as_deref())?;
    let fresh = bearer_token(engine, terminal, called, None, "kubectl").await?;
    let status = Status { token: exposed(&fresh), expiration_timestamp: fresh.expires_at };
    print_json(&ExecCredential { api_version, kind: "ExecCredential", status })?;
    Ok(Exit::Done)
}

/// The version that was asked for; the newest where nobody asked.
fn version(said: Option<&str>) -> Result<&'static str, Failure> {
    let Some(said) = said.filter(|said| !said.is_empty()) else { return Ok(NEWEST) };
    let wanted = serde_json::from_str::<ExecInfo>(said)
        .map_err(|_| Failure::usage(format!("{SAID_IN} is not what kubectl sets: no JSON with an apiVersion.")))?
        .api_version;
    KNOWN
        .into_iter()
        .find(|known| *known == wanted)
        .ok_or_else(|| Failure::usage(format!("kubectl wants {wanted}; {} are spoken here.", KNOWN.join(" and "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_one_that_was_asked_for() {
        assert_eq!(version(None).ok(), Some(NEWEST));
        let beta = r#"{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","spec":{}}"#;
        assert_eq!(version(Some(beta)).ok(), Some(KNOWN[1]));
        assert!(version(Some(r#"{"apiVersion":"client.authentication.k8s.io/v2"}"#)).is_err());
        assert!(version(Some("v1")).is_err());
    }
}
