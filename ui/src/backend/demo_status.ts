/** What a person has to do about a status, chosen as the engine would. */

import type { ActionLabel, StatusView } from "./bindings";

const forPerson = (action: ActionLabel): boolean =>
  action !== "wait_and_retry" && action !== "refresh" && action !== "none";

export function judged(status: Omit<StatusView, "action" | "needs_person">): StatusView {
  const action = actionOf(status.reason);
  const { kind } = status.reason;
  const isFound =
    kind === "last_call_failed" ||
    (kind === "refresh_failing" && (status.reason.is_repeated || status.reason.retry_at === null));
  const needs_person = status.lamp === "reauth_required" || (isFound && forPerson(action));
  return { ...status, action, needs_person };
}

function actionOf(reason: StatusView["reason"]): ActionLabel {
  switch (reason.kind) {
    case "grant_ended":
    case "last_call_failed":
    case "refresh_failing":
      return reason.cause.action;
    case "token_over":
    case "secret_missing":
    case "held_unopened":
    case "no_refresh_token":
    case "grant_ends":
      return "reconnect";
    case "client_secret_ends":
      return "fix_client_config";
    case "kept_alive":
    case "refreshed_on_need":
    case "never_expires":
    case "no_end_known":
    case "holds_until":
    case "refresh_switched_off":
    case "refresh_paused":
    case "outcome_unknown":
    case "bundle_held":
    case "never_proved":
    case "disconnected_by_person":
      return "none";
  }
}
