//! The home screen: its sentence as facts, its rows in the order they are shown [B1, E1].

use serde::Serialize;
use ts_rs::TS;

use super::{ActionLabel, CauseView, Millis};

/// Everything the board draws, in one answer.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct BoardView {
    pub headline: HeadlineView,
    pub platform_needs: PlatformNeedsView,
    /// Already sorted: what needs a person first, then by customer and name.
    pub rows: Vec<ConnectionRowView>,
    pub engine: EngineView,
    pub keychain: KeychainView,
    /// Since when the window has seen it so; null while it is open.
    pub keychain_since: Option<Millis>,
}

/// The sentence that matters, as facts; `words/` says it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum HeadlineView {
    /// Nothing is connected yet.
    Empty,
    /// The keychain cannot be read: so many connections work no more than it does.
    Unreadable { count: u32 },
    /// Nothing else needs a person, but new tokens are not saved.
    Unsaved {
        count: u32,
        /// Whose token waits longest.
        name: String,
    },
    /// Nothing needs a person. `next_end` is the first grant that ends, where one is known.
    AllWell { connection_count: u32, unproved_count: u32, next_end: Option<NextEndView> },
    /// Some connections need a person; `first` is the one to mend first.
    NeedsYou { count: u32, first: MendFirstView, next_end: Option<NextEndView> },
    /// No person is needed, and some do not work just now; `first` has most hanging on it.
    SomeDown { count: u32, first: DownView, next_end: Option<NextEndView> },
    /// None of ours needs a person; what does is in `platform_needs`.
    PlatformsNeedYou { connection_count: u32, unproved_count: u32, next_end: Option<NextEndView> },
}

/// What needs a person at the platforms: of copies, of platforms and of incidents the first and how many [A8, D2, D4].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct PlatformNeedsView {
    pub copy_count: u32,
    pub first_copy: Option<CopyNeedView>,
    /// Platforms that cannot be read until somebody gives them another key.
    pub unread_count: u32,
    pub first_unread: Option<UnreadNeedView>,
    /// Open ones that no dead connection tells of.
    pub incident_count: u32,
    pub first_incident: Option<IncidentNeedView>,
}

/// A platform's own connection that is dead, and workflows wait for it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct CopyNeedView {
    pub id: String,
    pub name: String,
    pub platform_name: String,
    pub since: Option<Millis>,
    pub waiting_count: u32,
    /// The open incident about it.
    pub incident: Option<String>,
}

/// A platform that time alone does not make readable again: what is shown of it gets old.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct UnreadNeedView {
    pub id: String,
    pub name: String,
    /// When all of it was last read; null: never.
    pub read_at: Option<Millis>,
}

/// An incident that somebody has to bring to its end.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct IncidentNeedView {
    pub id: String,
    pub name: String,
    /// Null: nothing stands against closing it.
    pub stands: Option<IncidentStandsView>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum IncidentStandsView {
    /// No call has shown that it works again.
    Broken,
    Paused {
        count: u32,
    },
    Unvalidated {
        count: u32,
    },
}

/// The connection to mend first, and what hangs on it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct MendFirstView {
    pub id: String,
    pub name: String,
    pub cause: Option<CauseView>,
    /// What mends it.
    pub action: MendView,
    /// The token in hand still works.
    pub still_works: bool,
    pub dependant_count: u32,
    pub since: Millis,
    /// Where its sealed new token lay that is missing or cannot be opened.
    pub unopened_file: Option<String>,
}

/// A connection that does not work just now, and mends without a person once its reason passes.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct DownView {
    pub id: String,
    pub name: String,
    pub provider_name: String,
    pub reason: StatusReasonView,
    pub since: Millis,
}

/// The next usable connection that stops by itself.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct NextEndView {
    pub id: String,
    pub name: String,
    pub at: Millis,
}

/// What the foot of the navigation says of the engine.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct EngineView {
    pub watched_count: u32,
    pub next_refresh_at: Option<Millis>,
    /// What Patchbay may do by itself, as a person switched it [B14].
    pub mode: RefreshModeView,
    /// Since when it is switched so; null where nobody ever switched it.
    pub mode_since: Option<Millis>,
    /// Since when no provider could be reached; null while the network is there.
    pub network_down_since: Option<Millis>,
    /// New bundles that the keychain would not take: they are lost when this program ends, unless sealed [S154].
    pub held: Vec<HeldBundleView>,
}

/// One switch for the whole board [B14].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RefreshModeView {
    On,
    /// Only what would otherwise be lost, or is asked for.
    Metered,
    /// Nothing by itself; a click still refreshes.
    Paused,
    /// No request leaves.
    Offline,
}

/// A bundle that waits for the keychain [S154].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct HeldBundleView {
    pub connection_id: String,
    pub connection_name: String,
    pub since: Millis,
    /// It lies sealed on the disk as well, and survives the end of the program.
    pub is_sealed: bool,
    /// In the memory of this other process alone: "process 4711 (patchbay)".
    pub held_by: Option<String>,
}

/// Whether the OS keychain can be used right now.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum KeychainView {
    Open,
    Locked,
    /// No keychain answers on this machine.
    Absent,
    /// A keychain answers, but it is not the one that holds this board's secrets.
    Different,
    NotAnswering,
}

/// One connection on the board.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ConnectionRowView {
    pub id: String,
    pub name: String,
    pub provider_id: String,
    pub provider_name: String,
    /// Two letters for the provider's tag.
    pub provider_tag: String,
    pub account: Option<String>,
    pub workspace: Option<String>,
    pub customer: Option<String>,
    pub environment: EnvironmentView,
    pub is_practice: bool,
    /// The provider has a page where a person takes access back.
    pub has_access_page: bool,
    pub status: StatusView,
    pub proof: Option<ProofView>,
    pub grant_end: GrantEndView,
    pub token_expiry: ExpiryView,
    /// What brings a refresh token, should there be none.
    pub refresh_token_way: RefreshTokenWayView,
    pub dependant_count: u32,
    pub missing_scope_count: u32,
    pub granted_scope_count: u32,
}

/// A label that never mixes with another [A9].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EnvironmentView {
    Production,
    Staging,
    Sandbox,
}

/// The status as the engine derived it [B1].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct StatusView {
    pub lamp: LampView,
    pub reason: StatusReasonView,
    pub since: Millis,
    /// Since when the token in hand is of no use; null while it holds.
    pub over_since: Option<Millis>,
    /// For `expiring`: the share of the warning window that is left, 0 to 1.
    pub share_left: Option<f64>,
    /// The proof is older than twice its usual interval.
    pub is_stale: bool,
    /// The one thing to do about it; `none` where there is nothing.
    pub action: MendView,
    /// A person has to do that before it works, or goes on working.
    pub needs_person: bool,
}

/// What a status offers: the action of its diagnosis, or the page that the provider itself names for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(untagged)]
pub enum MendView {
    Action(ActionLabel),
    Page(MendingPageLabel),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MendingPageLabel {
    OpenMendingPage,
}

/// Which lamp shines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LampView {
    Active,
    Expiring,
    ReauthRequired,
    Unproved,
    Disconnected,
}

/// Why the lamp shines so.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StatusReasonView {
    /// Refreshed by itself; nothing for a person to do.
    KeptAlive,
    /// The token is over; the next call refreshes it.
    RefreshedOnNeed { since: Millis },
    /// The provider gave a token that does not expire.
    NeverExpires,
    /// Usable, and nothing says until when.
    NoEndKnown,
    /// Usable until then, well beyond the warning window, though nothing renews it.
    HoldsUntil { at: Millis },
    /// No refresh token: it stops then unless a person reconnects [B10].
    NoRefreshToken { at: Option<Millis> },
    /// Automatic refresh is switched off; it stops then.
    RefreshSwitchedOff { at: Millis },
    /// The grant itself ends then.
    GrantEnds { at: Millis },
    /// The secret of its client ends then, and with it every refresh.
    ClientSecretEnds { at: Millis },
    /// The token is over, and nobody refreshes just now.
    RefreshPaused { why: PausedWhyView, since: Millis },
    /// Refreshes fail, for a reason that may pass; tried again then, where it is.
    RefreshFailing {
        cause: CauseView,
        failure_count: u32,
        /// Refused without a word so often that a person was told.
        is_repeated: bool,
        usable_until: Option<Millis>,
        retry_at: Option<Millis>,
    },
    /// The provider has ended the grant.
    GrantEnded { cause: CauseView },
    /// The access token is over and no refresh token was ever issued.
    TokenOver,
    /// A refresh was sent and no answer came; the next one finds out.
    OutcomeUnknown { usable_until: Option<Millis> },
    /// The newest token was sealed and cannot be opened; a person decides.
    HeldUnopened { usable_until: Option<Millis> },
    /// The newest token waits for the keychain.
    BundleHeld { usable_until: Option<Millis> },
    /// The keychain holds no secret for this connection.
    SecretMissing,
    /// Connected, never proved by a call.
    NeverProved,
    /// The last call was refused, though the grant seems to live.
    LastCallFailed { cause: CauseView },
    /// A person disconnected it.
    DisconnectedByPerson,
}

/// Why nobody refreshes just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PausedWhyView {
    Metered,
    Paused,
    Offline,
    NetworkDown,
}

/// When and how the state was last proved.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ProofView {
    pub at: Millis,
    pub by: ProofKindView,
    pub is_success: bool,
}

/// By what a state was proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProofKindView {
    TestCall,
    Refresh,
    SignIn,
}

/// When the grant itself ends, as far as anyone can tell [B11].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum GrantEndView {
    NoEndKnown,
    EndsAt {
        at: Millis,
        /// No refresh has shown yet whether it moves that end.
        may_move: bool,
    },
    /// Ends when unused for this long, and is kept alive by refreshes.
    KeptAlive {
        #[ts(type = "number")]
        idle_ms: u64,
    },
    Ended {
        at: Millis,
        cause: CauseView,
    },
    Disconnected {
        at: Millis,
    },
}

/// What brings a refresh token where none came [B10].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RefreshTokenWayView {
    /// Offline access was not asked for.
    AskForOfflineAccess,
    /// It was asked for and not granted.
    AllowOfflineAccess,
    /// It was granted, and none came all the same.
    GrantedInVain,
    /// A setting of the client at the provider decides.
    ClientSetting,
    /// The provider gives one with a consent.
    NewConsent,
    /// The provider gives none.
    NotOffered,
}

/// When the access token expires: three different things [B7].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ExpiryView {
    Known {
        at: Millis,
    },
    Unknown,
    Never,
    /// There is no access token.
    NoToken,
}
