/** What a person does to the engine as a whole: its switch, the calendar, what waits for the keychain [B11, B14, S154]. */

import type { Backend, EngineView, RefreshModeView } from "../backend/backend";
import { modeWords } from "../words/refresh_modes";
import type { Connections } from "./connections.svelte";
import type { Notices } from "./notices.svelte";

export class Engine {
  isSwitching = $state(false);
  /** The dialog that exports held tokens is open. */
  isExporting = $state(false);
  readonly view = $derived.by((): EngineView | null => this.connections.board?.engine ?? null);

  constructor(
    private readonly backend: Backend,
    private readonly notices: Notices,
    private readonly connections: Connections,
  ) {}

  async switchTo(mode: RefreshModeView): Promise<void> {
    if (this.isSwitching || this.view?.mode === mode) return;
    this.isSwitching = true;
    try {
      await this.backend.call("set_refresh_mode", { mode });
      this.notices.settle("switch");
      await this.connections.reload();
      this.notices.say(`${modeWords[mode].label}: ${modeWords[mode].effect}`);
    } catch (error) {
      this.notices.failed(error, { try_again: () => void this.switchTo(mode) }, "switch");
    } finally {
      this.isSwitching = false;
    }
  }

  /** Of one connection, or of the whole board. */
  async exportCalendar(id: string | null): Promise<void> {
    try {
      const path = await this.backend.call("export_calendar", { id });
      this.notices.settle("calendar");
      this.notices.show({
        tone: "good",
        title: "The calendar file is written.",
        detail: `Open it to add the dates to your calendar: ${path}`,
      });
    } catch (error) {
      this.notices.failed(error, {}, "calendar");
    }
  }

  /** The path of the encrypted file; throws `BackendError`, so that the form can say why beside itself. */
  async exportHeld(passphrase: string): Promise<string> {
    return this.backend.call("export_held", { passphrase });
  }
}
