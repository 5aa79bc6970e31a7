//! The floor that acts: everything outside the process, and the flows that use it. No window, no Tauri.
//!
//! Parts (`vault`, `store`, `http`, `redirect_listener`, `authorization_server`, …) never use each other,
//! `http` and `signing` aside; `flows` use them all; shells call [`Engine`].

pub mod alert_channels;
pub mod authorization_server;
mod background;
pub mod browser;
pub mod clock;
pub mod connection_import;
pub mod error;
pub mod event_destinations;
pub mod flows;
pub mod hours;
pub mod http;
pub mod intent_holder;
pub mod parts;
pub mod platforms;
pub mod provider_api;
pub mod provider_catalogue;
pub mod redirect_listener;
pub mod refresh_lock;
pub mod sealed_bundles;
pub mod signals;
pub mod signing;
pub mod store;
pub mod vault;

use std::collections::{HashMap, HashSet};
use std::ops::Deref;
use std::sync::{Arc, Mutex, Weak};

use domain::provider::Provider;
use domain::{ChecklistId, ConnectionId, IncidentId, PlatformId, ProviderId};
use tokio::sync::{broadcast, watch};

pub use background::{Watch, Writes};
pub use error::Error;
pub use parts::EngineParts;

use crate::flows::connect::{SignIns, Traces};
use crate::flows::held::Held;
use crate::flows::import_connections::Imports;
use crate::flows::left_grants::OldGrants;
use crate::flows::reach::Reach;

/// What changed, for whoever draws it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// `None`: more than one, or something about the whole board.
    ConnectionChanged(Option<ConnectionId>),
    SignInChanged(flows::connect::SignInId),
    /// A platform, its workflows or its connections. `None`: more than one.
    PlatformChanged(Option<PlatformId>),
    /// A reading of a platform has come further, or has ended; by the name it was begun under.
    ReadingChanged(String),
    /// Opened, mended, ticked or closed. `None`: more than one.
    IncidentChanged(Option<IncidentId>),
    /// A checklist, its run or what it is good for. `None`: more than one.
    ChecklistChanged(Option<ChecklistId>),
    /// What a rehearsal vouched for does not hold any more: told at once, and to a person who looks elsewhere.
    CertificateWithdrawn {
        checklist: String,
        connection: String,
        until: jiff::Timestamp,
    },
    /// The reconnect queue: a turn, its course, what is in it.
    QueueChanged,
    /// A program asks, was answered, or a run waits or goes on.
    ProgramsChanged,
    /// What a person wants to be told, or when, was changed.
    AlertWishesChanged,
}

/// The engine of one board. Cheap to clone; opened once from its parts.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

/// What all flows share.
pub struct Inner {
    parts: EngineParts,
    sign_ins: SignIns,
    traces: Traces,
    notices: broadcast::Sender<Notice>,
    clocks: Mutex<flows::skew::KeptClocks>,
    refreshes_under_way: watch::Sender<usize>,
    waits: watch::Sender<Option<flows::waits::Wait>>,
    held: Held,
    imports: Imports,
    old_grants: OldGrants,
    reach: Mutex<Reach>,
    /// Connections whose newest bundle was looked for in the keychain since this process began.
    looked_at: Mutex<HashSet<ConnectionId>>,
    keychain_seen: Mutex<Option<flows::doctor::KeychainSeen>>,
    /// Whether this process runs the scheduler, and with it all that one process alone does.
    leads: watch::Sender<bool>,
    /// Alive while this process watches over the board.
    watched: Mutex<Weak<()>>,
    /// Uses of connections by programs, as they were last written down.
    learned_uses: flows::learned_dependants::LearnedUses,
    /// Programs that found no room among the questions for a person.
    turned_away: flows::turned_away::TurnedAway,
    /// Runs of this process that are over and could not be taken from the list yet.
    over_and_listed: flows::blocked_runs::OverAndListed,
    /// Held while a port is tried out or taken: two of our own trials must not take each other for a stranger.
    port_trial: tokio::sync::Mutex<()>,
    /// Issuers' documents as they were read last.
    known_issuers: Mutex<HashMap<ProviderId, (String, Provider)>>,
    /// The newest nonces that servers handed out for proofs of keys.
    dpop_nonces: signing::DpopNonces,
    /// Readings of platforms that are under way, by the name they were begun under.
    readings: Mutex<HashMap<String, Arc<platforms::Progress>>>,
    /// The picture of both planes as it was last put together.
    drawn: Mutex<Option<flows::blast_radius::Drawn>>,
    /// Checklists that this process runs.
    rehearsals: flows::rehearsal::Rehearsals,
    removed_checklists: flows::checklists::RemovedChecklists,
    /// The pass through the reconnect queue that this process runs.
    pass: flows::reconnect_queue::Pass,
    #[cfg(debug_assertions)]
    platform_hook: Mutex<Option<flows::platforms::PlatformHook>>,
}

impl Engine {
    /// Puts the parts to work. Call [`Engine::reconcile`] before the first refresh.
    pub fn new(parts: EngineParts) -> Self {
        let (notices, _) = broadcast::channel(256);
        Self(Arc::new(Inner {
            parts,
            sign_ins: SignIns::default(),
            traces: Traces::default(),
            notices,
            clocks: Mutex::default(),
            refreshes_under_way: watch::Sender::new(0),
            waits: watch::Sender::new(None),
            held: Held::default(),
            imports: Imports::default(),
            old_grants: OldGrants::default(),
            reach: Mutex::default(),
            looked_at: Mutex::default(),
            keychain_seen: Mutex::default(),
            leads: watch::Sender::new(false),
            watched: Mutex::default(),
            learned_uses: flows::learned_dependants::LearnedUses::default(),
            turned_away: flows::turned_away::TurnedAway::default(),
            over_and_listed: flows::blocked_runs::OverAndListed::default(),
            port_trial: tokio::sync::Mutex::default(),
            known_issuers: Mutex::default(),
            dpop_nonces: signing::DpopNonces::default(),
            readings: Mutex::default(),
            drawn: Mutex::default(),
            rehearsals: flows::rehearsal::Rehearsals::default(),
            removed_checklists: flows::checklists::RemovedChecklists::default(),
            pass: flows::reconnect_queue::Pass::default(),
            #[cfg(debug_assertions)]
            platform_hook: Mutex::default(),
        }))
    }

    /// Everything that changes from now on.
    pub fn notices(&self) -> broadcast::Receiver<Notice> {
        self.0.notices.subscribe()
    }

    pub fn data_folder(&self) -> &std::path::Path {
        &self.parts.data_folder
    }

    /// The time as this board sees it.
    pub fn now(&self) -> jiff::Timestamp {
        self.parts.clock.now()
    }

    /// Provider files of the person's that could not be used.
    pub fn catalogue_errors(&self) -> Vec<String> {
        self.parts.catalogue.errors()
    }

    fn notify(&self, notice: Notice) {
        // No receiver is fine: nobody draws right now.
        drop(self.0.notices.send(notice));
    }

    fn notify_connection(&self, id: &ConnectionId) {
        self.notify(Notice::ConnectionChanged(Some(id.clone())));
    }
}

impl Deref for Engine {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
