//! What an answer about the blast radius rests on, asked of the engine once [D1].

use std::collections::HashMap;
use std::sync::Arc;

use domain::blast_radius::impact::Picture;
use domain::blast_radius::{Run, Uses};
use domain::{ConnectionId, PlatformConnectionId, ProviderId, WorkflowId};
use engine::Engine;
use engine::flows::overview::ConnectionOverview;
use engine::flows::platforms::PlatformOverview;
use jiff::Timestamp;

/// All that one answer rests on, asked of the engine once.
pub(crate) struct RadiusFacts {
    pub(crate) picture: Arc<Picture>,
    pub(crate) connections: Vec<ConnectionOverview>,
    pub(crate) platforms: Vec<PlatformOverview>,
    /// Name and tag of each provider that a platform's connection is of.
    pub(crate) providers: HashMap<ProviderId, (String, String)>,
    /// Since the oldest death, the newest first.
    pub(crate) failed_runs: Vec<(WorkflowId, Run)>,
    pub(crate) now: Timestamp,
}

impl RadiusFacts {
    /// # Errors
    /// The database's.
    pub(crate) fn load(engine: &Engine) -> Result<Self, engine::Error> {
        let picture = engine.picture()?;
        let mut providers = HashMap::new();
        for id in picture.platform_connections().iter().filter_map(|it| it.provider.as_ref()) {
            if !providers.contains_key(id)
                && let Ok(provider) = engine.provider(id)
            {
                providers.insert(id.clone(), (provider.name, provider.tag));
            }
        }
        let dead = picture.dead_uses();
        let since = dead.iter().filter_map(|it| died_at(&picture, it)).min();
        Ok(Self {
            connections: engine.list_connections()?,
            platforms: engine.list_platforms()?,
            providers,
            failed_runs: since.map(|at| engine.failed_runs(at)).transpose()?.unwrap_or_default(),
            now: engine.now(),
            picture,
        })
    }

    /// The picture with these taken for dead; ids of nothing are passed over.
    pub(crate) fn supposing(&self, ids: &[String]) -> Arc<Picture> {
        let supposed: Vec<Uses> = ids.iter().filter_map(|it| uses_of(&self.picture, it)).collect();
        if supposed.is_empty() { Arc::clone(&self.picture) } else { Arc::new(self.picture.with_dead(supposed)) }
    }
}

/// The connection of that id, of whichever plane.
pub(crate) fn uses_of(picture: &Picture, id: &str) -> Option<Uses> {
    let own = ConnectionId::from_text(id);
    if picture.own_connection(&own).is_some() {
        return Some(Uses::Connection(own));
    }
    let theirs = PlatformConnectionId::from_text(id);
    picture.platform_connection(&theirs).map(|it| Uses::PlatformConnection(it.id.clone()))
}

pub(in crate::views::from_engine) fn died_at(picture: &Picture, uses: &Uses) -> Option<Timestamp> {
    use domain::blast_radius::impact::Health;
    match picture.health(uses) {
        Health::Dead { since } => since,
        Health::Works | Health::Unknown => None,
    }
}
