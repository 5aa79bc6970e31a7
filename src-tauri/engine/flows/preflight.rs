//! Before a run: each connection that it needs is tried, and the answer is ready or who has to act [F1, D1, D3].

use std::time::Duration;

use domain::blast_radius::impact::Need;
use domain::blast_radius::{PlatformConnectionState, Uses};
use domain::connection::Connection;
use domain::diagnosis::{CauseLabel, Diagnosis};
use domain::preflight::Verdict;
use domain::provider::scope_map::covers;
use domain::token::{Expiry, TokenFacts};
use domain::{ConnectionId, PlatformConnectionId};
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;

use super::left_refresh_tokens::LeftRefreshTokens;
use super::overview::{ConnectionOverview, stops_at};
use crate::platforms::PlatformFailure;
use crate::vault::KeychainState;
use crate::{Engine, Error};

/// What a run wants of its connections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demands {
    /// For how long an access token has to hold.
    pub min_valid: Duration,
    /// Scopes that each of them has to have been granted.
    pub scopes: Vec<String>,
    /// Nobody is asked anything: what is known already is judged.
    pub only_known: bool,
}

/// One connection that a run needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    pub uses: Uses,
    /// Scopes that a step is known to need and that it was not granted.
    pub lacking: Vec<String>,
}

impl From<Need> for Needed {
    fn from(Need { uses, lacking, .. }: Need) -> Self {
        Self { uses, lacking }
    }
}

impl From<Uses> for Needed {
    fn from(uses: Uses) -> Self {
        Self { uses, lacking: vec![] }
    }
}

/// How one connection stands before a run.
#[derive(Debug, Clone)]
pub struct Preflight {
    pub uses: Uses,
    pub name: String,
    pub verdict: Verdict,
    /// Why not, where a cause is known.
    pub diagnosis: Option<Diagnosis>,
    /// Wanted and not granted.
    pub lacking: Vec<String>,
    /// Its token ends before what was asked for, and its provider issues no longer ones.
    pub is_too_short: bool,
    /// When it stops if nobody acts, as far as that is known.
    pub good_until: Option<Timestamp>,
    /// Of ours, as it is once it was tried.
    pub overview: Option<ConnectionOverview>,
    /// What the answer that brought its token left open.
    pub left: Option<LeftRefreshTokens>,
}

/// What another process of the board found out about one connection.
#[derive(Debug, Clone)]
pub struct ToldPreflight {
    pub verdict: Verdict,
    pub cause: Option<CauseLabel>,
    pub lacking: Vec<String>,
    pub is_too_short: bool,
    pub good_until: Option<Timestamp>,
}

/// What stood in the way of one that was tried.
struct InTheWay {
    verdict: Verdict,
    diagnosis: Option<Diagnosis>,
}

impl Engine {
    /// Tries one connection: a token that holds long enough is there or is brought, and the provider takes it. Nothing is
    /// handed out.
    ///
    /// # Errors
    /// [`Error::ConnectionGone`]; the keychain's and the database's. What a provider refuses is an answer, not an error.
    pub async fn preflight(&self, uses: &Uses, demands: &Demands) -> Result<Preflight, Error> {
        match uses {
            Uses::Connection(id) => self.preflight_own(id, demands).await,
            Uses::PlatformConnection(id) => self.preflight_at_a_platform(id, demands).await,
        }
    }

    /// Tries all that a run needs, side by side; in the order in which they were named.
    ///
    /// # Errors
    /// As [`Engine::preflight`].
    pub async fn preflight_all(&self, needed: &[Needed], demands: &Demands) -> Result<Vec<Preflight>, Error> {
        let mut tries = JoinSet::new();
        for (place, Needed { uses, lacking }) in needed.iter().cloned().enumerate() {
            let (engine, demands) = (self.clone(), demands.clone());
            tries.spawn(async move {
                let mut tried = engine.preflight(&uses, &demands).await?;
                let more = lacking.into_iter().filter(|it| !tried.lacking.contains(it)).collect::<Vec<_>>();
                tried.lacking.extend(more);
                Ok::<_, Error>((place, tried.with_scopes_told()))
            });
        }
        let mut all = Vec::with_capacity(needed.len());
        while let Some(tried) = tries.join_next().await {
            all.push(tried.map_err(|_| Error::TaskEnded)??);
        }
        all.sort_by_key(|(place, _)| *place);
        Ok(all.into_iter().map(|(_, tried)| tried).collect())
    }

    /// What another process found out, with what is known here by now. Nobody is asked, the keychain neither.
    ///
    /// # Errors
    /// [`Error::ConnectionGone`]; the database's.
    pub fn preflight_as_told(&self, id: &ConnectionId, told: ToldPreflight) -> Result<Preflight, Error> {
        let overview = self.overview(id)?;
        let known = overview.status.diagnosis().cloned();
        Ok(Preflight {
            uses: Uses::Connection(id.clone()),
            name: overview.connection.name.clone(),
            verdict: told.verdict,
            diagnosis: told.cause.map(|cause| known.filter(|it| it.cause == cause).unwrap_or(Diagnosis::of(cause))),
            lacking: told.lacking,
            is_too_short: told.is_too_short,
            good_until: told.good_until,
            left: self.left_refresh_tokens(&overview.connection)?,
            overview: Some(overview),
        })
    }

    async fn preflight_own(&self, id: &ConnectionId, demands: &Demands) -> Result<Preflight, Error> {
        let connection = self.connection(id)?;
        if demands.only_known && self.known_keychain_state().await != KeychainState::Open {
            self.require_keychain().await?;
        }
        let in_the_way = if demands.only_known { None } else { self.try_out(connection, demands.min_valid).await? };
        let overview = self.overview(id)?;
        let (verdict, diagnosis) = match in_the_way {
            Some(InTheWay { verdict, diagnosis }) => (verdict, diagnosis),
            None => {
                let known = Verdict::of_status(&overview.status);
                (known, overview.status.diagnosis().filter(|_| !known.is_go()).cloned())
            }
        };
        let now = self.parts.clock.now();
        let is_too_short = verdict.is_go()
            && overview.connection.token.as_ref().is_some_and(|token| is_too_short(token, demands, now));
        let verdict = if is_too_short { Verdict::TooShort } else { verdict };
        let granted = &overview.connection.scopes.granted;
        let rules = &overview.provider.scopes;
        let has_scopes = rules.parameter.is_some();
        let lacking = demands.scopes.iter().filter(|it| has_scopes && !covers(rules, granted, it)).cloned().collect();
        Ok(Preflight {
            uses: Uses::Connection(id.clone()),
            name: overview.connection.name.clone(),
            verdict,
            diagnosis,
            lacking,
            is_too_short,
            good_until: stops_at(&overview),
            left: self.left_refresh_tokens(&overview.connection)?,
            overview: Some(overview),
        }
        .with_scopes_told())
    }

    async fn try_out(&self, connection: Connection, min_valid: Duration) -> Result<Option<InTheWay>, Error> {
        let id = connection.id.clone();
        let connection = match self.usable_token(connection, min_valid).await {
            Ok((connection, _)) => connection,
            Err(error) => return self.in_the_way(&id, error).map(Some),
        };
        if !self.has_test_call(&connection)? {
            return Ok(None);
        }
        match self.run_test_call(&id).await {
            Ok(call) => match call.failure {
                Some(diagnosis) => {
                    let lamp = self.overview(&id)?.status.lamp;
                    Ok(Some(InTheWay {
                        verdict: Verdict::of_cause(&diagnosis, Some(lamp)),
                        diagnosis: Some(diagnosis),
                    }))
                }
                None => Ok(None),
            },
            Err(error) => self.in_the_way(&id, error).map(Some),
        }
    }

    /// What an error says of the connection; an error of ours stays one.
    fn in_the_way(&self, id: &ConnectionId, error: Error) -> Result<InTheWay, Error> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the others say nothing of the connection")]
        let (verdict, diagnosis) = match error {
            Error::BlockedOnAuth { diagnosis, .. } => {
                let is_for_sign_in =
                    diagnosis.action.is_reconnect() && diagnosis.cause != CauseLabel::WrongTenantOrAccount;
                let verdict = if is_for_sign_in { Verdict::BlockedOnAuth } else { Verdict::of_cause(&diagnosis, None) };
                (verdict, Some(diagnosis))
            }
            // The token at hand holds for less than was asked for, and only a sign-in gives another.
            Error::Temporary { diagnosis, .. } if diagnosis.cause == CauseLabel::RefreshTokenMissing => {
                (Verdict::BlockedOnAuth, Some(diagnosis))
            }
            Error::Temporary { diagnosis, .. } => {
                let lamp = self.overview(id)?.status.lamp;
                let verdict = Verdict::of_cause(&diagnosis, Some(lamp));
                // Refused without a word, and not often enough to be believed.
                (if verdict == Verdict::NeedsMending { Verdict::Temporary } else { verdict }, Some(diagnosis))
            }
            Error::NeedsMending { diagnosis, .. } => {
                (Verdict::of_cause(&diagnosis, Some(self.overview(id)?.status.lamp)), Some(diagnosis))
            }
            Error::Offline | Error::RefreshStuck { .. } => (Verdict::Temporary, None),
            Error::HeldUnopened { .. } => (Verdict::BlockedOnAuth, None),
            error => return Err(error),
        };
        Ok(InTheWay { verdict, diagnosis })
    }

    /// Whether somebody can be asked who is signed in.
    fn has_test_call(&self, connection: &Connection) -> Result<bool, Error> {
        let is_of_mcp = self.parts.store.grant_binding(&connection.id)?.mcp_server.is_some();
        Ok(is_of_mcp || self.provider_of(connection)?.identity.is_some())
    }

    async fn preflight_at_a_platform(&self, id: &PlatformConnectionId, demands: &Demands) -> Result<Preflight, Error> {
        let gone = || Error::ConnectionGone(id.to_string());
        let before = self.parts.store.find_platform_connection(id)?.ok_or_else(gone)?;
        let mut verdict = None;
        let state = if demands.only_known {
            before.state
        } else {
            match self.test_platform_connection(id).await {
                Ok(state) => state,
                // It has no test: what its runs have shown counts.
                Err(Error::PlatformFailed(PlatformFailure::Unsupported(_))) => before.state,
                Err(Error::PlatformFailed(failure)) => {
                    verdict = Some(of_platform(&failure));
                    before.state
                }
                Err(error) => return Err(error),
            }
        };
        let of_state = match &state {
            PlatformConnectionState::Works { .. } => Verdict::Ready,
            PlatformConnectionState::Unknown => Verdict::Unproved,
            PlatformConnectionState::Dead { .. } => Verdict::BlockedOnAuth,
            PlatformConnectionState::NeverConnected | PlatformConnectionState::Missing => Verdict::NeedsMending,
        };
        let uses = Uses::PlatformConnection(id.clone());
        Ok(Preflight {
            name: before.name,
            // Known to be dead, it is no matter of time that nobody could be asked.
            verdict: verdict.filter(|_| of_state.is_go()).unwrap_or(of_state),
            diagnosis: None,
            lacking: vec![],
            is_too_short: false,
            good_until: self.picture()?.ends_at(&uses),
            overview: None,
            left: None,
            uses,
        })
    }
}

impl Preflight {
    /// A scope that is lacking stops a run that nothing else stops.
    fn with_scopes_told(mut self) -> Self {
        if self.verdict.is_go() && !self.lacking.is_empty() {
            self.verdict = Verdict::ScopeMissing;
        }
        self
    }
}

/// Whether no token that holds so long is to be had. One that was not brought anew is judged by what its provider issues:
/// the refresh before the run brings another.
fn is_too_short(token: &TokenFacts, demands: &Demands, now: Timestamp) -> bool {
    if demands.min_valid.is_zero() {
        return false;
    }
    if demands.only_known && token.has_refresh_token {
        return token
            .lifetime()
            .is_some_and(|it| it < SignedDuration::try_from(demands.min_valid).unwrap_or(SignedDuration::MAX));
    }
    match (token.expiry, now.checked_add(demands.min_valid)) {
        (Expiry::At(at), Ok(needed)) => at < needed,
        // Longer than time is told.
        (Expiry::At(_), Err(_)) => true,
        (Expiry::Unknown | Expiry::Never, _) => false,
    }
}

/// The verdict on all of them, and until when all of them hold, as far as that is known of any.
pub fn together(all: &[Preflight]) -> (Verdict, Option<Timestamp>) {
    let verdict = all.iter().map(|it| it.verdict).max().unwrap_or(Verdict::Ready);
    (verdict, all.iter().filter_map(|it| it.good_until).min())
}

/// The connections of ours that a person has to bring back before a run can begin.
pub fn waited_for(all: &[Preflight]) -> Vec<ConnectionId> {
    let blocking = all.iter().filter(|it| !it.verdict.may_pass());
    blocking
        .filter_map(|it| match &it.uses {
            Uses::Connection(id) => Some(id.clone()),
            Uses::PlatformConnection(_) => None,
        })
        .collect()
}

/// Why a platform could not be asked.
fn of_platform(failure: &PlatformFailure) -> Verdict {
    match failure {
        PlatformFailure::Unreachable(..) | PlatformFailure::RateLimited { .. } | PlatformFailure::Cancelled => {
            Verdict::Temporary
        }
        PlatformFailure::Refused { status, .. } if *status >= 500 => Verdict::Temporary,
        PlatformFailure::KeyRefused(_)
        | PlatformFailure::RightMissing { .. }
        | PlatformFailure::AddressRefused(_)
        | PlatformFailure::Unsupported(_)
        | PlatformFailure::Refused { .. }
        | PlatformFailure::Unreadable(..)
        | PlatformFailure::OtherKind { .. }
        | PlatformFailure::BadLines { .. } => Verdict::NeedsMending,
    }
}
