/** The four answers, in words [A6]. */

import type { FourAnswersView, MarkView, ProofKindView, ProvenanceView } from "../backend/backend";
import { refusalShort } from "./causes";
import { ago, latency, moment } from "./times";
import { counted, listed } from "./numbers";

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

/** With `unreadable`, why no token can be read just now: what was proved before says nothing of now. */
export function fourAnswers(
  view: FourAnswersView,
  now: number,
  unreadable: string | null = null,
): AnswerWords[] {
  const { signed_in, authorised, allowed } = view;
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
          ? refusalShort(authorised.cause)
          : authorised.granted_at === null
            ? "no grant in hand"
            : authorised.mark === "no"
              ? "its token is over and nothing renews it"
              : `grant of ${moment(authorised.granted_at, now)}`,
    },
    unreadable === null
      ? usableNow(view, now)
      : { question: "Usable now", mark: "fail", answer: "no", proof: unreadable },
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
            ? allowed.granted_count === 0
              ? "no scope was asked for by name"
              : `${counted(allowed.granted_count, "scope")} granted, none asked for by name`
            : "all that was asked for",
    },
  ];
}

function usableNow({ usable_now }: FourAnswersView, now: number): AnswerWords {
  return {
    question: "Usable now",
    mark: resultMark[usable_now.mark],
    answer: markWord[usable_now.mark],
    proof:
      usable_now.cause !== null && usable_now.mark !== "yes"
        ? refusalShort(usable_now.cause)
        : usable_now.proved_at === null || usable_now.proved_by === null
          ? "not proved yet"
          : `${proofWord[usable_now.proved_by]} ${ago(usable_now.proved_at, now)}${
              usable_now.latency_ms === null ? "" : `, ${latency(usable_now.latency_ms)}`
            }`,
  };
}

export const provenanceWords: Record<ProvenanceView, string> = {
  by_hand: "entered by hand",
  token_door: "took a token here",
};
