//! Who breaks, what to mend first, what is at risk: asked of a picture that is put together once and kept until something
//! changes [D1, D3, D4, D7].

use std::sync::{Arc, PoisonError};

use domain::blast_radius::impact::{Health, Impact, OwnConnection, Picture, Readiness, TwoPlanes};
use domain::blast_radius::incident_order::{self, Repair};
use domain::blast_radius::schedule::NextRun;
use domain::blast_radius::{Known, PlatformConnection, Schedule, Uses, Wiring, Workflow};
use domain::connection::status::Lamp;
use domain::display_text::as_csv_field;
use domain::provider::scope_map::all_covered;
use domain::{ConnectionId, PlatformConnectionId, WorkflowId};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::labels::label;
use super::overview::{ConnectionOverview, stops_at};
use crate::store::SaidOfWorkflow;
use crate::{Engine, Error, Notice};

/// Statuses change with time alone: then the picture is laid over anew.
const KEPT_FOR: SignedDuration = SignedDuration::from_secs(10);

/// What was learned of when programs run ends with time alone: then all of it is put together anew.
const WIRED_FOR: SignedDuration = SignedDuration::from_hours(1);

/// The picture as it was last put together, and of what.
pub struct Drawn {
    wiring_revision: i64,
    wired_at: Timestamp,
    written: (i64, u64),
    at: Timestamp,
    picture: Arc<Picture>,
}

/// Who breaks with one connection of ours, and what is known of its copies at platforms.
#[derive(Debug, Clone)]
pub struct Radius {
    pub impact: Impact,
    /// Other grants of the same account: each dies by itself.
    pub copies: Vec<Copied>,
}

/// A platform's own connection of the same account.
#[derive(Debug, Clone)]
pub struct Copied {
    pub connection: PlatformConnection,
    pub verdict: TwoPlanes,
    pub impact: Impact,
}

impl Engine {
    /// Both planes as they are now.
    ///
    /// # Errors
    /// The database's.
    pub fn picture(&self) -> Result<Arc<Picture>, Error> {
        let written = self.parts.store.write_mark()?;
        let now = self.parts.clock.now();
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(drawn) = drawn.as_ref()
            && drawn.written == written
            && now.duration_since(drawn.at).abs() < KEPT_FOR
        {
            return Ok(Arc::clone(&drawn.picture));
        }
        let wiring_revision = self.parts.store.wiring_revision()?;
        let is_wired =
            |it: &&Drawn| it.wiring_revision == wiring_revision && now.duration_since(it.wired_at).abs() < WIRED_FOR;
        let (wiring, wired_at) = match drawn.as_ref().filter(is_wired) {
            Some(drawn) => (Arc::clone(drawn.picture.wiring()), drawn.wired_at),
            None => (Arc::new(Wiring::build(self.known(now)?, &zone_of)), now),
        };
        let own = self.list_connections()?;
        let own = own.iter().map(|it| own_connection(it, wiring.is_scoped(&it.connection.id))).collect();
        let picture = Arc::new(Picture::over(wiring, own));
        // Read after the mark: what was written in between is looked at again.
        *drawn = Some(Drawn { wiring_revision, wired_at, written, at: now, picture: Arc::clone(&picture) });
        Ok(picture)
    }

    /// All that is stored, with what was learned as far as it still holds.
    fn known(&self, now: Timestamp) -> Result<Known, Error> {
        let mut known = self.parts.store.known()?;
        for workflow in &mut known.workflows {
            if matches!(workflow.schedule, Schedule::Learned { .. }) {
                workflow.schedule = workflow.schedule.as_of(now);
            }
        }
        Ok(known)
    }

    /// Who breaks with one connection of ours, and how its copies are.
    ///
    /// # Errors
    /// The database's.
    pub fn radius(&self, id: &ConnectionId) -> Result<Radius, Error> {
        let (picture, now) = (self.picture()?, self.parts.clock.now());
        let stands_beside =
            |it: &&PlatformConnection| it.joined.as_ref().is_some_and(|join| join.connection.as_ref() == Some(id));
        let copies = picture.platform_connections().iter().filter(stands_beside).map(|copy| Copied {
            connection: copy.clone(),
            verdict: picture.two_planes(&copy.id),
            impact: picture.impact(&Uses::PlatformConnection(copy.id.clone()), now),
        });
        let copies = copies.collect();
        Ok(Radius { impact: picture.impact(&Uses::Connection(id.clone()), now), copies })
    }

    /// Who breaks with one connection, of whichever plane.
    ///
    /// # Errors
    /// The database's.
    pub fn impact(&self, uses: &Uses) -> Result<Impact, Error> {
        Ok(self.picture()?.impact(uses, self.parts.clock.now()))
    }

    /// Who breaks when all of these are dead; nothing is done to any.
    ///
    /// # Errors
    /// The database's.
    pub fn what_if(&self, dead: &[Uses]) -> Result<Impact, Error> {
        Ok(self.picture()?.what_if(dead, self.parts.clock.now()))
    }

    /// What to mend, in order.
    ///
    /// # Errors
    /// The database's.
    pub fn repair_order(&self) -> Result<Vec<Repair>, Error> {
        Ok(incident_order::repair_order(self.picture()?.as_ref(), self.parts.clock.now()))
    }

    /// What a workflow needs, and whether it would run.
    ///
    /// # Errors
    /// [`Error::WorkflowGone`].
    pub fn readiness(&self, id: &WorkflowId) -> Result<Readiness, Error> {
        let found = self.picture()?.readiness(id, self.parts.clock.now());
        found.ok_or_else(|| Error::WorkflowGone(id.to_string()))
    }

    /// One by what a person typed: its id, or a name that only one has.
    ///
    /// # Errors
    /// [`Error::WorkflowGone`], [`Error::NameAmbiguous`].
    pub fn find_workflow(&self, typed: &str) -> Result<Workflow, Error> {
        let picture = self.picture()?;
        if let Some(workflow) = picture.workflow(&WorkflowId::from_text(typed)) {
            return Ok(workflow.clone());
        }
        let mut named = picture.workflows().iter().filter(|it| it.name == typed);
        match (named.next(), named.count()) {
            (Some(workflow), 0) => Ok(workflow.clone()),
            (Some(_), others) => Err(Error::NameAmbiguous { name: typed.to_owned(), count: others + 1 }),
            (None, _) => Err(Error::WorkflowGone(typed.chars().take(80).collect())),
        }
    }

    /// One of a platform's connections by what a person typed: its id, or a name that only one has. `None`: there is none.
    ///
    /// # Errors
    /// [`Error::NameAmbiguous`].
    pub fn find_platform_connection(&self, typed: &str) -> Result<Option<PlatformConnection>, Error> {
        let picture = self.picture()?;
        if let Some(found) = picture.platform_connection(&PlatformConnectionId::from_text(typed)) {
            return Ok(Some(found.clone()));
        }
        let mut named = picture.platform_connections().iter().filter(|it| it.name == typed);
        match (named.next(), named.count()) {
            (Some(found), 0) => Ok(Some(found.clone())),
            (Some(_), others) => Err(Error::NameAmbiguous { name: typed.to_owned(), count: others + 1 }),
            (None, _) => Ok(None),
        }
    }

    /// Takes down what a person says of a workflow; no reading changes it.
    ///
    /// # Errors
    /// [`Error::WorkflowGone`].
    pub fn say_of_workflow(&self, id: &WorkflowId, said: SaidOfWorkflow) -> Result<(), Error> {
        let workflow = self.parts.store.find_workflow(id)?.ok_or_else(|| Error::WorkflowGone(id.to_string()))?;
        let said = SaidOfWorkflow {
            customer: said.customer.as_deref().and_then(label),
            owner: said.owner.as_deref().and_then(label),
            importance: said.importance,
        };
        self.parts.store.say_of_workflow(id, &said)?;
        self.notify(Notice::PlatformChanged(Some(workflow.platform)));
        Ok(())
    }

    /// Every step that uses a connection, of the workflows that are wanted, with all that is known of both ends, as a table
    /// (RFC 4180).
    ///
    /// # Errors
    /// The database's.
    pub fn radius_csv(&self, is_wanted: impl Fn(&Picture, &Workflow) -> bool) -> Result<String, Error> {
        let (picture, now) = (self.picture()?, self.parts.clock.now());
        let mut table = String::from(
            "workflow,platform,customer,owner,active,step,connection,plane,account,health,next_run,runs_per_day,seen_by,\
             seen_at\r\n",
        );
        for workflow in picture.workflows().iter().filter(|it| is_wanted(&picture, it)) {
            let platform = picture.platform(&workflow.platform).map_or("", |it| &it.name);
            let next = picture.readiness(&workflow.id, now).map_or(NextRun::NotKnown, |it| it.next);
            for step in picture.steps_of(&workflow.id) {
                let (plane, account) = match &step.uses {
                    Uses::Connection(id) => ("own", picture.own_connection(id).and_then(|it| it.identity.account())),
                    Uses::PlatformConnection(id) => {
                        ("platform", picture.platform_connection(id).and_then(|it| it.account.as_deref()))
                    }
                };
                let row = [
                    workflow.name.as_str(),
                    platform,
                    picture.customer_of(&workflow.id).unwrap_or_default(),
                    workflow.owner.as_deref().unwrap_or_default(),
                    if picture.is_running(&workflow.id) { "yes" } else { "no" },
                    &step.name,
                    picture.name_of(&step.uses),
                    plane,
                    account.unwrap_or_default(),
                    health_word(picture.health(&step.uses)),
                    &next.at().map_or_else(String::new, |at| at.to_string()),
                    &picture.runs_per_day_of(&workflow.id).map_or_else(String::new, |it| format!("{it:.2}")),
                    workflow.provenance.source.as_str(),
                    &workflow.provenance.seen_at.to_string(),
                ];
                table.push_str(&row.map(as_csv_field).join(","));
                table.push_str("\r\n");
            }
        }
        Ok(table)
    }
}

/// As a word that tables and programs read.
pub fn health_word(health: Health) -> &'static str {
    match health {
        Health::Works => "works",
        Health::Dead { .. } => "dead",
        Health::Unknown => "unknown",
    }
}

/// The zone of that name; the person's own where none is said, or nobody knows it.
fn zone_of(name: Option<&str>) -> TimeZone {
    name.and_then(|name| TimeZone::get(name).ok()).unwrap_or_else(TimeZone::system)
}

/// `is_scoped`: a step says which scopes it needs of it.
fn own_connection(overview: &ConnectionOverview, is_scoped: bool) -> OwnConnection {
    let connection = &overview.connection;
    let since = Some(overview.status.since);
    OwnConnection {
        id: connection.id.clone(),
        name: connection.name.clone(),
        provider: connection.provider.clone(),
        identity: connection.identity.clone(),
        customer: connection.customer.clone(),
        environment: connection.environment,
        health: match overview.status.lamp {
            Lamp::ReauthRequired | Lamp::Disconnected => Health::Dead { since },
            // It may come back by itself.
            Lamp::Unproved => Health::Unknown,
            Lamp::Active | Lamp::Expiring if overview.status.is_down() => Health::Unknown,
            Lamp::Active | Lamp::Expiring => Health::Works,
        },
        ends_at: stops_at(overview),
        // Where a provider has no scopes, none is lacking.
        granted: (is_scoped && overview.provider.scopes.parameter.is_some())
            .then(|| all_covered(&overview.provider.scopes, &connection.scopes.granted)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S108: a table that is opened in a spreadsheet runs nothing.
    #[test]
    fn a_field_is_text_and_never_a_formula() {
        assert_eq!(as_csv_field("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(as_csv_field("a,b"), "\"a,b\"");
        assert_eq!(as_csv_field("plain"), "plain");
    }
}
