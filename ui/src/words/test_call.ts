/** What a test call or a refresh led to, in one line and in full [E2, B4, B5]. */

import type {
  CauseView,
  ConnectionRowView,
  RefreshModeView,
  RefreshView,
  TestCallView,
} from "../backend/backend";
import { actionWords, causeCode, causeWords } from "./causes";
import { notTried } from "./refresh_modes";
import { refreshTokenWay } from "./refresh_token";
import { latency, momentInSentence } from "./times";

export interface OutcomeWords {
  isSuccess: boolean;
  title: string;
  detail: string;
  code: string;
}

export function testCallOutcome(view: TestCallView, row: ConnectionRowView): OutcomeWords {
  const http = view.http_status === null ? "no answer" : `${view.http_status}`;
  if (view.is_success && view.is_other_account) {
    return {
      isSuccess: false,
      title: `The call worked, but ${view.account ?? "another account"} answered.`,
      detail: `This connection was made for ${row.account ?? "another account"}. Reconnect, and choose the right one.`,
      code: `HTTP ${http}`,
    };
  }
  if (view.is_success) {
    const who = view.account === null ? "" : ` as ${view.account}`;
    const refreshed = view.was_refreshed ? " The token had expired and was refreshed on the way." : "";
    return {
      isSuccess: true,
      title: `It works: ${http} in ${latency(view.latency_ms)}${who}.`,
      detail: refreshed.trim(),
      code: "",
    };
  }
  if (view.cause === null) {
    return {
      isSuccess: false,
      title: `The call failed: ${http} after ${latency(view.latency_ms)}.`,
      detail: "",
      code: "",
    };
  }
  const words = causeWords[view.cause.cause];
  return {
    isSuccess: false,
    title: words.sentence(row.provider_name),
    detail: `${words.meaning} ${actionWords[view.cause.action].advice}`,
    code: causeCode(view.cause),
  };
}

export interface AnswerWords {
  /** "400 invalid_grant" */
  said: string;
  /** Whose answer it is. */
  of: string;
  decides: boolean;
}

/** Both answers of a call that was refused and could not be mended by a refresh; the one that decides comes first. */
export function testCallAnswers(view: TestCallView): AnswerWords[] {
  if (view.refused === null || view.cause === null) return [];
  return [
    { said: answered(view.cause), of: "to the refresh that was to renew the token", decides: true },
    { said: answered(view.refused), of: "to the call itself, before that", decides: false },
  ];
}

function answered(cause: CauseView): string {
  const said = [cause.http_status, cause.provider_code].filter((part) => part !== null).join(" ");
  return said === "" ? causeWords[cause.cause].short : said;
}

export function refreshOutcome(
  view: RefreshView,
  row: ConnectionRowView,
  now: number,
  mode: RefreshModeView = "on",
): OutcomeWords {
  switch (view.state) {
    case "refreshed":
      return {
        isSuccess: true,
        title: `Refreshed in ${latency(view.latency_ms)}; v${view.version} is in use.`,
        detail: view.is_rotated ? "The refresh token was exchanged too." : "",
        code: "",
      };
    case "already_fresh":
      return {
        isSuccess: true,
        title: `Already fresh; v${view.version} is in use.`,
        detail: "Another task or program had just refreshed it.",
        code: "",
      };
    case "failed":
      return {
        isSuccess: false,
        title: causeWords[view.cause.cause].sentence(row.provider_name),
        detail:
          view.retry_at === null
            ? actionWords[view.cause.action].advice
            : (notTried(mode) ?? `Tried again by itself ${momentInSentence(view.retry_at, now)}.`),
        code: causeCode(view.cause),
      };
    case "no_refresh_token":
      return {
        isSuccess: false,
        title: "There is nothing to refresh with.",
        detail: `No refresh token was issued. ${refreshTokenWay[row.refresh_token_way].advice(row.provider_name)}`,
        code: "",
      };
  }
}
