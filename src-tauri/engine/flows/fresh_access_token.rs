//! The only flow whose answer is a token: for the command line and the socket [F1, F2, S148, S150].

use std::time::Duration;

use domain::connection::{Connection, FailureStreak, GrantState};
use domain::diagnosis::{CauseLabel, Diagnosis};
use domain::lifecycle::refresh_time::{is_due, margin};
use domain::lifecycle_event::EventKind;
use domain::token::Expiry;
use domain::{ConnectionId, Secret, TokenVersion};
use jiff::Timestamp;

use super::refresh::{RefreshOutcome, RefreshWhy};
use crate::store::StoreError;
use crate::{Engine, Error};

/// An access token and how long it holds. Never a refresh token: nobody outside makes one of these.
#[non_exhaustive]
pub struct FreshAccessToken {
    pub access_token: Secret,
    /// `None`: not known, or never.
    pub expires_at: Option<Timestamp>,
    /// It works only with proofs of a key that stays in the keychain (RFC 9449).
    pub is_key_bound: bool,
}

/// A token that is there, and that nobody has got yet.
pub struct ReadyToken {
    connection: Connection,
    token: Secret,
}

impl ReadyToken {
    pub fn connection_id(&self) -> &ConnectionId {
        &self.connection.id
    }
}

impl Engine {
    /// Hands out an access token that holds for at least `min_valid`, refreshing it if need be.
    /// `asked_by` is written into the event of the delivery.
    pub async fn fresh_access_token(
        &self,
        id: &ConnectionId,
        min_valid: Duration,
        asked_by: &str,
    ) -> Result<FreshAccessToken, Error> {
        let ready = self.ready_token(id, Some(min_valid)).await?;
        self.hand_out(ready, asked_by)
    }

    /// Sees to it that there is a token that holds for at least `min_valid`, refreshing it if need be. It is not handed out
    /// by that. `None`: as far ahead as tokens are refreshed by themselves [B2], and where it cannot be renewed just now, for
    /// as long as it holds.
    pub async fn ready_token(&self, id: &ConnectionId, min_valid: Option<Duration>) -> Result<ReadyToken, Error> {
        let connection = self.connection(id)?;
        refuse_anothers(&connection)?;
        let wanted = min_valid.unwrap_or_else(|| usual_margin(&connection));
        let usable = match self.usable_token(connection, wanted).await {
            Err(Error::Temporary { .. } | Error::NeedsMending { .. } | Error::Offline) if min_valid.is_none() => {
                self.usable_token(self.connection(id)?, Duration::ZERO).await
            }
            outcome => outcome,
        };
        let (connection, token) = usable?;
        Ok(ReadyToken { connection, token })
    }

    /// Hands it out: the event first.
    pub fn hand_out(&self, ready: ReadyToken, asked_by: &str) -> Result<FreshAccessToken, Error> {
        let ReadyToken { connection, token } = ready;
        let id = &connection.id;
        let mut event = self.event(EventKind::TokenDelivered, &connection);
        event.subject = super::labels::label(asked_by);
        match self.parts.store.append_event(&event) {
            // The token is there and holds: a disk without room keeps the note of it, and not the script.
            Err(error @ (StoreError::DiskFull | StoreError::ReadOnly)) => {
                tracing::warn!(connection = %id, %error, "a token was handed out, which could not be noted");
            }
            noted => drop(noted?),
        }
        let expires_at = match connection.token.as_ref().map(|token| token.expiry) {
            Some(Expiry::At(at)) => Some(at),
            Some(Expiry::Unknown | Expiry::Never) | None => None,
        };
        let is_key_bound = self.parts.store.grant_binding(id)?.dpop_thumbprint.is_some();
        Ok(FreshAccessToken { access_token: token, expires_at, is_key_bound })
    }

    /// The stored access token, refreshed first where it would not hold long enough.
    pub(super) async fn usable_token(
        &self,
        connection: Connection,
        min_valid: Duration,
    ) -> Result<(Connection, Secret), Error> {
        let id = connection.id.clone();
        self.settle_before_use(&id).await?;
        let connection = self.connection(&id)?;
        match self.usable_token_once(connection, min_valid).await {
            // Replaced while we looked: what is there by now is newer.
            Err(Error::ChangedMeanwhile) => self.usable_token_once(self.connection(&id)?, min_valid).await,
            looked => looked,
        }
    }

    async fn usable_token_once(
        &self,
        connection: Connection,
        min_valid: Duration,
    ) -> Result<(Connection, Secret), Error> {
        blocked(&connection)?;
        let now = self.parts.clock.now();
        let is_due = connection.token.as_ref().is_none_or(|token| is_due(token, min_valid, now));
        let connection = match refused_version(&connection) {
            Some(version) => self.renewed(connection, RefreshWhy::Rejected { version }).await?,
            None if is_due => self.renewed(connection, RefreshWhy::Needed { min_valid }).await?,
            None => connection,
        };

        let bundle = self.read_bundle(&connection).await?;
        let judged = connection.token.as_ref().map(|token| token.version);
        if judged.is_some_and(|version| self.parts.store.token_version(&connection.id).is_ok_and(|it| it != version)) {
            // A database that was put back from a copy has just caught up: what was read is not what was judged.
            return Err(Error::ChangedMeanwhile);
        }
        match bundle {
            Some(bundle) => match bundle.access_token {
                Some(token) => Ok((connection, token)),
                None => Err(self.person_needed(&connection, Diagnosis::of(CauseLabel::AccessTokenInvalid))),
            },
            None => Err(self.person_needed(&connection, Diagnosis::of(CauseLabel::RefreshTokenMissing))),
        }
    }

    async fn renewed(&self, connection: Connection, why: RefreshWhy) -> Result<Connection, Error> {
        let outcome = self.refresh(&connection.id, why).await?;
        let newest = self.connection(&connection.id)?;
        let now = self.parts.clock.now();
        let is_over = newest.token.as_ref().is_none_or(|token| token.expiry.is_over(now) || !token.has_access_token);

        match outcome {
            RefreshOutcome::Refreshed { .. } | RefreshOutcome::AlreadyFresh { .. } => Ok(newest),
            RefreshOutcome::GrantEnded { diagnosis } => Err(self.person_needed(&newest, diagnosis)),
            RefreshOutcome::NoRefreshToken if is_over => {
                Err(self.person_needed(&newest, Diagnosis::of(CauseLabel::RefreshTokenMissing)))
            }
            RefreshOutcome::NoRefreshToken => Err(Error::Temporary {
                name: newest.name.clone(),
                diagnosis: Diagnosis::of(CauseLabel::RefreshTokenMissing),
            }),
            RefreshOutcome::Failed { diagnosis, .. }
                if !newest
                    .refresh_failures
                    .as_ref()
                    .map_or(!diagnosis.is_transient(), FailureStreak::is_for_person) =>
            {
                Err(Error::Temporary { name: newest.name.clone(), diagnosis })
            }
            RefreshOutcome::Failed { diagnosis, .. } => {
                // An outage since then is not what has to be mended.
                let diagnosis = newest.refresh_failures.as_ref().map_or(diagnosis, |it| it.telling().clone());
                Err(Error::NeedsMending { name: newest.name.clone(), diagnosis })
            }
        }
    }

    fn person_needed(&self, connection: &Connection, diagnosis: Diagnosis) -> Error {
        Error::BlockedOnAuth { name: connection.name.clone(), diagnosis }
    }
}

/// As far ahead as a token of it is refreshed by itself [B2].
fn usual_margin(connection: &Connection) -> Duration {
    let Some(token) = &connection.token else { return Duration::ZERO };
    let Expiry::At(at) = token.expiry else { return Duration::ZERO };
    Duration::try_from(at.duration_since(token.issued_at)).map(margin).unwrap_or_default()
}

/// The version of a token that the API was seen to refuse, where it can be renewed: it is not handed out again.
fn refused_version(connection: &Connection) -> Option<TokenVersion> {
    let token = connection.token.as_ref().filter(|token| token.has_refresh_token)?;
    connection.is_token_refused().then_some(token.version)
}

/// What is known to be of another account is given to nobody, however well it works [A7, S101].
fn refuse_anothers(connection: &Connection) -> Result<(), Error> {
    let failure = connection.proof.as_ref().and_then(|proof| proof.failure.clone());
    match failure.filter(|_| connection.answers_as_another() && connection.is_living()) {
        Some(diagnosis) => Err(Error::BlockedOnAuth { name: connection.name.clone(), diagnosis }),
        None => Ok(()),
    }
}

/// A grant that is over is not asked again [B5].
fn blocked(connection: &Connection) -> Result<(), Error> {
    let diagnosis = match &connection.grant {
        // A missing secret may have come back with its keychain: it is looked for again.
        GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. } | GrantState::SecretMissing { .. } => {
            return Ok(());
        }
        GrantState::Ended { diagnosis, .. } => diagnosis.clone(),
        GrantState::Disconnected { .. } => Diagnosis::of(CauseLabel::GrantRevoked),
    };
    Err(Error::BlockedOnAuth { name: connection.name.clone(), diagnosis })
}
