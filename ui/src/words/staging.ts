/** How each cause is brought about at the practice provider, so that a person can see it [C1]. */

import type { CauseLabel, PracticeDeed, PracticeSwitches } from "../backend/backend";

export interface Staging {
  /** These and no others are on. */
  switches: readonly (keyof PracticeSwitches)[];
  deed?: PracticeDeed;
  /** What a person does next to see it. */
  then: string;
}

/** Causes that are not here cannot be staged. */
export const stagings: Partial<Record<CauseLabel, Staging>> = {
  access_token_expired: {
    switches: [],
    deed: "expire_access_tokens",
    then: "Make a test call: the token is refused, and refreshed on the way.",
  },
  refresh_token_missing: {
    switches: ["no_refresh_token", "short_access_tokens"],
    then: "Reconnect the practice connection and wait a minute: its token ends, and nothing can renew it.",
  },
  refresh_token_expired: {
    switches: ["short_grant"],
    then: "Reconnect the practice connection and switch its automatic refresh off: ten minutes later the grant has aged out.",
  },
  refresh_token_reused: {
    switches: ["lost_answer"],
    then: "Refresh twice: the first answer is lost, and the second comes with a token that is used up.",
  },
  grant_revoked: {
    switches: [],
    deed: "revoke_grants",
    then: "Refresh, or run the diagnosis: the grant is gone.",
  },
  grant_invalid: {
    switches: ["refuses_refresh"],
    then: "Refresh: the answer is invalid_grant, and no more.",
  },
  insufficient_scope: {
    switches: ["api_forbids"],
    then: "Make a test call: the API wants a scope that the token lacks.",
  },
  clock_skew: { switches: ["clock_skew"], then: "Run the diagnosis: the second rung compares the clocks." },
  rate_limited: {
    switches: ["rate_limited"],
    then: "Refresh: the answer is 429, and to wait half a minute.",
  },
  provider_outage: {
    switches: ["outage"],
    then: "Refresh: the answer is 503. The lamp stays as it is while the token holds.",
  },
  expires_in_invalid: {
    switches: ["expires_in_milliseconds"],
    then: "Refresh, and look at the token's clock: the odd lifetime is named there.",
  },
};
