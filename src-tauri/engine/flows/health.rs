//! How well it goes: figures of every connection, every provider and the whole board; and what becomes of the
//! events they are counted from [B12, C9].

use std::cmp::Reverse;
use std::collections::HashMap;

use domain::connection::Connection;
use domain::lifecycle::health::{Figures, RefreshTimes};
use domain::lifecycle::retention::{span_start, thinned_before};
use domain::{ConnectionId, ProviderId};
use jiff::Timestamp;

use crate::store::SpanFigures;
use crate::{Engine, Error};

/// So many events are thinned in one transaction: a few milliseconds of the write lock.
const THINNED_AT_ONCE: usize = 500;

/// Figures over one span of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    /// A span that reaches into thinned days begins at midnight (UTC).
    pub since: Timestamp,
    pub until: Timestamp,
    pub overall: Figures,
    /// With the provider's name; the busiest first.
    pub providers: Vec<(ProviderId, String, Figures)>,
    /// With the connection's name; those with failures first, then the busiest. Those of which nothing was
    /// counted are left out.
    pub connections: Vec<(ConnectionId, String, Figures)>,
}

/// Figures that grow, and the times their spreads are made of in the end.
#[derive(Default)]
struct Growing {
    figures: Figures,
    times: Vec<RefreshTimes>,
}

impl Growing {
    fn done(mut self) -> Figures {
        self.figures.spread(&self.times);
        self.figures
    }
}

/// The same figures for the whole, each provider and each connection of the board.
#[derive(Default)]
struct Groups<'a> {
    overall: Growing,
    providers: HashMap<&'a ProviderId, Growing>,
    connections: HashMap<&'a ConnectionId, Growing>,
}

impl<'a> Groups<'a> {
    fn of(found: &SpanFigures, board: &HashMap<&ConnectionId, &'a Connection>) -> Self {
        let mut groups = Self::default();
        for (id, tally) in &found.tallies {
            groups.each(board.get(id), |growing| growing.figures.add(tally));
        }
        for (id, prompts) in &found.prompts {
            groups.each(board.get(id), |growing| growing.figures.add_prompts(*prompts));
        }
        for (id, times) in &found.refreshes {
            groups.each(board.get(id), |growing| growing.times.push(*times));
        }
        groups
    }

    /// Whoever was forgotten meanwhile belongs to nothing any more.
    fn each(&mut self, connection: Option<&&'a Connection>, add: impl Fn(&mut Growing)) {
        let Some(connection) = connection else { return };
        add(&mut self.overall);
        add(self.providers.entry(&connection.provider).or_default());
        add(self.connections.entry(&connection.id).or_default());
    }
}

impl Engine {
    /// The figures since then.
    pub fn health(&self, since: Timestamp) -> Result<Health, Error> {
        let until = self.parts.clock.now();
        let since = span_start(since, until);
        let found = self.parts.store.figures(since)?;
        let all = self.parts.store.list_connections()?;
        let board: HashMap<_, _> = all.iter().map(|connection| (&connection.id, connection)).collect();
        let groups = Groups::of(&found, &board);

        let mut providers = vec![];
        for (id, growing) in groups.providers {
            let Some(one) = all.iter().find(|connection| connection.provider == *id) else { continue };
            providers.push((id.clone(), self.provider_or_stand_in(one)?.name, growing.done()));
        }
        providers.sort_by_cached_key(|(_, name, figures)| (Reverse(figures.activity_count()), name.clone()));

        let mut connections: Vec<_> = groups
            .connections
            .into_iter()
            .filter(|(_, growing)| growing.figures.activity_count() > 0)
            .filter_map(|(id, growing)| Some((id.clone(), board.get(id)?.name.clone(), growing.done())))
            .collect();
        connections.sort_by_cached_key(|(_, name, figures)| {
            (Reverse(figures.trouble_count()), Reverse(figures.activity_count()), name.clone())
        });
        Ok(Health { since, until, overall: groups.overall.done(), providers, connections })
    }

    /// Thins some old events; how many. Zero: none is left.
    pub(crate) fn thin_some_events(&self) -> Result<usize, Error> {
        let now = self.parts.clock.now();
        // By a clock that is wrong everything may look old, and what is written under it new: a server has to have
        // confirmed it. Without a network nothing comes that would have to go.
        let newest = self.parts.store.list_events(None, None, 1)?.pop().map(|(_, event)| event.at);
        let clock = self.clock_reading()?;
        let is_confirmed = !clock.servers.is_empty() && !clock.is_off && !clock.is_disputed;
        let is_believed = is_confirmed && newest.is_none_or(|at| thinned_before(now) < at);
        if !is_believed {
            return Ok(0);
        }
        Ok(self.parts.store.thin_events(thinned_before(now), THINNED_AT_ONCE)?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::ConnectionId;
    use domain::lifecycle_event::{EventKind, LifecycleEvent};
    use jiff::SignedDuration;

    use super::*;
    use crate::EngineParts;
    use crate::browser::Browser;
    use crate::clock::Clock;
    use crate::http::Timeouts;

    /// B9, B12: by a clock that was set ahead everything looks old. What is written under it looks new, and what was
    /// measured before is void: nothing goes until a server has said that the clock is right.
    #[test]
    fn a_clock_that_nobody_confirmed_thins_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (keychain, clock) = (keyring_core::mock::Store::new().unwrap(), Clock::set_at(Timestamp::UNIX_EPOCH));
        clock.advance(std::time::Duration::from_secs(1_700_000_000));
        let browser = Browser::scripted(Arc::new(|_| {}));
        let parts = EngineParts::open_with(folder.path(), keychain, clock.clone(), browser, Timeouts::default());
        let engine = Engine::new(parts.unwrap());
        let note = |kind, connection: Option<ConnectionId>| {
            let event = LifecycleEvent::new(engine.now(), kind, connection);
            engine.parts.store.append_event(&event).unwrap();
        };
        let answers = || engine.note_server_clock("https://api.example.com/token", Some(SignedDuration::ZERO));
        let day = std::time::Duration::from_secs(86_400);
        for _ in 0..10 {
            note(EventKind::RefreshSucceeded, Some(ConnectionId::from_random(1)));
        }
        answers();
        assert_eq!(engine.thin_some_events().unwrap(), 0, "all of it is young");

        clock.set_to(engine.now() + day * 730);
        note(EventKind::ClockJumped, None);
        note(EventKind::SettingsChanged, None);
        assert_eq!(engine.thin_some_events().unwrap(), 0, "nobody has confirmed it");

        // Two years have passed after all.
        answers();
        assert_eq!(engine.thin_some_events().unwrap(), 9, "all but the newest of its connection");
    }
}
