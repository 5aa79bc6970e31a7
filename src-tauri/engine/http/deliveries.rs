//! Hands a body to an address that a person gave: https, or http to this computer's own number; no redirect is followed,
//! and of the answer the status counts [F4, F5, S010, S085].

use std::net::IpAddr;
use std::time::Duration;

use ::http::{HeaderMap, Request};
use domain::Secret;
use domain::display_text::cleaned;
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;
use url::{Host, Url};

use super::addresses::is_local;
use super::{Http, HttpAnswer, HttpFailure, WasSent};

/// Receivers answer with a word; Slack and Teams with a sentence when they refuse.
const ANSWER_LIMIT: usize = 16 * 1024;
/// Of what a receiver says, so much is shown.
const LONGEST_WORDS: usize = 200;
/// Far more than any receiver's own; a keychain item has to hold it.
const LONGEST_ADDRESS: usize = 1024;
/// A piece of an address that is shorter is a word: to blot it out would tear sentences.
const SHORTEST_KEY: usize = 8;

/// Where messages go. It may be a key itself (Slack's and Teams's are), so nothing but its origin is ever shown.
pub struct DeliveryAddress(Url);

/// Why nothing is sent to an address. Never shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AddressRefused {
    #[error("it is no web address")]
    NotAnAddress,
    #[error("an address has {LONGEST_ADDRESS} characters at most")]
    TooLong,
    #[error("it is not https: whoever is on the way could read the messages")]
    NotHttps,
    #[error("over http this computer is asked by its number alone: 127.0.0.1 in the place of localhost")]
    LoopbackByName,
    #[error("it carries a user name or password")]
    UserName,
}

/// Why a receiver does not have the message, or may not have it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DeliveryFailure {
    /// It points elsewhere, and nobody goes there: the message was written for this address alone.
    #[error("the receiver answered {status} and points elsewhere, which is not followed")]
    Redirected {
        status: u16,
        /// Scheme, host and port alone; `None`: it names no web address.
        to: Option<String>,
        /// It leads to this computer or into a private network.
        is_private: bool,
    },
    #[error("the receiver answered {status}")]
    Refused {
        status: u16,
        /// Its own first words, cleaned; `None`: it said nothing that can be read.
        words: Option<String>,
        retry_after: Option<Duration>,
        /// Our clock minus the receiver's, where it can be told: signatures carry our time.
        clock_ahead: Option<SignedDuration>,
    },
    #[error(transparent)]
    Http(#[from] HttpFailure),
}

impl DeliveryFailure {
    /// Whether the receiver may have taken the message all the same.
    pub fn was_sent(&self) -> WasSent {
        match self {
            Self::Redirected { .. } | Self::Refused { .. } => WasSent::No,
            Self::Http(failure) => failure.was_sent(),
        }
    }
}

impl DeliveryAddress {
    /// # Errors
    /// Why nothing would be sent there.
    #[expect(clippy::disallowed_methods, reason = "an address is read out of its text")]
    pub fn read(text: &Secret) -> Result<Self, AddressRefused> {
        let text = text.expose_secret().trim();
        if text.len() > LONGEST_ADDRESS {
            return Err(AddressRefused::TooLong);
        }
        let mut url = Url::parse(text).map_err(|_| AddressRefused::NotAnAddress)?;
        let host = url.host().ok_or(AddressRefused::NotAnAddress)?.to_owned();
        match url.scheme() {
            "https" => {}
            "http" => match &host {
                Host::Ipv4(ip) if ip.is_loopback() => {}
                Host::Ipv6(ip) if ip.is_loopback() => {}
                Host::Domain(_) if is_local(&host) => return Err(AddressRefused::LoopbackByName),
                Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_) => return Err(AddressRefused::NotHttps),
            },
            _ => return Err(AddressRefused::NotAnAddress),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressRefused::UserName);
        }
        url.set_fragment(None);
        Ok(Self(url))
    }

    /// Scheme, host and port: what may be shown.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// All of it, for the keychain.
    pub fn whole(&self) -> Secret {
        Secret::new(self.0.as_str())
    }

    /// A text without this address and without what in it may be a key: pieces of its path and values of its query.
    fn blotted_out_of(&self, text: &str) -> String {
        let pieces = self.0.path_segments().into_iter().flatten().map(str::to_owned);
        let values = self.0.query_pairs().map(|(_, value)| value.into_owned());
        let keys = pieces.chain(values).filter(|it| it.len() >= SHORTEST_KEY);
        let whole = [self.0.as_str(), self.0.path()].map(str::to_owned);
        whole.into_iter().chain(keys).fold(text.to_owned(), |text, it| Secret::new(it).blotted_out_of(&text))
    }

    /// Whether an answer from there is a receipt: any of 2xx. `now` tells a date to come back at.
    ///
    /// # Errors
    /// What else it was.
    pub fn receipt(&self, answer: &HttpAnswer, now: Timestamp) -> Result<(), DeliveryFailure> {
        match answer.status {
            200..=299 => Ok(()),
            300..=399 => Err(redirected(self, answer)),
            _ => Err(refused(self, answer, now)),
        }
    }

    /// The host, for those who know whose addresses are theirs.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

impl std::fmt::Debug for DeliveryAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("DeliveryAddress").field(&self.origin()).finish()
    }
}

impl Http {
    /// POSTs `body` once. An answer of 2xx is a receipt, whatever becomes of its body. `now` tells a date to come back at.
    ///
    /// # Errors
    /// Any other answer, and none.
    pub async fn deliver(
        &self,
        address: &DeliveryAddress,
        headers: HeaderMap,
        body: Vec<u8>,
        now: Timestamp,
    ) -> Result<(), DeliveryFailure> {
        let answer = self.hand_over(address, headers, body).await?;
        address.receipt(&answer, now)
    }

    /// The same, for those whose receivers say more than a status: whatever was answered.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn hand_over(
        &self,
        address: &DeliveryAddress,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<HttpAnswer, HttpFailure> {
        let mut request = Request::post(address.0.as_str()).body(body).map_err(|_| super::failure::UNSENDABLE)?;
        request.headers_mut().extend(headers);
        // The status has come with the head: a body that breaks off, or one that is compressed, takes no receipt back.
        self.send_opening(request, ANSWER_LIMIT, |_| true).await
    }
}

fn redirected(address: &DeliveryAddress, answer: &HttpAnswer) -> DeliveryFailure {
    let to = answer.location().and_then(|it| address.0.join(it).ok()).filter(Url::has_host);
    let host = to.as_ref().and_then(Url::host).map(|it| it.to_owned());
    DeliveryFailure::Redirected {
        status: answer.status,
        to: to.map(|it| it.origin().ascii_serialization()),
        is_private: host.is_some_and(|it| is_local(&unmapped(it))),
    }
}

/// `::ffff:10.0.0.1` is 10.0.0.1.
fn unmapped(host: Host<String>) -> Host<String> {
    match host {
        Host::Ipv6(ip) => match IpAddr::V6(ip).to_canonical() {
            IpAddr::V4(ip) => Host::Ipv4(ip),
            IpAddr::V6(ip) => Host::Ipv6(ip),
        },
        Host::Ipv4(_) | Host::Domain(_) => host,
    }
}

fn refused(address: &DeliveryAddress, answer: &HttpAnswer, now: Timestamp) -> DeliveryFailure {
    let said = String::from_utf8_lossy(&answer.body);
    // A page of markup says nothing in a line.
    let said = said.lines().map(str::trim).find(|it| !it.is_empty()).filter(|it| !it.starts_with('<'));
    // A receiver may throw the address back, and that is a key.
    let words = said.map(|it| address.blotted_out_of(it));
    DeliveryFailure::Refused {
        status: answer.status,
        words: words.map(|it| cleaned(&it, LONGEST_WORDS)).filter(|it| !it.is_empty()),
        retry_after: answer.retry_after(now),
        clock_ahead: answer.clock_ahead(now),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Timeouts;
    use super::super::tests::RawServer;
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_763_600_400).unwrap()
    }

    fn address(text: &str) -> Result<DeliveryAddress, AddressRefused> {
        DeliveryAddress::read(&Secret::new(text))
    }

    async fn deliver_to(answer: &'static str) -> (Result<(), DeliveryFailure>, RawServer) {
        let server = RawServer::start(move |_| answer.as_bytes().to_vec()).await;
        let timeouts = Timeouts {
            first_byte: Duration::from_millis(300),
            idle: Duration::from_millis(300),
            ..Timeouts::default()
        };
        let http = Http::new(timeouts, now);
        let address = address(server.url("/services/T0/hush-hush").as_str()).unwrap();
        (http.deliver(&address, HeaderMap::new(), b"{}".to_vec(), now()).await, server)
    }

    /// S010, S085
    #[test]
    fn only_https_and_this_computers_own_number_are_written_to() {
        for good in ["https://hooks.example/a?b=c", " https://10.0.0.7/in\n", "http://127.0.0.1:9/x", "http://[::1]:9/"]
        {
            assert!(address(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("hooks.example/a", AddressRefused::NotAnAddress),
            ("ftp://hooks.example/a", AddressRefused::NotAnAddress),
            ("file:///etc/passwd", AddressRefused::NotAnAddress),
            ("http://hooks.example/a", AddressRefused::NotHttps),
            ("http://10.0.0.7/in", AddressRefused::NotHttps),
            ("http://169.254.169.254/latest", AddressRefused::NotHttps),
            ("http://localhost:9/x", AddressRefused::LoopbackByName),
            ("https://mira:pw@hooks.example/", AddressRefused::UserName),
        ] {
            assert_eq!(address(bad).unwrap_err(), why, "{bad}");
        }
        let long = format!("https://hooks.example/{}", "a".repeat(LONGEST_ADDRESS));
        assert_eq!(address(&long).unwrap_err(), AddressRefused::TooLong);
        let slack = address("https://hooks.slack.com/services/T0/B0/hush").unwrap();
        assert_eq!(format!("{slack:?}"), "DeliveryAddress(\"https://hooks.slack.com\")", "its path is a key");
    }

    /// F4: a 2xx is a receipt, also where the rest of the answer never comes.
    #[tokio::test]
    async fn a_receipt_counts_though_its_body_breaks_off() {
        for answer in [
            "HTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nok",
            "HTTP/1.1 202 Accepted\r\nContent-Length: 4\r\nContent-Encoding: gzip\r\n\r\nnope",
        ] {
            assert_eq!(deliver_to(answer).await.0, Ok(()), "{answer}");
        }
    }

    /// S085: what a receiver points to is not asked, wherever it leads.
    #[tokio::test]
    async fn a_redirect_is_a_failure_that_says_where_it_led() {
        for (location, to, is_private) in [
            ("http://169.254.169.254/latest/meta-data?k=v", Some("http://169.254.169.254"), true),
            ("https://[::ffff:10.0.0.1]/a", Some("https://[::ffff:a00:1]"), true),
            ("https://localhost/a", Some("https://localhost"), true),
            ("https://elsewhere.example/hush", Some("https://elsewhere.example"), false),
            ("javascript:alert(1)", None, false),
        ] {
            let answer =
                format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
            let (outcome, server) = deliver_to(answer.leak()).await;
            let expected = DeliveryFailure::Redirected { status: 307, to: to.map(str::to_owned), is_private };
            assert_eq!(outcome, Err(expected), "{location}");
            assert_eq!(server.connections(), 1, "one request, and none after it");
        }
    }

    /// F4, A3: the receiver's words are shown, the address in them is not.
    #[tokio::test]
    async fn a_refusal_says_what_the_receiver_said_and_when_to_come_back() {
        let answer = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 30\r\nDate: Thu, 20 Nov 2025 01:10:00 GMT\r\n\
                      Content-Length: 48\r\n\r\nslow down, /services/T0/hush-hush is too eager!\n";
        let (outcome, _) = deliver_to(answer).await;
        let Err(DeliveryFailure::Refused { status, words, retry_after, clock_ahead }) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!((status, retry_after), (429, Some(Duration::from_secs(30))));
        assert_eq!(words.as_deref(), Some("slow down, [secret] is too eager!"));
        assert_eq!(clock_ahead.map(|it| it.as_mins()), Some(-10), "our clock is ten minutes behind");
    }

    /// A3: of an address every piece that may be a key is blotted out, alone too.
    #[test]
    fn a_key_in_an_address_is_not_shown_when_a_receiver_names_it() {
        let address =
            address("https://hooks.example/in/T0000/hush-hush-path?channel=ops&token=hush%2Bvalue-1").unwrap();
        let words = |said: &str| address.blotted_out_of(said);
        assert_eq!(words("no such path: hush-hush-path"), "no such path: [secret]");
        assert_eq!(
            words("unknown token hush+value-1 (hush%2Bvalue-1) in ops"),
            "unknown token [secret] ([secret]) in ops"
        );
        assert_eq!(words("come in"), "come in", "short pieces are words");
    }

    /// F4: a message that may have arrived is told from one that did not.
    #[tokio::test]
    async fn silence_may_be_a_receipt_and_a_closed_port_is_none() {
        let (silent, server) = deliver_to("").await;
        assert_eq!(silent.unwrap_err().was_sent(), WasSent::Maybe);
        let port = server.port();
        drop(server);
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let closed = listener.local_addr().unwrap().port();
        drop(listener);
        assert_ne!(port, closed);
        let address = address(&format!("http://127.0.0.1:{closed}/")).unwrap();
        let http = Http::new(Timeouts::default(), now);
        let outcome = http.deliver(&address, HeaderMap::new(), vec![], now()).await;
        assert_eq!(outcome.unwrap_err().was_sent(), WasSent::No);
    }
}
