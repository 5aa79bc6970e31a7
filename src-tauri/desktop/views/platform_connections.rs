//! The connections that a platform owns: how each is, and which of ours stands beside it [A8, D1].

use serde::Serialize;
use ts_rs::TS;

use super::{LampView, Millis, PlatformFailureView, PlatformKindView, SeenView, TestWorthView};

/// A connection that a platform owns and Patchbay mirrors.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct PlatformConnectionView {
    pub id: String,
    pub platform_id: String,
    pub platform_name: String,
    pub platform_kind: PlatformKindView,
    /// What the platform calls it.
    pub name: String,
    /// The platform's word for its kind: `googleDriveOAuth2Api`.
    pub kind: String,
    pub provider_id: Option<String>,
    pub provider_name: Option<String>,
    /// Two letters for the provider's tag; of its kind where the provider is not known.
    pub provider_tag: String,
    /// What the platform shows of the account.
    pub account: Option<String>,
    pub owner: Option<String>,
    pub customer: Option<String>,
    pub lamp: LampView,
    pub state: PlatformConnectionStateView,
    /// When a workflow that uses it last ran well, where nothing proves it: that is no proof of it. Null: none is known.
    pub good_run_at: Option<Millis>,
    /// Its state was last proved longer ago than twice the platform's usual interval.
    pub is_stale: bool,
    pub workflow_count: u32,
    /// Active ones that stop for it.
    pub stopped_count: u32,
    pub next_run_at: Option<Millis>,
    /// It has a page at the platform that can be opened.
    pub has_page: bool,
    /// Null: the platform has no test of a connection.
    pub test_worth: Option<TestWorthView>,
    pub takes_grants: bool,
    pub seen: SeenView,
    /// Null: nobody has said, and nothing points to one.
    pub joined: Option<JoinView>,
    /// Connections of ours that it may stand beside, the likeliest first.
    pub candidates: Vec<JoinCandidateView>,
    pub verdict: TwoVerdictsView,
}

/// What is known of whether it works.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PlatformConnectionStateView {
    Unknown,
    /// Proved by a run or by a test that means it.
    Works {
        at: Millis,
    },
    /// Runs or a test fail for it; `words` are the platform's.
    Dead {
        since: Millis,
        words: String,
    },
    /// Made, and never signed in.
    NeverConnected,
    /// Steps use it, and the platform has none of that id.
    Missing,
}

/// The connection of ours that stands for the same account.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct JoinView {
    /// Null: a person said that none is.
    pub connection_id: Option<String>,
    pub connection_name: Option<String>,
    /// 0 to 100; 100 where a person said so.
    pub percent: u8,
    pub is_confirmed: bool,
}

/// One that it may stand beside, and what speaks for it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct JoinCandidateView {
    pub connection_id: String,
    pub connection_name: String,
    pub account: Option<String>,
    pub percent: u8,
    pub because: JoinBecauseView,
}

/// What the two have in common, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum JoinBecauseView {
    SameAccount,
    /// The account's name stands in the label.
    AccountInLabel,
    SameWorkspace,
    /// Nothing but the provider, and only one of ours is of it.
    OnlyOneOfProvider,
    SameProvider,
}

/// Both planes in one: `words/` makes a sentence of it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct TwoVerdictsView {
    /// Our own connection of the same account; `none` where there is none.
    pub own: PlaneStateView,
    pub copy: PlaneStateView,
    pub platform_name: String,
    /// Since when the copy is dead.
    pub since: Option<Millis>,
    /// What mends the copy; null where it needs no mending.
    pub way: Option<CopyWayView>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PlaneStateView {
    None,
    Fine,
    /// It works, and will stop unless a person acts.
    Ending,
    Dead,
    /// Nothing proves either.
    Unknown,
    NeverConnected,
    Missing,
}

/// How a platform's own connection is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CopyWayView {
    /// A fresh grant of its own is pushed from here.
    PushGrant,
    /// The same as a file for the platform's own import.
    GrantFile,
    /// Its page at the platform.
    OpenPage,
    /// At the platform, and nobody knows the page.
    AtPlatform,
}

/// What a test of a platform connection said.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum PlatformTestView {
    Tested { state: PlatformConnectionStateView, worth: TestWorthView },
    Failed { failure: PlatformFailureView },
}

/// What came of a grant that a platform was given: a 200 proves nothing, a run does.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum HandedOverView {
    /// A run has shown that it works.
    Proved {
        at: Millis,
        /// The workflow's name; null: not one that is known.
        workflow: Option<String>,
        /// As the platform numbers it.
        run: String,
    },
    /// Written; nothing has shown yet that it works.
    Unproved,
    /// This version takes none over its API: the file for its own import, which holds the grant.
    File {
        path: String,
        /// The line to type at the platform.
        command: String,
    },
}
