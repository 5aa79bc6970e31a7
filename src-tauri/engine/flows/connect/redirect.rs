//! Where the browser is to come back: the client's own redirect URI, else the provider's usual one
//! [A2, S006, S007, S022].

use std::sync::Arc;

use domain::connection::Client;
use domain::provider::{AnswerMode, Provider, RedirectPort, RedirectRule, RedirectScheme};
use tokio::sync::mpsc;

use super::SignInWay;
use super::answer::{Ear, Pasted};
use crate::flows::loopback_certificate::CertificateNote;
use crate::redirect_listener::certificate::LoopbackCertificate;
use crate::redirect_listener::pasted::PasteRefused;
use crate::redirect_listener::{ListenAt, RedirectListener};
use crate::{Engine, Error};

/// Ports that no program is given for its own: an address that nobody answers is to be made of one.
const UNUSED_PORTS: std::ops::Range<u16> = 49_152..65_535;

/// Where an answer will arrive, and what hears it.
pub(super) struct Awaited {
    pub(super) ear: Ear,
    pub(super) redirect_uri: String,
    /// The certificate that the browser will warn of.
    pub(super) certificate: Option<CertificateNote>,
}

impl Engine {
    /// What is registered with a client that has no redirect URI of its own: without a port where any serves.
    pub fn usual_redirect_uri(&self, client: &Client) -> Result<String, Error> {
        let provider = self.provider(&client.provider)?;
        let rule = rule_of(&provider, Some(&Client { redirect: None, ..client.clone() }), None);
        Ok(written(&provider, &rule, fixed_port(&rule).unwrap_or(rule.scheme.usual_port())))
    }

    /// Opens the port, where one is listened at.
    pub(super) async fn await_answer(
        &self,
        provider: &Provider,
        rule: &RedirectRule,
        way: SignInWay,
        pasted: mpsc::Receiver<Pasted>,
    ) -> Result<Awaited, Error> {
        let (certificate, listener) = match way {
            SignInWay::Loopback => {
                let certificate = match rule.scheme {
                    RedirectScheme::Http => None,
                    RedirectScheme::Https => Some(self.loopback_certificate().await?),
                };
                let trial = self.port_trial.lock().await;
                let listener = RedirectListener::bind(&listen_at(provider, rule, certificate.clone())).await?;
                drop(trial);
                (certificate, Some(listener))
            }
            SignInWay::PastedRedirect if provider.answer.mode == AnswerMode::FormPost => {
                return Err(PasteRefused::Posted.into());
            }
            SignInWay::PastedRedirect => (None, None),
            SignInWay::Device => return Err(Error::BadInput("this provider offers no sign-in on another device")),
        };
        let redirect_uri = match (&listener, rule.port) {
            (Some(listener), _) => listener.redirect_uri().to_owned(),
            (None, RedirectPort::Fixed(port)) => written(provider, rule, port),
            (None, RedirectPort::Any) => written(provider, rule, unused_port()?),
        };
        let certificate = certificate.as_deref().map(CertificateNote::from);
        Ok(Awaited { ear: Ear { listener, pasted }, redirect_uri, certificate })
    }
}

/// The rule for this client, with the port that was asked for.
pub(super) fn rule_of(provider: &Provider, client: Option<&Client>, port: Option<u16>) -> RedirectRule {
    let mut rule = client.and_then(|client| client.redirect.clone()).unwrap_or_else(|| RedirectRule {
        port: Engine::redirect_port(provider, client).map_or(RedirectPort::Any, RedirectPort::Fixed),
        ..provider.redirect.clone()
    });
    if let Some(port) = port {
        rule.port = RedirectPort::Fixed(port);
    }
    rule
}

/// What is listened at for an answer of this provider; with a certificate it is https.
pub(super) fn listen_at(
    provider: &Provider,
    rule: &RedirectRule,
    certificate: Option<Arc<LoopbackCertificate>>,
) -> ListenAt {
    ListenAt {
        host: rule.host,
        port: fixed_port(rule),
        path: path_of(provider, rule),
        answer: provider.answer.mode,
        form_origin: Some(provider.authorization_endpoint.origin().ascii_serialization()),
        certificate,
    }
}

/// Where answers to this client come back, heard by plain http; one that is yet to be registered has none of its own.
pub(in crate::flows) fn listen_at_for(provider: &Provider, client: Option<&Client>) -> ListenAt {
    listen_at(provider, &rule_of(provider, client, None), None)
}

/// Its redirect URI, with this port where any serves.
pub(in crate::flows) fn redirect_uri_for(provider: &Provider, client: Option<&Client>, port: u16) -> String {
    let rule = rule_of(provider, client, None);
    written(provider, &rule, fixed_port(&rule).unwrap_or(port))
}

pub(super) fn fixed_port(rule: &RedirectRule) -> Option<u16> {
    match rule.port {
        RedirectPort::Fixed(port) => Some(port),
        RedirectPort::Any => None,
    }
}

/// The redirect URI at a port.
pub(super) fn written(provider: &Provider, rule: &RedirectRule, port: u16) -> String {
    rule.address(port, &path_of(provider, rule))
}

/// The same where any port serves, as it is registered (RFC 8252 §7.3).
pub(super) fn without_port(provider: &Provider, rule: &RedirectRule) -> String {
    rule.address(rule.scheme.usual_port(), &path_of(provider, rule))
}

/// Each provider has its own path, so that an answer of one cannot pass for another's [S007]; where the
/// provider compares paths the rule's stands.
fn path_of(provider: &Provider, rule: &RedirectRule) -> String {
    if rule.is_path_exact {
        return rule.path.clone();
    }
    let slug: String = provider
        .id
        .as_str()
        .trim_start_matches("https://")
        .trim_start_matches("http://")
        .chars()
        .map(|it| if it.is_ascii_alphanumeric() { it } else { '-' })
        .collect();
    format!("{}/{}", rule.path.trim_end_matches('/'), slug.trim_matches('-'))
}

fn unused_port() -> Result<u16, Error> {
    let count = UNUSED_PORTS.end - UNUSED_PORTS.start;
    Ok(UNUSED_PORTS.start + u16::from_le_bytes(Engine::random::<2>()?) % count)
}
