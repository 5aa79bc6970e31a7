/** The one button of a verdict: what it is called and what it does [C1, C4, C7]. */

import type { CauseLabel, MendView, NextStepView } from "../backend/backend";
import { actionWords } from "./causes";
import { counted } from "./numbers";
import { shortScope } from "./scopes";
import { moment, momentInSentence } from "./times";

export interface StepWords {
  /** Null: there is nothing to press. */
  label: string | null;
  /** The letter that presses it too. */
  keys: string | null;
  /** One or two sentences: what pressing it does. */
  does: string;
}

export interface StepAbout {
  name: string;
  provider: string;
  account: string | null;
  dependantCount: number;
  cause?: CauseLabel;
}

export function stepWords(next: NextStepView, about: StepAbout, now: number): StepWords {
  switch (next.step) {
    case "reconnect": {
      const who = about.dependantCount === 0 ? "" : `, same ${counted(about.dependantCount, "dependant")}`;
      return {
        label: "Reconnect",
        keys: "R",
        does: `Same id, same settings${who}. The account is compared before anything is replaced.`,
      };
    }
    case "reconnect_with_scopes": {
      const missing = next.missing.map(shortScope).join(", ");
      return {
        label: "Reconnect with more scopes",
        keys: "R",
        does: `${actionWords.reconnect_with_more_scopes.does}${missing === "" ? "" : ` Missing: ${missing}.`}`,
      };
    }
    case "reconnect_other_account":
      return {
        label: "Reconnect, other account",
        keys: "R",
        does:
          about.account === null
            ? actionWords.reconnect_other_account.does
            : `Choose ${about.account} on the provider's page. It is compared before anything is replaced.`,
      };
    case "refresh_now":
      return { label: "Refresh now", keys: "F", does: actionWords.refresh.does };
    case "run_test_call":
      return {
        label: "Test call",
        keys: "T",
        does: "Makes one harmless call and shows who answers. Nothing is changed.",
      };
    case "open_provider_page":
      return {
        console: {
          label: `Open ${about.provider}'s console`,
          keys: null,
          does: "Opens the page where the client is registered, in your browser. Correct it there, then run again.",
        },
        revoke_access: {
          label: `Open ${about.provider}'s access page`,
          keys: null,
          does: "Opens the page that lists the clients with access, in your browser.",
        },
        status: {
          label: `Open ${about.provider}'s status page`,
          keys: null,
          does: "Opens the provider's own news of outages, in your browser. Patchbay tries again by itself.",
        },
      }[next.page];
    case "open_mending_page":
      return {
        label: mendingLabel(about.cause, about.provider),
        keys: null,
        does: `Opens ${next.shown} in your browser: ${about.provider} itself names that page. When it is done there, run again.`,
      };
    case "check_client":
      return {
        label: "Check the client",
        keys: null,
        does:
          about.cause === "api_not_enabled"
            ? "The API is switched on in the provider's console; the client's page names where it is registered. A reconnect would fail the same way."
            : "Opens the client and tries each of its settings. A reconnect would fail the same way.",
      };
    case "open_clock":
      return { label: "Compare the clocks", keys: null, does: actionWords.fix_clock.does };
    case "wait_until":
      if (next.at === null || next.at <= now)
        return {
          label: "Run again",
          keys: "G",
          does: "Nothing here has to be mended; Patchbay goes on by itself as soon as it can.",
        };
      return {
        label: `Wait until ${moment(next.at, now)}`,
        keys: null,
        does: `Runs the probes again ${momentInSentence(next.at, now)}, by itself. Asking earlier makes it longer.`,
      };
    case "ask_admin":
      return { label: "Text for the administrator…", keys: null, does: actionWords.ask_admin.does };
    case "share_resource":
      return { label: "Show how to share it…", keys: null, does: actionWords.share_resource.does };
    case "report_to_vendor":
      return { label: "Report to the provider…", keys: null, does: actionWords.contact_provider.does };
    case "nothing":
      return { label: null, keys: null, does: "Nothing has to be done." };
  }
}

function mendingLabel(cause: CauseLabel | undefined, provider: string): string {
  if (cause === "sso_required") return `Authorise for the organisation at ${provider}`;
  if (cause === "api_not_enabled") return `Switch the API on in ${provider}'s console`;
  return `Open ${provider}'s page`;
}

export interface MendWords {
  /** As on the diagnosis page. */
  label: string;
  /** On a row, where there is little room. */
  short: string;
}

/** What mends a connection, by the action its diagnosis advises; null where nobody has to press anything. */
export const mendWords: Record<MendView, MendWords | null> = {
  open_mending_page: { label: "Open the page that the provider names", short: "Open page" },
  reconnect: { label: "Reconnect", short: "Reconnect" },
  reconnect_with_more_scopes: { label: "Reconnect with more scopes", short: "Reconnect" },
  reconnect_other_account: { label: "Reconnect, other account", short: "Reconnect" },
  fix_client_config: { label: "Check the client", short: "Check client" },
  ask_admin: { label: "Text for the administrator", short: "Ask admin" },
  share_resource: { label: "Show how to share it", short: "Share" },
  fix_clock: { label: "Compare the clocks", short: "Clocks" },
  fix_request: { label: "Report to the provider", short: "Report" },
  contact_provider: { label: "Report to the provider", short: "Report" },
  refresh: null,
  wait_and_retry: null,
  none: null,
};

export function isReconnect(action: MendView): boolean {
  return action.startsWith("reconnect");
}

/** The dialog with the text for an administrator, wherever it is opened [C8]. */
export const adminDialog = {
  title: "Text for the administrator",
  lede: "Copy it and send it to whoever looks after the organisation. Patchbay sends nothing.",
};

/** "Reconnect Gmail", "Check the client: Gmail": the button where it is not said which connection is meant. */
export function mendNamed(action: MendView, name: string): string | null {
  const words = mendWords[action];
  if (words === null) return null;
  return action === "reconnect" ? `${words.label} ${name}` : `${words.label}: ${name}`;
}
