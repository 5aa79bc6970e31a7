//! The climb itself: one rung after the other, told of as each begins and ends [C3].

use std::time::Duration;

use domain::connection::{Client, Connection};
use domain::diagnosis::probe_plan::{
    Finding, LadderReport, RuledOutFacts, Rung, RungResult, Stop, Subject, not_run, verdict,
};
use domain::lifecycle::retry::as_long_as_waited;
use domain::provider::Provider;
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::{DiagnoseWith, RungEvent};
use crate::{Engine, Error};

/// How far back the events are looked through for the last that worked.
const EVENTS: usize = 200;

/// A sibling's refresh this fresh shows that the token endpoint takes the client.
pub(super) const FRESH_PROOF: SignedDuration = SignedDuration::from_hours(1);

pub(super) type Moment<'a> = &'a (dyn Fn(Timestamp) -> String + Send + Sync);

/// One climb, and what it has seen so far.
pub(super) struct Climb<'a> {
    pub(super) engine: &'a Engine,
    pub(super) with: &'a DiagnoseWith,
    on_rung: &'a (dyn Fn(RungEvent) + Send + Sync),
    /// As it was before the rung: a refresh or a call may change it.
    pub(super) connection: Connection,
    pub(super) provider: Provider,
    pub(super) client: Client,
    told_at: Moment<'a>,
    began_at: Timestamp,
    /// The newest event before it began: what it brings about comes after.
    pub(super) event_before: i64,
    pub(super) facts: RuledOutFacts,
    /// Our clock minus the token endpoint's, as the first rung's answer showed it.
    pub(super) clock_ahead: Option<SignedDuration>,
    /// Until when somebody asked to wait.
    pub(super) retry_at: Option<Timestamp>,
}

impl<'a> Climb<'a> {
    pub(super) fn new(
        engine: &'a Engine,
        with: &'a DiagnoseWith,
        on_rung: &'a (dyn Fn(RungEvent) + Send + Sync),
        connection: Connection,
        provider: Provider,
        client: Client,
        told_at: Moment<'a>,
    ) -> Result<Self, Error> {
        let event_before = engine.list_events(Some(&connection.id), 1)?.first().map_or(0, |(id, _)| *id);
        let began_at = engine.parts.clock.now();
        let facts = RuledOutFacts { stored: stored_fingerprint(&connection), ..RuledOutFacts::default() };
        Ok(Self {
            engine,
            with,
            on_rung,
            connection,
            provider,
            client,
            told_at,
            began_at,
            event_before,
            facts,
            clock_ahead: None,
            retry_at: None,
        })
    }

    pub(super) fn subject(&self) -> Subject<'_> {
        Subject {
            provider: &self.provider,
            connection: &self.connection,
            client: &self.client,
            now: self.engine.parts.clock.now(),
            moment: self.told_at,
        }
    }

    pub(super) async fn run(mut self) -> Result<LadderReport, Error> {
        let mut rungs: Vec<RungResult> = vec![];
        let mut stop: Option<Stop> = None;
        for rung in Rung::ALL {
            let result = if stop.is_some() {
                not_run(rung, &self.subject())
            } else {
                (self.on_rung)(RungEvent::Began(rung));
                let Finding { result, failure } = self.try_rung(rung).await?;
                stop = failure.map(|diagnosis| Stop { rung, diagnosis, retry_at: None });
                result
            };
            (self.on_rung)(RungEvent::Ended(result.clone()));
            rungs.push(result);
        }
        self.connection = self.engine.connection(&self.connection.id)?;
        if let Some(stop) = &mut stop {
            stop.retry_at = self.retry_at;
        }
        let events: Vec<_> =
            self.engine.list_events(Some(&self.connection.id), EVENTS)?.into_iter().map(|(_, event)| event).collect();
        self.gather(&events)?;
        let verdict = verdict(stop.as_ref(), &self.facts, &events, &self.subject());
        Ok(LadderReport { at: self.began_at, rungs, verdict })
    }

    async fn try_rung(&mut self, rung: Rung) -> Result<Finding, Error> {
        match rung {
            Rung::Reach => self.reach().await,
            Rung::Clock => self.clock(),
            Rung::OurToken => self.our_token().await,
            Rung::TokenEndpoint => self.token_endpoint().await,
            Rung::Credential => self.credential().await,
            Rung::Identity => self.identity().await,
            Rung::Scopes => self.scopes().await,
            Rung::Resource => self.resource().await,
        }
    }

    /// A moment as a person reads it.
    pub(super) fn moment(&self, at: Timestamp) -> String {
        (self.told_at)(at)
    }

    pub(super) fn wait_from(&mut self, retry_after: Option<Duration>) {
        let now = self.engine.parts.clock.now();
        let asked = retry_after.map(as_long_as_waited).filter(|it| !it.is_zero());
        self.retry_at = asked.and_then(|wait| now.checked_add(wait).ok()).or(self.retry_at);
    }
}

pub(super) fn stored_fingerprint(connection: &Connection) -> Option<domain::Fingerprint> {
    connection.token.as_ref().and_then(|it| it.refresh_fingerprint.clone())
}

pub(super) fn host_of(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or_default())
}

/// Host and path: a query may hold what is nobody's business.
pub(super) fn address_of(url: &Url) -> String {
    format!("{}{}", host_of(url), url.path())
}

/// Whether a connection tells of a provider's refreshes at all.
pub(super) fn is_of_same_provider(one: &Connection, other: &Connection) -> bool {
    one.provider == other.provider && one.id != other.id
}
