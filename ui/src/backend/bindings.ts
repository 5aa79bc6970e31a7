// Generated from src-tauri/desktop/contract.rs. Do not edit.

/**
 * What a person or program does next.
 */
export type ActionLabel =
  | "wait_and_retry"
  | "refresh"
  | "reconnect"
  | "reconnect_with_more_scopes"
  | "reconnect_other_account"
  | "share_resource"
  | "ask_admin"
  | "fix_client_config"
  | "fix_request"
  | "fix_clock"
  | "contact_provider"
  | "none";

export type AddDependant = {
  id: string;
  dependant: NewDependant;
};

/**
 * Were all scopes that were asked for granted?
 */
export type AllowedView = {
  mark: MarkView;
  granted_count: number;
  requested_count: number;
  missing: Array<string>;
};

/**
 * Does the grant live?
 */
export type AuthorisedView = {
  mark: MarkView;
  granted_at: Millis | null;
  ends_at: Millis | null;
  cause: CauseView | null;
};

export type BeginConnect = {
  form: ConnectForm;
};

/**
 * Everything the board draws, in one answer.
 */
export type BoardView = {
  headline: HeadlineView;
  rows: Array<ConnectionRowView>;
  engine: EngineView;
  keychain: KeychainView;
};

/**
 * Every cause the diagnosis tells apart [C2].
 */
export type CauseLabel =
  | "access_token_expired"
  | "access_token_invalid"
  | "refresh_token_missing"
  | "refresh_token_expired"
  | "refresh_token_reused"
  | "refresh_token_limit_exceeded"
  | "grant_revoked"
  | "grant_invalid"
  | "authorization_code_invalid"
  | "insufficient_scope"
  | "invalid_scope_request"
  | "consent_required"
  | "wrong_tenant_or_account"
  | "resource_not_shared"
  | "admin_policy_restriction"
  | "interaction_required"
  | "sso_required"
  | "ip_restricted"
  | "account_disabled"
  | "user_denied_consent"
  | "app_not_approved"
  | "client_credentials_mismatch"
  | "redirect_uri_mismatch"
  | "pkce_failure"
  | "state_mismatch"
  | "unsupported_grant"
  | "malformed_token_request"
  | "malformed_api_request"
  | "token_audience_mismatch"
  | "api_not_enabled"
  | "clock_skew"
  | "rate_limited"
  | "provider_outage"
  | "network_failure"
  | "expires_in_invalid"
  | "no_failure";

/**
 * A cause with its one next best action [C1]: the labels of the diagnosis.
 */
export type CauseView = {
  cause: CauseLabel;
  action: ActionLabel;
  provider_code: string | null;
  http_status: number | null;
};

/**
 * An OAuth app the person registered.
 */
export type ClientView = {
  id: string;
  provider_id: string;
  name: string;
  client_id: string;
  has_secret: boolean;
  environment: EnvironmentView;
  connection_count: number;
};

/**
 * Why a command could not be done. Never contains a URL's query, a token or a response body.
 */
export type CommandError = {
  code: ErrorCode;
  message: string;
};

/**
 * Each command's arguments and answer. The field's name is the command's.
 */
export type Commands = {
  board: [Nothing, BoardView];
  connection: [OneConnection, ConnectionView];
  list_providers: [Nothing, Array<ProviderView>];
  list_clients: [Nothing, Array<ClientView>];
  plan_connect: [PlanConnect, ConnectPlanView];
  begin_connect: [BeginConnect, SignInView];
  begin_reconnect: [OneConnection, SignInView];
  list_sign_ins: [Nothing, Array<SignInView>];
  open_sign_in_page: [OneSignIn, boolean];
  cancel_sign_in: [OneSignIn, null];
  decide_reconnect: [DecideReconnect, null];
  run_test_call: [OneConnection, TestCallView];
  refresh_now: [OneConnection, RefreshView];
  plan_disconnect: [OneConnection, FarewellView];
  disconnect: [OneConnection, DisconnectedView];
  forget_connection: [OneConnection, null];
  label_connection: [LabelConnection, null];
  set_automatic_refresh: [SetAutomaticRefresh, null];
  add_dependant: [AddDependant, null];
  remove_dependant: [RemoveDependant, null];
  list_events: [Nothing, Array<EventView>];
  self_check: [Nothing, Array<SelfCheckView>];
  open_provider_page: [OpenProviderPage, null];
  practice: [Nothing, PracticeView];
  start_practice: [Nothing, SignInView];
  set_practice_switches: [SetPracticeSwitches, PracticeView];
  do_practice_deed: [DoPracticeDeed, PracticeView];
};

/**
 * What a person filled in to connect.
 */
export type ConnectForm = {
  provider: string;
  client: string | null;
  client_id: string | null;
  client_secret: string | null;
  scopes: Array<string>;
  name: string | null;
  customer: string | null;
  environment: EnvironmentView;
};

/**
 * What has to be known, and done at the provider, before the browser opens.
 */
export type ConnectPlanView = {
  provider_id: string;
  provider_name: string;
  provider_tag: string;
  issuer: string | null;
  authorization_host: string;
  redirect_uri: string;
  is_any_port: boolean;
  port_taken_by: string | null;
  client_secret: SecretNeedView;
  has_console: boolean;
  scope_choices: Array<ScopeChoiceView>;
  clients: Array<ClientView>;
};

/**
 * One connection on the board.
 */
export type ConnectionRowView = {
  id: string;
  name: string;
  provider_id: string;
  provider_name: string;
  provider_tag: string;
  account: string | null;
  workspace: string | null;
  customer: string | null;
  environment: EnvironmentView;
  is_practice: boolean;
  status: StatusView;
  proof: ProofView | null;
  grant_end: GrantEndView;
  token_expiry: ExpiryView;
  dependant_count: number;
  missing_scope_count: number;
  granted_scope_count: number;
};

/**
 * Everything the connection page draws.
 */
export type ConnectionView = {
  row: ConnectionRowView;
  client_id: string;
  client_name: string;
  issuer: string | null;
  token_endpoint: string;
  account_kind: string | null;
  subject: string | null;
  answers: FourAnswersView;
  token: TokenView;
  durability: DurabilityView;
  scopes: Array<ScopeView>;
  has_no_scopes: boolean;
  dependants: Array<DependantView>;
  lineage: Array<TokenVersionView>;
  events: Array<EventView>;
  automatic_refresh: boolean;
  can_refresh: boolean;
  created_at: Millis;
  connected_at: Millis | null;
};

export type DecideReconnect = {
  id: string;
  decision: ReconnectDecision;
};

/**
 * A workflow that leans on this connection [D1].
 */
export type DependantView = {
  id: string;
  workflow: string;
  place: string;
  step: string | null;
  owner: string | null;
  provenance: ProvenanceView;
  seen_at: Millis;
};

/**
 * What a disconnect did.
 */
export type DisconnectedView = {
  revocation: RevocationOutcomeView;
  stranded_count: number;
};

export type DoPracticeDeed = {
  deed: PracticeDeed;
};

/**
 * Fragile or durable [B10].
 */
export type DurabilityView =
  | "durable"
  | "fragile"
  | "everlasting"
  | "unknown";

/**
 * What the foot of the navigation says of the engine.
 */
export type EngineView = {
  watched_count: number;
  next_refresh_at: Millis | null;
  clock_ahead_ms: number | null;
};

/**
 * A label that never mixes with another [A9].
 */
export type EnvironmentView =
  | "production"
  | "staging"
  | "sandbox";

/**
 * A code exists only where the window does something different for it.
 */
export type ErrorCode =
  | "keychain_locked"
  | "keychain_absent"
  | "keychain_different"
  | "keychain_not_answering"
  | "store_unavailable"
  | "provider_unreachable"
  | "provider_refused"
  | "provider_unknown"
  | "discovery_refused"
  | "client_incomplete"
  | "listener_port_taken"
  | "browser_not_opened"
  | "sign_in_gone"
  | "sign_in_under_way"
  | "connection_gone"
  | "changed_meanwhile"
  | "bad_input"
  | "practice_unavailable"
  | "unexpected";

/**
 * The kinds of [B12] and those the window adds words to.
 */
export type EventKindView =
  | "sign_in_started"
  | "sign_in_failed"
  | "token_issued"
  | "refresh_succeeded"
  | "refresh_failed"
  | "revoked_detected"
  | "reauth_required_set"
  | "reconnected"
  | "reconnect_refused"
  | "test_call_succeeded"
  | "test_call_failed"
  | "token_delivered"
  | "disconnected"
  | "revocation_failed"
  | "reconciled"
  | "settings_changed";

/**
 * What happened, without a secret.
 */
export type EventView = {
  id: number;
  at: Millis;
  connection_id: string | null;
  connection_name: string | null;
  kind: EventKindView;
  http_status: number | null;
  latency_ms: number | null;
  token_version: number | null;
  token_fingerprint: string | null;
  token_age_seconds: number | null;
  endpoint: string | null;
  request_id: string | null;
  attempt: number | null;
  cause: CauseView | null;
  subject: string | null;
};

/**
 * Each event's payload. The field's name, with dashes, is the event's.
 */
export type Events = {
  connection_changed: string | null;
  sign_in_changed: SignInView;
};

/**
 * When the access token expires: three different things [B7].
 */
export type ExpiryView =
  | { "state": "known", at: Millis }
  | { "state": "unknown" }
  | { "state": "never" }
  | { "state": "no_token" };

/**
 * What a disconnect would do.
 */
export type FarewellView = {
  revocation: RevocationPlanView;
  stranded: Array<DependantView>;
  siblings: Array<string>;
};

/**
 * Four different questions, always shown as four [A6].
 */
export type FourAnswersView = {
  signed_in: SignedInView;
  authorised: AuthorisedView;
  usable_now: UsableNowView;
  allowed: AllowedView;
};

/**
 * When the grant itself ends, as far as anyone can tell [B11].
 */
export type GrantEndView =
  | { "state": "no_end_known" }
  | { "state": "ends_at", at: Millis }
  | { "state": "kept_alive", idle_days: number }
  | { "state": "ended", at: Millis, cause: CauseView }
  | { "state": "disconnected", at: Millis };

/**
 * The sentence that matters, as facts; `words/` says it.
 */
export type HeadlineView =
  | { "state": "empty" }
  | { "state": "all_well", connection_count: number, unproved_count: number, next_end: NextEndView | null }
  | { "state": "needs_you", count: number, first: MendFirstView, next_end: NextEndView | null };

/**
 * Who a grant belongs to.
 */
export type IdentityView = {
  account: string | null;
  subject: string | null;
  workspace: string | null;
  account_kind: string | null;
};

/**
 * What brought a token version about.
 */
export type IssuedByView =
  | "connect"
  | "refresh"
  | "reconnect";

/**
 * Whether the OS keychain can be used right now.
 */
export type KeychainView =
  | { "state": "open" }
  | { "state": "locked" }
  | { "state": "absent" }
  | { "state": "different" }
  | { "state": "not_answering" };

export type LabelConnection = {
  id: string;
  name: string;
  customer: string | null;
  environment: EnvironmentView;
};

/**
 * Which lamp shines.
 */
export type LampView =
  | "active"
  | "expiring"
  | "reauth_required"
  | "unproved"
  | "disconnected";

/**
 * Yes, no, in part, or not known.
 */
export type MarkView =
  | "yes"
  | "no"
  | "in_part"
  | "not_known";

/**
 * The connection to mend first, and what hangs on it.
 */
export type MendFirstView = {
  id: string;
  name: string;
  cause: CauseView | null;
  dependant_count: number;
  since: Millis;
};

/**
 * A moment as epoch milliseconds: what JavaScript's `Date` takes.
 */
export type Millis = number;

/**
 * A dependant as a person enters it.
 */
export type NewDependant = {
  workflow: string;
  place: string | null;
  step: string | null;
  owner: string | null;
};

/**
 * The next usable connection that stops by itself.
 */
export type NextEndView = {
  id: string;
  name: string;
  at: Millis;
};

/**
 * No arguments.
 */
export type Nothing = Record<symbol, never>;

/**
 * Names a connection.
 */
export type OneConnection = {
  id: string;
};

/**
 * Names a sign-in under way.
 */
export type OneSignIn = {
  id: string;
};

export type OpenProviderPage = {
  provider: string;
  page: ProviderPage;
};

export type PlanConnect = {
  provider: string;
};

/**
 * Something that happens at once, not a switch.
 */
export type PracticeDeed =
  | "revoke_grants"
  | "expire_access_tokens";

/**
 * The faults a person can switch on; each says what the server then does.
 */
export type PracticeSwitches = {
  refuses_refresh: boolean;
  short_access_tokens: boolean;
  no_refresh_token: boolean;
  answers_slowly: boolean;
  rate_limited: boolean;
  outage: boolean;
  ok_with_error: boolean;
  expires_in_milliseconds: boolean;
  partial_grant: boolean;
  clock_skew: boolean;
  api_forbids: boolean;
};

/**
 * The practice provider as it is now.
 */
export type PracticeView = {
  is_running: boolean;
  issuer: string | null;
  switches: PracticeSwitches;
  live_grant_count: number;
};

/**
 * By what a state was proved.
 */
export type ProofKindView =
  | "test_call"
  | "refresh"
  | "sign_in";

/**
 * When and how the state was last proved.
 */
export type ProofView = {
  at: Millis;
  by: ProofKindView;
  is_success: boolean;
};

/**
 * How a dependant came to be known.
 */
export type ProvenanceView =
  | "by_hand"
  | "token_door";

/**
 * A page of a provider that the window may ask to open.
 */
export type ProviderPage =
  | "console"
  | "revoke_access"
  | "status";

/**
 * A provider a person can choose.
 */
export type ProviderView = {
  id: string;
  name: string;
  tag: string;
  also: Array<string>;
  authorization_host: string;
};

/**
 * Old and new, side by side [A7].
 */
export type ReconnectComparisonView = {
  old: IdentityView;
  new: IdentityView;
  is_other_account: boolean;
  is_other_workspace: boolean;
  is_identity_unknown: boolean;
  scopes_lost: Array<string>;
  scopes_gained: Array<string>;
  dependant_count: number;
};

/**
 * What a person says to a grant that differs.
 */
export type ReconnectDecision =
  | "replace"
  | "keep_both"
  | "refuse";

/**
 * What a refresh led to [B5].
 */
export type RefreshView =
  | { "state": "refreshed", version: number, latency_ms: number, is_rotated: boolean }
  | { "state": "already_fresh", version: number }
  | { "state": "failed", cause: CauseView, retry_at: Millis | null }
  | { "state": "no_refresh_token" };

export type RemoveDependant = {
  id: string;
  dependant: string;
};

/**
 * What the provider answered.
 */
export type RevocationOutcomeView =
  | { "state": "revoked" }
  | { "state": "failed", http_status: number | null }
  | { "state": "not_offered" }
  | { "state": "nothing_to_revoke" };

/**
 * What the provider offers.
 */
export type RevocationPlanView =
  | "ends_this_grant"
  | "ends_all_grants_of_this_client"
  | "not_offered"
  | "nothing_to_revoke";

/**
 * Scopes by what one wants to do [C4].
 */
export type ScopeChoiceView = {
  allows: string;
  scopes: Array<string>;
  is_preselected: boolean;
  is_always: boolean;
};

/**
 * One scope: asked for, granted, or both [C4].
 */
export type ScopeView = {
  scope: string;
  allows: string | null;
  is_requested: boolean;
  is_granted: boolean;
};

/**
 * Whether the provider wants a client secret.
 */
export type SecretNeedView =
  | "required"
  | "optional"
  | "built_in";

/**
 * The parts that can fail on their own.
 */
export type SelfCheckPart =
  | "keychain"
  | "database"
  | "listener"
  | "browser"
  | "clock";

/**
 * One part and what was found.
 */
export type SelfCheckView = {
  part: SelfCheckPart;
  is_well: boolean;
  found: string;
  advice: string | null;
};

export type SetAutomaticRefresh = {
  id: string;
  on: boolean;
};

export type SetPracticeSwitches = {
  switches: PracticeSwitches;
};

/**
 * Why a sign-in failed.
 */
export type SignInFailureView =
  | { "kind": "cause", cause: CauseView, detail: string | null }
  | { "kind": "ours", code: ErrorCode, message: string };

/**
 * How far a sign-in has come.
 */
export type SignInProgressView =
  | { "state": "waiting_for_browser", browser_opened: boolean, strange_request_count: number }
  | { "state": "exchanging_code" }
  | { "state": "identifying" }
  | { "state": "storing" }
  | { "state": "needs_decision", comparison: ReconnectComparisonView }
  | { "state": "connected", connection_id: string }
  | { "state": "refused", revoked: boolean }
  | { "state": "failed", failure: SignInFailureView }
  | { "state": "cancelled" }
  | { "state": "timed_out" };

/**
 * One sign-in, from the open browser to its end.
 */
export type SignInView = {
  id: string;
  reconnects: string | null;
  provider_id: string;
  provider_name: string;
  authorize_url: string;
  redirect_uri: string;
  started_at: Millis;
  ends_at: Millis;
  progress: SignInProgressView;
};

/**
 * Is it the right account?
 */
export type SignedInView = {
  mark: MarkView;
  account: string | null;
  checked_at: Millis | null;
};

/**
 * Why the lamp shines so.
 */
export type StatusReasonView =
  | { "kind": "kept_alive" }
  | { "kind": "never_expires" }
  | { "kind": "no_end_known" }
  | { "kind": "holds_until", at: Millis }
  | { "kind": "no_refresh_token", at: Millis | null }
  | { "kind": "grant_ends", at: Millis }
  | { "kind": "refresh_failing", cause: CauseView, failure_count: number, usable_until: Millis | null }
  | { "kind": "grant_ended", cause: CauseView }
  | { "kind": "token_over" }
  | { "kind": "outcome_unknown" }
  | { "kind": "secret_missing" }
  | { "kind": "never_proved" }
  | { "kind": "disconnected_by_person" };

/**
 * The status as the engine derived it [B1].
 */
export type StatusView = {
  lamp: LampView;
  reason: StatusReasonView;
  since: Millis;
  share_left: number | null;
  is_stale: boolean;
};

/**
 * The answer to a test call [E2].
 */
export type TestCallView = {
  is_success: boolean;
  http_status: number | null;
  latency_ms: number;
  account: string | null;
  workspace: string | null;
  scopes: Array<string>;
  request_id: string | null;
  was_refreshed: boolean;
  is_other_account: boolean;
  cause: CauseView | null;
  at: Millis;
  called: string;
};

/**
 * An odd thing in a token answer.
 */
export type TokenDefectView =
  | "expires_in_is_text"
  | "expires_in_is_milliseconds"
  | "expires_in_is_zero"
  | "expires_in_is_negative"
  | "expires_in_is_absurd"
  | "expires_in_is_not_a_number"
  | "token_type_missing"
  | "token_type_odd"
  | "scope_is_a_list"
  | "duplicate_field"
  | "wrong_content_type";

/**
 * What became of a token version.
 */
export type TokenVersionStateView =
  | "in_use"
  | "replaced"
  | "ended";

/**
 * One link of the chain of tokens, newest first.
 */
export type TokenVersionView = {
  version: number;
  access_fingerprint: string;
  refresh_fingerprint: string | null;
  issued_at: Millis;
  issued_by: IssuedByView;
  state: TokenVersionStateView;
};

/**
 * The access token's clock.
 */
export type TokenView = {
  version: number;
  issued_at: Millis | null;
  expiry: ExpiryView;
  refresh_at: Millis | null;
  last_refresh_at: Millis | null;
  last_refresh_ms: number | null;
  defects: Array<TokenDefectView>;
};

/**
 * Would a call work this minute?
 */
export type UsableNowView = {
  mark: MarkView;
  proved_at: Millis | null;
  proved_by: ProofKindView | null;
  latency_ms: number | null;
  cause: CauseView | null;
};
