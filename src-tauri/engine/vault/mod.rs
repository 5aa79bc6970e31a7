//! Every secret, in the OS keychain; the only caller of keyring; owns names, size limits and the canary
//! that tells "not there" from "another keychain" [A3, A4, A5, S153, S156].
//!
//! A connection has two slots, and its bundles go into them by turns: writing over an item costs a keychain half of
//! what a new one does (gnome-keyring writes its whole file for each). Which bundle stands in a slot, its header says.

mod bundle_sections;
mod bytes;
mod glance;
mod item;
mod keychain;
mod keychain_thread;
mod keys;
mod packed_bundle;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod secret_service_tests;
#[cfg(test)]
mod test_store;
#[cfg(test)]
mod tests;
mod tidings;
#[cfg(target_os = "linux")]
mod unlocking;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod unlocking_tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use domain::connection::client_rotation::SecretSlot;
use domain::token::TokenBundle;
use domain::{ClientId, ConnectionId, Secret, TokenVersion};
use keyring_core::CredentialStore;

use glance::Glance;
use item::{Assembly, ItemText, Kind, Label, MOST_PARTS};
use keychain::{Canary, Connect, Connected, Keychain};
use keychain_thread::{KeychainThread, Patience};

pub use tidings::Tidings;

/// Why the keychain did not do what it was asked. None of these says that a grant is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// It is locked, and the unlock prompt was refused or cannot be shown.
    #[error("the keychain is locked")]
    Locked,
    /// There is no keychain in this session.
    #[error("no keychain can be reached in this session")]
    Absent,
    /// It answers, but is not the one our secrets were stored in.
    #[error("this is not the keychain that secrets were stored in")]
    Different,
    /// No answer in time: often an unlock prompt waits for the person. A write may still arrive later.
    #[error("the keychain does not answer; it may be waiting to be unlocked")]
    NotAnswering,
    /// More than the keychain can hold, in bytes.
    #[error("{length} bytes are more than the {limit} that the keychain can hold")]
    TooLarge { length: usize, limit: usize },
    /// What is stored is not what was written, or a part of it is missing.
    #[error("what the keychain holds is damaged")]
    Damaged,
    /// It answered and did not do it (full, broken, a name it does not take).
    #[error("the keychain refused")]
    Refused,
}

/// What can be expected of the keychain just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeychainState {
    /// A throw-away item was written, read and erased, and the canary is where it should be.
    Open,
    Locked,
    Absent,
    Different,
    /// No answer in time, or none that can be used.
    NotAnswering,
}

/// A glance that takes longer tells of a keychain that is at work or hangs.
const GLANCE: Duration = Duration::from_secs(1);
/// A person who was asked looks for the password meanwhile; who has gone away finds no prompt from yesterday.
#[cfg(target_os = "linux")]
const PROMPT: Duration = Duration::from_secs(180);

/// The secrets of one installation.
pub struct Vault {
    install_id: String,
    glance: Glance,
    thread: KeychainThread,
    item_limit: usize,
    expects_canary: AtomicBool,
    /// No secret, and the same for every call.
    canary: OnceLock<Canary>,
}

impl Vault {
    /// The platform's keychain. Connects at the first use, not now.
    pub fn open(install_id: &str) -> Self {
        let connect = Arc::new(keychain::connect_to_platform);
        Self {
            glance: Glance::at_platform(format!("{install_id}/canary")),
            ..Self::with(install_id, connect, Patience::default(), keychain::platform_item_limit())
        }
    }

    /// Another store, such as keyring-core's mock.
    pub fn with_store(install_id: &str, store: Arc<CredentialStore>) -> Self {
        let connect = move || Ok(Connected { store: Arc::clone(&store), modifiers: HashMap::new() });
        Self::with(install_id, Arc::new(connect), Patience::default(), keychain::platform_item_limit())
    }

    fn with(install_id: &str, connect: Connect, patience: Patience, item_limit: usize) -> Self {
        Self {
            install_id: install_id.to_owned(),
            glance: Glance::AsALook,
            thread: KeychainThread::new(connect, patience),
            item_limit,
            expects_canary: AtomicBool::new(false),
            canary: OnceLock::new(),
        }
    }

    /// Says whether secrets were ever stored, as the database remembers it. From then on a keychain
    /// without our canary is [`VaultError::Different`], never an empty one.
    pub fn set_expects_canary(&self, expects: bool) {
        self.expects_canary.store(expects, Ordering::Release);
    }

    /// Sees to it that the canary is there; call before the first secret is stored, and remember it
    /// durably in between. `true`: it was created now. An expected one that is missing is not replaced:
    /// [`VaultError::Different`].
    pub async fn ensure_canary(&self) -> Result<bool, VaultError> {
        let (canary, expects) = (self.canary()?, self.expects_canary());
        let created = self
            .thread
            .run(move |keychain| {
                match keychain.refuse_another(Some(&canary)) {
                    Ok(()) => return Ok(false),
                    Err(VaultError::Different) if !expects => {}
                    Err(other) => return Err(other),
                }
                keychain.write(&canary.name, &canary.text, None)?;
                Ok(true)
            })
            .await?;
        self.set_expects_canary(true);
        Ok(created)
    }

    /// Stores a bundle under its version and reads it back. Where it must be split, the refresh token
    /// goes first and alone. After any error but [`VaultError::TooLarge`] some of it may have been stored:
    /// the same version may be written again with the same bundle, not with another one.
    pub async fn write_bundle(&self, connection: &ConnectionId, bundle: &TokenBundle) -> Result<(), VaultError> {
        let names = self.bundle_names(connection, bundle.version)?;
        let items = item::seal(
            bundle_label(connection, bundle.version),
            &bundle_sections::write_refresh(bundle),
            &bundle_sections::write_rest(bundle),
            self.item_limit,
        )?;
        let canary = self.expected_canary()?;
        self.thread
            .run(move |keychain| {
                let mut parts = (0..MOST_PARTS).zip(&items);
                parts.try_for_each(|(part, text)| keychain.write(&names.part(part), text, canary.as_ref()))
            })
            .await
    }

    /// The bundle of that version. `None` only from the keychain that holds our canary. A bundle that
    /// lacks parts is [`VaultError::Damaged`].
    pub async fn read_bundle(
        &self,
        connection: &ConnectionId,
        version: TokenVersion,
    ) -> Result<Option<TokenBundle>, VaultError> {
        let names = self.bundle_names(connection, version)?;
        let canary = self.expected_canary()?;
        let owner = connection.clone();
        self.thread
            .run(move |keychain| {
                let label = bundle_label(&owner, version);
                let Some(mut assembly) = read_head(keychain, &names, label)? else {
                    keychain.refuse_another(canary.as_ref())?;
                    return Ok(None);
                };
                while let Some(part) = assembly.missing_part() {
                    read_next(keychain, &names, label, &mut assembly, part)?;
                }
                let (refresh, rest) = assembly.sections()?;
                bundle_sections::read_both(refresh, rest, version).ok_or(VaultError::Damaged).map(Some)
            })
            .await
    }

    /// What survives of a torn write: the refresh token and its dates, without access token, expiry and
    /// scopes. `None` when there is no refresh token under that version.
    pub async fn read_refresh_part(
        &self,
        connection: &ConnectionId,
        version: TokenVersion,
    ) -> Result<Option<TokenBundle>, VaultError> {
        let names = self.bundle_names(connection, version)?;
        let canary = self.expected_canary()?;
        let owner = connection.clone();
        self.thread
            .run(move |keychain| {
                let label = bundle_label(&owner, version);
                let Some(mut assembly) = read_head(keychain, &names, label)? else {
                    keychain.refuse_another(canary.as_ref())?;
                    return Ok(None);
                };
                while assembly.first_section().is_none() {
                    let part = assembly.missing_part().ok_or(VaultError::Damaged)?;
                    read_next(keychain, &names, label, &mut assembly, part)?;
                }
                let section = assembly.first_section().ok_or(VaultError::Damaged)?;
                let bundle = bundle_sections::read_refresh(section, version).ok_or(VaultError::Damaged)?;
                Ok(Some(bundle).filter(|it| it.refresh_token.is_some()))
            })
            .await
    }

    /// The newest bundle of this connection, if it is newer than `after`.
    pub async fn find_newer(
        &self,
        connection: &ConnectionId,
        after: TokenVersion,
    ) -> Result<Option<TokenVersion>, VaultError> {
        self.newest_of(self.slots(connection)?.into(), connection, after).await
    }

    /// The bundle in the other slot than that of `version`, if it is newer.
    pub async fn find_beside(
        &self,
        connection: &ConnectionId,
        version: TokenVersion,
    ) -> Result<Option<TokenVersion>, VaultError> {
        self.newest_of(vec![self.bundle_names(connection, version.next())?], connection, version).await
    }

    async fn newest_of(
        &self,
        slots: Vec<BundleNames>,
        connection: &ConnectionId,
        after: TokenVersion,
    ) -> Result<Option<TokenVersion>, VaultError> {
        let owner = connection.clone();
        self.thread
            .run(move |keychain| {
                let mut newest = None;
                for names in &slots {
                    let texts = keychain.read(&names.part(0))?;
                    if let Ok(head) = item::open_newest(&texts, bundle_label(&owner, after), 0) {
                        newest = newest.max(Some(TokenVersion(head.version)).filter(|it| *it > after));
                    }
                }
                Ok(newest)
            })
            .await
    }

    /// Puts a blank in the place of the bundle of that version, the refresh token first. A slot that holds another
    /// version is left as it is.
    pub async fn erase_bundle(&self, connection: &ConnectionId, version: TokenVersion) -> Result<(), VaultError> {
        let names = self.bundle_names(connection, version)?;
        let blank = single_item(bundle_label(connection, TokenVersion::default()), b"", self.item_limit)?;
        let canary = self.expected_canary()?;
        let owner = connection.clone();
        self.thread
            .run(move |keychain| {
                let mut texts = keychain.read(&names.part(0))?;
                if texts.is_empty() {
                    // Believed when said twice: what stays behind is not named for erasure again.
                    texts = keychain.read(&names.part(0))?;
                }
                let Ok(head) = item::open(&texts, bundle_label(&owner, version), 0) else { return Ok(()) };
                keychain.write(&names.part(0), &blank, canary.as_ref())?;
                (1..head.part_count).rev().try_for_each(|part| keychain.erase(&names.part(part)))
            })
            .await
    }

    /// Takes everything of a connection out of the keychain. Absent is fine.
    pub async fn erase_connection(&self, connection: &ConnectionId) -> Result<(), VaultError> {
        let slots = self.slots(connection)?;
        self.thread
            .run(move |keychain| {
                for names in &slots {
                    let mut part_count = 1;
                    while part_count < MOST_PARTS && !keychain.read(&names.part(part_count))?.is_empty() {
                        part_count += 1;
                    }
                    keychain.erase(&names.part(0))?;
                    // From the last down, so that what an interruption leaves is still found from part 1 up.
                    (1..part_count).rev().try_for_each(|part| keychain.erase(&names.part(part)))?;
                }
                Ok(())
            })
            .await
    }

    /// Stores a client's secret, in place of the one before, and reads it back.
    #[expect(clippy::disallowed_methods, reason = "the keychain needs the plain value")]
    pub async fn write_client_secret(
        &self,
        client: &ClientId,
        slot: SecretSlot,
        secret: &Secret,
    ) -> Result<(), VaultError> {
        let name = self.client_name(client, slot)?;
        let plain = secret.expose_secret().as_bytes();
        let text = single_item(client_label(client, slot), plain, self.item_limit)?;
        let canary = self.expected_canary()?;
        self.thread.run(move |keychain| keychain.write(&name, &text, canary.as_ref())).await
    }

    /// A client's secret. `None` only from the keychain that holds our canary.
    pub async fn read_client_secret(&self, client: &ClientId, slot: SecretSlot) -> Result<Option<Secret>, VaultError> {
        let name = self.client_name(client, slot)?;
        let canary = self.expected_canary()?;
        let owner = client.clone();
        self.thread
            .run(move |keychain| {
                let texts = keychain.read(&name)?;
                if texts.is_empty() {
                    keychain.refuse_another(canary.as_ref())?;
                    return Ok(None);
                }
                let assembly = Assembly::start(item::open(&texts, client_label(&owner, slot), 0)?)?;
                let (plain, _) = assembly.sections()?;
                std::str::from_utf8(plain).map(|plain| Some(Secret::new(plain))).map_err(|_| VaultError::Damaged)
            })
            .await
    }

    /// Erases a client's secret. Absent is fine.
    pub async fn erase_client_secret(&self, client: &ClientId, slot: SecretSlot) -> Result<(), VaultError> {
        let name = self.client_name(client, slot)?;
        self.thread.run(move |keychain| keychain.erase(&name)).await
    }

    /// Looks at the canary, then writes, reads and erases a throw-away item.
    pub async fn check(&self) -> KeychainState {
        state_of(self.try_out().await)
    }

    /// Looks without writing: whether it answers, and holds our canary where it should.
    pub async fn look(&self) -> KeychainState {
        state_of(self.peek().await)
    }

    /// Whether it is there and open, seen without the risk of a prompt; `None` where that cannot be seen, or not in
    /// time. [`KeychainState::Open`] says nothing of what it holds: that takes a [`Vault::look`].
    pub async fn glance(&self) -> Option<KeychainState> {
        match &self.glance {
            Glance::AsALook => Some(self.look().await),
            #[cfg(target_os = "macos")]
            Glance::Never => None,
            #[cfg(target_os = "linux")]
            Glance::SecretService(service) => tokio::time::timeout(GLANCE, service.look()).await.ok(),
        }
    }

    /// An ear at it. A store that was handed in says nothing.
    pub fn tidings(&self) -> Tidings {
        match &self.glance {
            #[cfg(target_os = "linux")]
            Glance::SecretService(_) => Tidings::of_the_service(),
            #[cfg(target_os = "macos")]
            Glance::Never => Tidings::default(),
            Glance::AsALook => Tidings::default(),
        }
    }

    /// Has the desktop ask the person to unlock it, and waits for what they do, three minutes at most. A store without a
    /// question of its own is read, which is what asks there.
    ///
    /// # Errors
    /// [`VaultError::Locked`]: refused, or nothing could ask; [`VaultError::NotAnswering`]: nobody answered in time.
    pub async fn unlock(&self) -> Result<(), VaultError> {
        match &self.glance {
            Glance::AsALook => self.peek().await,
            #[cfg(target_os = "macos")]
            Glance::Never => self.peek().await,
            #[cfg(target_os = "linux")]
            Glance::SecretService(service) => match tokio::time::timeout(PROMPT, service.unlock()).await {
                Ok(Ok(true)) => {
                    self.leave_prompt();
                    Ok(())
                }
                Ok(Ok(false)) => Err(VaultError::Locked),
                Ok(Err(_)) => Err(VaultError::Absent),
                Err(_) => Err(VaultError::NotAnswering),
            },
        }
    }

    /// It was seen open: whoever still waits for a prompt waits for nothing, and keeps nobody else waiting.
    pub fn leave_prompt(&self) {
        self.thread.leave_if_busy(GLANCE);
    }

    /// The same as [`Vault::look`], with the reason.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub async fn probe(&self) -> Result<(), VaultError> {
        self.peek().await
    }

    async fn peek(&self) -> Result<(), VaultError> {
        let canary = self.expected_canary()?;
        let name = format!("{}/canary", name_part(&self.install_id)?);
        self.thread
            .run(move |keychain| match canary {
                Some(canary) => keychain.refuse_another(Some(&canary)),
                None => keychain.read(&name).map(drop),
            })
            .await
    }

    async fn try_out(&self) -> Result<(), VaultError> {
        // Named by process: two that check at once must not erase each other's item.
        let name = format!("{}/trial/{}", self.install_id, std::process::id());
        let label = Label { kind: Kind::Trial, owner: &self.install_id, version: 0 };
        let text = single_item(label, b"", self.item_limit)?;
        let canary = self.expected_canary()?;
        self.thread
            .run(move |keychain| {
                keychain.refuse_another(canary.as_ref())?;
                keychain.write(&name, &text, canary.as_ref())?;
                keychain.erase(&name)
            })
            .await
    }

    fn expects_canary(&self) -> bool {
        self.expects_canary.load(Ordering::Acquire)
    }

    fn expected_canary(&self) -> Result<Option<Canary>, VaultError> {
        self.expects_canary().then(|| self.canary()).transpose()
    }

    fn canary(&self) -> Result<Canary, VaultError> {
        if let Some(canary) = self.canary.get() {
            return Ok(canary.clone());
        }
        let label = Label { kind: Kind::Canary, owner: &self.install_id, version: 0 };
        let text = single_item(label, b"", self.item_limit)?;
        let canary = Canary { name: format!("{}/canary", name_part(&self.install_id)?), text };
        Ok(self.canary.get_or_init(|| canary).clone())
    }

    fn bundle_names(&self, connection: &ConnectionId, version: TokenVersion) -> Result<BundleNames, VaultError> {
        let [even, odd] = self.slots(connection)?;
        Ok(if version.0.is_multiple_of(2) { even } else { odd })
    }

    fn slots(&self, connection: &ConnectionId) -> Result<[BundleNames; 2], VaultError> {
        let (install, connection) = (name_part(&self.install_id)?, name_part(connection.as_str())?);
        Ok(["even", "odd"].map(|slot| BundleNames { stem: format!("{install}/{connection}/{slot}") }))
    }

    fn client_name(&self, client: &ClientId, slot: SecretSlot) -> Result<String, VaultError> {
        let (install, client) = (name_part(&self.install_id)?, name_part(client.as_str())?);
        Ok(match slot {
            SecretSlot::First => format!("{install}/client/{client}"),
            SecretSlot::Second => format!("{install}/client/{client}/second"),
        })
    }
}

struct BundleNames {
    stem: String,
}

impl BundleNames {
    fn part(&self, part: u8) -> String {
        format!("{}/{part}", self.stem)
    }
}

fn read_head(keychain: &mut Keychain, names: &BundleNames, label: Label<'_>) -> Result<Option<Assembly>, VaultError> {
    let texts = keychain.read(&names.part(0))?;
    if texts.is_empty() {
        return Ok(None);
    }
    let head = item::open_newest(&texts, label, 0)?;
    keychain.recognise();
    if head.version != label.version {
        return Ok(None);
    }
    Assembly::start(head).map(Some)
}

fn read_next(
    keychain: &mut Keychain,
    names: &BundleNames,
    label: Label<'_>,
    assembly: &mut Assembly,
    part: u8,
) -> Result<(), VaultError> {
    let texts = keychain.read(&names.part(part))?;
    assembly.add(&item::open(&texts, label, part)?)
}

fn single_item(label: Label<'_>, plain: &[u8], item_limit: usize) -> Result<ItemText, VaultError> {
    let mut items = item::seal(label, plain, &[], item_limit)?;
    match items.pop() {
        Some(only) if items.is_empty() => Ok(only),
        Some(_) | None => Err(VaultError::TooLarge { length: plain.len(), limit: item_limit }),
    }
}

fn bundle_label(connection: &ConnectionId, version: TokenVersion) -> Label<'_> {
    Label { kind: Kind::Bundle, owner: connection.as_str(), version: version.0 }
}

fn client_label(client: &ClientId, slot: SecretSlot) -> Label<'_> {
    Label { kind: Kind::ClientSecret, owner: client.as_str(), version: u32::from(slot.as_number()) }
}

fn state_of(answer: Result<(), VaultError>) -> KeychainState {
    match answer {
        Ok(()) => KeychainState::Open,
        Err(VaultError::Locked) => KeychainState::Locked,
        Err(VaultError::Absent) => KeychainState::Absent,
        Err(VaultError::Different) => KeychainState::Different,
        Err(VaultError::NotAnswering | VaultError::TooLarge { .. } | VaultError::Damaged | VaultError::Refused) => {
            KeychainState::NotAnswering
        }
    }
}

/// An id as part of a name: one that holds a delimiter would name somebody else's item.
fn name_part(id: &str) -> Result<&str, VaultError> {
    let is_plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    (is_plain && !id.is_empty() && id.len() <= 64).then_some(id).ok_or(VaultError::Refused)
}
