//! What a person is told who looks elsewhere: derived from the board, remembered in the database [F4, E4].

use std::collections::BTreeSet;
use std::time::Duration;

use domain::alert::{self, About, ClockFace, FirstFailure, Look, Matter, QuietHours, Topic, Trouble, Wishes};
use domain::blast_radius::impact::Picture;
use domain::blast_radius::platform_needs::{CopyNeed, UnreadNeed};
use domain::blast_radius::{Importance, Uses};
use domain::connection::status::{Lamp, Status};
use domain::connection::{Connection, Environment, GrantState};
use domain::diagnosis::{ActionLabel, Diagnosis};
use domain::token::Expiry;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::calendar;
use super::overview::{Board, ConnectionOverview};
use crate::{Engine, Error, Notice};

const ALERTS_SETTING: &str = "alerts";
const QUIET_HOURS_SETTING: &str = "quiet_hours";
const OFF: &str = "off";

/// A rehearsal's certificate that holds no more.
#[derive(Debug, Clone)]
pub struct WithdrawnCertificate {
    pub checklist: String,
    /// Which failed a re-test before `until`.
    pub connection: String,
    pub until: Timestamp,
    /// The checklist's, and the connection's own.
    pub customers: BTreeSet<String>,
    /// The connection's, where it is there still.
    pub environment: Option<Environment>,
}

impl Engine {
    /// What is to be told, and when.
    ///
    /// # Errors
    /// The database's.
    pub fn alert_wishes(&self) -> Result<Wishes, Error> {
        let store = &self.parts.store;
        Ok(Wishes {
            is_on: store.setting(ALERTS_SETTING)?.as_deref() != Some(OFF),
            // Words of a later version hold nothing back.
            quiet: store.setting(QUIET_HOURS_SETTING)?.and_then(|it| it.parse::<QuietHours>().ok()),
        })
    }

    /// # Errors
    /// The database's.
    pub fn set_alert_wishes(&self, wishes: Wishes) -> Result<(), Error> {
        let store = &self.parts.store;
        store.put_setting(ALERTS_SETTING, if wishes.is_on { "on" } else { OFF })?;
        let quiet = wishes.quiet.map_or_else(|| OFF.to_owned(), |it| it.to_string());
        store.put_setting(QUIET_HOURS_SETTING, &quiet)?;
        self.notify(Notice::AlertWishesChanged);
        Ok(())
    }

    /// Looks at all that needs a person and says what to tell. `standing`: what the message that still stands tells of.
    /// Once it is told, [`Engine::remember_alerts`]: what could not be told is told at the next look.
    ///
    /// # Errors
    /// The database's.
    pub fn look_for_alerts(&self, board: &Board, standing: &BTreeSet<About>) -> Result<Look, Error> {
        let now = self.parts.clock.now();
        let seen = self.parts.store.list_seen_alerts()?;
        let troubles = self.troubles(board, now)?;
        Ok(alert::look(seen, standing, &troubles, self.alert_wishes()?, now, &TimeZone::system()))
    }

    /// Writes down what a look has seen and told.
    ///
    /// # Errors
    /// The database's.
    pub fn remember_alerts(&self, look: &Look) -> Result<(), Error> {
        if self.parts.store.list_seen_alerts()? != look.seen {
            self.parts.store.put_seen_alerts(&look.seen)?;
        }
        Ok(())
    }

    /// Returns once it is that late by this board's clock, also after a sleep of the computer.
    pub async fn until(&self, at: Timestamp) {
        self.parts.clock.sleep_until(at).await;
    }

    /// How times are written in a message.
    pub fn clock_face(&self) -> ClockFace {
        ClockFace { zone: TimeZone::system(), is_12: crate::hours::is_12().unwrap_or(false) }
    }

    /// Tells that a certificate does not hold any more.
    pub fn tell_of_withdrawn_certificate(&self, withdrawn: WithdrawnCertificate) {
        if let Err(error) = self.tell_channels_of_certificate(&withdrawn) {
            tracing::warn!(%error, "channels could not be told of a withdrawn certificate");
        }
        let WithdrawnCertificate { checklist, connection, until, .. } = withdrawn;
        self.notify(Notice::CertificateWithdrawn { checklist, connection, until });
    }

    /// All that need a person, in the board's order; behind them the platforms' copies that do, and the platforms that
    /// cannot be read until somebody acts. An incident is told with the connection that it is about.
    pub(super) fn troubles(&self, board: &Board, now: Timestamp) -> Result<Vec<Trouble>, Error> {
        let mut needing = board.connections.iter().filter(|it| it.status.needs_person()).peekable();
        let (copies, unread) = (&board.platform_needs.copies, &board.platform_needs.unread);
        let unread = unread.iter().map(trouble_of_platform);
        if needing.peek().is_none() && copies.is_empty() {
            return Ok(unread.collect());
        }
        let picture = self.picture()?;
        let own = needing.map(|it| trouble(it, &picture, now));
        Ok(own.chain(copies.iter().map(|it| trouble_of_copy(it, &picture, now))).chain(unread).collect())
    }

    /// The same, and behind it the grants of ours that work and are known to end within `ahead`, or were, the next to end
    /// first; and when the first of the others comes that near [B11].
    pub(super) fn matters(
        &self,
        board: &Board,
        now: Timestamp,
        ahead: Option<Duration>,
    ) -> Result<(Vec<Matter>, Option<Timestamp>), Error> {
        let troubles = self.troubles(board, now)?;
        let mut all: Vec<_> = troubles.into_iter().map(|trouble| Matter { topic: Topic::Trouble, trouble }).collect();
        let Some(ahead) = ahead else { return Ok((all, None)) };
        let working = board.connections.iter().filter(|it| !it.status.needs_person());
        let mut ending: Vec<_> = working.filter_map(|it| Some((calendar::ends_at(it)?, it))).collect();
        ending.sort_by(|(one, a), (other, b)| one.cmp(other).then_with(|| a.connection.id.cmp(&b.connection.id)));
        let horizon = now.checked_add(ahead).unwrap_or(Timestamp::MAX);
        let later = ending.split_off(ending.partition_point(|(at, _)| *at <= horizon));
        let next_at = later.first().and_then(|(at, _)| at.checked_sub(ahead).ok());
        if !ending.is_empty() {
            // Who breaks is asked of these alone: on a large board most ends are far away.
            let picture = self.picture()?;
            all.extend(ending.into_iter().map(|(ends_at, overview)| {
                let trouble = Trouble {
                    works_until: Some(ends_at),
                    action: ActionLabel::Reconnect,
                    ..trouble(overview, &picture, now)
                };
                Matter { topic: Topic::Ahead, trouble }
            }));
        }
        Ok((all, next_at))
    }
}

fn trouble(overview: &ConnectionOverview, picture: &Picture, now: Timestamp) -> Trouble {
    let connection = &overview.connection;
    let felt = felt(&Uses::Connection(connection.id.clone()), picture, now);
    Trouble {
        about: About::Connection(connection.id.clone()),
        name: connection.name.clone(),
        platform: None,
        since: Some(overview.status.since),
        action: overview.status.action(),
        is_guess: overview.status.diagnosis().is_some_and(Diagnosis::is_guessed),
        words: None,
        works_until: works_until(overview, &overview.status),
        worked_at: lived_at(connection),
        first: felt.first,
        workflow_count: felt.workflow_count,
        cause: overview.status.diagnosis().filter(|it| !it.is_guessed()).map(|it| it.cause),
        customers: connection.customer.iter().cloned().chain(felt.customers).collect(),
        environment: Some(connection.environment),
        importance: felt.importance,
    }
}

fn trouble_of_copy(copy: &CopyNeed, picture: &Picture, now: Timestamp) -> Trouble {
    let felt = felt(&Uses::PlatformConnection(copy.connection.clone()), picture, now);
    Trouble {
        about: About::Copy(copy.connection.clone()),
        name: copy.name.clone(),
        platform: Some(copy.platform.clone()),
        since: copy.since,
        action: ActionLabel::Reconnect,
        is_guess: false,
        words: None,
        works_until: None,
        // It lived until its first bad call: one after the last telling is another death.
        worked_at: copy.since,
        first: felt.first,
        workflow_count: felt.workflow_count,
        cause: None,
        customers: felt.customers,
        environment: None,
        importance: felt.importance,
    }
}

/// Its workflows run on: nothing fails because we cannot look.
fn trouble_of_platform(unread: &UnreadNeed) -> Trouble {
    Trouble {
        about: About::Platform(unread.platform.clone()),
        name: unread.name.clone(),
        platform: None,
        since: None,
        action: ActionLabel::FixRequest,
        is_guess: false,
        words: Some(unread.words.clone()),
        works_until: None,
        // It was read until then: a refusal after the next reading is another one.
        worked_at: unread.read_at,
        first: None,
        workflow_count: 0,
        cause: None,
        customers: BTreeSet::new(),
        environment: None,
        importance: None,
    }
}

/// Where its death is felt.
struct Felt {
    first: Option<FirstFailure>,
    workflow_count: usize,
    customers: BTreeSet<String>,
    /// The worst.
    importance: Option<Importance>,
}

fn felt(uses: &Uses, picture: &Picture, now: Timestamp) -> Felt {
    let impact = picture.impact(uses, now);
    let first = impact.struck.first().and_then(|struck| {
        Some(FirstFailure {
            workflow: picture.workflow(&struck.workflow)?.name.clone(),
            step: struck.steps.first().cloned(),
            at: struck.first.at(),
        })
    });
    let workflows = || impact.struck.iter().filter_map(|it| picture.workflow(&it.workflow));
    Felt {
        first,
        workflow_count: impact.struck.len(),
        customers: workflows().filter_map(|it| it.customer.clone()).collect(),
        importance: workflows().filter_map(|it| it.importance).min(),
    }
}

/// Until when the token in hand serves; `None`: it serves no more, or nobody knows.
fn works_until(overview: &ConnectionOverview, status: &Status) -> Option<Timestamp> {
    let token = overview.connection.token.as_ref()?;
    match token.expiry {
        Expiry::At(at) if status.lamp != Lamp::ReauthRequired && status.over_since.is_none() => Some(at),
        Expiry::At(_) | Expiry::Unknown | Expiry::Never => None,
    }
}

/// The newest sign that its grant lived: a consent, or the newest token. A call that works is none: the token in hand of a
/// grant that has ended serves on, and a test call of it is not another death.
fn lived_at(connection: &Connection) -> Option<Timestamp> {
    let issued_at = connection.token.as_ref().map(|it| it.issued_at);
    match connection.grant {
        GrantState::Alive { granted_at } | GrantState::OutcomeUnknown { granted_at, .. } => {
            Some(granted_at).max(issued_at)
        }
        GrantState::Ended { .. } => issued_at,
        GrantState::SecretMissing { .. } | GrantState::Disconnected { .. } => None,
    }
}
