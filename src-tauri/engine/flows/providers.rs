//! Which providers there are: the catalogue's, and issuers that described themselves [A2].

use std::collections::BTreeMap;
use std::sync::PoisonError;

use domain::connection::Connection;
use domain::diagnosis::NetworkFailure;
use domain::diagnosis::sources::is_source;
use domain::provider::trial_object::{TrialAct, TrialCall, TrialMethod, TrialObject};
use domain::provider::variables::EndpointVariable;
use domain::provider::{MendingHeader, Provider, PushedAuthorization, Revocation, SecretNeed};
use domain::{ConnectionId, ProviderId};
use url::Url;

use crate::authorization_server::discovery::{self, Discovered, DiscoveryRefused};
use crate::http::DocumentFailure;
use crate::{Engine, Error};

/// Where the practice provider of this board listens, once it was started.
const PRACTICE_SETTING: &str = "practice_issuer";
/// The client that is built into the practice provider.
const PRACTICE_CLIENT: &str = "patchbay-practice";

/// A page of a provider that may be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    Console,
    RevokeAccess,
    Status,
}

/// A file of the practice provider's own workspace: made, read back, changed and removed as at a real one [E4].
fn practice_file(issuer: &ProviderId) -> TrialObject {
    let files = format!("{issuer}/api/files");
    let one = format!("{files}/{{file}}");
    let call = |act, method, url: &str, body: Option<&str>| TrialCall {
        act,
        method,
        url: url.to_owned(),
        headers: vec![],
        body: body.map(str::to_owned),
        gives: vec![],
        expects: vec![],
        success_flag: None,
    };
    let says = |name: &str| vec![("/name".to_owned(), name.to_owned())];
    let text = Some(r#"{"name":"{tag}","text":"Made by a rehearsal."}"#);
    let changed = Some(r#"{"name":"{tag}, changed"}"#);
    let gives = vec![("file".to_owned(), "/id".to_owned())];
    TrialObject {
        name: "a text file".to_owned(),
        scopes: vec!["files.read".to_owned(), "files.write".to_owned()],
        asks: vec![],
        calls: vec![
            TrialCall { gives, ..call(TrialAct::Create, TrialMethod::Post, &files, text) },
            TrialCall { expects: says("{tag}"), ..call(TrialAct::Read, TrialMethod::Get, &one, None) },
            TrialCall { expects: says("{tag}, changed"), ..call(TrialAct::Change, TrialMethod::Patch, &one, changed) },
            call(TrialAct::Remove, TrialMethod::Delete, &one, None),
        ],
    }
}

impl Engine {
    /// The catalogue, by name.
    pub fn list_providers(&self) -> Vec<Provider> {
        let mut providers: Vec<_> = self.parts.catalogue.now().list().cloned().collect();
        providers.sort_by_key(|provider| provider.name.to_lowercase());
        providers
    }

    /// A provider by its id: of the catalogue, or an issuer discovered before.
    pub fn provider(&self, id: &ProviderId) -> Result<Provider, Error> {
        if let Some(provider) = self.parts.catalogue.now().find(id) {
            return Ok(provider.clone());
        }
        let document = self.parts.store.find_issuer(id)?.ok_or_else(|| Error::ProviderUnknown(id.to_string()))?;
        let mut provider = self.read_known_document(id, document)?;
        if self.parts.store.setting(PRACTICE_SETTING)?.as_deref() == Some(id.as_str()) {
            provider.is_practice = true;
            provider.name = "Practice provider".to_owned();
            provider.tag = "Pr".to_owned();
            provider.client_secret = SecretNeed::BuiltIn;
            provider.built_in_client_id = Some(PRACTICE_CLIENT.to_owned());
            provider.trial_objects = vec![practice_file(id)];
            provider.pages.mending_header =
                Some(MendingHeader { name: "x-practice-sso".to_owned(), parameter: "url".to_owned() });
        }
        Ok(provider)
    }

    /// What a provider is called; its id where nothing is known of it any more.
    pub fn provider_name(&self, id: &ProviderId) -> String {
        self.provider(id).map_or_else(|_| id.to_string(), |provider| provider.name)
    }

    /// An issuer's document read, once for as long as it stays the same: every refresh asks for its provider.
    fn read_known_document(&self, id: &ProviderId, document: String) -> Result<Provider, Error> {
        let mut known = self.known_issuers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((read, provider)) = known.get(id)
            && *read == document
        {
            return Ok(provider.clone());
        }
        let provider = discovery::read_document(id.as_str(), &document)?;
        known.insert(id.clone(), (document, provider.clone()));
        Ok(provider)
    }

    /// A provider by what a person typed: a name of the catalogue, or an issuer's address, which is asked
    /// about itself. Its answer is kept, so that a later start guesses nothing.
    pub async fn find_or_discover(&self, typed: &str) -> Result<Provider, Error> {
        let typed = typed.trim();
        let id = ProviderId::from_text(typed);
        if let Some(provider) = self.parts.catalogue.now().find(&id) {
            return Ok(provider.clone());
        }
        if !typed.contains("://") {
            return Err(Error::ProviderUnknown(typed.chars().take(80).collect()));
        }
        if let Err(offline) = self.refuse_when_offline() {
            return self.provider(&id).map_err(|_| offline);
        }
        let asking = async { Ok(discovery::discover(&self.parts.http, typed).await?) };
        let discovered = self.in_time(typed, asking).await?;
        let id = discovered.provider.id.clone();
        self.keep_issuer(&discovered)?;
        self.provider(&id)
    }

    /// Keeps what an issuer said of itself. Where clients or connections rely on what it said before, an answer that
    /// leads elsewhere is not adopted by being looked at: their tokens and secrets go where they went [S073, S089].
    pub(super) fn keep_issuer(&self, discovered: &Discovered) -> Result<(), Error> {
        let id = &discovered.provider.id;
        if self.parts.store.find_issuer(id)?.is_some_and(|kept| kept != discovered.document) && self.is_relied_on(id)? {
            // One that cannot be read any more leads nowhere.
            let known = self.provider(id).ok();
            if known.is_some_and(|known| leads_elsewhere(&known, &discovered.provider)) {
                tracing::warn!(provider = %id, "an issuer's document leads elsewhere than the one its grants rely on");
                return Ok(());
            }
        }
        Ok(self.parts.store.save_issuer(id, &discovered.document, self.parts.clock.now())?)
    }

    fn is_relied_on(&self, id: &ProviderId) -> Result<bool, Error> {
        let has_connections = self.parts.store.list_connections()?.iter().any(|it| it.provider == *id);
        Ok(has_connections || !self.list_clients_of(id)?.is_empty())
    }

    /// Finds out in time or not at all: a server that drips its answers, place by place, has no more of our time.
    pub(super) async fn in_time<T>(
        &self,
        typed: &str,
        asking: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let limit = self.parts.http.discovery_limit();
        let host = || Url::parse(typed).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        let too_slow = |_| DiscoveryRefused::TooSlow { host: host(), seconds: limit.as_secs().max(1) };
        tokio::time::timeout(limit, asking).await.map_err(too_slow)?
    }

    /// Makes the practice provider at this address known. It describes itself like any other issuer.
    pub async fn adopt_practice(&self, issuer: &str) -> Result<Provider, Error> {
        self.parts.store.put_setting(PRACTICE_SETTING, issuer)?;
        self.find_or_discover(issuer).await
    }

    /// The provider of a connection, with its token endpoint frozen as it was at consent [S073, S089].
    pub(super) fn provider_of(&self, connection: &Connection) -> Result<Provider, Error> {
        let provider = self.provider(&connection.provider)?;
        let said = connection.endpoints.kept_fields.iter().cloned().collect();
        self.with_variables(provider, None, &said)
    }

    /// The provider with its variables as said, else as the client knows them, else as they usually are.
    pub(super) fn with_variables(
        &self,
        provider: Provider,
        known: Option<&BTreeMap<String, String>>,
        said: &BTreeMap<String, String>,
    ) -> Result<Provider, Error> {
        if provider.variables.is_empty() {
            return Ok(provider);
        }
        let mut values = known.cloned().unwrap_or_default();
        for variable in &provider.variables {
            if let Some(text) = said.get(&variable.name).filter(|text| !text.trim().is_empty()) {
                let checked =
                    variable.checked(text).map_err(|refused| Error::of_variable(variable, refused.complaint))?;
                values.insert(variable.name.clone(), checked);
            }
        }
        match self.parts.catalogue.now().find_with(&provider.id, &values) {
            Ok(Some(filled)) => Ok(filled),
            Ok(None) => Ok(provider),
            // Values are checked one by one; what is left is an address that does not come out whole.
            Err(error) => Err(Error::VariableRefused {
                name: String::new(),
                asks: provider.name,
                example: String::new(),
                complaint: error.to_string(),
            }),
        }
    }

    /// The provider with its variables as said, else as they are known: each said one is asked for and fits, and none
    /// is missing.
    ///
    /// # Errors
    /// [`Error::VariableRefused`], which names the one that is wrong.
    pub fn with_whole_addresses(
        &self,
        provider: Provider,
        known: Option<&BTreeMap<String, String>>,
        said: &BTreeMap<String, String>,
    ) -> Result<Provider, Error> {
        refuse_unknown_variables(&provider, said)?;
        let provider = self.with_variables(provider, known, said)?;
        require_variables(&provider)?;
        Ok(provider)
    }

    /// The same for showing: a provider whose file is gone must not take the board with it.
    pub(crate) fn provider_or_stand_in(&self, connection: &Connection) -> Result<Provider, Error> {
        match self.provider_of(connection) {
            Err(Error::ProviderUnknown(_) | Error::DiscoveryRefused(_)) => Ok(stand_in(connection)),
            known => known,
        }
    }

    /// Opens one of a provider's own pages in the browser.
    pub async fn open_provider_page(&self, id: &ProviderId, page: Page) -> Result<(), Error> {
        let provider = self.provider(id)?;
        let url: Option<Url> = match page {
            Page::Console => provider.pages.console,
            Page::RevokeAccess => provider.pages.revoke_access,
            Page::Status => provider.pages.status,
        };
        let url = url.ok_or(Error::BadInput("the catalogue names no such page for this provider"))?;
        self.parts.browser.open(&url).await.map_err(|_| Error::BadInput("the browser did not open"))
    }

    /// Opens the page that the provider itself named for mending, as the last ladder on the connection kept it, or else
    /// the refusal that its status rests on. Whether it is the provider's own is asked again, so that nothing but its
    /// pages is ever opened from here.
    ///
    /// # Errors
    /// [`Error::BadInput`] where none is kept, it is of another host, or the browser did not open.
    pub async fn open_mending_page(&self, id: &ConnectionId) -> Result<(), Error> {
        let provider = self.provider_of(&self.connection(id)?)?;
        let report = self.parts.store.find_diagnosis(id)?;
        let climbed = report.as_ref().and_then(|it| it.verdict.diagnosis.mending_page());
        let status = self.overview(id)?.status;
        let page = climbed.or_else(|| status.mending_page());
        let page = page.ok_or(Error::BadInput("the last diagnosis names no page of the provider's"))?;
        if !page.is_of(&provider) {
            return Err(Error::BadInput("the page that was named is not the provider's own"));
        }
        self.parts.browser.open(page.url()).await.map_err(|_| Error::BadInput("the browser did not open"))
    }

    /// Opens the source of a lesson, where it is one that may be named.
    ///
    /// # Errors
    /// [`Error::BadInput`] for any other page, and where the browser did not open.
    pub async fn open_source(&self, url: &Url) -> Result<(), Error> {
        if !is_source(url) {
            return Err(Error::BadInput("this page is no source that Patchbay knows of"));
        }
        self.parts.browser.open(url).await.map_err(|_| Error::BadInput("the browser did not open"))
    }
}

/// Each address by which a token, a secret or a person could be sent somewhere, by its name in the document.
pub(super) fn addresses(provider: &Provider) -> [(&'static str, Option<Url>); 7] {
    let revocation = match &provider.revocation {
        Revocation::Offered(call) => Url::parse(&call.url).ok(),
        Revocation::NotOffered => None,
    };
    let pushed = match &provider.pushed_authorization {
        PushedAuthorization::Required(url) | PushedAuthorization::Offered(url) => Some(url.clone()),
        PushedAuthorization::NotOffered => None,
    };
    [
        ("authorization_endpoint", Some(provider.authorization_endpoint.clone())),
        ("token_endpoint", Some(provider.token_endpoint.clone())),
        ("revocation_endpoint", revocation),
        ("userinfo_endpoint", provider.identity.as_ref().and_then(|call| Url::parse(&call.url).ok())),
        ("device_authorization_endpoint", provider.device_authorization_endpoint.clone()),
        ("pushed_authorization_request_endpoint", pushed),
        ("registration_endpoint", provider.registration_endpoint.clone()),
    ]
}

/// Whether an address is of another origin than before. One that is new may be of the token endpoint's.
fn leads_elsewhere(known: &Provider, said: &Provider) -> bool {
    addresses(known).into_iter().zip(addresses(said)).any(|((_, known_at), (_, said_at))| {
        let before = known_at.as_ref().unwrap_or(&known.token_endpoint).origin();
        said_at.is_some_and(|it| it.origin() != before)
    })
}

/// A value of a name the provider does not ask for is a slip of the pen, and would be lost without a word.
pub(super) fn refuse_unknown_variables(provider: &Provider, said: &BTreeMap<String, String>) -> Result<(), Error> {
    let Some(name) = said.keys().find(|name| provider.variables.iter().all(|it| it.name != **name)) else {
        return Ok(());
    };
    let names: Vec<_> = provider.variables.iter().map(|it| it.name.as_str()).collect();
    let asked = if names.is_empty() { "no value".to_owned() } else { names.join(", ") };
    Err(Error::VariableRefused {
        name: name.clone(),
        asks: format!("The value \"{name}\""),
        example: String::new(),
        complaint: format!("not one {} asks for: it asks for {asked}", provider.name),
    })
}

/// Nothing is sent to an address that holds an example.
pub(super) fn require_variables(provider: &Provider) -> Result<(), Error> {
    let missing = provider.variables.iter().find(|it| it.value.is_none());
    missing.map_or(Ok(()), |missing| Err(Error::of_variable(missing, "missing")))
}

/// What is known of a provider from one of its connections alone: its name and where tokens go.
fn stand_in(connection: &Connection) -> Provider {
    Provider::bare(connection.provider.clone(), connection.endpoints.token_endpoint.clone())
}

impl Error {
    fn of_variable(variable: &EndpointVariable, complaint: &str) -> Self {
        Self::VariableRefused {
            name: variable.name.clone(),
            asks: variable.asks.clone(),
            example: variable.example.clone(),
            complaint: complaint.to_owned(),
        }
    }

    /// Whether a discovery failed because nothing answered.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::DiscoveryRefused(DiscoveryRefused::Unreachable(_) | DiscoveryRefused::TooSlow { .. }))
    }

    /// Whether a discovery failed because by this machine's clock no certificate is valid [B9].
    pub fn is_clock_off(&self) -> bool {
        let Self::DiscoveryRefused(DiscoveryRefused::Unreachable(DocumentFailure::Http(failure))) = self else {
            return false;
        };
        failure.kind() == NetworkFailure::CertificateOfAnotherTime
    }
}
