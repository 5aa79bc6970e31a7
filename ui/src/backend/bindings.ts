// Generated from src-tauri/desktop/contract.rs by `./dev bindings`. Do not edit.

export type AbilitiesView = { 
/**
 * It can be read again without a person.
 */
reads: boolean, lists_runs: boolean, 
/**
 * Null: it has no test of a connection.
 */
tests_connections: TestWorthView | null, pauses: boolean, takes_grants: boolean, repeats_runs: boolean, };

export type AccessTokenAfterView = { "state": "ends_too" } | { "state": "works_until", at: Millis, } | { "state": "works_on" } | { "state": "none_left" };

export type AccessTokenSeenView = { "state": "dead" } | { "state": "still_works", until: Millis | null, } | { "state": "not_seen", until: Millis | null, } | { "state": "none_left" };

export type AccessView = "reads" | "writes" | "unknown";

export type ActionLabel = "wait_and_retry" | "refresh" | "reconnect" | "reconnect_with_more_scopes" | "reconnect_other_account" | "share_resource" | "ask_admin" | "fix_client_config" | "fix_request" | "fix_clock" | "contact_provider" | "none";

export type ActionView = { allows: string, scopes: Array<string>, writes: boolean, 
/**
 * All its scopes were asked for.
 */
is_wished: boolean, 
/**
 * Scopes it takes that are not granted; none: it can be done.
 */
missing: Array<string>, };

export type AddAlertChannel = { form: NewChannelForm, };

export type AddClient = { form: NewClientForm, };

export type AddDependant = { id: string, dependant: NewDependant, };

export type AddEventDestination = { form: NewDestinationForm, };

export type AddPlatform = { form: NewPlatformForm, };

export type AddedChannelView = { id: string, 
/**
 * A signing secret was made; it can be copied, and is never shown.
 */
has_made_secret: boolean, alerts: AlertsView, };

export type AddedDestinationView = { id: string, 
/**
 * A signing secret was made; it can be copied, and is never shown.
 */
has_made_secret: boolean, forwarding: ForwardingView, };

export type AffectedWorkflowView = { id: string, name: string, platform: PlatformNameView, customer: string | null, owner: string | null, state: WorkflowStateView, next_run_at: Millis | null, 
/**
 * Since it began, the newest first; at most ten.
 */
failed_runs: Array<RunView>, failed_run_count: number, can_be_paused: boolean, has_page: boolean, 
/**
 * When a person found it running well.
 */
validated_at: Millis | null, 
/**
 * A run since the repair has shown it.
 */
proved_by_run: RunView | null, 
/**
 * It waits for another connection still.
 */
waits_for: SourceNameView | null, 
/**
 * Null: nothing has to be run again.
 */
replay: ReplayLineView | null, };

export type AfterFailureView = "go_on" | "stop";

export type AlertChannelView = { id: string, name: string, kind: ChannelKindView, 
/**
 * Where it leads, as far as that may be shown: an origin, addresses, a program.
 */
target: string, 
/**
 * Of mail alone.
 */
mail: MailServerView | null, is_on: boolean, rule: ChannelRuleView, 
/**
 * Messages that are on their way.
 */
waiting_count: number, 
/**
 * The oldest of those: the others wait for it.
 */
next: DeliveryView | null, 
/**
 * What it has noticed, and no message tells yet.
 */
held_count: number, 
/**
 * When it took a message last.
 */
delivered_at: Millis | null, 
/**
 * The newest message, however that went.
 */
last: DeliveryView | null, };

export type AlertsView = { 
/**
 * By name.
 */
channels: Array<AlertChannelView>, quiet: QuietView | null, 
/**
 * Null: it is not quiet just now.
 */
quiet_until: Millis | null, 
/**
 * A process of this board sends by itself.
 */
is_sent: boolean, };

export type AllowedView = { mark: MarkView, granted_count: number, requested_count: number, missing: Array<string>, };

export type AlsoWaitingView = { workflow: string, source: SourceNameView, };

export type AlternativeView = { cause: CauseLabel, 
/**
 * 0 to 1.
 */
confidence: number, };

export type AnswerClosing = { answer: ClosingAnswer, };

export type AnswerForm = { name: string, answer: string, };

export type AnswerProgram = { id: string, connection: string, answer: ProgramAnswer, };

export type AskDeliveries = { id: string | null, before: number | null, };

export type AskHorizon = { reach: ReachView, };

export type AskRadius = { question: RadiusQuestion, };

export type AskView = { "ask": "board" } | { "ask": "queue" } | { "ask": "platforms" } | { "ask": "programs" } | { "ask": "connection", id: string, } | { "ask": "reconnect", id: string, } | { "ask": "mend", id: string, } | { "ask": "unknown_link" } | { "ask": "closing", has_tray: boolean, } | { "ask": "page_came_back" };

export type AuthorisedView = { mark: MarkView, granted_at: Millis | null, ends_at: Millis | null, cause: CauseView | null, };

export type BeginConnect = { form: ConnectForm, };

export type BeginWidening = { id: string, scopes: Array<string>, };

export type BindingView = { 
/**
 * The one API its tokens are for (RFC 8707). Null: the provider decides.
 */
resource: string | null, 
/**
 * The key its tokens are bound to (RFC 9449), by its thumbprint (RFC 7638). Null: whoever holds one can use it.
 */
dpop_thumbprint: string | null, 
/**
 * Where the MCP server listens that this is a connection to.
 */
mcp_server: string | null, };

export type BlockedNeedView = { connection: string, connection_name: string, };

export type BlockedRunView = { number: number, name: string, 
/**
 * Null: a person waits at a terminal.
 */
path: string | null, since: Millis, needs: Array<BlockedNeedView>, };

export type BoardView = { headline: HeadlineView, platform_needs: PlatformNeedsView, 
/**
 * Already sorted: what needs a person first, then by customer and name.
 */
rows: Array<ConnectionRowView>, engine: EngineView, keychain: KeychainView, 
/**
 * Since when the window has seen it so; null while it is open.
 */
keychain_since: Millis | null, };

export type BudgetExcessView = "oldest_ends" | "all_others_end" | "refused";

export type BudgetScopeView = "account_and_client" | "account" | "client";

export type BudgetShareView = { account: string | null, 
/**
 * Names, the oldest first.
 */
connections: Array<string>, 
/**
 * Grants that no connection uses, and that live on at the provider all the same.
 */
left_count: number, 
/**
 * One more is one too many.
 */
is_spent: boolean, };

export type BudgetView = { 
/**
 * The client it is counted for.
 */
client: string, limit: number, per: BudgetScopeView, excess: BudgetExcessView, 
/**
 * The largest share first.
 */
shares: Array<BudgetShareView>, };

export type CanaryView = { at: Millis, is_success: boolean, latency_ms: number | null, http_status: number | null, cause: CauseView | null, 
/**
 * Of a platform's own test.
 */
failure: PlatformFailureView | null, };

export type CauseLabel = "access_token_expired" | "access_token_invalid" | "refresh_token_missing" | "refresh_token_expired" | "refresh_token_reused" | "refresh_token_limit_exceeded" | "grant_revoked" | "grant_invalid" | "authorization_code_invalid" | "insufficient_scope" | "invalid_scope_request" | "consent_required" | "wrong_tenant_or_account" | "resource_not_shared" | "admin_policy_restriction" | "interaction_required" | "sso_required" | "ip_restricted" | "account_disabled" | "user_denied_consent" | "app_not_approved" | "client_credentials_mismatch" | "redirect_uri_mismatch" | "pkce_failure" | "state_mismatch" | "unsupported_grant" | "malformed_token_request" | "malformed_api_request" | "token_audience_mismatch" | "api_not_enabled" | "clock_skew" | "rate_limited" | "provider_outage" | "network_failure" | "expires_in_invalid" | "no_failure";

export type CauseView = { 
/**
 * One of the labels in `ui/src/words/causes.ts`.
 */
cause: CauseLabel, action: ActionLabel, 
/**
 * The provider's own error code, cut and cleaned, where it sent one.
 */
provider_code: string | null, http_status: number | null, 
/**
 * Of a refusal that names no reason: the cause is the likeliest.
 */
is_guess?: boolean, 
/**
 * The refresh token was sent twice without a usable answer: it is probably spent, and nobody sends it by itself.
 */
has_lost_answers?: boolean, 
/**
 * 0 to 1, of a classified answer: a cause that needs none to look at has none of what follows.
 */
confidence?: number, 
/**
 * What else it may be, the likeliest first.
 */
alternatives?: Array<AlternativeView>, 
/**
 * What decided, and what speaks against the look-alikes: plain sentences.
 */
clues?: Array<string>, 
/**
 * What the provider is known to mean by its code.
 */
meaning?: string, };

export type CertificateView = { "state": "holds", until: Millis, by: HoldEndView, 
/**
 * The one that ends first, where one does before the time that was asked for.
 */
first: string | null, members: Array<HeldMemberView>, 
/**
 * When all were tested again last; null: not yet.
 */
tested_at: Millis | null, next_test_at: Millis | null, 
/**
 * A process watches: without one nothing is tested again.
 */
is_watched: boolean, } | { "state": "withdrawn", at: Millis, 
/**
 * Until when it had been good.
 */
until: Millis, mend: ToMendView, members: Array<HeldMemberView>, } | { "state": "over", until: Millis, members: Array<HeldMemberView>, } | { "state": "mend", 
/**
 * The first.
 */
mend: ToMendView, failing_count: number, holding_count: number, } | { "state": "partly", holding_count: number, member_count: number, };

export type ChangeAlertChannel = { id: string, name: string, rule: ChannelRuleView, };

export type ChangeDesk = { change: DeskChange, };

export type ChannelKindView = "webhook" | "slack" | "teams" | "mail" | "command";

export type ChannelRuleView = { 
/**
 * What needs a person.
 */
troubles: boolean, 
/**
 * Grants that end within so many days, 1 to 365. Null: they are not told.
 */
ahead_days: number | null, 
/**
 * Certificates that hold no more.
 */
certificates: boolean, causes: Array<CauseLabel>, customers: Array<string>, production_only: boolean, 
/**
 * Only where a workflow stops that matters at least so much.
 */
importance: ImportanceView | null, 
/**
 * Only once the first run that fails is within so many hours, 1 to 8760.
 */
within_hours: number | null, };

export type CheckOutcomeView = { "state": "worked", http_status: number | null, latency_ms: number, } | { "state": "failed", http_status: number | null, cause: CauseView, } | { "state": "not_tried", missing: Array<string>, };

export type CheckView = { 
/**
 * What it does, in words: "List one file".
 */
name: string, outcome: CheckOutcomeView, };

export type ChecklistForm = { 
/**
 * Null: a new one.
 */
id: string | null, name: string, customer: string | null, members: Array<MemberForm>, hold_minutes: number, after_failure: AfterFailureView, signs_out_first: boolean, };

export type ChecklistRefusedView = { "kind": "no_name" } | { "kind": "name_taken" } | { "kind": "no_members" } | { "kind": "member_twice", name: string, } | { "kind": "no_steps", name: string, } | { "kind": "member_gone", id: string, } | { "kind": "under_way" } | { "kind": "own_call", 
/**
 * The connection's.
 */
member: string, call: string, why: OwnCallRefusedView, };

export type ChecklistTemplateView = { 
/**
 * One word: "google", "notion".
 */
id: string, 
/**
 * "Google Drive and Docs".
 */
name: string, 
/**
 * The steps it has, in their order.
 */
steps: Array<StepView>, 
/**
 * Connections that it fits, with those steps chosen which can be tried.
 */
members: Array<MemberView>, signs_out_first: boolean, };

export type ChecklistView = { id: string, name: string, customer: string | null, 
/**
 * In the order in which they are tried.
 */
members: Array<MemberView>, 
/**
 * So long after the last check all of it is to hold.
 */
hold_minutes: number, after_failure: AfterFailureView, 
/**
 * Before the step `sign_in_again` the old grant is ended at the provider.
 */
signs_out_first: boolean, created_at: Millis, 
/**
 * The newest run; null: it was never run.
 */
last: RehearsalRowView | null, 
/**
 * How far the run under way is; null: none is.
 */
under_way: ProgressView | null, };

export type ChooseImport = { is_folder: boolean, };

export type ClientDetailView = { client: ClientView, redirect_port: number | null, 
/**
 * What is registered where the client has none of its own.
 */
usual_redirect_uri: string, 
/**
 * The public half of the key it signs with (RFC 7517), to be registered at the provider. Null: it has a secret, or
 * none.
 */
public_jwk: string | null, 
/**
 * Since when the server that Patchbay registered it at has not confirmed that it is deleted. Null: nobody asked.
 */
given_up_at: Millis | null, users: Array<ClientUserView>, check: SetupCheckView | null, rotation: RotationView | null, };

export type ClientFileKindView = "installed" | "web";

export type ClientFileView = { "state": "read", kind: ClientFileKindView, client_id: string, has_secret: boolean, project: string | null, redirect_uris: Array<string>, 
/**
 * What has to be added at the provider.
 */
missing_redirect_uri: string | null, } | { "state": "refused", complaint: string, };

export type ClientGuide = { provider: string, variables: Array<VariableValue>, };

export type ClientGuideView = { provider_id: string, provider_name: string, provider_tag: string, 
/**
 * What the provider calls the right kind of client.
 */
app_kind: string | null, steps: Array<string>, 
/**
 * As it is registered: without a port where any serves.
 */
redirect_uri: string, is_any_port: boolean, 
/**
 * False: the right kind of client takes any address of this computer, and is not told one.
 */
has_redirect_to_register: boolean, 
/**
 * A client may sign with a key in place of a secret (RFC 7523).
 */
offers_key: boolean, 
/**
 * As the provider separates them; empty where it knows none.
 */
scopes: string, client_id_name: string | null, client_secret_name: string | null, client_secret: SecretNeedView, has_console: boolean, variables: Array<VariableView>, 
/**
 * Parts of the entry that were read nowhere.
 */
unverified: Array<UnverifiedView>, };

export type ClientUserView = { connection_id: string, name: string, 
/**
 * Its refresh token is used up by every refresh.
 */
is_rotating: boolean, workflows: Array<string>, };

export type ClientView = { id: string, provider_id: string, name: string, client_id: string, has_secret: boolean, 
/**
 * When its secret ends, as the server said that registered it; null: nobody said.
 */
secret_ends_at: Millis | null, environment: EnvironmentView, 
/**
 * Its own redirect URI; null: the provider's usual one.
 */
redirect_uri: string | null, connection_count: number, };

export type ClockView = { 
/**
 * Positive: ours is ahead. Null before any answer.
 */
ahead_ms: number | null, 
/**
 * Off by so much that signatures and expiries suffer, and more than one word for it.
 */
is_off: boolean, 
/**
 * It differs as much, but nobody has confirmed it: ours may be wrong, or theirs.
 */
is_disputed: boolean, servers: Array<ServerClockView>, };

export type CloseIncident = { id: string, note: string | null, };

export type ClosingAnswer = "keep_running" | "quit" | "stay";

export type ClosingView = "ask" | "keep_running" | "quit";

export type CommandError = { code: ErrorCode, message: string, };

export type Commands = { board: [Nothing, BoardView], packed_board: [Nothing, PackedBoardView], connection: [OneConnection, ConnectionView], list_providers: [Nothing, Array<ProviderView>], list_clients: [Nothing, Array<ClientView>], plan_connect: [PlanConnect, ConnectPlanView], begin_connect: [BeginConnect, SignInView], begin_reconnect: [OneConnection, SignInView], list_sign_ins: [Nothing, Array<SignInView>], open_sign_in_page: [OneSignIn, boolean], cancel_sign_in: [OneSignIn, null], decide_reconnect: [DecideReconnect, null], delete_grant_file: [OneSignIn, null], paste_redirect: [PasteRedirect, PasteRefusedView | null], set_client_redirect: [SetClientRedirect, RedirectRefusedView | null], run_test_call: [OneConnection, TestCallView], run_checks: [OneConnection, Array<CheckView>], refresh_now: [OneConnection, RefreshView], plan_disconnect: [OneConnection, FarewellView], disconnect: [OneConnection, DisconnectedView], forget_connection: [OneConnection, RetirementView], label_connection: [LabelConnection, null], note_connection: [NoteConnection, null], set_automatic_refresh: [SetAutomaticRefresh, null], add_dependant: [AddDependant, null], remove_dependant: [RemoveDependant, null], list_events: [Nothing, Array<EventView>], attend: [Nothing, UnreadView], list_unread: [Nothing, UnreadView], mark_read: [MarkRead, UnreadView], diagnose: [Diagnose, LadderView | null], cancel_diagnosis: [OneConnection, null], last_diagnosis: [OneConnection, LadderView | null], open_mending_page: [OneConnection, null], letter_to_admin: [OneConnection, string], preview_failure_bundle: [FailureBundleOf, FailureBundleView], save_failure_bundle: [FailureBundleOf, SavedBundleView | null], vendor_report: [FailureBundleOf, VendorReportView], self_check: [Nothing, Array<SelfCheckView>], unlock_keychain: [Nothing, KeychainView], draw_at: [DrawAt, null], health: [HealthOver, HealthView], clock: [Nothing, ClockView], set_refresh_mode: [SetRefreshMode, null], export_calendar: [ExportCalendar, string], export_held: [ExportHeld, string], open_provider_page: [OpenProviderPage, null], open_source: [OpenSource, null], begin_widening: [BeginWidening, SignInView], list_duplicates: [Nothing, Array<DuplicatesView>], plan_merge: [TwoConnections, MergePlanView], merge_connections: [TwoConnections, MergedView], choose_import: [ChooseImport, string | null], preview_import: [PreviewImport, ImportPreviewView], take_import: [TakeImport, Array<TakenItemView>], drop_import: [OneImport, null], practice: [Nothing, PracticeView], start_practice: [Nothing, SignInView], set_practice_switches: [SetPracticeSwitches, PracticeView], do_practice_deed: [DoPracticeDeed, PracticeView], stage_cause: [StageCause, PracticeView], client_guide: [ClientGuide, ClientGuideView], choose_client_file: [Nothing, string | null], preview_client_file: [PreviewClientFile, ClientFileView], add_client: [AddClient, ClientView], client: [OneClient, ClientDetailView], rename_client: [RenameClient, null], set_client_environment: [SetClientEnvironment, null], remove_client: [RemoveClient, RemovedClientView], check_client: [OneClient, SetupCheckView], stage_client_secret: [StageClientSecret, RotationView], switch_client_secret: [SwitchClientSecret, RotationView], verify_client_secret: [VerifyClientSecret, RotationView], finish_rotation: [OneClient, null], cancel_rotation: [OneClient, null], horizon: [AskHorizon, HorizonView], blast_radius: [AskRadius, RadiusView], radius_node: [OneNode, RadiusNodeView | null], export_radius: [ExportRadius, string], list_platforms: [Nothing, Array<PlatformView>], add_platform: [AddPlatform, ReadingOutcomeView], remove_platform: [OnePlatform, null], read_platform: [OnePlatform, ReadingOutcomeView], cancel_reading: [OneReading, null], choose_workflow_file: [Nothing, string | null], import_workflows: [ImportWorkflows, ReadingOutcomeView], save_workflow_template: [Nothing, string], list_platform_connections: [Nothing, Array<PlatformConnectionView>], join_platform_connection: [JoinPlatformConnection, null], test_platform_connection: [OnePlatformConnection, PlatformTestView], open_platform_page: [OpenPlatformPage, null], pause_workflows: [PauseWorkflows, Array<PausedWorkflowView>], resume_workflows: [ResumeWorkflows, ResumedView], push_grant: [OnePlatformConnection, SignInView], list_incidents: [Nothing, Array<IncidentRowView>], incident: [OneIncident, IncidentView], run_canary: [OneIncident, IncidentView], tick_validation: [TickValidation, IncidentView], close_incident: [CloseIncident, IncidentView], open_incident: [OneNode, string], set_automatic_reading: [SetAutomaticReading, null], incident_report: [OneIncident, IncidentReportView], save_incident_report: [OneIncident, string], checklists: [Nothing, Array<ChecklistView>], checklist_templates: [Nothing, Array<ChecklistTemplateView>], checklist_candidates: [Nothing, Array<MemberView>], save_checklist: [SaveChecklist, SavedChecklistView], remove_checklist: [OneChecklist, null], restore_checklist: [OneChecklist, null], start_rehearsal: [StartRehearsal, RehearsalView], stop_rehearsal: [OneChecklist, null], rehearsal: [OneRehearsal, RehearsalView | null], rehearsals_of: [OneChecklist, Array<RehearsalRowView>], rehearsal_report: [OneReport, RehearsalReportView], save_rehearsal_report: [SaveRehearsalReport, string], left_objects: [Nothing, Array<LeftObjectView>], remove_left_object: [OneLeftObject, LeftObjectView | null], forget_left_object: [OneLeftObject, null], reconnect_queue: [Nothing, ReconnectQueueView], start_queue: [StartQueue, ReconnectQueueView], pause_queue: [Nothing, ReconnectQueueView], resume_queue: [Nothing, ReconnectQueueView], stop_queue: [Nothing, ReconnectQueueView], dismiss_queue: [Nothing, ReconnectQueueView], skip_turn: [OneConnection, ReconnectQueueView], hand_over_turn: [OneConnection, ReconnectQueueView], put_turn_back: [OneConnection, ReconnectQueueView], open_turn: [OneConnection, ReconnectQueueView], handing_over_note: [OneConnection, HandingOverNoteView], save_handing_over_note: [OneConnection, string], list_passes: [Nothing, Array<PassRowView>], pass_record: [OnePass, IncidentReportView], save_pass_record: [SavePassRecord, string], programs: [Nothing, ProgramsView], answer_program: [AnswerProgram, ProgramsView], revoke_program: [OnePermission, ProgramsView], set_unasked: [SetUnasked, ProgramsView], rename_learned_program: [RenameLearnedProgram, ProgramsView], forget_learned_program: [OneLearnedProgram, ProgramsView], alerts: [Nothing, AlertsView], add_alert_channel: [AddAlertChannel, AddedChannelView], change_alert_channel: [ChangeAlertChannel, AlertsView], set_alert_channel_on: [SetAlertChannelOn, AlertsView], test_alert_channel: [OneAlertChannel, DeliveryView], remove_alert_channel: [OneAlertChannel, AlertsView], alert_deliveries: [AskDeliveries, DeliveriesView], forwarding: [Nothing, ForwardingView], add_event_destination: [AddEventDestination, AddedDestinationView], set_event_destination_on: [SetEventDestinationOn, ForwardingView], test_event_destination: [OneEventDestination, DestinationTestView], remove_event_destination: [OneEventDestination, ForwardingView], choose_event_folder: [Nothing, string | null], copy_signing_secret: [OneSigningSecret, null], drop_signing_secret: [Nothing, null], desk: [Nothing, DeskView], change_desk: [ChangeDesk, DeskView], take_asks: [Nothing, Array<AskView>], answer_closing: [AnswerClosing, null], quit: [Nothing, null], };

export type ComplaintView = { trouble: ForwardingTroubleView, 
/**
 * The receiver's own words; cut, and without secrets.
 */
words: string | null, };

export type ConfidenceView = "stated" | "documented" | "observed" | "not_known";

export type ConnectForm = { 
/**
 * A provider of the catalogue, or an issuer's https address.
 */
provider: string, 
/**
 * A client already known, by its id; otherwise the two fields below make a new one.
 */
client: string | null, client_id: string | null, 
/**
 * Crosses once, towards the keychain; never comes back.
 */
client_secret: string | null, scopes: Array<string>, name: string | null, customer: string | null, environment: EnvironmentView, 
/**
 * A code is typed on another device; no browser comes back here.
 */
uses_device: boolean, 
/**
 * What makes the provider's addresses whole.
 */
variables: Array<VariableValue>, 
/**
 * The one API the tokens are for (RFC 8707).
 */
resource: string | null, 
/**
 * Tokens are bound to a key of ours, also where the provider only offers it (RFC 9449).
 */
dpop: boolean, };

export type ConnectPlanView = { provider_id: string, provider_name: string, provider_tag: string, issuer: string | null, 
/**
 * Where authorization happens: the host a person will see in the browser.
 */
authorization_host: string, 
/**
 * What to register at the provider, character for character; without a port where any serves.
 */
redirect_uri: string, 
/**
 * Any port is accepted, so there is none in `redirect_uri`.
 */
is_any_port: boolean, 
/**
 * False: the right kind of client takes any address of this computer, and is not told one.
 */
has_redirect_to_register: boolean, 
/**
 * Null while it is free; otherwise why the port cannot be had.
 */
port_taken_by: string | null, client_secret: SecretNeedView, 
/**
 * What the provider calls the two; null: as everybody does.
 */
client_id_name: string | null, client_secret_name: string | null, has_console: boolean, 
/**
 * What has to be known before the provider's addresses are whole.
 */
variables: Array<VariableView>, 
/**
 * Whether tokens are bound to a key of ours.
 */
dpop: DpopView, 
/**
 * What stands between two scopes where they are pasted.
 */
scope_separator: string, 
/**
 * The provider knows no scopes: what is granted is chosen on its own page.
 */
has_no_scopes: boolean, scope_choices: Array<ScopeChoiceView>, clients: Array<ClientView>, 
/**
 * Of each client, where the provider lets only so many grants live.
 */
budget: Array<BudgetView>, 
/**
 * The MCP server that was named; the provider is the one that guards it.
 */
mcp_server: McpServerView | null, 
/**
 * Nothing to set up: the provider registers a client by itself.
 */
registers_itself: boolean, 
/**
 * It can show a code to type on another device.
 */
offers_device: boolean, };

export type ConnectionFiguresView = { connection_id: string, connection_name: string, figures: FiguresView, };

export type ConnectionRowView = { id: string, name: string, provider_id: string, provider_name: string, 
/**
 * Two letters for the provider's tag.
 */
provider_tag: string, account: string | null, workspace: string | null, customer: string | null, environment: EnvironmentView, is_practice: boolean, 
/**
 * The provider has a page where a person takes access back.
 */
has_access_page: boolean, status: StatusView, proof: ProofView | null, grant_end: GrantEndView, token_expiry: ExpiryView, 
/**
 * What brings a refresh token, should there be none.
 */
refresh_token_way: RefreshTokenWayView, dependant_count: number, missing_scope_count: number, granted_scope_count: number, };

export type ConnectionView = { row: ConnectionRowView, grant_clock: GrantClockView, client_id: string, client_name: string, issuer: string | null, token_endpoint: string, account_kind: string | null, subject: string | null, answers: FourAnswersView, token: TokenView, durability: DurabilityView, scopes: Array<ScopeView>, has_no_scopes: boolean, actions: Array<ActionView>, 
/**
 * Null: everything asked for is granted.
 */
shortfall: ShortfallView | null, 
/**
 * Scopes granted before are kept: only further ones have to be asked for.
 */
keeps_granted: boolean, dependants: Array<DependantView>, lineage: Array<TokenVersionView>, events: Array<EventView>, automatic_refresh: boolean, can_refresh: boolean, 
/**
 * The provider's harmless calls, by what each does; none: the catalogue knows none.
 */
checks: Array<string>, binding: BindingView, 
/**
 * What a person wrote beside it, line by line.
 */
note: string | null, 
/**
 * Who answers for it, as a person said.
 */
owner: string | null, created_at: Millis, connected_at: Millis | null, };

export type CopyNeedView = { id: string, name: string, platform_name: string, since: Millis | null, waiting_count: number, 
/**
 * The open incident about it.
 */
incident: string | null, };

export type CopyWayView = "push_grant" | "grant_file" | "open_page" | "at_platform";

export type DamageView = { 
/**
 * Active workflows only.
 */
workflow_count: number, customer_count: number, 
/**
 * The first scheduled run after the death.
 */
first_run_at: Millis | null, first_run_workflow: string | null, 
/**
 * Null: of none of them known.
 */
runs_per_day: number | null, owners: Array<string>, 
/**
 * Stopped ones that wait for another connection as well.
 */
also_waiting: Array<AlsoWaitingView>, 
/**
 * Of the others: those that lack a scope.
 */
lacking_scope: Array<string>, 
/**
 * Of the others in view: those that keep running.
 */
running_count: number, 
/**
 * Switched off at their platform, or paused: they would stop too.
 */
inactive_count: number, };

export type DecideReconnect = { id: string, decision: ReconnectDecision, };

export type DeliveriesView = { rows: Array<DeliveryView>, has_more: boolean, };

export type DeliveryStateView = { "state": "waiting", next_try_at: Millis | null, } | { "state": "delivered", at: Millis, } | { "state": "given_up", at: Millis, };

export type DeliveryView = { number: number, channel: string, kind: MessageKindView, title: string, made_at: Millis, state: DeliveryStateView, attempts: number, 
/**
 * The last that was in the way, also of one that arrived later.
 */
failure: FailedTryView | null, };

export type DependantView = { id: string, workflow: string, place: string, step: string | null, owner: string | null, provenance: ProvenanceView, seen_at: Millis, };

export type DeskChange = { "what": "closing", wish: ClosingView, } | { "what": "starts_at_login", on: boolean, } | { "what": "alerts", on: boolean, } | { "what": "quiet", hours: QuietView | null, } | { "what": "mail_links", on: boolean, };

export type DeskView = { closing: ClosingView, 
/**
 * A tray shows that Patchbay runs while its window is closed.
 */
has_tray: boolean, 
/**
 * Null: this system cannot be asked.
 */
starts_at_login: boolean | null, alerts: boolean, 
/**
 * Null: messages come at any hour.
 */
quiet: QuietView | null, mail_links: MailLinksView, };

export type DestinationKindView = "file" | "webhook" | "sentry" | "otlp";

export type DestinationTestView = { "state": "taken", words: string | null, } | { "state": "refused", complaint: ComplaintView, };

export type DevicePromptView = { user_code: string, verification_uri: string, verification_uri_complete: string | null, 
/**
 * A QR code of the address: rows of 0 and 1, dark ones 1; empty where none could be made.
 */
qr: Array<string>, };

export type Diagnose = { id: string, run: number, may_refresh: boolean, may_write: boolean, resource: string | null, };

export type DisconnectedView = { revocation: RevocationOutcomeView, access_token: AccessTokenSeenView, siblings: Array<SiblingView>, stranded_count: number, };

export type DoPracticeDeed = { deed: PracticeDeed, };

export type DownView = { id: string, name: string, provider_name: string, reason: StatusReasonView, since: Millis, };

export type DpopView = "not_offered" | "offered" | "required";

export type DrawAt = { percent: number, };

export type DuplicateKindView = "same_client" | "several_clients";

export type DuplicateMemberView = { id: string, name: string, provider_name: string, account: string | null, client_name: string, environment: EnvironmentView, dependant_count: number, created_at: Millis, };

export type DuplicatesView = { kind: DuplicateKindView, 
/**
 * The oldest first.
 */
members: Array<DuplicateMemberView>, };

export type DurabilityView = "durable" | "fragile" | "everlasting" | "unknown";

export type EndMarkView = { at: Millis, count: number, 
/**
 * Some of them, the earliest first.
 */
named: Array<EndingView>, };

export type EndingView = { id: string, name: string, customer: string | null, at: Millis, };

export type EngineView = { watched_count: number, next_refresh_at: Millis | null, 
/**
 * What Patchbay may do by itself, as a person switched it [B14].
 */
mode: RefreshModeView, 
/**
 * Since when it is switched so; null where nobody ever switched it.
 */
mode_since: Millis | null, 
/**
 * Since when no provider could be reached; null while the network is there.
 */
network_down_since: Millis | null, 
/**
 * New bundles that the keychain would not take: they are lost when this program ends, unless sealed [S154].
 */
held: Array<HeldBundleView>, };

export type EnvironmentView = "production" | "staging" | "sandbox";

export type ErrorCode = "keychain_locked" | "keychain_absent" | "keychain_different" | "keychain_not_answering" | "store_unavailable" | "store_damaged" | "store_newer" | "provider_unreachable" | "clock_is_off" | "offline" | "provider_refused" | "platform_refused" | "nothing_shown" | "provider_unknown" | "discovery_refused" | "client_incomplete" | "listener_port_taken" | "browser_not_opened" | "sign_in_gone" | "sign_in_under_way" | "queue_elsewhere" | "connection_gone" | "file_not_written" | "changed_meanwhile" | "bad_input" | "import_refused" | "import_gone" | "practice_unavailable" | "unexpected";

export type EscalationStepView = "nothing" | "wait" | "refresh" | "reconnect" | "mend_here" | "share_resource" | "ask_admin" | "rotate_credentials" | "rebuild" | "contact_vendor";

export type EventDestinationView = { id: string, name: string, kind: DestinationKindView, 
/**
 * A file, an origin, an endpoint.
 */
goes_to: string, 
/**
 * Of Sentry alone.
 */
project: string | null, 
/**
 * Of OpenTelemetry alone: also the figures, as metrics.
 */
with_metrics: boolean, is_on: boolean, wanted: WantedEventsView, 
/**
 * Accounts and workspaces by name; otherwise by marks.
 */
with_accounts: boolean, waiting_count: number, sent_count: number, 
/**
 * The receiver said that it never takes them.
 */
dropped_count: number, 
/**
 * Counted by day, or forgotten with their connection, before they could leave.
 */
lost_count: number, accepted_at: Millis | null, failing: ForwardingFailureView | null, 
/**
 * It asked for peace until then.
 */
left_alone_until: Millis | null, 
/**
 * Why its last figures were not taken.
 */
figures_failed: ComplaintView | null, };

export type EventKindView = "sign_in_started" | "sign_in_failed" | "token_issued" | "imported" | "refresh_succeeded" | "refresh_failed" | "refresh_cut_off" | "refresh_token_left" | "revoked_detected" | "reauth_required_set" | "reauth_required_cleared" | "reconnected" | "reconnect_refused" | "reconnect_requested" | "grant_left" | "test_call_succeeded" | "test_call_failed" | "token_delivered" | "disconnected" | "revocation_failed" | "reconciled" | "bundle_held" | "bundle_recovered" | "network_lost" | "network_back" | "clock_jumped" | "settings_changed" | "setup_checked" | "client_secret_rotated" | "scopes_changed" | "connections_merged" | "alert_given_up";

export type EventView = { id: number, at: Millis, connection_id: string | null, connection_name: string | null, 
/**
 * One of the kinds in `ui/src/words/events.ts`.
 */
kind: EventKindView, http_status: number | null, latency_ms: number | null, token_version: number | null, token_fingerprint: string | null, token_age_seconds: number | null, endpoint: string | null, request_id: string | null, attempt: number | null, reason: RefreshReasonView | null, 
/**
 * How long after its time a refresh was made.
 */
lateness_ms: number | null, 
/**
 * Our share of the time in which a new token existed nowhere durable, in microseconds [A5].
 */
at_risk_us: number | null, cause: CauseView | null, 
/**
 * The program that took a token, the account that signed in: never a secret.
 */
subject: string | null, };

export type Events = { 
/**
 * Something on the board changed; ask again. Null: more than one connection.
 */
connection_changed: string | null, 
/**
 * How it stands now. Null: of any of them something may have been missed; ask again.
 */
sign_in_changed: SignInView | null, 
/**
 * A file or folder was dropped onto the window: its path.
 */
file_dropped: string, 
/**
 * A rung of a ladder that is being run has begun or ended.
 */
rung_changed: RungChangedView, 
/**
 * A platform, its workflows or its connections changed; ask again. Null: more than one.
 */
platform_changed: string | null, platform_reading_changed: PlatformReadingView, 
/**
 * Opened, mended, ticked or closed; ask again. Null: more than one.
 */
incident_changed: string | null, 
/**
 * A checklist, its run or its certificate changed; ask again. Null: more than one.
 */
rehearsal_changed: string | null, 
/**
 * The reconnect queue; ask again.
 */
queue_changed: null, 
/**
 * A program asks, was answered, or a run waits or goes on; ask again.
 */
programs_changed: null, 
/**
 * Channels that alerts go to, or their messages; ask again.
 */
alerts_changed: null, 
/**
 * Something waits for the page: take it.
 */
asks_wait: null, };

export type ExpectedAccountView = { "kind": "as_before" } | { "kind": "named", name: string, } | { "kind": "of_domain", domain: string, };

export type ExpectedValue = { pointer: string, value: string, };

export type ExpectedView = { account: ExpectedAccountView, 
/**
 * The workspace by name or id; null: whichever it was before.
 */
workspace: string | null, };

export type ExpiryView = { "state": "known", at: Millis, } | { "state": "unknown" } | { "state": "never" } | { "state": "no_token" };

export type ExportCalendar = { id: string | null, };

export type ExportHeld = { passphrase: string, };

export type ExportRadius = { question: RadiusQuestion, file: RadiusFile, };

export type FailedReadingView = { platform_id: string, platform_name: string, last_at: Millis, 
/**
 * How many failed one after another.
 */
count: number, 
/**
 * For a person; without secrets.
 */
words: string, 
/**
 * Time does not cure it: the key is refused, or lacks a right.
 */
needs_person: boolean, 
/**
 * What is known of it is of then; null: it was never read.
 */
read_at: Millis | null, };

export type FailedTryView = { at: Millis, 
/**
 * The word scripts see, such as `redirected`.
 */
code: string, 
/**
 * What happened, without secrets.
 */
words: string, };

export type FailingRunView = { workflow_id: string, workflow: string, customer: string | null, at: Millis, is_first: boolean, 
/**
 * The connection, of either plane, that it fails for.
 */
because_id: string, because: string, 
/**
 * The platform that owns that connection; null: it is ours.
 */
because_platform: string | null, };

export type FailureBundleOf = { id: string, includes_account: boolean, };

export type FailureBundleView = { markdown: string, json: string, 
/**
 * Without its ending.
 */
file_name: string, };

export type FailurePointView = "before_first_read" | "mid_run_after_writes" | "after_writing_before_confirmation" | "not_known";

export type FarewellView = { revocation: RevocationPlanView, access_token: AccessTokenAfterView, stranded: Array<DependantView>, 
/**
 * Other connections of this board that the revocation takes along.
 */
siblings: Array<string>, };

export type FiguresView = { refresh_succeeded_count: number, refresh_failed_count: number, invalid_grant_count: number, 
/**
 * Refusals without a word: no grant ended by them.
 */
wordless_count: number, reauth_prompted_count: number, reauth_completed_count: number, reauth_passed_count: number, call_count: number, status_401_count: number, status_403_count: number, delivered_count: number, latency: SpreadView | null, lateness: SpreadView | null, 
/**
 * Our share of the window in which a new token exists nowhere durable [A5].
 */
at_risk: SpreadView | null, };

export type ForecastReasonView = "no_refresh_token" | "refresh_token_ends" | "absolute_life" | "idle_life" | "testing_mode" | "earlier_grants" | "nothing_known";

export type ForwardingFailureView = { since: Millis, count: number, complaint: ComplaintView, retry_at: Millis, 
/**
 * Waiting alone does not mend it.
 */
needs_person: boolean, };

export type ForwardingTroubleView = { "what": "status", status: number, } | { "what": "name_not_resolved" } | { "what": "not_connected" } | { "what": "timed_out" } | { "what": "tls" } | { "what": "certificate_of_another_time" } | { "what": "intercepted" } | { "what": "proxy" } | { "what": "broken" } | { "what": "answer_unreadable" } | { "what": "disk_full" } | { "what": "folder_missing" } | { "what": "not_permitted" } | { "what": "not_a_file" } | { "what": "disk" } | { "what": "keychain" } | { "what": "secret_missing" };

export type ForwardingView = { 
/**
 * By name.
 */
destinations: Array<EventDestinationView>, 
/**
 * A process of this board forwards by itself.
 */
is_forwarded: boolean, };

export type FourAnswersView = { signed_in: SignedInView, authorised: AuthorisedView, usable_now: UsableNowView, allowed: AllowedView, };

export type FreshnessView = { platform: PlatformNameView, by: SeenByView, read_at: Millis | null, is_stale: boolean, failed: ReadFailureView | null, 
/**
 * Names of what the last reading did not find any more.
 */
gone: Array<string>, };

export type GrantClockView = { granted_at: Millis | null, 
/**
 * Null: no end is known, or refreshing moves it.
 */
ends_at: Millis | null, 
/**
 * It dies when unused for so long.
 */
idle_ms: number | null, confidence: ConfidenceView, reason: ForecastReasonView, 
/**
 * When it is refreshed for no other reason than to keep it from dying unused.
 */
keep_alive_at: Millis | null, 
/**
 * The end was stated with the first token, and no refresh has shown yet whether it moves.
 */
may_move: boolean, };

export type GrantEndView = { "state": "no_end_known" } | { "state": "ends_at", at: Millis, 
/**
 * No refresh has shown yet whether it moves that end.
 */
may_move: boolean, } | { "state": "kept_alive", idle_ms: number, } | { "state": "ended", at: Millis, cause: CauseView, } | { "state": "disconnected", at: Millis, };

export type HandedOverView = { "state": "proved", at: Millis, 
/**
 * The workflow's name; null: not one that is known.
 */
workflow: string | null, 
/**
 * As the platform numbers it.
 */
run: string, } | { "state": "unproved" } | { "state": "file", path: string, 
/**
 * The line to type at the platform.
 */
command: string, };

export type HandingOverNoteView = { text: string, 
/**
 * Without a folder.
 */
file_name: string, };

export type HeadlineView = { "state": "empty" } | { "state": "unreadable", count: number, } | { "state": "unsaved", count: number, 
/**
 * Whose token waits longest.
 */
name: string, } | { "state": "all_well", connection_count: number, unproved_count: number, next_end: NextEndView | null, } | { "state": "needs_you", count: number, first: MendFirstView, next_end: NextEndView | null, } | { "state": "some_down", count: number, first: DownView, next_end: NextEndView | null, } | { "state": "platforms_need_you", connection_count: number, unproved_count: number, next_end: NextEndView | null, };

export type HealthOver = { days: number, };

export type HealthView = { since: Millis, until: Millis, overall: FiguresView, 
/**
 * The busiest first.
 */
providers: Array<ProviderFiguresView>, 
/**
 * Those with failures first, then the busiest.
 */
connections: Array<ConnectionFiguresView>, };

export type HeldBundleView = { connection_id: string, connection_name: string, since: Millis, 
/**
 * It lies sealed on the disk as well, and survives the end of the program.
 */
is_sealed: boolean, 
/**
 * In the memory of this other process alone: "process 4711 (patchbay)".
 */
held_by: string | null, };

export type HeldMemberView = { id: string, is_own: boolean, name: string, provider_tag: string, platform_name: string | null, account: string | null, 
/**
 * The token in hand; null: not visible, or no end is known.
 */
token_ends_at: Millis | null, 
/**
 * By us, or by its platform.
 */
is_renewed: boolean, 
/**
 * Null: a platform keeps it, and says nothing of it.
 */
grant_end: GrantEndView | null, 
/**
 * By the last step that passed, or a later test.
 */
proved_at: Millis | null, proved_by: StepView | null, took_ms: number | null, 
/**
 * Its last test since the run; null: not yet.
 */
tested_at: Millis | null, };

export type HoldEndView = "as_long_as_asked" | "grant" | "token";

export type HorizonView = { from: Millis, until: Millis, 
/**
 * Time is even within each.
 */
segments: Array<SegmentView>, runs: Array<RunMarkView>, ends: Array<EndMarkView>, 
/**
 * Workflows with a run that fails on this axis.
 */
failing_count: number, 
/**
 * From here on runs fail again that have no mark of their own; null: all have one.
 */
goes_on_from: Millis | null, 
/**
 * Workflows that fail whenever their event comes.
 */
on_event_count: number, 
/**
 * Workflows that fail at a moment nobody can tell.
 */
undated_count: number, 
/**
 * When each connection, of either plane, is needed next, by its id.
 */
needs: Array<NeedView>, };

export type IdentityView = { account: string | null, subject: string | null, workspace: string | null, account_kind: string | null, domain: string | null, };

export type ImportCertaintyView = "address" | "host" | "issuer" | "name";

export type ImportItemView = { number: number, file: string, place: string, name: string, provider_id: string | null, provider_name: string | null, certainty: ImportCertaintyView | null, client_id: string | null, client_secret_fingerprint: string | null, refresh_fingerprint: string | null, access_fingerprint: string | null, expires_at: Millis | null, scopes: Array<string>, account: string | null, warnings: Array<ImportWarningView>, 
/**
 * Why it cannot be taken; null where it can.
 */
refusal: ImportRefusalView | null, };

export type ImportPreviewView = { id: string, 
/**
 * What the tool is called in a sentence.
 */
tool: string, files: Array<string>, items: Array<ImportItemView>, 
/**
 * Entries that are neither clients nor grants.
 */
passed_over: number, 
/**
 * When what was read is dropped.
 */
ends_at: Millis, };

export type ImportRefusalView = { "kind": "host_unknown", host: string, } | { "kind": "address_refused", field: string, } | { "kind": "provider_unclear" } | { "kind": "name_unknown", name: string, } | { "kind": "variable_missing", asks: string, } | { "kind": "no_client" } | { "kind": "no_client_secret" } | { "kind": "nothing_usable" } | { "kind": "other_kind", name: string, } | { "kind": "already_on_board", connection: string, name: string, } | { "kind": "twice_in_file", number: number, };

export type ImportWarningView = { "kind": "placeholder", field: string, } | { "kind": "was_encoded", field: string, } | { "kind": "unusable", field: string, } | { "kind": "shared_client", owner: string, } | { "kind": "expiry_guessed" } | { "kind": "two_holders", tool: string, } | { "kind": "no_refresh_token" } | { "kind": "client_known", name: string, };

export type ImportWorkflows = { path: string, reading: string, kind: PlatformKindView | null, platform: string | null, name: string | null, customer: string | null, };

export type ImportanceView = "critical" | "normal" | "minor";

export type IncidentCallKindView = "test_call" | "refresh" | "sign_in" | "token_door" | "platform_run" | "platform_test";

export type IncidentCallView = { at: Millis, by: IncidentCallKindView, 
/**
 * Whose: a workflow's name, an endpoint's label; without secrets.
 */
words: string | null, http_status: number | null, 
/**
 * The provider's own code: `invalid_grant`.
 */
provider_code: string | null, };

export type IncidentNeedView = { id: string, name: string, 
/**
 * Null: nothing stands against closing it.
 */
stands: IncidentStandsView | null, };

export type IncidentReportView = { markdown: string, 
/**
 * Without a folder.
 */
file_name: string, };

export type IncidentRowView = { id: string, source: SourceNameView, provider_tag: string, lamp: LampView, state: IncidentStateView, 
/**
 * Null: nobody knows why.
 */
cause: CauseView | null, opened_at: Millis, mended_at: Millis | null, closed_at: Millis | null, workflow_count: number, customer_count: number, failed_run_count: number, validated_count: number, 
/**
 * The first run that fails if nobody acts; null once it is mended.
 */
next_failing_run_at: Millis | null, };

export type IncidentStandsView = { "kind": "broken" } | { "kind": "paused", count: number, } | { "kind": "unvalidated", count: number, };

export type IncidentStateView = "open" | "mended" | "closed";

export type IncidentView = { row: IncidentRowView, 
/**
 * Null: none is on record.
 */
last_good: IncidentCallView | null, first_bad: IncidentCallView | null, repaired: IncidentCallView | null, 
/**
 * What mends it.
 */
way: RepairWayView, 
/**
 * The last canary call since it was mended.
 */
canary: CanaryView | null, workflows: Array<AffectedWorkflowView>, 
/**
 * What else died with it, or stands beside it, and has to be mended too.
 */
others: Array<SourceNameView>, 
/**
 * What a person wrote on closing it.
 */
note: string | null, 
/**
 * Why it cannot be closed yet; empty: it can.
 */
open_points: Array<OpenPointView>, };

export type IssuedByView = "connect" | "refresh" | "reconnect" | "import";

export type JoinBecauseView = "same_account" | "account_in_label" | "same_workspace" | "only_one_of_provider" | "same_provider";

export type JoinCandidateView = { connection_id: string, connection_name: string, account: string | null, percent: number, because: JoinBecauseView, };

export type JoinPlatformConnection = { id: string, connection: string | null, };

export type JoinView = { 
/**
 * Null: a person said that none is.
 */
connection_id: string | null, connection_name: string | null, 
/**
 * 0 to 100; 100 where a person said so.
 */
percent: number, is_confirmed: boolean, };

export type KeeperView = { id: string, name: string, platform_name: string, };

export type KeychainView = { "state": "open" } | { "state": "locked" } | { "state": "absent" } | { "state": "different" } | { "state": "not_answering" };

export type LabelConnection = { id: string, name: string, customer: string | null, environment: EnvironmentView, };

export type LadderView = { connection_id: string, at: Millis, 
/**
 * Without the rungs that asked nothing.
 */
took_ms: number, 
/**
 * All of them, from the ground up.
 */
rungs: Array<RungView>, cause: CauseView, ruled_out: Array<RuledOutView>, 
/**
 * What no probe can tell, and whether it matters.
 */
still_open: string | null, last_good: SeenAtView | null, first_bad: SeenAtView | null, next: NextStepView, };

export type LampView = "active" | "expiring" | "reauth_required" | "unproved" | "disconnected";

export type LaterStepView = { count: number, step: number, };

export type LearnedProgramView = { 
/**
 * By which it is known.
 */
path: string, name: string, 
/**
 * The platform's workflow that a person said it is, as "Nightly export in n8n".
 */
merged_with: string | null, schedule: ScheduleView, next_run_at: Millis | null, first_at: Millis, last_at: Millis, uses: Array<LearnedUseView>, };

export type LearnedUseView = { connection: string, connection_name: string, 
/**
 * How often it was seen.
 */
count: number, };

export type LeftBecauseView = { "why": "would_end", names: Array<string>, } | { "why": "not_offered" } | { "why": "access_token_alone" } | { "why": "failed", http_status: number | null, };

export type LeftObjectView = { id: string, connection_id: string, connection_name: string, provider_name: string, 
/**
 * "a text file in My Drive".
 */
object: string, 
/**
 * The text that it is found by.
 */
tag: string, made_at: Millis, 
/**
 * False: no answer said whether it was made, and only a person can look for it.
 */
can_be_removed: boolean, 
/**
 * What the last attempt to remove it met; null: none was made.
 */
seen: string | null, };

export type LogLineView = { at: Millis, member: string, step: StepView, state: LogStateView, 
/**
 * Empty while it runs.
 */
seen: string, took_ms: number | null, };

export type LogStateView = "running" | "passed" | "failed";

export type MailLinksView = { is_on: boolean, 
/**
 * `http://127.0.0.1:20123`; null before it was on for the first time.
 */
address: string | null, 
/**
 * Why it does not listen though it is on.
 */
failure: string | null, };

export type MailSecurityView = "starttls" | "tls" | "plain";

export type MailServerView = { server: string, port: number, security: MailSecurityView, user: string | null, from: string, };

export type MarkRead = { until: Millis, };

export type MarkView = "yes" | "no" | "in_part" | "not_known";

export type McpServerView = { name: string, host: string, resource: string, };

export type MemberForm = { id: string, is_own: boolean, 
/**
 * Those that are chosen, in any order.
 */
steps: Array<StepView>, expected: ExpectedView, answers: Array<AnswerForm>, own_calls: Array<OwnCall>, };

export type MemberRunView = { id: string, is_own: boolean, name: string, provider_tag: string, platform_name: string | null, account: string | null, 
/**
 * Its steps only: a column that it lacks is not tried of it.
 */
steps: Array<StepRunView>, verdict: MemberVerdictView, };

export type MemberStepView = { step: StepView, is_chosen: boolean, 
/**
 * Null: it can be tried.
 */
why_not: NotTriedView | null, };

export type MemberVerdictView = { "state": "next" } | { "state": "under_way", done_count: number, step_count: number, } | { "state": "holds" } | { "state": "fails", step: StepView, cause: CauseView | null, } | { "state": "not_proved" };

export type MemberView = { 
/**
 * Of the connection or the platform connection.
 */
id: string, is_own: boolean, 
/**
 * What it is called; of one that is gone, what it was called.
 */
name: string, is_gone: boolean, provider_id: string | null, provider_name: string | null, provider_tag: string, 
/**
 * Null: our own.
 */
platform_name: string | null, account: string | null, workspace: string | null, customer: string | null, lamp: LampView, 
/**
 * All that there are, in their order; first Patchbay's, then those of a person's own.
 */
steps: Array<MemberStepView>, expected: ExpectedView, 
/**
 * What its trial objects have to be told.
 */
questions: Array<QuestionView>, 
/**
 * What the step `object` makes and removes again: "a text file in My Drive".
 */
writes: Array<WritesView>, own_calls: Array<OwnCall>, 
/**
 * Connections that the provider would end along with this one: it is signed in again without being signed out.
 */
would_end: Array<string>, 
/**
 * Workflows that have to do without it between signing out and signing in.
 */
workflow_count: number, };

export type MendFirstView = { id: string, name: string, cause: CauseView | null, 
/**
 * What mends it.
 */
action: MendView, 
/**
 * The token in hand still works.
 */
still_works: boolean, dependant_count: number, since: Millis, 
/**
 * Where its sealed new token lay that is missing or cannot be opened.
 */
unopened_file: string | null, };

export type MendView = ActionLabel | MendingPageLabel;

export type MendWayView = "reconnect" | "add_scopes" | "diagnose" | "open_connection" | "open_platform_page" | "edit_checklist";

export type MendingPageLabel = "open_mending_page";

export type MergePlanView = { moved: Array<DependantView>, 
/**
 * Hang on the one kept already.
 */
already_there: Array<DependantView>, 
/**
 * Granted to the one that goes and not to the one kept.
 */
scopes_lost: Array<string>, revocation: MergeRevocationView, };

export type MergeRevocationView = { "state": "revokes" } | { "state": "revokes_access_token_alone" } | { "state": "refused_to_public_clients" } | { "state": "would_end", names: Array<string>, } | { "state": "not_offered" } | { "state": "nothing_to_revoke" };

export type MergedView = { moved_count: number, 
/**
 * Null: left at the provider, since a revocation would have ended others too.
 */
revocation: RevocationOutcomeView | null, access_token: AccessTokenSeenView, };

export type MessageKindView = "raised" | "ahead" | "resolved" | "certificate" | "test";

export type Millis = number;

export type NeedView = { id: string, at: Millis, };

export type NewChannelForm = { name: string, target: NewChannelTarget, rule: ChannelRuleView, };

export type NewChannelTarget = { "kind": "webhook", address: string, 
/**
 * Null: one is made.
 */
key: string | null, } | { "kind": "slack", address: string, } | { "kind": "teams", address: string, } | { "kind": "mail", server: string, 
/**
 * Null: the usual one of `security`.
 */
port: number | null, security: MailSecurityView, user: string | null, password: string | null, from: string, to: Array<string>, 
/**
 * The path of a certificate (PEM) of an authority of one's own.
 */
authority: string | null, } | { "kind": "command", program: string, arguments: Array<string>, };

export type NewClientForm = { provider: string, client_id: string, 
/**
 * Crosses once, towards the keychain; never comes back.
 */
client_secret: string | null, 
/**
 * The path of the console's file, which holds the secret; the id above is the one that was read in it.
 */
file: string | null, 
/**
 * A key is made in place of a secret, and its public half shown to be registered.
 */
generates_key: boolean, name: string | null, environment: EnvironmentView, variables: Array<VariableValue>, };

export type NewDependant = { workflow: string, place: string | null, step: string | null, owner: string | null, };

export type NewDestinationForm = { 
/**
 * Null: called by its kind.
 */
name: string | null, target: NewDestinationTarget, wanted: WantedEventsView, with_accounts: boolean, 
/**
 * From the oldest event that is known; otherwise from the next.
 */
from_start: boolean, };

export type NewDestinationTarget = { "kind": "file", folder: string, 
/**
 * A file that would grow beyond so many MiB is put aside, 1 to 10000.
 */
largest_mib: number, 
/**
 * How many that were put aside are kept, 1 to 1000.
 */
kept: number, } | { "kind": "webhook", address: string, 
/**
 * Null: one is made.
 */
key: string | null, } | { "kind": "sentry", dsn: string, } | { "kind": "otlp", endpoint: string, 
/**
 * Lines of `Name: value`.
 */
headers: string | null, with_metrics: boolean, };

export type NewPlatformForm = { kind: PlatformKindView, 
/**
 * Null: as it calls itself.
 */
name: string | null, 
/**
 * n8n, Activepieces and Node-RED: where it listens. Make: its zone ("eu1.make.com"). MCP client: the path of its
 * configuration. Null: there is only one.
 */
address: string | null, 
/**
 * Make: the team's number. Activepieces: the project. Null: all that the key sees.
 */
space: string | null, customer: string | null, 
/**
 * Crosses once, towards the keychain; never comes back.
 */
key: string | null, };

export type NextEndView = { id: string, name: string, at: Millis, };

export type NextStepView = { "step": "reconnect" } | { "step": "reconnect_with_scopes", missing: Array<string>, } | { "step": "reconnect_other_account" } | { "step": "refresh_now" } | { "step": "run_test_call" } | { "step": "open_provider_page", provider: string, page: ProviderPage, } | { "step": "open_mending_page", shown: string, } | { "step": "check_client", client: string, } | { "step": "open_clock" } | { "step": "wait_until", at: Millis | null, } | { "step": "ask_admin", text: string, } | { "step": "share_resource", steps: Array<string>, } | { "step": "report_to_vendor" } | { "step": "nothing" };

export type NodeVerdictView = { id: string, name: string, verdict: TwoVerdictsView, };

export type NotTriedView = "not_ours" | "nobody_to_ask" | "not_told" | "no_trial_object" | "may_not_write" | "unanswered" | "nothing_to_refresh_with" | "would_end_another" | "failed_before" | "grant_over" | "stopped";

export type NoteConnection = { id: string, note: string | null, owner: string | null, };

export type Nothing = Record<symbol, never>;

export type OneAlertChannel = { id: string, };

export type OneChecklist = { id: string, };

export type OneClient = { id: string, };

export type OneConnection = { id: string, };

export type OneEventDestination = { id: string, };

export type OneImport = { id: string, };

export type OneIncident = { id: string, };

export type OneLearnedProgram = { path: string, };

export type OneLeftObject = { id: string, };

export type OneNode = { id: string, };

export type OnePass = { id: string, };

export type OnePermission = { id: string, connection: string, };

export type OnePlatform = { id: string, };

export type OnePlatformConnection = { id: string, };

export type OneReading = { id: string, };

export type OneRehearsal = { id: string, run: string | null, };

export type OneReport = { run: string, };

export type OneSignIn = { id: string, };

export type OneSigningSecret = { id: string, };

export type OpenPlatformPage = { id: string, };

export type OpenPointView = { "kind": "not_mended" } | { "kind": "canary_missing" } | { "kind": "not_validated", count: number, } | { "kind": "still_paused", count: number, names: Array<string>, };

export type OpenProviderPage = { provider: string, page: ProviderPage, };

export type OpenSource = { url: string, };

export type OwnCall = { name: string, method: OwnMethod, url: string, 
/**
 * JSON.
 */
body: string | null, 
/**
 * Null: any from 200 to 299.
 */
expected_status: number | null, 
/**
 * Somewhere in the answer.
 */
expected_text: string | null, 
/**
 * At JSON pointers.
 */
expected_values: Array<ExpectedValue>, };

export type OwnCallRefusedView = "no_name" | "name_twice" | "no_address" | "not_of_provider" | "body_not_json" | "pointer_unreadable";

export type OwnMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export type PackedBoardView = { headline: HeadlineView, platform_needs: PlatformNeedsView, 
/**
 * Rows without what is their own: an empty id, name and account, and for each moment its place among the row's own,
 * counted down from -1.
 */
kinds: Array<ConnectionRowView>, rows: Array<PackedRowView>, engine: EngineView, keychain: KeychainView, keychain_since: Millis | null, };

export type PackedRowView = [number, string, string, string | null, Array<Millis>];

export type PassRowView = { id: string, began_at: Millis, 
/**
 * Null: it is under way, or was left in the middle.
 */
ended_at: Millis | null, sum: QueueSumView, };

export type PasteRedirect = { id: string, address: string, };

export type PasteRefusedView = "empty" | "too_long" | "other_address" | "garbled" | "no_answer" | "other_sign_in" | "posted";

export type PauseOutcomeView = { "state": "paused" } | { "state": "resumed" } | { "state": "resumed_before_newer", newer_saved_at: Millis | null, } | { "state": "resumed_as_saved" } | { "state": "runs_already" } | { "state": "edited_since" } | { "state": "as_it_was" } | { "state": "not_offered" } | { "state": "unanswered", failure: PlatformFailureView, } | { "state": "failed", failure: PlatformFailureView, };

export type PauseWorkflows = { ids: Array<string>, incident: string | null, };

export type PausedWhyView = "metered" | "paused" | "offline" | "network_down";

export type PausedWorkflowView = { id: string, name: string, outcome: PauseOutcomeView, };

export type PermissionView = { "may": "asked" } | { "may": "once" } | { "may": "always" } | { "may": "until", at: Millis, } | { "may": "run_out", at: Millis, } | { "may": "never" };

export type PlanConnect = { provider: string, };

export type PlaneStateView = "none" | "fine" | "ending" | "dead" | "unknown" | "never_connected" | "missing";

export type PlatformConnectionStateView = { "kind": "unknown" } | { "kind": "works", at: Millis, } | { "kind": "dead", since: Millis, words: string, } | { "kind": "never_connected" } | { "kind": "missing" };

export type PlatformConnectionView = { id: string, platform_id: string, platform_name: string, platform_kind: PlatformKindView, 
/**
 * What the platform calls it.
 */
name: string, 
/**
 * The platform's word for its kind: `googleDriveOAuth2Api`.
 */
kind: string, provider_id: string | null, provider_name: string | null, 
/**
 * Two letters for the provider's tag; of its kind where the provider is not known.
 */
provider_tag: string, 
/**
 * What the platform shows of the account.
 */
account: string | null, owner: string | null, customer: string | null, lamp: LampView, state: PlatformConnectionStateView, 
/**
 * When a workflow that uses it last ran well, where nothing proves it: that is no proof of it. Null: none is known.
 */
good_run_at: Millis | null, 
/**
 * Its state was last proved longer ago than twice the platform's usual interval.
 */
is_stale: boolean, workflow_count: number, 
/**
 * Active ones that stop for it.
 */
stopped_count: number, next_run_at: Millis | null, 
/**
 * It has a page at the platform that can be opened.
 */
has_page: boolean, 
/**
 * Null: the platform has no test of a connection.
 */
test_worth: TestWorthView | null, takes_grants: boolean, seen: SeenView, 
/**
 * Null: nobody has said, and nothing points to one.
 */
joined: JoinView | null, 
/**
 * Connections of ours that it may stand beside, the likeliest first.
 */
candidates: Array<JoinCandidateView>, verdict: TwoVerdictsView, };

export type PlatformFailureView = { "kind": "unreachable", platform: string, words: string, } | { "kind": "key_refused", platform: string, } | { "kind": "right_missing", platform: string, what: string, right: string, } | { "kind": "rate_limited", platform: string, until: Millis, } | { "kind": "refused", platform: string, status: number, words: string, } | { "kind": "unreadable", platform: string, words: string, } | { "kind": "unsupported", platform: string, } | { "kind": "cancelled" };

export type PlatformKindView = "n8n" | "make" | "zapier" | "activepieces" | "node_red" | "power_automate" | "airtable" | "mcp_client" | "programs" | "by_hand";

export type PlatformNameView = { id: string, name: string, kind: PlatformKindView, };

export type PlatformNeedsView = { copy_count: number, first_copy: CopyNeedView | null, 
/**
 * Platforms that cannot be read until somebody gives them another key.
 */
unread_count: number, first_unread: UnreadNeedView | null, 
/**
 * Open ones that no dead connection tells of.
 */
incident_count: number, first_incident: IncidentNeedView | null, };

export type PlatformReadingView = { 
/**
 * The platform's, or what the window called an import.
 */
id: string, read: number, 
/**
 * Null: not known yet.
 */
all: number | null, state: ReadingStateView, 
/**
 * As many as were found so far.
 */
notes: Array<ReadingNoteView>, };

export type PlatformTestView = { "outcome": "tested", state: PlatformConnectionStateView, worth: TestWorthView, } | { "outcome": "failed", failure: PlatformFailureView, };

export type PlatformView = { id: string, kind: PlatformKindView, name: string, 
/**
 * Where its API listens, or the file it was read from; never with a key in it.
 */
address: string | null, 
/**
 * Within it: a team, an organisation, a project.
 */
space: string | null, customer: string | null, way: SeenByView, abilities: AbilitiesView, added_at: Millis, 
/**
 * The last time all of it was read. Null: never.
 */
read_at: Millis | null, 
/**
 * Why the last reading failed; what was read before is kept, and is old.
 */
failed: ReadFailureView | null, 
/**
 * The last reading is older than twice its usual interval, or failed.
 */
is_stale: boolean, 
/**
 * It is read again by itself; a person's switch. Only where it can be asked at all.
 */
reads_itself: boolean, 
/**
 * When. Null: not by itself, as things stand.
 */
next_reading_at: Millis | null, 
/**
 * What its last reading changed. Null: there was none.
 */
changes: ReadingChangesView | null, 
/**
 * What a person should know of the last reading.
 */
notes: Array<ReadingNoteView>, workflow_count: number, active_count: number, connection_count: number, dead_count: number, 
/**
 * Connections of it that nobody has joined to one of ours, or said that there is none.
 */
unjoined_count: number, 
/**
 * A reading is under way.
 */
reading: ReadingProgressView | null, };

export type PracticeDeed = "revoke_grants" | "expire_access_tokens";

export type PracticeSwitches = { 
/**
 * Refreshes are refused with `invalid_grant`.
 */
refuses_refresh: boolean, 
/**
 * Access tokens live 60 seconds instead of an hour.
 */
short_access_tokens: boolean, 
/**
 * Refresh tokens live ten minutes from their issue.
 */
short_grant: boolean, 
/**
 * No refresh token is issued at the next sign-in.
 */
no_refresh_token: boolean, 
/**
 * Every answer of the token endpoint takes 8 seconds.
 */
answers_slowly: boolean, 
/**
 * A refresh takes effect, and its answer never comes.
 */
lost_answer: boolean, 
/**
 * The token endpoint answers 429 with Retry-After 30.
 */
rate_limited: boolean, 
/**
 * The token endpoint answers 503.
 */
outage: boolean, 
/**
 * The token endpoint answers 200 with an error inside.
 */
ok_with_error: boolean, 
/**
 * `expires_in` comes in milliseconds, as text.
 */
expires_in_milliseconds: boolean, 
/**
 * Only the first scope is granted at the next sign-in.
 */
partial_grant: boolean, 
/**
 * The server's clock is ten minutes behind.
 */
clock_skew: boolean, 
/**
 * The API answers 403 `insufficient_scope`.
 */
api_forbids: boolean, };

export type PracticeView = { is_running: boolean, issuer: string | null, switches: PracticeSwitches, 
/**
 * The cause that is brought about, beside the switches.
 */
staged: CauseLabel | null, live_grant_count: number, };

export type PreviewClientFile = { provider: string, path: string, };

export type PreviewImport = { path: string, format: string | null, };

export type ProgramAnswer = "once" | "always" | "week" | "never";

export type ProgramFileView = { path: string, 
/**
 * Of SHA-256; null where it could not be read.
 */
fingerprint: string | null, };

export type ProgramView = { id: string, name: string, connection: string, connection_name: string, file: ProgramFileView, script: ProgramFileView | null, started_by: string | null, 
/**
 * Something was said of what stood in its place before.
 */
is_replaced: boolean, 
/**
 * Of an interpreter whose script is not known: the language of all the programs that it stands for.
 */
stands_for: string | null, permission: PermissionView, asked_at: Millis, said_at: Millis | null, 
/**
 * To the minute.
 */
token_at: Millis | null, };

export type ProgramsView = { 
/**
 * Nobody has answered these yet; the oldest first.
 */
questions: Array<ProgramView>, 
/**
 * So many more programs asked and found no room among the questions.
 */
turned_away: number, 
/**
 * By program.
 */
answered: Array<ProgramView>, learned: Array<LearnedProgramView>, 
/**
 * The longest wait first.
 */
blocked: Array<BlockedRunView>, unasked: UnaskedView, };

export type ProgressView = { 
/**
 * Steps that were really tried.
 */
done_count: number, 
/**
 * Steps that are not tried any more: one before them failed, or a person stopped it.
 */
left_out_count: number, 
/**
 * Steps that could be tried when it began.
 */
step_count: number, failed_count: number, holding_count: number, member_count: number, 
/**
 * Without the time that a person takes to sign in; null: not known yet.
 */
left_ms: number | null, };

export type ProofKindView = "test_call" | "refresh" | "sign_in";

export type ProofLineView = { 
/**
 * `POST oauth2.googleapis.com/token`.
 */
request: string, 
/**
 * `refresh_token` with its fingerprint, and the like.
 */
sent: Array<SentView>, 
/**
 * Null: no HTTP answer.
 */
status: number | null, 
/**
 * The provider's error code.
 */
code: string | null, 
/**
 * What it said, or why there is no answer.
 */
words: string | null, };

export type ProofView = { at: Millis, by: ProofKindView, is_success: boolean, };

export type ProvenanceView = "by_hand" | "token_door";

export type ProviderFiguresView = { provider_id: string, provider_name: string, figures: FiguresView, };

export type ProviderPage = "console" | "revoke_access" | "status";

export type ProviderView = { id: string, name: string, tag: string, 
/**
 * What people also type when they look for it: "Drive", "Gmail", "Outlook".
 */
also: Array<string>, authorization_host: string, };

export type QuestionView = { name: string, 
/**
 * "Page that it is made in".
 */
asks: string, example: string, 
/**
 * Empty: not answered yet.
 */
answer: string, };

export type QueueCourseView = { "state": "idle" } | { "state": "running" } | { "state": "paused", why: QueuePauseView, } | { "state": "left_behind" } | { "state": "elsewhere" } | { "state": "ended" };

export type QueueDamageView = { workflow_count: number, customer_count: number, 
/**
 * The first run that fails.
 */
first_run_at: Millis | null, };

export type QueuePauseView = { "kind": "asked" } | { "kind": "nobody_signed_in" } | { "kind": "ours", error: CommandError, };

export type QueueSumView = { total: number, mended: number, skipped: number, handed_over: number, failed: number, gone: number, left: number, };

export type QueueTurnView = { 
/**
 * The connection's.
 */
id: string, name: string, provider_name: string, 
/**
 * Two letters; empty where the connection is gone.
 */
provider_tag: string, account: string | null, customer: string | null, 
/**
 * Why it needs a sign-in, where that is known.
 */
cause: CauseLabel | null, 
/**
 * Workflows that stand still without it, and whose they are.
 */
workflow_count: number, customers: Array<string>, first_run_at: Millis | null, state: TurnStateView, 
/**
 * When it came to that, where it is over.
 */
settled_at: Millis | null, 
/**
 * Who signed in instead, where that is why it failed.
 */
other_account: string | null, };

export type QuietView = { from: string, until: string, };

export type RadiusEndView = { source: SourceNameView, at: Millis, workflow_count: number, };

export type RadiusFile = { "kind": "csv" } | { "kind": "svg", text: string, } | { "kind": "png", base64: string, };

export type RadiusFilter = { 
/**
 * Null: all.
 */
state: RadiusStateFilter | null, 
/**
 * Null: all; empty: those without one.
 */
customer: string | null, 
/**
 * A platform's id. Null: all.
 */
platform: string | null, 
/**
 * Every word of it stands in a name, an account, a customer, an owner or a step.
 */
text: string, };

export type RadiusHeadlineView = { "state": "empty" } | { "state": "all_run", next: RadiusEndView | null, } | { "state": "stops", 
/**
 * Those that stop something.
 */
dead_count: number, 
/**
 * Dead as well, and nothing active needs them.
 */
idle_dead_count: number, damage: DamageView, first: SourceNameView, healed_count: number, } | { "state": "source", source: SourceNameView, 
/**
 * It is dead, or taken for dead.
 */
is_dead: boolean, is_simulated: boolean, 
/**
 * When it died, or is forecast to; null: neither is known.
 */
dies_at: Millis | null, 
/**
 * What stops, or would.
 */
damage: DamageView, 
/**
 * As many heal when it is mended first.
 */
healed_count: number, } | { "state": "workflow", name: string, does: WorkflowStateView, needs_count: number, 
/**
 * What it waits for, or stops for next.
 */
waits_for: Array<SourceNameView>, next_run_at: Millis | null, } | { "state": "gone" };

export type RadiusNodeView = { id: string, 
/**
 * Of a workflow: what it needs. Of a connection: what uses it; of one of ours also what uses its copies.
 */
uses: Array<UseView>, 
/**
 * Our connection's copies on other platforms, or the own connection beside a copy.
 */
verdicts: Array<NodeVerdictView>, };

export type RadiusQuestion = { 
/**
 * A connection, a platform connection or a workflow. Null: everything.
 */
focus: string | null, filter: RadiusFilter, 
/**
 * Keys of groups that are drawn whole.
 */
expanded: Array<string>, 
/**
 * Further connections that are taken for dead.
 */
simulated: Array<string>, 
/**
 * Nothing is folded: for the list and the files.
 */
is_whole: boolean, };

export type RadiusRiskView = { "kind": "orphan", source: SourceNameView, } | { "kind": "single_point", source: SourceNameView, workflow_count: number, customer_count: number, } | { "kind": "personal_account", source: SourceNameView, workflow_count: number, customer_count: number, } | { "kind": "sprawl", account: string, sources: Array<SourceNameView>, } | { "kind": "dangling", platform_name: string, workflow_count: number, };

export type RadiusStateFilter = "stopped" | "at_risk" | "running" | "not_active";

export type RadiusTotalsView = { connection_count: number, platform_connection_count: number, workflow_count: number, stopped_count: number, inactive_count: number, wire_count: number, 
/**
 * Workflows that the filter hides.
 */
hidden_count: number, };

export type RadiusValidationView = { workflow_id: string, name: string, platform_name: string, next_run_at: Millis | null, 
/**
 * It runs again when this step of the repair order is done.
 */
after_step: number, 
/**
 * Its platform can be told to pause it from here.
 */
can_be_paused: boolean, };

export type RadiusView = { headline: RadiusHeadlineView, 
/**
 * Accounts with the connections that they have, dead first.
 */
left: Array<SourceGroupView>, 
/**
 * Customers with their workflows, those that stop first, then by their next run.
 */
right: Array<WorkflowGroupView>, wires: Array<WireView>, 
/**
 * What to mend, in order; those that end soon come after the dead.
 */
repair: Array<RepairStepView>, 
/**
 * What to look at afterwards, by next run.
 */
validation: Array<RadiusValidationView>, replay: ReplayView, 
/**
 * What is worth knowing though nothing is broken.
 */
risks: Array<RadiusRiskView>, totals: RadiusTotalsView, freshness: Array<FreshnessView>, 
/**
 * What the filter can name, whatever it names now.
 */
customers: Array<string>, };

export type ReachView = "day" | "three_days" | "week" | "month" | "quarter";

export type ReadFailureView = { at: Millis, 
/**
 * For a person; without secrets.
 */
words: string, };

export type ReadingChangesView = { added: number, changed: number, same: number, 
/**
 * Names of workflows and platform connections that are gone.
 */
gone: Array<string>, };

export type ReadingNoteView = { "kind": "unknown_modules", name: string, count: number, } | { "kind": "further_modules", kinds: number, count: number, } | { "kind": "missing_right", right: string, without_it: string, } | { "kind": "skipped", count: number, first: string, } | { "kind": "unknown_version", version: string, } | { "kind": "duplicate_id", id: string, } | { "kind": "further_duplicates", count: number, } | { "kind": "cycle", names: Array<string>, } | { "kind": "further_cycles", count: number, };

export type ReadingOutcomeView = { "state": "read", platform: PlatformView, } | { "state": "failed", failure: PlatformFailureView, } | { "state": "would_replace", platform: string, name: string, gone: Array<string>, };

export type ReadingProgressView = { 
/**
 * Workflows read.
 */
read: number, 
/**
 * Of how many. Null: not known yet.
 */
all: number | null, };

export type ReadingStateView = "reading" | "writing" | "done" | "failed" | "cancelled";

export type ReconnectComparisonView = { old: IdentityView, new: IdentityView, is_other_account: boolean, is_other_workspace: boolean, is_other_kind: boolean, is_other_domain: boolean, 
/**
 * The provider does not say who signed in, so nothing can be compared.
 */
is_identity_unknown: boolean, scopes_lost: Array<string>, scopes_gained: Array<string>, dependant_count: number, 
/**
 * Null: a refusal takes the new grant back. Otherwise why it is left at the provider.
 */
refusal_leaves: LeftBecauseView | null, };

export type ReconnectDecision = "replace" | "keep_both" | "refuse";

export type ReconnectQueueView = { course: QueueCourseView, 
/**
 * Null: none was begun, and `turns` are what one would hold.
 */
pass: string | null, began_at: Millis | null, ended_at: Millis | null, 
/**
 * In the order in which they are opened.
 */
turns: Array<QueueTurnView>, sum: QueueSumView, 
/**
 * What stands still until those that are left are back.
 */
damage: QueueDamageView, 
/**
 * Connections that need a sign-in beside a pass that has ended.
 */
needing_count: number, 
/**
 * Of the turn that is open.
 */
sign_in: string | null, };

export type RecordFile = "markdown" | "csv";

export type RedirectRefusedView = "not_an_address" | "custom_scheme" | "other_host" | "not_plain" | "odd_path" | "other_spelling";

export type RefreshModeView = "on" | "metered" | "paused" | "offline";

export type RefreshReasonView = "scheduled" | "keep_alive" | "person" | "needed" | "rejected" | "recovery";

export type RefreshTokenWayView = "ask_for_offline_access" | "allow_offline_access" | "granted_in_vain" | "client_setting" | "new_consent" | "not_offered";

export type RefreshView = { "state": "refreshed", version: number, latency_ms: number, is_rotated: boolean, } | { "state": "already_fresh", version: number, } | { "state": "failed", cause: CauseView, retry_at: Millis | null, } | { "state": "no_refresh_token" };

export type RehearsalEndView = "under_way" | "ended" | "stopped" | "cut_off";

export type RehearsalOutcomeView = { "state": "under_way" } | { "state": "holds", until: Millis, } | { "state": "withdrawn", at: Millis, until: Millis, name: string, cause: CauseView | null, } | { "state": "mend", name: string, step: StepView, act: TrialActView | null, cause: CauseView | null, seen: string, } | { "state": "partly" };

export type RehearsalReportView = { markdown: string, 
/**
 * One page of its own, to be shown in a frame without rights or printed.
 */
html: string, 
/**
 * Without folder and ending.
 */
file_name: string, };

export type RehearsalRowView = { id: string, started_at: Millis, ended_at: Millis | null, end: RehearsalEndView, step_count: number, member_count: number, holding_count: number, outcome: RehearsalOutcomeView, };

export type RehearsalSignInView = { 
/**
 * `cancel_sign_in` ends the step, `open_sign_in_page` opens the browser once more.
 */
sign_in: SignInView, member_id: string, member: string, 
/**
 * As whom to sign in.
 */
account: string | null, };

export type RehearsalView = { 
/**
 * The run's.
 */
id: string, checklist_id: string, 
/**
 * As the checklist was called when it was run.
 */
name: string, customer: string | null, started_at: Millis, 
/**
 * Null: it is under way.
 */
ended_at: Millis | null, end: RehearsalEndView, progress: ProgressView, 
/**
 * The matrix's columns: every step that any member has.
 */
columns: Array<StepView>, members: Array<MemberRunView>, 
/**
 * The newest first.
 */
log: Array<LogLineView>, 
/**
 * A person has to sign in for it to go on.
 */
sign_in: RehearsalSignInView | null, 
/**
 * Null while it runs.
 */
certificate: CertificateView | null, hold_minutes: number, 
/**
 * The time that was asked for instead.
 */
hold_until: Millis | null, after_failure: AfterFailureView, signs_out_first: boolean, 
/**
 * All kinds of object that it makes and removes.
 */
writes: Array<string>, 
/**
 * The run before this one.
 */
previous: RehearsalRowView | null, 
/**
 * Objects of this run that could not be removed.
 */
left_objects: Array<LeftObjectView>, 
/**
 * What was made was removed by its provider's word, and could not be read again to see so.
 */
has_unread_removal: boolean, };

export type RemoveClient = { id: string, may_be_left_there: boolean, };

export type RemoveDependant = { id: string, dependant: string, };

export type RemovedClientView = { registration: RetirementView, 
/**
 * False: the secret is erased once the keychain answers.
 */
is_secret_erased: boolean, };

export type RenameClient = { id: string, name: string, };

export type RenameLearnedProgram = { path: string, name: string, };

export type RepairStepView = { 
/**
 * From 1.
 */
number: number, source: SourceNameView, lamp: LampView, share_left: number | null, 
/**
 * It still works, and ends then.
 */
ends_at: Millis | null, 
/**
 * As many run again when this and all before it are mended.
 */
healed_count: number, 
/**
 * The one that heals, where it is one.
 */
healed_name: string | null, 
/**
 * Workflows of this one that wait for a later step as well: as many, and for which.
 */
later: LaterStepView | null, 
/**
 * The first run that fails without it.
 */
before: Millis | null, runs_per_day: number | null, customers: Array<string>, 
/**
 * It is used by more than one customer or platform.
 */
is_shared: boolean, way: RepairWayView, };

export type RepairWayView = "reconnect" | "push_grant" | "open_page" | "at_platform";

export type ReplayLineView = { workflow_id: string, workflow: string, point: FailurePointView, failed_count: number, 
/**
 * Scheduled runs of which none is known.
 */
missed_count: number, 
/**
 * Of these, how many fell due while the workflow was paused from here: they never began.
 */
missed_while_paused_count: number, 
/**
 * They never began. Else they fell due, and whether they began is not visible.
 */
is_missed_certain: boolean, 
/**
 * The smallest window that holds all of it.
 */
from: Millis, until: Millis | null, 
/**
 * The step to go on from, where earlier ones have done their work.
 */
from_step: string | null, 
/**
 * The platform keeps what it needs to run them again.
 */
can_repeat: boolean, };

export type ReplayView = { 
/**
 * Since when runs may have failed. Null: nothing is dead.
 */
since: Millis | null, 
/**
 * From when on runs fail.
 */
first_run_at: Millis | null, lines: Array<ReplayLineView>, };

export type ReportFormat = "markdown" | "html";

export type ResumeWorkflows = { ids: Array<string>, as_saved: boolean, };

export type ResumedView = { "state": "resumed", workflows: Array<PausedWorkflowView>, } | { "state": "canary_failed", source: SourceNameView, canary: CanaryView, 
/**
 * Of a platform's copy that no call can prove: null where one can.
 */
only_a_run_proves: UnprovedCopyView | null, };

export type RetirementView = { "state": "gone" } | { "state": "left_there" } | { "state": "kept", http_status: number | null, } | { "state": "not_ours" };

export type RevocationOutcomeView = { "state": "revoked" } | { "state": "access_token_alone" } | { "state": "failed", http_status: number | null, } | { "state": "not_offered" } | { "state": "nothing_to_revoke" };

export type RevocationPlanView = "ends_this_grant" | "ends_all_grants_of_this_client" | "ends_access_token_alone" | "refused_to_public_clients" | "not_offered" | "nothing_to_revoke";

export type RotationLineView = { at: Millis, tried: TriedView, 
/**
 * Null: it told neither way.
 */
is_well: boolean | null, evidence: string, };

export type RotationStageView = "staged" | "tested" | "switched" | "verified";

export type RotationView = { stage: RotationStageView, 
/**
 * The provider refuses the old secret already.
 */
is_old_dead: boolean, staged_at: Millis, report: Array<RotationLineView>, };

export type RuledOutView = { cause: CauseLabel, by: string, };

export type RunMarkView = { at: Millis, 
/**
 * Workflows that fail for the first time.
 */
first_count: number, again_count: number, 
/**
 * Some of them, the first failures first.
 */
named: Array<FailingRunView>, };

export type RunOutcomeView = "succeeded" | "failed_inside" | "failed" | "incomplete" | "running";

export type RunView = { id: string, at: Millis, outcome: RunOutcomeView, failed_step: string | null, 
/**
 * What the platform said; without secrets.
 */
words: string | null, };

export type RungChangedView = { connection_id: string, 
/**
 * As the window numbered it.
 */
run: number, rung: RungView, };

export type RungNameView = "reach" | "clock" | "our_token" | "token_endpoint" | "credential" | "identity" | "scopes" | "resource";

export type RungStateView = "running" | "passed" | "failed" | "not_needed" | "not_run";

export type RungView = { rung: RungNameView, state: RungStateView, 
/**
 * Null: nothing was asked.
 */
took_ms: number | null, 
/**
 * One or two sentences; empty while it is running.
 */
says: string, proof: Array<ProofLineView>, };

export type SaveChecklist = { form: ChecklistForm, };

export type SavePassRecord = { id: string, file: RecordFile, };

export type SaveRehearsalReport = { run: string, format: ReportFormat, };

export type SavedBundleView = { markdown: string, json: string, };

export type SavedChecklistView = { "state": "saved", checklist: ChecklistView, } | { "state": "refused", why: ChecklistRefusedView, };

export type ScheduleView = { "kind": "unknown" } | { "kind": "on_demand" } | { "kind": "on_event" } | { "kind": "every", seconds: number, } | { "kind": "cron", expression: string, time_zone: string | null, } | { "kind": "next_at", at: Millis, } | { "kind": "learned", seconds: number, percent: number, };

export type ScopeChoiceView = { allows: string, scopes: Array<string>, is_preselected: boolean, 
/**
 * Needed to know who signed in, or to stay connected.
 */
is_always: boolean, };

export type ScopeLackView = { "seen_by": "list", scopes: Array<string>, } | { "seen_by": "run", at: Millis, };

export type ScopeView = { scope: string, 
/**
 * What it allows, where the catalogue knows.
 */
allows: string | null, 
/**
 * Actions that were wished, and checks, that need it.
 */
required_by: Array<string>, is_requested: boolean, is_granted: boolean, };

export type SecretNeedView = "required" | "optional" | "built_in";

export type SeenAtView = { at: Millis, what: string, };

export type SeenByView = "api" | "file" | "by_hand" | "token_door";

export type SeenView = { by: SeenByView, at: Millis, 
/**
 * Since when a reading of all of its platform did not find it.
 */
gone_at: Millis | null, };

export type SegmentView = { ends_after_ms: number, 
/**
 * Of the width, 0 to 1.
 */
share: number, };

export type SelfCheckPart = "keychain" | "database" | "listener" | "browser" | "clock" | "certificate" | "client_secret" | "left_grant" | "provider_file";

export type SelfCheckView = { part: SelfCheckPart, is_well: boolean, found: string, advice: string | null, };

export type SentView = { name: string, shown: string, };

export type ServerClockView = { host: string, ahead_ms: number, measured_at: Millis, };

export type SetAlertChannelOn = { id: string, on: boolean, };

export type SetAutomaticReading = { id: string, on: boolean, };

export type SetAutomaticRefresh = { id: string, on: boolean, };

export type SetClientEnvironment = { id: string, environment: EnvironmentView, };

export type SetClientRedirect = { id: string, redirect_uri: string | null, };

export type SetEventDestinationOn = { id: string, on: boolean, };

export type SetPracticeSwitches = { switches: PracticeSwitches, };

export type SetRefreshMode = { mode: RefreshModeView, };

export type SetUnasked = { unasked: UnaskedView, };

export type SetupCheckView = { at: Millis, lines: Array<SetupLineView>, };

export type SetupLineView = { part: SetupPartView, verdict: VerdictView, evidence: string, advice: string | null, };

export type SetupPartView = "authorize_url" | "token_url" | "refresh_url" | "client_pair" | "redirect_uri" | "scopes" | "response_mapping" | "test_call" | "discovery" | "pkce" | "clock" | "listener" | "keychain";

export type ShortfallView = { granted_count: number, requested_count: number, 
/**
 * What was wished and cannot be done.
 */
cannot: Array<string>, };

export type SiblingStateView = "ended" | "still_works" | "not_seen";

export type SiblingView = { name: string, state: SiblingStateView, };

export type SignInFailureView = { "kind": "cause", cause: CauseView, detail: string | null, } | { "kind": "ours", code: ErrorCode, message: string, } | { "kind": "not_stored", code: ErrorCode, message: string, left_because: LeftBecauseView | null, } | { "kind": "not_taken", failure: PlatformFailureView, left_because: LeftBecauseView | null, };

export type SignInProgressView = { "state": "waiting_for_browser", browser_opened: boolean, strange_request_count: number, } | { "state": "exchanging_code" } | { "state": "identifying" } | { "state": "storing" } | { "state": "needs_decision", comparison: ReconnectComparisonView, } | { "state": "connected", connection_id: string, } | { "state": "handed_over", connection_id: string, outcome: HandedOverView, } | { "state": "refused", revoked: boolean, left_because: LeftBecauseView | null, } | { "state": "failed", failure: SignInFailureView, } | { "state": "cancelled" } | { "state": "timed_out" };

export type SignInView = { id: string, 
/**
 * Set when an existing connection is being brought back.
 */
reconnects: string | null, 
/**
 * Set when a platform keeps the grant, and none of it stays here.
 */
keeper: KeeperView | null, provider_id: string, provider_name: string, is_practice: boolean, authorize_url: string, redirect_uri: string, 
/**
 * SHA-256 of this computer's certificate, where the browser will warn of it.
 */
certificate_fingerprint: string | null, 
/**
 * The provider posts its answer, so that no address holds it.
 */
is_posted: boolean, started_at: Millis, ends_at: Millis, device: DevicePromptView | null, progress: SignInProgressView, };

export type SignedInView = { mark: MarkView, account: string | null, checked_at: Millis | null, };

export type SourceGroupView = { 
/**
 * What wires of folded nodes end at, and `expanded` names.
 */
key: string, by: SourceGroupingView, 
/**
 * The account or the customer. Null: of none known.
 */
label: string | null, node_count: number, dead_count: number, 
/**
 * Those that are drawn.
 */
nodes: Array<SourceNodeView>, 
/**
 * Kept back; wires of theirs end at the group.
 */
folded_count: number, 
/**
 * So many of these are dead.
 */
folded_dead_count: number, is_expanded: boolean, };

export type SourceGroupingView = "account" | "customer";

export type SourceNameView = { id: string, name: string, account: string | null, 
/**
 * Null: our own.
 */
platform_name: string | null, };

export type SourceNodeView = { id: string, name: string, provider_name: string | null, provider_tag: string, account: string | null, customer: string | null, owner: string | null, 
/**
 * Null: our own.
 */
platform: PlatformNameView | null, lamp: LampView, 
/**
 * For `expiring`: the share of the warning window that is left, 0 to 1.
 */
share_left: number | null, is_stale: boolean, is_simulated: boolean, 
/**
 * When it died, or is forecast to.
 */
dies_at: Millis | null, 
/**
 * All that use it, active or not.
 */
workflow_count: number, 
/**
 * Active ones that stop for it, or would if it died.
 */
stopped_count: number, runs_per_day: number | null, next_run_at: Millis | null, seen: SeenView, 
/**
 * Where the other plane has the same account.
 */
verdict: TwoVerdictsView | null, };

export type SpreadView = { count: number, median_us: number, 
/**
 * Null: too few values to say so.
 */
p99_us: number | null, };

export type StageCause = { cause: CauseLabel | null, };

export type StageClientSecret = { id: string, client_secret: string, };

export type StartQueue = { ids: Array<string> | null, };

export type StartRehearsal = { id: string, hold_minutes: number | null, until: Millis | null, };

export type StatusReasonView = { "kind": "kept_alive" } | { "kind": "refreshed_on_need", since: Millis, } | { "kind": "never_expires" } | { "kind": "no_end_known" } | { "kind": "holds_until", at: Millis, } | { "kind": "no_refresh_token", at: Millis | null, } | { "kind": "refresh_switched_off", at: Millis, } | { "kind": "grant_ends", at: Millis, } | { "kind": "client_secret_ends", at: Millis, } | { "kind": "refresh_paused", why: PausedWhyView, since: Millis, } | { "kind": "refresh_failing", cause: CauseView, failure_count: number, 
/**
 * Refused without a word so often that a person was told.
 */
is_repeated: boolean, usable_until: Millis | null, retry_at: Millis | null, } | { "kind": "grant_ended", cause: CauseView, } | { "kind": "token_over" } | { "kind": "outcome_unknown", usable_until: Millis | null, } | { "kind": "held_unopened", usable_until: Millis | null, } | { "kind": "bundle_held", usable_until: Millis | null, } | { "kind": "secret_missing" } | { "kind": "never_proved" } | { "kind": "last_call_failed", cause: CauseView, } | { "kind": "disconnected_by_person" };

export type StatusView = { lamp: LampView, reason: StatusReasonView, since: Millis, 
/**
 * Since when the token in hand is of no use; null while it holds.
 */
over_since: Millis | null, 
/**
 * For `expiring`: the share of the warning window that is left, 0 to 1.
 */
share_left: number | null, 
/**
 * The proof is older than twice its usual interval.
 */
is_stale: boolean, 
/**
 * The one thing to do about it; `none` where there is nothing.
 */
action: MendView, 
/**
 * A person has to do that before it works, or goes on working.
 */
needs_person: boolean, };

export type StepRunView = { step: StepView, state: StepStateView, };

export type StepStateView = { "state": "waiting" } | { "state": "running", since: Millis, } | { "state": "passed", at: Millis, took_ms: number, 
/**
 * "4 of 4", "refreshed, rotated, stored before use".
 */
seen: string, http_status: number | null, request_id: string | null, } | { "state": "failed", at: Millis, took_ms: number, seen: string, cause: CauseView | null, http_status: number | null, request_id: string | null, } | { "state": "not_tried", why: NotTriedView, };

export type StepVersionView = "draft" | "live" | "both";

export type StepView = { "kind": "sign_in_again" } | { "kind": "account" } | { "kind": "scopes" } | { "kind": "object" } | { "kind": "forced_refresh" } | { "kind": "two_at_once" } | { "kind": "clean_log" } | { "kind": "own", name: string, };

export type SwitchClientSecret = { id: string, even_untested: boolean, };

export type TakeImport = { id: string, numbers: Array<number>, environment: EnvironmentView, };

export type TakenItemView = { number: number, name: string, outcome: TakenOutcomeView, };

export type TakenOutcomeView = { "state": "client" } | { "state": "connected", connection: string, account: string | null, cause: CauseView | null, } | { "state": "already_on_board", connection: string, } | { "state": "kept_beside", connection: string, twin: string, } | { "state": "failed", error: CommandError, };

export type TestCallView = { is_success: boolean, http_status: number | null, latency_ms: number, account: string | null, workspace: string | null, scopes: Array<string>, request_id: string | null, 
/**
 * An expired token was refreshed on the way, and the call made once more [B4].
 */
was_refreshed: boolean, 
/**
 * The account that answered is not the one this connection was made for.
 */
is_other_account: boolean, cause: CauseView | null, 
/**
 * What the call itself was refused with, where `cause` is of the refresh that followed.
 */
refused: CauseView | null, at: Millis, 
/**
 * What was called, without query: `GET https://…/userinfo`.
 */
called: string, };

export type TestWorthView = "proves" | "only_says_whether_connected";

export type TickValidation = { id: string, workflow: string, is_ticked: boolean, };

export type ToMendView = { member_id: string, is_own: boolean, name: string, platform_name: string | null, 
/**
 * Null: found by a later test, not by a step.
 */
step: StepView | null, 
/**
 * What of its object it failed at; null: it made none, or that is not known.
 */
act: TrialActView | null, cause: CauseView | null, seen: string, way: MendWayView, };

export type TokenDefectView = "expires_in_is_text" | "expires_in_is_milliseconds" | "expires_in_is_zero" | "expires_in_is_negative" | "expires_in_is_absurd" | "expires_in_is_not_a_number" | "token_type_missing" | "token_type_odd" | "scope_is_a_list" | "duplicate_field" | "wrong_content_type" | "refresh_token_unusable" | "other_refresh_token" | "refresh_token_unclear" | "id_token_unusable" | "error_status" | "odd_envelope" | "odd_field_names";

export type TokenVersionStateView = "in_use" | "replaced" | "probably_spent" | "refused" | "missing" | "disconnected" | "expired";

export type TokenVersionView = { version: number, access_fingerprint: string, refresh_fingerprint: string | null, issued_at: Millis, issued_by: IssuedByView, 
/**
 * Why it was fetched, where a refresh brought it.
 */
reason: RefreshReasonView | null, ended_at: Millis | null, state: TokenVersionStateView, };

export type TokenView = { version: number, issued_at: Millis | null, expiry: ExpiryView, 
/**
 * When it is renewed by itself. Null: when it is next needed, or never; a grant's keep-alive is no token's.
 */
refresh_at: Millis | null, last_refresh_at: Millis | null, last_refresh_ms: number | null, 
/**
 * What was odd about the last token answer [B7].
 */
defects: Array<TokenDefectView>, };

export type TrialActView = "create" | "read" | "change" | "remove";

export type TriedView = "new_pair" | "old_pair" | "refresh";

export type TroubleKindView = "grant" | "keychain" | "network" | "call" | "sign_in" | "left_there";

export type TroubleView = { kind: TroubleKindView, first_at: Millis, last_at: Millis, count: number, 
/**
 * The event that tells most.
 */
event: EventView, 
/**
 * When something proved that it is over; null: it stands.
 */
over_at: Millis | null, };

export type TurnFailureView = { "kind": "cause", cause: CauseLabel, } | { "kind": "cancelled" } | { "kind": "nobody_signed_in" } | { "kind": "not_begun" };

export type TurnStateView = { "state": "waiting" } | { "state": "open", since: Millis, } | { "state": "reconnected", took_ms: number, } | { "state": "came_back" } | { "state": "skipped" } | { "state": "handed_over" } | { "state": "failed", why: TurnFailureView, } | { "state": "gone" };

export type TwoConnections = { keep: string, gone: string, };

export type TwoVerdictsView = { 
/**
 * Our own connection of the same account; `none` where there is none.
 */
own: PlaneStateView, copy: PlaneStateView, platform_name: string, 
/**
 * Since when the copy is dead.
 */
since: Millis | null, 
/**
 * What mends the copy; null where it needs no mending.
 */
way: CopyWayView | null, };

export type UnaskedView = "refuse" | "allow";

export type UnprovedCopyView = { platform_name: string, 
/**
 * What the platform said when it failed; null: nothing.
 */
words: string | null, since: Millis | null, };

export type UnreadNeedView = { id: string, name: string, 
/**
 * When all of it was last read; null: never.
 */
read_at: Millis | null, };

export type UnreadView = { 
/**
 * When it was looked up: what marks it as read.
 */
as_of: Millis, 
/**
 * Null: nothing is unread.
 */
since: Millis | null, 
/**
 * What still stands first, then the newest.
 */
troubles: Array<TroubleView>, 
/**
 * Platforms that could not be read, and were not since; the newest first.
 */
readings: Array<FailedReadingView>, };

export type UnverifiedView = { part: string, source: string, };

export type UsableNowView = { mark: MarkView, proved_at: Millis | null, proved_by: ProofKindView | null, latency_ms: number | null, cause: CauseView | null, };

export type UseView = { workflow_id: string, workflow: string, workflow_state: WorkflowStateView, platform: PlatformNameView, customer: string | null, owner: string | null, source: SourceNameView, lamp: LampView, step: string, 
/**
 * From 1.
 */
place: number, version: StepVersionView, is_enabled: boolean, access: AccessView, goes_on_after_error: boolean, 
/**
 * What keeps it from doing its work though the connection lives. Null: nothing that is known.
 */
lack: ScopeLackView | null, next_run_at: Millis | null, seen: SeenView, };

export type VariableValue = { name: string, value: string, };

export type VariableView = { name: string, asks: string, example: string, value: string | null, };

export type VendorReportView = { step: EscalationStepView, reason: string, 
/**
 * What would make it the vendor's turn.
 */
vendor_when: string, subject: string, text: string, provider: string, has_status_page: boolean, has_console_page: boolean, 
/**
 * To be copied; nothing opens it.
 */
documentation: string | null, };

export type VerdictView = "passed" | "failed" | "not_known";

export type VerifyClientSecret = { id: string, may_rotate: boolean, };

export type WantedEventsView = "all" | "trouble";

export type WireStateView = "cut_here" | "cut_elsewhere" | "works" | "off";

export type WireView = { 
/**
 * A node's id or a group's key.
 */
from: string, to: string, state: WireStateView, 
/**
 * As many connections of steps as it stands for.
 */
count: number, };

export type WorkflowGroupView = { 
/**
 * What wires of folded nodes end at, and `expanded` names.
 */
key: string, 
/**
 * Null: workflows without one.
 */
customer: string | null, node_count: number, stopped_count: number, 
/**
 * Those that are drawn.
 */
nodes: Array<WorkflowNodeView>, 
/**
 * Kept back; wires of theirs end at the group.
 */
folded_count: number, 
/**
 * So many of these stop.
 */
folded_stopped_count: number, is_expanded: boolean, };

export type WorkflowNodeView = { id: string, name: string, platform: PlatformNameView, customer: string | null, 
/**
 * The platform's folder, project or tag.
 */
project: string | null, owner: string | null, environment: EnvironmentView | null, state: WorkflowStateView, schedule: ScheduleView, 
/**
 * Null: not scheduled, or not known.
 */
next_run_at: Millis | null, runs_per_day: number | null, last_run: RunView | null, 
/**
 * Dead connections that it waits for.
 */
waits_for: Array<string>, 
/**
 * It stops because it starts, or is started by, one that stops: that one's name.
 */
carried_by: string | null, can_be_paused: boolean, has_page: boolean, seen: SeenView, };

export type WorkflowStateView = { "kind": "stopped" } | { "kind": "would_stop" } | { "kind": "at_risk", at: Millis, } | { "kind": "lacks_scope" } | { "kind": "running" } | { "kind": "inactive" } | { "kind": "paused", since: Millis, };

export type WritesView = { 
/**
 * "a text file in My Drive".
 */
name: string, 
/**
 * These are not granted: it is not made.
 */
missing_scopes: Array<string>, };
