/** What to do about a refresh token that did not come: what was done already is not advised again [B10]. */

import type { RefreshTokenWayView } from "../backend/backend";

export interface RefreshTokenWords {
  advice: (provider: string) => string;
  /** On the button that brings it about, or tries to. */
  button: string;
}

export const refreshTokenWay: Record<RefreshTokenWayView, RefreshTokenWords> = {
  ask_for_offline_access: {
    advice: () => "Offline access was not asked for; a reconnect that asks for it makes it last.",
    button: "Reconnect with offline access",
  },
  allow_offline_access: {
    advice: () =>
      "Offline access was asked for and not granted. Reconnect, and allow it on the consent page.",
    button: "Reconnect with offline access",
  },
  granted_in_vain: {
    advice: (provider) =>
      `Offline access was granted, yet no refresh token came: the settings at ${provider} decide that. A reconnect brings as much time again.`,
    button: "Reconnect",
  },
  client_setting: {
    advice: (provider) =>
      `A setting of the client at ${provider} decides that. Switch refresh tokens on there, then reconnect.`,
    button: "Reconnect",
  },
  new_consent: {
    advice: (provider) => `${provider} issues one with a consent. Reconnect, and agree on the consent page.`,
    button: "Reconnect",
  },
  not_offered: {
    advice: (provider) => `${provider} issues none; a reconnect brings as much time again.`,
    button: "Reconnect",
  },
};
