/** The provider's harmless calls, and what each showed of this grant [A6, C4, E2]. */

import type { BindingView, CheckView } from "../backend/backend";
import { actionWords, causeCode, causeWords } from "./causes";
import { counted, listed } from "./numbers";
import { shortScope } from "./scopes";
import { latency } from "./times";

export interface CheckWords {
  mark: "pass" | "fail" | "none";
  word: string;
  line: string;
  advice: string;
}

export function checkWords(view: CheckView, provider: string): CheckWords {
  const { outcome } = view;
  switch (outcome.state) {
    case "worked":
      return {
        mark: "pass",
        word: "worked",
        line: `${outcome.http_status ?? "answered"} in ${latency(outcome.latency_ms)}`,
        advice: "",
      };
    case "failed":
      return {
        mark: "fail",
        word: "failed",
        line: causeWords[outcome.cause.cause].sentence(provider),
        advice: `${actionWords[outcome.cause.action].advice} ${causeCode(outcome.cause)}`.trim(),
      };
    case "not_tried":
      return {
        mark: "none",
        word: "not tried",
        line: `not tried: ${listed(outcome.missing.map(shortScope))} ${outcome.missing.length === 1 ? "is" : "are"} not granted`,
        advice: "",
      };
  }
}

/** The sentence over the checks; null before they were tried. */
export function checksSentence(views: readonly CheckView[]): string {
  const failed = views.filter((view) => view.outcome.state === "failed").length;
  const untried = views.filter((view) => view.outcome.state === "not_tried").length;
  const worked = views.length - failed - untried;
  if (failed > 0) return `${failed} of ${counted(views.length, "call")} failed`;
  if (worked === 0) return "none could be tried: their scopes are not granted";
  if (untried > 0) return `${worked} worked, ${untried} not tried`;
  return worked === 1 ? "it works" : "all work";
}

/** Whether a stolen token would be of use to a thief. */
export function bindingWords(binding: BindingView): { resource: string; key: string } {
  return {
    resource:
      binding.resource === null
        ? "not said: the provider decides which APIs the tokens are for"
        : "the tokens are for this API alone",
    key:
      binding.dpop_thumbprint === null
        ? "not bound to a key: whoever holds a token can use it"
        : "bound to a key in this machine’s keychain: a copied token is of no use without it",
  };
}
