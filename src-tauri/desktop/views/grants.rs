//! What grants may do, which repeat each other, and what one more would end [A8, C4].

use domain::connection::grant_budget::{BudgetShare, GrantBudget};
use domain::connection::sprawl::{DuplicateKind, Duplicates, MergePlan, MergeRevocation};
use domain::provider::limits::{ExcessToken, LiveTokenScope};
use domain::provider::scope_map::{ActionStanding, Shortfall};
use domain::{ClientId, ConnectionId};
use engine::flows::overview::ConnectionOverview;
use engine::flows::sprawl::Merged;
use serde::Serialize;
use ts_rs::TS;

use super::{AccessTokenSeenView, DependantView, EnvironmentView, Millis, RevocationOutcomeView, count};

/// An action of the provider's, and where it stands with this grant [C4].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ActionView {
    pub allows: String,
    pub scopes: Vec<String>,
    pub writes: bool,
    /// All its scopes were asked for.
    pub is_wished: bool,
    /// Scopes it takes that are not granted; none: it can be done.
    pub missing: Vec<String>,
}

/// A grant that holds less than was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ShortfallView {
    pub granted_count: u32,
    pub requested_count: u32,
    /// What was wished and cannot be done.
    pub cannot: Vec<String>,
}

/// Connections of one account that do the work of one.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct DuplicatesView {
    pub kind: DuplicateKindView,
    /// The oldest first.
    pub members: Vec<DuplicateMemberView>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateKindView {
    /// One account authorised the same client twice.
    SameClient,
    /// One account, through several clients: perhaps on purpose.
    SeveralClients,
}

#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct DuplicateMemberView {
    pub id: String,
    pub name: String,
    pub provider_name: String,
    pub account: Option<String>,
    pub client_name: String,
    pub environment: EnvironmentView,
    pub dependant_count: u32,
    pub created_at: Millis,
}

/// What a merge would do.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct MergePlanView {
    pub moved: Vec<DependantView>,
    /// Hang on the one kept already.
    pub already_there: Vec<DependantView>,
    /// Granted to the one that goes and not to the one kept.
    pub scopes_lost: Vec<String>,
    pub revocation: MergeRevocationView,
}

/// What becomes of the grant that goes.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum MergeRevocationView {
    Revokes,
    /// The refresh token may go on working: only the access token can be revoked.
    RevokesAccessTokenAlone,
    /// It is asked all the same; it is known to turn clients without a secret away.
    RefusedToPublicClients,
    /// The provider would end these too: it is only erased here.
    WouldEnd {
        names: Vec<String>,
    },
    NotOffered,
    NothingToRevoke,
}

/// What a merge did.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct MergedView {
    pub moved_count: u32,
    /// Null: left at the provider, since a revocation would have ended others too.
    pub revocation: Option<RevocationOutcomeView>,
    pub access_token: AccessTokenSeenView,
}

/// How many grants the provider lets live, and which are known here [A8].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct BudgetView {
    /// The client it is counted for.
    pub client: String,
    pub limit: u32,
    pub per: BudgetScopeView,
    pub excess: BudgetExcessView,
    /// The largest share first.
    pub shares: Vec<BudgetShareView>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BudgetScopeView {
    AccountAndClient,
    Account,
    Client,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BudgetExcessView {
    OldestEnds,
    AllOthersEnd,
    Refused,
}

/// Living grants that count together.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct BudgetShareView {
    pub account: Option<String>,
    /// Names, the oldest first.
    pub connections: Vec<String>,
    /// Grants that no connection uses, and that live on at the provider all the same.
    pub left_count: u32,
    /// One more is one too many.
    pub is_spent: bool,
}

impl From<&ActionStanding<'_>> for ActionView {
    fn from(standing: &ActionStanding<'_>) -> Self {
        Self {
            allows: standing.action.allows.clone(),
            scopes: standing.action.scopes.clone(),
            writes: standing.action.writes,
            is_wished: standing.is_wished,
            missing: standing.missing.iter().map(|it| (*it).to_owned()).collect(),
        }
    }
}

impl From<&Shortfall<'_>> for ShortfallView {
    fn from(found: &Shortfall<'_>) -> Self {
        Self {
            granted_count: count(found.granted_count),
            requested_count: count(found.requested_count),
            cannot: found.cannot.iter().map(|it| (*it).to_owned()).collect(),
        }
    }
}

impl DuplicatesView {
    pub fn new(
        found: &Duplicates,
        overview_of: impl Fn(&ConnectionId) -> Option<ConnectionOverview>,
        client_name: impl Fn(&ClientId) -> String,
    ) -> Self {
        let member = |overview: ConnectionOverview| DuplicateMemberView {
            id: overview.connection.id.to_string(),
            name: overview.connection.name.clone(),
            provider_name: overview.provider.name.clone(),
            account: overview.connection.identity.account().map(str::to_owned),
            client_name: client_name(&overview.connection.client),
            environment: overview.connection.environment.into(),
            dependant_count: count(overview.dependant_count),
            created_at: overview.connection.created_at.into(),
        };
        Self {
            kind: match found.kind {
                DuplicateKind::SameClient => DuplicateKindView::SameClient,
                DuplicateKind::SeveralClients => DuplicateKindView::SeveralClients,
            },
            members: found.connections.iter().filter_map(overview_of).map(member).collect(),
        }
    }
}

impl From<&MergePlan> for MergePlanView {
    fn from(plan: &MergePlan) -> Self {
        Self {
            moved: plan.moved.iter().map(DependantView::from).collect(),
            already_there: plan.already_there.iter().map(DependantView::from).collect(),
            scopes_lost: plan.scopes_lost.clone(),
            revocation: match &plan.revocation {
                MergeRevocation::Revokes => MergeRevocationView::Revokes,
                MergeRevocation::RevokesAccessTokenAlone => MergeRevocationView::RevokesAccessTokenAlone,
                MergeRevocation::RefusedToPublicClients => MergeRevocationView::RefusedToPublicClients,
                MergeRevocation::WouldEnd(names) => MergeRevocationView::WouldEnd { names: names.clone() },
                MergeRevocation::NotOffered => MergeRevocationView::NotOffered,
                MergeRevocation::NothingToRevoke => MergeRevocationView::NothingToRevoke,
            },
        }
    }
}

impl From<&Merged> for MergedView {
    fn from(merged: &Merged) -> Self {
        Self {
            moved_count: count(merged.moved_count),
            revocation: merged.revocation.map(RevocationOutcomeView::from),
            access_token: merged.access_token.into(),
        }
    }
}

impl BudgetView {
    pub fn new(client: &ClientId, budget: &GrantBudget) -> Self {
        let share = |share: &BudgetShare| BudgetShareView {
            account: share.account.clone(),
            connections: share.connections.clone(),
            left_count: u32::try_from(share.left_count).unwrap_or(u32::MAX),
            is_spent: budget.is_spent(share),
        };
        Self {
            client: client.to_string(),
            limit: budget.limit.count,
            per: match budget.limit.per {
                LiveTokenScope::AccountAndClient => BudgetScopeView::AccountAndClient,
                LiveTokenScope::Account => BudgetScopeView::Account,
                LiveTokenScope::Client => BudgetScopeView::Client,
            },
            excess: match budget.limit.excess {
                ExcessToken::OldestEnds => BudgetExcessView::OldestEnds,
                ExcessToken::AllOthersEnd => BudgetExcessView::AllOthersEnd,
                ExcessToken::Refused => BudgetExcessView::Refused,
            },
            shares: budget.shares.iter().map(share).collect(),
        }
    }
}
