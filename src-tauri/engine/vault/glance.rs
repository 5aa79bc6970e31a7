//! How the keychain stands, seen without asking anyone: nothing here can open a prompt or start a daemon [A3].

#[cfg(target_os = "linux")]
use std::collections::HashMap;

#[cfg(target_os = "linux")]
use zbus::{
    Connection, Proxy,
    proxy::{CacheProperties, MethodFlags},
    zvariant::{ObjectPath, OwnedObjectPath, OwnedValue},
};

use super::KeychainState;
#[cfg(target_os = "linux")]
use super::keychain::SERVICE;

/// How much can be seen of a keychain without the risk of a prompt.
pub(super) enum Glance {
    /// It has no lock, or is a store that was handed in: a look asks nobody.
    AsALook,
    /// What reads it may ask the person, and nothing else can be asked.
    #[cfg(target_os = "macos")]
    Never,
    #[cfg(target_os = "linux")]
    SecretService(SecretService),
}

impl Glance {
    /// At the platform's keychain, of which the canary has that name.
    #[cfg_attr(not(target_os = "linux"), expect(unused_variables, reason = "the others are not asked by name"))]
    pub(super) fn at_platform(canary: String) -> Self {
        #[cfg(target_os = "linux")]
        return Self::SecretService(SecretService { canary, bus: tokio::sync::Mutex::default() });
        #[cfg(target_os = "macos")]
        return Self::Never;
        #[cfg(target_os = "windows")]
        return Self::AsALook;
    }
}

#[cfg(target_os = "linux")]
pub(super) const NAME: &str = "org.freedesktop.secrets";
#[cfg(target_os = "linux")]
pub(super) const ROOT: &str = "/org/freedesktop/secrets";

/// The Secret Service, on a connection of its own: a prompt that the keychain thread waits for holds up no glance.
#[cfg(target_os = "linux")]
pub(super) struct SecretService {
    canary: String,
    bus: tokio::sync::Mutex<Option<Bus>>,
}

#[cfg(target_os = "linux")]
pub(super) struct Bus {
    pub(super) connection: Connection,
    /// Where the canary was found: one property is read each time.
    canary_at: Option<OwnedObjectPath>,
}

#[cfg(target_os = "linux")]
impl SecretService {
    /// [`KeychainState::Open`]: what is there can be read, whether or not it is ours.
    pub(super) async fn look(&self) -> KeychainState {
        let mut bus = self.bus.lock().await;
        // Taken out: a look that is given up on halfway leaves a connection nobody knows the state of.
        match self.ask(bus.take()).await {
            Ok((state, asked)) => {
                *bus = Some(asked);
                state
            }
            Err(_) => KeychainState::Absent,
        }
    }

    /// On a connection of its own, so that a prompt ends with whoever waits for it.
    pub(super) async fn unlock(&self) -> zbus::Result<bool> {
        super::unlocking::unlock(Connection::session().await?, &self.canary).await
    }

    async fn ask(&self, bus: Option<Bus>) -> zbus::Result<(KeychainState, Bus)> {
        let mut bus = match bus {
            Some(bus) => bus,
            None => Bus::over(Connection::session().await?),
        };
        let known = bus.canary_at.take();
        if let Some(path) = known
            && let Ok(is_locked) = bus.is_locked(&path, "org.freedesktop.Secret.Item").await
        {
            bus.canary_at = Some(path);
            return Ok((locked_or_open(is_locked), bus));
        }
        let state = match bus.find(&self.canary).await? {
            Some((path, is_locked)) => {
                bus.canary_at = Some(path);
                locked_or_open(is_locked)
            }
            // Nothing was stored, or the keychain names what it holds only while it is open.
            None => bus.default_collection().await?,
        };
        Ok((state, bus))
    }
}

#[cfg(target_os = "linux")]
impl Bus {
    pub(super) fn over(connection: Connection) -> Self {
        Self { connection, canary_at: None }
    }

    /// The item of that name, and whether it is locked.
    pub(super) async fn find(&self, name: &str) -> zbus::Result<Option<(OwnedObjectPath, bool)>> {
        let attributes = HashMap::from([("service", SERVICE), ("username", name)]);
        let found: (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
            self.call(&root()?, "org.freedesktop.Secret.Service", "SearchItems", &(attributes,)).await?;
        let (open, locked) = (found.0.into_iter().map(|it| (it, false)), found.1.into_iter().map(|it| (it, true)));
        Ok(open.chain(locked).next())
    }

    /// Where new items go; `None`: there is no such place.
    pub(super) async fn default_path(&self) -> zbus::Result<Option<OwnedObjectPath>> {
        let path: OwnedObjectPath =
            self.call(&root()?, "org.freedesktop.Secret.Service", "ReadAlias", &("default",)).await?;
        Ok(Some(path).filter(|it| it.as_str() != "/"))
    }

    async fn default_collection(&self) -> zbus::Result<KeychainState> {
        let Some(path) = self.default_path().await? else { return Ok(KeychainState::Absent) };
        Ok(locked_or_open(self.is_locked(&path, "org.freedesktop.Secret.Collection").await?))
    }

    async fn is_locked(&self, path: &ObjectPath<'_>, interface: &str) -> zbus::Result<bool> {
        let value: OwnedValue =
            self.call(path, "org.freedesktop.DBus.Properties", "Get", &(interface, "Locked")).await?;
        Ok(value.try_into()?)
    }

    pub(super) async fn call<B, R>(
        &self,
        path: &ObjectPath<'_>,
        interface: &str,
        method: &str,
        body: &B,
    ) -> zbus::Result<R>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
        R: for<'d> zbus::zvariant::DynamicDeserialize<'d>,
    {
        let proxy: Proxy<'_> = zbus::proxy::Builder::new(&self.connection)
            .destination(NAME)?
            .path(path)?
            .interface(interface)?
            .cache_properties(CacheProperties::No)
            .build()
            .await?;
        let answer = proxy.call_with_flags(method, MethodFlags::NoAutoStart.into(), body).await?;
        answer.ok_or(zbus::Error::InvalidReply)
    }
}

#[cfg(target_os = "linux")]
pub(super) fn root() -> zbus::Result<ObjectPath<'static>> {
    Ok(ObjectPath::try_from(ROOT)?)
}

#[cfg(target_os = "linux")]
fn locked_or_open(is_locked: bool) -> KeychainState {
    if is_locked { KeychainState::Locked } else { KeychainState::Open }
}
