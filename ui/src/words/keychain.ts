/** The banner under the top bar when the keychain cannot be used [A3], and the words of the self-check. */

import type { KeychainView, SelfCheckPart, SelfCheckView } from "../backend/backend";

import type { Circumstances } from "./circumstances";
import { counted } from "./numbers";

export type KeychainState = KeychainView["state"];

export interface BannerWords {
  title: string;
  /** What it means. */
  meaning: string;
  /** What to do. */
  advice: string;
}

export const keychainBanner: Record<KeychainState, BannerWords | null> = {
  open: null,
  locked: {
    title: "The keychain is locked.",
    meaning: "No token can be read or stored, so nothing is refreshed. Lamps show what was last proved.",
    advice: "Unlock it, and everything goes on by itself.",
  },
  absent: {
    title: "No keychain answers on this machine.",
    meaning: "Patchbay stores secrets nowhere else, so nothing can be connected or refreshed.",
    advice: "Install and start one; on Linux gnome-keyring or KeePassXC.",
  },
  different: {
    title: "This is another keychain than before.",
    meaning: "It answers, but does not hold these connections' secrets. The grants themselves are untouched.",
    advice: "Switch back to the one used before, or reconnect to store new secrets here.",
  },
  not_answering: {
    title: "The keychain does not answer.",
    meaning: "Refreshes wait. Lamps show what was last proved.",
    advice: "It may be asking for your password behind another window.",
  },
};

/** The button that has the desktop ask for the password, and while it does. */
export const unlockDeed = { press: "Unlock…", asking: "Your desktop asks…" };

/** It was asked for, and is as it was: refused and not shown look the same from here. */
export const stillLocked = {
  title: "The keychain is still locked.",
  detail:
    "Your desktop's question was closed or not answered, or it could not show one. Try again, or unlock it in your system's password settings.",
};

export const openAgain = "The keychain is open again.";

/** Inside a sentence: what is in the way; null while nothing is. */
export const keychainCause: Record<KeychainState, string | null> = {
  open: null,
  locked: "the keychain is locked",
  absent: "no keychain answers",
  different: "this is another keychain than before",
  not_answering: "the keychain does not answer",
};

/** For the foot of the navigation. */
export const keychainFoot: Record<KeychainState, string> = {
  open: "Keychain open",
  locked: "Keychain locked",
  absent: "No keychain",
  different: "Other keychain",
  not_answering: "Keychain silent",
};

export const selfCheckParts: Record<SelfCheckPart, string> = {
  keychain: "Keychain",
  database: "Database",
  listener: "Redirect listener",
  browser: "Browser",
  clock: "Clock",
  certificate: "Certificate",
  client_secret: "Client secret",
  left_grant: "Left grant",
  provider_file: "Provider file",
};

/** The sentence over the self-check: never well under a banner that says otherwise. */
export function selfCheckLine(parts: readonly SelfCheckView[] | null, around: Circumstances): string {
  if (parts === null) return "Checking Patchbay’s own parts.";
  const sick = new Set(parts.filter((part) => !part.is_well).map((part) => part.part));
  if (around.keychain !== "open") sick.add("keychain");
  if (sick.size > 0)
    return `${counted(sick.size, "part")} of Patchbay ${sick.size === 1 ? "needs" : "need"} a look.`;
  return around.unsaved.length === 0
    ? "All of Patchbay’s own parts are well."
    : "A new token is not saved yet; look at the keychain and the disk.";
}
