//! Saying goodbye: what it revokes, erases and strands, and what happened [A10].

use domain::connection::farewell::{Farewell, RevocationPlan};
use engine::flows::disconnect::{Disconnected, RevocationResult};
use serde::Serialize;
use ts_rs::TS;

use super::{DependantView, count};

/// What a disconnect would do.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct FarewellView {
    pub revocation: RevocationPlanView,
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
    /// The provider has no way; the person must remove the access there.
    NotOffered,
    /// There is no token left to revoke with.
    NothingToRevoke,
}

/// What a disconnect did.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct DisconnectedView {
    pub revocation: RevocationOutcomeView,
    pub stranded_count: u32,
}

/// What the provider answered.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RevocationOutcomeView {
    Revoked,
    /// Erased here, not revoked there.
    Failed {
        http_status: Option<u16>,
    },
    NotOffered,
    NothingToRevoke,
}

impl From<&Farewell> for FarewellView {
    fn from(farewell: &Farewell) -> Self {
        Self {
            revocation: match farewell.revocation {
                RevocationPlan::EndsThisGrant => RevocationPlanView::EndsThisGrant,
                RevocationPlan::EndsAllGrantsOfThisClient => RevocationPlanView::EndsAllGrantsOfThisClient,
                RevocationPlan::NotOffered => RevocationPlanView::NotOffered,
                RevocationPlan::NothingToRevoke => RevocationPlanView::NothingToRevoke,
            },
            stranded: farewell.stranded.iter().map(DependantView::from).collect(),
            siblings: farewell.siblings.clone(),
        }
    }
}

impl From<&Disconnected> for DisconnectedView {
    fn from(disconnected: &Disconnected) -> Self {
        Self {
            revocation: match disconnected.revocation {
                RevocationResult::Revoked => RevocationOutcomeView::Revoked,
                RevocationResult::Failed { http_status } => RevocationOutcomeView::Failed { http_status },
                RevocationResult::NotOffered => RevocationOutcomeView::NotOffered,
                RevocationResult::NothingToRevoke => RevocationOutcomeView::NothingToRevoke,
            },
            stranded_count: count(disconnected.stranded_count),
        }
    }
}
