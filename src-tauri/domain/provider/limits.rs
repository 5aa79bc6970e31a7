//! What a provider allows of refreshes: how many at once, how many in a while, and whether the previous refresh
//! token still works [A5, B6, B13].

use std::time::Duration;

/// Refreshes at once where the catalogue says nothing [S161].
const USUAL_AT_ONCE: usize = 2;

/// How much refreshing a provider allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshLimits {
    /// Refreshes under way at one time, over all of its connections.
    pub at_once: usize,
    /// For one connection.
    pub budget: Option<RefreshBudget>,
}

impl Default for RefreshLimits {
    fn default() -> Self {
        Self { at_once: USUAL_AT_ONCE, budget: None }
    }
}

/// At most so many refreshes within so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshBudget {
    pub count: u32,
    pub within: Duration,
}

/// What a refresh token is good for after the provider has issued its successor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreviousToken {
    /// Sending it again is taken for theft.
    Refused,
    /// It still works this long after it was replaced.
    WorksFor(Duration),
    /// It works until its successor is used.
    WorksUntilSuccessorIsUsed,
    NotKnown,
}

/// How many refresh tokens a provider lets live, and what one more does [A8].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveTokenLimit {
    pub count: u32,
    pub per: LiveTokenScope,
    pub excess: ExcessToken,
}

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveTokenScope {
    /// One account at one client.
    AccountAndClient,
    /// One account, over all clients.
    Account,
    Client,
}

/// What happens to one too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExcessToken {
    /// The oldest ends, without a word.
    OldestEnds,
    /// Every older one ends: one grant at a time.
    AllOthersEnd,
    Refused,
}
