//! Waits on loopback for one callback of a sign-in, answers the browser, and closes
//! [A2, S022 to S046].

mod callback;
pub mod certificate;
pub mod links;
pub mod overhearing;
mod pages;
mod parameters;
pub mod pasted;
mod port_holder;
mod request_checks;
mod request_head;
mod serving;
mod sockets;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::provider::{AnswerMode, RedirectHost, RedirectScheme};
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub use callback::{AcceptedCallback, CallbackRequest};
use callback::{Flow, Phase};
use certificate::LoopbackCertificate;
use request_checks::Expected;
use serving::{MAX_CONNECTIONS, Server};

/// How long the last page is waited for after a sign-in ended. The browser asks for it at once or never, but on a computer
/// that is at its limit "at once" was seen to be more than 3 s, and the person then read that the site cannot be reached.
const LAST_PAGE_PATIENCE: Duration = Duration::from_secs(8);

/// Where the provider will send the browser.
#[derive(Debug, Clone)]
pub struct ListenAt {
    pub host: RedirectHost,
    /// `None`: one the system picks.
    pub port: Option<u16>,
    /// Exact, such as `/callback/google`; one per issuer [S007].
    pub path: String,
    pub answer: AnswerMode,
    /// A form may come from any https page, and from this origin: the provider's own on this computer.
    pub form_origin: Option<String>,
    /// With one it is https.
    pub certificate: Option<Arc<LoopbackCertificate>>,
}

impl ListenAt {
    /// Plain http for an answer in the query.
    pub fn plain(host: RedirectHost, port: Option<u16>, path: impl Into<String>) -> Self {
        Self { host, port, path: path.into(), answer: AnswerMode::Query, form_origin: None, certificate: None }
    }

    fn scheme(&self) -> RedirectScheme {
        if self.certificate.is_some() { RedirectScheme::Https } else { RedirectScheme::Http }
    }
}

#[derive(Debug, Error)]
pub enum ListenerError {
    #[error("port {port} is taken by {}", by.as_deref().unwrap_or("another program"))]
    PortTaken {
        port: u16,
        /// The program's name, where the system tells.
        by: Option<String>,
    },
    #[error("this computer does not let Patchbay listen for the browser")]
    Unavailable(#[source] io::Error),
}

/// How the sign-in ended, for the page the person is left with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInEnd {
    Connected,
    Failed,
    /// Another account, or something else only the person can decide.
    NeedsDecision,
    /// Another account than the one to bring back: refused, and nobody is asked.
    OtherAccount,
    /// Refused for another reason, and nobody is asked.
    NotTaken,
}

/// One sign-in's ear. Dropping it closes the port at once.
#[derive(Debug)]
pub struct RedirectListener {
    redirect_uri: String,
    port: u16,
    is_port_picked: bool,
    flow: Arc<Flow>,
    callbacks: mpsc::Receiver<CallbackRequest>,
    /// Closing it asks the server to stop.
    stop: Option<mpsc::Sender<()>>,
    server: JoinHandle<()>,
}

impl RedirectListener {
    /// Binds the port once and keeps it; it is never tried out, released and bound again [S023].
    pub async fn bind(at: &ListenAt) -> Result<Self, ListenerError> {
        let sockets = sockets::bind(at.host, at.port).await?;
        let expected = Expected::new(at, sockets.port, &format!("/done/{}", nonce()?));
        let redirect_uri = expected.redirect_uri();
        let flow = Arc::new(Flow::default());
        let (sender, callbacks) = mpsc::channel(MAX_CONNECTIONS);
        let (stop, stopped) = mpsc::channel(1);
        let tls = at.certificate.as_ref().map(|it| it.server().into());
        let server = Server { expected, flow: Arc::clone(&flow), callbacks: sender, tls };
        let port = sockets.port;
        let server = tokio::spawn(serving::serve(sockets.listeners, Arc::new(server), stopped));
        let is_port_picked = at.port.is_none();
        Ok(Self { redirect_uri, port, is_port_picked, flow, callbacks, stop: Some(stop), server })
    }

    /// Byte for byte what goes into the authorization and the token request, with the port that is really
    /// bound [S006].
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// The port that is really bound.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether no other sign-in needs this port: the system picked it, and picks another one for the next.
    pub fn is_port_free_to_keep(&self) -> bool {
        self.is_port_picked
    }

    /// How many requests were not the browser coming back: wrong host, method, path or origin, and refused
    /// callbacks.
    pub fn strange_request_count(&self) -> u32 {
        self.flow.strange_request_count()
    }

    /// The next request that looks like a callback. Cancel-safe. Waits for ever once one was accepted.
    pub async fn next(&mut self) -> CallbackRequest {
        loop {
            match self.callbacks.recv().await {
                Some(callback) if self.flow.phase().accepted.is_none() => return callback,
                // Answered already: they came while another was being accepted.
                Some(_) => {}
                None => std::future::pending().await,
            }
        }
    }

    /// Ends the wait but keeps the port: whoever comes now reads that the sign-in is over [S046].
    pub fn expire(&self) {
        self.flow.change_phase(|phase| phase.is_over = true);
    }

    /// Serves the page that is still owed, for 8 s at most, and gives the port back.
    pub async fn close(mut self) {
        self.expire();
        // Too late is no failure: the browser went elsewhere.
        drop(timeout(LAST_PAGE_PATIENCE, self.flow.until(Phase::owes_nothing)).await);
        self.stop = None;
        // The server only ends by itself; a panic in it has closed the port as well.
        drop((&mut self.server).await);
    }
}

impl Drop for RedirectListener {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// 128 random bits: nobody else finds the last page.
fn nonce() -> Result<String, ListenerError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| ListenerError::Unavailable(io::Error::other(error)))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests;
