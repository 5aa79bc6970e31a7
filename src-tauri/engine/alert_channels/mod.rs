//! Hands a message to a channel: webhook, Slack, Teams, mail or a command; one file each. Nothing here touches the database
//! or the keychain [F4].
//!
//! A match in place of a trait (`decisions/0002`): each kind has settings and a secret of its own, and whoever adds one is
//! told by the compiler where.

mod authority;
mod chat;
mod command;
mod mail;
mod message;

use domain::Secret;
use domain::alert::{ChannelFailure, ChannelSettings};
use http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::http::{AddressRefused, DeliveryAddress, DeliveryFailure, Http, HttpFailure, WasSent};
use crate::signing::{WebhookKey, WebhookKeyRefused};

pub(crate) use authority::certificates_of;
pub use authority::read_authority;
pub use message::{AlertMessage, ItemBody, MessageBody, RunBody};

/// What a webhook needs, taken apart.
#[derive(Debug)]
pub struct Webhook {
    address: DeliveryAddress,
    key: WebhookKey,
}

/// Why what somebody gave for a channel cannot be used. Never shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretRefused {
    #[error(transparent)]
    Address(#[from] AddressRefused),
    #[error(transparent)]
    Key(#[from] WebhookKeyRefused),
    #[error("what the keychain holds for it cannot be read")]
    Unreadable,
}

impl Webhook {
    /// Both in one text, a line each, for the keychain.
    ///
    /// # Errors
    /// Why no message could be sent with them.
    #[expect(clippy::disallowed_methods, reason = "both become one item of the keychain")]
    pub fn packed(address: &Secret, key: &Secret) -> Result<(DeliveryAddress, Secret), SecretRefused> {
        let address = DeliveryAddress::read(address)?;
        WebhookKey::read(key)?;
        let both = Zeroizing::new(format!("{}\n{}", address.whole().expose_secret(), key.expose_secret().trim()));
        Ok((address, Secret::new(both.as_str())))
    }

    #[expect(clippy::disallowed_methods, reason = "taken apart where it is used")]
    fn unpacked(secret: &Secret) -> Result<Self, SecretRefused> {
        let (address, key) = secret.expose_secret().split_once('\n').ok_or(SecretRefused::Unreadable)?;
        let address = DeliveryAddress::read(&Secret::new(address))?;
        let key = WebhookKey::read(&Secret::new(key))?;
        Ok(Self { address, key })
    }
}

/// Sends `message` once. `secret` is what the keychain holds for the channel; a channel that needs none is given none.
/// `now` is the time that a signature carries.
///
/// # Errors
/// Why there is no receipt.
pub async fn send(
    http: &Http,
    settings: &ChannelSettings,
    secret: Option<&Secret>,
    message: &MessageBody,
    now: Timestamp,
) -> Result<(), ChannelFailure> {
    let needed = || secret.ok_or(ChannelFailure::SecretMissing);
    let unusable = |refused: SecretRefused| ChannelFailure::Unusable { words: refused.to_string() };
    match settings {
        ChannelSettings::Webhook { .. } => {
            let webhook = Webhook::unpacked(needed()?).map_err(unusable)?;
            let body = message.text.as_bytes();
            let signed = webhook.key.headers(&message.name, now, body);
            let signed = signed.ok_or(ChannelFailure::Unusable { words: "the message has no name".to_owned() })?;
            post(http, &webhook.address, signed, message.text.clone(), now).await
        }
        ChannelSettings::Slack { .. } => {
            let address = DeliveryAddress::read(needed()?).map_err(|it| unusable(it.into()))?;
            post(http, &address, HeaderMap::new(), chat::for_slack(&message.parsed()?), now).await
        }
        ChannelSettings::Teams { .. } => {
            let address = DeliveryAddress::read(needed()?).map_err(|it| unusable(it.into()))?;
            post(http, &address, HeaderMap::new(), chat::for_teams(&message.parsed()?), now).await
        }
        ChannelSettings::Mail(settings) => mail::send(settings, secret, message).await,
        ChannelSettings::Command(settings) => command::run(settings, &message.text).await,
    }
}

async fn post(
    http: &Http,
    address: &DeliveryAddress,
    mut headers: HeaderMap,
    body: String,
    now: Timestamp,
) -> Result<(), ChannelFailure> {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    http.deliver(address, headers, body.into_bytes(), now).await.map_err(failure_of)
}

fn failure_of(failure: DeliveryFailure) -> ChannelFailure {
    let may_have_arrived = failure.was_sent() == WasSent::Maybe;
    match failure {
        DeliveryFailure::Redirected { status, to, is_private } => ChannelFailure::Redirected { status, to, is_private },
        DeliveryFailure::Refused { status, words, retry_after, clock_ahead } => {
            ChannelFailure::Answered { status, words, retry_after, clock_ahead }
        }
        DeliveryFailure::Http(HttpFailure::Network { kind, .. }) => ChannelFailure::Network { kind, may_have_arrived },
        DeliveryFailure::Http(HttpFailure::TooLarge { .. } | HttpFailure::EncodedBody) => {
            ChannelFailure::UnreadableAnswer
        }
    }
}

pub use mail::is_authority;
