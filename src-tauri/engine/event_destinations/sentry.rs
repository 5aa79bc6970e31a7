//! Sentry, and what speaks as it does: an envelope for each event (<https://develop.sentry.dev/sdk/foundations/transport/envelopes/>),
//! and the limits it tells of (<https://develop.sentry.dev/sdk/foundations/transport/rate-limiting/>) [F5, B6].

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use domain::Secret;
use domain::event_forwarding::{DestinationKind, Severity};
use domain::secret::KnownSecrets;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use sentry_types::protocol::v7::{ClientSdkInfo, Envelope, EnvelopeHeaders, Event, Level};
use sentry_types::{Auth, Dsn, Uuid};

use super::posting::Posting;
use super::{NotTaken, PlaceRefused, Receipt, Speaker, TRIAL_KIND, Told};
use crate::http::{DeliveryAddress, Http, HttpAnswer};

const AUTH: HeaderName = HeaderName::from_static("x-sentry-auth");
const CLIENT: &str = concat!("patchbay/", env!("CARGO_PKG_VERSION"));
const RELEASE: &str = concat!("patchbay@", env!("CARGO_PKG_VERSION"));
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// A limit tells of seconds, and of what: events like ours are of these categories.
const OUR_CATEGORIES: [&str; 2] = ["error", "default"];

/// A project of Sentry's.
pub struct SentryReceiver {
    address: DeliveryAddress,
    auth: HeaderValue,
    project: String,
    known: KnownSecrets,
}

impl SentryReceiver {
    /// # Errors
    /// What is wrong with the DSN.
    #[expect(clippy::disallowed_methods, reason = "a DSN is read out of its text")]
    pub fn read(dsn: &Secret) -> Result<Self, PlaceRefused> {
        let read: Dsn = dsn.expose_secret().trim().parse().map_err(|_| PlaceRefused::NotADsn)?;
        let address = DeliveryAddress::read(&Secret::new(read.envelope_api_url().as_str()))?;
        let mut pairs = vec![
            ("sentry_version", "7".to_owned()),
            ("sentry_client", CLIENT.to_owned()),
            ("sentry_key", read.public_key().to_owned()),
        ];
        pairs.extend(read.secret_key().map(|it| ("sentry_secret", it.to_owned())));
        let keys: Vec<_> =
            [Some(read.public_key()), read.secret_key()].into_iter().flatten().map(Secret::new).collect();
        let auth = Auth::from_pairs(pairs).map_err(|_| PlaceRefused::NotADsn)?.to_string();
        let mut auth = HeaderValue::from_str(&auth).map_err(|_| PlaceRefused::NotADsn)?;
        auth.set_sensitive(true);
        let known = KnownSecrets::default().and_others(keys.iter().chain([dsn]));
        Ok(Self { address, auth, project: read.project_id().to_string(), known })
    }

    pub fn origin(&self) -> String {
        self.address.origin()
    }

    pub fn project(&self) -> &str {
        &self.project
    }

    /// Hands one event over.
    ///
    /// # Errors
    /// It was not taken.
    pub async fn send(&self, http: &Http, speaker: &Speaker, told: &Told, now: Timestamp) -> Result<Receipt, NotTaken> {
        self.post(http, event(speaker, told), now).await
    }

    /// An event of no connection, for who looks whether it arrives.
    ///
    /// # Errors
    /// It was not taken.
    pub async fn try_out(&self, http: &Http, speaker: &Speaker, now: Timestamp) -> Result<Receipt, NotTaken> {
        let trial = Event {
            event_id: Uuid::from_bytes(speaker.event_uuid(-now.as_millisecond())),
            level: Level::Info,
            message: Some(TRIAL_KIND.to_owned()),
            timestamp: SystemTime::from(now),
            ..common(speaker)
        };
        self.post(http, trial, now).await
    }

    async fn post(&self, http: &Http, event: Event<'static>, now: Timestamp) -> Result<Receipt, NotTaken> {
        let headers = HeaderMap::from_iter([
            (AUTH, self.auth.clone()),
            (http::header::CONTENT_TYPE, HeaderValue::from_static("application/x-sentry-envelope")),
        ]);
        let posting = Posting {
            kind: DestinationKind::Sentry,
            address: &self.address,
            headers,
            body: envelope(event, now),
            secrets: &self.known,
        };
        let answer = posting.send(http, now).await?;
        Ok(Receipt { pause: limit(&answer), ..Receipt::default() })
    }
}

impl std::fmt::Debug for SentryReceiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SentryReceiver").field("address", &self.address).field("project", &self.project).finish()
    }
}

fn envelope(event: Event<'static>, now: Timestamp) -> Vec<u8> {
    let headers = EnvelopeHeaders::new().with_event_id(event.event_id).with_sent_at(SystemTime::from(now));
    let envelope = Envelope::from(event).with_headers(headers);
    let mut body = vec![];
    // Into memory: there is nothing to fail.
    drop(envelope.to_writer(&mut body));
    body
}

fn common(speaker: &Speaker) -> Event<'static> {
    let sdk = ClientSdkInfo {
        name: "patchbay".to_owned(),
        version: VERSION.to_owned(),
        integrations: vec![],
        packages: vec![],
    };
    Event {
        platform: Cow::Borrowed("other"),
        logger: Some("patchbay".to_owned()),
        release: Some(Cow::Borrowed(RELEASE)),
        tags: BTreeMap::from([("board".to_owned(), speaker.board.clone())]),
        sdk: Some(Cow::Owned(sdk)),
        ..Event::default()
    }
}

/// One issue for each connection and cause, so that a grant that is refused a hundred times is one.
fn event(speaker: &Speaker, told: &Told) -> Event<'static> {
    let (of, kind) = (&told.event, told.event.kind.as_str());
    let cause = of.diagnosis.as_ref().map(|it| it.cause.as_str());
    let connection = of.connection.as_ref().map(|it| it.as_str());
    let named = [Some(kind), cause, told.provider.as_deref()];
    let mut event = Event {
        event_id: Uuid::from_bytes(speaker.event_uuid(told.id)),
        level: match told.severity() {
            Severity::Info => Level::Info,
            Severity::Warning => Level::Warning,
            Severity::Error => Level::Error,
        },
        fingerprint: Cow::Owned(vec![
            Cow::Borrowed("patchbay"),
            Cow::Owned(connection.unwrap_or(&speaker.board).to_owned()),
            Cow::Borrowed(cause.unwrap_or(kind)),
        ]),
        message: Some(named.into_iter().flatten().collect::<Vec<_>>().join(" · ")),
        timestamp: SystemTime::from(of.at),
        environment: of.environment.map(|it| Cow::Borrowed(it.as_str())),
        ..common(speaker)
    };
    let status = of.http_status.map(|it| it.to_string());
    let tags = [
        ("kind", Some(kind)),
        ("cause", cause),
        ("action", of.diagnosis.as_ref().map(|it| it.action.as_str())),
        ("provider", told.provider.as_deref()),
        ("connection", connection),
        ("http_status", status.as_deref()),
    ];
    event.tags.extend(tags.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))));
    event.extra = BTreeMap::from([("event".to_owned(), serde_json::to_value(&told.json).unwrap_or_default())]);
    event
}

/// How long events like ours are to be held back: `60:error;default:organization, 2700:transaction:key`.
pub(super) fn limit(answer: &HttpAnswer) -> Option<Duration> {
    let limits = answer.header("x-sentry-rate-limits")?;
    let ours = limits.split(',').filter_map(|one| {
        let mut fields = one.trim().split(':');
        let seconds: f64 = fields.next()?.trim().parse().ok()?;
        let categories = fields.next().unwrap_or_default().trim();
        let is_ours = categories.is_empty() || categories.split(';').any(|it| OUR_CATEGORIES.contains(&it.trim()));
        Duration::try_from_secs_f64(seconds.ceil()).ok().filter(|_| is_ours)
    });
    ours.max()
}
