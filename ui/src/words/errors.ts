/** What our own failures mean and what to do; the message stands only under "Details". */

import type { ErrorCode } from "../backend/backend";
import { upperFirst } from "./numbers";

export interface ErrorWords {
  title: string;
  advice: string;
  /** The advice where the message stands beside it, and nothing has to be unfolded. */
  beside?: string;
  /** What a button beside it offers, where there is something to do here. */
  action?: "check_again" | "try_again" | "open_settings";
}

export const errorWords: Record<ErrorCode, ErrorWords> = {
  keychain_locked: {
    title: "The keychain is locked.",
    advice:
      "Unlock it in your system's password settings, then try again. No secret can be read or stored until then.",
    action: "try_again",
  },
  keychain_absent: {
    title: "No keychain answers on this machine.",
    advice:
      "Install and start one (on Linux: gnome-keyring or KeePassXC), then check again. Patchbay never stores secrets elsewhere.",
    action: "open_settings",
  },
  keychain_different: {
    title: "This is not the keychain that holds these connections' secrets.",
    advice:
      "Switch back to the keychain used before, or reconnect each connection to store its secrets here.",
    action: "open_settings",
  },
  keychain_not_answering: {
    title: "The keychain does not answer.",
    advice: "It may be asking for your password behind another window. Answer it, then try again.",
    action: "try_again",
  },
  store_unavailable: {
    title: "Patchbay's own records cannot be written.",
    advice: "The disk may be full or the folder read-only. Nothing was changed.",
    action: "open_settings",
  },
  store_damaged: {
    title: "Patchbay's own records cannot be read.",
    advice:
      "The file is not what Patchbay wrote, so it was left as it is. Put back a copy, or move it away to begin anew; the keychain keeps its secrets.",
    action: "try_again",
  },
  store_newer: {
    title: "These records were written by a newer Patchbay.",
    advice: "Nothing was changed. Update this one, then open them again.",
  },
  provider_unreachable: {
    title: "The provider does not answer.",
    advice: "Check the network, a proxy or the address, then try again. Nothing was changed.",
    action: "try_again",
  },
  clock_is_off: {
    title: "This machine's clock is off.",
    advice:
      "By it the server's certificate is not valid at this time. Set the clock to network time, then try again. Nothing was changed.",
    action: "try_again",
  },
  offline: {
    title: "Offline mode is on, so no request leaves.",
    advice: "Switch automatic refresh back to on, then try again. Nothing was changed.",
  },
  provider_refused: {
    title: "The provider refused.",
    advice: "Nothing was changed here. Its own words are under Details.",
    beside: "Nothing was changed here.",
  },
  platform_refused: {
    title: "The platform refused.",
    advice:
      "Nothing was changed. What it answered is under Details; what it cannot be told from here is done there, and then it is read again.",
    beside: "Nothing was changed. What it cannot be told from here is done there, and then it is read again.",
  },
  nothing_shown: {
    title: "Nothing has shown yet that it works.",
    advice:
      "Run one of its workflows at its platform, or retry one that had failed there, then read the platform again.",
  },
  provider_unknown: {
    title: "No such provider is known.",
    advice: "Choose one from the list, or type an issuer's full https address.",
  },
  discovery_refused: {
    title: "That address does not describe an authorization server.",
    advice:
      "Its discovery document is missing, or names another issuer. Type the issuer exactly as the provider writes it.",
  },
  client_incomplete: {
    title: "The client is incomplete.",
    advice: "This provider needs a client id, and a secret where it gives one.",
  },
  listener_port_taken: {
    title: "The port of the redirect URI is taken by another program.",
    advice: "Close that program, then try again: this provider accepts no other port.",
    action: "try_again",
  },
  browser_not_opened: {
    title: "The browser did not open.",
    advice: "Copy the address and open it yourself; the sign-in goes on waiting.",
  },
  sign_in_gone: {
    title: "That sign-in is over.",
    advice: "It was finished, cancelled or timed out. Start again.",
  },
  sign_in_under_way: {
    title: "A sign-in for this connection is already under way.",
    advice: "Finish it in the browser, or cancel it first.",
  },
  queue_elsewhere: {
    title: "Another window or terminal goes through the queue.",
    advice: "Go on there, or end it there first.",
  },
  connection_gone: {
    title: "This connection is no longer here.",
    advice: "It was forgotten meanwhile, perhaps from a terminal.",
  },
  file_not_written: {
    title: "The file could not be written.",
    advice:
      "Its disk may be full or its folder read-only; Details say why. Choose another place, and try again.",
    beside: "Its disk may be full or its folder read-only. Choose another place, and try again.",
    action: "try_again",
  },
  changed_meanwhile: {
    title: "Something newer was stored meanwhile.",
    advice: "Nothing was overwritten. Look again, then repeat it if it is still wanted.",
    action: "try_again",
  },
  bad_input: {
    title: "Something in the form cannot be used.",
    advice: "What exactly stands under Details.",
    beside: "",
  },
  import_refused: {
    title: "That file cannot be imported.",
    advice: "Nothing was taken, and the file is as it was. Details name the place in it.",
    beside: "Nothing was taken, and the file is as it was.",
  },
  import_gone: {
    title: "That preview is over.",
    advice: "What it read is kept for ten minutes at most. Preview the file again.",
    action: "try_again",
  },
  practice_unavailable: {
    title: "The practice provider could not be started.",
    advice: "No free port, or another copy of Patchbay holds it. Check again in Settings.",
    action: "open_settings",
  },
  unexpected: {
    title: "Something went wrong inside Patchbay.",
    advice: "Try again; if it stays, the details help whoever looks into it.",
    action: "try_again",
  },
};

/** What was asked of the backend: one code tells of all of these. */
export type Subject = "connection" | "channel" | "destination" | "platform" | "incident" | "checklist";

/** What our failure means where it is not about a connection. */
export function errorWordsOf(code: ErrorCode, subject: Subject): ErrorWords {
  const words = errorWords[code];
  if (subject === "connection") return words;
  if (code === "connection_gone")
    return {
      title: `This ${subject} is no longer here.`,
      advice: "It was removed meanwhile, perhaps from a terminal.",
    };
  if (code === "keychain_different")
    return {
      ...words,
      title: "This is not the keychain that holds this board’s secrets.",
      advice: `Switch back to the keychain used before, or add the ${subject} again to store its secrets here.`,
    };
  return words;
}

/** Why a form was not taken, at its foot: nothing has to be unfolded there. */
export function refusalWords(
  { code, message }: { code: ErrorCode; message: string },
  subject: Subject = "connection",
): { title: string; detail: string } {
  const { title, advice, beside = advice } = errorWordsOf(code, subject);
  const said = /[.!?”]$/.test(message) ? upperFirst(message) : `${upperFirst(message)}.`;
  return { title, detail: `${beside} ${said}`.trim() };
}
