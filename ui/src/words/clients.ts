/** What is said of a person's own OAuth apps [A9]. */

import type { ClientView } from "../backend/backend";
import { momentInSentence } from "./times";

/** Where its secret is, and how long it holds where the server said so. */
export function secretWords(client: ClientView, now: number): string {
  if (!client.has_secret) return "none";
  if (client.secret_ends_at === null) return "in the keychain";
  const at = momentInSentence(client.secret_ends_at, now);
  return client.secret_ends_at > now ? `in the keychain, ends ${at}` : `in the keychain, ended ${at}`;
}
