/** What a preview warns of, why something cannot be taken, and what became of it [A3, A8]. */

import type {
  ImportCertaintyView,
  ImportItemView,
  ImportRefusalView,
  ImportWarningView,
  TakenOutcomeView,
} from "../backend/backend";
import { causeWords } from "./causes";
import { errorWords } from "./errors";

/** The tools whose files are understood, by the names the engine has for them. */
export const importTools: readonly { id: string; label: string }[] = [
  { id: "auto", label: "Find out by looking" },
  { id: "gcloud", label: "gcloud, Google libraries" },
  { id: "rclone", label: "rclone" },
  { id: "n8n", label: "n8n" },
  { id: "postman", label: "Postman" },
  { id: "bruno", label: "Bruno" },
  { id: "insomnia", label: "Insomnia" },
  { id: "oidc-agent", label: "oidc-agent" },
  { id: "nango", label: "Nango" },
];

/** What each of them writes, how one comes by it, and what can be taken from it. */
export const importFiles: readonly { tool: string; file: string; how: string; holds: string }[] = [
  {
    tool: "gcloud, Google libraries",
    file: "application_default_credentials.json",
    how: "or token.json, or the console’s client_secret_….json; the folder of gcloud will do",
    holds: "grants with their client",
  },
  {
    tool: "rclone",
    file: "rclone.conf",
    how: "rclone config file says where",
    holds: "a grant for each remote",
  },
  {
    tool: "n8n",
    file: "credentials.json",
    how: "as n8n export:credentials --all --decrypted writes it",
    holds: "grants with their client",
  },
  {
    tool: "Postman",
    file: "collection.json",
    how: "an exported collection, or an environment",
    holds: "clients, and tokens that were kept",
  },
  { tool: "Bruno", file: "*.bru", how: "a request, or the folder of a collection", holds: "clients" },
  {
    tool: "Insomnia",
    file: "Insomnia.yaml",
    how: "an export, of version 4 or 5, in JSON or YAML",
    holds: "clients, and tokens that were kept",
  },
  {
    tool: "oidc-agent",
    file: "account.json",
    how: "what oidc-gen -p NAME prints",
    holds: "a grant with its client",
  },
  { tool: "Nango", file: "connections.json", how: "as its API answers, one or a list", holds: "grants" },
];

export const certaintyWords: Record<ImportCertaintyView, string> = {
  address: "by its token endpoint",
  host: "by its host",
  issuer: "by its issuer, which will be asked",
  name: "by the tool’s name for it only",
};

export function warningWords(warning: ImportWarningView): string {
  switch (warning.kind) {
    case "placeholder":
      return `${warning.field} is a placeholder: the file names the value and does not hold it.`;
    case "was_encoded":
      return `${warning.field} was encoded; what it stands for is taken.`;
    case "unusable":
      return `${warning.field} is too long, or holds what no secret may, and is left out.`;
    case "shared_client":
      return `The client is ${warning.owner}’s own, shared by all its users: revoking it signs ${warning.owner} out too.`;
    case "expiry_guessed":
      return "The file does not say when the token was issued, so its end is a guess.";
    case "two_holders":
      return `${warning.tool} still holds this refresh token; whoever refreshes first ends the other’s. Better connect anew with this client, for a grant of its own.`;
    case "no_refresh_token":
      return "It has no refresh token: it ends with its access token.";
    case "client_known":
      return `Its client is on the board already, as ${warning.name}; the secret there stays.`;
  }
}

export function refusalWords(refusal: ImportRefusalView): string {
  switch (refusal.kind) {
    case "host_unknown":
      return `No known provider is at ${refusal.host}. Connect to it once by its issuer, then import again.`;
    case "address_refused":
      return `${refusal.field} is no address that a grant may go to: no https, or a user name in it.`;
    case "provider_unclear":
      return "The file does not say which provider it is of.";
    case "name_unknown":
      return `The catalogue has no provider for ${refusal.name}.`;
    case "variable_missing":
      return `The file does not tell the ${refusal.asks} in the provider’s addresses.`;
    case "no_client":
      return "Its client is not in the file, and a refresh token works with its own client only.";
    case "no_client_secret":
      return "The provider wants a client secret, and the file does not hold it. Add the client first.";
    case "nothing_usable":
      return "It holds neither a client nor a token.";
    case "other_kind":
      return `It is of another kind (${refusal.name}): nobody signed in for it.`;
    case "already_on_board":
      return `Its token is, or was, that of ${refusal.name} on the board.`;
    case "twice_in_file":
      return `It is the same grant as line ${refusal.number}.`;
  }
}

/** "client and grant": what taking it brings. */
export function whatItIs(item: ImportItemView): string {
  const hasGrant = item.refresh_fingerprint !== null || item.access_fingerprint !== null;
  if (item.client_id === null) return hasGrant ? "grant" : "nothing usable";
  return hasGrant ? "client and grant" : "client";
}

export interface OutcomeWords {
  mark: "pass" | "part" | "fail";
  line: string;
}

export function outcomeWords(outcome: TakenOutcomeView): OutcomeWords {
  switch (outcome.state) {
    case "client":
      return { mark: "pass", line: "The client is known here; its secret is in the keychain." };
    case "connected":
      return outcome.cause === null
        ? {
            mark: "pass",
            line: outcome.account === null ? "Connected." : `Connected as ${outcome.account}.`,
          }
        : {
            mark: "part",
            line: `On the board; its first call failed: ${causeWords[outcome.cause.cause].sentence("The provider")}`,
          };
    case "already_on_board":
      return { mark: "part", line: "That account is on the board already; the file’s grant was left alone." };
    case "kept_beside":
      return {
        mark: "part",
        line: "That account is on the board already. Asking spent the file’s token, so the new one is kept beside it.",
      };
    case "failed":
      return {
        mark: "fail",
        line: `${errorWords[outcome.error.code].title} ${errorWords[outcome.error.code].advice}`,
      };
  }
}
