//! An agent asks a person for a reconnect. It is a question and no act: nothing is opened, and the same is asked once
//! [F3, F4].

use domain::link::Link;
use domain::preflight::Verdict;
use domain::reconnect_queue::belongs;
use engine::flows::overview::ConnectionOverview;
use engine::flows::reconnect_requests::Requested;

use super::answers::{ReconnectAsked, data};
use super::server::{Answer, Call, told};
use super::tools::ConnectionGiven;
use crate::failure::Failure;
use crate::words::mcp as words;

pub(crate) async fn request_reconnect(call: &Call<'_>, given: &ConnectionGiven) -> Answer {
    let connection = call.find(&given.connection)?;
    let requested = call.engine.request_reconnect(&connection.id, call.client.name().await)?;
    let overview = call.engine.overview(&connection.id)?;
    let name = data(&connection.name);
    let is_seen = call.engine.is_kept_warm();
    let (asked, request, person_sees) = match requested {
        Requested::Now(request) => ("now", Some(request), words::asked(is_seen)),
        Requested::Already(request) => ("already", Some(request), words::asked_already(is_seen)),
        Requested::NotNeeded => ("not_needed", None, words::NOT_NEEDED),
        Requested::TooMany { count } => return Err(Failure::usage(words::too_many(count)).with_words(words::queue)),
    };
    let is_asked = request.is_some();
    told(&ReconnectAsked {
        asked,
        verdict: Verdict::of_status(&overview.status).as_str(),
        by: request.as_ref().and_then(|it| it.asked_by.as_deref()).map(data),
        at: request.map(|it| it.asked_at),
        reconnect_link: link_of(&overview).filter(|_| is_asked),
        command: is_asked.then(|| format!("patchbay reconnect {}", connection.id)),
        person_sees: person_sees.to_owned(),
        id: connection.id.to_string(),
        name,
    })
}

/// The link that asks whether to reconnect it, where a sign-in is what helps.
pub(crate) fn link_of(overview: &ConnectionOverview) -> Option<String> {
    let helps = belongs(overview.status.action()) || Verdict::of_status(&overview.status) == Verdict::BlockedOnAuth;
    helps.then(|| Link::Reconnect(overview.connection.id.clone()).address())
}
