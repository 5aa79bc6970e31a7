/** A signing secret that was made, on its way to its receiver: the page knows whose it is, and never the secret [A3]. */

import type { Backend } from "../backend/backend";
import type { Notices } from "./notices.svelte";

const DEED = "signing secret";

export class SigningSecret {
  /** The channel or destination it was made for. */
  of = $state.raw<{ id: string; name: string } | null>(null);
  isCopied = $state(false);

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
  ) {}

  made(id: string, name: string): void {
    this.of = { id, name };
    this.isCopied = false;
  }

  /** Onto the clipboard, for a minute. */
  async copy(): Promise<void> {
    if (this.of === null) return;
    try {
      await this.backend.call("copy_signing_secret", { id: this.of.id });
      this.isCopied = true;
      this.notices.settle(DEED);
    } catch (error) {
      this.notices.failed(error, {}, DEED);
    }
  }

  /** The receiver has it. */
  async done(): Promise<void> {
    this.of = null;
    try {
      await this.backend.call("drop_signing_secret", {});
    } catch (error) {
      this.notices.failed(error);
    }
  }
}
