//! Diagnosis by experiment: climbs the ladder of probes on one connection, stops at the first rung that fails, and
//! says what follows [C3, C4].
//!
//! It never makes things worse: a token that holds is refreshed only where that was asked for, a grant that was
//! refused is not sent again, whoever asks for peace gets it, and nothing is written at a provider: where probes that write are consented to, they
//! are requests without content, which are refused for that.

mod api;
mod climb;
mod credential;
mod facts;
mod ground;

use domain::ConnectionId;
use domain::diagnosis::ActionLabel;
use domain::diagnosis::probe_plan::{LadderReport, Rung, RungResult, Subject, letter_to_admin};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use url::Url;

use self::climb::Climb;
use crate::flows::overview::ConnectionDetail;
use crate::provider_api::is_of_provider;
use crate::store::StoreError;
use crate::{Engine, Error};

/// What a diagnosis may do beyond looking.
#[derive(Debug, Clone)]
pub struct DiagnoseWith {
    /// A token that still holds is refreshed too.
    pub may_refresh: bool,
    /// Probes that write are made too, where the provider's file has some.
    pub may_write: bool,
    /// One address of the provider's API, to be read.
    pub resource: Option<Url>,
    /// Where moments in sentences are told.
    pub zone: TimeZone,
}

/// What happens while it climbs.
#[derive(Debug, Clone, PartialEq)]
pub enum RungEvent {
    Began(Rung),
    Ended(RungResult),
}

impl Engine {
    /// Climbs the ladder. Dropping the future ends it, and leaves nothing behind but what a refresh stored.
    ///
    /// # Errors
    /// [`Error::Offline`]; [`Error::BadInput`] for a resource at a host that is none of the provider's; what keeps the
    /// keychain or the database from being read. A connection that does not work is a result.
    pub async fn diagnose(
        &self,
        id: &ConnectionId,
        with: DiagnoseWith,
        on_rung: impl Fn(RungEvent) + Send + Sync,
    ) -> Result<LadderReport, Error> {
        self.refuse_when_offline()?;
        self.settle_before_use(id).await?;
        let connection = self.connection(id)?;
        let provider = self.provider_or_stand_in(&connection)?;
        if let Some(url) = &with.resource
            && !is_of_provider(url, &provider, &connection.endpoints.token_endpoint)
        {
            return Err(Error::BadInput(
                "the address is at no host of this provider's API, and a token goes nowhere else",
            ));
        }
        let client = self.client(&connection.client)?;
        let moment = moments(with.zone.clone(), self.parts.clock.now());
        let climb = Climb::new(self, &with, &on_rung, connection, provider, client, &moment)?;
        let report = climb.run().await?;
        match self.parts.store.save_diagnosis(id, &report) {
            // What was found out is told all the same.
            Err(error @ (StoreError::DiskFull | StoreError::ReadOnly)) => {
                tracing::warn!(connection = %id, %error, "a diagnosis could not be kept");
            }
            kept => kept?,
        }
        self.notify_connection(id);
        Ok(report)
    }

    /// What to send to whoever looks after the organisation, of the failure that decides the status; nothing is asked of
    /// the provider for it.
    ///
    /// # Errors
    /// [`Error::BadInput`] where nothing there is for an administrator.
    pub fn letter_to_admin(&self, id: &ConnectionId) -> Result<String, Error> {
        let ConnectionDetail { overview, client, .. } = self.detail(id)?;
        let diagnosis = overview.status.diagnosis().filter(|it| it.action == ActionLabel::AskAdmin);
        let diagnosis = diagnosis.ok_or(Error::BadInput("nothing here is for an administrator to decide"))?;
        let now = self.parts.clock.now();
        let moment = moments(TimeZone::system(), now);
        let (provider, connection) = (&overview.provider, &overview.connection);
        let subject = Subject { provider, connection, client: &client, now, moment: &moment };
        Ok(letter_to_admin(diagnosis, &subject))
    }

    /// The last ladder that was run on a connection to its end.
    pub fn last_diagnosis(&self, id: &ConnectionId) -> Result<Option<LadderReport>, Error> {
        Ok(self.parts.store.find_diagnosis(id)?)
    }
}

/// "10:24" today, "10:24 on 3 March" on another day, with the year where it is another.
fn moments(zone: TimeZone, now: Timestamp) -> impl Fn(Timestamp) -> String + Send + Sync {
    let is_12 = crate::hours::is_12() == Some(true);
    move |at| {
        let (there, today) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
        let time = there.strftime(if is_12 { "%-I:%M %p" } else { "%H:%M" }).to_string();
        if there.date() == today.date() {
            return time;
        }
        let day = there.strftime(if there.year() == today.year() { "%-d %B" } else { "%-d %B %Y" });
        format!("{time} on {day}")
    }
}
