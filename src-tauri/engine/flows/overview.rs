//! The board and one connection as shells show them: facts, status, order [A6, B1, C4, D1].

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::blast_radius::platform_needs::PlatformNeeds;
use domain::board::{self, BoardEntry, Secrets};
use domain::connection::status::{self, Status, StatusReason, Watching};
use domain::connection::{Client, Connection, Dependant, GrantState, LinkOutcome, TokenLink};
use domain::lifecycle::refresh_mode::{RefreshMode, Upkeep};
use domain::lifecycle::refresh_reason::RefreshReason;
use domain::lifecycle::refresh_time::{Due, next_refresh};
use domain::lifecycle_event::LifecycleEvent;
use domain::provider::{Provider, Rotation};
use domain::token::Expiry;
use domain::token::durability::{Durability, EndedGrant, GrantEnd, GrantForecast, durability, forecast};
use domain::{ClientId, ConnectionId};
use jiff::Timestamp;

use super::held::HeldBundle;
use super::unopened_seals::UnopenedSeal;
use crate::{Engine, Error};

/// How much of a timeline one page shows.
const TIMELINE_LENGTH: usize = 200;
/// How much of a lineage one page shows.
const LINEAGE_LENGTH: usize = 50;
/// A refresh that began longer ago is nobody's any more: no request and no write takes that long [S158].
const LEFT_BEHIND: jiff::SignedDuration = jiff::SignedDuration::from_mins(2);

/// One connection with what is derived from it.
#[derive(Debug, Clone)]
pub struct ConnectionOverview {
    pub connection: Connection,
    pub provider: Arc<Provider>,
    pub status: Status,
    pub grant_end: GrantEnd,
    pub forecast: GrantForecast,
    pub durability: Durability,
    pub refresh_at: Option<Timestamp>,
    pub refresh_reason: Option<RefreshReason>,
    pub dependant_count: usize,
    pub upkeep: Upkeep,
    /// Its new token was sealed, and is missing or cannot be opened.
    pub unopened: Option<UnopenedSeal>,
}

/// What holds for the whole board, looked up once.
#[derive(Clone, Copy)]
struct Circumstances {
    mode: RefreshMode,
    watching: Watching,
    upkeep: Upkeep,
}

impl ConnectionOverview {
    /// When this access token is renewed by itself: on its schedule, or by a keep-alive that comes before its end. A
    /// keep-alive after that is the grant's, and the token is refreshed when it is next needed [B2, B11].
    pub fn token_refresh_at(&self) -> Option<Timestamp> {
        let at = self.refresh_at.filter(|_| self.connection.automatic_refresh)?;
        let is_in_time = || {
            self.connection.token.as_ref().is_some_and(|token| match token.expiry {
                Expiry::At(expires_at) => at < expires_at,
                Expiry::Unknown | Expiry::Never => false,
            })
        };
        (self.refresh_reason == Some(RefreshReason::Scheduled) || is_in_time()).then_some(at)
    }
}

/// The whole board.
#[derive(Debug, Clone)]
pub struct Board {
    /// In the order they are shown: what needs a person first.
    pub connections: Vec<ConnectionOverview>,
    pub headline: board::Headline,
    /// What needs a person at the platforms.
    pub platform_needs: PlatformNeeds,
    pub watched_count: usize,
    pub next_refresh_at: Option<Timestamp>,
    pub mode: RefreshMode,
    pub mode_since: Option<Timestamp>,
    pub network_down_since: Option<Timestamp>,
    pub held: Vec<HeldBundle>,
}

/// One connection in full.
#[derive(Debug, Clone)]
pub struct ConnectionDetail {
    pub overview: ConnectionOverview,
    pub client: Client,
    pub dependants: Vec<Dependant>,
    pub lineage: Vec<TokenLink>,
    pub events: Vec<(i64, LifecycleEvent)>,
}

impl Engine {
    /// Everything on the board, derived now.
    pub fn board(&self) -> Result<Board, Error> {
        let mut connections = self.list_connections()?;
        let now = self.parts.clock.now();
        let entries: Vec<_> = connections.iter().map(|it| entry_of(it, now)).collect();
        let held = self.held_bundles();
        let unsaved: Vec<_> = held.iter().map(|it| it.connection.clone()).collect();
        let secrets = Secrets { is_keychain_closed: self.keychain_closed_since().is_some(), unsaved: &unsaved };
        let platform_needs = self.platform_needs()?;
        let headline = board::headline(&entries, secrets, &platform_needs);
        let order = board::order(&entries);
        let mut slots: Vec<_> = connections.drain(..).map(Some).collect();
        let connections: Vec<_> = order.into_iter().filter_map(|index| slots.get_mut(index)?.take()).collect();

        let watched = connections.iter().filter(|it| it.refresh_at.is_some() && it.connection.automatic_refresh);
        Ok(Board {
            watched_count: watched.clone().count(),
            next_refresh_at: watched.filter_map(|it| it.refresh_at).min(),
            mode: self.refresh_mode()?,
            mode_since: self.refresh_mode_since()?,
            network_down_since: self.network_down_since(),
            held,
            headline,
            platform_needs,
            connections,
        })
    }

    /// Without a picture of it all where no platform and no incident needs anybody.
    fn platform_needs(&self) -> Result<PlatformNeeds, Error> {
        let open = self.parts.store.list_open_incidents()?;
        let store = &self.parts.store;
        if open.is_empty() && !store.has_broken_platform_connections()? && !store.has_refused_readings()? {
            return Ok(PlatformNeeds::default());
        }
        Ok(self.picture()?.platform_needs(&open))
    }

    /// All connections, in no order.
    pub fn list_connections(&self) -> Result<Vec<ConnectionOverview>, Error> {
        let counts = self.parts.store.dependant_counts()?;
        let history = self.parts.store.list_ended_grants()?;
        let circumstances = self.circumstances()?;
        let beside = self.beside()?;
        let mut providers: HashMap<_, Arc<Provider>> = HashMap::new();
        let mut all = Vec::new();
        for connection in self.parts.store.list_connections()? {
            // A sign-in that is just being stored is nobody's connection yet.
            if connection.token.is_none() && matches!(connection.grant, GrantState::Alive { .. }) {
                continue;
            }
            let provider = match providers.get(&connection.provider) {
                Some(provider) => Arc::clone(provider),
                None => {
                    let provider = Arc::new(self.provider_or_stand_in(&connection)?);
                    providers.insert(connection.provider.clone(), Arc::clone(&provider));
                    provider
                }
            };
            let count = counts.get(&connection.id).copied().unwrap_or(0);
            all.push(self.overview_of(connection, provider, count, &history, circumstances, &beside));
        }
        Ok(all)
    }

    /// One connection, derived now.
    pub fn overview(&self, id: &ConnectionId) -> Result<ConnectionOverview, Error> {
        let connection = self.connection(id)?;
        let provider = Arc::new(self.provider_or_stand_in(&connection)?);
        let count = self.list_dependants(id)?.len();
        let history = self.parts.store.list_ended_grants()?;
        Ok(self.overview_of(connection, provider, count, &history, self.circumstances()?, &self.beside()?))
    }

    /// One connection with all that belongs to it.
    pub fn detail(&self, id: &ConnectionId) -> Result<ConnectionDetail, Error> {
        let overview = self.overview(id)?;
        let mut lineage = self.parts.store.list_token_links(id, LINEAGE_LENGTH)?;
        if overview.status.reason == StatusReason::TokenOver
            && let Some(newest) = lineage.first_mut().filter(|link| link.outcome == LinkOutcome::InUse)
        {
            // Nobody wrote it down: it is over since its own end.
            newest.outcome = LinkOutcome::Expired;
            newest.ended_at = Some(overview.status.since);
        }
        Ok(ConnectionDetail {
            client: self.client(&overview.connection.client)?,
            dependants: self.list_dependants(id)?,
            lineage,
            events: self.parts.store.list_events(Some(id), None, TIMELINE_LENGTH)?,
            overview,
        })
    }

    /// Events of one connection or all, newest first.
    pub fn list_events(&self, id: Option<&ConnectionId>, limit: usize) -> Result<Vec<(i64, LifecycleEvent)>, Error> {
        Ok(self.parts.store.list_events(id, None, limit)?)
    }

    /// Events that came after one, oldest first.
    pub fn list_events_after(
        &self,
        after: i64,
        id: Option<&ConnectionId>,
        limit: usize,
    ) -> Result<Vec<(i64, LifecycleEvent)>, Error> {
        Ok(self.parts.store.list_events_after(after, id, limit)?)
    }

    /// When a connection is refreshed by itself, as things stand; `None` also where that cannot be said.
    pub(crate) fn next_refresh(&self, connection: &Connection, now: Timestamp) -> Option<Due> {
        let provider = self.provider_or_stand_in(connection).ok()?;
        // What earlier grants lived says nothing of when one dies unused.
        let keep_alive_at = forecast(connection, &provider.refresh, &[]).keep_alive_at;
        let previous_token = provider.refresh.previous_token;
        next_refresh(connection, previous_token, keep_alive_at, self.refresh_mode().ok()?, now)
    }

    /// Refreshes that a process left under way when it died, and when they began. Who settles them takes the lock and
    /// writes; who only looks says what they mean [A5].
    fn left_behind(&self) -> Result<HashMap<ConnectionId, Timestamp>, Error> {
        let now = self.parts.clock.now();
        let mut intents = self.parts.store.list_intents()?;
        intents
            .retain(|(id, _, began_at)| now.duration_since(*began_at) >= LEFT_BEHIND || self.parts.locks.is_free(id));
        if intents.is_empty() {
            return Ok(HashMap::new());
        }
        // One that ended well between the two looks has taken its intent along: it is written and settled under
        // the lock only.
        let still = self.parts.store.list_intents()?;
        intents.retain(|intent| {
            let is_at_it = || self.under_way_elsewhere(&intent.0).is_ok_and(|by| by.is_some());
            still.contains(intent) && self.held_reason(&intent.0).is_none() && !is_at_it()
        });
        Ok(intents.into_iter().map(|(id, _, began_at)| (id, began_at)).collect())
    }

    /// What is told beside the rows of the database: what is left behind, and what waits for the keychain.
    fn beside(&self) -> Result<Beside, Error> {
        let held = self.held_bundles().into_iter().map(|it| it.connection).collect();
        let left = self.left_behind()?;
        for id in left.keys() {
            self.tell_of_carried(id);
        }
        let aside = self.put_aside_seals().into_iter().map(|it| it.connection);
        let unopened = aside.chain(self.parts.store.list_awaited_seals()?).collect();
        let secret_ends = self.client_secret_ends()?;
        Ok(Beside { left, held, unopened, secret_ends })
    }

    fn circumstances(&self) -> Result<Circumstances, Error> {
        Ok(Circumstances { mode: self.refresh_mode()?, watching: self.watching()?, upkeep: self.upkeep()? })
    }

    fn overview_of(
        &self,
        connection: Connection,
        provider: Arc<Provider>,
        dependant_count: usize,
        history: &[EndedGrant],
        Circumstances { mode, watching, upkeep }: Circumstances,
        beside: &Beside,
    ) -> ConnectionOverview {
        let now = self.parts.clock.now();
        let is_held = beside.held.contains(&connection.id);
        let secret_end = beside.secret_ends.get(&connection.client).copied();
        // A bundle that waits is an answer that was not lost.
        let connection = if is_held { connection } else { in_doubt(connection, &provider, &beside.left) };
        let may_be_unopened = !is_held && beside.unopened.contains(&connection.id);
        let unopened = if may_be_unopened { self.unopened_of(&connection, &provider) } else { None };
        let is_unopened = unopened.is_some();
        let policy = &provider.refresh;
        let forecast = forecast(&connection, policy, history);
        let due = next_refresh(&connection, policy.previous_token, forecast.keep_alive_at, mode, now)
            .filter(|_| !is_unopened || Self::sends_spent(&connection, &provider, now));
        ConnectionOverview {
            status: if is_held {
                status::derive_held(&connection, policy, watching, now)
            } else if is_unopened {
                status::derive_unopened(&connection, policy, watching, now)
            } else {
                let derived = status::derive(&connection, policy, watching, now);
                status::under_client_secret(derived, &connection, secret_end, now)
            },
            grant_end: forecast.end,
            durability: durability(&connection),
            refresh_at: due.map(|due| due.at),
            refresh_reason: due.map(|due| due.reason),
            forecast,
            dependant_count,
            upkeep,
            unopened,
            provider,
            connection,
        }
    }
}

/// What the rows of the database do not say.
struct Beside {
    left: HashMap<ConnectionId, Timestamp>,
    held: HashSet<ConnectionId>,
    /// Connections of which a seal was put aside, whatever came since.
    unopened: HashSet<ConnectionId>,
    /// When the secrets of clients end, where that is known.
    secret_ends: HashMap<ClientId, Timestamp>,
}

/// As whoever settles it will find it: where refresh tokens rotate, the one we hold is perhaps spent.
fn in_doubt(mut connection: Connection, provider: &Provider, left: &HashMap<ConnectionId, Timestamp>) -> Connection {
    if let GrantState::Alive { granted_at } = connection.grant
        && provider.refresh.rotation != Rotation::Never
        && let Some(asked_at) = left.get(&connection.id).copied()
    {
        connection.grant = GrantState::OutcomeUnknown { granted_at, asked_at };
    }
    connection
}

/// When it stops working if nobody acts: what its status says, else the grant's own end.
pub(super) fn stops_at(overview: &ConnectionOverview) -> Option<Timestamp> {
    let by_status = match &overview.status.reason {
        StatusReason::GrantEnds(at) | StatusReason::ClientSecretEnds(at) => Some(*at),
        StatusReason::NoRefreshToken(at) => *at,
        StatusReason::RefreshFailing { usable_until, .. } => *usable_until,
        StatusReason::RefreshPaused { .. }
        // Its token is over then; a call or a click renews it, and the grant goes on.
        | StatusReason::RefreshSwitchedOff(_)
        | StatusReason::KeptAlive
        | StatusReason::RefreshedOnNeed(_)
        | StatusReason::NeverExpires
        | StatusReason::NoEndKnown
        | StatusReason::HoldsUntil(_)
        | StatusReason::GrantEnded(_)
        | StatusReason::TokenOver
        // Whether it stops is what nobody knows.
        | StatusReason::OutcomeUnknown { .. }
        // A person decides.
        | StatusReason::HeldUnopened { .. }
        // The keychain decides.
        | StatusReason::BundleHeld { .. }
        | StatusReason::SecretMissing
        | StatusReason::NeverProved
        | StatusReason::LastCallFailed(_)
        | StatusReason::DisconnectedByPerson => None,
    };
    by_status.or(match overview.grant_end {
        GrantEnd::At(at) => Some(at),
        GrantEnd::AfterIdle(_) | GrantEnd::NotKnown => None,
    })
}

pub(super) fn entry_of(overview: &ConnectionOverview, now: Timestamp) -> BoardEntry<'_> {
    BoardEntry {
        connection: &overview.connection,
        status: &overview.status,
        dependant_count: overview.dependant_count,
        // What should be past and yet works is no end that lies ahead.
        ends_at: stops_at(overview).filter(|at| *at > now),
    }
}
