/** The four answers, the clocks and the odd things of a token, in words [A6, B7, B10]. */

import type {
  DurabilityView,
  ExpiryView,
  FourAnswersView,
  GrantEndView,
  IssuedByView,
  MarkView,
  ProofKindView,
  ProvenanceView,
  TokenDefectView,
  TokenVersionStateView,
  TokenView,
} from "../backend/backend";
import { causeWords } from "./causes";
import { ago, clockTime, latency, moment, span } from "./times";
import { listed } from "./numbers";

export type ResultMark = "pass" | "fail" | "part" | "none";

export const resultMark: Record<MarkView, ResultMark> = {
  yes: "pass",
  no: "fail",
  in_part: "part",
  not_known: "none",
};

const markWord: Record<MarkView, string> = {
  yes: "yes",
  no: "no",
  in_part: "in part",
  not_known: "not known",
};

export interface AnswerWords {
  question: string;
  mark: ResultMark;
  answer: string;
  proof: string;
}

const proofWord: Record<ProofKindView, string> = {
  test_call: "test call",
  refresh: "refresh",
  sign_in: "sign-in",
};

export function fourAnswers(view: FourAnswersView, now: number): AnswerWords[] {
  const { signed_in, authorised, usable_now, allowed } = view;
  return [
    {
      question: "Signed in",
      mark: resultMark[signed_in.mark],
      answer: markWord[signed_in.mark],
      proof:
        signed_in.checked_at === null
          ? signed_in.account === null
            ? "who signed in is not visible"
            : "by the last sign-in"
          : `${signed_in.mark === "no" ? "other account" : "right account"}, checked ${moment(signed_in.checked_at, now)}`,
    },
    {
      question: "Authorised",
      mark: resultMark[authorised.mark],
      answer:
        authorised.mark === "yes" && authorised.ends_at !== null
          ? `yes, until ${moment(authorised.ends_at, now)}`
          : markWord[authorised.mark],
      proof:
        authorised.cause !== null
          ? causeWords[authorised.cause.cause].short
          : authorised.granted_at === null
            ? "no grant in hand"
            : `grant of ${moment(authorised.granted_at, now)}`,
    },
    {
      question: "Usable now",
      mark: resultMark[usable_now.mark],
      answer: markWord[usable_now.mark],
      proof:
        usable_now.cause !== null && usable_now.mark !== "yes"
          ? causeWords[usable_now.cause.cause].short
          : usable_now.proved_at === null || usable_now.proved_by === null
            ? "not proved yet"
            : `${proofWord[usable_now.proved_by]} ${ago(usable_now.proved_at, now)}${
                usable_now.latency_ms === null ? "" : `, ${latency(usable_now.latency_ms)}`
              }`,
    },
    {
      question: "Allowed",
      mark: resultMark[allowed.mark],
      answer:
        allowed.requested_count === 0
          ? markWord[allowed.mark]
          : `${allowed.granted_count} of ${allowed.requested_count} scopes`,
      proof:
        allowed.missing.length > 0
          ? `not: ${listed(allowed.missing, 2)}`
          : allowed.requested_count === 0
            ? "this provider has no scopes"
            : "all that was asked for",
    },
  ];
}

/** The sentence beside the token's clock. */
export function tokenClock(
  token: TokenView,
  expiry: ExpiryView,
  automatic: boolean,
  canRefresh: boolean,
  now: number,
): string {
  const last =
    token.last_refresh_at === null
      ? ""
      : ` Last refresh ${moment(token.last_refresh_at, now)}${
          token.last_refresh_ms === null ? "" : `, ${latency(token.last_refresh_ms)}`
        }.`;
  switch (expiry.state) {
    case "known": {
      if (expiry.at <= now) return `It ended ${moment(expiry.at, now)}.${last}`;
      const ends = `Ends ${moment(expiry.at, now)}`;
      if (!canRefresh) return `${ends}; nothing renews it.${last}`;
      // Too short-lived to be refreshed ahead of time.
      if (token.refresh_at === null) return `${ends}, and is refreshed when it is next needed.${last}`;
      return automatic
        ? `${ends}, refreshed by itself at ${clockTime(token.refresh_at)} (the mark). Nothing for you to do.${last}`
        : `${ends}. Automatic refresh is off, so it stays so unless you refresh.${last}`;
    }
    case "unknown":
      return `The provider does not say how long it lives.${last}`;
    case "never":
      return "It does not expire; it ends when someone ends the grant.";
    case "no_token":
      return "There is no access token in hand.";
  }
}

/** What the middle of the token's clock shows. */
export function tokenLeft(expiry: ExpiryView, now: number): { main: string; small: string } {
  switch (expiry.state) {
    case "known":
      return expiry.at <= now ? { main: "over", small: "" } : inDial(expiry.at - now);
    case "unknown":
      return { main: "?", small: "not said" };
    case "never":
      return { main: "∞", small: "no expiry" };
    case "no_token":
      return { main: "none", small: "" };
  }
}

export function grantLeft(end: GrantEndView, now: number): { main: string; small: string } {
  switch (end.state) {
    case "ends_at":
      return end.at <= now ? { main: "over", small: "" } : inDial(end.at - now);
    case "kept_alive":
      return { main: `${end.idle_days} d`, small: "if unused" };
    case "no_end_known":
      return { main: "no end", small: "known" };
    case "ended":
      return { main: "ended", small: "" };
    case "disconnected":
      return { main: "given up", small: "" };
  }
}

function inDial(left: number): { main: string; small: string } {
  const words = span(left);
  const single = /^(\d+) (s|min|h|d)$/.exec(words);
  if (single === null) return { main: words, small: "left" };
  return { main: single[1] ?? words, small: `${single[2] ?? ""} left` };
}

/** The sentence beside the grant's clock. */
export function grantClock(
  end: GrantEndView,
  durability: DurabilityView,
  provider: string,
  now: number,
): string {
  switch (end.state) {
    case "ends_at":
      return `It ends ${moment(end.at, now)}, and a refresh cannot move that. Reconnect before then and nothing stops.`;
    case "kept_alive":
      return `${provider} ends it after ${end.idle_days} days without use. Patchbay uses it before that, so it holds.`;
    case "no_end_known":
      return durabilityWords[durability];
    case "ended":
      return `${causeWords[end.cause.cause].sentence(provider)} Known since ${moment(end.at, now)}.`;
    case "disconnected":
      return `You gave it up ${moment(end.at, now)}.`;
  }
}

export const durabilityWords: Record<DurabilityView, string> = {
  durable: "A refresh token renews it. It holds until someone ends it: that cannot be seen beforehand.",
  fragile:
    "No refresh token was issued: when the access token ends, a person must sign in again. Allow offline access on the next reconnect.",
  everlasting: "Its token does not expire, so nothing has to renew it. It holds until someone ends it.",
  unknown: "Nothing says how long it lives, and nothing renews it. A test call proves it at any time.",
};

export const durabilityChip: Record<DurabilityView, string> = {
  durable: "durable",
  fragile: "fragile",
  everlasting: "no expiry",
  unknown: "unknown",
};

export const defectWords: Record<TokenDefectView, string> = {
  expires_in_is_text: "sends the lifetime as text",
  expires_in_is_milliseconds: "sends the lifetime in milliseconds",
  expires_in_is_zero: "sends a lifetime of zero",
  expires_in_is_negative: "sends a negative lifetime",
  expires_in_is_absurd: "sends an absurd lifetime",
  expires_in_is_not_a_number: "sends a lifetime that is no number",
  token_type_missing: "leaves out the token type",
  token_type_odd: "sends an odd token type",
  scope_is_a_list: "sends scopes as a list",
  duplicate_field: "sends a field twice",
  wrong_content_type: "labels its answer as another type",
};

export function defects(found: readonly TokenDefectView[], provider: string): string | null {
  if (found.length === 0) return null;
  return `${provider} ${listed(
    found.map((defect) => defectWords[defect]),
    4,
  )}; read with care, nothing is lost.`;
}

export const issuedByWords: Record<IssuedByView, string> = {
  connect: "first sign-in",
  refresh: "refresh",
  reconnect: "new consent",
};

export const tokenVersionStateWords: Record<TokenVersionStateView, string> = {
  in_use: "in use",
  replaced: "replaced",
  ended: "ended",
};

export const provenanceWords: Record<ProvenanceView, string> = {
  by_hand: "entered by hand",
  token_door: "took a token here",
};
