//! Checklists: what is tried of which connections, as a form reads and writes them [E4].

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{LampView, Millis, ProgressView, RehearsalRowView};

/// One checklist, as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ChecklistView {
    pub id: String,
    pub name: String,
    pub customer: Option<String>,
    /// In the order in which they are tried.
    pub members: Vec<MemberView>,
    /// So long after the last check all of it is to hold.
    pub hold_minutes: u32,
    pub after_failure: AfterFailureView,
    /// Before the step `sign_in_again` the old grant is ended at the provider.
    pub signs_out_first: bool,
    pub created_at: Millis,
    /// The newest run; null: it was never run.
    pub last: Option<RehearsalRowView>,
    /// How far the run under way is; null: none is.
    pub under_way: Option<ProgressView>,
}

/// One connection of a checklist, ours or a platform's, and what can be tried of it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct MemberView {
    /// Of the connection or the platform connection.
    pub id: String,
    pub is_own: bool,
    /// What it is called; of one that is gone, what it was called.
    pub name: String,
    pub is_gone: bool,
    pub provider_id: Option<String>,
    pub provider_name: Option<String>,
    pub provider_tag: String,
    /// Null: our own.
    pub platform_name: Option<String>,
    pub account: Option<String>,
    pub workspace: Option<String>,
    pub customer: Option<String>,
    pub lamp: LampView,
    /// All that there are, in their order; first Patchbay's, then those of a person's own.
    pub steps: Vec<MemberStepView>,
    pub expected: ExpectedView,
    /// What its trial objects have to be told.
    pub questions: Vec<QuestionView>,
    /// What the step `object` makes and removes again: "a text file in My Drive".
    pub writes: Vec<WritesView>,
    pub own_calls: Vec<OwnCall>,
    /// Connections that the provider would end along with this one: it is signed in again without being signed out.
    pub would_end: Vec<String>,
    /// Workflows that have to do without it between signing out and signing in.
    pub workflow_count: u32,
}

/// A step, whether it is chosen, and why it cannot be tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct MemberStepView {
    pub step: StepView,
    pub is_chosen: bool,
    /// Null: it can be tried.
    pub why_not: Option<NotTriedView>,
}

/// What is tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StepView {
    /// A person signs in again, as a customer would; where it was asked for, it is disconnected before.
    SignInAgain,
    Account,
    Scopes,
    /// An object is made, read back, changed and removed.
    Object,
    ForcedRefresh,
    TwoAtOnce,
    CleanLog,
    /// A call of a person's own.
    Own {
        name: String,
    },
}

/// What a call does to the object that a rehearsal makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TrialActView {
    Create,
    Read,
    Change,
    Remove,
}

/// Why a step was not tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NotTriedView {
    /// A platform owns it: nobody is signed out of it, and it has no token to call with.
    NotOurs,
    /// Neither the provider nor the platform says who is signed in.
    NobodyToAsk,
    /// Neither says what was granted.
    NotTold,
    /// How an object is made and removed is not known of this provider.
    NoTrialObject,
    /// It lacks the scopes to make one.
    MayNotWrite,
    /// A question about it is not answered yet.
    Unanswered,
    NothingToRefreshWith,
    WouldEndAnother,
    /// A step that it rests on failed.
    FailedBefore,
    /// The grant is over: whatever is tried with it fails.
    GrantOver,
    Stopped,
}

/// Who has to be signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExpectedView {
    pub account: ExpectedAccountView,
    /// The workspace by name or id; null: whichever it was before.
    pub workspace: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ExpectedAccountView {
    /// Whoever it was before.
    AsBefore,
    /// An address or a name.
    Named { name: String },
    /// Anybody of this domain.
    OfDomain { domain: String },
}

/// What only a person knows of where an object may be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct QuestionView {
    pub name: String,
    /// "Page that it is made in".
    pub asks: String,
    pub example: String,
    /// Empty: not answered yet.
    pub answer: String,
}

/// One kind of object that is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct WritesView {
    /// "a text file in My Drive".
    pub name: String,
    /// These are not granted: it is not made.
    pub missing_scopes: Vec<String>,
}

/// A call of a person's own, made with the connection's token at an address of its provider's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OwnCall {
    pub name: String,
    pub method: OwnMethod,
    pub url: String,
    /// JSON.
    pub body: Option<String>,
    /// Null: any from 200 to 299.
    pub expected_status: Option<u16>,
    /// Somewhere in the answer.
    pub expected_text: Option<String>,
    /// At JSON pointers.
    pub expected_values: Vec<ExpectedValue>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "UPPERCASE")]
pub enum OwnMethod {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// "/workspace/name" has to be "Halden Optik".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExpectedValue {
    pub pointer: String,
    pub value: String,
}

/// What follows a step that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AfterFailureView {
    /// The rest of that connection is left, the others are tried.
    GoOn,
    Stop,
}

/// A checklist as a person wrote it.
#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
pub struct ChecklistForm {
    /// Null: a new one.
    pub id: Option<String>,
    pub name: String,
    pub customer: Option<String>,
    pub members: Vec<MemberForm>,
    pub hold_minutes: u32,
    pub after_failure: AfterFailureView,
    pub signs_out_first: bool,
}

#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
pub struct MemberForm {
    pub id: String,
    pub is_own: bool,
    /// Those that are chosen, in any order.
    pub steps: Vec<StepView>,
    pub expected: ExpectedView,
    pub answers: Vec<AnswerForm>,
    pub own_calls: Vec<OwnCall>,
}

/// The answer to a question by its name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct AnswerForm {
    pub name: String,
    pub answer: String,
}

/// What became of a form.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SavedChecklistView {
    Saved { checklist: Box<ChecklistView> },
    Refused { why: ChecklistRefusedView },
}

/// What is wrong with a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ChecklistRefusedView {
    NoName,
    NameTaken,
    NoMembers,
    /// The same one twice.
    MemberTwice {
        name: String,
    },
    /// Nothing of it is tried.
    NoSteps {
        name: String,
    },
    MemberGone {
        id: String,
    },
    /// A run is under way.
    UnderWay,
    OwnCall {
        /// The connection's.
        member: String,
        call: String,
        why: OwnCallRefusedView,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OwnCallRefusedView {
    NoName,
    NameTwice,
    /// No address, or none of https.
    NoAddress,
    /// The token goes to hosts of the provider only.
    NotOfProvider,
    BodyNotJson,
    /// A pointer is empty or begins with "/".
    PointerUnreadable,
}

/// A checklist to begin with: the person chooses its connections.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ChecklistTemplateView {
    /// One word: "google", "notion".
    pub id: String,
    /// "Google Drive and Docs".
    pub name: String,
    /// The steps it has, in their order.
    pub steps: Vec<StepView>,
    /// Connections that it fits, with those steps chosen which can be tried.
    pub members: Vec<MemberView>,
    pub signs_out_first: bool,
}
