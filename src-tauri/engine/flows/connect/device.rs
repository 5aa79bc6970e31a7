//! Signing in on another device: a code is shown, and the server is asked at its pace until somebody has typed it
//! (RFC 8628) [A2, S082].

use std::sync::Arc;
use std::time::Duration;

use domain::Secret;
use domain::diagnosis::Diagnosis;
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::provider::AnswerMode;
use domain::token::token_response::IssuedTokens;
use jiff::Timestamp;
use tokio::sync::mpsc;
use url::Url;

use super::answer::Answered;
use super::landing::{Landing, Page};
use super::sign_in::Controls;
use super::trace::Trace;
use super::{Frozen, SignIn, SignInFailure, SignInId, SignInProgress, ours};
use crate::authorization_server::device_authorization::{DeviceAuthorization, authorize_device};
use crate::authorization_server::{
    AnswerFacts, Binding, ClientCredentials, DeviceRedemption, TokenEndpointAnswer, redeem_device_code,
};
use crate::{Engine, Error};

/// RFC 8628 §3.5: for good, each time the server says so.
const SLOWER_BY: Duration = Duration::from_secs(5);

/// What is shown to whoever signs in elsewhere. The code is for their eyes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DevicePrompt {
    pub user_code: String,
    pub verification_uri: Url,
    /// The same with the code in it.
    pub verification_uri_complete: Option<Url>,
    /// The squares of a QR code of the address, row by row; dark ones are true.
    pub qr: Vec<Vec<bool>>,
}

impl DevicePrompt {
    fn new(given: &DeviceAuthorization) -> Self {
        let address = given.verification_uri_complete.as_ref().unwrap_or(&given.verification_uri);
        Self {
            user_code: given.user_code.clone(),
            verification_uri: given.verification_uri.clone(),
            verification_uri_complete: given.verification_uri_complete.clone(),
            qr: squares(address.as_str()),
        }
    }
}

/// None where the address is too long for any QR code: it is read as text then.
fn squares(text: &str) -> Vec<Vec<bool>> {
    let Ok(code) = qrcode::QrCode::with_error_correction_level(text, qrcode::EcLevel::M) else { return vec![] };
    let dark: Vec<bool> = code.to_colors().into_iter().map(|it| it == qrcode::Color::Dark).collect();
    dark.chunks(code.width()).map(<[bool]>::to_vec).collect()
}

impl Engine {
    /// Asks for a code and begins to wait for it.
    pub(super) async fn begin_device(&self, frozen: Frozen, now: Timestamp) -> Result<SignIn, Error> {
        let Some(endpoint) = frozen.provider.device_authorization_endpoint.clone() else {
            return Err(Error::BadInput("this provider offers no sign-in by a code on another device"));
        };
        let asked = authorize_device(
            &self.parts.http,
            &frozen.provider,
            &endpoint,
            &frozen.credentials(),
            &frozen.scopes,
            frozen.binding(),
            now,
        )
        .await;
        let given = match asked {
            Ok(given) => given,
            Err(refused) => return self.begin_refused(frozen, endpoint, refused, now),
        };
        let ends_at = now.checked_add(given.expires_in).unwrap_or(now);
        let prompt = DevicePrompt::new(&given);
        let page = prompt.verification_uri_complete.clone().unwrap_or_else(|| prompt.verification_uri.clone());
        let sign_in = SignIn { ends_at, device: Some(prompt), ..frozen.sign_in(page, now)? };
        let mut event = LifecycleEvent::new(now, EventKind::SignInStarted, sign_in.reconnects.clone());
        event.endpoint = Some("device_authorization");
        event.subject = Some(frozen.provider.name.clone());
        self.parts.store.append_event(&event)?;

        let controls = self.sign_ins.insert(sign_in.clone(), mpsc::channel(1).0);
        let frozen = Arc::new(frozen);
        let landing = Landing { engine: self.clone(), id: sign_in.id.clone(), frozen, ends_at };
        self.watch_over(&sign_in.id, landing.leftovers(), async move { landing.await_device(given, controls).await });
        self.sign_in(&sign_in.id)
    }

    /// A sign-in that the server refused before anyone was asked: over as it begins, with its cause.
    pub(super) fn begin_refused(
        &self,
        frozen: Frozen,
        endpoint: Url,
        refused: crate::authorization_server::pushed_authorization::Refused,
        now: Timestamp,
    ) -> Result<SignIn, Error> {
        let sign_in = frozen.sign_in(endpoint, now)?;
        let controls = self.sign_ins.insert(sign_in.clone(), mpsc::channel(1).0);
        drop(controls);
        let frozen = Arc::new(frozen);
        let landing = Landing { engine: self.clone(), id: sign_in.id.clone(), frozen, ends_at: sign_in.ends_at };
        let about = AnswerFacts { http_status: refused.diagnosis.http_status, ..AnswerFacts::default() };
        let progress =
            SignInProgress::Failed(SignInFailure::Cause { diagnosis: refused.diagnosis, detail: refused.detail });
        landing.fail(progress, &about);
        self.sign_in(&sign_in.id)
    }
}

impl Landing {
    /// Asks at the server's pace, until it has tokens, says no, or the code is over.
    async fn await_device(self, given: DeviceAuthorization, mut controls: Controls) {
        let mut interval = given.interval;
        loop {
            let clock = &self.engine.parts.clock;
            let next = clock.now().checked_add(interval).unwrap_or(self.ends_at);
            if next >= self.ends_at {
                tokio::select! {
                    biased;
                    Ok(()) = &mut controls.cancelled => return self.tell(SignInProgress::Cancelled),
                    () = clock.sleep_until(self.ends_at) => return self.tell(SignInProgress::TimedOut),
                }
            }
            tokio::select! {
                biased;
                Ok(()) = &mut controls.cancelled => return self.tell(SignInProgress::Cancelled),
                () = clock.sleep_until(next) => {}
            }
            // A code is not redeemed for a grant that no keychain would take; and what comes must be stored.
            if let Err(error) = self.ready_to_store().await {
                return self.fail(ours(error), &AnswerFacts::default());
            }
            // Each question may be the one that is answered with tokens.
            let trace = match self.trace(false).await {
                Ok(trace) => trace,
                Err(error) => return self.fail(ours(error), &AnswerFacts::default()),
            };
            match self.redeem(&given.device_code, trace).await {
                Asked::Waiting => {}
                Asked::TooFast => interval += SLOWER_BY,
                // RFC 8628 §3.5: a server that does not answer is asked half as often.
                Asked::Unanswered => interval = interval.saturating_mul(2),
                Asked::Expired => return self.tell(SignInProgress::TimedOut),
                Asked::Refused(diagnosis, detail, about) => {
                    let failure = SignInFailure::Cause { diagnosis, detail };
                    return self.fail(SignInProgress::Failed(failure), &about);
                }
                Asked::Issued(tokens, about, trace) => {
                    // There is no page to close.
                    let page = Page { accepted: Answered::Pasted, listener: None };
                    return self.land_issued(*tokens, about, trace, page, controls).await;
                }
            }
        }
    }

    async fn redeem(&self, device_code: &Secret, trace: Trace) -> Asked {
        let (frozen, parts) = (&self.frozen, &self.engine.parts);
        let request = DeviceRedemption {
            provider: &frozen.provider,
            token_endpoint: &frozen.provider.token_endpoint,
            client: frozen.credentials(),
            device_code,
            binding: frozen.binding(),
        };
        let answer = redeem_device_code(&parts.http, request, || parts.clock.now()).await;
        let (diagnosis, detail, about) = match answer {
            TokenEndpointAnswer::Issued { tokens, about } => return Asked::Issued(tokens, about, trace),
            TokenEndpointAnswer::Failed { diagnosis, detail, about, .. } => (diagnosis, detail, about),
        };
        trace.close();
        match diagnosis.provider_code.as_deref() {
            Some("authorization_pending") => Asked::Waiting,
            Some("slow_down") => Asked::TooFast,
            Some("expired_token") => Asked::Expired,
            _ if diagnosis.is_transient() => Asked::Unanswered,
            _ => Asked::Refused(diagnosis, detail, about),
        }
    }
}

/// What one question at the token endpoint led to.
enum Asked {
    Waiting,
    TooFast,
    Unanswered,
    Expired,
    Refused(Diagnosis, Option<String>, AnswerFacts),
    Issued(Box<IssuedTokens>, AnswerFacts, Trace),
}

impl Frozen {
    pub(super) fn credentials(&self) -> ClientCredentials<'_> {
        ClientCredentials { client_id: &self.client.client_id, client_secret: self.client_secret.as_ref() }
    }

    pub(super) fn binding(&self) -> Binding<'_> {
        Binding { resource: self.binding.resource.as_deref(), dpop: self.dpop.as_deref() }
    }

    /// The sign-in as it begins; `page` is what a browser is to open.
    pub(super) fn sign_in(&self, page: Url, now: Timestamp) -> Result<SignIn, Error> {
        Ok(SignIn {
            id: SignInId::from_random(Engine::random_bits()?),
            reconnects: self.reconnects(),
            keeper: self.keeper(),
            provider: self.provider.id.clone(),
            provider_name: self.provider.name.clone(),
            is_practice: self.provider.is_practice,
            authorize_url: page,
            redirect_uri: self.redirect_uri.clone(),
            way: self.way,
            is_posted: self.provider.answer.mode == AnswerMode::FormPost,
            certificate: None,
            started_at: now,
            ends_at: now.checked_add(super::SIGN_IN_TIME).unwrap_or(now),
            device: None,
            client_id: self.client.client_id.clone(),
            mcp_server: self.binding.mcp_server.clone(),
            named_scopes: self.named_scopes.iter().filter(|it| self.scopes.contains(it)).cloned().collect(),
            scopes: self.scopes.clone(),
            registered_client: self.is_registered_for_it.then(|| self.client.id.clone()),
            progress: SignInProgress::WaitingForBrowser { browser_opened: false, strange_request_count: 0 },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S082: whatever a server sends as its address, a code or nothing is drawn.
    #[test]
    fn an_address_becomes_squares_and_one_that_is_too_long_none() {
        let drawn = squares("https://as.example/device?user_code=WDJB-MJHT");

        assert!(drawn.len() >= 21 && drawn.iter().all(|row| row.len() == drawn.len()), "a square");
        assert_eq!(drawn[0][..8], [true, true, true, true, true, true, true, false], "its corner mark");
        assert!(squares(&"a".repeat(5_000)).is_empty());
    }
}
