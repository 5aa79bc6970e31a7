//! Signing in, from the click to the stored grant; a reconnect is the same flow with an older sign-in to
//! compare with [A1, A2, A7, E1, S009, S019, S031, S043, S064].

mod answer;
mod client_choice;
mod device;
pub mod guide;
mod handing_over;
mod holding;
mod issued;
mod landing;
mod leftovers;
mod plan;
mod redirect;
mod sign_in;
mod storing;
mod target;
mod trace;
mod widening;

use std::collections::BTreeMap;
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use domain::connection::authorization::{ExpectedIssuer, PendingAuthorization};
use domain::connection::binding::GrantBinding;
use domain::connection::reconnect::ReconnectDecision;
use domain::connection::{Client, Connection, Environment};
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::provider::scope_map::minimal;
use domain::provider::{Dpop, Provider, PushedAuthorization, RedirectRule};
use domain::{ConnectionId, Secret};
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use url::Url;

pub use client_choice::ClientChoice;
pub use device::DevicePrompt;
pub use handing_over::{HandedOver, Keeper};
pub use plan::ConnectPlan;
use redirect::Awaited;
pub(super) use redirect::{listen_at_for, redirect_uri_for};
pub(crate) use sign_in::SignIns;
pub use sign_in::{LeftBecause, SignIn, SignInFailure, SignInId, SignInProgress};
pub use target::McpServer;
pub use trace::LeftSignIn;
pub(crate) use trace::Traces;

use self::target::Target;
use super::bindings::as_seen_by;
use super::labels::label;
use super::providers::{refuse_unknown_variables, require_variables};
use crate::authorization_server::authorize_url::{AuthorizationRequest, authorize_url};
use crate::authorization_server::pushed_authorization::push;
use crate::signing::DpopKey;
use crate::{Engine, Error, Notice};

/// How long a person may take in the browser: consent with a second factor, and a phone call between.
const SIGN_IN_TIME: Duration = Duration::from_secs(10 * 60);
/// Enough for a queue, too few for a storm of tabs.
const MAX_SIGN_INS: usize = 8;

/// What a person wants connected.
#[derive(Default)]
pub struct ConnectRequest {
    /// A name of the catalogue, or an issuer's address.
    pub provider: String,
    pub client: ClientChoice,
    /// Values of the provider's variables; those the client knows need not be said again.
    pub variables: BTreeMap<String, String>,
    /// Besides those always asked for.
    pub scopes: Vec<String>,
    pub name: Option<String>,
    pub customer: Option<String>,
    pub environment: Environment,
    /// The port registered in the redirect URI.
    pub port: Option<u16>,
    /// A background task never opens a browser; neither does `--no-browser`.
    pub opens_browser: bool,
    pub way: SignInWay,
    /// The one API the tokens are for (RFC 8707).
    pub resource: Option<String>,
    /// Tokens are bound to a key of ours (RFC 9449), also where the provider only offers it.
    pub dpop: bool,
}

/// How the answer comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignInWay {
    /// The browser comes back to this computer.
    #[default]
    Loopback,
    /// The browser runs elsewhere, or may not reach loopback: the person brings the address it ended at.
    PastedRedirect,
    /// A code is typed on another device (RFC 8628).
    Device,
}

/// All that is frozen when the browser opens [S009].
struct Frozen {
    provider: Provider,
    client: Client,
    client_secret: Option<Secret>,
    pending: PendingAuthorization,
    redirect_uri: String,
    scopes: Vec<String>,
    purpose: Purpose,
    binding: GrantBinding,
    dpop: Option<Arc<DpopKey>>,
    way: SignInWay,
    /// The client was registered for this very sign-in.
    is_registered_for_it: bool,
    /// What the MCP server says a call needs.
    named_scopes: Vec<String>,
}

impl Frozen {
    fn reconnects(&self) -> Option<ConnectionId> {
        match &self.purpose {
            Purpose::Reconnect(connection) => Some(connection.id.clone()),
            Purpose::New { .. } | Purpose::HandOver(_) => None,
        }
    }

    fn keeper(&self) -> Option<Keeper> {
        match &self.purpose {
            Purpose::HandOver(recipient) => Some(recipient.keeper()),
            Purpose::New { .. } | Purpose::Reconnect(_) => None,
        }
    }
}

/// How one sign-in is gone about.
struct Manner {
    rule: RedirectRule,
    way: SignInWay,
    opens_browser: bool,
    binding: GrantBinding,
    wants_dpop: bool,
    is_registered_for_it: bool,
    named_scopes: Vec<String>,
}

/// What the new grant is for.
enum Purpose {
    New {
        name: Option<String>,
        customer: Option<String>,
        environment: Environment,
    },
    Reconnect(Box<Connection>),
    /// A platform keeps it, and Patchbay does not.
    HandOver(Box<handing_over::Recipient>),
}

impl Engine {
    /// Starts a sign-in for a new connection: the listener is up and the browser asked to open.
    pub async fn begin_connect(&self, request: ConnectRequest) -> Result<SignIn, Error> {
        let Target { provider, mcp } = self.find_target(&request.provider).await?;
        let resource = request.resource.as_deref().map(checked_resource).transpose()?;
        refuse_unknown_variables(&provider, &request.variables)?;
        // A client and its secret are kept only where its sign-in can begin.
        if let ClientChoice::New { client_id, .. } = &request.client {
            let known = self.parts.store.find_client_by(&provider.id, client_id.trim(), request.environment)?;
            let known = known.as_ref().map(|client| &client.variables);
            self.with_whole_addresses(provider.clone(), known, &request.variables)?;
        }
        let (client, is_registered_for_it) = self.choose_client(&provider, &request, mcp.as_ref()).await?;
        let provider = self.with_variables(provider, Some(&client.variables), &request.variables)?;
        require_variables(&provider)?;
        self.parts.store.set_client_variables(&client.id, &values_of(&provider))?;
        if client.environment != request.environment {
            return Err(Error::EnvironmentsDiffer {
                client: client.environment.as_str(),
                connection: request.environment.as_str(),
            });
        }
        let wanted: Vec<_> = mcp.iter().flat_map(|it| &it.scopes).chain(&request.scopes).cloned().collect();
        let scopes = with_always(&provider, &minimal(&provider.scopes, &wanted))?;
        let name = request.name.as_deref().or(mcp.as_ref().map(|it| it.name.as_str()));
        let binding = GrantBinding {
            resource: resource.or_else(|| mcp.as_ref().map(|it| it.resource.clone())),
            dpop_thumbprint: None,
            mcp_server: mcp.as_ref().map(|it| it.url.to_string()),
            is_by_device: request.way == SignInWay::Device,
        };
        let purpose = Purpose::New {
            name: name.and_then(label),
            customer: request.customer.as_deref().and_then(label),
            environment: request.environment,
        };
        let rule = redirect::rule_of(&provider, Some(&client), request.port);
        let manner = Manner {
            rule,
            way: request.way,
            opens_browser: request.opens_browser,
            binding,
            wants_dpop: request.dpop,
            is_registered_for_it,
            named_scopes: mcp.map(|it| it.scopes).unwrap_or_default(),
        };
        let begun = self.begin(provider, client.clone(), scopes, purpose, manner).await;
        if is_registered_for_it && begun.as_ref().map_or(true, |sign_in| sign_in.progress.is_over()) {
            self.take_registration_back(&client).await;
        }
        begun
    }

    /// Starts a sign-in that brings an existing connection back, with the account it had preselected, the way it was
    /// signed in to: by a code on another device, or through the browser here.
    /// One sign-in per connection: asked again, the one under way opens again.
    pub async fn begin_reconnect(&self, id: &ConnectionId, opens_browser: bool) -> Result<SignIn, Error> {
        let is_by_device = self.parts.store.grant_binding(id)?.is_by_device;
        let way = match self.provider_of(&self.connection(id)?)?.device_authorization_endpoint {
            Some(_) if is_by_device => SignInWay::Device,
            Some(_) | None => SignInWay::Loopback,
        };
        self.begin_reconnect_by(id, way, opens_browser).await
    }

    /// The same with a say in how the answer comes back.
    pub async fn begin_reconnect_by(
        &self,
        id: &ConnectionId,
        way: SignInWay,
        opens_browser: bool,
    ) -> Result<SignIn, Error> {
        let connection = self.connection(id)?;
        if let Some(under_way) = self.sign_ins.of_connection(id) {
            if opens_browser {
                self.open_sign_in_page(&under_way.id).await?;
            }
            return Ok(under_way);
        }
        let provider = self.provider_of(&connection)?;
        let client = self.client(&connection.client)?;
        let scopes = with_always(&provider, &connection.scopes.requested)?;
        let rule = redirect::rule_of(&provider, Some(&client), None);
        let binding = self.parts.store.grant_binding(id)?;
        let wants_dpop = binding.dpop_thumbprint.is_some();
        let purpose = Purpose::Reconnect(Box::new(connection));
        let is_registered_for_it = false;
        let named_scopes = vec![];
        let manner = Manner { rule, way, opens_browser, binding, wants_dpop, is_registered_for_it, named_scopes };
        self.begin(provider, client, scopes, purpose, manner).await
    }

    /// Opens the page of a sign-in once more. False when the browser did not open.
    pub async fn open_sign_in_page(&self, id: &SignInId) -> Result<bool, Error> {
        let sign_in = self.sign_in(id)?;
        Ok(self.open_page(&sign_in.authorize_url).await)
    }

    /// Whether a launcher took it: without one the person has the address to copy.
    async fn open_page(&self, page: &Url) -> bool {
        match self.parts.browser.open(page).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, reason = ?error.source(), "the page of a sign-in was not opened");
                false
            }
        }
    }

    /// Ends a sign-in that still waits for the browser.
    pub fn cancel_sign_in(&self, id: &SignInId) -> Result<(), Error> {
        self.sign_ins.cancel(id).ok_or_else(|| Error::SignInGone(id.to_string()))
    }

    /// Ends all sign-ins, as a program does before it ends: what waits for a decision, or comes meanwhile, is taken back
    /// at its provider. False where one was not over in time.
    pub async fn end_sign_ins(&self, limit: Duration) -> bool {
        self.leave_pass();
        let ending = self.sign_ins.cancel_all();
        let all_over = async {
            for mut sign_in in ending {
                // One that nobody runs any more is over.
                drop(sign_in.wait_for(|it| it.progress.is_over()).await);
            }
        };
        tokio::time::timeout(limit, all_over).await.is_ok()
    }

    /// Answers the question a sign-in stopped at [A7].
    pub fn decide_reconnect(&self, id: &SignInId, decision: ReconnectDecision) -> Result<(), Error> {
        self.sign_ins.decide(id, decision).ok_or_else(|| Error::SignInGone(id.to_string()))
    }

    pub fn sign_in(&self, id: &SignInId) -> Result<SignIn, Error> {
        self.sign_ins.find(id).ok_or_else(|| Error::SignInGone(id.to_string()))
    }

    pub fn list_sign_ins(&self) -> Vec<SignIn> {
        self.sign_ins.list()
    }

    /// Every change of one sign-in, beginning with what it is now.
    pub fn follow_sign_in(&self, id: &SignInId) -> Result<watch::Receiver<SignIn>, Error> {
        self.sign_ins.follow(id).ok_or_else(|| Error::SignInGone(id.to_string()))
    }

    async fn begin(
        &self,
        provider: Provider,
        client: Client,
        scopes: Vec<String>,
        purpose: Purpose,
        Manner { rule, way, opens_browser, mut binding, wants_dpop, is_registered_for_it, named_scopes }: Manner,
    ) -> Result<SignIn, Error> {
        self.refuse_when_offline()?;
        let now = self.parts.clock.now();
        // Pages carry dates, and the library that writes them knows the years 1970 to 9999 only.
        if !(Timestamp::UNIX_EPOCH..Timestamp::MAX).contains(&now) {
            return Err(Error::BadInput("this computer's clock is far from the truth: set it, then sign in"));
        }
        self.sign_ins.prune(now);
        if self.sign_ins.open_count() >= MAX_SIGN_INS {
            return Err(Error::TooManySignIns);
        }
        let provider = as_seen_by(&client, provider);
        let client_secret = self.client_secret(&client).await?;
        let dpop = if wants_dpop || provider.dpop == Dpop::Required {
            // A connection keeps its key; a lost one is replaced with the grant it was lost for.
            let kept = match &binding.dpop_thumbprint {
                Some(thumbprint) => self.read_dpop_key(thumbprint).await?,
                None => None,
            };
            Some(match kept {
                Some(key) => key,
                None => self.new_dpop_key().await?,
            })
        } else {
            None
        };
        binding.is_by_device = way == SignInWay::Device;
        binding.dpop_thumbprint = dpop.as_ref().map(|key| key.thumbprint());
        if way == SignInWay::Device {
            let pending = PendingAuthorization::from_random(&Self::random::<96>()?, None);
            let redirect_uri = String::new();
            let frozen = Frozen {
                provider,
                client,
                client_secret,
                pending,
                redirect_uri,
                scopes,
                purpose,
                binding,
                dpop,
                way,
                is_registered_for_it,
                named_scopes,
            };
            let sign_in = self.begin_device(frozen, now).await?;
            if opens_browser && !sign_in.progress.is_over() {
                self.open_sign_in_page(&sign_in.id).await?;
            }
            return self.sign_in(&sign_in.id);
        }
        let (paste, pasted) = mpsc::channel(1);
        let Awaited { ear, redirect_uri, certificate } = self.await_answer(&provider, &rule, way, pasted).await?;

        let expected_issuer = provider.issuer.as_ref().map(|issuer| ExpectedIssuer {
            identifier: issuer.identifier.clone(),
            is_promised: issuer.answers_carry_iss,
        });
        let pending = PendingAuthorization::from_random(&Self::random::<96>()?, expected_issuer);
        let login_hint = match &purpose {
            Purpose::Reconnect(connection) => connection.identity.label.clone(),
            Purpose::HandOver(recipient) => recipient.beside.identity.label.clone(),
            Purpose::New { .. } => None,
        };
        let further = widening::further_scopes(&provider, &purpose, &scopes);
        let asked = AuthorizationRequest {
            client_id: &client.client_id,
            redirect_uri: &redirect_uri,
            scopes: further.as_deref().unwrap_or(&scopes),
            login_hint: login_hint.as_deref(),
            // Some providers give a refresh token at the first consent alone, unless they are asked for it.
            is_reconnect: matches!(purpose, Purpose::Reconnect(_) | Purpose::HandOver(_)),
            resource: binding.resource.as_deref(),
            dpop_jkt: binding.dpop_thumbprint.as_deref(),
            is_widening: further.is_some(),
        };
        let authorize_url =
            authorize_url(&provider, &pending, &asked).ok_or(Error::BadInput("the redirect URI is not a URL"))?;
        let frozen = Frozen {
            provider,
            client,
            client_secret,
            pending,
            redirect_uri,
            scopes,
            purpose,
            binding,
            dpop,
            way,
            is_registered_for_it,
            named_scopes,
        };
        let authorize_url = match &frozen.provider.pushed_authorization {
            PushedAuthorization::Required(endpoint) => {
                let http = &self.parts.http;
                let client = frozen.credentials();
                match push(http, &frozen.provider, endpoint, &client, &authorize_url, now).await {
                    Ok(short) => short,
                    Err(refused) => {
                        answer::close(ear.listener).await;
                        let endpoint = frozen.provider.authorization_endpoint.clone();
                        return self.begin_refused(frozen, endpoint, refused, now);
                    }
                }
            }
            PushedAuthorization::NotOffered | PushedAuthorization::Offered(_) => authorize_url,
        };

        let sign_in = SignIn { certificate, ..frozen.sign_in(authorize_url.clone(), now)? };
        let mut event = LifecycleEvent::new(now, EventKind::SignInStarted, sign_in.reconnects.clone());
        event.endpoint = Some("authorize");
        event.redirect_uri_hash = Some(Secret::new(sign_in.redirect_uri.as_str()).fingerprint().to_string());
        event.subject = Some(frozen.provider.name.clone());
        // Before it stands among those that wait: one that nobody runs would wait for good.
        self.parts.store.append_event(&event)?;

        let controls = self.sign_ins.insert(sign_in.clone(), paste);
        let frozen = Arc::new(frozen);
        let task = landing::Landing { engine: self.clone(), id: sign_in.id.clone(), frozen, ends_at: sign_in.ends_at };
        self.watch_over(&sign_in.id, task.leftovers(), task.run(ear, controls));

        // The listener is up, so the answer cannot come too early; a launcher that fails is no failure.
        if opens_browser {
            let browser_opened = self.open_page(&authorize_url).await;
            self.update_sign_in(&sign_in.id, |progress| {
                if let SignInProgress::WaitingForBrowser { browser_opened: opened, .. } = progress {
                    *opened = browser_opened;
                }
            });
        }
        self.sign_in(&sign_in.id)
    }

    /// Changes the progress of a sign-in and tells whoever watches.
    fn update_sign_in(&self, id: &SignInId, change: impl FnOnce(&mut SignInProgress)) {
        if self.sign_ins.update(id, change) {
            self.notify(Notice::SignInChanged(id.clone()));
        }
    }
}

/// What the variables of a provider are, by name.
pub(super) fn values_of(provider: &Provider) -> BTreeMap<String, String> {
    provider.variables.iter().filter_map(|it| Some((it.name.clone(), it.value.clone()?))).collect()
}

/// An absolute address without fragment (RFC 8707 §2).
fn checked_resource(text: &str) -> Result<String, Error> {
    let is_fit = url::Url::parse(text.trim()).is_ok_and(|url| url.fragment().is_none()) && text.len() <= 2_048;
    is_fit.then(|| text.trim().to_owned()).ok_or(Error::BadInput("a resource is an address without #"))
}

/// What is always asked for, then what the person wants, each once [S013].
fn with_always(provider: &Provider, wanted: &[String]) -> Result<Vec<String>, Error> {
    if provider.scopes.parameter.is_none() {
        return Ok(vec![]);
    }
    let mut scopes: Vec<String> = Vec::new();
    for scope in provider.scopes.always.iter().chain(wanted) {
        let scope = scope.trim();
        // scope-token of RFC 6749 §3.3.
        let is_token = scope.bytes().all(|it| matches!(it, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
        if !is_token || scope.len() > 512 {
            return Err(Error::BadInput("a scope may not hold spaces, quotes or backslashes"));
        }
        if !scope.is_empty() && !scopes.iter().any(|it| it == scope) {
            scopes.push(scope.to_owned());
        }
    }
    let apart = provider.scopes.apart.as_ref();
    let is_apart = |scope: &String| apart.is_some_and(|apart| scope.starts_with(&apart.prefix));
    if scopes.iter().any(is_apart) && !scopes.iter().all(is_apart) {
        return Err(Error::BadInput(
            "scopes of a person and of an app come with a token each: connect them as two connections",
        ));
    }
    Ok(scopes)
}

/// Shared by whoever shows why a sign-in ended.
pub(super) fn ours(error: Error) -> SignInProgress {
    SignInProgress::Failed(SignInFailure::Ours(Arc::new(error)))
}
