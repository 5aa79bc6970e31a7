/** What a person does, once the practice provider stages a cause, to see it happen [C1]. */

import type { CauseLabel } from "../backend/backend";

const diagnose = "Run the diagnosis of the practice connection";
const reconnect = "Reconnect the practice connection";

export const stagings: Record<CauseLabel, string> = {
  access_token_expired: `Make a test call: the token is refused, and refreshed on the way.`,
  access_token_invalid: `${diagnose}: the API refuses the token, and the new one too.`,
  refresh_token_missing: `Revoke the grant, make a test call, then reconnect the practice connection and wait a minute: its token ends, and nothing can renew it. While the old grant lives, its refresh token is kept.`,
  refresh_token_expired: `${diagnose}: the refresh token is refused as too old.`,
  refresh_token_reused: `${diagnose} twice: the first answer is lost, and the second comes with a token that is used up.`,
  refresh_token_limit_exceeded: `${diagnose}: the refresh token was dropped for newer ones.`,
  grant_revoked: `${diagnose}: the grant is gone.`,
  grant_invalid: `${diagnose}: the answer is invalid_grant, and tells no reasons apart.`,
  authorization_code_invalid: `${reconnect} and agree: the code is refused. The old grant stays.`,
  insufficient_scope: `${diagnose}: the API wants a scope that the token lacks.`,
  invalid_scope_request: `${reconnect}: the browser comes straight back with invalid_scope. The old grant stays.`,
  consent_required: `${diagnose}: the refresh is answered with consent_required.`,
  wrong_tenant_or_account: `${diagnose}: another account answers than is stored.`,
  resource_not_shared: `${diagnose} with the address of a file, the provider’s address and /api/files: everything else holds.`,
  admin_policy_restriction: `${diagnose}: the API names an administrator’s policy.`,
  interaction_required: `${diagnose}: the refresh is answered with interaction_required.`,
  sso_required: `${diagnose}: the API wants the token authorised by single sign-on.`,
  ip_restricted: `${diagnose}: the API refuses this network address.`,
  account_disabled: `${diagnose}: the account behind the grant is disabled.`,
  user_denied_consent: `${reconnect}: the answer is no, without a question. The old grant stays.`,
  app_not_approved: `${reconnect}: the browser comes back with the words for a client in testing. The old grant stays.`,
  client_credentials_mismatch: `${diagnose}: a wrong code finds it before the refresh token is sent.`,
  redirect_uri_mismatch: `${reconnect} and agree: the code is refused for its redirect URI. The old grant stays.`,
  pkce_failure: `${reconnect} and agree: the proof of the code is refused. The old grant stays.`,
  state_mismatch: `${reconnect} and agree: the answer is another sign-in’s, so it is refused and counted, and the sign-in waits on.`,
  unsupported_grant: `${diagnose}: the token endpoint does not refresh for this client.`,
  malformed_token_request: `${diagnose}: the token endpoint misses a parameter.`,
  malformed_api_request: `${diagnose}: the API cannot read its Authorization header.`,
  token_audience_mismatch: `${diagnose}: the API says that the token is for another.`,
  api_not_enabled: `${diagnose}: the API is not switched on for the client.`,
  clock_skew: `${diagnose}: the second rung compares the clocks.`,
  rate_limited: `${diagnose}: the answer is 429, and to wait half a minute.`,
  provider_outage: `${diagnose}: the answer is 503. The lamp stays as it is while the token holds.`,
  network_failure: `${diagnose}: the first rung breaks, for no answer comes at all.`,
  expires_in_invalid: `Refresh, and look at the token’s clock: the odd lifetime is named there.`,
  no_failure: `${diagnose}: every rung holds.`,
};
