//! Dress rehearsals: the matrix of a run as it goes, and until when all of it holds [E4].

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{AfterFailureView, CauseView, GrantEndView, Millis, NotTriedView, SignInView, StepView, TrialActView};

/// One run as it goes, or as it ended.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct RehearsalView {
    /// The run's.
    pub id: String,
    pub checklist_id: String,
    /// As the checklist was called when it was run.
    pub name: String,
    pub customer: Option<String>,
    pub started_at: Millis,
    /// Null: it is under way.
    pub ended_at: Option<Millis>,
    pub end: RehearsalEndView,
    pub progress: ProgressView,
    /// The matrix's columns: every step that any member has.
    pub columns: Vec<StepView>,
    pub members: Vec<MemberRunView>,
    /// The newest first.
    pub log: Vec<LogLineView>,
    /// A person has to sign in for it to go on.
    pub sign_in: Option<RehearsalSignInView>,
    /// Null while it runs.
    pub certificate: Option<CertificateView>,
    pub hold_minutes: u32,
    /// The time that was asked for instead.
    pub hold_until: Option<Millis>,
    pub after_failure: AfterFailureView,
    pub signs_out_first: bool,
    /// All kinds of object that it makes and removes.
    pub writes: Vec<String>,
    /// The run before this one.
    pub previous: Option<RehearsalRowView>,
    /// Objects of this run that could not be removed.
    pub left_objects: Vec<LeftObjectView>,
    /// What was made was removed by its provider's word, and could not be read again to see so.
    pub has_unread_removal: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RehearsalEndView {
    UnderWay,
    Ended,
    /// By a person.
    Stopped,
    /// Patchbay ended while it ran.
    CutOff,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct ProgressView {
    /// Steps that were really tried.
    pub done_count: u32,
    /// Steps that are not tried any more: one before them failed, or a person stopped it.
    pub left_out_count: u32,
    /// Steps that could be tried when it began.
    pub step_count: u32,
    pub failed_count: u32,
    pub holding_count: u32,
    pub member_count: u32,
    /// Without the time that a person takes to sign in; null: not known yet.
    pub left_ms: Option<u32>,
}

/// One row of the matrix.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct MemberRunView {
    pub id: String,
    pub is_own: bool,
    pub name: String,
    pub provider_tag: String,
    pub platform_name: Option<String>,
    pub account: Option<String>,
    /// Its steps only: a column that it lacks is not tried of it.
    pub steps: Vec<StepRunView>,
    pub verdict: MemberVerdictView,
}

#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct StepRunView {
    pub step: StepView,
    pub state: StepStateView,
}

/// What has come of one step.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum StepStateView {
    Waiting,
    Running {
        since: Millis,
    },
    Passed {
        at: Millis,
        took_ms: u32,
        /// "4 of 4", "refreshed, rotated, stored before use".
        seen: String,
        http_status: Option<u16>,
        request_id: Option<String>,
    },
    Failed {
        at: Millis,
        took_ms: u32,
        seen: String,
        cause: Option<CauseView>,
        http_status: Option<u16>,
        request_id: Option<String>,
    },
    NotTried {
        why: NotTriedView,
    },
}

/// What a run says of one connection.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum MemberVerdictView {
    Next,
    UnderWay {
        done_count: u32,
        step_count: u32,
    },
    Holds,
    Fails {
        step: StepView,
        cause: Option<CauseView>,
    },
    /// It was stopped, or nothing of it could be tried.
    NotProved,
}

/// One line of what happened.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct LogLineView {
    pub at: Millis,
    pub member: String,
    pub step: StepView,
    pub state: LogStateView,
    /// Empty while it runs.
    pub seen: String,
    pub took_ms: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LogStateView {
    Running,
    Passed,
    Failed,
}

/// A sign-in that the run waits for: the browser is open.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct RehearsalSignInView {
    /// `cancel_sign_in` ends the step, `open_sign_in_page` opens the browser once more.
    pub sign_in: SignInView,
    pub member_id: String,
    pub member: String,
    /// As whom to sign in.
    pub account: Option<String>,
}

/// What a run is good for.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CertificateView {
    /// All hold, and are tested again until then.
    Holds {
        until: Millis,
        by: HoldEndView,
        /// The one that ends first, where one does before the time that was asked for.
        first: Option<String>,
        members: Vec<HeldMemberView>,
        /// When all were tested again last; null: not yet.
        tested_at: Option<Millis>,
        next_test_at: Option<Millis>,
        /// A process watches: without one nothing is tested again.
        is_watched: bool,
    },
    /// A later test failed, or a connection needs a person.
    Withdrawn {
        at: Millis,
        /// Until when it had been good.
        until: Millis,
        mend: ToMendView,
        members: Vec<HeldMemberView>,
    },
    /// Its time is over; it held until the end.
    Over { until: Millis, members: Vec<HeldMemberView> },
    Mend {
        /// The first.
        mend: ToMendView,
        failing_count: u32,
        holding_count: u32,
    },
    /// It was stopped, or of some nothing could be tried.
    Partly { holding_count: u32, member_count: u32 },
}

/// What ends a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HoldEndView {
    AsLongAsAsked,
    /// The grant of a connection ends.
    Grant,
    /// A token ends, and nothing renews it.
    Token,
}

/// The one thing to mend.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ToMendView {
    pub member_id: String,
    pub is_own: bool,
    pub name: String,
    pub platform_name: Option<String>,
    /// Null: found by a later test, not by a step.
    pub step: Option<StepView>,
    /// What of its object it failed at; null: it made none, or that is not known.
    pub act: Option<TrialActView>,
    pub cause: Option<CauseView>,
    pub seen: String,
    pub way: MendWayView,
}

/// What its button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MendWayView {
    /// `begin_reconnect`
    Reconnect,
    /// `begin_widening`, from the connection's page.
    AddScopes,
    /// The ladder of probes.
    Diagnose,
    /// The connection's own page says more.
    OpenConnection,
    /// `open_platform_page`
    OpenPlatformPage,
    /// It is gone: the checklist has to be changed.
    EditChecklist,
}

/// What one connection stands on.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct HeldMemberView {
    pub id: String,
    pub is_own: bool,
    pub name: String,
    pub provider_tag: String,
    pub platform_name: Option<String>,
    pub account: Option<String>,
    /// The token in hand; null: not visible, or no end is known.
    pub token_ends_at: Option<Millis>,
    /// By us, or by its platform.
    pub is_renewed: bool,
    /// Null: a platform keeps it, and says nothing of it.
    pub grant_end: Option<GrantEndView>,
    /// By the last step that passed, or a later test.
    pub proved_at: Option<Millis>,
    pub proved_by: Option<StepView>,
    pub took_ms: Option<u32>,
    /// Its last test since the run; null: not yet.
    pub tested_at: Option<Millis>,
}

/// A run in the history.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct RehearsalRowView {
    pub id: String,
    pub started_at: Millis,
    pub ended_at: Option<Millis>,
    pub end: RehearsalEndView,
    pub step_count: u32,
    pub member_count: u32,
    pub holding_count: u32,
    pub outcome: RehearsalOutcomeView,
}

#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RehearsalOutcomeView {
    UnderWay,
    /// Good until then, and perhaps still.
    Holds {
        until: Millis,
    },
    Withdrawn {
        at: Millis,
        until: Millis,
        name: String,
        cause: Option<CauseView>,
    },
    Mend {
        name: String,
        step: StepView,
        act: Option<TrialActView>,
        cause: Option<CauseView>,
        seen: String,
    },
    Partly,
}

/// The report of a run, as it would be written.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct RehearsalReportView {
    pub markdown: String,
    /// One page of its own, to be shown in a frame without rights or printed.
    pub html: String,
    /// Without folder and ending.
    pub file_name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReportFormat {
    Markdown,
    Html,
}

/// An object of a run that is, or may be, still at the provider.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct LeftObjectView {
    pub id: String,
    pub connection_id: String,
    pub connection_name: String,
    pub provider_name: String,
    /// "a text file in My Drive".
    pub object: String,
    /// The text that it is found by.
    pub tag: String,
    pub made_at: Millis,
    /// False: no answer said whether it was made, and only a person can look for it.
    pub can_be_removed: bool,
    /// What the last attempt to remove it met; null: none was made.
    pub seen: Option<String>,
}
