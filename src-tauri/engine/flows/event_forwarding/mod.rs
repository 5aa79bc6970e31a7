//! Forwarding events: destinations are added, tried, removed; what waits leaves in batches, and the cursor moves once one
//! took them: nothing is lost, and after a crash one batch at most comes twice, with the same numbers [F5, C9, A3].

mod batches;
mod figures;

use std::path::{Path, PathBuf};

use domain::display_text::entered_name;
use domain::event_forwarding::{
    Complaint, DestinationKind, EventDestination, ForwardingTrouble, Place, Verdict, WantedEvents,
};
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::{EventDestinationId, Secret};

use crate::event_destinations::{
    EventFile, NotTaken, OtlpReceiver, PlaceRefused, Receipt, SentryReceiver, Speaker, WebhookReceiver,
};
use crate::signing::WebhookKey;
use crate::vault::KeychainState;
use crate::{Engine, Error};

pub use batches::Forwarded;

/// A file of less is put aside before anybody has read it.
const SMALLEST_FILE: u64 = 64 * 1024;

/// A place as a person names it.
pub struct NewEventDestination {
    pub name: Option<String>,
    pub place: NewPlace,
    pub wanted: WantedEvents,
    pub with_accounts: bool,
    /// From the first event that is known; otherwise from the next.
    pub from_start: bool,
}

/// Where, with what is secret of it.
pub enum NewPlace {
    File {
        folder: PathBuf,
        largest: u64,
        kept: u16,
    },
    /// Without a key one is made.
    Webhook {
        address: Secret,
        key: Option<Secret>,
    },
    Sentry {
        dsn: Secret,
    },
    /// `headers`: lines of `Name: value`.
    Otlp {
        endpoint: String,
        headers: Option<Secret>,
        with_metrics: bool,
    },
}

/// A place that was added.
pub struct AddedEventDestination {
    pub destination: EventDestination,
    /// The signing secret that was made for it; it is shown once, to be entered at the receiver.
    pub made_key: Option<Secret>,
}

/// A place, and how far behind it is.
#[derive(Debug, Clone, PartialEq)]
pub struct EventDestinationOverview {
    pub destination: EventDestination,
    pub waiting_count: u64,
    /// Whether a process forwards by itself.
    pub is_forwarded: bool,
}

/// Who takes batches.
enum Receiver {
    File(EventFile),
    Webhook(WebhookReceiver),
    Sentry(SentryReceiver),
    Otlp(OtlpReceiver),
}

impl Engine {
    /// Adds a place that events are forwarded to.
    ///
    /// # Errors
    /// [`Error::PlaceRefused`] with what is wrong with it; the keychain's and the disk's: then nothing was added.
    pub async fn add_event_destination(&self, new: NewEventDestination) -> Result<AddedEventDestination, Error> {
        let (place, secret, made_key) = place_of(new.place)?;
        let all = self.parts.store.list_event_destinations()?;
        if let Place::File { folder, .. } = &place {
            let is_same =
                |it: &&EventDestination| matches!(&it.place, Place::File { folder: other, .. } if other == folder);
            if let Some(other) = all.iter().find(is_same) {
                return Err(PlaceRefused::FolderTaken(other.name.clone()).into());
            }
            file_of(&place).map_or(Ok(()), |it| it.make_folder()).map_err(Error::not_written(folder))?;
        }
        let name = match new.name.as_deref() {
            Some(typed) => {
                let name = entered_name(typed, "dst_").ok_or(PlaceRefused::Name)?;
                if all.iter().any(|it| it.name == name) {
                    return Err(PlaceRefused::NameTaken.into());
                }
                name
            }
            None => free_name(place.kind(), &all),
        };
        let now = self.parts.clock.now();
        let destination = EventDestination {
            id: EventDestinationId::from_random(Self::random_bits()?),
            name,
            place,
            is_on: true,
            wanted: new.wanted,
            with_accounts: new.with_accounts,
            added_at: now,
            cursor: 0,
            batch_end: None,
            accepted: None,
            sent_count: 0,
            dropped_count: 0,
            lost_count: 0,
            left_alone_until: None,
            failing: None,
            counted_since: None,
            figures_failed: None,
        };
        // The secret first: a place without one could never be written to.
        if let Some(secret) = &secret {
            self.note_canary().await?;
            self.parts.vault.write_forwarding_secret(&destination.id, secret).await?;
        }
        let happened = [self.forwarding_changed(&destination.name, "on")];
        if let Err(error) = self.parts.store.insert_event_destination(&destination, new.from_start, &happened) {
            if secret.is_some()
                && let Err(error) = self.parts.vault.erase_forwarding_secret(&destination.id).await
            {
                tracing::warn!(destination = %destination.id, %error, "the secret of what was not added is left behind");
            }
            return Err(error.into());
        }
        let destination = self.event_destination(&destination.id)?;
        Ok(AddedEventDestination { destination, made_key })
    }

    /// All of them, by name.
    ///
    /// # Errors
    /// The database's.
    pub fn list_event_destinations(&self) -> Result<Vec<EventDestinationOverview>, Error> {
        let all = self.parts.store.list_event_destinations()?;
        let is_forwarded = self.is_watched();
        all.into_iter()
            .map(|destination| {
                let waiting_count = self.parts.store.count_events_to_forward(&destination)?;
                Ok(EventDestinationOverview { destination, waiting_count, is_forwarded })
            })
            .collect()
    }

    /// One by what a person typed: its id or its name.
    ///
    /// # Errors
    /// [`Error::DestinationGone`].
    pub fn find_event_destination(&self, typed: &str) -> Result<EventDestination, Error> {
        let mut all = self.parts.store.list_event_destinations()?.into_iter();
        let found = all.find(|it| it.id.as_str() == typed || it.name == typed);
        found.ok_or_else(|| Error::DestinationGone(typed.chars().take(80).collect()))
    }

    fn event_destination(&self, id: &EventDestinationId) -> Result<EventDestination, Error> {
        let found = self.parts.store.find_event_destination(id)?;
        found.ok_or_else(|| Error::DestinationGone(id.to_string()))
    }

    /// Off, nothing leaves for it; what happens meanwhile waits, as behind a receiver that is down.
    ///
    /// # Errors
    /// [`Error::DestinationGone`], the database's.
    pub fn set_event_destination_on(&self, id: &EventDestinationId, is_on: bool) -> Result<(), Error> {
        let destination = self.event_destination(id)?;
        let happened = [self.forwarding_changed(&destination.name, if is_on { "on" } else { "off" })];
        self.parts.store.set_event_destination_on(id, is_on, &happened)?;
        Ok(())
    }

    /// Removes a place; its secret goes first, so that none is left that nobody names. What was sent stays there.
    ///
    /// # Errors
    /// The keychain's: then nothing was removed.
    pub async fn remove_event_destination(&self, id: &EventDestinationId) -> Result<(), Error> {
        let destination = self.event_destination(id)?;
        if destination.place.has_secret() {
            self.parts.vault.erase_forwarding_secret(id).await?;
        }
        let happened = [self.forwarding_changed(&destination.name, "off")];
        self.parts.store.remove_event_destination(id, &happened)?;
        Ok(())
    }

    /// That what happens leaves, or leaves no more, is told where everything is [B12].
    fn forwarding_changed(&self, name: &str, is: &str) -> LifecycleEvent {
        let mut event = LifecycleEvent::new(self.parts.clock.now(), EventKind::SettingsChanged, None);
        event.subject = Some(format!("forwarding to {name} {is}"));
        event
    }

    /// Sends something that is no event, and moves nothing; of a file it only looks whether it can be written.
    /// `Err` within: it was not taken.
    ///
    /// # Errors
    /// [`Error::DestinationGone`], [`Error::Offline`], the database's.
    pub async fn try_event_destination(&self, id: &EventDestinationId) -> Result<Result<Receipt, NotTaken>, Error> {
        let destination = self.event_destination(id)?;
        if destination.place.is_elsewhere() {
            self.refuse_when_offline()?;
        }
        let receiver = match self.receiver(&destination).await {
            Ok(receiver) => receiver,
            Err(refused) => return Ok(Err(refused)),
        };
        let (http, speaker, now) = (&self.parts.http, self.speaker(), self.parts.clock.now());
        Ok(match receiver {
            Receiver::File(file) => file.try_out().await.map(|()| Receipt::default()),
            Receiver::Webhook(webhook) => webhook.try_out(http, &speaker, now).await,
            Receiver::Sentry(sentry) => sentry.try_out(http, &speaker, now).await,
            Receiver::Otlp(otlp) => otlp.try_out(http, &speaker, now).await,
        })
    }

    /// Who takes batches there, with the secret that the keychain holds.
    async fn receiver(&self, destination: &EventDestination) -> Result<Receiver, NotTaken> {
        let missing = || waits_for_person(ForwardingTrouble::SecretMissing);
        if let Some(file) = file_of(&destination.place) {
            return Ok(Receiver::File(file));
        }
        let secret = match self.parts.vault.read_forwarding_secret(&destination.id).await {
            Ok(Some(secret)) => secret,
            Ok(None) => return Err(missing()),
            Err(error) => {
                tracing::debug!(%error, "what events are forwarded with could not be read");
                return Err(waits_for_person(ForwardingTrouble::Keychain));
            }
        };
        match &destination.place {
            Place::Sentry { .. } => SentryReceiver::read(&secret).map(Receiver::Sentry).map_err(|_| missing()),
            Place::Otlp { endpoint, .. } => {
                OtlpReceiver::read(endpoint, &secret).map(Receiver::Otlp).map_err(|_| missing())
            }
            Place::Webhook { .. } | Place::File { .. } => {
                WebhookReceiver::of_kept(&secret).map(Receiver::Webhook).ok_or_else(missing)
            }
        }
    }

    /// Told without a prompt.
    async fn is_keychain_locked(&self) -> bool {
        self.parts.vault.glance().await == Some(KeychainState::Locked)
    }

    fn speaker(&self) -> Speaker {
        Speaker::new(&self.parts.store.install_id())
    }
}

fn waits_for_person(trouble: ForwardingTrouble) -> NotTaken {
    NotTaken { verdict: Verdict::NeedsPerson, complaint: Complaint { trouble, words: None }, asked: None }
}

fn file_of(place: &Place) -> Option<EventFile> {
    match place {
        Place::File { folder, largest, kept } => {
            Some(EventFile { folder: folder.clone(), largest: *largest, kept: *kept })
        }
        Place::Webhook { .. } | Place::Sentry { .. } | Place::Otlp { .. } => None,
    }
}

/// What is kept in the database, what in the keychain, and a key that was made.
fn place_of(new: NewPlace) -> Result<(Place, Option<Secret>, Option<Secret>), Error> {
    Ok(match new {
        NewPlace::File { folder, largest, kept } => {
            let folder = absolute(&folder)?;
            if largest < SMALLEST_FILE {
                return Err(PlaceRefused::FileTooSmall { least: SMALLEST_FILE }.into());
            }
            (Place::File { folder, largest, kept: kept.max(1) }, None, None)
        }
        NewPlace::Webhook { address, key } => {
            let made_key = match key {
                Some(_) => None,
                None => Some(WebhookKey::generate().ok_or(PlaceRefused::NoRandomness)?),
            };
            let Some(used) = key.as_ref().or(made_key.as_ref()) else { return Err(Error::NoRandomness) };
            let origin = WebhookReceiver::new(&address, used)?.origin();
            let secret = WebhookReceiver::kept(&address, used);
            (Place::Webhook { origin }, Some(secret), made_key)
        }
        NewPlace::Sentry { dsn } => {
            let read = SentryReceiver::read(&dsn)?;
            let place = Place::Sentry { origin: read.origin(), project: read.project().to_owned() };
            (place, Some(dsn), None)
        }
        NewPlace::Otlp { endpoint, headers, with_metrics } => {
            let headers = headers.unwrap_or_else(|| Secret::new(""));
            OtlpReceiver::read(&endpoint, &headers)?;
            let endpoint = crate::event_destinations::endpoint_of(&endpoint)?;
            (Place::Otlp { endpoint, with_metrics }, Some(headers), None)
        }
    })
}

fn absolute(folder: &Path) -> Result<PathBuf, Error> {
    if folder.to_str().is_none() {
        return Err(PlaceRefused::FolderNotText.into());
    }
    std::path::absolute(folder).map_err(Error::not_written(folder))
}

/// "otlp", "otlp 2", …
fn free_name(kind: DestinationKind, all: &[EventDestination]) -> String {
    let is_taken = |name: &str| all.iter().any(|it| it.name == name);
    let plain = kind.as_str().to_owned();
    if !is_taken(&plain) {
        return plain;
    }
    (2_u32..).map(|number| format!("{plain}-{number}")).find(|it| !is_taken(it)).unwrap_or(plain)
}
