//! Every command and event the window knows, once: the source of `ui/src/backend/bindings.ts`.

use std::collections::BTreeMap;

use ts_rs::{Config, TS, TypeVisitor};

use crate::command_error::CommandError;
use crate::views::*;

/// Each command's arguments and answer. The field's name is the command's.
#[derive(TS)]
pub struct Commands {
    pub board: (Nothing, BoardView),
    // The same in short: what the window takes.
    pub packed_board: (Nothing, PackedBoardView),
    pub connection: (OneConnection, ConnectionView),
    pub list_providers: (Nothing, Vec<ProviderView>),
    pub list_clients: (Nothing, Vec<ClientView>),
    pub plan_connect: (PlanConnect, ConnectPlanView),
    pub begin_connect: (BeginConnect, SignInView),
    pub begin_reconnect: (OneConnection, SignInView),
    pub list_sign_ins: (Nothing, Vec<SignInView>),
    pub open_sign_in_page: (OneSignIn, bool),
    pub cancel_sign_in: (OneSignIn, ()),
    pub decide_reconnect: (DecideReconnect, ()),
    // The one that a platform's own import has taken in.
    pub delete_grant_file: (OneSignIn, ()),
    // Null when the address was the answer.
    pub paste_redirect: (PasteRedirect, Option<PasteRefusedView>),
    // Null when it was taken.
    pub set_client_redirect: (SetClientRedirect, Option<RedirectRefusedView>),
    pub run_test_call: (OneConnection, TestCallView),
    pub run_checks: (OneConnection, Vec<CheckView>),
    pub refresh_now: (OneConnection, RefreshView),
    pub plan_disconnect: (OneConnection, FarewellView),
    pub disconnect: (OneConnection, DisconnectedView),
    pub forget_connection: (OneConnection, RetirementView),
    pub label_connection: (LabelConnection, ()),
    pub note_connection: (NoteConnection, ()),
    pub set_automatic_refresh: (SetAutomaticRefresh, ()),
    pub add_dependant: (AddDependant, ()),
    pub remove_dependant: (RemoveDependant, ()),
    pub list_events: (Nothing, Vec<EventView>),
    // Somebody touches the window.
    pub attend: (Nothing, UnreadView),
    pub list_unread: (Nothing, UnreadView),
    pub mark_read: (MarkRead, UnreadView),
    // Null: it was cancelled. Rungs are told of as `rung_changed` meanwhile.
    pub diagnose: (Diagnose, Option<LadderView>),
    pub cancel_diagnosis: (OneConnection, ()),
    // Null: there was none.
    pub last_diagnosis: (OneConnection, Option<LadderView>),
    // The page that the provider itself named, in the browser.
    pub open_mending_page: (OneConnection, ()),
    // A text to copy and send.
    pub letter_to_admin: (OneConnection, String),
    // Exactly what saving then writes.
    pub preview_failure_bundle: (FailureBundleOf, FailureBundleView),
    // Null: no folder was chosen.
    pub save_failure_bundle: (FailureBundleOf, Option<SavedBundleView>),
    pub vendor_report: (FailureBundleOf, VendorReportView),
    pub self_check: (Nothing, Vec<SelfCheckView>),
    // Answered when the person has, at the desktop's own question.
    pub unlock_keychain: (Nothing, KeychainView),
    // How large all of it is drawn.
    pub draw_at: (DrawAt, ()),
    pub health: (HealthOver, HealthView),
    pub clock: (Nothing, ClockView),
    pub set_refresh_mode: (SetRefreshMode, ()),
    // The path of the calendar file that was written.
    pub export_calendar: (ExportCalendar, String),
    // The path of the encrypted file that was written.
    pub export_held: (ExportHeld, String),
    pub open_provider_page: (OpenProviderPage, ()),
    pub open_source: (OpenSource, ()),
    pub begin_widening: (BeginWidening, SignInView),
    pub list_duplicates: (Nothing, Vec<DuplicatesView>),
    pub plan_merge: (TwoConnections, MergePlanView),
    pub merge_connections: (TwoConnections, MergedView),
    // The path; null when none was chosen.
    pub choose_import: (ChooseImport, Option<String>),
    pub preview_import: (PreviewImport, ImportPreviewView),
    pub take_import: (TakeImport, Vec<TakenItemView>),
    pub drop_import: (OneImport, ()),
    pub practice: (Nothing, PracticeView),
    pub start_practice: (Nothing, SignInView),
    pub set_practice_switches: (SetPracticeSwitches, PracticeView),
    pub do_practice_deed: (DoPracticeDeed, PracticeView),
    pub stage_cause: (StageCause, PracticeView),
    pub client_guide: (ClientGuide, ClientGuideView),
    // The path; null when none was chosen.
    pub choose_client_file: (Nothing, Option<String>),
    pub preview_client_file: (PreviewClientFile, ClientFileView),
    pub add_client: (AddClient, ClientView),
    pub client: (OneClient, ClientDetailView),
    pub rename_client: (RenameClient, ()),
    pub set_client_environment: (SetClientEnvironment, ()),
    pub remove_client: (RemoveClient, RemovedClientView),
    pub check_client: (OneClient, SetupCheckView),
    pub stage_client_secret: (StageClientSecret, RotationView),
    pub switch_client_secret: (SwitchClientSecret, RotationView),
    pub verify_client_secret: (VerifyClientSecret, RotationView),
    pub finish_rotation: (OneClient, ()),
    pub cancel_rotation: (OneClient, ()),
    // What breaks next if nobody acts.
    pub horizon: (AskHorizon, HorizonView),
    pub blast_radius: (AskRadius, RadiusView),
    // Step by step; null: nothing of that id is known any more.
    pub radius_node: (OneNode, Option<RadiusNodeView>),
    // The path of the file that was written.
    pub export_radius: (ExportRadius, String),
    pub list_platforms: (Nothing, Vec<PlatformView>),
    // Tries the key, and keeps nothing where it is refused. Its first reading is asked for apart.
    pub add_platform: (AddPlatform, ReadingOutcomeView),
    pub remove_platform: (OnePlatform, ()),
    // Ends when the reading does; how far it is comes as `platform_reading_changed`.
    pub read_platform: (OnePlatform, ReadingOutcomeView),
    pub cancel_reading: (OneReading, ()),
    // The path; null when none was chosen.
    pub choose_workflow_file: (Nothing, Option<String>),
    pub import_workflows: (ImportWorkflows, ReadingOutcomeView),
    // The path of a template that was written, to be filled in by hand.
    pub save_workflow_template: (Nothing, String),
    pub list_platform_connections: (Nothing, Vec<PlatformConnectionView>),
    pub join_platform_connection: (JoinPlatformConnection, ()),
    pub test_platform_connection: (OnePlatformConnection, PlatformTestView),
    pub open_platform_page: (OpenPlatformPage, ()),
    pub pause_workflows: (PauseWorkflows, Vec<PausedWorkflowView>),
    pub resume_workflows: (ResumeWorkflows, ResumedView),
    // Signs in anew for a grant of the platform's own; what came of it is how the sign-in ends.
    pub push_grant: (OnePlatformConnection, SignInView),
    pub list_incidents: (Nothing, Vec<IncidentRowView>),
    pub incident: (OneIncident, IncidentView),
    pub run_canary: (OneIncident, IncidentView),
    pub tick_validation: (TickValidation, IncidentView),
    pub close_incident: (CloseIncident, IncidentView),
    pub open_incident: (OneNode, String),
    pub set_automatic_reading: (SetAutomaticReading, ()),
    // As saving would write it.
    pub incident_report: (OneIncident, IncidentReportView),
    // The path of the Markdown file that was written.
    pub save_incident_report: (OneIncident, String),
    pub checklists: (Nothing, Vec<ChecklistView>),
    pub checklist_templates: (Nothing, Vec<ChecklistTemplateView>),
    // Every connection as it would stand on a new list, with all steps chosen that can be tried.
    pub checklist_candidates: (Nothing, Vec<MemberView>),
    pub save_checklist: (SaveChecklist, SavedChecklistView),
    // With its runs; not while one is under way.
    pub remove_checklist: (OneChecklist, ()),
    // What this run of the program removed, with its runs.
    pub restore_checklist: (OneChecklist, ()),
    // In the engine, whatever the window does meanwhile; each change is told as `rehearsal_changed`.
    pub start_rehearsal: (StartRehearsal, RehearsalView),
    // What was made is removed before it ends.
    pub stop_rehearsal: (OneChecklist, ()),
    // Null: there is no such run, or none yet.
    pub rehearsal: (OneRehearsal, Option<RehearsalView>),
    // The newest first.
    pub rehearsals_of: (OneChecklist, Vec<RehearsalRowView>),
    pub rehearsal_report: (OneReport, RehearsalReportView),
    // The path of the file that was written.
    pub save_rehearsal_report: (SaveRehearsalReport, String),
    // Objects of any run that may still be at a provider.
    pub left_objects: (Nothing, Vec<LeftObjectView>),
    // Null: it is gone from there.
    pub remove_left_object: (OneLeftObject, Option<LeftObjectView>),
    // A person has looked, and removed it or found none.
    pub forget_left_object: (OneLeftObject, ()),
    pub reconnect_queue: (Nothing, ReconnectQueueView),
    pub start_queue: (StartQueue, ReconnectQueueView),
    pub pause_queue: (Nothing, ReconnectQueueView),
    // Also one that the program left in the middle.
    pub resume_queue: (Nothing, ReconnectQueueView),
    pub stop_queue: (Nothing, ReconnectQueueView),
    // Puts the summary away; the record stays.
    pub dismiss_queue: (Nothing, ReconnectQueueView),
    pub skip_turn: (OneConnection, ReconnectQueueView),
    pub hand_over_turn: (OneConnection, ReconnectQueueView),
    // What was skipped, handed over or failed waits again.
    pub put_turn_back: (OneConnection, ReconnectQueueView),
    pub open_turn: (OneConnection, ReconnectQueueView),
    pub handing_over_note: (OneConnection, HandingOverNoteView),
    // The path of the text that was written.
    pub save_handing_over_note: (OneConnection, String),
    pub list_passes: (Nothing, Vec<PassRowView>),
    pub pass_record: (OnePass, IncidentReportView),
    // The path of the file that was written.
    pub save_pass_record: (SavePassRecord, String),
    pub programs: (Nothing, ProgramsView),
    pub answer_program: (AnswerProgram, ProgramsView),
    // It is asked about again.
    pub revoke_program: (OnePermission, ProgramsView),
    pub set_unasked: (SetUnasked, ProgramsView),
    pub rename_learned_program: (RenameLearnedProgram, ProgramsView),
    // It comes back when it is seen again.
    pub forget_learned_program: (OneLearnedProgram, ProgramsView),
    pub alerts: (Nothing, AlertsView),
    pub add_alert_channel: (AddAlertChannel, AddedChannelView),
    pub change_alert_channel: (ChangeAlertChannel, AlertsView),
    pub set_alert_channel_on: (SetAlertChannelOn, AlertsView),
    // Sent once and now, whatever its rule and the switch say; what became of it.
    pub test_alert_channel: (OneAlertChannel, DeliveryView),
    pub remove_alert_channel: (OneAlertChannel, AlertsView),
    // A page, the newest first.
    pub alert_deliveries: (AskDeliveries, DeliveriesView),
    pub forwarding: (Nothing, ForwardingView),
    pub add_event_destination: (AddEventDestination, AddedDestinationView),
    pub set_event_destination_on: (SetEventDestinationOn, ForwardingView),
    // Something that is no event, and moves nothing.
    pub test_event_destination: (OneEventDestination, DestinationTestView),
    pub remove_event_destination: (OneEventDestination, ForwardingView),
    // The path; null when none was chosen.
    pub choose_event_folder: (Nothing, Option<String>),
    // Onto the clipboard for a minute; it never crosses to the page.
    pub copy_signing_secret: (OneSigningSecret, ()),
    // The receiver has it.
    pub drop_signing_secret: (Nothing, ()),
    pub desk: (Nothing, DeskView),
    pub change_desk: (ChangeDesk, DeskView),
    // What waits for the page from outside: links, the tray, a message, a closed window.
    pub take_asks: (Nothing, Vec<AskView>),
    pub answer_closing: (AnswerClosing, ()),
    pub quit: (Nothing, ()),
}

/// Each event's payload. The field's name, with dashes, is the event's.
#[derive(TS)]
pub struct Events {
    /// Something on the board changed; ask again. Null: more than one connection.
    pub connection_changed: Option<String>,
    /// How it stands now. Null: of any of them something may have been missed; ask again.
    pub sign_in_changed: Option<SignInView>,
    /// A file or folder was dropped onto the window: its path.
    pub file_dropped: String,
    /// A rung of a ladder that is being run has begun or ended.
    pub rung_changed: RungChangedView,
    /// A platform, its workflows or its connections changed; ask again. Null: more than one.
    pub platform_changed: Option<String>,
    pub platform_reading_changed: PlatformReadingView,
    /// Opened, mended, ticked or closed; ask again. Null: more than one.
    pub incident_changed: Option<String>,
    /// A checklist, its run or its certificate changed; ask again. Null: more than one.
    pub rehearsal_changed: Option<String>,
    /// The reconnect queue; ask again.
    pub queue_changed: (),
    /// A program asks, was answered, or a run waits or goes on; ask again.
    pub programs_changed: (),
    /// Channels that alerts go to, or their messages; ask again.
    pub alerts_changed: (),
    /// Something waits for the page: take it.
    pub asks_wait: (),
}

macro_rules! arguments {
    ($($(#[$doc:meta])* $name:ident { $($field:ident : $type:ty),* $(,)? })+) => {
        $($(#[$doc])* #[derive(TS)] pub struct $name { $(pub $field: $type),* })+
    };
}

arguments! {
    /// No arguments.
    Nothing {}
    /// Names a connection.
    OneConnection { id: String }
    /// `run`: a number of the window's choice, which comes back with each rung. `resource`: an address of the
    /// provider's API that is to be read too.
    Diagnose { id: String, run: u32, may_refresh: bool, may_write: bool, resource: Option<String> }
    /// `includes_account`: the account's own name is not masked.
    FailureBundleOf { id: String, includes_account: bool }
    /// Names a sign-in under way.
    OneSignIn { id: String }
    /// Further scopes of a connection.
    BeginWidening { id: String, scopes: Vec<String> }
    /// The one that stays, and the one merged into it.
    TwoConnections { keep: String, gone: String }
    PlanConnect { provider: String }
    BeginConnect { form: ConnectForm }
    DecideReconnect { id: String, decision: ReconnectDecision }
    /// `address`: as it was pasted.
    PasteRedirect { id: String, address: String }
    /// Without an address the provider's usual one serves again.
    SetClientRedirect { id: String, redirect_uri: Option<String> }
    LabelConnection { id: String, name: String, customer: Option<String>, environment: EnvironmentView }
    /// Null takes back what was said before.
    NoteConnection { id: String, note: Option<String>, owner: Option<String> }
    SetAutomaticRefresh { id: String, on: bool }
    /// The last so many days.
    HealthOver { days: u32 }
    /// In hundredths: 50 to 300.
    DrawAt { percent: u32 }
    SetRefreshMode { mode: RefreshModeView }
    /// Of one connection, or of all.
    ExportCalendar { id: Option<String> }
    ExportHeld { passphrase: String }
    AddDependant { id: String, dependant: NewDependant }
    /// Up to when the list was looked up.
    MarkRead { until: Millis }
    RemoveDependant { id: String, dependant: String }
    OpenProviderPage { provider: String, page: ProviderPage }
    /// The address of a lesson's source; refused where it is none that may be opened.
    OpenSource { url: String }
    ChooseImport { is_folder: bool }
    /// A file or folder; the tool's name, or null to look.
    PreviewImport { path: String, format: Option<String> }
    TakeImport { id: String, numbers: Vec<u32>, environment: EnvironmentView }
    /// Names a preview.
    OneImport { id: String }
    SetPracticeSwitches { switches: PracticeSwitches }
    DoPracticeDeed { deed: PracticeDeed }
    /// All switches go back. Null: nothing is staged.
    StageCause { cause: Option<CauseLabel> }
    /// Names a client.
    OneClient { id: String }
    ClientGuide { provider: String, variables: Vec<VariableValue> }
    PreviewClientFile { provider: String, path: String }
    /// `may_be_left_there`: also where the server that Patchbay registered it at cannot be asked to delete it.
    RemoveClient { id: String, may_be_left_there: bool }
    AddClient { form: NewClientForm }
    RenameClient { id: String, name: String }
    SetClientEnvironment { id: String, environment: EnvironmentView }
    StageClientSecret { id: String, client_secret: String }
    SwitchClientSecret { id: String, even_untested: bool }
    VerifyClientSecret { id: String, may_rotate: bool }
    AskHorizon { reach: ReachView }
    AskRadius { question: RadiusQuestion }
    /// Names a connection, a platform connection or a workflow.
    OneNode { id: String }
    /// `question`: what is shown; the table holds all that its filter lets through, nothing folded.
    ExportRadius { question: RadiusQuestion, file: RadiusFile }
    AddPlatform { form: NewPlatformForm }
    /// Names a platform.
    OnePlatform { id: String }
    SetAutomaticReading { id: String, on: bool }
    /// Names a reading: the platform's id, or what the window called an import.
    OneReading { id: String }
    /// `reading`: a name of the window's choice, which comes back with each event. `kind`: null to look. `platform`: the
    /// one it is read into; null: the one of that file or a new one, of that name and customer.
    ImportWorkflows {
        path: String,
        reading: String,
        kind: Option<PlatformKindView>,
        platform: Option<String>,
        name: Option<String>,
        customer: Option<String>,
    }
    /// Names a platform connection.
    OnePlatformConnection { id: String }
    /// `connection`: the one of ours that stands for the same account; null: none does.
    JoinPlatformConnection { id: String, connection: Option<String> }
    /// The page of a platform, a platform connection or a workflow.
    OpenPlatformPage { id: String }
    /// `as_saved`: a person's word for what was edited while it was paused, where its platform starts nothing else.
    ResumeWorkflows { ids: Vec<String>, as_saved: bool }
    /// `incident`: the one that they wait for, which resumes them. Null: a person does.
    PauseWorkflows { ids: Vec<String>, incident: Option<String> }
    /// Names an incident.
    OneIncident { id: String }
    TickValidation { id: String, workflow: String, is_ticked: bool }
    CloseIncident { id: String, note: Option<String> }
    SaveChecklist { form: ChecklistForm }
    /// Names a checklist.
    OneChecklist { id: String }
    /// `hold_minutes` and `until`: other than the checklist says; at most one of both.
    StartRehearsal { id: String, hold_minutes: Option<u32>, until: Option<Millis> }
    /// The newest run of a checklist, also one under way, or the one of that id.
    OneRehearsal { id: String, run: Option<String> }
    /// Names a run.
    OneReport { run: String }
    SaveRehearsalReport { run: String, format: ReportFormat }
    /// Names an object that was left behind.
    OneLeftObject { id: String }
    /// Those that a person chose; null: all that needs a sign-in.
    StartQueue { ids: Option<Vec<String>> }
    /// Names a pass through the reconnect queue.
    OnePass { id: String }
    SavePassRecord { id: String, file: RecordFile }
    /// Names a program and a connection.
    OnePermission { id: String, connection: String }
    AnswerProgram { id: String, connection: String, answer: ProgramAnswer }
    SetUnasked { unasked: UnaskedView }
    /// Names a program that was seen.
    OneLearnedProgram { path: String }
    RenameLearnedProgram { path: String, name: String }
    AddAlertChannel { form: NewChannelForm }
    ChangeAlertChannel { id: String, name: String, rule: ChannelRuleView }
    SetAlertChannelOn { id: String, on: bool }
    /// Names a channel that alerts go to.
    OneAlertChannel { id: String }
    /// Of one channel, or of all; `before`: those with smaller numbers alone.
    AskDeliveries { id: Option<String>, before: Option<u32> }
    AddEventDestination { form: NewDestinationForm }
    SetEventDestinationOn { id: String, on: bool }
    /// Names a destination that events are forwarded to.
    OneEventDestination { id: String }
    /// Names the channel or destination that a signing secret was made for.
    OneSigningSecret { id: String }
    ChangeDesk { change: DeskChange }
    AnswerClosing { answer: ClosingAnswer }
}

/// All types as one TypeScript file.
pub fn typescript() -> String {
    let config = Config::default();
    let mut types = Declarations { config: &config, found: BTreeMap::new() };
    types.visit::<Commands>();
    types.visit::<Events>();
    types.visit::<CommandError>();

    let mut text = String::from("// Generated from src-tauri/desktop/contract.rs by `./dev bindings`. Do not edit.\n");
    for declaration in types.found.values() {
        text.push_str("\nexport ");
        text.push_str(declaration);
        text.push('\n');
    }
    text
}

/// Walks from the contract to everything it mentions.
struct Declarations<'a> {
    config: &'a Config,
    found: BTreeMap<String, String>,
}

impl TypeVisitor for Declarations<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Only types of our own have a place to be written to.
        if T::output_path().is_none() || self.found.contains_key(&T::ident(self.config)) {
            return;
        }
        self.found.insert(T::ident(self.config), T::decl(self.config));
        T::visit_dependencies(self);
    }
}
