//! Asks the program that watches over the board, where one runs: it has the keychain open, also where this session has
//! none [F2].

use std::path::Path;
use std::time::Duration;

use domain::blast_radius::Uses;
use domain::diagnosis::{ActionLabel, CauseLabel};
use domain::preflight::Verdict;
use domain::{ConnectionId, Secret};
use engine::Engine;
use engine::flows::preflight::{Demands, Needed, Preflight, ToldPreflight};
use jiff::Timestamp;
use local_access::Client;
use local_access::protocol::{MOST_NAMED, Read, Readiness, RefusalCode, Request};
use tokio::time::{self, Instant};

use crate::arguments::TokenArguments;
use crate::exit::Exit;
use crate::failure::{Failure, FailureWords};
use crate::terminal::{FAINT, Terminal, Text};

/// A provider may take a minute to answer; then this program tries for itself, under the same lock.
const LONGEST_WAIT: Duration = Duration::from_secs(90);
/// Whoever is asked says in time that the time is up. Where it is stopped, or hangs, nobody waits longer for it than this.
const GRACE: Duration = Duration::from_secs(3);

/// A token on its way to standard output.
pub(crate) struct Given {
    pub(crate) access_token: Secret,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) is_key_bound: bool,
    /// What a person should know of the grant behind it; whoever is asked at the door does not tell.
    pub(crate) warning: Option<String>,
}

/// What the one that was asked said.
pub(crate) enum Told {
    Token(Given),
    /// It has tried, and there is none just now: nobody tries again at once.
    NotNow {
        may_pass: bool,
        cause: CauseLabel,
    },
    /// Nobody was there, or could say: this program does it itself.
    Nothing,
}

/// # Errors
/// A person said that this program may not.
pub(crate) async fn token(home: &Path, terminal: &Terminal, asked: &TokenArguments) -> Result<Told, Failure> {
    let mut client = match Client::find(home).await {
        Ok(Some(client)) => client,
        Ok(None) => return Ok(Told::Nothing),
        Err(error) => {
            tracing::warn!(%error, "the program that listens is not asked");
            return Ok(Told::Nothing);
        }
    };
    let request = Request::Token {
        connection: asked.which.connection.clone(),
        min_valid: asked.min_valid.map(whole_seconds),
        scopes: vec![],
    };
    let give_up_at = Instant::now() + LONGEST_WAIT;
    let mut is_said = false;
    loop {
        let told = match client.ask(&request).await {
            Ok(told) => told,
            Err(error) => {
                tracing::debug!(%error, "the program that listens did not answer");
                return Ok(Told::Nothing);
            }
        };
        let refusal = match told {
            Read::Token { access_token, expires_at, is_key_bound, .. } => {
                return Ok(Told::Token(Given { access_token, expires_at, is_key_bound, warning: None }));
            }
            Read::Refused(refusal) => refusal,
            Read::Hello { .. } | Read::Status { .. } | Read::Preflight { .. } | Read::List { .. } => {
                return Ok(Told::Nothing);
            }
        };
        let cause = refusal.cause.as_deref().and_then(CauseLabel::from_text);
        match (refusal.code, cause) {
            (RefusalCode::StillAtIt, _) if Instant::now() < give_up_at => {
                if !is_said {
                    is_said = true;
                    let said = "Waiting for the program that watches over this board; it is refreshing. Ctrl-C ends the waiting.";
                    terminal.warn([Text::styled(FAINT, said)]);
                }
            }
            (RefusalCode::Temporary, Some(cause)) => return Ok(Told::NotNow { may_pass: true, cause }),
            (RefusalCode::NeedsMending, Some(cause)) => return Ok(Told::NotNow { may_pass: false, cause }),
            (RefusalCode::PermissionRefused, _) => return Err(not_allowed(refusal.message)),
            _ => return Ok(Told::Nothing),
        }
    }
}

/// Whether all that is needed can be used, as the program that watches over the board finds it; `None`: nobody was there, or
/// could say, and this program looks itself.
pub(crate) async fn preflight(engine: &Engine, needed: &[Needed], demands: &Demands) -> Option<Vec<Preflight>> {
    let request = Request::Preflight {
        connections: ids_of(needed)?,
        min_valid: Some(whole_seconds(demands.min_valid)),
        scopes: demands.scopes.clone(),
        known: demands.only_known,
    };
    let told = find(engine).await?.ask(&request).await;
    told.inspect_err(|error| tracing::debug!(%error, "the program that listens did not answer"))
        .ok()
        .and_then(|told| read(engine, needed, told))
}

/// The same once nobody has to be waited for, or when the time is up; `None` also where whoever was asked has ended, or
/// lets the time pass without a word.
pub(crate) async fn wait(
    engine: &Engine,
    needed: &[Needed],
    demands: &Demands,
    timeout: Option<Duration>,
) -> Option<Vec<Preflight>> {
    let connections = ids_of(needed)?;
    let request = Request::Wait { connections, scopes: demands.scopes.clone(), timeout: timeout.map(whole_seconds) };
    let waiting = async { Some(find(engine).await?.wait(&request).await) };
    let told = match timeout {
        Some(left) => time::timeout(left.saturating_add(GRACE), waiting).await.unwrap_or_else(|_| {
            tracing::warn!("the program that listens did not say that the time is up");
            None
        }),
        None => waiting.await,
    };
    told?
        .inspect_err(|error| tracing::debug!(%error, "the program that listens did not answer"))
        .ok()
        .and_then(|told| read(engine, needed, told))
}

async fn find(engine: &Engine) -> Option<Client> {
    let found = Client::find(engine.data_folder()).await;
    found.inspect_err(|error| tracing::warn!(%error, "the program that listens is not asked")).ok().flatten()
}

/// `None`: some of it the door knows nothing of.
fn ids_of(needed: &[Needed]) -> Option<Vec<String>> {
    let id_of = |one: &Needed| match &one.uses {
        Uses::Connection(id) if one.lacking.is_empty() => Some(id.to_string()),
        Uses::Connection(_) | Uses::PlatformConnection(_) => None,
    };
    if needed.len() > MOST_NAMED { None } else { needed.iter().map(id_of).collect() }
}

/// In their order, with the words that this program has for it.
fn read(engine: &Engine, needed: &[Needed], told: Read) -> Option<Vec<Preflight>> {
    let Read::Preflight { connections, .. } = told else { return None };
    if connections.len() != needed.len() {
        return None;
    }
    let read = |one: Readiness| {
        let told = ToldPreflight {
            verdict: Verdict::from_text(&one.verdict)?,
            cause: match &one.cause {
                Some(cause) => Some(CauseLabel::from_text(cause)?),
                None => None,
            },
            lacking: one.lacking_scopes,
            is_too_short: one.is_too_short,
            good_until: one.good_until,
        };
        engine.preflight_as_told(&ConnectionId::from_text(one.id), told).ok()
    };
    connections.into_iter().map(read).collect()
}

/// Rather longer than shorter.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0))
}

fn not_allowed(happened: String) -> Failure {
    let words = FailureWords {
        code: "permission_refused",
        happened,
        advice: "See what you said of it: patchbay programs".to_owned(),
        ..FailureWords::default()
    };
    Failure::new(Exit::Failed, ActionLabel::None, words)
}
