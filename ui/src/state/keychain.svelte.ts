/** What a person does about the keychain: has the desktop ask for its password [A3]. */

import type { Backend } from "../backend/backend";
import { openAgain, stillLocked } from "../words/keychain";
import type { Connections } from "./connections.svelte";
import type { Notices } from "./notices.svelte";

const DEED = "unlock";

export class Keychain {
  /** The desktop's question stands, perhaps behind this window. */
  isAsking = $state(false);

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
    private readonly connections: Connections,
  ) {}

  /** What else may be wrong with it then, the board says. */
  async unlock(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      const { state } = await this.backend.call("unlock_keychain", {});
      await this.connections.reload();
      if (state === "locked")
        this.notices.show({ tone: "bad", ...stillLocked, deed: DEED, code: "keychain_locked" });
      else this.notices.settle(DEED);
      if (state === "open") this.notices.say(openAgain);
    } catch (error) {
      this.notices.failed(error, { try_again: () => void this.unlock() }, DEED);
    } finally {
      this.isAsking = false;
    }
  }
}
