//! Platforms: added with a key that goes into the keychain, renamed, removed, listed with how fresh what is known of
//! them is [D2, A3].

use std::sync::Arc;

use domain::blast_radius::impact::{Health, Picture};
use domain::blast_radius::reading::{ReadingChanges, ReadingNote};
use domain::blast_radius::reading_time::next_reading;
use domain::blast_radius::{Platform, PlatformKind};
use domain::lifecycle::refresh_mode::RefreshMode;
use domain::{PlatformId, Secret};
use jiff::{SignedDuration, Timestamp};

use super::labels::label;
use crate::platforms::open::{Opening, has_api, only_address};
use crate::platforms::{Abilities, Platform as PlatformApi, PlatformFailure};
use crate::{Engine, Error, Notice};

/// What was read over an API longer ago is old.
const STALE_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// A file is exported by a person, and not every day.
const FILE_STALE_AFTER: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A longer address is none.
const LONGEST_ADDRESS: usize = 2_000;

/// Makes the client of a platform in place of the real one, for tests.
#[cfg(debug_assertions)]
pub type PlatformHook =
    Arc<dyn Fn(&Platform, Option<&Secret>) -> Option<Result<Arc<dyn PlatformApi>, PlatformFailure>> + Send + Sync>;

/// A platform as a person enters it.
pub struct NewPlatform {
    pub kind: PlatformKind,
    pub name: Option<String>,
    pub address: Option<String>,
    pub space: Option<String>,
    pub customer: Option<String>,
    pub key: Option<Secret>,
}

/// One platform with what is known of it.
#[derive(Debug, Clone)]
pub struct PlatformOverview {
    pub platform: Platform,
    /// What it can be asked; nothing where it has no API, or its key is not at hand.
    pub abilities: Abilities,
    pub has_api: bool,
    pub workflow_count: usize,
    pub active_count: usize,
    pub connection_count: usize,
    pub dead_count: usize,
    /// Of nobody's word and no likeness known which of ours they stand beside.
    pub unjoined_count: usize,
    /// What the last reading changed and noted.
    pub last_reading: Option<(ReadingChanges, Vec<ReadingNote>)>,
    pub is_stale: bool,
    /// When it is read by itself, if anything runs that does so; `None`: not by itself.
    pub next_reading_at: Option<Timestamp>,
    /// How many workflows a reading under way has read, and of how many.
    pub reading: Option<(u32, Option<u32>)>,
}

impl Engine {
    /// Adds a platform. A key that is refused is not kept, and neither is the platform.
    ///
    /// # Errors
    /// [`Error::PlatformFailed`] with what the platform said; [`Error::BadInput`] for an address that cannot be one.
    pub async fn add_platform(&self, new: NewPlatform) -> Result<Platform, Error> {
        let is_asked = has_api(new.kind) && new.key.is_some();
        let address = new.address.as_deref().map(without_end).filter(|it| !it.is_empty());
        if address.is_some_and(|it| it.len() > LONGEST_ADDRESS || it.chars().any(char::is_control)) {
            return Err(Error::BadInput("that is no address"));
        }
        if address.is_some_and(holds_secret) {
            return Err(Error::BadInput("the address holds a password or a key; the key is entered by itself"));
        }
        let others = self.parts.store.list_platforms()?;
        // The host is named only where another one would bear the same name.
        let plain = default_name(new.kind, None);
        let free = if others.iter().any(|it| it.name == plain) { default_name(new.kind, address) } else { plain };
        let name = new.name.as_deref().and_then(label).unwrap_or(free);
        if is_asked && address.or_else(|| only_address(new.kind)).is_none() {
            return Err(PlatformFailure::AddressRefused(format!("none is given for {name}")).into());
        }
        let platform = Platform {
            id: PlatformId::from_random(Self::random_bits()?),
            kind: new.kind,
            name,
            address: address.map(str::to_owned),
            space: new.space.as_deref().and_then(label),
            customer: new.customer.as_deref().and_then(label),
            added_at: self.parts.clock.now(),
            read_at: None,
            asked_at: None,
            failed: None,
            reads_itself: true,
        };
        let is_noted = matches!(platform.kind, PlatformKind::ByHand | PlatformKind::Programs);
        let is_twin = |it: &Platform| {
            let address = it.address.as_deref().map(without_end);
            (it.kind, address, &it.space) == (platform.kind, platform.address.as_deref(), &platform.space) && is_asked
                || is_noted
                    && matches!(it.kind, PlatformKind::ByHand | PlatformKind::Programs)
                    && it.name == platform.name
        };
        if others.iter().any(is_twin) {
            return Err(Error::BadInput("that platform is there already"));
        }
        if let Some(key) = &new.key {
            if is_asked {
                self.refuse_when_offline()?;
                self.try_key(&platform, key).await?;
            }
            self.note_canary().await?;
            self.parts.vault.write_platform_key(&platform.id, key).await?;
        }
        if let Err(error) = self.parts.store.insert_platform(&platform) {
            self.parts.vault.erase_platform_key(&platform.id).await?;
            return Err(error.into());
        }
        self.notify(Notice::PlatformChanged(Some(platform.id.clone())));
        Ok(platform)
    }

    /// Gives a platform another key; one that is refused replaces nothing.
    ///
    /// # Errors
    /// As for adding one.
    pub async fn change_platform_key(&self, id: &PlatformId, key: &Secret) -> Result<(), Error> {
        let platform = self.platform(id)?;
        if has_api(platform.kind) {
            self.refuse_when_offline()?;
            self.try_key(&platform, key).await?;
        }
        self.note_canary().await?;
        self.parts.vault.write_platform_key(id, key).await?;
        self.parts.store.forgive_readings(id)?;
        self.notify(Notice::PlatformChanged(Some(id.clone())));
        Ok(())
    }

    /// Whether a platform is read again by itself, in whichever process leads.
    ///
    /// # Errors
    /// [`Error::PlatformGone`]; [`Error::BadInput`] where it cannot be asked at all.
    pub fn set_automatic_reading(&self, id: &PlatformId, is_on: bool) -> Result<(), Error> {
        if !can_be_asked(&self.platform(id)?) {
            return Err(Error::BadInput("it has no address to be asked at; read its export instead"));
        }
        self.parts.store.put_reads_itself(id, is_on)?;
        if is_on {
            self.parts.store.forgive_readings(id)?;
        }
        self.notify(Notice::PlatformChanged(Some(id.clone())));
        Ok(())
    }

    /// What a person calls it, and whose it is.
    ///
    /// # Errors
    /// [`Error::BadInput`] without a name.
    pub fn label_platform(&self, id: &PlatformId, name: &str, customer: Option<&str>) -> Result<(), Error> {
        let name = label(name).ok_or(Error::BadInput("a platform needs a name"))?;
        self.platform(id)?;
        self.parts.store.label_platform(id, &name, customer.and_then(label).as_deref())?;
        self.notify(Notice::PlatformChanged(Some(id.clone())));
        Ok(())
    }

    /// Removes a platform with all that is known of it; its key goes first, so that none is left that nobody names.
    ///
    /// # Errors
    /// The keychain's: then nothing was removed.
    pub async fn remove_platform(&self, id: &PlatformId) -> Result<(), Error> {
        let platform = self.platform(id)?;
        self.cancel_reading(id.as_str());
        if has_api(platform.kind) {
            self.parts.vault.erase_platform_key(id).await?;
        }
        self.parts.store.remove_platform(id)?;
        self.notify(Notice::PlatformChanged(Some(id.clone())));
        self.notify(Notice::ConnectionChanged(None));
        Ok(())
    }

    /// All of them, by name, with how fresh each is.
    ///
    /// # Errors
    /// The database's.
    pub fn list_platforms(&self) -> Result<Vec<PlatformOverview>, Error> {
        let picture = self.picture()?;
        let mut last = self.parts.store.last_readings()?;
        let (now, mode) = (self.parts.clock.now(), self.refresh_mode()?);
        let platforms = self.parts.store.list_platforms()?;
        Ok(platforms
            .into_iter()
            .map(|platform| {
                let last_reading = last.remove(&platform.id);
                self.overview_of_platform(platform, &picture, last_reading, mode, now)
            })
            .collect())
    }

    /// One by its id.
    ///
    /// # Errors
    /// [`Error::PlatformGone`].
    pub fn platform(&self, id: &PlatformId) -> Result<Platform, Error> {
        self.parts.store.find_platform(id)?.ok_or_else(|| Error::PlatformGone(id.to_string()))
    }

    /// One by what a person typed: its id, or a name that only one has.
    ///
    /// # Errors
    /// [`Error::PlatformGone`], [`Error::NameAmbiguous`].
    pub fn find_platform(&self, typed: &str) -> Result<Platform, Error> {
        if let Some(platform) = self.parts.store.find_platform(&PlatformId::from_text(typed))? {
            return Ok(platform);
        }
        let mut named: Vec<Platform> =
            self.parts.store.list_platforms()?.into_iter().filter(|it| it.name == typed).collect();
        match (named.pop(), named.len()) {
            (Some(platform), 0) => Ok(platform),
            (Some(_), others) => Err(Error::NameAmbiguous { name: typed.to_owned(), count: others + 1 }),
            (None, _) => Err(Error::PlatformGone(typed.chars().take(80).collect())),
        }
    }

    /// A client of the platform with the key that the keychain holds.
    pub(crate) async fn open_platform(&self, platform: &Platform) -> Result<Arc<dyn PlatformApi>, Error> {
        self.refuse_when_offline()?;
        let key = self.parts.vault.read_platform_key(&platform.id).await?;
        Ok(self.client_of(platform, key)?)
    }

    /// Makes clients of platforms in place of the real ones from now on; `None` leaves it to those.
    #[cfg(debug_assertions)]
    pub fn set_platform_hook(&self, hook: PlatformHook) {
        *self.platform_hook.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(hook);
    }

    fn client_of(&self, platform: &Platform, key: Option<Secret>) -> Result<Arc<dyn PlatformApi>, PlatformFailure> {
        #[cfg(debug_assertions)]
        {
            let hook = self.platform_hook.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
            if let Some(made) = hook.and_then(|hook| hook(platform, key.as_ref())) {
                return made;
            }
        }
        let opening = Opening { http: self.parts.http.clone(), clock: self.parts.clock.clone() };
        opening.open(platform, key)
    }

    /// Whether it tests its own connections when it is asked to. No key is needed to say that.
    pub(super) fn tests_connections(&self, platform: &Platform) -> bool {
        let abilities = self.client_of(platform, Some(Secret::new("-"))).map(|it| it.abilities()).unwrap_or_default();
        can_be_asked(platform) && abilities.tests_connections.is_some()
    }

    /// The cheapest question that shows whether a key is taken: which runs there were since just now; all there is, of
    /// a platform that does not tell of runs.
    #[expect(clippy::disallowed_methods, reason = "the client that tries the key holds one of its own, and is dropped")]
    async fn try_key(&self, platform: &Platform, key: &Secret) -> Result<(), Error> {
        let client = self.client_of(platform, Some(Secret::new(key.expose_secret())))?;
        match client.runs_since(self.parts.clock.now()).await {
            // What it may not, it says when it is asked for that.
            Ok(_) | Err(PlatformFailure::RightMissing { .. }) => Ok(()),
            Err(PlatformFailure::Unsupported(_)) => Ok(client.read(&Arc::default()).await.map(drop)?),
            Err(failure) => Err(failure.into()),
        }
    }

    fn overview_of_platform(
        &self,
        platform: Platform,
        picture: &Picture,
        last_reading: Option<(ReadingChanges, Vec<ReadingNote>)>,
        mode: RefreshMode,
        now: Timestamp,
    ) -> PlatformOverview {
        let workflows = picture.workflows().iter().filter(|it| it.platform == platform.id);
        let connections = picture.platform_connections().iter().filter(|it| it.platform == platform.id);
        let is_dead = |health: Health| health.is_dead();
        // No key is needed to say what can be asked of it.
        let abilities = self.client_of(&platform, Some(Secret::new("-"))).map(|it| it.abilities()).unwrap_or_default();
        PlatformOverview {
            has_api: has_api(platform.kind),
            abilities,
            workflow_count: workflows.clone().count(),
            active_count: workflows.filter(|it| it.is_active).count(),
            connection_count: connections.clone().count(),
            dead_count: connections.clone().filter(|it| is_dead(Health::of_platform(&it.state))).count(),
            unjoined_count: connections.filter(|it| it.joined.is_none()).count(),
            last_reading,
            is_stale: is_stale(&platform, now),
            next_reading_at: next_reading(&platform, mode, now).filter(|_| can_be_asked(&platform)),
            reading: self.reading_progress(platform.id.as_str()),
            platform,
        }
    }
}

/// Whether it has an API and an address, so that it can be read without a person.
pub fn can_be_asked(platform: &Platform) -> bool {
    has_api(platform.kind) && platform.address.is_some()
}

/// Its last reading failed, or lies too far back. What was entered by hand does not age.
pub fn is_stale(platform: &Platform, now: Timestamp) -> bool {
    if platform.failed.is_some() {
        return true;
    }
    let is_older = |limit| platform.read_at.is_none_or(|at| now.duration_since(at) > limit);
    match platform.kind {
        PlatformKind::ByHand | PlatformKind::Programs => false,
        _ if can_be_asked(platform) => is_older(STALE_AFTER),
        PlatformKind::N8n
        | PlatformKind::Make
        | PlatformKind::Zapier
        | PlatformKind::Activepieces
        | PlatformKind::NodeRed
        | PlatformKind::PowerAutomate
        | PlatformKind::Airtable
        // Of exports of a part nobody can say how old the whole is.
        | PlatformKind::McpClient => platform.read_at.is_some() && is_older(FILE_STALE_AFTER),
    }
}

/// The same place with and without a slash at its end is one.
fn without_end(address: &str) -> &str {
    address.trim().trim_end_matches('/')
}

/// A password before the host, or a key in the query: an address is stored and shown.
fn holds_secret(address: &str) -> bool {
    url::Url::parse(address)
        .is_ok_and(|it| !it.username().is_empty() || it.password().is_some() || it.query().is_some())
}

/// Its kind, and where it is, if that is to be said.
pub(super) fn default_name(kind: PlatformKind, address: Option<&str>) -> String {
    let kind = match kind {
        PlatformKind::N8n => "n8n",
        PlatformKind::Make => "Make",
        PlatformKind::Zapier => "Zapier",
        PlatformKind::Activepieces => "Activepieces",
        PlatformKind::NodeRed => "Node-RED",
        PlatformKind::PowerAutomate => "Power Automate",
        PlatformKind::Airtable => "Airtable",
        PlatformKind::McpClient => "MCP client",
        PlatformKind::Programs => "Programs",
        PlatformKind::ByHand => "By hand",
    };
    let host = address.and_then(|it| url::Url::parse(it).ok()?.host_str().map(str::to_owned));
    host.map_or_else(|| kind.to_owned(), |host| format!("{kind} at {host}"))
}
