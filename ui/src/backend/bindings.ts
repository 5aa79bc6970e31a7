// Generated from src-tauri/desktop/contract.rs by `./dev bindings`. Do not edit.

export type ActionLabel = "wait_and_retry" | "refresh" | "reconnect" | "reconnect_with_more_scopes" | "reconnect_other_account" | "share_resource" | "ask_admin" | "fix_client_config" | "fix_request" | "fix_clock" | "contact_provider" | "none";

export type AddDependant = { id: string, dependant: NewDependant, };

export type AllowedView = { mark: MarkView, granted_count: number, requested_count: number, missing: Array<string>, };

export type AuthorisedView = { mark: MarkView, granted_at: Millis | null, ends_at: Millis | null, cause: CauseView | null, };

export type BeginConnect = { form: ConnectForm, };

export type BoardView = { headline: HeadlineView, 
/**
 * Already sorted: what needs a person first, then by customer and name.
 */
rows: Array<ConnectionRowView>, engine: EngineView, keychain: KeychainView, 
/**
 * Since when the window has seen it so; null while it is open.
 */
keychain_since: Millis | null, };

export type CauseLabel = "access_token_expired" | "access_token_invalid" | "refresh_token_missing" | "refresh_token_expired" | "refresh_token_reused" | "refresh_token_limit_exceeded" | "grant_revoked" | "grant_invalid" | "authorization_code_invalid" | "insufficient_scope" | "invalid_scope_request" | "consent_required" | "wrong_tenant_or_account" | "resource_not_shared" | "admin_policy_restriction" | "interaction_required" | "sso_required" | "ip_restricted" | "account_disabled" | "user_denied_consent" | "app_not_approved" | "client_credentials_mismatch" | "redirect_uri_mismatch" | "pkce_failure" | "state_mismatch" | "unsupported_grant" | "malformed_token_request" | "malformed_api_request" | "token_audience_mismatch" | "api_not_enabled" | "clock_skew" | "rate_limited" | "provider_outage" | "network_failure" | "expires_in_invalid" | "no_failure";

export type CauseView = { 
/**
 * One of the labels in `ui/src/words/causes.ts`.
 */
cause: CauseLabel, action: ActionLabel, 
/**
 * The provider's own error code, cut and cleaned, where it sent one.
 */
provider_code: string | null, http_status: number | null, };

export type ClientView = { id: string, provider_id: string, name: string, client_id: string, has_secret: boolean, environment: EnvironmentView, connection_count: number, };

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

export type CommandError = { code: ErrorCode, message: string, };

export type Commands = { board: [Nothing, BoardView], connection: [OneConnection, ConnectionView], list_providers: [Nothing, Array<ProviderView>], list_clients: [Nothing, Array<ClientView>], plan_connect: [PlanConnect, ConnectPlanView], begin_connect: [BeginConnect, SignInView], begin_reconnect: [OneConnection, SignInView], list_sign_ins: [Nothing, Array<SignInView>], open_sign_in_page: [OneSignIn, boolean], cancel_sign_in: [OneSignIn, null], decide_reconnect: [DecideReconnect, null], run_test_call: [OneConnection, TestCallView], refresh_now: [OneConnection, RefreshView], plan_disconnect: [OneConnection, FarewellView], disconnect: [OneConnection, DisconnectedView], forget_connection: [OneConnection, null], label_connection: [LabelConnection, null], set_automatic_refresh: [SetAutomaticRefresh, null], add_dependant: [AddDependant, null], remove_dependant: [RemoveDependant, null], list_events: [Nothing, Array<EventView>], self_check: [Nothing, Array<SelfCheckView>], health: [HealthOver, HealthView], clock: [Nothing, ClockView], set_refresh_mode: [SetRefreshMode, null], export_calendar: [ExportCalendar, string], export_held: [ExportHeld, string], open_provider_page: [OpenProviderPage, null], practice: [Nothing, PracticeView], start_practice: [Nothing, SignInView], set_practice_switches: [SetPracticeSwitches, PracticeView], do_practice_deed: [DoPracticeDeed, PracticeView], };

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
client_secret: string | null, scopes: Array<string>, name: string | null, customer: string | null, environment: EnvironmentView, };

export type ConnectPlanView = { provider_id: string, provider_name: string, provider_tag: string, issuer: string | null, 
/**
 * Where authorization happens: the host a person will see in the browser.
 */
authorization_host: string, 
/**
 * What to register at the provider, character for character.
 */
redirect_uri: string, 
/**
 * Any port is accepted, so the one in `redirect_uri` is only an example.
 */
is_any_port: boolean, 
/**
 * Null while it is free; otherwise why the port cannot be had.
 */
port_taken_by: string | null, client_secret: SecretNeedView, has_console: boolean, 
/**
 * The provider knows no scopes: what is granted is chosen on its own page.
 */
has_no_scopes: boolean, scope_choices: Array<ScopeChoiceView>, clients: Array<ClientView>, };

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

export type ConnectionView = { row: ConnectionRowView, grant_clock: GrantClockView, client_id: string, client_name: string, issuer: string | null, token_endpoint: string, account_kind: string | null, subject: string | null, answers: FourAnswersView, token: TokenView, durability: DurabilityView, scopes: Array<ScopeView>, has_no_scopes: boolean, dependants: Array<DependantView>, lineage: Array<TokenVersionView>, events: Array<EventView>, automatic_refresh: boolean, can_refresh: boolean, created_at: Millis, connected_at: Millis | null, };

export type DecideReconnect = { id: string, decision: ReconnectDecision, };

export type DependantView = { id: string, workflow: string, place: string, step: string | null, owner: string | null, provenance: ProvenanceView, seen_at: Millis, };

export type DisconnectedView = { revocation: RevocationOutcomeView, stranded_count: number, };

export type DoPracticeDeed = { deed: PracticeDeed, };

export type DownView = { id: string, name: string, provider_name: string, reason: StatusReasonView, since: Millis, };

export type DurabilityView = "durable" | "fragile" | "everlasting" | "unknown";

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

export type ErrorCode = "keychain_locked" | "keychain_absent" | "keychain_different" | "keychain_not_answering" | "store_unavailable" | "store_damaged" | "store_newer" | "provider_unreachable" | "clock_is_off" | "offline" | "provider_refused" | "provider_unknown" | "discovery_refused" | "client_incomplete" | "listener_port_taken" | "browser_not_opened" | "sign_in_gone" | "sign_in_under_way" | "connection_gone" | "changed_meanwhile" | "bad_input" | "practice_unavailable" | "unexpected";

export type EventKindView = "sign_in_started" | "sign_in_failed" | "token_issued" | "refresh_succeeded" | "refresh_failed" | "revoked_detected" | "reauth_required_set" | "reconnected" | "reconnect_refused" | "test_call_succeeded" | "test_call_failed" | "token_delivered" | "disconnected" | "revocation_failed" | "reconciled" | "bundle_held" | "bundle_recovered" | "network_lost" | "network_back" | "clock_jumped" | "settings_changed";

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
connection_changed: string | null, sign_in_changed: SignInView, };

export type ExpiryView = { "state": "known", at: Millis, } | { "state": "unknown" } | { "state": "never" } | { "state": "no_token" };

export type ExportCalendar = { id: string | null, };

export type ExportHeld = { passphrase: string, };

export type FarewellView = { revocation: RevocationPlanView, stranded: Array<DependantView>, 
/**
 * Other connections of this board that the revocation takes along.
 */
siblings: Array<string>, };

export type FiguresView = { refresh_succeeded_count: number, refresh_failed_count: number, invalid_grant_count: number, reauth_prompted_count: number, reauth_completed_count: number, call_count: number, status_401_count: number, status_403_count: number, delivered_count: number, latency: SpreadView | null, lateness: SpreadView | null, 
/**
 * Our share of the window in which a new token exists nowhere durable [A5].
 */
at_risk: SpreadView | null, };

export type ForecastReasonView = "no_refresh_token" | "refresh_token_ends" | "absolute_life" | "idle_life" | "testing_mode" | "earlier_grants" | "nothing_known";

export type FourAnswersView = { signed_in: SignedInView, authorised: AuthorisedView, usable_now: UsableNowView, allowed: AllowedView, };

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

export type HeadlineView = { "state": "empty" } | { "state": "unreadable", count: number, } | { "state": "unsaved", count: number, 
/**
 * Whose token waits longest.
 */
name: string, } | { "state": "all_well", connection_count: number, unproved_count: number, next_end: NextEndView | null, } | { "state": "needs_you", count: number, first: MendFirstView, next_end: NextEndView | null, } | { "state": "some_down", count: number, first: DownView, next_end: NextEndView | null, };

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
is_sealed: boolean, };

export type IdentityView = { account: string | null, subject: string | null, workspace: string | null, account_kind: string | null, };

export type IssuedByView = "connect" | "refresh" | "reconnect";

export type KeychainView = { "state": "open" } | { "state": "locked" } | { "state": "absent" } | { "state": "different" } | { "state": "not_answering" };

export type LabelConnection = { id: string, name: string, customer: string | null, environment: EnvironmentView, };

export type LampView = "active" | "expiring" | "reauth_required" | "unproved" | "disconnected";

export type MarkView = "yes" | "no" | "in_part" | "not_known";

export type MendFirstView = { id: string, name: string, cause: CauseView | null, dependant_count: number, since: Millis, };

export type Millis = number;

export type NewDependant = { workflow: string, place: string | null, step: string | null, owner: string | null, };

export type NextEndView = { id: string, name: string, at: Millis, };

export type Nothing = Record<symbol, never>;

export type OneConnection = { id: string, };

export type OneSignIn = { id: string, };

export type OpenProviderPage = { provider: string, page: ProviderPage, };

export type PausedWhyView = "metered" | "paused" | "offline" | "network_down";

export type PlanConnect = { provider: string, };

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

export type PracticeView = { is_running: boolean, issuer: string | null, switches: PracticeSwitches, live_grant_count: number, };

export type ProofKindView = "test_call" | "refresh" | "sign_in";

export type ProofView = { at: Millis, by: ProofKindView, is_success: boolean, };

export type ProvenanceView = "by_hand" | "token_door";

export type ProviderFiguresView = { provider_id: string, provider_name: string, figures: FiguresView, };

export type ProviderPage = "console" | "revoke_access" | "status";

export type ProviderView = { id: string, name: string, tag: string, 
/**
 * What people also type when they look for it: "Drive", "Gmail", "Outlook".
 */
also: Array<string>, authorization_host: string, };

export type ReconnectComparisonView = { old: IdentityView, new: IdentityView, is_other_account: boolean, is_other_workspace: boolean, 
/**
 * The provider does not say who signed in, so nothing can be compared.
 */
is_identity_unknown: boolean, scopes_lost: Array<string>, scopes_gained: Array<string>, dependant_count: number, };

export type ReconnectDecision = "replace" | "keep_both" | "refuse";

export type RefreshModeView = "on" | "metered" | "paused" | "offline";

export type RefreshReasonView = "scheduled" | "keep_alive" | "person" | "needed" | "rejected" | "recovery";

export type RefreshTokenWayView = "ask_for_offline_access" | "allow_offline_access" | "granted_in_vain" | "client_setting" | "new_consent" | "not_offered";

export type RefreshView = { "state": "refreshed", version: number, latency_ms: number, is_rotated: boolean, } | { "state": "already_fresh", version: number, } | { "state": "failed", cause: CauseView, retry_at: Millis | null, } | { "state": "no_refresh_token" };

export type RemoveDependant = { id: string, dependant: string, };

export type RevocationOutcomeView = { "state": "revoked" } | { "state": "failed", http_status: number | null, } | { "state": "not_offered" } | { "state": "nothing_to_revoke" };

export type RevocationPlanView = "ends_this_grant" | "ends_all_grants_of_this_client" | "not_offered" | "nothing_to_revoke";

export type ScopeChoiceView = { allows: string, scopes: Array<string>, is_preselected: boolean, 
/**
 * Needed to know who signed in, or to stay connected.
 */
is_always: boolean, };

export type ScopeView = { scope: string, 
/**
 * What it allows, where the catalogue knows.
 */
allows: string | null, is_requested: boolean, is_granted: boolean, };

export type SecretNeedView = "required" | "optional" | "built_in";

export type SelfCheckPart = "keychain" | "database" | "listener" | "browser" | "clock";

export type SelfCheckView = { part: SelfCheckPart, is_well: boolean, found: string, advice: string | null, };

export type ServerClockView = { host: string, ahead_ms: number, measured_at: Millis, };

export type SetAutomaticRefresh = { id: string, on: boolean, };

export type SetPracticeSwitches = { switches: PracticeSwitches, };

export type SetRefreshMode = { mode: RefreshModeView, };

export type SignInFailureView = { "kind": "cause", cause: CauseView, detail: string | null, } | { "kind": "ours", code: ErrorCode, message: string, };

export type SignInProgressView = { "state": "waiting_for_browser", browser_opened: boolean, strange_request_count: number, } | { "state": "exchanging_code" } | { "state": "identifying" } | { "state": "storing" } | { "state": "needs_decision", comparison: ReconnectComparisonView, } | { "state": "connected", connection_id: string, } | { "state": "refused", revoked: boolean, } | { "state": "failed", failure: SignInFailureView, } | { "state": "cancelled" } | { "state": "timed_out" };

export type SignInView = { id: string, 
/**
 * Set when an existing connection is being brought back.
 */
reconnects: string | null, provider_id: string, provider_name: string, is_practice: boolean, authorize_url: string, redirect_uri: string, started_at: Millis, ends_at: Millis, progress: SignInProgressView, };

export type SignedInView = { mark: MarkView, account: string | null, checked_at: Millis | null, };

export type SpreadView = { count: number, median_us: number, 
/**
 * Null: too few values to say so.
 */
p99_us: number | null, };

export type StatusReasonView = { "kind": "kept_alive" } | { "kind": "refreshed_on_need", since: Millis, } | { "kind": "never_expires" } | { "kind": "no_end_known" } | { "kind": "holds_until", at: Millis, } | { "kind": "no_refresh_token", at: Millis | null, } | { "kind": "refresh_switched_off", at: Millis, } | { "kind": "grant_ends", at: Millis, } | { "kind": "refresh_paused", why: PausedWhyView, since: Millis, } | { "kind": "refresh_failing", cause: CauseView, failure_count: number, usable_until: Millis | null, retry_at: Millis | null, } | { "kind": "grant_ended", cause: CauseView, } | { "kind": "token_over" } | { "kind": "outcome_unknown", usable_until: Millis | null, } | { "kind": "bundle_held", usable_until: Millis | null, } | { "kind": "secret_missing" } | { "kind": "never_proved" } | { "kind": "last_call_failed", cause: CauseView, } | { "kind": "disconnected_by_person" };

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
is_stale: boolean, };

export type TestCallView = { is_success: boolean, http_status: number | null, latency_ms: number, account: string | null, workspace: string | null, scopes: Array<string>, request_id: string | null, 
/**
 * An expired token was refreshed on the way, and the call made once more [B4].
 */
was_refreshed: boolean, 
/**
 * The account that answered is not the one this connection was made for.
 */
is_other_account: boolean, cause: CauseView | null, at: Millis, 
/**
 * What was called, without query: `GET https://…/userinfo`.
 */
called: string, };

export type TokenDefectView = "expires_in_is_text" | "expires_in_is_milliseconds" | "expires_in_is_zero" | "expires_in_is_negative" | "expires_in_is_absurd" | "expires_in_is_not_a_number" | "token_type_missing" | "token_type_odd" | "scope_is_a_list" | "duplicate_field" | "wrong_content_type" | "refresh_token_unusable";

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

export type UsableNowView = { mark: MarkView, proved_at: Millis | null, proved_by: ProofKindView | null, latency_ms: number | null, cause: CauseView | null, };
