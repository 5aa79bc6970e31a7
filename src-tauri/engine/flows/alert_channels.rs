//! Channels that alerts go to: added, tried, changed and removed; what is secret of them goes to the keychain [F4, A3].

use domain::alert::{
    AlertChannel, ChannelFailure, ChannelRule, ChannelSettings, ChannelText, CommandSettings, MailSettings,
    MessageKind, channel_name,
};
use domain::{AlertChannelId, Secret};
use jiff::Timestamp;

use crate::alert_channels::{self, AlertMessage, MessageBody, SecretRefused, Webhook, certificates_of, is_authority};
use crate::http::DeliveryAddress;
use crate::signing::WebhookKey;
use crate::store::{Delivery, FailedTry, NewDelivery, StoreError, TryOutcome};
use crate::{Engine, Error, Notice};

/// A channel as a person gives it.
pub enum NewChannel {
    /// Without a key one is made, and told once.
    Webhook {
        address: Secret,
        key: Option<Secret>,
    },
    Slack {
        address: Secret,
    },
    Teams {
        address: Secret,
    },
    Mail {
        settings: MailSettings,
        password: Option<Secret>,
    },
    Command(CommandSettings),
}

/// A channel that was added.
pub struct AddedChannel {
    pub channel: AlertChannel,
    /// What its messages are signed with, where it was made here: the receiver has to be told, and nobody shows it again.
    pub made_key: Option<Secret>,
}

/// A channel and how it goes with it.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelState {
    pub channel: AlertChannel,
    /// The newest message, however that went.
    pub last: Option<Delivery>,
    /// Messages that are on their way.
    pub waiting_count: usize,
    /// The oldest of those: the others wait for it.
    pub next: Option<Delivery>,
    /// When it took one last.
    pub delivered_at: Option<Timestamp>,
    /// What it has noticed, and no message tells yet: it waits for what comes with it, or for the end of the quiet hours.
    pub held_count: usize,
}

impl ChannelState {
    /// Of one that nothing was sent to.
    pub fn unused(channel: AlertChannel) -> Self {
        Self { channel, last: None, waiting_count: 0, next: None, delivered_at: None, held_count: 0 }
    }
}

impl Engine {
    /// By name.
    ///
    /// # Errors
    /// The database's.
    pub fn list_alert_channels(&self) -> Result<Vec<ChannelState>, Error> {
        let store = &self.parts.store;
        let waiting = store.list_next_deliveries()?;
        let state = |channel: AlertChannel| {
            Ok(ChannelState {
                last: store.list_deliveries(Some(&channel.id), None, 1)?.pop(),
                waiting_count: store.waiting_deliveries(&channel.id)?,
                next: waiting.iter().find(|it| it.channel == channel.id).cloned(),
                delivered_at: store.last_receipt(&channel.id)?,
                held_count: store.list_told(&channel.id)?.iter().filter(|it| it.told_at.is_none()).count(),
                channel,
            })
        };
        store.list_alert_channels()?.into_iter().map(state).collect()
    }

    /// By its id or its name.
    ///
    /// # Errors
    /// [`Error::ChannelGone`].
    pub fn find_alert_channel(&self, typed: &str) -> Result<AlertChannel, Error> {
        let typed = typed.trim();
        let mut all = self.parts.store.list_alert_channels()?.into_iter();
        let found = all.find(|it| it.id.as_str() == typed || it.name == typed);
        found.ok_or_else(|| Error::ChannelGone(typed.chars().take(80).collect()))
    }

    /// Adds one. What is secret stands in the keychain before the row says that there is a channel. It tells at once of
    /// what needs a person by then.
    ///
    /// # Errors
    /// [`Error::ChannelRefused`], [`Error::ChannelSecretRefused`], [`Error::ChannelNameTaken`]; the keychain's.
    pub async fn add_alert_channel(
        &self,
        name: &str,
        new: NewChannel,
        rule: ChannelRule,
    ) -> Result<AddedChannel, Error> {
        let name = channel_name(name)?;
        if self.parts.store.list_alert_channels()?.iter().any(|it| it.name == name) {
            return Err(Error::ChannelNameTaken(name));
        }
        let mut made_key = None;
        let (settings, secret) = match new {
            NewChannel::Webhook { address, key } => {
                let key = match &key {
                    Some(key) => key,
                    None => &*made_key.insert(WebhookKey::generate().ok_or(Error::NoRandomness)?),
                };
                let (address, both) = Webhook::packed(&address, key)?;
                (ChannelSettings::Webhook { origin: address.origin() }, Some(both))
            }
            NewChannel::Slack { address } => (ChannelSettings::Slack { origin: origin_of(&address)? }, Some(address)),
            NewChannel::Teams { address } => (ChannelSettings::Teams { origin: origin_of(&address)? }, Some(address)),
            NewChannel::Mail { mut settings, password } => {
                settings.authority = settings.authority.as_deref().map(certificates_of);
                if settings.authority.as_deref().is_some_and(|it| !is_authority(it)) {
                    return Err(domain::alert::ChannelRefused::Authority.into());
                }
                (ChannelSettings::Mail(settings), password)
            }
            NewChannel::Command(command) => (ChannelSettings::Command(command), None),
        };
        settings.check()?;
        let id = AlertChannelId::from_random(Self::random_bits()?);
        if let Some(secret) = &secret {
            self.note_canary().await?;
            self.parts.vault.write_alert_secret(&id, secret).await?;
        }
        let rule = rule.without_twins();
        let channel = AlertChannel { id, name, is_on: true, settings, rule, made_at: self.parts.clock.now() };
        if let Err(error) = self.parts.store.insert_alert_channel(&channel) {
            if secret.is_some()
                && let Err(error) = self.parts.vault.erase_alert_secret(&channel.id).await
            {
                tracing::warn!(channel = %channel.id, %error, "the secret of a channel that was not added is left behind");
            }
            let is_taken = matches!(error, StoreError::NameTaken);
            return Err(if is_taken { Error::ChannelNameTaken(channel.name) } else { error.into() });
        }
        self.notify(Notice::AlertWishesChanged);
        Ok(AddedChannel { channel, made_key })
    }

    /// Calls it otherwise.
    ///
    /// # Errors
    /// [`Error::ChannelGone`], [`Error::ChannelRefused`], [`Error::ChannelNameTaken`].
    pub fn rename_alert_channel(&self, id: &AlertChannelId, name: &str) -> Result<(), Error> {
        let name = channel_name(name)?;
        match self.parts.store.rename_alert_channel(id, &name) {
            Err(StoreError::NameTaken) => return Err(Error::ChannelNameTaken(name)),
            renamed => renamed.map_err(|error| gone(id, error))?,
        }
        self.notify(Notice::AlertWishesChanged);
        Ok(())
    }

    /// What it is to tell from now on. What it has told is followed to its end all the same.
    ///
    /// # Errors
    /// [`Error::ChannelGone`].
    pub fn set_alert_rule(&self, id: &AlertChannelId, rule: &ChannelRule) -> Result<(), Error> {
        self.parts.store.set_alert_rule(id, &rule.clone().without_twins()).map_err(|error| gone(id, error))?;
        self.notify(Notice::AlertWishesChanged);
        Ok(())
    }

    /// Off, it tells nothing, and what comes meanwhile is not told later; what is on its way waits, and so does the word
    /// that something it told of is over.
    ///
    /// # Errors
    /// [`Error::ChannelGone`].
    pub fn set_alert_channel_on(&self, id: &AlertChannelId, is_on: bool) -> Result<(), Error> {
        self.parts.store.set_alert_channel_on(id, is_on).map_err(|error| gone(id, error))?;
        self.notify(Notice::AlertWishesChanged);
        Ok(())
    }

    /// Removes it with what was on its way and what is secret of it. Where the keychain cannot erase that, nothing is
    /// removed: without its row nobody would find it again.
    ///
    /// # Errors
    /// [`Error::ChannelGone`]; the keychain's.
    pub async fn remove_alert_channel(&self, id: &AlertChannelId) -> Result<(), Error> {
        if needs_secret(&self.find_alert_channel(id.as_str())?.settings) {
            self.parts.vault.erase_alert_secret(id).await?;
        }
        self.parts.store.delete_alert_channel(id).map_err(|error| gone(id, error))?;
        self.notify(Notice::AlertWishesChanged);
        Ok(())
    }

    /// Sends a test, once and now, whatever the rule, the quiet hours and the switch say. One that arrives brings what
    /// waits on its way at once.
    ///
    /// # Errors
    /// [`Error::ChannelGone`], [`Error::Offline`]. A receiver that does not take it is no error: see the delivery.
    pub async fn test_alert_channel(&self, id: &AlertChannelId) -> Result<Delivery, Error> {
        let channel = self.find_alert_channel(id.as_str())?;
        if channel.settings.leaves() {
            self.refuse_when_offline()?;
        }
        let made_at = self.parts.clock.now();
        let new = self.message_of(MessageKind::Test, ChannelText::of_test(&channel.name), made_at, |it| it)?;
        let outcome = self.send_to(&channel, &new.message, &new.body).await;
        let at = self.parts.clock.now();
        let ended = match &outcome {
            Ok(()) => TryOutcome::Delivered { at },
            Err(failure) => TryOutcome::GivenUp { failure: failed_try(failure, at) },
        };
        let number = self.parts.store.add_tried_delivery(id, &new, &ended).map_err(|error| gone(id, error))?;
        if outcome.is_ok() {
            self.parts.store.hurry_deliveries(id, at)?;
        }
        self.notify(Notice::AlertWishesChanged);
        let log = self.parts.store.list_deliveries(Some(id), None, 20)?;
        log.into_iter().find(|it| it.number == number).ok_or_else(|| Error::ChannelGone(channel.name))
    }

    /// The newest messages first, of one channel or of all; `before`: those older than the one of that number.
    ///
    /// # Errors
    /// The database's.
    pub fn alert_deliveries(
        &self,
        channel: Option<&AlertChannelId>,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Delivery>, Error> {
        Ok(self.parts.store.list_deliveries(channel, before, limit)?)
    }

    /// Until when it is quiet; `None`: it is not, just now.
    ///
    /// # Errors
    /// The database's.
    pub fn quiet_until(&self) -> Result<Option<Timestamp>, Error> {
        let (now, zone) = (self.parts.clock.now(), jiff::tz::TimeZone::system());
        Ok(self.alert_wishes()?.quiet.and_then(|it| it.until(now, &zone)))
    }

    /// Sends a message once.
    pub(super) async fn send_to(
        &self,
        channel: &AlertChannel,
        message: &str,
        body: &str,
    ) -> Result<(), ChannelFailure> {
        let secret = if needs_secret(&channel.settings) {
            // In the background nobody is there for a prompt.
            if self.parts.vault.glance().await == Some(crate::vault::KeychainState::Locked) {
                return Err(ChannelFailure::KeychainUnavailable { words: "the keychain is locked".to_owned() });
            }
            self.parts
                .vault
                .read_alert_secret(&channel.id)
                .await
                .map_err(|error| ChannelFailure::KeychainUnavailable { words: error.to_string() })?
        } else {
            None
        };
        let message = MessageBody { name: message.to_owned(), text: body.to_owned() };
        let now = self.parts.clock.now();
        alert_channels::send(&self.parts.http, &channel.settings, secret.as_ref(), &message, now).await
    }

    /// A message with a name of its own, ready to be written down.
    pub(super) fn message_of(
        &self,
        kind: MessageKind,
        text: ChannelText,
        now: Timestamp,
        with: impl FnOnce(AlertMessage) -> AlertMessage,
    ) -> Result<NewDelivery, Error> {
        let name = Self::message_name()?;
        self.named_message(&name, kind, text, now, with)
    }

    /// The same under a name that was made before.
    pub(super) fn named_message(
        &self,
        name: &str,
        kind: MessageKind,
        text: ChannelText,
        now: Timestamp,
        with: impl FnOnce(AlertMessage) -> AlertMessage,
    ) -> Result<NewDelivery, Error> {
        let port = if self.wants_mail_links()? { self.mail_links_port()? } else { None };
        let title = text.title.clone();
        let message = with(AlertMessage::new(name, kind, text, now, &jiff::tz::TimeZone::system(), port));
        let body = message.written().ok_or(Error::BadInput("the message cannot be written"))?;
        Ok(NewDelivery { message: name.to_owned(), kind, title, body, made_at: now })
    }

    /// Unlike any other, also those of other boards: receivers drop what they have under its name.
    pub(super) fn message_name() -> Result<String, Error> {
        let bytes = Self::random::<16>()?;
        Ok(bytes.iter().fold("msg_".to_owned(), |name, byte| format!("{name}{byte:02x}")))
    }
}

pub(super) fn failed_try(failure: &ChannelFailure, at: Timestamp) -> FailedTry {
    FailedTry { at, code: failure.code().to_owned(), words: failure.words() }
}

fn needs_secret(settings: &ChannelSettings) -> bool {
    match settings {
        ChannelSettings::Webhook { .. } | ChannelSettings::Slack { .. } | ChannelSettings::Teams { .. } => true,
        ChannelSettings::Mail(mail) => mail.user.is_some(),
        ChannelSettings::Command(_) => false,
    }
}

fn origin_of(address: &Secret) -> Result<String, Error> {
    Ok(DeliveryAddress::read(address).map_err(SecretRefused::from)?.origin())
}

fn gone(id: &AlertChannelId, error: StoreError) -> Error {
    if matches!(error, StoreError::Gone) { Error::ChannelGone(id.to_string()) } else { error.into() }
}
