/** A sign-in, from the open browser to its verdict [A2, A7]. */

import type {
  ActionLabel,
  CauseLabel,
  EnvironmentView,
  IdentityView,
  LeftBecauseView,
  ReconnectComparisonView,
  ReconnectDecision,
  SignInFailureView,
  SignInProgressView,
  SignInView,
} from "../backend/backend";
import { actionWords, causeCode, causeWords } from "./causes";
import { errorWords } from "./errors";
import { mendWords } from "./next_step";
import { counted, listed } from "./numbers";
import { failureWords } from "./platforms";

export const environmentWords: Record<EnvironmentView, string> = {
  production: "production",
  staging: "staging",
  sandbox: "sandbox",
};

export type SignInState = SignInProgressView["state"];

/** The head of the dialog; `name` is the provider's, or the connection's when it is being brought back. */
export const signInTitle: Record<SignInState, (name: string) => string> = {
  waiting_for_browser: (name) => `Waiting for your browser: ${name}`,
  exchanging_code: (name) => `Trading the code with ${name}`,
  identifying: (name) => `Asking ${name} who signed in`,
  storing: () => "Storing the tokens in the keychain",
  needs_decision: (name) => `${name}: this sign-in differs from the old one`,
  connected: (name) => `${name} is connected`,
  handed_over: (name) => `${name} is handed over`,
  refused: (name) => `${name} stays as it was`,
  failed: (name) => `${name} could not be connected`,
  cancelled: (name) => `Sign-in to ${name} cancelled`,
  timed_out: (name) => `Nobody signed in to ${name} in time`,
};

/** The four steps a person can follow. */
export const signInSteps: readonly { label: string; state: SignInState }[] = [
  { label: "Sign in, in your browser", state: "waiting_for_browser" },
  { label: "Trade the code for tokens", state: "exchanging_code" },
  { label: "Ask who signed in", state: "identifying" },
  { label: "Store in the keychain, read back", state: "storing" },
];

/** The first of them, where a code is typed elsewhere. */
export const deviceStep = "Type the code on any device";

export function timedOutWords(view: Pick<SignInView, "device">): string {
  return view.device === null
    ? "No answer came back from the browser in time, so the listener is closed. Nothing was changed."
    : `The code ${view.device.user_code} expired before anyone signed in with it. Nothing was changed; a new try brings a new code.`;
}

export interface FailureWords {
  title: string;
  meaning: string;
  advice: string;
  code: string;
}

/** A first sign-in has nothing to reconnect: it is tried again. */
function advice(action: ActionLabel, isFirst: boolean): string {
  // Each sign-in sends a request of its own: the next one may not fail.
  if (action === "fix_request")
    return "Try again once. If it fails the same way, the request itself is at fault, and no sign-in changes that.";
  if (!isFirst) return actionWords[action].advice;
  switch (action) {
    case "reconnect":
    case "refresh":
      return "Try again when you want to; nothing was stored.";
    case "reconnect_with_more_scopes":
      return "Try again, and leave every box on the consent page ticked.";
    case "reconnect_other_account":
      return "Try again, and choose the right account.";
    case "wait_and_retry":
      return "Wait a little, then try again.";
    case "share_resource":
    case "ask_admin":
    case "fix_client_config":
    case "fix_clock":
    case "contact_provider":
    case "none":
      return actionWords[action].advice;
  }
}

export function signInFailure(failure: SignInFailureView, provider: string, isFirst = false): FailureWords {
  switch (failure.kind) {
    case "cause":
      return {
        title: causeWords[failure.cause.cause].sentence(provider),
        meaning: causeWords[failure.cause.cause].meaning,
        advice:
          isFirst && failure.cause.cause === "client_credentials_mismatch"
            ? `Copy both anew from ${provider}’s console, whole and without blanks around them, then try again.`
            : advice(failure.cause.action, isFirst),
        code: [causeCode(failure.cause), failure.detail ?? ""].filter((part) => part !== "").join(" · "),
      };
    case "ours":
      return {
        title: errorWords[failure.code].title,
        meaning: "",
        advice: errorWords[failure.code].advice,
        code: failure.message,
      };
    case "not_taken": {
      const { title, detail } = failureWords(failure.failure);
      return { title, meaning: takenBackWords(failure.left_because, provider), advice: detail, code: "" };
    }
    case "not_stored":
      return {
        title: errorWords[failure.code].title,
        meaning: takenBackWords(failure.left_because, provider),
        advice: errorWords[failure.code].advice,
        code: failure.message,
      };
  }
}

/** What became of new tokens that could not be stored. Null: they were taken back. */
export function takenBackWords(left: LeftBecauseView | null, provider: string): string {
  return left === null
    ? `The new grant was handed back: ${provider} has revoked it.`
    : `${refusedWords(left, provider)} Remove it there if it is not wanted.`;
}

/** What a failed sign-in wants before it is tried again; null where trying again is what helps. */
export function signInRemedy(
  cause: CauseLabel,
  provider: string,
  isFirst: boolean,
): { to: "scopes" | "client" | "console"; label: string } | null {
  const check = { to: "client" as const, label: mendWords.fix_client_config?.label ?? "" };
  if (cause === "invalid_scope_request") return isFirst ? { to: "scopes", label: "Choose scopes" } : check;
  if (
    cause === "redirect_uri_mismatch" ||
    cause === "client_credentials_mismatch" ||
    cause === "unsupported_grant"
  )
    return check;
  if (cause === "app_not_approved" || cause === "api_not_enabled")
    return { to: "console", label: `Open ${provider}'s console` };
  return null;
}

/** What became of a grant that was refused. Null: it was taken back. */
export function refusedWords(left: LeftBecauseView | null, provider: string): string {
  if (left === null)
    return `The new grant was handed back: ${provider} has revoked it. The old one is untouched.`;
  switch (left.why) {
    case "would_end":
      return `The new tokens were erased here. The new grant was not revoked at ${provider}: that would have ended ${listed(left.names)} too.`;
    case "not_offered":
      return `The new tokens were erased here. ${provider} offers no revocation, so the new grant still stands in the account's settings there.`;
    case "access_token_alone":
      return `The new tokens were erased here. ${provider} has revoked the new access token alone: the new refresh token may go on working until the access is removed in the account's settings there.`;
    case "failed":
      return `The new tokens were erased here. ${provider} did not confirm a revocation${
        left.http_status === null ? "" : ` (HTTP ${left.http_status})`
      }, so the new grant may still stand in the account's settings there.`;
  }
}

/** What a no would do at the provider. */
export function refusing(left: LeftBecauseView | null): string {
  switch (left?.why) {
    case "would_end":
      return `The new tokens are erased here and not revoked: the provider would end ${listed(left.names)} too.`;
    case "not_offered":
      return "The new tokens are erased here; the provider offers no revocation.";
    case "access_token_alone":
      return "The new access token is revoked at the provider, and its refresh token may go on working there; the old grant is untouched.";
    case "failed":
    case undefined:
      return decisionWords.refuse.effect;
  }
}

export function strangeRequests(count: number): string | null {
  if (count === 0) return null;
  return `${counted(count, "request")} that did not belong to this sign-in ${count === 1 ? "was" : "were"} turned away; the wait goes on.`;
}

export interface ComparisonWords {
  sentence: string;
  consequence: string;
}

export function comparison(view: ReconnectComparisonView): ComparisonWords {
  const others: string[] = [];
  if (view.is_other_account) others.push("another account");
  if (view.is_other_workspace) others.push("another workspace");
  if (view.is_other_kind) others.push("another kind of account");
  if (view.is_other_domain && !view.is_other_account) others.push("another domain");
  if (view.scopes_lost.length > 0) others.push(counted(view.scopes_lost.length, "scope") + " fewer");
  const differs = others.length > 0 ? `This is ${others.join(", ")}.` : "";
  const unknown = view.is_identity_unknown
    ? "The provider does not say who signed in, so the accounts cannot be compared."
    : "";
  return {
    sentence:
      `${[differs, unknown].filter((part) => part !== "").join(" ")} Nothing is replaced before you say so.`.trim(),
    consequence:
      view.dependant_count === 0
        ? "No workflow is known to hang on this connection."
        : `${counted(view.dependant_count, "workflow")} would run with the new sign-in.`,
  };
}

export const decisionWords: Record<ReconnectDecision, { label: string; effect: string }> = {
  replace: {
    label: "Replace the old sign-in",
    effect: "The connection keeps its name, id and dependants, and uses the new account.",
  },
  keep_both: {
    label: "Keep both",
    effect: "The old connection stays as it was; the new sign-in becomes a connection of its own.",
  },
  refuse: {
    label: "Refuse the new one",
    effect: "The new grant is revoked at the provider; the old one is untouched.",
  },
};

export function identity(
  view: IdentityView,
  withSubject = false,
): { account: string; workspace: string; kind: string; domain: string } {
  const account = view.account ?? view.subject ?? "not visible";
  return {
    account: withSubject && view.subject !== null ? `${account} (id ${view.subject})` : account,
    workspace: view.workspace ?? "none",
    kind: view.account_kind ?? "not said",
    domain: view.domain ?? "none",
  };
}
