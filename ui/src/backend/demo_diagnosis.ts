/** Ladders of probes as the demo climbs them: rung by rung, stopping at the first that fails [C3]. */

import { BackendError, type CommandName } from "./backend";
import type {
  CauseLabel,
  CauseView,
  Commands,
  ConnectionView,
  LadderView,
  NextStepView,
  ProofLineView,
  RungNameView,
  RungView,
} from "./bindings";
import { fingerprint, MINUTE } from "./demo_times";
import { type DemoWorld, wait } from "./demo_world";

type Own = "diagnose" | "cancel_diagnosis" | "last_diagnosis" | "open_mending_page" | "letter_to_admin";
type Answers = {
  [C in Own & CommandName]: (args: Commands[C][0]) => Commands[C][1] | Promise<Commands[C][1]>;
};

const ORDER: RungNameView[] = [
  "reach",
  "clock",
  "our_token",
  "token_endpoint",
  "credential",
  "identity",
  "scopes",
  "resource",
];

export function diagnosisAnswers(world: DemoWorld): Answers {
  const kept = new Map<string, LadderView>();
  const running = new Map<string, number>();
  return {
    diagnose: async ({ id, run, resource, may_refresh: mayRefresh }) => {
      const ladder = climbed(world, world.one(id), resource, mayRefresh);
      running.set(id, run);
      const tell = (rung: RungView) => world.tell("rung_changed", { connection_id: id, run, rung });
      for (const rung of ladder.rungs) {
        if (rung.state !== "not_run" && world.delay > 0) {
          tell({ ...rung, state: "running", took_ms: null, says: "", proof: [] });
          await wait(world.delay * 3);
        }
        if (running.get(id) !== run) return null;
        if (rung.rung === "our_token" && world.keychain !== "open")
          throw new BackendError("keychain_locked", "The keychain is locked.");
        tell(rung);
      }
      running.delete(id);
      kept.set(id, ladder);
      return ladder;
    },
    cancel_diagnosis: ({ id }) => {
      running.delete(id);
      return null;
    },
    last_diagnosis: ({ id }) => {
      world.one(id);
      return kept.get(id) ?? null;
    },
    letter_to_admin: ({ id }) => adminLetter(world.one(id)),
    open_mending_page: ({ id }) => {
      world.one(id);
      return null;
    },
  };
}

/** What each rung says of this connection; those above one that fails are not run. */
function climbed(
  world: DemoWorld,
  view: ConnectionView,
  resource: string | null,
  mayRefresh: boolean,
): LadderView {
  const { row } = view;
  const cause = view.answers.authorised.cause ?? view.answers.usable_now.cause;
  const missing = view.scopes.filter((scope) => !scope.is_granted).map((scope) => scope.scope);
  const failing = failingRung(cause, missing.length);
  const rungs = ORDER.map((rung): RungView => {
    const place = ORDER.indexOf(rung);
    if (failing !== null && place > ORDER.indexOf(failing))
      return { rung, state: "not_run", took_ms: null, says: `Not reached. ${known(view, rung)}`, proof: [] };
    if (rung === failing) return failedRung(view, rung, cause, missing);
    return passedRung(world, view, rung, resource, mayRefresh);
  });
  const verdict: CauseView = cause ?? {
    cause: missing.length > 0 ? "insufficient_scope" : "no_failure",
    action: missing.length > 0 ? "reconnect_with_more_scopes" : "none",
    provider_code: null,
    http_status: null,
  };
  const isDead = row.status.lamp === "reauth_required";
  return {
    connection_id: row.id,
    at: world.now(),
    took_ms: rungs.reduce((sum, rung) => sum + (rung.took_ms ?? 0), 0),
    rungs,
    cause: isDead ? surely(verdict) : verdict,
    ruled_out: isDead
      ? [
          {
            cause: "refresh_token_reused",
            by: `${row.provider_name} does not rotate; sent and stored are both ${fingerprint(91)}.`,
          },
          { cause: "client_credentials_mismatch", by: "The same client refreshed another connection since." },
          {
            cause: "refresh_token_limit_exceeded",
            by: "3 of 100 grants are known for this account and client.",
          },
          { cause: "refresh_token_expired", by: "It was used 7 minutes before." },
          { cause: "clock_skew", by: "0.4 s, measured on rung 2." },
          { cause: "provider_outage", by: "Rung 1 answered; 4 other refreshes there went well today." },
        ]
      : [],
    still_open: isDead
      ? "Who ended it. A password change and “Remove access” look the same from outside. The action is the same for both."
      : null,
    last_good: isDead ? { at: row.status.since - 7 * MINUTE, what: "test call, 200 in 96 ms" } : null,
    first_bad: isDead
      ? { at: row.status.since, what: `refresh, 400 ${verdict.provider_code ?? "invalid_grant"}` }
      : null,
    next: nextStep(view, verdict, missing),
  };
}

/** As the classifier says it beside its cause. */
function surely(cause: CauseView): CauseView {
  const sure = {
    ...cause,
    confidence: 0.91,
    clues: [
      "invalid_grant at the token endpoint.",
      "The refresh token that was sent is the newest we were given.",
    ],
    alternatives: [{ cause: "account_disabled" as const, confidence: 0.06 }],
  };
  return sure;
}

/** Where a cause shows; every other shows at the credential. */
const SHOWS_AT: Partial<Record<CauseLabel, RungNameView>> = {
  network_failure: "reach",
  clock_skew: "clock",
  client_credentials_mismatch: "token_endpoint",
  provider_outage: "token_endpoint",
  rate_limited: "token_endpoint",
  insufficient_scope: "scopes",
  wrong_tenant_or_account: "identity",
};

function failingRung(cause: CauseView | null, missingCount: number): RungNameView | null {
  if (cause === null || cause.cause === "no_failure") return missingCount > 0 ? "scopes" : null;
  return SHOWS_AT[cause.cause] ?? "credential";
}

function failedRung(
  view: ConnectionView,
  rung: RungNameView,
  cause: CauseView | null,
  missing: string[],
): RungView {
  const name = view.row.provider_name;
  const says: Partial<Record<RungNameView, string>> = {
    reach: `${name} could not be reached: the server did not answer in time.`,
    clock: `This computer's clock is 10 min ahead of ${name}'s.`,
    token_endpoint: `${name}'s token endpoint did not answer as it should.`,
    credential: `${name} refused the refresh token. It was re-read from the keychain first and had not changed, so there was no second try.`,
    identity: `Another account answered than ${view.row.account ?? "the stored one"}.`,
    scopes: `Asked for and not granted: ${missing.join(", ")}.`,
  };
  const isAsked = rung !== "scopes" && rung !== "clock";
  return {
    rung,
    state: "failed",
    took_ms: 131,
    says: says[rung] ?? "It failed.",
    proof: isAsked ? [wire(view, rung, cause)] : [],
  };
}

function passedRung(
  world: DemoWorld,
  view: ConnectionView,
  rung: RungNameView,
  resource: string | null,
  mayRefresh: boolean,
): RungView {
  const name = view.row.provider_name;
  const says: Record<RungNameView, string> = {
    reach: `${host(view)} answered.`,
    clock: `This computer's clock is ${(Math.abs(world.clockAheadMs) / 1000).toFixed(1)} s ${world.clockAheadMs >= 0 ? "ahead of" : "behind"} ${name}'s.`,
    our_token: `v${view.token.version} is in the keychain, as the database says.`,
    token_endpoint: "The same client refreshed another connection since.",
    credential: mayRefresh
      ? "Refreshed; the new token is stored."
      : "The token holds: nothing is refreshed without need.",
    identity: `${view.row.account ?? "The account"} answered, as stored.`,
    scopes: "Everything asked for is granted.",
    resource: resource === null ? "No object was named." : "It can be read.",
  };
  const isNeedless =
    rung === "token_endpoint" ||
    (rung === "credential" && !mayRefresh) ||
    (rung === "resource" && resource === null);
  const isAsked = !isNeedless && (rung === "reach" || rung === "credential" || rung === "identity");
  return {
    rung,
    state: isNeedless ? "not_needed" : "passed",
    took_ms: isAsked ? 84 : null,
    says: says[rung],
    proof: isAsked ? [wire(view, rung, null)] : [],
  };
}

/** What is known of a rung that was not reached. */
function known(view: ConnectionView, rung: RungNameView): string {
  if (rung === "identity") return `Last known: ${view.row.account ?? "nobody"}.`;
  if (rung === "scopes") {
    const granted = view.scopes.filter((scope) => scope.is_granted).map((scope) => scope.scope);
    return `Granted: ${granted.join(", ") || "nothing that is known"}.`;
  }
  return "";
}

function wire(view: ConnectionView, rung: RungNameView, cause: CauseView | null): ProofLineView {
  const isToken = rung === "credential" || rung === "token_endpoint";
  return {
    request: `${isToken ? "POST" : rung === "reach" ? "HEAD" : "GET"} ${host(view)}${isToken ? "/token" : rung === "identity" ? "/userinfo" : "/"}`,
    sent: rung === "credential" ? [{ name: "refresh_token", shown: fingerprint(91) }] : [],
    status: cause === null ? 200 : cause.http_status,
    code: cause?.provider_code ?? null,
    words: cause === null ? null : "Token has been expired or revoked.",
  };
}

function host(view: ConnectionView): string {
  return URL.canParse(view.token_endpoint) ? new URL(view.token_endpoint).host : view.token_endpoint;
}

function adminLetter(view: ConnectionView): string {
  return `Please allow the app “${view.client_name}” for ${view.row.account ?? "my account"}.`;
}

function nextStep(view: ConnectionView, verdict: CauseView, missing: string[]): NextStepView {
  switch (verdict.action) {
    case "reconnect":
      return { step: "reconnect" };
    case "reconnect_with_more_scopes":
      return { step: "reconnect_with_scopes", missing };
    case "reconnect_other_account":
      return { step: "reconnect_other_account" };
    case "refresh":
      return { step: "refresh_now" };
    case "wait_and_retry":
      return { step: "wait_until", at: null };
    case "fix_clock":
      return { step: "open_clock" };
    case "fix_client_config":
      return { step: "check_client", client: view.client_id };
    case "ask_admin":
      return {
        step: "ask_admin",
        text: adminLetter(view),
      };
    case "share_resource":
      return {
        step: "share_resource",
        steps: ["Open the object.", `Share it with ${view.row.account ?? "the account"}.`],
      };
    case "fix_request":
    case "contact_provider":
      return { step: "report_to_vendor" };
    case "none":
      return { step: "nothing" };
  }
}
