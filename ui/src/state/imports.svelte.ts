/** One import at a time: the file chosen, what it holds, what is ticked, what became of it [A1, A3]. */

import {
  type Backend,
  BackendError,
  type EnvironmentView,
  type ImportPreviewView,
  type TakenItemView,
} from "../backend/backend";

export class Imports {
  path = $state("");
  tool = $state("auto");
  /** Where what is taken will belong. */
  environment = $state<EnvironmentView>("production");
  preview = $state.raw<ImportPreviewView | null>(null);
  ticked = $state.raw<readonly number[]>([]);
  taken = $state.raw<TakenItemView[] | null>(null);
  refusal = $state.raw<BackendError | null>(null);
  isReading = $state(false);
  isTaking = $state(false);

  readonly takable = $derived((this.preview?.items ?? []).filter((item) => item.refusal === null));

  constructor(private readonly backend: Backend) {}

  /** Asks in the system's own dialog; the path is all that comes back. */
  async choose(isFolder: boolean): Promise<void> {
    try {
      const path = await this.backend.call("choose_import", { is_folder: isFolder });
      if (path !== null) await this.readAt(path);
    } catch (error) {
      this.refusal = BackendError.of(error);
    }
  }

  /** Reads what was chosen or dropped. */
  async readAt(path: string): Promise<void> {
    this.path = path;
    await this.read();
  }

  /** Takes what is dropped onto the window, until the answer is called. */
  async listen(): Promise<() => void> {
    return this.backend.listen("file_dropped", (path) => void this.readAt(path));
  }

  async read(): Promise<void> {
    if (this.path.trim() === "" || this.isReading) return;
    await this.drop();
    this.isReading = true;
    try {
      const format = this.tool === "auto" ? null : this.tool;
      // Nothing is ticked from the start: what is taken is what a person chose.
      this.preview = await this.backend.call("preview_import", { path: this.path, format });
    } catch (error) {
      this.refusal = BackendError.of(error);
    } finally {
      this.isReading = false;
    }
  }

  tick(number: number, isOn: boolean): void {
    const others = this.ticked.filter((one) => one !== number);
    this.ticked = isOn ? [...others, number].sort((a, b) => a - b) : others;
  }

  tickAll(isOn: boolean): void {
    this.ticked = isOn ? this.takable.map((item) => item.number) : [];
  }

  async take(): Promise<void> {
    const preview = this.preview;
    if (preview === null || this.ticked.length === 0 || this.isTaking) return;
    this.isTaking = true;
    this.refusal = null;
    try {
      const taken = await this.backend.call("take_import", {
        id: preview.id,
        numbers: [...this.ticked],
        environment: this.environment,
      });
      await this.drop();
      this.taken = taken;
    } catch (error) {
      this.refusal = BackendError.of(error);
    } finally {
      this.isTaking = false;
    }
  }

  /** Forgets what was read, here and in the engine. */
  async drop(): Promise<void> {
    const preview = this.preview;
    this.preview = null;
    this.ticked = [];
    this.taken = null;
    this.refusal = null;
    if (preview === null) return;
    try {
      await this.backend.call("drop_import", { id: preview.id });
    } catch {
      // The engine drops it by itself, ten minutes after it was read.
    }
  }
}
