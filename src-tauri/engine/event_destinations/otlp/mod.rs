//! OpenTelemetry: events as log records and figures as metrics, over OTLP/HTTP in binary Protobuf
//! (<https://opentelemetry.io/docs/specs/otlp/#otlphttp>), the encoding that every receiver takes [F5, C9].

mod logs;
mod metrics;

use domain::Secret;
use domain::event_forwarding::{Complaint, DestinationKind, ForwardingTrouble, Verdict};
use domain::secret::KnownSecrets;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceResponse;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;
use url::Url;
use zeroize::Zeroizing;

use super::posting::Posting;
use super::{NotTaken, PlaceRefused, Receipt, Speaker, Told};
use crate::http::{DeliveryAddress, Http, HttpAnswer};

pub use metrics::{FigureSet, FiguresOfProvider};

const LOGS: &str = "/v1/logs";
const METRICS: &str = "/v1/metrics";
/// Of what a receiver says, so much is shown.
const LONGEST_WORDS: usize = 200;
/// What a request carries by itself, or what belongs to a connection and not to a message.
const OWN_HEADERS: [&str; 9] = [
    "content-type",
    "content-length",
    "content-encoding",
    "accept-encoding",
    "host",
    "connection",
    "transfer-encoding",
    "te",
    "upgrade",
];

/// An endpoint as `OTEL_EXPORTER_OTLP_ENDPOINT` names it, and the headers it asks for.
pub struct OtlpReceiver {
    logs: DeliveryAddress,
    metrics: DeliveryAddress,
    headers: HeaderMap,
    known: KnownSecrets,
}

impl OtlpReceiver {
    /// `headers`: lines of `Name: value`, or nothing.
    ///
    /// # Errors
    /// What is wrong with the address or a header.
    pub fn read(endpoint: &str, headers: &Secret) -> Result<Self, PlaceRefused> {
        let base = endpoint_of(endpoint)?;
        let at = |path: &str| DeliveryAddress::read(&Secret::new(format!("{base}{path}")));
        let (headers, values) = read_headers(headers)?;
        let known = KnownSecrets::default().and_others(&values);
        Ok(Self { logs: at(LOGS)?, metrics: at(METRICS)?, headers, known })
    }

    /// Hands a batch of events over.
    ///
    /// # Errors
    /// It was not taken.
    pub async fn send(
        &self,
        http: &Http,
        speaker: &Speaker,
        batch: &[Told],
        now: Timestamp,
    ) -> Result<Receipt, NotTaken> {
        let request = logs::request(speaker, batch, now);
        let answer = self.post(http, &self.logs, request.encode_to_vec(), now).await?;
        let partial = read_answer::<ExportLogsServiceResponse>(&answer).and_then(|it| it.partial_success);
        Ok(partial.map_or_else(Receipt::default, |it| self.partial(it.rejected_log_records, &it.error_message)))
    }

    /// Hands figures over.
    ///
    /// # Errors
    /// They were not taken, or some were not.
    pub async fn send_figures(&self, http: &Http, speaker: &Speaker, figures: &FigureSet) -> Result<(), NotTaken> {
        let now = figures.until;
        let Some(request) = metrics::request(speaker, figures) else { return Ok(()) };
        let answer = self.post(http, &self.metrics, request.encode_to_vec(), now).await?;
        let partial = read_answer::<ExportMetricsServiceResponse>(&answer).and_then(|it| it.partial_success);
        let receipt = partial.map(|it| self.partial(it.rejected_data_points, &it.error_message)).unwrap_or_default();
        if receipt.dropped_count == 0 {
            return Ok(());
        }
        let complaint = Complaint { trouble: ForwardingTrouble::Status(answer.status), words: receipt.words };
        Err(NotTaken { verdict: Verdict::Dropped, complaint, asked: None })
    }

    /// A log record of no connection, for who looks whether it arrives.
    ///
    /// # Errors
    /// It was not taken.
    pub async fn try_out(&self, http: &Http, speaker: &Speaker, now: Timestamp) -> Result<Receipt, NotTaken> {
        let answer = self.post(http, &self.logs, logs::trial(speaker, now).encode_to_vec(), now).await?;
        let partial = read_answer::<ExportLogsServiceResponse>(&answer).and_then(|it| it.partial_success);
        Ok(partial.map_or_else(Receipt::default, |it| self.partial(it.rejected_log_records, &it.error_message)))
    }

    async fn post(
        &self,
        http: &Http,
        address: &DeliveryAddress,
        body: Vec<u8>,
        now: Timestamp,
    ) -> Result<HttpAnswer, NotTaken> {
        let mut headers = self.headers.clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        let posting = Posting { kind: DestinationKind::Otlp, address, headers, body, secrets: &self.known };
        posting.send(http, now).await
    }

    /// What of a batch was refused for ever; a message without a count is a warning (OTLP, "Partial Success").
    fn partial(&self, rejected: i64, message: &str) -> Receipt {
        let words = domain::display_text::cleaned(&self.known.blotted_out_of(message), LONGEST_WORDS);
        Receipt {
            dropped_count: u64::try_from(rejected).unwrap_or(0),
            words: Some(words).filter(|it| !it.is_empty()),
            pause: None,
        }
    }
}

impl std::fmt::Debug for OtlpReceiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OtlpReceiver").field("logs", &self.logs).finish_non_exhaustive()
    }
}

/// The address without what is added to it.
pub(crate) fn endpoint_of(typed: &str) -> Result<String, PlaceRefused> {
    let base = typed.trim().trim_end_matches('/');
    for path in [LOGS, METRICS, "/v1/traces"] {
        if base.ends_with(path) {
            return Err(PlaceRefused::EndsInPath(path));
        }
    }
    if Url::parse(base).is_ok_and(|it| it.query().is_some() || it.fragment().is_some()) {
        return Err(PlaceRefused::HasQuery);
    }
    DeliveryAddress::read(&Secret::new(base))?;
    Ok(base.to_owned())
}

/// Lines of `Name: value`, and each value by itself: it may stand in no answer that is shown.
///
/// # Errors
/// The line that is no header, or one that is not a person's to set.
#[expect(clippy::disallowed_methods, reason = "headers are read out of their lines")]
fn read_headers(lines: &Secret) -> Result<(HeaderMap, Vec<Secret>), PlaceRefused> {
    let (mut headers, mut values) = (HeaderMap::new(), vec![]);
    for (number, line) in lines.expose_secret().lines().enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let not_a_header = || PlaceRefused::NotAHeader(number + 1);
        let (name, value) = line.split_once(':').ok_or_else(not_a_header)?;
        let name = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| not_a_header())?;
        if OWN_HEADERS.contains(&name.as_str()) {
            return Err(PlaceRefused::OwnHeader(name.to_string()));
        }
        let plain = Zeroizing::new(value.trim().to_owned());
        let mut value = HeaderValue::from_str(&plain).map_err(|_| not_a_header())?;
        if plain.is_empty() {
            return Err(not_a_header());
        }
        value.set_sensitive(true);
        headers.append(name, value);
        // A scheme before a key is no part of it.
        values.extend(plain.split_whitespace().filter(|it| it.len() >= 8).map(Secret::new));
    }
    Ok((headers, values))
}

/// Receivers that took it may answer with nothing, or with JSON: neither takes the receipt back.
fn read_answer<T: Message + Default>(answer: &HttpAnswer) -> Option<T> {
    let is_protobuf = answer.content_type().is_some_and(|it| it.eq_ignore_ascii_case("application/x-protobuf"));
    is_protobuf.then(|| T::decode(answer.body.as_slice()).ok()).flatten()
}

fn text(key: &str, value: impl Into<String>) -> KeyValue {
    attribute(key, Value::StringValue(value.into()))
}

fn number(key: &str, value: i64) -> KeyValue {
    attribute(key, Value::IntValue(value))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..Default::default() }
}

fn resource(speaker: &Speaker) -> Resource {
    Resource {
        attributes: vec![
            text("service.name", "patchbay"),
            text("service.version", env!("CARGO_PKG_VERSION")),
            text("service.instance.id", &speaker.board),
        ],
        ..Default::default()
    }
}

fn scope() -> InstrumentationScope {
    InstrumentationScope {
        name: "patchbay".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Default::default()
    }
}

/// Nanoseconds since 1970; before that nothing happened.
fn nanoseconds(at: Timestamp) -> u64 {
    u64::try_from(at.as_nanosecond()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// F5, S010
    #[test]
    fn an_endpoint_is_the_one_before_its_paths_and_has_no_secret_in_it() {
        assert_eq!(endpoint_of(" https://otlp.example/otlp/ ").unwrap(), "https://otlp.example/otlp");
        assert_eq!(endpoint_of("http://127.0.0.1:4318").unwrap(), "http://127.0.0.1:4318");
        assert_eq!(endpoint_of("https://a.example/v1/logs").unwrap_err(), PlaceRefused::EndsInPath(LOGS));
        assert_eq!(endpoint_of("https://a.example/?key=1").unwrap_err(), PlaceRefused::HasQuery);
        assert!(matches!(endpoint_of("http://collector:4318"), Err(PlaceRefused::Address(_))));
    }

    /// F5, A3
    #[test]
    fn headers_are_lines_and_none_that_a_request_carries_by_itself() {
        let read = |lines: &str| read_headers(&Secret::new(lines));

        let (headers, values) = read("Authorization: Bearer hush-hush-1\n\nX-Scope: a: b\n").unwrap();
        assert_eq!(
            (headers["authorization"].to_str().unwrap(), &headers["x-scope"]),
            ("Bearer hush-hush-1", &HeaderValue::from_static("a: b"))
        );
        assert!(headers["authorization"].is_sensitive());
        assert_eq!(values.len(), 1, "the scheme is no secret");
        assert_eq!(read("X-A: 1\nhush").unwrap_err(), PlaceRefused::NotAHeader(2));
        assert_eq!(read("X-A:").unwrap_err(), PlaceRefused::NotAHeader(1));
        assert_eq!(read("Host: a").unwrap_err(), PlaceRefused::OwnHeader("host".to_owned()));
        assert!(!format!("{:?}", read("hush-hush").unwrap_err()).contains("hush"));
    }
}
