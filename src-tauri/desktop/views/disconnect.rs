//! Saying goodbye: what it revokes, erases and strands, what happened, and what was seen of it [A10].

use domain::connection::farewell::{AccessTokenAfter, Farewell, RevocationPlan};
use engine::flows::disconnect::{AccessTokenSeen, Disconnected, RevocationResult, SiblingSeen, SiblingState};
use serde::Serialize;
use ts_rs::TS;

use super::{DependantView, Millis, count};

/// What a disconnect would do.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct FarewellView {
    pub revocation: RevocationPlanView,
    pub access_token: AccessTokenAfterView,
    pub stranded: Vec<DependantView>,
    /// Other connections of this board that the revocation takes along.
    pub siblings: Vec<String>,
}

/// What the provider offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RevocationPlanView {
    /// The token that is presented, and what hangs on it, ends.
    EndsThisGrant,
    /// Every grant of this account to this client ends.
    EndsAllGrantsOfThisClient,
    /// The refresh token may go on working: only the access token can be revoked.
    EndsAccessTokenAlone,
    /// It is asked all the same; it is known to turn clients without a secret away.
    RefusedToPublicClients,
    /// The provider has no way; the person must remove the access there.
    NotOffered,
    /// There is no token left to revoke with.
    NothingToRevoke,
}

/// What the access token is good for afterwards, as the catalogue says.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AccessTokenAfterView {
    EndsToo,
    WorksUntil {
        at: Millis,
    },
    /// Nobody said when it ends.
    WorksOn,
    NoneLeft,
}

/// What a disconnect did.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct DisconnectedView {
    pub revocation: RevocationOutcomeView,
    pub access_token: AccessTokenSeenView,
    pub siblings: Vec<SiblingView>,
    pub stranded_count: u32,
}

/// What the provider answered.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RevocationOutcomeView {
    Revoked,
    /// The access token is revoked; the refresh token may go on working there.
    AccessTokenAlone,
    /// Erased here, not revoked there.
    Failed {
        http_status: Option<u16>,
    },
    NotOffered,
    NothingToRevoke,
}

/// What one call with the access token showed afterwards.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AccessTokenSeenView {
    Dead,
    StillWorks {
        until: Option<Millis>,
    },
    /// Nobody could look, or there was no reason to.
    NotSeen {
        until: Option<Millis>,
    },
    NoneLeft,
}

/// A connection that shared the account and the client, looked at afterwards.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct SiblingView {
    pub name: String,
    pub state: SiblingStateView,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SiblingStateView {
    Ended,
    StillWorks,
    NotSeen,
}

impl From<&Farewell> for FarewellView {
    fn from(farewell: &Farewell) -> Self {
        Self {
            revocation: match farewell.revocation {
                RevocationPlan::EndsThisGrant => RevocationPlanView::EndsThisGrant,
                RevocationPlan::EndsAllGrantsOfThisClient => RevocationPlanView::EndsAllGrantsOfThisClient,
                RevocationPlan::EndsAccessTokenAlone => RevocationPlanView::EndsAccessTokenAlone,
                RevocationPlan::RefusedToPublicClients => RevocationPlanView::RefusedToPublicClients,
                RevocationPlan::NotOffered => RevocationPlanView::NotOffered,
                RevocationPlan::NothingToRevoke => RevocationPlanView::NothingToRevoke,
            },
            access_token: match farewell.access_token {
                AccessTokenAfter::EndsToo => AccessTokenAfterView::EndsToo,
                AccessTokenAfter::WorksUntil(at) => AccessTokenAfterView::WorksUntil { at: at.into() },
                AccessTokenAfter::WorksOn => AccessTokenAfterView::WorksOn,
                AccessTokenAfter::NoneLeft => AccessTokenAfterView::NoneLeft,
            },
            stranded: farewell.stranded.iter().map(DependantView::from).collect(),
            siblings: farewell.siblings.clone(),
        }
    }
}

impl From<&Disconnected> for DisconnectedView {
    fn from(disconnected: &Disconnected) -> Self {
        Self {
            revocation: disconnected.revocation.into(),
            access_token: disconnected.access_token.into(),
            siblings: disconnected.siblings.iter().map(SiblingView::from).collect(),
            stranded_count: count(disconnected.stranded_count),
        }
    }
}

impl From<RevocationResult> for RevocationOutcomeView {
    fn from(result: RevocationResult) -> Self {
        match result {
            RevocationResult::Revoked => Self::Revoked,
            RevocationResult::AccessTokenAlone => Self::AccessTokenAlone,
            RevocationResult::Failed { http_status } => Self::Failed { http_status },
            RevocationResult::NotOffered => Self::NotOffered,
            RevocationResult::NothingToRevoke => Self::NothingToRevoke,
        }
    }
}

impl From<AccessTokenSeen> for AccessTokenSeenView {
    fn from(seen: AccessTokenSeen) -> Self {
        match seen {
            AccessTokenSeen::Dead => Self::Dead,
            AccessTokenSeen::StillWorks { until } => Self::StillWorks { until: until.map(Millis::from) },
            AccessTokenSeen::NotSeen { until } => Self::NotSeen { until: until.map(Millis::from) },
            AccessTokenSeen::NoneLeft => Self::NoneLeft,
        }
    }
}

impl From<&SiblingSeen> for SiblingView {
    fn from(sibling: &SiblingSeen) -> Self {
        Self {
            name: sibling.name.clone(),
            state: match sibling.state {
                SiblingState::Ended => SiblingStateView::Ended,
                SiblingState::StillWorks => SiblingStateView::StillWorks,
                SiblingState::NotSeen => SiblingStateView::NotSeen,
            },
        }
    }
}
