//! Plays a provider from its provider file: its addresses, its demands, its answers and its refusals
//! [A1, A2, A10, C1, E2].
//!
//! The file is read here anew and by other code than the app's, so that the two readings check each other.

mod authorize;
mod calls;
mod documents;
mod places;
mod reading;
mod revocation;
mod script;
mod signatures;
mod token;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::Value;

use crate::accounts::PracticeAccount;
use crate::clients::{ClientAuthentication, PracticeClient, RedirectRule, RegisteredClient};
use crate::faults::Faults;
use crate::log::{Endpoint, LogEntry};
use crate::provider::{Provider, held};
use crate::refusal::Refusal;

use script::{Issued, Previous, Script};
use signatures::{Heard, Signature};

/// With letters that have to be encoded wherever it travels.
const SECRET: &str = "a secret: with & odd + letters = 50 %";
/// The true life of access tokens where the file states none.
const UNSTATED_LIFETIME: Duration = Duration::from_secs(3600);
/// "Does not expire", for anyone who counts.
const FOR_EVER: Duration = Duration::from_secs(20 * 365 * 86_400);

/// Who an account is, read from the answer of the played identity call by the pointers of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PlayedIdentity {
    pub subject: Option<String>,
    pub label: Option<String>,
    pub workspace_id: Option<String>,
    pub workspace_name: Option<String>,
    /// The domain or the kind, as it stands there.
    pub account_kind: Option<String>,
}

/// One of the file's error signatures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlayedSignature {
    /// `authorize`, `token`, `token_exchange`, `token_refresh`, `api` or `anywhere`.
    pub endpoint: &'static str,
    pub contains: String,
    pub fields: Vec<(String, String)>,
    /// The header that tells it, where one does.
    pub header: Option<String>,
    pub cause: String,
}

/// The provider that is played.
pub(crate) struct Part {
    script: Script,
    file: Value,
    offered: Vec<PracticeClient>,
    clients: Vec<RegisteredClient>,
    /// The same where HTTP Basic is the one way, whatever the token endpoint takes.
    basic_clients: Vec<RegisteredClient>,
    redirect_uris: Mutex<Vec<String>>,
    complaints: Mutex<Vec<String>>,
}

/// One request, whole.
struct Arrived {
    method: Method,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Part {
    /// Reads a part; the error names what in the file makes no sense.
    pub(crate) fn read(file: &Value, issuer: &str) -> Result<Part, &'static str> {
        let script = reading::read(file, issuer)?;
        let offered = clients(&script);
        let clients: Vec<RegisteredClient> = offered.iter().filter_map(RegisteredClient::register).collect();
        let by_basic = vec![ClientAuthentication::Basic];
        let with_secret = clients.iter().filter(|client| client.secret.is_some()).cloned();
        let basic_clients =
            with_secret.map(|client| RegisteredClient { authentication: by_basic.clone(), ..client }).collect();
        Ok(Part {
            file: moved_here(file, issuer),
            script,
            offered,
            clients,
            basic_clients,
            redirect_uris: Mutex::default(),
            complaints: Mutex::default(),
        })
    }

    /// The file with this provider's addresses in the place of the real ones.
    pub(crate) fn file(&self) -> &Value {
        &self.file
    }

    pub(crate) fn clients(&self) -> &[PracticeClient] {
        &self.offered
    }

    pub(crate) fn register_redirect(&self, uri: &str) {
        held(&self.redirect_uris).push(uri.to_owned());
    }

    pub(crate) fn complaints(&self) -> Vec<String> {
        held(&self.complaints).clone()
    }

    pub(crate) fn clear_complaints(&self) {
        held(&self.complaints).clear();
    }

    pub(crate) fn identity(&self, account: &PracticeAccount) -> Option<PlayedIdentity> {
        calls::identity_of_all(&self.script.calls, account)
    }

    pub(crate) fn signatures(&self) -> Vec<PlayedSignature> {
        let told = |signature: &Signature| PlayedSignature {
            endpoint: signature.heard.as_str(),
            contains: signature.contains.clone(),
            fields: signature.fields.clone(),
            header: signature.header.as_ref().map(|(name, _)| name.clone()),
            cause: signature.cause.clone(),
        };
        self.script.signatures.iter().map(told).collect()
    }

    /// How long an access token works; `None`: it does not expire.
    pub(crate) fn lifetime(&self, has_refresh_token: bool) -> Option<Duration> {
        let stated = self.script.lifetime_seconds.map(Duration::from_secs);
        let never = self.script.missing_expiry_means_never && !(has_refresh_token && stated.is_some());
        (!never).then_some(stated.unwrap_or(UNSTATED_LIFETIME))
    }

    /// The rules of grants, as the file and the switches have them.
    fn rules(&self, faults: &Faults, has_refresh_token: bool) -> Faults {
        let usual = Faults::default().access_token_lifetime;
        let lifetime = self.lifetime(has_refresh_token).unwrap_or(FOR_EVER);
        let grace = match self.script.previous {
            Previous::Refused => Duration::ZERO,
            Previous::WorksForSeconds(seconds) => Duration::from_secs(seconds),
            Previous::WorksUntilSuccessorIsUsed => FOR_EVER,
        };
        Faults {
            access_token_lifetime: if faults.access_token_lifetime == usual {
                lifetime
            } else {
                faults.access_token_lifetime
            },
            rotation_grace: grace.max(faults.rotation_grace),
            no_refresh_token: faults.no_refresh_token || !has_refresh_token,
            wants_offline_access: false,
            ..faults.clone()
        }
    }

    /// Whether a sign-in that asked like this is given a refresh token.
    fn gives_refresh_token(&self, scopes: &[String], asked: impl Fn(&str) -> Option<String>) -> bool {
        match self.script.issued {
            Issued::Always => true,
            Issued::Never => false,
            Issued::ByScope => scopes.iter().any(|scope| is_offline_scope(scope)),
            Issued::ByParameter => {
                self.offline_parameters().all(|(name, value)| asked(name).as_deref() == Some(value.as_str()))
            }
        }
    }

    /// The authorization parameters that ask for a refresh token.
    fn offline_parameters(&self) -> impl Iterator<Item = &(String, String)> {
        let is_asked = self.script.issued == Issued::ByParameter;
        self.script.authorize_parameters.iter().filter(move |(_, value)| is_asked && value.contains("offline"))
    }

    /// Something that the file does not describe arrived: kept for whoever looks for the reason.
    fn complaint(&self, text: impl Into<String>) -> Refusal {
        held(&self.complaints).push(text.into());
        Refusal::request("This is not what the documentation says")
    }

    /// The refusal that a switch asks for, if it is heard here.
    fn provoked(&self, faults: &Faults, heard: Heard) -> Option<&Signature> {
        self.script.signatures.get(faults.answers_signature?).filter(|signature| signature.heard.at(heard))
    }

    /// Each header once and as the file has it; what fills their gaps.
    fn checks_headers(&self, wanted: &[(String, String)], arrived: &Arrived) -> Result<Vec<(String, String)>, Refusal> {
        let mut bound = Vec::new();
        for (name, template) in wanted {
            let given: Vec<&str> =
                arrived.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
            let fits = match (given.as_slice(), places::gap(template)) {
                ([one], None) => one == template,
                ([one], Some((before, gap, after))) => {
                    let value = one.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
                    bound.extend(value.map(|value| (gap.to_owned(), value.to_owned())));
                    value.is_some()
                }
                _ => false,
            };
            if !fits {
                return Err(self.complaint(format!("{} wants the header {name}: {template}", arrived.path)));
            }
        }
        Ok(bound)
    }
}

/// Everything that is not the practice provider's own address.
pub(crate) async fn answer(
    State(provider): State<Arc<Provider>>,
    Extension(entry): Extension<LogEntry>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(part) = &provider.part else { return StatusCode::NOT_FOUND.into_response() };
    let query = uri.query().unwrap_or_default().to_owned();
    let arrived = Arrived { method, path: uri.path().to_owned(), query, headers, body };
    let script = &part.script;

    if arrived.method == Method::GET && script.authorize.bind(&arrived.path).is_some() {
        entry.addressed(Endpoint::Authorize, &script.authorize.shown());
        return authorize::answer(&provider, part, &arrived, &entry);
    }
    let is_token = script.token.bind(&arrived.path).is_some();
    let is_refresh = script.refresh.as_ref().is_some_and(|place| place.bind(&arrived.path).is_some());
    if arrived.method == Method::POST && (is_token || is_refresh) {
        entry.addressed(Endpoint::Token, &arrived.path);
        return token::answer(&provider, part, &arrived, is_refresh, &entry).await;
    }
    if let Some(call) = &script.revocation
        && arrived.method == if call.is_delete { Method::DELETE } else { Method::POST }
        && let Some(bound) = call.place.bind(&arrived.path)
    {
        entry.addressed(Endpoint::Revocation, &call.place.shown());
        return revocation::answer(&provider, part, call, &bound, &arrived, &entry);
    }
    if let Some(response) = calls::answer(&provider, part, &arrived, &entry) {
        return response;
    }
    drop(part.complaint(format!("nothing lives at {} {}", arrived.method, arrived.path)));
    StatusCode::NOT_FOUND.into_response()
}

/// A body that is JSON or text, with a status and the provider's request id.
fn told(status: u16, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let kind = if body.starts_with(['{', '[']) { "application/json" } else { "text/plain" };
    (status, [(header::CONTENT_TYPE, kind)], body).into_response()
}

/// The refusal that a signature stands for.
fn refused(signature: &Signature, success_flag: Option<&str>) -> Response {
    let mut response = told(signature.status(success_flag), signature.body(success_flag));
    if let Some((name, value)) = &signature.header
        && let (Ok(name), Ok(value)) = (header::HeaderName::try_from(name), header::HeaderValue::try_from(value))
    {
        response.headers_mut().insert(name, value);
    }
    response
}

fn is_offline_scope(scope: &str) -> bool {
    scope.contains("offline") || scope == "refresh_token"
}

/// A confidential and a public client, where the file has ways for them.
fn clients(script: &Script) -> Vec<PracticeClient> {
    let has = |way: &str| script.ways.iter().any(|it| it == way);
    let with_secret: Vec<_> = [("basic", ClientAuthentication::Basic), ("post", ClientAuthentication::Post)]
        .into_iter()
        .filter(|(name, _)| has(name))
        .map(|(_, way)| way)
        .collect();
    let client = |kind: &str, client_secret: Option<&str>, authentication| PracticeClient {
        client_id: format!("{kind} client of {}", script.id),
        client_secret: client_secret.map(ToOwned::to_owned),
        redirect: RedirectRule::LoopbackAnyPort { path: None },
        authentication,
    };
    let mut clients = Vec::new();
    if !with_secret.is_empty() {
        clients.push(client("confidential", Some(SECRET), with_secret));
    }
    if has("public") {
        clients.push(client("public", None, vec![ClientAuthentication::None]));
    }
    clients
}

/// The addresses of the file, moved here; everything else stands as it is.
fn moved_here(file: &Value, issuer: &str) -> Value {
    let mut file = file.clone();
    let mut pointers: Vec<String> = [
        "/issuer/identifier",
        "/authorization_endpoint",
        "/token_endpoint",
        "/device_authorization_endpoint",
        "/pushed_authorization_request_endpoint",
        "/registration_endpoint",
        "/refresh/endpoint",
        "/identity/url",
        "/identity/workspaces/url",
        "/revocation/url",
    ]
    .map(ToOwned::to_owned)
    .to_vec();
    let checks = file.get("checks").and_then(Value::as_array).map_or(0, Vec::len);
    pointers.extend((0..checks).map(|index| format!("/checks/{index}/url")));
    for pointer in pointers {
        if let Some(Value::String(text)) = file.pointer_mut(&pointer) {
            *text = places::moved(text, issuer);
        }
    }
    file
}
