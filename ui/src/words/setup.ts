/** Check my setup and Rotate secret, in words [C5, E5]. */

import type {
  ClientDetailView,
  RotationStageView,
  RotationView,
  SetupLineView,
  SetupPartView,
  TriedView,
  VerdictView,
} from "../backend/backend";
import { counted } from "./numbers";

export const setupPart: Record<SetupPartView, string> = {
  authorize_url: "Authorize URL",
  token_url: "Token URL",
  refresh_url: "Refresh URL",
  client_pair: "Client id and secret",
  redirect_uri: "Redirect URI",
  scopes: "Scopes",
  response_mapping: "Reading the answer",
  test_call: "Test call",
  discovery: "Provider's document",
  pkce: "PKCE",
  clock: "Clock",
  listener: "Listener",
  keychain: "Keychain",
};

export const verdictMark: Record<VerdictView, { mark: "pass" | "fail" | "wait"; word: string }> = {
  passed: { mark: "pass", word: "passed" },
  failed: { mark: "fail", word: "failed" },
  not_known: { mark: "wait", word: "not known" },
};

/** The sentence over a check. */
export function setupSentence(lines: readonly SetupLineView[]): string {
  const failed = lines.filter((line) => line.verdict === "failed").length;
  const unknown = lines.filter((line) => line.verdict === "not_known").length;
  if (failed > 0) return `${counted(failed, "thing")} to mend.`;
  if (unknown > 0) return `Nothing is wrong; ${counted(unknown, "thing")} only a sign-in shows.`;
  return "Every setting is right.";
}

/** One word for the table. */
export function setupWord(lines: readonly SetupLineView[] | null): string {
  if (lines === null) return "not checked";
  const failed = lines.filter((line) => line.verdict === "failed").length;
  return failed > 0 ? `${failed} failed` : "checked";
}

export const rotationSentence: Record<RotationStageView, string> = {
  staged: "The new secret is staged, and not known to be good. The old one is in use.",
  tested: "The provider takes the new secret. The old one is still in use.",
  switched: "The new secret is in use, and has not proved itself. The old one is kept.",
  verified: "The new secret is in use and works. The old one is kept until you finish.",
};

export const tried: Record<TriedView, string> = {
  new_pair: "New secret",
  old_pair: "Old secret",
  refresh: "Refresh",
};

/** What is said of a provider that keeps only one secret alive. */
export function oldSecretWarning(rotation: RotationView): string | null {
  if (!rotation.is_old_dead || rotation.stage === "switched" || rotation.stage === "verified") return null;
  return "The provider refuses the old secret already: until you switch, every refresh fails.";
}

/** Why a client cannot be removed or moved; null when it can. */
export function inUse(detail: ClientDetailView): string | null {
  if (detail.users.length === 0) return null;
  return `used by ${detail.users.map((user) => user.name).join(", ")}`;
}
