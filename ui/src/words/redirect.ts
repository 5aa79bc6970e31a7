/** Where the browser comes back: pasted addresses, the certificate of this computer, a client's own redirect URI [A2]. */

import type { PasteRefusedView, RedirectRefusedView } from "../backend/backend";

export interface RefusedWords {
  happened: string;
  advice: string;
}

export const pasteRefused: Record<PasteRefusedView, RefusedWords> = {
  empty: {
    happened: "Nothing was pasted.",
    advice: "Copy the whole address from the browser’s address bar.",
  },
  too_long: {
    happened: "That is too long for an address.",
    advice: "Copy the address from the browser’s address bar, and nothing else.",
  },
  other_address: {
    happened: "That is not the address this sign-in ends at.",
    advice:
      "Wait until the browser has left the provider’s pages: the address then begins with the redirect URI.",
  },
  garbled: { happened: "The address is garbled or cut off.", advice: "Copy it again, whole." },
  no_answer: {
    happened: "The address holds no answer of the provider.",
    advice: "Copy it with all that follows the question mark.",
  },
  other_sign_in: {
    happened: "The address belongs to another sign-in.",
    advice: "Use the page that this sign-in opened. It goes on waiting.",
  },
  posted: {
    happened: "This provider posts its answer, so that no address holds it.",
    advice: "Let the browser come back to this computer by itself.",
  },
};

export const certificateNote = {
  lead: "Your browser will warn that it does not know this computer’s certificate. That is expected.",
  summary: "Why, and what to check",
  why: "This provider insists on https, and nobody can vouch for an address that every computer has. So Patchbay made a certificate of its own; its key rests in the keychain.",
  check:
    "Go on only where the address begins with the redirect URI below and the certificate shows this SHA-256 fingerprint.",
  never: "Never import the certificate into a browser or a trust store; going on once is enough.",
} as const;

export const redirectRefused: Record<RedirectRefusedView, RefusedWords> = {
  not_an_address: {
    happened: "That is not a whole address.",
    advice: "Write it as http://127.0.0.1:8765/callback.",
  },
  custom_scheme: {
    happened: "An address with a scheme of its own leads to whichever program claims it.",
    advice: "Register http://127.0.0.1:8765/callback, or https://localhost:8765/callback.",
  },
  other_host: {
    happened: "That address leads to another computer, where Patchbay cannot listen.",
    advice:
      "Register an address at 127.0.0.1, [::1] or localhost. If the browser runs elsewhere, paste the address it ends at.",
  },
  not_plain: {
    happened: "A redirect URI may hold no user, query or fragment here.",
    advice: "Leave out what follows ? or #, and what stands before @.",
  },
  odd_path: {
    happened: "Its path may hold letters, digits, - _ . ~ and single / only.",
    advice: "Register a plain path, such as /callback.",
  },
  other_spelling: {
    happened: "Providers compare it letter by letter.",
    advice: "Write http or https and the host in lower case, and a path, at least /.",
  },
};
