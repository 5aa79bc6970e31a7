/** New tokens that the keychain would not take: shouted about, sealed, exported [S154]. */

import type { HeldBundleView, KeychainView } from "../backend/backend";
import { listed } from "./numbers";
import { moment } from "./times";

/** The export is refused below that; long enough for a sentence of four words. */
export const PASSPHRASE_AT_LEAST = 12;

const why: Record<KeychainView["state"], { because: string; way: string }> = {
  open: { because: "the keychain refused it", way: "Patchbay keeps trying." },
  locked: { because: "the keychain is locked", way: "Unlock the keychain; Patchbay keeps trying." },
  absent: { because: "no keychain answers", way: "Start the keychain; Patchbay keeps trying." },
  different: {
    because: "it is another keychain than before",
    way: "Switch back to the one used before; Patchbay keeps trying.",
  },
  not_answering: {
    because: "the keychain does not answer",
    way: "It may be asking for your password behind another window; Patchbay keeps trying.",
  },
};

export interface HeldWords {
  title: string;
  advice: string;
  /** Whether the program may end. */
  quitting: string;
}

export function heldBanner(
  held: readonly HeldBundleView[],
  keychain: KeychainView["state"],
  now: number,
): HeldWords | null {
  const [first] = held;
  if (first === undefined) return null;
  const { because, way } = why[keychain];
  const since = held.reduce((earliest, one) => Math.min(earliest, one.since), first.since);
  const names = listed(held.map((one) => one.connection_name));
  const isOne = held.length === 1;
  const open = held.filter((one) => !one.is_sealed && one.held_by === null);
  const elsewhere = held.flatMap((one) =>
    one.held_by === null
      ? []
      : [`Do not end ${one.held_by}: it alone has the token of ${one.connection_name}.`],
  );
  return {
    title: `${isOne ? "A new token" : `${held.length} new tokens`} for ${names} could not be saved: ${
      isOne ? because : because.replace("refused it", "refused them")
    }.`,
    advice: `${way} Waiting since ${moment(since, now)}.`,
    quitting:
      elsewhere.length > 0 && open.length === 0
        ? elsewhere.join(" ")
        : open.length === 0
          ? `${isOne ? "It lies" : "They lie"} sealed on the disk; quitting is safe.`
          : open.length === held.length
            ? `Do not quit before ${isOne ? "it is" : "they are"} saved or exported.`
            : `Do not quit: ${listed(open.map((one) => one.connection_name))} ${open.length === 1 ? "is" : "are"} not sealed on the disk.`,
  };
}

/** What still keeps the export from being made; null when it may be. */
export function passphraseMissing(length: number, isSame: boolean): string | null {
  if (length < PASSPHRASE_AT_LEAST) return `At least ${PASSPHRASE_AT_LEAST} characters.`;
  return isSame ? null : "The two do not match yet.";
}
