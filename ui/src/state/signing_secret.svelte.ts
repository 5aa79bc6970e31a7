/** A signing secret that was made, on its way to its receiver: the page knows whose it is, and never the secret [A3]. */

import { type Backend, BackendError } from "../backend/backend";
import type { Notices } from "./notices.svelte";

export class SigningSecret {
  /** The channel or destination it was made for. */
  of = $state.raw<{ id: string; name: string } | null>(null);
  isCopied = $state(false);
  /** Why it is not on the clipboard. */
  notCopied = $state.raw<BackendError | null>(null);

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
  ) {}

  made(id: string, name: string): void {
    this.of = { id, name };
    this.isCopied = false;
    this.notCopied = null;
  }

  /** Onto the clipboard, for a minute. */
  async copy(): Promise<void> {
    if (this.of === null) return;
    this.notCopied = null;
    try {
      await this.backend.call("copy_signing_secret", { id: this.of.id });
      this.isCopied = true;
    } catch (error) {
      this.notCopied = BackendError.of(error);
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
