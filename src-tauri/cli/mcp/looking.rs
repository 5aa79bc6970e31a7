//! What is written down already: the board, one connection, who breaks with it, why it does not work. A diagnosis asks the
//! provider where that is wanted [B1, C1, C3, D1, D3].

use std::collections::BTreeMap;

use domain::blast_radius::Uses;
use domain::connection::status::Lamp;
use domain::diagnosis::Diagnosis;
use domain::diagnosis::probe_plan::{LadderReport, RungResult};
use domain::display_text::cleaned;
use domain::preflight::Verdict;
use domain::program::Admission;
use domain::token::durability::GrantEnd;
use engine::flows::blast_radius::{Radius, health_word};
use engine::flows::diagnose::DiagnoseWith;
use engine::flows::overview::ConnectionOverview;
use jiff::tz::TimeZone;

use super::answers::{
    AskedBefore, BlastRadius, Cause, Connections, Copied, Diagnosed, Ladder, MOST_NAMED, RuledOut, Rung, Shown, Struck,
    Summary, all_data, data,
};
use super::requests::link_of;
use super::server::{Answer, Call, told, wrong};
use super::tools::{BlastRadiusGiven, ConnectionGiven, DiagnoseGiven, ListGiven};
use crate::candidates::with_candidates;
use crate::failure::Failure;
use crate::json::moment;
use crate::radius::{held_percent, id_of, uses_of, verdict_word};
use crate::words::times::Now;
use crate::words::{causes, mcp as words, status};

/// An agent reads a page, and asks for the next one.
const USUAL_LIMIT: u16 = 20;
const LONGEST_LIMIT: u16 = 100;
const LONGEST_WORDS: usize = 300;

pub(crate) fn list_connections(call: &Call<'_>, given: &ListGiven) -> Answer {
    let limit = limit(given.limit)?;
    let offset = offset(given.offset);
    let board = call.engine.board()?;
    let mut by_status = BTreeMap::new();
    for it in &board.connections {
        *by_status.entry(it.status.lamp.as_str()).or_insert(0) += 1;
    }
    let search = given.search.as_deref().map(str::to_lowercase);
    let lamp = given.status.map(Lamp::from);
    let matching: Vec<_> = board
        .connections
        .iter()
        .filter(|it| lamp.is_none_or(|lamp| it.status.lamp == lamp))
        .filter(|it| given.needs_person.is_none_or(|wanted| it.status.needs_person() == wanted))
        .filter(|it| search.as_deref().is_none_or(|search| is_found(it, search)))
        .collect();
    let page: Vec<_> = matching.iter().skip(offset).take(limit).map(|it| summary(it)).collect();
    told(&Connections {
        total: board.connections.len(),
        needs_person: board.connections.iter().filter(|it| it.status.needs_person()).count(),
        by_status,
        matching: matching.len(),
        next_offset: next_offset(offset, page.len(), matching.len()),
        connections: page,
    })
}

pub(crate) async fn show_connection(call: &Call<'_>, given: &ConnectionGiven) -> Answer {
    let connection = call.find(&given.connection)?;
    let overview = call.engine.overview(&connection.id)?;
    let now = Now::here();
    let (happened, advice) = status::sentence(&overview, &now);
    let request = call.engine.reconnect_request(&connection.id)?;
    let dependants = call.engine.list_dependants(&connection.id)?;
    told(&Shown {
        summary: summary(&overview),
        provider_name: data(&overview.provider.name),
        workspace: connection.identity.workspace().map(data),
        environment: connection.environment.as_str(),
        customer: connection.customer.as_deref().map(data),
        happened,
        advice,
        cause: overview.status.diagnosis().map(|it| it.cause.as_str()),
        action: overview.status.action().as_str(),
        since: overview.status.since,
        proved_at: connection.proof.as_ref().map(|it| it.at),
        token_expires_at: connection.token.as_ref().and_then(|it| moment(it.expiry)),
        grant_ends_at: match overview.grant_end {
            GrantEnd::At(at) => Some(at),
            GrantEnd::AfterIdle(_) | GrantEnd::NotKnown => None,
        },
        scopes_granted: all_data(connection.scopes.granted.iter().map(String::as_str)),
        dependant_names: all_data(dependants.iter().map(|it| it.workflow.as_str())),
        reconnect_link: link_of(&overview),
        reconnect_asked: request.map(|it| AskedBefore { by: it.asked_by.as_deref().map(data), at: it.asked_at }),
        token_access: access_word(call.client.admission(call.engine, &connection.id).await?),
    })
}

pub(crate) async fn diagnose(call: &Call<'_>, given: &DiagnoseGiven) -> Answer {
    let connection = call.find(&given.connection)?;
    let about = |error| Failure::about(call.engine, &connection, error);
    let ladder = if given.probe {
        let with = DiagnoseWith { may_refresh: false, may_write: false, resource: None, zone: TimeZone::system() };
        Some(call.engine.diagnose(&connection.id, with, |_| {}).await.map_err(about)?)
    } else {
        call.engine.last_diagnosis(&connection.id)?
    };
    let overview = call.engine.overview(&connection.id)?;
    // What was tried just now says more than what the board is drawn by.
    let tried = ladder.as_ref().filter(|_| given.probe).map(|it| &it.verdict.diagnosis);
    let diagnosis = tried.or(overview.status.diagnosis()).filter(|it| !is_well(it)).cloned();
    told(&Diagnosed {
        id: connection.id.to_string(),
        name: data(&connection.name),
        status: overview.status.lamp.as_str(),
        is_well: diagnosis.is_none() && !overview.status.needs_person(),
        is_probed: given.probe,
        diagnosis: diagnosis.map(|it| cause(&it, &overview)),
        ladder: ladder.map(|it| ladder_of(&it, &overview)),
    })
}

pub(crate) fn blast_radius(call: &Call<'_>, given: &BlastRadiusGiven) -> Answer {
    let limit = limit(given.limit)?;
    let offset = offset(given.offset);
    let uses = uses_of(call.engine, &given.connection)?;
    let radius = match &uses {
        Uses::Connection(id) => call.engine.radius(id)?,
        Uses::PlatformConnection(_) => Radius { impact: call.engine.impact(&uses)?, copies: vec![] },
    };
    let (picture, impact) = (call.engine.picture()?, &radius.impact);
    let struck = impact.struck.iter().filter_map(|it| Some((it, picture.workflow(&it.workflow)?)));
    let workflows: Vec<_> = struck
        .skip(offset)
        .take(limit)
        .map(|(struck, workflow)| Struck {
            id: workflow.id.to_string(),
            name: data(&workflow.name),
            platform: picture.platform(&workflow.platform).map_or_else(String::new, |it| data(&it.name)),
            customer: picture.customer_of(&workflow.id).map(data),
            owner: workflow.owner.as_deref().map(data),
            steps: all_data(struck.steps.iter().map(String::as_str)),
            next_run: struck.first.at(),
            held_percent: held_percent(workflow),
            waits_for: all_data(struck.waits_for.iter().map(|it| picture.name_of(it))),
        })
        .collect();
    let first = impact.first.as_ref();
    told(&BlastRadius {
        id: id_of(&uses).to_owned(),
        name: data(picture.name_of(&uses)),
        health: health_word(picture.health(&uses)),
        dies_at: impact.dies_at,
        workflow_count: impact.struck.len(),
        heals: impact.heals,
        apart: impact.apart.len(),
        first_run: first.map(|(_, at)| *at),
        first_workflow: first.and_then(|(id, _)| picture.workflow(id)).map(|it| data(&it.name)),
        runs_per_day: impact.runs_per_day,
        customers: all_data(impact.customers.iter().map(String::as_str)),
        owners: all_data(impact.owners.iter().map(String::as_str)),
        next_offset: next_offset(offset, workflows.len(), impact.struck.len()),
        workflows,
        copies: radius
            .copies
            .iter()
            .take(MOST_NAMED)
            .map(|it| Copied {
                id: it.connection.id.to_string(),
                name: data(&it.connection.name),
                verdict: verdict_word(it.verdict),
                workflow_count: it.impact.struck.len(),
            })
            .collect(),
    })
}

impl Call<'_> {
    /// By its id, or a name that only one has.
    ///
    /// # Errors
    /// There is none, or several bear the name.
    pub(crate) fn find(&self, typed: &str) -> Result<domain::connection::Connection, Failure> {
        self.engine.find_connection(typed).map_err(|error| {
            let failure = Failure::from(error).with_words(|words| words::SEE_LIST.clone_into(&mut words.advice));
            with_candidates(self.engine, typed, failure)
        })
    }
}

pub(crate) fn summary(overview: &ConnectionOverview) -> Summary {
    let connection = &overview.connection;
    Summary {
        id: connection.id.to_string(),
        name: data(&connection.name),
        provider: data(connection.provider.as_str()),
        account: connection.identity.account().map(data),
        status: overview.status.lamp.as_str(),
        verdict: Verdict::of_status(&overview.status).as_str(),
        needs_person: overview.status.needs_person(),
        dependants: overview.dependant_count,
    }
}

/// Whether an agent has tokens of it, in one word.
pub(crate) fn access_word(admission: Admission) -> &'static str {
    match admission {
        Admission::Served | Admission::ServedOnce => "on",
        Admission::Asks => "off",
        Admission::Refused => "refused",
    }
}

fn is_found(overview: &ConnectionOverview, search: &str) -> bool {
    let connection = &overview.connection;
    let texts = [
        Some(connection.name.as_str()),
        connection.identity.account(),
        connection.identity.workspace(),
        connection.customer.as_deref(),
        Some(overview.provider.name.as_str()),
        Some(connection.provider.as_str()),
    ];
    texts.into_iter().flatten().any(|it| it.to_lowercase().contains(search))
}

fn limit(given: Option<u16>) -> Result<usize, Failure> {
    let limit = given.unwrap_or(USUAL_LIMIT);
    if !(1..=LONGEST_LIMIT).contains(&limit) {
        return Err(wrong(format!("A limit is from 1 to {LONGEST_LIMIT}.")));
    }
    Ok(limit.into())
}

fn offset(given: Option<u32>) -> usize {
    given.map_or(0, |it| usize::try_from(it).unwrap_or(usize::MAX))
}

fn next_offset(offset: usize, shown: usize, of: usize) -> Option<usize> {
    let next = offset.saturating_add(shown);
    Some(next).filter(|next| shown > 0 && *next < of)
}

fn is_well(diagnosis: &Diagnosis) -> bool {
    diagnosis.cause == domain::diagnosis::CauseLabel::NoFailure
}

fn cause(diagnosis: &Diagnosis, overview: &ConnectionOverview) -> Cause {
    Cause {
        cause: diagnosis.cause.as_str(),
        action: diagnosis.action.as_str(),
        confidence_percent: diagnosis.confidence.percent(),
        happened: causes::happened(diagnosis, &overview.provider.name),
        meaning: causes::meaning_of(diagnosis).to_owned(),
        advice: causes::advice(diagnosis.action, Some(&overview.connection)),
        http_status: diagnosis.http_status,
        provider_code: diagnosis.provider_code.as_deref().map(data),
        alternatives: diagnosis.alternatives.iter().map(|it| it.cause.as_str()).collect(),
    }
}

fn ladder_of(report: &LadderReport, overview: &ConnectionOverview) -> Ladder {
    let verdict = &report.verdict;
    Ladder {
        at: report.at,
        stopped_at: report.failed_rung().map(|it| it.rung.as_str()),
        verdict: cause(&verdict.diagnosis, overview),
        rungs: report.rungs.iter().map(rung).collect(),
        ruled_out: verdict
            .ruled_out
            .iter()
            .map(|it| RuledOut { cause: it.cause.as_str(), by: cleaned(&it.by, LONGEST_WORDS) })
            .collect(),
        still_open: verdict.still_open.as_deref().map(|it| cleaned(it, LONGEST_WORDS)),
        last_good_at: verdict.last_good.as_ref().map(|it| it.at),
        first_bad_at: verdict.first_bad.as_ref().map(|it| it.at),
    }
}

fn rung(result: &RungResult) -> Rung {
    let words = result.proof.iter().flat_map(|it| [it.code.as_deref(), it.words.as_deref()]).flatten();
    Rung {
        rung: result.rung.as_str(),
        state: result.state.as_str(),
        says: cleaned(&result.says, LONGEST_WORDS),
        provider_words: words.take(MOST_NAMED).map(|it| cleaned(it, LONGEST_WORDS)).collect(),
    }
}
