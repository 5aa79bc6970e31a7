//! The one HTTP client: no redirects, no cookies, no compression asked for, time and size limits; the only user of
//! reqwest's builder [A3, S053 to S057, S065, S066].

mod addresses;
mod answer;
mod compressed;
mod deliveries;
mod documents;
mod failure;
mod limits;

use std::sync::Arc;
use std::time::{Duration, Instant};

use ::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use ::http::{HeaderMap, HeaderValue, Request};
use tokio::sync::OnceCell;
use tokio::time::timeout;
use url::{Host, Url};

pub use addresses::{AddressPolicy, is_local};
pub use answer::HttpAnswer;
pub use deliveries::{AddressRefused, DeliveryAddress, DeliveryFailure};
pub use documents::DocumentFailure;
pub use failure::{HttpFailure, WasSent};

use jiff::Timestamp;

const USER_AGENT: &str = concat!("Patchbay/", env!("CARGO_PKG_VERSION"));

/// How long what is there already is read after a deadline. A program that was stopped (a paused machine, a
/// suspended terminal) wakes up past its deadline with an answer in the socket that nobody has looked at, and
/// that answer may be the only copy of a rotated token [S059].
const LATE_READ: Duration = Duration::from_secs(2);

/// How long each part of a request may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Name, connection and TLS. A host that needs longer is down, or a firewall swallows packets.
    pub connect: Duration,
    /// From the start to the answer's headers. Some providers need 20 s to refresh on a bad day, and an
    /// answer given up on may have spent a refresh token.
    pub first_byte: Duration,
    /// Between two pieces of the body.
    pub idle: Duration,
    /// All of it: a server that drips one byte at a time ends here.
    pub total: Duration,
    /// All that is asked to find out what an address is: several places, each of which may be slow.
    pub discovery: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(30),
            idle: Duration::from_secs(10),
            total: Duration::from_secs(60),
            discovery: Duration::from_secs(20),
        }
    }
}

/// Sends requests. Clones share one client, which is built when the first request needs it.
#[derive(Clone)]
pub struct Http {
    parts: Arc<Parts>,
}

struct Parts {
    timeouts: Timeouts,
    now: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// For servers elsewhere: through the system's proxy, where there is one.
    remote: OnceCell<reqwest::Client>,
    /// For servers on this computer and its own network: a proxy has no business there [S066].
    direct: OnceCell<reqwest::Client>,
}

impl Http {
    /// `now` tells the time by which certificates are judged.
    pub fn new(timeouts: Timeouts, now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let (remote, direct) = (OnceCell::new(), OnceCell::new());
        Self { parts: Arc::new(Parts { timeouts, now: Box::new(now), remote, direct }) }
    }

    /// How long finding out what an address is may take in all.
    pub fn discovery_limit(&self) -> Duration {
        self.parts.timeouts.discovery
    }

    /// Sends one request once: nothing is repeated or redirected, and an answer above `body_limit` bytes is
    /// refused while it arrives. Any status is an answer.
    pub async fn send(&self, request: Request<Vec<u8>>, body_limit: usize) -> Result<HttpAnswer, HttpFailure> {
        self.send_until(request, body_limit, |_| false).await
    }

    /// Makes what a request to this address needs before it is made: reading the system's certificates takes longer
    /// than many a server, and between an answer and its storage nothing else may. Failing is left to the request.
    pub async fn prepare(&self, address: &Url) {
        if let Some(host) = address.host().map(|host| host.to_owned()) {
            self.client_for(&host).await.ok();
        }
    }

    async fn client_for(&self, host: &Host) -> Result<&reqwest::Client, HttpFailure> {
        if addresses::is_local(host) {
            self.parts.direct.get_or_try_init(async || direct_client(self.parts.timeouts)).await
        } else {
            self.parts.remote.get_or_try_init(async || build(base(self.parts.timeouts))).await
        }
    }

    /// The same, but when the connection breaks, stalls or overflows after a body of which `is_enough` says
    /// so, that body is the answer: what a token endpoint said exists nowhere else [S059].
    pub async fn send_until(
        &self,
        request: Request<Vec<u8>>,
        body_limit: usize,
        is_enough: impl Fn(&[u8]) -> bool + Send + Sync,
    ) -> Result<HttpAnswer, HttpFailure> {
        self.exchange(request, body_limit, is_enough, Compressed::Refused).await
    }

    /// The same, and an answer that comes compressed is opened, to `body_limit` bytes: to refuse it unread would lose
    /// what is in it [S057, S059].
    pub async fn send_opening(
        &self,
        request: Request<Vec<u8>>,
        body_limit: usize,
        is_enough: impl Fn(&[u8]) -> bool + Send + Sync,
    ) -> Result<HttpAnswer, HttpFailure> {
        self.exchange(request, body_limit, is_enough, Compressed::Opened).await
    }

    async fn exchange(
        &self,
        request: Request<Vec<u8>>,
        body_limit: usize,
        is_enough: impl Fn(&[u8]) -> bool + Send + Sync,
        compressed: Compressed,
    ) -> Result<HttpAnswer, HttpFailure> {
        let host = request.uri().host().and_then(|host| Host::parse(host).ok()).ok_or(failure::UNSENDABLE)?;
        // Secrets travel in these requests: only this machine is spoken to in the clear [S010].
        if request.uri().scheme_str() != Some("https") && !addresses::is_local(&host) {
            return Err(failure::UNSENDABLE);
        }
        // No certificate is valid before 1970, and the TLS library cannot tell such a time.
        if request.uri().scheme_str() == Some("https") && (self.parts.now)() < Timestamp::UNIX_EPOCH {
            return Err(failure::OTHER_TIME);
        }
        let client = self.client_for(&host).await;
        exchange(client?, request, body_limit, self.parts.timeouts, is_enough, compressed).await
    }
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Http").field("timeouts", &self.parts.timeouts).finish_non_exhaustive()
    }
}

/// What becomes of an answer that comes compressed, though nobody asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compressed {
    Refused,
    Opened,
}

async fn exchange(
    client: &reqwest::Client,
    request: Request<Vec<u8>>,
    body_limit: usize,
    timeouts: Timeouts,
    is_enough: impl Fn(&[u8]) -> bool,
    compressed: Compressed,
) -> Result<HttpAnswer, HttpFailure> {
    let request = reqwest::Request::try_from(request).map_err(|_| failure::UNSENDABLE)?;
    let started = Instant::now();
    let late = LATE_READ.min(timeouts.idle);
    let response = within(timeouts.first_byte.min(timeouts.total), late, client.execute(request))
        .await?
        .map_err(|error| failure::of(&error))?;
    if compressed == Compressed::Refused {
        refuse_encoded(response.headers())?;
    }
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let remote_address = response.remote_addr().map(|it| it.ip());
    let mut body = Vec::new();
    let reading = read_body(response, body_limit, timeouts.idle, &mut body);
    let mut read = within(timeouts.total.saturating_sub(started.elapsed()), late, reading).await.flatten();
    let opened = if compressed == Compressed::Opened { compressed::opened(&headers, &body, body_limit) } else { None };
    let was_compressed = opened.is_some();
    if let Some(opened) = opened {
        if !opened.is_whole {
            read = read.and(Err(HttpFailure::EncodedBody));
        }
        body = opened.body;
    }
    match read {
        Err(failure) if !is_enough(&body) => Err(failure),
        Ok(()) | Err(_) => {
            Ok(HttpAnswer { status, headers, body, was_compressed, remote_address, latency: started.elapsed() })
        }
    }
}

/// Waits for `limit`, and for `late` more: a deadline that passed while the program stood still has fired before
/// the socket was read.
async fn within<F: Future>(limit: Duration, late: Duration, work: F) -> Result<F::Output, HttpFailure> {
    let mut work = std::pin::pin!(work);
    if let Ok(done) = timeout(limit, &mut work).await {
        return Ok(done);
    }
    timeout(late, work).await.map_err(|_| failure::TIMED_OUT)
}

/// Nobody was asked to compress, so a compressed answer is a mistake or a bomb [S057].
fn refuse_encoded(headers: &HeaderMap) -> Result<(), HttpFailure> {
    let is_plain = |value: &HeaderValue| value.is_empty() || value.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get_all(CONTENT_ENCODING).iter().all(is_plain) { Ok(()) } else { Err(HttpFailure::EncodedBody) }
}

/// Into `body`, which keeps what came before a failure.
async fn read_body(
    mut response: reqwest::Response,
    limit: usize,
    idle: Duration,
    body: &mut Vec<u8>,
) -> Result<(), HttpFailure> {
    // One that is announced as too large is read up to there: what is whole by then may be all that counts.
    loop {
        let piece = within(idle, LATE_READ.min(idle), response.chunk()).await?;
        match piece.map_err(|error| failure::of(&error))? {
            None => return Ok(()),
            Some(piece) if body.len() + piece.len() > limit => return Err(HttpFailure::TooLarge { limit }),
            Some(piece) => body.extend_from_slice(&piece),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that builds the client")]
fn base(timeouts: Timeouts) -> reqwest::ClientBuilder {
    // reqwest takes the process's provider; one that is already there (another part of the program, a test
    // of it) is as good, so a refusal to install ours says nothing.
    drop(rustls::crypto::ring::default_provider().install_default());
    let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))]);
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .default_headers(headers)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .connect_timeout(timeouts.connect)
        // Requests to one server are minutes apart. A connection kept that long may die just as a refresh
        // token goes into it, and then nobody knows whether it arrived.
        .pool_max_idle_per_host(0)
}

/// Falls back to trusting no certificate at all where the system offers none: servers on this computer
/// that speak plain HTTP still work.
fn direct_client(timeouts: Timeouts) -> Result<reqwest::Client, HttpFailure> {
    build(base(timeouts).no_proxy()).or_else(|_| build(base(timeouts).no_proxy().tls_certs_only([])))
}

fn build(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, HttpFailure> {
    builder.build().map_err(|_| failure::NO_TLS)
}

#[cfg(test)]
mod tests;
