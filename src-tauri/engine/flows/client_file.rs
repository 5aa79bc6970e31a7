//! A client from the file a console hands out (`client_secret_….json`, `installed` or `web`): read, compared with
//! our redirect URI, taken; a wrong file is named for what it is [A2, A3, C5].

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use domain::Secret;
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;
use url::Url;
use zeroize::Zeroizing;

use super::clients::NewClient;
use crate::{Engine, Error as EngineError};

/// Such files are half a kilobyte.
pub const MAX_CLIENT_FILE: u64 = 64 * 1024;

/// Why a file is not taken. Never shows its text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ClientFileRefused {
    #[error("the file cannot be read: {0}")]
    Unreadable(std::io::ErrorKind),
    #[error("the file is {found} bytes long; a client file has less than {MAX_CLIENT_FILE}")]
    TooLarge { found: u64 },
    #[error("the file is not text")]
    NotText,
    #[error("the file is empty")]
    Empty,
    #[error("the file ends too early: download it again")]
    Truncated,
    #[error("the file is not JSON (line {line})")]
    NotJson { line: usize },
    #[error("this is {0}, not the file of an OAuth client")]
    OtherKind(&'static str),
    #[error("the file holds neither an \"installed\" nor a \"web\" client")]
    NoClient,
    #[error("the client in the file has no {0}")]
    Lacks(&'static str),
    #[error("the client in the file belongs to {theirs}, not to {ours}")]
    OtherProvider { ours: String, theirs: String },
}

/// What kind of client it is registered as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientFileKind {
    /// A desktop app: any loopback port is accepted.
    Installed,
    /// A web app: every redirect URI is registered, and compared character by character.
    Web,
}

impl ClientFileKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Installed => "installed",
            Self::Web => "web",
        }
    }
}

/// The client of a file.
#[derive(Debug)]
pub struct ClientFile {
    pub kind: ClientFileKind,
    pub client_id: String,
    pub client_secret: Option<Secret>,
    pub redirect_uris: Vec<String>,
    pub project: Option<String>,
    token_uri: Option<Url>,
}

/// How the redirect URIs of a file go with ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedirectMatch {
    /// Nothing is to be registered.
    AnyLoopback,
    /// Ours is registered, with this port.
    Registered { port: u16 },
    /// This one has to be added at the provider.
    Missing { wanted: String },
}

/// A file, as it is shown before it is taken.
#[derive(Debug)]
pub struct ClientFilePreview {
    pub file: ClientFile,
    pub redirect: RedirectMatch,
}

#[derive(Deserialize)]
struct Entry {
    client_id: Option<String>,
    client_secret: Option<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    project_id: Option<String>,
    token_uri: Option<Url>,
}

/// Reads a file of a sensible size; a larger one is not read at all.
pub fn load_client_file(path: &Path) -> Result<ClientFile, ClientFileRefused> {
    let unreadable = |error: std::io::Error| ClientFileRefused::Unreadable(error.kind());
    // Looked at before it is opened: opening a pipe waits for somebody to write.
    let about = std::fs::metadata(path).map_err(unreadable)?;
    if about.is_dir() {
        return Err(ClientFileRefused::Unreadable(std::io::ErrorKind::IsADirectory));
    }
    if !about.is_file() {
        return Err(ClientFileRefused::NotText);
    }
    let file = File::open(path).map_err(unreadable)?;
    if about.len() > MAX_CLIENT_FILE {
        return Err(ClientFileRefused::TooLarge { found: about.len() });
    }
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(MAX_CLIENT_FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    read_client_file(std::str::from_utf8(&bytes).map_err(|_| ClientFileRefused::NotText)?)
}

/// Reads the text of such a file.
pub fn read_client_file(text: &str) -> Result<ClientFile, ClientFileRefused> {
    if text.len() as u64 > MAX_CLIENT_FILE {
        return Err(ClientFileRefused::TooLarge { found: text.len() as u64 });
    }
    // Editors and downloads on Windows put a mark in front.
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(ClientFileRefused::Empty);
    }
    let value: Value = serde_json::from_str(text).map_err(|error| {
        if error.is_eof() { ClientFileRefused::Truncated } else { ClientFileRefused::NotJson { line: error.line() } }
    })?;
    let found = [("installed", ClientFileKind::Installed), ("web", ClientFileKind::Web)]
        .into_iter()
        .find_map(|(name, kind)| Some((value.get(name)?, kind)));
    let Some((entry, kind)) = found else { return Err(named(&value)) };
    let entry = Entry::deserialize(entry).map_err(|_| ClientFileRefused::NoClient)?;
    let client_id = entry.client_id.filter(|id| !id.trim().is_empty()).ok_or(ClientFileRefused::Lacks("client_id"))?;
    Ok(ClientFile {
        kind,
        client_id,
        client_secret: entry.client_secret.filter(|it| !it.is_empty()).map(Secret::new),
        redirect_uris: entry.redirect_uris,
        project: entry.project_id,
        token_uri: entry.token_uri,
    })
}

/// What other files people have at hand are.
fn named(value: &Value) -> ClientFileRefused {
    let is = |name: &str| value.get(name).is_some();
    let kind = match value.get("type").and_then(Value::as_str) {
        Some("service_account") => Some("the key of a service account"),
        Some("authorized_user") => Some("a signed-in user of gcloud (application default credentials)"),
        Some("external_account") => Some("a workload identity configuration"),
        Some(_) | None if is("refresh_token") || is("access_token") || is("token") => Some("a file of tokens"),
        Some(_) | None if is("nodes") && is("connections") => Some("a workflow of n8n"),
        Some(_) | None if is("info") && is("item") => Some("a collection of Postman"),
        Some(_) | None if is("resources") => Some("an export of Insomnia"),
        Some(_) | None if value.is_array() => Some("a list"),
        Some(_) | None => None,
    };
    kind.map_or(ClientFileRefused::NoClient, ClientFileRefused::OtherKind)
}

impl ClientFile {
    /// Compares with the redirect URI we will use. `is_any_port`: the port in it is only an example.
    pub fn compare(&self, redirect_uri: &str, is_any_port: bool) -> RedirectMatch {
        if self.kind == ClientFileKind::Installed {
            return RedirectMatch::AnyLoopback;
        }
        let missing = RedirectMatch::Missing { wanted: redirect_uri.to_owned() };
        let Ok(ours) = Url::parse(redirect_uri) else { return missing };
        let fits = |theirs: &Url| {
            theirs.scheme() == ours.scheme()
                && theirs.host_str() == ours.host_str()
                && theirs.path() == ours.path()
                && theirs.query().is_none()
                && (is_any_port || theirs.port() == ours.port())
        };
        let registered = self.redirect_uris.iter().filter_map(|it| Url::parse(it).ok()).find(fits);
        registered.and_then(|it| it.port()).map_or(missing, |port| RedirectMatch::Registered { port })
    }
}

impl Engine {
    /// What taking this file for a provider would mean.
    pub async fn preview_client_file(
        &self,
        provider: &str,
        file: ClientFile,
    ) -> Result<ClientFilePreview, EngineError> {
        let plan = self.plan_connect(provider, &Default::default()).await?;
        let host = |url: &Url| url.host_str().unwrap_or_default().to_owned();
        if let Some(theirs) = &file.token_uri {
            // Consoles write an older address of the same organisation.
            let site = |host: &str| host.rsplit('.').take(2).map(str::to_owned).collect::<Vec<_>>();
            let (ours, theirs) = (host(&plan.provider.token_endpoint), host(theirs));
            if site(&ours) != site(&theirs) {
                return Err(ClientFileRefused::OtherProvider { ours, theirs }.into());
            }
        }
        let with_port = plan.redirect_uri_with_port().filter(|_| file.kind == ClientFileKind::Web);
        let wanted = with_port.unwrap_or(plan.redirect_uri);
        let redirect = file.compare(&wanted, plan.is_any_port);
        Ok(ClientFilePreview { file, redirect })
    }
}

impl ClientFilePreview {
    /// The client to add. One of a web app listens on the port that is registered.
    pub fn into_new_client(self, provider: String) -> NewClient {
        let redirect_port = match self.redirect {
            RedirectMatch::Registered { port } => Some(port),
            RedirectMatch::AnyLoopback => None,
            RedirectMatch::Missing { wanted } => Url::parse(&wanted).ok().and_then(|it| it.port()),
        };
        NewClient {
            provider,
            client_id: self.file.client_id,
            client_secret: self.file.client_secret,
            redirect_port,
            ..NewClient::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSTALLED: &str = r#"{"installed":{"client_id":"1234.apps.example","project_id":"fjord",
        "token_uri":"https://oauth2.googleapis.com/token","client_secret":"GOCSPX-x","redirect_uris":["http://localhost"]}}"#;

    /// A2, C5
    #[test]
    fn a_desktop_client_is_read_and_needs_no_registered_address() {
        let file = read_client_file(INSTALLED).unwrap();

        assert_eq!((file.kind, file.client_id.as_str()), (ClientFileKind::Installed, "1234.apps.example"));
        assert!(file.client_secret.as_ref().unwrap().is_same_as("GOCSPX-x"));
        assert_eq!(file.compare("http://127.0.0.1:1/callback/x", true), RedirectMatch::AnyLoopback);
        assert!(!format!("{file:?}").contains("GOCSPX"), "A3");
        assert!(read_client_file(&format!("\u{feff}{INSTALLED}\r\n")).is_ok(), "a mark in front is no mistake");
    }

    /// C5: a web client is compared character by character.
    #[test]
    fn a_web_client_wants_our_address_registered() {
        let web = INSTALLED
            .replace("installed", "web")
            .replace("http://localhost\"", "https://app.example/cb\",\"http://127.0.0.1:8765/callback/x\"");
        let file = read_client_file(&web).unwrap();

        assert_eq!(file.kind, ClientFileKind::Web);
        assert_eq!(file.compare("http://127.0.0.1:40000/callback/x", true), RedirectMatch::Registered { port: 8765 });
        let other = "http://127.0.0.1:40000/callback/x";
        assert_eq!(file.compare(other, false), RedirectMatch::Missing { wanted: other.into() }, "the port counts");
        let slash = "http://127.0.0.1:8765/callback/x/";
        assert_eq!(file.compare(slash, false), RedirectMatch::Missing { wanted: slash.into() });
    }

    /// C5: each wrong file is named for what it is.
    #[test]
    fn a_wrong_file_is_named_for_what_it_is() {
        use ClientFileRefused as R;
        for (text, wanted) in [
            ("", R::Empty),
            (&INSTALLED[..90], R::Truncated),
            ("client_id=1", R::NotJson { line: 1 }),
            (r#"{"type":"service_account","private_key":"x"}"#, R::OtherKind("the key of a service account")),
            (
                r#"{"type":"authorized_user","refresh_token":"x"}"#,
                R::OtherKind("a signed-in user of gcloud (application default credentials)"),
            ),
            (r#"{"token":"x","refresh_token":"y"}"#, R::OtherKind("a file of tokens")),
            (r#"{"nodes":[],"connections":{}}"#, R::OtherKind("a workflow of n8n")),
            ("[]", R::OtherKind("a list")),
            ("{}", R::NoClient),
            (r#"{"web":7}"#, R::NoClient),
            (r#"{"web":{}}"#, R::Lacks("client_id")),
        ] {
            assert_eq!(read_client_file(text).err(), Some(wanted), "{text}");
        }
        let long = "x".repeat(70_000);
        assert_eq!(read_client_file(&long).err(), Some(R::TooLarge { found: 70_000 }));
    }

    /// C5: an enormous file is refused by its length, unread.
    #[test]
    fn an_enormous_file_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("client_secret_1.json");
        File::create(&path).unwrap().set_len(1024 * 1024 * 1024).unwrap();

        assert_eq!(load_client_file(&path).err(), Some(ClientFileRefused::TooLarge { found: 1024 * 1024 * 1024 }));
        let missing = load_client_file(&folder.path().join("none.json")).err();
        assert_eq!(missing, Some(ClientFileRefused::Unreadable(std::io::ErrorKind::NotFound)));
        let dir = load_client_file(folder.path()).err();
        assert_eq!(dir, Some(ClientFileRefused::Unreadable(std::io::ErrorKind::IsADirectory)));
        std::fs::write(&path, b"\xff\xfe{\0").unwrap();
        assert_eq!(load_client_file(&path).err(), Some(ClientFileRefused::NotText));
    }
}
