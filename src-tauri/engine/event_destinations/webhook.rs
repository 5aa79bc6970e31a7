//! A receiver of a person's own: JSON arrays of events, signed as Standard Webhooks [F5, S010].

use domain::Secret;
use domain::event_forwarding::DestinationKind;
use domain::secret::KnownSecrets;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::posting::Posting;
use super::{EventJson, NotTaken, PlaceRefused, Receipt, Speaker, Told};
use crate::http::{DeliveryAddress, Http};
use crate::signing::WebhookKey;

/// A receiver that shares a signing secret.
pub struct WebhookReceiver {
    address: DeliveryAddress,
    key: WebhookKey,
    known: KnownSecrets,
}

/// An event as it leaves: which board it is of, and whose its connection is.
#[derive(Serialize)]
struct ForeignEvent<'a> {
    board: &'a str,
    provider: Option<&'a str>,
    #[serde(flatten)]
    event: &'a EventJson,
}

impl WebhookReceiver {
    /// # Errors
    /// What is wrong with the address or the secret.
    pub fn new(address: &Secret, key: &Secret) -> Result<Self, PlaceRefused> {
        let known = KnownSecrets::default().and_others([address, key]);
        Ok(Self { address: DeliveryAddress::read(address)?, key: WebhookKey::read(key)?, known })
    }

    /// Out of what [`WebhookReceiver::kept`] made. `None`: that was something else.
    #[expect(clippy::disallowed_methods, reason = "two secrets are read out of the one that the keychain holds")]
    pub fn of_kept(secret: &Secret) -> Option<Self> {
        let (address, key) = secret.expose_secret().split_once('\n')?;
        Self::new(&Secret::new(address), &Secret::new(key)).ok()
    }

    /// Both as one text for the keychain, a line each.
    #[expect(clippy::disallowed_methods, reason = "two secrets become one that the keychain holds")]
    pub fn kept(address: &Secret, key: &Secret) -> Secret {
        let text = Zeroizing::new(format!("{}\n{}", address.expose_secret().trim(), key.expose_secret().trim()));
        Secret::new(text.as_str())
    }

    pub fn origin(&self) -> String {
        self.address.origin()
    }

    /// Hands a batch over. `webhook-id` is the same each time the same batch leaves.
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
        let numbers = |it: Option<&Told>| it.map_or(0, |it| it.id);
        let id = format!("{}-{}-{}", speaker.board, numbers(batch.first()), numbers(batch.last()));
        let events = batch.iter().map(|it| ForeignEvent {
            board: &speaker.board,
            provider: it.provider.as_deref(),
            event: &it.json,
        });
        let body = serde_json::to_vec(&events.collect::<Vec<_>>()).unwrap_or_default();
        self.post(http, &id, body, now).await
    }

    /// An array with one event of no connection, for who looks whether it arrives.
    ///
    /// # Errors
    /// It was not taken.
    pub async fn try_out(&self, http: &Http, speaker: &Speaker, now: Timestamp) -> Result<Receipt, NotTaken> {
        let event: Value =
            json!([{ "board": speaker.board, "id": null, "at": now.to_string(), "kind": super::TRIAL_KIND }]);
        let id = format!("{}-trial-{}", speaker.board, now.as_millisecond());
        self.post(http, &id, event.to_string().into_bytes(), now).await
    }

    async fn post(&self, http: &Http, id: &str, body: Vec<u8>, now: Timestamp) -> Result<Receipt, NotTaken> {
        // Ids are made of letters, digits, _ and -: there is no other reason to refuse one.
        let mut headers = self.key.headers(id, now, &body).unwrap_or_default();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let headers: HeaderMap = headers;
        let posting =
            Posting { kind: DestinationKind::Webhook, address: &self.address, headers, body, secrets: &self.known };
        posting.send(http, now).await?;
        Ok(Receipt::default())
    }
}

impl std::fmt::Debug for WebhookReceiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookReceiver").field("address", &self.address).finish_non_exhaustive()
    }
}
