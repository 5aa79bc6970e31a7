//! A program asks a person to bring a connection back: noted once, seen in the window, and never more than a question
//! [F3, F4].

use std::collections::BTreeSet;

use domain::ConnectionId;
use domain::alert::{AskedReconnect, RequestsLook, ToldRequests, look_at_requests};
use domain::lifecycle_event::EventKind;
use domain::preflight::Verdict;
use domain::reconnect_queue::belongs;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::overview::ConnectionOverview;
use crate::store::{NotedRequest, ReconnectRequest};
use crate::{Engine, Error};

/// A request that nobody has answered may be made again after this long.
const STANDS_FOR: SignedDuration = SignedDuration::from_hours(24);
/// So many are made in that time, of all connections and by all programs together: more is a case for the queue.
const MOST_REQUESTS: usize = 64;

/// What came of asking for a reconnect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requested {
    /// From now on a person is asked.
    Now(ReconnectRequest),
    /// A person is asked already.
    Already(ReconnectRequest),
    /// A sign-in is not what it needs.
    NotNeeded,
    /// So many were asked for within a day.
    TooMany { count: usize },
}

impl Engine {
    /// Asks a person to reconnect, in the name of a program. Opens nothing and acts on nothing: the window says so once,
    /// and the sign-in begins with a person's click.
    ///
    /// # Errors
    /// [`Error::ConnectionGone`]; the database's.
    pub fn request_reconnect(&self, id: &ConnectionId, asked_by: &str) -> Result<Requested, Error> {
        let overview = self.overview(id)?;
        if !is_for_sign_in(&overview) {
            return Ok(Requested::NotNeeded);
        }
        let mut event = self.event(EventKind::ReconnectRequested, &overview.connection);
        event.subject = super::labels::label(asked_by);
        let noted = self.parts.store.note_reconnect_request(&event, self.requests_since(), MOST_REQUESTS)?;
        Ok(match noted {
            NotedRequest::Noted(request) => {
                self.notify_connection(id);
                Requested::Now(request)
            }
            NotedRequest::Stands(request) => Requested::Already(request),
            NotedRequest::TooMany(count) => Requested::TooMany { count },
        })
    }

    /// The request that stands for a connection, while a sign-in is what it needs.
    ///
    /// # Errors
    /// [`Error::ConnectionGone`]; the database's.
    pub fn reconnect_request(&self, id: &ConnectionId) -> Result<Option<ReconnectRequest>, Error> {
        let request = self.parts.store.find_reconnect_request(id, self.requests_since())?;
        Ok(if request.is_some() && is_for_sign_in(&self.overview(id)?) { request } else { None })
    }

    /// All that stand, the oldest first.
    ///
    /// # Errors
    /// The database's.
    pub fn reconnect_requests(&self) -> Result<Vec<ReconnectRequest>, Error> {
        let mut all = self.parts.store.list_reconnect_requests(self.requests_since())?;
        all.retain(|it| self.overview(&it.connection).is_ok_and(|it| is_for_sign_in(&it)));
        Ok(all)
    }

    /// Looks at all that programs ask for and says what to tell. `told` is what earlier looks of this window told of.
    ///
    /// # Errors
    /// The database's.
    pub fn look_for_requests(
        &self,
        told: ToldRequests,
        standing: &BTreeSet<ConnectionId>,
    ) -> Result<RequestsLook, Error> {
        let mut asked = vec![];
        for request in self.reconnect_requests()? {
            let ReconnectRequest { connection, asked_by, asked_at } = request;
            let name = self.connection(&connection)?.name;
            asked.push(AskedReconnect { connection, name, asked_by, asked_at });
        }
        let now = self.parts.clock.now();
        Ok(look_at_requests(told, standing, &asked, self.alert_wishes()?, now, &TimeZone::system()))
    }

    fn requests_since(&self) -> Timestamp {
        let now = self.parts.clock.now();
        now.checked_sub(STANDS_FOR).unwrap_or(now)
    }
}

/// Whether a sign-in is what brings it back, or keeps it.
fn is_for_sign_in(overview: &ConnectionOverview) -> bool {
    belongs(overview.status.action()) || Verdict::of_status(&overview.status) == Verdict::BlockedOnAuth
}
