//! What is answered to whom: nothing that a person has not allowed [F1, F2, F3, S147, S148, S150].

use std::sync::Arc;
use std::time::Duration;

use domain::blast_radius::Uses;
use domain::connection::Connection;
use domain::diagnosis::Diagnosis;
use domain::link::Link;
use domain::preflight::Verdict;
use domain::token::Expiry;
use domain::{ConnectionId, ProgramId};
use engine::flows::blocked_runs::Blocked;
use engine::flows::preflight::{Demands, Needed, Preflight, together, waited_for};
use engine::flows::programs::{Caller, Delivery, MayUse};
use engine::{Engine, Error};
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use crate::callers::Callers;
use crate::protocol::{
    AccessToken, Answer, LISTED_AT_ONCE, Listed, MOST_NAMED, Readiness, Refusal, RefusalCode, Request, VERSION,
};
use crate::server::SERVER;
use crate::waiting::{Waiting, WaitingPlace, concerns};

pub(crate) struct Serving {
    engine: Engine,
    callers: Arc<Callers>,
    waiting: Waiting,
}

/// What a question takes.
pub(crate) enum Asked {
    Now(Request),
    Waits(Request, WaitingPlace),
    Refused(Refusal),
}

impl Serving {
    pub(crate) fn new(engine: Engine, callers: Callers, most_waiting: usize) -> Self {
        Self { engine, callers: Arc::new(callers), waiting: Waiting::new(most_waiting) }
    }

    /// Reads files: not on the thread that answers. `None`: it cannot be told.
    pub(crate) fn identify(&self, pid: Option<i32>) -> JoinHandle<Option<Caller>> {
        let callers = Arc::clone(&self.callers);
        tokio::task::spawn_blocking(move || {
            let looked = callers.identify(pid?);
            looked.inspect_err(|error| tracing::debug!(%error, pid, "a program could not be seen")).ok()
        })
    }

    pub(crate) fn begin(&self, caller: &Caller, request: Request) -> Asked {
        if let Request::Preflight { connections, .. } | Request::Wait { connections, .. } = &request
            && (connections.is_empty() || connections.len() > MOST_NAMED)
        {
            let said = format!("From one to {MOST_NAMED} connections are named.");
            return Asked::Refused(Refusal::new(RefusalCode::BadRequest, said));
        }
        let Request::Wait { connections, .. } = &request else { return Asked::Now(request) };
        let who = match caller {
            Caller::OwnCommand { .. } => None,
            Caller::Program { program, .. } | Caller::McpClient { program } => Some(program.path()),
        };
        match self.waiting.take(who, self.was_allowed(caller, connections)) {
            Some(place) => Asked::Waits(request, place),
            None => Asked::Refused(Refusal::new(RefusalCode::Busy, "Too many programs wait already.")),
        }
    }

    /// All of them. Looking is not asking.
    fn was_allowed(&self, caller: &Caller, typed: &[String]) -> bool {
        let is_allowed = |it: &String| {
            let connection = self.engine.find_connection(it)?;
            self.engine.was_allowed(caller, &connection.id)
        };
        typed.iter().all(|it| is_allowed(it).unwrap_or(false))
    }

    /// What takes longer goes on, and is not waited for.
    pub(crate) async fn answer(&self, caller: &Caller, request: Request, time: Duration) -> Answer {
        let told = match request {
            Request::Hello { .. } | Request::Wait { .. } => Err(bad_turn()),
            Request::Status {} => {
                Ok(Answer::Status { version: VERSION, server: SERVER, is_watching: self.engine.is_kept_warm() })
            }
            Request::Token { connection, min_valid, scopes } => {
                self.token(caller, &connection, min_valid.map(Duration::from_secs), &scopes, time).await
            }
            Request::Preflight { connections, min_valid, scopes, known } => {
                let min_valid = Duration::from_secs(min_valid.unwrap_or_default());
                let demands = Demands { min_valid, scopes, only_known: known };
                self.preflight(caller, &connections, demands, time).await
            }
            Request::List { after } => self.list(caller, after.as_deref()),
        };
        told.unwrap_or_else(|refusal| Answer::Refused(*refusal))
    }

    async fn token(
        &self,
        caller: &Caller,
        typed: &str,
        min_valid: Option<Duration>,
        scopes: &[String],
        time: Duration,
    ) -> Result<Answer, Box<Refusal>> {
        let connection = self.admitted(caller, typed)?;
        self.engine.learn_use_by(caller, &connection.id);
        let lacking = self.engine.lacking_scopes(&connection, scopes).map_err(|it| of_error(it, None))?;
        if !lacking.is_empty() {
            let said = format!("{} was not granted: {}", connection.name, lacking.join(" "));
            let mut refusal = Refusal::new(RefusalCode::ScopeMissing, said);
            let added: String = lacking.iter().map(|it| format!(" --add {it}")).collect();
            refusal.command = Some(format!("patchbay scopes {}{added}", connection.id));
            refusal.lacking_scopes = lacking;
            return Err(refusal.into());
        }
        let id = &connection.id;
        // A refresh that has begun goes on without us [S067].
        let ready = timeout(time, self.engine.ready_token(id, min_valid)).await.map_err(|_| still_at_it())?;
        let ready = ready.map_err(|it| of_error(it, Some(id)))?;
        match self.engine.deliver(caller, ready, scopes).map_err(|it| of_error(it, Some(id)))? {
            Delivery::Token(token) => Ok(Answer::Token {
                connection: id.to_string(),
                expires_at: token.expires_at,
                is_key_bound: token.is_key_bound,
                access_token: AccessToken::from(token),
            }),
            Delivery::AskPerson(program) => Err(permission_needed(program.as_ref(), &connection)),
            Delivery::Refused => Err(permission_refused(&connection)),
        }
    }

    async fn preflight(
        &self,
        caller: &Caller,
        typed: &[String],
        demands: Demands,
        time: Duration,
    ) -> Result<Answer, Box<Refusal>> {
        let needed = self.all_admitted(caller, typed)?;
        self.learn(caller, &needed);
        let engine = self.engine.clone();
        // What has begun at a provider is brought to its end, also where nobody waits for it.
        let trying = tokio::spawn(async move { engine.preflight_all(&needed, &demands).await });
        let tried = timeout(time, trying).await.map_err(|_| still_at_it())?;
        let tried = tried.map_err(|_| of_error(Error::TaskEnded, None))?.map_err(|it| of_error(it, None))?;
        Ok(of_tried(&tried))
    }

    /// Tells once nobody has to be waited for. Asks no provider.
    pub(crate) async fn wait(&self, caller: &Caller, request: Request) -> Answer {
        let Request::Wait { connections, scopes, timeout } = request else { return Answer::Refused(*bad_turn()) };
        // Before the first look, so that nothing falls between.
        let mut notices = self.engine.notices();
        let up_at = timeout.and_then(|it| Instant::now().checked_add(Duration::from_secs(it)));
        let demands = Demands { scopes, only_known: true, ..Demands::default() };
        let (mut listed, mut is_learned) = (None, false);
        loop {
            let mut needs = None;
            // Each time: what a person took back is not told any more. Who was not allowed yet waits for that as well.
            let told = match self.all_admitted(caller, &connections) {
                Err(refusal) if refusal.code == RefusalCode::PermissionNeeded => Answer::Refused(*refusal),
                Err(refusal) => return Answer::Refused(*refusal),
                Ok(needed) => {
                    // Once: that it waits still is no other run.
                    if !is_learned {
                        self.learn(caller, &needed);
                        is_learned = true;
                    }
                    let known = match self.engine.preflight_all(&needed, &demands).await {
                        Ok(known) => known,
                        Err(error) => return Answer::Refused(*of_error(error, None)),
                    };
                    if together(&known).0.may_pass() {
                        return of_tried(&known);
                    }
                    self.list_blocked(caller, &known, &mut listed);
                    needs = Some(needed);
                    of_tried(&known)
                }
            };
            let time_is_up = async {
                match up_at {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let changed = async {
                loop {
                    match notices.recv().await {
                        Ok(notice) if !concerns(&notice, needs.as_deref()) => {}
                        Ok(_) | Err(RecvError::Lagged(_)) => break true,
                        Err(RecvError::Closed) => break false,
                    }
                }
            };
            tokio::select! {
                is_open = changed => {
                    if !is_open {
                        return Answer::Refused(*of_error(Error::TaskEnded, None));
                    }
                    // One look is enough for all that came meanwhile.
                    while notices.try_recv().is_ok() {}
                }
                () = time_is_up => return told,
            }
        }
    }

    fn list(&self, caller: &Caller, after: Option<&str>) -> Result<Answer, Box<Refusal>> {
        let mut all = self.engine.list_connections().map_err(|it| of_error(it, None))?;
        all.sort_by(|one, other| one.connection.id.cmp(&other.connection.id));
        let mut connections = vec![];
        for one in all.into_iter().filter(|it| after.is_none_or(|after| it.connection.id.as_str() > after)) {
            // Looking is not asking: nobody is bothered about it.
            if !self.engine.was_allowed(caller, &one.connection.id).map_err(|it| of_error(it, None))? {
                continue;
            }
            if connections.len() == LISTED_AT_ONCE {
                return Ok(Answer::List { connections, has_more: true });
            }
            connections.push(Listed {
                id: one.connection.id.to_string(),
                name: one.connection.name,
                provider: one.connection.provider.to_string(),
                status: one.status.lamp.as_str().to_owned(),
                reason: one.status.reason.as_str().to_owned(),
            });
        }
        Ok(Answer::List { connections, has_more: false })
    }

    fn all_admitted(&self, caller: &Caller, typed: &[String]) -> Result<Vec<Needed>, Box<Refusal>> {
        let of = |it: &String| self.admitted(caller, it).map(|it| Needed::from(Uses::Connection(it.id)));
        typed.iter().map(of).collect()
    }

    /// For a person, until it goes on. The person's own command line lists itself: it knows what it waits for.
    fn list_blocked(&self, caller: &Caller, known: &[Preflight], listed: &mut Option<Blocked>) {
        let Caller::Program { program, .. } = caller else { return };
        let needs = waited_for(known);
        let done = match listed {
            Some(listed) => listed.waits_for(needs),
            None => self.engine.list_blocked(Some(program), needs).map(|it| *listed = Some(it)),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "a run that waits could not be listed");
        }
    }

    fn learn(&self, caller: &Caller, needed: &[Needed]) {
        for one in needed {
            if let Uses::Connection(id) = &one.uses {
                self.engine.learn_use_by(caller, id);
            }
        }
    }

    fn admitted(&self, caller: &Caller, typed: &str) -> Result<Connection, Box<Refusal>> {
        let connection = self.engine.find_connection(typed).map_err(|it| of_error(it, None))?;
        match self.engine.may_use(caller, &connection.id).map_err(|it| of_error(it, None))? {
            MayUse::Yes { .. } => Ok(connection),
            MayUse::AskPerson { program, .. } => Err(permission_needed(program.as_ref(), &connection)),
            MayUse::Refused => Err(permission_refused(&connection)),
        }
    }
}

fn of_tried(tried: &[Preflight]) -> Answer {
    let (verdict, good_until) = together(tried);
    Answer::Preflight {
        verdict: verdict.as_str(),
        good_until: good_until.filter(|_| verdict.is_go()),
        connections: tried.iter().map(readiness).collect(),
    }
}

fn readiness(one: &Preflight) -> Readiness {
    let id = match &one.uses {
        Uses::Connection(id) => id.to_string(),
        Uses::PlatformConnection(id) => id.to_string(),
    };
    let expiry = one.overview.as_ref().and_then(|it| it.connection.token.as_ref()).map(|it| it.expiry);
    Readiness {
        id,
        name: one.name.clone(),
        verdict: one.verdict.as_str().to_owned(),
        good_until: one.good_until.filter(|_| one.verdict.is_go()),
        token_expires_at: match expiry {
            Some(Expiry::At(at)) => Some(at),
            Some(Expiry::Unknown | Expiry::Never) | None => None,
        },
        cause: one.diagnosis.as_ref().map(|it| it.cause.as_str().to_owned()),
        action: one.diagnosis.as_ref().map(|it| it.action.as_str().to_owned()),
        lacking_scopes: one.lacking.clone(),
        is_too_short: one.is_too_short,
        reconnect: match (&one.uses, one.verdict) {
            (Uses::Connection(id), Verdict::BlockedOnAuth | Verdict::WrongAccount) => Some(reconnect_link(id)),
            _ => None,
        },
    }
}

fn reconnect_link(id: &ConnectionId) -> String {
    Link::Reconnect(id.clone()).address()
}

/// `program`: as which it stands among the questions; `None`: there was no room for one more.
fn permission_needed(program: Option<&ProgramId>, connection: &Connection) -> Box<Refusal> {
    let name = &connection.name;
    let (said, command) = match program {
        Some(program) => (
            format!("A person has to allow this program to use {name} first."),
            format!("patchbay programs allow {program} {}", connection.id),
        ),
        None => (
            format!(
                "A person has to allow this program to use {name} first, and is not asked yet: too many programs \
                 beside it wait for an answer."
            ),
            "patchbay programs".to_owned(),
        ),
    };
    let mut refusal = Refusal::new(RefusalCode::PermissionNeeded, said);
    refusal.command = Some(command);
    refusal.into()
}

fn permission_refused(connection: &Connection) -> Box<Refusal> {
    let said = format!("A person said that this program may not use {}.", connection.name);
    Refusal::new(RefusalCode::PermissionRefused, said).into()
}

pub(crate) fn still_at_it() -> Box<Refusal> {
    Refusal::new(RefusalCode::StillAtIt, "It takes longer than usual, and goes on; ask again in a moment.").into()
}

fn bad_turn() -> Box<Refusal> {
    Refusal::new(RefusalCode::BadRequest, "That is not asked here.").into()
}

/// What an error means for who asks. Its own words name what a person knows it by, and nothing secret.
fn of_error(error: Error, id: Option<&ConnectionId>) -> Box<Refusal> {
    let message = error.to_string();
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others say nothing that a program could act on")]
    let refusal = match &error {
        Error::BlockedOnAuth { diagnosis, .. } => {
            let code = match Verdict::of_cause(diagnosis, None) {
                Verdict::Temporary => RefusalCode::Temporary,
                Verdict::ScopeMissing => RefusalCode::ScopeMissing,
                _ => RefusalCode::BlockedOnAuth,
            };
            let mut refusal = of_diagnosis(code, message, diagnosis);
            refusal.reconnect = id.map(reconnect_link);
            refusal.command = id.map(|it| format!("patchbay reconnect {it}"));
            refusal
        }
        Error::Temporary { diagnosis, .. } => of_diagnosis(RefusalCode::Temporary, message, diagnosis),
        Error::NeedsMending { diagnosis, .. } => of_diagnosis(RefusalCode::NeedsMending, message, diagnosis),
        Error::Offline | Error::ChangedMeanwhile | Error::RefreshStuck { .. } => {
            Refusal::new(RefusalCode::Temporary, message)
        }
        Error::ConnectionGone(_) | Error::NameAmbiguous { .. } => Refusal::new(RefusalCode::NoSuchConnection, message),
        Error::VaultUnavailable(_) => Refusal::new(RefusalCode::KeychainUnavailable, message),
        _ => {
            tracing::warn!(%error, "what a program asked for could not be done");
            Refusal::new(RefusalCode::Failed, message)
        }
    };
    refusal.into()
}

fn of_diagnosis(code: RefusalCode, message: String, diagnosis: &Diagnosis) -> Refusal {
    let cause = Some(diagnosis.cause.as_str().to_owned());
    Refusal { cause, ..Refusal::new(code, message) }
}
