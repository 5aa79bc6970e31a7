/** An engine invented in the page: `npm run dev` in a plain browser, and component tests. Holds no secret and reaches nothing. */

import { type Backend, BackendError, type CommandName, type EventName } from "./backend";
import type {
  BoardView,
  CauseView,
  ClientView,
  Commands,
  ConnectForm,
  ConnectPlanView,
  ConnectionView,
  EventKindView,
  Events,
  EventView,
  HeadlineView,
  KeychainView,
  PracticeSwitches,
  PracticeView,
  ReconnectComparisonView,
  RefreshView,
  SignInProgressView,
  SignInView,
  TestCallView,
} from "./bindings";
import {
  DAY,
  demoConnections,
  demoEvent,
  demoProviders,
  fingerprint,
  googleScopes,
  HOUR,
  inOrder,
  MINUTE,
  revoked,
} from "./demo_connections";

type Answers = { [C in CommandName]: (args: Commands[C][0]) => Commands[C][1] | Promise<Commands[C][1]> };

export interface DemoOptions {
  count?: number;
  keychain?: KeychainView["state"];
  /** Steps a sign-in on by itself; tests step it by hand. */
  isSteppedByHand?: boolean;
  /** Every reconnect comes back as another account. */
  isOtherAccount?: boolean;
  now?: () => number;
  /** How long answers take, in milliseconds. */
  delay?: number;
}

const noFaults: PracticeSwitches = {
  refuses_refresh: false,
  short_access_tokens: false,
  no_refresh_token: false,
  answers_slowly: false,
  rate_limited: false,
  outage: false,
  ok_with_error: false,
  expires_in_milliseconds: false,
  partial_grant: false,
  clock_skew: false,
  api_forbids: false,
};

export class DemoBackend implements Backend {
  /** Every command asked, newest last: what tests look at. */
  readonly asked: { command: CommandName; args: unknown }[] = [];
  readonly #now: () => number;
  readonly #delay: number;
  readonly #isSteppedByHand: boolean;
  readonly #isOtherAccount: boolean;
  readonly #connections = new Map<string, ConnectionView>();
  readonly #signIns = new Map<string, SignInView>();
  readonly #forms = new Map<string, ConnectForm>();
  readonly #ears = new Map<EventName, Set<(payload: never) => void>>();
  readonly #clients: ClientView[] = [
    {
      id: "cli_fjord",
      provider_id: "google",
      name: "Fjordstudio automations",
      client_id: "482911-k2m8.apps.googleusercontent.com",
      has_secret: true,
      environment: "production",
      connection_count: 3,
    },
    {
      id: "cli_fjord_test",
      provider_id: "google",
      name: "Fjordstudio tests",
      client_id: "482911-t7q1.apps.googleusercontent.com",
      has_secret: true,
      environment: "staging",
      connection_count: 0,
    },
    {
      id: "cli_slack",
      provider_id: "slack",
      name: "Fjordstudio on Slack",
      client_id: "9183.5521",
      has_secret: true,
      environment: "production",
      connection_count: 2,
    },
  ];
  #practice: PracticeView;
  #keychain: KeychainView["state"];
  #failure: BackendError | null = null;
  #next = 1;

  constructor({
    count = 30,
    keychain = "open",
    isSteppedByHand = false,
    isOtherAccount = false,
    now = Date.now,
    delay = 0,
  }: DemoOptions = {}) {
    this.#now = now;
    this.#delay = delay;
    this.#isSteppedByHand = isSteppedByHand;
    this.#isOtherAccount = isOtherAccount;
    this.#keychain = keychain;
    for (const view of demoConnections(count, now())) this.#connections.set(view.row.id, view);
    const live = [...this.#connections.values()].filter((view) => view.row.is_practice).length;
    this.#practice = {
      is_running: true,
      issuer: "http://127.0.0.1:43199",
      switches: noFaults,
      live_grant_count: live,
    };
  }

  /** `?demo=0|3|30|3000` chooses how many, `?keychain=locked` and the like what the keychain does. */
  static fromAddress(location: Pick<Location, "search">): DemoBackend {
    const query = new URLSearchParams(location.search);
    const states: KeychainView["state"][] = ["open", "locked", "absent", "different", "not_answering"];
    return new DemoBackend({
      count: Number(query.get("demo") ?? "30"),
      keychain: states.find((state) => state === query.get("keychain")) ?? "open",
      isSteppedByHand: query.has("byhand"),
      isOtherAccount: query.has("other"),
      delay: 120,
    });
  }

  async call<C extends CommandName>(command: C, args: Commands[C][0]): Promise<Commands[C][1]> {
    this.asked.push({ command, args: structuredClone(args) });
    if (this.#delay > 0) await wait(this.#delay);
    const failure = this.#failure;
    if (failure !== null) {
      this.#failure = null;
      throw failure;
    }
    return structuredClone(await this.#answers[command](args));
  }

  listen<E extends EventName>(event: E, heard: (payload: Events[E]) => void): Promise<() => void> {
    const ears = this.#ears.get(event) ?? new Set();
    this.#ears.set(event, ears);
    ears.add(heard);
    return Promise.resolve(() => ears.delete(heard as (payload: never) => void));
  }

  /** The next command fails so. */
  failNext(failure: BackendError): void {
    this.#failure = failure;
  }

  /** Steps a sign-in on, as the engine would. */
  step(id: string, progress: SignInProgressView): void {
    const view = this.#signIns.get(id);
    if (view === undefined) return;
    view.progress = progress;
    this.#tell("sign_in_changed", view);
  }

  /** Brings a sign-in to its good end. */
  finish(id: string): void {
    const view = this.#signIns.get(id);
    if (view === undefined) return;
    const connectionId = view.reconnects ?? this.#addConnection(view);
    if (view.reconnects !== null) this.#mend(view.reconnects);
    this.step(id, { state: "connected", connection_id: connectionId });
    this.#tell("connection_changed", connectionId);
    this.#signIns.delete(id);
  }

  /** Changes one connection from outside, as a refresh in the background would. */
  change(id: string, change: (view: ConnectionView) => void): void {
    const view = this.#connections.get(id);
    if (view === undefined) return;
    change(view);
    this.#tell("connection_changed", id);
  }

  ids(): string[] {
    return [...this.#connections.keys()];
  }

  readonly #answers: Answers = {
    board: () => this.#board(),
    connection: ({ id }) => this.#one(id),
    list_providers: () => demoProviders,
    list_clients: () => this.#clients,
    plan_connect: ({ provider }) => this.#plan(provider),
    begin_connect: ({ form }) => this.#begin(form),
    begin_reconnect: ({ id }) => {
      const { row } = this.#one(id);
      return this.#signIn(row.provider_id, row.provider_name, id);
    },
    list_sign_ins: () => [...this.#signIns.values()],
    open_sign_in_page: ({ id }) => this.#signIns.has(id),
    cancel_sign_in: ({ id }) => {
      if (!this.#signIns.has(id)) throw new BackendError("sign_in_gone", "No such sign-in.");
      this.step(id, { state: "cancelled" });
      this.#signIns.delete(id);
      return null;
    },
    decide_reconnect: ({ id, decision }) => {
      const view = this.#signIns.get(id);
      if (view === undefined) throw new BackendError("sign_in_gone", "No such sign-in.");
      if (decision === "replace") this.finish(id);
      else if (decision === "refuse") {
        this.step(id, { state: "refused", revoked: true });
        this.#signIns.delete(id);
      } else {
        const added = this.#addConnection(view);
        this.step(id, { state: "connected", connection_id: added });
        this.#signIns.delete(id);
        this.#tell("connection_changed", added);
      }
      return null;
    },
    run_test_call: ({ id }) => this.#testCall(id),
    refresh_now: ({ id }) => this.#refresh(id),
    plan_disconnect: ({ id }) => {
      const view = this.#one(id);
      return {
        revocation:
          view.row.status.lamp === "reauth_required"
            ? "nothing_to_revoke"
            : view.row.provider_id === "notion"
              ? "not_offered"
              : "ends_this_grant",
        stranded: view.dependants,
        siblings: [],
      };
    },
    disconnect: ({ id }) => {
      const view = this.#one(id);
      view.row.status = {
        lamp: "disconnected",
        reason: { kind: "disconnected_by_person" },
        since: this.#now(),
        share_left: null,
        is_stale: false,
      };
      view.row.grant_end = { state: "disconnected", at: this.#now() };
      view.row.token_expiry = { state: "no_token" };
      view.token = { ...view.token, expiry: { state: "no_token" }, refresh_at: null };
      view.can_refresh = false;
      view.answers.authorised = { ...view.answers.authorised, mark: "no" };
      view.answers.usable_now = { ...view.answers.usable_now, mark: "no" };
      this.#log(view, { kind: "disconnected" });
      this.#tell("connection_changed", id);
      return {
        revocation: { state: view.row.provider_id === "notion" ? "not_offered" : "revoked" },
        stranded_count: view.dependants.length,
      };
    },
    forget_connection: ({ id }) => {
      this.#one(id);
      this.#connections.delete(id);
      this.#tell("connection_changed", null);
      return null;
    },
    label_connection: ({ id, name, customer, environment }) => {
      this.change(id, (view) => {
        view.row = { ...view.row, name, customer, environment };
        this.#log(view, { kind: "settings_changed", subject: "name and labels" });
      });
      return null;
    },
    set_automatic_refresh: ({ id, on }) => {
      this.change(id, (view) => (view.automatic_refresh = on));
      return null;
    },
    add_dependant: ({ id, dependant }) => {
      this.change(id, (view) => {
        view.dependants.push({
          id: `dep_${this.#next++}`,
          workflow: dependant.workflow,
          place: dependant.place ?? "not said",
          step: dependant.step,
          owner: dependant.owner,
          provenance: "by_hand",
          seen_at: this.#now(),
        });
        view.row.dependant_count = view.dependants.length;
      });
      return null;
    },
    remove_dependant: ({ id, dependant }) => {
      this.change(id, (view) => {
        view.dependants = view.dependants.filter((one) => one.id !== dependant);
        view.row.dependant_count = view.dependants.length;
      });
      return null;
    },
    list_events: () =>
      [...this.#connections.values()]
        .flatMap((view): EventView[] => view.events)
        .sort((a, b) => b.at - a.at || b.id - a.id)
        .slice(0, 2_000),
    self_check: () => [
      {
        part: "keychain",
        is_well: this.#keychain === "open",
        found:
          this.#keychain === "open"
            ? "gnome-keyring answers; a trial item was written, read back and erased."
            : "It does not answer.",
        advice: this.#keychain === "open" ? null : "Unlock it in your system's password settings.",
      },
      {
        part: "database",
        is_well: true,
        found: "patchbay.db, version 1, written and read back.",
        advice: null,
      },
      {
        part: "listener",
        is_well: true,
        found: "A port on 127.0.0.1 was opened and closed again.",
        advice: null,
      },
      { part: "browser", is_well: true, found: "A program answers for https addresses.", advice: null },
      { part: "clock", is_well: true, found: "0.4 s behind the servers' clocks.", advice: null },
    ],
    open_provider_page: () => null,
    practice: () => this.#practice,
    start_practice: () => this.#signIn("practice", "Practice provider", null),
    set_practice_switches: ({ switches }) => (this.#practice = { ...this.#practice, switches }),
    do_practice_deed: ({ deed }) => {
      for (const view of this.#connections.values()) {
        if (!view.row.is_practice) continue;
        if (deed === "revoke_grants") this.#isRevoked.add(view.row.id);
        else view.row.token_expiry = view.token.expiry = { state: "known", at: this.#now() - 1_000 };
        this.#tell("connection_changed", view.row.id);
      }
      if (deed === "revoke_grants") this.#practice = { ...this.#practice, live_grant_count: 0 };
      return this.#practice;
    },
  };

  readonly #isRevoked = new Set<string>();

  #board(): BoardView {
    const views = inOrder([...this.#connections.values()]);
    return {
      headline: headline(views),
      rows: views.map((view) => view.row),
      engine: {
        watched_count: views.length,
        next_refresh_at: views.length === 0 ? null : this.#now() + 16 * MINUTE,
        clock_ahead_ms: views.length === 0 ? null : -400,
      },
      keychain: { state: this.#keychain },
    };
  }

  #one(id: string): ConnectionView {
    const view = this.#connections.get(id);
    if (view === undefined) throw new BackendError("connection_gone", "No connection of this id.");
    return view;
  }

  #plan(provider: string): ConnectPlanView {
    const known = demoProviders.find((one) => one.id === provider);
    if (known === undefined && !provider.startsWith("https://"))
      throw new BackendError("provider_unknown", `No provider “${provider}”.`);
    if (known === undefined && provider.includes("broken"))
      throw new BackendError("discovery_refused", "The document names another issuer.");
    const host = known?.authorization_host ?? new URL(provider).host;
    return {
      provider_id: known?.id ?? "issuer",
      provider_name: known?.name ?? host,
      provider_tag: known?.tag ?? "Id",
      issuer: known === undefined ? provider : null,
      authorization_host: host,
      redirect_uri:
        provider === "slack" ? "http://localhost:43117/callback" : "http://127.0.0.1:43117/callback",
      is_any_port: provider === "google" || provider === "microsoft",
      port_taken_by: null,
      client_secret: provider === "microsoft" || known === undefined ? "optional" : "required",
      has_console: known !== undefined,
      has_no_scopes: provider === "notion",
      scope_choices:
        provider === "notion"
          ? []
          : googleScopes.map((scope, index) => ({
              allows: scope.allows ?? scope.scope,
              scopes: scope.scope.split(" "),
              is_preselected: index < 3,
              is_always: index === 0,
            })),
      clients: this.#clients.filter((client) => client.provider_id === provider),
    };
  }

  #begin(form: ConnectForm): SignInView {
    if (form.client === null && (form.client_id ?? "") === "")
      throw new BackendError("client_incomplete", "No client id.");
    const provider = demoProviders.find((one) => one.id === form.provider);
    const view = this.#signIn(
      provider?.id ?? "issuer",
      provider?.name ?? new URL(form.provider).host,
      null,
      form.client_id?.includes("wrong") === true,
    );
    this.#forms.set(view.id, { ...form, client_secret: null });
    return view;
  }

  #signIn(providerId: string, providerName: string, reconnects: string | null, isDoomed = false): SignInView {
    const id = `sgn_${this.#next++}`;
    const now = this.#now();
    const host = demoProviders.find((one) => one.id === providerId)?.authorization_host ?? "127.0.0.1:43199";
    const view: SignInView = {
      id,
      reconnects,
      provider_id: providerId,
      provider_name: providerName,
      is_practice: providerId === "practice",
      authorize_url: `https://${host}/authorize?response_type=code&client_id=482911-k2m8&redirect_uri=http%3A%2F%2F127.0.0.1%3A43117%2Fcallback&state=${fingerprint(this.#next)}`,
      redirect_uri: "http://127.0.0.1:43117/callback",
      started_at: now,
      ends_at: now + 10 * MINUTE,
      progress: { state: "waiting_for_browser", browser_opened: true, strange_request_count: 0 },
    };
    this.#signIns.set(id, view);
    if (!this.#isSteppedByHand) void this.#walk(id, isDoomed);
    return view;
  }

  async #walk(id: string, isDoomed: boolean): Promise<void> {
    await wait(3_500);
    for (const state of ["exchanging_code", "identifying", "storing"] as const) {
      if (!this.#signIns.has(id)) return;
      this.step(id, { state });
      await wait(700);
      if (isDoomed) {
        const cause: CauseView = {
          cause: "client_credentials_mismatch",
          action: "fix_client_config",
          provider_code: "invalid_client",
          http_status: 401,
        };
        this.step(id, { state: "failed", failure: { kind: "cause", cause, detail: null } });
        this.#signIns.delete(id);
        return;
      }
    }
    const reconnects = this.#signIns.get(id)?.reconnects ?? null;
    if (reconnects !== null && this.#isOtherAccount)
      this.step(id, { state: "needs_decision", comparison: this.#comparison(reconnects) });
    else this.finish(id);
  }

  #comparison(id: string): ReconnectComparisonView {
    const view = this.#one(id);
    const old = {
      account: view.row.account,
      subject: view.subject,
      workspace: view.row.workspace,
      account_kind: view.account_kind,
    };
    return {
      old,
      new: { ...old, account: "mira@private.example", subject: fingerprint(99), account_kind: "personal" },
      is_other_account: true,
      is_other_workspace: false,
      is_identity_unknown: false,
      scopes_lost: ["https://www.googleapis.com/auth/spreadsheets"],
      scopes_gained: [],
      dependant_count: view.dependants.length,
    };
  }

  #addConnection(view: SignInView): string {
    const form = this.#forms.get(view.id);
    const [made] = demoConnections(1, this.#now());
    if (made === undefined) throw new BackendError("unexpected", "Nothing to invent.");
    const id = `con_${fingerprint(7_000 + this.#next++).slice(0, 6)}`;
    const isPractice = view.is_practice;
    const now = this.#now();
    made.row = {
      ...made.row,
      id,
      name: form?.name ?? (isPractice ? "Practice" : view.provider_name),
      provider_id: view.provider_id,
      provider_name: view.provider_name,
      provider_tag: demoProviders.find((one) => one.id === view.provider_id)?.tag ?? "Pr",
      account: isPractice ? "robin@practice.example" : "mira@fjordstudio.example",
      customer: form?.customer ?? null,
      environment: form?.environment ?? "sandbox",
      is_practice: isPractice,
      has_access_page: !isPractice,
      dependant_count: 0,
    };
    made.dependants = [];
    made.events = [];
    made.lineage = [];
    made.created_at = made.connected_at = now;
    this.#connections.set(id, made);
    this.#mend(id);
    if (isPractice)
      this.#practice = {
        ...this.#practice,
        is_running: true,
        live_grant_count: this.#practice.live_grant_count + 1,
      };
    return id;
  }

  #mend(id: string): void {
    const view = this.#one(id);
    const now = this.#now();
    const isFirst = view.lineage.length === 0;
    this.#isRevoked.delete(id);
    view.row.status = {
      lamp: "active",
      reason: { kind: "kept_alive" },
      since: now,
      share_left: null,
      is_stale: false,
    };
    view.row.proof = { at: now, by: "sign_in", is_success: true };
    view.row.grant_end = { state: "no_end_known" };
    view.row.missing_scope_count = 0;
    view.connected_at = now;
    view.can_refresh = true;
    this.#issue(view, isFirst ? "connect" : "reconnect");
    view.answers = {
      signed_in: { mark: "yes", account: view.row.account, checked_at: now },
      authorised: { mark: "yes", granted_at: now, ends_at: null, cause: null },
      usable_now: { mark: "yes", proved_at: now, proved_by: "sign_in", latency_ms: null, cause: null },
      allowed: {
        ...view.answers.allowed,
        mark: "yes",
        granted_count: view.answers.allowed.requested_count,
        missing: [],
      },
    };
    view.scopes = view.scopes.map((scope) => ({ ...scope, is_granted: scope.is_requested }));
    this.#log(view, {
      kind: isFirst ? "token_issued" : "reconnected",
      subject: view.row.account,
      token_version: view.token.version,
    });
  }

  #issue(view: ConnectionView, by: "connect" | "refresh" | "reconnect"): void {
    const now = this.#now();
    const version = (view.lineage[0]?.version ?? 0) + 1;
    for (const older of view.lineage) if (older.state === "in_use") older.state = "replaced";
    view.lineage.unshift({
      version,
      access_fingerprint: fingerprint(version * 77 + this.#next++),
      refresh_fingerprint:
        by === "refresh" ? (view.lineage[0]?.refresh_fingerprint ?? null) : fingerprint(version * 91),
      issued_at: now,
      issued_by: by,
      state: "in_use",
    });
    const expiry = { state: "known", at: now + HOUR } as const;
    view.row.token_expiry = expiry;
    view.token = {
      ...view.token,
      version,
      issued_at: now,
      expiry,
      refresh_at: now + 54 * MINUTE,
      last_refresh_at: by === "refresh" ? now : view.token.last_refresh_at,
      last_refresh_ms: 184,
    };
  }

  #break(view: ConnectionView, cause: CauseView): void {
    const now = this.#now();
    view.row.status = {
      lamp: "reauth_required",
      reason: { kind: "grant_ended", cause },
      since: now,
      share_left: null,
      is_stale: false,
    };
    view.row.grant_end = { state: "ended", at: now, cause };
    view.row.proof = { at: now, by: "refresh", is_success: false };
    view.answers.authorised = { ...view.answers.authorised, mark: "no", cause };
    view.answers.usable_now = { ...view.answers.usable_now, mark: "no", cause };
    view.token.refresh_at = null;
    this.#log(view, { kind: "refresh_failed", cause, http_status: 400 });
    this.#log(view, { kind: "reauth_required_set", cause });
  }

  async #testCall(id: string): Promise<TestCallView> {
    const view = this.#one(id);
    if (this.#delay > 0) await wait(600);
    const now = this.#now();
    const { row } = view;
    const isForbidden = row.is_practice && this.#practice.switches.api_forbids;
    const isDead =
      this.#isRevoked.has(id) ||
      row.status.lamp === "reauth_required" ||
      (row.is_practice && this.#practice.switches.refuses_refresh);
    const cause: CauseView | null = isForbidden
      ? {
          cause: "insufficient_scope",
          action: "reconnect_with_more_scopes",
          provider_code: "insufficient_scope",
          http_status: 403,
        }
      : isDead
        ? revoked
        : null;
    if (isDead && row.status.lamp !== "reauth_required") this.#break(view, revoked);
    if (cause === null) {
      row.proof = { at: now, by: "test_call", is_success: true };
      row.status = {
        ...row.status,
        is_stale: false,
        ...(row.status.lamp === "unproved" ? { lamp: "active", reason: { kind: "kept_alive" } } : {}),
      };
      view.answers.usable_now = {
        mark: "yes",
        proved_at: now,
        proved_by: "test_call",
        latency_ms: 212,
        cause: null,
      };
    }
    this.#log(view, {
      kind: cause === null ? "test_call_succeeded" : "test_call_failed",
      http_status: cause?.http_status ?? 200,
      latency_ms: 212,
      cause,
      endpoint: "userinfo",
    });
    this.#tell("connection_changed", id);
    return {
      is_success: cause === null,
      http_status: cause?.http_status ?? 200,
      latency_ms: 212,
      account: cause === null ? row.account : null,
      workspace: cause === null ? row.workspace : null,
      scopes:
        cause === null
          ? view.scopes.filter((scope) => scope.is_granted).flatMap((scope) => scope.scope.split(" "))
          : [],
      request_id: "req_8f1c-22ab",
      was_refreshed: false,
      is_other_account: false,
      cause,
      at: now,
      called: `GET https://${demoProviders.find((one) => one.id === row.provider_id)?.authorization_host ?? "127.0.0.1:43199"}/userinfo`,
    };
  }

  async #refresh(id: string): Promise<RefreshView> {
    const view = this.#one(id);
    if (this.#delay > 0) await wait(500);
    if (!view.can_refresh) return { state: "no_refresh_token" };
    const switches = view.row.is_practice ? this.#practice.switches : noFaults;
    if (view.row.status.lamp === "reauth_required" || this.#isRevoked.has(id) || switches.refuses_refresh) {
      if (view.row.status.lamp !== "reauth_required") this.#break(view, revoked);
      this.#tell("connection_changed", id);
      return { state: "failed", cause: revoked, retry_at: null };
    }
    if (switches.outage || switches.rate_limited) {
      const cause: CauseView = switches.outage
        ? { cause: "provider_outage", action: "wait_and_retry", provider_code: null, http_status: 503 }
        : { cause: "rate_limited", action: "wait_and_retry", provider_code: null, http_status: 429 };
      this.#log(view, { kind: "refresh_failed", cause, http_status: cause.http_status });
      this.#tell("connection_changed", id);
      return { state: "failed", cause, retry_at: this.#now() + 30_000 };
    }
    this.#issue(view, "refresh");
    view.row.proof = { at: this.#now(), by: "refresh", is_success: true };
    this.#log(view, { kind: "refresh_succeeded", latency_ms: 184, token_version: view.token.version });
    this.#tell("connection_changed", id);
    return { state: "refreshed", version: view.token.version, latency_ms: 184, is_rotated: true };
  }

  #log(view: ConnectionView, event: { kind: EventKindView } & Partial<EventView>): void {
    view.events.unshift(demoEvent(view.row, this.#now(), event));
  }

  #tell<E extends EventName>(event: E, payload: Events[E]): void {
    for (const heard of this.#ears.get(event) ?? [])
      (heard as (payload: Events[E]) => void)(structuredClone(payload));
  }
}

function headline(views: readonly ConnectionView[]): HeadlineView {
  if (views.length === 0) return { state: "empty" };
  const ends = views
    .flatMap(({ row }) =>
      row.grant_end.state === "ends_at" ? [{ id: row.id, name: row.name, at: row.grant_end.at }] : [],
    )
    .sort((a, b) => a.at - b.at);
  const next_end = ends[0] ?? null;
  const broken = views
    .filter(({ row }) => row.status.lamp === "reauth_required")
    .sort((a, b) => b.row.dependant_count - a.row.dependant_count);
  const first = broken[0]?.row;
  if (first === undefined) {
    return {
      state: "all_well",
      connection_count: views.length,
      unproved_count: views.filter(({ row }) => row.status.lamp === "unproved").length,
      next_end: next_end !== null && next_end.at < Date.now() + 90 * DAY ? next_end : null,
    };
  }
  const reason = first.status.reason;
  return {
    state: "needs_you",
    count: broken.length,
    first: {
      id: first.id,
      name: first.name,
      cause: reason.kind === "grant_ended" || reason.kind === "refresh_failing" ? reason.cause : null,
      dependant_count: first.dependant_count,
      since: first.status.since,
    },
    next_end,
  };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
